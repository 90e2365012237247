/* Roll-ups whose raw samples are gone. */
#include "segments.h"

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

enum { DAYS = 2000, PART_DAYS = 500, WIDE = 1200, A_DAY = 5850 };

/* A day's samples fall into buckets from end to end of a sketch: an eighth of them hold 17, half of
 * them 4 and the others 2, which no way of packing a sketch makes short. */
static size_t wide_day(int64_t from_ms, int64_t *at, double *v)
{
	size_t n = 0;

	for (unsigned k = 0; k < WIDE; k++) {
		unsigned bucket = k * 16 / 5, times = k % 8 == 0 ? 17 : k % 8 <= 4 ? 4 : 2;
		double value = ldexp(1 + (bucket % 32 + 0.5) / 32, (int)(bucket / 32 % 60) - 20);

		for (unsigned i = 0; i < times; i++, n++) {
			at[n] = from_ms + (int64_t)n * (86400000 / A_DAY);
			v[n] = bucket < 60 * 32 ? value : -value;
		}
	}
	return n;
}

static void years_of_days_with_wide_sketches_stay_readable(void **st)
{
	enum { PARTS = DAYS / PART_DAYS, LEVEL = 1 << YH_LEVEL_1D };
	struct city *c = *st;
	int64_t *at = malloc(PART_DAYS * A_DAY * sizeof *at);
	double *v = malloc(PART_DAYS * A_DAY * sizeof *v);
	struct yh_seg *in[PARTS], *seg;
	struct total t;
	char name[8];

	assert_true(at && v);
	for (int p = 0; p < PARTS; p++) {
		size_t n = 0;

		for (int d = 0; d < PART_DAYS; d++)
			n += wide_day(START + (p * PART_DAYS + d) * INT64_C(86400000), at + n,
				      v + n);
		(void)snprintf(name, sizeof name, "w%d", p);
		in[p] = of_one(c, name, LEVEL, 1, at, v, n);
	}
	seg = merged(c, in, PARTS, LEVEL, "wide");
	t = total_of(seg, YH_LEVEL_1D, 1);
	assert_int_equal(t.rows, DAYS);
	assert_int_equal(t.count, DAYS * A_DAY);
	assert_true(t.sketch_bytes > 4 << 20); /* more than a page may ever hold */
	for (int p = 0; p < PARTS; p++)
		yh_seg_release(in[p]);
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

/* ---- roll-ups alone, in bounds, some of them damaged ---- */

struct within {
	int64_t from_ms, to_ms;
	uint64_t count;
	double sum;
};

static bool add_within(void *arg, const struct yh_rollup *r)
{
	struct within *t = arg;

	assert_true(r->from_ms >= t->from_ms && r->from_ms < t->to_ms);
	t->count += r->count;
	t->sum += r->sum;
	return true;
}

/* Of one series; a damaged page: what came before it. */
static bool count_of(const struct yh_seg *seg, enum yh_level level, const struct series *s,
		     struct within *t)
{
	struct yh_seg_room room = { 0 };
	struct yh_err err = { 0 };
	enum yh_rc rc = seg ? yh_seg_rollups(seg, level, s->metric, s->no, INT64_MIN, INT64_MAX,
					     true, &room, add_within, t, &err)
			    : YH_OK;

	assert_true(rc == YH_OK || rc == YH_STORAGE);
	yh_seg_room_done(&room);
	return rc == YH_OK;
}

static struct yh_seg *cut(struct city *c, struct yh_seg *const in[2], const char *name,
			  struct within w, uint64_t *damaged)
{
	struct yh_seg_merge m = { .in = in,
				  .n = 2,
				  .from_ms = w.from_ms,
				  .to_ms = w.to_ms,
				  .levels = ALL_LEVELS & ~1u,
				  .counter = is_counter };
	struct yh_err err = { 0 };
	struct yh_seg *seg = NULL;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", c->dir, name);
	assert_int_equal(yh_seg_merge(&m, path, &err), YH_OK);
	*damaged += m.damaged;
	if (!m.empty)
		assert_int_equal(yh_seg_open(path, &seg, &err), YH_OK);
	return seg;
}

static void damage(struct city *c, const char *name, size_t bytes)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", c->dir, name);
	f = fopen(path, "r+");
	assert_non_null(f);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fseek(f, (long)(rnd() % bytes), SEEK_SET), 0);
		assert_true(fputc((int)(rnd() % 256), f) != EOF);
	}
	assert_int_equal(fclose(f), 0);
}

/* The two sides of a day's end hold together what there was, of damaged ones what is readable. */
static void roll_ups_cut_at_a_day_are_whole_together_and_lose_only_damaged_pages(void **st)
{
	struct city *c = *st;
	uint64_t hurt = 0;

	for (int round = 0; round < 30; round++) {
		int64_t day = yh_level_floor(YH_LEVEL_1D, START) +
			      (int64_t)(rnd() % 7) * INT64_C(86400000);
		struct within left = { START - INT64_C(86400000), day, 0, 0 },
			      right = { day, START + INT64_C(8640000000), 0, 0 };
		struct yh_seg *raw[2] = { part_of(c, "r0", 0, 2, ALL_LEVELS),
					  part_of(c, "r1", 1, 2, ALL_LEVELS) };
		struct yh_seg *in[2] = { merged(c, &raw[0], 1, ALL_LEVELS & ~1u, "o0"),
					 merged(c, &raw[1], 1, ALL_LEVELS & ~1u, "o1") };
		struct yh_seg *a, *b;
		uint64_t damaged = 0;

		if (round % 2)
			damage(c, "o1", yh_seg_info(in[1])->bytes);
		a = cut(c, in, "a", left, &damaged);
		b = cut(c, in, "b", right, &damaged);
		hurt += damaged > 0;
		for (size_t k = 0; k < c->n; k++)
			for (int l = YH_LEVEL_5M; l < YH_LEVELS; l++) {
				struct within x = left, y = right,
					      all = { INT64_MIN, INT64_MAX, 0, 0 };
				bool whole = count_of(in[0], (enum yh_level)l, &c->s[k], &all);

				whole = count_of(in[1], (enum yh_level)l, &c->s[k], &all) && whole;
				assert_true(count_of(a, (enum yh_level)l, &c->s[k], &x));
				assert_true(count_of(b, (enum yh_level)l, &c->s[k], &y));
				if (whole)
					assert_int_equal(x.count + y.count, all.count);
				else
					assert_true(damaged > 0);
			}
		yh_seg_release(a);
		yh_seg_release(b);
		for (int i = 0; i < 2; i++) {
			yh_seg_release(in[i]);
			yh_seg_release(raw[i]);
		}
	}
	assert_true(hurt > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(years_of_days_with_wide_sketches_stay_readable),
		cmocka_unit_test(a_counter_rises_also_between_two_segments_without_raw),
		cmocka_unit_test(
			roll_ups_cut_at_a_day_are_whole_together_and_lose_only_damaged_pages),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
