/* Statements that are objected to, and what becomes of that: later lines, never others. */
#include <stdio.h>
#include <string.h>

#include "cases/mark.h"
#include "base/num.h"
#include "effects/settle.h"
#include "services/settle/settle.h"
#include "store/case_query.h"
#include "store/statement_party.h"

static enum yh_rc statement_of(struct yh_case_cx *k, struct yh_statement_row *out,
			       struct yh_err *err)
{
	return yh_statement_load(k->cx->tx, &k->c->row.subject, k->cx->arena, out, err);
}

YH_WORD_CHECK_FN(yh_word_statement_is)
{
	const char *want = yh_use_text(use, "state", "");
	struct yh_statement_row s;
	enum yh_rc rc = statement_of(k, &s, err);

	if (rc != YH_OK || strcmp(s.state, want) == 0)
		return rc;
	rc = yh_refuse(err, "statement-state", yh_use_article(k, use));
	yh_err_text(err, "state", s.state);
	yh_err_text(err, "needed", want);
	return rc;
}

/* The day of filing counts, also when it is asked again later. */
YH_WORD_CHECK_FN(yh_word_statement_within)
{
	const struct yh_arg_value *within = yh_use_arg(use, "period");
	const struct yh_law_book *law = k->cx->world->law;
	yh_day filed = yh_day_of(k->c->row.filed_at);
	struct yh_statement_row s;
	struct yh_due due;
	enum yh_rc rc = statement_of(k, &s, err);

	if (rc == YH_OK)
		rc = yh_due_day(law->calendar(law->self), yh_day_of(s.closed_at), within->period,
				YH_PROVISIONAL, &due, err);
	if (rc != YH_OK || filed <= due.day)
		return rc;
	rc = yh_refuse(err, "statement-dispute-late", yh_use_article(k, use));
	if (within->param)
		yh_err_param(err, within->param);
	yh_err_text(err, "statement", s.no);
	yh_err_day(err, "closed", yh_day_of(s.closed_at));
	yh_err_day(err, "last", due.day);
	return rc;
}

/* Its unit, its provider, or who pays it. */
YH_WORD_CHECK_FN(yh_word_statement_party)
{
	const struct yh_id *org = &k->c->row.filer_org;
	struct yh_statement_row s;
	enum yh_rc rc = statement_of(k, &s, err);

	if (rc != YH_OK || yh_id_eq(org, &s.unit) || yh_id_eq(org, &s.provider) ||
	    yh_id_eq(org, &s.payer))
		return rc;
	rc = yh_refuse(err, "statement-not-party", yh_use_article(k, use));
	yh_err_text(err, "statement", s.no);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_statement_lines)
{
	const char *field = yh_use_text(use, "field", "lines");
	const json_t *list = json_object_get(k->c->form, field);
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);
		const json_t *line = json_is_object(e) ? json_object_get(e, "line") : e;
		struct yh_line_row row;

		rc = yh_line_load(k->cx->tx, &k->c->row.subject, json_integer_value(line),
				  k->cx->arena, &row, err);
		if (rc != YH_OK)
			yh_err_field(err, "/form/%s/%zu", field, i);
	}
	return rc;
}

/* What is established about one resource and some days of the month. */
struct fix_in {
	struct yh_case_cx *k;
	const struct yh_statement_row *s;
	const json_t *entry;
	size_t i;
	const char *list;
	bool tells; /* why each is there */
};

static enum yh_rc fix_resource(const struct fix_in *f, struct yh_usage_fix *fix, struct yh_err *err)
{
	const char *text = yh_json_text(f->entry, "resource");
	struct yh_ctx *cx = f->k->cx;
	struct yh_resource_row r;
	enum yh_rc rc = yh_id_parse(text ? text : "", &fix->resource, err);

	if (rc == YH_OK)
		rc = yh_resource_load(cx->tx, &fix->resource, cx->arena, &r, err);
	if (rc == YH_OK &&
	    (!yh_id_eq(&r.project, &f->s->project) || !yh_id_eq(&r.provider, &f->s->provider) ||
	     !yh_id_eq(&r.cloud, &f->s->cloud)))
		rc = yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s/%zu/resource", f->list, f->i);
	return rc;
}

/* Whole days of the statement's month. */
static enum yh_rc fix_days(const struct fix_in *f, struct yh_usage_fix *fix, struct yh_err *err)
{
	const char *from = yh_json_text(f->entry, "from"), *until = yh_json_text(f->entry, "until");
	struct yh_date month = yh_date_of(f->s->month);
	yh_day end = f->s->month + yh_days_in_month(month.year, month.month) - 1, first, last;
	enum yh_rc rc = yh_day_parse(from ? from : "", &first, err);

	if (rc == YH_OK)
		rc = yh_day_parse(until ? until : "", &last, err);
	if (rc == YH_OK && (first < f->s->month || last > end || first > last)) {
		rc = yh_fail(err, YH_BAD_INPUT, "usage-fix-outside");
		yh_err_day(err, "from", f->s->month);
		yh_err_day(err, "until", end);
	}
	if (rc != YH_OK) {
		yh_err_field(err, "/form/%s/%zu/from", f->list, f->i);
		return rc;
	}
	fix->from_at = yh_day_start(first);
	fix->to_at = yh_day_start(last + 1);
	return YH_OK;
}

/* More people read statements than their cases: of one that is labelled they have no words. */
static enum yh_rc tells(struct yh_case_cx *k, bool *does, struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	const struct yh_case_row *row = &k->c->row;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(k->cx), &pack, err);

	*does = rc == YH_OK && yh_mark_is_lowest(pack, row->procedure, row->label);
	return rc;
}

static enum yh_rc fix_one(const struct fix_in *f, struct yh_usage_fix *fix, struct yh_err *err)
{
	const char *way = yh_json_text(f->entry, "direction");
	enum yh_rc rc;

	*fix = (struct yh_usage_fix){ .code = yh_json_text(f->entry, "item"),
				      .reason = yh_json_text(f->entry, "reason"),
				      .case_id = f->k->c->row.id };
	rc = fix_resource(f, fix, err);
	if (!fix->code || !way || !fix->reason)
		return yh_fail_field(err, YH_BAD_INPUT, "form-missing", "/form");
	if (rc == YH_OK)
		rc = fix_days(f, fix, err);
	if (rc == YH_OK)
		rc = yh_form_milli(f->entry, f->list, f->i, "quantity", &fix->qty_milli, err);
	if (rc != YH_OK)
		return rc;
	if (!f->tells)
		fix->reason = f->k->c->row.no;
	if (strcmp(way, "less") == 0)
		fix->qty_milli = -fix->qty_milli;
	rc = yh_settle_fix_usage(f->k->cx, fix, err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s/%zu", f->list, f->i);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_statement_fix)
{
	struct fix_in f = { .k = k, .list = yh_use_text(use, "field", "usage") };
	const json_t *list = json_object_get(k->input, f.list);
	size_t n = json_array_size(list), which;
	struct yh_usage_fix *fixes = YH_NEW_N(k->cx->arena, struct yh_usage_fix, n + 1);
	struct yh_statement_row s;
	enum yh_rc rc = statement_of(k, &s, err);

	if (rc == YH_OK && !fixes)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	f.s = &s;
	if (rc == YH_OK)
		rc = tells(k, &f.tells, err);
	for (f.i = 0; rc == YH_OK && f.i < n; f.i++) {
		f.entry = json_array_get(list, f.i);
		rc = fix_one(&f, &fixes[f.i], err);
	}
	if (rc != YH_OK)
		return rc;
	rc = yh_settle_fixes_hold(k->cx, &s.id, fixes, n, &which, err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s/%zu/quantity", f.list, which);
	return rc;
}

/* The lines say why they are there: in the words of the step's form, or by the case. */
YH_WORD_CHECK_FN(yh_word_statement_correct)
{
	const char *why = yh_json_text(k->input, yh_use_text(use, "field", "conclusion"));
	const char *title = "";
	bool told;
	enum yh_rc rc = tells(k, &told, err);

	if (rc == YH_OK)
		rc = yh_mark_title(k->cx, &k->c->row, &title, err);
	if (rc != YH_OK)
		return rc;
	if (!why || !told)
		why = yh_arena_printf(k->cx->arena, "%s %s", k->c->row.no, title);
	if (!why)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return yh_settle_correct(k->cx, &k->c->row.subject, &k->c->row.id, why, err);
}

/* Unit, provider, and the finance body that pays. */
YH_WORD_CHECK_FN(yh_word_statement_tell)
{
	const char *text = yh_use_text(use, "text", "");
	YH_JSON_AUTO more = NULL;
	struct yh_statement_row s;
	char total[YH_SCALED_TEXT];
	bool own;
	enum yh_rc rc = statement_of(k, &s, err);

	if (rc == YH_OK)
		rc = yh_statement_pays_itself(k->cx->tx, &s, &own, err);
	if (rc != YH_OK)
		return rc;
	const struct {
		const char *role;
		const struct yh_id *org;
	} parties[] = { { "unit", &s.unit }, { "provider", &s.provider }, { "finance", &s.payer } };

	more = json_pack("{s:s, s:s}", "statement", s.no, "total", yh_fen_text(s.total_fen, total));
	if (!more)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < 3; i++) {
		if (yh_id_is_zero(parties[i].org) || (i == 2 && own))
			continue;
		rc = yh_case_tell_more(k, parties[i].role, parties[i].org, text, more, err);
	}
	return rc;
}

YH_WORD_CHECK_FN(yh_word_case_single)
{
	struct yh_later_case other;
	bool found;
	enum yh_rc rc = yh_case_same_open(k->cx->tx, &k->c->row, &found, &other, err);

	if (rc != YH_OK || !found)
		return rc;
	rc = yh_refuse(err, "case-open-already", yh_use_article(k, use));
	yh_err_text(err, "case", other.no);
	return rc;
}
