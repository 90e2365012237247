/* Schemes, scores and results (Art. 33). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "law/evaluation.h"

static bool source_fits(void *arg, const char *name, enum yh_eval_subject subject)
{
	(void)arg;
	return strncmp(name, yh_eval_subject_name(subject), 4) == 0;
}

static bool article_known(void *arg, const char *number)
{
	(void)arg;
	return strcmp(number, "33") == 0;
}

static const struct yh_eval_names names = { NULL, source_fits, article_known };

#define INDICATOR                                                                                     \
	"{\"code\":\"opening\",\"zh\":\"按时开通\",\"en\":\"On time\",\"source\":\"provider.x\"," \
	"\"direction\":\"higher\",\"shape\":\"linear\",\"points\":[{\"at\":60,\"score\":0},"          \
	"{\"at\":100,\"score\":100}],\"weight\":60,\"article\":\"33\"}"
#define BY_HAND                                                                                    \
	"{\"code\":\"drills\",\"zh\":\"演练\",\"en\":\"Drills\",\"hand\":true,\"direction\":"    \
	"\"lower\",\"shape\":\"steps\",\"points\":[{\"at\":0,\"score\":100},{\"at\":\"1.5\","      \
	"\"score\":\"40.25\"}],\"weight\":40,\"article\":\"33\"}"
#define GRADES                                                                                     \
	"[{\"from\":90,\"zh\":\"优\",\"en\":\"A\",\"factor\":1},{\"from\":0,\"zh\":\"差\","      \
	"\"en\":\"D\",\"factor\":\"0.95\",\"rectify\":true}]"
#define SCHEME(indicators, grades)                                                                 \
	"{\"subject\":\"provider\",\"period\":\"quarter\",\"known_at_least\":60,\"indicators\":"   \
	"[" indicators "],\"grades\":" grades "}"

struct read {
	struct yh_arena arena;
	struct yh_err err;
	struct yh_scheme scheme;
	json_t *json;
	enum yh_rc rc;
};

static void read_text(struct read *r, const char *text)
{
	memset(r, 0, sizeof *r);
	yh_arena_init(&r->arena, 1 << 20);
	assert_int_equal(yh_json_parse(text, strlen(text), &r->json, NULL), YH_OK);
	r->rc = yh_scheme_read(r->json, &names, &r->arena, &r->scheme, &r->err);
}

static void done(struct read *r)
{
	yh_json_put(&r->json);
	yh_arena_done(&r->arena);
}

static void refused(const char *text, const char *slug, const char *field)
{
	struct read r;

	read_text(&r, text);
	assert_int_equal(r.rc, YH_BAD_INPUT);
	assert_string_equal(r.err.slug, slug);
	assert_string_equal(r.err.field, field);
	done(&r);
}

static void a_scheme_is_read_whole(void **state)
{
	struct read r;

	(void)state;
	read_text(&r, SCHEME(INDICATOR "," BY_HAND, GRADES));
	assert_int_equal(r.rc, YH_OK);
	assert_int_equal(r.scheme.n_indicators, 2);
	assert_int_equal(r.scheme.indicators[0].weight_e2, 6000);
	assert_string_equal(r.scheme.indicators[0].source, "provider.x");
	assert_null(r.scheme.indicators[1].source);
	assert_true(r.scheme.indicators[1].lower);
	assert_int_equal(r.scheme.indicators[1].points[1].at_milli, 1500);
	assert_int_equal(r.scheme.indicators[1].points[1].score_e2, 4025);
	assert_int_equal(r.scheme.grades[1].factor_e6, 950000);
	assert_true(r.scheme.grades[1].rectify);
	assert_int_equal(r.scheme.known_e2, 6000);
	done(&r);
}

/* The text with `from` replaced by `to`, once. */
static const char *with(const char *text, const char *from, const char *to)
{
	static char out[4000];
	const char *at = strstr(text, from);

	assert_non_null(at);
	(void)snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return out;
}

/* proves S42 */
static void each_fault_of_a_scheme_names_its_place(void **state)
{
	static const char good[] = SCHEME(INDICATOR "," BY_HAND, GRADES);

	(void)state;
	refused(with(good, "\"weight\":40", "\"weight\":39.5"), "scheme-weights",
		"/definition/indicators");
	refused(with(good, "\"weight\":40", "\"weight\":\"39.999\""), "scheme-field-wrong",
		"/definition/indicators/1/weight");
	refused(with(good, "\"weight\":60,", ""), "scheme-field-missing",
		"/definition/indicators/0/weight");
	refused(with(good, "provider.x", "unit.x"), "scheme-source-unknown",
		"/definition/indicators/0/source");
	refused(with(good, "\"hand\":true", "\"hand\":true,\"source\":\"provider.y\""),
		"scheme-source-or-hand", "/definition/indicators/1/hand");
	refused(with(good, "\"hand\":true,", ""), "scheme-source-or-hand",
		"/definition/indicators/1/source");
	refused(with(good, "drills", "opening"), "scheme-code-twice",
		"/definition/indicators/1/code");
	refused(with(good, "\"at\":100", "\"at\":60"), "scheme-points-order",
		"/definition/indicators/0/points/1/at");
	refused(with(good, "lower", "higher"), "scheme-points-direction",
		"/definition/indicators/1/points/1/score");
	refused(with(good, "\"score\":100", "\"score\":101"), "scheme-field-wrong",
		"/definition/indicators/0/points/1/score");
	refused(with(good, "\"article\":\"33\"", "\"article\":\"99\""), "article-unknown",
		"/definition/indicators/0/article");
	refused(with(good, "\"from\":0", "\"from\":90"), "scheme-grades-order",
		"/definition/grades/1/from");
	refused(with(good, "\"from\":0", "\"from\":1"), "scheme-grade-lowest",
		"/definition/grades");
	refused(with(good, "\"0.95\"", "\"1.05\""), "scheme-factor", "/definition/grades/1/factor");
	refused(with(good, "\"factor\":1}", "\"factor\":1,\"quota\":\"reduce\"}"),
		"scheme-field-unknown", "/definition/grades/0");
	refused(with(good, "\"period\"", "\"periode\""), "scheme-field-unknown", "/definition");
	refused(with(good, "\"known_at_least\":60", "\"known_at_least\":0"), "scheme-field-wrong",
		"/definition/known_at_least");
}

static int64_t score(const struct yh_eval_indicator *i, int64_t num, int64_t den)
{
	const struct yh_eval_figure f = { true, num, den };
	int64_t s = -1;

	assert_int_equal(yh_eval_score(i, &f, &s, NULL), YH_OK);
	return s;
}

static const struct yh_eval_point rising[] = { { 60000, 0 }, { 100000, 10000 } };
static const struct yh_eval_point falling[] = { { 0, 10000 }, { 1000, 8000 }, { 3000, 0 } };

/* proves S42 */
static void a_figure_between_two_points_has_its_share_and_ends_hold_beyond(void **state)
{
	const struct yh_eval_indicator i = { .linear = true, .points = rising, .n_points = 2 };

	(void)state;
	assert_int_equal(score(&i, 80, 1), 5000);
	assert_int_equal(score(&i, 60, 1), 0);
	assert_int_equal(score(&i, 59, 1), 0);
	assert_int_equal(score(&i, 100, 1), 10000);
	assert_int_equal(score(&i, 250, 1), 10000);
	assert_int_equal(score(&i, 200, 3), 1667); /* 66.67: 1666.67 */
	/* exactly between two hundredths: to the even one */
	assert_int_equal(score(&i, 60006, 1000), 2);
	assert_int_equal(score(&i, 60002, 1000), 0);
}

static void steps_count_from_the_point_that_is_reached(void **state)
{
	const struct yh_eval_indicator i = { .lower = true, .points = falling, .n_points = 3 };

	(void)state;
	assert_int_equal(score(&i, 0, 7), 10000);
	assert_int_equal(score(&i, 999, 1000), 10000);
	assert_int_equal(score(&i, 1, 1), 8000);
	assert_int_equal(score(&i, 2, 1), 8000);
	assert_int_equal(score(&i, 3, 1), 0);
	assert_int_equal(score(&i, 400, 1), 0);
}

static void a_figure_out_of_range_is_no_figure(void **state)
{
	const struct yh_eval_indicator i = { .points = rising, .n_points = 2 };
	struct yh_eval_figure f = { true, 1, 0 };
	struct yh_err err = { 0 };
	int64_t s;

	(void)state;
	assert_int_equal(yh_eval_score(&i, &f, &s, &err), YH_TOO_LARGE);
	f = (struct yh_eval_figure){ true, YH_EVAL_FIGURE_MAX + 1, 1 };
	assert_int_equal(yh_eval_score(&i, &f, &s, &err), YH_TOO_LARGE);
	f = (struct yh_eval_figure){ true, -1, 1 };
	assert_int_equal(yh_eval_score(&i, &f, &s, &err), YH_TOO_LARGE);
}

static uint64_t seed = 20220501;

static int64_t draw(int64_t most)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int64_t)(seed % (uint64_t)(most + 1));
}

/* q is num / den rounded half to even, told without dividing. */
static bool is_rounded(int64_t q, __int128 num, __int128 den)
{
	__int128 off = 2 * (num - q * den);

	if (off < 0)
		off = -off;
	return off < den || (off == den && q % 2 == 0);
}

static void draw_points(struct yh_eval_point *p, size_t n, bool lower)
{
	int64_t at = draw(1000000), left = 10000, s = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t step = i + 1 == n ? left : draw(left);

		s += step;
		left -= step;
		p[i] = (struct yh_eval_point){ at, lower ? 10000 - s : s };
		at += 1 + draw(draw(1) ? 100 : INT64_C(1000000000000));
	}
}

/* proves A33.1 */
static void any_score_is_the_exact_share_rounded_once(void **state)
{
	(void)state;
	for (int round = 0; round < 60000; round++) {
		struct yh_eval_point p[6];
		struct yh_eval_indicator i = { .lower = draw(1),
					       .linear = draw(3) > 0,
					       .points = p,
					       .n_points = (size_t)(2 + draw(4)) };
		struct yh_eval_figure f = { true, draw(draw(1) ? 1000 : YH_EVAL_FIGURE_MAX),
					    1 + draw(draw(1) ? 1000 : YH_EVAL_FIGURE_MAX - 1) };
		size_t at = 0;
		int64_t s;

		draw_points(p, i.n_points, i.lower);
		assert_int_equal(yh_eval_score(&i, &f, &s, NULL), YH_OK);
		while (at + 1 < i.n_points &&
		       (__int128)p[at + 1].at_milli * f.den <= (__int128)f.num * 1000)
			at++;
		if (!i.linear || at + 1 == i.n_points ||
		    (__int128)p[0].at_milli * f.den > (__int128)f.num * 1000) {
			assert_int_equal(s, p[at].score_e2);
			continue;
		}
		__int128 wide = (__int128)(p[at + 1].at_milli - p[at].at_milli) * f.den;
		__int128 above = (__int128)f.num * 1000 - (__int128)p[at].at_milli * f.den;

		assert_true(is_rounded(
			s, p[at].score_e2 * wide + (p[at + 1].score_e2 - p[at].score_e2) * above,
			wide));
	}
}

static void more_is_never_worse_where_more_is_better(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct yh_eval_point p[5];
		struct yh_eval_indicator i = { .lower = draw(1),
					       .linear = draw(1),
					       .points = p,
					       .n_points = (size_t)(2 + draw(3)) };
		int64_t den = 1 + draw(1000), a = draw(3000000), b = a + draw(3000000);
		int64_t low, high;

		draw_points(p, i.n_points, i.lower);
		low = score(&i, a, den);
		high = score(&i, b, den);
		assert_true(i.lower ? low >= high : low <= high);
		assert_in_range(low, 0, 10000);
		/* the same figure, said otherwise */
		assert_int_equal(score(&i, a * 7, den * 7), low);
	}
}

static void what_is_unknown_gives_its_weight_to_the_others_or_withholds(void **state)
{
	const struct yh_eval_indicator is[] = { { .weight_e2 = 6000 }, { .weight_e2 = 4000 } };
	const struct yh_eval_grade grades[] = { { .from_e2 = 9000 }, { .from_e2 = 0 } };
	struct yh_scheme s = { .indicators = is,
			       .n_indicators = 2,
			       .grades = grades,
			       .n_grades = 2,
			       .known_e2 = 6000 };
	struct yh_eval_mark marks[] = { { true, 9500 }, { false, 0 } };
	struct yh_eval_result r;

	(void)state;
	yh_eval_result(&s, marks, &r);
	assert_false(r.withheld);
	assert_int_equal(r.score_e2, 9500);
	assert_int_equal(r.known_e2, 6000);
	assert_int_equal(r.grade, 0);
	marks[0].known = false;
	marks[1] = (struct yh_eval_mark){ true, 9500 };
	yh_eval_result(&s, marks, &r);
	assert_true(r.withheld);
	assert_int_equal(r.grade, 2);
	marks[1].known = false;
	s.known_e2 = 1;
	yh_eval_result(&s, marks, &r);
	assert_true(r.withheld);
}

/* proves S42 */
static void a_result_is_the_weighted_mean_of_what_is_known_rounded_once(void **state)
{
	(void)state;
	for (int round = 0; round < 40000; round++) {
		struct yh_eval_indicator is[6];
		struct yh_eval_mark marks[6];
		const struct yh_eval_grade grades[] = { { .from_e2 = 8000 }, { .from_e2 = 0 } };
		struct yh_scheme s = { .indicators = is, .grades = grades, .n_grades = 2 };
		int64_t left = 10000, least = 10000, most = 0;
		__int128 sum = 0, weight = 0;
		struct yh_eval_result r;

		s.n_indicators = (size_t)(1 + draw(5));
		s.known_e2 = 1 + draw(9999);
		for (size_t i = 0; i < s.n_indicators; i++) {
			bool last = i + 1 == s.n_indicators;

			is[i] = (struct yh_eval_indicator){ .weight_e2 = last ? left : draw(left) };
			left -= is[i].weight_e2;
			marks[i] = (struct yh_eval_mark){ draw(3) > 0, draw(10000) };
			if (!marks[i].known)
				continue;
			sum += (__int128)marks[i].score_e2 * is[i].weight_e2;
			weight += is[i].weight_e2;
			least = marks[i].score_e2 < least ? marks[i].score_e2 : least;
			most = marks[i].score_e2 > most ? marks[i].score_e2 : most;
		}
		yh_eval_result(&s, marks, &r);
		assert_int_equal(r.known_e2, (int64_t)weight);
		assert_int_equal(r.withheld, weight == 0 || weight < s.known_e2);
		if (r.withheld)
			continue;
		assert_true(is_rounded(r.score_e2, sum, weight));
		assert_in_range(r.score_e2, least, most);
		assert_int_equal(r.grade, r.score_e2 >= 8000 ? 0 : 1);
	}
}

static void periods_are_whole_and_as_long_as_the_scheme_says(void **state)
{
	char text[YH_DAY_TEXT];
	yh_day first, last;

	(void)state;
	assert_int_equal(yh_eval_days(YH_EVAL_QUARTER, "2026-Q3", &first, &last, NULL), YH_OK);
	assert_string_equal(yh_day_text(first, text), "2026-07-01");
	assert_string_equal(yh_day_text(last, text), "2026-09-30");
	assert_int_equal(yh_eval_days(YH_EVAL_MONTH, "2024-02", &first, &last, NULL), YH_OK);
	assert_string_equal(yh_day_text(last, text), "2024-02-29");
	assert_int_equal(yh_eval_days(YH_EVAL_HALF, "2026-H2", &first, &last, NULL), YH_OK);
	assert_string_equal(yh_day_text(first, text), "2026-07-01");
	assert_int_equal(yh_eval_days(YH_EVAL_YEAR, "2026", &first, &last, NULL), YH_OK);
	assert_string_equal(yh_day_text(last, text), "2026-12-31");
	static const struct {
		enum yh_eval_span span;
		const char *text;
	} wrong[] = { { YH_EVAL_QUARTER, "2026-Q5" }, { YH_EVAL_QUARTER, "2026-Q0" },
		      { YH_EVAL_QUARTER, "2026-03" }, { YH_EVAL_MONTH, "2026-13" },
		      { YH_EVAL_MONTH, "2026-3" },    { YH_EVAL_HALF, "2026-H3" },
		      { YH_EVAL_YEAR, "2026-Q1" },    { YH_EVAL_YEAR, "1999" },
		      { YH_EVAL_MONTH, "" },          { YH_EVAL_MONTH, "2026-+1" } };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(yh_eval_days(wrong[i].span, wrong[i].text, &first, &last, NULL),
				 YH_BAD_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scheme_is_read_whole),
		cmocka_unit_test(each_fault_of_a_scheme_names_its_place),
		cmocka_unit_test(a_figure_between_two_points_has_its_share_and_ends_hold_beyond),
		cmocka_unit_test(steps_count_from_the_point_that_is_reached),
		cmocka_unit_test(a_figure_out_of_range_is_no_figure),
		cmocka_unit_test(any_score_is_the_exact_share_rounded_once),
		cmocka_unit_test(more_is_never_worse_where_more_is_better),
		cmocka_unit_test(what_is_unknown_gives_its_weight_to_the_others_or_withholds),
		cmocka_unit_test(a_result_is_the_weighted_mean_of_what_is_known_rounded_once),
		cmocka_unit_test(periods_are_whole_and_as_long_as_the_scheme_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
