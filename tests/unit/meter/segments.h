/* Segments for tests: a small city of series of every kind, and its segments. */
#ifndef YH_TESTS_METER_SEGMENTS_H
#define YH_TESTS_METER_SEGMENTS_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "meter/segment.h"

enum { ALL_LEVELS = (1 << YH_LEVELS) - 1, SERIES = 60, METRICS = 3, MOST = 3000 };
#define START INT64_C(1767196800000) /* 2026-01-01 00:00 in Shanghai */

struct series {
	uint32_t metric, no;
	size_t n;
	int64_t at[MOST];
	double v[MOST];
};

struct city {
	char dir[64];
	struct series *s;
	size_t n;
};

static uint64_t state = 88172645463325252u;

static inline uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static inline double value_of(size_t kind, size_t i, double before)
{
	switch (kind % 6) {
	case 0:
		return (double)(rnd() % 10000) / 100;
	case 1:
		return before + (double)(rnd() % 1000) / 10;
	case 2:
		return (double)(rnd() % 64) * 4096;
	case 3:
		return 42.5;
	case 4:
		return i % 97 == 0 ? NAN : i % 31 == 0 ? -0.0 : (double)(rnd() % 100) / 8 - 3;
	default: {
		uint64_t bits = rnd();
		double d;

		memcpy(&d, &bits, sizeof d);
		return d;
	}
	}
}

static inline int setup(void **st)
{
	struct city *c = calloc(1, sizeof *c);

	strcpy(c->dir, "/tmp/yh-segment-XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	c->n = SERIES;
	c->s = calloc(SERIES, sizeof *c->s);
	for (size_t k = 0; k < SERIES; k++) {
		struct series *s = &c->s[k];
		int64_t at = START + (int64_t)(rnd() % 100000);
		double before = 0;

		s->metric = (uint32_t)(1 + k * METRICS / SERIES);
		s->no = (uint32_t)(k * 3 + 1);
		s->n = k % 7 == 6 ? 1 : 200 + rnd() % (MOST - 200);
		for (size_t i = 0; i < s->n; i++) {
			s->at[i] = at;
			s->v[i] = before = value_of(k, i, before);
			at += k % 4 ? 15000 : 1 + (int64_t)(rnd() % 400000);
		}
	}
	*st = c;
	return 0;
}

static inline int teardown(void **st)
{
	struct city *c = *st;
	char cmd[128];

	(void)snprintf(cmd, sizeof cmd, "rm -rf %s", c->dir);
	assert_int_equal(system(cmd), 0);
	free(c->s);
	free(c);
	return 0;
}

static inline bool is_counter(void *arg, uint32_t metric)
{
	(void)arg;
	return metric == 2;
}

static inline struct yh_seg *part_of(struct city *c, const char *name, size_t part, size_t parts,
				     unsigned levels)
{
	struct yh_seg_writer *w;
	struct yh_err err = { 0 };
	struct yh_seg *seg;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", c->dir, name);
	assert_int_equal(yh_seg_create(path, levels, &w, &err), YH_OK);
	for (size_t k = 0; k < c->n; k++) {
		const struct series *s = &c->s[k];
		int64_t at[MOST];
		double v[MOST];
		size_t n = 0;

		for (size_t i = 0; i < s->n; i++)
			if ((i / 37 + k) % parts == part) {
				at[n] = s->at[i];
				v[n++] = s->v[i];
			}
		assert_int_equal(yh_seg_add(w, s->metric, s->no, is_counter(NULL, s->metric), at, v,
					    n, &err),
				 YH_OK);
	}
	assert_int_equal(yh_seg_finish(w, &err), YH_OK);
	assert_int_equal(yh_seg_open(path, &seg, &err), YH_OK);
	return seg;
}
static inline struct yh_seg *merged(struct city *c, struct yh_seg *const *in, size_t n,
				    unsigned levels, const char *name)
{
	struct yh_seg_merge m = { .in = in,
				  .n = n,
				  .from_ms = INT64_MIN,
				  .to_ms = INT64_MAX,
				  .levels = levels,
				  .counter = is_counter };
	struct yh_err err = { 0 };
	struct yh_seg *seg;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", c->dir, name);
	assert_int_equal(yh_seg_merge(&m, path, &err), YH_OK);
	assert_false(m.empty);
	assert_int_equal(m.damaged, 0);
	assert_int_equal(yh_seg_open(path, &seg, &err), YH_OK);
	return seg;
}

/* A segment of one series. */
static inline struct yh_seg *of_one(struct city *c, const char *name, unsigned levels,
				    uint32_t metric, const int64_t *at, const double *v, size_t n)
{
	struct yh_seg_writer *w;
	struct yh_err err = { 0 };
	struct yh_seg *seg;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", c->dir, name);
	assert_int_equal(yh_seg_create(path, levels, &w, &err), YH_OK);
	assert_int_equal(yh_seg_add(w, metric, 7, is_counter(NULL, metric), at, v, n, &err), YH_OK);
	assert_int_equal(yh_seg_finish(w, &err), YH_OK);
	assert_int_equal(yh_seg_open(path, &seg, &err), YH_OK);
	return seg;
}

#endif
