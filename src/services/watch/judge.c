/* What the rules say of each subject, and of each system. */
#include <stdlib.h>
#include <string.h>

#include "services/watch/internal.h"

/* ---- facts ---- */

static struct yh_holding hold(bool yes, const char *why)
{
	return (struct yh_holding){ yes ? YH_HOLDS_YES : YH_HOLDS_NO, why };
}

/* The last day of the window. */
static yh_day end_of(const struct run *r)
{
	return r->ask->last;
}

static struct yh_holding past_lease(const struct run *r, const struct yh_condition *c,
				    const struct subject *s, struct fact *f)
{
	if (s->row.lease_last == YH_DAY_NONE)
		return hold(false, "no_lease");
	f->since = s->row.lease_last;
	if (s->row.stopped)
		return hold(false, "stopped");
	f->days = end_of(r) - s->row.lease_last;
	return hold(f->days > c->days.num, "register");
}

static int by_place(const void *a, const void *b)
{
	const struct metered *x = a, *y = b;

	if (x->plan != y->plan)
		return x->plan < y->plan ? -1 : 1;
	if (x->condition != y->condition)
		return x->condition < y->condition ? -1 : 1;
	return (x->subject > y->subject) - (x->subject < y->subject);
}

static struct yh_holding metered_after(const struct run *r, const struct metered *key,
				       const struct subject *s, struct fact *f)
{
	const struct metered *m;

	if (!s->row.stopped)
		return hold(false, "not_stopped");
	f->since = yh_day_of(s->row.stopped_at);
	m = r->n_metered ? bsearch(key, r->metered, r->n_metered, sizeof *key, by_place) : NULL;
	if (!m || m->last_ms == 0)
		return hold(false, "not_metered");
	f->days = yh_day_of(m->last_ms * 1000) - f->since;
	return hold(true, "measured");
}

static struct yh_holding no_agent(const struct run *r, const struct yh_condition *c,
				  const struct subject *s, struct fact *f)
{
	if (s->row.stopped)
		return hold(false, "stopped");
	if (s->row.opened_at == 0 || s->row.opened_at > r->at)
		return hold(false, "not_open_then");
	if (s->row.has_agent)
		return hold(false, "enrolled");
	f->since = yh_day_of(s->row.opened_at);
	f->days = end_of(r) - f->since;
	return hold(f->days > c->days.num, "register");
}

static struct yh_holding observed(const struct run *r, const struct yh_condition *c,
				  const struct subject *s, struct fact *f)
{
	for (uint32_t i = 0; i < s->n_lasting; i++) {
		const struct yh_lasting_row *l = &r->lasting[s->lasting + i];
		bool meant = false;

		for (size_t k = 0; k < c->n_kinds; k++)
			meant = meant || strcmp(c->kinds[k], l->kind) == 0;
		if (!meant || r->at - l->from_at <= c->days.num * YH_US_PER_DAY)
			continue;
		*f = (struct fact){ yh_day_of(l->from_at), (r->at - l->from_at) / YH_US_PER_DAY,
				    l->kind };
		return hold(true, "observed");
	}
	return hold(false, "nothing_observed");
}

static struct yh_holding hold_fact(const struct run *r, const struct metered *key,
				   const struct yh_condition *c, struct fact *f)
{
	const struct subject *s = &r->subjects[key->subject];
	const struct yh_item_row *item = &r->items[s->item];

	*f = (struct fact){ .since = YH_DAY_NONE };
	switch (c->fact) {
	case YH_FACT_ITEM_EXPOSED:
		return hold(item->exposed, "catalogue");
	case YH_FACT_DIMENSION:
		return hold(yh_watch_has_dimension(item, c->dimension), "catalogue");
	case YH_FACT_PAST_LEASE:
		return past_lease(r, c, s, f);
	case YH_FACT_METERED_AFTER:
		return metered_after(r, key, s, f);
	case YH_FACT_NO_AGENT:
		return no_agent(r, c, s, f);
	case YH_FACT_OBSERVED:
		return observed(r, c, s, f);
	default:
		return hold(false, "");
	}
}

/* ---- one subject ---- */

static const struct query *query_at(const struct run *r, int at)
{
	return at == NONE ? NULL : &r->queries[at];
}

static void judge_condition(const struct run *r, const struct yh_condition *c, size_t i,
			    const struct metered *key, struct judgement *out)
{
	const struct plan *p = &r->plans[key->plan];
	const struct query *q[3];
	const struct raw *raws[3];

	if (c->fact != YH_FACT_NONE) {
		out->holdings[i] = hold_fact(r, key, c, &out->facts[i]);
		return;
	}
	q[0] = query_at(r, p->main[i]);
	q[1] = query_at(r, p->other[i]);
	q[2] = query_at(r, p->of[i]);
	for (int k = 0; k < 3; k++)
		raws[k] = q[k] ? &q[k]->raws[key->subject] : NULL;
	out->readings[i] = yh_watch_reading(c, q, raws);
	out->holdings[i] = r->subjects[key->subject].row.stopped
				   ? hold(false, "stopped")
				   : yh_watch_hold(c, &out->readings[i]);
}

/* What became of a flag after the declared period was looked into. */
static enum yh_judged after_period(enum yh_judged judged, const struct period *p)
{
	if (judged != YH_JUDGED_FLAGGED || !p)
		return judged;
	if (p->state == PERIOD_USED || p->state == PERIOD_TO_COME)
		return YH_JUDGED_EXCEPTED;
	return p->state == PERIOD_UNKNOWN ? YH_JUDGED_UNKNOWN : judged;
}

void yh_watch_judge_one(const struct run *r, size_t plan, size_t subject, struct judgement *out)
{
	const struct yh_rule *rule = r->plans[plan].rule;
	struct metered key = { (uint32_t)plan, 0, (uint32_t)subject, 0 };

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < rule->n_all + rule->n_any; i++) {
		const struct yh_condition *c =
			i < rule->n_all ? &rule->all[i] : &rule->any[i - rule->n_all];

		key.condition = (uint32_t)i;
		judge_condition(r, c, i, &key, out);
	}
	out->period = yh_watch_period_of(r, subject, plan);
	out->judged = after_period(yh_watch_judge(rule, out->holdings), out->period);
}

static void judge_again(struct run *r, size_t plan, size_t subject)
{
	struct judgement j;
	unsigned char *to = &r->judged[subject * r->n_plans + plan];

	*to = NOT_ABOUT;
	if (yh_watch_not_about(r, r->plans[plan].rule, subject))
		return;
	yh_watch_judge_one(r, plan, subject, &j);
	*to = (unsigned char)j.judged;
}

enum yh_rc yh_watch_judge_all(struct run *r, struct yh_err *err)
{
	enum yh_rc rc;

	r->judged = malloc(r->n * r->n_plans + 1);
	if (!r->judged)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t s = 0; s < r->n; s++)
		for (size_t p = 0; p < r->n_plans; p++)
			judge_again(r, p, s);
	rc = yh_watch_periods(r, err);
	for (size_t i = 0; rc == YH_OK && i < r->n_periods; i++)
		judge_again(r, r->periods[i].plan, r->periods[i].subject);
	return rc == YH_OK ? yh_watch_systems(r, err) : rc;
}

/* ---- systems ---- */

static int by_system(const void *a, const void *b, void *arg)
{
	const struct run *r = arg;
	const struct subject *x = &r->subjects[*(const uint32_t *)a];
	const struct subject *y = &r->subjects[*(const uint32_t *)b];
	int c = memcmp(x->row.info_system.b, y->row.info_system.b, sizeof x->row.info_system.b);

	return c ? c : strcmp(x->row.no, y->row.no);
}

static bool same_system(const struct run *r, uint32_t a, uint32_t b)
{
	return yh_id_eq(&r->subjects[a].row.info_system, &r->subjects[b].row.info_system);
}

static enum yh_rc add_system(struct run *r, size_t plan, uint32_t from, uint32_t n,
			     struct yh_err *err)
{
	struct system s = { .id = r->subjects[r->by_system[from]].row.info_system,
			    .plan = (uint32_t)plan,
			    .from = from,
			    .n = n };

	for (uint32_t i = from; i < from + n; i++) {
		unsigned char j = r->judged[r->by_system[i] * r->n_plans + plan];

		s.idle += j == YH_JUDGED_FLAGGED;
		s.in_use += j == YH_JUDGED_OK;
		s.unknown += j == YH_JUDGED_UNKNOWN;
		s.excepted += j == YH_JUDGED_EXCEPTED;
	}
	if (s.idle + s.in_use + s.unknown + s.excepted == 0)
		return YH_OK;
	s.judged = s.in_use     ? YH_JUDGED_OK
		   : s.excepted ? YH_JUDGED_EXCEPTED
		   : s.unknown  ? YH_JUDGED_UNKNOWN
				: YH_JUDGED_FLAGGED;
	if (!yh_watch_room(&r->systems, r->n_systems, &r->cap_systems, sizeof s))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	r->systems[r->n_systems++] = s;
	return YH_OK;
}

static enum yh_rc group(struct run *r, size_t plan, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	uint32_t from = 0;

	while (rc == YH_OK && from < r->n_by_system) {
		uint32_t n = 1;

		while (from + n < r->n_by_system &&
		       same_system(r, r->by_system[from], r->by_system[from + n]))
			n++;
		rc = add_system(r, plan, from, n, err);
		from += n;
	}
	return rc;
}

static enum yh_rc read_labels(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct run *r = arg;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < r->n_systems; i++)
		rc = yh_system_label(tx, &r->systems[i].id, &r->arena, &r->systems[i].label,
				     &r->systems[i].name, err);
	return rc;
}

static int by_label(const void *a, const void *b)
{
	const struct system *x = a, *y = b;
	int c = strcmp(x->label, y->label);

	return c ? c : (x->plan > y->plan) - (x->plan < y->plan);
}

enum yh_rc yh_watch_systems(struct run *r, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	r->by_system = malloc((r->n + 1) * sizeof *r->by_system);
	if (!r->by_system)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t s = 0; s < r->n; s++)
		if (!yh_id_is_zero(&r->subjects[s].row.info_system))
			r->by_system[r->n_by_system++] = (uint32_t)s;
	qsort_r(r->by_system, r->n_by_system, sizeof *r->by_system, by_system, r);
	for (size_t p = 0; rc == YH_OK && p < r->n_plans; p++)
		if (r->plans[p].rule->about == YH_RULE_SYSTEM)
			rc = group(r, p, err);
	if (rc == YH_OK)
		rc = yh_exec_read(r->world->exec, read_labels, r, err);
	if (rc == YH_OK && r->n_systems)
		qsort(r->systems, r->n_systems, sizeof *r->systems, by_label);
	return rc;
}
