/* When an open step is due, with the days left out on which the case waited for its applicant. */
#include "cases/internal.h"

#include <string.h>

#include "law/deadline.h"

bool yh_step_waits_for_applicant(const struct yh_case *c, const struct yh_step *step)
{
	return step->kind == YH_STEP_CONFIRM && step->n_roles == 1 &&
	       strcmp(step->roles[0], c->row.filer_role) == 0;
}

static const struct yh_calendar *calendar_of(const struct yh_case_cx *k)
{
	const struct yh_law_book *law = k->cx->world->law;

	return law->calendar(law->self);
}

enum yh_rc yh_step_due(struct yh_case_cx *k, const struct yh_step *step, struct yh_period period,
		       yh_day start, struct yh_due *due, struct yh_err *err)
{
	const struct yh_calendar *cal = calendar_of(k);
	struct yh_pause_row *pauses;
	struct yh_deadline clock;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	yh_deadline_start(&clock, period, start);
	if (yh_step_waits_for_applicant(k->c, step))
		return yh_deadline_due(&clock, cal, YH_PROVISIONAL, due, err);
	if (!k->c->fresh) /* so that it cannot have paused */
		rc = yh_pause_list(k->cx->tx, &k->c->row.id, k->cx->arena, &pauses, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_pause_row *p = &pauses[i];

		if (p->to_day == YH_DAY_NONE) {
			*due = (struct yh_due){ .day = YH_DAY_NONE };
			return YH_OK;
		}
		if (p->to_day < start)
			continue;
		rc = yh_deadline_pause(&clock, cal, p->from_day > start ? p->from_day : start, err);
		if (rc == YH_OK)
			rc = yh_deadline_resume(&clock, p->to_day, err);
	}
	return rc == YH_OK ? yh_deadline_due(&clock, cal, YH_PROVISIONAL, due, err) : rc;
}

static enum yh_rc due_again(struct yh_case_cx *k, const struct yh_step_row *row, bool later_only,
			    struct yh_err *err)
{
	int i = yh_step_index(k->c->procedure, row->step);
	struct yh_sm3 version = yh_calendar_version(calendar_of(k));
	struct yh_period period;
	struct yh_due due;
	enum yh_rc rc;

	if (!row->period[0] || i < 0)
		return YH_OK;
	rc = yh_period_parse(row->period, &period, err);
	if (rc == YH_OK)
		rc = yh_step_due(k, &k->c->procedure->steps[i], period, row->start_day, &due, err);
	if (rc != YH_OK)
		return rc;
	if (later_only && due.day != YH_DAY_NONE && row->due_day != YH_DAY_NONE &&
	    due.day < row->due_day)
		due.day = row->due_day;
	return yh_step_set_due(k->cx->tx, &row->id, due.day, due.provisional, &version, err);
}

enum yh_rc yh_case_due_again(struct yh_case_cx *k, bool later_only, struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (rows[i].closed_at == 0)
			rc = due_again(k, &rows[i], later_only, err);
	return rc;
}

enum yh_rc yh_case_redate(struct yh_ctx *cx, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	enum yh_rc rc = yh_case_take(cx, case_id, &c, err);

	return rc == YH_OK ? yh_case_due_again(&k, true, err) : rc;
}
