/* Blocks of open rows, and samples taken out of them. */
#include "meter/block.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "meter/names.h"

/* Samples lie seldom further back; those that do take a second row. */
#define BASE_BACK_MS (INT64_C(40) * 86400 * 1000)
enum { FEW = 48 }; /* samples that are sorted in place */

struct yh_block *yh_block_new(uint32_t cap, int64_t now_ms)
{
	struct yh_block *b = malloc(sizeof *b);

	if (!b)
		return NULL;
	*b = (struct yh_block){ .cap = cap, .base_ms = now_ms - BASE_BACK_MS };
	atomic_init(&b->refs, 1);
	b->row = yh_reserve(cap * sizeof *b->row);
	if (b->row)
		return b;
	free(b);
	return NULL;
}

void yh_block_hold(struct yh_block *b)
{
	atomic_fetch_add(&b->refs, 1);
}

void yh_block_release(struct yh_block *b)
{
	if (!b || atomic_fetch_sub(&b->refs, 1) != 1)
		return;
	yh_unreserve(b->row, b->cap * sizeof *b->row);
	free(b);
}

bool yh_points_room(struct yh_points *p, size_t more)
{
	size_t cap = p->cap ? p->cap : 64;
	int64_t *at;
	double *values;

	if (p->n + more <= p->cap)
		return true;
	while (cap < p->n + more)
		cap *= 2;
	at = realloc(p->at_ms, cap * sizeof *at);
	if (at)
		p->at_ms = at;
	values = at ? realloc(p->values, cap * sizeof *values) : NULL;
	if (!values)
		return false;
	p->values = values;
	p->cap = cap;
	return true;
}

void yh_points_done(struct yh_points *p)
{
	free(p->at_ms);
	free(p->values);
	*p = (struct yh_points){ 0 };
}

bool yh_points_add(struct yh_points *p, int64_t at_ms, double value)
{
	if (!yh_points_room(p, 1))
		return false;
	p->at_ms[p->n] = at_ms;
	p->values[p->n++] = value;
	return true;
}

static void reverse(struct yh_points *p, size_t from)
{
	if (p->n == from)
		return;
	for (size_t i = from, k = p->n - 1; i < k; i++, k--) {
		int64_t at = p->at_ms[i];
		double v = p->values[i];

		p->at_ms[i] = p->at_ms[k];
		p->values[i] = p->values[k];
		p->at_ms[k] = at;
		p->values[k] = v;
	}
}

bool yh_points_chain(struct yh_points *p, const struct yh_block *b, uint32_t head)
{
	size_t from = p->n;

	for (; head; head = b->row[head - 1].prev)
		if (!yh_points_add(p, yh_block_at(b, head), b->row[head - 1].value))
			return false;
	reverse(p, from);
	return true;
}

bool yh_points_chains(struct yh_points *out, const struct yh_block *b, const uint32_t *heads,
		      size_t n)
{
	uint32_t at[YH_CHAINS_ABREAST];
	size_t live = 0;

	for (size_t i = 0; i < n; i++) {
		out[i].n = 0;
		at[i] = heads[i];
		live += at[i] != 0;
	}
	while (live) {
		for (size_t i = 0; i < n; i++) {
			if (!at[i])
				continue;
			if (!yh_points_add(&out[i], yh_block_at(b, at[i]), b->row[at[i] - 1].value))
				return false;
			at[i] = b->row[at[i] - 1].prev;
			if (at[i])
				__builtin_prefetch(&b->row[at[i] - 1]);
			else
				live--;
		}
	}
	for (size_t i = 0; i < n; i++)
		reverse(&out[i], 0);
	return true;
}

struct ranked {
	int64_t at_ms;
	size_t rank;
	double value;
};

static int by_time(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->rank < y->rank ? -1 : 1;
}

static bool sort_many(struct yh_points *p)
{
	struct ranked *r = malloc(p->n * sizeof *r);

	if (!r)
		return false;
	for (size_t i = 0; i < p->n; i++)
		r[i] = (struct ranked){ p->at_ms[i], i, p->values[i] };
	qsort(r, p->n, sizeof *r, by_time);
	for (size_t i = 0; i < p->n; i++) {
		p->at_ms[i] = r[i].at_ms;
		p->values[i] = r[i].value;
	}
	free(r);
	return true;
}

static void sort_few(struct yh_points *p)
{
	for (size_t i = 1; i < p->n; i++) {
		int64_t at = p->at_ms[i];
		double v = p->values[i];
		size_t k = i;

		for (; k > 0 && p->at_ms[k - 1] > at; k--) {
			p->at_ms[k] = p->at_ms[k - 1];
			p->values[k] = p->values[k - 1];
		}
		p->at_ms[k] = at;
		p->values[k] = v;
	}
}

bool yh_points_order(struct yh_points *p)
{
	size_t n = 0, i = 1;

	while (i < p->n && p->at_ms[i - 1] < p->at_ms[i])
		i++;
	if (i >= p->n)
		return true;
	if (p->n <= FEW)
		sort_few(p);
	else if (!sort_many(p))
		return false;
	for (i = 0; i < p->n; i++) {
		if (n > 0 && p->at_ms[i] == p->at_ms[n - 1])
			continue;
		p->at_ms[n] = p->at_ms[i];
		p->values[n++] = p->values[i];
	}
	p->n = n;
	return true;
}

void yh_points_without(struct yh_points *p, const struct yh_points *known)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < p->n; i++) {
		while (k < known->n && known->at_ms[k] < p->at_ms[i])
			k++;
		if (k < known->n && known->at_ms[k] == p->at_ms[i])
			continue;
		p->at_ms[n] = p->at_ms[i];
		p->values[n++] = p->values[i];
	}
	p->n = n;
}
