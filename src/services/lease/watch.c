/* The watch over leases: what has come due about one, and about those that end with it. */
#include "services/lease/watch.h"

#include <stdio.h>
#include <string.h>

#include "law/deadline.h"
#include "store/event.h"
#include "store/job.h"
#include "store/party.h"

/* A lease that is looked at, with the others of its application that end on the same day. */
struct look {
	struct yh_ctx *cx;
	struct yh_resource_row r;
	struct yh_lease_row lease;
	struct yh_lease_terms terms;
	struct yh_lease_todo todo;
	struct yh_case c; /* that gave the lease */
	struct yh_id *with;
	size_t n_with;
};

static const struct yh_calendar *calendar_of(const struct yh_ctx *cx)
{
	return cx->world->law->calendar(cx->world->law->self);
}

/* Resource and lease under the unit's lock; *runs false: there is nothing to watch. */
static enum yh_rc take(struct look *l, const struct yh_id *id, bool *runs, struct yh_err *err)
{
	struct yh_ctx *cx = l->cx;
	enum yh_rc rc = yh_resource_load(cx->tx, id, cx->arena, &l->r, err);

	*runs = false;
	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, &l->r.unit, 1, err);
	if (rc == YH_OK)
		rc = yh_resource_load(cx->tx, id, cx->arena, &l->r, err);
	if (rc == YH_OK && strcmp(l->r.state, "running") == 0)
		rc = yh_lease_live(cx->tx, id, runs, &l->lease, err);
	return rc;
}

static enum yh_rc plan(struct look *l, struct yh_err *err)
{
	struct yh_ctx *cx = l->cx;
	struct yh_id *endings;
	size_t n = 0;
	enum yh_rc rc = yh_lease_terms_of(cx, &l->lease, l->r.kind, &l->terms, err);

	if (rc == YH_OK)
		rc = yh_lease_endings(cx->tx, &l->r.id, cx->arena, &endings, &n, err);
	if (rc == YH_OK) {
		struct yh_lease_state now = {
			.first = l->lease.first,
			.last = l->lease.last,
			.told = (int32_t)l->lease.told,
			.held = !yh_id_is_zero(&l->lease.hold_case),
			.ending = n > 0 || !l->terms.ending,
			.lapse_told = l->lease.lapse_told,
		};

		rc = yh_lease_plan(calendar_of(cx), &now, &l->terms.notices, l->terms.lead,
				   yh_ctx_today(cx), &l->todo, err);
	}
	if (rc == YH_OK)
		rc = yh_case_get(cx, &l->lease.case_id, &l->c, err);
	return rc;
}

/* Those that stand as this one does: told as much, held or not, being ended or not. */
static enum yh_rc gather(struct look *l, struct yh_err *err)
{
	struct yh_ctx *cx = l->cx;
	struct yh_id *all;
	size_t n;
	enum yh_rc rc =
		yh_lease_together(cx->tx, &l->r.case_id, l->lease.last, cx->arena, &all, &n, err);

	l->with = all;
	l->n_with = 0;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_lease_row other;
		struct yh_id *endings;
		size_t n_endings = 0;
		bool found;

		rc = yh_lease_live(cx->tx, &all[i], &found, &other, err);
		if (rc == YH_OK)
			rc = yh_lease_endings(cx->tx, &all[i], cx->arena, &endings, &n_endings,
					      err);
		if (rc != YH_OK || !found || other.told != l->lease.told ||
		    other.lapse_told != l->lease.lapse_told ||
		    !yh_id_eq(&other.hold_case, &l->lease.hold_case) ||
		    (l->todo.begin_end && n_endings > 0))
			continue;
		l->with[l->n_with++] = all[i];
	}
	return rc;
}

static enum yh_rc record(struct look *l, const struct yh_id *resource, const char *kind,
			 const char *outcome, const char *reason, struct yh_err *err)
{
	struct yh_event e = {
		.id = yh_ctx_new_id(l->cx),
		.at = l->cx->now,
		.kind = kind,
		.case_id = l->lease.case_id,
		.object_kind = "resource",
		.object_id = *resource,
		.role = YH_SYSTEM_ROLE,
		.article = l->terms.ending->article,
		.outcome = outcome,
		.reason = reason,
		.source = l->cx->actor->source,
	};

	return yh_event_insert(l->cx->tx, &e, err);
}

static json_t *figures(const struct look *l, const struct yh_lease_by *by)
{
	char last[YH_DAY_TEXT], until[YH_DAY_TEXT];
	const struct yh_kind *kind = l->terms.kind;
	int32_t left = yh_workdays_left(calendar_of(l->cx), yh_ctx_today(l->cx), l->lease.last);

	return json_pack("{s:s, s:s, s:I, s:s, s:i, s:s, s:s, s:s, s:s}", "resource", l->r.no,
			 "name", l->r.name, "count", (json_int_t)l->n_with, "last",
			 yh_day_text(l->lease.last, last), "left", left < 0 ? -left : left, "until",
			 by->possible ? yh_day_text(by->day, until) : "", "kind", kind->id,
			 "kind_zh", kind->title.zh, "kind_en", kind->title.en);
}

/* The unit, who runs the cloud, and the district that answers for the unit. */
static enum yh_rc tell(struct look *l, const char *slug, const struct yh_lease_by *by,
		       const char *besides, struct yh_err *err)
{
	const char *const roles[] = { "unit", "operator", "district_operator", besides };
	struct yh_case_cx k = { .cx = l->cx, .c = &l->c };
	YH_JSON_AUTO more = figures(l, by);
	struct yh_org_row unit;
	enum yh_rc rc = yh_org_load(l->cx->tx, &l->r.unit, l->cx->arena, &unit, err);

	if (rc == YH_OK && !more)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < 4 && roles[i]; i++) {
		struct yh_id org;

		if (i == 2 && !unit.district[0])
			continue;
		rc = yh_case_party(&k, roles[i], &org, err);
		if (rc == YH_OK)
			rc = yh_case_tell_more(&k, roles[i], &org, slug, more, err);
	}
	return rc;
}

static const char *missed_text(struct look *l)
{
	const char *text = "";

	for (size_t i = 0; text && i < l->todo.n_missed; i++)
		text = yh_arena_printf(l->cx->arena, "%s%s%dwd", text, i ? " " : "",
				       l->todo.missed[i]);
	return text;
}

static enum yh_rc mark(struct look *l, const char *kind, const char *outcome, const char *reason,
		       int64_t told, bool lapse, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < l->n_with; i++) {
		struct yh_lease_row other;
		bool found;

		rc = yh_lease_live(l->cx->tx, &l->with[i], &found, &other, err);
		if (rc == YH_OK)
			rc = yh_lease_told(l->cx->tx, &other.id, told, lapse, err);
		if (rc == YH_OK)
			rc = record(l, &l->with[i], kind, outcome, reason, err);
	}
	return rc;
}

static enum yh_rc give_notice(struct look *l, struct yh_err *err)
{
	const char *ahead = yh_arena_printf(l->cx->arena, "%dwd", l->todo.notice);
	const char *missed = missed_text(l);
	struct yh_lease_by by;
	enum yh_rc rc = yh_lease_by_of(l->cx, &l->lease, &l->terms, &by, err);

	if (rc == YH_OK && (!ahead || !missed))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK && by.possible && yh_ctx_today(l->cx) > by.day)
		by.possible = false;
	if (rc == YH_OK)
		rc = tell(l,
			  l->terms.kind->extension.ahead.n == 0 ? "lease-ends-never"
			  : by.possible                         ? "lease-ends"
								: "lease-ends-finally",
			  &by, NULL, err);
	return rc == YH_OK ? mark(l, "lease.notice", ahead, missed, l->todo.notice, false, err)
			   : rc;
}

static enum yh_rc begin_end(struct look *l, struct yh_err *err)
{
	struct yh_start_in in = { .procedure = l->terms.ending->name,
				  .trigger = YH_LEASE_TRIGGER,
				  .resources = l->with,
				  .n_resources = l->n_with };
	struct yh_case c;

	return yh_case_start(l->cx, &in, &c, err);
}

static enum yh_rc show_lapse(struct look *l, struct yh_err *err)
{
	struct yh_lease_by by = { .day = YH_DAY_NONE };
	enum yh_rc rc = tell(l, "lease-lapsed", &by, "authority", err);

	return rc == YH_OK ? mark(l, "lease.lapsed", "", "", l->lease.told, true, err) : rc;
}

enum yh_rc yh_lease_watch(struct yh_ctx *cx, const struct yh_id *resource, yh_time *again_at,
			  struct yh_err *err)
{
	struct look l = { .cx = cx };
	bool runs;
	enum yh_rc rc = take(&l, resource, &runs, err);

	if (rc != YH_OK || !runs)
		return rc;
	rc = plan(&l, err);
	if (rc == YH_OK && l.terms.ending && (l.todo.notice || l.todo.begin_end || l.todo.lapse))
		rc = gather(&l, err);
	if (rc == YH_OK && l.n_with && l.todo.notice)
		rc = give_notice(&l, err);
	if (rc == YH_OK && l.n_with && l.todo.begin_end)
		rc = begin_end(&l, err);
	if (rc == YH_OK && l.n_with && l.todo.lapse)
		rc = show_lapse(&l, err);
	if (rc == YH_OK && l.todo.next != YH_DAY_NONE)
		*again_at = yh_day_start(l.todo.next);
	return rc;
}

enum yh_rc yh_lease_watch_all(struct yh_ctx *cx, struct yh_err *err)
{
	return yh_job_hasten(cx->tx, YH_LEASE_JOB, cx->now, err);
}
