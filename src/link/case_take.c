/* At the city: cases that districts hand over, and what is done in them there. What the measures
 * say against either is an answer, which goes down; it does not stop the stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/problem.h"
#include "law/label.h"
#include "link/case_internal.h"
#include "link/file.h"
#include "link/place.h"
#include "link/shape.h"
#include "services/document/document.h"
#include "store/event.h"
#include "store/party.h"
#include "store/person.h"
#include "store/project.h"

enum { PRIORS_MOST = 20, DEFECTS_BYTES = 64 * 1024 };

/* An organisation of the peer's district, and no other. */
static enum yh_rc org_of(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			 const char *field, struct yh_org_row *out, struct yh_err *err)
{
	char code[64];
	enum yh_rc rc = YH_CASE_FIELD(body, field, true, code, err);

	if (rc == YH_OK)
		rc = yh_org_by_code(cx->tx, code, cx->arena, out, err);
	if (rc == YH_OK && strcmp(out->district, peer->district) != 0)
		rc = yh_fail(err, YH_NOT_FOUND, "org-unknown");
	if (rc == YH_NOT_FOUND)
		yh_err_field(err, "/%s", field);
	return rc;
}

enum yh_rc yh_case_as_far(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			  const char *org_field, struct yh_case_far *f, struct yh_err *err)
{
	struct yh_org_row org;
	enum yh_rc rc = YH_CASE_FIELD(body, "by", false, f->name, err);

	if (rc == YH_OK)
		rc = YH_CASE_FIELD(body, "role", true, f->role, err);
	if (rc == YH_OK)
		rc = org_of(cx, peer, body, org_field, &org, err);
	if (rc != YH_OK)
		return rc;
	f->grant = (struct yh_grant){ .role = f->role,
				      .org = org.id,
				      .org_name = org.name,
				      .district = yh_arena_strdup(cx->arena, org.district),
				      .closed = strcmp(org.status, "active") != 0,
				      .capacity = "sign" };
	f->actor = (struct yh_actor){ .login = "",
				      .name = f->name,
				      .grants = &f->grant,
				      .n_grants = 1,
				      .scopes = "all",
				      .source = yh_arena_printf(cx->arena, YH_FAR "%s", f->name),
				      .far = true };
	f->cx = *cx;
	f->cx.actor = &f->actor;
	return f->grant.district && f->actor.source ? YH_OK
						    : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* The unit entered it at its own server; it comes to be here with what is asked for it first. */
static enum yh_rc project_of(struct yh_ctx *cx, const json_t *body, const struct yh_id *unit,
			     const struct yh_id *cloud, struct yh_id *out, struct yh_err *err)
{
	struct yh_project_row p = { .unit = *unit,
				    .cloud = *cloud,
				    .state = "initiating",
				    .created_at = cx->now,
				    .version = 1 };
	struct yh_err why = { 0 };
	char name[260];
	enum yh_rc rc = YH_CASE_FIELD(body, "project", false, p.code, err);

	if (rc == YH_OK)
		rc = YH_CASE_FIELD(body, "project_name", false, name, err);
	if (rc != YH_OK || !p.code[0])
		return rc;
	rc = yh_project_by_code(cx->tx, p.code, cx->arena, &p, &why);
	if (rc == YH_OK && (!yh_id_eq(&p.unit, unit) || !yh_id_eq(&p.cloud, cloud)))
		return yh_fail_field(err, YH_NOT_FOUND, "project-unknown", "/project");
	*out = p.id;
	if (rc != YH_NOT_FOUND) {
		if (rc != YH_OK && err && err->rc == YH_OK)
			*err = why;
		return rc;
	}
	if (!name[0])
		return yh_fail_field(err, YH_NOT_FOUND, "project-unknown", "/project");
	p.id = *out = yh_ctx_new_id(cx);
	p.name = name;
	rc = yh_project_insert(cx->tx, &p, err);
	return rc == YH_OK ? yh_event_insert(cx->tx,
					     &(struct yh_event){ .id = yh_ctx_new_id(cx),
								 .at = cx->now,
								 .kind = "project.entered",
								 .object_kind = "project",
								 .object_id = p.id,
								 .role = "unit",
								 .org = *unit,
								 .after = p.state,
								 .source = cx->actor->source },
					     err)
			   : rc;
}

enum yh_rc yh_case_parse_form(struct yh_ctx *cx, const struct yh_link_peer *peer,
			      const json_t *schema, const json_t *body, const char *field,
			      const json_t **out, struct yh_err *err)
{
	const char *text;
	enum yh_rc rc = yh_case_long(cx, body, field, &text, err);

	*out = NULL;
	if (rc == YH_OK)
		rc = yh_case_text_in(cx, peer, schema, text, &text, err);
	return rc == YH_OK && text[0] ? yh_json_parse_in(cx->arena, text, strlen(text), out, err)
				      : rc;
}

struct prior_text {
	char step[48], role[32], outcome[32], by[128];
};

static enum yh_rc read_prior(struct yh_ctx *cx, const struct yh_link_peer *peer,
			     const struct yh_procedure *p, const json_t *v, struct yh_prior *out,
			     struct yh_err *err)
{
	struct prior_text *t = YH_NEW(cx->arena, struct prior_text);
	struct yh_org_row org;
	enum yh_rc rc = t ? YH_CASE_FIELD(v, "step", true, t->step, err)
			  : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "role", true, t->role, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "outcome", true, t->outcome, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "by", false, t->by, err);
	if (rc == YH_OK)
		rc = yh_case_long(cx, v, "reason", &out->reason, err);
	if (rc == YH_OK)
		rc = yh_case_instant(cx, v, "opened_at", &out->opened_at, err);
	if (rc == YH_OK)
		rc = yh_case_instant(cx, v, "at", &out->at, err);
	if (rc == YH_OK)
		rc = org_of(cx, peer, v, "org", &org, err);
	if (rc == YH_OK)
		rc = yh_case_parse_form(cx, peer, yh_case_form_of(p, t->step, t->outcome), v,
					"form", &out->form, err);
	if (rc != YH_OK)
		return rc;
	if (!out->opened_at) /* who does not say so answered at once */
		out->opened_at = out->at;
	out->step = t->step;
	out->role = t->role;
	out->outcome = t->outcome;
	out->by = t->by;
	out->org = org.id;
	return YH_OK;
}

/* A case that arrives. */
struct arriving {
	struct yh_ctx *cx;
	const struct yh_link_peer *peer;
	const json_t *body;
	struct yh_case_link_row link;
	struct yh_case c;
};

static enum yh_rc file(struct arriving *a, struct yh_case_far *f, const struct yh_procedure *p,
		       struct yh_file_in *in, struct yh_arrival *how, struct yh_err *err)
{
	const json_t *list = json_object_get(a->body, "prior");
	struct yh_prior *priors;
	size_t n = json_array_size(list);
	char *payload = yh_json_canonical(json_object_get(a->body, "documents"));
	enum yh_rc rc = YH_OK;

	if (n > PRIORS_MOST) {
		free(payload);
		return yh_fail_field(err, YH_BAD_INPUT, "link-field", "/prior");
	}
	priors = YH_NEW_N(a->cx->arena, struct yh_prior, n + 1);
	if (!priors)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = read_prior(&f->cx, a->peer, p, json_array_get(list, i), &priors[i], err);
	how->priors = priors;
	how->n = n;
	a->link.priors = (int64_t)n;
	how->payload = payload;
	if (rc == YH_OK)
		rc = yh_case_arrive(&f->cx, in, how, &a->c, err);
	free(payload);
	return rc;
}

static enum yh_rc arrive(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct arriving *a = arg;
	const struct yh_law_book *law = a->cx->world->law;
	struct yh_arrival how = { .no = a->link.no };
	struct yh_file_in in = { .procedure = NULL };
	char procedure[48], title[260], cloud_code[64], about[YH_CASE_NO], label[YH_LABEL_TEXT];
	const struct yh_procedure *p;
	const struct yh_pack *pack;
	struct yh_cloud_row cloud;
	struct yh_org_row unit;
	struct yh_case_far f = { .cx = *a->cx };
	enum yh_rc rc = yh_case_as_far(a->cx, a->peer, a->body, "filer", &f, err);

	if (rc == YH_OK)
		rc = org_of(a->cx, a->peer, a->body, "unit", &unit, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(a->body, "procedure", true, procedure, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(a->body, "title", false, title, err);
	if (rc == YH_OK)
		rc = yh_case_label_told(a->body, label, sizeof label, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(a->body, "cloud", true, cloud_code, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(a->body, "about", false, about, err);
	if (rc == YH_OK)
		rc = yh_cloud_by_code(tx, cloud_code, a->cx->arena, &cloud, err);
	if (rc == YH_OK && yh_id_eq(&cloud.id, &a->peer->cloud))
		rc = yh_fail_field(err, YH_NOT_FOUND, "cloud-unknown", "/cloud");
	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(a->cx), &pack, err);
	if (rc != YH_OK)
		return rc;
	p = yh_pack_procedure(pack, procedure);
	in = (struct yh_file_in){ .procedure = procedure,
				  .unit = unit.id,
				  .cloud = cloud.id,
				  .title = title,
				  .label = label[0] ? label : NULL };
	if (about[0])
		rc = yh_case_id_by_no(tx, about, &in.about_case, err);
	if (rc == YH_OK)
		rc = project_of(&f.cx, a->body, &unit.id, &cloud.id, &in.project, err);
	if (rc == YH_OK)
		rc = yh_case_parse_form(a->cx, a->peer, p ? p->form : NULL, a->body, "form",
					&in.form, err);
	return rc == YH_OK ? file(a, &f, p, &in, &how, err) : rc;
}

bool yh_case_is_answer(const struct yh_err *why)
{
	return why->rc != YH_OK && why->rc != YH_INTERNAL && !yh_link_is_failure(why);
}

enum yh_rc yh_case_keep_problem(struct yh_ctx *cx, const struct yh_err *why, const char **out,
				struct yh_err *err)
{
	json_t *v = yh_problem_json(why);
	char *text = v ? yh_json_canonical(v) : NULL;

	json_decref(v);
	if (!text || !yh_arena_defer(cx->arena, free, text))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*out = text;
	return YH_OK;
}

/* A district that was put back gives numbers again; by when it was filed a case is told apart. */
static bool is_another(const struct arriving *a, const char *filed)
{
	return a->link.form[0] && strcmp(a->link.form, filed ? filed : "") != 0;
}

/* The number is the first one's, whose standing tells the district. */
static enum yh_rc note_another(struct arriving *a, struct yh_err *err)
{
	struct yh_err why = { 0 };
	const char *problem;
	enum yh_rc rc;

	(void)yh_fail(&why, YH_CONFLICT, "case-number-taken");
	yh_err_text(&why, "case", a->link.no);
	rc = yh_case_keep_problem(a->cx, &why, &problem, err);
	return rc == YH_OK ? yh_event_insert(a->cx->tx,
					     &(struct yh_event){ .id = yh_ctx_new_id(a->cx),
								 .at = a->cx->now,
								 .kind = "case.number-taken",
								 .case_id = a->link.case_id,
								 .object_kind = "case",
								 .object_id = a->link.case_id,
								 .org = a->peer->org,
								 .outcome = "refused",
								 .reason = a->link.no,
								 .source = YH_FAR,
								 .payload = problem },
					     err)
			   : rc;
}

/* It is not taken: remembered under its number, and told. */
static enum yh_rc turn_away(struct arriving *a, const struct yh_err *why, struct yh_err *err)
{
	enum yh_rc rc = yh_case_keep_problem(a->cx, why, &a->link.problem, err);

	return rc == YH_OK ? yh_event_insert(a->cx->tx,
					     &(struct yh_event){ .id = yh_ctx_new_id(a->cx),
								 .at = a->cx->now,
								 .kind = "case.turned-away",
								 .object_kind = "case",
								 .org = a->peer->org,
								 .article = why->article,
								 .outcome = "refused",
								 .reason = a->link.no,
								 .source = YH_FAR,
								 .payload = a->link.problem },
					     err)
			   : rc;
}

/* Numbers are given in the name of a cloud (number_of in cases/file.c); in another's name the
 * number is its owner's still to give, and nothing is kept under it. */
static enum yh_rc need_own_number(struct yh_ctx *cx, const struct yh_link_peer *peer,
				  const char *no, struct yh_err *err)
{
	struct yh_cloud_row cloud;
	char name[YH_CASE_NO];
	enum yh_rc rc = yh_cloud_load(cx->tx, &peer->cloud, cx->arena, &cloud, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(name, sizeof name, "%.12s-", cloud.code);
	return strncmp(no, name, strlen(name)) == 0 ? YH_OK
						    : yh_link_foreign(err, "no", "case", no);
}

/* It came before: its label may have risen, and an older program told less of its files. */
static enum yh_rc take_again(struct arriving *a, struct yh_err *err)
{
	char label[YH_LABEL_TEXT];
	struct yh_case c;
	enum yh_rc rc = yh_case_label_told(a->body, label, sizeof label, err);

	if (rc == YH_OK)
		rc = yh_case_take(a->cx, &a->link.case_id, &c, err);
	if (rc == YH_OK && label[0])
		rc = yh_case_label_heard(a->cx, &c, label, YH_FAR, err);
	return rc == YH_OK ? yh_link_files_take(a->cx, a->peer, &a->link.case_id, a->body, err)
			   : rc;
}

static enum yh_rc take_case(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			    const json_t *body, struct yh_err *err)
{
	struct arriving a = { .cx = cx, .peer = peer, .body = body };
	struct yh_err why = { 0 };
	const char *filed = yh_json_text(body, "filed_at");
	bool found;
	enum yh_rc rc = need_own_number(cx, peer, no, err);

	if (rc == YH_OK)
		rc = yh_case_link_load(cx->tx, no, cx->arena, &a.link, &found, err);
	if (rc != YH_OK)
		return rc;
	if (found && !yh_id_eq(&a.link.peer, &peer->id))
		return yh_fail_field(err, YH_BAD_INPUT, "case-number-taken", "/no");
	if (found && is_another(&a, filed))
		return note_another(&a, err);
	if (found)
		return yh_id_is_zero(&a.link.case_id) ? YH_OK : take_again(&a, err);
	a.link = (struct yh_case_link_row){ .peer = peer->id,
					    .at = cx->now,
					    .carried_at = cx->now,
					    .form = filed ? filed : "",
					    .problem = "",
					    .told = "" };
	(void)snprintf(a.link.no, sizeof a.link.no, "%s", no);
	rc = yh_db_try(cx->tx, arrive, &a, &why, err);
	if (rc == YH_OK && why.rc != YH_OK && !yh_case_is_answer(&why)) {
		*err = why;
		return why.rc;
	}
	if (rc == YH_OK && why.rc != YH_OK)
		rc = turn_away(&a, &why, err);
	else
		a.link.case_id = a.c.row.id;
	if (rc == YH_OK)
		rc = yh_case_link_put(cx->tx, &a.link, err);
	return rc == YH_OK && why.rc == YH_OK
		       ? yh_link_files_take(cx, peer, &a.link.case_id, body, err)
		       : rc;
}

static enum yh_rc refuse_case(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *no,
			      const json_t *body, const struct yh_err *why, struct yh_err *err)
{
	const char *filed = yh_json_text(body, "filed_at");
	struct arriving a = { .cx = cx, .peer = peer, .body = body };
	bool found;
	enum yh_rc rc = need_own_number(cx, peer, no, err);

	if (rc == YH_OK)
		rc = yh_case_link_load(cx->tx, no, cx->arena, &a.link, &found, err);
	if (rc != YH_OK || found)
		return rc;
	a.link = (struct yh_case_link_row){
		.peer = peer->id, .at = cx->now, .carried_at = cx->now, .problem = "", .told = ""
	};
	a.link.form = filed ? yh_arena_printf(cx->arena, "%.40s", filed) : "";
	if (!a.link.form)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(a.link.no, sizeof a.link.no, "%s", no);
	rc = turn_away(&a, why, err);
	return rc == YH_OK ? yh_case_link_put(cx->tx, &a.link, err) : rc;
}

/* What is not even looked into is answered by its key: NO, or NO/000001. */
static enum yh_rc refuse(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			 const json_t *body, const struct yh_err *why, struct yh_err *err)
{
	const char *slash = strchr(key, '/');
	size_t n = slash ? (size_t)(slash - key) : strlen(key);
	char no[YH_CASE_NO], want[YH_CASE_DOC_KEY];
	long long seq = slash ? strtoll(slash + 1, NULL, 10) : 0;

	if (n == 0 || n >= sizeof no)
		return yh_fail_field(err, YH_BAD_INPUT, "link-field", "/no");
	memcpy(no, key, n);
	no[n] = 0;
	if (!slash)
		return refuse_case(cx, peer, no, body, why, err);
	yh_case_act_key(no, seq, want);
	if (seq < 1 || strcmp(want, key) != 0)
		return yh_fail_field(err, YH_BAD_INPUT, "link-field", "/seq");
	return yh_case_refuse_act(cx, peer, no, seq, body, why, err);
}

enum yh_rc yh_case_up_skipped(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			      const char *reason, struct yh_err *err)
{
	struct yh_err why = { 0 }, none = { 0 };
	enum yh_rc rc;

	(void)yh_fail(&why, YH_CONFLICT, "link-skipped");
	yh_err_text(&why, "reason", reason);
	rc = refuse(cx, peer, key, NULL, &why, &none);
	if (rc == YH_OK || rc == YH_BAD_INPUT) /* of nobody: nobody is told */
		return YH_OK;
	*err = none;
	return rc;
}

enum yh_rc yh_case_up_apply(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			    const json_t *body, struct yh_err *err)
{
	const char *slash = strchr(key, '/');
	static const char *const kinds[] = { "case", "act", NULL };
	const char *kind;
	char no[YH_CASE_NO], want[YH_CASE_DOC_KEY];
	struct yh_err why = { 0 };
	enum yh_rc rc;

	if (!body) /* what a district forgets, the city has dealt with */
		return YH_OK;
	rc = yh_link_shaped(body, kinds, &kind, &why);
	if (rc == YH_BAD_INPUT)
		return refuse(cx, peer, key, body, &why, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(body, "no", true, no, &why);
	if (rc != YH_OK) {
		*err = why;
		return rc;
	}
	if (slash)
		yh_case_act_key(no, json_integer_value(json_object_get(body, "seq")), want);
	else
		(void)snprintf(want, sizeof want, "%s", no);
	if (strcmp(want, key) != 0 || strcmp(kind, slash ? "act" : "case") != 0)
		return yh_fail_field(err, YH_BAD_INPUT, "link-field", "/no");
	return slash ? yh_case_take_act(cx, peer, no, body, err)
		     : take_case(cx, peer, no, body, err);
}
