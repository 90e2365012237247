/* Summing up a month: resources in the order of their ids, on as many threads as fit. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/behind.h"
#include "services/settle/sums.h"

enum { THREADS_MOST = 8, FLUSH_PIECES = 4096 };

struct worker {
	const struct month *m;
	struct walk walk;
	struct sums *table;
	struct metered queue;
	int64_t statement; /* of the resource at hand; -1: not looked for yet */
	size_t line;       /* of the piece before, whose next one is mostly of the same */
	const struct yh_span_row *owner;
	struct yh_exec *exec;
	pthread_t thread;
	struct sums own;
	struct yh_err err;
	enum yh_rc rc;
};

static bool short_of_memory(struct worker *w)
{
	w->walk.rc = yh_fail(w->walk.err, YH_TOO_LARGE, "memory-short");
	return false;
}

static bool find_statement(struct worker *w)
{
	if (w->statement < 0)
		w->statement = yh_sums_statement(w->table, &w->owner->unit, &w->owner->project,
						 &w->owner->provider);
	return w->statement >= 0 || short_of_memory(w);
}

static bool take_fault(void *arg, const struct fault *f)
{
	struct worker *w = arg;

	if (!find_statement(w))
		return false;
	yh_sums_fail(w->table, (uint32_t)w->statement, f);
	return true;
}

static struct sum_line *find_line(struct worker *w, const struct piece *p)
{
	struct sum_line *l = w->line < w->table->n_lines ? &w->table->lines[w->line] : NULL;

	if (l && l->statement == w->statement && l->code == p->code && l->kind == p->kind)
		return l;
	l = yh_sums_line(w->table, (uint32_t)w->statement, p->kind, p->code);
	if (l)
		w->line = (size_t)(l - w->table->lines);
	return l;
}

static bool take_piece(void *arg, const struct piece *p)
{
	struct worker *w = arg;
	const struct yh_rating *r = &w->m->rating;
	const struct yh_tariff *t = &yh_month_price(w->m, p->code, p->part)->tariff;
	struct sum_line *l;

	if (!find_statement(w))
		return false;
	l = find_line(w, p);
	if (!l)
		return short_of_memory(w);
	if (yh_rating_add_time(r, t, p->qty_milli, p->seconds, &l->amount, NULL) != YH_OK ||
	    __builtin_add_overflow(l->usage,
				   (yh_amount)p->qty_milli * p->seconds * r->per_second[t->per],
				   &l->usage))
		return take_fault(w, &(struct fault){ .why = WHY_AMOUNT,
						      .resource = w->owner->resource }) &&
		       false;
	l->intervals++;
	l->resources += l->last != w->table->counting;
	l->last = w->table->counting;
	return true;
}

static bool is_metered(const struct month *m, const struct piece *p)
{
	return yh_month_price(m, p->code, p->part)->row->metric[0] != 0;
}

static bool take_uses(void *arg, struct piece *list, size_t n)
{
	struct worker *w = arg;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (is_metered(w->m, &list[i]) || list[i].added_milli || list[i].fixed_milli)
			list[kept++] = list[i];
	if (kept == 0)
		return true;
	if (!find_statement(w))
		return false;
	return yh_metered_add(&w->queue, &w->owner->resource, (uint32_t)w->statement, list, kept) ||
	       short_of_memory(w);
}

/* ---- use, once its quantity is known ---- */

/* How much of a code's metered time held samples, all pieces of the month together: a short one
 * without any is no gap by itself. 0 where the meter had no quantity to tell. */
static int64_t coverage_of(const struct month *m, const struct piece *list, size_t n)
{
	yh_amount covered = 0, time = 0;

	for (size_t i = 0; i < n; i++) {
		const struct piece *p = &list[i];

		if (!is_metered(m, p) || p->to == p->from)
			continue;
		if (p->coverage_milli == YH_COVERAGE_NONE)
			return 0;
		covered += (yh_amount)p->coverage_milli * (p->to - p->from);
		time += p->to - p->from;
	}
	return time ? (int64_t)(covered / time) : 1000;
}

static bool lacks(const struct month *m, const struct piece *list, size_t n, struct fault *f)
{
	(void)memccpy(f->code, m->codes[list->code], 0, sizeof f->code);
	f->day = yh_day_of(list->from);
	f->milli = coverage_of(m, list, n);
	if (f->milli < m->least_milli) {
		f->why = WHY_USAGE;
		return true;
	}
	for (size_t i = 0; i < n; i++)
		if (list[i].qty_milli + list[i].fixed_milli < 0) {
			f->why = WHY_NEGATIVE;
			f->milli = list[i].qty_milli + list[i].fixed_milli;
			f->day = yh_day_of(list[i].from);
			return true;
		}
	return false;
}

static bool add_use(struct worker *w, const struct waiting *q, const struct piece *p, bool counted)
{
	struct sum_line *l = yh_sums_line(w->table, q->statement, p->kind, p->code);
	const struct fault f = { .why = WHY_AMOUNT, .resource = q->resource };

	if (!l)
		return false;
	if (__builtin_add_overflow(l->amount, p->amount, &l->amount) ||
	    __builtin_add_overflow(l->usage,
				   (yh_amount)(p->qty_milli + p->fixed_milli) * w->m->rating.unit,
				   &l->usage))
		yh_sums_fail(w->table, q->statement, &f);
	l->intervals++;
	l->resources += !counted;
	return true;
}

static bool price_waiting(struct worker *w, const struct waiting *q)
{
	struct piece *list = w->queue.pieces + q->first;
	struct fault f = { .resource = q->resource };

	for (size_t i = 0, n; i < q->n; i += n) {
		for (n = 1; i + n < q->n && list[i + n].code == list[i].code;)
			n++;
		if (lacks(w->m, list + i, n, &f)) {
			yh_sums_fail(w->table, q->statement, &f);
			return true;
		}
		if (yh_rate_uses(w->m, list + i, n, NULL) != YH_OK) {
			f.why = WHY_AMOUNT;
			yh_sums_fail(w->table, q->statement, &f);
			return true;
		}
		for (size_t k = 0; k < n; k++)
			if (!add_use(w, q, &list[i + k],
				     k && list[i + k].kind == list[i + k - 1].kind))
				return false;
	}
	return true;
}

static enum yh_rc flush(struct worker *w, struct yh_tx *tx, struct yh_err *err)
{
	enum yh_rc rc = w->queue.n ? yh_metered_find(tx, w->m, &w->queue, err) : YH_OK;

	for (size_t i = 0; rc == YH_OK && i < w->queue.n; i++)
		if (!price_waiting(w, &w->queue.list[i]))
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	w->queue.n = w->queue.n_pieces = 0;
	return rc;
}

static bool visit(void *arg, struct subject *s)
{
	struct worker *w = arg;
	const struct piece_sink sink = { take_piece, take_uses, take_fault, w };

	w->owner = &s->owner;
	w->statement = -1;
	w->table->counting++;
	if (!yh_rate_subject(w->m, s, &sink))
		return short_of_memory(w);
	if (w->walk.rc == YH_OK && w->queue.n_pieces >= FLUSH_PIECES)
		w->walk.rc = flush(w, w->walk.tx, w->walk.err);
	return w->walk.rc == YH_OK;
}

static enum yh_rc run(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct worker *w = arg;
	enum yh_rc rc;

	yh_sums_done(w->table);
	w->queue.n = w->queue.n_pieces = 0;
	rc = yh_walk(tx, &w->walk, err);
	return rc == YH_OK ? flush(w, tx, err) : rc;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	w->rc = yh_exec_read(w->exec, run, w, &w->err);
	return NULL;
}

static void prepare(struct worker *w, const struct month *m, const struct scope *scope)
{
	w->m = m;
	w->table = &w->own;
	w->exec = m->world->exec;
	w->walk = (struct walk){ .m = m, .scope = scope, .visit = visit, .arg = w };
}

static void done(struct worker *w)
{
	yh_sums_done(&w->own);
	yh_metered_done(&w->queue);
	yh_walk_done(&w->walk);
}

/* ---- all of them ---- */

struct cutting {
	const struct month *m;
	unsigned n;
	struct yh_id cuts[THREADS_MOST];
};

static enum yh_rc cut(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct cutting *c = arg;
	enum yh_rc rc = YH_OK;

	for (unsigned i = 1; rc == YH_OK && i < c->n; i++) {
		rc = yh_span_cut(tx, &c->m->cloud, i, c->n, &c->cuts[i - 1], err);
		if (rc == YH_OK && yh_id_is_zero(&c->cuts[i - 1]))
			c->n = 1;
	}
	return rc;
}

static unsigned threads_for(const struct scope *scope)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = scope->threads ? scope->threads : cpus < 2 ? 1 : 2;

	return n > THREADS_MOST ? THREADS_MOST : n;
}

struct straying {
	struct worker *w;
	unsigned char *seen;
};

static enum yh_rc strays(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct straying *s = arg;
	enum yh_rc rc = YH_OK;

	yh_sums_done(s->w->table);
	rc = yh_walk_strays(tx, &s->w->walk, s->seen, err);
	return rc == YH_OK ? flush(s->w, tx, err) : rc;
}

/* What no walk has met, into the first worker's empty table. */
static enum yh_rc reckon_strays(struct worker *ws, unsigned n, const struct month *m,
				struct sums *out, struct yh_err *err)
{
	struct straying s = { &ws[0], ws[0].walk.seen };
	enum yh_rc rc;

	if (m->n_adjustments == 0)
		return YH_OK;
	for (unsigned k = 1; k < n; k++)
		for (size_t i = 0; i < m->n_adjustments; i++)
			s.seen[i] |= ws[k].walk.seen[i];
	rc = yh_exec_read(m->world->exec, strays, &s, err);
	return rc == YH_OK && !yh_sums_merge(out, &ws[0].own)
		       ? yh_fail(err, YH_TOO_LARGE, "memory-short")
		       : rc;
}

struct workers {
	struct worker *ws;
	unsigned n;
};

static void work_all(void *arg)
{
	struct worker *ws = ((struct workers *)arg)->ws;
	unsigned n = ((struct workers *)arg)->n, started = 1;

	for (; started < n; started++)
		if (pthread_create(&ws[started].thread, NULL, work, &ws[started]) != 0)
			break;
	(void)work(&ws[0]);
	for (unsigned i = 1; i < started; i++)
		(void)pthread_join(ws[i].thread, NULL);
	/* a thread that could not be had: its share is done here */
	for (unsigned i = started; i < n; i++)
		(void)work(&ws[i]);
}

static enum yh_rc run_all(struct worker *ws, unsigned n, struct yh_err *err)
{
	struct workers all = { ws, n };
	enum yh_rc rc = YH_OK;

	yh_run_behind(work_all, &all);
	for (unsigned i = 0; rc == YH_OK && i < n; i++) {
		rc = ws[i].rc;
		if (rc != YH_OK && err)
			*err = ws[i].err;
	}
	return rc;
}

/* The first worker's table becomes the sum; the others' are added and given back one by one. */
static enum yh_rc merge_all(struct worker *ws, unsigned n, struct sums *out, struct yh_err *err)
{
	bool ok = true;

	*out = ws[0].own;
	ws[0].own = (struct sums){ 0 };
	for (unsigned i = 1; ok && i < n; i++) {
		ok = yh_sums_merge(out, &ws[i].own);
		yh_sums_done(&ws[i].own);
	}
	return ok ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_reckon(const struct month *m, const struct scope *scope, struct sums *out,
		     struct yh_err *err)
{
	struct worker ws[THREADS_MOST] = { 0 };
	struct cutting c = { .m = m, .n = threads_for(scope) };
	enum yh_rc rc = yh_exec_read(m->world->exec, cut, &c, err);

	*out = (struct sums){ 0 };
	for (unsigned i = 0; i < c.n; i++) {
		prepare(&ws[i], m, scope);
		if (i > 0)
			ws[i].walk.after = c.cuts[i - 1];
		if (i + 1 < c.n)
			ws[i].walk.last = c.cuts[i];
	}
	if (rc == YH_OK)
		rc = run_all(ws, c.n, err);
	if (rc == YH_OK)
		rc = merge_all(ws, c.n, out, err);
	if (rc == YH_OK)
		rc = reckon_strays(ws, c.n, m, out, err);
	if (rc == YH_OK && !yh_sums_sort(out))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (unsigned i = 0; i < c.n; i++)
		done(&ws[i]);
	return rc;
}

enum yh_rc yh_reckon_project(struct yh_tx *tx, const struct month *m, const struct scope *scope,
			     struct sums *out, struct yh_err *err)
{
	struct worker w = { 0 };
	enum yh_rc rc;

	*out = (struct sums){ 0 };
	prepare(&w, m, scope);
	w.table = out;
	rc = yh_walk(tx, &w.walk, err);
	if (rc == YH_OK)
		rc = yh_walk_strays(tx, &w.walk, w.walk.seen, err);
	if (rc == YH_OK)
		rc = flush(&w, tx, err);
	if (rc == YH_OK && !yh_sums_sort(out))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	done(&w);
	return rc;
}
