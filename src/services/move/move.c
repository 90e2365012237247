/* Carrying out a reorganisation on its day. */
#include "services/move/move.h"

#include <stdio.h>
#include <string.h>

#include "cases/case.h"
#include "services/audit/rights.h"
#include "store/event.h"
#include "store/person.h"

static enum yh_rc record(struct yh_case_cx *k, const char *kind, const char *object_kind,
			 const struct yh_id *object, const struct yh_id *case_id,
			 const char *before, const char *after, const char *payload,
			 struct yh_err *err)
{
	const struct yh_actor *a = k->cx->actor;
	struct yh_event e = {
		.id = yh_ctx_new_id(k->cx),
		.at = k->cx->now,
		.kind = kind,
		.case_id = *case_id,
		.object_kind = object_kind,
		.object_id = *object,
		.person = a->person,
		.role = yh_id_is_zero(&a->person) ? YH_SYSTEM_ROLE : NULL,
		.article = k->c->procedure->article,
		.before = before,
		.after = after,
		.source = a->source,
		.payload = payload,
	};

	return yh_event_insert(k->cx->tx, &e, err);
}

static enum yh_rc move_projects(struct yh_case_cx *k, const struct yh_move_plan *p,
				const struct yh_move *m, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < p->n_projects; i++) {
		const struct yh_move_item *it = &p->projects[i];

		rc = yh_move_project(k->cx->tx, m, &it->row.id, it->code, err);
		if (rc == YH_OK)
			rc = record(k, "project.moved", "project", &it->row.id, &k->c->row.id,
				    it->row.code, it->code, NULL, err);
	}
	return rc;
}

/* The story of each open case says that its applicant is another now. */
static enum yh_rc tell_cases(struct yh_case_cx *k, const struct yh_move_plan *p,
			     const struct yh_id *ids, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = record(k, "case.moved", "case", &ids[i], &ids[i], p->from.code, p->to.code,
			    NULL, err);
	return rc;
}

static enum yh_rc move_people(struct yh_case_cx *k, const struct yh_move_plan *p,
			      struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	char payload[YH_RIGHTS_TEXT];
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < p->n_people; i++) {
		const struct yh_move_grant *g = &p->people[i];
		struct yh_grant_row row = {
			.id = yh_ctx_new_id(cx),
			.person = g->person,
			.org = p->to.id,
			.first_day = g->first_day > p->in.day ? g->first_day : p->in.day,
			.last_day = g->last_day,
			.scope = g->scope,
			.created_at = cx->now,
		};

		(void)snprintf(row.role, sizeof row.role, "%s", g->role);
		(void)snprintf(row.capacity, sizeof row.capacity, "%s", g->capacity);
		rc = yh_grant_end(cx->tx, &g->id, cx->now, err);
		if (rc == YH_OK && !g->there)
			rc = yh_grant_insert(cx->tx, &row, err);
		(void)yh_rights_payload(g->there ? NULL : &row, &g->id, payload);
		if (rc == YH_OK)
			rc = record(k, "grant.moved", "person", &g->person, &k->c->row.id,
				    p->from.code, p->to.code, payload, err);
	}
	return rc;
}

static const char *payload_of(struct yh_case_cx *k, const struct yh_move_plan *p)
{
	const struct yh_move_sums *s = &p->sums;
	char day[YH_DAY_TEXT];

	return yh_arena_printf(
		k->cx->arena,
		"{\"cases\":%lld,\"day\":\"%s\",\"duties\":%lld,\"findings\":%lld,\"from\":\"%s\","
		"\"people\":%zu,\"projects\":%zu,\"quotas\":%lld,\"records\":%lld,"
		"\"resources\":%lld,\"to\":\"%s\"}",
		(long long)s->cases, yh_day_text(p->in.day, day), (long long)s->duties,
		(long long)s->findings, p->from.code, p->n_people, p->n_projects,
		(long long)s->quotas, (long long)s->records, (long long)s->resources, p->to.code);
}

/* Whoever filed it, and those whom it concerns, hear that the day has come. */
static enum yh_rc tell_done(struct yh_case_cx *k, const struct yh_move_plan *p, struct yh_err *err)
{
	const char *role = strcmp(p->in.kind, "replace") == 0 ? "provider" : "unit";
	bool rename = strcmp(p->in.kind, "rename") == 0, merge = strcmp(p->in.kind, "merge") == 0;
	enum yh_rc rc = yh_case_tell(k, k->c->row.filer_role, &k->c->row.filer_org, "reorg-done",
				     NULL, p->in.day, err);

	if (rc == YH_OK && !rename)
		rc = yh_case_tell(k, role, &p->to.id, "reorg-done", NULL, p->in.day, err);
	/* who was merged has gone over with its people */
	if (rc == YH_OK && !rename && !merge)
		rc = yh_case_tell(k, role, &p->from.id, "reorg-done", NULL, p->in.day, err);
	return rc;
}

static enum yh_rc carry_out(struct yh_case_cx *k, const struct yh_move_plan *p, struct yh_err *err)
{
	const struct yh_move m = { .from = p->from.id,
				   .to = p->to.id,
				   .case_id = k->c->row.id,
				   .at = yh_day_start(p->in.day) };
	bool merge = strcmp(p->in.kind, "merge") == 0, rename = strcmp(p->in.kind, "rename") == 0;
	const char *payload = payload_of(k, p);
	struct yh_id *cases = NULL;
	size_t n = 0;
	char kind[24];
	enum yh_rc rc = payload ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK && merge)
		rc = yh_move_cases(k->cx->tx, &m.from, k->cx->arena, &cases, &n, err);
	if (rc == YH_OK && rename)
		rc = yh_move_name(k->cx->tx, &m, p->in.name, err);
	else if (rc == YH_OK && strcmp(p->in.kind, "replace") == 0)
		rc = yh_move_provider(k->cx->tx, &m, &p->in.cloud, err);
	else if (rc == YH_OK)
		rc = move_projects(k, p, &m, err);
	if (rc == YH_OK)
		rc = move_people(k, p, err);
	if (rc == YH_OK && merge)
		rc = yh_move_rest(k->cx->tx, &m, err);
	if (rc == YH_OK)
		rc = tell_cases(k, p, cases, n, err);
	(void)snprintf(kind, sizeof kind, "reorg.%s", p->in.kind);
	if (rc == YH_OK)
		rc = record(k, kind, "org", &p->from.id, &k->c->row.id,
			    rename ? p->from.name : p->from.code, rename ? p->in.name : p->to.code,
			    payload, err);
	if (rc == YH_OK)
		rc = tell_done(k, p, err);
	return rc == YH_OK ? yh_reorg_end(k->cx->tx, &k->c->row.id, "done", k->cx->now, "", err)
			   : rc;
}

static enum yh_rc plan_of(struct yh_case_cx *k, const char *kind, bool due, struct yh_move_plan *p,
			  struct yh_err *err)
{
	struct yh_move_in in = { .kind = kind,
				 .due = due,
				 .cloud = k->c->row.cloud,
				 .article = k->c->procedure->article };
	enum yh_rc rc = yh_move_in_of(k->c->form, &in, err);

	if (rc == YH_OK)
		rc = yh_move_lock(k->cx, &in, err);
	return rc == YH_OK ? yh_move_plan(k->cx, &in, &k->c->row.id, p, err) : rc;
}

enum yh_rc yh_move_put(struct yh_case_cx *k, const char *kind, struct yh_err *err)
{
	struct yh_id job = yh_ctx_new_id(k->cx);
	struct yh_reorg_row row = { .case_id = k->c->row.id, .state = "planned" };
	struct yh_move_plan p;
	enum yh_rc rc = plan_of(k, kind, false, &p, err);

	if (rc != YH_OK)
		return rc;
	row.org = p.from.id;
	row.day = p.in.day;
	(void)snprintf(row.kind, sizeof row.kind, "%s", kind);
	rc = yh_reorg_insert(k->cx->tx, &row, err);
	if (rc == YH_OK && row.day <= yh_ctx_today(k->cx))
		return carry_out(k, &p, err);
	if (rc == YH_OK)
		rc = yh_job_insert(k->cx->tx, &job, "org.move", &k->c->row.id,
				   yh_day_start(row.day), err);
	return rc == YH_OK ? record(k, "reorg.planned", "org", &p.from.id, &k->c->row.id, NULL,
				    kind, payload_of(k, &p), err)
			   : rc;
}

/* A refusal is an answer; what else fails is tried again. */
static bool stands_in_the_way(enum yh_rc rc)
{
	return rc == YH_REFUSED || rc == YH_CONFLICT || rc == YH_NOT_FOUND || rc == YH_BAD_INPUT;
}

static enum yh_rc give_up(struct yh_case_cx *k, const struct yh_reorg_row *g,
			  const struct yh_err *why, struct yh_err *err)
{
	enum yh_rc rc = yh_reorg_end(k->cx->tx, &g->case_id, "failed", k->cx->now, why->slug, err);

	if (rc == YH_OK)
		rc = record(k, "reorg.failed", "org", &g->org, &g->case_id, g->kind, why->slug,
			    NULL, err);
	if (rc == YH_OK)
		rc = yh_case_tell(k, k->c->row.filer_role, &k->c->row.filer_org, "reorg-failed",
				  NULL, g->day, err);
	return rc;
}

enum yh_rc yh_move_due(struct yh_ctx *cx, const struct yh_id *case_id, yh_time *again_at,
		       struct yh_err *err)
{
	struct yh_reorg_row g;
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	struct yh_move_plan p;
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_reorg_load(cx->tx, case_id, cx->arena, &g, err);

	(void)again_at;
	if (rc != YH_OK || strcmp(g.state, "planned") != 0)
		return rc;
	rc = yh_case_get(cx, case_id, &c, err);
	if (rc != YH_OK)
		return rc;
	rc = plan_of(&k, g.kind, true, &p, &why);
	/* a server that was away on the day carries it out as of that day */
	if (stands_in_the_way(rc))
		return give_up(&k, &g, &why, err);
	if (rc != YH_OK) {
		*err = why;
		return rc;
	}
	return carry_out(&k, &p, err);
}
