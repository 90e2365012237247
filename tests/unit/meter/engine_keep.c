/* Days become one segment, months too, levels end, and none of it changes an answer. */
#include "store.h"

#include <math.h>

#define HOUR_MS INT64_C(3600000)

static void write_days(struct store *s, int64_t from_ms, int days, int64_t step_ms)
{
	enum { AT_ONCE = 2000 };
	static struct point p[AT_ONCE];
	size_t n = 0;

	for (int64_t at = from_ms; at < from_ms + days * DAY_MS; at += step_ms) {
		p[n++] = (struct point){ "cpu_ratio", "R-1", at, (double)(at / step_ms % 50) };
		p[n++] = (struct point){ "net_bytes_total", "R-1", at,
					 (double)(at / step_ms % 1000) };
		if (n == AT_ONCE || at + step_ms >= from_ms + days * DAY_MS) {
			(void)store_write(s, import_scope(), p, n);
			n = 0;
		}
	}
}

static void set_now(struct store *s, int64_t now_ms)
{
	yh_clock_set(&s->clock, now_ms * 1000);
}

static void finished_days_become_a_segment_each_and_a_finished_month_one(void **state)
{
	int64_t october = NOON_MS - 12 * HOUR_MS - 9 * DAY_MS; /* the 1st, midnight */
	struct dump want, got;
	struct store s;

	(void)state;
	store_new(&s);
	s.cfg.open_rows = 2000;
	store_open(&s);
	set_now(&s, october + 3 * DAY_MS + HOUR_MS);
	write_days(&s, october, 3, 30000);
	want = store_dump(&s);
	store_settle(&s);
	assert_int_equal(store_status(&s).segments, 3);
	write_days(&s, october + 15000, 1, 300000); /* late ones into the first day */
	dump_done(&want);
	want = store_dump(&s);
	store_settle(&s);
	assert_int_equal(store_status(&s).segments, 3);
	got = store_dump(&s);
	assert_same_dump(&got, &want);
	dump_done(&got);
	set_now(&s, october + 40 * DAY_MS);
	store_settle(&s);
	assert_int_equal(store_status(&s).segments, 1);
	got = store_dump(&s);
	assert_same_dump(&got, &want);
	dump_done(&got);
	store_close(&s);
	store_open(&s);
	got = store_dump(&s);
	assert_same_dump(&got, &want);
	dump_done(&got);
	dump_done(&want);
	store_remove(&s);
}

static void what_reaches_from_days_ago_into_today_is_cut_at_midnight(void **state)
{
	int64_t october = NOON_MS - 12 * HOUR_MS - 9 * DAY_MS;
	struct dump want, got;
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	set_now(&s, october + 3 * DAY_MS - HOUR_MS / 2);
	write_days(&s, october, 3, HOUR_MS); /* the third is today, all in one block */
	want = store_dump(&s);
	for (int day = 0; day < 2; day++) {
		store_settle(&s);
		assert_int_equal(store_status(&s).segments, 3);
		got = store_dump(&s);
		assert_same_dump(&got, &want);
		dump_done(&got);
		set_now(&s, october + 4 * DAY_MS);
	}
	dump_done(&want);
	store_remove(&s);
}

struct sums {
	uint64_t buckets, count;
	double sum;
};

static bool add_up(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		   size_t n)
{
	struct sums *t = arg;

	(void)s;
	t->buckets += n;
	for (size_t i = 0; i < n; i++) {
		t->count += b[i].count;
		t->sum += b[i].sum;
	}
	return true;
}

static struct sums history(struct store *s, int64_t from_ms, int64_t to_ms, int64_t step_ms)
{
	struct yh_meter_select what = { .metric = "cpu_ratio" };
	struct sums t = { 0 };
	struct yh_err err = { 0 };

	assert_int_equal(yh_meter_history(s->m, &what, from_ms, to_ms, step_ms, add_up, &t, &err),
			 YH_OK);
	return t;
}

static size_t dump_size(struct store *s)
{
	struct dump d = store_dump(s);
	size_t n = d.n;

	dump_done(&d);
	return n;
}

static void each_level_ends_at_its_own_time(void **state)
{
	int64_t day = NOON_MS - 12 * HOUR_MS;
	uint64_t n = DAY_MS / 10000;
	struct sums t;
	struct store s;

	(void)state;
	store_new(&s);
	s.cfg.raw_days = 10;
	s.cfg.m5_days = 60;
	s.cfg.h1_days = 100;
	s.cfg.d1_days = 200;
	store_open(&s);
	set_now(&s, day + 2 * DAY_MS);
	write_days(&s, day, 1, 10000);
	store_settle(&s);
	assert_int_equal(dump_size(&s), 2 * n);
	set_now(&s, day + 50 * DAY_MS); /* raw of the whole month is past, 5 minutes stay */
	store_settle(&s);
	assert_int_equal(dump_size(&s), 0);
	t = history(&s, day, day + DAY_MS, 300000);
	assert_int_equal(t.buckets, 288);
	assert_int_equal(t.count, n);
	set_now(&s, day + 90 * DAY_MS);
	store_settle(&s);
	assert_int_equal(history(&s, day, day + DAY_MS, 300000).count, 0);
	t = history(&s, day, day + DAY_MS, HOUR_MS);
	assert_int_equal(t.buckets, 24);
	assert_int_equal(t.count, n);
	set_now(&s, day + 150 * DAY_MS);
	store_settle(&s);
	assert_int_equal(history(&s, day, day + DAY_MS, HOUR_MS).count, 0);
	t = history(&s, day, day + DAY_MS, DAY_MS);
	assert_int_equal(t.buckets, 1);
	assert_int_equal(t.count, n);
	assert_int_equal(store_status(&s).segments, 1);
	set_now(&s, day + 300 * DAY_MS);
	store_settle(&s);
	assert_int_equal(store_status(&s).segments, 0);
	assert_int_equal(store_status(&s).segment_bytes, 0);
	assert_int_equal(store_status(&s).damaged, 0);
	store_remove(&s);
}

static void what_is_past_its_samples_is_not_counted_again_by_an_import(void **state)
{
	int64_t day = NOON_MS - 12 * HOUR_MS;
	uint64_t n = DAY_MS / 10000;
	struct store s;

	(void)state;
	store_new(&s);
	s.cfg.raw_days = 10;
	store_open(&s);
	set_now(&s, day + 50 * DAY_MS);
	write_days(&s, day, 1, 10000);
	store_settle(&s);
	assert_int_equal(dump_size(&s), 0);
	assert_int_equal(history(&s, day, day + DAY_MS, HOUR_MS).count, n);
	write_days(&s, day, 2, 10000); /* that day again, and another */
	store_settle(&s);
	assert_int_equal(history(&s, day, day + DAY_MS, HOUR_MS).count, n);
	assert_int_equal(history(&s, day, day + 2 * DAY_MS, HOUR_MS).count, 2 * n);
	store_remove(&s);
}

/* ---- counters in parts that interleave ---- */

enum { SLOT_S = 300, WRAP_S = 50000, TICK_S = 10 };

/* Every other slot of five minutes of a day, of a counter that counts its seconds and is reset. */
static void write_slots(struct store *s, int64_t day_ms, int odd)
{
	static struct point p[DAY_MS / 1000 / TICK_S];
	size_t n = 0;

	for (int at = 0; at < DAY_MS / 1000; at += TICK_S)
		if (at / SLOT_S % 2 == odd)
			p[n++] = (struct point){ "net_bytes_total", "R-1",
						 day_ms + (int64_t)at * 1000, at % WRAP_S };
	(void)store_write(s, import_scope(), p, n);
}

static bool check_rises(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
			size_t n)
{
	const int64_t *day_ms = arg;
	int64_t step_s = n > 1 ? (b[1].from_ms - b[0].from_ms) / 1000 : DAY_MS / 1000;

	(void)s;
	assert_int_equal(n, DAY_MS / 1000 / step_s);
	for (size_t i = 0; i < n; i++) {
		int64_t from_s = (b[i].from_ms - *day_ms) / 1000;
		bool reset = WRAP_S >= from_s && WRAP_S < from_s + step_s;

		assert_int_equal(b[i].count, step_s / TICK_S);
		/* the first follows nothing, and what a reset hides is not known */
		assert_true(b[i].rise == (double)(step_s - (i == 0) * TICK_S - reset * TICK_S));
	}
	return true;
}

static void assert_rises(struct store *s, int64_t day_ms)
{
	static const int64_t steps[] = { SLOT_S * 1000, HOUR_MS, DAY_MS };
	struct yh_meter_select what = { .metric = "net_bytes_total" };
	struct yh_err err = { 0 };

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(yh_meter_history(s->m, &what, day_ms, day_ms + DAY_MS, steps[i],
						  check_rises, &day_ms, &err),
				 YH_OK);
}

static void a_counter_imported_in_turns_rises_once_when_its_samples_are_gone(void **state)
{
	int64_t day = NOON_MS - 12 * HOUR_MS;
	struct store s;

	(void)state;
	store_new(&s);
	s.cfg.raw_days = 10;
	store_open(&s);
	set_now(&s, day + 50 * DAY_MS);
	write_slots(&s, day, 0);
	store_settle(&s);
	assert_int_equal(dump_size(&s), 0); /* only roll-ups are left of the first turn */
	write_slots(&s, day, 1);
	assert_rises(&s, day); /* the second lies open */
	store_settle(&s);
	assert_int_equal(dump_size(&s), 0);
	assert_rises(&s, day);
	store_close(&s);
	store_open(&s);
	assert_rises(&s, day);
	store_remove(&s);
}

static void an_import_of_forty_years_is_taken_in_months(void **state)
{
	struct point p[480];
	struct dump d;
	struct store s;

	(void)state;
	store_new(&s);
	s.cfg.raw_days = 40000;
	store_open(&s);
	for (int i = 0; i < 480; i++)
		p[i] = (struct point){ "cpu_ratio", "R-1",
				       NOON_MS - (int64_t)(480 - i) * 30 * DAY_MS, i };
	assert_int_equal(store_write(&s, import_scope(), p, 480).samples, 480);
	store_settle(&s);
	d = store_dump(&s);
	assert_int_equal(d.n, 480);
	assert_true(store_status(&s).segments <= 482);
	dump_done(&d);
	store_remove(&s);
}

static void an_old_open_block_is_sealed_by_itself(void **state)
{
	struct point p = { "cpu_ratio", "R-1", NOON_MS, 1 };
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	(void)store_write(&s, unit_scope(), &p, 1);
	set_now(&s, NOON_MS + 2 * HOUR_MS);
	for (int i = 0; i < 600 && store_status(&s).open_rows > 0; i++)
		(void)usleep(100000); /* until its thread looks; a minute at most */
	assert_int_equal(store_status(&s).open_rows, 0);
	assert_int_equal(store_status(&s).segments, 1);
	store_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finished_days_become_a_segment_each_and_a_finished_month_one),
		cmocka_unit_test(what_reaches_from_days_ago_into_today_is_cut_at_midnight),
		cmocka_unit_test(each_level_ends_at_its_own_time),
		cmocka_unit_test(what_is_past_its_samples_is_not_counted_again_by_an_import),
		cmocka_unit_test(a_counter_imported_in_turns_rises_once_when_its_samples_are_gone),
		cmocka_unit_test(an_import_of_forty_years_is_taken_in_months),
		cmocka_unit_test(an_old_open_block_is_sealed_by_itself),
	};

	return cmocka_run_group_tests_name("engine_keep", tests, NULL, NULL);
}
