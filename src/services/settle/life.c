/* A settlement's life: under review, back, closed for ever; and what is asked about it later. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "services/move/move.h"
#include "services/settle/settle.h"
#include "services/year/year.h"
#include "store/catalogue.h"
#include "store/event.h"
#include "store/resource.h"
#include "store/settled.h"
#include "store/usage.h"

enum { REASON_MAX = 2000, SOME = 500, LINES_MOST = 100000 };

/* What happened to a settlement or a statement. */
struct happening {
	const char *kind, *object_kind;
	const struct yh_id *object, *case_id;
	const char *before, *after, *reason;
};

/* Of today's law; "" when that is not to be had, which stops nothing. */
static const char *article(struct yh_ctx *cx)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	struct yh_err ignored = { 0 };

	return law->pack_on(law->self, yh_ctx_today(cx), &pack, &ignored) == YH_OK
		       ? yh_pack_article_about(pack, "settlement")
		       : "";
}

static enum yh_rc record(struct yh_ctx *cx, const struct happening *h, struct yh_err *err)
{
	struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = h->kind,
		.object_kind = h->object_kind,
		.object_id = *h->object,
		.person = cx->actor->person,
		.article = article(cx),
		.reason = h->reason,
		.before = h->before,
		.after = h->after,
		.source = cx->actor->source,
	};

	if (h->case_id)
		e.case_id = *h->case_id;
	return yh_event_insert(cx->tx, &e, err);
}

static enum yh_rc wrong_state(const char *state, const char *needed, struct yh_err *err)
{
	(void)yh_fail(err, YH_CONFLICT, "settlement-state");
	yh_err_text(err, "state", state);
	yh_err_text(err, "needed", needed);
	return YH_CONFLICT;
}

/* From one state to the next, once nothing else moves the cloud's settlements. */
static enum yh_rc take(struct yh_ctx *cx, const struct yh_id *id, const char *needed,
		       struct yh_settlement_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_settlement_load(cx->tx, id, out, err);

	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, &out->cloud, 1, err);
	if (rc == YH_OK)
		rc = yh_settlement_load(cx->tx, id, out, err);
	if (rc != YH_OK || strcmp(out->state, needed) == 0)
		return rc;
	return wrong_state(out->state, needed, err);
}

static enum yh_rc move(struct yh_ctx *cx, struct yh_settlement_row *s, const char *to,
		       const char *kind, struct yh_err *err)
{
	char before[sizeof s->state], hex[YH_SM3_HEX];
	struct happening h = { .kind = kind,
			       .object_kind = "settlement",
			       .object = &s->id,
			       .case_id = &s->case_id,
			       .before = before,
			       .after = to,
			       .reason = yh_hex(s->digest.b, sizeof s->digest.b, hex) };
	enum yh_rc rc;

	memcpy(before, s->state, sizeof before);
	(void)snprintf(s->state, sizeof s->state, "%s", to);
	rc = yh_settlement_update(cx->tx, s, err);
	return rc == YH_OK ? record(cx, &h, err) : rc;
}

/* When a fact counts from: now, or behind whatever has been reckoned without it. */
static enum yh_rc fact_time(struct yh_ctx *cx, const struct yh_id *cloud, yh_time *out,
			    struct yh_err *err)
{
	yh_time seen;
	enum yh_rc rc = yh_db_lock(cx->tx, cloud, 1, err);

	if (rc == YH_OK)
		rc = yh_settlement_last_as_of(cx->tx, cloud, &seen, err);
	if (rc == YH_OK)
		*out = cx->now > seen ? cx->now : seen + 1;
	return rc;
}

enum yh_rc yh_settle_submit(struct yh_ctx *cx, const struct yh_id *settlement,
			    const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_settlement_row s;
	enum yh_rc rc = take(cx, settlement, "draft", &s, err);

	if (rc == YH_OK)
		rc = yh_year_need_open(cx->tx, &s.cloud, s.month, err);
	if (rc != YH_OK)
		return rc;
	s.case_id = *case_id;
	return move(cx, &s, "submitted", "settlement.submitted", err);
}

enum yh_rc yh_settle_reopen(struct yh_ctx *cx, const struct yh_id *settlement, struct yh_err *err)
{
	struct yh_settlement_row s;
	enum yh_rc rc = take(cx, settlement, "submitted", &s, err);

	return rc == YH_OK ? move(cx, &s, "draft", "settlement.reopened", err) : rc;
}

/* A ceiling counts what was settled under it, also for who has been replaced since (Art. 10). */
static enum yh_rc count_settled(struct yh_ctx *cx, const struct yh_settlement_row *s,
				struct yh_err *err)
{
	struct yh_id *providers, heir;
	size_t n = 0;
	enum yh_rc rc = yh_settled_providers(cx->tx, s, cx->arena, &providers, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		rc = yh_move_heir(cx, &s->cloud, s->month, &providers[i], &heir, err);
		if (rc == YH_OK)
			rc = yh_settled_add(cx->tx, s, &providers[i], &heir, err);
	}
	return rc;
}

enum yh_rc yh_settle_close(struct yh_ctx *cx, const struct yh_id *settlement, struct yh_err *err)
{
	struct yh_settlement_row s;
	struct yh_id job = yh_ctx_new_id(cx);
	char no[40];
	enum yh_rc rc = take(cx, settlement, "submitted", &s, err);

	if (rc == YH_OK)
		rc = yh_year_need_open(cx->tx, &s.cloud, s.month, err);
	if (rc == YH_OK)
		rc = yh_due_taken_since(cx->tx, &s.cloud, s.as_of, no, err);
	if (rc == YH_OK && no[0]) {
		(void)yh_fail(err, YH_CONFLICT, "settlement-outdated");
		yh_err_text(err, "statement", no);
		return YH_CONFLICT;
	}
	if (rc != YH_OK)
		return rc;
	rc = fact_time(cx, &s.cloud, &s.closed_at, err);
	/* behind a report that was kept while this waited for its turn */
	if (yh_clock_now(cx->world->clock) > s.closed_at)
		s.closed_at = yh_clock_now(cx->world->clock);
	if (rc == YH_OK)
		rc = move(cx, &s, "closed", "settlement.closed", err);
	if (rc == YH_OK)
		rc = count_settled(cx, &s, err);
	if (rc == YH_OK)
		rc = yh_due_take(cx->tx, &s.id, &s.cloud, s.as_of, err);
	return rc == YH_OK ? yh_job_insert(cx->tx, &job, "settlement.sign", &s.id, cx->now, err)
			   : rc;
}

/* ---- what is to be reckoned again ---- */

static enum yh_rc note_due(struct yh_ctx *cx, const struct yh_id *statement, yh_time at,
			   const struct yh_id *case_id, const char *reason, struct yh_err *err)
{
	struct yh_due_row due = {
		.id = yh_ctx_new_id(cx), .statement = *statement, .reason = reason, .made_at = at
	};
	struct happening h = { .kind = "statement.correction_due",
			       .object_kind = "statement",
			       .object = statement,
			       .case_id = case_id,
			       .after = "closed",
			       .reason = reason };
	enum yh_rc rc;

	if (case_id)
		due.case_id = *case_id;
	rc = yh_due_insert(cx->tx, &due, err);
	return rc == YH_OK ? record(cx, &h, err) : rc;
}

static enum yh_rc check_reason(const char *reason, struct yh_err *err)
{
	if (!reason || !*reason)
		return yh_fail_field(err, YH_BAD_INPUT, "field-too-short", "/reason");
	if (strlen(reason) > REASON_MAX)
		return yh_fail_field(err, YH_BAD_INPUT, "field-too-long", "/reason");
	return YH_OK;
}

/* One with corrections only stands for what it corrects, and for the use of its month, which a case
 * about it may have put right. */
static enum yh_rc note_each(struct yh_ctx *cx, const struct yh_statement_row *s, yh_time at,
			    const struct yh_id *case_id, const char *reason, struct yh_err *err)
{
	const struct yh_id *noted = NULL;
	struct yh_line_row *lines;
	struct yh_id use;
	bool found;
	size_t n = 0;
	enum yh_rc rc = yh_statement_use_of(cx->tx, s, &found, &use, err);

	if (rc == YH_OK && found)
		rc = note_due(cx, &use, at, case_id, reason, err);
	if (rc != YH_OK || (found && yh_id_eq(&use, &s->id)))
		return rc;
	rc = yh_line_list(cx->tx, &s->id, 0, LINES_MOST, cx->arena, &lines, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (noted && yh_id_eq(noted, &lines[i].corrects))
			continue;
		noted = &lines[i].corrects;
		if (!found || !yh_id_eq(noted, &use))
			rc = note_due(cx, noted, at, case_id, reason, err);
	}
	return rc;
}

enum yh_rc yh_settle_correct(struct yh_ctx *cx, const struct yh_id *statement,
			     const struct yh_id *case_id, const char *reason, struct yh_err *err)
{
	struct yh_statement_row s;
	yh_time at = 0;
	enum yh_rc rc = check_reason(reason, err);

	if (rc == YH_OK)
		rc = yh_statement_load(cx->tx, statement, cx->arena, &s, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(s.state, "closed") != 0)
		return wrong_state(s.state, "closed", err);
	rc = fact_time(cx, &s.cloud, &at, err);
	return rc == YH_OK ? note_each(cx, &s, at, case_id, reason, err) : rc;
}

enum yh_rc yh_settle_correct_provider(struct yh_ctx *cx, const struct yh_id *provider,
				      const struct yh_id *cloud, yh_day from_month,
				      const struct yh_id *case_id, const char *reason,
				      struct yh_err *err)
{
	struct yh_id after = { 0 }, *ids;
	size_t n = SOME;
	yh_time at = 0;
	enum yh_rc rc = check_reason(reason, err);

	if (rc == YH_OK)
		rc = fact_time(cx, cloud, &at, err);
	while (rc == YH_OK && n == SOME) {
		rc = yh_statement_closed_of(cx->tx, provider, cloud, from_month, &after, SOME,
					    cx->arena, &ids, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n; i++)
			rc = note_due(cx, &ids[i], at, case_id, reason, err);
		if (rc == YH_OK && n)
			after = ids[n - 1];
	}
	return rc;
}

/* ---- what a case puts right ---- */

static enum yh_rc fix_fault(const char *what, struct yh_err *err)
{
	(void)yh_fail(err, YH_BAD_INPUT, "usage-fix-invalid");
	yh_err_text(err, "what", what);
	return YH_BAD_INPUT;
}

static enum yh_rc check_fix(const struct yh_usage_fix *f, yh_time now, struct yh_err *err)
{
	if (f->from_at >= f->to_at || f->to_at > now)
		return fix_fault("from, to", err);
	if (f->qty_milli == 0 || f->qty_milli > YH_QTY_MILLI_MAX ||
	    f->qty_milli < -YH_QTY_MILLI_MAX)
		return fix_fault("quantity", err);
	if (!f->code || !*f->code || strlen(f->code) >= sizeof((struct yh_adjustment_row *)0)->code)
		return fix_fault("item", err);
	return check_reason(f->reason, err);
}

/* An item that had no price could never be reckoned, and nobody takes a correction back. */
static enum yh_rc check_item(struct yh_ctx *cx, const struct yh_usage_fix *f,
			     const struct yh_id *cloud, struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_id known = { 0 };
	struct yh_edition_row e;
	struct yh_item_row item;
	enum yh_rc rc = YH_OK;

	for (yh_day day = yh_day_of(f->from_at); rc == YH_OK && day <= yh_day_of(f->to_at - 1);
	     day++) {
		rc = yh_edition_on(cx->tx, cloud, day, cx->arena, &e, &why);
		if (rc != YH_OK || yh_id_eq(&e.id, &known))
			continue;
		known = e.id;
		rc = yh_item_by_code(cx->tx, &e.id, f->code, cx->arena, &item, &why);
	}
	if (rc == YH_NOT_FOUND)
		return fix_fault("item", err);
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

enum yh_rc yh_settle_fix_usage(struct yh_ctx *cx, const struct yh_usage_fix *f, struct yh_err *err)
{
	struct yh_adjustment_row row = { .id = yh_ctx_new_id(cx),
					 .resource = f->resource,
					 .from_at = f->from_at,
					 .to_at = f->to_at,
					 .qty_milli = f->qty_milli,
					 .reason = f->reason,
					 .case_id = f->case_id };
	struct happening h = { .kind = "usage.fixed",
			       .object_kind = "resource",
			       .object = &f->resource,
			       .case_id = &f->case_id,
			       .reason = f->reason };
	struct yh_resource_row r;
	enum yh_rc rc = check_fix(f, cx->now, err);

	if (rc == YH_OK)
		rc = yh_resource_load(cx->tx, &f->resource, cx->arena, &r, err);
	if (rc == YH_OK)
		rc = check_item(cx, f, &r.cloud, err);
	if (rc == YH_OK)
		rc = fact_time(cx, &r.cloud, &row.made_at, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(row.code, sizeof row.code, "%s", f->code);
	rc = yh_adjustment_insert(cx->tx, &row, err);
	return rc == YH_OK ? record(cx, &h, err) : rc;
}
