/* How fast the steps of cases are decided. */
#include "services/overview/decisions.h"

#include <string.h>

#include "law/deadline.h"
#include "store/case_file.h"

enum { AT_ONCE = 500, USED_MOST = 999 };

int64_t yh_on_time_milli(int64_t on_time, int64_t late)
{
	return on_time + late > 0 ? on_time * 1000 / (on_time + late) : -1;
}

/* A clock that never comes to its end counts what it consumes. */
static enum yh_rc working_days(struct yh_ctx *cx, const struct yh_uncounted_row *u, int64_t *used,
			       struct yh_err *err)
{
	static const struct yh_period endless = { .n = YH_PERIOD_MAX, .unit = YH_WORKDAYS };
	const struct yh_calendar *cal = cx->world->law->calendar(cx->world->law->self);
	yh_day start = yh_day_of(u->opened_at), end = yh_day_of(u->closed_at);
	struct yh_pause_row *pauses = NULL;
	struct yh_deadline clock;
	bool provisional;
	int32_t rest;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	yh_deadline_start(&clock, endless, start);
	if (!u->own_wait)
		rc = yh_pause_list(cx->tx, &u->case_id, cx->arena, &pauses, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_pause_row *p = &pauses[i];
		yh_day from = p->from_day > start ? p->from_day : start;

		if (p->to_day == YH_DAY_NONE || p->to_day < start || from >= end ||
		    from < clock.start)
			continue;
		rc = yh_deadline_pause(&clock, cal, from, err);
		if (rc == YH_OK)
			rc = yh_deadline_resume(&clock, p->to_day < end ? p->to_day : end, err);
	}
	if (rc == YH_OK)
		rc = yh_workdays_in(cal, clock.start + 1, end + 1, YH_PROVISIONAL, &rest,
				    &provisional, err);
	if (rc == YH_OK)
		*used = (int64_t)clock.used + rest;
	return rc;
}

enum yh_rc yh_steps_count(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			  struct yh_err *err)
{
	struct yh_uncounted_row *rows;
	size_t n;
	enum yh_rc rc = yh_step_uncounted(cx->tx, AT_ONCE, cx->arena, &rows, &n, err);

	(void)ref;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		int64_t used = -1;

		if (rows[i].decided)
			rc = working_days(cx, &rows[i], &used, err);
		if (rc == YH_OK)
			rc = yh_step_count(cx->tx, &rows[i], used > USED_MOST ? USED_MOST : used,
					   err);
	}
	if (rc == YH_OK && n == AT_ONCE)
		*again_at = cx->now;
	return rc;
}

/* The working days within which a share of the decided was decided, nearest rank. */
static int64_t quantile(const struct yh_step_sum_row *rows, size_t n, int64_t all,
			int64_t of_hundred)
{
	int64_t rank = (all * of_hundred + 99) / 100, seen = 0;

	for (size_t i = 0; i < n; i++) {
		seen += rows[i].on_time + rows[i].late + rows[i].unclocked;
		if (seen >= rank)
			return rows[i].used_wd;
	}
	return -1;
}

static int order(const char *org_a, const char *procedure_a, const char *step_a, const char *org_b,
		 const char *procedure_b, const char *step_b)
{
	int cmp = strcmp(org_a, org_b);

	if (cmp == 0)
		cmp = strcmp(procedure_a, procedure_b);
	return cmp ? cmp : strcmp(step_a, step_b);
}

/* The rows of one line, which stand together; how many. */
static size_t take_sums(const struct yh_step_sum_row *rows, size_t n, struct yh_decisions_line *l)
{
	size_t k = 0;

	for (; k < n && order(rows[k].org_code, rows[k].procedure, rows[k].step, rows[0].org_code,
			      rows[0].procedure, rows[0].step) == 0;
	     k++) {
		l->on_time += rows[k].on_time;
		l->late += rows[k].late;
		l->unclocked += rows[k].unclocked;
	}
	l->median_wd = quantile(rows, k, l->on_time + l->late + l->unclocked, 50);
	l->p90_wd = quantile(rows, k, l->on_time + l->late + l->unclocked, 90);
	return k;
}

/* Both lists are in the order of the lines. */
static void merge(const struct yh_step_sum_row *sums, size_t n_sums,
		  const struct yh_step_open_row *open, size_t n_open, struct yh_decisions *out)
{
	for (size_t i = 0, k = 0; i < n_sums || k < n_open;) {
		struct yh_decisions_line *l = &out->lines[out->n++];
		int cmp = i == n_sums   ? 1
			  : k == n_open ? -1
					: order(sums[i].org_code, sums[i].procedure, sums[i].step,
						open[k].org_code, open[k].procedure, open[k].step);

		*l = (struct yh_decisions_line){ .median_wd = -1, .p90_wd = -1 };
		if (cmp >= 0) {
			l->org_code = open[k].org_code;
			l->org_name = open[k].org_name;
			l->procedure = open[k].procedure;
			l->step = open[k].step;
			l->open = open[k].open;
			l->overdue = open[k++].overdue;
		}
		if (cmp <= 0) {
			l->org_code = sums[i].org_code;
			l->org_name = sums[i].org_name;
			l->procedure = sums[i].procedure;
			l->step = sums[i].step;
			i += take_sums(&sums[i], n_sums - i, l);
		}
	}
}

enum yh_rc yh_decisions(struct yh_ctx *cx, const struct yh_step_ask *ask, struct yh_decisions *out,
			struct yh_err *err)
{
	struct yh_step_sum_row *sums;
	struct yh_step_open_row *open;
	size_t n_sums, n_open;
	enum yh_rc rc = yh_step_sums(cx->tx, ask, cx->arena, &sums, &n_sums, err);

	*out = (struct yh_decisions){ 0 };
	if (rc == YH_OK)
		rc = yh_step_open(cx->tx, ask, cx->arena, &open, &n_open, err);
	if (rc == YH_OK)
		rc = yh_step_months(cx->tx, ask, cx->arena, &out->months, &out->n_months, err);
	if (rc == YH_OK)
		rc = yh_step_uncounted_n(cx->tx, &out->pending, err);
	if (rc != YH_OK)
		return rc;
	out->lines = YH_NEW_N(cx->arena, struct yh_decisions_line, n_sums + n_open + 1);
	if (!out->lines)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	merge(sums, n_sums, open, n_open, out);
	return YH_OK;
}
