/* Taking a body in: decode, find, resolve, append, journal. */
#include "meter/engine.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	POOLED = 4,              /* intakes kept for the next bodies */
	POOLED_BYTES = 16 << 20, /* and the largest that is */
	ROOM_WAIT_S = 10, /* for a block to be sealed, before the sender is asked to repeat */
	AHEAD = 8,
	JOURNAL_MAX = 512 << 20, /* bytes a block keeps in the journal, however few its rows */
	LOOK_BACK = 32,          /* rows in which a late sample is looked for to call it repeated */
	TRIES = 8,
};

/* ---- the pool ---- */

void yh_intake_free(struct yh_intake *in)
{
	if (!in)
		return;
	yh_wire_done(&in->wire);
	free(in->numbers);
	free(in->why);
	free(in->refused);
	free(in);
}

struct yh_intake *yh_intake_take(struct yh_engine *e)
{
	struct yh_intake *in;

	(void)pthread_mutex_lock(&e->lock);
	in = e->pool;
	if (in) {
		e->pool = in->next;
		e->n_pool--;
	}
	(void)pthread_mutex_unlock(&e->lock);
	return in ? in : calloc(1, sizeof *in);
}

void yh_intake_give(struct yh_engine *e, struct yh_intake *in)
{
	bool keep = in->wire.cap_plain + in->wire.cap_scratch +
			    in->wire.cap_samples * sizeof *in->wire.samples <=
		    POOLED_BYTES;

	(void)pthread_mutex_lock(&e->lock);
	keep = keep && e->n_pool < POOLED;
	if (keep) {
		in->next = e->pool;
		e->pool = in;
		e->n_pool++;
	}
	(void)pthread_mutex_unlock(&e->lock);
	if (!keep)
		yh_intake_free(in);
}

bool yh_intake_room(struct yh_intake *in)
{
	size_t n = in->wire.n_series;

	if (n > in->cap) {
		free(in->numbers);
		free(in->why);
		free(in->refused);
		in->numbers = malloc(n * sizeof *in->numbers);
		in->why = malloc(n * sizeof *in->why);
		in->refused = malloc(n * sizeof *in->refused);
		in->cap = in->numbers && in->why && in->refused ? n : 0;
		if (in->cap == 0)
			return false;
	}
	if (n > 0)
		memset(in->why, YH_TAKEN, n);
	in->n_refused = 0;
	return true;
}

/* ---- appending ---- */

static struct yh_block *make_block(const struct yh_engine *e, uint64_t need, int64_t now_ms)
{
	uint64_t cap = e->base.cfg.open_rows > need ? e->base.cfg.open_rows : need;

	return yh_block_new((uint32_t)cap, now_ms);
}

static bool wait_for_room(struct yh_engine *e)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ROOM_WAIT_S;
	while (e->open[!e->active])
		if (pthread_cond_timedwait(&e->room, &e->lock, &until) != 0)
			return false;
	return true;
}

/* Both blocks are full, and the sealing of the older fails. */
static enum yh_rc not_sealed(struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_STORAGE, "meter-full");

	yh_err_text(err, "detail", "segment");
	return rc;
}

enum yh_rc yh_engine_room(struct yh_engine *e, const struct yh_intake *in, bool wait,
			  struct yh_err *err)
{
	uint64_t need = yh_block_need(in->wire.n_samples);

	while (true) {
		struct yh_block *full = e->open[e->active], *fresh;
		bool heavy = full->journal_bytes > JOURNAL_MAX && !e->open[!e->active];

		if (full->n + need <= full->cap && !heavy)
			return YH_OK;
		if (full->n > 0 && e->open[!e->active]) {
			if (e->count.full)
				return not_sealed(err);
			if (!wait || !wait_for_room(e))
				return yh_fail(err, YH_BUSY, "meter-busy");
			continue;
		}
		fresh = make_block(e, need, in->received_ms);
		if (!fresh)
			return yh_fail(err, YH_BUSY, "memory-short");
		if (full->n == 0 && !heavy) {
			fresh->journal_bytes = full->journal_bytes;
			e->open[e->active] = fresh;
			yh_block_release(full);
			continue;
		}
		full->end_seq = e->replaying ? e->replaying : yh_journal_next(e->journal);
		e->active = !e->active;
		e->open[e->active] = fresh;
		(void)pthread_cond_broadcast(&e->work);
	}
}

static bool same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* Is the instant among the latest open rows? Then the sample is there already or, with another
 * value, too late: the first stays. What stands elsewhere is found when the block is sealed. */
static bool among_latest(const struct yh_block *b, uint32_t row, const struct yh_wire_sample *s,
			 uint64_t *repeated)
{
	for (int i = 0; row && i < LOOK_BACK; i++, row = b->row[row - 1].prev) {
		int64_t at_ms = yh_block_at(b, row);

		if (at_ms < s->at_ms)
			return false;
		if (at_ms > s->at_ms)
			continue;
		*repeated += same_bits(b->row[row - 1].value, s->value);
		return true;
	}
	return false;
}

struct bounds {
	int64_t min_ms, max_ms;
};

static struct bounds bounds_of(const struct yh_intake *in)
{
	struct bounds b = { 0, in->received_ms + in->future_ms };

	if (in->late_ms < in->received_ms)
		b.min_ms = in->received_ms - in->late_ms;
	return b;
}

static void append_series(struct yh_block *b, unsigned slot, struct yh_hot *h, uint64_t seq,
			  const struct yh_wire_sample *s, size_t n, struct bounds within,
			  struct yh_meter_written *out)
{
	for (; n > 0; n--, s++) {
		if (s->at_ms > within.max_ms) {
			out->refused_future++;
			continue;
		}
		if (s->at_ms < within.min_ms) {
			out->refused_late++;
			continue;
		}
		out->samples++;
		if (s->at_ms > h->last_ms) {
			h->head[slot] = yh_block_add(b, h->head[slot], s->at_ms, s->value);
			h->last_ms = s->at_ms;
			h->last = s->value;
			h->mark_settled = seq << YH_SETTLED_BITS | YH_SETTLED(h);
		} else if (s->at_ms == h->last_ms) {
			out->repeated += same_bits(h->last, s->value);
		} else if (!among_latest(b, h->head[slot], s, &out->repeated)) {
			h->head[slot] = yh_block_add(b, h->head[slot], s->at_ms, s->value);
		}
	}
}

static void count_refused(struct yh_meter_written *to, enum yh_refusal why, uint64_t n)
{
	to->refused_invalid += why == YH_INVALID ? n : 0;
	to->refused_foreign += why == YH_FOREIGN ? n : 0;
	to->refused_limit += why == YH_LIMIT ? n : 0;
}

static void count_in(struct yh_meter_status *to, const struct yh_meter_written *x)
{
	to->samples_taken += x->samples;
	to->samples_repeated += x->repeated;
	to->histograms_taken += x->histograms;
	to->refused_invalid += x->refused_invalid;
	to->refused_foreign += x->refused_foreign;
	to->refused_late += x->refused_late;
	to->refused_future += x->refused_future;
	to->refused_limit += x->refused_limit;
	to->bodies++;
}

void yh_engine_append(struct yh_engine *e, const struct yh_intake *in, uint64_t seq,
		      struct yh_meter_written *out)
{
	/* A histogram counts by its first half, and the second not at all. */
	struct yh_meter_written halves[2] = { 0 };
	struct yh_meter_written *const to[YH_PARTS] = { out, &halves[0], &halves[1] };
	struct yh_block *b = e->open[e->active];
	const struct yh_wire_series *s = in->wire.series;
	size_t n = in->wire.n_series;
	struct bounds within = bounds_of(in);

	if (b->n == 0)
		b->opened_ms = in->received_ms;
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(&e->index.hot[in->numbers[i + AHEAD]], 1);
		if (in->why[i] == YH_TAKEN)
			append_series(b, e->active, &e->index.hot[in->numbers[i]], seq,
				      in->wire.samples + s[i].first_sample, s[i].n_samples, within,
				      to[s[i].part]);
		else if (s[i].part != YH_PART_SUM)
			count_refused(out, (enum yh_refusal)in->why[i], s[i].n_samples);
	}
	out->histograms += halves[0].samples;
	out->refused_late += halves[0].refused_late;
	out->refused_future += halves[0].refused_future;
	count_in(&e->count, out);
}

/* ---- a write ---- */

static void told(struct yh_journal_item *item, enum yh_rc rc, const struct yh_err *err)
{
	struct yh_meter_write *w = item->arg;

	w->rc = rc;
	w->err = *err;
	w->done(w);
}

static void first_by_time(const struct yh_engine *e, const struct yh_intake *in, size_t upto,
			  struct yh_err *why)
{
	struct bounds within = bounds_of(in);

	for (size_t i = 0; i < upto; i++) {
		const struct yh_wire_series *s = &in->wire.series[i];

		for (uint32_t k = 0; k < s->n_samples; k++) {
			int64_t at = in->wire.samples[s->first_sample + k].at_ms;

			if (at > within.max_ms) {
				(void)yh_fail(why, YH_BAD_INPUT, "meter-future");
				yh_err_int(why, "minutes", e->base.cfg.future_ms / 60000);
				return;
			}
			if (at < within.min_ms) {
				(void)yh_fail(why, YH_BAD_INPUT, "meter-late");
				yh_err_int(why, "days", e->base.cfg.late_ms / 86400000);
				return;
			}
		}
	}
}

/* The first refusal in the order of the body. */
static void explain(struct yh_engine *e, const struct yh_intake *in, struct yh_meter_write *w)
{
	const struct yh_meter_written *got = &w->written;
	size_t first = in->n_refused ? in->refused[0] : in->wire.n_series;

	if (got->refused_late + got->refused_future > 0)
		first_by_time(e, in, first, &w->written.why);
	if (w->written.why.rc == YH_OK && in->n_refused)
		yh_engine_explain(e, in, w->scope, first, &w->written.why);
}

static struct yh_journal_item *make_item(struct yh_engine *e, struct yh_intake *in,
					 struct yh_meter_write *w)
{
	struct yh_record r = {
		.received_ms = in->received_ms,
		.late_ms = in->late_ms,
		.future_ms = in->future_ms,
		.form = w->form,
		.about = w->scope->about,
		.refused = in->refused,
		.body = w->body,
		.n = w->n,
	};
	struct yh_journal_item *item;

	memcpy(r.kind, w->scope->kind, sizeof r.kind);
	memcpy(r.code, w->scope->code, sizeof r.code);
	in->n_refused = 0;
	for (size_t i = 0; i < in->wire.n_series; i++)
		if (in->why[i] != YH_TAKEN)
			in->refused[in->n_refused++] = (uint32_t)i;
	r.n_refused = in->n_refused;
	item = yh_journal_make(e->journal, in->n_refused < in->wire.n_series ? &r : NULL);
	if (item) {
		item->done = told;
		item->arg = w;
	}
	return item;
}

/* Whose right to write is not settled any more goes back to be asked. */
static size_t unsettle(const struct yh_engine *e, struct yh_intake *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->wire.n_series; i++) {
		if (i + AHEAD < in->wire.n_series)
			__builtin_prefetch(&e->index.hot[in->numbers[i + AHEAD]]);
		if (in->why[i] == YH_TAKEN &&
		    YH_SETTLED(&e->index.hot[in->numbers[i]]) != in->scope) {
			in->numbers[i] = 0;
			n++;
		}
	}
	return n;
}

static enum yh_rc try_write(struct yh_engine *e, struct yh_intake *in, struct yh_meter_write *w,
			    bool *again, struct yh_err *err)
{
	struct yh_journal_item *item = make_item(e, in, w);
	enum yh_rc rc;

	*again = false;
	if (!item)
		return yh_fail(err, YH_BUSY, "memory-short");
	(void)pthread_mutex_lock(&e->lock);
	rc = yh_engine_room(e, in, true, err);
	if (rc == YH_OK && unsettle(e, in) > 0)
		*again = true;
	if (rc == YH_OK && !*again) {
		yh_engine_append(e, in, yh_journal_next(e->journal), &w->written);
		explain(e, in, w);
		e->open[e->active]->journal_bytes += w->n;
		yh_journal_put(e->journal, item);
		item = NULL;
	}
	(void)pthread_mutex_unlock(&e->lock);
	yh_journal_drop(item);
	return rc;
}

/* A histogram is taken with both its halves or not at all: the room for series may end between. */
static void refuse_halves(struct yh_intake *in)
{
	const struct yh_wire_series *s = in->wire.series;

	for (size_t i = 0; in->wire.histograms && i + 1 < in->wire.n_series; i++) {
		uint8_t *why = &in->why[i];

		if (s[i].part != YH_PART_COUNT)
			continue;
		if (why[0] == YH_TAKEN)
			why[0] = why[1];
		why[1] = why[0];
	}
}

static enum yh_rc take(struct yh_engine *e, struct yh_intake *in, struct yh_meter_write *w,
		       struct yh_err *err)
{
	const struct yh_meter_scope *s = w->scope;
	enum yh_rc rc;
	bool again = true;

	in->scope = yh_index_scope(&e->index, s->kind, s->code, &s->about);
	if (!in->scope)
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = yh_wire_decode(&in->wire, w->form, w->body, w->n, &e->index.scopes[in->scope].seed,
			    err);
	if (rc != YH_OK)
		return rc;
	if (!yh_intake_room(in))
		return yh_fail(err, YH_BUSY, "memory-short");
	in->received_ms = w->received_at / 1000;
	in->late_ms = s->backfill ? INT64_MAX : e->base.cfg.late_ms;
	in->future_ms = e->base.cfg.future_ms;
	(void)pthread_rwlock_rdlock(&e->index.lock);
	yh_index_find(&e->index, in->wire.series, in->wire.n_series, in->numbers);
	(void)pthread_rwlock_unlock(&e->index.lock);
	for (int i = 0; rc == YH_OK && again; i++) {
		if (i == TRIES)
			return yh_fail(err, YH_BUSY, "meter-busy");
		rc = yh_engine_resolve(e, in, s, true, err);
		if (rc == YH_OK) {
			refuse_halves(in);
			rc = try_write(e, in, w, &again, err);
		}
	}
	return rc;
}

enum yh_rc yh_engine_write(struct yh_meter *m, struct yh_meter_write *w, struct yh_err *err)
{
	struct yh_engine *e = yh_engine_of(m);
	enum yh_rc rc = yh_journal_admit(e->journal, w->n, err);
	struct yh_intake *in;

	if (rc != YH_OK)
		return rc;
	in = yh_intake_take(e);
	if (!in)
		return yh_fail(err, YH_BUSY, "memory-short");
	memset(&w->written, 0, sizeof w->written);
	w->rc = YH_OK;
	yh_err_clear(&w->err);
	rc = take(e, in, w, err);
	yh_intake_give(e, in);
	return rc;
}
