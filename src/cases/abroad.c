/* At a district: cases for the city's cloud, until they are handed over, and what is done in them
 * from then on. */
#include "cases/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/party.h"

enum yh_rc yh_case_bind(struct yh_ctx *cx, const struct yh_procedure *p, struct yh_subject *s,
			struct yh_err *err)
{
	struct yh_cloud_row own;
	struct yh_org_row unit;
	bool at_city = false;
	enum yh_rc rc = yh_cloud_at_city(cx->tx, &s->cloud, &at_city, err);

	if (rc != YH_OK || !at_city)
		return rc;
	rc = yh_org_load(cx->tx, &s->unit, cx->arena, &unit, err);
	if (rc == YH_OK)
		rc = yh_cloud_of_district(cx->tx, unit.district, cx->arena, &own, err);
	if (rc != YH_OK)
		return rc;
	if (p->about == YH_ABOUT_RECORD) {
		rc = yh_fail(err, YH_CONFLICT, "case-not-carried");
		yh_err_text(err, "procedure", p->name);
		return rc;
	}
	s->numbered_by = own.id;
	s->abroad = YH_CASE_BOUND;
	return YH_OK;
}

enum yh_rc yh_case_carries(const char *form, struct yh_err *err)
{
	enum yh_rc rc;

	if (!form || strlen(form) <= YH_CARRIED_BYTES)
		return YH_OK;
	rc = yh_fail_field(err, YH_TOO_LARGE, "case-form-large", "/form");
	yh_err_int(err, "max", YH_CARRIED_BYTES / 1024);
	return rc;
}

/* Its unit, who pays for it, and the operator of its district act here; all others at the city. */
bool yh_step_is_here(const struct yh_case *c, const struct yh_step *step)
{
	for (size_t i = 0; i < step->n_roles; i++) {
		const char *role = step->roles[i];

		if (strcmp(role, "district_operator") != 0 && strcmp(role, "unit") != 0 &&
		    strcmp(role, "sponsor") != 0 && strcmp(role, c->row.filer_role) != 0)
			return false;
	}
	return step->n_roles > 0;
}

enum yh_rc yh_case_hand_over(struct yh_case_cx *k, struct yh_err *err)
{
	struct yh_case_row *row = &k->c->row;
	struct yh_case_link_row link = { .case_id = row->id,
					 .filed_here = true,
					 .at = k->cx->now,
					 .carried_at = k->cx->now,
					 .form = row->form,
					 .problem = "",
					 .told = "" };
	bool linked;
	enum yh_rc rc = yh_cloud_at_city(k->cx->tx, &row->cloud, &linked, err);

	if (rc == YH_OK && !linked)
		rc = yh_fail(err, YH_CONFLICT, "city-not-linked");
	if (rc != YH_OK)
		return rc;
	(void)snprintf(link.no, sizeof link.no, "%s", row->no);
	(void)snprintf(row->state, sizeof row->state, "abroad");
	row->abroad = YH_CASE_ABROAD;
	rc = yh_case_link_put(k->cx->tx, &link, err);
	if (rc == YH_OK)
		rc = yh_case_record(k,
				    &(struct yh_record){ .kind = "case.carried",
							 .article = k->c->procedure->article,
							 .before = "open" },
				    err);
	return rc == YH_OK ? yh_case_tell(k, row->filer_role, &row->filer_org, "case-carried", NULL,
					  YH_DAY_NONE, err)
			   : rc;
}

static json_t *text_of(const json_t *v)
{
	char *text = v ? yh_json_canonical(v) : NULL;
	json_t *out = json_string(text ? text : "");

	free(text);
	return out;
}

/* What the city is told of it; forms as texts, so that every number in them stays as written. */
static enum yh_rc write_act(struct yh_case_cx *k, const struct yh_act *act, int64_t seq, char **out,
			    struct yh_err *err)
{
	struct yh_org_row org;
	char at[YH_TIME_TEXT];
	json_t *v;
	enum yh_rc rc = yh_org_load(k->cx->tx, &act->org, k->cx->arena, &org, err);

	if (rc != YH_OK)
		return rc;
	v = json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "act",
		      act->act, "no", k->c->row.no, "seq", (json_int_t)seq, "step", act->step,
		      "role", act->role, "org", org.code, "by", k->cx->actor->name, "outcome",
		      act->outcome ? act->outcome : "", "reason", act->reason ? act->reason : "",
		      "form", text_of(act->form), "defects", text_of(act->defects), "at",
		      yh_time_text(k->cx->now, at));
	rc = yh_case_carries(yh_json_text(v, "form"), err);
	*out = v ? yh_json_canonical(v) : NULL;
	json_decref(v);
	if (rc == YH_OK && !*out)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc;
}

enum yh_rc yh_case_send(struct yh_case_cx *k, const struct yh_act *act, struct yh_err *err)
{
	struct yh_case_act_row row = { .problem = "", .at = k->cx->now };
	struct yh_case_link_row link;
	char *body = NULL;
	bool found;
	enum yh_rc rc = yh_case_link_of(k->cx->tx, &k->c->row.id, k->cx->arena, &link, &found, err);

	if (rc == YH_OK && !found)
		rc = yh_fail(err, YH_INTERNAL, "case-without-link");
	if (rc != YH_OK)
		return rc;
	row.seq = ++link.acts;
	(void)snprintf(row.no, sizeof row.no, "%s", link.no);
	yh_case_act_key(row.no, row.seq, row.key);
	rc = write_act(k, act, row.seq, &body, err);
	row.body = body;
	if (rc == YH_OK)
		rc = yh_case_act_insert(k->cx->tx, &row, err);
	free(body);
	if (rc == YH_OK)
		rc = yh_case_link_put(k->cx->tx, &link, err);
	return rc == YH_OK ? yh_case_record(k,
					    &(struct yh_record){ .kind = "case.act-sent",
								 .outcome = act->act,
								 .reason = act->reason,
								 .before = act->step,
								 .role = act->role,
								 .org = act->org },
					    err)
			   : rc;
}
