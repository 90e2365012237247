/* Results, findings and rules of the watch in replies. */
#include "api/watch_text.h"

#include <string.h>

#include "api/case_names.h"
#include "api/list.h"
#include "law/watch.h"

bool yh_watch_is_verdict(const char *line, const char *verdict)
{
	static const char key[] = "\"verdict\":\"";
	const char *at = strstr(line, key);
	size_t n = strlen(verdict);

	return at && strncmp(at + sizeof key - 1, verdict, n) == 0 && at[sizeof key - 1 + n] == '"';
}

/* A share is said in percent. */
static bool is_share(const char *metric, const char *of)
{
	size_t n = strlen(metric);

	return of || (n > 6 && strcmp(metric + n - 6, "_ratio") == 0);
}

static const char *number_text(struct yh_req *rq, double v, bool share)
{
	return share ? yh_arena_printf(rq->cx.arena, "%.4g %%", 100 * v)
		     : yh_arena_printf(rq->cx.arena, "%.6g", v);
}

static const char *metric_text(struct yh_req *rq, const char *metric, const char *of)
{
	const char *title = yh_list_title(rq, "metric", metric);

	return of ? yh_arena_printf(rq->cx.arena, "%s / %s", title, yh_list_title(rq, "metric", of))
		  : title;
}

/* The title of a fact, as a figure: it may name a dimension. */
static json_t *fact_text(const struct yh_req *rq, const char *fact, const char *dimension)
{
	if (!dimension)
		return json_string(yh_list_title(rq, "fact", fact));
	return json_pack("[{s:s, s:s}]", "say", "word-fact-dimension", "dimension",
			 yh_list_title(rq, "dimension", dimension));
}

static json_t *say_figure(struct yh_req *rq, const json_t *c)
{
	const char *metric = yh_json_text(c, "metric"), *of = yh_json_text(c, "of");
	const json_t *below = json_object_get(c, "below"), *figure = json_object_get(c, "figure");
	bool share = is_share(metric, of);
	double bound = json_number_value(below ? below : json_object_get(c, "above"));

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "say", "watch-says-figure",
			 "metric", metric_text(rq, metric, of), "statistic",
			 yh_list_title(rq, "statistic", yh_json_text(c, "statistic")), "figure",
			 json_is_number(figure) ? number_text(rq, json_number_value(figure), share)
						: "?",
			 "sign", below ? "<" : ">", "bound", number_text(rq, bound, share), "holds",
			 yh_list_title(rq, "holds", yh_json_text(c, "holds")), "percent",
			 yh_arena_printf(rq->cx.arena, "%.3g",
					 100 * json_number_value(json_object_get(c, "coverage"))));
}

static json_t *say_fact(struct yh_req *rq, const json_t *c)
{
	const char *since = yh_json_text(c, "since"), *kind = yh_json_text(c, "kind");
	const char *why = kind ? yh_list_title(rq, "observed", kind)
			       : yh_list_title(rq, "why", yh_json_text(c, "why"));

	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:I}", "say",
			 since ? "watch-says-fact-since" : "watch-says-fact", "fact",
			 fact_text(rq, yh_json_text(c, "fact"), yh_json_text(c, "dimension")),
			 "why", why, "holds", yh_list_title(rq, "holds", yh_json_text(c, "holds")),
			 "since", since ? since : "", "days",
			 json_integer_value(json_object_get(c, "days")));
}

static void say_conditions(struct yh_req *rq, const json_t *list, json_t *to)
{
	json_t *c;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, c)
	{
		bool measured = json_object_get(c, "metric") != NULL;

		(void)json_array_append_new(to, measured ? say_figure(rq, c) : say_fact(rq, c));
	}
}

/* Of a system: how many of its resources are what. Of what a rule is not about: why not. */
static void say_rest(const struct yh_req *rq, const json_t *obj, json_t *to)
{
	const json_t *counts = json_object_get(obj, "resources");
	const char *name, *why = yh_json_text(obj, "why");
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)counts, name, v)
	{
		(void)json_array_append_new(to,
					    json_pack("{s:s, s:s, s:I}", "say", "watch-says-count",
						      "verdict", yh_list_title(rq, "verdict", name),
						      "n", json_integer_value(v)));
	}
	if (why)
		(void)json_array_append_new(to, json_pack("{s:s, s:s}", "say", "says-value",
							  "value", yh_list_title(rq, "why", why)));
}

const char *yh_watch_rule_title(const struct yh_req *rq, const struct yh_sm3 *digest,
				const char *rule)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack = NULL;
	const struct yh_rule *r = NULL;
	enum yh_rc rc = digest ? law->pack_by(law->self, digest, &pack, NULL)
			       : law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL);

	if (rc == YH_OK)
		r = yh_pack_rule(pack, rule);
	if (!r)
		return rule;
	return yh_view_words(rq, r->title);
}

/* The line's own bytes stay as they are: numbers read and written again would not. */
enum yh_rc yh_watch_write_line(struct yh_req *rq, const char *line, struct yh_err *err)
{
	YH_JSON_AUTO because = json_pack("{s:[]}", "list");
	json_t *list = json_object_get(because, "list");
	const char *rule, *verdict;
	const json_t *obj;
	enum yh_rc rc = yh_json_parse_in(rq->cx.arena, line, strlen(line), &obj, err);

	if (rc != YH_OK)
		return rc;
	say_conditions(rq, json_object_get(obj, "all"), list);
	say_conditions(rq, json_object_get(obj, "any"), list);
	say_rest(rq, obj, list);
	rule = yh_json_text(obj, "rule");
	verdict = yh_json_text(obj, "verdict");
	yh_jw_obj(rq->w, NULL);
	yh_jw_members(rq->w, line);
	yh_list_say(rq, "because", "says-all", because);
	yh_list_titled(rq, "verdict", yh_list_title(rq, "verdict", verdict));
	if (rule)
		yh_list_titled(rq, "rule", yh_watch_rule_title(rq, NULL, rule));
	yh_jw_end_obj(rq->w);
	return YH_OK;
}

enum yh_rc yh_watch_write_tally(struct yh_req *rq, const struct yh_finding_tally *list, size_t n,
				struct yh_err *err)
{
	YH_JSON_AUTO figures = json_pack("{s:[]}", "list");
	json_t *rules = json_object_get(figures, "list");
	int64_t all = 0;

	if (!rules)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_jw_arr(rq->w, "counts");
	for (size_t i = 0; i < n; i++) {
		const char *title = yh_watch_rule_title(rq, NULL, list[i].rule);

		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "rule", list[i].rule);
		yh_list_titled(rq, "rule", title);
		yh_jw_int(rq->w, "n", list[i].n);
		yh_jw_end_obj(rq->w);
		(void)json_array_append_new(rules,
					    json_pack("{s:s, s:s, s:I}", "say", "watch-says-rule",
						      "rule", title, "n", (json_int_t)list[i].n));
		all += list[i].n;
	}
	yh_jw_end_arr(rq->w);
	(void)json_object_set_new(figures, "n", json_integer(all));
	yh_list_say(rq, "says", "watch-count", figures);
	return YH_OK;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

void yh_watch_write_finding(struct yh_req *rq, const void *row)
{
	const struct yh_finding_line *l = row;
	const struct yh_finding_row *f = &l->row;
	struct yh_jw *w = rq->w;
	char hex[YH_SM3_HEX];

	yh_jw_id(w, "id", &f->id);
	yh_jw_str(w, "no", f->no);
	yh_jw_str(w, "rule", f->rule);
	yh_list_titled(rq, "rule", yh_watch_rule_title(rq, &f->pack, f->rule));
	yh_jw_str(w, "article", f->article);
	yh_jw_str(w, "resource", or_null(l->resource_no));
	yh_jw_str(w, "resource_name", or_null(l->resource_name));
	yh_jw_str(w, "system", or_null(l->system_code));
	yh_jw_str(w, "system_name", or_null(l->system_name));
	yh_jw_str(w, "project", l->project_code);
	yh_jw_str(w, "project_name", l->project_name);
	yh_jw_str(w, "unit", l->unit_code);
	yh_jw_str(w, "unit_name", l->unit_name);
	yh_jw_str(w, "cloud", l->cloud_code);
	yh_jw_day(w, "from", f->first_day);
	yh_jw_day(w, "to", f->last_day);
	yh_list_word(rq, "state", "finding", f->state);
	yh_jw_str(w, "case", or_null(l->case_no));
	yh_jw_time(w, "found_at", f->found_at);
	yh_jw_time(w, "ended_at", f->ended_at);
	yh_jw_str(w, "reason", or_null(f->reason));
	yh_jw_str(w, "pack_digest", yh_hex(f->pack.b, YH_SM3_BYTES, hex));
	yh_jw_str(w, "evidence_digest", yh_hex(f->evidence_digest.b, YH_SM3_BYTES, hex));
	if (f->evidence[0])
		yh_jw_raw(w, "evidence", f->evidence);
	if (f->advice[0])
		yh_jw_raw(w, "advice", f->advice);
}

static void write_share(struct yh_jw *w, const char *key, const struct yh_rule_figure *f,
			double scale)
{
	yh_jw_real(w, key, (double)f->num / scale);
	if (f->param)
		yh_jw_str(w, "parameter", f->param);
}

static void write_condition(struct yh_jw *w, const struct yh_condition *c)
{
	yh_jw_obj(w, NULL);
	if (c->fact == YH_FACT_NONE) {
		yh_jw_str(w, "metric", c->main.metric);
		yh_jw_str(w, "statistic", yh_stat_name(c->main.stat));
		if (c->of)
			yh_jw_str(w, "of", c->of);
		if (c->other.metric)
			yh_jw_str(w, "else", c->other.metric);
		write_share(w, c->above ? "above" : "below", &c->threshold_e6, 1e6);
		yh_jw_milli(w, "least_coverage", c->coverage_milli.num);
		if (c->window_days.num)
			yh_jw_int(w, "days", c->window_days.num);
	} else {
		yh_jw_str(w, "fact", yh_fact_name(c->fact));
		if (c->dimension)
			yh_jw_str(w, "dimension", c->dimension);
		if (c->fact != YH_FACT_ITEM_EXPOSED && c->fact != YH_FACT_DIMENSION)
			write_share(w, "longer_than_days", &c->days, 1);
	}
	yh_jw_end_obj(w);
}

static void write_list(struct yh_jw *w, const char *key, const struct yh_condition *c, size_t n)
{
	yh_jw_arr(w, key);
	for (size_t i = 0; i < n; i++)
		write_condition(w, &c[i]);
	yh_jw_end_arr(w);
}

static json_t *ask_condition(struct yh_req *rq, const struct yh_condition *c)
{
	bool share = c->fact == YH_FACT_NONE && is_share(c->main.metric, c->of);
	bool lasts = c->fact != YH_FACT_ITEM_EXPOSED && c->fact != YH_FACT_DIMENSION;

	if (c->fact != YH_FACT_NONE)
		return json_pack("{s:s, s:o, s:I}", "say",
				 lasts ? "watch-asks-fact-days" : "watch-asks-fact", "fact",
				 fact_text(rq, yh_fact_name(c->fact), c->dimension), "days",
				 (json_int_t)c->days.num);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "say", "watch-asks-figure", "metric",
			 metric_text(rq, c->main.metric, c->of), "statistic",
			 yh_list_title(rq, "statistic", yh_stat_name(c->main.stat)), "sign",
			 c->above ? ">" : "<", "bound",
			 number_text(rq, (double)c->threshold_e6.num / 1e6, share), "percent",
			 yh_arena_printf(rq->cx.arena, "%.3g", (double)c->coverage_milli.num / 10));
}

static void ask_list(struct yh_req *rq, const char *slug, const struct yh_condition *c, size_t n,
		     json_t *to)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, ask_condition(rq, &c[i]));
	if (n > 0)
		(void)json_array_append_new(to, json_pack("{s:s, s:O}", "say", slug, "list", list));
	json_decref(list);
}

/* The conditions in words. */
static void say_rule(struct yh_req *rq, const struct yh_rule *r)
{
	YH_JSON_AUTO figures = json_pack("{s:[]}", "list");
	json_t *list = json_object_get(figures, "list");

	ask_list(rq, "watch-asks-all", r->all, r->n_all, list);
	ask_list(rq, "watch-asks-any", r->any, r->n_any, list);
	yh_list_say(rq, "says", "says-all", figures);
}

static void write_rule(struct yh_req *rq, const void *row)
{
	const struct yh_rule *r = row;
	struct yh_jw *w = rq->w;

	yh_jw_str(w, "rule", r->id);
	yh_jw_str(w, "title", yh_view_words(rq, r->title));
	yh_jw_str(w, "zh", r->title.zh);
	yh_jw_str(w, "en", r->title.en);
	yh_jw_str(w, "article", r->article);
	yh_list_word(rq, "about", "subject", r->about == YH_RULE_SYSTEM ? "system" : "resource");
	yh_jw_arr(w, "kinds");
	for (size_t i = 0; i < r->n_kinds; i++)
		yh_jw_str(w, NULL, r->kinds[i]);
	yh_jw_end_arr(w);
	yh_jw_bool(w, "unexposed", r->unexposed);
	yh_jw_str(w, "dimension", r->dimension);
	yh_jw_bool(w, "unless_periodic", r->periodic);
	yh_jw_bool(w, "minor", r->minor);
	yh_jw_obj(w, "conditions");
	write_list(w, "all", r->all, r->n_all);
	write_list(w, "any", r->any, r->n_any);
	yh_jw_end_obj(w);
	say_rule(rq, r);
}

void yh_watch_write_rules(struct yh_req *rq, const struct yh_pack *pack)
{
	struct yh_sm3 digest = yh_pack_digest(pack);
	char hex[YH_SM3_HEX];
	size_t n;
	const struct yh_rule *rules = yh_pack_rules(pack, &n);

	yh_jw_str(rq->w, "pack", yh_pack_name(pack));
	yh_jw_str(rq->w, "pack_digest", yh_hex(digest.b, sizeof digest.b, hex));
	yh_list_write(rq, "items", rules, n, sizeof *rules, write_rule);
}
