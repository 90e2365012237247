/* Going from step to step: what opens next, on whose desk, until when; and how a case ends. */
#include "cases/internal.h"

#include <stdio.h>
#include <string.h>

#include "store/event.h"

/* The instant the step's clock started from. */
static enum yh_rc began_at(struct yh_case_cx *k, const struct yh_step *step, yh_time *at,
			   struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc;

	*at = step->clock.since == YH_SINCE_FILED ? k->c->row.filed_at : k->cx->now;
	if (step->clock.since != YH_SINCE_STEP && step->clock.since != YH_SINCE_OPENING)
		return YH_OK;
	rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (!rows[i].closed_at || strcmp(rows[i].step, step->clock.since_step) != 0)
			continue;
		*at = step->clock.since == YH_SINCE_STEP ? rows[i].closed_at : rows[i].opened_at;
	}
	return rc;
}

/* The day of it; that day does not count. *known is left alone unless it may yet be another. */
static enum yh_rc clock_start(struct yh_case_cx *k, const struct yh_step *step,
			      const struct yh_step_row *row, yh_day *start, bool *known,
			      struct yh_err *err)
{
	yh_time at;
	enum yh_rc rc;

	*start = yh_ctx_today(k->cx);
	if (step->clock.since == YH_SINCE_LEASE)
		return yh_step_since_lease(k, *start, start, err);
	if (step->clock.since == YH_SINCE_SERVED)
		return yh_step_since_served(k, step->clock.since_step, &row->org, *start, start,
					    known, err);
	rc = began_at(k, step, &at, err);
	*start = yh_day_of(at);
	return rc;
}

/* Hours run on through nights and holidays. */
static enum yh_rc set_hours(struct yh_case_cx *k, const struct yh_step *step,
			    struct yh_step_row *row, struct yh_err *err)
{
	yh_time at;
	enum yh_rc rc = began_at(k, step, &at, err);

	row->start_day = yh_day_of(at);
	row->due_at = at + (yh_time)step->clock.period.n * 3600 * YH_US_PER_S;
	row->due_day = yh_day_of(row->due_at);
	return rc;
}

static enum yh_rc set_clock(struct yh_case_cx *k, const struct yh_step *step,
			    struct yh_step_row *row, struct yh_err *err)
{
	struct yh_due due;
	bool known = true;
	enum yh_rc rc;

	row->due_day = row->start_day = YH_DAY_NONE;
	if (!step->clock.set)
		return YH_OK;
	if (step->clock.lease)
		(void)snprintf(row->period, sizeof row->period, "lease");
	else
		(void)yh_period_text(step->clock.period, row->period);
	(void)snprintf(row->article, sizeof row->article, "%s",
		       step->clock.article ? step->clock.article : "");
	row->soft = step->clock.soft;
	if (!step->clock.lease && step->clock.period.unit == YH_HOURS)
		return set_hours(k, step, row, err);
	rc = clock_start(k, step, row, &row->start_day, &known, err);
	if (rc == YH_OK)
		rc = yh_step_due(k, step, step->clock.period, row->start_day, &due, err);
	if (rc == YH_OK) {
		row->due_day = due.day;
		row->provisional = due.provisional || !known;
	}
	return rc;
}

enum yh_rc yh_case_remind(struct yh_ctx *cx, const struct yh_id *step_id, struct yh_err *err)
{
	struct yh_step_row row;
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	const struct yh_step *step;
	bool later = false; /* its due day has moved since */
	enum yh_rc rc = yh_step_load(cx->tx, step_id, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = yh_case_take(cx, &row.case_id, &c, err);
	if (rc == YH_OK)
		rc = yh_step_load(cx->tx, step_id, cx->arena, &row,
				  err); /* as it is under the lock */
	if (rc != YH_OK || row.closed_at || row.due_day == YH_DAY_NONE)
		return rc;
	step = yh_procedure_step(c.procedure, row.step);
	if (step)
		rc = yh_step_plan_reminder(&k, step, &row, &later, err);
	if (rc != YH_OK || later)
		return rc;
	return yh_case_tell(&k, row.role, &row.org, "step-reminder", row.step, row.due_day, err);
}

enum yh_rc yh_step_told(struct yh_case_cx *k, const struct yh_step *step,
			const struct yh_step_row *row, struct yh_err *err)
{
	const struct yh_words *words = k->cx->world->words;

	if (!step || step->kind != YH_STEP_FULFIL || !words->fulfil)
		return YH_OK;
	return words->fulfil(k, step, row, err);
}

/* What a step remembers of the calendar by which it was dated. */
static struct yh_sm3 calendar_version(const struct yh_case_cx *k)
{
	const struct yh_law_book *law = k->cx->world->law;

	return yh_calendar_version(law->calendar(law->self));
}

static enum yh_rc open_row(struct yh_case_cx *k, const struct yh_step *step, const char *role,
			   struct yh_err *err)
{
	struct yh_sm3 version = calendar_version(k);
	struct yh_step_row row = {
		.id = yh_ctx_new_id(k->cx),
		.case_id = k->c->row.id,
		.opened_at = k->cx->now,
		.reason = "",
	};
	bool planned;
	enum yh_rc rc = YH_OK;

	(void)snprintf(row.step, sizeof row.step, "%s", step->name);
	(void)snprintf(row.kind, sizeof row.kind, "%s", yh_step_kind_name(step->kind));
	(void)snprintf(row.role, sizeof row.role, "%s", role);
	if (step->kind != YH_STEP_WAIT)
		rc = yh_case_party(k, role, &row.org, err);
	if (rc == YH_OK)
		rc = set_clock(k, step, &row, err);
	if (rc == YH_OK)
		rc = yh_step_insert(k->cx->tx, &row, &version, err);
	if (rc == YH_OK)
		rc = yh_trial_opened(k, &row, err);
	if (rc == YH_OK)
		rc = yh_step_plan_reminder(k, step, &row, &planned, err);
	if (rc == YH_OK)
		rc = yh_step_plan_silence(k, step, &row, err);
	if (rc == YH_OK)
		rc = yh_step_plan_hours(k, &row, err);
	if (rc == YH_OK && step->kind != YH_STEP_WAIT)
		rc = yh_case_tell(k, role, &row.org, "step-opened", step->name, row.due_day, err);
	return rc == YH_OK ? yh_step_told(k, step, &row, err) : rc;
}

/* A waiting step goes on at the end of the period's last day, by a job. */
static enum yh_rc open_wait(struct yh_case_cx *k, const struct yh_step *step, struct yh_err *err)
{
	enum yh_rc rc = open_row(k, step, "", err);

	return rc == YH_OK ? yh_step_plan_wait(k, step, yh_ctx_today(k->cx), err) : rc;
}

static enum yh_rc open_step(struct yh_case_cx *k, const struct yh_step *step, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	if (step->kind == YH_STEP_WAIT)
		return open_wait(k, step, err);
	for (size_t i = 0; rc == YH_OK && i < step->n_roles; i++)
		rc = open_row(k, step, step->roles[i], err);
	if (rc == YH_OK && yh_step_waits_for_applicant(k->c, step))
		rc = yh_pause_begin(k->cx->tx, &k->c->row.id, k->cx->now, "confirm", err);
	return rc;
}

/* What the system does by itself: the step stands in the case as one that was opened and done. */
static enum yh_rc take_at_once(struct yh_case_cx *k, const struct yh_step *step, struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;
	const struct yh_outcome *o = &step->outcomes[0];
	struct yh_sm3 version = calendar_version(k);
	struct yh_step_row row = { .id = yh_ctx_new_id(k->cx),
				   .case_id = k->c->row.id,
				   .opened_at = k->cx->now,
				   .start_day = YH_DAY_NONE,
				   .due_day = YH_DAY_NONE,
				   .reason = "" };
	struct yh_case_cx own = { .cx = k->cx, .c = k->c, .step = step };
	enum yh_rc rc;

	(void)snprintf(row.step, sizeof row.step, "%s", step->name);
	(void)snprintf(row.kind, sizeof row.kind, "%s", yh_step_kind_name(step->kind));
	rc = yh_step_insert(k->cx->tx, &row, &version, err);
	row.closed_at = k->cx->now;
	(void)snprintf(row.outcome, sizeof row.outcome, "%s", o->name);
	if (rc == YH_OK)
		rc = yh_step_close(k->cx->tx, &row, err);
	if (rc == YH_OK && !k->c->row.effected && !yh_outcome_only_tells(o)) {
		rc = yh_run_checks(&own, p->checks, p->n_checks, YH_AT_EFFECT, err);
		k->c->row.effected = true;
	}
	if (rc == YH_OK)
		rc = yh_run_effects(&own, o->effects, o->n_effects, err);
	return rc == YH_OK ? yh_case_record(k,
					    &(struct yh_record){ .kind = "step.taken",
								 .article = step->article,
								 .before = step->name },
					    err)
			   : rc;
}

/* Has the system done it before? A corrected form may lead the case past it once more. */
static enum yh_rc was_taken(struct yh_case_cx *k, const struct yh_step *step, bool *taken,
			    struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	*taken = false;
	if (step->kind == YH_STEP_ONCE && !k->c->fresh)
		rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		*taken = *taken || strcmp(rows[i].step, step->name) == 0;
	return rc;
}

enum yh_rc yh_case_advance(struct yh_case_cx *k, int from, struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;

	for (size_t i = (size_t)(from + 1); i < p->n_steps; i++) {
		const struct yh_step *s = &p->steps[i];
		bool holds = false, taken;
		enum yh_rc rc;

		if (k->c->row.abroad == YH_CASE_BOUND && !yh_step_is_here(k->c, s))
			return yh_case_hand_over(k, err);
		rc = was_taken(k, s, &taken, err);
		if (rc == YH_OK && !taken)
			rc = yh_run_conditions(k, s->when, s->n_when, s->unless, s->n_unless,
					       &holds, err);
		if (rc == YH_OK && holds && s->kind == YH_STEP_ONCE)
			rc = take_at_once(k, s, err);
		else if (rc == YH_OK && holds)
			return open_step(k, s, err);
		if (rc != YH_OK)
			return rc;
	}
	if (k->c->row.abroad == YH_CASE_BOUND)
		return yh_case_hand_over(k, err);
	return yh_case_end(k, "closed", "", err);
}

enum yh_rc yh_case_set_out(struct yh_case_cx *k, struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;
	enum yh_rc rc;

	if (p->n_steps == 0 && k->c->row.abroad == YH_CASE_HERE) {
		k->c->row.effected = true;
		rc = yh_run_effects(k, p->effects, p->n_effects, err);
		if (rc != YH_OK)
			return rc;
	}
	return yh_case_advance(k, -1, err);
}

static enum yh_rc close_open_rows(struct yh_case_cx *k, const char *outcome, struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (rows[i].closed_at)
			continue;
		rows[i].closed_at = k->cx->now;
		rows[i].reason = "";
		(void)snprintf(rows[i].outcome, sizeof rows[i].outcome, "%s", outcome);
		rc = yh_step_close(k->cx->tx, &rows[i], err);
		if (rc == YH_OK)
			rc = yh_step_told(k, yh_procedure_step(k->c->procedure, rows[i].step),
					  &rows[i], err);
	}
	return rc;
}

/* Has every desk of the step said yes? What was closed as moot has not been decided. */
static bool done(const struct yh_step *s, const struct yh_step_row *rows, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].step, s->name) != 0)
			continue;
		if (!rows[i].closed_at || strcmp(rows[i].outcome, "moot") == 0)
			return false;
		any = true;
	}
	return any;
}

static bool is_open(const struct yh_step *s, const struct yh_step_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!rows[i].closed_at && strcmp(rows[i].step, s->name) == 0)
			return true;
	return false;
}

enum yh_rc yh_case_reroute(struct yh_case_cx *k, struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < p->n_steps; i++) {
		const struct yh_step *s = &p->steps[i];
		bool holds;

		if (done(s, rows, n))
			continue;
		if (k->c->row.abroad == YH_CASE_BOUND && !yh_step_is_here(k->c, s))
			return yh_case_hand_over(k, err);
		rc = yh_run_conditions(k, s->when, s->n_when, s->unless, s->n_unless, &holds, err);
		if (rc != YH_OK || !holds)
			continue;
		if (is_open(s, rows, n))
			return YH_OK;
		rc = close_open_rows(k, "moot", err);
		return rc == YH_OK ? yh_case_advance(k, (int)i - 1, err) : rc;
	}
	return rc;
}

static enum yh_rc undo_all(struct yh_case_cx *k, struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;

	for (size_t i = 0; i < p->n_on_filed; i++) {
		const struct yh_word *w =
			yh_words_find(k->cx->world->words, p->on_filed[i].word->name);
		enum yh_rc rc = w->undo ? w->undo(k, &p->on_filed[i], err) : YH_OK;

		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

enum yh_rc yh_case_end(struct yh_case_cx *k, const char *state, const char *reason,
		       struct yh_err *err)
{
	struct yh_case_row *row = &k->c->row;
	char before[sizeof row->state], slug[40];
	const char *concerned = "unit";
	bool filed = row->started_by[0] == 0;
	enum yh_rc rc;

	memcpy(before, row->state, sizeof before);
	(void)snprintf(row->state, sizeof row->state, "%s", state);
	row->ended_at = k->cx->now;
	row->answer_due = YH_DAY_NONE;
	rc = close_open_rows(k, "moot", err);
	if (rc == YH_OK && row->abroad == YH_CASE_HERE)
		rc = undo_all(k, err);
	if (rc == YH_OK && row->abroad == YH_CASE_HERE)
		rc = yh_case_record_end(k, err);
	if (rc == YH_OK)
		rc = yh_job_cancel(k->cx->tx, "case.lapse", &row->id, k->cx->now, err);
	if (rc == YH_OK)
		rc = yh_job_cancel(k->cx->tx, "case.elapse", &row->id, k->cx->now, err);
	if (rc == YH_OK)
		rc = yh_case_record(k,
				    &(struct yh_record){ .kind = "case.ended",
							 .article = k->c->procedure->article,
							 .outcome = state,
							 .reason = reason,
							 .before = before,
							 .after = state },
				    err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(slug, sizeof slug, "case-%s", state);
	if (filed)
		rc = yh_case_tell(k, row->filer_role, &row->filer_org, slug, NULL, YH_DAY_NONE,
				  err);
	/* the unit hears of what others filed about it, and of what time began */
	if (rc == YH_OK && (!filed || !yh_id_eq(&row->filer_org, &row->unit)))
		rc = yh_case_tell(k, concerned, &row->unit, slug, NULL, YH_DAY_NONE, err);
	return rc;
}
