/* A meter in a folder of its own, bodies made of points, and what comes back as lines. */
#ifndef YH_TESTS_METER_STORE_H
#define YH_TESTS_METER_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "meter/meter.h"
#include "meter/wire.h"

#define DAY_MS INT64_C(86400000)
#define NOON_MS INT64_C(1760068800000) /* 2025-10-10, 12:00 in Shanghai */

struct store {
	struct yh_meter *m;
	struct yh_meter_config cfg;
	struct yh_clock clock;
	char dir[64];
	_Atomic unsigned owner_calls;
	struct yh_id unit; /* of every resource that is not named "foreign…" or "absent…" */
};

struct point {
	const char *metric, *resource;
	int64_t at_ms;
	double value;
};

static inline struct yh_id id_of(unsigned char n)
{
	struct yh_id id = { { n } };

	return id;
}

static inline enum yh_rc owner_of(void *arg, const char *number, struct yh_meter_owner *out,
				  struct yh_err *err)
{
	struct store *s = arg;

	s->owner_calls++;
	if (strncmp(number, "absent", 6) == 0)
		return yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	*out = (struct yh_meter_owner){ id_of(9), s->unit, id_of(2), id_of(3) };
	if (strncmp(number, "foreign", 7) == 0)
		out->unit = id_of(77);
	return YH_OK;
}

static inline const struct yh_meter_scope *unit_scope(void)
{
	static const struct yh_meter_scope scope = { "unit", "u1", { { 1 } }, 0, false };

	return &scope;
}

static inline const struct yh_meter_scope *import_scope(void)
{
	static const struct yh_meter_scope scope = { "unit", "u1", { { 1 } }, 0, true };

	return &scope;
}

static inline void store_new(struct store *s)
{
	*s = (struct store){ .unit = id_of(1) };
	strcpy(s->dir, "/tmp/meter-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	yh_clock_manual(&s->clock, NOON_MS * 1000);
	s->cfg = (struct yh_meter_config){
		.dir = s->dir,
		.clock = &s->clock,
		.owner = owner_of,
		.owner_arg = s,
		.open_rows = 20000,
	};
}

static inline void store_open(struct store *s)
{
	struct yh_err err = { 0 };

	if (yh_meter_open(&s->cfg, &s->m, &err) != YH_OK)
		fail_msg("%s: %s", err.slug, err.n_figs ? err.figs[0].text : "");
}

static inline void store_close(struct store *s)
{
	yh_meter_close(s->m);
	s->m = NULL;
}

static inline void store_remove(struct store *s)
{
	char cmd[96];

	store_close(s);
	(void)snprintf(cmd, sizeof cmd, "rm -rf %s", s->dir);
	assert_int_equal(system(cmd), 0);
}

static inline void store_settle(struct store *s)
{
	struct yh_err err = { 0 };

	if (yh_meter_settle(s->m, &err) != YH_OK)
		fail_msg("%s: %s", err.slug, err.n_figs ? err.figs[0].text : "");
}

/* A remote-write body of n points. */
static inline void *body_of(const struct point *p, size_t n, size_t *len)
{
	struct yh_wire_point *points = calloc(n, sizeof *points);
	struct yh_arena a;
	struct yh_err err = { 0 };
	void *out;

	yh_arena_init(&a, 256 << 20);
	for (size_t i = 0; i < n; i++) {
		struct yh_meter_label l = { "resource", p[i].resource };

		assert_int_equal(yh_wire_encode_labels(&a, p[i].metric, &l, p[i].resource != NULL,
						       &points[i].labels, &points[i].labels_len,
						       &err),
				 YH_OK);
		points[i].at_ms = p[i].at_ms;
		points[i].value = p[i].value;
	}
	assert_int_equal(yh_wire_build(points, n, &out, len, &err), YH_OK);
	yh_arena_done(&a);
	free(points);
	return out;
}

static inline void nothing(struct yh_meter_write *w)
{
	(void)w;
}

static inline enum yh_rc store_try(struct store *s, const struct yh_meter_scope *scope,
				   const struct point *p, size_t n, struct yh_meter_written *got,
				   struct yh_err *err)
{
	struct yh_meter_write w = { .scope = scope,
				    .form = YH_METER_RW1,
				    .done = nothing,
				    .received_at = yh_clock_now(&s->clock) };
	void *body = body_of(p, n, &w.n);
	enum yh_rc rc;

	w.body = body;
	rc = yh_meter_write_wait(s->m, &w, err);
	if (got)
		*got = w.written;
	free(body);
	return rc;
}

static inline struct yh_meter_written
store_write(struct store *s, const struct yh_meter_scope *scope, const struct point *p, size_t n)
{
	struct yh_meter_written got;
	struct yh_err err = { 0 };

	if (store_try(s, scope, p, n, &got, &err) != YH_OK)
		fail_msg("%s: %s", err.slug, err.n_figs ? err.figs[0].text : "");
	return got;
}

static inline struct yh_meter_status store_status(struct store *s)
{
	struct yh_meter_status st;

	yh_meter_status(s->m, &st);
	return st;
}

/* Everything the store answers with, as text in a stable order: one line a sample. */
struct dump {
	char **lines;
	size_t n, cap;
};

static inline void dump_add(struct dump *d, const char *line)
{
	if (d->n == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 1024;
		d->lines = realloc(d->lines, d->cap * sizeof *d->lines);
		assert_non_null(d->lines);
	}
	d->lines[d->n++] = strdup(line);
}

static inline bool dump_series(void *arg, const struct yh_meter_series *s, const int64_t *at_ms,
			       const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char line[256];

		(void)snprintf(line, sizeof line, "%s %s %lld %.17g", s->metric, s->resource,
			       (long long)at_ms[i], values[i]);
		dump_add(arg, line);
	}
	return true;
}

static inline int dump_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline struct dump store_dump(struct store *s)
{
	struct yh_meter_select all = { 0 };
	struct dump d = { 0 };
	struct yh_err err = { 0 };

	assert_int_equal(yh_meter_samples(s->m, &all, 0, NOON_MS + 4000 * DAY_MS, 1U << 30,
					  dump_series, &d, &err),
			 YH_OK);
	if (d.n > 0)
		qsort(d.lines, d.n, sizeof *d.lines, dump_order);
	return d;
}

static inline void dump_done(struct dump *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->lines[i]);
	free(d->lines);
}

static inline void assert_same_dump(const struct dump *got, const struct dump *want)
{
	for (size_t i = 0; i < got->n && i < want->n; i++)
		if (strcmp(got->lines[i], want->lines[i]) != 0)
			fail_msg("line %zu of %zu: \"%s\" instead of \"%s\"", i, want->n,
				 got->lines[i], want->lines[i]);
	if (got->n != want->n)
		fail_msg("%zu samples instead of %zu", got->n, want->n);
}

/* A small generator, so that a failing seed can be run again. */
static inline uint32_t roll(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*state >> 33) % below);
}

#endif
