/* Cursors over segments, and the samples they gather. */
#include "meter/segment_cursor.h"

#include <stdlib.h>
#include <string.h>

static enum yh_rc load(struct yh_cursor *c, bool *loaded, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_page_load(c->s, c->index, c->room.page, &why);

	*loaded = rc == YH_OK;
	if (rc != YH_STORAGE) {
		if (rc != YH_OK && err && err->rc == YH_OK)
			*err = why;
		return rc;
	}
	++*c->damaged;
	return YH_OK;
}

/* From the page at `index` on, whose walk may have begun. */
static enum yh_rc go(struct yh_cursor *c, bool loaded, struct yh_err *err)
{
	while (c->index < c->s->level_from[c->level + 1]) {
		struct yh_walk *w = &c->room.page->walk;
		bool pass = c->only_lone && c->s->refs[c->index].days;
		enum yh_rc rc = loaded || pass ? YH_OK : load(c, &loaded, err);

		if (rc != YH_OK)
			return rc;
		if (loaded && yh_walk_next(w)) {
			c->chunk = &w->chunk;
			return YH_OK;
		}
		if (loaded && w->in.failed)
			++*c->damaged;
		c->index++;
		loaded = false;
	}
	c->s = NULL;
	return YH_OK;
}

enum yh_rc yh_cursor_begin(struct yh_cursor *c, const struct yh_seg *s, enum yh_level level,
			   struct yh_key from, bool only_lone, uint64_t *damaged,
			   struct yh_err *err)
{
	enum yh_rc rc;

	*c = (struct yh_cursor){ .s = s,
				 .room = c->room,
				 .level = level,
				 .index = yh_seg_find_page(s, level, from),
				 .only_lone = only_lone,
				 .damaged = damaged };
	rc = yh_room_ready(&c->room, 0, err);
	if (rc == YH_OK)
		rc = go(c, false, err);
	while (rc == YH_OK && c->s && yh_key_cmp(c->chunk->key, from) < 0)
		rc = go(c, true, err);
	return rc;
}

enum yh_rc yh_cursor_next(struct yh_cursor *c, struct yh_err *err)
{
	return c->s ? go(c, true, err) : YH_OK;
}

enum yh_rc yh_cursor_pass(struct yh_cursor *c, struct yh_key key, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && c->s && yh_key_cmp(c->chunk->key, key) <= 0)
		rc = go(c, true, err);
	return rc;
}

void yh_cursor_end(struct yh_cursor *c)
{
	yh_seg_room_done(&c->room);
	c->s = NULL;
}

bool yh_cursors_least(const struct yh_cursor *c, size_t n, struct yh_key *key)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		if (c[i].s && (!any || yh_key_cmp(c[i].chunk->key, *key) < 0)) {
			*key = c[i].chunk->key;
			any = true;
		}
	return any;
}

/* ---- samples ---- */

void yh_samples_done(struct yh_samples *p)
{
	free(p->at_ms);
	free(p->v);
	*p = (struct yh_samples){ 0 };
}

static bool room_for(struct yh_samples *p, size_t more)
{
	size_t cap = p->n + more + p->n / 2 + 256;
	int64_t *at;
	double *v;

	if (p->n + more <= p->cap)
		return true;
	at = realloc(p->at_ms, cap * sizeof *at);
	p->at_ms = at ? at : p->at_ms;
	v = at ? realloc(p->v, cap * sizeof *v) : NULL;
	p->v = v ? v : p->v;
	if (!v)
		return false;
	p->cap = cap;
	return true;
}

static void keep(struct yh_samples *p, size_t n, int64_t from_ms, int64_t to_ms)
{
	size_t out = p->n;

	for (size_t i = p->n; i < p->n + n; i++)
		if (p->at_ms[i] >= from_ms && p->at_ms[i] < to_ms) {
			p->at_ms[out] = p->at_ms[i];
			p->v[out++] = p->v[i];
		}
	if (p->n == 0)
		p->sorted = true;
	else if (out > p->n && p->at_ms[p->n] <= p->at_ms[p->n - 1])
		p->sorted = false;
	p->n = out;
}

enum yh_rc yh_samples_take(struct yh_samples *p, const struct yh_cursor *c, int64_t from_ms,
			   int64_t to_ms, struct yh_err *err)
{
	const struct yh_chunk *k = c->chunk;
	size_t n = k->times.n;

	if (!room_for(p, n))
		return yh_fail(err, YH_BUSY, "memory-short");
	if (!yh_times_read(&k->times, p->at_ms + p->n)) {
		++*c->damaged;
		return YH_OK;
	}
	if (p->at_ms[p->n + n - 1] < from_ms || p->at_ms[p->n] >= to_ms)
		return YH_OK;
	yh_vals_read(&k->vals[0], c->room.page->m, p->v + p->n);
	keep(p, n, from_ms, to_ms);
	return YH_OK;
}

enum yh_rc yh_samples_add(struct yh_samples *p, const int64_t *at_ms, const double *v, size_t n,
			  struct yh_err *err)
{
	if (!room_for(p, n))
		return yh_fail(err, YH_BUSY, "memory-short");
	memcpy(p->at_ms + p->n, at_ms, n * sizeof *at_ms);
	memcpy(p->v + p->n, v, n * sizeof *v);
	keep(p, n, INT64_MIN, INT64_MAX);
	return YH_OK;
}

struct ranked {
	int64_t at_ms;
	size_t rank;
	double v;
};

static int by_time(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->rank < y->rank ? -1 : 1;
}

enum yh_rc yh_samples_sort(struct yh_samples *p, struct yh_err *err)
{
	struct ranked *r;
	size_t n = 0;

	if (p->n < 2 || p->sorted)
		return YH_OK;
	r = malloc(p->n * sizeof *r);
	if (!r)
		return yh_fail(err, YH_BUSY, "memory-short");
	for (size_t i = 0; i < p->n; i++)
		r[i] = (struct ranked){ p->at_ms[i], i, p->v[i] };
	qsort(r, p->n, sizeof *r, by_time);
	for (size_t i = 0; i < p->n; i++)
		if (n == 0 || r[i].at_ms != p->at_ms[n - 1]) {
			p->at_ms[n] = r[i].at_ms;
			p->v[n++] = r[i].v;
		}
	p->n = n;
	p->sorted = true;
	free(r);
	return YH_OK;
}
