/* Reading what a case asks for; quota and use around it. */
#include "effects/common.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "services/project/quota_view.h"
#include "store/event.h"

const char *yh_use_article(const struct yh_case_cx *k, const struct yh_word_use *use)
{
	return yh_use_text(use, "article", k->c->procedure->article);
}

void yh_err_kind(struct yh_err *err, const struct yh_pack *pack, const char *name, const char *kind)
{
	const struct yh_kind *k = yh_pack_kind(pack, kind);
	char in_lang[24];

	yh_err_text(err, name, kind);
	if (!k)
		return;
	(void)snprintf(in_lang, sizeof in_lang, "%.18s_zh", name);
	yh_err_text(err, in_lang, k->title.zh);
	(void)snprintf(in_lang, sizeof in_lang, "%.18s_en", name);
	yh_err_text(err, in_lang, k->title.en);
}

enum yh_rc yh_form_milli(const json_t *entry, const char *list, size_t i, const char *key,
			 int64_t *out, struct yh_err *err)
{
	enum yh_rc rc = yh_json_milli(json_object_get(entry, key), out, err);

	if (rc == YH_OK && (*out <= 0 || *out > YH_QTY_MILLI_MAX))
		rc = yh_fail(err, YH_BAD_INPUT, "quantity-out-of-range");
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s/%zu/%s", list, i, key);
	return rc;
}

static enum yh_rc check_step(const struct yh_case_cx *k, const struct yh_item_row *item,
			     int64_t qty_milli, const char *list, size_t i, struct yh_err *err)
{
	enum yh_rc rc;

	if (item->step_milli <= 0 || qty_milli % item->step_milli == 0)
		return YH_OK;
	rc = yh_refuse(err, "quantity-step", yh_pack_article_about(k->c->pack, "edition"));
	yh_err_field(err, "/form/%s/%zu/quantity", list, i);
	yh_err_text(err, "item", item->name);
	yh_err_milli(err, "step", item->step_milli);
	yh_err_milli(err, "asked", qty_milli);
	return rc;
}

static enum yh_rc day_of(const json_t *entry, const char *key, yh_day otherwise, yh_day *out,
			 struct yh_err *err)
{
	const char *text = yh_json_text(entry, key);

	*out = otherwise;
	return text ? yh_day_parse(text, out, err) : YH_OK;
}

static enum yh_rc read_item(struct yh_case_cx *k, const struct yh_id *edition, const json_t *entry,
			    size_t i, struct yh_asked_item *out, struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	const char *code = yh_json_text(entry, "item"), *system = yh_json_text(entry, "system");
	struct yh_system_row sys;
	enum yh_rc rc;

	rc = yh_item_by_code(cx->tx, edition, code ? code : "", cx->arena, &out->item, err);
	if (rc != YH_OK) {
		yh_err_field(err, "/form/items/%zu/item", i);
		return rc;
	}
	rc = yh_form_milli(entry, "items", i, "quantity", &out->qty_milli, err);
	if (rc == YH_OK)
		rc = check_step(k, &out->item, out->qty_milli, "items", i, err);
	if (rc == YH_OK && system) {
		rc = yh_system_by_code(cx->tx, &k->c->row.project, system, cx->arena, &sys, err);
		if (rc != YH_OK)
			yh_err_field(err, "/form/items/%zu/system", i);
		else
			out->info_system = sys.id;
	}
	if (rc == YH_OK)
		rc = day_of(entry, "from", yh_day_of(k->c->row.filed_at), &out->first, err);
	if (rc == YH_OK)
		rc = day_of(k->c->form, "until", YH_DAY_NONE, &out->last, err);
	if (rc == YH_OK)
		rc = day_of(entry, "until", out->last, &out->last, err);
	out->name = yh_json_text(entry, "name");
	if (!out->name)
		out->name = out->item.name;
	return rc;
}

static enum yh_rc read_change(struct yh_case_cx *k, const json_t *entry, size_t i,
			      struct yh_asked_change *out, struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	const char *text = yh_json_text(entry, "resource");
	struct yh_id id, item;
	enum yh_rc rc = yh_id_parse(text ? text : "", &id, err);

	if (rc == YH_OK)
		rc = yh_resource_load(cx->tx, &id, cx->arena, &out->resource, err);
	if (rc == YH_OK && !yh_id_eq(&out->resource.project, &k->c->row.project))
		rc = yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	if (rc == YH_OK && strcmp(out->resource.state, "running") != 0)
		rc = yh_fail(err, YH_CONFLICT, "resource-not-running");
	if (rc == YH_OK && out->resource.lease_last != YH_DAY_NONE) {
		/* its size was set with its lease */
		rc = yh_refuse(err, "resource-leased", k->c->procedure->article);
		yh_err_text(err, "resource", out->resource.no);
		yh_err_day(err, "last", out->resource.lease_last);
	}
	if (rc == YH_OK)
		rc = yh_size_now(cx->tx, &id, &out->from_milli, &item, err);
	if (rc == YH_OK)
		rc = yh_item_load(cx->tx, &item, cx->arena, &out->item, err);
	if (rc != YH_OK) {
		yh_err_field(err, "/form/changes/%zu/resource", i);
		return rc;
	}
	rc = yh_form_milli(entry, "changes", i, "quantity", &out->to_milli, err);
	if (rc == YH_OK)
		rc = check_step(k, &out->item, out->to_milli, "changes", i, err);
	if (rc == YH_OK && out->to_milli <= out->from_milli) {
		rc = yh_refuse(err, "expansion-not-larger", k->c->procedure->article);
		yh_err_field(err, "/form/changes/%zu/quantity", i);
		yh_err_milli(err, "now", out->from_milli);
		yh_err_milli(err, "asked", out->to_milli);
	}
	return rc;
}

enum yh_rc yh_asked_read(struct yh_case_cx *k, struct yh_asked *out, struct yh_err *err)
{
	const json_t *items = json_object_get(k->c->form, "items");
	const json_t *changes = json_object_get(k->c->form, "changes");
	struct yh_edition_row edition;
	enum yh_rc rc = YH_OK;

	*out = (struct yh_asked){ .n_items = json_array_size(items),
				  .n_changes = json_array_size(changes) };
	out->items = YH_NEW_N(k->cx->arena, struct yh_asked_item, out->n_items + 1);
	out->changes = YH_NEW_N(k->cx->arena, struct yh_asked_change, out->n_changes + 1);
	if (!out->items || !out->changes)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (out->n_items)
		rc = yh_edition_on(k->cx->tx, &k->c->row.cloud, yh_day_of(k->c->row.filed_at),
				   k->cx->arena, &edition, err);
	for (size_t i = 0; rc == YH_OK && i < out->n_items; i++)
		rc = read_item(k, &edition.id, json_array_get(items, i), i, &out->items[i], err);
	for (size_t i = 0; rc == YH_OK && i < out->n_changes; i++)
		rc = read_change(k, json_array_get(changes, i), i, &out->changes[i], err);
	return rc;
}

enum yh_rc yh_asked_priced(struct yh_case_cx *k, const struct yh_asked *asked, struct yh_err *err)
{
	for (size_t i = 0; i < asked->n_items; i++) {
		const struct yh_item_row *item = &asked->items[i].item;
		struct yh_edition_row e;
		bool dropped;
		enum yh_rc rc =
			yh_edition_dropping(k->cx->tx, &k->c->row.cloud, yh_ctx_today(k->cx),
					    item->code, k->cx->arena, &e, &dropped, err);

		if (rc != YH_OK)
			return rc;
		if (!dropped)
			continue;
		rc = yh_refuse(err, "item-dropped", yh_pack_article_about(k->c->pack, "edition"));
		yh_err_field(err, "/form/items/%zu/item", i);
		yh_err_text(err, "item", item->name);
		yh_err_int(err, "number", e.number);
		yh_err_day(err, "from", e.effective_day);
		return rc;
	}
	return YH_OK;
}

static enum yh_rc add_dims(struct yh_spans *out, const struct yh_item_row *item, int64_t qty_milli,
			   yh_day first, yh_day last, struct yh_err *err)
{
	for (size_t i = 0; i < item->n_dims; i++) {
		__int128 q = (__int128)item->dims[i].qty_milli * qty_milli / 1000;
		enum yh_rc rc;

		if (q > YH_QTY_MILLI_MAX)
			return yh_fail(err, YH_BAD_INPUT, "quantity-out-of-range");
		rc = yh_spans_add(out, item->dims[i].dim, (int64_t)q, first, last, err);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

enum yh_rc yh_asked_spans(struct yh_case_cx *k, const struct yh_asked *asked, struct yh_spans *out,
			  struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	enum yh_rc rc = YH_OK;

	*out = (struct yh_spans){ .arena = k->cx->arena };
	for (size_t i = 0; rc == YH_OK && i < asked->n_items; i++)
		rc = add_dims(out, &asked->items[i].item, asked->items[i].qty_milli,
			      asked->items[i].first, asked->items[i].last, err);
	for (size_t i = 0; rc == YH_OK && i < asked->n_changes; i++)
		rc = add_dims(out, &asked->changes[i].item,
			      asked->changes[i].to_milli - asked->changes[i].from_milli, today,
			      asked->changes[i].resource.lease_last, err);
	return rc;
}

enum yh_rc yh_quota_around(struct yh_case_cx *k, bool whole_unit, bool base_only,
			   struct yh_spans *quota, struct yh_spans *taken, struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_terms t;
	enum yh_rc rc = yh_quota_terms_load(
		k->cx, &k->c->row.unit, whole_unit ? NULL : &k->c->row.project, &k->c->row.cloud,
		&k->c->row.id, today, today + YH_HORIZON_DAYS, &t, err);

	return rc == YH_OK ? yh_quota_terms_sum(&t, base_only, quota, taken, err) : rc;
}

enum yh_rc yh_quota_around_project(struct yh_case_cx *k, const struct yh_id *project,
				   struct yh_spans *quota, struct yh_spans *taken,
				   struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_terms t;
	enum yh_rc rc = yh_quota_terms_load(k->cx, &k->c->row.unit, project, NULL, &k->c->row.id,
					    today, today + YH_HORIZON_DAYS, &t, err);

	return rc == YH_OK ? yh_quota_terms_sum(&t, false, quota, taken, err) : rc;
}

enum yh_rc yh_effect_record(struct yh_case_cx *k, const char *kind, const char *object_kind,
			    const struct yh_id *object, const char *before, const char *after,
			    struct yh_err *err)
{
	return yh_effect_record_as(k, kind, object_kind, object, before, after, NULL, err);
}

enum yh_rc yh_effect_record_as(struct yh_case_cx *k, const char *kind, const char *object_kind,
			       const struct yh_id *object, const char *before, const char *after,
			       const char *outcome, struct yh_err *err)
{
	const struct yh_actor *a = k->cx->actor;
	struct yh_event e = {
		.id = yh_ctx_new_id(k->cx),
		.at = k->cx->now,
		.kind = kind,
		.case_id = k->c->row.id,
		.object_kind = object_kind,
		.object_id = *object,
		.person = a->person,
		.role = yh_id_is_zero(&a->person) ? YH_SYSTEM_ROLE : NULL,
		.article = k->step ? k->step->article : k->c->procedure->article,
		.outcome = outcome,
		.before = before,
		.after = after,
		.source = a->source,
	};

	return yh_event_insert(k->cx->tx, &e, err);
}
