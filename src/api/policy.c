/* The measures: procedures, permissions, parameters, articles, and the calendar. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "law/register.h"
#include "services/policy/explain.h"

struct policy_in {
	const char *subject, *procedure, *period;
	yh_day from;
};

#define AT(field) offsetof(struct policy_in, field)
static const struct yh_field explain_path[] = {
	{ "subject", YH_F_CODE, AT(subject), YH_REQUIRED, .max = 64,
	  .about = "article number, procedure or parameter" },
	{ 0 },
};
static const struct yh_field procedure_path[] = {
	{ "procedure", YH_F_CODE, AT(procedure), YH_REQUIRED, .max = 47, .about = "procedure" },
	{ 0 },
};
static const struct yh_field due_query[] = {
	{ "from", YH_F_DAY, AT(from), YH_REQUIRED, .about = "the day the period starts from" },
	{ "period", YH_F_LINE, AT(period), YH_REQUIRED, .max = 12,
	  .about = "5wd, 30d, 1mo, -15wd" },
	{ 0 },
};

static enum yh_rc pack_of(struct yh_req *rq, const struct yh_pack **out, struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;

	return law->pack_on(law->self, yh_ctx_today(&rq->cx), out, err);
}

static bool may_file(const struct yh_req *rq, const struct yh_procedure *p)
{
	for (size_t i = 0; i < p->n_filed_by; i++)
		if (yh_actor_grant(rq->cx.actor, p->filed_by[i], NULL))
			return true;
	return false;
}

enum { WORDS_MOST = 64 };

/* The words of a list that are not among `seen` yet, which gains them. */
static void write_new(struct yh_req *rq, const struct yh_word_use *uses, size_t n_uses,
		      const char **seen, size_t *n)
{
	for (size_t u = 0; u < n_uses && *n < WORDS_MOST; u++) {
		size_t i = 0;

		while (i < *n && strcmp(seen[i], uses[u].word->name) != 0)
			i++;
		if (i < *n)
			continue;
		seen[(*n)++] = uses[u].word->name;
		yh_jw_str(rq->w, NULL, uses[u].word->name);
	}
}

/* What the procedure checks and what it brings about, by the words of the vocabulary: whether it
 * suits a thing can be told from them, whatever the pack calls it. */
static void write_words(struct yh_req *rq, const struct yh_procedure *p)
{
	const char *seen[WORDS_MOST];
	size_t n = 0;

	yh_jw_arr(rq->w, "words");
	write_new(rq, p->checks, p->n_checks, seen, &n);
	write_new(rq, p->on_filed, p->n_on_filed, seen, &n);
	write_new(rq, p->effects, p->n_effects, seen, &n);
	for (size_t s = 0; s < p->n_steps; s++)
		for (size_t o = 0; o < p->steps[s].n_outcomes; o++)
			write_new(rq, p->steps[s].outcomes[o].effects,
				  p->steps[s].outcomes[o].n_effects, seen, &n);
	yh_jw_end_arr(rq->w);
}

static void write_procedure(struct yh_req *rq, const void *row)
{
	const struct yh_procedure *p = row;

	const struct yh_speech s = yh_list_speech(rq, NULL);

	yh_explain_summary(&s, p, rq->w);
	write_words(rq, p);
	yh_jw_bool(rq->w, "you_may", may_file(rq, p));
	if (p->n_started_by) {
		yh_jw_arr(rq->w, "started_by");
		for (size_t t = 0; t < p->n_started_by; t++)
			yh_jw_str(rq->w, NULL, p->started_by[t].word->name);
		yh_jw_end_arr(rq->w);
	}
}

static void write_kind(struct yh_req *rq, const void *row)
{
	const struct yh_kind *k = row;
	char lease[YH_PERIOD_TEXT];

	yh_jw_str(rq->w, "kind", k->id);
	yh_jw_str(rq->w, "title", yh_view_words(rq, k->title));
	yh_jw_str(rq->w, "article", k->article);
	yh_jw_bool(rq->w, "permanent", k->permanent);
	yh_jw_bool(rq->w, "exposed", k->exposed);
	yh_jw_str(rq->w, "lease", k->lease.n ? yh_period_text(k->lease, lease) : NULL);
	yh_jw_str(rq->w, "parameter", k->lease_param);
}

static void write_parameter(struct yh_req *rq, const void *row)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	struct yh_speech s = yh_list_speech(rq, NULL);

	if (law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK)
		s.pack = pack;
	yh_explain_param(&s, row, rq->w);
}

/* Reading a register is titled by the register: the pack names both. */
static const char *register_title(struct yh_req *rq, const char *action)
{
	static const char read[] = "read.";
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_speech s = yh_list_speech(rq, NULL);
	const struct yh_register *r = NULL;
	const struct yh_pack *pack;

	if (strncmp(action, read, sizeof read - 1) == 0 &&
	    law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK)
		r = yh_pack_register(pack, action + sizeof read - 1);
	return r ? yh_say_text(&s, r->title) : NULL;
}

static bool is_reading(struct yh_req *rq, const char *role)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_role *r = NULL;
	const struct yh_pack *pack;

	if (law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK)
		r = yh_pack_role(pack, role);
	return r && r->reading;
}

static void write_permission(struct yh_req *rq, const void *row)
{
	const struct yh_permission *p = row;
	const char *title = register_title(rq, p->action);

	yh_jw_str(rq->w, "role", p->role);
	yh_list_titled(rq, "role", yh_view_role(rq, p->role));
	yh_jw_bool(rq->w, "reads_only", is_reading(rq, p->role));
	if (title) {
		yh_jw_str(rq->w, "action", p->action);
		yh_list_titled(rq, "action", title);
	} else {
		yh_list_word(rq, "action", "action", p->action);
	}
	yh_list_word(rq, "relation", "relation", p->relation);
	yh_jw_str(rq->w, "article", p->article);
}

/* The lists of the pack in force. */
static enum yh_rc list_of_pack(struct yh_req *rq,
			       const void *(*get)(const struct yh_pack *, size_t *), size_t size,
			       yh_row_fn write, struct yh_err *err)
{
	const struct yh_pack *pack;
	const void *list;
	size_t n;
	enum yh_rc rc = pack_of(rq, &pack, err);

	if (rc != YH_OK)
		return rc;
	list = get(pack, &n);
	yh_list_write(rq, "items", list, n, size, write);
	return YH_OK;
}

static const void *get_procedures(const struct yh_pack *p, size_t *n)
{
	return yh_pack_procedures(p, n);
}

static const void *get_parameters(const struct yh_pack *p, size_t *n)
{
	return yh_pack_params(p, n);
}

static const void *get_permissions(const struct yh_pack *p, size_t *n)
{
	return yh_pack_permissions(p, n);
}

static const void *get_kinds(const struct yh_pack *p, size_t *n)
{
	return yh_pack_kinds(p, n);
}

static enum yh_rc kinds(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return list_of_pack(rq, get_kinds, sizeof(struct yh_kind), write_kind, err);
}

static enum yh_rc procedures(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return list_of_pack(rq, get_procedures, sizeof(struct yh_procedure), write_procedure, err);
}

static enum yh_rc parameters(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return list_of_pack(rq, get_parameters, sizeof(struct yh_param), write_parameter, err);
}

static enum yh_rc permissions(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return list_of_pack(rq, get_permissions, sizeof(struct yh_permission), write_permission,
			    err);
}

static enum yh_rc procedure(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const char *name = ((const struct policy_in *)in)->procedure;
	const struct yh_procedure *p;
	const struct yh_pack *pack;
	struct yh_speech speech;
	enum yh_rc rc = pack_of(rq, &pack, err);

	if (rc != YH_OK)
		return rc;
	p = yh_pack_procedure(pack, name);
	if (!p) {
		rc = yh_fail(err, YH_NOT_FOUND, "procedure-unknown");
		yh_err_text(err, "procedure", name);
		return rc;
	}
	speech = yh_list_speech(rq, pack);
	speech.procedure = p;
	yh_explain_procedure(&speech, p, rq->w);
	yh_jw_bool(rq->w, "you_may", may_file(rq, p));
	yh_say_form(&speech, "form", p->form, rq->w);
	return YH_OK;
}

static enum yh_rc explain(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_pack *pack;
	struct yh_speech speech;
	enum yh_rc rc = pack_of(rq, &pack, err);

	if (rc != YH_OK)
		return rc;
	speech = yh_list_speech(rq, pack);
	return yh_explain_json(&speech, ((const struct policy_in *)in)->subject, rq->w, err);
}

static enum yh_rc due(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct policy_in *p = in;
	const struct yh_law_book *law = rq->cx.world->law;
	struct yh_period period;
	struct yh_due d;
	enum yh_rc rc = yh_period_parse(p->period, &period, err);

	if (rc != YH_OK)
		yh_err_field(err, "?period");
	else
		rc = yh_due_day(law->calendar(law->self), p->from, period, YH_PROVISIONAL, &d, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_day(rq->w, "day", d.day);
	yh_jw_bool(rq->w, "provisional", d.provisional);
	return YH_OK;
}

static const struct yh_column procedure_columns[] = {
	{ "流程", "PROCEDURE", "procedure" },
	YH_COL_TITLE,
	YH_COL_ARTICLE,
	{ 0 },
};
static const struct yh_column kind_columns[] = {
	{ "类别", "KIND", "kind" },
	YH_COL_TITLE,
	YH_COL_ARTICLE,
	{ "最长期限", "LONGEST LEASE", "lease" },
	{ 0 },
};
static const struct yh_column parameter_columns[] = {
	{ "参数", "PARAMETER", "parameter" }, YH_COL_TITLE,   { "值", "VALUE", "value" },
	{ "来源", "SOURCE", "source" },       YH_COL_ARTICLE, { 0 },
};
static const struct yh_column permission_columns[] = {
	{ "角色", "ROLE", "role" },
	{ "操作", "ACTION", "action" },
	{ "范围", "RELATION", "relation" },
	YH_COL_ARTICLE,
	{ 0 },
};

#define IN sizeof(struct policy_in)
static const struct yh_op ops[] = {
	{ "procedure.list", YH_GET, "/api/v1/policy/procedures", NULL, 0, NULL, NULL, NULL, 0,
	  procedures, procedure_columns, "可办理的流程", "Procedures of the policy pack",
	  .reply = "{items:[{@ProcedureHead words:[text] started_by?:[text] you_may:bool}]}" },
	{ "procedure.show", YH_GET, "/api/v1/policy/procedures/{procedure}", NULL, 0,
	  procedure_path, NULL, NULL, IN, procedure, NULL, "流程环节与表单",
	  "A procedure's steps, clocks and form",
	  .reply = "{@Procedure you_may:bool form:object|null}" },
	{ "policy.article", YH_GET, "/api/v1/policy/explain/{subject}", NULL, 0, explain_path, NULL,
	  NULL, IN, explain, NULL, "条款在系统中如何落实",
	  "What an article, procedure or parameter does in the software",
	  .reply = "{article?|null title summary? roles?:[@RoleTitle] parameters?:[@Parameter] "
		   "procedures?:[@Procedure] rules?:[{rule title article}] procedure? code? "
		   "level?:any|municipal|district level_title? about? about_title? "
		   "filed_by?:[text] filers?:[@RoleTitle] started_by?:[@WordUse] "
		   "checks?:[@WordUse] reserves?:[@WordUse] effects?:[@WordUse] "
		   "steps?:[@ProcedureStep] parameter? "
		   "value? text? source?:law|local source_title? bound?:max|min|null "
		   "bound_title?|null}" },
	{ "policy.kinds", YH_GET, "/api/v1/policy/kinds", NULL, 0, NULL, NULL, NULL, 0, kinds,
	  kind_columns, "资源类别", "Kinds of resources, with their longest lease",
	  .reply = "{items:[{kind title article permanent:bool exposed:bool lease|null "
		   "parameter|null}]}" },
	{ "policy.parameters", YH_GET, "/api/v1/policy/parameters", NULL, 0, NULL, NULL, NULL, 0,
	  parameters, parameter_columns, "全部参数：法定或地方政策",
	  "Every figure, and whether law or local policy", .reply = "{items:[@Parameter]}" },
	{ "policy.permissions", YH_GET, "/api/v1/policy/permissions", NULL, 0, NULL, NULL, NULL, 0,
	  permissions, permission_columns, "权限矩阵", "The permission matrix",
	  .reply = "{items:[{role role_title reads_only:bool action action_title "
		   "relation:own|cloud|district|invited|any relation_title article|null}]}" },
	{ "calendar.due", YH_GET, "/api/v1/calendar/due", NULL, 0, NULL, due_query, NULL, IN, due,
	  NULL, "期限到期日", "When a period ends", .reply = "{day:day provisional:bool}" },
};

const struct yh_op_table yh_ops_policy = { ops, sizeof ops / sizeof ops[0] };
