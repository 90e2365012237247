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

/* ---- looking into them: those of one rule and one occurrence together ---- */

struct group {
	struct run *r;
	struct period *list; /* by subject */
	size_t n;
	uint32_t *subjects;
	struct query asked[3];
	struct raw *answers[3]; /* NULL where nothing was asked */
};

static enum yh_rc ask_one(struct group *g, int query, int at, struct yh_err *err)
{
	const struct period *p = g->list;
	const struct yh_rule *rule = g->r->plans[p->plan].rule;
	struct query *q = &g->asked[at];
	yh_day margin = (yh_day)rule->margin_days.num, end = g->r->ask->last;
	struct raw *sketched = g->answers[at] + g->n;
	enum yh_rc rc;

	*q = g->r->queries[query];
	q->first = p->first - margin;
	q->last = p->last + margin < end ? p->last + margin : end;
	q->slots = (uint32_t)(q->last - q->first + 1) * 288;
	rc = yh_watch_ask_some(g->r, q, g->subjects, g->n, true, g->answers[at], err);
	/* the samples may be gone already */
	if (rc == YH_OK)
		rc = yh_watch_ask_some(g->r, q, g->subjects, g->n, false, sketched, err);
	for (size_t i = 0; rc == YH_OK && i < g->n; i++)
		if (sketched[i].count > g->answers[at][i].count)
			g->answers[at][i] = sketched[i];
	return rc;
}

static void conclude(struct group *g, const struct yh_condition *c, const bool had[3])
{
	for (size_t i = 0; i < g->n; i++) {
		struct period *p = &g->list[i];
		const struct query *q[3];
		const struct raw *raws[3];
		struct yh_reading reading;
		enum yh_holds holds;

		for (int k = 0; k < 3; k++) {
			q[k] = had[k] ? &g->asked[k] : NULL;
			raws[k] = had[k] ? &g->answers[k][i] : NULL;
		}
		reading = yh_watch_reading(c, q, raws);
		holds = yh_watch_hold(c, &reading).holds;
		if (holds == YH_HOLDS_NO)
			p->state = PERIOD_USED;
		else if (holds == YH_HOLDS_UNKNOWN && p->state == PERIOD_IDLE)
			p->state = PERIOD_UNKNOWN;
	}
}

static enum yh_rc ask_group(struct group *g, struct yh_err *err)
{
	const struct plan *p = &g->r->plans[g->list->plan];
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; i < g->n; i++)
		g->subjects[i] = g->list[i].subject;
	for (size_t i = 0; rc == YH_OK && i < p->rule->n_all; i++) {
		const int at[3] = { p->main[i], p->other[i], p->of[i] };
		bool had[3] = { false };

		if (p->rule->all[i].fact != YH_FACT_NONE)
			continue;
		for (int k = 0; rc == YH_OK && k < 3; k++) {
			had[k] = at[k] != NONE;
			if (had[k])
				rc = ask_one(g, at[k], k, err);
		}
		if (rc == YH_OK)
			conclude(g, &p->rule->all[i], had);
	}
	return rc;
}

static enum yh_rc look_into(struct run *r, struct period *list, size_t n, struct yh_err *err)
{
	struct group g = { .r = r, .list = list, .n = n };
	enum yh_rc rc = YH_OK;

	g.subjects = calloc(n, sizeof *g.subjects);
	for (int k = 0; k < 3; k++)
		g.answers[k] = calloc(2 * n, sizeof **g.answers);
	if (g.subjects && g.answers[0] && g.answers[1] && g.answers[2])
		rc = ask_group(&g, err);
	else
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	free(g.subjects);
	for (int k = 0; k < 3; k++)
		free(g.answers[k]);
	return rc;
}

static int by_occurrence(const void *a, const void *b)
{
	const struct period *x = a, *y = b;
	const int64_t keys[][2] = { { x->plan, y->plan },
				    { x->state, y->state },
				    { x->first, y->first },
				    { x->last, y->last },
				    { x->subject, y->subject } };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return 0;
}

static bool same_occurrence(const struct period *x, const struct period *y)
{
	return x->plan == y->plan && x->state == y->state && x->first == y->first &&
	       x->last == y->last;
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
	p.state = o.last != YH_DAY_NONE ? PERIOD_IDLE : o.to_come ? PERIOD_TO_COME : PERIOD_NONE;
	if (p.state == PERIOD_NONE)
		return YH_OK;
	if (!yh_watch_room(&r->periods, r->n_periods, &r->cap_periods, sizeof p))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	r->periods[r->n_periods++] = p;
	return YH_OK;
}

static int by_subject(const void *a, const void *b)
{
	const struct period *x = a, *y = b;

	if (x->subject != y->subject)
		return x->subject < y->subject ? -1 : 1;
	return (x->plan > y->plan) - (x->plan < y->plan);
}

enum yh_rc yh_watch_periods(struct run *r, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t s = 0; rc == YH_OK && s < r->n; s++)
		for (size_t p = 0; rc == YH_OK && p < r->n_plans; p++)
			if (r->plans[p].rule->periodic &&
			    r->judged[s * r->n_plans + p] == YH_JUDGED_FLAGGED)
				rc = examine(r, p, s, err);
	if (rc != YH_OK || r->n_periods == 0)
		return rc;
	qsort(r->periods, r->n_periods, sizeof *r->periods, by_occurrence);
	for (size_t from = 0, n; rc == YH_OK && from < r->n_periods; from += n) {
		struct period first = r->periods[from];

		for (n = 1;
		     from + n < r->n_periods && same_occurrence(&first, &r->periods[from + n]);)
			n++;
		if (first.state == PERIOD_IDLE)
			rc = look_into(r, &r->periods[from], n, err);
	}
	qsort(r->periods, r->n_periods, sizeof *r->periods, by_subject);
	return rc;
}

const struct period *yh_watch_period_of(const struct run *r, size_t subject, size_t plan)
{
	const struct period key = { .subject = (uint32_t)subject, .plan = (uint32_t)plan };

	return r->n_periods ? bsearch(&key, r->periods, r->n_periods, sizeof key, by_subject)
			    : NULL;
}
