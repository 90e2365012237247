/* Declared periodic load (A18.2): who seems idle is looked at once more over the last period that
 * its project declared. A system that works at quarter-end is judged by a quarter's end. */
#include <stdlib.h>
#include <string.h>

#include "services/project/quota_view.h"
#include "services/watch/internal.h"

struct occurrence {
	yh_day first, last; /* YH_DAY_NONE: none */
	bool to_come, declared;
};
struct looking {
	struct run *r;
	const struct yh_subject_row *s;
	yh_day from, to, opened;
	struct occurrence found;
	struct yh_arena arena;
};

/* The last occurrence that was over by the end of the window, and whether another is ahead. */
static void take_span(struct looking *l, const struct yh_span *p)
{
	if (p->first > l->r->ask->last || p->last > l->r->ask->last) {
		l->found.to_come = true;
		return;
	}
	if (p->first < l->opened || (l->found.last != YH_DAY_NONE && p->last <= l->found.last))
		return;
	l->found.first = p->first;
	l->found.last = p->last;
}

static enum yh_rc read_windows(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	struct yh_quota_row *q;
	size_t n;
	enum yh_rc rc;

	yh_arena_done(&l->arena);
	l->found = (struct occurrence){ YH_DAY_NONE, YH_DAY_NONE, false, false };
	rc = yh_quota_lines(tx, &l->s->unit, &l->s->project, NULL, l->from, &l->arena, &q, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_spans spans = { .arena = &l->arena };

		if (strcmp(q[i].kind, "window") != 0)
			continue;
		l->found.declared = true;
		rc = yh_quota_row_spans(&q[i], l->from, l->to, &spans, err);
		for (size_t k = 0; rc == YH_OK && k < spans.n; k++)
			take_span(l, &spans.v[k]);
	}
	return rc;
}

static enum yh_rc find_occurrence(struct run *r, const struct yh_rule *rule, size_t subject,
				  struct occurrence *out, struct yh_err *err)
{
	const struct yh_subject_row *s = &r->subjects[subject].row;
	struct looking l = { .r = r,
			     .s = s,
			     .from = (yh_day)(r->ask->last - rule->reach_days.num),
			     .to = (yh_day)(r->ask->last + rule->reach_days.num),
			     .opened = YH_DAY_MIN };
	enum yh_rc rc;

	/* figures brought in may be older than the register's opening */
	if (s->opened_at && s->opened_at <= r->at)
		l.opened = yh_day_of(s->opened_at);
	yh_arena_init(&l.arena, (size_t)64 * 1024 * 1024);
	rc = yh_exec_read(r->world->exec, read_windows, &l, err);
	yh_arena_done(&l.arena);
	*out = l.found;
	return rc;
}

/* One condition over the period; three questions at most. */
static enum yh_rc ask_condition(struct run *r, const struct plan *p, const struct yh_condition *c,
				size_t i, const struct period *period, struct yh_holding *out,
				struct yh_err *err)
{
	const int at[3] = { p->main[i], p->other[i], p->of[i] };
	const struct query *q[3] = { NULL };
	const struct raw *raws[3] = { NULL };
	struct query asked[3];
	struct raw answers[3];
	yh_day margin = (yh_day)p->rule->margin_days.num;
	yh_day last = period->last + margin < r->ask->last ? period->last + margin : r->ask->last;
	struct yh_reading reading;
	enum yh_rc rc = YH_OK;

	for (int k = 0; rc == YH_OK && k < 3; k++) {
		if (at[k] == NONE)
			continue;
		asked[k] = r->queries[at[k]];
		asked[k].first = period->first - margin;
		asked[k].last = last;
		asked[k].slots = (uint32_t)(last - asked[k].first + 1) * 288;
		rc = yh_watch_ask_some(r, &asked[k], &period->subject, 1, true, &answers[k], err);
		if (rc == YH_OK && !answers[k].has) /* the samples may be gone already */
			rc = yh_watch_ask_some(r, &asked[k], &period->subject, 1, false,
					       &answers[k], err);
		q[k] = &asked[k];
		raws[k] = &answers[k];
	}
	if (rc == YH_OK) {
		reading = yh_watch_reading(c, q, raws);
		*out = yh_watch_hold(c, &reading);
	}
	return rc;
}

static enum yh_rc look_into(struct run *r, struct period *period, struct yh_err *err)
{
	const struct plan *p = &r->plans[period->plan];
	enum yh_rc rc = YH_OK;

	period->state = PERIOD_IDLE;
	for (size_t i = 0; rc == YH_OK && i < p->rule->n_all; i++) {
		struct yh_holding h;

		if (p->rule->all[i].fact != YH_FACT_NONE)
			continue;
		rc = ask_condition(r, p, &p->rule->all[i], i, period, &h, err);
		if (rc == YH_OK && h.holds == YH_HOLDS_NO)
			period->state = PERIOD_USED;
		else if (rc == YH_OK && h.holds == YH_HOLDS_UNKNOWN && period->state == PERIOD_IDLE)
			period->state = PERIOD_UNKNOWN;
	}
	return rc;
}

static enum yh_rc examine(struct run *r, size_t plan, size_t subject, struct yh_err *err)
{
	struct period p = { .subject = (uint32_t)subject, .plan = (uint32_t)plan };
	struct occurrence o;
	enum yh_rc rc = find_occurrence(r, r->plans[plan].rule, subject, &o, err);

	if (rc != YH_OK || !o.declared)
		return rc;
	p.first = o.first;
	p.last = o.last;
	if (o.last != YH_DAY_NONE)
		rc = look_into(r, &p, err);
	else
		p.state = o.to_come ? PERIOD_TO_COME : PERIOD_NONE;
	if (rc != YH_OK || p.state == PERIOD_NONE)
		return rc;
	if (!yh_watch_room(&r->periods, r->n_periods, &r->cap_periods, sizeof p))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	r->periods[r->n_periods++] = p;
	return YH_OK;
}

enum yh_rc yh_watch_periods(struct run *r, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t s = 0; rc == YH_OK && s < r->n; s++)
		for (size_t p = 0; rc == YH_OK && p < r->n_plans; p++)
			if (r->plans[p].rule->periodic &&
			    r->judged[s * r->n_plans + p] == YH_JUDGED_FLAGGED)
				rc = examine(r, p, s, err);
	return rc;
}

static int by_subject(const void *a, const void *b)
{
	const struct period *x = a, *y = b;

	if (x->subject != y->subject)
		return x->subject < y->subject ? -1 : 1;
	return (x->plan > y->plan) - (x->plan < y->plan);
}

const struct period *yh_watch_period_of(const struct run *r, size_t subject, size_t plan)
{
	const struct period key = { .subject = (uint32_t)subject, .plan = (uint32_t)plan };

	return r->n_periods ? bsearch(&key, r->periods, r->n_periods, sizeof key, by_subject)
			    : NULL;
}
