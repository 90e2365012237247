/* Who may write what: owners that change, limits, one series for two orders of labels. */
#include "store.h"

static void refused_foreign(struct store *s, const char *resource, const char *slug)
{
	struct point p = { "cpu_ratio", resource, NOON_MS, 1 };
	struct yh_meter_written w = store_write(s, unit_scope(), &p, 1);

	assert_int_equal(w.samples, 0);
	assert_int_equal(w.refused_foreign, 1);
	assert_string_equal(w.why.slug, slug);
}

static void taken(struct store *s, const char *resource, int64_t at_ms)
{
	struct point p = { "cpu_ratio", resource, at_ms, 1 };

	assert_int_equal(store_write(s, unit_scope(), &p, 1).samples, 1);
}

static void a_resource_that_moves_is_refused_until_it_moves_back(void **state)
{
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	taken(&s, "R-1", NOON_MS);
	assert_int_equal(s.owner_calls, 1);
	taken(&s, "R-1", NOON_MS + 1); /* settled: not asked again */
	assert_int_equal(s.owner_calls, 1);
	s.unit = id_of(50);
	taken(&s, "R-1", NOON_MS + 2); /* nobody has said so yet */
	yh_meter_owner_changed(s.m, "R-1");
	refused_foreign(&s, "R-1", "meter-foreign");
	refused_foreign(&s, "R-1", "meter-foreign"); /* remembered */
	assert_int_equal(s.owner_calls, 2);
	s.unit = id_of(1);
	yh_meter_owner_changed(s.m, "R-1");
	taken(&s, "R-1", NOON_MS + 3);
	store_remove(&s);
}

static void an_unknown_resource_is_asked_about_anew_once_the_register_changed(void **state)
{
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	refused_foreign(&s, "absent-1", "meter-foreign");
	refused_foreign(&s, "foreign-1", "meter-foreign");
	assert_int_equal(store_status(&s).series, 0);
	yh_meter_owner_changed(s.m, "absent-1");
	refused_foreign(&s, "absent-1", "meter-foreign");
	assert_int_equal(s.owner_calls, 3);
	store_remove(&s);
}

static void after_opening_again_the_right_to_write_is_asked_again(void **state)
{
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	taken(&s, "R-1", NOON_MS);
	store_close(&s);
	s.unit = id_of(50); /* moved while nobody watched */
	store_open(&s);
	refused_foreign(&s, "R-1", "meter-foreign");
	assert_int_equal(store_status(&s).series, 1);
	store_remove(&s);
}

static void write_labels(struct store *s, const unsigned char *labels, size_t n, int64_t at_ms)
{
	struct yh_wire_point p = { labels, n, at_ms, 1 };
	struct yh_meter_write w = { .scope = unit_scope(),
				    .done = nothing,
				    .received_at = yh_clock_now(&s->clock) };
	struct yh_err err = { 0 };
	void *body;

	assert_int_equal(yh_wire_build(&p, 1, &body, &w.n, &err), YH_OK);
	w.body = body;
	assert_int_equal(yh_meter_write_wait(s->m, &w, &err), YH_OK);
	assert_int_equal(w.written.samples, 1);
	free(body);
}

static void two_orders_of_the_same_labels_are_one_series(void **state)
{
	/* {__name__=m, resource=R, zone=z}, and zone first; fields 1 of name 1 and value 2 */
	static const unsigned char one[] = "\x0a\x0d\x0a\x08__name__\x12\x01m"
					   "\x0a\x0d\x0a\x08resource\x12\x01R"
					   "\x0a\x09\x0a\x04zone\x12\x01z";
	static const unsigned char other[] = "\x0a\x09\x0a\x04zone\x12\x01z"
					     "\x0a\x0d\x0a\x08resource\x12\x01R"
					     "\x0a\x0d\x0a\x08__name__\x12\x01m";
	struct dump d;
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	write_labels(&s, one, sizeof one - 1, NOON_MS - 2);
	write_labels(&s, other, sizeof other - 1, NOON_MS - 1);
	assert_int_equal(store_status(&s).series, 1);
	store_close(&s);
	store_open(&s);
	write_labels(&s, other, sizeof other - 1, NOON_MS);
	assert_int_equal(store_status(&s).series, 1);
	d = store_dump(&s);
	assert_int_equal(d.n, 3);
	dump_done(&d);
	store_remove(&s);
}

static void a_scope_at_its_limit_keeps_its_series_and_gets_no_more(void **state)
{
	struct yh_meter_scope scope = *unit_scope();
	struct point p[3] = { { "a", "R-1", NOON_MS, 1 },
			      { "b", "R-1", NOON_MS, 1 },
			      { "c", "R-1", NOON_MS, 1 } };
	struct yh_meter_written w;
	struct store s;

	(void)state;
	scope.series_max = 2;
	store_new(&s);
	store_open(&s);
	w = store_write(&s, &scope, p, 3);
	assert_int_equal(w.samples, 2);
	assert_int_equal(w.refused_limit, 1);
	assert_string_equal(w.why.slug, "meter-series-limit");
	assert_int_equal(w.why.figs[0].num, 2);
	store_close(&s);
	store_open(&s); /* and what was refused then is not made by the replay */
	assert_int_equal(store_status(&s).series, 2);
	p[0].at_ms++;
	w = store_write(&s, &scope, p, 3);
	assert_int_equal(w.samples, 2);
	assert_int_equal(w.repeated, 1);
	assert_int_equal(w.refused_limit, 1);
	store_remove(&s);
}

static void the_whole_meter_has_a_limit_too(void **state)
{
	struct point p[4];
	char metric[4][8];
	struct store s;

	(void)state;
	store_new(&s);
	s.cfg.series_max = 3;
	store_open(&s);
	for (int i = 0; i < 4; i++) {
		(void)snprintf(metric[i], sizeof metric[i], "m%d", i);
		p[i] = (struct point){ metric[i], "R-1", NOON_MS, 1 };
	}
	assert_int_equal(store_write(&s, unit_scope(), p, 4).refused_limit, 1);
	store_remove(&s);
}

static void what_was_refused_is_refused_by_the_replay_too(void **state)
{
	struct point p[] = { { "cpu_ratio", "R-1", NOON_MS - 1000, 1 },
			     { "cpu_ratio", "foreign-1", NOON_MS, 2 },
			     { "cpu_ratio", "R-1", NOON_MS - 8 * DAY_MS, 3 },
			     { "cpu_ratio", "R-1", NOON_MS + 11 * 60000, 4 },
			     { "cpu_ratio", "R-1", NOON_MS, 5 } };
	struct yh_meter_written w;
	struct dump before, after;
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	w = store_write(&s, unit_scope(), p, 5);
	assert_int_equal(w.samples, 2);
	assert_int_equal(w.refused_foreign, 1);
	assert_int_equal(w.refused_late, 1);
	assert_int_equal(w.refused_future, 1);
	assert_string_equal(w.why.slug, "meter-foreign"); /* the first in the body */
	before = store_dump(&s);
	store_close(&s);
	s.cfg.late_ms = 30 * DAY_MS; /* the rule of then counts */
	s.unit = id_of(77);          /* and the owner of then */
	store_open(&s);
	after = store_dump(&s);
	assert_same_dump(&after, &before);
	assert_int_equal(after.n, 2);
	dump_done(&before);
	dump_done(&after);
	store_remove(&s);
}

struct marks {
	size_t n;
};

static bool count_latest(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	struct marks *m = arg;

	(void)s;
	(void)at_ms;
	(void)value;
	m->n++;
	return true;
}

static size_t latest_after(struct store *s, uint64_t after, uint64_t *mark)
{
	struct yh_meter_select all = { 0 };
	struct marks m = { 0 };
	struct yh_err err = { 0 };

	assert_int_equal(yh_meter_latest(s->m, &all, after, mark, count_latest, &m, &err), YH_OK);
	return m.n;
}

static void a_mark_tells_what_came_since_also_across_a_new_start(void **state)
{
	uint64_t mark = 0, later = 0;
	struct store s;

	(void)state;
	store_new(&s);
	store_open(&s);
	taken(&s, "R-1", NOON_MS);
	taken(&s, "R-2", NOON_MS);
	assert_int_equal(latest_after(&s, 0, &mark), 2);
	assert_int_equal(latest_after(&s, mark, &later), 0);
	taken(&s, "R-2", NOON_MS + 1);
	assert_int_equal(latest_after(&s, mark, &later), 1);
	store_close(&s);
	store_open(&s);
	assert_int_equal(latest_after(&s, mark, NULL), 1);
	assert_int_equal(latest_after(&s, later, NULL), 0);
	taken(&s, "R-1", NOON_MS + 2);
	assert_int_equal(latest_after(&s, later, NULL), 1);
	store_settle(&s);
	store_close(&s);
	store_open(&s);
	assert_true(latest_after(&s, mark, NULL) >= 2); /* rather told twice than not at all */
	store_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_resource_that_moves_is_refused_until_it_moves_back),
		cmocka_unit_test(an_unknown_resource_is_asked_about_anew_once_the_register_changed),
		cmocka_unit_test(after_opening_again_the_right_to_write_is_asked_again),
		cmocka_unit_test(two_orders_of_the_same_labels_are_one_series),
		cmocka_unit_test(a_scope_at_its_limit_keeps_its_series_and_gets_no_more),
		cmocka_unit_test(the_whole_meter_has_a_limit_too),
		cmocka_unit_test(what_was_refused_is_refused_by_the_replay_too),
		cmocka_unit_test(a_mark_tells_what_came_since_also_across_a_new_start),
	};

	return cmocka_run_group_tests_name("engine_scope", tests, NULL, NULL);
}
