/* Use that the meter knows of: asked once, frozen, and read from there ever after. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "meter/meter.h"
#include "services/settle/sums.h"

enum { HOUR_MS = 3600 * 1000, ASK_MOST = 1000, ARENA = 4 * 1024 * 1024 };

void yh_metered_done(struct metered *q)
{
	free(q->list);
	free(q->pieces);
	*q = (struct metered){ 0 };
}

static bool room(void **list, size_t *cap, size_t need, size_t size)
{
	size_t more = *cap ? *cap : 64;
	void *p;

	if (need <= *cap)
		return true;
	while (more < need)
		more *= 2;
	p = realloc(*list, more * size);
	if (!p)
		return false;
	*list = p;
	*cap = more;
	return true;
}

bool yh_metered_add(struct metered *q, const struct yh_id *resource, uint32_t statement,
		    const struct piece *list, size_t n)
{
	if (!room((void **)&q->list, &q->cap, q->n + 1, sizeof *q->list) ||
	    !room((void **)&q->pieces, &q->pieces_cap, q->n_pieces + n, sizeof *q->pieces))
		return false;
	q->list[q->n++] = (struct waiting){ *resource, statement, q->n_pieces, n };
	memcpy(q->pieces + q->n_pieces, list, n * sizeof *list);
	q->n_pieces += n;
	return true;
}

/* ---- from what was frozen ---- */

/* What was frozen of a stretch of time, in as many pieces as it was cut into then. */
static void add_frozen(const struct month *m, struct piece *p, const struct yh_usage_row *rows,
		       size_t n)
{
	yh_amount covered = 0;

	p->qty_milli = 0;
	for (size_t i = 0; i < n; i++) {
		const struct yh_usage_row *u = &rows[i];

		if (strcmp(u->code, m->codes[p->code]) != 0 || u->from_at < p->from ||
		    u->to_at > p->to)
			continue;
		if (u->coverage_milli == YH_COVERAGE_NONE) {
			p->coverage_milli = YH_COVERAGE_NONE;
			return;
		}
		p->qty_milli += u->qty_milli;
		covered += (yh_amount)u->coverage_milli * (u->to_at - u->from_at);
	}
	p->coverage_milli = p->to > p->from ? (int64_t)(covered / (p->to - p->from)) : 1000;
}

static enum yh_rc thaw(struct yh_tx *tx, const struct month *m, struct metered *q,
		       struct yh_err *err)
{
	struct yh_arena arena;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < q->n; i++) {
		struct yh_usage_row *rows;
		size_t n;

		yh_arena_init(&arena, ARENA);
		rc = yh_usage_of_resource(tx, &m->frozen, &q->list[i].resource, &arena, &rows, &n,
					  err);
		for (size_t k = 0; rc == YH_OK && k < q->list[i].n; k++)
			add_frozen(m, &q->pieces[q->list[i].first + k], rows, n);
		yh_arena_done(&arena);
	}
	return rc;
}

/* ---- from the meter ---- */

/* One question: pieces of the same metric and time. */
struct question {
	struct piece *piece;
	struct yh_id resource;
	char no[40];
	const struct yh_item_row *item;
	double quantity; /* in units of the metric */
	uint32_t hours;  /* that held samples, of the series that has most */
};

static int64_t ms_of(yh_time t)
{
	return t / 1000;
}

static int by_question(const void *a, const void *b)
{
	const struct question *p = a, *q = b;
	int c = strcmp(p->item->metric, q->item->metric);

	if (c == 0)
		c = strcmp(p->item->metric_as, q->item->metric_as);
	if (c)
		return c;
	if (p->piece->from != q->piece->from)
		return p->piece->from < q->piece->from ? -1 : 1;
	if (p->piece->to != q->piece->to)
		return p->piece->to < q->piece->to ? -1 : 1;
	return strcmp(p->no, q->no);
}

static bool asks_the_same(const struct question *p, const struct question *q)
{
	return strcmp(p->item->metric, q->item->metric) == 0 &&
	       strcmp(p->item->metric_as, q->item->metric_as) == 0 &&
	       p->piece->from == q->piece->from && p->piece->to == q->piece->to;
}

struct answering {
	struct question *list;
	size_t n;
	bool rise;
	int64_t to_ms;
};

static struct question *question_of(const struct answering *a, const char *no)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(no, a->list[mid].no);

		if (c == 0)
			return &a->list[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static bool answer(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		   size_t n)
{
	const struct answering *a = arg;
	struct question *q = question_of(a, s->resource);
	uint32_t hours = 0;

	for (size_t i = 0; q && i < n; i++) {
		int64_t ms = a->to_ms - b[i].from_ms;

		if (b[i].count == 0)
			continue;
		hours++;
		if (a->rise)
			q->quantity += b[i].rise;
		else
			q->quantity += b[i].sum / (double)b[i].count *
				       (double)(ms < HOUR_MS ? ms : HOUR_MS) / HOUR_MS;
	}
	if (q && hours > q->hours)
		q->hours = hours;
	return true;
}

static void conclude(struct question *q)
{
	int64_t hours = (ms_of(q->piece->to) - ms_of(q->piece->from) + HOUR_MS - 1) / HOUR_MS;
	double milli = nearbyint(q->quantity * 1000 / (double)q->item->metric_per);

	q->piece->coverage_milli = hours > 0 ? (int64_t)q->hours * 1000 / hours : 1000;
	if (!(milli >= 0 && milli <= (double)YH_QTY_MILLI_MAX))
		q->piece->coverage_milli = YH_COVERAGE_NONE;
	else
		q->piece->qty_milli = (int64_t)milli;
}

/* All of them have the same metric and time; they come by number. */
static enum yh_rc ask(const struct month *m, struct question *list, size_t n, struct yh_err *err)
{
	const char *nos[ASK_MOST];
	struct answering a = { .list = list,
			       .n = n,
			       .rise = strcmp(list->item->metric_as, "rise") == 0,
			       .to_ms = ms_of(list->piece->to) };
	const struct yh_meter_select what = { .metric = list->item->metric,
					      .resources = nos,
					      .n_resources = n,
					      .by_resource = true };
	int64_t from_ms = ms_of(list->piece->from);
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; i < n; i++)
		nos[i] = list[i].no;
	if (m->world->meter && from_ms < a.to_ms)
		rc = yh_meter_history(m->world->meter, &what, from_ms, a.to_ms, HOUR_MS, answer, &a,
				      err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		conclude(&list[i]);
	return rc;
}

static enum yh_rc list_questions(struct yh_tx *tx, const struct month *m, struct metered *q,
				 struct question *list, size_t *n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*n = 0;
	for (size_t i = 0; rc == YH_OK && i < q->n; i++) {
		const struct waiting *w = &q->list[i];
		char no[40];

		rc = yh_resource_no(tx, &w->resource, no, err);
		for (size_t k = 0; rc == YH_OK && k < w->n; k++) {
			struct piece *p = &q->pieces[w->first + k];
			const struct yh_item_row *item = yh_month_price(m, p->code, p->part)->row;

			if (!item->metric[0]) {
				p->qty_milli = p->added_milli;
				p->coverage_milli = 1000;
				continue;
			}
			p->qty_milli = 0;
			list[*n] = (struct question){ .piece = p,
						      .resource = w->resource,
						      .item = item };
			memcpy(list[(*n)++].no, no, sizeof no);
		}
	}
	return rc;
}

static enum yh_rc ask_all(struct yh_tx *tx, const struct month *m, struct metered *q,
			  struct yh_err *err)
{
	struct question *list = calloc(q->n_pieces + 1, sizeof *list);
	size_t n;
	enum yh_rc rc;

	if (!list)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = list_questions(tx, m, q, list, &n, err);
	if (rc == YH_OK)
		qsort(list, n, sizeof *list, by_question);
	for (size_t i = 0, some; rc == YH_OK && i < n; i += some) {
		for (some = 1;
		     i + some < n && some < ASK_MOST && asks_the_same(&list[i], &list[i + some]);)
			some++;
		rc = ask(m, list + i, some, err);
	}
	free(list);
	return rc;
}

static enum yh_rc keep(const struct month *m, const struct metered *q, struct yh_err *err)
{
	struct yh_usage_row *rows;
	size_t n = 0;
	enum yh_rc rc;

	if (!m->keep_usage)
		return YH_OK;
	rows = calloc(q->n_pieces + 1, sizeof *rows);
	if (!rows)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < q->n; i++)
		for (size_t k = 0; k < q->list[i].n; k++) {
			const struct piece *p = &q->pieces[q->list[i].first + k];
			struct yh_usage_row *u = &rows[n];

			if (p->from == p->to)
				continue;
			n++;
			*u = (struct yh_usage_row){ .resource = q->list[i].resource,
						    .from_at = p->from,
						    .to_at = p->to,
						    .qty_milli = p->qty_milli,
						    .coverage_milli = p->coverage_milli };
			(void)memccpy(u->code, m->codes[p->code], 0, sizeof u->code);
		}
	rc = m->keep_usage(m->keep_arg, rows, n, err);
	free(rows);
	return rc;
}

enum yh_rc yh_metered_find(struct yh_tx *tx, const struct month *m, struct metered *q,
			   struct yh_err *err)
{
	enum yh_rc rc;

	if (!yh_id_is_zero(&m->frozen))
		return thaw(tx, m, q, err);
	rc = ask_all(tx, m, q, err);
	return rc == YH_OK ? keep(m, q, err) : rc;
}
