/* Reorganisations: what would move on a day, and what has been planned. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/case_view.h"
#include "api/list.h"
#include "services/ledger/ledger.h"
#include "services/move/move.h"

enum { LIST_BYTES = 16 * 1024 };

struct move_in {
	const char *kind, *cloud, *from, *to, *name, *projects, *people, *case_ref;
	yh_day day;
};

#define AT(field) offsetof(struct move_in, field)
static const struct yh_field preview_query[] = {
	{ "kind", YH_F_WORD, AT(kind), YH_REQUIRED, .choices = "merge|split|rename|replace",
	  .about = "which reorganisation" },
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "from", YH_F_CODE, AT(from), YH_REQUIRED, .max = 63, .about = "organisation, code" },
	{ "to", YH_F_CODE, AT(to), 0, .max = 63, .about = "to which it goes over, code" },
	{ "name", YH_F_LINE, AT(name), 0, .max = 100, .about = "rename: the new name" },
	{ "projects", YH_F_LINE, AT(projects), 0, .max = LIST_BYTES,
	  .about = "split: codes of projects, with commas between" },
	{ "people", YH_F_LINE, AT(people), 0, .max = LIST_BYTES,
	  .about = "split: logins of people, with commas between" },
	{ "day", YH_F_DAY, AT(day), 0, .about = "at whose beginning; today" },
	{ 0 },
};
static const struct yh_field case_path[] = {
	{ "case", YH_F_CODE, AT(case_ref), YH_REQUIRED, .max = 64,
	  .about = "number or id of the case" },
	{ 0 },
};

/* The procedure of a pack that begins such a one. */
static const struct yh_procedure *procedure_of(const struct yh_pack *pack, const char *kind)
{
	size_t n;
	const struct yh_procedure *p = yh_pack_procedures(pack, &n);

	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < p[i].n_checks; c++)
			if (strcmp(p[i].checks[c].word->name, "org.may_move") == 0 &&
			    strcmp(yh_use_text(&p[i].checks[c], "as", ""), kind) == 0)
				return &p[i];
	return NULL;
}

static void drop_json(void *v)
{
	json_decref(v);
}

/* "a,b" as an array; NULL without memory. */
static const json_t *list_of(struct yh_req *rq, const char *text)
{
	json_t *list = json_array();

	for (const char *at = text; list && at && *at;) {
		size_t n = strcspn(at, ",");

		if (n)
			(void)json_array_append_new(list, json_stringn(at, n));
		at += n + (at[n] == ',');
	}
	return list && yh_arena_defer(rq->cx.arena, drop_json, list) ? list : NULL;
}

static void write_sums(struct yh_req *rq, const struct yh_move_sums *s)
{
	yh_jw_int(rq->w, "resources", s->resources);
	yh_jw_int(rq->w, "quotas", s->quotas);
	yh_jw_int(rq->w, "reservations", s->reservations);
	yh_jw_int(rq->w, "cases", s->cases);
	yh_jw_int(rq->w, "steps", s->steps);
	yh_jw_int(rq->w, "findings", s->findings);
	yh_jw_int(rq->w, "records", s->records);
	yh_jw_int(rq->w, "duties", s->duties);
}

static void write_item(struct yh_req *rq, const void *row)
{
	const struct yh_move_item *it = row;

	yh_jw_str(rq->w, "code", it->row.code);
	yh_jw_str(rq->w, "name", it->row.name);
	yh_jw_str(rq->w, "new_code", it->code);
	write_sums(rq, &it->sums);
}

static void write_grant(struct yh_req *rq, const void *row)
{
	const struct yh_move_grant *g = row;

	yh_jw_str(rq->w, "login", g->login);
	yh_jw_str(rq->w, "role", g->role);
	yh_jw_str(rq->w, "role_title", yh_view_role(rq, g->role));
	yh_jw_bool(rq->w, "held_already", g->there);
}

static enum yh_rc write_plan(struct yh_req *rq, const struct yh_procedure *procedure,
			     const struct yh_move_plan *p, struct yh_err *err)
{
	enum yh_rc rc;

	yh_jw_str(rq->w, "procedure", procedure->name);
	yh_jw_str(rq->w, "kind", p->in.kind);
	yh_jw_day(rq->w, "day", p->in.day);
	rc = yh_view_org(rq, "from", &p->from.id, err);
	if (rc == YH_OK)
		rc = yh_view_org(rq, "to", &p->to.id, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "name", p->in.name);
	yh_jw_obj(rq->w, "total");
	write_sums(rq, &p->sums);
	yh_jw_end_obj(rq->w);
	yh_list_write(rq, "items", p->projects, p->n_projects, sizeof *p->projects, write_item);
	yh_list_write(rq, "people", p->people, p->n_people, sizeof *p->people, write_grant);
	return YH_OK;
}

static enum yh_rc preview(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct move_in *q = in;
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_id none = { { 0 } };
	struct yh_move_in by = { .kind = q->kind, .from = q->from, .to = q->to, .name = q->name };
	const struct yh_procedure *p;
	const struct yh_pack *pack;
	struct yh_move_plan plan;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	if (rc != YH_OK)
		return rc;
	p = procedure_of(pack, q->kind);
	if (!p) {
		rc = yh_fail(err, YH_NOT_FOUND, "procedure-unknown");
		yh_err_text(err, "procedure", q->kind);
		return rc;
	}
	by.article = p->article;
	by.day = q->day == YH_DAY_NONE ? yh_ctx_today(&rq->cx) : q->day;
	by.projects = list_of(rq, q->projects);
	by.people = list_of(rq, q->people);
	if (!by.projects || !by.people)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_ref_cloud(&rq->cx, q->cloud, &by.cloud, err);
	if (rc == YH_OK)
		rc = yh_may_act_on(&rq->cx, p, &by.cloud, err);
	if (rc == YH_OK)
		rc = yh_move_plan(&rq->cx, &by, &none, &plan, err);
	return rc == YH_OK ? write_plan(rq, p, &plan, err) : rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_reorg_row g;
	struct yh_case c;
	enum yh_rc rc = yh_view_glimpsed(rq, ((const struct move_in *)in)->case_ref, &c, err);

	if (rc == YH_OK)
		rc = yh_reorg_load(rq->cx.tx, &c.row.id, rq->cx.arena, &g, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "case", c.row.no);
	yh_jw_str(rq->w, "kind", g.kind);
	yh_jw_day(rq->w, "day", g.day);
	yh_list_word(rq, "state", "reorg", g.state);
	yh_jw_time(rq->w, "ended_at", g.ended_at);
	yh_jw_str(rq->w, "slug", g.fault[0] ? g.fault : NULL);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL_CODE,
	YH_COL_NAME,
	YH_COL("新代码", "NEW CODE", "new_code"),
	YH_COL("资源", "RESOURCES", "resources"),
	YH_COL("在办", "CASES", "cases"),
	{ 0 },
};

#define IN sizeof(struct move_in)
static const struct yh_op ops[] = {
	{ "move.preview", YH_GET, "/api/v1/moves/preview", NULL, YH_OP_SUMS, NULL, preview_query,
	  NULL, IN, preview, columns, "预览单位合并、分立、更名或服务商更换将转移的内容",
	  "What a reorganisation would move, project by project",
	  .reply = "{procedure kind day:day from:@Named to:@Named|null name|null "
		   "total:@MoveSums items:[{code name new_code @MoveSums}] "
		   "people:[{login role role_title held_already:bool}]}" },
	{ "move.show", YH_GET, "/api/v1/cases/{case}/move", "case.read", 0, case_path, NULL, NULL,
	  IN, show, NULL, "一件单位调整办理到哪一步",
	  "Whether a reorganisation is planned, done, or could not be carried out",
	  .reply = "{case kind day:day state:planned|done|failed state_title ended_at:time|null "
		   "slug|null}" },
};

static const struct yh_named_shape shapes[] = {
	{ "MoveSums", "{resources:int quotas:int reservations:int cases:int steps:int findings:int "
		      "records:int duties:int}" },
	{ 0 },
};

const struct yh_op_table yh_ops_move = { ops, sizeof ops / sizeof ops[0], shapes };
