/* Words about leases: given, extended, held while an extension is undecided. */
#include "effects/lease.h"

#include <string.h>

#include "services/lease/allowance.h"
#include "services/lease/lease.h"

/* The form's `until`; YH_DAY_NONE: as long as is allowed. */
static enum yh_rc wanted_end(struct yh_case_cx *k, yh_day *out, struct yh_err *err)
{
	const char *text = yh_json_text(k->c->form, "until");
	enum yh_rc rc;

	*out = YH_DAY_NONE;
	if (!text)
		return YH_OK;
	rc = yh_day_parse(text, out, err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/until");
	return rc;
}

/* A refusal of the pure rule, with the law or the local parameter behind it. */
static enum yh_rc because(struct yh_case_cx *k, const struct yh_word_use *use, enum yh_rc rc,
			  const char *param, bool of_form, struct yh_err *err)
{
	if (rc != YH_REFUSED)
		return rc;
	yh_err_article(err, yh_use_article(k, use));
	if (param)
		yh_err_param(err, param);
	if (of_form)
		yh_err_field(err, "/form/until");
	return rc;
}

/* Whatever is allocated later than today ends later too: what fits today fits then. */
YH_WORD_CHECK_FN(yh_word_lease_fits)
{
	const struct yh_kind *kind = yh_pack_kind(k->c->pack, yh_use_text(use, "kind", ""));
	yh_day wanted, last;
	enum yh_rc rc = wanted_end(k, &wanted, err);

	if (rc != YH_OK || wanted == YH_DAY_NONE || !kind || kind->lease.n == 0)
		return rc;
	rc = yh_lease_begin(yh_ctx_today(k->cx), kind->lease, wanted, &last, err);
	return because(k, use, rc, kind->lease_param, true, err);
}

YH_WORD_CHECK_FN(yh_word_lease_begin)
{
	struct yh_quota_row *grants;
	struct yh_resource_row *rs;
	size_t n, n_grants;
	yh_day wanted;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	if (rc == YH_OK)
		rc = wanted_end(k, &wanted, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_kind *kind = yh_pack_kind(k->c->pack, rs[i].kind);
		yh_day last;

		if (strcmp(rs[i].state, "running") != 0 || !kind || kind->lease.n == 0)
			continue;
		rc = yh_lease_begin(yh_day_of(rs[i].opened_at), kind->lease, wanted, &last, err);
		if (rc == YH_OK)
			rc = yh_lease_give(k, &rs[i], last, err);
		else
			rc = because(k, use, rc, kind->lease_param, true, err);
	}
	if (rc == YH_OK)
		rc = yh_allowance_grants(k, &grants, &n_grants, err);
	/* what was granted has become allowances of what was opened */
	for (size_t i = 0; rc == YH_OK && i < n_grants; i++)
		rc = yh_quota_end(k->cx->tx, &grants[i].id, yh_ctx_today(k->cx) - 1, err);
	return rc;
}

/* One resource of an extension with its lease and what its kind allows. */
struct extending {
	struct yh_resource_row r;
	struct yh_lease_row lease;
	struct yh_lease_terms terms;
};
typedef enum yh_rc (*extending_fn)(struct yh_case_cx *k, const struct yh_word_use *use,
				   struct extending *x, struct yh_err *err);

static enum yh_rc refuse_resource(struct yh_case_cx *k, const struct yh_word_use *use,
				  const struct extending *x, const char *slug, struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, slug, yh_use_article(k, use));

	yh_err_text(err, "resource", x->r.no);
	yh_err_kind(err, k->c->pack, "kind", x->r.kind);
	return rc;
}

static enum yh_rc each(struct yh_case_cx *k, const struct yh_word_use *use, extending_fn fn,
		       struct yh_err *err)
{
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct extending x = { .r = rs[i] };
		bool found;

		rc = yh_lease_live(k->cx->tx, &rs[i].id, &found, &x.lease, err);
		if (rc == YH_OK && !found)
			rc = refuse_resource(k, use, &x, "lease-missing", err);
		if (rc == YH_OK)
			rc = yh_lease_terms_of(k->cx, &x.lease, x.r.kind, &x.terms, err);
		if (rc == YH_OK)
			rc = fn(k, use, &x, err);
	}
	return rc;
}

static enum yh_rc extendable(struct yh_case_cx *k, const struct yh_word_use *use,
			     struct extending *x, struct yh_err *err)
{
	const struct yh_extension *e = &x->terms.kind->extension;
	bool other = !yh_id_is_zero(&x->lease.hold_case) &&
		     !yh_id_eq(&x->lease.hold_case, &k->c->row.id);
	enum yh_rc rc;

	if (e->ahead.n == 0)
		return refuse_resource(k, use, x, "lease-extension-none", err);
	if (other)
		return refuse_resource(k, use, x, "lease-extension-pending", err);
	if (x->lease.extensions < e->most)
		return YH_OK;
	rc = refuse_resource(k, use, x, "lease-extensions-spent", err);
	yh_err_int(err, "most", e->most);
	if (e->most_param)
		yh_err_param(err, e->most_param);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_lease_extendable)
{
	return each(k, use, extendable, err);
}

/* By the day it was filed: how long the bodies take to decide makes nothing late. */
static enum yh_rc in_time(struct yh_case_cx *k, const struct yh_word_use *use, struct extending *x,
			  struct yh_err *err)
{
	const struct yh_extension *e = &x->terms.kind->extension;
	const struct yh_law_book *law = k->cx->world->law;
	enum yh_rc rc = yh_lease_in_time(law->calendar(law->self), x->lease.first, x->lease.last,
					 e->ahead, yh_day_of(k->c->row.filed_at), err);

	rc = because(k, use, rc, e->ahead_param, false, err);
	if (rc == YH_REFUSED)
		yh_err_text(err, "resource", x->r.no);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_lease_in_time)
{
	const char *reason = yh_use_text(use, "unless", NULL);

	if (reason && yh_json_text(k->c->form, reason))
		return YH_OK;
	return each(k, use, in_time, err);
}

static enum yh_rc extension_of(struct yh_case_cx *k, const struct yh_word_use *use,
			       const struct extending *x, yh_day *last, struct yh_err *err)
{
	yh_day wanted;
	enum yh_rc rc = wanted_end(k, &wanted, err);

	if (rc == YH_OK)
		rc = yh_lease_extend(x->lease.last, x->terms.kind->extension.longest, wanted, last,
				     err);
	return because(k, use, rc, x->terms.kind->extension.longest_param, true, err);
}

static enum yh_rc extension_fits(struct yh_case_cx *k, const struct yh_word_use *use,
				 struct extending *x, struct yh_err *err)
{
	yh_day last;

	return extension_of(k, use, x, &last, err);
}

YH_WORD_CHECK_FN(yh_word_lease_extension_fits)
{
	return each(k, use, extension_fits, err);
}

static enum yh_rc extend(struct yh_case_cx *k, const struct yh_word_use *use, struct extending *x,
			 struct yh_err *err)
{
	yh_day last;
	enum yh_rc rc = extension_of(k, use, x, &last, err);

	return rc == YH_OK ? yh_lease_move(k, &x->r, last, "extended", err) : rc;
}

YH_WORD_CHECK_FN(yh_word_lease_extend)
{
	return each(k, use, extend, err);
}

/* A late one that was admitted with reasons holds nothing. */
static enum yh_rc hold(struct yh_case_cx *k, const struct yh_word_use *use, struct extending *x,
		       struct yh_err *err)
{
	struct yh_err late = { 0 };
	enum yh_rc rc = in_time(k, use, x, &late);

	if (rc == YH_OK)
		return yh_lease_hold_for(k, &x->r.id, err);
	if (rc != YH_REFUSED && err)
		*err = late;
	return rc == YH_REFUSED ? YH_OK : rc;
}

YH_WORD_CHECK_FN(yh_word_lease_hold)
{
	return each(k, use, hold, err);
}

YH_WORD_CHECK_FN(yh_word_lease_release)
{
	(void)use;
	return yh_lease_release(k, err);
}

/* X11: what runs on a lease may stay now that the project is initiated. */
YH_WORD_CHECK_FN(yh_word_notice_leases)
{
	const char *kind = yh_use_text(use, "kind", "");
	struct yh_allocated_row *rows;
	struct yh_project_row p;
	struct yh_id last = { { 0 } };
	YH_JSON_AUTO more = NULL;
	int64_t count = 0;
	size_t n;
	enum yh_rc rc = yh_project_load(k->cx->tx, &k->c->row.project, k->cx->arena, &p, err);

	if (rc == YH_OK)
		rc = yh_allocated(k->cx->tx, &p.unit, &p.id, NULL, NULL, k->cx->arena, &rows, &n,
				  err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (strcmp(rows[i].kind, kind) != 0 || yh_id_eq(&rows[i].resource, &last))
			continue;
		last = rows[i].resource;
		count++;
	}
	if (rc != YH_OK || count == 0)
		return rc;
	more = json_pack("{s:s, s:I}", "project", p.code, "count", (json_int_t)count);
	if (!more)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return yh_case_tell_more(k, "unit", &p.unit, yh_use_text(use, "text", "case-notice"), more,
				 err);
}
