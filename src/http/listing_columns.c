/* Columns of a list as a file. */
#include "http/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { KEY_BYTES = 96, EXACT_INT = 1000000000 /* larger ones go as decimals, digit by digit */ };

/* Where a key leads in the items' shape. */
static const struct yh_shape *resolve(const struct yh_shape_book *book, const struct yh_shape *s)
{
	for (size_t i = 0; s && s->kind == YH_SH_NAMED && i < book->n_names; i++)
		if (strcmp(book->names[i].name, s->word) == 0)
			return book->names[i].shape;
	return s;
}

static const struct yh_shape *shape_at(const struct yh_shape_book *book, const struct yh_shape *s,
				       const char *key)
{
	static const struct yh_shape any = { .kind = YH_SH_ANY };

	while (s && *key) {
		size_t n = strcspn(key, ".");
		const struct yh_member *m;

		s = resolve(book, s);
		if (s->kind == YH_SH_ANY || s->kind == YH_SH_OBJECT)
			return &any;
		m = s->kind == YH_SH_RECORD ? s->members : NULL;
		while (m && (strlen(m->name) != n || memcmp(m->name, key, n) != 0))
			m = m->next;
		s = s->kind == YH_SH_MAP ? s->of : m ? &m->shape : NULL;
		key += n + (key[n] == '.');
	}
	return s ? resolve(book, s) : NULL;
}

static const struct yh_shape *shape_of(const struct yh_shape_book *book, const struct yh_op *op)
{
	static const struct yh_shape any = { .kind = YH_SH_ANY };

	for (size_t i = 0; i < book->n_replies; i++)
		if (book->replies[i].op == op && book->replies[i].shape)
			return book->replies[i].shape;
	return &any;
}

/* "a", "a.b-c_d": no empty part, nothing else. */
static bool is_key(const char *key)
{
	size_t n = strlen(key);

	return n > 0 && n < KEY_BYTES && key[0] != '.' && key[n - 1] != '.' && !strstr(key, "..") &&
	       strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
		       n;
}

static enum yh_rc invalid(struct yh_err *err)
{
	(void)yh_fail_field(err, YH_BAD_INPUT, "columns-invalid", "?columns");
	yh_err_int(err, "max", YH_LISTING_COLUMNS);
	return YH_BAD_INPUT;
}

static enum yh_rc add(struct yh_listing_spec *out, const struct yh_shape_book *book,
		      const struct yh_shape *item, const char *key, struct yh_err *err)
{
	const struct yh_shape *s;

	if (!is_key(key) || out->n == YH_LISTING_COLUMNS)
		return invalid(err);
	s = shape_at(book, item, key);
	if (!s) {
		(void)yh_fail_field(err, YH_BAD_INPUT, "column-unknown", "?columns");
		yh_err_text(err, "column", key);
		return YH_BAD_INPUT;
	}
	out->titles[out->n] = (struct yh_table_column){
		.title_zh = key,
		.title_en = key,
		.kind = YH_CELL_OWN,
		.width = s->kind == YH_SH_TIME  ? 20
			 : s->kind == YH_SH_DAY ? 12
						: 0,
	};
	out->columns[out->n++] = (struct yh_listing_column){ key, s->kind };
	return YH_OK;
}

static void name_as_declared(struct yh_listing_spec *out, const struct yh_column *columns)
{
	for (size_t i = 0; i < out->n; i++)
		for (const struct yh_column *c = columns; c && c->key; c++)
			if (strcmp(c->key, out->columns[i].key) == 0) {
				out->titles[i].title_zh = c->title_zh;
				out->titles[i].title_en = c->title_en;
			}
}

static enum yh_rc name_as_asked(struct yh_listing_spec *out, const char *titles,
				struct yh_arena *arena, struct yh_err *err)
{
	char *rest = yh_arena_strdup(arena, titles), *one;
	size_t n = 0;

	if (!rest)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while ((one = strsep(&rest, "|"))) {
		if (n < out->n)
			out->titles[n].title_zh = out->titles[n].title_en = one;
		n++;
	}
	if (n == out->n)
		return YH_OK;
	(void)yh_fail_field(err, YH_BAD_INPUT, "titles-count", "?titles");
	yh_err_int(err, "n", (int64_t)out->n);
	return YH_BAD_INPUT;
}

enum yh_rc yh_listing_columns(const struct yh_op *op, const struct yh_shape_book *book,
			      const struct yh_page_in *page, const char *lang,
			      struct yh_arena *arena, struct yh_listing_spec *out,
			      struct yh_err *err)
{
	const struct yh_shape *item = shape_of(book, op);
	char *rest = yh_arena_strdup(arena, page->columns), *one;
	enum yh_rc rc = YH_OK;

	out->n = 0;
	out->lang = lang;
	if (page->columns && !rest)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (rc == YH_OK && rest && (one = strsep(&rest, ",")))
		rc = add(out, book, item, one, err);
	for (const struct yh_column *c = op->columns; !page->columns && c && c->key && rc == YH_OK;
	     c++)
		rc = add(out, book, item, c->key, err);
	if (rc == YH_OK && out->n == 0)
		rc = invalid(err); /* it has none of its own: they must be named */
	if (rc != YH_OK)
		return rc;
	name_as_declared(out, op->columns);
	return page->titles ? name_as_asked(out, page->titles, arena, err) : YH_OK;
}

/* ---- cells ---- */

static bool is_decimal(const char *s)
{
	size_t digits;

	s += *s == '-';
	digits = strspn(s, "0123456789");
	s += digits;
	if (digits == 0 || *s == 0)
		return digits > 0;
	digits = *s == '.' ? strspn(s + 1, "0123456789") : 0;
	return digits > 0 && s[1 + digits] == 0;
}

static bool is_number(enum yh_shape_kind kind)
{
	return kind == YH_SH_FIGURE || kind == YH_SH_EXACT || kind == YH_SH_MONEY;
}

static struct yh_cell cell_of_text(enum yh_shape_kind kind, const char *s)
{
	struct yh_cell cell = { .text = s, .kind = YH_CELL_TEXT };
	yh_time time;
	yh_day day;

	if (is_number(kind) && is_decimal(s)) {
		cell.kind = YH_CELL_DECIMAL;
	} else if (kind == YH_SH_DAY && yh_day_parse(s, &day, NULL) == YH_OK) {
		cell.kind = YH_CELL_DAY;
		cell.num = day;
	} else if (kind == YH_SH_TIME && yh_time_parse(s, &time, NULL) == YH_OK) {
		cell.kind = YH_CELL_TIME;
		cell.num = time;
	}
	return cell;
}

/* A value as text inside of a list or of another's cell; NULL for nothing. */
static const char *text_of(const struct yh_listing_spec *spec, const json_t *v,
			   struct yh_arena *arena);

static const char *text_of_list(const struct yh_listing_spec *spec, const json_t *list,
				struct yh_arena *arena)
{
	enum { LIST_BYTES = 32000 };
	const char *between = strcmp(spec->lang, "en") == 0 ? ", " : "、";
	struct yh_buf b;
	const json_t *v;
	const char *text;
	size_t i;

	yh_buf_init(&b, LIST_BYTES);
	json_array_foreach(list, i, v)
	{
		yh_buf_str(&b, i ? between : "");
		text = text_of(spec, v, arena);
		yh_buf_str(&b, text ? text : "");
	}
	text = yh_arena_strdup(arena, yh_buf_text(&b));
	yh_buf_done(&b);
	return text;
}

static const char *text_of_object(const json_t *object, struct yh_arena *arena)
{
	static const char *const names[] = { "title", "name", "day", "no", "code" };
	YH_FREE_AUTO char *all = NULL;

	for (size_t i = 0; i < YH_LEN(names); i++)
		if (yh_json_text(object, names[i]))
			return yh_json_text(object, names[i]);
	all = yh_json_canonical(object);
	return yh_arena_strdup(arena, all);
}

static const char *text_of(const struct yh_listing_spec *spec, const json_t *v,
			   struct yh_arena *arena)
{
	bool english = strcmp(spec->lang, "en") == 0;

	switch (json_typeof(v)) {
	case JSON_STRING:
		return json_string_value(v);
	case JSON_INTEGER:
		return yh_arena_printf(arena, "%lld", (long long)json_integer_value(v));
	case JSON_REAL:
		return yh_arena_printf(arena, "%.15g", json_real_value(v));
	case JSON_TRUE:
		return english ? "yes" : "是";
	case JSON_FALSE:
		return english ? "no" : "否";
	case JSON_ARRAY:
		return text_of_list(spec, v, arena);
	case JSON_OBJECT:
		return text_of_object(v, arena);
	case JSON_NULL:
		break;
	}
	return NULL;
}

/* The value at "a.b", or of what is called "b_title" beside it. */
static const json_t *value_at(const json_t *item, const char *key)
{
	char name[KEY_BYTES + 8];
	const json_t *title;
	const char *dot;

	for (; (dot = strchr(key, '.')); key = dot + 1) {
		(void)snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
		item = json_object_get(item, name);
	}
	(void)snprintf(name, sizeof name, "%s_title", key);
	title = json_object_get(item, name);
	if (json_is_string(title) && json_string_length(title) > 0)
		return title;
	return json_object_get(item, key);
}

struct yh_cell yh_listing_cell(const struct yh_listing_spec *spec, size_t column,
			       const json_t *item, struct yh_arena *arena)
{
	const struct yh_listing_column *c = &spec->columns[column];
	const json_t *v = value_at(item, c->key);
	struct yh_cell cell = { .empty = true, .kind = YH_CELL_TEXT };

	if (!v || json_is_null(v))
		return cell;
	if (json_is_string(v))
		return cell_of_text(c->kind, json_string_value(v));
	cell.empty = false;
	if (json_is_integer(v) && llabs(json_integer_value(v)) <= EXACT_INT) {
		cell.kind = YH_CELL_INT;
		cell.num = json_integer_value(v);
		return cell;
	}
	if (json_is_number(v))
		cell.kind = YH_CELL_DECIMAL;
	cell.text = text_of(spec, v, arena);
	return cell;
}
