/* Filing a case: who applies, about what, under which pack; the checks; the first step. */
#include "cases/internal.h"
#include "cases/mark.h"

#include <stdio.h>
#include <string.h>

#include "law/form.h"
#include "store/duty.h"
#include "store/party.h"
#include "store/person.h"
#include "store/project.h"
#include "store/resource.h"

/* A unit or sponsor files for itself; a body of the cloud files for the cloud. */
static enum yh_rc grant_for(struct yh_ctx *cx, const char *role, const struct yh_subject *s,
			    const struct yh_grant **out, struct yh_err *err)
{
	const struct yh_id *filer = yh_id_is_zero(&s->filer) ? NULL : &s->filer;
	const struct yh_id *unit = yh_id_is_zero(&s->unit) ? filer : &s->unit;
	const struct yh_id *provider = yh_id_is_zero(&s->provider) ? filer : &s->provider;
	bool has;
	enum yh_rc rc;

	*out = NULL;
	if (strcmp(role, "provider") == 0 && provider) {
		*out = yh_actor_grant(cx->actor, role, provider);
		return YH_OK;
	}
	if (strcmp(role, "unit") == 0 || strcmp(role, "sponsor") == 0 || yh_id_is_zero(&s->cloud)) {
		*out = yh_actor_grant(cx->actor, role, unit);
		return YH_OK;
	}
	for (size_t i = 0; i < cx->actor->n_grants; i++) {
		const struct yh_grant *g = &cx->actor->grants[i];

		if (strcmp(g->role, role) != 0)
			continue;
		rc = yh_cloud_has_body(cx->tx, &s->cloud, role, &g->org, &has, err);
		if (rc != YH_OK)
			return rc;
		if (has) {
			*out = g;
			return YH_OK;
		}
	}
	return YH_OK;
}

/* A duty is reported by whom it is owed by, in that role, and by nobody else: that need be no body
 * of the cloud on which it was laid. */
static enum yh_rc grant_of_duty(struct yh_ctx *cx, const struct yh_procedure *p,
				const struct yh_id *duty, const struct yh_grant **out,
				struct yh_err *err)
{
	struct yh_duty_row d;
	enum yh_rc rc = yh_duty_load(cx->tx, duty, cx->arena, &d, err);

	for (size_t i = 0; rc == YH_OK && i < p->n_filed_by; i++)
		if (strcmp(p->filed_by[i], d.owner_role) == 0)
			*out = yh_actor_grant(cx->actor, d.owner_role, &d.owner);
	return rc;
}

/* The actor's grant under which a procedure may be filed about this; NULL: none. */
static enum yh_rc filing_grant(struct yh_ctx *cx, const struct yh_procedure *p,
			       const struct yh_subject *s, const struct yh_grant **out,
			       struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*out = NULL;
	if (p->duty)
		return grant_of_duty(cx, p, &s->record, out, err);
	for (size_t i = 0; rc == YH_OK && i < p->n_filed_by && !*out; i++)
		rc = grant_for(cx, p->filed_by[i], s, out, err);
	return rc;
}

static enum yh_rc not_permitted(const struct yh_ctx *cx, const struct yh_procedure *p,
				struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const char *first = p->n_filed_by ? p->filed_by[0] : YH_SYSTEM_ROLE;
	const struct yh_role *role = NULL;
	const struct yh_pack *pack;
	enum yh_rc rc = yh_fail(err, YH_FORBIDDEN, "file-not-permitted");

	if (law->pack_on(law->self, yh_ctx_today(cx), &pack, NULL) == YH_OK)
		role = yh_pack_role(pack, first);

	yh_err_text(err, "procedure", p->name);
	yh_err_text(err, "procedure_zh", p->title.zh);
	yh_err_text(err, "procedure_en", p->title.en);
	yh_err_text(err, "roles", first);
	if (role) {
		yh_err_text(err, "roles_zh", role->title.zh);
		yh_err_text(err, "roles_en", role->title.en);
	}
	yh_err_article(err, p->article);
	return rc;
}

/* What is another's is not told to exist. */
static enum yh_rc need_own(struct yh_ctx *cx, const struct yh_procedure *p,
			   const struct yh_subject *s, const char *slug, struct yh_err *err)
{
	const struct yh_grant *g;
	enum yh_rc rc = filing_grant(cx, p, s, &g, err);

	return rc == YH_OK && !g ? yh_fail(err, YH_NOT_FOUND, slug) : rc;
}

static enum yh_rc of_project(struct yh_ctx *cx, const struct yh_procedure *p,
			     const struct yh_id *id, struct yh_subject *s, struct yh_err *err)
{
	struct yh_project_row row;
	enum yh_rc rc = yh_project_load(cx->tx, id, cx->arena, &row, err);

	if (rc == YH_OK) {
		*s = (struct yh_subject){ .unit = row.unit, .cloud = row.cloud, .project = row.id };
		rc = need_own(cx, p, s, "project-unknown", err);
	}
	if (rc == YH_NOT_FOUND)
		yh_err_field(err, "/project");
	return rc;
}

/* All resources of one application stand in one project. */
static enum yh_rc of_resources(struct yh_ctx *cx, const struct yh_procedure *p, const json_t *form,
			       struct yh_subject *s, struct yh_err *err)
{
	const json_t *list = json_object_get(form, "resources");
	size_t n = json_array_size(list);
	struct yh_id first = { { 0 } };

	if (n == 0)
		return yh_fail_field(err, YH_BAD_INPUT, "form-missing", "/form/resources");
	for (size_t i = 0; i < n; i++) {
		struct yh_resource_row r;
		struct yh_id id;
		const char *text = json_string_value(json_array_get(list, i));
		enum yh_rc rc = yh_id_parse(text ? text : "", &id, err);

		if (rc == YH_OK)
			rc = yh_resource_load(cx->tx, &id, cx->arena, &r, err);
		if (rc == YH_OK) {
			*s = (struct yh_subject){ .unit = r.unit,
						  .cloud = r.cloud,
						  .project = r.project };
			rc = need_own(cx, p, s, "resource-unknown", err);
		}
		if (i == 0)
			first = s->project;
		if (rc == YH_OK && !yh_id_eq(&s->project, &first))
			rc = yh_fail(err, YH_BAD_INPUT, "resources-of-several-projects");
		if (rc != YH_OK) {
			yh_err_field(err, "/form/resources/%zu", i);
			return rc;
		}
	}
	return YH_OK;
}

static enum yh_rc of_case(struct yh_ctx *cx, const struct yh_procedure *p, const struct yh_id *id,
			  struct yh_subject *s, struct yh_err *err)
{
	enum yh_rc rc = yh_case_of_case(cx, id, s, err);

	if (rc == YH_OK)
		rc = need_own(cx, p, s, "case-unknown", err);
	if (rc == YH_NOT_FOUND)
		yh_err_field(err, "/about");
	return rc;
}

static enum yh_rc of_record(struct yh_ctx *cx, const struct yh_procedure *p, const struct yh_id *id,
			    struct yh_subject *s, struct yh_err *err)
{
	char slug[40];
	enum yh_rc rc;

	/* its unit follows from the record, or from who files: nobody names another */
	s->unit = (struct yh_id){ { 0 } };
	rc = yh_case_of_record(cx, p, id, s, err);
	(void)snprintf(slug, sizeof slug, "%.24s-unknown", p->record->name);
	if (rc == YH_OK)
		rc = need_own(cx, p, s, slug, err);
	if (rc == YH_NOT_FOUND)
		yh_err_field(err, "/%s", p->record->name);
	return rc;
}

static enum yh_rc subject_of(struct yh_ctx *cx, const struct yh_procedure *p,
			     const struct yh_file_in *in, struct yh_subject *s, struct yh_err *err)
{
	*s = (struct yh_subject){ .cloud = in->cloud, .unit = in->unit };
	switch (p->about) {
	case YH_ABOUT_PROJECT:
		return of_project(cx, p, &in->project, s, err);
	case YH_ABOUT_RESOURCE:
		return of_resources(cx, p, in->form, s, err);
	case YH_ABOUT_CASE:
		return of_case(cx, p, &in->about_case, s, err);
	case YH_ABOUT_RECORD:
		return of_record(cx, p, &in->record, s, err);
	case YH_ABOUT_NONE:
	case YH_ABOUT_UNIT:
		break;
	}
	return YH_OK;
}

static enum yh_rc applicant_of(struct yh_ctx *cx, const struct yh_procedure *p,
			       struct yh_subject *s, const struct yh_grant **g, struct yh_err *err)
{
	enum yh_rc rc = filing_grant(cx, p, s, g, err);

	if (rc != YH_OK)
		return rc;
	if (!*g)
		return not_permitted(cx, p, err);
	if ((*g)->closed)
		return yh_fail(err, YH_CONFLICT, "unit-closed");
	if (yh_id_is_zero(&s->unit))
		s->unit = (*g)->org;
	return YH_OK;
}

/* Who files nothing of the kind hears so before anything is looked up. */
static enum yh_rc need_role(const struct yh_ctx *cx, const struct yh_procedure *p,
			    struct yh_err *err)
{
	for (size_t i = 0; i < p->n_filed_by; i++)
		if (yh_actor_grant(cx->actor, p->filed_by[i], NULL))
			return YH_OK;
	return not_permitted(cx, p, err);
}

/* The cloud of the applicant's district. */
static enum yh_rc cloud_of(struct yh_ctx *cx, struct yh_subject *s, const struct yh_grant *g,
			   struct yh_err *err)
{
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_cloud_of_district(cx->tx, g->district, cx->arena, &cloud, err);

	s->cloud = cloud.id;
	return rc;
}

/* Who files, and where: a body acts on its own cloud alone, also where none was named. */
static enum yh_rc settle_filer(struct yh_ctx *cx, const struct yh_procedure *p,
			       struct yh_subject *s, const struct yh_grant **g, struct yh_err *err)
{
	struct yh_subject asked = *s;
	enum yh_rc rc = applicant_of(cx, p, s, g, err);

	if (rc != YH_OK || !yh_id_is_zero(&s->cloud))
		return rc;
	rc = cloud_of(cx, &asked, *g, err);
	*s = asked;
	return rc == YH_OK ? applicant_of(cx, p, s, g, err) : rc;
}

static enum yh_rc check_level(const struct yh_procedure *p, const struct yh_cloud_row *cloud,
			      struct yh_err *err)
{
	bool district = strcmp(cloud->level, "district") == 0;
	enum yh_rc rc;

	if ((p->level == YH_LEVEL_MUNICIPAL && district) ||
	    (p->level == YH_LEVEL_DISTRICT && !district)) {
		rc = yh_refuse(err, "level-mismatch", p->article);
		yh_err_text(err, "cloud", cloud->name);
		return rc;
	}
	return YH_OK;
}

/* What came from the city after this server was put back may have a number already that the counter
 * does not remember. */
static enum yh_rc number_used(struct yh_ctx *cx, const char *no, bool *used, struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_id other;
	enum yh_rc rc = yh_case_id_by_no(cx->tx, no, &other, &why);

	*used = rc == YH_OK;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	if (err && err->rc == YH_OK)
		*err = why;
	return rc;
}

static enum yh_rc number_of(struct yh_ctx *cx, const struct yh_cloud_row *cloud,
			    const struct yh_procedure *p, char no[40], struct yh_err *err)
{
	char name[32];
	bool used = true;
	int64_t n;
	enum yh_rc rc = YH_OK;

	(void)snprintf(name, sizeof name, "%.12s-%d-%.6s", cloud->code,
		       yh_date_of(yh_ctx_today(cx)).year, p->code);
	while (rc == YH_OK && used) {
		rc = yh_counter_next(cx->tx, name, &n, err);
		if (rc != YH_OK)
			return rc;
		(void)snprintf(no, 40, "%s-%06lld", name, (long long)n);
		rc = number_used(cx, no, &used, err);
	}
	return rc;
}

/* The number that it came with, unless another case here has it. */
static enum yh_rc number_taken(struct yh_ctx *cx, const char *given, char no[40],
			       struct yh_err *err)
{
	bool used;
	enum yh_rc rc = number_used(cx, given, &used, err);

	if (rc == YH_OK && used) {
		rc = yh_fail(err, YH_CONFLICT, "case-number-taken");
		yh_err_text(err, "case", given);
	} else if (rc == YH_OK) {
		(void)snprintf(no, 40, "%s", given);
	}
	return rc;
}

enum yh_rc yh_case_place(struct yh_ctx *cx, const struct yh_procedure *p,
			 const struct yh_subject *s, char no[40], struct yh_err *err)
{
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_cloud_load(cx->tx, &s->cloud, cx->arena, &cloud, err);

	if (rc == YH_OK)
		rc = yh_cloud_here(cx, &s->cloud, false, err);
	if (rc == YH_OK)
		rc = check_level(p, &cloud, err);
	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, &s->unit, 1, err);
	if (rc == YH_OK && s->no)
		return number_taken(cx, s->no, no, err);
	if (rc == YH_OK && !yh_id_is_zero(&s->numbered_by))
		rc = yh_cloud_load(cx->tx, &s->numbered_by, cx->arena, &cloud, err);
	return rc == YH_OK ? number_of(cx, &cloud, p, no, err) : rc;
}

void yh_case_begin(struct yh_ctx *cx, struct yh_case *c, const struct yh_subject *s,
		   const char *title, const char *form)
{
	struct yh_case_row *r = &c->row;

	c->fresh = true;
	r->id = yh_ctx_new_id(cx);
	r->pack = yh_pack_digest(c->pack);
	r->cloud = s->cloud;
	r->unit = s->unit;
	r->project = s->project;
	r->subject = s->record;
	r->provider = s->provider;
	r->abroad = s->abroad;
	r->title = title && title[0] ? title : c->procedure->title.zh;
	r->form = form;
	r->filed_at = r->changed_at = cx->now;
	r->answer_due = YH_DAY_NONE;
	r->version = 1;
	(void)snprintf(r->procedure, sizeof r->procedure, "%s", c->procedure->name);
	(void)snprintf(r->state, sizeof r->state, "open");
}

static enum yh_rc build(struct yh_ctx *cx, const struct yh_file_in *in, struct yh_case *c,
			struct yh_err *err)
{
	const struct yh_procedure *p = c->procedure;
	const struct yh_grant *g;
	struct yh_subject s;
	char *text;
	enum yh_rc rc;

	rc = need_role(cx, p, err);
	if (rc == YH_OK)
		rc = subject_of(cx, p, in, &s, err);
	if (rc == YH_OK)
		rc = settle_filer(cx, p, &s, &g, err);
	if (rc == YH_OK && in->arrival)
		s.no = in->arrival->no;
	else if (rc == YH_OK)
		rc = yh_case_bind(cx, p, &s, err);
	if (rc == YH_OK)
		rc = yh_case_place(cx, p, &s, c->row.no, err);
	if (rc != YH_OK)
		return rc;
	text = yh_json_canonical(in->form);
	if (text && !yh_arena_defer(cx->arena, free, text))
		text = NULL;
	if (!text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (in->arrival)
		rc = yh_person_system(cx->tx, cx->now, err);
	if (rc != YH_OK)
		return rc;
	if (s.abroad != YH_CASE_HERE)
		rc = yh_case_carries(text, err);
	if (rc != YH_OK)
		return rc;
	yh_case_begin(cx, c, &s, in->title, text);
	c->form = in->form;
	c->row.filer = in->arrival ? YH_PERSON_SYSTEM : cx->actor->person;
	c->row.filer_org = g->org;
	if (p->about == YH_ABOUT_CASE)
		c->row.about_case = in->about_case;
	(void)snprintf(c->row.filer_role, sizeof c->row.filer_role, "%s", g->role);
	return YH_OK;
}

/* What it is filed with, and at least what the case has that it is about. */
static enum yh_rc label(struct yh_ctx *cx, const struct yh_file_in *in, struct yh_case *c,
			struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_case_row about = { .label = "" };
	const char *least, *given = in->label ? in->label : "";
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK && !yh_id_is_zero(&c->row.about_case))
		rc = yh_case_load(cx->tx, &c->row.about_case, cx->arena, &about, err);
	if (rc != YH_OK)
		return rc;
	least = yh_mark_of(pack, c->row.procedure, "");
	if (about.no[0])
		least = yh_pack_label_higher(pack, least,
					     yh_mark_of(pack, about.procedure, about.label));
	/* what another side gave it, and is not known here, stands above all */
	if (given[0] && !in->arrival)
		rc = yh_label_known(pack, given, "/label", err);
	if (rc == YH_OK && given[0] && !in->arrival &&
	    yh_pack_label_rank(pack, given) < yh_pack_label_rank(pack, least)) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "case-label-least", "/label");
		yh_clearance_figure(err, pack, "label", least);
	}
	given = given[0] ? yh_pack_label_higher(pack, least, given) : least;
	if (strcmp(given, yh_mark_of(pack, c->row.procedure, "")) != 0)
		(void)snprintf(c->row.label, sizeof c->row.label, "%s", given);
	return rc;
}

/* What the law says at filing, where the case is decided. */
static enum yh_rc judge_filing(struct yh_case_cx *k, struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;
	enum yh_rc rc;

	if (k->c->row.abroad != YH_CASE_HERE)
		return YH_OK;
	rc = yh_case_record_begin(k->cx, k->c, err);
	if (rc == YH_OK)
		rc = yh_run_checks(k, p->checks, p->n_checks, YH_AT_FILING, err);
	return rc == YH_OK ? yh_run_effects(k, p->on_filed, p->n_on_filed, err) : rc;
}

static enum yh_rc link_resources(struct yh_ctx *cx, const struct yh_case *c, struct yh_err *err)
{
	const json_t *list = json_object_get(c->form, "resources");

	if (c->procedure->about != YH_ABOUT_RESOURCE)
		return YH_OK;
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct yh_id id;
		enum yh_rc rc = yh_id_parse(json_string_value(json_array_get(list, i)), &id, err);

		if (rc == YH_OK)
			rc = yh_case_add_resource(cx->tx, &c->row.id, &id, err);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

const struct yh_pack *yh_case_check_form(const struct yh_ctx *cx, const char *procedure,
					 const json_t *form)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_procedure *p = NULL;
	const struct yh_pack *pack;

	if (law->pack_on(law->self, yh_ctx_today(cx), &pack, NULL) == YH_OK)
		p = yh_pack_procedure(pack, procedure);
	return p && p->form && yh_form_validate(p->form, form, NULL) == YH_OK ? pack : NULL;
}

/* That it was filed, and the label that it has from the first, unless it is its procedure's. */
static enum yh_rc record(struct yh_case_cx *k, struct yh_err *err)
{
	const struct yh_case_row *row = &k->c->row;
	struct yh_record r = { .kind = "case.filed",
			       .article = k->c->procedure->article,
			       .role = row->filer_role,
			       .org = row->filer_org,
			       .payload = row->form };
	enum yh_rc rc = yh_case_record(k, &r, err);

	if (rc != YH_OK || !row->label[0])
		return rc;
	r = (struct yh_record){ .kind = "case.labelled",
				.role = row->filer_role,
				.org = row->filer_org,
				.before = yh_mark_of(k->c->pack, row->procedure, ""),
				.after = row->label };
	return yh_case_record(k, &r, err);
}

enum yh_rc yh_case_file(struct yh_ctx *cx, const struct yh_file_in *in, struct yh_case *out,
			struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_case_cx k = { .cx = cx, .c = out };
	const struct yh_procedure *p;
	enum yh_rc rc;

	*out = (struct yh_case){ 0 };
	rc = law->pack_on(law->self, yh_ctx_today(cx), &out->pack, err);
	if (rc != YH_OK)
		return rc;
	p = out->procedure = yh_pack_procedure(out->pack, in->procedure);
	if (!p) {
		rc = yh_fail(err, YH_NOT_FOUND, "procedure-unknown");
		yh_err_text(err, "procedure", in->procedure);
		return rc;
	}
	if (p->n_started_by)
		rc = not_permitted(cx, p, err);
	else if (in->checked != out->pack)
		rc = yh_form_validate(p->form, in->form, err);
	if (rc == YH_OK)
		rc = build(cx, in, out, err);
	if (rc == YH_OK)
		rc = label(cx, in, out, err);
	if (rc == YH_OK)
		rc = yh_case_insert(cx->tx, &out->row, err);
	if (rc == YH_OK)
		rc = link_resources(cx, out, err);
	if (rc == YH_OK)
		rc = yh_case_attach(&k, &out->row.filer_org, p->form, in->form, in->documents, err);
	if (rc == YH_OK)
		rc = judge_filing(&k, err);
	if (rc == YH_OK)
		rc = yh_case_side(&k, "applicant", err);
	if (rc == YH_OK)
		rc = record(&k, err);
	if (rc == YH_OK)
		rc = in->arrival ? yh_case_take_over(&k, in->arrival, err)
				 : yh_case_set_out(&k, err);
	return rc == YH_OK && (out->row.ended_at || out->row.abroad == YH_CASE_ABROAD)
		       ? yh_case_update(cx->tx, &out->row, err)
		       : rc;
}

enum yh_rc yh_case_arrive(struct yh_ctx *cx, const struct yh_file_in *in,
			  const struct yh_arrival *how, struct yh_case *out, struct yh_err *err)
{
	struct yh_file_in filed = *in;

	filed.arrival = how;
	return yh_case_file(cx, &filed, out, err);
}
