/* Closed years of a cloud. */
#include "services/year/year.h"

#include <stdio.h>
#include <string.h>

#include "law/messages.h"
#include "store/report.h"

enum yh_rc yh_year_need_open(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
			     struct yh_err *err)
{
	bool closed = false;
	int64_t year;
	enum yh_rc rc;

	if (day == YH_DAY_NONE)
		return YH_OK;
	year = yh_date_of(day).year;
	rc = yh_closed_year_is(tx, cloud, year, &closed, err);
	if (rc != YH_OK || !closed)
		return rc;
	(void)yh_fail(err, YH_CONFLICT, "year-closed");
	yh_err_int(err, "year", year);
	return YH_CONFLICT;
}

static void add(struct yh_year_list *l, const char *what, const char *period, bool done)
{
	struct yh_year_item *i = &l->items[l->n++];

	*i = (struct yh_year_item){ .what = what, .done = done };
	(void)snprintf(i->period, sizeof i->period, "%s", period);
}

static enum yh_rc add_months(struct yh_ctx *cx, const struct yh_id *cloud, int year,
			     struct yh_year_list *l, yh_time *last, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (int month = 1; rc == YH_OK && month <= 12; month++) {
		yh_day first = yh_day_from_date((struct yh_date){ year, month, 1 });
		struct yh_month_settled m;
		char period[16];

		rc = yh_month_settled(cx->tx, cloud, first, first + yh_days_in_month(year, month),
				      &m, err);
		if (rc != YH_OK || !(m.used || m.open || m.closed))
			continue;
		(void)snprintf(period, sizeof period, "%04d-%02d", year, month);
		add(l, "settlement", period, m.closed > 0 && m.open == 0);
		*last = m.last_at > *last ? m.last_at : *last;
	}
	return rc;
}

enum yh_rc yh_year_checklist(struct yh_ctx *cx, const struct yh_id *cloud, int64_t year,
			     struct yh_year_list *out, struct yh_err *err)
{
	yh_day first = yh_day_from_date((struct yh_date){ (int)year, 1, 1 });
	struct yh_closed_year_row *rows;
	struct yh_report_row report;
	yh_time last = 0;
	bool found = false;
	char period[24];
	size_t n;
	enum yh_rc rc = yh_closed_year_list(cx->tx, cloud, cx->arena, &rows, &n, err);

	*out = (struct yh_year_list){ 0 };
	(void)snprintf(period, sizeof period, "%04d", (int)year);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (rows[i].year == year) {
			out->closed = true;
			out->row = rows[i];
		}
	add(out, "over", period, yh_date_of(yh_ctx_today(cx)).year > year);
	if (rc == YH_OK)
		rc = add_months(cx, cloud, (int)year, out, &last, err);
	if (rc == YH_OK)
		rc = yh_report_last(cx->tx, cloud, "year", first, cx->arena, &found, &report, err);
	add(out, "report", period, found && report.made_at >= last);
	return rc;
}

struct text {
	char s[96];
	size_t n;
};

static void say(struct text *t, const char *what)
{
	int n = snprintf(t->s + t->n, sizeof t->s - t->n, "%s%s", t->n ? ", " : "", what);

	if (n > 0 && (size_t)n < sizeof t->s - t->n)
		t->n += (size_t)n;
	else
		t->s[t->n] = 0;
}

static bool is_missing_month(const struct yh_year_list *l, size_t i)
{
	return i < l->n && strcmp(l->items[i].what, "settlement") == 0 && !l->items[i].done;
}

/* A year's worth of months in one figure: those that follow each other as "2026-01…2026-09". */
static void say_months(struct text *t, const struct yh_year_list *l)
{
	for (size_t i = 0, last; i < l->n; i = last + 1) {
		char run[2 * sizeof l->items[0].period + sizeof "…"];

		last = i;
		if (!is_missing_month(l, i))
			continue;
		while (is_missing_month(l, last + 1))
			last++;
		(void)snprintf(run, sizeof run, "%s%s%s", l->items[i].period, last > i ? "…" : "",
			       last > i ? l->items[last].period : "");
		say(t, run);
	}
}

/* What is missing; `lang` NULL: by its codes. */
static struct text missing_of(const struct yh_ctx *cx, const struct yh_year_list *l,
			      const char *lang)
{
	struct text t = { .n = 0 };

	say_months(&t, l);
	for (size_t i = 0; i < l->n; i++) {
		const char *word = NULL;
		char slug[40];

		if (l->items[i].done || strcmp(l->items[i].what, "settlement") == 0)
			continue;
		(void)snprintf(slug, sizeof slug, "word-year-missing-%s", l->items[i].what);
		if (lang && cx->world->messages)
			word = yh_messages_find(cx->world->messages, lang, slug);
		say(&t, word ? word : l->items[i].what);
	}
	return t;
}

enum yh_rc yh_year_need_ready(struct yh_ctx *cx, const struct yh_id *cloud, int64_t year,
			      const char *article, struct yh_err *err)
{
	struct text missing;
	struct yh_year_list l;
	enum yh_rc rc = yh_year_checklist(cx, cloud, year, &l, err);

	if (rc == YH_OK && l.closed) {
		(void)yh_fail(err, YH_CONFLICT, "year-closed");
		yh_err_int(err, "year", year);
		return YH_CONFLICT;
	}
	missing = rc == YH_OK ? missing_of(cx, &l, NULL) : (struct text){ .n = 0 };
	if (!missing.n)
		return rc;
	(void)yh_refuse(err, "year-not-ready", article);
	yh_err_int(err, "year", year);
	yh_err_text(err, "missing", missing.s);
	yh_err_text(err, "missing_zh", missing_of(cx, &l, "zh").s);
	yh_err_text(err, "missing_en", missing_of(cx, &l, "en").s);
	return YH_REFUSED;
}
