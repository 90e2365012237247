/* At the city: how a case of a district's unit stands, whole, for its district. */
#include <stdio.h>
#include <string.h>

#include "link/case_internal.h"
#include "link/file.h"
#include "store/case_query.h"
#include "store/event.h"
#include "store/paper.h"
#include "store/party.h"
#include "store/project.h"
#include "store/project_query.h"

/* What is told of. */
struct whole {
	struct yh_ctx *cx;
	const struct yh_link_peer *peer;
	struct yh_case c;
	struct yh_case_link_row link; /* without a number: it began here */
	struct yh_story_line *story;
	size_t n_story;
	json_t *body;
	size_t forms; /* bytes of answers so far */
};

enum { LIST_MOST = 200, RESOURCES_MOST = 2000 }; /* as docs/link.schema.json has it */
enum {
	FORMS_BYTES = 120 * 1024
}; /* what answers may take of a document; those behind are left out */

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static enum yh_rc say_org(struct whole *w, json_t *v, const char *code, const char *name,
			  const struct yh_id *id, struct yh_err *err)
{
	struct yh_org_row org = { .code = "", .name = "" };
	enum yh_rc rc =
		yh_id_is_zero(id) ? YH_OK : yh_org_load(w->cx->tx, id, w->cx->arena, &org, err);

	if (rc == YH_OK)
		yh_case_say(v, code, org.code);
	if (rc == YH_OK && name)
		yh_case_say(v, name, org.name);
	return rc;
}

/* The event by which a step was closed; NULL: it has none (moot). */
static const struct yh_story_line *closing(const struct whole *w, const struct yh_step_row *row)
{
	const struct yh_story_line *found = NULL;

	for (size_t i = 0; row->closed_at && i < w->n_story; i++) {
		const struct yh_story_line *l = &w->story[i];

		if (l->at == row->closed_at && strncmp(l->kind, "step.", 5) == 0 &&
		    is(l->before, row->step) && is(l->role, row->role))
			found = l;
	}
	return found;
}

/* The last of a list, at most what a receiver takes: what came before it was told before. */
static void keep_last(json_t *list, size_t most)
{
	while (json_array_size(list) > most)
		(void)json_array_remove(list, 0);
}

static enum yh_rc say_step(struct whole *w, const struct yh_step_row *row, json_t *list,
			   struct yh_err *err)
{
	const json_t *schema = yh_case_form_of(w->c.procedure, row->step, row->outcome);
	const struct yh_story_line *by = closing(w, row);
	char id[YH_ID_TEXT];
	const char *form = "";
	json_t *v = json_object();
	enum yh_rc rc = say_org(w, v, "org", "org_name", &row->org, err);

	if (rc == YH_OK && by)
		rc = yh_case_text_out(w->cx, w->peer, schema, by->payload, &form, err);
	w->forms += strlen(form);
	if (strlen(form) > YH_CARRIED_BYTES || w->forms > FORMS_BYTES)
		form = "";
	yh_case_say(v, "id", yh_id_text(&row->id, id));
	yh_case_say(v, "step", row->step);
	yh_case_say(v, "kind", row->kind);
	yh_case_say(v, "role", row->role);
	yh_case_say_time(v, "opened_at", row->opened_at);
	yh_case_say(v, "period", row->period);
	yh_case_say_day(v, "start", row->start_day);
	yh_case_say_day(v, "due", row->due_day);
	yh_case_say_time(v, "due_at", row->due_at);
	(void)json_object_set_new(v, "provisional", json_boolean(row->provisional));
	(void)json_object_set_new(v, "soft", json_boolean(row->soft));
	yh_case_say(v, "article", row->article);
	yh_case_say_time(v, "closed_at", row->closed_at);
	yh_case_say(v, "outcome", row->outcome);
	yh_case_say(v, "reason", row->reason);
	yh_case_say(v, "by", by ? by->person_name : "");
	yh_case_say(v, "form", form);
	(void)json_array_append_new(list, v);
	return rc;
}

/* All but those that were done before it came. */
static enum yh_rc say_steps(struct whole *w, struct yh_err *err)
{
	json_t *list = json_array();
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc = yh_step_list(w->cx->tx, &w->c.row.id, w->cx->arena, &rows, &n, err);

	for (size_t i = (size_t)w->link.priors; rc == YH_OK && i < n; i++)
		rc = say_step(w, &rows[i], list, err);
	keep_last(list, LIST_MOST);
	(void)json_object_set_new(w->body, "steps", list);
	return rc;
}

static enum yh_rc say_problems(struct whole *w, struct yh_err *err)
{
	json_t *list = json_array();
	struct yh_case_act_row *acts;
	size_t n;
	enum yh_rc rc = yh_case_acts(w->cx->tx, w->c.row.no, w->cx->arena, &acts, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		json_t *problem = NULL;

		if (!acts[i].problem[0])
			continue;
		rc = yh_json_parse(acts[i].problem, strlen(acts[i].problem), &problem, err);
		if (rc == YH_OK)
			(void)json_array_append_new(list, json_pack("{s:I, s:o}", "act",
								    (json_int_t)acts[i].seq,
								    "problem", problem));
	}
	keep_last(list, LIST_MOST);
	(void)json_object_set_new(w->body, "problems", list);
	(void)json_object_set_new(w->body, "acts_done", json_integer(w->link.acts));
	return rc;
}

static enum yh_rc say_papers(struct whole *w, struct yh_err *err)
{
	json_t *list = json_array();
	struct yh_paper_row *papers;
	char id[YH_ID_TEXT];
	size_t n;
	enum yh_rc rc = yh_paper_of_case(w->cx->tx, &w->c.row.id, w->cx->arena, &papers, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		json_t *v = json_object();

		yh_case_say(v, "no", papers[i].no);
		yh_case_say(v, "title_zh", papers[i].title_zh);
		yh_case_say(v, "title_en", papers[i].title_en);
		yh_case_say(v, "article", papers[i].article);
		yh_case_say_time(v, "issued_at", papers[i].issued_at);
		if (!yh_id_is_zero(&papers[i].document))
			yh_case_say(v, "document", yh_id_text(&papers[i].document, id));
		(void)json_array_append_new(list, v);
	}
	keep_last(list, LIST_MOST);
	(void)json_object_set_new(w->body, "papers", list);
	return rc;
}

static enum yh_rc say_resources(struct whole *w, struct yh_err *err)
{
	json_t *list = json_array();
	struct yh_resource_row *rows;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(w->cx->tx, &w->c.row.id, w->cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		(void)json_array_append_new(list,
					    json_pack("{s:s, s:s, s:s, s:s}", "no", rows[i].no,
						      "name", rows[i].name, "kind", rows[i].kind,
						      "state", rows[i].state));
	keep_last(list, RESOURCES_MOST);
	(void)json_object_set_new(w->body, "resources", list);
	return rc;
}

/* What it was returned for last, and why it ended. */
static void say_words(struct whole *w)
{
	const char *defects = "", *reason = "";

	for (size_t i = 0; i < w->n_story; i++) {
		if (is(w->story[i].kind, "case.returned"))
			defects = w->story[i].payload;
		if (is(w->story[i].kind, "case.ended"))
			reason = w->story[i].reason;
	}
	yh_case_say(w->body, "defects", defects);
	yh_case_say(w->body, "reason", reason);
}

static enum yh_rc say_head(struct whole *w, struct yh_err *err)
{
	const struct yh_case_row *r = &w->c.row;
	struct yh_project_row p = { .code = "" };
	struct yh_case_row about = { .no = "" };
	struct yh_cloud_row cloud;
	const char *form;
	json_t *b = w->body;
	enum yh_rc rc = yh_cloud_load(w->cx->tx, &r->cloud, w->cx->arena, &cloud, err);

	if (rc == YH_OK && !yh_id_is_zero(&r->project))
		rc = yh_project_load(w->cx->tx, &r->project, w->cx->arena, &p, err);
	if (rc == YH_OK && !yh_id_is_zero(&r->about_case))
		rc = yh_case_load(w->cx->tx, &r->about_case, w->cx->arena, &about, err);
	if (rc == YH_OK)
		rc = yh_case_text_out(w->cx, w->peer, w->c.procedure->form, r->form, &form, err);
	if (rc == YH_OK)
		rc = say_org(w, b, "unit", NULL, &r->unit, err);
	if (rc == YH_OK)
		rc = say_org(w, b, "filer", "filer_name", &r->filer_org, err);
	if (rc == YH_OK)
		rc = say_org(w, b, "provider", "provider_name", &r->provider, err);
	if (rc != YH_OK)
		return rc;
	yh_case_say(b, "procedure", r->procedure);
	yh_case_say(b, "title", r->title);
	rc = yh_case_say_label(w->cx, b, r, err);
	yh_case_say(b, "role", r->filer_role);
	yh_case_say(b, "started_by", r->started_by);
	yh_case_say(b, "cloud", cloud.code);
	yh_case_say(b, "project", p.code);
	yh_case_say(b, "about", about.no);
	yh_case_say(b, "form", form);
	yh_case_say(b, "state", r->state);
	yh_case_say_time(b, "filed_at", r->filed_at);
	yh_case_say_time(b, "ended_at", r->ended_at);
	yh_case_say_day(b, "answer_due", r->answer_due);
	(void)json_object_set_new(b, "returned_times", json_integer(r->returned_times));
	(void)json_object_set_new(b, "effected", json_boolean(r->effected));
	return rc;
}

static enum yh_rc say_files(struct whole *w, struct yh_err *err)
{
	const struct yh_link_files_of of = { w->c.row.id, 0, INT64_MAX, NULL, 0 };
	enum yh_rc rc = yh_link_files_say(w->cx, w->peer, &of, w->body, err);

	return rc == YH_OK ? yh_link_files_standing(w->cx, w->peer, &w->c.row.id, w->body, err)
			   : rc;
}

static enum yh_rc say_all(struct whole *w, struct yh_err *err)
{
	enum yh_rc rc =
		yh_case_story(w->cx->tx, &w->c.row.id, w->cx->arena, &w->story, &w->n_story, err);

	if (rc == YH_OK)
		rc = say_head(w, err);
	if (rc == YH_OK)
		rc = say_steps(w, err);
	if (rc == YH_OK)
		rc = say_problems(w, err);
	if (rc == YH_OK)
		rc = say_papers(w, err);
	if (rc == YH_OK)
		rc = say_resources(w, err);
	if (rc == YH_OK)
		say_words(w);
	return rc == YH_OK ? say_files(w, err) : rc;
}

/* Is a case that began here the district's to hear of? */
static enum yh_rc concerns(struct whole *w, const char *no, bool *does, struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_org_row unit;
	struct yh_id id;
	enum yh_rc rc = yh_case_id_by_no(w->cx->tx, no, &id, &why);

	*does = false;
	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		*err = why;
		return rc;
	}
	rc = yh_case_get(w->cx, &id, &w->c, err);
	if (rc == YH_OK)
		rc = yh_org_load(w->cx->tx, &w->c.row.unit, w->cx->arena, &unit, err);
	*does = rc == YH_OK && is(unit.district, w->peer->district) &&
		!yh_id_eq(&w->c.row.cloud, &w->peer->cloud);
	return rc;
}

static enum yh_rc say_turned_away(struct whole *w, struct yh_err *err)
{
	json_t *problem;
	enum yh_rc rc = yh_json_parse(w->link.problem, strlen(w->link.problem), &problem, err);

	if (rc == YH_OK)
		(void)json_object_set_new(w->body, "turned_away", problem);
	return rc;
}

enum yh_rc yh_case_down_build(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			      json_t **body, struct yh_err *err)
{
	struct whole w = { .cx = cx, .peer = peer };
	bool found, does = true;
	enum yh_rc rc = yh_case_link_load(cx->tx, no, cx->arena, &w.link, &found, err);

	*body = NULL;
	if (rc != YH_OK || (found && !yh_id_eq(&w.link.peer, &peer->id)))
		return rc;
	if (!found || !yh_id_is_zero(&w.link.case_id))
		rc = concerns(&w, no, &does, err);
	if (rc != YH_OK || !does)
		return rc;
	w.body = json_object();
	yh_case_say(w.body, "kind", "standing");
	yh_case_say(w.body, "no", no);
	if (found)
		yh_case_say(w.body, "filed_there", w.link.form);
	rc = found && yh_id_is_zero(&w.link.case_id) ? say_turned_away(&w, err) : say_all(&w, err);
	if (rc == YH_OK)
		*body = w.body;
	else
		json_decref(w.body);
	return rc;
}
