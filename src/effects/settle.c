/* Settlements that are submitted, approved and closed. */
#include "effects/settle.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "services/settle/settle.h"
#include "store/statement_party.h"

static enum yh_rc settlement_of(struct yh_case_cx *k, struct yh_settlement_row *out,
				struct yh_err *err)
{
	return yh_settlement_load(k->cx->tx, &k->c->row.subject, out, err);
}

YH_WORD_CHECK_FN(yh_word_settlement_is)
{
	const char *want = yh_use_text(use, "state", "");
	struct yh_settlement_row s;
	enum yh_rc rc = settlement_of(k, &s, err);

	if (rc != YH_OK || strcmp(s.state, want) == 0)
		return rc;
	rc = yh_refuse(err, "settlement-state", yh_use_article(k, use));
	yh_err_text(err, "state", s.state);
	yh_err_text(err, "needed", want);
	return rc;
}

/* What cannot be reckoned stays out of the closing: whoever submits it says why. */
YH_WORD_CHECK_FN(yh_word_settlement_whole)
{
	const char *field = yh_use_text(use, "field", "");
	const char *why = yh_json_text(k->c->form, field);
	struct yh_settlement_row s;
	enum yh_rc rc = settlement_of(k, &s, err);

	if (rc != YH_OK || s.stopped == 0 || (why && why[0]))
		return rc;
	rc = yh_refuse(err, "settlement-stopped", yh_use_article(k, use));
	yh_err_int(err, "stopped", s.stopped);
	yh_err_int(err, "statements", s.statements);
	yh_err_field(err, "/form/%s", field);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_settlement_submit)
{
	(void)use;
	return yh_settle_submit(k->cx, &k->c->row.subject, &k->c->row.id, err);
}

/* However the case ends: what it has not closed is a draft again. */
YH_WORD_CHECK_FN(yh_word_settlement_unsubmit)
{
	struct yh_settlement_row s;
	enum yh_rc rc = settlement_of(k, &s, err);

	(void)use;
	if (rc != YH_OK || strcmp(s.state, "submitted") != 0 ||
	    !yh_id_eq(&s.case_id, &k->c->row.id))
		return rc;
	return yh_settle_reopen(k->cx, &k->c->row.subject, err);
}

YH_WORD_CHECK_FN(yh_word_settlement_close)
{
	(void)use;
	return yh_settle_close(k->cx, &k->c->row.subject, err);
}

/* Everybody whom it concerns hears of it once, with what is theirs of it. */
YH_WORD_CHECK_FN(yh_word_settlement_tell)
{
	const char *text = yh_use_text(use, "text", "");
	struct yh_statement_party *parties;
	struct yh_settlement_row s;
	struct yh_date month;
	char date[16];
	size_t n = 0;
	enum yh_rc rc = settlement_of(k, &s, err);

	if (rc == YH_OK)
		rc = yh_statement_parties(k->cx->tx, &s.id, k->cx->arena, &parties, &n, err);
	if (rc != YH_OK)
		return rc;
	month = yh_date_of(s.month);
	(void)snprintf(date, sizeof date, "%04d-%02d", month.year, month.month);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		char total[YH_SCALED_TEXT];
		YH_JSON_AUTO more = json_pack("{s:s, s:s, s:I, s:s}", "settlement", s.no, "month",
					      date, "statements", (json_int_t)parties[i].statements,
					      "total", yh_fen_text(parties[i].total_fen, total));

		rc = more ? yh_case_tell_more(k, parties[i].role, &parties[i].org, text, more, err)
			  : yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	return rc;
}
