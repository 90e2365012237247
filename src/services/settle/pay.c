/* Payments of closed statements. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "services/settle/desk.h"
#include "store/event.h"
#include "store/party.h"
#include "store/statement_party.h"

/* Who pays; and for a unit that pays itself, the operator of the cloud. */
static enum yh_rc payer_of(struct yh_ctx *cx, const struct yh_statement_row *s,
			   const struct yh_grant **out, struct yh_err *err)
{
	static const char keeper[] = "operator";
	bool own;
	enum yh_rc rc = yh_statement_pays_itself(cx->tx, s, &own, err);

	*out = NULL;
	for (size_t i = 0; rc == YH_OK && i < cx->actor->n_grants && !*out; i++) {
		const struct yh_grant *g = &cx->actor->grants[i];
		bool may = !own && yh_id_eq(&g->org, &s->payer) && strcmp(g->role, "finance") == 0;

		if (own && strcmp(g->role, keeper) == 0)
			rc = yh_cloud_has_body(cx->tx, &s->cloud, keeper, &g->org, &may, err);
		if (may)
			*out = g;
	}
	if (rc != YH_OK)
		return rc;
	return *out ? YH_OK : yh_fail(err, YH_FORBIDDEN, "payment-not-payer");
}

static void yuan(struct yh_err *err, const char *name, int64_t fen)
{
	char text[YH_SCALED_TEXT];

	yh_err_text(err, name, yh_fen_text(fen, text));
}

static enum yh_rc check(struct yh_ctx *cx, const struct yh_pay_in *in,
			const struct yh_statement_row *s, struct yh_err *err)
{
	__int128 paid = (__int128)s->paid_fen + in->fen;
	int64_t low = s->total_fen < 0 ? s->total_fen : 0,
		high = s->total_fen < 0 ? 0 : s->total_fen;
	enum yh_rc rc;

	if (strcmp(s->state, "closed") != 0) {
		rc = yh_fail(err, YH_CONFLICT, "statement-state");
		yh_err_text(err, "state", s->state);
		yh_err_text(err, "needed", "closed");
		return rc;
	}
	if (in->fen == 0)
		return yh_fail_field(err, YH_BAD_INPUT, "payment-nothing", "/amount");
	if (in->day != YH_DAY_NONE && in->day > yh_ctx_today(cx)) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "payment-ahead", "/day");
		yh_err_day(err, "today", yh_ctx_today(cx));
		return rc;
	}
	if (paid >= low && paid <= high)
		return YH_OK;
	rc = yh_fail_field(err, YH_CONFLICT, "payment-beyond", "/amount");
	yuan(err, "total", s->total_fen);
	yuan(err, "paid", s->paid_fen);
	yuan(err, "due", s->total_fen - s->paid_fen);
	return rc;
}

static enum yh_rc check_voucher(struct yh_ctx *cx, const struct yh_pay_in *in,
				const struct yh_statement_row *s, struct yh_err *err)
{
	bool back = s->total_fen < 0 ? in->fen > 0 : in->fen < 0, known;
	enum yh_rc rc = yh_payment_known(cx->tx, &in->statement, in->reference, &known, err);

	if (rc != YH_OK || !known || back)
		return rc;
	rc = yh_fail_field(err, YH_CONFLICT, "payment-known", "/reference");
	yh_err_text(err, "reference", in->reference);
	return rc;
}

static enum yh_rc record(struct yh_ctx *cx, const struct yh_statement_row *s,
			 const struct yh_payment_row *p, const struct yh_grant *g,
			 struct yh_err *err)
{
	char before[YH_SCALED_TEXT], after[YH_SCALED_TEXT], amount[YH_SCALED_TEXT];
	const struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = "statement.paid",
		.object_kind = "statement",
		.object_id = s->id,
		.person = cx->actor->person,
		.role = g->role,
		.org = g->org,
		.outcome = yh_fen_text(p->fen, amount),
		.reason = p->reference,
		.before = yh_fen_text(s->paid_fen, before),
		.after = yh_fen_text(s->paid_fen + p->fen, after),
		.source = cx->actor->source,
	};

	return yh_event_insert(cx->tx, &e, err);
}

static enum yh_rc tell(struct yh_ctx *cx, const char *role, const struct yh_id *org,
		       const char *figures, struct yh_err *err)
{
	const struct yh_notice n = { .id = yh_ctx_new_id(cx),
				     .org = *org,
				     .role = role,
				     .slug = "statement-paid",
				     .figures = figures,
				     .made_at = cx->now };

	return yh_id_is_zero(org) ? YH_OK : yh_notice_insert(cx->tx, &n, err);
}

static enum yh_rc tell_paid(struct yh_ctx *cx, const struct yh_statement_row *s, struct yh_err *err)
{
	char total[YH_SCALED_TEXT];
	YH_JSON_AUTO figures = json_pack("{s:s, s:s}", "statement", s->no, "total",
					 yh_fen_text(s->total_fen, total));
	char *text = figures ? yh_json_canonical(figures) : NULL;
	enum yh_rc rc;

	if (!text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = tell(cx, "unit", &s->unit, text, err);
	if (rc == YH_OK)
		rc = tell(cx, "provider", &s->provider, text, err);
	free(text);
	return rc;
}

enum yh_rc yh_settle_pay(struct yh_ctx *cx, const struct yh_pay_in *in, struct yh_payment_row *out,
			 struct yh_err *err)
{
	struct yh_statement_row s;
	const struct yh_grant *g;
	enum yh_rc rc = yh_db_lock(cx->tx, &in->statement, 1, err);

	if (rc == YH_OK)
		rc = yh_statement_load(cx->tx, &in->statement, cx->arena, &s, err);
	if (rc == YH_OK)
		rc = payer_of(cx, &s, &g, err);
	if (rc == YH_OK && in->if_match >= 0 && in->if_match != s.version) {
		rc = yh_fail(err, YH_STALE, "stale-version");
		yh_err_int(err, "yours", in->if_match);
		yh_err_int(err, "current", s.version);
	}
	if (rc == YH_OK)
		rc = check(cx, in, &s, err);
	if (rc == YH_OK)
		rc = check_voucher(cx, in, &s, err);
	if (rc != YH_OK)
		return rc;
	*out = (struct yh_payment_row){ .id = yh_ctx_new_id(cx),
					.statement = s.id,
					.day = in->day == YH_DAY_NONE ? yh_ctx_today(cx) : in->day,
					.fen = in->fen,
					.reference = in->reference,
					.note = in->note ? in->note : "",
					.person = cx->actor->person,
					.person_name = cx->actor->name,
					.made_at = cx->now };
	rc = yh_payment_insert(cx->tx, out, err);
	if (rc == YH_OK)
		rc = yh_statement_set_paid(cx->tx, &s.id, s.paid_fen + in->fen, &s.version, err);
	if (rc == YH_OK)
		rc = record(cx, &s, out, g, err);
	return rc == YH_OK && s.paid_fen + in->fen == s.total_fen ? tell_paid(cx, &s, err) : rc;
}
