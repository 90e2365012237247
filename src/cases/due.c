/* When an open step is due, with the days left out on which the case waited for its applicant. */
#include "cases/internal.h"

#include <string.h>

#include "law/deadline.h"
#include "store/event.h"
#include "store/paper.h"
#include "store/resource.h"

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

static enum yh_rc due_by_lease(struct yh_case_cx *k, yh_day opened, struct yh_due *due,
			       struct yh_err *err)
{
	static const struct yh_period next = { .n = 1, .unit = YH_WORKDAYS };
	yh_day last;
	enum yh_rc rc = yh_resource_lease_of_case(k->cx->tx, &k->c->row.id, &last, err);

	if (rc == YH_OK)
		rc = yh_due_day(calendar_of(k), opened, next, YH_PROVISIONAL, due, err);
	if (rc == YH_OK && last != YH_DAY_NONE && last > due->day)
		*due = (struct yh_due){ .day = last };
	return rc;
}

enum yh_rc yh_step_since_lease(struct yh_case_cx *k, yh_day opened, yh_day *start,
			       struct yh_err *err)
{
	yh_day last;
	enum yh_rc rc = yh_resource_lease_of_case(k->cx->tx, &k->c->row.id, &last, err);

	*start = last == YH_DAY_NONE || opened > last + 1 ? opened : last;
	return rc;
}

enum yh_rc yh_step_since_served(struct yh_case_cx *k, const char *issuer, const struct yh_id *org,
				yh_day opened, yh_day *start, bool *known, struct yh_err *err)
{
	struct yh_paper_row *papers;
	size_t n;
	enum yh_rc rc = yh_paper_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &papers, &n, err);

	*start = opened;
	*known = false;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		yh_day day = yh_paper_service_day(&papers[i]);

		if (strcmp(papers[i].step, issuer) != 0 || papers[i].revoked_at ||
		    !yh_id_eq(&papers[i].recipient, org) || day == YH_DAY_NONE)
			continue;
		*start = day;
		*known = yh_paper_is_served(&papers[i]);
	}
	return rc;
}

enum yh_rc yh_step_due(struct yh_case_cx *k, const struct yh_step *step, struct yh_period period,
		       yh_day start, struct yh_due *due, struct yh_err *err)
{
	const struct yh_calendar *cal = calendar_of(k);
	struct yh_pause_row *pauses;
	struct yh_deadline clock;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (step->clock.lease)
		return due_by_lease(k, start, due, err);
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

/* The clock of an open step as it stands now. What the lease or the service of a paper moves may
 * come earlier than told: by another decision, or by whom it concerns. */
static enum yh_rc clock_again(struct yh_case_cx *k, const struct yh_step *s,
			      struct yh_step_row *row, bool later_only, struct yh_err *err)
{
	yh_day start = row->start_day, told = row->due_day;
	struct yh_period period = s->clock.period;
	struct yh_due due;
	bool known = true;
	enum yh_rc rc = YH_OK;

	if (!s->clock.lease)
		rc = yh_period_parse(row->period, &period, err);
	if (rc == YH_OK && s->clock.since == YH_SINCE_LEASE)
		rc = yh_step_since_lease(k, yh_day_of(row->opened_at), &start, err);
	if (rc == YH_OK && s->clock.since == YH_SINCE_SERVED)
		rc = yh_step_since_served(k, s->clock.since_step, &row->org,
					  yh_day_of(row->opened_at), &start, &known, err);
	if (rc == YH_OK)
		rc = yh_step_due(k, s, period, start, &due, err);
	if (rc != YH_OK)
		return rc;
	if (later_only && !s->clock.lease && start == row->start_day && told != YH_DAY_NONE &&
	    due.day != YH_DAY_NONE && due.day < told)
		due.day = told;
	row->start_day = start;
	row->due_day = due.day;
	row->provisional = due.provisional || !known;
	return YH_OK;
}

static enum yh_rc due_again(struct yh_case_cx *k, struct yh_step_row *row, bool later_only,
			    struct yh_err *err)
{
	struct yh_sm3 version = yh_calendar_version(calendar_of(k));
	const struct yh_step *s = yh_procedure_step(k->c->procedure, row->step);
	bool planned;
	enum yh_rc rc;

	if (!s)
		return YH_OK;
	if (s->kind == YH_STEP_WAIT && s->wait.n == 0)
		return yh_step_plan_wait(k, s, yh_day_of(row->opened_at), err);
	if (row->due_at) /* hours never pause: silence that fell into a pause is taken now */
		return yh_step_plan_silence(k, s, row, err);
	if (!row->period[0])
		return YH_OK;
	rc = clock_again(k, s, row, later_only, err);
	if (rc == YH_OK)
		rc = yh_step_set_due(k->cx->tx, row, &version, k->cx->now, err);
	if (rc == YH_OK && s->clock.since == YH_SINCE_SERVED)
		rc = yh_job_cancel(k->cx->tx, "step.remind", &row->id, k->cx->now, err);
	if (rc == YH_OK && s->clock.since == YH_SINCE_SERVED)
		rc = yh_step_plan_reminder(k, s, row, &planned, err);
	return rc == YH_OK ? yh_step_plan_silence(k, s, row, err) : rc;
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

enum yh_rc yh_case_served(struct yh_ctx *cx, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_step_row *rows;
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	size_t n = 0;
	enum yh_rc rc = yh_case_take(cx, case_id, &c, err);

	if (rc == YH_OK && !c.row.ended_at && c.row.abroad != YH_CASE_ABROAD)
		rc = yh_step_list(cx->tx, case_id, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_step *s = yh_procedure_step(c.procedure, rows[i].step);

		if (rows[i].closed_at == 0 && s && s->clock.since == YH_SINCE_SERVED)
			rc = due_again(&k, &rows[i], true, err);
	}
	return rc;
}

enum yh_rc yh_case_redate(struct yh_ctx *cx, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	enum yh_rc rc = yh_case_take(cx, case_id, &c, err);

	if (rc != YH_OK || c.row.ended_at || c.row.abroad == YH_CASE_ABROAD)
		return rc;
	return yh_case_due_again(&k, true, err);
}
