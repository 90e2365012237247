/* Keeping: finished days become one segment each, then parts of a month, then the month; what is
 * past its retention goes level by level. Reads and writes files only; the ingest lock is held to
 * swap a list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "meter/engine.h"

#define DAY_MS INT64_C(86400000)
/* Fresh segments of finished days (late samples, imports) are left to gather until none has come
 * for a while, lest a day be written again for each. */
#define GATHER_MS INT64_C(600000)

enum {
	AT_ONCE = 64,    /* fresh segments merged in one go */
	TIER = 16,       /* small ones of unfinished days that become one */
	TIER_START = 24, /* when there are so many */
	LOOK_MS = 60000,
};

struct period {
	int64_t from_ms, to_ms;
};

/* What goes out of the list for what comes in. */
struct change {
	struct yh_engine *e;
	int64_t now_ms;
	bool all;             /* without waiting for more to gather */
	struct yh_segs *segs; /* as they are at the beginning */
	uint32_t *gone;
	size_t n_gone;
	struct yh_live *more;
	size_t n_more, cap_more;
	bool damaged;
};

static int64_t day_start_ms(yh_day day)
{
	return yh_day_start(day) / 1000;
}

/* Parts of a month that become one segment each, and how long they rest after their end, lest late
 * samples have them written again day by day. A day of the month belongs to one of each length;
 * what is left at the month's end belongs to the last. */
static const struct {
	int days, rest_days;
} parts[] = { { 31, 8 }, { 16, 8 }, { 4, 2 }, { 1, 0 } };

static struct period part_of(int64_t at_ms, int days)
{
	struct yh_date d = yh_date_of(yh_day_of(at_ms * 1000));
	int first = (d.day - 1) / days * days + 1, last = first + days - 1;
	int in_month = yh_days_in_month(d.year, d.month);
	yh_day begin;

	d.day = first;
	begin = yh_day_from_date(d);
	if (last > in_month)
		last = in_month;
	return (struct period){ day_start_ms(begin), day_start_ms(begin + last - first + 1) };
}

/* The longest part that has rested. */
static struct period period_of(int64_t at_ms, int64_t now_ms)
{
	struct period p = { 0, 0 };

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		p = part_of(at_ms, parts[i].days);
		if (p.to_ms + parts[i].rest_days * DAY_MS <= now_ms)
			break;
	}
	return p;
}

/* Levels that samples up to `to_ms` are still kept in. */
static unsigned allowed(const struct yh_engine *e, int64_t to_ms, int64_t now_ms)
{
	const struct yh_meter_config *c = &e->base.cfg;
	const uint32_t days[YH_LEVELS] = { c->raw_days, c->m5_days, c->h1_days, c->d1_days };
	unsigned levels = 0;

	for (unsigned l = 0; l < YH_LEVELS; l++)
		if ((days[l] == 0 && l == YH_LEVEL_1D) || to_ms > now_ms - days[l] * DAY_MS)
			levels |= 1U << l;
	return levels;
}

static bool is_counter(void *arg, uint32_t metric)
{
	const struct yh_engine *e = arg;

	return yh_index_is_counter(&e->index, metric);
}

/* ---- a change ---- */

static bool begin(struct change *c, struct yh_engine *e, int64_t now_ms, bool all)
{
	*c = (struct change){ .e = e, .now_ms = now_ms, .all = all, .segs = yh_segs_hold(e) };
	c->gone = malloc((c->segs->n + 1) * sizeof *c->gone);
	return c->gone != NULL;
}

static void end(struct change *c)
{
	for (size_t i = 0; i < c->n_more; i++)
		yh_seg_release(c->more[i].seg);
	free(c->more);
	free(c->gone);
	yh_segs_release(c->segs);
}

static bool goes(const struct change *c, uint32_t no)
{
	for (size_t i = 0; i < c->n_gone; i++)
		if (c->gone[i] == no)
			return true;
	return false;
}

static void leave_out(struct change *c, const struct yh_live *l)
{
	if (!goes(c, l->of.no))
		c->gone[c->n_gone++] = l->of.no;
}

static bool more(struct change *c, const struct yh_live *l)
{
	if (c->n_more == c->cap_more) {
		size_t cap = c->cap_more ? 2 * c->cap_more : 16;
		struct yh_live *grown = realloc(c->more, cap * sizeof *grown);

		if (!grown)
			return false;
		c->more = grown;
		c->cap_more = cap;
	}
	c->more[c->n_more++] = *l;
	return true;
}

/* Merges `in` into one more segment, of a period or (NULL) a fresh one of all from `from_ms` on. */
static enum yh_rc merge(struct change *c, struct yh_seg **in, size_t n, const struct period *p,
			int64_t from_ms, unsigned levels, struct yh_err *err)
{
	struct yh_engine *e = c->e;
	struct yh_live out = { .of = { .fresh = !p } };
	struct yh_seg_merge m = { .in = in,
				  .n = n,
				  .from_ms = p ? p->from_ms : from_ms,
				  .to_ms = p ? p->to_ms : INT64_MAX,
				  .levels = levels,
				  .counter = is_counter,
				  .arg = e };
	char path[YH_SEG_PATH];
	enum yh_rc rc;

	(void)pthread_mutex_lock(&e->keep);
	out.of.no = e->manifest.next_no++;
	(void)pthread_mutex_unlock(&e->keep);
	if (p) {
		out.of.from_ms = p->from_ms;
		out.of.to_ms = p->to_ms;
	}
	yh_engine_seg_path(e, out.of.no, path);
	rc = yh_seg_merge(&m, path, err);
	if (m.damaged > 0) {
		struct yh_err none = { 0 };

		c->damaged = true;
		yh_engine_damaged_seg(e, in[0], &none);
	}
	if (rc != YH_OK || m.empty)
		return rc;
	rc = yh_seg_open(path, &out.seg, err);
	if (rc == YH_OK && !more(c, &out)) {
		yh_seg_release(out.seg);
		rc = yh_fail(err, YH_BUSY, "memory-short");
	}
	if (rc != YH_OK)
		(void)unlink(path);
	return rc;
}

/* What a damaged page was lost from is kept beside, for who wants to look. */
static void remove_file(const struct change *c, uint32_t no)
{
	char path[YH_SEG_PATH], aside[YH_SEG_PATH + 16];

	yh_engine_seg_path(c->e, no, path);
	if (!c->damaged) {
		(void)unlink(path);
		return;
	}
	(void)snprintf(aside, sizeof aside, "%s/damaged-%08x", c->e->path, no);
	(void)rename(path, aside);
}

static enum yh_rc save(struct change *c, struct yh_err *err)
{
	struct yh_engine *e = c->e;
	struct yh_manifest m = e->manifest;
	bool ok = true;
	enum yh_rc rc;

	m.segments = NULL;
	m.n = m.cap = 0;
	for (size_t i = 0; i < e->manifest.n; i++)
		ok = ok && (goes(c, e->manifest.segments[i].no) ||
			    yh_manifest_add(&m, &e->manifest.segments[i]));
	for (size_t i = 0; i < c->n_more; i++)
		ok = ok && yh_manifest_add(&m, &c->more[i].of);
	rc = ok ? yh_manifest_save(e->dir, &m, err) : yh_fail(err, YH_BUSY, "memory-short");
	e->manifest.generation = m.generation;
	if (rc != YH_OK) {
		yh_manifest_done(&m);
		return rc;
	}
	yh_manifest_done(&e->manifest);
	e->manifest = m;
	return YH_OK;
}

/* Puts the change in force. */
static enum yh_rc commit(struct change *c, struct yh_err *err)
{
	struct yh_engine *e = c->e;
	struct yh_segs *segs, *old = NULL;
	enum yh_rc rc;

	(void)pthread_mutex_lock(&e->keep);
	segs = yh_segs_with(e->segs, c->gone, c->n_gone, c->more, c->n_more);
	rc = segs ? save(c, err) : yh_fail(err, YH_BUSY, "memory-short");
	if (rc == YH_OK) {
		(void)pthread_mutex_lock(&e->lock);
		old = e->segs;
		e->segs = segs;
		(void)pthread_mutex_unlock(&e->lock);
		yh_segs_release(old);
	} else {
		yh_segs_release(segs);
	}
	(void)pthread_mutex_unlock(&e->keep);
	for (size_t i = 0; rc == YH_OK && i < c->n_gone; i++)
		remove_file(c, c->gone[i]);
	return rc;
}

/* ---- what is to be done ---- */

static bool inside(const struct yh_live *l, const struct period *p)
{
	return !l->of.fresh && l->of.from_ms >= p->from_ms && l->of.to_ms <= p->to_ms;
}

/* One period out of fresh segments `some` and the periods' within it. */
static enum yh_rc merge_period(struct change *c, const struct yh_live *const *some, size_t n,
			       const struct period *p, struct yh_err *err)
{
	struct yh_seg **in = malloc((c->segs->n + 1) * sizeof(struct yh_seg *));
	unsigned levels = allowed(c->e, p->to_ms, c->now_ms);
	size_t k = 0;
	enum yh_rc rc = YH_OK;

	if (!in)
		return yh_fail(err, YH_BUSY, "memory-short");
	for (size_t i = 0; i < n; i++)
		if (yh_seg_info(some[i]->seg)->max_ms >= p->from_ms &&
		    yh_seg_info(some[i]->seg)->min_ms < p->to_ms)
			in[k++] = some[i]->seg;
	for (size_t i = 0; i < c->segs->n; i++)
		if (inside(&c->segs->s[i], p)) {
			leave_out(c, &c->segs->s[i]);
			in[k++] = c->segs->s[i].seg;
		}
	if (levels && k > 0)
		rc = merge(c, in, k, p, p->from_ms, levels, err);
	free(in);
	return rc;
}

static int by_begin(const void *a, const void *b)
{
	const struct yh_live *x = *(const struct yh_live *const *)a,
			     *y = *(const struct yh_live *const *)b;
	int64_t p = yh_seg_info(x->seg)->min_ms, q = yh_seg_info(y->seg)->min_ms;

	return p < q ? -1 : p > q;
}

/* Whether a fresh segment is to be cut into its periods: one of finished days, and one that reaches
 * from further back into today, as an import leaves it or a sender that was away. */
static bool finished(const struct yh_live *l, int64_t today_ms)
{
	const struct yh_seg_info *i = yh_seg_info(l->seg);

	return l->of.fresh && (i->max_ms < today_ms || i->min_ms < today_ms - DAY_MS);
}

/* What `some` hold of today stays fresh. */
static enum yh_rc keep_today(struct change *c, const struct yh_live *const *some, size_t n,
			     int64_t today_ms, struct yh_err *err)
{
	struct yh_seg *in[AT_ONCE];
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (yh_seg_info(some[i]->seg)->max_ms >= today_ms)
			in[k++] = some[i]->seg;
	return k == 0 ? YH_OK : merge(c, in, k, NULL, today_ms, (1U << YH_LEVELS) - 1, err);
}

/* Fresh segments of finished days become those of their periods. */
static enum yh_rc finish_days(struct change *c, bool *did, struct yh_err *err)
{
	int64_t today = yh_level_floor(YH_LEVEL_1D, c->now_ms), at, upto;
	const struct yh_live **some = malloc((c->segs->n + 1) * sizeof(const struct yh_live *));
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (!some)
		return yh_fail(err, YH_BUSY, "memory-short");
	for (size_t i = 0; i < c->segs->n; i++)
		if (finished(&c->segs->s[i], today))
			some[n++] = &c->segs->s[i];
	if (n > 0)
		qsort(some, n, sizeof *some, by_begin);
	if (!c->all && n < TIER_START && c->now_ms - c->e->sealed_ms < GATHER_MS)
		n = 0;
	n = n < AT_ONCE ? n : AT_ONCE;
	at = n > 0 ? yh_seg_info(some[0]->seg)->min_ms : 0;
	upto = at - 1;
	for (size_t i = 0; i < n; i++) {
		leave_out(c, some[i]);
		if (yh_seg_info(some[i]->seg)->max_ms > upto)
			upto = yh_seg_info(some[i]->seg)->max_ms;
	}
	upto = upto < today ? upto : today - 1;
	while (rc == YH_OK && at <= upto) {
		struct period p = period_of(at, c->now_ms);

		rc = merge_period(c, some, n, &p, err);
		at = p.to_ms;
	}
	if (rc == YH_OK)
		rc = keep_today(c, some, n, today, err);
	free(some);
	*did = n > 0;
	return rc;
}

/* Days become longer parts of their month as those have rested. */
static enum yh_rc finish_parts(struct change *c, bool *did, struct yh_err *err)
{
	*did = false;
	for (size_t i = 0; i < c->segs->n; i++) {
		const struct yh_live *l = &c->segs->s[i];
		struct period p;

		if (l->of.fresh)
			continue;
		p = period_of(l->of.from_ms, c->now_ms);
		if (p.to_ms <= l->of.to_ms)
			continue;
		*did = true;
		return merge_period(c, NULL, 0, &p, err);
	}
	return YH_OK;
}

/* A segment that has levels past their retention is written without them, or goes. */
static enum yh_rc retire(struct change *c, bool *did, struct yh_err *err)
{
	*did = false;
	for (size_t i = 0; i < c->segs->n; i++) {
		const struct yh_live *l = &c->segs->s[i];
		struct period p = { l->of.from_ms, l->of.to_ms };

		if (l->of.fresh ||
		    (yh_seg_info(l->seg)->levels & ~allowed(c->e, l->of.to_ms, c->now_ms)) == 0)
			continue;
		*did = true;
		return merge_period(c, NULL, 0, &p, err);
	}
	return YH_OK;
}

/* Many small segments of unfinished days become one. */
static enum yh_rc gather(struct change *c, bool *did, struct yh_err *err)
{
	uint64_t small = (uint64_t)c->e->base.cfg.open_rows * TIER / 2;
	struct yh_seg *in[TIER];
	const struct yh_live *from[TIER];
	size_t n = 0, all = 0;

	for (size_t i = 0; i < c->segs->n; i++) {
		const struct yh_live *l = &c->segs->s[i];

		if (!l->of.fresh || yh_seg_info(l->seg)->samples >= small)
			continue;
		all++;
		if (n < TIER) {
			from[n] = l;
			in[n++] = l->seg;
		}
	}
	*did = all >= TIER_START;
	if (!*did)
		return YH_OK;
	for (size_t i = 0; i < n; i++)
		leave_out(c, from[i]);
	return merge(c, in, n, NULL, INT64_MIN, (1U << YH_LEVELS) - 1, err);
}

static enum yh_rc one_step(struct yh_engine *e, int64_t now_ms, bool all, bool *did,
			   struct yh_err *err)
{
	static enum yh_rc (*const steps[])(struct change * c, bool *did,
					   struct yh_err *err) = { finish_days, finish_parts,
								   retire, gather };
	enum yh_rc rc = YH_OK;

	*did = false;
	for (size_t i = 0; rc == YH_OK && !*did && i < sizeof steps / sizeof *steps; i++) {
		struct change c;

		if (!begin(&c, e, now_ms, all))
			rc = yh_fail(err, YH_BUSY, "memory-short");
		if (rc == YH_OK)
			rc = steps[i](&c, did, err);
		if (rc == YH_OK && *did)
			rc = commit(&c, err);
		else
			for (size_t k = 0; k < c.n_more; k++)
				(void)unlink(yh_seg_path(c.more[k].seg));
		end(&c);
	}
	return rc;
}

enum yh_rc yh_engine_keep(struct yh_engine *e, int64_t now_ms, bool all, struct yh_err *err)
{
	bool did = true, stop = false;
	enum yh_rc rc = YH_OK;

	(void)pthread_mutex_lock(&e->keeping);
	while (rc == YH_OK && did && !stop) {
		rc = one_step(e, now_ms, all, &did, err);
		(void)pthread_mutex_lock(&e->lock);
		stop = e->stop;
		(void)pthread_mutex_unlock(&e->lock);
	}
	(void)pthread_mutex_unlock(&e->keeping);
	return rc;
}

void *yh_engine_keeper(void *engine)
{
	struct yh_engine *e = engine;
	int64_t looked_ms = INT64_MIN;
	size_t seen = 0;

	(void)setpriority(PRIO_PROCESS, 0, 10); /* of this thread: readers and writers come first */
	(void)pthread_mutex_lock(&e->lock);
	while (!e->stop) {
		struct timespec until;
		struct yh_err err = { 0 };
		int64_t now_ms = yh_engine_now_ms(e);
		bool failed;

		if (looked_ms == INT64_MIN || now_ms < looked_ms || now_ms - looked_ms >= LOOK_MS ||
		    e->segs->n > seen) {
			(void)pthread_mutex_unlock(&e->lock);
			failed = yh_engine_keep(e, now_ms, false, &err) != YH_OK;
			(void)pthread_mutex_lock(&e->lock);
			e->keep_failed = failed; /* tried again at the next look; nothing is lost */
			looked_ms = now_ms;
			seen = e->segs->n;
			continue;
		}
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		(void)pthread_cond_timedwait(&e->work, &e->lock, &until);
	}
	(void)pthread_mutex_unlock(&e->lock);
	return NULL;
}
