/* Segments: what goes in comes out, merged or not. */
#include "segments.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_bit_for_bit),
		cmocka_unit_test(parts_merge_to_the_whole),
		cmocka_unit_test(rollups_equal_a_walk_with_and_without_raw),
		cmocka_unit_test(a_scan_of_parts_equals_sorting),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
