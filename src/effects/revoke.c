/* Revoking a decision (X8): what it did, as the record tells, is undone by later effects where that
 * can be done; where it cannot, the refusal says why and which procedure does it instead. */
#include <stdio.h>
#include <string.h>

#include "effects/about.h"
#include "services/project/quota_view.h"
#include "store/case_query.h"
#include "store/event.h"
#include "store/paper.h"

/* What stands of the earlier decision while it is looked at. */
struct deed {
	struct yh_case_cx *k;
	const struct yh_word_use *use; /* its arguments name the procedures that do it instead */
	const struct yh_case_row *old;
	struct yh_id object;
	size_t standing; /* how much there is to undo */
};

typedef enum yh_rc (*deed_fn)(struct deed *d, struct yh_err *err);

static enum yh_rc refuse(const struct deed *d, const char *slug, const char *instead,
			 struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, slug, yh_use_article(d->k, d->use));

	yh_err_text(err, "case", d->old->no);
	yh_err_text(err, "instead", yh_use_text(d->use, instead, "-"));
	return rc;
}

/* The lines of one project that would end: taken as asked for, they must be free on every day. */
static enum yh_rc lines_free(struct deed *d, const struct yh_quota_row *rows, size_t n,
			     size_t first, struct yh_err *err)
{
	struct yh_case_cx *k = d->k;
	yh_day today = yh_ctx_today(k->cx), to = today + YH_HORIZON_DAYS;
	struct yh_spans loss = { .arena = k->cx->arena }, quota, taken;
	const struct yh_id *project = &rows[first].project;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; i < first; i++)
		if (yh_id_eq(&rows[i].project, project))
			return YH_OK; /* judged with the first line of it */
	for (size_t i = first; rc == YH_OK && i < n; i++)
		if (yh_id_eq(&rows[i].project, project))
			rc = yh_quota_row_spans(&rows[i], today, to, &loss, err);
	if (rc == YH_OK)
		rc = yh_quota_around_project(k, project, &quota, &taken, err);
	return rc == YH_OK ? yh_quota_compare(&quota, &taken, &loss, 100, today, to,
					      "quota-still-used", yh_use_article(k, d->use), err)
			   : rc;
}

static enum yh_rc quota_can(struct deed *d, struct yh_err *err)
{
	struct yh_case_cx *k = d->k;
	struct yh_quota_row *rows;
	size_t n;
	enum yh_rc rc = yh_quota_of_case(k->cx->tx, &d->old->id, yh_ctx_today(k->cx), k->cx->arena,
					 &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = lines_free(d, rows, n, i, err);
	d->standing += rc == YH_OK ? n : 0;
	return rc;
}

static enum yh_rc quota_undo(struct deed *d, struct yh_err *err)
{
	struct yh_case_cx *k = d->k;
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_row *rows;
	size_t n;
	enum yh_rc rc =
		yh_quota_of_case(k->cx->tx, &d->old->id, today, k->cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_quota_end(k->cx->tx, &rows[i].id, today - 1, err);
	return rc == YH_OK && n
		       ? yh_effect_record(k, "quota.ended", "project", &d->object, NULL, NULL, err)
		       : rc;
}

/* A resource that runs is taken back with its data looked after, not by a stroke of the pen. */
static enum yh_rc resource_can(struct deed *d, struct yh_err *err)
{
	struct yh_resource_row r;
	enum yh_rc rc = yh_resource_load(d->k->cx->tx, &d->object, d->k->cx->arena, &r, err);

	if (rc != YH_OK || (strcmp(r.state, "running") != 0 && strcmp(r.state, "applied") != 0 &&
			    strcmp(r.state, "stopped") != 0))
		return rc;
	rc = refuse(d, "revoke-running", "running", err);
	yh_err_text(err, "resource", r.no);
	yh_err_text(err, "state", r.state);
	return rc;
}

static enum yh_rc project_can(struct deed *d, struct yh_err *err)
{
	struct yh_ctx *cx = d->k->cx;
	struct yh_reserved_row *held;
	struct yh_allocated_row *run;
	struct yh_project_row p;
	size_t n_run, n_held;
	enum yh_rc rc = yh_project_load(cx->tx, &d->object, cx->arena, &p, err);

	if (rc == YH_OK)
		rc = yh_allocated(cx->tx, &p.unit, &p.id, NULL, NULL, cx->arena, &run, &n_run, err);
	if (rc == YH_OK)
		rc = yh_reserved(cx->tx, &p.unit, &p.id, NULL, NULL, cx->arena, &held, &n_held,
				 err);
	if (rc != YH_OK)
		return rc;
	if (n_run + n_held > 0) {
		rc = refuse(d, "revoke-in-use", "running", err);
		yh_err_text(err, "what", p.code);
		yh_err_int(err, "running", (int64_t)n_run);
		yh_err_int(err, "pending", (int64_t)n_held);
		return rc;
	}
	d->standing += strcmp(p.state, "initiating") != 0;
	return YH_OK;
}

/* Back to where the result of the initiation is open; a quota that lapsed with it stays ended. */
static enum yh_rc project_undo(struct deed *d, struct yh_err *err)
{
	struct yh_case_cx *k = d->k;
	struct yh_project_row p;
	enum yh_rc rc = yh_project_load(k->cx->tx, &d->object, k->cx->arena, &p, err);

	if (rc == YH_OK)
		rc = yh_project_set_state(k->cx->tx, &p.id, "initiating", err);
	return rc == YH_OK ? yh_effect_record(k, "project.reopened", "project", &p.id, p.state,
					      "initiating", err)
			   : rc;
}

static enum yh_rc org_can(struct deed *d, struct yh_err *err)
{
	struct yh_ctx *cx = d->k->cx;
	struct yh_allocated_row *run;
	struct yh_org_row org;
	int64_t open = 0;
	size_t n = 0;
	enum yh_rc rc = yh_db_lock(cx->tx, &d->object, 1, err);

	if (rc == YH_OK)
		rc = yh_org_load(cx->tx, &d->object, cx->arena, &org, err);
	if (rc == YH_OK)
		rc = yh_allocated(cx->tx, &org.id, NULL, NULL, NULL, cx->arena, &run, &n, err);
	if (rc == YH_OK)
		rc = yh_case_open_of_unit(cx->tx, &org.id, &open, err);
	if (rc != YH_OK)
		return rc;
	if (n > 0 || open > 0) {
		rc = refuse(d, "revoke-in-use", "running", err);
		yh_err_text(err, "what", org.code);
		yh_err_int(err, "running", (int64_t)n);
		yh_err_int(err, "pending", open);
		return rc;
	}
	d->standing += strcmp(org.status, "active") == 0;
	return YH_OK;
}

/* Its people act no more, and what it was granted ends with it. */
static enum yh_rc org_undo(struct deed *d, struct yh_err *err)
{
	struct yh_case_cx *k = d->k;
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_row *rows;
	struct yh_org_row org;
	size_t n = 0;
	enum yh_rc rc = yh_org_load(k->cx->tx, &d->object, k->cx->arena, &org, err);

	if (rc == YH_OK)
		rc = yh_quota_lines(k->cx->tx, &org.id, NULL, NULL, today, k->cx->arena, &rows, &n,
				    err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_quota_end(k->cx->tx, &rows[i].id, today - 1, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(org.status, sizeof org.status, "closed");
	rc = yh_org_update(k->cx->tx, &org, err);
	return rc == YH_OK
		       ? yh_effect_record(k, "org.ended", "org", &org.id, "active", "closed", err)
		       : rc;
}

static enum yh_rc edition_can(struct deed *d, struct yh_err *err)
{
	struct yh_edition_row e;
	enum yh_rc rc = yh_edition_load(d->k->cx->tx, &d->object, d->k->cx->arena, &e, err);

	if (rc != YH_OK)
		return rc;
	if (strcmp(e.state, "published") != 0)
		return YH_OK;
	if (e.effective_day <= yh_ctx_today(d->k->cx)) {
		rc = refuse(d, "revoke-in-force", "in_force", err);
		yh_err_int(err, "number", e.number);
		yh_err_day(err, "effective", e.effective_day);
		return rc;
	}
	d->standing++;
	return YH_OK;
}

static enum yh_rc edition_undo(struct deed *d, struct yh_err *err)
{
	struct yh_case_cx *k = d->k;
	struct yh_edition_row e;
	enum yh_rc rc = yh_edition_load(k->cx->tx, &d->object, k->cx->arena, &e, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(e.state, sizeof e.state, "withdrawn");
	rc = yh_edition_update(k->cx->tx, &e, err);
	return rc == YH_OK ? yh_effect_record(k, "edition.withdrawn", "edition", &e.id, "published",
					      "withdrawn", err)
			   : rc;
}

/* A system that another case has cut off since, or supplies again, is not this decision's. */
static enum yh_rc supply_of(struct deed *d, bool *stands, struct yh_err *err)
{
	struct yh_system_row s;
	enum yh_rc rc = yh_system_load(d->k->cx->tx, &d->object, d->k->cx->arena, &s, err);

	*stands = rc == YH_OK && s.supply_stopped_at && yh_id_eq(&s.supply_case, &d->old->id);
	return rc;
}

static enum yh_rc supply_can(struct deed *d, struct yh_err *err)
{
	bool stands;
	enum yh_rc rc = supply_of(d, &stands, err);

	d->standing += stands;
	return rc;
}

static enum yh_rc supply_undo(struct deed *d, struct yh_err *err)
{
	bool stands;
	enum yh_rc rc = supply_of(d, &stands, err);

	if (rc == YH_OK && stands)
		rc = yh_system_restore_supply(d->k->cx->tx, &d->object, err);
	return rc == YH_OK && stands ? yh_effect_record(d->k, "supply.restored", "system",
							&d->object, "stopped", "supplied", err)
				     : rc;
}

static enum yh_rc paper_undo(struct deed *d, struct yh_err *err)
{
	struct yh_case_cx *k = d->k;
	enum yh_rc rc = yh_paper_revoke(k->cx->tx, &d->object, &k->c->row.id, k->cx->now, err);

	return rc == YH_OK
		       ? yh_effect_record(k, "paper.revoked", "paper", &d->object, NULL, NULL, err)
		       : rc;
}

/* What is not listed here cannot be undone. A step towards another deed has no functions. */
static const struct {
	const char *kind;
	deed_fn can, undo;
} DEEDS[] = {
	{ "quota.granted", quota_can, quota_undo },
	{ "quota.changed", quota_can, quota_undo },
	{ "project.initiated", project_can, project_undo },
	{ "project.failed", project_can, project_undo },
	{ "org.admitted", org_can, org_undo },
	{ "edition.compiled", NULL, NULL },
	{ "edition.approved", NULL, NULL },
	{ "edition.published", edition_can, edition_undo },
	{ "resource.applied", resource_can, NULL },
	{ "resource.opened", resource_can, NULL },
	{ "resource.formalised", resource_can, NULL },
	{ "resource.resized", resource_can, NULL },
	{ "resource.released", resource_can, NULL },
	{ "quota.allowed", NULL, NULL },
	{ "lease.begun", resource_can, NULL },
	{ "lease.extended", resource_can, NULL },
	{ "lease.notice", NULL, NULL },
	{ "lease.lapsed", NULL, NULL },
	{ "lease.ended", NULL, NULL },
	{ "supply.stopped", supply_can, supply_undo },
	{ "paper.issued", NULL, paper_undo },
};
enum { N_DEEDS = sizeof DEEDS / sizeof DEEDS[0] };

static size_t listed(const char *kind)
{
	size_t at = 0;

	while (at < N_DEEDS && strcmp(DEEDS[at].kind, kind) != 0)
		at++;
	return at;
}

static enum yh_rc walk(struct deed *d, bool undo, size_t *n_deeds, struct yh_err *err)
{
	struct yh_deed *list;
	enum yh_rc rc =
		yh_event_deeds(d->k->cx->tx, &d->old->id, d->k->cx->arena, &list, n_deeds, err);

	for (size_t i = 0; rc == YH_OK && i < *n_deeds; i++) {
		size_t at = listed(list[i].kind);
		deed_fn fn = at == N_DEEDS ? NULL : undo ? DEEDS[at].undo : DEEDS[at].can;

		d->object = list[i].object;
		if (at == N_DEEDS) {
			rc = refuse(d, "revoke-unsupported", "otherwise", err);
			yh_err_text(err, "what", list[i].kind);
		} else if (fn) {
			rc = fn(d, err);
		}
	}
	return rc;
}

/* A refusal has no effects: it can be revoked, and the applicant files anew. */
YH_WORD_CHECK_FN(yh_word_decision_revocable)
{
	struct yh_case_row old;
	struct deed d = { .k = k, .use = use, .old = &old };
	size_t deeds;
	enum yh_rc rc = yh_about_article(k, err);

	if (rc == YH_OK)
		rc = yh_about_case(k, &old, err);
	if (rc == YH_OK)
		rc = walk(&d, false, &deeds, err);
	if (rc == YH_OK && deeds > 0 && d.standing == 0)
		rc = refuse(&d, "nothing-standing", "otherwise", err);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_decision_revoke)
{
	struct yh_case_row old;
	struct deed d = { .k = k, .use = use, .old = &old };
	size_t deeds;
	enum yh_rc rc = yh_about_case(k, &old, err);

	if (rc == YH_OK)
		rc = walk(&d, true, &deeds, err);
	return rc == YH_OK ? yh_about_record(k, &old, "decision.revoked", old.state, "revoked", err)
			   : rc;
}
