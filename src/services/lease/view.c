/* Leases as people look at them. */
#include "services/lease/view.h"

#include "store/case_file.h"

static enum yh_rc fill_reach(struct yh_lease_view *v, const struct yh_extension *x,
			     struct yh_err *err)
{
	const struct yh_lease_row *l = &v->line.lease;
	bool open = v->by.possible || !yh_id_is_zero(&l->hold_case);
	enum yh_rc rc;

	v->most = x->ahead.n ? x->most : 0;
	if (!open || l->extensions >= v->most)
		return YH_OK;
	rc = yh_lease_reach(l->last, x->longest, 1, &v->next_last, err);
	return rc == YH_OK
		       ? yh_lease_reach(l->last, x->longest, v->most - l->extensions, &v->cap, err)
		       : rc;
}

static enum yh_rc fill(struct yh_ctx *cx, struct yh_lease_view *v, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_lease_row *l = &v->line.lease;
	struct yh_lease_row unused = *l;
	yh_day today = yh_ctx_today(cx);
	struct yh_lease_terms terms;
	enum yh_rc rc = yh_lease_stop_day(law->calendar(law->self), l->last, &v->stop, err);

	unused.extensions = 0;
	v->used_up = false;
	v->most = 0;
	v->next_last = v->cap = YH_DAY_NONE;
	v->by = v->ever = (struct yh_lease_by){ .day = YH_DAY_NONE };
	v->standing = l->ended_at                     ? YH_LEASE_ENDED
		      : today <= l->last              ? YH_LEASE_RUNS
		      : !yh_id_is_zero(&l->hold_case) ? YH_LEASE_HELD
						      : YH_LEASE_OVER;
	if (rc == YH_OK)
		rc = yh_lease_terms_of(cx, l, v->line.resource.kind, &terms, err);
	if (rc == YH_OK)
		rc = yh_lease_by_of(cx, &unused, &terms, &v->ever, err);
	if (rc != YH_OK || l->ended_at)
		return rc;
	v->used_up = l->extensions >= terms.kind->extension.most;
	rc = yh_lease_by_of(cx, l, &terms, &v->by, err);
	v->by.possible = v->by.possible && today <= v->by.day;
	return rc == YH_OK ? fill_reach(v, &terms.kind->extension, err) : rc;
}

enum yh_rc yh_lease_views(struct yh_ctx *cx, const struct yh_viewer *who,
			  const struct yh_lease_filter *f, struct yh_lease_view **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_lease_line *lines;
	enum yh_rc rc = yh_lease_page(cx->tx, who, f, cx->arena, &lines, n, err);

	if (rc != YH_OK)
		return rc;
	*out = YH_NEW_N(cx->arena, struct yh_lease_view, *n + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < *n; i++) {
		(*out)[i].line = lines[i];
		rc = fill(cx, &(*out)[i], err);
	}
	return rc;
}

static enum yh_rc history(struct yh_ctx *cx, const struct yh_id *resource,
			  struct yh_lease_past **past, size_t *n, struct yh_err *err)
{
	struct yh_lease_row *rows;
	enum yh_rc rc = yh_lease_history(cx->tx, resource, cx->arena, &rows, n, err);

	if (rc != YH_OK)
		return rc;
	*past = YH_NEW_N(cx->arena, struct yh_lease_past, *n + 1);
	if (!*past)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < *n; i++) {
		struct yh_case_row c;

		rc = yh_case_load(cx->tx, &rows[i].case_id, cx->arena, &c, err);
		(*past)[i] = (struct yh_lease_past){
			.row = rows[i],
			.case_no = rc == YH_OK ? yh_arena_strdup(cx->arena, c.no) : "",
		};
	}
	return rc;
}

enum yh_rc yh_lease_view_of(struct yh_ctx *cx, const struct yh_viewer *who,
			    const struct yh_id *resource, struct yh_lease_view *out,
			    struct yh_lease_past **past, size_t *n, struct yh_err *err)
{
	struct yh_lease_filter f = { .resource = *resource,
				     .kind = "",
				     .until = YH_DAY_NONE,
				     .after_last = YH_DAY_NONE,
				     .after_no = "",
				     .limit = 1 };
	struct yh_lease_view *views = NULL;
	size_t found = 0;
	enum yh_rc rc = YH_OK;

	for (int ended = 0; rc == YH_OK && found == 0 && ended < 2; ended++) {
		f.ended = ended;
		rc = yh_lease_views(cx, who, &f, &views, &found, err);
	}
	if (rc == YH_OK && found == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "lease-missing-here");
	if (rc != YH_OK)
		return rc;
	*out = views[0];
	return history(cx, resource, past, n, err);
}
