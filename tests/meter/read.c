/* Reading: last samples, history in steps, samples, usage over a window. */
#include "meter_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE = 60000, HOUR = 3600000, DAY = 86400000 };

static void read_latest(struct mt *t, const char *metric, const char *res, uint64_t after,
			uint64_t *mark, struct mt_seen *seen)
{
	struct yh_meter_select what = mt_of(metric, res ? &res : NULL);
	struct yh_err err = { 0 };

	mt_settle(t);
	mt_forget(seen);
	WANT_OK(yh_meter_latest(t->m, &what, after, mark, mt_on_latest, seen, &err));
}

static void read_history(struct mt *t, const char *metric, const char *res, int64_t from_ms,
			 int64_t to_ms, int64_t step_ms, struct mt_seen *seen)
{
	struct yh_meter_select what = mt_of(metric, res ? &res : NULL);
	struct yh_err err = { 0 };

	mt_settle(t);
	mt_forget(seen);
	WANT_OK(yh_meter_history(t->m, &what, from_ms, to_ms, step_ms, mt_on_history, seen, &err));
}

/* ---- the last samples ---- */

static void the_last_sample_of_each_series_is_shown(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "last"), *a = mt_res(t, 1, "a"), *b = mt_res(t, 1, "b");
	struct mt_seen seen = { 0 };

	for (int i = 0; i < 5; i++) {
		mt_put(t, metric, a, NULL, NULL, t->now_ms - 60000 + i * 1000, i);
		mt_put(t, metric, b, NULL, NULL, t->now_ms - 90000 - i * 1000, i);
	}
	(void)mt_send(t);
	read_latest(t, metric, NULL, 0, NULL, &seen);
	WANT(seen.n == 2);
	WANT(mt_row(&seen, metric, a)->values[0] == 4);
	WANT(mt_row(&seen, metric, a)->at_ms[0] == t->now_ms - 56000);
	WANT(mt_row(&seen, metric, b)->values[0] == 0);
	WANT(mt_row(&seen, metric, b)->at_ms[0] == t->now_ms - 90000);
	read_latest(t, metric, b, 0, NULL, &seen);
	WANT(seen.n == 1 && mt_row(&seen, metric, b));
	mt_forget(&seen);
}

static void the_last_sample_may_be_days_old(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "old"), *daily = mt_metric(t, "daily"),
		   *a = mt_res(t, 1, "a"), *b = mt_res(t, 1, "b");
	struct mt_seen seen = { 0 };

	mt_put(t, metric, a, NULL, NULL, t->now_ms - 3 * DAY - 17, 1);
	mt_put(t, metric, a, NULL, NULL, t->now_ms - 3 * DAY + 123, 2);
	mt_put(t, metric, b, NULL, NULL, t->now_ms - 1000, 3);
	mt_put(t, daily, b, NULL, NULL, t->now_ms - 20 * HOUR, 4);
	(void)mt_send(t);
	read_latest(t, NULL, a, 0, NULL, &seen);
	WANT(seen.n == 1 && mt_row(&seen, metric, a)->values[0] == 2);
	WANT(mt_row(&seen, metric, a)->at_ms[0] == t->now_ms - 3 * DAY + 123);
	read_latest(t, NULL, b, 0, NULL, &seen);
	WANT(seen.n == 2 && mt_row(&seen, metric, b)->values[0] == 3);
	WANT(mt_row(&seen, daily, b)->values[0] == 4);
	WANT(mt_row(&seen, daily, b)->at_ms[0] == t->now_ms - 20 * HOUR);
	mt_forget(&seen);
}

static void a_mark_shows_only_what_arrived_since(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "mark"), *a = mt_res(t, 1, "a"), *b = mt_res(t, 1, "b");
	struct mt_seen seen = { 0 };
	uint64_t mark = 0, other;

	mt_put(t, metric, a, NULL, NULL, t->now_ms - 9000, 1);
	mt_put(t, metric, b, NULL, NULL, t->now_ms - 9000, 1);
	(void)mt_send(t);
	read_latest(t, metric, NULL, 0, &mark, &seen);
	WANT(seen.n == 2 && mark != 0);
	other = mark;
	read_latest(t, metric, NULL, mark, &mark, &seen);
	WANT(seen.n == 0);
	mt_put(t, metric, b, NULL, NULL, t->now_ms - 8000, 2);
	(void)mt_send(t);
	read_latest(t, metric, NULL, mark, &mark, &seen);
	WANT(seen.n == 1 && mt_row(&seen, metric, b)->values[0] == 2);
	read_latest(t, metric, NULL, mark, &mark, &seen);
	WANT(seen.n == 0);
	read_latest(t, metric, NULL, other, &other, &seen); /* who asks later sees it too */
	WANT(seen.n == 1 && mt_row(&seen, metric, b)->values[0] == 2);
	mt_forget(&seen);
}

static void a_series_marked_stale_is_not_shown_until_it_comes_back(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "stale"), *a = mt_res(t, 1, "a"), *b = mt_res(t, 1, "b");
	struct mt_seen seen = { 0 };

	mt_put(t, metric, a, NULL, NULL, t->now_ms - 60000, 1);
	mt_put(t, metric, b, NULL, NULL, t->now_ms - 60000, 1);
	mt_put(t, metric, a, NULL, NULL, t->now_ms - 45000, mt_stale());
	(void)mt_send(t);
	read_latest(t, metric, NULL, 0, NULL, &seen);
	WANT(seen.n == 1 && mt_row(&seen, metric, b));
	mt_put(t, metric, a, NULL, NULL, t->now_ms - 30000, 2);
	(void)mt_send(t);
	read_latest(t, metric, NULL, 0, NULL, &seen);
	WANT(seen.n == 2 && mt_row(&seen, metric, a)->values[0] == 2);
	mt_forget(&seen);
}

/* ---- history ---- */

static void history_sums_up_each_step(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "steps"), *res = mt_res(t, 1, "a");
	int64_t from = (t->now_ms / HOUR - 5) * HOUR;
	struct mt_seen seen = { 0 };
	const struct yh_meter_bucket *b;

	mt_put(t, metric, res, NULL, NULL, from - 1, 50);
	for (int i = 0; i < 12; i++) /* every quarter of an hour; the second hour is silent */
		if (i < 4 || i >= 8)
			mt_put(t, metric, res, NULL, NULL, from + i * 15 * MINUTE, (i * 7) % 10);
	mt_put(t, metric, res, NULL, NULL, from + 3 * HOUR, 99);
	(void)mt_send(t);
	read_history(t, metric, res, from, from + 3 * HOUR, HOUR, &seen);
	WANT(seen.n == 1 && seen.row[0].n == 2);
	b = seen.row[0].buckets; /* 0 7 4 1 | 6 3 0 7 */
	WANT(b[0].from_ms == from && b[0].count == 4 && b[0].min == 0 && b[0].max == 7);
	WANT(b[0].sum == 12 && b[0].first == 0 && b[0].last == 1);
	WANT(b[1].from_ms == from + 2 * HOUR && b[1].count == 4 && b[1].min == 0);
	WANT(b[1].max == 7 && b[1].sum == 16 && b[1].first == 6 && b[1].last == 7);
	read_history(t, metric, res, from + 1, from + HOUR + 1, 15 * MINUTE, &seen);
	WANT(seen.row[0].n == 3 && seen.row[0].buckets[0].from_ms == from + 1);
	WANT(seen.row[0].buckets[0].first == 7 && seen.row[0].buckets[2].first == 1);
	mt_forget(&seen);
}

static void history_by_civil_days_begins_at_midnight_in_shanghai(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "days"), *res = mt_res(t, 1, "a");
	int64_t from = yh_day_start(yh_day_of(t->now_ms * 1000) - 4) / 1000;
	struct mt_seen seen = { 0 };

	for (int d = 0; d < 3; d++) {
		mt_put(t, metric, res, NULL, NULL, from + d * DAY, 10 * d);
		mt_put(t, metric, res, NULL, NULL, from + d * DAY + 12 * HOUR, 10 * d + 1);
		mt_put(t, metric, res, NULL, NULL, from + (d + 1) * DAY - 1, 10 * d + 2);
	}
	(void)mt_send(t);
	read_history(t, metric, res, from, from + 3 * DAY, DAY, &seen);
	WANT(seen.n == 1 && seen.row[0].n == 3);
	for (int d = 0; d < 3; d++) {
		const struct yh_meter_bucket *b = &seen.row[0].buckets[d];

		WANT(b->from_ms == from + d * DAY && b->count == 3);
		WANT(b->first == 10 * d && b->last == 10 * d + 2 && b->sum == 30 * d + 3);
	}
	mt_forget(&seen);
}

static void a_counter_s_rise_counts_resets_and_the_sample_before(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "rise_total"), *a = mt_res(t, 1, "a"),
		   *b = mt_res(t, 1, "b"), *c = mt_res(t, 1, "c");
	int64_t from = (t->now_ms / HOUR - 5) * HOUR;
	struct mt_seen seen = { 0 };
	static const double values[] = { 100, 110, 130, 5, 25, 25 };

	mt_put(t, metric, a, NULL, NULL, from - 15000, 90);
	mt_put(t, metric, b, NULL, NULL, from - 2 * DAY, 90); /* silent for two days */
	for (int i = 0; i < 6; i++) {
		mt_put(t, metric, a, NULL, NULL, from + i * 10 * MINUTE, values[i]);
		mt_put(t, metric, b, NULL, NULL, from + i * 10 * MINUTE, values[i]);
		mt_put(t, metric, c, NULL, NULL, from + i * 10 * MINUTE, values[i]);
	}
	mt_put(t, metric, a, NULL, NULL, from + HOUR, 26);
	(void)mt_send(t);
	read_history(t, metric, NULL, from, from + 2 * HOUR, HOUR, &seen);
	/* 10 to 100, 10, 20, reset to 5, 20, 0 */
	WANT(mt_row(&seen, metric, a)->buckets[0].rise == 65);
	WANT(mt_row(&seen, metric, a)->buckets[1].rise == 1);
	WANT(mt_row(&seen, metric, b)->buckets[0].rise == 65);
	WANT(mt_row(&seen, metric, c)->buckets[0].rise == 55);
	mt_forget(&seen);
}

static void nan_and_markers_count_nowhere(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "nan"), *res = mt_res(t, 1, "a");
	int64_t from = (t->now_ms / HOUR - 3) * HOUR;
	struct yh_meter_scan scan = {
		.what = mt_of(metric, NULL), .from_ms = from, .to_ms = from + HOUR, .quantile = 0.5
	};
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };

	mt_put(t, metric, res, NULL, NULL, from, (double)NAN);
	mt_put(t, metric, res, NULL, NULL, from + MINUTE, 3);
	mt_put(t, metric, res, NULL, NULL, from + 2 * MINUTE, (double)NAN);
	mt_put(t, metric, res, NULL, NULL, from + 3 * MINUTE, 5);
	mt_put(t, metric, res, NULL, NULL, from + 4 * MINUTE, mt_stale());
	mt_put(t, metric, res, NULL, NULL, from + HOUR, (double)NAN);
	(void)mt_send(t);
	read_history(t, metric, res, from, from + 2 * HOUR, HOUR, &seen);
	WANT(seen.row[0].n == 1 && seen.row[0].buckets[0].count == 2);
	WANT(seen.row[0].buckets[0].first == 3 && seen.row[0].buckets[0].last == 5);
	mt_forget(&seen);
	WANT_OK(yh_meter_scan(t->m, &scan, mt_on_usage, &seen, &err));
	WANT(seen.n == 1 && seen.row[0].usage.count == 2 && seen.row[0].usage.min == 3);
	WANT(seen.row[0].usage.first_ms == from + MINUTE);
	WANT(seen.row[0].usage.last_ms == from + 3 * MINUTE);
	mt_forget(&seen);
}

/* ---- usage ---- */

static void usage_takes_the_quantile_by_nearest_rank(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "usage"), *a = mt_res(t, 1, "a"), *b = mt_res(t, 1, "b");
	int64_t from = (t->now_ms / DAY - 2) * DAY;
	struct yh_meter_scan scan = { .what = mt_of(metric, NULL),
				      .from_ms = from,
				      .to_ms = from + DAY };
	static const double asked[] = { 0, 0.05, 0.5, 0.95, 0.951, 1 },
			    got[] = { 1, 1, 10, 19, 20, 20 };
	struct mt_seen seen = { 0 };
	const struct yh_meter_usage *u;

	for (int i = 0; i < 20; i++) /* 1..20 in another order, two to a slot */
		mt_put(t, metric, a, NULL, NULL, from + i * 150000, 1 + i * 7 % 20);
	mt_put(t, metric, a, NULL, NULL, from - 1, 1000);
	mt_put(t, metric, a, NULL, NULL, from + DAY, 1000);
	mt_put(t, metric, b, NULL, NULL, from + DAY - 1, -4);
	(void)mt_send(t);
	mt_settle(t);
	for (int i = 0; i < 6; i++) {
		struct yh_err err = { 0 };

		mt_forget(&seen);
		scan.quantile = asked[i];
		WANT_OK(yh_meter_scan(t->m, &scan, mt_on_usage, &seen, &err));
		WANT(seen.n == 2);
		u = &mt_row(&seen, metric, a)->usage;
		WANT(u->count == 20 && u->min == 1 && u->max == 20 && u->mean == 10.5);
		WANT(u->quantile == got[i]);
		WANT(u->first_ms == from && u->last_ms == from + 19 * 150000);
		WANT(u->filled == 10 && u->slots == 288);
		u = &mt_row(&seen, metric, b)->usage;
		WANT(u->count == 1 && u->quantile == -4 && u->filled == 1);
	}
	mt_forget(&seen);
}

static void usage_by_days_is_off_by_a_sixtieth_at_most(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "sketch"), *res = mt_res(t, 1, "a");
	int64_t from = yh_day_start(yh_day_of(t->now_ms * 1000) - 3) / 1000;
	struct yh_meter_scan scan = { .what = mt_of(metric, &res),
				      .from_ms = from,
				      .to_ms = from + 2 * DAY,
				      .quantile = 0.95,
				      .source = YH_METER_SKETCH };
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };

	for (int i = 0; i < 200; i++)
		mt_put(t, metric, res, NULL, NULL, from + i * 800000, 1 + i * 7 % 200);
	(void)mt_send(t);
	mt_settle(t);
	WANT_OK(yh_meter_scan(t->m, &scan, mt_on_usage, &seen, &err));
	WANT(seen.n == 1 && seen.row[0].usage.count == 200);
	WANT(fabs(seen.row[0].usage.quantile - 190) <= 190.0 / 60);
	WANT(fabs(seen.row[0].usage.mean - 100.5) < 1e-9);
	mt_forget(&seen);
}

/* ---- selecting ---- */

static void labels_in_any_language_come_back_as_they_were(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "labels"), *res = mt_res(t, 1, "a");
	static const char *const values[] = { "政务云 \"一区\"", "two\nlines",
					      "back\\slash\t{x=\"y\"}", "émoji 😀|.*", "'" };
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };

	for (int i = 0; i < 5; i++)
		mt_put(t, metric, res, "note", values[i], t->now_ms - 1000, i);
	WANT(mt_send(t).samples == 5);
	mt_settle(t);
	for (int i = 0; i < 5; i++) {
		struct yh_meter_label label = { "note", values[i] };
		struct yh_meter_select what = mt_of(metric, &res);

		mt_forget(&seen);
		what.labels = &label;
		what.n_labels = 1;
		WANT_OK(yh_meter_latest(t->m, &what, 0, NULL, mt_on_latest, &seen, &err));
		WANT(seen.n == 1 && seen.row[0].values[0] == i);
		WANT(mt_has(&seen.row[0], "note", values[i]));
	}
	mt_forget(&seen);
}

static void names_that_no_query_language_takes_are_compared_all_the_same(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "odd name-é"), *res = mt_res(t, 1, "a");
	struct yh_meter_label label = { "é-b", "y" };
	struct yh_meter_select what = mt_of(metric, &res);
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };

	mt_put(t, metric, res, "é-b", "x", t->now_ms - 1000, 1);
	mt_put(t, metric, res, "é-b", "y", t->now_ms - 1000, 2);
	WANT(mt_send(t).samples == 2);
	mt_settle(t);
	what.labels = &label;
	what.n_labels = 1;
	WANT_OK(yh_meter_samples(t->m, &what, t->now_ms - 2000, t->now_ms, 10, mt_on_samples, &seen,
				 &err));
	WANT(seen.n == 1 && seen.row[0].values[0] == 2);
	mt_forget(&seen);
}

static void a_resource_s_number_is_a_text_not_an_expression(void **state)
{
	static const char *const hostile[] = {
		".*", "a|b", "\"} or {__name__=~\".+", "\\", "", "\n"
	};
	struct mt *t = *state;
	const char *metric = mt_metric(t, "expr"), *res = mt_res(t, 1, "a");
	struct yh_meter_select what = mt_of(NULL, NULL);
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };

	mt_put(t, metric, res, NULL, NULL, t->now_ms - 1000, 1);
	(void)mt_send(t);
	mt_settle(t);
	what.by_resource = true;
	what.resources = hostile;
	for (size_t n = 1; n <= 6; n++) {
		what.n_resources = n;
		WANT_OK(yh_meter_latest(t->m, &what, 0, NULL, mt_on_latest, &seen, &err));
		WANT_OK(yh_meter_history(t->m, &what, t->now_ms - HOUR, t->now_ms, HOUR,
					 mt_on_history, &seen, &err));
		WANT(seen.n == 0);
	}
	what.n_resources = 0; /* none is not any */
	WANT_OK(yh_meter_latest(t->m, &what, 0, NULL, mt_on_latest, &seen, &err));
	WANT(seen.n == 0);
}

static void a_thousand_resources_are_read_at_once(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "many");
	int64_t at = t->now_ms - 30000, from = at - at % HOUR - HOUR;
	static char names[1000][64];
	static const char *numbers[1000];
	struct yh_meter_select what = mt_of(metric, NULL);
	struct yh_meter_scan scan = { .from_ms = from, .to_ms = from + 3 * HOUR, .quantile = 0.95 };
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };

	for (int r = 0; r < 1000; r++) {
		(void)snprintf(names[r], sizeof names[r], "%s-U1-%04d", t->tag, r);
		numbers[r] = names[r];
		for (int i = 0; i < 3; i++)
			mt_put(t, metric, names[r], NULL, NULL, at + i, r + i);
	}
	WANT(mt_send(t).samples == 3000);
	mt_settle(t);
	what.resources = numbers;
	what.n_resources = 1000;
	what.by_resource = true;
	scan.what = what;
	WANT_OK(yh_meter_latest(t->m, &what, 0, NULL, mt_on_latest, &seen, &err));
	WANT(seen.n == 1000);
	for (int r = 0; r < 1000; r++)
		WANT(mt_row(&seen, metric, names[r])->values[0] == r + 2);
	mt_forget(&seen);
	WANT_OK(yh_meter_history(t->m, &what, from, from + 3 * HOUR, HOUR, mt_on_history, &seen,
				 &err));
	WANT(seen.n == 1000 && mt_row(&seen, metric, names[7])->buckets[0].sum == 24);
	mt_forget(&seen);
	WANT_OK(yh_meter_scan(t->m, &scan, mt_on_usage, &seen, &err));
	WANT(seen.n == 1000 && mt_row(&seen, metric, names[999])->usage.quantile == 1001);
	mt_forget(&seen);
	scan.what.by_resource = false; /* whichever there are */
	WANT_OK(yh_meter_scan(t->m, &scan, mt_on_usage, &seen, &err));
	WANT(seen.n == 1000);
	mt_forget(&seen);
}

static void more_samples_than_asked_for_are_refused(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "limit"), *res = mt_res(t, 1, "a");
	struct yh_meter_select what = mt_of(metric, &res);
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };

	for (int i = 0; i < 11; i++)
		mt_put(t, metric, res, NULL, NULL, t->now_ms - 20000 + i, i);
	(void)mt_send(t);
	mt_settle(t);
	WANT_OK(yh_meter_samples(t->m, &what, t->now_ms - 30000, t->now_ms, 11, mt_on_samples,
				 &seen, &err));
	WANT(seen.row[0].n == 11);
	WANT_ERR(yh_meter_samples(t->m, &what, t->now_ms - 30000, t->now_ms, 10, mt_on_samples,
				  &seen, &err),
		 YH_TOO_LARGE, "meter-samples-many");
	mt_forget(&seen);
}

static void a_visit_ends_the_reading_when_it_says_so(void **state)
{
	struct mt *t = *state;
	const char *metric = mt_metric(t, "stop");
	struct yh_meter_select what = mt_of(metric, NULL);
	struct mt_seen seen = { .stop_after = 2 };
	struct yh_err err = { 0 };

	for (int r = 0; r < 9; r++) {
		char name[4] = { (char)('a' + r), 0 };

		mt_put(t, metric, mt_res(t, 1, name), NULL, NULL, t->now_ms - 1000, r);
	}
	(void)mt_send(t);
	mt_settle(t);
	WANT_OK(yh_meter_latest(t->m, &what, 0, NULL, mt_on_latest, &seen, &err));
	WANT(seen.n == 2);
	mt_forget(&seen);
}

static void a_stretch_that_makes_no_sense_is_refused_by_name(void **state)
{
	struct mt *t = *state;
	struct yh_meter_select what = mt_of("m", NULL);
	struct yh_meter_scan scan = { .what = what, .from_ms = 0, .to_ms = DAY, .quantile = 1.5 };
	struct mt_seen seen = { 0 };
	struct yh_err err = { 0 };

	WANT_ERR(yh_meter_history(t->m, &what, 10, 10, HOUR, mt_on_history, &seen, &err),
		 YH_BAD_INPUT, "meter-window-invalid");
	err = (struct yh_err){ 0 };
	WANT_ERR(yh_meter_history(t->m, &what, INT64_MIN, INT64_MAX, HOUR, mt_on_history, &seen,
				  &err),
		 YH_BAD_INPUT, "meter-window-invalid");
	err = (struct yh_err){ 0 };
	WANT_ERR(yh_meter_history(t->m, &what, 0, DAY, 999, mt_on_history, &seen, &err),
		 YH_BAD_INPUT, "meter-step-short");
	err = (struct yh_err){ 0 };
	WANT_ERR(yh_meter_history(t->m, &what, 0, 20000001, 1000, mt_on_history, &seen, &err),
		 YH_TOO_LARGE, "meter-buckets-many");
	err = (struct yh_err){ 0 };
	WANT_ERR(yh_meter_scan(t->m, &scan, mt_on_usage, &seen, &err), YH_BAD_INPUT,
		 "meter-quantile-invalid");
	err = (struct yh_err){ 0 };
	scan.quantile = 0.5;
	scan.source = YH_METER_SKETCH;
	WANT_ERR(yh_meter_scan(t->m, &scan, mt_on_usage, &seen, &err), YH_BAD_INPUT,
		 "meter-window-not-days");
	err = (struct yh_err){ 0 };
	WANT_OK(yh_meter_history(t->m, &what, 0, 20000000, 1000, mt_on_history, &seen, &err));
	WANT(seen.n == 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, mt_open, mt_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_sample_of_each_series_is_shown),
		TEST(the_last_sample_may_be_days_old),
		TEST(a_mark_shows_only_what_arrived_since),
		TEST(a_series_marked_stale_is_not_shown_until_it_comes_back),
		TEST(history_sums_up_each_step),
		TEST(history_by_civil_days_begins_at_midnight_in_shanghai),
		TEST(a_counter_s_rise_counts_resets_and_the_sample_before),
		TEST(nan_and_markers_count_nowhere),
		TEST(usage_takes_the_quantile_by_nearest_rank),
		TEST(usage_by_days_is_off_by_a_sixtieth_at_most),
		TEST(labels_in_any_language_come_back_as_they_were),
		TEST(names_that_no_query_language_takes_are_compared_all_the_same),
		TEST(a_resource_s_number_is_a_text_not_an_expression),
		TEST(a_thousand_resources_are_read_at_once),
		TEST(more_samples_than_asked_for_are_refused),
		TEST(a_visit_ends_the_reading_when_it_says_so),
		TEST(a_stretch_that_makes_no_sense_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
