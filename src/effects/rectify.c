/* Orders to rectify, answers to them, and the supply of a system. */
#include "effects/rectify.h"

#include <stdio.h>
#include <string.h>

#include "store/case_file.h"
#include "store/event.h"

/* Orders are numbered within their case. */
static enum yh_rc number_of(struct yh_case_cx *k, char out[64], struct yh_err *err)
{
	char name[64];
	int64_t n;
	enum yh_rc rc;

	(void)snprintf(name, sizeof name, "%s-W", k->c->row.no);
	rc = yh_counter_next(k->cx->tx, name, &n, err);
	if (rc == YH_OK)
		(void)snprintf(out, 64, "%s-W%lld", k->c->row.no, (long long)n);
	return rc;
}

static enum yh_rc record_order(struct yh_case_cx *k, const char *number, const char *order,
			       const char *until, struct yh_err *err)
{
	const struct yh_event e = {
		.id = yh_ctx_new_id(k->cx),
		.at = k->cx->now,
		.kind = "order.issued",
		.case_id = k->c->row.id,
		.object_kind = "case",
		.object_id = k->c->row.id,
		.person = k->cx->actor->person,
		.org = k->c->row.unit,
		.article = k->step ? k->step->article : k->c->procedure->article,
		.outcome = number,
		.reason = order,
		.after = until,
		.source = k->cx->actor->source,
	};

	return yh_event_insert(k->cx->tx, &e, err);
}

/* The last day that there can be, for an order that is served today or, with `deemed`, on that day
 * at the latest. */
static enum yh_rc last_day(struct yh_case_cx *k, const struct yh_word_use *use, struct yh_due *due,
			   struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	const struct yh_arg_value *deemed = yh_use_arg(use, "deemed");
	enum yh_rc rc = YH_OK;

	due->day = yh_ctx_today(k->cx);
	if (deemed)
		rc = yh_due_day(law->calendar(law->self), due->day, deemed->period, YH_PROVISIONAL,
				due, err);
	return rc == YH_OK ? yh_due_day(law->calendar(law->self), due->day,
					yh_use_arg(use, "within")->period, YH_PROVISIONAL, due, err)
			   : rc;
}

/* The order's words are those of the step's form. */
YH_WORD_CHECK_FN(yh_word_order_issue)
{
	const char *order = yh_json_text(k->input, "order"), *concerned = "unit";
	YH_JSON_AUTO more = NULL;
	char number[64], until[YH_DAY_TEXT];
	struct yh_due due;
	enum yh_rc rc;

	if (!order)
		return yh_fail_field(err, YH_BAD_INPUT, "form-missing", "/form/order");
	rc = last_day(k, use, &due, err);
	if (rc == YH_OK)
		rc = number_of(k, number, err);
	if (rc == YH_OK)
		rc = record_order(k, number, order, yh_day_text(due.day, until), err);
	if (rc != YH_OK)
		return rc;
	more = json_pack("{s:s, s:s, s:s}", "number", number, "order", order, "until", until);
	if (!more)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return yh_case_tell_more(k, concerned, &k->c->row.unit, yh_use_text(use, "text", ""), more,
				 err);
}

/* An answer about other resources than the case's answers nothing. */
YH_WORD_CHECK_FN(yh_word_answer_names)
{
	const json_t *list = json_object_get(k->input, yh_use_text(use, "field", "resources"));
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		struct yh_id id;
		bool is = false;

		rc = yh_id_parse(text ? text : "", &id, err);
		for (size_t r = 0; rc == YH_OK && !is && r < n; r++)
			is = yh_id_eq(&rs[r].id, &id);
		if (rc == YH_OK && !is)
			rc = yh_fail(err, YH_NOT_FOUND, "resource-unknown");
		if (rc != YH_OK)
			yh_err_field(err, "/form/%s/%zu", yh_use_text(use, "field", "resources"),
				     i);
	}
	return rc;
}

static enum yh_rc refuse_stopped(struct yh_case_cx *k, const struct yh_word_use *use,
				 const char *slug, const struct yh_system_row *s,
				 struct yh_err *err)
{
	struct yh_case_row by;
	enum yh_rc rc = yh_case_load(k->cx->tx, &s->supply_case, k->cx->arena, &by, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_refuse(err, slug, yh_use_article(k, use));
	yh_err_text(err, "system", s->name);
	yh_err_day(err, "since", yh_day_of(s->supply_stopped_at));
	yh_err_text(err, "case", by.no);
	return rc;
}

static enum yh_rc need_supplied(struct yh_case_cx *k, const struct yh_word_use *use,
				const struct yh_id *system, struct yh_err *err)
{
	struct yh_system_row s;
	enum yh_rc rc;

	if (yh_id_is_zero(system))
		return YH_OK;
	rc = yh_system_load(k->cx->tx, system, k->cx->arena, &s, err);
	return rc == YH_OK && s.supply_stopped_at
		       ? refuse_stopped(k, use, "supply-stopped", &s, err)
		       : rc;
}

/* Items that name no system are held back too while one of the project's is cut off: they could be
 * for that one. */
static enum yh_rc need_items_supplied(struct yh_case_cx *k, const struct yh_word_use *use,
				      struct yh_err *err)
{
	const json_t *items = json_object_get(k->c->form, "items");
	struct yh_system_row *list;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (json_array_size(items))
		rc = yh_system_list(k->cx->tx, &k->c->row.project, k->cx->arena, &list, &n, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(items); i++) {
		const char *code = yh_json_text(json_array_get(items, i), "system");

		for (size_t s = 0; rc == YH_OK && s < n; s++) {
			if (!list[s].supply_stopped_at || (code && strcmp(code, list[s].code) != 0))
				continue;
			rc = refuse_stopped(k, use,
					    code ? "supply-stopped" : "supply-stopped-unnamed",
					    &list[s], err);
			yh_err_field(err, "/form/items/%zu/system", i);
		}
	}
	return rc;
}

YH_WORD_CHECK_FN(yh_word_system_supplied)
{
	const json_t *changes = json_object_get(k->c->form, "changes");
	struct yh_resource_row *rs, r;
	size_t n;
	enum yh_rc rc = need_items_supplied(k, use, err);

	if (rc == YH_OK)
		rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = need_supplied(k, use, &rs[i].info_system, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(changes); i++) {
		const char *text = yh_json_text(json_array_get(changes, i), "resource");
		struct yh_id id;

		rc = yh_id_parse(text ? text : "", &id, err);
		if (rc == YH_OK)
			rc = yh_resource_load(k->cx->tx, &id, k->cx->arena, &r, err);
		if (rc == YH_OK)
			rc = need_supplied(k, use, &r.info_system, err);
		if (rc != YH_OK)
			yh_err_field(err, "/form/changes/%zu/resource", i);
	}
	return rc;
}

/* The system of the case's project that its form names. */
static enum yh_rc named_system(struct yh_case_cx *k, struct yh_system_row *out, struct yh_err *err)
{
	const char *code = yh_json_text(k->c->form, "system");
	enum yh_rc rc = yh_system_by_code(k->cx->tx, &k->c->row.project, code ? code : "",
					  k->cx->arena, out, err);

	if (rc != YH_OK)
		yh_err_field(err, "/form/system");
	return rc;
}

YH_WORD_CHECK_FN(yh_word_supply_stopped)
{
	struct yh_system_row s;
	enum yh_rc rc = named_system(k, &s, err);

	if (rc != YH_OK || s.supply_stopped_at)
		return rc;
	rc = yh_refuse(err, "supply-not-stopped", yh_use_article(k, use));
	yh_err_field(err, "/form/system");
	yh_err_text(err, "system", s.name);
	return rc;
}

/* Whatever the system has running is taken back with it. */
static enum yh_rc cut_off(struct yh_case_cx *k, const struct yh_id *system, struct yh_err *err)
{
	struct yh_resource_row *rs;
	bool fresh = false;
	size_t n;
	enum yh_rc rc =
		yh_system_stop_supply(k->cx->tx, system, &k->c->row.id, k->cx->now, &fresh, err);

	if (rc == YH_OK && fresh)
		rc = yh_effect_record(k, "supply.stopped", "system", system, "supplied", "stopped",
				      err);
	if (rc == YH_OK)
		rc = yh_resource_of_system(k->cx->tx, system, k->cx->arena, &rs, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(rs[i].state, "running") == 0)
			rc = yh_case_add_resource(k->cx->tx, &k->c->row.id, &rs[i].id, err);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_supply_stop)
{
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	(void)use;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool seen = yh_id_is_zero(&rs[i].info_system);

		for (size_t before = 0; !seen && before < i; before++)
			seen = yh_id_eq(&rs[before].info_system, &rs[i].info_system);
		if (!seen)
			rc = cut_off(k, &rs[i].info_system, err);
	}
	return rc;
}

YH_WORD_CHECK_FN(yh_word_supply_restore)
{
	struct yh_system_row s;
	enum yh_rc rc = named_system(k, &s, err);

	(void)use;
	if (rc == YH_OK)
		rc = yh_system_restore_supply(k->cx->tx, &s.id, err);
	return rc == YH_OK ? yh_effect_record(k, "supply.restored", "system", &s.id, "stopped",
					      "supplied", err)
			   : rc;
}
