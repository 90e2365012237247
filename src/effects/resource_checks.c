/* Checks about resources and catalogue items. */
#include "effects/resource.h"

#include <string.h>

#include "law/calendar.h"

/* Resources of a kind must run; `running` and `stopped` are states. */
static bool is_in(const struct yh_resource_row *r, const char *state)
{
	if (strcmp(state, "stopped") == 0 || strcmp(state, "running") == 0)
		return strcmp(r->state, state) == 0;
	return strcmp(r->kind, state) == 0 && strcmp(r->state, "running") == 0;
}

YH_WORD_CHECK_FN(yh_word_resource_is)
{
	const char *state = yh_use_text(use, "state", "running");
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (is_in(&rs[i], state))
			continue;
		rc = yh_refuse(err, "resource-state", yh_use_article(k, use));
		yh_err_text(err, "resource", rs[i].no);
		yh_err_text(err, "state", rs[i].state);
		yh_err_kind(err, k->c->pack, "kind", rs[i].kind);
		yh_err_kind(err, k->c->pack, "needed", state);
	}
	return rc;
}

/* A project of the case's unit and a system of it, as the form names them. */
static enum yh_rc named_system(struct yh_case_cx *k, const struct yh_word_use *use,
			       struct yh_system_row *out, struct yh_err *err)
{
	const char *field = yh_use_text(use, "project", "project");
	const char *code = yh_json_text(k->c->form, field);
	const char *system = yh_json_text(k->c->form, "system");
	struct yh_project_row p;
	enum yh_rc rc = yh_project_by_code(k->cx->tx, code ? code : "", k->cx->arena, &p, err);

	if (rc == YH_OK && !yh_id_eq(&p.unit, &k->c->row.unit))
		rc = yh_fail(err, YH_NOT_FOUND, "project-unknown");
	if (rc != YH_OK) {
		yh_err_field(err, "/form/%s", field);
		return rc;
	}
	rc = yh_system_by_code(k->cx->tx, &p.id, system ? system : "", k->cx->arena, out, err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/system");
	return rc;
}

YH_WORD_CHECK_FN(yh_word_system_runs)
{
	struct yh_resource_row *rs;
	struct yh_system_row s;
	size_t n = 0;
	enum yh_rc rc = named_system(k, use, &s, err);

	if (rc == YH_OK)
		rc = yh_resource_of_system(k->cx->tx, &s.id, k->cx->arena, &rs, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(rs[i].state, "running") == 0)
			return YH_OK;
	if (rc != YH_OK)
		return rc;
	rc = yh_refuse(err, "system-runs-not", yh_use_article(k, use));
	yh_err_field(err, "/form/system");
	yh_err_text(err, "system", s.name);
	return rc;
}

/* Reading resolves every item against the edition in force when the case was filed; being orderable
 * means to be in it, and not to have been dropped since. */
YH_WORD_CHECK_FN(yh_word_item_orderable)
{
	struct yh_asked want;
	enum yh_rc rc = yh_asked_read(k, &want, err);

	(void)use;
	if (rc == YH_OK && want.n_items + want.n_changes == 0)
		rc = yh_fail_field(err, YH_BAD_INPUT, "nothing-asked", "/form/items");
	return rc == YH_OK ? yh_asked_priced(k, &want, err) : rc;
}

/* Art. 22: what serves the outside is no development resource. */
YH_WORD_CHECK_FN(yh_word_item_not_exposed)
{
	struct yh_asked want;
	enum yh_rc rc = yh_asked_read(k, &want, err);

	for (size_t i = 0; rc == YH_OK && i < want.n_items; i++) {
		if (!want.items[i].item.exposed)
			continue;
		rc = yh_refuse(err, "item-exposed", yh_use_article(k, use));
		yh_err_field(err, "/form/items/%zu/item", i);
		yh_err_text(err, "item", want.items[i].item.name);
	}
	return rc;
}

/* Other places ask for a minimum test period where Shanghai names a maximum. */
YH_WORD_CHECK_FN(yh_word_test_ran_at_least)
{
	const struct yh_arg_value *period = yh_use_arg(use, "period");
	const struct yh_law_book *law = k->cx->world->law;
	yh_day today = yh_ctx_today(k->cx);
	struct yh_resource_row *rs;
	struct yh_due due;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		yh_day opened = yh_day_of(rs[i].opened_at);

		if (period->period.unit == YH_WORKDAYS)
			rc = yh_due_day(law->calendar(law->self), opened, period->period,
					YH_PROVISIONAL, &due, err);
		else
			rc = yh_lease_last_day(opened, period->period, &due.day, err);
		if (rc != YH_OK || today >= due.day)
			continue;
		rc = yh_refuse(err, "test-too-short", yh_use_text(use, "article", NULL));
		if (period->param)
			yh_err_param(err, period->param);
		yh_err_day(err, "opened", opened);
		yh_err_day(err, "earliest", due.day);
	}
	return rc;
}
