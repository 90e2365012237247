/* The items of an edition as JSON. */
#include "services/catalogue/items.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { NAME_SHOWN = 60 };

/* One item being read: where it stands, for pointers. */
struct reader {
	const json_t *obj;
	size_t at;
	struct yh_arena *arena;
	struct yh_err *err;
};

static enum yh_rc fault(const struct reader *r, const char *slug, const char *where)
{
	enum yh_rc rc = yh_fail(r->err, YH_BAD_INPUT, slug);

	yh_err_field(r->err, "/items/%zu%s%s", r->at, *where ? "/" : "", where);
	return rc;
}

static enum yh_rc wrong_type(const struct reader *r, const char *expected, const char *where)
{
	enum yh_rc rc = fault(r, "field-type", where);

	yh_err_text(r->err, "expected", expected);
	return rc;
}

static const char *const KNOWN[] = {
	"code",  "class", "category", "name",    "content", "per",     "measure",
	"mode",  "free",  "minimum",  "step",    "tags",    "trusted", "exposed",
	"tiers", "dims",  "package",  "metered", "price", /* as an edition is shown: that of the
							     first step */
};

static enum yh_rc check_members(const struct reader *r)
{
	const char *key;
	json_t *v;

	if (!json_is_object(r->obj))
		return wrong_type(r, "object", "");
	json_object_foreach((json_t *)r->obj, key, v)
	{
		bool known = false;

		for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0] && !known; i++)
			known = strcmp(KNOWN[i], key) == 0;
		if (!known) {
			/* a name that a pointer would escape or cut is told by `name` only */
			bool plain = strlen(key) <= NAME_SHOWN && !strpbrk(key, "/~");
			enum yh_rc rc = fault(r, "field-unknown", plain ? key : "");

			yh_err_text(r->err, "name", key);
			return rc;
		}
	}
	return YH_OK;
}

/* Text of at most `max` bytes without control characters other than line ends. */
static enum yh_rc check_text(const struct reader *r, const json_t *v, const char *where, size_t max)
{
	const char *s = json_string_value(v);

	if (!s)
		return wrong_type(r, "text", where);
	if (json_string_length(v) > max)
		return fault(r, "field-too-long", where);
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\n') || *s == 0x7f)
			return fault(r, "field-characters", where);
	return YH_OK;
}

static enum yh_rc read_text(const struct reader *r, const char *key, bool required, size_t max,
			    const char **out)
{
	const json_t *v = json_object_get(r->obj, key);
	enum yh_rc rc;

	if (!v && required)
		return fault(r, "field-required", key);
	rc = v ? check_text(r, v, key, max) : YH_OK;
	if (rc != YH_OK)
		return rc;
	if (required && json_string_length(v) == 0)
		return fault(r, "field-too-short", key);
	*out = yh_arena_strdup(r->arena, v ? json_string_value(v) : "");
	return *out ? YH_OK : yh_fail(r->err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc read_word(const struct reader *r, const char *key, const char *const *words,
			    char *out, size_t size)
{
	const json_t *v = json_object_get(r->obj, key);
	char all[64] = "";
	enum yh_rc rc;

	if (!v)
		return fault(r, "field-required", key);
	for (size_t i = 0; words[i]; i++) {
		size_t n = strlen(all);

		if (json_is_string(v) && strcmp(json_string_value(v), words[i]) == 0) {
			(void)snprintf(out, size, "%s", words[i]);
			return YH_OK;
		}
		(void)snprintf(all + n, sizeof all - n, "%s%s", n ? "|" : "", words[i]);
	}
	rc = fault(r, "field-choice", key);
	yh_err_text(r->err, "choices", all);
	return rc;
}

/* 1 to max characters of `set` beyond letters or digits; lower: no capitals. */
static bool is_name(const char *s, size_t max, bool lower, const char *set)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c > 0x7f ||
		    !(isdigit(c) || islower(c) || (!lower && isupper(c)) || strchr(set, c)))
			return false;
	}
	return n >= 1 && n <= max;
}

static enum yh_rc read_name(const struct reader *r, const char *key, const char *slug, bool lower,
			    const char *set, char *out, size_t size)
{
	const json_t *v = json_object_get(r->obj, key);

	if (!v)
		return fault(r, "field-required", key);
	if (!json_is_string(v))
		return wrong_type(r, "text", key);
	if (!is_name(json_string_value(v), size - 1, lower, set))
		return fault(r, slug, key);
	(void)snprintf(out, size, "%s", json_string_value(v));
	return YH_OK;
}

static enum yh_rc read_milli(const struct reader *r, const json_t *v, const char *where,
			     int64_t least, int64_t *out)
{
	if (yh_json_milli(v, out, NULL) != YH_OK)
		return fault(r, "number-invalid", where);
	if (*out < least || *out > YH_QTY_MILLI_MAX)
		return fault(r, "quantity-out-of-range", where);
	return YH_OK;
}

static enum yh_rc read_price(const struct reader *r, const json_t *v, const char *where,
			     int64_t *out)
{
	const char *s = json_string_value(v);

	if (!s || yh_scaled_parse(s, 6, out, NULL) != YH_OK || *out < 0 || *out > YH_QTY_MILLI_MAX)
		return fault(r, "price-invalid", where);
	return YH_OK;
}

static enum yh_rc read_bool(const struct reader *r, const char *key, bool *out)
{
	const json_t *v = json_object_get(r->obj, key);

	if (v && !json_is_boolean(v))
		return wrong_type(r, "bool", key);
	*out = json_is_true(v);
	return YH_OK;
}

/* As an edition is shown: words with blanks between them. */
static json_t *tags_of_text(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		size_t n = strcspn(text, " ");

		if (n && json_array_append_new(list, json_stringn(text, n)) != 0)
			break;
		text += n + (text[n] == ' ');
	}
	return list;
}

static enum yh_rc read_tags(const struct reader *r, const char **out)
{
	const json_t *given = json_object_get(r->obj, "tags");
	YH_JSON_AUTO words = json_is_string(given) ? tags_of_text(json_string_value(given)) : NULL;
	const json_t *list = words ? words : given;
	char all[YH_TAGS_MAX * 34 + 1] = "", where[32];
	size_t used = 0;

	if (list && !json_is_array(list))
		return wrong_type(r, "array", "tags");
	if (json_array_size(list) > YH_TAGS_MAX)
		return fault(r, "list-too-long", "tags");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		enum yh_rc rc;

		(void)snprintf(where, sizeof where, "tags/%zu", i);
		rc = check_text(r, v, where, 32);
		if (rc != YH_OK)
			return rc;
		if (json_string_length(v) == 0 || strpbrk(json_string_value(v), " \n"))
			return fault(r, "field-characters", where);
		used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", used ? " " : "",
					 json_string_value(v));
	}
	*out = yh_arena_strdup(r->arena, all);
	return *out ? YH_OK : yh_fail(r->err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc read_tier(const struct reader *r, const json_t *v, size_t i, struct yh_tier *out)
{
	char where[40];
	enum yh_rc rc;

	(void)snprintf(where, sizeof where, "tiers/%zu", i);
	if (!json_is_object(v))
		return wrong_type(r, "object", where);
	if (json_object_size(v) != 2 || !json_object_get(v, "from") || !json_object_get(v, "price"))
		return fault(r, json_object_size(v) > 2 ? "field-unknown" : "field-required",
			     where);
	(void)snprintf(where, sizeof where, "tiers/%zu/from", i);
	rc = read_milli(r, json_object_get(v, "from"), where, 0, &out->from_milli);
	if (rc != YH_OK)
		return rc;
	if (i == 0 ? out->from_milli != 0 : out->from_milli <= out[-1].from_milli)
		return fault(r, "tiers-order", where);
	(void)snprintf(where, sizeof where, "tiers/%zu/price", i);
	return read_price(r, json_object_get(v, "price"), where, &out->price_e6);
}

/* Who changes only what the first step repeats would change nothing, and is told so. */
static enum yh_rc check_price(const struct reader *r, const struct yh_item_row *i)
{
	const json_t *price = json_object_get(r->obj, "price");
	int64_t e6;
	enum yh_rc rc = price ? read_price(r, price, "price", &e6) : YH_OK;

	return rc == YH_OK && price && e6 != i->tiers[0].price_e6
		       ? fault(r, "price-not-of-tiers", "price")
		       : rc;
}

static enum yh_rc read_tiers(const struct reader *r, struct yh_item_row *out)
{
	const json_t *list = json_object_get(r->obj, "tiers");
	enum yh_rc rc = YH_OK;

	if (!list)
		return fault(r, "field-required", "tiers");
	out->n_tiers = json_array_size(list);
	if (out->n_tiers == 0)
		return wrong_type(r, "array", "tiers");
	if (out->n_tiers > YH_TIERS_MAX)
		return fault(r, "list-too-long", "tiers");
	if (strcmp(out->mode, "flat") == 0 && out->n_tiers != 1)
		return fault(r, "tiers-flat", "tiers");
	out->tiers = YH_NEW_N(r->arena, struct yh_tier, out->n_tiers);
	if (!out->tiers)
		return yh_fail(r->err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < out->n_tiers; i++)
		rc = read_tier(r, json_array_get(list, i), i, &out->tiers[i]);
	return rc == YH_OK ? check_price(r, out) : rc;
}

static enum yh_rc read_dims(const struct reader *r, struct yh_item_row *out)
{
	const json_t *map = json_object_get(r->obj, "dims");
	const char *key;
	json_t *v;

	if (map && !json_is_object(map))
		return wrong_type(r, "object", "dims");
	if (json_object_size(map) > YH_DIMS_MAX)
		return fault(r, "list-too-long", "dims");
	out->dims = YH_NEW_N(r->arena, struct yh_item_dim, json_object_size(map) + 1);
	if (!out->dims)
		return yh_fail(r->err, YH_TOO_LARGE, "memory-short");
	json_object_foreach((json_t *)map, key, v)
	{
		struct yh_item_dim *d = &out->dims[out->n_dims++];
		char where[48];
		enum yh_rc rc;

		if (!is_name(key, sizeof d->dim - 1, true, "_"))
			return fault(r, "dimension-invalid", "dims");
		(void)snprintf(d->dim, sizeof d->dim, "%s", key);
		(void)snprintf(where, sizeof where, "dims/%s", key);
		rc = read_milli(r, v, where, 1, &d->qty_milli);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc read_numbers(const struct reader *r, struct yh_item_row *out)
{
	const json_t *free_ = json_object_get(r->obj, "free");
	const json_t *minimum = json_object_get(r->obj, "minimum");
	const json_t *step = json_object_get(r->obj, "step");
	enum yh_rc rc = YH_OK;

	out->step_milli = 1000;
	if (free_)
		rc = read_milli(r, free_, "free", 0, &out->free_milli);
	if (rc == YH_OK && minimum)
		rc = read_price(r, minimum, "minimum", &out->minimum_e6);
	if (rc == YH_OK && step)
		rc = read_milli(r, step, "step", 1, &out->step_milli);
	return rc;
}

/* How many units a package holds: of package prices, and of no others. */
static enum yh_rc read_package(const struct reader *r, struct yh_item_row *out)
{
	const json_t *v = json_object_get(r->obj, "package");
	bool wanted = strcmp(out->mode, "package") == 0;

	if (wanted != (v != NULL))
		return fault(r, v ? "package-unused" : "field-required", "package");
	return v ? read_milli(r, v, "package", 1, &out->package_milli) : YH_OK;
}

/* A metric's name, as the meter takes it. */
static bool is_metric(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n < sizeof((struct yh_item_row *)0)->metric &&
	       !isdigit((unsigned char)*s) &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:") == n;
}

/* The meter knows by its name what only grows and is reset. */
static bool is_counter(const char *metric)
{
	size_t n = strlen(metric), end = strlen("_total");

	return n > end && strcmp(metric + n - end, "_total") == 0;
}

/* Where the quantity of an item priced per use comes from. */
static enum yh_rc read_metered(const struct reader *r, struct yh_item_row *out)
{
	const json_t *map = json_object_get(r->obj, "metered");
	const json_t *per = json_object_get(map, "per");
	const char *metric = yh_json_text(map, "metric"), *as = yh_json_text(map, "as");

	if (!map)
		return YH_OK;
	if (strcmp(out->per, "use") != 0)
		return fault(r, "metered-unused", "metered");
	if (!json_is_object(map))
		return wrong_type(r, "object", "metered");
	if (json_object_size(map) != 3 || !metric || !as || !per)
		return fault(r, json_object_size(map) > 3 ? "field-unknown" : "field-required",
			     "metered");
	if (!is_metric(metric))
		return fault(r, "field-code", "metered/metric");
	if (strcmp(as, "rise") != 0 && strcmp(as, "hours") != 0) {
		enum yh_rc rc = fault(r, "field-choice", "metered/as");

		yh_err_text(r->err, "choices", "rise|hours");
		return rc;
	}
	if (strcmp(as, "rise") == 0 && !is_counter(metric))
		return fault(r, "metered-counter", "metered/metric");
	if (!json_is_integer(per) || json_integer_value(per) < 1 ||
	    json_integer_value(per) > YH_QTY_MILLI_MAX)
		return fault(r, "quantity-out-of-range", "metered/per");
	(void)snprintf(out->metric, sizeof out->metric, "%s", metric);
	(void)snprintf(out->metric_as, sizeof out->metric_as, "%s", as);
	out->metric_per = json_integer_value(per);
	return YH_OK;
}

/* A begun package counts whole, so a step cannot begin within one. */
static enum yh_rc check_package_tiers(const struct reader *r, const struct yh_item_row *out)
{
	for (size_t i = 0; strcmp(out->mode, "package") == 0 && i < out->n_tiers; i++) {
		char where[40];

		(void)snprintf(where, sizeof where, "tiers/%zu/from", i);
		if (out->tiers[i].from_milli % 1000 != 0)
			return fault(r, "package-tier", where);
	}
	return YH_OK;
}

static enum yh_rc read_pricing(const struct reader *r, struct yh_item_row *out)
{
	enum yh_rc rc = read_package(r, out);

	if (rc == YH_OK)
		rc = check_package_tiers(r, out);
	return rc == YH_OK ? read_metered(r, out) : rc;
}

static enum yh_rc read_item(const struct reader *r, struct yh_item_row *out)
{
	static const char *const classes[] = { "IaaS", "PaaS", "SaaS", NULL };
	static const char *const pers[] = { "hour", "day", "month", "year", "use", NULL };
	static const char *const modes[] = { "flat", "graduated", "volume", "package", NULL };
	enum yh_rc rc = check_members(r);

	if (rc == YH_OK)
		rc = read_name(r, "code", "field-code", false, "._-", out->code, sizeof out->code);
	if (rc == YH_OK)
		rc = read_word(r, "class", classes, out->class_, sizeof out->class_);
	if (rc == YH_OK)
		rc = read_text(r, "category", true, 128, &out->category);
	if (rc == YH_OK)
		rc = read_text(r, "name", true, 256, &out->name);
	if (rc == YH_OK)
		rc = read_text(r, "content", false, 4000, &out->content);
	if (rc == YH_OK)
		rc = read_word(r, "per", pers, out->per, sizeof out->per);
	if (rc == YH_OK)
		rc = read_name(r, "measure", "field-code", true, "_", out->measure,
			       sizeof out->measure);
	if (rc == YH_OK)
		rc = read_word(r, "mode", modes, out->mode, sizeof out->mode);
	if (rc == YH_OK)
		rc = read_numbers(r, out);
	if (rc == YH_OK)
		rc = read_tags(r, &out->tags);
	if (rc == YH_OK)
		rc = read_bool(r, "trusted", &out->trusted);
	if (rc == YH_OK)
		rc = read_bool(r, "exposed", &out->exposed);
	if (rc == YH_OK)
		rc = read_tiers(r, out);
	if (rc == YH_OK)
		rc = read_pricing(r, out);
	return rc == YH_OK ? read_dims(r, out) : rc;
}

static bool is_bad_input(enum yh_rc rc)
{
	return rc == YH_BAD_INPUT || rc == YH_CONFLICT;
}

/* One item, whose code no other may have; what is wrong is put behind the faults. */
static enum yh_rc read_one(struct reader *r, json_t *seen, struct yh_item_row *out,
			   struct yh_err *faults, struct yh_faults *found)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	r->err = &why;
	rc = read_item(r, out);
	if (rc == YH_OK && json_object_get(seen, out->code))
		rc = fault(r, "code-twice", "code");
	if (rc == YH_OK && json_object_set_new(seen, out->code, json_true()) != 0)
		rc = yh_fail(&why, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		return YH_OK;
	if (found->n < YH_ITEMS_FAULTS)
		faults[found->n++] = why;
	found->all++;
	return rc;
}

enum yh_rc yh_items_read_all(const json_t *list, struct yh_arena *arena, struct yh_item_row **out,
			     size_t *n, struct yh_faults *found, struct yh_err *err)
{
	json_t *seen __attribute__((cleanup(yh_json_put))) = json_object();
	struct yh_err *faults = YH_NEW_N(arena, struct yh_err, YH_ITEMS_FAULTS);

	*n = json_array_size(list);
	*found = (struct yh_faults){ .list = faults };
	if (!json_is_array(list))
		return yh_fail_field(err, YH_BAD_INPUT, "field-type", "/items");
	if (*n > YH_ITEMS_MAX)
		return yh_fail_field(err, YH_TOO_LARGE, "list-too-long", "/items");
	*out = YH_NEW_N(arena, struct yh_item_row, *n + 1);
	if (!*out || !seen || !faults)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < *n; i++) {
		struct reader r = { json_array_get(list, i), i, arena, NULL };
		enum yh_rc rc = read_one(&r, seen, &(*out)[i], faults, found);

		if (rc != YH_OK && !is_bad_input(rc))
			break;
	}
	if (found->all == 0)
		return YH_OK;
	if (err && err->rc == YH_OK)
		*err = faults[0];
	return faults[0].rc;
}

enum yh_rc yh_items_read(const json_t *list, struct yh_arena *arena, struct yh_item_row **out,
			 size_t *n, struct yh_err *err)
{
	struct yh_faults found;

	return yh_items_read_all(list, arena, out, n, &found, err);
}

static void write_tags(struct yh_jw *w, const char *tags)
{
	char tag[40];

	yh_jw_arr(w, "tags");
	while (*tags) {
		size_t n = strcspn(tags, " ");

		(void)snprintf(tag, sizeof tag, "%.*s", (int)(n < 39 ? n : 39), tags);
		yh_jw_str(w, NULL, tag);
		tags += n + (tags[n] == ' ');
	}
	yh_jw_end_arr(w);
}

/* Only where they are: the digests of editions from before these fields stay what they were. */
void yh_item_write_pricing(struct yh_jw *w, const struct yh_item_row *i)
{
	if (i->package_milli)
		yh_jw_milli(w, "package", i->package_milli);
	if (!i->metric[0])
		return;
	yh_jw_obj(w, "metered");
	yh_jw_str(w, "metric", i->metric);
	yh_jw_str(w, "as", i->metric_as);
	yh_jw_int(w, "per", i->metric_per);
	yh_jw_end_obj(w);
}

void yh_item_write_tiers(struct yh_jw *w, const char *key, const struct yh_item_row *i)
{
	yh_jw_arr(w, key);
	for (size_t t = 0; t < i->n_tiers; t++) {
		yh_jw_obj(w, NULL);
		yh_jw_milli(w, "from", i->tiers[t].from_milli);
		yh_jw_scaled(w, "price", i->tiers[t].price_e6, 6);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

void yh_item_write(struct yh_jw *w, const char *key, const struct yh_item_row *i)
{
	yh_jw_obj(w, key);
	yh_jw_str(w, "code", i->code);
	yh_jw_str(w, "class", i->class_);
	yh_jw_str(w, "category", i->category);
	yh_jw_str(w, "name", i->name);
	yh_jw_str(w, "content", i->content);
	yh_jw_str(w, "per", i->per);
	yh_jw_str(w, "measure", i->measure);
	yh_jw_str(w, "mode", i->mode);
	yh_jw_milli(w, "free", i->free_milli);
	yh_jw_scaled(w, "minimum", i->minimum_e6, 6);
	yh_jw_milli(w, "step", i->step_milli);
	yh_item_write_pricing(w, i);
	write_tags(w, i->tags);
	yh_jw_bool(w, "trusted", i->trusted);
	yh_jw_bool(w, "exposed", i->exposed);
	yh_item_write_tiers(w, "tiers", i);
	yh_jw_obj(w, "dims");
	for (size_t d = 0; d < i->n_dims; d++)
		yh_jw_milli(w, i->dims[d].dim, i->dims[d].qty_milli);
	yh_jw_end_obj(w);
	yh_jw_end_obj(w);
}
