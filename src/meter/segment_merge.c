/* Merging: one pass over all inputs side by side, a series at a time. */
#include <stdlib.h>
#include <string.h>

#include "meter/segment_cursor.h"
#include "meter/segment_write.h"

struct merging {
	struct yh_seg_merge *m;
	struct yh_cursor *c; /* n_in of each level */
	struct yh_seg_writer *w;
	struct yh_samples samples;
	struct yh_rolls rolls, finer; /* of the level at hand, and settled of the one below */
	bool any;
};

static struct yh_cursor *cursor(struct merging *g, int level, size_t i)
{
	return &g->c[(size_t)level * g->m->n + i];
}

static enum yh_rc gather_raw(struct merging *g, struct yh_key key, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	g->samples.n = 0;
	for (size_t i = 0; rc == YH_OK && i < g->m->n; i++) {
		struct yh_cursor *c = cursor(g, YH_LEVEL_RAW, i);

		while (rc == YH_OK && yh_cursor_at(c, key)) {
			rc = yh_samples_take(&g->samples, c, g->m->from_ms, g->m->to_ms, err);
			if (rc == YH_OK)
				rc = yh_cursor_next(c, err);
		}
	}
	return rc == YH_OK ? yh_samples_sort(&g->samples, err) : rc;
}

/* Roll-ups of what raw samples tell no more. */
static enum yh_rc gather_orphans(struct merging *g, int level, struct yh_key key, bool *counter,
				 struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	yh_rolls_clear(&g->rolls);
	for (size_t i = 0; rc == YH_OK && i < g->m->n; i++) {
		struct yh_cursor *c = cursor(g, level, i);

		while (rc == YH_OK && yh_cursor_at(c, key)) {
			bool stopped = false;

			if ((c->chunk->flags & YH_CHUNK_ORPHAN) &&
			    !yh_rolls_visit(c->room.page, g->m->from_ms, g->m->to_ms,
					    YH_ROLL_SKETCHES, yh_rolls_add, &g->rolls, &stopped))
				g->m->damaged++;
			g->rolls.failed |= stopped;
			if (c->chunk->flags & YH_CHUNK_ORPHAN)
				*counter = c->chunk->flags & YH_CHUNK_COUNTER;
			rc = yh_cursor_next(c, err);
		}
	}
	if (rc == YH_OK && g->rolls.failed)
		rc = yh_fail(err, YH_BUSY, "memory-short");
	return rc;
}

static enum yh_rc put_orphans(struct merging *g, int level, struct yh_key key, bool counter,
			      struct yh_err *err)
{
	enum yh_level l = (enum yh_level)level;
	unsigned flags = YH_CHUNK_ORPHAN | (counter ? YH_CHUNK_COUNTER : 0);

	if (!g->rolls.n)
		return YH_OK;
	yh_rolls_settle(&g->rolls, l, counter, &g->finer, &g->w->roller->dense);
	if (g->rolls.failed)
		return yh_fail(err, YH_BUSY, "memory-short");
	if (!(g->m->levels & 1u << level))
		return YH_OK;
	g->any = true;
	yh_seg_note_key(g->w, key, g->rolls.row[0].first_ms, g->rolls.row[g->rolls.n - 1].last_ms);
	return yh_seg_put_rolls(g->w, l, key, flags, &g->rolls, err);
}

/* Where raw is given up, its roll-ups join those that lost theirs before. */
static enum yh_rc one_level(struct merging *g, int level, struct yh_key key, bool counter,
			    struct yh_err *err)
{
	bool raw_kept = g->m->levels & 1u << YH_LEVEL_RAW, was = counter;
	enum yh_rc rc = gather_orphans(g, level, key, &was, err);

	if (rc != YH_OK)
		return rc;
	if (g->samples.n && !raw_kept) {
		yh_roll_begin(g->w->roller, (enum yh_level)level, counter, true, yh_rolls_add,
			      &g->rolls);
		yh_seg_roll(g->w->roller, g->w->scratch, g->samples.at_ms, g->samples.v,
			    g->samples.n);
	} else {
		counter = was;
	}
	return put_orphans(g, level, key, counter, err);
}

static void becomes_finer(struct merging *g)
{
	struct yh_rolls spare = g->finer;

	g->finer = g->rolls;
	g->rolls = spare;
}

static enum yh_rc one_series(struct merging *g, struct yh_key key, struct yh_err *err)
{
	struct yh_seg_merge *m = g->m;
	bool counter = m->counter(m->arg, key.metric);
	enum yh_rc rc = gather_raw(g, key, err);

	yh_rolls_clear(&g->finer);
	for (int l = YH_LEVEL_5M; rc == YH_OK && l < YH_LEVELS; l++) {
		rc = one_level(g, l, key, counter, err);
		becomes_finer(g);
	}
	if (rc == YH_OK && g->samples.n && m->levels & 1u << YH_LEVEL_RAW) {
		g->any = true;
		rc = yh_seg_add_parts(g->w, key, counter, g->samples.at_ms, g->samples.v,
				      g->samples.n, err);
	}
	return rc;
}

static enum yh_rc all_series(struct merging *g, struct yh_err *err)
{
	struct yh_key first = { 0, 0 }, key;
	enum yh_rc rc = YH_OK;

	for (int l = 0; rc == YH_OK && l < YH_LEVELS; l++)
		for (size_t i = 0; rc == YH_OK && i < g->m->n; i++)
			rc = yh_cursor_begin(cursor(g, l, i), g->m->in[i], (enum yh_level)l, first,
					     false, &g->m->damaged, err);
	while (rc == YH_OK && yh_cursors_least(g->c, g->m->n * YH_LEVELS, &key))
		rc = one_series(g, key, err);
	return rc;
}

enum yh_rc yh_seg_merge(struct yh_seg_merge *m, const char *path, struct yh_err *err)
{
	struct merging g = { .m = m, .c = calloc(m->n * YH_LEVELS + 1, sizeof *g.c) };
	enum yh_rc rc = g.c ? yh_seg_create(path, m->levels, &g.w, err)
			    : yh_fail(err, YH_BUSY, "memory-short");

	m->damaged = 0;
	if (rc == YH_OK)
		rc = all_series(&g, err);
	m->empty = !g.any;
	if (rc == YH_OK && g.any)
		rc = yh_seg_finish(g.w, err);
	else
		yh_seg_abort(g.w);
	for (size_t i = 0; g.c && i < m->n * YH_LEVELS; i++)
		yh_cursor_end(&g.c[i]);
	free(g.c);
	yh_samples_done(&g.samples);
	yh_rolls_done(&g.rolls);
	yh_rolls_done(&g.finer);
	return rc;
}
