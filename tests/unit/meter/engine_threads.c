/* Writers, readers, a register that changes, sealing and merging, all at once. */
#include "store.h"

#include <pthread.h>
#include <stdatomic.h>

enum { WRITERS = 3, READERS = 2, BODIES = 150, POINTS = 60 };

static struct store s;
static atomic_bool over;

struct writer {
	int number;
	uint64_t samples;
};

/* As a sender does: what is answered with "busy" is sent again. */
static uint64_t send_all(const struct point *p, size_t n)
{
	struct yh_meter_written got;
	enum yh_rc rc;

	do {
		struct yh_err err = { 0 };

		rc = store_try(&s, unit_scope(), p, n, &got, &err);
		if (rc != YH_OK && rc != YH_BUSY)
			fail_msg("%s", err.slug);
	} while (rc == YH_BUSY);
	return got.samples;
}

static void *write_all(void *arg)
{
	struct writer *w = arg;

	for (int i = 0; i < BODIES; i++) {
		struct point p[POINTS];
		char names[POINTS][16];

		for (int k = 0; k < POINTS; k++) {
			(void)snprintf(names[k], sizeof names[k], "R-%d-%d", w->number,
				       k + i / 50 * 20); /* some are new now and then */
			p[k] = (struct point){ k % 2 ? "cpu_ratio" : "net_bytes_total", names[k],
					       NOON_MS - 3 * DAY_MS + i * 1000, i };
		}
		w->samples += send_all(p, POINTS);
	}
	return NULL;
}

struct seen {
	uint64_t n;
	int64_t before_ms;
};

static bool on_latest(void *arg, const struct yh_meter_series *series, int64_t at_ms, double v)
{
	struct seen *seen = arg;

	assert_true(v == (double)((at_ms - NOON_MS + 3 * DAY_MS) / 1000));
	seen->n += strlen(series->resource);
	return true;
}

static bool on_samples(void *arg, const struct yh_meter_series *series, const int64_t *at_ms,
		       const double *values, size_t n)
{
	struct seen *seen = arg;

	(void)series;
	for (size_t i = 0; i < n; i++) {
		assert_true(i == 0 || at_ms[i - 1] < at_ms[i]);
		assert_true(values[i] == (double)((at_ms[i] - NOON_MS + 3 * DAY_MS) / 1000));
	}
	seen->n += n;
	return true;
}

static bool on_history(void *arg, const struct yh_meter_series *series,
		       const struct yh_meter_bucket *b, size_t n)
{
	struct seen *seen = arg;

	(void)series;
	for (size_t i = 0; i < n; i++)
		seen->n += b[i].count;
	return true;
}

static bool on_scan(void *arg, const struct yh_meter_series *series, const struct yh_meter_usage *u)
{
	struct seen *seen = arg;

	(void)series;
	assert_true(u->max <= BODIES && u->count <= BODIES);
	seen->n++;
	return true;
}

static void read_once(struct seen *seen)
{
	int64_t from = NOON_MS - 3 * DAY_MS - 3 * 3600000, to = NOON_MS;
	struct yh_meter_select cpu = { .metric = "cpu_ratio" }, all = { 0 };
	struct yh_meter_scan scan = { .what = cpu, .from_ms = from, .to_ms = to, .quantile = 0.95 };
	struct yh_err err = { 0 };

	assert_int_equal(yh_meter_latest(s.m, &all, 0, NULL, on_latest, seen, &err), YH_OK);
	assert_int_equal(yh_meter_samples(s.m, &cpu, from, to, 100000, on_samples, seen, &err),
			 YH_OK);
	assert_int_equal(yh_meter_history(s.m, &cpu, from, to, 3600000, on_history, seen, &err),
			 YH_OK);
	assert_int_equal(yh_meter_scan(s.m, &scan, on_scan, seen, &err), YH_OK);
	(void)store_status(&s);
}

static void *read_all(void *arg)
{
	while (!over)
		read_once(arg);
	return NULL;
}

static void *keep_house(void *arg)
{
	(void)arg;
	for (int i = 0; !over; i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "R-%d-%d", i % WRITERS, i % POINTS);
		yh_meter_owner_changed(s.m, name);
		if (i % 50 == 0)
			store_settle(&s);
	}
	return NULL;
}

static void all_at_once_nothing_is_lost_or_torn(void **state)
{
	struct writer w[WRITERS];
	struct seen seen[READERS] = { 0 };
	pthread_t writers[WRITERS], readers[READERS], keeper;
	struct dump d;

	(void)state;
	store_new(&s);
	s.cfg.open_rows = 1500;
	store_open(&s);
	assert_int_equal(pthread_create(&keeper, NULL, keep_house, NULL), 0);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_all, &seen[i]), 0);
	for (int i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){ .number = i };
		assert_int_equal(pthread_create(&writers[i], NULL, write_all, &w[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		(void)pthread_join(writers[i], NULL);
		assert_int_equal(w[i].samples, BODIES * POINTS);
	}
	over = true;
	for (int i = 0; i < READERS; i++)
		(void)pthread_join(readers[i], NULL);
	(void)pthread_join(keeper, NULL);
	d = store_dump(&s);
	assert_int_equal(d.n, WRITERS * BODIES * POINTS);
	dump_done(&d);
	store_close(&s);
	store_open(&s);
	d = store_dump(&s);
	assert_int_equal(d.n, WRITERS * BODIES * POINTS);
	dump_done(&d);
	assert_int_equal(store_status(&s).damaged, 0);
	store_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_at_once_nothing_is_lost_or_torn),
	};

	return cmocka_run_group_tests_name("engine_threads", tests, NULL, NULL);
}
