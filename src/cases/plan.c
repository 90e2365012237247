/* The jobs that an open step waits for: of its due day, of its hours, of the end of a wait. */
#include "cases/internal.h"

#include "store/event.h"
#include "store/resource.h"

enum yh_rc yh_step_plan_reminder(struct yh_case_cx *k, const struct yh_step *step,
				 const struct yh_step_row *row, bool *planned, struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	struct yh_period ahead = { .n = -step->clock.remind.n, .unit = step->clock.remind.unit };
	struct yh_id job = yh_ctx_new_id(k->cx);
	struct yh_due at;
	enum yh_rc rc;

	*planned = false;
	if (step->clock.remind.n == 0 || row->due_day == YH_DAY_NONE)
		return YH_OK;
	rc = yh_due_day(law->calendar(law->self), row->due_day, ahead, YH_PROVISIONAL, &at, err);
	*planned = rc == YH_OK && at.day > yh_ctx_today(k->cx);
	return *planned ? yh_job_insert(k->cx->tx, &job, "step.remind", &row->id,
					yh_day_start(at.day), err)
			: rc;
}

enum yh_rc yh_step_plan_wait(struct yh_case_cx *k, const struct yh_step *step, yh_day opened,
			     struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	struct yh_ctx *cx = k->cx;
	struct yh_id job = yh_ctx_new_id(cx);
	struct yh_due due = { .day = opened - 1 };
	yh_day last = YH_DAY_NONE;
	enum yh_rc rc = yh_job_cancel(cx->tx, "case.elapse", &k->c->row.id, cx->now, err);

	if (rc == YH_OK && step->wait.n)
		rc = yh_due_day(law->calendar(law->self), opened, step->wait, YH_PROVISIONAL, &due,
				err);
	else if (rc == YH_OK)
		rc = yh_resource_lease_of_case(cx->tx, &k->c->row.id, &last, err);
	if (last != YH_DAY_NONE && last > due.day)
		due.day = last;
	return rc == YH_OK ? yh_job_insert(cx->tx, &job, "case.elapse", &k->c->row.id,
					   yh_day_start(due.day + 1), err)
			   : rc;
}

enum yh_rc yh_step_plan_silence(struct yh_case_cx *k, const struct yh_step *step,
				const struct yh_step_row *row, struct yh_err *err)
{
	struct yh_id job = yh_ctx_new_id(k->cx);
	enum yh_rc rc;

	if (!step->silence)
		return YH_OK;
	rc = yh_job_cancel(k->cx->tx, "step.silence", &row->id, k->cx->now, err);
	if (rc != YH_OK || row->due_day == YH_DAY_NONE)
		return rc;
	return yh_job_insert(k->cx->tx, &job, "step.silence", &row->id,
			     row->due_at ? row->due_at + 1 : yh_day_start(row->due_day + 1), err);
}

enum yh_rc yh_step_plan_hours(struct yh_case_cx *k, const struct yh_step_row *row,
			      struct yh_err *err)
{
	struct yh_id job = yh_ctx_new_id(k->cx);

	return row->due_at ? yh_job_insert(k->cx->tx, &job, "step.overdue", &row->id,
					   row->due_at + 1, err)
			   : YH_OK;
}
