/* The watch over how resources are used: scans, findings, explanations, rules (Art. 25). */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "api/watch_text.h"
#include "services/project/project.h"
#include "services/watch/watch.h"
#include "store/scan_ask.h"

struct watch_in {
	const char *month, *cloud, *unit, *rule, *resource, *finding, *state, *verdict, *reason,
		*text;
	yh_day from, to;
	struct yh_id scan;
};

#define AT(field) offsetof(struct watch_in, field)
#define WINDOW                                                                                     \
	{ "month", YH_F_LINE, AT(month), 0, .max = 7, .about = "a whole month, 2026-08" },         \
		{ "from", YH_F_DAY, AT(from), 0, .about = "or from this day" },                    \
	{                                                                                          \
		"to", YH_F_DAY, AT(to), 0, .about = "to this one; both count"                      \
	}
static const struct yh_field scan_body[] = {
	WINDOW,
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only this cloud, code or id" },
	{ "unit", YH_F_CODE, AT(unit), 0, .max = 64, .about = "only this unit, code or id" },
	{ "rule", YH_F_CODE, AT(rule), 0, .max = 47, .about = "only this rule" },
	{ 0 },
};
static const struct yh_field explain_path[] = {
	{ "resource", YH_F_CODE, AT(resource), YH_REQUIRED, .about = "number or id" },
	{ 0 },
};
static const struct yh_field explain_query[] = {
	WINDOW,
	{ "rule", YH_F_CODE, AT(rule), 0, .max = 47, .about = "only this rule" },
	{ 0 },
};
static const struct yh_field scan_path[] = {
	{ "scan", YH_F_ID, AT(scan), YH_REQUIRED, .about = "id of the scan" },
	{ 0 },
};
static const struct yh_field asked_path[] = {
	{ "scan", YH_F_ID, AT(scan), YH_REQUIRED, .about = "id that asking for the scan gave" },
	{ 0 },
};
static const struct yh_field results_query[] = {
	{ "verdict", YH_F_WORD, AT(verdict), 0, .choices = "flagged|ok|unknown|excepted|none",
	  .about = "only these" },
	{ 0 },
};
static const struct yh_field finding_path[] = {
	{ "finding", YH_F_CODE, AT(finding), YH_REQUIRED, .about = "number or id" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud, code or id" },
	{ "unit", YH_F_CODE, AT(unit), 0, .max = 64, .about = "only of this unit, code or id" },
	{ "resource", YH_F_CODE, AT(resource), 0, .max = 64, .about = "only about this resource" },
	{ "rule", YH_F_CODE, AT(rule), 0, .max = 47, .about = "only by this rule" },
	{ "state", YH_F_WORD, AT(state), 0, .choices = "open|in_case|closed|dismissed",
	  .about = "only in this state" },
	YH_LIST_TEXT(watch_in, "number, or the project's or unit's name"),
	{ 0 },
};
static const struct yh_field dismiss_body[] = {
	{ "reason", YH_F_TEXT, AT(reason), YH_REQUIRED, .max = 2000,
	  .about = "why nothing needs to be done" },
	{ 0 },
};

/* ---- the window ---- */

static enum yh_rc read_month(const char *text, yh_day *from, yh_day *to, struct yh_err *err)
{
	char day[YH_DAY_TEXT];
	struct yh_date d;

	if (strlen(text) == 7) {
		(void)snprintf(day, sizeof day, "%s-01", text);
		if (yh_day_parse(day, from, NULL) == YH_OK) {
			d = yh_date_of(*from);
			*to = *from + yh_days_in_month(d.year, d.month) - 1;
			return YH_OK;
		}
	}
	return yh_fail_field(err, YH_BAD_INPUT, "watch-month-invalid", "month");
}

static enum yh_rc read_window(const struct yh_req *rq, const struct watch_in *in,
			      struct yh_watch_ask *ask, struct yh_err *err)
{
	bool both = in->from != YH_DAY_NONE && in->to != YH_DAY_NONE;
	bool none = in->from == YH_DAY_NONE && in->to == YH_DAY_NONE;
	enum yh_rc rc = YH_OK;

	ask->first = in->from;
	ask->last = in->to;
	if (in->month ? !none : !both)
		return yh_fail(err, YH_BAD_INPUT, "watch-window-none");
	if (in->month)
		rc = read_month(in->month, &ask->first, &ask->last, err);
	return rc == YH_OK ? yh_watch_window(ask->first, ask->last, yh_ctx_today(&rq->cx), err)
			   : rc;
}

/* ---- scans ---- */

struct scanning {
	const struct watch_in *in;
	struct yh_watch_ask ask;
	struct yh_scan_filter filter;
	struct yh_scan_row *rows;
	size_t n;
	int64_t from; /* line */
	const char **lines;
	size_t n_lines;
	int64_t next; /* 0: none */
};

static enum yh_rc find_scope(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct scanning *s = arg;
	enum yh_rc rc =
		yh_ref_opt(&rq->cx, yh_ref_cloud, s->in->cloud, "/cloud", &s->ask.cloud, err);

	s->ask.who = yh_viewer_of(&rq->cx, rq->relation);
	return rc == YH_OK
		       ? yh_ref_opt(&rq->cx, yh_ref_org, s->in->unit, "/unit", &s->ask.unit, err)
		       : rc;
}

/* Some lines of a scan's results, those of one verdict if one is asked for. */
static enum yh_rc take_lines(struct yh_req *rq, struct scanning *s, struct yh_err *err)
{
	const char *verdict = s->in->verdict;
	int64_t at = s->from;
	size_t n = 1;
	enum yh_rc rc = YH_OK;

	s->next = 0;
	s->n_lines = 0;
	s->lines = YH_NEW_N(rq->cx.arena, const char *, rq->limit + 1);
	if (!s->lines)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (rc == YH_OK && n > 0 && s->next == 0) {
		const char **some;

		rc = yh_watch_lines(rq->cx.tx, &s->rows->id, at, YH_WATCH_PART_LINES, rq->cx.arena,
				    &some, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n && s->next == 0; i++, at++) {
			if (verdict && !yh_watch_is_verdict(some[i], verdict))
				continue;
			if (s->n_lines == rq->limit)
				s->next = at;
			else
				s->lines[s->n_lines++] = some[i];
		}
	}
	return rc;
}

static enum yh_rc find_scan(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct scanning *s = arg;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	enum yh_rc rc;

	s->filter.limit = 1;
	s->n = 0;
	rc = yh_scan_page(rq->cx.tx, &who, &s->filter, rq->cx.arena, &s->rows, &s->n, err);
	if (rc == YH_OK && (s->n == 0 || yh_id_is_zero(&s->filter.id)))
		rc = yh_fail(err, YH_NOT_FOUND, "scan-unknown");
	return rc == YH_OK ? take_lines(rq, s, err) : rc;
}

static void write_scan(struct yh_req *rq, const void *row)
{
	const struct yh_scan_row *s = row;
	char hex[YH_SM3_HEX];

	yh_jw_id(rq->w, "id", &s->id);
	yh_jw_str(rq->w, "cloud", s->cloud_code[0] ? s->cloud_code : NULL);
	yh_jw_str(rq->w, "unit", s->unit_code[0] ? s->unit_code : NULL);
	yh_jw_str(rq->w, "rule", s->rule[0] ? s->rule : NULL);
	yh_jw_day(rq->w, "from", s->first_day);
	yh_jw_day(rq->w, "to", s->last_day);
	yh_jw_str(rq->w, "pack_digest", yh_hex(s->pack.b, YH_SM3_BYTES, hex));
	yh_jw_int(rq->w, "resources", s->resources);
	yh_jw_int(rq->w, "flagged", s->flagged);
	yh_jw_int(rq->w, "ok", s->fine);
	yh_jw_int(rq->w, "unknown", s->unknown);
	yh_jw_int(rq->w, "excepted", s->excepted);
	yh_jw_str(rq->w, "digest", yh_hex(s->digest.b, YH_SM3_BYTES, hex));
	yh_jw_time(rq->w, "made_at", s->made_at);
}

static enum yh_rc write_lines(struct yh_req *rq, const struct scanning *s, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; rc == YH_OK && i < s->n_lines; i++)
		rc = yh_watch_write_line(rq, s->lines[i], err);
	yh_jw_end_arr(rq->w);
	yh_jw_str(rq->w, "next", s->next ? yh_cursor_of_int(rq, s->next) : NULL);
	return rc;
}

static enum yh_rc show_scan(struct yh_req *rq, struct scanning *s, struct yh_err *err)
{
	enum yh_rc rc = yh_req_read(rq, find_scan, s, err);

	if (rc != YH_OK)
		return rc;
	write_scan(rq, s->rows);
	return write_lines(rq, s, err);
}

static const char *path_of(struct yh_req *rq, const char *folder, const struct yh_id *id)
{
	char text[YH_ID_TEXT];

	return yh_arena_printf(rq->cx.arena, "/api/v1/watch/%s/%s", folder, yh_id_text(id, text));
}

/* Made by a job: the city may be large. */
static enum yh_rc scan(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct scanning s = { .in = in };
	struct yh_id id;
	enum yh_rc rc = read_window(rq, in, &s.ask, err);

	if (rc == YH_OK)
		rc = find_scope(rq, &s, err);
	s.ask.rule = s.in->rule;
	s.ask.source = rq->source;
	if (rc == YH_OK)
		rc = yh_watch_ask_for(&rq->cx, &s.ask, &id, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 202;
	rq->location = path_of(rq, "asked", &id);
	yh_jw_id(rq->w, "id", &id);
	yh_jw_str(rq->w, "state", "waiting");
	yh_jw_str(rq->w, "wait", rq->location);
	return YH_OK;
}

static enum yh_rc asked(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct watch_in *i = in;
	struct yh_scan_ask_row a;
	enum yh_rc rc = yh_scan_ask_load(rq->cx.tx, &i->scan, rq->cx.arena, &a, err);

	if (rc == YH_OK && !yh_id_eq(&a.person, &rq->cx.actor->person))
		rc = yh_fail(err, YH_NOT_FOUND, "scan-ask-unknown");
	if (rc != YH_OK)
		return rc;
	yh_jw_id(rq->w, "id", &a.id);
	yh_list_asked(rq, &a.how);
	if (a.how.ended_at && !a.how.fault[0])
		yh_jw_str(rq->w, "result", path_of(rq, "scans", &a.scan));
	return YH_OK;
}

static enum yh_rc results(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct scanning s = { .in = in, .filter = { .id = ((const struct watch_in *)in)->scan } };
	enum yh_rc rc = yh_cursor_int(rq, 0, &s.from, err);

	return rc == YH_OK ? show_scan(rq, &s, err) : rc;
}

static const char *scan_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_scan_row *)row)->id);
}

static enum yh_rc scans(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_scan_filter f = { .limit = yh_list_ask(rq) };
	struct yh_scan_row *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.before, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_scan_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_scan, scan_cursor);
	return rc;
}

static enum yh_rc find_resource(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct scanning *s = arg;

	s->ask.who = yh_viewer_of(&rq->cx, rq->relation);
	return yh_ref_resource(&rq->cx, s->in->resource, &s->ask.resource, err);
}

/* The items as a scan's lines are written, so that both read alike. */
static enum yh_rc write_item(void *arg, const char *line, struct yh_err *err)
{
	return yh_watch_write_line(arg, line, err);
}

static enum yh_rc explain(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct scanning s = { .in = in };
	enum yh_rc rc = read_window(rq, in, &s.ask, err);

	s.ask.rule = s.in->rule;
	if (rc == YH_OK)
		rc = yh_req_read(rq, find_resource, &s, err);
	return rc == YH_OK ? yh_watch_explain(rq->cx.world, &s.ask, rq->w, write_item, rq, err)
			   : rc;
}

/* ---- findings ---- */

/* "0_id", as handed out: minor or not, and the id. */
static const char *finding_cursor(struct yh_req *rq, const void *row)
{
	const struct yh_finding_line *l = row;
	char id[YH_ID_TEXT];

	return yh_arena_printf(rq->cx.arena, "%d_%s", l->minor, yh_id_text(&l->row.id, id));
}

static enum yh_rc read_cursor(const struct yh_req *rq, struct yh_finding_filter *f,
			      struct yh_err *err)
{
	const char *c = rq->cursor;

	if (!c[0])
		return YH_OK;
	f->before_minor = c[0] == '1';
	if ((c[0] == '0' || c[0] == '1') && c[1] == '_' &&
	    yh_id_parse(c + 2, &f->before, NULL) == YH_OK && !yh_id_is_zero(&f->before))
		return YH_OK;
	return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
}

/* The first page says how many there are, by rule. */
static enum yh_rc tally(struct yh_req *rq, const struct yh_viewer *who,
			const struct yh_finding_filter *f, struct yh_err *err)
{
	struct yh_finding_tally *list;
	size_t n;
	enum yh_rc rc;

	if (rq->cursor[0])
		return YH_OK;
	rc = yh_finding_tally(rq->cx.tx, who, f, rq->cx.arena, &list, &n, err);
	return rc == YH_OK ? yh_watch_write_tally(rq, list, n, err) : rc;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct watch_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_finding_filter f = { .state = i->state ? i->state : "",
				       .rule = i->rule ? i->rule : "",
				       .limit = yh_list_ask(rq) };
	struct yh_finding_line *rows;
	size_t n;
	const struct yh_scope asked = { i->unit, i->cloud, NULL };
	enum yh_rc rc = read_cursor(rq, &f, err);

	if (rc == YH_OK)
		rc = yh_ref_scope(&rq->cx, &asked, &f.unit, &f.cloud, NULL, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_resource, i->resource, "?resource", &f.resource,
				err);
	if (rc == YH_OK)
		rc = yh_list_sought(rq, i->text, &f.pattern, err);
	if (rc == YH_OK)
		rc = yh_finding_page(rq->cx.tx, &who, &f, false, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, yh_watch_write_finding, finding_cursor);
	return rc == YH_OK ? tally(rq, &who, &f, err) : rc;
}

static const struct yh_subject_kind *const of_finding = &yh_subject_kinds[YH_SUBJECT_finding];

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_finding_filter f = { .state = "", .rule = "", .limit = 1 };
	struct yh_finding_line *rows;
	size_t n = 0;
	enum yh_rc rc = yh_subject_by_no(rq->cx.tx, of_finding,
					 ((const struct watch_in *)in)->finding, &f.id, err);

	if (rc == YH_OK && !yh_id_is_zero(&f.id))
		rc = yh_finding_page(rq->cx.tx, &who, &f, true, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK && n == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "finding-unknown");
	if (rc == YH_OK)
		yh_watch_write_finding(rq, rows);
	return rc;
}

static enum yh_rc dismiss(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct watch_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_id id;
	enum yh_rc rc = yh_subject_by_no(rq->cx.tx, of_finding, i->finding, &id, err);

	return rc == YH_OK ? yh_watch_dismiss(&rq->cx, &who, &id, i->reason, err) : rc;
}

static enum yh_rc rules(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	(void)in;
	if (rc == YH_OK)
		yh_watch_write_rules(rq, pack);
	return rc;
}

#define YH_COL_RESOURCE YH_COL("资源", "RESOURCE", "resource")
#define YH_COL_RULE YH_COL("规则", "RULE", "rule")
#define YH_COL_FROM YH_COL("起", "FROM", "from")
#define YH_COL_TO YH_COL("止", "TO", "to")
static const struct yh_column line_columns[] = {
	YH_COL_RESOURCE,
	YH_COL("系统", "SYSTEM", "system"),
	YH_COL_RULE,
	YH_COL("结论", "VERDICT", "verdict"),
	YH_COL("理由", "BECAUSE", "because"),
	{ 0 },
};
static const struct yh_column scan_columns[] = {
	YH_COL_FROM,
	YH_COL_TO,
	YH_COL("政务云", "CLOUD", "cloud"),
	YH_COL("资源数", "RESOURCES", "resources"),
	YH_COL("有问题", "FLAGGED", "flagged"),
	YH_COL("正常", "OK", "ok"),
	YH_COL("未知", "UNKNOWN", "unknown"),
	YH_COL("例外", "EXCEPTED", "excepted"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};
static const struct yh_column finding_columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL_RULE,
	YH_COL_RESOURCE,
	YH_COL("系统", "SYSTEM", "system"),
	YH_COL("项目", "PROJECT", "project_name"),
	YH_COL("使用单位", "UNIT", "unit_name"),
	YH_COL_FROM,
	YH_COL_TO,
	YH_COL_STATE,
	YH_COL("案号", "CASE", "case"),
	{ 0 },
};
static const struct yh_column rule_columns[] = {
	YH_COL_RULE,
	YH_COL_TITLE,
	YH_COL_ARTICLE,
	YH_COL("对象", "ABOUT", "about"),
	YH_COL("条件", "CONDITIONS", "says"),
	{ 0 },
};

#define IN sizeof(struct watch_in)
static const struct yh_op ops[] = {
	{ "watch.scan", YH_POST, "/api/v1/watch/scans", "watch.scan", YH_OP_WRITE | YH_OP_LATER,
	  NULL, NULL, scan_body, IN, scan, line_columns, "扫描一段时间的使用情况，保存发现",
	  "Scan how resources were used, and keep what is found", .reply = "{id:id state wait}" },
	{ "watch.asked", YH_GET, "/api/v1/watch/asked/{scan}", "watch.scan", 0, asked_path, NULL,
	  NULL, IN, asked, NULL, "所要求的扫描进展如何", "How far a scan one asked for has come",
	  .reply = "{id:id state:waiting|running|done|failed asked_at:time begun_at:time|null "
		   "ended_at:time|null steps:int steps_done:int result? slug? sentence? "
		   "figures?:object}" },
	{ "watch.scans", YH_GET, "/api/v1/watch/scans", "watch.scan", YH_OP_PAGED, NULL, NULL, NULL,
	  IN, scans, scan_columns, "做过的扫描，最新在前", "Scans made, newest first",
	  .reply = "@Scan" },
	{ "watch.results", YH_GET, "/api/v1/watch/scans/{scan}", "watch.scan",
	  YH_OP_ASIDE | YH_OP_PAGED, scan_path, results_query, NULL, IN, results, line_columns,
	  "一次扫描对每个资源的结论与理由", "What a scan said of each resource, and why",
	  .reply = "@WatchLine + {@Scan}" },
	{ "watch.explain", YH_GET, "/api/v1/watch/explain/{resource}", "finding.read", YH_OP_ASIDE,
	  explain_path, explain_query, NULL, IN, explain, line_columns,
	  "各条规则对一个资源的结论与理由", "What each rule says of a resource, and why",
	  .reply = "{from:day to:day pack pack_digest sketch_error:real items:[{zh? en? article? "
		   "@WatchLine why?}]}" },
	{ "watch.rules", YH_GET, "/api/v1/watch/rules", NULL, 0, NULL, NULL, NULL, IN, rules,
	  rule_columns, "现行的使用规则", "The rules in force",
	  .reply = "{pack pack_digest items:[{rule title zh en article about:system|resource "
		   "about_title kinds:[text] unexposed:bool dimension|null unless_periodic:bool "
		   "minor:bool conditions:{all:[@RuleCondition] any:[@RuleCondition]} says}]}" },
	{ "watch.list", YH_GET, "/api/v1/findings", "finding.read", YH_OP_PAGED, NULL, list_query,
	  NULL, IN, list, finding_columns, "发现，最新在前，次要的在后",
	  "Findings, newest first, those of rules that say so behind",
	  .reply = "@Finding + {counts?:[{rule rule_title n:int}] says?}" },
	{ "watch.show", YH_GET, "/api/v1/findings/{finding}", "finding.read", 0, finding_path, NULL,
	  NULL, IN, show, NULL, "一条发现及其证据、建议", "A finding with its evidence and advice",
	  .reply = "{@Finding evidence?:@Evidence advice?:@Advice}" },
	{ "watch.dismiss", YH_POST, "/api/v1/findings/{finding}/dismissal", "finding.dismiss",
	  YH_OP_WRITE, finding_path, NULL, dismiss_body, IN, dismiss, NULL, "不予处理，说明理由",
	  "Dismiss a finding, with the reason", .reply = "{}" },
};

const struct yh_op_table yh_ops_watch = { ops, sizeof ops / sizeof ops[0] };
