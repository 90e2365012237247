/* At the district: cases that are handed over to the city, and what is done in them here. */
#include <stdio.h>
#include <string.h>

#include "link/case_internal.h"
#include "link/file.h"
#include "store/case_query.h"
#include "store/party.h"
#include "store/person.h"
#include "store/project.h"

static enum yh_rc org_code(struct yh_ctx *cx, const struct yh_id *id, json_t *body,
			   const char *name, struct yh_err *err)
{
	struct yh_org_row org;
	enum yh_rc rc = yh_org_load(cx->tx, id, cx->arena, &org, err);

	if (rc == YH_OK)
		yh_case_say(body, name, org.code);
	return rc;
}

static enum yh_rc person_name(struct yh_ctx *cx, const struct yh_id *id, json_t *body,
			      struct yh_err *err)
{
	struct yh_person_row p = { .name = "" };
	enum yh_rc rc = yh_id_is_zero(id) ? YH_OK : yh_person_load(cx->tx, id, cx->arena, &p, err);

	if (rc == YH_OK)
		yh_case_say(body, "by", p.name);
	return rc;
}

/* With what a step was answered. */
static const char *answer_of(const struct yh_story_line *list, size_t n,
			     const struct yh_step_row *row)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].at == row->closed_at && strcmp(list[i].before, row->step) == 0)
			return list[i].payload;
	return "";
}

static enum yh_rc add_prior(struct yh_ctx *cx, const struct yh_link_peer *peer,
			    const struct yh_case *c, const struct yh_step_row *row,
			    const char *answer, json_t *list, struct yh_err *err)
{
	const json_t *schema = yh_case_form_of(c->procedure, row->step, row->outcome);
	json_t *v = json_object();
	const char *form;
	enum yh_rc rc = yh_case_text_out(cx, peer, schema, answer, &form, err);

	yh_case_say(v, "step", row->step);
	yh_case_say(v, "role", row->role);
	yh_case_say(v, "outcome", row->outcome);
	yh_case_say(v, "reason", row->reason);
	yh_case_say(v, "article", row->article);
	yh_case_say_time(v, "opened_at", row->opened_at);
	yh_case_say_time(v, "at", row->closed_at);
	if (rc == YH_OK)
		rc = org_code(cx, &row->org, v, "org", err);
	if (rc == YH_OK)
		rc = person_name(cx, &row->closed_by, v, err);
	if (rc == YH_OK)
		yh_case_say(v, "form", form);
	(void)json_array_append_new(list, v);
	return rc;
}

/* Was the desk answered anew, after a correction led back before it? */
static bool again(const struct yh_step_row *rows, size_t n, size_t i)
{
	for (size_t j = i + 1; j < n; j++)
		if (yh_id_is_zero(&rows[j].told) && rows[j].closed_at &&
		    strcmp(rows[j].outcome, "moot") != 0 &&
		    strcmp(rows[j].step, rows[i].step) == 0 &&
		    strcmp(rows[j].role, rows[i].role) == 0)
			return true;
	return false;
}

/* What the district did before it handed the case over: its last word at each desk. */
static enum yh_rc add_priors(struct yh_ctx *cx, const struct yh_link_peer *peer,
			     const struct yh_case *c, json_t *body, struct yh_err *err)
{
	json_t *list = json_array();
	struct yh_story_line *answers;
	struct yh_step_row *rows;
	size_t n, n_answers;
	enum yh_rc rc = yh_step_list(cx->tx, &c->row.id, cx->arena, &rows, &n, err);

	if (rc == YH_OK)
		rc = yh_case_answers(cx->tx, &c->row.id, cx->arena, &answers, &n_answers, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_id_is_zero(&rows[i].told) && rows[i].closed_at &&
		    strcmp(rows[i].outcome, "moot") != 0 && !again(rows, n, i))
			rc = add_prior(cx, peer, c, &rows[i],
				       answer_of(answers, n_answers, &rows[i]), list, err);
	(void)json_object_set_new(body, "prior", list);
	return rc;
}

static enum yh_rc add_project(struct yh_ctx *cx, const struct yh_case *c, json_t *body,
			      struct yh_err *err)
{
	struct yh_project_row p = { .code = "", .name = "" };
	enum yh_rc rc = yh_id_is_zero(&c->row.project)
				? YH_OK
				: yh_project_load(cx->tx, &c->row.project, cx->arena, &p, err);

	if (rc == YH_OK) {
		yh_case_say(body, "project", p.code);
		yh_case_say(body, "project_name", p.name);
	}
	return rc;
}

static enum yh_rc head(struct yh_ctx *cx, const struct yh_link_peer *peer, const struct yh_case *c,
		       const char *filed, json_t *body, struct yh_err *err)
{
	struct yh_cloud_row cloud;
	struct yh_case_row about = { .no = "" };
	const char *form;
	enum yh_rc rc = yh_cloud_load(cx->tx, &c->row.cloud, cx->arena, &cloud, err);

	if (rc == YH_OK && !yh_id_is_zero(&c->row.about_case))
		rc = yh_case_load(cx->tx, &c->row.about_case, cx->arena, &about, err);
	if (rc == YH_OK)
		rc = yh_case_text_out(cx, peer, c->procedure->form, filed, &form, err);
	if (rc == YH_OK)
		rc = org_code(cx, &c->row.unit, body, "unit", err);
	if (rc == YH_OK)
		rc = org_code(cx, &c->row.filer_org, body, "filer", err);
	if (rc == YH_OK)
		rc = person_name(cx, &c->row.filer, body, err);
	if (rc != YH_OK)
		return rc;
	yh_case_say(body, "kind", "case");
	yh_case_say(body, "no", c->row.no);
	yh_case_say(body, "procedure", c->row.procedure);
	yh_case_say(body, "title", c->row.title);
	rc = yh_case_say_label(cx, body, &c->row, err);
	yh_case_say(body, "role", c->row.filer_role);
	yh_case_say(body, "cloud", cloud.code);
	yh_case_say(body, "about", about.no);
	yh_case_say(body, "form", form);
	yh_case_say_time(body, "filed_at", c->row.filed_at);
	return rc;
}

/* What went with it, and with the acts that the city has dealt with: their labels may have risen.
 */
static enum yh_rc add_files(struct yh_ctx *cx, const struct yh_link_peer *peer,
			    const struct yh_case_link_row *link, json_t *body, struct yh_err *err)
{
	struct yh_link_files_of of = { link->case_id, 0, link->carried_at, NULL, 0 };
	struct yh_case_act_row *acts;
	size_t n = 0;
	enum yh_rc rc = yh_case_acts(cx->tx, link->no, cx->arena, &acts, &n, err);

	of.acts = acts;
	while (rc == YH_OK && of.n_acts < n && acts[of.n_acts].seq <= link->acts_done)
		of.n_acts++;
	return rc == YH_OK ? yh_link_files_say(cx, peer, &of, body, err) : rc;
}

/* The form as it stood when the case was handed over; corrections since are acts. */
static enum yh_rc build_case(struct yh_ctx *cx, const struct yh_link_peer *peer,
			     const struct yh_case_link_row *link, json_t **out, struct yh_err *err)
{
	json_t *body = json_object();
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, &link->case_id, &c, err);

	if (rc == YH_OK)
		rc = head(cx, peer, &c, link->form, body, err);
	if (rc == YH_OK)
		rc = add_project(cx, &c, body, err);
	if (rc == YH_OK)
		rc = add_priors(cx, peer, &c, body, err);
	if (rc == YH_OK)
		rc = add_files(cx, peer, link, body, err);
	if (rc == YH_OK)
		*out = body;
	else
		json_decref(body);
	return rc;
}

/* What was done, its forms as the city knows things. */
static enum yh_rc build_act(struct yh_ctx *cx, const struct yh_link_peer *peer,
			    const struct yh_case_act_row *act, const struct yh_case_link_row *link,
			    json_t **out, struct yh_err *err)
{
	const struct yh_link_files_of of = { link->case_id, act->at, act->at, NULL, 0 };
	YH_JSON_AUTO body = NULL;
	const char *form, *step, *outcome;
	const json_t *schema;
	struct yh_case c;
	enum yh_rc rc = yh_json_parse(act->body, strlen(act->body), &body, err);

	if (rc == YH_OK)
		rc = yh_case_get(cx, &link->case_id, &c, err);
	if (rc != YH_OK)
		return rc;
	step = yh_json_text(body, "step");
	outcome = yh_json_text(body, "outcome");
	schema = step && step[0] ? yh_case_form_of(c.procedure, step, outcome ? outcome : "")
				 : c.procedure->form;
	form = yh_json_text(body, "form");
	rc = yh_case_text_out(cx, peer, schema, form ? form : "", &form, err);
	if (rc != YH_OK)
		return rc;
	yh_case_say(body, "kind", "act");
	yh_case_say(body, "form", form);
	yh_case_say(body, "reason", yh_json_text(body, "reason"));
	rc = yh_link_files_say(cx, peer, &of, body, err);
	if (rc == YH_OK)
		*out = json_incref(body);
	return rc;
}

enum yh_rc yh_case_up_build(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			    json_t **body, struct yh_err *err)
{
	const char *slash = strchr(key, '/');
	struct yh_case_link_row link;
	struct yh_case_act_row act;
	bool found;
	enum yh_rc rc;

	*body = NULL;
	if (!slash) {
		rc = yh_case_link_load(cx->tx, key, cx->arena, &link, &found, err);
		return rc == YH_OK && found && link.filed_here
			       ? build_case(cx, peer, &link, body, err)
			       : rc;
	}
	rc = yh_case_act_load(cx->tx, key, cx->arena, &act, &found, err);
	if (rc != YH_OK || !found)
		return rc;
	rc = yh_case_link_load(cx->tx, act.no, cx->arena, &link, &found, err);
	return rc == YH_OK && found ? build_act(cx, peer, &act, &link, body, err) : rc;
}
