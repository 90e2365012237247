/* Correcting what a decision recorded wrongly (X8): by later lines from today on, never by editing.
 */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "effects/about.h"
#include "services/lease/lease.h"
#include "services/project/quota_view.h"

/* What the form puts in the place of what stands. */
struct fix {
	struct yh_quota_row *standing; /* lines of the earlier decision, and of corrections of it */
	size_t n_standing;
	struct yh_quota_row *lines; /* to enter; a quantity of 0 only ends what stood */
	size_t n_lines;
	struct yh_resource_row *leases; /* with the corrected day */
	yh_day *lease_was;
	size_t n_leases;
	struct yh_spans asked; /* what the project needs more, or gives up, by day */
};

static enum yh_rc refuse_foreign(struct yh_case_cx *k, const char *list, size_t i, const char *key,
				 const char *what, struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, "correction-not-of-case", k->c->procedure->article);

	yh_err_field(err, "/form/%s/%zu/%s", list, i, key);
	yh_err_text(err, "what", what);
	return rc;
}

static bool replaces(const struct yh_quota_row *now, const struct yh_quota_row *was)
{
	return strcmp(now->kind, was->kind) == 0 && strcmp(now->dim, was->dim) == 0;
}

static bool stands(const struct fix *f, const struct yh_quota_row *line)
{
	for (size_t i = 0; i < f->n_standing; i++)
		if (replaces(line, &f->standing[i]))
			return true;
	return false;
}

static enum yh_rc window_terms(struct yh_case_cx *k, const json_t *e, size_t i,
			       struct yh_quota_row *q, struct yh_err *err)
{
	struct yh_spans probe = { .arena = k->cx->arena };
	yh_day today = yh_ctx_today(k->cx);
	enum yh_rc rc = yh_day_parse(yh_json_text(e, "from"), &q->first_day, err);

	q->rrule = yh_json_text(e, "rrule");
	q->span_days = json_integer_value(json_object_get(e, "days"));
	if (rc == YH_OK && q->first_day < today) {
		rc = yh_refuse(err, "window-in-the-past", k->c->procedure->article);
		yh_err_field(err, "/form/windows/%zu/from", i);
		yh_err_day(err, "from", q->first_day);
		yh_err_day(err, "today", today);
		return rc;
	}
	if (rc == YH_OK)
		rc = yh_quota_row_spans(q, today, today + YH_HORIZON_DAYS, &probe, err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/windows/%zu/rrule", i);
	return rc;
}

static enum yh_rc read_line(struct yh_case_cx *k, struct fix *f, const char *list, size_t i,
			    struct yh_err *err)
{
	const json_t *e = json_array_get(json_object_get(k->c->form, list), i);
	struct yh_quota_row *q = &f->lines[f->n_lines];
	bool window = strcmp(list, "windows") == 0;
	enum yh_rc rc;

	*q = (struct yh_quota_row){
		.id = yh_ctx_new_id(k->cx),
		.unit = k->c->row.unit,
		.project = k->c->row.project,
		.first_day = yh_ctx_today(k->cx),
		.last_day = YH_DAY_NONE,
		.case_id = k->c->row.id,
		.created_at = k->cx->now,
	};
	(void)snprintf(q->kind, sizeof q->kind, "%s", window ? "window" : "base");
	(void)snprintf(q->dim, sizeof q->dim, "%s", yh_json_text(e, "dimension"));
	if (!stands(f, q))
		return refuse_foreign(k, list, i, "dimension", q->dim, err);
	rc = yh_json_milli(json_object_get(e, "quantity"), &q->qty_milli, err);
	if (rc == YH_OK && (q->qty_milli < 0 || q->qty_milli > YH_QTY_MILLI_MAX))
		rc = yh_fail(err, YH_BAD_INPUT, "quantity-out-of-range");
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s/%zu/quantity", list, i);
	if (rc == YH_OK && window)
		rc = window_terms(k, e, i, q, err);
	f->n_lines++;
	return rc;
}

/* What a lease that ends on another day takes more or less of the quota. */
static enum yh_rc lease_spans(struct yh_case_cx *k, const struct yh_resource_row *r, yh_day was,
			      struct yh_spans *asked, struct yh_err *err)
{
	bool longer = was != YH_DAY_NONE && r->lease_last > was;
	yh_day first = (longer ? was : r->lease_last) + 1;
	yh_day last = longer ? r->lease_last : was;
	struct yh_quota_row *allowed;
	struct yh_item_row item;
	struct yh_id item_id;
	size_t n_allowed = 0;
	int64_t qty;
	enum yh_rc rc = yh_size_now(k->cx->tx, &r->id, &qty, &item_id, err);

	if (rc == YH_OK)
		rc = yh_quota_of_resource(k->cx->tx, &r->id, yh_ctx_today(k->cx), k->cx->arena,
					  &allowed, &n_allowed, err);
	/* what was allowed for it moves along and takes nothing of the quota */
	if (rc != YH_OK || qty == 0 || r->lease_last == was || n_allowed > 0)
		return rc;
	rc = yh_item_load(k->cx->tx, &item_id, k->cx->arena, &item, err);
	for (size_t i = 0; rc == YH_OK && i < item.n_dims; i++) {
		__int128 q = (__int128)item.dims[i].qty_milli * qty / 1000;

		if (q > YH_QTY_MILLI_MAX)
			return yh_fail(err, YH_INTERNAL, "quantity-overflow");
		rc = yh_spans_add(asked, item.dims[i].dim, longer ? (int64_t)q : -(int64_t)q, first,
				  last, err);
	}
	return rc;
}

static enum yh_rc read_lease(struct yh_case_cx *k, struct fix *f, const struct yh_resource_row *rs,
			     size_t n, size_t i, struct yh_err *err)
{
	const json_t *e = json_array_get(json_object_get(k->c->form, "leases"), i);
	struct yh_resource_row *r = &f->leases[i];
	yh_day today = yh_ctx_today(k->cx);
	struct yh_id id;
	size_t at = 0;
	enum yh_rc rc = yh_id_parse(yh_json_text(e, "resource"), &id, err);

	while (rc == YH_OK && at < n && !yh_id_eq(&rs[at].id, &id))
		at++;
	if (rc == YH_OK && (at == n || strcmp(rs[at].state, "running") != 0))
		return refuse_foreign(k, "leases", i, "resource", yh_json_text(e, "resource"), err);
	if (rc != YH_OK)
		return rc;
	*r = rs[at];
	f->lease_was[i] = r->lease_last;
	f->n_leases++;
	rc = yh_day_parse(yh_json_text(e, "last_day"), &r->lease_last, err);
	if (rc == YH_OK && r->lease_last < today) {
		rc = yh_refuse(err, "lease-in-the-past", k->c->procedure->article);
		yh_err_day(err, "last", r->lease_last);
		yh_err_day(err, "today", today);
	}
	if (rc != YH_OK) {
		yh_err_field(err, "/form/leases/%zu/last_day", i);
		return rc;
	}
	return lease_spans(k, r, f->lease_was[i], &f->asked, err);
}

/* Each dimension of a kind, and each resource, is named once (windows may be several). */
static enum yh_rc check_once(const struct fix *f, struct yh_err *err)
{
	for (size_t i = 0; i < f->n_lines; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(f->lines[i].kind, "base") == 0 &&
			    replaces(&f->lines[i], &f->lines[j]))
				return yh_fail_field(err, YH_BAD_INPUT, "form-twice",
						     "/form/quota");
	for (size_t i = 0; i < f->n_leases; i++)
		for (size_t j = 0; j < i; j++)
			if (yh_id_eq(&f->leases[i].id, &f->leases[j].id))
				return yh_fail_field(err, YH_BAD_INPUT, "form-twice",
						     "/form/leases");
	return YH_OK;
}

static bool ended_by(const struct fix *f, const struct yh_quota_row *was)
{
	for (size_t i = 0; i < f->n_lines; i++)
		if (replaces(&f->lines[i], was))
			return true;
	return false;
}

/* What the quota loses counts as asked for, what it gains as given up: one comparison judges all.
 */
static enum yh_rc add_quota_spans(struct yh_case_cx *k, struct fix *f, struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx), to = today + YH_HORIZON_DAYS;
	struct yh_spans gain = { .arena = k->cx->arena };
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < f->n_standing; i++)
		if (ended_by(f, &f->standing[i]))
			rc = yh_quota_row_spans(&f->standing[i], today, to, &f->asked, err);
	for (size_t i = 0; rc == YH_OK && i < f->n_lines; i++)
		if (f->lines[i].qty_milli)
			rc = yh_quota_row_spans(&f->lines[i], today, to, &gain, err);
	for (size_t i = 0; rc == YH_OK && i < gain.n; i++)
		rc = yh_spans_add(&f->asked, gain.v[i].dim, -gain.v[i].qty_milli, gain.v[i].first,
				  gain.v[i].last, err);
	return rc;
}

static enum yh_rc read_fix(struct yh_case_cx *k, struct fix *f, struct yh_err *err)
{
	static const char *const lists[] = { "quota", "windows" };
	struct yh_arena *arena = k->cx->arena;
	size_t n_leases = json_array_size(json_object_get(k->c->form, "leases")), n = 0, total = 0;
	struct yh_resource_row *rs = NULL;
	enum yh_rc rc;

	for (size_t l = 0; l < 2; l++)
		total += json_array_size(json_object_get(k->c->form, lists[l]));
	*f = (struct fix){ .asked = { .arena = arena },
			   .lines = YH_NEW_N(arena, struct yh_quota_row, total + 1),
			   .leases = YH_NEW_N(arena, struct yh_resource_row, n_leases + 1),
			   .lease_was = YH_NEW_N(arena, yh_day, n_leases + 1) };
	if (!f->lines || !f->leases || !f->lease_was)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (total + n_leases == 0)
		return yh_fail_field(err, YH_BAD_INPUT, "correction-empty", "/form");
	rc = yh_quota_of_case(k->cx->tx, &k->c->row.about_case, yh_ctx_today(k->cx), arena,
			      &f->standing, &f->n_standing, err);
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0;
		     rc == YH_OK && i < json_array_size(json_object_get(k->c->form, lists[l])); i++)
			rc = read_line(k, f, lists[l], i, err);
	if (rc == YH_OK)
		rc = yh_resource_of_case(k->cx->tx, &k->c->row.about_case, arena, &rs, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n_leases; i++)
		rc = read_lease(k, f, rs, n, i, err);
	if (rc == YH_OK)
		rc = check_once(f, err);
	return rc == YH_OK ? add_quota_spans(k, f, err) : rc;
}

YH_WORD_CHECK_FN(yh_word_correction_fits)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_spans quota, taken;
	struct fix f;
	enum yh_rc rc = yh_about_article(k, err);

	if (rc == YH_OK)
		rc = read_fix(k, &f, err);
	if (rc == YH_OK && f.asked.n)
		rc = yh_quota_around(k, false, false, &quota, &taken, err);
	if (rc != YH_OK || !f.asked.n)
		return rc;
	return yh_quota_compare(&quota, &taken, &f.asked, 100, today, today + YH_HORIZON_DAYS,
				"quota-still-used", yh_use_article(k, use), err);
}

/* A lease is a cap of law: a correction does not pass it either (Art. 22-24). */
YH_WORD_CHECK_FN(yh_word_leases_at_most)
{
	const struct yh_arg_value *most = yh_use_arg(use, "period");
	const char *kind = yh_use_text(use, "kind", "");
	struct fix f;
	enum yh_rc rc = read_fix(k, &f, err);

	for (size_t i = 0; rc == YH_OK && i < f.n_leases; i++) {
		const struct yh_resource_row *r = &f.leases[i];
		yh_day last;

		if (strcmp(r->kind, kind) != 0)
			continue;
		rc = yh_lease_cap(k->cx, r, most->period, &last, err);
		if (rc != YH_OK || r->lease_last <= last)
			continue;
		rc = yh_refuse(err, "lease-too-long", yh_use_article(k, use));
		if (most->param)
			yh_err_param(err, most->param);
		yh_err_field(err, "/form/leases/%zu/last_day", i);
		yh_err_text(err, "resource", r->no);
		yh_err_day(err, "asked", r->lease_last);
		yh_err_day(err, "last", last);
	}
	return rc;
}

static const char *line_text(struct yh_case_cx *k, const struct yh_quota_row *q)
{
	char qty[YH_SCALED_TEXT], day[YH_DAY_TEXT];

	(void)yh_scaled_text(q->qty_milli, 3, qty);
	if (strcmp(q->kind, "window") != 0 || q->qty_milli == 0)
		return yh_arena_printf(k->cx->arena, "%s %s", q->dim, qty);
	return yh_arena_printf(k->cx->arena, "%s +%s %s %s/%lld", q->dim, qty,
			       yh_day_text(q->first_day, day), q->rrule ? q->rrule : "",
			       (long long)q->span_days);
}

static enum yh_rc correct_quota(struct yh_case_cx *k, const struct yh_case_row *old,
				const struct fix *f, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < f->n_standing; i++) {
		if (!ended_by(f, &f->standing[i]))
			continue;
		rc = yh_quota_end(k->cx->tx, &f->standing[i].id, yh_ctx_today(k->cx) - 1, err);
		if (rc == YH_OK)
			rc = yh_about_record(k, old, "decision.corrected",
					     line_text(k, &f->standing[i]), NULL, err);
	}
	for (size_t i = 0; rc == YH_OK && i < f->n_lines; i++) {
		if (f->lines[i].qty_milli)
			rc = yh_quota_insert(k->cx->tx, &f->lines[i], err);
		if (rc == YH_OK)
			rc = yh_about_record(k, old, "decision.corrected", NULL,
					     line_text(k, &f->lines[i]), err);
	}
	return rc;
}

static enum yh_rc correct_lease(struct yh_case_cx *k, const struct yh_case_row *old,
				struct yh_resource_row *r, yh_day was, struct yh_err *err)
{
	char day[YH_DAY_TEXT];
	const char *before = was == YH_DAY_NONE ? r->no
						: yh_arena_printf(k->cx->arena, "%s %s", r->no,
								  yh_day_text(was, day));
	const char *after =
		yh_arena_printf(k->cx->arena, "%s %s", r->no, yh_day_text(r->lease_last, day));
	struct yh_lease_row lease;
	bool found;
	enum yh_rc rc = yh_lease_live(k->cx->tx, &r->id, &found, &lease, err);

	if (rc == YH_OK)
		rc = found ? yh_lease_move(k, r, r->lease_last, "corrected", err)
			   : yh_resource_update(k->cx->tx, r, err);
	if (rc == YH_OK)
		rc = yh_effect_record(k, "resource.lease_corrected", "resource", &r->id, before,
				      after, err);
	return rc == YH_OK ? yh_about_record(k, old, "decision.corrected", before, after, err) : rc;
}

YH_WORD_CHECK_FN(yh_word_decision_correct)
{
	struct yh_case_row old;
	struct fix f;
	enum yh_rc rc = yh_about_case(k, &old, err);

	(void)use;
	if (rc == YH_OK)
		rc = read_fix(k, &f, err);
	if (rc == YH_OK)
		rc = correct_quota(k, &old, &f, err);
	for (size_t i = 0; rc == YH_OK && i < f.n_leases; i++)
		rc = correct_lease(k, &old, &f.leases[i], f.lease_was[i], err);
	if (rc == YH_OK && f.n_lines)
		rc = yh_effect_record(k, "quota.corrected", "project", &k->c->row.project, NULL,
				      NULL, err);
	return rc;
}
