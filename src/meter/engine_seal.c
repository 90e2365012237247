/* Sealing: a full block of rows becomes a segment, and its journal is released. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "meter/engine.h"

enum {
	SEAL_AGE_MS = 3600 * 1000, /* of an open block, so that opening stays quick */
	RETRY_S = 5,               /* after a sealing that failed */
};

/* ---- lists of segments ---- */

struct yh_segs *yh_segs_hold(struct yh_engine *e)
{
	struct yh_segs *s;

	(void)pthread_mutex_lock(&e->lock);
	s = e->segs;
	atomic_fetch_add(&s->refs, 1);
	(void)pthread_mutex_unlock(&e->lock);
	return s;
}

void yh_segs_release(struct yh_segs *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	for (size_t i = 0; i < s->n; i++)
		yh_seg_release(s->s[i].seg);
	free(s);
}

struct yh_segs *yh_segs_with(const struct yh_segs *s, const uint32_t *gone, size_t n_gone,
			     const struct yh_live *more, size_t n_more)
{
	size_t had = s ? s->n : 0;
	struct yh_segs *out = malloc(sizeof *out + (had + n_more) * sizeof *out->s);

	if (!out)
		return NULL;
	atomic_init(&out->refs, 1);
	out->n = 0;
	for (size_t i = 0; i < had; i++) {
		bool stays = true;

		for (size_t k = 0; k < n_gone; k++)
			stays = stays && s->s[i].of.no != gone[k];
		if (stays)
			out->s[out->n++] = s->s[i];
	}
	for (size_t i = 0; i < n_more; i++)
		out->s[out->n++] = more[i];
	for (size_t i = 0; i < out->n; i++)
		yh_seg_hold(out->s[i].seg);
	return out;
}

void yh_engine_seg_path(const struct yh_engine *e, uint32_t no, char out[YH_SEG_PATH])
{
	(void)snprintf(out, YH_SEG_PATH, "%s/segment-%08x", e->path, no);
}

/* ---- sealing ---- */

struct seal {
	struct yh_engine *e;
	struct yh_block *block;
	unsigned slot;
	struct yh_segs *segs;
	struct yh_seg_writer *w;
	struct yh_points points[YH_CHAINS_ABREAST], known;
	struct yh_seg_room *rooms; /* of each segment, so that none decodes a page twice */
	uint32_t no, heads;
	uint64_t samples;
	char path[YH_SEG_PATH];
};

struct covered {
	struct yh_points *p;
	int64_t length_ms;
};

/* A roll-up whose samples are past their retention stays as it is: who could tell which of them
 * come again? */
static bool leave_out(void *arg, const struct yh_rollup *r)
{
	struct covered *c = arg;
	size_t n = 0;

	for (size_t i = 0; i < c->p->n; i++) {
		if (c->p->at_ms[i] >= r->from_ms && c->p->at_ms[i] < r->from_ms + c->length_ms)
			continue;
		c->p->at_ms[n] = c->p->at_ms[i];
		c->p->values[n++] = c->p->values[i];
	}
	c->p->n = n;
	return n > 0;
}

static void without_covered(struct seal *s, uint32_t no, struct yh_points *p)
{
	for (size_t i = 0; i < s->segs->n && p->n > 0; i++) {
		struct yh_seg *seg = s->segs->s[i].seg;
		const struct yh_seg_info *info = yh_seg_info(seg);
		enum yh_level level = YH_LEVEL_5M;
		struct covered c = { .p = p };
		struct yh_err why = { 0 };
		int64_t from, to;

		while (level < YH_LEVEL_1D && !(info->levels & 1U << level))
			level++;
		c.length_ms = yh_level_ms(level);
		from = yh_level_floor(level, p->at_ms[0]);
		to = p->at_ms[p->n - 1] + 1;
		if (info->levels & 1U << YH_LEVEL_RAW || info->max_ms < from || info->min_ms >= to)
			continue;
		if (yh_seg_rollups(seg, level, s->e->index.cold[no].metric, no, from, to, false,
				   &s->rooms[i], leave_out, &c, &why) != YH_OK)
			yh_engine_damaged_seg(s->e, seg, &why);
	}
}

/* What segments hold already of the stretch of `p`. */
static bool find_known(struct seal *s, uint32_t no, const struct yh_points *p)
{
	int64_t from = p->at_ms[0], to = p->at_ms[p->n - 1] + 1;

	s->known.n = 0;
	for (size_t i = 0; i < s->segs->n; i++) {
		struct yh_seg *seg = s->segs->s[i].seg;
		struct yh_err why = { 0 };
		size_t n;

		if (yh_seg_info(seg)->max_ms < from || yh_seg_info(seg)->min_ms >= to)
			continue;
		if (yh_seg_read(seg, s->e->index.cold[no].metric, no, from, to, &s->rooms[i], &n,
				&why) != YH_OK) {
			yh_engine_damaged_seg(s->e, seg, &why);
			continue;
		}
		if (!yh_points_room(&s->known, n))
			return false;
		for (size_t k = 0; k < n; k++)
			if (!yh_points_add(&s->known, s->rooms[i].at_ms[k], s->rooms[i].values[k]))
				return false;
	}
	return yh_points_order(&s->known);
}

static enum yh_rc seal_series(struct seal *s, uint32_t no, struct yh_points *p, struct yh_err *err)
{
	struct yh_cold *c = &s->e->index.cold[no];
	int64_t sealed = __atomic_load_n(&c->sealed_ms, __ATOMIC_RELAXED);
	enum yh_rc rc;

	if (!yh_points_order(p))
		return yh_fail(err, YH_BUSY, "memory-short");
	if (p->at_ms[0] <= sealed) {
		if (!find_known(s, no, p))
			return yh_fail(err, YH_BUSY, "memory-short");
		yh_points_without(p, &s->known);
		without_covered(s, no, p);
	}
	if (p->n == 0)
		return YH_OK;
	rc = yh_seg_add(s->w, c->metric, no, c->counter, p->at_ms, p->values, p->n, err);
	s->samples += p->n;
	/* Also when the sealing fails after all: then merely more is compared. */
	if (rc == YH_OK && p->at_ms[p->n - 1] > sealed) {
		c->sealed = p->values[p->n - 1];
		__atomic_store_n(&c->sealed_ms, p->at_ms[p->n - 1], __ATOMIC_RELAXED);
	}
	return rc;
}

static enum yh_rc seal_some(struct seal *s, const uint32_t *series, const uint32_t *heads, size_t n,
			    struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	if (!yh_points_chains(s->points, s->block, heads, n))
		return yh_fail(err, YH_BUSY, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = seal_series(s, series[i], &s->points[i], err);
	return rc;
}

static enum yh_rc seal_metric(struct seal *s, const uint32_t *series, uint32_t n,
			      struct yh_err *err)
{
	uint32_t some[YH_CHAINS_ABREAST], heads[YH_CHAINS_ABREAST];
	size_t k = 0;
	enum yh_rc rc = YH_OK;

	for (uint32_t i = 0; rc == YH_OK && i < n; i++) {
		/* Only the active block's heads change now. */
		uint32_t head = s->e->index.hot[series[i]].head[s->slot];

		if (!head)
			continue;
		some[k] = series[i];
		heads[k++] = head;
		__builtin_prefetch(&s->block->row[head - 1]);
		if (k == YH_CHAINS_ABREAST) {
			rc = seal_some(s, some, heads, k, err);
			k = 0;
		}
	}
	return rc == YH_OK && k > 0 ? seal_some(s, some, heads, k, err) : rc;
}

static enum yh_rc seal_all(struct seal *s, struct yh_err *err)
{
	struct yh_index *x = &s->e->index;
	uint32_t n_metrics, n = 0, *series = NULL;
	enum yh_rc rc = YH_OK;

	(void)pthread_rwlock_rdlock(&x->lock);
	n_metrics = x->n_metrics;
	(void)pthread_rwlock_unlock(&x->lock);
	for (uint32_t m = 1; rc == YH_OK && m <= n_metrics; m++) {
		(void)pthread_rwlock_rdlock(&x->lock);
		n = x->metrics[m].n;
		series = malloc((n + 1) * sizeof *series);
		if (series)
			memcpy(series, x->metrics[m].series, n * sizeof *series);
		(void)pthread_rwlock_unlock(&x->lock);
		rc = series ? seal_metric(s, series, n, err)
			    : yh_fail(err, YH_BUSY, "memory-short");
		free(series);
	}
	return rc;
}

/* Makes the block's segment and heads; nothing of the store has changed yet. */
static enum yh_rc write_files(struct seal *s, struct yh_err *err)
{
	struct yh_engine *e = s->e;
	unsigned levels = (1U << YH_LEVELS) - 1;
	enum yh_rc rc;

	(void)pthread_mutex_lock(&e->keep);
	s->no = e->manifest.next_no++;
	s->heads = e->manifest.next_no++;
	(void)pthread_mutex_unlock(&e->keep);
	yh_engine_seg_path(e, s->no, s->path);
	rc = yh_seg_create(s->path, levels, &s->w, err);
	if (rc != YH_OK)
		return rc;
	rc = seal_all(s, err);
	if (rc == YH_OK)
		rc = yh_journal_prepare(e->journal, err); /* the series must be as durable */
	if (rc != YH_OK || s->samples == 0)
		yh_seg_abort(s->w);
	else
		rc = yh_seg_finish(s->w, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_heads_save(e, s->heads, err);
	if (rc != YH_OK)
		(void)unlink(s->path);
	return rc;
}

static struct yh_manifest copy_of(const struct yh_manifest *m, bool *ok)
{
	struct yh_manifest copy = *m;

	copy.segments = NULL;
	copy.n = copy.cap = 0;
	*ok = true;
	for (size_t i = 0; i < m->n; i++)
		*ok = *ok && yh_manifest_add(&copy, &m->segments[i]);
	return copy;
}

/* Writes the manifest that has the new files; the old one stays in force when that fails. */
static enum yh_rc enlist(struct seal *s, struct yh_err *err)
{
	struct yh_engine *e = s->e;
	struct yh_manifest_segment of = { .no = s->no, .fresh = true };
	struct yh_serieslog_extent log = yh_serieslog_durable(&e->log);
	bool ok;
	struct yh_manifest m = copy_of(&e->manifest, &ok);
	enum yh_rc rc;

	if (s->samples > 0)
		ok = ok && yh_manifest_add(&m, &of);
	m.heads = s->heads;
	m.pairs = log.pairs;
	m.series = log.series;
	m.journal_seq = s->block->end_seq;
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

static void swap_in(struct seal *s, struct yh_segs *segs)
{
	struct yh_engine *e = s->e;
	struct yh_segs *old;

	(void)pthread_rwlock_rdlock(&e->index.lock);
	(void)pthread_mutex_lock(&e->lock);
	old = e->segs;
	e->segs = segs;
	for (uint32_t no = 1; no <= e->index.n; no++)
		e->index.hot[no].head[s->slot] = 0;
	e->open[s->slot] = NULL;
	(void)pthread_cond_broadcast(&e->room);
	(void)pthread_mutex_unlock(&e->lock);
	(void)pthread_rwlock_unlock(&e->index.lock);
	yh_segs_release(old);
	yh_block_release(s->block);
}

static enum yh_rc publish(struct seal *s, struct yh_err *err)
{
	struct yh_engine *e = s->e;
	struct yh_live live = { .of = { .no = s->no, .fresh = true } };
	uint32_t old_heads;
	uint64_t sealed_seq = s->block->end_seq;
	struct yh_segs *segs;
	char name[32];
	enum yh_rc rc = YH_OK;

	if (s->samples > 0)
		rc = yh_seg_open(s->path, &live.seg, err);
	if (rc != YH_OK)
		return rc;
	(void)pthread_mutex_lock(&e->keep);
	old_heads = e->manifest.heads;
	segs = yh_segs_with(e->segs, NULL, 0, &live, s->samples > 0);
	yh_seg_release(live.seg);
	rc = segs ? enlist(s, err) : yh_fail(err, YH_BUSY, "memory-short");
	if (rc == YH_OK)
		swap_in(s, segs);
	else
		yh_segs_release(segs);
	(void)pthread_mutex_unlock(&e->keep);
	if (rc != YH_OK)
		return rc;
	e->sealed_ms = yh_engine_now_ms(e);
	yh_journal_release(e->journal, sealed_seq);
	if (old_heads) {
		(void)snprintf(name, sizeof name, "heads-%08x", old_heads);
		(void)unlinkat(e->dir, name, 0);
	}
	return YH_OK;
}

static enum yh_rc seal_block(struct yh_engine *e, struct yh_block *block, unsigned slot,
			     struct yh_err *err)
{
	struct seal *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	if (!s)
		return yh_fail(err, YH_BUSY, "memory-short");
	s->e = e;
	s->block = block;
	s->slot = slot;
	s->segs = yh_segs_hold(e);
	s->rooms = calloc(s->segs->n + 1, sizeof *s->rooms);
	rc = s->rooms ? write_files(s, err) : yh_fail(err, YH_BUSY, "memory-short");
	if (rc == YH_OK)
		rc = publish(s, err);
	for (size_t i = 0; s->rooms && i < s->segs->n; i++)
		yh_seg_room_done(&s->rooms[i]);
	free(s->rooms);
	yh_segs_release(s->segs);
	yh_points_done(&s->known);
	for (size_t i = 0; i < YH_CHAINS_ABREAST; i++)
		yh_points_done(&s->points[i]);
	free(s);
	return rc;
}

/* Ends the active block before it is full. Under `lock`. */
static enum yh_rc end_block(struct yh_engine *e, struct yh_err *err)
{
	struct yh_block *full = e->open[e->active], *fresh;

	if (full->n == 0 || e->open[!e->active])
		return YH_OK;
	fresh = yh_block_new((uint32_t)e->base.cfg.open_rows, yh_engine_now_ms(e));
	if (!fresh)
		return yh_fail(err, YH_BUSY, "memory-short");
	full->end_seq = yh_journal_next(e->journal);
	e->active = !e->active;
	e->open[e->active] = fresh;
	return YH_OK;
}

enum yh_rc yh_engine_seal(struct yh_engine *e, bool all, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	(void)pthread_mutex_lock(&e->sealing);
	/* Twice: what was full, and then what is open. */
	for (int i = 0; rc == YH_OK && i < 1 + all; i++) {
		struct yh_block *block;
		unsigned slot;

		(void)pthread_mutex_lock(&e->lock);
		if (all && !e->open[!e->active])
			rc = end_block(e, err);
		slot = !e->active;
		block = e->open[slot];
		(void)pthread_mutex_unlock(&e->lock);
		if (rc == YH_OK && block)
			rc = seal_block(e, block, slot, err);
	}
	(void)pthread_mutex_unlock(&e->sealing);
	return rc;
}

/* Is the open block old enough to be sealed before it is full? Under `lock`. */
static bool aged(const struct yh_engine *e)
{
	const struct yh_block *b = e->open[e->active];

	return b->n > 0 && yh_engine_now_ms(e) - b->opened_ms >= SEAL_AGE_MS;
}

void *yh_engine_sealer(void *engine)
{
	struct yh_engine *e = engine;
	bool failed = false;

	(void)pthread_mutex_lock(&e->lock);
	while (!e->stop) {
		struct timespec until;
		struct yh_err err = { 0 };
		bool old;

		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += failed ? RETRY_S : 1;
		if (failed || (!e->open[!e->active] && !aged(e)))
			(void)pthread_cond_timedwait(&e->work, &e->lock, &until);
		old = aged(e);
		if (e->stop || (!e->open[!e->active] && !old))
			continue;
		(void)pthread_mutex_unlock(&e->lock);
		failed = yh_engine_seal(e, old, &err) != YH_OK;
		(void)pthread_mutex_lock(&e->lock);
		e->count.full = failed;
	}
	(void)pthread_mutex_unlock(&e->lock);
	return NULL;
}
