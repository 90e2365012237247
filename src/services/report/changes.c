/* What an edition of a report changed: its rows against those of the edition before, by their keys.
 */
#include <string.h>

#include "base/mem.h"
#include "services/report/internal.h"

struct comparing {
	json_t *out;
	int64_t total;
	bool failed;
};

/* The first `keys` cells as one text: what a row is about. Names may change, and stand in keys. */
static char *key_of(const json_t *row, size_t keys)
{
	YH_JSON_AUTO cells = json_array();

	for (size_t i = 0; cells && i < keys; i++)
		(void)json_array_append(cells, json_array_get(row, i));
	return cells ? yh_json_canonical(cells) : NULL;
}

static json_t *index_of(const json_t *section, size_t keys)
{
	json_t *index = json_object(), *row;
	size_t i;

	json_array_foreach(json_object_get(section, "rows"), i, row)
	{
		YH_FREE_AUTO char *key = key_of(row, keys);

		if (!index || !key || json_object_set(index, key, row) != 0) {
			json_decref(index);
			return NULL;
		}
	}
	return index;
}

static void note(struct comparing *c, const char *section, const json_t *row, size_t keys,
		 const char *column, const json_t *before, const json_t *after)
{
	json_t *key;

	if (c->total++ >= YH_REPORT_CHANGES)
		return;
	key = json_array();
	for (size_t i = 0; i < keys; i++)
		(void)json_array_append(key, json_array_get(row, i));
	c->failed |=
		json_array_append_new(c->out, json_pack("{s:s, s:o, s:s, s:O?, s:O?}", "section",
							section, "key", key, "column", column,
							"before", before, "after", after)) != 0;
}

/* Of one row; either may be NULL: it was not there. */
static void compare_rows(struct comparing *c, const json_t *section, const json_t *before,
			 const json_t *after)
{
	size_t keys = (size_t)json_integer_value(json_object_get(section, "keys"));
	const json_t *columns = json_object_get(section, "columns");
	const char *id = yh_json_text(section, "id");

	for (size_t i = keys; i < json_array_size(columns); i++) {
		const json_t *was = before ? json_array_get(before, i) : NULL;
		const json_t *is = after ? json_array_get(after, i) : NULL;

		if ((was && is && json_equal(was, is)) || (!was && !is))
			continue;
		note(c, id, after ? after : before, keys,
		     yh_json_text(json_array_get(columns, i), "id"), was, is);
	}
}

static const json_t *section_named(const json_t *body, const char *id)
{
	json_t *section;
	size_t i;

	json_array_foreach(json_object_get(body, "sections"), i, section)
	{
		const char *name = yh_json_text(section, "id");

		if (name && strcmp(name, id) == 0)
			return section;
	}
	return NULL;
}

static void compare_section(struct comparing *c, const json_t *before, const json_t *after)
{
	size_t keys = (size_t)json_integer_value(json_object_get(after, "keys"));
	YH_JSON_AUTO old_rows = index_of(before, keys);
	YH_JSON_AUTO new_rows = index_of(after, keys);
	const char *key;
	json_t *row;

	c->failed |= !old_rows || !new_rows;
	if (c->failed)
		return;
	json_object_foreach(new_rows, key, row)
		compare_rows(c, after, json_object_get(old_rows, key), row);
	json_object_foreach(old_rows, key, row)
	{
		if (!json_object_get(new_rows, key))
			compare_rows(c, after, row, NULL);
	}
}

json_t *yh_report_changes(const struct yh_reporting *r, int64_t *total)
{
	struct comparing c = { .out = json_array() };
	json_t *section;
	size_t i;

	*total = 0;
	if (!c.out || !r->has_before)
		return c.out;
	json_array_foreach(r->sections, i, section) compare_section(
		&c, section_named(r->before_body, yh_json_text(section, "id")), section);
	*total = c.total;
	if (!c.failed)
		return c.out;
	json_decref(c.out);
	return NULL;
}
