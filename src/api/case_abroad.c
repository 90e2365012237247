/* Cases across the districts' link, as they look on either side. */
#include <string.h>

#include "api/case_names.h"
#include "api/case_view.h"
#include "api/list.h"
#include "api/trial_view.h"
#include "cases/problem.h"
#include "store/case_abroad.h"
#include "store/link_file.h"

static void write_problem(struct yh_req *rq, const char *key, const char *text)
{
	struct yh_err problem;

	if (yh_problem_read(text, &problem))
		yh_view_problem(rq, key, &problem);
	else
		yh_jw_null(rq->w, key);
}

/* The city's last word, and the files of the case that it told of. */
struct told {
	const json_t *body;
	struct yh_link_file_row *files;
	size_t n;
};

/* What was done here, as it was sent. */
static void write_act(struct yh_req *rq, const struct yh_case *c, const struct yh_case_act_row *act,
		      bool refused)
{
	YH_JSON_AUTO body = NULL;
	const char *what, *step;

	if (yh_json_parse(act->body, strlen(act->body), &body, NULL) != YH_OK)
		return;
	what = yh_json_text(body, "act");
	step = yh_json_text(body, "step");
	yh_jw_obj(rq->w, NULL);
	yh_list_word(rq, "act", "act", what ? what : "");
	yh_jw_str(rq->w, "step", step && step[0] ? step : NULL);
	if (step && step[0]) {
		struct yh_text2 title =
			yh_view_step_title(rq, &c->row.pack, c->row.procedure, step);

		yh_list_titled(rq, "step", yh_view_words(rq, title));
	}
	yh_jw_time(rq->w, "at", act->at);
	if (refused)
		write_problem(rq, "problem", c->withheld ? "" : act->problem);
	yh_jw_end_obj(rq->w);
}

static enum yh_rc write_acts(struct yh_req *rq, const struct yh_case *c,
			     const struct yh_case_link_row *link, struct yh_err *err)
{
	struct yh_case_act_row *acts;
	size_t n;
	enum yh_rc rc = yh_case_acts(rq->cx.tx, link->no, rq->cx.arena, &acts, &n, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "on_their_way");
	for (size_t i = 0; i < n; i++)
		if (acts[i].seq > link->acts_done)
			write_act(rq, c, &acts[i], false);
	yh_jw_end_arr(rq->w);
	yh_jw_arr(rq->w, "not_taken");
	for (size_t i = 0; i < n; i++)
		if (acts[i].problem[0])
			write_act(rq, c, &acts[i], true);
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

/* What is here, or on its way, of what the city calls `far`. */
static const struct yh_link_file_row *file_of(const struct told *t, const char *far)
{
	for (size_t i = 0; far && i < t->n; i++)
		if (strcmp(t->files[i].far, far) == 0)
			return &t->files[i];
	return NULL;
}

static void write_paper(struct yh_req *rq, const struct told *t, const json_t *p)
{
	const struct yh_link_file_row *f = file_of(t, yh_json_text(p, "document"));
	const char *no = yh_json_text(p, "no"), *at = yh_json_text(p, "issued_at");
	const char *title = yh_json_text(p, strcmp(rq->lang, "en") == 0 ? "title_en" : "title_zh");

	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "no", no ? no : "");
	yh_jw_str(rq->w, "title", title ? title : "");
	yh_jw_str(rq->w, "issued_at", at ? at : "");
	if (f && strcmp(f->state, "here") == 0)
		yh_jw_id(rq->w, "document", &f->id);
	else
		yh_jw_null(rq->w, "document");
	yh_jw_end_obj(rq->w);
}

static void write_resource(struct yh_req *rq, const json_t *r)
{
	const char *no = yh_json_text(r, "no"), *name = yh_json_text(r, "name");
	const char *kind = yh_json_text(r, "kind"), *state = yh_json_text(r, "state");

	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "no", no ? no : "");
	yh_jw_str(rq->w, "name", name ? name : "");
	yh_jw_str(rq->w, "kind", kind ? kind : "");
	yh_jw_str(rq->w, "kind_title", kind ? yh_view_kind(rq, NULL, kind) : "");
	yh_list_word(rq, "state", "resource", state ? state : "");
	yh_jw_end_obj(rq->w);
}

/* What the city told last of its papers and resources: they may not have come themselves. */
static enum yh_rc write_told(struct yh_req *rq, const struct yh_case *c, const char *text,
			     struct yh_err *err)
{
	struct told t = { 0 };
	const json_t *papers, *resources;
	enum yh_rc rc = yh_link_file_of(rq->cx.tx, &c->row.id, rq->cx.arena, &t.files, &t.n, err);

	if (rc != YH_OK)
		return rc;
	if (text[0] && yh_json_parse_in(rq->cx.arena, text, strlen(text), &t.body, NULL) != YH_OK)
		t.body = NULL;
	papers = json_object_get(t.body, "papers");
	resources = json_object_get(t.body, "resources");
	yh_jw_arr(rq->w, "papers");
	for (size_t i = 0; i < json_array_size(papers); i++)
		write_paper(rq, &t, json_array_get(papers, i));
	yh_jw_end_arr(rq->w);
	yh_jw_arr(rq->w, "resources");
	for (size_t i = 0; !c->withheld && i < json_array_size(resources); i++)
		write_resource(rq, json_array_get(resources, i));
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

/* At the district. */
static enum yh_rc write_abroad(struct yh_req *rq, const struct yh_case *c,
			       const struct yh_case_link_row *link, struct yh_err *err)
{
	enum yh_rc rc;

	yh_jw_obj(rq->w, "abroad");
	yh_list_word(rq, "with", "abroad", c->row.abroad == YH_CASE_BOUND ? "district" : "city");
	rc = yh_view_cloud(rq, "at", &c->row.cloud, err);
	yh_jw_time(rq->w, "carried_at", link->carried_at);
	yh_jw_time(rq->w, "told_at", link->told[0] ? link->at : 0);
	write_problem(rq, "turned_away", c->withheld ? "" : link->problem);
	if (rc == YH_OK)
		rc = write_acts(rq, c, link, err);
	if (rc == YH_OK)
		rc = write_told(rq, c, link->told, err);
	yh_jw_end_obj(rq->w);
	return rc;
}

enum yh_rc yh_view_abroad(struct yh_req *rq, const struct yh_case *c, struct yh_err *err)
{
	struct yh_case_link_row link;
	bool found;
	enum yh_rc rc = yh_case_link_of(rq->cx.tx, &c->row.id, rq->cx.arena, &link, &found, err);

	if (rc != YH_OK)
		return rc;
	if (!found)
		link = (struct yh_case_link_row){ .problem = "", .told = "" };
	if (c->row.abroad != YH_CASE_HERE)
		return write_abroad(rq, c, &link, err);
	yh_jw_null(rq->w, "abroad");
	if (!found || link.priors == 0)
		return YH_OK;
	yh_jw_obj(rq->w, "came");
	yh_jw_time(rq->w, "at", link.carried_at);
	yh_jw_end_obj(rq->w);
	return YH_OK;
}
