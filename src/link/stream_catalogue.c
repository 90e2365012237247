/* The catalogue of one side's cloud: published editions and their items, with prices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"

static const struct yh_link_list lists[] = { { "edition/", YH_MIRROR_EDITIONS },
					     { "item/", YH_MIRROR_ITEMS } };
enum { EDITIONS, ITEMS, LISTS, PAGE = 500 };

/* ---- sending ---- */

struct passing {
	yh_link_key_fn emit;
	void *arg;
	size_t n;
	char prefix[24];
	char last[YH_LINK_KEY_MAX + 1];
};

/* Passes on keys of one edition's items, and remembers the last. */
static enum yh_rc pass(void *arg, const char *key, struct yh_err *err)
{
	struct passing *p = arg;

	if (strncmp(key, p->prefix, strlen(p->prefix)) != 0)
		return YH_OK;
	p->n++;
	(void)snprintf(p->last, sizeof p->last, "%s", key);
	return p->emit(p->arg, key, err);
}

YH_LINK_TOUCHED_FN(yh_link_catalogue_touched)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);
	struct passing p = { .emit = emit, .arg = arg };
	const char *number = "";
	enum yh_rc rc = YH_OK;

	if (strcmp(event->object_kind, "edition") == 0)
		rc = yh_mirror_key_of(cx->tx, YH_MIRROR_EDITIONS, &ours, &event->object, cx->arena,
				      &number, err);
	if (rc != YH_OK || !number[0])
		return rc;
	(void)snprintf(p.last, sizeof p.last, "edition/%.16s", number);
	rc = emit(arg, p.last, err);
	(void)snprintf(p.prefix, sizeof p.prefix, "item/%.16s/", number);
	(void)snprintf(p.last, sizeof p.last, "%s", p.prefix);
	for (p.n = PAGE; rc == YH_OK && p.n == PAGE;) {
		char after[sizeof p.last];

		memcpy(after, p.last, sizeof after);
		p.n = 0;
		rc = yh_link_list_keys(cx, &ours, lists + ITEMS, 1, after, PAGE, pass, &p, err);
	}
	return rc;
}

YH_LINK_KEYS_FN(yh_link_catalogue_keys)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);

	return yh_link_list_keys(cx, &ours, lists, LISTS, after, n, emit, arg, err);
}

static enum yh_rc build_edition(struct yh_ctx *cx, const struct yh_id *id, json_t **body,
				struct yh_err *err)
{
	struct yh_edition_row e;
	char day[YH_DAY_TEXT], created[YH_TIME_TEXT], digest[YH_SM3_HEX];
	enum yh_rc rc = yh_edition_load(cx->tx, id, cx->arena, &e, err);

	if (rc != YH_OK)
		return rc;
	return yh_link_packed(json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "kind", "edition",
					"number", (json_int_t)e.number, "title", e.title, "state",
					e.state, "effective", yh_day_text(e.effective_day, day),
					"digest", yh_hex(e.digest.b, sizeof e.digest.b, digest),
					"created", yh_time_text(e.created_at, created)),
			      body, err);
}

static enum yh_rc add(json_t *list, json_t *v, struct yh_err *err)
{
	return v && json_array_append_new(list, v) == 0
		       ? YH_OK
		       : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc add_lists(const struct yh_item_row *i, json_t *body, struct yh_err *err)
{
	json_t *tiers = json_array(), *dims = json_array();
	enum yh_rc rc = tiers && dims && json_object_set_new(body, "tiers", tiers) == 0 &&
					json_object_set_new(body, "dims", dims) == 0
				? YH_OK
				: yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t t = 0; rc == YH_OK && t < i->n_tiers; t++)
		rc = add(tiers,
			 json_pack("{s:I, s:I}", "from_milli", (json_int_t)i->tiers[t].from_milli,
				   "price_e6", (json_int_t)i->tiers[t].price_e6),
			 err);
	for (size_t d = 0; rc == YH_OK && d < i->n_dims; d++)
		rc = add(dims,
			 json_pack("{s:s, s:I}", "dim", i->dims[d].dim, "quantity_milli",
				   (json_int_t)i->dims[d].qty_milli),
			 err);
	return rc;
}

static enum yh_rc item_body(const struct yh_item_row *i, int64_t number, json_t **body,
			    struct yh_err *err)
{
	enum yh_rc rc = yh_link_packed(
		json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I,"
			  " s:s, s:s, s:I, s:s, s:b, s:b}",
			  "kind", "item", "edition", (json_int_t)number, "code", i->code, "class",
			  i->class_, "category", i->category, "name", i->name, "content",
			  i->content, "per", i->per, "measure", i->measure, "mode", i->mode,
			  "free_milli", (json_int_t)i->free_milli, "minimum_e6",
			  (json_int_t)i->minimum_e6, "step_milli", (json_int_t)i->step_milli,
			  "package_milli", (json_int_t)i->package_milli, "metric", i->metric,
			  "metric_as", i->metric_as, "metric_per", (json_int_t)i->metric_per,
			  "tags", i->tags, "trusted", i->trusted, "exposed", i->exposed),
		body, err);

	return rc == YH_OK ? add_lists(i, *body, err) : rc;
}

static enum yh_rc build_item(struct yh_ctx *cx, const struct yh_id *id, json_t **body,
			     struct yh_err *err)
{
	struct yh_item_row i;
	struct yh_edition_row e;
	enum yh_rc rc = yh_item_load(cx->tx, id, cx->arena, &i, err);

	if (rc == YH_OK)
		rc = yh_edition_load(cx->tx, &i.edition, cx->arena, &e, err);
	return rc == YH_OK ? item_body(&i, e.number, body, err) : rc;
}

YH_LINK_BUILD_FN(yh_link_catalogue_build)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);
	struct yh_id id = { { 0 } };
	enum yh_rc rc = YH_OK;

	*body = NULL;
	for (size_t l = 0; rc == YH_OK && l < LISTS; l++) {
		size_t lead = strlen(lists[l].lead);

		if (strncmp(key, lists[l].lead, lead) != 0)
			continue;
		rc = yh_mirror_id_of(cx->tx, lists[l].list, &ours, key + lead, &id, err);
		if (rc == YH_OK && !yh_id_is_zero(&id))
			rc = l == EDITIONS ? build_edition(cx, &id, body, err)
					   : build_item(cx, &id, body, err);
	}
	return rc;
}

/* ---- taking ---- */

static int64_t number_of(const json_t *body, const char *name)
{
	return json_integer_value(json_object_get(body, name));
}

static enum yh_rc edition_of(struct yh_ctx *cx, const struct yh_link_peer *peer, int64_t number,
			     char key[24], struct yh_id *out, struct yh_err *err)
{
	const struct yh_mirror_of theirs = yh_link_theirs(peer);

	(void)snprintf(key, 24, "%06lld", (long long)number);
	return yh_mirror_id_of(cx->tx, YH_MIRROR_EDITIONS, &theirs, key, out, err);
}

/* One that is here under its number already, from before the two were paired, is the other side's
 * from now on. */
static enum yh_rc take_edition(struct yh_ctx *cx, const struct yh_link_peer *peer,
			       const json_t *body, struct yh_err *err)
{
	struct yh_edition_row e = { .cloud = peer->cloud,
				    .number = number_of(body, "number"),
				    .title = yh_json_text(body, "title"),
				    .version = 1 };
	const char *digest = yh_json_text(body, "digest");
	struct yh_id there;
	char key[24];
	enum yh_rc rc = edition_of(cx, peer, e.number, key, &there, err);

	if (rc == YH_OK)
		rc = yh_link_text(body, "state", e.state, sizeof e.state, err);
	e.id = yh_link_id(peer, "edition", key);
	if (rc == YH_OK && !yh_id_is_zero(&there))
		e.id = there;
	if (rc == YH_OK)
		rc = yh_link_day(body, "effective", &e.effective_day, err);
	if (rc == YH_OK)
		rc = yh_link_time(body, "created", &e.created_at, err);
	if (rc == YH_OK && digest && !yh_unhex(digest, e.digest.b, sizeof e.digest.b))
		rc = yh_fail_field(err, YH_BAD_INPUT, "link-code", "/digest");
	return rc == YH_OK ? yh_mirror_edition(cx->tx, &e, err) : rc;
}

static enum yh_rc read_lists(struct yh_ctx *cx, const json_t *body, struct yh_item_row *i,
			     struct yh_err *err)
{
	const json_t *tiers = json_object_get(body, "tiers"), *dims = json_object_get(body, "dims");

	i->n_tiers = json_array_size(tiers);
	i->n_dims = json_array_size(dims);
	i->tiers = YH_NEW_N(cx->arena, struct yh_tier, i->n_tiers + 1);
	i->dims = YH_NEW_N(cx->arena, struct yh_item_dim, i->n_dims + 1);
	if (!i->tiers || !i->dims)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t t = 0; t < i->n_tiers; t++) {
		const json_t *e = json_array_get(tiers, t);

		i->tiers[t] =
			(struct yh_tier){ number_of(e, "from_milli"), number_of(e, "price_e6") };
		if (t && i->tiers[t].from_milli <= i->tiers[t - 1].from_milli)
			return yh_fail_field(err, YH_BAD_INPUT, "link-order", "/tiers");
	}
	for (size_t d = 0; d < i->n_dims; d++) {
		const json_t *e = json_array_get(dims, d);

		i->dims[d].qty_milli = number_of(e, "quantity_milli");
		(void)snprintf(i->dims[d].dim, sizeof i->dims[d].dim, "%s", yh_json_text(e, "dim"));
		if (d && strcmp(i->dims[d].dim, i->dims[d - 1].dim) <= 0)
			return yh_fail_field(err, YH_BAD_INPUT, "link-order", "/dims");
	}
	return YH_OK;
}

static enum yh_rc read_item(struct yh_ctx *cx, const json_t *body, struct yh_item_row *i,
			    struct yh_err *err)
{
	const struct {
		const char *name;
		char *out;
		size_t size;
	} texts[] = {
		{ "class", i->class_, sizeof i->class_ },
		{ "per", i->per, sizeof i->per },
		{ "measure", i->measure, sizeof i->measure },
		{ "mode", i->mode, sizeof i->mode },
		{ "metric", i->metric, sizeof i->metric },
		{ "metric_as", i->metric_as, sizeof i->metric_as },
	};
	enum yh_rc rc = YH_OK;

	*i = (struct yh_item_row){
		.category = yh_json_text(body, "category"),
		.name = yh_json_text(body, "name"),
		.content = yh_json_text(body, "content"),
		.free_milli = number_of(body, "free_milli"),
		.minimum_e6 = number_of(body, "minimum_e6"),
		.step_milli = number_of(body, "step_milli"),
		.package_milli = number_of(body, "package_milli"),
		.metric_per = number_of(body, "metric_per"),
		.tags = yh_json_text(body, "tags"),
		.trusted = json_is_true(json_object_get(body, "trusted")),
		.exposed = json_is_true(json_object_get(body, "exposed")),
	};
	for (size_t t = 0; rc == YH_OK && t < YH_LEN(texts); t++)
		rc = yh_link_text(body, texts[t].name, texts[t].out, texts[t].size, err);
	return rc == YH_OK ? read_lists(cx, body, i, err) : rc;
}

/* An item that has arrived is what bills and sums were reckoned by: it stays as it was. */
static enum yh_rc same_as_before(struct yh_ctx *cx, const struct yh_id *id, int64_t number,
				 const json_t *body, struct yh_err *err)
{
	struct yh_item_row i;
	YH_JSON_AUTO was = NULL;
	enum yh_rc rc = yh_item_load(cx->tx, id, cx->arena, &i, err);

	if (rc == YH_OK)
		rc = item_body(&i, number, &was, err);
	if (rc == YH_OK && !json_equal(was, (json_t *)(uintptr_t)body)) {
		rc = yh_fail(err, YH_BAD_INPUT, "link-item-changed");
		yh_err_int(err, "edition", number);
		yh_err_text(err, "item", i.code);
	}
	return rc;
}

static enum yh_rc take_item(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			    struct yh_err *err)
{
	const struct yh_mirror_of theirs = yh_link_theirs(peer);
	int64_t number = number_of(body, "edition");
	struct yh_id there = { { 0 } }, edition;
	struct yh_item_row i;
	char key[YH_LINK_KEY_MAX];
	enum yh_rc rc = read_item(cx, body, &i, err);

	if (rc == YH_OK)
		rc = yh_link_code(body, "code", i.code, sizeof i.code, err);
	if (rc == YH_OK)
		rc = edition_of(cx, peer, number, key, &edition, err);
	if (rc == YH_OK && yh_id_is_zero(&edition))
		rc = yh_link_missing(err, "edition", "edition", key);
	(void)snprintf(key, sizeof key, "%06lld/%s", (long long)number, i.code);
	if (rc == YH_OK)
		rc = yh_mirror_id_of(cx->tx, YH_MIRROR_ITEMS, &theirs, key, &there, err);
	if (rc != YH_OK)
		return rc;
	if (!yh_id_is_zero(&there))
		return same_as_before(cx, &there, number, body, err);
	i.id = yh_link_id(peer, "item", key);
	i.edition = edition;
	return yh_item_insert(cx->tx, &i, err);
}

YH_LINK_APPLY_FN(yh_link_catalogue_apply)
{
	static const char *const kinds[] = { "edition", "item", NULL };
	char wanted[YH_LINK_KEY_MAX];
	const char *kind;
	bool item;
	enum yh_rc rc;

	if (!body)
		return YH_OK;
	rc = yh_link_shaped(body, kinds, &kind, err);
	if (rc != YH_OK)
		return rc;
	item = strcmp(kind, "item") == 0;
	(void)snprintf(wanted, sizeof wanted, "%s/%06lld%s%s", kind,
		       (long long)number_of(body, item ? "edition" : "number"), item ? "/" : "",
		       item ? yh_json_text(body, "code") : "");
	rc = yh_link_keyed(key, wanted, err);
	if (rc != YH_OK)
		return rc;
	return item ? take_item(cx, peer, body, err) : take_edition(cx, peer, body, err);
}
