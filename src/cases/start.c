/* Cases that time begins: nobody files them, and nobody can take them back. */
#include "cases/internal.h"

#include <stdio.h>
#include <string.h>

#include "store/party.h"
#include "store/person.h"
#include "store/resource.h"

/* All of one unit's project, as in a case that somebody files. */
static enum yh_rc of_resources(struct yh_ctx *cx, const struct yh_start_in *in,
			       struct yh_subject *s, struct yh_err *err)
{
	if (in->n_resources == 0)
		return yh_fail(err, YH_BAD_INPUT, "form-missing");
	for (size_t i = 0; i < in->n_resources; i++) {
		struct yh_id project = s->project;
		struct yh_resource_row r;
		enum yh_rc rc = yh_resource_load(cx->tx, &in->resources[i], cx->arena, &r, err);

		if (rc != YH_OK)
			return rc;
		*s = (struct yh_subject){ .unit = r.unit, .cloud = r.cloud, .project = r.project };
		if (i > 0 && !yh_id_eq(&s->project, &project))
			return yh_fail(err, YH_BAD_INPUT, "resources-of-several-projects");
	}
	return YH_OK;
}

static enum yh_rc subject_of(struct yh_ctx *cx, const struct yh_procedure *p,
			     const struct yh_start_in *in, struct yh_subject *s, struct yh_err *err)
{
	*s = (struct yh_subject){ .unit = in->unit, .cloud = in->cloud };
	if (p->about == YH_ABOUT_RESOURCE)
		return of_resources(cx, in, s, err);
	if (p->about == YH_ABOUT_RECORD)
		return yh_case_of_record(cx, p, &in->record, s, err);
	return p->about == YH_ABOUT_CASE ? yh_case_of_case(cx, &in->about_case, s, err) : YH_OK;
}

static bool begins(const struct yh_procedure *p, const char *trigger)
{
	for (size_t i = 0; p && i < p->n_started_by; i++)
		if (strcmp(p->started_by[i].word->name, trigger) == 0)
			return true;
	return false;
}

static enum yh_rc build(struct yh_ctx *cx, const struct yh_start_in *in, struct yh_case *c,
			struct yh_err *err)
{
	const struct yh_procedure *p = c->procedure;
	struct yh_subject s;
	enum yh_rc rc = subject_of(cx, p, in, &s, err);

	if (rc == YH_OK)
		rc = yh_case_place(cx, p, &s, c->row.no, err);
	if (rc == YH_OK)
		rc = yh_json_parse_in(cx->arena, "{}", 2, &c->form, err);
	if (rc == YH_OK)
		rc = yh_person_system(cx->tx, cx->now, err);
	if (rc != YH_OK)
		return rc;
	yh_case_begin(cx, c, &s, in->title, "{}");
	c->row.filer = YH_PERSON_SYSTEM;
	c->row.filer_org = s.unit;
	if (p->about == YH_ABOUT_CASE)
		c->row.about_case = in->about_case;
	(void)snprintf(c->row.filer_role, sizeof c->row.filer_role, YH_SYSTEM_ROLE);
	(void)snprintf(c->row.started_by, sizeof c->row.started_by, "%s", in->trigger);
	return YH_OK;
}

static enum yh_rc insert(struct yh_ctx *cx, const struct yh_start_in *in, struct yh_case *c,
			 struct yh_err *err)
{
	enum yh_rc rc = yh_case_insert(cx->tx, &c->row, err);

	if (rc == YH_OK)
		rc = yh_case_record_begin(cx, c, err);
	if (c->procedure->about != YH_ABOUT_RESOURCE)
		return rc;
	for (size_t i = 0; rc == YH_OK && i < in->n_resources; i++)
		rc = yh_case_add_resource(cx->tx, &c->row.id, &in->resources[i], err);
	return rc;
}

enum yh_rc yh_case_start(struct yh_ctx *cx, const struct yh_start_in *in, struct yh_case *out,
			 struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_case_cx k = { .cx = cx, .c = out };
	const char *concerned = "unit";
	const struct yh_procedure *p;
	enum yh_rc rc;

	*out = (struct yh_case){ 0 };
	rc = law->pack_on(law->self, yh_ctx_today(cx), &out->pack, err);
	if (rc != YH_OK)
		return rc;
	p = out->procedure = yh_pack_procedure(out->pack, in->procedure);
	if (!begins(p, in->trigger)) {
		rc = yh_fail(err, YH_NOT_FOUND, "procedure-unknown");
		yh_err_text(err, "procedure", in->procedure);
		return rc;
	}
	rc = build(cx, in, out, err);
	if (rc == YH_OK)
		rc = insert(cx, in, out, err);
	if (rc == YH_OK)
		rc = yh_run_checks(&k, p->checks, p->n_checks, YH_AT_FILING, err);
	if (rc == YH_OK)
		rc = yh_run_effects(&k, p->on_filed, p->n_on_filed, err);
	if (rc == YH_OK)
		rc = yh_case_record(&k,
				    &(struct yh_record){ .kind = "case.started",
							 .article = p->article,
							 .outcome = in->trigger,
							 .role = YH_SYSTEM_ROLE },
				    err);
	if (rc == YH_OK)
		rc = yh_case_tell(&k, concerned, &out->row.unit, "case-started", NULL, YH_DAY_NONE,
				  err);
	if (rc == YH_OK)
		rc = yh_case_set_out(&k, err);
	return rc == YH_OK && out->row.ended_at ? yh_case_update(cx->tx, &out->row, err) : rc;
}

enum yh_rc yh_case_drop(struct yh_ctx *cx, const struct yh_id *case_id,
			const struct yh_id *resource, const char *reason, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	int64_t left;
	bool was = false;
	enum yh_rc rc = yh_case_take(cx, case_id, &c, err);

	if (rc == YH_OK && !c.row.started_by[0])
		rc = yh_fail(err, YH_CONFLICT, "case-of-filer");
	if (rc != YH_OK || c.row.ended_at || c.row.abroad == YH_CASE_ABROAD)
		return rc;
	rc = yh_case_drop_resource(cx->tx, case_id, resource, &was, &left, err);
	if (rc != YH_OK || !was)
		return rc;
	rc = yh_case_record(&k,
			    &(struct yh_record){ .kind = "case.resource-dropped",
						 .reason = reason,
						 .role = YH_SYSTEM_ROLE },
			    err);
	if (rc == YH_OK && left == 0)
		rc = yh_case_end(&k, "closed", reason, err);
	else if (rc == YH_OK)
		rc = yh_case_due_again(&k, false, err);
	if (rc == YH_OK && left && cx->world->words->dropped)
		rc = cx->world->words->dropped(&k, resource, err);
	return rc == YH_OK ? yh_case_save(cx, &c, err) : rc;
}
