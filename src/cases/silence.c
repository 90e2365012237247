/* What a due day without an answer takes; and leases that moved under open cases. */
#include "cases/internal.h"

#include <stdio.h>
#include <string.h>

#include "store/case_query.h"
#include "store/event.h"
#include "store/party.h"

static enum yh_rc take(struct yh_case_cx *k, struct yh_step_row *row, int at, struct yh_err *err)
{
	const struct yh_step *s = k->step;
	enum yh_rc rc;

	row->closed_at = k->cx->now;
	row->reason = "";
	(void)snprintf(row->outcome, sizeof row->outcome, "%s", s->silence);
	rc = yh_step_close(k->cx->tx, row, err);
	if (rc == YH_OK)
		rc = yh_case_record(k,
				    &(struct yh_record){ .kind = "step.silent",
							 .article = s->article,
							 .outcome = s->silence,
							 .before = s->name,
							 .role = YH_SYSTEM_ROLE,
							 .org = row->org },
				    err);
	if (rc == YH_OK)
		rc = yh_case_tell(k, row->role, &row->org, "step-silent", row->step, row->due_day,
				  err);
	if (rc == YH_OK)
		rc = yh_case_carry_on(k, at, yh_step_outcome(s, s->silence), err);
	return rc == YH_OK ? yh_case_save(k->cx, k->c, err) : rc;
}

enum yh_rc yh_case_silence(struct yh_ctx *cx, const struct yh_id *step_id, struct yh_err *err)
{
	struct yh_step_row row;
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	int at;
	enum yh_rc rc = yh_step_load(cx->tx, step_id, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = yh_case_take(cx, &row.case_id, &c, err);
	if (rc == YH_OK)
		rc = yh_step_load(cx->tx, step_id, cx->arena, &row,
				  err); /* as it is under the lock */
	/* paused: its end plans the job anew */
	if (rc != YH_OK || row.closed_at || row.due_day == YH_DAY_NONE ||
	    strcmp(c.row.state, "open") != 0)
		return rc;
	at = yh_step_index(c.procedure, row.step);
	k.step = &c.procedure->steps[at];
	if (!k.step->silence)
		return YH_OK;
	if (row.due_at ? cx->now <= row.due_at : yh_ctx_today(cx) <= row.due_day)
		return yh_step_plan_silence(&k, k.step, &row, err);
	return take(&k, &row, at, err);
}

/* ---- clocks in hours ---- */

static enum yh_rc tell_over(struct yh_case_cx *k, const struct yh_step_row *row, const char *role,
			    const struct yh_id *org, struct yh_err *err)
{
	const struct yh_step *s = yh_procedure_step(k->c->procedure, row->step);
	char at[YH_TIME_TEXT];
	YH_JSON_AUTO more = NULL;

	(void)yh_time_text(row->due_at, at);
	at[sizeof "2026-11-23T09:00" - 1] = 0;
	at[sizeof "2026-11-23" - 1] = ' ';
	more = json_pack("{s:s, s:s, s:s}", "at", at, "step_zh", s ? s->title.zh : row->step,
			 "step_en", s ? s->title.en : row->step);
	return more ? yh_case_tell_more(k, role, org, "step-overdue", more, err)
		    : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* The bodies of the cloud that may supervise its cases, besides the desk itself. */
static enum yh_rc tell_supervisors(struct yh_case_cx *k, const struct yh_step_row *row,
				   struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	const struct yh_permission *list;
	const struct yh_pack *pack;
	size_t n = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(k->cx), &pack, err);

	list = rc == YH_OK ? yh_pack_permissions(pack, &n) : NULL;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_err none = { 0 };
		struct yh_id org;

		if (strcmp(list[i].action, "case.supervise") != 0)
			continue;
		rc = yh_cloud_body(k->cx->tx, &k->c->row.cloud, list[i].role, &org, &none);
		if (rc == YH_OK &&
		    (strcmp(list[i].role, row->role) != 0 || !yh_id_eq(&org, &row->org)))
			rc = tell_over(k, row, list[i].role, &org, err);
		else if (rc == YH_NOT_FOUND || rc == YH_CONFLICT) /* nobody holds it there */
			rc = YH_OK;
		else if (rc != YH_OK && err)
			*err = none;
	}
	return rc;
}

enum yh_rc yh_case_hours_over(struct yh_ctx *cx, const struct yh_id *step_id, struct yh_err *err)
{
	struct yh_step_row row;
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	enum yh_rc rc = yh_step_load(cx->tx, step_id, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = yh_case_take(cx, &row.case_id, &c, err);
	if (rc == YH_OK)
		rc = yh_step_load(cx->tx, step_id, cx->arena, &row,
				  err); /* as it is under the lock */
	if (rc != YH_OK || row.closed_at || !row.due_at || row.due_at >= cx->now)
		return rc;
	rc = tell_over(&k, &row, row.role, &row.org, err);
	return rc == YH_OK ? tell_supervisors(&k, &row, err) : rc;
}

/* ---- leases ---- */

enum yh_rc yh_case_lease_moved(struct yh_ctx *cx, const struct yh_id *resource, struct yh_err *err)
{
	struct yh_id *ids;
	size_t n;
	enum yh_rc rc = yh_case_open_of_resource(cx->tx, resource, cx->arena, &ids, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_id job = yh_ctx_new_id(cx);

		rc = yh_job_insert(cx->tx, &job, "case.redate", &ids[i], cx->now, err);
	}
	return rc;
}
