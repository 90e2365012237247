/* Writing: the stamp, whose a resource is, what is refused and counted, and what stays. */
#include "../unit/meter/bodies.h"
#include "meter_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_samples(struct mt *t, const char *metric, const char *resource,
			 struct mt_seen *seen)
{
	struct yh_meter_select what = mt_of(metric, resource ? &resource : NULL);
	struct yh_err err = { 0 };

	mt_settle(t);
	WANT_OK(yh_meter_samples(t->m, &what, t->now_ms - 7 * 86400000, t->now_ms + 600000, 1000,
				 mt_on_samples, seen, &err));
}

static void what_is_written_is_read_back_exactly(void **state)
{
	static const double values[] = { 0, 1, -1, 0.1, 12345.678, 9007199254740992.0, 1e9 + 0.5 };
	struct mt *t = *state;
	const char *metric = mt_metric(t, "exact"), *res = mt_res(t, 1, "a");
	int64_t at = t->now_ms - 3600000;
	struct mt_seen seen = { 0 };
	struct yh_meter_written w;

	for (int i = 0; i < 7; i++)
		mt_put(t, metric, res, NULL, NULL, at + i * 15000 + i, values[i]);
	w = mt_send(t);
	WANT(w.samples == 7 && w.repeated == 0 && w.why.rc == YH_OK);
	read_samples(t, metric, res, &seen);
	WANT(seen.n == 1 && seen.row[0].n == 7);
	for (int i = 0; i < 7; i++) {
		WANT(seen.row[0].at_ms[i] == at + i * 15000 + i);
		WANT(seen.row[0].values[i] == values[i]);
	}
	mt_forget(&seen);
}

static void every_series_bears_the_stamp_over_what_the_sender_says(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "stamp"), *a = mt_res(t, 1, "a"), *b = mt_res(t, 1, "b");
	struct mt_seen seen = { 0 };

	mt_put(t, metric, a, "unit", "somebody-else", t->now_ms, 1);
	mt_put(t, metric, b, "zone", "east", t->now_ms, 2);
	WANT(mt_send(t).samples == 2);
	read_samples(t, metric, NULL, &seen);
	WANT(seen.n == 2);
	WANT(mt_has(mt_row(&seen, metric, a), "unit", "U1"));
	WANT(!mt_has(mt_row(&seen, metric, a), "unit", "somebody-else"));
	WANT(mt_has(mt_row(&seen, metric, b), "unit", "U1"));
	WANT(mt_has(mt_row(&seen, metric, b), "zone", "east"));
	mt_forget(&seen);
}

static void a_unit_writes_only_about_its_own_resources(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "own"), *mine = mt_res(t, 1, "a"),
		   *theirs = mt_res(t, 2, "a");
	struct mt_seen seen = { 0 };
	struct yh_meter_written w;

	mt_put(t, metric, theirs, NULL, NULL, t->now_ms, 1);
	mt_put(t, metric, theirs, NULL, NULL, t->now_ms + 1, 1);
	mt_put(t, metric, mine, NULL, NULL, t->now_ms, 2);
	mt_put(t, metric, "R-NOT-IN-THE-REGISTER", NULL, NULL, t->now_ms, 3);
	mt_put(t, metric, NULL, "zone", "east", t->now_ms, 4);
	w = mt_send(t);
	WANT(w.samples == 1 && w.refused_foreign == 4);
	assert_string_equal(w.why.slug, "meter-foreign");
	assert_string_equal(w.why.figs[0].name, "resource");
	assert_string_equal(w.why.figs[0].text, theirs);
	read_samples(t, metric, NULL, &seen);
	WANT(seen.n == 1 && mt_row(&seen, metric, mine));
	mt_forget(&seen);
}

static void clouds_and_providers_write_about_theirs_and_about_the_platform(void **state)
{
	static const char *const kinds[] = { "cloud", "provider" };
	struct mt *t = *state;

	for (unsigned k = 0; k < 2; k++) {
		const char *metric = mt_metric(t, kinds[k]), *mine = mt_res(t, 3, "a"),
			   *theirs = mt_res(t, 1, "a");
		struct mt_seen seen = { 0 };
		struct yh_meter_written w;

		mt_scope(t, kinds[k], 3);
		mt_put(t, metric, mine, NULL, NULL, t->now_ms, 1);
		mt_put(t, metric, theirs, NULL, NULL, t->now_ms, 2);
		mt_put(t, metric, NULL, "host", "h-1", t->now_ms, 3);
		w = mt_send(t);
		WANT(w.samples == 2 && w.refused_foreign == 1);
		read_samples(t, metric, NULL, &seen);
		WANT(seen.n == 2 && mt_row(&seen, metric, mine));
		WANT(mt_has(mt_row(&seen, metric, ""), "host", "h-1"));
		WANT(mt_has(mt_row(&seen, metric, ""), kinds[k], t->scope.code));
		mt_forget(&seen);
	}
}

static void a_token_of_a_resource_writes_about_nothing_else(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "agent"), *mine = mt_res(t, 1, "a"),
		   *theirs = mt_res(t, 2, "a");
	struct mt_seen seen = { 0 };

	mt_scope(t, "resource", MT_RESOURCE);
	(void)snprintf(t->scope.code, sizeof t->scope.code, "%s", mine);
	mt_put(t, metric, theirs, "part", "x", t->now_ms, 1);
	mt_put(t, metric, NULL, "part", "y", t->now_ms, 2);
	mt_put(t, metric, NULL, "provider", "pretended", t->now_ms, 3);
	WANT(mt_send(t).samples == 3);
	read_samples(t, metric, mine, &seen);
	WANT(seen.n == 3);
	for (size_t i = 0; i < seen.n; i++)
		WANT(!mt_has(&seen.row[i], "provider", "pretended"));
	mt_forget(&seen);
	read_samples(t, metric, theirs, &seen);
	WANT(seen.n == 0);
	(void)snprintf(t->scope.code, sizeof t->scope.code, "%s", "R-DESTROYED");
	mt_put(t, metric, NULL, "part", "y", t->now_ms + 1, 2);
	WANT(mt_send(t).refused_foreign == 1);
}

static void a_resource_that_moved_is_asked_about_again(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "moved"), *res = mt_res(t, 1, "a");

	mt_put(t, metric, res, NULL, NULL, t->now_ms - 2, 1);
	WANT(mt_send(t).samples == 1);
	__atomic_store_n(&t->moved, 1, __ATOMIC_RELAXED);
	yh_meter_owner_changed(t->m, res);
	mt_put(t, metric, res, NULL, NULL, t->now_ms - 1, 2);
	WANT(mt_send(t).refused_foreign == 1);
	__atomic_store_n(&t->moved, 0, __ATOMIC_RELAXED);
	yh_meter_owner_changed(t->m, res);
	mt_put(t, metric, res, NULL, NULL, t->now_ms, 3);
	WANT(mt_send(t).samples == 1);
}

static void the_register_is_not_asked_about_every_sample(void **state)
{
	struct mt *t = *state;
	const char *res = mt_res(t, 1, "a");

	for (int i = 0; i < 20; i++) {
		mt_put(t, mt_metric(t, "once"), res, NULL, NULL, t->now_ms + i, i);
		WANT(mt_send(t).samples == 1);
	}
	WANT(t->asked == 1);
}

static void a_body_is_not_taken_while_the_register_cannot_be_asked(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "register"), *res = mt_res(t, 1, "a");
	struct yh_meter_write w = { .scope = &t->scope, .received_at = t->now_ms * 1000 };
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };
	void *body;

	t->registry = YH_BUSY;
	mt_put(t, metric, res, NULL, NULL, t->now_ms, 1);
	WANT_OK(yh_wire_build(t->points, 1, &body, &w.n, &err));
	w.body = body;
	WANT_ERR(yh_meter_write_wait(t->m, &w, &err), YH_BUSY, "test-register");
	t->registry = YH_OK;
	err = (struct yh_err){ 0 };
	WANT_OK(yh_meter_write_wait(t->m, &w, &err));
	WANT(w.written.samples == 1);
	free(body);
	read_samples(t, metric, res, &seen);
	WANT(seen.n == 1 && seen.row[0].n == 1);
	mt_forget(&seen);
}

static void samples_too_old_or_ahead_are_refused_and_counted(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "late"), *res = mt_res(t, 1, "a");
	struct mt_seen seen = { 0 };
	struct yh_meter_written w;
	struct yh_meter_status status;

	mt_put(t, metric, res, NULL, NULL, t->now_ms, 1);
	mt_put(t, metric, res, NULL, NULL, t->now_ms - 7 * 86400000 - 1, 2);
	mt_put(t, metric, res, NULL, NULL, t->now_ms + 600001, 3);
	mt_put(t, metric, res, NULL, NULL, t->now_ms + 600002, 4);
	w = mt_send(t);
	WANT(w.samples == 1 && w.refused_late == 1 && w.refused_future == 2);
	assert_string_equal(w.why.slug, "meter-late");
	WANT(w.why.figs[0].num == 7);
	read_samples(t, metric, res, &seen);
	WANT(seen.row[0].n == 1);
	mt_forget(&seen);
	yh_meter_status(t->m, &status);
	WANT(status.samples_taken == 1 && status.refused_late == 1 && status.refused_future == 2);
	WANT(status.durable == (t->store == MT_EMBEDDED));
}

static void an_import_may_be_of_any_age(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "import"), *res = mt_res(t, 1, "a");
	struct yh_meter_select what = mt_of(metric, &res);
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };
	struct yh_meter_written w;

	t->scope.backfill = true;
	mt_put(t, metric, res, NULL, NULL, t->now_ms, 1);
	mt_put(t, metric, res, NULL, NULL, t->now_ms - INT64_C(100) * 86400000, 2);
	w = mt_send(t);
	if (t->store == MT_PROMETHEUS) { /* it takes nothing older than its window, and says so */
		WANT(w.samples == 1 && w.refused_late == 1);
		assert_string_equal(w.why.slug, "meter-outer-refused");
		return;
	}
	WANT(w.samples == 2 && w.refused_late == 0);
	mt_settle(t);
	WANT_OK(yh_meter_samples(t->m, &what, t->now_ms - INT64_C(101) * 86400000, t->now_ms + 1,
				 10, mt_on_samples, &seen, &err));
	WANT(seen.row[0].n == 2 && seen.row[0].values[0] == 2);
	mt_forget(&seen);
}

static void a_sample_sent_again_is_there_once(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "again"), *res = mt_res(t, 1, "a");
	struct mt_seen seen = { 0 };

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 10; i++)
			mt_put(t, metric, res, NULL, NULL, t->now_ms - 60000 + i, i);
		WANT(mt_send(t).samples == 10);
	}
	read_samples(t, metric, res, &seen);
	WANT(seen.n == 1 && seen.row[0].n == 10);
	for (int i = 0; i < 10; i++)
		WANT(seen.row[0].values[i] == i);
	mt_forget(&seen);
}

static void another_value_for_an_instant_does_not_add_a_sample(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "twice"), *res = mt_res(t, 1, "a"),
		   *other = mt_res(t, 1, "b");
	struct mt_seen seen = { 0 };

	mt_put(t, metric, res, NULL, NULL, t->now_ms, 1);
	WANT(mt_send(t).samples == 1);
	mt_put(t, metric, res, NULL, NULL, t->now_ms, 2);
	mt_put(t, metric, other, NULL, NULL, t->now_ms, 3);
	WANT(mt_send(t).samples == 2);
	read_samples(t, metric, NULL, &seen);
	WANT(seen.n == 2 && mt_row(&seen, metric, res)->n == 1);
	WANT(mt_row(&seen, metric, other)->values[0] == 3);
	/* VictoriaMetrics may keep either, once */
	if (t->store != MT_VICTORIA)
		WANT(mt_row(&seen, metric, res)->values[0] == 1);
	mt_forget(&seen);
}

static void samples_in_any_order_are_read_in_theirs(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "order"), *res = mt_res(t, 1, "a");
	struct mt_seen seen = { 0 };

	for (int i = 0; i < 20; i++) {
		mt_put(t, metric, res, NULL, NULL, t->now_ms - 3600000 + i * 7 % 20 * 1000,
		       i * 7 % 20);
		if (i % 3 == 0)
			WANT(mt_send(t).why.rc == YH_OK);
	}
	WANT(mt_send(t).why.rc == YH_OK);
	read_samples(t, metric, res, &seen);
	WANT(seen.row[0].n == 20);
	for (int i = 0; i < 20; i++)
		WANT(seen.row[0].values[i] == i);
	mt_forget(&seen);
}

static void series_beyond_the_limit_of_a_token_are_refused(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "limit"), *res = mt_res(t, 1, "a");
	struct yh_meter_written w;
	char part[8];

	t->scope.series_max = 3;
	for (int i = 0; i < 5; i++) {
		(void)snprintf(part, sizeof part, "%d", i);
		mt_put(t, metric, res, "part", part, t->now_ms, 1);
	}
	w = mt_send(t);
	WANT(w.samples == 3 && w.refused_limit == 2);
	assert_string_equal(w.why.slug, "meter-series-limit");
	WANT(w.why.figs[0].num == 3);
	mt_put(t, metric, res, "part", "0", t->now_ms + 1, 2); /* a known one goes on */
	WANT(mt_send(t).samples == 1);
	mt_scope(t, "cloud", 1); /* another token has room of its own */
	mt_put(t, metric, res, "part", "9", t->now_ms, 1);
	WANT(mt_send(t).samples == 1);
}

static void a_malformed_body_changes_nothing(void **state)
{
	struct mt *t = *state;
	struct yh_meter_write w = {
		.scope = &t->scope, .body = "nonsense", .n = 8, .received_at = t->now_ms * 1000
	};
	struct yh_meter_status status;
	struct yh_err err = { 0 };

	WANT_ERR(yh_meter_write_wait(t->m, &w, &err), YH_BAD_INPUT, "meter-body-invalid");
	err = (struct yh_err){ 0 };
	w.n = 0;
	WANT_ERR(yh_meter_write_wait(t->m, &w, &err), YH_BAD_INPUT, "meter-body-invalid");
	err = (struct yh_err){ 0 };
	w.n = YH_METER_BODY_MAX + 1;
	WANT_ERR(yh_meter_write_wait(t->m, &w, &err), YH_TOO_LARGE, "meter-body-too-large");
	yh_meter_status(t->m, &status);
	WANT(status.samples_taken == 0 && status.series == 0);
}

static void a_series_with_faulty_labels_is_refused_and_the_others_taken(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "faulty"), *res = mt_res(t, 1, "a");
	struct yh_meter_written w;
	char long_value[YH_METER_VALUE_BYTES + 2];

	memset(long_value, 'x', sizeof long_value - 1);
	long_value[sizeof long_value - 1] = 0;
	mt_put(t, metric, res, "a", long_value, t->now_ms, 1);
	mt_put(t, metric, res, "b", "\xff\xfe", t->now_ms, 1);
	mt_put(t, metric, res, "c", "good", t->now_ms, 1);
	w = mt_send(t);
	WANT(w.samples == 1 && w.refused_invalid == 2);
	assert_string_equal(w.why.slug, "meter-series-invalid");
}

static void json_lines_are_taken_too(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "lines"), *res = mt_res(t, 1, "a");
	struct yh_meter_write w = { .scope = &t->scope,
				    .form = YH_METER_LINES,
				    .received_at = t->now_ms * 1000 };
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };
	char body[512];

	w.n = (size_t)snprintf(body, sizeof body,
			       "{\"metric\":\"%s\",\"labels\":{\"resource\":\"%s\"},"
			       "\"at\":%lld,\"value\":2.5}\n",
			       metric, res, (long long)t->now_ms);
	w.body = body;
	WANT_OK(yh_meter_write_wait(t->m, &w, &err));
	WANT(w.written.samples == 1);
	read_samples(t, metric, res, &seen);
	WANT(seen.row[0].values[0] == 2.5 && seen.row[0].at_ms[0] == t->now_ms);
	mt_forget(&seen);
}

/* ---- histograms and exemplars ---- */

/* A series of remote-write 1.0, whose other fields follow. */
static struct bytes series_of(struct mt *t, const char *metric)
{
	struct bytes s = { .n = 0 };

	add_label(&s, "__name__", metric);
	add_label(&s, "resource", mt_res(t, 1, "a"));
	return s;
}

static void add_histogram(struct bytes *s, unsigned count, int64_t at_ms)
{
	struct bytes h = { .n = 0 };

	add_int(&h, 1, count);
	add_double(&h, 3, count * 1.5);
	add_double(&h, 5, 0.001);
	add_int(&h, 6, count); /* all of them in the bucket of zero */
	add_int(&h, 15, (uint64_t)at_ms);
	add_sub(s, 4, &h);
}

static struct yh_meter_written send_series(struct mt *t, const struct bytes *series)
{
	struct yh_meter_write w = { .scope = &t->scope,
				    .form = YH_METER_RW1,
				    .received_at = yh_clock_now(&t->clock) };
	struct bytes b = { .n = 0 };
	struct yh_err err = { 0 };
	char packed[4096];

	add_sub(&b, 1, series);
	w.body = packed;
	w.n = sizeof packed;
	WANT(snappy_compress((const char *)b.at, b.n, packed, &w.n) == SNAPPY_OK);
	WANT_OK(yh_meter_write_wait(t->m, &w, &err));
	return w.written;
}

static void native_histograms_are_written_as_histograms_and_not_as_samples(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "rtt");
	struct bytes s = series_of(t, metric);
	char count[256], sum[256];
	struct mt_seen seen = { 0 };
	struct yh_meter_written w;
	struct yh_meter_status status;

	add_sample(&s, 7, t->now_ms);
	add_histogram(&s, 3, t->now_ms - 1000);
	add_histogram(&s, 5, t->now_ms);
	w = send_series(t, &s);
	WANT(w.samples == 1 && w.repeated == 0 && w.histograms == 2 && w.why.rc == YH_OK);
	yh_meter_status(t->m, &status);
	WANT(status.samples_taken == 1 && status.histograms_taken == 2);
	(void)snprintf(count, sizeof count, "%s_count", metric);
	(void)snprintf(sum, sizeof sum, "%s_sum", metric);
	read_samples(t, count, NULL, &seen);
	read_samples(t, sum, NULL, &seen);
	WANT(seen.n == 2 && seen.row[0].n == 2 && seen.row[1].n == 2);
	WANT(seen.row[0].values[0] == 3 && seen.row[0].values[1] == 5);
	WANT(seen.row[1].values[0] == 4.5 && seen.row[1].values[1] == 7.5);
	mt_forget(&seen);
}

static void a_histogram_too_late_or_ahead_is_refused_once_and_not_written(void **state)
{
	struct mt *t = *state;
	struct bytes s = series_of(t, mt_metric(t, "old"));
	struct yh_meter_written w;
	struct yh_meter_status status;

	add_histogram(&s, 1, t->now_ms - INT64_C(8) * 86400000);
	add_histogram(&s, 2, t->now_ms);
	add_histogram(&s, 3, t->now_ms + 3600000);
	add_histogram(&s, 4, t->now_ms + 7200000);
	w = send_series(t, &s);
	WANT(w.samples == 0 && w.histograms == 1);
	WANT(w.refused_late == 1 && w.refused_future == 2 && w.why.rc != YH_OK);
	yh_meter_status(t->m, &status);
	WANT(status.refused_late == 1 && status.refused_future == 2);
}

static void a_histogram_is_refused_whole_when_one_half_is(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "half");
	struct bytes s = series_of(t, metric);
	struct mt_seen seen = { 0 };
	struct yh_meter_written w;
	char count[256];

	t->scope.series_max = 1; /* room for its count alone */
	add_histogram(&s, 1, t->now_ms - 1000);
	add_histogram(&s, 2, t->now_ms);
	w = send_series(t, &s);
	WANT(w.samples == 0 && w.histograms == 0 && w.refused_limit == 2);
	assert_string_equal(w.why.slug, "meter-series-limit");
	(void)snprintf(count, sizeof count, "%s_count", metric);
	read_samples(t, count, NULL, &seen);
	WANT(seen.n == 0);
	mt_forget(&seen);
}

static void a_histogram_of_another_unit_is_refused_once(void **state)
{
	struct mt *t = *state;
	struct bytes s = series_of(t, mt_metric(t, "alien"));
	struct yh_meter_written w;

	mt_scope(t, "unit", 2);
	add_histogram(&s, 1, t->now_ms);
	w = send_series(t, &s);
	WANT(w.samples == 0 && w.histograms == 0 && w.refused_foreign == 1);
	assert_string_equal(w.why.slug, "meter-foreign");
}

static void an_exemplar_alone_makes_no_series(void **state)
{
	struct mt *t = *state;
	struct bytes s = series_of(t, mt_metric(t, "traced")), e = { .n = 0 };
	struct yh_meter_written w;
	struct yh_meter_status status;

	add_label(&e, "trace_id", "t");
	add_double(&e, 2, 1);
	add_int(&e, 3, (uint64_t)t->now_ms);
	add_sub(&s, 3, &e);
	w = send_series(t, &s);
	WANT(w.samples == 0 && w.why.rc == YH_OK);
	yh_meter_status(t->m, &status);
	WANT(status.series == 0);
}

static void what_was_acknowledged_is_there_after_closing(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "reopen"), *res = mt_res(t, 1, "a");
	struct mt_seen seen = { 0 };

	mt_put(t, metric, res, NULL, NULL, t->now_ms, 5);
	WANT(mt_send(t).samples == 1);
	mt_reopen(t);
	read_samples(t, metric, res, &seen);
	WANT(seen.n == 1 && seen.row[0].values[0] == 5);
	mt_forget(&seen);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, mt_open, mt_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read_back_exactly),
		TEST(every_series_bears_the_stamp_over_what_the_sender_says),
		TEST(a_unit_writes_only_about_its_own_resources),
		TEST(clouds_and_providers_write_about_theirs_and_about_the_platform),
		TEST(a_token_of_a_resource_writes_about_nothing_else),
		TEST(a_resource_that_moved_is_asked_about_again),
		TEST(the_register_is_not_asked_about_every_sample),
		TEST(a_body_is_not_taken_while_the_register_cannot_be_asked),
		TEST(samples_too_old_or_ahead_are_refused_and_counted),
		TEST(an_import_may_be_of_any_age),
		TEST(a_sample_sent_again_is_there_once),
		TEST(another_value_for_an_instant_does_not_add_a_sample),
		TEST(samples_in_any_order_are_read_in_theirs),
		TEST(series_beyond_the_limit_of_a_token_are_refused),
		TEST(a_malformed_body_changes_nothing),
		TEST(a_series_with_faulty_labels_is_refused_and_the_others_taken),
		TEST(json_lines_are_taken_too),
		TEST(native_histograms_are_written_as_histograms_and_not_as_samples),
		TEST(a_histogram_too_late_or_ahead_is_refused_once_and_not_written),
		TEST(a_histogram_is_refused_whole_when_one_half_is),
		TEST(a_histogram_of_another_unit_is_refused_once),
		TEST(an_exemplar_alone_makes_no_series),
		TEST(what_was_acknowledged_is_there_after_closing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
