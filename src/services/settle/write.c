/* Writing a draft: small transactions one after the other, the next one made ready meanwhile. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/behind.h"
#include "base/num.h"
#include "services/settle/draft.h"
#include "store/reckoning.h"

enum { CHUNK_ARENA = 64 * 1024 * 1024, HOLD_S = 600 };

/* A chunk on its way to the store. */
struct writing {
	struct draft *d;
	struct chunk chunk;
	size_t from, to; /* its lines that this transaction writes */
	struct yh_write w;
	bool under_way;
	pthread_mutex_t lock;
	pthread_cond_t over;
};

static enum yh_rc write_chunk(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct writing *q = arg;
	const struct chunk *c = &q->chunk;
	yh_time until = yh_clock_now(q->d->world->clock) + HOLD_S * YH_US_PER_S;
	bool held;
	enum yh_rc rc = yh_reckoning_hold(tx, &q->d->row.reckoning, until, &held, err);

	if (rc == YH_OK && !held)
		return yh_fail(err, YH_CONFLICT, "settlement-running");
	if (rc == YH_OK && q->from == 0)
		rc = yh_statement_insert(tx, c->rows, c->n, err);
	/* without lines there may be no list of them either */
	if (rc == YH_OK && q->to > q->from)
		rc = yh_line_insert(tx, c->lines + q->from, q->to - q->from, err);
	return rc;
}

static void written(struct yh_write *w)
{
	struct writing *q = (struct writing *)((char *)w - offsetof(struct writing, w));

	(void)pthread_mutex_lock(&q->lock);
	q->under_way = false;
	(void)pthread_cond_signal(&q->over);
	(void)pthread_mutex_unlock(&q->lock);
}

/* Until nothing of it is under way; its failure, if any. */
static enum yh_rc await(struct writing *q, struct yh_err *err)
{
	(void)pthread_mutex_lock(&q->lock);
	while (q->under_way)
		(void)pthread_cond_wait(&q->over, &q->lock);
	(void)pthread_mutex_unlock(&q->lock);
	if (q->w.rc != YH_OK && err)
		*err = q->w.err;
	return q->w.rc;
}

static enum yh_rc submit(struct writing *q, struct yh_err *err)
{
	q->w = (struct yh_write){ .fn = write_chunk, .arg = q, .done = written };
	q->under_way = true;
	if (yh_exec_submit(q->d->world->exec, &q->w, err) == YH_OK)
		return YH_OK;
	q->under_way = false;
	return YH_BUSY;
}

/* In parts, where a statement has very many lines; the last one is left under way. */
static enum yh_rc send(struct writing *q, struct yh_err *err)
{
	enum yh_rc rc;

	q->to = 0;
	do {
		rc = await(q, err);
		q->from = q->to;
		q->to = q->chunk.n_lines - q->from < 2 * CHUNK_LINES ? q->chunk.n_lines
								     : q->from + CHUNK_LINES;
		if (rc == YH_OK)
			rc = submit(q, err);
	} while (rc == YH_OK && q->to < q->chunk.n_lines);
	return rc;
}

/* ---- figures ---- */

static bool keep_digest(struct draft *d, const struct yh_sm3 *digest)
{
	if (d->n_digests == d->digests_cap) {
		size_t cap = d->digests_cap * 2 + 64;
		unsigned char *more = realloc(d->digests, cap * sizeof digest->b);

		if (!more)
			return false;
		d->digests = more;
		d->digests_cap = cap;
	}
	memcpy(d->digests + d->n_digests++ * sizeof digest->b, digest->b, sizeof digest->b);
	return true;
}

static enum yh_rc count(struct draft *d, const struct chunk *c, struct yh_err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct yh_statement_row *s = &c->rows[i];

		d->row.statements++;
		d->row.lines += s->lines;
		if (s->fault) {
			d->row.stopped++;
			continue;
		}
		if (!yh_add_i64(d->row.total_fen, s->total_fen, &d->row.total_fen))
			return yh_fail(err, YH_TOO_LARGE, "amount-out-of-range");
		if (!keep_digest(d, &s->digest))
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	return YH_OK;
}

/* ---- one after the other ---- */

struct filling {
	struct draft *d;
	struct asked *asked;
	struct stream_at from, at;
	struct chunk *out;
};

static enum yh_rc fill(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct filling *f = arg;

	f->at = f->from;
	yh_arena_done(&f->out->arena);
	return yh_draft_chunk(tx, f->d, f->asked, &f->at, f->out, err);
}

/* Two chunks take turns: one is being written while the other is filled. */
static enum yh_rc take_turns(struct draft *d, struct writing q[2], struct asked *asked,
			     struct yh_err *err)
{
	struct filling f = { .d = d, .asked = asked };
	enum yh_rc rc = YH_OK;

	for (unsigned turn = 0; rc == YH_OK; turn ^= 1) {
		f.out = &q[turn].chunk;
		f.from = f.at;
		rc = yh_exec_read(d->world->exec, fill, &f, err);
		if (rc == YH_OK && f.out->n == 0)
			break;
		if (rc == YH_OK)
			rc = count(d, f.out, err);
		if (rc == YH_OK && d->ask->progress)
			rc = d->ask->progress(d->ask->arg, d->row.statements,
					      (int64_t)(d->table.n_statements + d->n_corrections),
					      err);
		if (rc == YH_OK)
			rc = await(&q[turn ^ 1], err);
		if (rc == YH_OK)
			rc = send(&q[turn], err);
	}
	return rc;
}

struct all {
	struct draft *d;
	enum yh_rc rc;
	struct yh_err *err;
};

static void write_all(void *arg)
{
	struct all *all = arg;
	struct draft *d = all->d;
	struct writing q[2] = { { .d = d }, { .d = d } };
	struct asked asked = { .m = &d->m };
	enum yh_rc last;

	for (int i = 0; i < 2; i++) {
		yh_arena_init(&q[i].chunk.arena, CHUNK_ARENA);
		(void)pthread_mutex_init(&q[i].lock, NULL);
		(void)pthread_cond_init(&q[i].over, NULL);
	}
	all->rc = take_turns(d, q, &asked, all->err);
	for (int i = 0; i < 2; i++) {
		last = await(&q[i], all->rc == YH_OK ? all->err : NULL);
		all->rc = all->rc == YH_OK ? last : all->rc;
		yh_arena_done(&q[i].chunk.arena);
		(void)pthread_mutex_destroy(&q[i].lock);
		(void)pthread_cond_destroy(&q[i].over);
	}
	yh_asked_done(&asked);
}

enum yh_rc yh_draft_write(struct draft *d, struct yh_err *err)
{
	struct all all = { .d = d, .err = err };

	yh_run_behind(write_all, &all);
	if (all.rc == YH_OK)
		d->row.digest = yh_sm3_of(d->digests ? d->digests : (const unsigned char *)"",
					  d->n_digests * YH_SM3_BYTES);
	return all.rc;
}
