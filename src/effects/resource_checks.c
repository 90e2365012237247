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
