/* Reading one series of a segment, and who is in it. */
#include <stdlib.h>
#include <string.h>

#include "meter/segment_cursor.h"
#include "meter/segment_file.h"
#include "meter/segment_roll.h"

void yh_seg_room_done(struct yh_seg_room *r)
{
	free(r->at_ms);
	free(r->values);
	yh_page_free(r->page);
	*r = (struct yh_seg_room){ 0 };
}

enum yh_rc yh_room_ready(struct yh_seg_room *room, size_t samples, struct yh_err *err)
{
	if (!room->page) {
		room->page = yh_page_new();
		if (!room->page)
			return yh_fail(err, YH_BUSY, "memory-short");
	}
	if (samples > room->cap) {
		size_t cap = samples + samples / 2 + 1024;
		int64_t *at = realloc(room->at_ms, cap * sizeof *at);
		double *v;

		room->at_ms = at ? at : room->at_ms;
		v = at ? realloc(room->values, cap * sizeof *v) : NULL;
		room->values = v ? v : room->values;
		if (!v)
			return yh_fail(err, YH_BUSY, "memory-short");
		room->cap = cap;
	}
	return YH_OK;
}

/* Calls `take` for each chunk of a key at a level. */
typedef enum yh_rc (*take_fn)(void *arg, const struct yh_chunk *c, struct yh_err *err);

/* Whoever asks for ascending keys goes on where the page was left, so that all of them cost one
 * walk. */
static bool goes_on(const struct yh_seg *s, size_t index, struct yh_key key,
		    const struct yh_seg_page *page)
{
	const struct yh_walk *w = &page->walk;
	int order = yh_key_cmp(w->chunk.key, key);

	return page->seg == s->id && page->index == index && w->begun && !w->in.failed &&
	       (order < 0 || (order == 0 && w->ahead));
}

static enum yh_rc walk_page(const struct yh_seg *s, size_t index, struct yh_key key,
			    struct yh_seg_room *room, take_fn take, void *arg, bool *past,
			    struct yh_err *err)
{
	struct yh_walk *w = &room->page->walk;
	enum yh_rc rc = YH_OK;

	if (!goes_on(s, index, key, room->page))
		rc = yh_page_load(s, index, room->page, err);
	if (rc != YH_OK)
		return rc;
	/* The chunk that was one too far the last time comes first. */
	for (bool ahead = w->ahead; rc == YH_OK && (ahead || yh_walk_next(w)); ahead = false) {
		int order = yh_key_cmp(w->chunk.key, key);

		*past = w->ahead = order > 0;
		if (*past)
			return YH_OK;
		if (order == 0)
			rc = take(arg, &w->chunk, err);
	}
	if (rc == YH_OK && w->in.failed)
		rc = yh_seg_damaged(s->path, s->refs[index].offset, "chunk", err);
	return rc;
}

static enum yh_rc each_chunk(const struct yh_seg *s, enum yh_level level, struct yh_key key,
			     int64_t from_ms, int64_t to_ms, struct yh_seg_room *room, take_fn take,
			     void *arg, struct yh_err *err)
{
	enum yh_rc rc = yh_room_ready(room, 0, err);
	bool past = false;

	for (size_t i = yh_seg_find_page(s, level, key);
	     rc == YH_OK && !past && i < s->level_from[level + 1] &&
	     yh_key_cmp(s->refs[i].first, key) <= 0;
	     i++)
		if (s->refs[i].min_ms < to_ms && s->refs[i].max_ms >= from_ms)
			rc = walk_page(s, i, key, room, take, arg, &past, err);
	return rc;
}

/* ---- samples ---- */

struct reading {
	struct yh_seg_room *room;
	int64_t from_ms, to_ms;
	size_t n;
	unsigned flags; /* of the chunks */
	const char *path;
};

/* Decodes a chunk behind what the room holds and keeps what lies in the stretch. */
static enum yh_rc take_raw(void *arg, const struct yh_chunk *c, struct yh_err *err)
{
	struct reading *r = arg;
	size_t n = c->times.n, first = 0, last;
	int64_t *at;
	enum yh_rc rc = yh_room_ready(r->room, r->n + n, err);

	if (rc != YH_OK)
		return rc;
	r->flags = c->flags;
	at = r->room->at_ms + r->n;
	if (!yh_times_read(&c->times, at) || (r->n && at[0] <= at[-1]))
		return yh_seg_damaged(r->path, 0, "instants", err);
	if (at[n - 1] < r->from_ms || at[0] >= r->to_ms)
		return YH_OK;
	yh_vals_read(&c->vals[0], r->room->page->m, r->room->values + r->n);
	while (first < n && at[first] < r->from_ms)
		first++;
	for (last = n; last > first && at[last - 1] >= r->to_ms;)
		last--;
	if (first) {
		double *v = r->room->values + r->n;

		memmove(at, at + first, (last - first) * sizeof *at);
		memmove(v, v + first, (last - first) * sizeof *v);
	}
	r->n += last - first;
	return YH_OK;
}

enum yh_rc yh_seg_read(const struct yh_seg *s, uint32_t metric, uint32_t series, int64_t from_ms,
		       int64_t to_ms, struct yh_seg_room *room, size_t *n, struct yh_err *err)
{
	struct reading r = { .room = room, .from_ms = from_ms, .to_ms = to_ms, .path = s->path };
	enum yh_rc rc = each_chunk(s, YH_LEVEL_RAW, (struct yh_key){ metric, series }, from_ms,
				   to_ms, room, take_raw, &r, err);

	*n = rc == YH_OK ? r.n : 0;
	return rc;
}

/* ---- roll-ups ---- */

struct rolling {
	struct yh_seg_page *page;
	struct yh_rolls *rolls;
	enum yh_level level;
	int64_t from_ms, to_ms;
	bool sketch, stored;
	unsigned flags;
	const char *path;
};

static enum yh_rc take_rolls(void *arg, const struct yh_chunk *c, struct yh_err *err)
{
	struct rolling *r = arg;
	bool stopped = false;

	r->flags = c->flags;
	r->stored |= !(c->flags & YH_CHUNK_ORPHAN);
	if (!yh_rolls_visit(r->page, r->from_ms, r->to_ms,
			    r->sketch ? YH_ROLL_SKETCHES : YH_ROLL_FIGURES, yh_rolls_add, r->rolls,
			    &stopped))
		return yh_seg_damaged(r->path, 0, "roll-up", err);
	return stopped ? yh_fail(err, YH_BUSY, "memory-short") : YH_OK;
}

/* From raw samples of whole buckets. */
static enum yh_rc roll_raw(const struct yh_seg *s, struct yh_key key, struct rolling *r,
			   struct yh_seg_room *room, struct yh_err *err)
{
	struct yh_seg_page *page = room->page;
	size_t n;
	int64_t from = yh_level_floor(r->level, r->from_ms);
	int64_t to = yh_level_floor(r->level, r->to_ms - 1) + yh_level_ms(r->level);
	struct reading raw = { .room = room, .to_ms = to, .path = s->path };
	bool counter;
	enum yh_rc rc;

	if (from < r->from_ms)
		from += yh_level_ms(r->level);
	raw.from_ms = from;
	rc = each_chunk(s, YH_LEVEL_RAW, key, from, to, room, take_raw, &raw, err);
	n = raw.n;
	if (rc != YH_OK || !n)
		return rc;
	counter = raw.flags & YH_CHUNK_COUNTER;
	r->flags = counter ? YH_CHUNK_COUNTER : 0;
	yh_roll_begin(page->roller, r->level, counter, r->sketch, yh_rolls_add, r->rolls);
	for (size_t i = 0; i < n; i += YH_COL_MAX) {
		struct yh_scaled scaled = { .m = page->m };
		size_t k = n - i < YH_COL_MAX ? n - i : YH_COL_MAX;

		yh_scale(room->values + i, k, &scaled);
		yh_roll_feed(page->roller, room->at_ms + i, room->values + i,
			     scaled.raw || scaled.n_except ? NULL : scaled.m, scaled.scale, k);
	}
	yh_roll_end(page->roller);
	return r->rolls->failed ? yh_fail(err, YH_BUSY, "memory-short") : YH_OK;
}

/* Appends the buckets that begin in the stretch: stored ones, or made from raw where none are. */
static enum yh_rc gather(const struct yh_seg *s, struct yh_key key, struct rolling *r,
			 struct yh_seg_room *room, struct yh_err *err)
{
	enum yh_rc rc = each_chunk(s, r->level, key, r->from_ms, r->to_ms + yh_level_ms(r->level),
				   room, take_rolls, r, err);

	return rc == YH_OK && !r->stored ? roll_raw(s, key, r, room, err) : rc;
}

static bool rollup_room(struct yh_seg_page *page)
{
	if (!page->rows)
		page->rows = calloc(1, sizeof *page->rows);
	if (!page->roller)
		page->roller = calloc(1, sizeof *page->roller);
	return page->rows && page->roller;
}

static int64_t within(int64_t at_ms)
{
	return at_ms < INT64_MIN / 4   ? INT64_MIN / 4
	       : at_ms > INT64_MAX / 4 ? INT64_MAX / 4
				       : at_ms;
}

enum yh_rc yh_seg_rollups(const struct yh_seg *s, enum yh_level level, uint32_t metric,
			  uint32_t series, int64_t from_ms, int64_t to_ms, bool sketch,
			  struct yh_seg_room *room, yh_rollup_fn visit, void *arg,
			  struct yh_err *err)
{
	struct rolling r = { .level = level,
			     .from_ms = within(from_ms),
			     .to_ms = within(to_ms),
			     .sketch = sketch,
			     .path = s->path };
	enum yh_rc rc = yh_room_ready(room, 0, err);

	if (rc != YH_OK)
		return rc;
	if (!(s->info.levels & (1u << level | 1u << YH_LEVEL_RAW)))
		return yh_fail(err, YH_CONFLICT, "meter-level-gone");
	if (!rollup_room(room->page))
		return yh_fail(err, YH_BUSY, "memory-short");
	r.page = room->page;
	r.rolls = room->page->rows;
	yh_rolls_clear(r.rolls);
	rc = gather(s, (struct yh_key){ metric, series }, &r, room, err);
	if (rc == YH_OK && r.rolls->n > 1) {
		yh_rolls_settle(r.rolls, level, r.flags & YH_CHUNK_COUNTER, NULL,
				&room->page->roller->dense);
		if (r.rolls->failed)
			rc = yh_fail(err, YH_BUSY, "memory-short");
	}
	for (size_t i = 0; rc == YH_OK && i < r.rolls->n; i++) {
		struct yh_rollup row = yh_rolls_get(r.rolls, i);

		if (!visit(arg, &row))
			break;
	}
	return rc;
}

/* ---- who is in it ---- */

bool yh_seg_stores(const struct yh_seg *s, enum yh_level level, uint32_t metric, uint32_t series)
{
	struct yh_key key = { metric, series };
	size_t i = yh_seg_find_page(s, level, key);

	return i < s->level_from[level + 1] && yh_key_cmp(s->refs[i].first, key) <= 0;
}

enum yh_rc yh_seg_each(const struct yh_seg *s, uint32_t metric, yh_seg_series_fn visit, void *arg,
		       struct yh_err *err)
{
	struct yh_key from = { metric == UINT32_MAX ? 0 : metric, 0 }, key;
	struct yh_cursor c[YH_LEVELS] = { 0 };
	uint64_t damaged = 0;
	enum yh_rc rc = YH_OK;

	for (int l = 0; rc == YH_OK && l < YH_LEVELS; l++)
		rc = yh_cursor_begin(&c[l], s, (enum yh_level)l, from, false, &damaged, err);
	while (rc == YH_OK && yh_cursors_least(c, YH_LEVELS, &key) &&
	       (metric == UINT32_MAX || key.metric == metric) && visit(arg, key.metric, key.series))
		for (int l = 0; rc == YH_OK && l < YH_LEVELS; l++)
			rc = yh_cursor_pass(&c[l], key, err);
	for (int l = 0; l < YH_LEVELS; l++)
		yh_cursor_end(&c[l]);
	return rc;
}
