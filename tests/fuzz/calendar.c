/* Days as they are written: calendar files, periods, instants, recurrences, spans of evaluation.
 * The first byte chooses. */
#include "fuzz.h"
#include "law/calendar.h"
#include "law/evaluation.h"
#include "law/quota.h"

enum { ARENA = 16 << 20 };

static void year(const char *text, size_t n)
{
	struct yh_calendar *cal = yh_calendar_new();
	struct yh_period period = { 5, YH_WORKDAYS };
	struct yh_err err = { 0 };
	struct yh_due due;
	enum yh_rc rc = yh_calendar_add_year(cal, "y", text, n, &err);

	must_say(rc, &err);
	if (rc == YH_OK)
		for (int y = 2000; y < 2100; y++)
			if (yh_calendar_knows(cal, y))
				must(yh_due_day(cal, yh_day_from_date((struct yh_date){ y, 6, 1 }),
						period, YH_STRICT, &due, &err) == YH_OK);
	yh_calendar_free(cal);
}

static void period(const char *text)
{
	char again[YH_PERIOD_TEXT];
	struct yh_err err = { 0 };
	struct yh_period p;
	enum yh_rc rc = yh_period_parse(text, &p, &err);

	must_say(rc, &err);
	if (rc == YH_OK)
		must(strcmp(yh_period_text(p, again), text) == 0);
}

static void instant(const char *text)
{
	struct yh_err err = { 0 }, other = { 0 };
	char again[YH_DAY_TEXT];
	yh_time at;
	yh_day day;
	enum yh_rc rc = yh_time_parse(text, &at, &err);

	must_say(rc, &err);
	rc = yh_day_parse(text, &day, &other);
	must_say(rc, &other);
	if (rc == YH_OK)
		must(strcmp(yh_day_text(day, again), text) == 0);
}

static void recurrence(const char *rule)
{
	struct yh_err err = { 0 };
	struct yh_spans spans = { 0 };
	struct yh_arena arena;
	yh_day from = yh_day_from_date((struct yh_date){ 2026, 1, 31 });
	enum yh_rc rc;

	yh_arena_init(&arena, ARENA);
	spans.arena = &arena;
	rc = yh_quota_spread(&spans, "vcpu", 1000, rule, from, 3, from, from + 800, &err);
	must_say(rc, &err);
	for (size_t i = 0; rc == YH_OK && i < spans.n; i++)
		must(spans.v[i].first <= spans.v[i].last);
	yh_arena_done(&arena);
}

static void span(const char *text)
{
	yh_day first, last;

	for (int s = YH_EVAL_MONTH; s <= YH_EVAL_YEAR; s++) {
		struct yh_err err = { 0 };
		enum yh_rc rc = yh_eval_days((enum yh_eval_span)s, text, &first, &last, &err);

		must_say(rc, &err);
		must(rc != YH_OK || first < last);
	}
}

void yh_fuzz_calendar(const unsigned char *data, size_t n)
{
	size_t len;
	char *text;
	int what = n ? data[0] % 5 : 1;

	if (n)
		data++, n--;
	text = fuzz_part(&data, &n, &len);
	if (what == 0)
		year(text, len);
	else if (what == 1)
		period(text);
	else if (what == 2)
		instant(text);
	else if (what == 3)
		recurrence(text);
	else
		span(text);
	free(text);
}
