/* Leases: what ends when, until when it can be extended, how it came about. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "law/deadline.h"
#include "services/lease/view.h"
#include "services/project/project.h"

struct lease_in {
	const char *resource, *project, *unit, *cloud, *kind, *state;
	yh_day until;
};

#define AT(field) offsetof(struct lease_in, field)
static const struct yh_field lease_path[] = {
	{ "resource", YH_F_CODE, AT(resource), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "project", YH_F_CODE, AT(project), 0, .max = 127, .about = "only of this project" },
	{ "unit", YH_F_CODE, AT(unit), 0, .max = 64, .about = "only of this unit" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud" },
	{ "kind", YH_F_CODE, AT(kind), 0, .max = 31,
	  .about = "only of this kind: the clean-up list of development resources, say" },
	{ "state", YH_F_WORD, AT(state), 0, .choices = "live|ended",
	  .about = "live: in force (default); ended: over for good" },
	{ "until", YH_F_DAY, AT(until), 0, .about = "only leases that end by this day" },
	{ 0 },
};

/* How a lease stands, as people say it. */
static void write_words(struct yh_req *rq, const struct yh_lease_view *v)
{
	const struct yh_law_book *law = rq->cx.world->law;
	yh_day today = yh_ctx_today(&rq->cx);
	const struct yh_lease_row *l = &v->line.lease;
	int32_t left = yh_workdays_left(law->calendar(law->self), today, l->last);
	char last[YH_DAY_TEXT];
	YH_JSON_AUTO figures =
		json_pack("{s:i, s:i, s:s, s:s}", "left", left, "days", (int)(today - l->last),
			  "case", v->line.hold_no, "last", yh_day_text(l->last, last));
	const char *const slugs[] = {
		[YH_LEASE_RUNS] = today == l->last ? "lease-says-last" : "lease-says-left",
		[YH_LEASE_HELD] = "lease-says-held",
		[YH_LEASE_OVER] = "lease-says-over",
		[YH_LEASE_ENDED] = "lease-says-ended",
	};

	yh_list_say(rq, "says", slugs[v->standing], figures);
}

static void write_extension(struct yh_req *rq, const struct yh_lease_view *v)
{
	yh_jw_obj(rq->w, "extension");
	yh_jw_bool(rq->w, "possible", v->by.possible);
	yh_jw_day(rq->w, "until", v->by.possible ? v->by.day : YH_DAY_NONE);
	yh_jw_bool(rq->w, "provisional", v->by.provisional);
	yh_jw_int(rq->w, "made", v->line.lease.extensions);
	yh_jw_int(rq->w, "most", v->most);
	yh_jw_day(rq->w, "next_last_day", v->next_last);
	yh_jw_day(rq->w, "cap", v->cap);
	yh_jw_str(rq->w, "pending", v->line.hold_no);
	yh_jw_end_obj(rq->w);
}

static void write_view(struct yh_req *rq, const void *row)
{
	static const char *const states[] = { [YH_LEASE_RUNS] = "running",
					      [YH_LEASE_HELD] = "held",
					      [YH_LEASE_OVER] = "over",
					      [YH_LEASE_ENDED] = "ended" };
	const struct yh_lease_view *v = row;
	const struct yh_resource_row *r = &v->line.resource;

	yh_jw_str(rq->w, "no", r->no);
	yh_jw_id(rq->w, "resource", &r->id);
	yh_jw_str(rq->w, "name", r->name);
	yh_jw_str(rq->w, "kind", r->kind);
	yh_jw_str(rq->w, "kind_title", yh_view_kind(rq, NULL, r->kind));
	yh_jw_str(rq->w, "item_name", v->line.item_name);
	yh_jw_str(rq->w, "project", v->line.project_code);
	yh_jw_str(rq->w, "unit", v->line.unit_name);
	yh_jw_str(rq->w, "case", v->line.case_no);
	yh_jw_day(rq->w, "first_day", v->line.lease.first);
	yh_jw_day(rq->w, "last_day", v->line.lease.last);
	yh_list_word(rq, "state", "lease", states[v->standing]);
	write_words(rq, v);
	write_extension(rq, v);
	yh_jw_day(rq->w, "stops_on", v->stop.day);
	yh_jw_bool(rq->w, "stops_on_provisional", v->stop.provisional);
	/* the end of use is another thing than the end of the lease */
	yh_jw_time(rq->w, "used_until", r->stopped_at);
}

/* "20500/SH-R-000123" */
static const char *cursor_of(struct yh_req *rq, const void *row)
{
	const struct yh_lease_view *v = row;

	return yh_arena_printf(rq->cx.arena, "%d/%s", v->line.lease.last, v->line.resource.no);
}

static enum yh_rc read_cursor(const struct yh_req *rq, struct yh_lease_filter *f,
			      struct yh_err *err)
{
	const char *slash = strchr(rq->cursor, '/');
	char *end;
	long day;

	f->after_last = YH_DAY_NONE;
	f->after_no = "";
	if (!rq->cursor[0])
		return YH_OK;
	day = strtol(rq->cursor, &end, 10);
	if (!slash || end != slash || day < YH_DAY_MIN || day > YH_DAY_MAX)
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	f->after_last = (yh_day)day;
	f->after_no = slash + 1;
	return YH_OK;
}

static enum yh_rc filter_of(struct yh_req *rq, const struct lease_in *l, struct yh_lease_filter *f,
			    struct yh_err *err)
{
	const struct yh_scope asked = { l->unit, l->cloud, l->project };
	struct yh_ctx *cx = &rq->cx;
	enum yh_rc rc;

	*f = (struct yh_lease_filter){ .kind = l->kind ? l->kind : "",
				       .ended = l->state && strcmp(l->state, "ended") == 0,
				       .until = l->until,
				       .limit = yh_list_ask(rq) };
	rc = read_cursor(rq, f, err);
	if (rc == YH_OK)
		rc = yh_ref_kind(cx, l->kind, "?kind", err);
	return rc == YH_OK ? yh_ref_scope(cx, &asked, &f->unit, &f->cloud, &f->project, err) : rc;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_lease_filter f;
	struct yh_lease_view *views;
	size_t n;
	enum yh_rc rc = filter_of(rq, in, &f, err);

	if (rc == YH_OK)
		rc = yh_lease_views(&rq->cx, &who, &f, &views, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, views, n, sizeof *views, write_view, cursor_of);
	return rc;
}

static void write_past(struct yh_req *rq, const void *row)
{
	const struct yh_lease_past *p = row;

	yh_jw_int(rq->w, "extension", p->row.extensions);
	yh_jw_day(rq->w, "last_day", p->row.last);
	yh_jw_str(rq->w, "case", p->case_no);
	yh_jw_time(rq->w, "made_at", p->row.made_at);
	yh_jw_time(rq->w, "ended_at", p->row.ended_at);
	yh_jw_str(rq->w, "ended_as", p->row.ended_as);
	if (p->row.told)
		yh_jw_int(rq->w, "told_workdays_ahead", p->row.told);
	else
		yh_jw_null(rq->w, "told_workdays_ahead");
	yh_jw_bool(rq->w, "lapse_told", p->row.lapse_told);
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const char *text = ((const struct lease_in *)in)->resource;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_lease_view view;
	struct yh_lease_past *past;
	struct yh_id id;
	size_t n;
	enum yh_rc rc = yh_ref_resource(&rq->cx, text, &id, err);

	if (rc == YH_OK)
		rc = yh_lease_view_of(&rq->cx, &who, &id, &view, &past, &n, err);
	if (rc != YH_OK)
		return rc;
	write_view(rq, &view);
	yh_list_write(rq, "history", past, n, sizeof *past, write_past);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL_NAME,
	YH_COL("类别", "KIND", "kind_title"),
	YH_COL("项目", "PROJECT", "project"),
	YH_COL("末日", "LAST DAY", "last_day"),
	YH_COL("状态", "STANDS", "says"),
	YH_COL("延期最迟提交", "EXTEND BY", "extension.until"),
	{ 0 },
};

#define IN sizeof(struct lease_in)
static const struct yh_op ops[] = {
	{ "lease.list", YH_GET, "/api/v1/leases", "resource.read", YH_OP_PAGED, NULL, list_query,
	  NULL, IN, list, columns, "使用期限列表，先到期者在前",
	  "Leases you may see, those that end first at the top: what is to be cleaned up when",
	  .reply = "@Lease" },
	{ "lease.show", YH_GET, "/api/v1/leases/{resource}", "resource.read", 0, lease_path, NULL,
	  NULL, IN, show, NULL, "查看一项资源的使用期限及其历次变更",
	  "Show the lease of a resource, until when it can be extended, and its history",
	  .reply = "{@Lease history:[{extension:int last_day:day case made_at:time "
		   "ended_at:time|null ended_as told_workdays_ahead:int|null lapse_told:bool}]}" },
};

const struct yh_op_table yh_ops_lease = { ops, sizeof ops / sizeof ops[0] };
