/* Projects and their quotas. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/project/project.h"

struct project_in {
	const char *project, *unit, *cloud, *code, *name, *state, *text, *sort, *order;
	yh_day day, from, to;
};

#define AT(field) offsetof(struct project_in, field)
static const struct yh_field create_body[] = {
	{ "unit", YH_F_CODE, AT(unit), YH_REQUIRED, .max = 64, .about = "unit, code or id" },
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "code", YH_F_CODE, AT(code), YH_REQUIRED, .max = 127,
	  .about = "the unit's own code for it; the unit's code is put in front" },
	{ "name", YH_F_LINE, AT(name), YH_REQUIRED, .max = 85, .about = "name" },
	{ 0 },
};
static const struct yh_field project_path[] = {
	{ "project", YH_F_CODE, AT(project), YH_REQUIRED, .max = 127, .about = "code or id" },
	{ 0 },
};
static const struct yh_field unit_path[] = {
	{ "unit", YH_F_CODE, AT(unit), YH_REQUIRED, .max = 64, .about = "unit, code or id" },
	{ 0 },
};
#define PROJECT_SORTS "code|name|entered"
static const struct yh_field list_query[] = {
	YH_LIST_TEXT(project_in, "code or the name"),
	{ "unit", YH_F_CODE, AT(unit), 0, .max = 64, .about = "only of this unit" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud" },
	{ "state", YH_F_WORD, AT(state), 0, .choices = "initiating|initiated|failed",
	  .about = "state" },
	YH_LIST_SORT(project_in, PROJECT_SORTS, "code"),
	{ 0 },
};
static const struct yh_field day_query[] = {
	{ "day", YH_F_DAY, AT(day), 0, .about = "the day asked for; today when absent" },
	{ 0 },
};

static const struct yh_field days_query[] = {
	{ "from", YH_F_DAY, AT(from), 0, .about = "the first day; today when absent" },
	{ "to", YH_F_DAY, AT(to), 0, .about = "the last day, a year on when absent; 732 at most" },
	{ 0 },
};
static const struct yh_field total_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64,
	  .about = "only on clouds of this one's level, as Art. 20 takes it" },
	{ "day", YH_F_DAY, AT(day), 0, .about = "the day asked for; today when absent" },
	{ 0 },
};

static void write_row(struct yh_req *rq, const void *row)
{
	const struct yh_project_row *p = row;
	struct yh_jw *w = rq->w;
	yh_jw_id(w, "id", &p->id);
	yh_jw_str(w, "code", p->code);
	yh_jw_str(w, "name", p->name);
	yh_list_word(rq, "state", "project", p->state);
	yh_jw_time(w, "created_at", p->created_at);
	yh_jw_int(w, "version", p->version);
}

static void write_line(struct yh_req *rq, const void *row)
{
	const struct yh_project_line *l = row;
	struct yh_jw *w = rq->w;
	write_row(rq, &l->row);
	yh_jw_str(w, "unit", l->unit_code);
	yh_jw_str(w, "unit_name", l->unit_name);
	yh_jw_str(w, "cloud", l->cloud_code);
}

static const char *code_of(struct yh_req *rq, const void *row)
{
	(void)rq;
	return ((const struct yh_project_line *)row)->row.code;
}

static void write_system(struct yh_req *rq, const void *row)
{
	const struct yh_system_row *s = row;

	yh_jw_str(rq->w, "code", s->code);
	yh_jw_str(rq->w, "name", s->name);
	yh_jw_int(rq->w, "mlps_level", s->mlps_level);
	yh_jw_time(rq->w, "supply_stopped_at", s->supply_stopped_at);
}

static void write_day_line(struct yh_req *rq, const void *row)
{
	const struct yh_quota_day_line *l = row;

	yh_list_word(rq, "dimension", "dimension", l->dim);
	yh_jw_milli(rq->w, "effective", l->effective_milli);
	yh_jw_milli(rq->w, "base", l->base_milli);
	yh_jw_milli(rq->w, "windows", l->windows_milli);
	yh_jw_milli(rq->w, "allowance", l->allowance_milli);
	yh_jw_milli(rq->w, "allocated", l->allocated_milli);
	yh_jw_milli(rq->w, "reserved", l->reserved_milli);
	yh_jw_milli(rq->w, "free", l->effective_milli - l->allocated_milli - l->reserved_milli);
}

static enum yh_rc create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct project_in *p = in;
	struct yh_project_row row;
	struct yh_id unit, cloud;
	enum yh_rc rc = yh_ref_org(&rq->cx, p->unit, &unit, err);

	if (rc == YH_OK)
		rc = yh_ref_cloud(&rq->cx, p->cloud, &cloud, err);
	if (rc == YH_OK)
		rc = yh_project_create(&rq->cx, &unit, &cloud, p->code, p->name, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_row(rq, &row);
	return YH_OK;
}

static enum yh_rc seen(struct yh_req *rq, const char *text, struct yh_project_line *out,
		       struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_id id;
	enum yh_rc rc = yh_ref_project(&rq->cx, text, &id, err);

	return rc == YH_OK ? yh_project_get(&rq->cx, &who, &id, out, err) : rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_project_line line;
	struct yh_system_row *systems;
	size_t n;
	enum yh_rc rc = seen(rq, ((const struct project_in *)in)->project, &line, err);

	if (rc == YH_OK)
		rc = yh_system_list(rq->cx.tx, &line.row.id, rq->cx.arena, &systems, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, line.row.version);
	write_line(rq, &line);
	yh_list_write(rq, "systems", systems, n, sizeof *systems, write_system);
	return YH_OK;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct project_in *p = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_project_filter f = { .state = p->state ? p->state : "",
				       .after = rq->cursor,
				       .limit = yh_list_ask(rq),
				       .descending = yh_list_falls(p->order) };
	struct yh_project_line *rows;
	size_t n;
	const struct yh_scope asked = { p->unit, p->cloud, NULL };
	enum yh_rc rc = yh_ref_scope(&rq->cx, &asked, &f.unit, &f.cloud, NULL, err);

	f.sort = (enum yh_project_sort)yh_list_sort(PROJECT_SORTS, p->sort);
	if (rc == YH_OK)
		rc = yh_list_sought(rq, p->text, &f.text, err);
	if (rc == YH_OK)
		rc = yh_project_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_list_page(rq, rows, n, sizeof *rows, write_line, code_of);
	return YH_OK;
}

static enum yh_rc quota(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct project_in *p = in;
	yh_day day = p->day == YH_DAY_NONE ? yh_ctx_today(&rq->cx) : p->day;
	struct yh_quota_day_line *list;
	struct yh_project_line line;
	size_t n;
	enum yh_rc rc = seen(rq, p->project, &line, err);

	if (rc == YH_OK)
		rc = yh_quota_day(&rq->cx, &line.row.unit, &line.row.id, NULL, day, &list, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_day(rq->w, "day", day);
	yh_list_write(rq, "items", list, n, sizeof *list, write_day_line);
	return YH_OK;
}

static void write_run(struct yh_req *rq, const void *row)
{
	const struct yh_quota_run *r = row;

	write_day_line(rq, &r->line);
	yh_jw_day(rq->w, "from", r->first);
	yh_jw_day(rq->w, "to", r->last);
}

static enum yh_rc quota_days(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct project_in *p = in;
	yh_day from = p->from == YH_DAY_NONE ? yh_ctx_today(&rq->cx) : p->from;
	yh_day year_on = from > YH_DAY_MAX - 364 ? YH_DAY_MAX : from + 364;
	yh_day to = p->to == YH_DAY_NONE ? year_on : p->to;
	struct yh_project_line line;
	struct yh_quota_run *runs;
	size_t n;
	enum yh_rc rc = seen(rq, p->project, &line, err);

	if (rc == YH_OK && (to < from || to - from >= YH_QUOTA_DAYS_MOST))
		rc = yh_fail_field(err, YH_BAD_INPUT, "quota-days-span", "?to");
	if (rc == YH_OK)
		rc = yh_quota_days(&rq->cx, &line.row.unit, &line.row.id, from, to, &runs, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_day(rq->w, "from", from);
	yh_jw_day(rq->w, "to", to);
	yh_list_write(rq, "items", runs, n, sizeof *runs, write_run);
	return YH_OK;
}

static void write_total(struct yh_req *rq, yh_day day, const struct yh_unit_limit *limit,
			const struct yh_quota_day_line *list, size_t n)
{
	struct yh_jw *w = rq->w;

	yh_jw_day(w, "day", day);
	yh_jw_arr(w, "items");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(w, NULL);
		write_day_line(rq, &list[i]);
		if (limit->use)
			yh_jw_milli(w, "limit",
				    yh_unit_limit_milli(limit, list[i].base_milli +
								       list[i].windows_milli));
		else
			yh_jw_null(w, "limit");
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	if (!limit->use) {
		yh_jw_null(w, "limit");
		return;
	}
	yh_jw_obj(w, "limit");
	yh_jw_int(w, "percent", limit->percent);
	yh_jw_str(w, "article", limit->article);
	yh_jw_end_obj(w);
}

static enum yh_rc unit_quota(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct project_in *p = in;
	const struct yh_law_book *law = rq->cx.world->law;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	yh_day day = p->day == YH_DAY_NONE ? yh_ctx_today(&rq->cx) : p->day;
	struct yh_quota_day_line *list;
	const struct yh_pack *pack;
	struct yh_unit_limit limit;
	struct yh_id unit, cloud;
	size_t n;
	enum yh_rc rc = yh_ref_org(&rq->cx, p->unit, &unit, err);

	if (rc == YH_OK)
		rc = yh_unit_see(&rq->cx, &who, &unit, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, p->cloud, "?cloud", &cloud, err);
	if (rc == YH_OK)
		rc = yh_quota_day(&rq->cx, &unit, NULL, p->cloud ? &cloud : NULL, day, &list, &n,
				  err);
	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);
	if (rc != YH_OK)
		return rc;
	limit = yh_unit_limit_of(pack);
	write_total(rq, day, &limit, list, n);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL_CODE,
	YH_COL_NAME,
	YH_COL_STATE,
	{ "使用单位", "UNIT", "unit_name" },
	{ "政务云", "CLOUD", "cloud" },
	{ 0 },
};
static const struct yh_column quota_columns[] = {
	YH_COL_DIMENSION,
	{ "有效配额", "EFFECTIVE", "effective" },
	{ "基础", "BASE", "base" },
	{ "周期", "WINDOWS", "windows" },
	{ "准予", "ALLOWANCE", "allowance" },
	{ "已分配", "ALLOCATED", "allocated" },
	{ "在办", "RESERVED", "reserved" },
	{ "可用", "FREE", "free" },
	{ 0 },
};

#define IN sizeof(struct project_in)
static const struct yh_op ops[] = {
	{ "project.create", YH_POST, "/api/v1/projects", "project.manage", YH_OP_WRITE, NULL, NULL,
	  create_body, IN, create, NULL, "登记项目", "Enter a project", .reply = "@Project" },
	{ "project.list", YH_GET, "/api/v1/projects", "project.read", YH_OP_PAGED, NULL, list_query,
	  NULL, IN, list, columns, "项目列表", "Projects you may see", .reply = "@ProjectRow" },
	{ "project.show", YH_GET, "/api/v1/projects/{project}", "project.read", 0, project_path,
	  NULL, NULL, IN, show, NULL, "查看项目与系统", "Show a project with its systems",
	  .reply = "{@ProjectRow systems:[{code name mlps_level:int "
		   "supply_stopped_at:time|null}]}" },
	{ "quota.show", YH_GET, "/api/v1/projects/{project}/quota", "quota.read", 0, project_path,
	  day_query, NULL, IN, quota, quota_columns, "项目某日的有效配额",
	  "A project's effective quota on a day", .reply = "@QuotaDay" },
	{ "quota.days", YH_GET, "/api/v1/projects/{project}/quota/days", "quota.read", 0,
	  project_path, days_query, NULL, IN, quota_days, quota_columns,
	  "项目一段时间内逐日的有效配额", "A project's effective quota on each day of a stretch",
	  .reply = "{from:day to:day items:[{@QuotaLine from:day to:day}]}" },
	{ "quota.unit", YH_GET, "/api/v1/units/{unit}/quota", "quota.read", 0, unit_path,
	  total_query, NULL, IN, unit_quota, quota_columns, "单位某日的总配额",
	  "A unit's total quota on a day, and from what total another body decides",
	  .reply = "{day:day items:[{@QuotaLine limit:num|null}] "
		   "limit:{percent:int article|null}|null}" },
};

const struct yh_op_table yh_ops_project = { ops, sizeof ops / sizeof ops[0] };
