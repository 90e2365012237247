/* Leases of running resources: given, moved, held and ended by cases. */
#include "services/lease/lease.h"

#include <stdio.h>
#include <string.h>

#include "services/lease/allowance.h"
#include "services/lease/cleanup.h"
#include "store/event.h"

static const struct yh_calendar *calendar_of(const struct yh_ctx *cx)
{
	return cx->world->law->calendar(cx->world->law->self);
}

enum yh_rc yh_lease_terms_of(struct yh_ctx *cx, const struct yh_lease_row *lease, const char *kind,
			     struct yh_lease_terms *out, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_word_use *use = NULL;
	const struct yh_pack *given, *today;
	struct yh_case_row c;
	enum yh_rc rc = yh_case_load(cx->tx, &lease->case_id, cx->arena, &c, err);

	*out = (struct yh_lease_terms){ 0 };
	if (rc == YH_OK)
		rc = law->pack_by(law->self, &c.pack, &given, err);
	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(cx), &today, err);
	if (rc != YH_OK)
		return rc;
	out->kind = yh_pack_kind(given, kind);
	if (!out->kind) {
		rc = yh_fail(err, YH_INTERNAL, "lease-kind-unknown");
		yh_err_text(err, "kind", kind);
		return rc;
	}
	out->ending = yh_pack_started_by(today, YH_LEASE_TRIGGER, NULL, &use);
	if (!out->ending)
		return YH_OK;
	out->lead = yh_use_arg(use, "before")->period;
	if (!yh_use_arg(use, "notices"))
		return YH_OK;
	return yh_lease_notices_parse(yh_use_text(use, "notices", ""), &out->notices, err);
}

enum yh_rc yh_lease_by_of(struct yh_ctx *cx, const struct yh_lease_row *lease,
			  const struct yh_lease_terms *terms, struct yh_lease_by *out,
			  struct yh_err *err)
{
	const struct yh_extension *x = &terms->kind->extension;

	*out = (struct yh_lease_by){ .day = YH_DAY_NONE };
	if (x->ahead.n == 0 || lease->extensions >= x->most)
		return YH_OK;
	return yh_lease_extension_by(calendar_of(cx), lease->first, lease->last, x->ahead, out,
				     err);
}

enum yh_rc yh_lease_cap(struct yh_ctx *cx, const struct yh_resource_row *r,
			struct yh_period longest, yh_day *last, struct yh_err *err)
{
	const struct yh_lease_row *extended = NULL;
	struct yh_lease_terms terms;
	struct yh_lease_row *all;
	size_t n;
	enum yh_rc rc = yh_lease_history(cx->tx, &r->id, cx->arena, &all, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(all[i].ended_as, "extended") == 0)
			extended = &all[i];
	if (rc != YH_OK)
		return rc;
	if (!extended)
		return yh_lease_last_day(yh_day_of(r->opened_at), longest, last, err);
	rc = yh_lease_terms_of(cx, extended, r->kind, &terms, err);
	return rc == YH_OK
		       ? yh_lease_last_day(extended->last, terms.kind->extension.longest, last, err)
		       : rc;
}

static enum yh_rc record(struct yh_case_cx *k, const char *kind, const struct yh_resource_row *r,
			 yh_day before, yh_day after, const char *outcome, struct yh_err *err)
{
	char was[YH_DAY_TEXT], is[YH_DAY_TEXT];
	struct yh_event e = {
		.id = yh_ctx_new_id(k->cx),
		.at = k->cx->now,
		.kind = kind,
		.case_id = k->c->row.id,
		.object_kind = "resource",
		.object_id = r->id,
		.person = k->cx->actor->person,
		.role = yh_id_is_zero(&k->cx->actor->person) ? YH_SYSTEM_ROLE : NULL,
		.article = k->step ? k->step->article : k->c->procedure->article,
		.outcome = outcome,
		.before = before == YH_DAY_NONE ? NULL : yh_day_text(before, was),
		.after = after == YH_DAY_NONE ? NULL : yh_day_text(after, is),
		.source = k->cx->actor->source,
	};

	return yh_event_insert(k->cx->tx, &e, err);
}

/* The watch looks at the lease anew, at once. */
static enum yh_rc watch_now(struct yh_ctx *cx, const struct yh_id *resource, struct yh_err *err)
{
	struct yh_id id = yh_ctx_new_id(cx);
	enum yh_rc rc = yh_job_cancel(cx->tx, YH_LEASE_JOB, resource, cx->now, err);

	return rc == YH_OK ? yh_job_insert(cx->tx, &id, YH_LEASE_JOB, resource, cx->now, err) : rc;
}

enum yh_rc yh_lease_give(struct yh_case_cx *k, struct yh_resource_row *r, yh_day last,
			 struct yh_err *err)
{
	struct yh_lease_row lease = {
		.id = yh_ctx_new_id(k->cx),
		.resource = r->id,
		.first = yh_day_of(r->opened_at),
		.last = last,
		.case_id = k->c->row.id,
		.made_at = k->cx->now,
	};
	const struct yh_kind *kind;
	enum yh_rc rc = yh_lease_insert(k->cx->tx, &lease, err);

	r->lease_last = last;
	if (rc == YH_OK)
		rc = yh_resource_update(k->cx->tx, r, err);
	if (rc == YH_OK)
		rc = yh_allowance_bind(k, r, err);
	if (rc == YH_OK)
		rc = watch_now(k->cx, &r->id, err);
	kind = yh_pack_kind(k->c->pack, r->kind);
	if (rc == YH_OK && kind)
		rc = yh_lease_cleanup_plan(k->cx, kind, &r->cloud, err);
	return rc == YH_OK ? record(k, "lease.begun", r, YH_DAY_NONE, last, NULL, err) : rc;
}

/* Out of the cases that were started to end the lease, unless `k` is one of them. */
static enum yh_rc leave_ending(struct yh_case_cx *k, const struct yh_id *resource, const char *why,
			       struct yh_err *err)
{
	struct yh_id *cases;
	size_t n;
	enum yh_rc rc = yh_lease_endings(k->cx->tx, resource, k->cx->arena, &cases, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (!yh_id_eq(&cases[i], &k->c->row.id))
			rc = yh_case_drop(k->cx, &cases[i], resource, why, err);
	return rc;
}

enum yh_rc yh_lease_move(struct yh_case_cx *k, struct yh_resource_row *r, yh_day last,
			 const char *as, struct yh_err *err)
{
	bool extended = strcmp(as, "extended") == 0, found;
	struct yh_lease_row old, next;
	char kind[32];
	enum yh_rc rc = yh_lease_live(k->cx->tx, &r->id, &found, &old, err);

	if (rc == YH_OK && !found) {
		rc = yh_fail(err, YH_CONFLICT, "lease-none");
		yh_err_text(err, "resource", r->no);
	}
	if (rc == YH_OK)
		rc = yh_lease_end(k->cx->tx, &old.id, k->cx->now, as, err);
	if (rc != YH_OK)
		return rc;
	next = (struct yh_lease_row){
		.id = yh_ctx_new_id(k->cx),
		.resource = r->id,
		.seq = old.seq + 1,
		.extensions = old.extensions + extended,
		.first = old.first,
		.last = last,
		.case_id = k->c->row.id,
		.made_at = k->cx->now,
		.hold_case = extended ? (struct yh_id){ { 0 } } : old.hold_case,
	};
	r->lease_last = last;
	(void)snprintf(kind, sizeof kind, "lease.%s", as);
	rc = yh_lease_insert(k->cx->tx, &next, err);
	if (rc == YH_OK)
		rc = yh_allowance_move(k, r, old.last, err);
	if (rc == YH_OK)
		rc = yh_resource_update(k->cx->tx, r, err);
	if (rc == YH_OK && last > old.last)
		rc = leave_ending(k, &r->id, kind, err);
	if (rc == YH_OK)
		rc = yh_case_lease_moved(k->cx, &r->id, err);
	if (rc == YH_OK)
		rc = watch_now(k->cx, &r->id, err);
	return rc == YH_OK ? record(k, kind, r, old.last, last, NULL, err) : rc;
}

enum yh_rc yh_lease_finish(struct yh_case_cx *k, const struct yh_resource_row *r, const char *as,
			   struct yh_err *err)
{
	struct yh_lease_row old;
	bool found;
	enum yh_rc rc = yh_lease_live(k->cx->tx, &r->id, &found, &old, err);

	if (rc != YH_OK || !found)
		return rc;
	rc = yh_lease_end(k->cx->tx, &old.id, k->cx->now, as, err);
	if (rc == YH_OK)
		rc = yh_allowance_end(k, r, err);
	if (rc == YH_OK)
		rc = yh_job_cancel(k->cx->tx, YH_LEASE_JOB, &r->id, k->cx->now, err);
	if (rc == YH_OK)
		rc = leave_ending(k, &r->id, "lease.ended", err);
	return rc == YH_OK ? record(k, "lease.ended", r, old.last, yh_ctx_today(k->cx), as, err)
			   : rc;
}

enum yh_rc yh_lease_hold_for(struct yh_case_cx *k, const struct yh_id *resource, struct yh_err *err)
{
	struct yh_lease_row lease;
	bool found;
	enum yh_rc rc = yh_lease_live(k->cx->tx, resource, &found, &lease, err);

	if (rc != YH_OK || !found)
		return rc;
	return yh_lease_hold(k->cx->tx, &lease.id, &k->c->row.id, k->cx->now, err);
}

enum yh_rc yh_lease_release(struct yh_case_cx *k, struct yh_err *err)
{
	struct yh_id *held;
	size_t n;
	enum yh_rc rc = yh_lease_held_by(k->cx->tx, &k->c->row.id, k->cx->arena, &held, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_lease_row lease;
		bool found;

		rc = yh_lease_live(k->cx->tx, &held[i], &found, &lease, err);
		if (rc == YH_OK && found)
			rc = yh_lease_hold(k->cx->tx, &lease.id, NULL, k->cx->now, err);
		if (rc == YH_OK)
			rc = watch_now(k->cx, &held[i], err);
	}
	return rc;
}
