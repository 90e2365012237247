/* What a finding rests on: the conditions with their figures, the curves behind them, the rule. */
#include <string.h>

#include "services/watch/internal.h"

enum { SHOWN = 50 }; /* of a system so many resources are shown with their conditions */

/* For each bucket that holds samples [from, mean, max, how many], of a counter [from, rise, how
 * many]. */
static void draw_points(const struct curve *c, bool hourly, bool counter, struct yh_jw *w)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct yh_meter_bucket *b = &c->buckets[i];
		char text[YH_TIME_TEXT];
		yh_time at = b->from_ms * 1000;

		if (b->count == 0)
			continue;
		yh_jw_arr(w, NULL);
		yh_jw_str(w, NULL,
			  hourly ? yh_time_text(at, text) : yh_day_text(yh_day_of(at), text));
		if (counter) {
			yh_jw_real(w, NULL, yh_watch_round(b->rise));
		} else {
			yh_jw_real(w, NULL, yh_watch_round(b->sum / (double)b->count));
			yh_jw_real(w, NULL, yh_watch_round(b->max));
		}
		yh_jw_int(w, NULL, (int64_t)b->count);
		yh_jw_end_arr(w);
	}
}

static void draw(const struct run *r, uint32_t query, uint32_t subject, struct yh_jw *w)
{
	const struct query *q = &r->queries[query];
	size_t len = strlen(q->metric), n;
	bool counter = len > 6 && strcmp(q->metric + len - 6, "_total") == 0;
	const struct curve *c = yh_watch_curves(r, query, subject, &n);

	yh_jw_obj(w, NULL);
	yh_jw_str(w, "metric", q->metric);
	yh_jw_str(w, "step", yh_watch_is_hourly(q) ? "1h" : "1d");
	yh_jw_arr(w, "series");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(w, NULL);
		yh_jw_raw(w, "labels", c[i].labels);
		yh_jw_arr(w, "points");
		draw_points(&c[i], yh_watch_is_hourly(q), counter, w);
		yh_jw_end_arr(w);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	yh_jw_end_obj(w);
}

static void draw_all(const struct run *r, const struct plan *p, uint32_t subject, struct yh_jw *w)
{
	bool drawn[QUERIES_MAX] = { false };

	yh_jw_arr(w, "curves");
	for (size_t i = 0; i < p->rule->n_all + p->rule->n_any; i++) {
		const int at[] = { p->main[i], p->other[i], p->of[i] };

		for (size_t k = 0; k < sizeof at / sizeof at[0]; k++) {
			if (at[k] == NONE || drawn[at[k]])
				continue;
			drawn[at[k]] = true;
			draw(r, (uint32_t)at[k], subject, w);
		}
	}
	yh_jw_end_arr(w);
}

static void say_resource(const struct run *r, size_t plan, uint32_t subject, bool curves,
			 struct yh_jw *w)
{
	const struct subject *s = &r->subjects[subject];
	struct judgement j;

	yh_watch_judge_one(r, plan, subject, &j);
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "resource", s->row.no);
	yh_jw_str(w, "item", r->items[s->item].code);
	yh_jw_milli(w, "quantity", s->row.qty_milli);
	yh_watch_say_conditions(r, plan, &j, w);
	if (curves)
		draw_all(r, &r->plans[plan], subject, w);
	yh_jw_end_obj(w);
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

void yh_watch_evidence(const struct run *r, size_t plan, const uint32_t *subjects, size_t n,
		       const struct system *s, struct yh_buf *out)
{
	struct yh_jw w;

	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	say_rule(r, r->plans[plan].rule, &w);
	if (s) {
		yh_jw_str(&w, "system", s->label);
		yh_jw_str(&w, "system_name", s->name);
	}
	yh_jw_int(&w, "resources_in_all", (int64_t)n);
	yh_jw_arr(&w, "resources");
	for (size_t i = 0; i < n && i < SHOWN; i++)
		say_resource(r, plan, subjects[i], i < YH_WATCH_DRAWN, &w);
	yh_jw_end_arr(&w);
	yh_jw_end_obj(&w);
}
