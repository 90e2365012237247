/* Sentences from figures of a JSON object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "law/messages.h"

static struct yh_messages *some(void)
{
	static const char zh[] =
		"told: \"{step}于{due}到期：{list}，共 {n} 项\"\none: \"{what} {n}\"\n"
		"late: \"须提前{ahead}提出\"\nperiod-wd: \"{n} 个工作日\"\n";
	static const char en[] =
		"told: \"{step} is due on {due}: {list}; {n} in all\"\none: \"{what} {n}\"\n"
		"late: \"{ahead} ahead\"\nperiod-wd: \"{n} working days\"\n"
		"period-wd-one: \"{n} working day\"\n";
	struct yh_messages *m = yh_messages_new();
	struct yh_err err = { 0 };

	assert_non_null(m);
	assert_int_equal(yh_messages_add(m, "zh", "zh.yaml", zh, sizeof zh - 1, &err), YH_OK);
	assert_int_equal(yh_messages_add(m, "en", "en.yaml", en, sizeof en - 1, &err), YH_OK);
	return m;
}

static void expect(const struct yh_messages *m, const char *lang, const char *slug,
		   const char *figures, const char *want)
{
	json_t *json = json_loads(figures, 0, NULL);
	struct yh_buf out;

	assert_non_null(json);
	yh_buf_init(&out, 4096);
	yh_messages_fill(m, lang, slug, json, &out);
	assert_string_equal(yh_buf_text(&out), want);
	yh_buf_done(&out);
	json_decref(json);
}

static void figures_days_lists_and_both_languages_fill_a_sentence(void **state)
{
	static const char figures[] = "{\"step\":\"verify\",\"step_zh\":\"验证\",\"due\":\"2026-03-"
				      "01\",\"n\":2,\"list\":["
				      "{\"say\":\"one\",\"what\":\"vcpu\",\"n\":\"64\"},"
				      "{\"say\":\"one\",\"what\":\"gpu\",\"n\":1}]}";
	struct yh_messages *m = some();

	(void)state;
	expect(m, "zh", "told", figures, "验证于2026年3月1日到期：vcpu 64；gpu 1，共 2 项");
	expect(m, "en", "told", figures, "verify is due on 1 March 2026: vcpu 64; gpu 1; 2 in all");
	yh_messages_free(m);
}

static void amounts_stand_with_their_thousands_apart_where_the_sentence_says_so(void **state)
{
	static const char zh[] =
		"sum: \"{statement} 合计 {total:grouped} 元，未付 {due:grouped}\"\n"
		"room: \"{no} 最多 {most:grouped}，已用 {taken}\"\n";
	struct yh_messages *m = some();
	struct yh_err err = { 0 };
	struct yh_buf out;

	(void)state;
	assert_int_equal(yh_messages_add(m, "zh", "more.yaml", zh, sizeof zh - 1, &err), YH_OK);
	expect(m, "zh", "sum",
	       "{\"statement\":\"202610\",\"total\":\"-1400000.05\",\"due\":\"999.00\"}",
	       "202610 合计 -1,400,000.05 元，未付 999.00");
	expect(m, "zh", "sum", "{\"statement\":\"1\",\"total\":\"42268\",\"due\":\"2026-10\"}",
	       "1 合计 42,268 元，未付 2026-10");
	expect(m, "zh", "sum", "{\"statement\":1234,\"total\":56789}",
	       "1234 合计 56,789 元，未付 …");
	(void)yh_fail(&err, YH_REFUSED, "room");
	yh_err_int(&err, "no", 202610);
	yh_err_milli(&err, "most", 1234567800);
	yh_err_milli(&err, "taken", 1000000);
	yh_buf_init(&out, 4096);
	yh_messages_render(m, "zh", &err, &out);
	assert_string_equal(yh_buf_text(&out), "202610 最多 1,234,567.8，已用 1000");
	yh_buf_done(&out);
	yh_messages_free(m);
}

static void expect_period(const struct yh_messages *m, const char *lang, const char *period,
			  const char *want)
{
	struct yh_err err = { 0 };
	struct yh_buf out;

	(void)yh_fail(&err, YH_REFUSED, "late");
	yh_err_period(&err, "ahead", period);
	yh_buf_init(&out, 4096);
	yh_messages_render(m, lang, &err, &out);
	assert_string_equal(yh_buf_text(&out), want);
	yh_buf_done(&out);
}

static void a_period_is_said_in_words_and_one_of_a_unit_by_its_own(void **state)
{
	struct yh_messages *m = some();

	(void)state;
	expect_period(m, "zh", "15wd", "须提前15 个工作日提出");
	expect_period(m, "en", "15wd", "15 working days ahead");
	expect_period(m, "en", "1wd", "1 working day ahead");
	expect_period(m, "zh", "3mo", "须提前period-mo提出"); /* no such template */
	yh_messages_free(m);
}

static void what_is_missing_or_strange_shows_as_such_and_never_as_a_raw_name(void **state)
{
	struct yh_messages *m = some();

	(void)state;
	expect(m, "en", "told", "{\"list\":[],\"n\":null}", "… is due on …: none; … in all");
	expect(m, "zh", "told", "{\"list\":[7,{}]}", "…于…到期：…；…，共 … 项");
	expect(m, "en", "no-such", "{}", "no-such");
	expect(m, "en", "one", "{\"what\":{\"a\":1},\"n\":true}", "… …");
	/* a list that names itself ends */
	expect(m, "en", "told",
	       "{\"list\":[{\"say\":\"told\",\"list\":[{\"say\":\"told\",\"list\":[{"
	       "\"say\":\"told\",\"list\":[{\"say\":\"one\"}]}]}]}]}",
	       "… is due on …: … is due on …: … is due on …: … is due on …: …; … in all; … in all; "
	       "… in all; … in all");
	yh_messages_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_days_lists_and_both_languages_fill_a_sentence),
		cmocka_unit_test(
			amounts_stand_with_their_thousands_apart_where_the_sentence_says_so),
		cmocka_unit_test(a_period_is_said_in_words_and_one_of_a_unit_by_its_own),
		cmocka_unit_test(what_is_missing_or_strange_shows_as_such_and_never_as_a_raw_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
