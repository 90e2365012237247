/* Segments: what goes in comes out, merged or not, damaged or not. */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double value_of(size_t kind, size_t i, double before)
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

static int setup(void **st)
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

static int teardown(void **st)
{
	struct city *c = *st;
	char cmd[128];

	(void)snprintf(cmd, sizeof cmd, "rm -rf %s", c->dir);
	assert_int_equal(system(cmd), 0);
	free(c->s);
	free(c);
	return 0;
}

static bool is_counter(void *arg, uint32_t metric)
{
	(void)arg;
	return metric == 2;
}

static struct yh_seg *part_of(struct city *c, const char *name, size_t part, size_t parts,
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

static void assert_holds(struct city *c, const struct yh_seg *seg, int64_t from, int64_t to)
{
	struct yh_seg_room room = { 0 };
	struct yh_err err = { 0 };

	for (size_t k = 0; k < c->n; k++) {
		const struct series *s = &c->s[k];
		size_t n, first = 0, last = s->n;

		assert_int_equal(yh_seg_read(seg, s->metric, s->no, from, to, &room, &n, &err),
				 YH_OK);
		while (first < s->n && s->at[first] < from)
			first++;
		while (last > first && s->at[last - 1] >= to)
			last--;
		assert_int_equal(n, last - first);
		if (n) {
			assert_memory_equal(room.at_ms, s->at + first, n * sizeof *s->at);
			assert_memory_equal(room.values, s->v + first, n * sizeof *s->v);
		}
	}
	yh_seg_room_done(&room);
}

static void what_is_written_is_read_bit_for_bit(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "a", 0, 1, ALL_LEVELS);

	assert_holds(c, seg, INT64_MIN, INT64_MAX);
	assert_holds(c, seg, START + 3000000, START + 9000000);
	yh_seg_release(seg);
}

static struct yh_seg *merged(struct city *c, struct yh_seg *const *in, size_t n, unsigned levels,
			     const char *name)
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

static void parts_merge_to_the_whole(void **st)
{
	struct city *c = *st;
	struct yh_seg *in[4], *seg;
	char name[8];

	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof name, "p%zu", i);
		in[i] = part_of(c, name, i, 4, ALL_LEVELS);
	}
	seg = merged(c, in, 4, ALL_LEVELS, "m");
	assert_holds(c, seg, INT64_MIN, INT64_MAX);
	assert_int_equal(yh_seg_info(seg)->series, SERIES);
	for (size_t i = 0; i < 4; i++)
		yh_seg_release(in[i]);
	yh_seg_release(seg);
}

struct seen {
	const struct series *s;
	enum yh_level level;
	size_t at, buckets;
	bool counter;
};

static bool compare_bucket(void *arg, const struct yh_rollup *r)
{
	struct seen *e = arg;
	const struct series *s = e->s;
	int64_t to = r->from_ms + yh_level_ms(e->level);
	uint64_t count = 0;
	double min = 0, max = 0, first = 0, last = 0, rise = 0;

	while (e->at < s->n && s->at[e->at] < r->from_ms) {
		assert_true(isnan(s->v[e->at])); /* only those may fall in no bucket */
		e->at++;
	}
	for (; e->at < s->n && s->at[e->at] < to; e->at++) {
		double v = s->v[e->at];

		if (isnan(v))
			continue;
		if (count == 0)
			min = max = first = v;
		else
			rise += v >= last ? v - last : v;
		min = v < min ? v : min;
		max = v > max ? v : max;
		last = v;
		count++;
	}
	assert_int_equal(r->count, count);
	assert_true(r->min == min && r->max == max && r->first == first && r->last == last);
	if (e->counter)
		assert_true(fabs(r->rise - rise) <= 1e-9 * fabs(rise) + 1e-9);
	assert_true(r->filled >= 1 && r->filled <= yh_level_ms(e->level) / 300000);
	e->buckets++;
	return true;
}

static bool any_number(const struct series *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!isnan(s->v[i]))
			return true;
	return false;
}

static void check_rollups(struct city *c, const struct yh_seg *seg)
{
	struct yh_seg_room room = { 0 };
	struct yh_err err = { 0 };

	for (size_t k = 0; k < c->n; k++)
		for (int l = YH_LEVEL_5M; l < YH_LEVELS; l++) {
			struct seen e = { .s = &c->s[k],
					  .level = (enum yh_level)l,
					  .counter = c->s[k].metric == 2 };

			if (k % 6 == 5)
				continue; /* any bits: sums of huge values say nothing */
			assert_int_equal(yh_seg_rollups(seg, e.level, e.s->metric, e.s->no,
							INT64_MIN / 4, INT64_MAX / 4, true, &room,
							compare_bucket, &e, &err),
					 YH_OK);
			for (; e.at < e.s->n; e.at++)
				assert_true(isnan(e.s->v[e.at]));
			assert_int_equal(e.buckets > 0, any_number(e.s));
		}
	yh_seg_room_done(&room);
}

static void rollups_equal_a_walk_with_and_without_raw(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "r", 0, 1, ALL_LEVELS), *bare;

	check_rollups(c, seg);
	bare = merged(c, &seg, 1, ALL_LEVELS & ~1u, "bare");
	assert_true(yh_seg_info(bare)->raw_bytes == 0);
	check_rollups(c, bare);
	yh_seg_release(seg);
	yh_seg_release(bare);
}

/* A segment of one series. */
static struct yh_seg *of_one(struct city *c, const char *name, unsigned levels, uint32_t metric,
			     const int64_t *at, const double *v, size_t n)
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

struct total {
	uint64_t rows, count;
	size_t sketch_bytes;
	double rise;
};

static bool add_total(void *arg, const struct yh_rollup *r)
{
	struct total *t = arg;

	t->rows++;
	t->count += r->count;
	t->sketch_bytes += r->sketch_len;
	t->rise += r->rise;
	return true;
}

static struct total total_of(const struct yh_seg *seg, enum yh_level level, uint32_t metric)
{
	struct yh_seg_room room = { 0 };
	struct yh_err err = { 0 };
	struct total t = { 0 };

	assert_int_equal(yh_seg_rollups(seg, level, metric, 7, INT64_MIN, INT64_MAX, true, &room,
					add_total, &t, &err),
			 YH_OK);
	yh_seg_room_done(&room);
	return t;
}

static void years_of_days_with_wide_sketches_stay_readable(void **st)
{
	enum { DAYS = 2000, A_DAY = 2000 };
	struct city *c = *st;
	int64_t *at = malloc(DAYS * A_DAY * sizeof *at);
	double *v = malloc(DAYS * A_DAY * sizeof *v);
	struct yh_seg *seg;
	struct total t;

	assert_true(at && v);
	for (size_t i = 0; i < DAYS * A_DAY; i++) {
		at[i] = START + (int64_t)i * (86400000 / A_DAY);
		v[i] = i % 5 ? ldexp((double)(rnd() % 4096) / 2048 - 1, (int)(rnd() % 58) - 19) : 1;
	}
	seg = of_one(c, "wide", 1u << YH_LEVEL_1D, 1, at, v, DAYS * A_DAY);
	t = total_of(seg, YH_LEVEL_1D, 1);
	assert_int_equal(t.rows, DAYS);
	assert_int_equal(t.count, DAYS * A_DAY);
	assert_true(t.sketch_bytes > 1 << 20); /* more than a chunk may hold */
	yh_seg_release(seg);
	free(at);
	free(v);
}

static void a_counter_rises_also_between_two_segments_without_raw(void **st)
{
	struct city *c = *st;
	int64_t at[2] = { START + 1000, START + 61000 };
	double v[2] = { 100, 107 };
	unsigned levels = ALL_LEVELS & ~1u;
	struct yh_seg *in[2] = { of_one(c, "c0", levels, 2, &at[0], &v[0], 1),
				 of_one(c, "c1", levels, 2, &at[1], &v[1], 1) };
	struct yh_seg *seg = merged(c, in, 2, levels, "c");

	for (int l = YH_LEVEL_5M; l < YH_LEVELS; l++) {
		struct total t = total_of(seg, (enum yh_level)l, 2);

		assert_int_equal(t.rows, 1);
		assert_int_equal(t.count, 2);
		assert_true(t.rise == 7);
	}
	yh_seg_release(in[0]);
	yh_seg_release(in[1]);
	yh_seg_release(seg);
}

struct found {
	struct city *c;
	size_t n;
	double q, error;
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static bool check_usage(void *arg, uint32_t no, const struct yh_meter_usage *u)
{
	struct found *f = arg;
	const struct series *s = NULL;
	double v[MOST], want;
	size_t n = 0, rank;

	for (size_t k = 0; k < f->c->n; k++)
		if (f->c->s[k].no == no)
			s = &f->c->s[k];
	assert_non_null(s);
	for (size_t i = 0; i < s->n; i++)
		if (!isnan(s->v[i]))
			v[n++] = s->v[i];
	qsort(v, n, sizeof *v, by_value);
	assert_int_equal(u->count, n);
	assert_true(u->min == v[0] && u->max == v[n - 1]);
	rank = (size_t)ceil(f->q * (double)n);
	want = v[rank ? rank - 1 : 0];
	if (f->error == 0)
		assert_true(u->quantile == want);
	else if (fabs(want) > 0x1p-20 && fabs(want) < 0x1p40)
		assert_true(fabs(u->quantile - want) <= f->error * fabs(want));
	f->n++;
	return true;
}

static void a_scan_of_parts_equals_sorting(void **st)
{
	struct city *c = *st;
	struct yh_seg *in[3];
	char name[8];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof name, "s%zu", i);
		in[i] = part_of(c, name, i, 3, ALL_LEVELS);
	}
	for (int source = 0; source < 2; source++)
		for (uint32_t metric = 1; metric <= METRICS; metric += 2) {
			struct found f = { .c = c, .q = 0.95, .error = source ? 1.0 / 64 : 0 };
			struct yh_seg_scan scan = { .segs = in,
						    .n = 3,
						    .metric = metric,
						    .from_ms = START,
						    .to_ms = START + 400 * INT64_C(86400000),
						    .quantile = f.q,
						    .threads = 2,
						    .source = (enum yh_meter_source)source,
						    .emit = check_usage,
						    .emit_arg = &f };
			struct yh_err err = { 0 };

			assert_int_equal(yh_seg_scan(&scan, &err), YH_OK);
			assert_int_equal(f.n, SERIES / METRICS);
		}
	for (size_t i = 0; i < 3; i++)
		yh_seg_release(in[i]);
}

static void flip(const char *path, long at, unsigned char bits)
{
	int fd = open(path, O_RDWR);
	unsigned char b = 0;

	assert_true(fd >= 0 && pread(fd, &b, 1, at) == 1);
	b ^= bits;
	assert_int_equal(pwrite(fd, &b, 1, at), 1);
	(void)close(fd);
}

/* Reads everything; a series is either whole or refused as damaged. */
static size_t readable(struct city *c, const struct yh_seg *seg)
{
	struct yh_seg_room room = { 0 };
	size_t fine = 0;

	for (size_t k = 0; k < c->n; k++) {
		const struct series *s = &c->s[k];
		struct yh_err err = { 0 };
		size_t n;
		enum yh_rc rc =
			yh_seg_read(seg, s->metric, s->no, INT64_MIN, INT64_MAX, &room, &n, &err);

		if (rc == YH_OK) {
			assert_int_equal(n, s->n);
			assert_memory_equal(room.values, s->v, n * sizeof *s->v);
			fine++;
		} else {
			assert_int_equal(rc, YH_STORAGE);
			assert_string_equal(err.slug, "meter-damaged");
		}
	}
	yh_seg_room_done(&room);
	return fine;
}

/* What is left of a file cut short: of each series nothing, or samples that were written. */
static size_t some_of(struct city *c, const struct yh_seg *seg)
{
	struct yh_seg_room room = { 0 };
	size_t any = 0;

	for (size_t k = 0; k < c->n; k++) {
		const struct series *s = &c->s[k];
		struct yh_err err = { 0 };
		size_t n, at = 0;

		assert_int_equal(
			yh_seg_read(seg, s->metric, s->no, INT64_MIN, INT64_MAX, &room, &n, &err),
			YH_OK);
		for (size_t i = 0; i < n; i++) {
			while (at < s->n && s->at[at] < room.at_ms[i])
				at++;
			assert_true(at < s->n && s->at[at] == room.at_ms[i]);
			assert_memory_equal(&s->v[at], &room.values[i], sizeof s->v[at]);
		}
		any += n > 0;
	}
	yh_seg_room_done(&room);
	return any;
}

/* One damaged byte: how much is served, and is the loss of head, foot or directory named? */
static void try_flip(struct city *c, const char *path, size_t at, size_t *served, size_t *mended)
{
	struct yh_err err = { 0 };
	struct yh_seg *seg;
	size_t fine;

	flip(path, (long)at, (unsigned char)(1 + rnd() % 255));
	assert_int_equal(yh_seg_open(path, &seg, &err), YH_OK);
	fine = readable(c, seg);
	if (yh_seg_info(seg)->damage[0]) {
		assert_int_equal(fine, c->n);
		assert_non_null(strstr(yh_seg_info(seg)->damage, "f at "));
		++*mended;
	}
	*served += fine;
	yh_seg_release(seg);
	seg = part_of(c, "f", 0, 1, ALL_LEVELS);
	yh_seg_release(seg);
}

static void a_flipped_byte_is_detected_and_the_rest_served(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "f", 0, 1, ALL_LEVELS);
	size_t size = yh_seg_info(seg)->bytes, served = 0, mended = 0;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/f", c->dir);
	yh_seg_release(seg);
	for (size_t at = 0; at < size; at += 1 + size / 300)
		try_flip(c, path, at, &served, &mended);
	assert_true(served > 0);
	mended = 0;
	for (size_t at = 0; at < 16; at++)
		try_flip(c, path, at, &served, &mended);
	for (size_t at = size - 64; at < size; at++)
		try_flip(c, path, at, &served, &mended);
	assert_int_equal(mended, 80);
}

static void a_file_cut_short_serves_its_whole_pages(void **st)
{
	struct city *c = *st;
	struct yh_seg *seg = part_of(c, "t", 0, 1, ALL_LEVELS);
	size_t size = yh_seg_info(seg)->bytes, served = 0;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/t", c->dir);
	yh_seg_release(seg);
	for (size_t to = size - 1; to > size / 40; to -= 1 + size / 40) {
		struct yh_err err = { 0 };
		enum yh_rc rc;

		assert_int_equal(truncate(path, (off_t)to), 0);
		rc = yh_seg_open(path, &seg, &err);
		if (rc != YH_OK) {
			assert_string_equal(err.slug, "meter-damaged");
			continue;
		}
		assert_true(yh_seg_info(seg)->damage[0] != 0);
		served += some_of(c, seg);
		yh_seg_release(seg);
	}
	assert_true(served > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_bit_for_bit),
		cmocka_unit_test(parts_merge_to_the_whole),
		cmocka_unit_test(rollups_equal_a_walk_with_and_without_raw),
		cmocka_unit_test(years_of_days_with_wide_sketches_stay_readable),
		cmocka_unit_test(a_counter_rises_also_between_two_segments_without_raw),
		cmocka_unit_test(a_scan_of_parts_equals_sorting),
		cmocka_unit_test(a_flipped_byte_is_detected_and_the_rest_served),
		cmocka_unit_test(a_file_cut_short_serves_its_whole_pages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
