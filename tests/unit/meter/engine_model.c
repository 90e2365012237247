/* Storms of samples in, late, twice and against each other, beside a model that only remembers. */
#include "store.h"

#include <math.h>

enum { RESOURCES = 6, METRICS = 3, SERIES = RESOURCES * METRICS, KEPT = 60000 };

static const char *const metrics[METRICS] = { "cpu_ratio", "net_bytes_total", "memory_bytes" };
static char resources[RESOURCES][16];

struct model {
	struct {
		int64_t at_ms;
		double value;
	} kept[SERIES][KEPT];
	size_t n[SERIES];
};

static void remember(struct model *m, size_t series, int64_t at_ms, double value)
{
	size_t i = m->n[series];

	while (i > 0 && m->kept[series][i - 1].at_ms > at_ms)
		i--;
	if (i > 0 && m->kept[series][i - 1].at_ms == at_ms)
		return;
	assert_true(m->n[series] < KEPT);
	memmove(&m->kept[series][i + 1], &m->kept[series][i],
		(m->n[series] - i) * sizeof m->kept[0][0]);
	m->kept[series][i].at_ms = at_ms;
	m->kept[series][i].value = value;
	m->n[series]++;
}

static void compare_samples(struct store *s, const struct model *m)
{
	struct dump got = store_dump(s), want = { 0 };

	for (size_t i = 0; i < SERIES; i++)
		for (size_t k = 0; k < m->n[i]; k++) {
			char line[256];

			(void)snprintf(line, sizeof line, "%s %s %lld %.17g", metrics[i % METRICS],
				       resources[i / METRICS], (long long)m->kept[i][k].at_ms,
				       m->kept[i][k].value);
			dump_add(&want, line);
		}
	qsort(want.lines, want.n, sizeof *want.lines, dump_order);
	assert_same_dump(&got, &want);
	dump_done(&got);
	dump_done(&want);
}

static size_t series_of(const struct yh_meter_series *s)
{
	for (size_t i = 0; i < SERIES; i++)
		if (strcmp(s->metric, metrics[i % METRICS]) == 0 &&
		    strcmp(s->resource, resources[i / METRICS]) == 0)
			return i;
	fail_msg("%s of %s was never sent", s->metric, s->resource);
	return 0;
}

struct check {
	const struct model *m;
	int64_t from_ms, to_ms, step_ms;
	size_t seen;
};

static bool latest_is(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	struct check *c = arg;
	size_t i = series_of(s);

	assert_true(c->m->n[i] > 0);
	assert_int_equal(at_ms, c->m->kept[i][c->m->n[i] - 1].at_ms);
	assert_true(value == c->m->kept[i][c->m->n[i] - 1].value);
	c->seen++;
	return true;
}

static struct yh_meter_bucket bucket_of(const struct model *m, size_t i, int64_t from_ms,
					int64_t to_ms)
{
	struct yh_meter_bucket b = { .from_ms = from_ms };

	for (size_t k = 0; k < m->n[i]; k++) {
		double v = m->kept[i][k].value, before;

		if (m->kept[i][k].at_ms < from_ms || m->kept[i][k].at_ms >= to_ms)
			continue;
		if (b.count == 0) {
			b.min = b.max = b.first = v;
		}
		b.count++;
		b.min = fmin(b.min, v);
		b.max = fmax(b.max, v);
		b.sum += v;
		b.last = v;
		before = k > 0 ? m->kept[i][k - 1].value : v;
		b.rise += v >= before ? v - before : v;
	}
	return b;
}

static bool history_is(void *arg, const struct yh_meter_series *s,
		       const struct yh_meter_bucket *got, size_t n)
{
	struct check *c = arg;
	size_t i = series_of(s), k = 0;

	for (int64_t at = c->from_ms; at < c->to_ms; at += c->step_ms) {
		int64_t upto = at + c->step_ms < c->to_ms ? at + c->step_ms : c->to_ms;
		struct yh_meter_bucket want = bucket_of(c->m, i, at, upto);

		if (want.count == 0)
			continue;
		assert_true(k < n);
		assert_int_equal(got[k].from_ms, at);
		assert_int_equal(got[k].count, want.count);
		assert_true(got[k].min == want.min && got[k].max == want.max);
		assert_true(got[k].first == want.first && got[k].last == want.last);
		assert_true(fabs(got[k].sum - want.sum) <= 1e-9 * (1 + fabs(want.sum)));
		if (i % METRICS == 1) /* the counter */
			assert_true(fabs(got[k].rise - want.rise) <= 1e-9 * (1 + want.rise));
		k++;
	}
	assert_int_equal(k, n);
	c->seen++;
	return true;
}

static void compare_history_of(struct store *s, const struct model *m, size_t resource,
			       int64_t from_ms, int64_t to_ms, int64_t step_ms)
{
	struct check c = { m, from_ms, to_ms, step_ms, 0 };
	const char *number = resources[resource];
	struct yh_meter_select what = { .resources = &number,
					.n_resources = 1,
					.by_resource = true };
	struct yh_err err = { 0 };
	size_t want = 0;

	assert_int_equal(
		yh_meter_history(s->m, &what, from_ms, to_ms, step_ms, history_is, &c, &err),
		YH_OK);
	for (size_t i = resource * METRICS; i < (resource + 1) * METRICS; i++)
		want += bucket_of(m, i, from_ms, to_ms).count > 0;
	assert_int_equal(c.seen, want);
}

static void compare_history(struct store *s, const struct model *m, int64_t from_ms, int64_t to_ms,
			    int64_t step_ms)
{
	struct check c = { m, from_ms, to_ms, step_ms, 0 };
	struct yh_meter_select all = { 0 };
	struct yh_err err = { 0 };
	size_t want = 0;

	assert_int_equal(
		yh_meter_history(s->m, &all, from_ms, to_ms, step_ms, history_is, &c, &err), YH_OK);
	for (size_t i = 0; i < SERIES; i++)
		want += bucket_of(m, i, from_ms, to_ms).count > 0;
	assert_int_equal(c.seen, want);
}

static void compare(struct store *s, const struct model *m, uint64_t *dice)
{
	int64_t now = yh_clock_now(&s->clock) / 1000, day = now - (now + 8 * 3600000) % DAY_MS;
	struct check c = { .m = m };
	struct yh_meter_select all = { 0 };
	struct yh_err err = { 0 };
	size_t want = 0;

	compare_samples(s, m);
	assert_int_equal(yh_meter_latest(s->m, &all, 0, NULL, latest_is, &c, &err), YH_OK);
	for (size_t i = 0; i < SERIES; i++)
		want += m->n[i] > 0;
	assert_int_equal(c.seen, want);
	compare_history(s, m, day - 20 * DAY_MS, day + 2 * DAY_MS, DAY_MS);
	compare_history(s, m, day - 9 * DAY_MS, now - roll(dice, 3600000), 3600000);
	compare_history(s, m, day - 2 * DAY_MS, now, 300000);
	compare_history(s, m, now - (int64_t)roll(dice, 86400000), now + 1000, 3600000);
	compare_history(s, m, now - 3 * DAY_MS, now - roll(dice, 1000), 977000);
	for (size_t i = 0; i < RESOURCES; i++)
		compare_history_of(s, m, i, day - 9 * DAY_MS, now, i % 2 ? 3600000 : DAY_MS);
}

/* Values with few decimals and with all bits, counters that are reset. */
static double value_of(uint64_t *dice, size_t series, int64_t at_ms)
{
	if (series % METRICS == 1)
		return (double)((at_ms / 1000 % 100000) * 10 + roll(dice, 10));
	return roll(dice, 10) == 0 ? roll(dice, 1000000) / 7.0 : roll(dice, 100) / 4.0;
}

static void storm(struct store *s, struct model *m, uint64_t *dice, size_t n)
{
	struct point *p = calloc(n, sizeof *p);
	int64_t now = yh_clock_now(&s->clock) / 1000;
	bool import = roll(dice, 6) == 0;

	for (size_t i = 0; i < n; i++) {
		size_t series = roll(dice, SERIES);
		int64_t back = roll(dice, 4) > 0   ? roll(dice, 20000)
			       : roll(dice, 4) > 0 ? roll(dice, 7 * 86400) * 999
						   : roll(dice, 3600) * 1000;

		if (import)
			back += roll(dice, 60) * DAY_MS;
		p[i] = (struct point){ metrics[series % METRICS], resources[series / METRICS],
				       now - back, 0 };
		if (m->n[series] > 0 && roll(dice, 5) == 0) /* again, or against what stands */
			p[i].at_ms = m->kept[series][roll(dice, (uint32_t)m->n[series])].at_ms;
		if (p[i].at_ms < now - 7 * DAY_MS && !import)
			p[i].at_ms = now;
		p[i].value = value_of(dice, series, p[i].at_ms);
		remember(m, series, p[i].at_ms, p[i].value);
	}
	assert_int_equal(store_write(s, import ? import_scope() : unit_scope(), p, n).samples, n);
	free(p);
}

static void run(uint64_t seed, int rounds)
{
	struct store s;
	struct model *m = calloc(1, sizeof *m);
	uint64_t dice = seed;

	assert_non_null(m);
	store_new(&s);
	s.cfg.open_rows = 4000;
	store_open(&s);
	for (int i = 0; i < rounds; i++) {
		storm(&s, m, &dice, 1 + roll(&dice, 1500));
		yh_clock_set(&s.clock,
			     yh_clock_now(&s.clock) + roll(&dice, 3) * 1000000 +
				     (roll(&dice, 8) == 0 ? YH_US_PER_S * roll(&dice, 86400) : 0));
		if (roll(&dice, 9) == 0)
			store_settle(&s);
		if (roll(&dice, 12) == 0) {
			store_close(&s);
			store_open(&s);
		}
		if (roll(&dice, 10) == 0)
			compare(&s, m, &dice);
	}
	compare(&s, m, &dice);
	store_settle(&s);
	compare(&s, m, &dice);
	assert_int_equal(store_status(&s).damaged, 0);
	store_remove(&s);
	free(m);
}

static void storms_read_as_a_model_that_only_remembers(void **state)
{
	const char *seed = getenv("YH_SEED");

	(void)state;
	for (size_t i = 0; i < RESOURCES; i++)
		(void)snprintf(resources[i], sizeof resources[i], "R-%zu", i);
	if (seed) {
		run(strtoull(seed, NULL, 10), 120);
		return;
	}
	for (uint64_t k = 1; k <= 3; k++) {
		print_message("# seed %llu\n", (unsigned long long)k);
		run(k, 120);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(storms_read_as_a_model_that_only_remembers),
	};

	return cmocka_run_group_tests_name("engine_model", tests, NULL, NULL);
}
