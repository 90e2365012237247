/* What a finding rests on: the conditions with their figures, the curves behind them, the rule. */
#include <string.h>

#include "services/watch/internal.h"

/* Of a system so many resources are shown with their conditions, and so many with curves. */
enum { SHOWN = 50, DRAWN = 10, SERIES_MOST = 8, HOURLY_DAYS = 7 };
#define DAY_MS (YH_US_PER_DAY / 1000)

struct drawing {
	struct yh_jw *w;
	bool hourly;
	size_t series;
};

/* One series: for each bucket that holds samples [from, mean, max, how many], of a counter [from,
 * rise, how many]. */
static bool draw_series(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
			size_t n)
{
	struct drawing *d = arg;
	size_t len = strlen(s->metric);
	bool counter = len > 6 && strcmp(s->metric + len - 6, "_total") == 0;

	if (d->series++ == SERIES_MOST)
		return false;
	yh_jw_obj(d->w, NULL);
	yh_jw_obj(d->w, "labels");
	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, "resource") != 0)
			yh_jw_str(d->w, s->labels[i].name, s->labels[i].value);
	yh_jw_end_obj(d->w);
	yh_jw_arr(d->w, "points");
	for (size_t i = 0; i < n; i++) {
		char day[YH_TIME_TEXT];
		yh_time at = b[i].from_ms * 1000;

		if (b[i].count == 0)
			continue;
		yh_jw_arr(d->w, NULL);
		yh_jw_str(d->w, NULL,
			  d->hourly ? yh_time_text(at, day) : yh_day_text(yh_day_of(at), day));
		if (counter) {
			yh_jw_real(d->w, NULL, yh_watch_round(b[i].rise));
		} else {
			yh_jw_real(d->w, NULL, yh_watch_round(b[i].sum / (double)b[i].count));
			yh_jw_real(d->w, NULL, yh_watch_round(b[i].max));
		}
		yh_jw_int(d->w, NULL, (int64_t)b[i].count);
		yh_jw_end_arr(d->w);
	}
	yh_jw_end_arr(d->w);
	yh_jw_end_obj(d->w);
	return true;
}

static enum yh_rc draw(struct run *r, const char *no, const char *metric, yh_day first, yh_day last,
		       struct yh_jw *w, struct yh_err *err)
{
	struct drawing d = { w, last - first < HOURLY_DAYS, 0 };
	const struct yh_meter_select what = {
		.metric = metric, .resources = &no, .n_resources = 1, .by_resource = true
	};
	enum yh_rc rc;

	yh_jw_obj(w, NULL);
	yh_jw_str(w, "metric", metric);
	yh_jw_str(w, "step", d.hourly ? "1h" : "1d");
	yh_jw_arr(w, "series");
	rc = yh_meter_history(r->meter, &what, yh_day_start(first) / 1000,
			      yh_day_start(last + 1) / 1000, d.hourly ? DAY_MS / 24 : DAY_MS,
			      draw_series, &d, err);
	yh_jw_end_arr(w);
	yh_jw_end_obj(w);
	return rc;
}

static bool drawn_before(const struct run *r, const struct plan *p, size_t i, const char *metric)
{
	for (size_t k = 0; k < i; k++)
		if (p->main[k] != NONE && strcmp(r->queries[p->main[k]].metric, metric) == 0)
			return true;
	return false;
}

static enum yh_rc draw_all(struct run *r, const struct plan *p, const char *no, struct yh_jw *w,
			   struct yh_err *err)
{
	size_t n = p->rule->n_all + p->rule->n_any;
	enum yh_rc rc = YH_OK;

	yh_jw_arr(w, "curves");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const int at[] = { p->main[i], p->other[i], p->of[i] };

		if (at[0] == NONE || drawn_before(r, p, i, r->queries[at[0]].metric))
			continue;
		for (size_t k = 0; rc == YH_OK && k < sizeof at / sizeof at[0]; k++) {
			const struct query *q = at[k] == NONE ? NULL : &r->queries[at[k]];

			if (q)
				rc = draw(r, no, q->metric, q->first, q->last, w, err);
		}
	}
	yh_jw_end_arr(w);
	return rc;
}

static enum yh_rc say_resource(struct run *r, size_t plan, uint32_t subject, bool curves,
			       struct yh_jw *w, struct yh_err *err)
{
	const struct subject *s = &r->subjects[subject];
	struct judgement j;

	yh_watch_judge_one(r, plan, subject, &j);
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "resource", s->row.no);
	yh_jw_str(w, "item", r->items[s->item].code);
	yh_jw_milli(w, "quantity", s->row.qty_milli);
	yh_watch_say_conditions(r, plan, &j, w);
	if (curves) {
		enum yh_rc rc = draw_all(r, &r->plans[plan], s->row.no, w, err);

		if (rc != YH_OK)
			return rc;
	}
	yh_jw_end_obj(w);
	return YH_OK;
}

static void say_rule(const struct run *r, const struct yh_rule *rule, struct yh_jw *w)
{
	struct yh_sm3 digest = yh_pack_digest(r->pack);
	char hex[YH_SM3_HEX];

	yh_jw_str(w, "rule", rule->id);
	yh_jw_str(w, "zh", rule->title.zh);
	yh_jw_str(w, "en", rule->title.en);
	yh_jw_str(w, "article", rule->article);
	yh_jw_str(w, "pack", yh_pack_name(r->pack));
	yh_jw_str(w, "pack_digest", yh_hex(digest.b, sizeof digest.b, hex));
	yh_jw_day(w, "from", r->ask->first);
	yh_jw_day(w, "to", r->ask->last);
	yh_jw_real(w, "sketch_error", 1.0 / YH_SKETCH_ERROR_PARTS);
}

enum yh_rc yh_watch_evidence(struct run *r, size_t plan, const uint32_t *subjects, size_t n,
			     const struct system *s, struct yh_buf *out, struct yh_err *err)
{
	struct yh_jw w;
	enum yh_rc rc = YH_OK;

	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	say_rule(r, r->plans[plan].rule, &w);
	if (s) {
		yh_jw_str(&w, "system", s->label);
		yh_jw_str(&w, "system_name", s->name);
	}
	yh_jw_int(&w, "resources_in_all", (int64_t)n);
	yh_jw_arr(&w, "resources");
	for (size_t i = 0; rc == YH_OK && i < n && i < SHOWN; i++)
		rc = say_resource(r, plan, subjects[i], i < DRAWN, &w, err);
	yh_jw_end_arr(&w);
	yh_jw_end_obj(&w);
	return rc;
}
