/* Choosing series, and reading one of them from segments and open rows together. */
#include "meter/query.h"

#include <stdlib.h>
#include <string.h>

struct filter {
	uint32_t metric, labels[YH_METER_LABELS_MAX];
	size_t n;
	bool none; /* a label nobody has */
};

static struct filter filter_of(const struct yh_index *x, const struct yh_meter_select *what)
{
	struct filter f = { .none = what->n_labels > YH_METER_LABELS_MAX };
	uint32_t pair;

	if (what->metric) {
		pair = yh_names_find(&x->names, "__name__", what->metric);
		f.metric = pair ? x->metric_of[pair] : 0;
		f.none = f.none || !f.metric;
	}
	for (size_t i = 0; !f.none && i < what->n_labels; i++) {
		f.labels[f.n] =
			yh_names_find(&x->names, what->labels[i].name, what->labels[i].value);
		f.none = f.labels[f.n++] == 0;
	}
	return f;
}

static bool matches(const struct yh_index *x, const struct filter *f, uint32_t no)
{
	const struct yh_cold *c = &x->cold[no];

	if (!c->metric || (f->metric && c->metric != f->metric))
		return false;
	for (size_t i = 0; i < f->n; i++) {
		size_t k = 0;

		while (k < c->n_labels && x->label_ids[c->labels + k] != f->labels[i])
			k++;
		if (k == c->n_labels)
			return false;
	}
	return true;
}

static bool take(struct yh_query *q, uint32_t no)
{
	if (q->n == q->cap) {
		size_t cap = q->cap ? 2 * q->cap : 64;
		uint32_t *grown = realloc(q->series, cap * sizeof *grown);

		if (!grown)
			return false;
		q->series = grown;
		q->cap = cap;
	}
	q->series[q->n++] = no;
	return true;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool choose_by_resource(struct yh_query *q, const struct yh_meter_select *what,
			       const struct filter *f)
{
	const struct yh_index *x = &q->e->index;
	size_t to = 0;

	for (size_t i = 0; i < what->n_resources; i++) {
		const struct yh_resource *r = yh_index_resource(x, what->resources[i]);

		for (uint32_t no = r ? r->first : 0; no; no = x->cold[no].next)
			if (matches(x, f, no) && !take(q, no))
				return false;
	}
	if (q->n == 0)
		return true;
	qsort(q->series, q->n, sizeof *q->series, by_number);
	for (size_t i = 0; i < q->n; i++) /* a resource may be named twice */
		if (i == 0 || q->series[i] != q->series[i - 1])
			q->series[to++] = q->series[i];
	q->n = to;
	return true;
}

static bool choose(struct yh_query *q, const struct yh_meter_select *what)
{
	const struct yh_index *x = &q->e->index;
	struct filter f = filter_of(x, what);

	if (f.none)
		return true;
	if (what->by_resource)
		return choose_by_resource(q, what, &f);
	if (f.metric) {
		const struct yh_metric *m = &x->metrics[f.metric];

		for (uint32_t i = 0; i < m->n; i++)
			if (matches(x, &f, m->series[i]) && !take(q, m->series[i]))
				return false;
		return true;
	}
	for (uint32_t no = 1; no <= x->n; no++)
		if (matches(x, &f, no) && !take(q, no))
			return false;
	return true;
}

enum yh_rc yh_query_open(struct yh_query *q, struct yh_engine *e,
			 const struct yh_meter_select *what, struct yh_err *err)
{
	bool ok;

	*q = (struct yh_query){ .e = e };
	(void)pthread_rwlock_rdlock(&e->index.lock);
	ok = choose(q, what);
	(void)pthread_rwlock_unlock(&e->index.lock);
	if (ok)
		return YH_OK;
	yh_query_done(q);
	return yh_fail(err, YH_BUSY, "memory-short");
}

enum yh_rc yh_query_hold(struct yh_query *q, struct yh_err *err)
{
	struct yh_engine *e = q->e;

	q->heads = malloc((q->n + 1) * sizeof *q->heads);
	if (!q->heads)
		return yh_fail(err, YH_BUSY, "memory-short");
	(void)pthread_mutex_lock(&e->lock);
	q->segs = e->segs;
	atomic_fetch_add(&q->segs->refs, 1);
	q->block[0] = e->open[!e->active];
	q->block[1] = e->open[e->active];
	for (int k = 0; k < 2; k++)
		if (q->block[k])
			yh_block_hold(q->block[k]);
	for (size_t i = 0; i < q->n; i++) {
		const struct yh_hot *h = &e->index.hot[q->series[i]];

		q->heads[i][0] = h->head[!e->active];
		q->heads[i][1] = h->head[e->active];
	}
	(void)pthread_mutex_unlock(&e->lock);
	return yh_query_rooms(q) ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

struct yh_seg_room *yh_query_room(struct yh_query *q, size_t segment)
{
	enum { FEW = 8 };

	return &q->rooms[q->n > FEW ? segment : 0];
}

bool yh_query_rooms(struct yh_query *q)
{
	q->rooms = calloc(q->segs->n + 1, sizeof *q->rooms);
	return q->rooms != NULL;
}

void yh_query_rooms_done(struct yh_query *q)
{
	for (size_t i = 0; q->rooms && i < q->segs->n; i++)
		yh_seg_room_done(&q->rooms[i]);
	free(q->rooms);
	q->rooms = NULL;
}

void yh_query_done(struct yh_query *q)
{
	yh_query_rooms_done(q);
	yh_segs_release(q->segs);
	for (int k = 0; k < 2; k++)
		yh_block_release(q->block[k]);
	free(q->series);
	free(q->heads);
	yh_points_done(&q->points);
	yh_points_done(&q->known);
	*q = (struct yh_query){ 0 };
}

/* Appends what the segments hold of [from, to). A damaged page is named and passed over. */
static enum yh_rc read_segments(struct yh_query *q, size_t i, int64_t from_ms, int64_t to_ms,
				struct yh_points *p, struct yh_err *err)
{
	uint32_t no = q->series[i];

	for (size_t k = 0; k < q->segs->n; k++) {
		struct yh_seg *seg = q->segs->s[k].seg;
		struct yh_seg_room *room = yh_query_room(q, k);
		struct yh_err why = { 0 };
		size_t n;

		if (yh_seg_info(seg)->max_ms < from_ms || yh_seg_info(seg)->min_ms >= to_ms)
			continue;
		if (yh_seg_read(seg, q->e->index.cold[no].metric, no, from_ms, to_ms, room, &n,
				&why) != YH_OK) {
			if (why.rc == YH_BUSY)
				return yh_fail(err, YH_BUSY, "memory-short");
			yh_engine_damaged_seg(q->e, seg, &why);
			continue;
		}
		if (n == 0)
			continue;
		if (!yh_points_room(p, n))
			return yh_fail(err, YH_BUSY, "memory-short");
		memcpy(p->at_ms + p->n, room->at_ms, n * sizeof *p->at_ms);
		memcpy(p->values + p->n, room->values, n * sizeof *p->values);
		p->n += n;
	}
	return YH_OK;
}

static void clip(struct yh_points *p, size_t begin, int64_t from_ms, int64_t to_ms)
{
	size_t n = begin;

	for (size_t i = begin; i < p->n; i++) {
		if (p->at_ms[i] < from_ms || p->at_ms[i] >= to_ms)
			continue;
		p->at_ms[n] = p->at_ms[i];
		p->values[n++] = p->values[i];
	}
	p->n = n;
}

static bool add_rows(const struct yh_query *q, size_t i, int64_t from_ms, int64_t to_ms,
		     struct yh_points *p)
{
	size_t begin = p->n;

	for (int k = 0; k < 2; k++)
		if (q->block[k] && q->heads[i][k] &&
		    !yh_points_chain(p, q->block[k], q->heads[i][k]))
			return false;
	clip(p, begin, from_ms, to_ms);
	return true;
}

enum yh_rc yh_query_rows(struct yh_query *q, size_t i, int64_t from_ms, int64_t to_ms, bool twice,
			 struct yh_points *p, struct yh_err *err)
{
	int64_t sealed =
		__atomic_load_n(&q->e->index.cold[q->series[i]].sealed_ms, __ATOMIC_RELAXED);
	enum yh_rc rc;

	p->n = 0;
	if (!add_rows(q, i, from_ms, to_ms, p) || !yh_points_order(p))
		return yh_fail(err, YH_BUSY, "memory-short");
	if (twice || p->n == 0 || p->at_ms[0] > sealed)
		return YH_OK;
	q->known.n = 0;
	rc = read_segments(q, i, p->at_ms[0], p->at_ms[p->n - 1] + 1, &q->known, err);
	if (rc != YH_OK)
		return rc;
	if (!yh_points_order(&q->known))
		return yh_fail(err, YH_BUSY, "memory-short");
	yh_points_without(p, &q->known);
	return YH_OK;
}

enum yh_rc yh_query_samples(struct yh_query *q, size_t i, int64_t from_ms, int64_t to_ms,
			    struct yh_err *err)
{
	enum yh_rc rc;

	q->points.n = 0;
	rc = read_segments(q, i, from_ms, to_ms, &q->points, err);
	if (rc != YH_OK)
		return rc;
	/* What was sealed stands first, and of one instant the first stays. */
	if (!add_rows(q, i, from_ms, to_ms, &q->points) || !yh_points_order(&q->points))
		return yh_fail(err, YH_BUSY, "memory-short");
	return YH_OK;
}
