/* Results, findings and rules of the watch in replies. */
#include "api/watch_text.h"

#include <string.h>

#include "law/watch.h"
#include "store/finding.h"

enum { BECAUSE_BYTES = 4096 };

bool yh_watch_is_verdict(const char *line, const char *verdict)
{
	static const char key[] = "\"verdict\":\"";
	const char *at = strstr(line, key);
	size_t n = strlen(verdict);

	return at && strncmp(at + sizeof key - 1, verdict, n) == 0 && at[sizeof key - 1 + n] == '"';
}

static bool in_english(const struct yh_req *rq)
{
	return strcmp(rq->lang, "en") == 0;
}

/* A word of three-valued logic, as people say it; the word itself in English and when unknown. */
static const char *holds_text(const struct yh_req *rq, const char *holds)
{
	static const char *const words[][2] = { { "yes", "成立" },
						{ "no", "不成立" },
						{ "unknown", "未知" } };

	for (size_t i = 0; holds && !in_english(rq) && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(holds, words[i][0]) == 0)
			return words[i][1];
	return holds ? holds : "";
}

static const char *verdict_text(const struct yh_req *rq, const char *verdict)
{
	static const char *const words[][2] = { { "flagged", "有问题" },
						{ "ok", "正常" },
						{ "unknown", "未知" },
						{ "excepted", "例外" } };

	for (size_t i = 0; verdict && !in_english(rq) && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(verdict, words[i][0]) == 0)
			return words[i][1];
	return verdict ? verdict : "";
}

static void say_figure(const struct yh_req *rq, struct yh_buf *b, const json_t *c, const char *sign,
		       const char *key)
{
	const json_t *figure = json_object_get(c, "figure");
	double percent = 100 * json_number_value(json_object_get(c, "coverage"));

	yh_buf_printf(b, "%s %s ", yh_json_text(c, "metric"), yh_json_text(c, "statistic"));
	if (json_is_number(figure))
		yh_buf_printf(b, "%.9g", json_number_value(figure));
	else
		yh_buf_str(b, "?");
	yh_buf_printf(b, " %s %.9g", sign, json_number_value(json_object_get(c, key)));
	yh_buf_printf(b, in_english(rq) ? " (%s, data %.3g %%)" : "（%s，数据 %.3g %%）",
		      holds_text(rq, yh_json_text(c, "holds")), percent);
}

static void say_condition(const struct yh_req *rq, struct yh_buf *b, const json_t *c)
{
	const char *since = yh_json_text(c, "since");

	if (b->len)
		yh_buf_str(b, in_english(rq) ? "; " : "；");
	if (json_object_get(c, "below"))
		say_figure(rq, b, c, "<", "below");
	else if (json_object_get(c, "above"))
		say_figure(rq, b, c, ">", "above");
	else
		yh_buf_printf(b, in_english(rq) ? "%s %s%s%s (%s)" : "%s %s%s%s（%s）",
			      yh_json_text(c, "fact"), since ? since : "", since ? " " : "",
			      yh_json_text(c, "why"), holds_text(rq, yh_json_text(c, "holds")));
}

static void say_counts(const struct yh_req *rq, struct yh_buf *b, const json_t *counts)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)counts, name, v)
	{
		if (b->len)
			yh_buf_str(b, in_english(rq) ? ", " : "，");
		yh_buf_printf(b, "%s %lld", verdict_text(rq, name),
			      (long long)json_integer_value(v));
	}
}

/* The line's own bytes stay as they are: numbers read and written again would not. */
enum yh_rc yh_watch_write_line(struct yh_req *rq, const char *line, struct yh_err *err)
{
	struct yh_buf because, whole;
	const json_t *obj, *list;
	struct yh_jw w;
	size_t i;
	json_t *c;
	enum yh_rc rc = yh_json_parse_in(rq->cx.arena, line, strlen(line), &obj, err);

	if (rc != YH_OK)
		return rc;
	yh_buf_init(&because, BECAUSE_BYTES);
	yh_buf_init(&whole, strlen(line) + 2 * BECAUSE_BYTES);
	list = json_object_get(obj, "all");
	json_array_foreach((json_t *)(uintptr_t)list, i, c) say_condition(rq, &because, c);
	list = json_object_get(obj, "any");
	json_array_foreach((json_t *)(uintptr_t)list, i, c) say_condition(rq, &because, c);
	say_counts(rq, &because, json_object_get(obj, "resources"));
	yh_buf_add(&whole, line, strlen(line) - 1);
	yh_jw_init(&w, &whole);
	yh_buf_str(&whole, ",");
	yh_jw_str(&w, "because", yh_buf_text(&because));
	yh_jw_str(&w, "verdict_text", verdict_text(rq, yh_json_text(obj, "verdict")));
	yh_buf_str(&whole, "}");
	if (yh_buf_ok(&whole))
		yh_jw_raw(rq->w, NULL, yh_buf_text(&whole));
	else
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&because);
	yh_buf_done(&whole);
	return rc;
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
	yh_jw_str(w, "article", f->article);
	yh_jw_str(w, "resource", or_null(l->resource_no));
	yh_jw_str(w, "resource_name", or_null(l->resource_name));
	yh_jw_str(w, "system", or_null(l->system_code));
	yh_jw_str(w, "system_name", or_null(l->system_name));
	yh_jw_str(w, "project", l->project_code);
	yh_jw_str(w, "unit", l->unit_code);
	yh_jw_str(w, "unit_name", l->unit_name);
	yh_jw_str(w, "cloud", l->cloud_code);
	yh_jw_day(w, "from", f->first_day);
	yh_jw_day(w, "to", f->last_day);
	yh_jw_str(w, "state", f->state);
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

static void write_rule(struct yh_jw *w, const struct yh_rule *r)
{
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "rule", r->id);
	yh_jw_str(w, "zh", r->title.zh);
	yh_jw_str(w, "en", r->title.en);
	yh_jw_str(w, "article", r->article);
	yh_jw_str(w, "about", r->about == YH_RULE_SYSTEM ? "system" : "resource");
	yh_jw_arr(w, "kinds");
	for (size_t i = 0; i < r->n_kinds; i++)
		yh_jw_str(w, NULL, r->kinds[i]);
	yh_jw_end_arr(w);
	yh_jw_bool(w, "unexposed", r->unexposed);
	yh_jw_str(w, "dimension", r->dimension);
	yh_jw_bool(w, "unless_periodic", r->periodic);
	yh_jw_obj(w, "conditions");
	write_list(w, "all", r->all, r->n_all);
	write_list(w, "any", r->any, r->n_any);
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
}

void yh_watch_write_rules(struct yh_req *rq, const struct yh_pack *pack)
{
	struct yh_sm3 digest = yh_pack_digest(pack);
	char hex[YH_SM3_HEX];
	size_t n;
	const struct yh_rule *rules = yh_pack_rules(pack, &n);

	yh_jw_str(rq->w, "pack", yh_pack_name(pack));
	yh_jw_str(rq->w, "pack_digest", yh_hex(digest.b, sizeof digest.b, hex));
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n; i++)
		write_rule(rq->w, &rules[i]);
	yh_jw_end_arr(rq->w);
}
