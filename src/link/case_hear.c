/* At the district: what the city tells of a case is read, and what it names is found here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cases/problem.h"
#include "link/case_internal.h"
#include "link/file.h"
#include "link/shape.h"
#include "services/document/document.h"
#include "store/document.h"
#include "store/event.h"
#include "store/party.h"
#include "store/person.h"
#include "store/project.h"
#include "store/project_query.h"

enum { STEPS_MOST = 200, PROBLEMS_MOST = 200, WORDS_BYTES = 8192 };

struct hearing {
	struct yh_ctx *cx;
	const struct yh_link_peer *peer;
	const json_t *body;
	struct yh_case_news news;
	bool over;                            /* it is another's number, and told */
	const struct yh_procedure *procedure; /* of today's law; NULL: it has none of that name */
};

/* A body of the city that is not known here comes to be by its code and name: it stands on desks,
 * and nobody here acts for it. */
static enum yh_rc find_org(struct hearing *h, const json_t *v, const char *code_field,
			   const char *name_field, struct yh_id *out, struct yh_err *err)
{
	struct yh_org_row org = { .kind = "body",
				  .chain = "sign",
				  .status = "active",
				  .district = "",
				  .created_at = h->cx->now,
				  .version = 1 };
	struct yh_err why = { 0 };
	char name[260], code[64];
	enum yh_rc rc = YH_CASE_FIELD(v, code_field, false, code, err);

	*out = (struct yh_id){ { 0 } };
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, name_field, false, name, err);
	if (rc != YH_OK || !code[0])
		return rc;
	rc = yh_org_by_code(h->cx->tx, code, h->cx->arena, &org, &why);
	*out = org.id;
	if (rc != YH_NOT_FOUND) {
		if (rc != YH_OK && err && err->rc == YH_OK)
			*err = why;
		return rc;
	}
	if (!name[0]) {
		rc = yh_fail(err, YH_BAD_INPUT, "link-field");
		yh_err_field(err, "/%s", name_field);
		yh_err_text(err, "field", name_field);
		return rc;
	}
	org.id = *out = yh_ctx_new_id(h->cx);
	org.name = name;
	memcpy(org.code, code, sizeof org.code);
	return yh_org_insert(h->cx->tx, &org, err);
}

static enum yh_rc read_step(struct hearing *h, const json_t *v, struct yh_news_step *s,
			    struct yh_err *err)
{
	struct yh_step_row *r = &s->row;
	char id[YH_ID_TEXT + 8];
	enum yh_rc rc = YH_CASE_FIELD(v, "id", true, id, err);

	if (rc == YH_OK)
		rc = yh_id_parse(id, &r->told, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "step", true, r->step, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "kind", true, r->kind, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "role", false, r->role, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "period", false, r->period, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "article", false, r->article, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "outcome", false, r->outcome, err);
	if (rc == YH_OK)
		rc = find_org(h, v, "org", "org_name", &r->org, err);
	if (rc == YH_OK)
		rc = yh_case_instant(h->cx, v, "opened_at", &r->opened_at, err);
	if (rc == YH_OK)
		rc = yh_case_instant(h->cx, v, "closed_at", &r->closed_at, err);
	if (rc == YH_OK)
		rc = yh_case_date(v, "start", &r->start_day, err);
	if (rc == YH_OK)
		rc = yh_case_date(v, "due", &r->due_day, err);
	if (rc == YH_OK)
		rc = yh_case_time(v, "due_at", &r->due_at, err);
	if (rc == YH_OK)
		rc = yh_case_long(h->cx, v, "reason", &r->reason, err);
	if (rc == YH_OK)
		rc = yh_case_long(h->cx, v, "by", &s->by, err);
	if (rc == YH_OK)
		rc = yh_case_long(h->cx, v, "form", &s->form, err);
	r->provisional = json_is_true(json_object_get(v, "provisional"));
	r->soft = json_is_true(json_object_get(v, "soft"));
	return rc == YH_OK ? yh_case_text_in(h->cx, h->peer,
					     yh_case_form_of(h->procedure, r->step, r->outcome),
					     s->form, &s->form, err)
			   : rc;
}

static enum yh_rc too_many(const char *name, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "link-field");

	yh_err_field(err, "/%s", name);
	yh_err_text(err, "field", name);
	return rc;
}

static enum yh_rc read_steps(struct hearing *h, struct yh_err *err)
{
	const json_t *list = json_object_get(h->body, "steps");
	size_t n = json_array_size(list);
	struct yh_news_step *steps;
	enum yh_rc rc = YH_OK;

	if (n > STEPS_MOST)
		return too_many("steps", err);
	steps = YH_NEW_N(h->cx->arena, struct yh_news_step, n + 1);
	if (!steps)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = read_step(h, json_array_get(list, i), &steps[i], err);
	h->news.steps = steps;
	h->news.n_steps = n;
	return rc;
}

static const char *sentence(struct hearing *h, const struct yh_err *problem, const char *lang)
{
	const char *said;
	struct yh_buf out;

	yh_buf_init(&out, WORDS_BYTES);
	if (h->cx->world->messages)
		yh_messages_render(h->cx->world->messages, lang, problem, &out);
	said = yh_arena_strdup(h->cx->arena, yh_buf_ok(&out) && yh_buf_text(&out)[0]
						     ? yh_buf_text(&out)
						     : problem->slug);
	yh_buf_done(&out);
	return said ? said : "";
}

/* As it came, and in words of both languages. */
static enum yh_rc read_problem(struct hearing *h, const json_t *v, const char **text,
			       const char **zh, const char **en, struct yh_err *err)
{
	struct yh_err problem;
	char *kept;
	enum yh_rc rc = yh_problem_of(v, &problem, err);

	if (rc != YH_OK)
		return rc;
	*zh = sentence(h, &problem, "zh");
	*en = sentence(h, &problem, "en");
	kept = yh_json_canonical(v);
	if (!kept || !yh_arena_defer(h->cx->arena, free, kept))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*text = kept;
	return YH_OK;
}

static enum yh_rc read_problems(struct hearing *h, struct yh_err *err)
{
	const json_t *list = json_object_get(h->body, "problems");
	const json_t *away = json_object_get(h->body, "turned_away");
	size_t n = json_array_size(list);
	struct yh_news_problem *all;
	enum yh_rc rc = YH_OK;

	if (n > PROBLEMS_MOST)
		return too_many("problems", err);
	all = YH_NEW_N(h->cx->arena, struct yh_news_problem, n + 1);
	if (!all)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const json_t *v = json_array_get(list, i);

		all[i].act = json_integer_value(json_object_get(v, "act"));
		rc = read_problem(h, json_object_get(v, "problem"), &all[i].problem, &all[i].why_zh,
				  &all[i].why_en, err);
	}
	h->news.problems = all;
	h->news.n_problems = n;
	if (rc == YH_OK && away)
		rc = read_problem(h, away, &h->news.turned_away, &h->news.why_zh, &h->news.why_en,
				  err);
	return rc;
}

/* The cloud, the unit, the project and the case it is about; a project that has not come yet is
 * waited for by nobody: the case stands without. */
static enum yh_rc read_places(struct hearing *h, struct yh_err *err)
{
	struct yh_case_row *r = &h->news.row;
	char cloud_code[64], project[128], about[YH_CASE_NO];
	struct yh_cloud_row cloud;
	struct yh_project_row p;
	struct yh_err why = { 0 };
	enum yh_rc rc = YH_CASE_FIELD(h->body, "cloud", true, cloud_code, err);

	if (rc == YH_OK)
		rc = YH_CASE_FIELD(h->body, "project", false, project, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(h->body, "about", false, about, err);
	if (rc == YH_OK &&
	    yh_cloud_by_code(h->cx->tx, cloud_code, h->cx->arena, &cloud, &why) == YH_NOT_FOUND)
		rc = yh_cloud_load(h->cx->tx, &h->peer->cloud, h->cx->arena, &cloud, err);
	if (rc == YH_OK)
		rc = find_org(h, h->body, "unit", "unit", &r->unit, err);
	if (rc == YH_OK)
		rc = find_org(h, h->body, "filer", "filer_name", &r->filer_org, err);
	if (rc == YH_OK)
		rc = find_org(h, h->body, "provider", "provider_name", &r->provider, err);
	if (rc != YH_OK)
		return rc;
	r->cloud = cloud.id;
	if (project[0] && yh_project_by_code(h->cx->tx, project, h->cx->arena, &p, &why) == YH_OK)
		r->project = p.id;
	if (about[0] && yh_case_id_by_no(h->cx->tx, about, &r->about_case, &why) != YH_OK)
		r->about_case = (struct yh_id){ { 0 } };
	return YH_OK;
}

static enum yh_rc read_texts(struct hearing *h, struct yh_err *err)
{
	struct yh_case_row *r = &h->news.row;
	const char *form;
	enum yh_rc rc = YH_CASE_FIELD(h->body, "procedure", true, r->procedure, err);

	if (rc == YH_OK)
		rc = YH_CASE_FIELD(h->body, "role", true, r->filer_role, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(h->body, "started_by", false, r->started_by, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(h->body, "state", true, r->state, err);
	if (rc == YH_OK)
		rc = yh_case_long(h->cx, h->body, "title", &r->title, err);
	if (rc == YH_OK)
		rc = yh_case_label_told(h->body, r->label, sizeof r->label, err);
	if (rc == YH_OK)
		rc = yh_case_long(h->cx, h->body, "reason", &h->news.reason, err);
	if (rc == YH_OK)
		rc = yh_case_long(h->cx, h->body, "defects", &h->news.defects, err);
	if (rc == YH_OK)
		rc = yh_case_instant(h->cx, h->body, "filed_at", &r->filed_at, err);
	if (rc == YH_OK)
		rc = yh_case_instant(h->cx, h->body, "ended_at", &r->ended_at, err);
	if (rc == YH_OK)
		rc = yh_case_date(h->body, "answer_due", &r->answer_due, err);
	if (rc == YH_OK)
		rc = yh_case_long(h->cx, h->body, "form", &form, err);
	if (rc == YH_OK)
		rc = yh_case_text_in(h->cx, h->peer, h->procedure ? h->procedure->form : NULL, form,
				     &form, err);
	if (rc != YH_OK)
		return rc;
	r->form = form;
	return yh_json_parse_in(h->cx->arena, form, strlen(form), &h->news.form, err);
}

/* Another case than ours has the number there: this server was put back, and gave it again. Ours
 * cannot go on under it, and its people file anew. */
static enum yh_rc is_another(struct hearing *h, const struct yh_case *c, struct yh_err *err)
{
	const char *there = yh_json_text(h->body, "filed_there");
	struct yh_err taken = { 0 };
	char ours[YH_TIME_TEXT];
	json_t *v;
	enum yh_rc rc;

	if (!there || c->row.abroad == YH_CASE_HERE ||
	    strcmp(there, yh_time_text(c->row.filed_at, ours)) == 0 ||
	    yh_id_eq(&c->row.filer, &YH_PERSON_SYSTEM)) /* it is the city's telling */
		return YH_OK;
	(void)yh_fail(&taken, YH_CONFLICT, "case-number-taken");
	yh_err_text(&taken, "case", c->row.no);
	v = yh_problem_json(&taken);
	rc = v ? read_problem(h, v, &h->news.turned_away, &h->news.why_zh, &h->news.why_en, err)
	       : yh_fail(err, YH_TOO_LARGE, "memory-short");
	json_decref(v);
	h->news.another = true;
	h->over = c->row.ended_at != 0;
	return rc;
}

/* The law that the case was filed under here has the titles of its steps; else today's. */
static enum yh_rc find_law(struct hearing *h, const char *no, struct yh_err *err)
{
	const struct yh_law_book *law = h->cx->world->law;
	char procedure[48];
	const struct yh_pack *pack;
	struct yh_err why = { 0 };
	struct yh_case c;
	struct yh_id id;
	enum yh_rc rc = yh_case_id_by_no(h->cx->tx, no, &id, &why);

	if (rc == YH_OK) {
		rc = yh_case_get(h->cx, &id, &c, err);
		h->procedure = c.procedure;
		return rc == YH_OK ? is_another(h, &c, err) : rc;
	}
	if (json_object_get(h->body, "turned_away"))
		return YH_OK;
	rc = YH_CASE_FIELD(h->body, "procedure", true, procedure, err);
	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(h->cx), &pack, err);
	if (rc == YH_OK)
		h->procedure = yh_pack_procedure(pack, procedure);
	return rc;
}

/* What of its resources is here already belongs to it. */
static enum yh_rc link_resources(struct hearing *h, const struct yh_case *c, struct yh_err *err)
{
	const json_t *list = json_object_get(h->body, "resources");
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < json_array_size(list); i++) {
		const char *no = yh_json_text(json_array_get(list, i), "no");
		struct yh_err why = { 0 };
		struct yh_id id;

		if (no && yh_resource_id_by_no(h->cx->tx, no, &id, &why) == YH_OK)
			rc = yh_case_add_resource(h->cx->tx, &c->row.id, &id, err);
	}
	return rc;
}

/* ---- files that the city did not take ---- */

static const json_t *file_told(const json_t *files, const char *id)
{
	for (size_t i = 0; i < json_array_size(files); i++) {
		const char *said = yh_json_text(json_array_get(files, i), "id");

		if (said && strcmp(said, id) == 0)
			return json_array_get(files, i);
	}
	return NULL;
}

static bool is_refused(const json_t *file)
{
	const char *state = yh_json_text(file, "state");

	return state && strcmp(state, "refused") == 0;
}

static enum yh_rc tell_refused(struct hearing *h, const struct yh_case *c, const json_t *file,
			       struct yh_err *err)
{
	const json_t *said = json_object_get(file, "problem");
	const char *name, *zh = "", *en = "";
	struct yh_document_row d;
	struct yh_err none = { 0 }, problem;
	struct yh_id id;
	json_t *v;
	char *figures;
	enum yh_rc rc = yh_id_parse(yh_json_text(file, "id"), &id, &none);

	if (rc == YH_OK)
		rc = yh_document_load(h->cx->tx, &id, h->cx->arena, &d, &none);
	if (rc != YH_OK) /* of nobody here: nobody hears of it */
		return rc == YH_NOT_FOUND || rc == YH_BAD_INPUT ? YH_OK : rc;
	rc = yh_link_file_name(h->cx, &d, &name, err);
	if (rc == YH_OK && said)
		rc = yh_problem_of(said, &problem, err);
	if (rc != YH_OK)
		return rc;
	if (said) { /* the notice goes to a role, and by mail */
		yh_problem_rename(&problem, name);
		zh = sentence(h, &problem, "zh");
		en = sentence(h, &problem, "en");
	}
	v = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "case", c->row.no, "title", c->row.title,
		      "file", name, "why", zh, "why_zh", zh, "why_en", en);
	figures = v ? yh_json_canonical(v) : NULL;
	rc = figures ? yh_notice_insert(h->cx->tx,
					&(struct yh_notice){ .id = yh_ctx_new_id(h->cx),
							     .org = c->row.filer_org,
							     .role = c->row.filer_role,
							     .case_id = c->row.id,
							     .slug = "case-file-refused",
							     .figures = figures,
							     .made_at = h->cx->now },
					err)
		     : yh_fail(err, YH_TOO_LARGE, "memory-short");
	json_decref(v);
	free(figures);
	return rc;
}

/* Once each: what was told before is in the city's word before this one. */
static enum yh_rc tell_files(struct hearing *h, const struct yh_case *c, const char *before,
			     struct yh_err *err)
{
	const json_t *files = json_object_get(h->body, "files"), *was = NULL;
	enum yh_rc rc = YH_OK;

	if (before[0] &&
	    yh_json_parse_in(h->cx->arena, before, strlen(before), &was, NULL) != YH_OK)
		was = NULL;
	was = json_object_get(was, "files");
	for (size_t i = 0; rc == YH_OK && i < json_array_size(files); i++) {
		const json_t *f = json_array_get(files, i);

		if (is_refused(f) && !is_refused(file_told(was, yh_json_text(f, "id"))))
			rc = tell_refused(h, c, f, err);
	}
	return rc;
}

/* What came with its case: resources, files, and what became of the files that went. */
static enum yh_rc take_parts(struct hearing *h, const struct yh_case *c, const char *before,
			     struct yh_err *err)
{
	enum yh_rc rc = link_resources(h, c, err);

	if (rc == YH_OK)
		rc = yh_link_files_take(h->cx, h->peer, &c->row.id, h->body, err);
	return rc == YH_OK ? tell_files(h, c, before, err) : rc;
}

enum yh_rc yh_case_down_apply(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			      const json_t *body, struct yh_err *err)
{
	struct hearing h = { .cx = cx, .peer = peer, .body = body };
	static const char *const kinds[] = { "standing", NULL };
	struct yh_case_link_row link;
	const char *kind;
	struct yh_case c;
	char *told;
	bool found;
	enum yh_rc rc;

	if (!body) /* a case does not go away */
		return YH_OK;
	h.news = (struct yh_case_news){ .reason = "", .defects = "" };
	h.news.row.answer_due = YH_DAY_NONE;
	rc = yh_link_shaped(body, kinds, &kind, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(body, "no", true, h.news.row.no, err);
	if (rc == YH_OK && strcmp(h.news.row.no, no) != 0)
		rc = yh_fail_field(err, YH_BAD_INPUT, "link-field", "/no");
	if (rc == YH_OK)
		rc = find_law(&h, no, err);
	if (rc != YH_OK || h.over)
		return rc;
	if (!h.news.another)
		rc = read_problems(&h, err);
	if (rc == YH_OK && !h.news.turned_away)
		rc = read_places(&h, err);
	if (rc == YH_OK && !h.news.turned_away)
		rc = read_texts(&h, err);
	if (rc == YH_OK && !h.news.another)
		rc = read_steps(&h, err);
	if (rc != YH_OK)
		return rc;
	h.news.acts_done = json_integer_value(json_object_get(body, "acts_done"));
	h.news.row.returned_times = json_integer_value(json_object_get(body, "returned_times"));
	h.news.row.effected = json_is_true(json_object_get(body, "effected"));
	rc = yh_case_link_load(cx->tx, no, cx->arena, &link, &found, err);
	if (rc != YH_OK)
		return rc;
	told = h.news.another ? NULL : yh_json_canonical(body);
	h.news.told = told ? told : "";
	rc = yh_case_hear(cx, &h.news, &c, err);
	free(told);
	if (rc == YH_OK && !h.news.another && h.news.row.label[0])
		rc = yh_case_label_heard(cx, &c, h.news.row.label, YH_FAR, err);
	return rc == YH_OK && !h.news.another ? take_parts(&h, &c, found ? link.told : "", err)
					      : rc;
}
