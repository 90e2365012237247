/* From a request to an operation's input struct. */
#include "http/input.h"

#include <string.h>

#include "base/num.h"
#include "base/shortage.h"

/* Where a value comes from decides how its place is named. */
enum origin { FROM_PATH, FROM_QUERY, FROM_BODY };

struct place {
	enum origin origin;
	const char *name;
	struct yh_err *err;
};

static enum yh_rc name_place(const struct place *at)
{
	if (at->origin == FROM_PATH)
		yh_err_field(at->err, "{%.120s}", at->name);
	else if (at->origin == FROM_QUERY)
		yh_err_field(at->err, "?%.120s", at->name);
	else
		yh_err_field(at->err, "/%.120s", at->name);
	return YH_BAD_INPUT;
}

static enum yh_rc fault(const struct place *at, const char *slug)
{
	(void)yh_fail(at->err, YH_BAD_INPUT, slug);
	return name_place(at);
}

static enum yh_rc wrong_type(const struct place *at, const char *expected)
{
	(void)fault(at, "field-type");
	yh_err_text(at->err, "expected", expected);
	return YH_BAD_INPUT;
}

void *yh_input_new(const struct yh_op *op, struct yh_arena *arena)
{
	const struct yh_field *lists[] = { op->path_fields, op->query_fields, op->body_fields };
	char *in = yh_arena_alloc(arena, op->in_size ? op->in_size : 1);

	for (size_t i = 0; in && i < sizeof lists / sizeof lists[0]; i++)
		for (const struct yh_field *f = lists[i]; f && f->name; f++)
			if (f->type == YH_F_DAY)
				*(yh_day *)(void *)(in + f->offset) = YH_DAY_NONE;
	return in;
}

static bool is_code(const char *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";

	return *s && !strchr("._-", *s) && s[strspn(s, letters)] == 0;
}

static bool is_choice(const char *choices, const char *s)
{
	size_t n = strlen(s);

	while (n && !strchr(s, '|') && choices) {
		if (strncmp(choices, s, n) == 0 && (choices[n] == '|' || !choices[n]))
			return true;
		choices = strchr(choices, '|');
		if (choices)
			choices++;
	}
	return false;
}

/* Counts characters; false when one is a control character that the type does not admit. */
static bool count_characters(const char *s, bool breaks, int64_t *count)
{
	*count = 0;
	for (size_t len; *s; s += len) {
		uint32_t cp;

		len = yh_utf8_next(s, &cp);
		if (len == 0 || (cp >= 0x7F && cp < 0xA0) || cp == 0x2028 || cp == 0x2029)
			return false;
		if (cp < 0x20 && !(breaks && (cp == '\n' || cp == '\r' || cp == '\t')))
			return false;
		++*count;
	}
	return true;
}

static bool is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n")] == 0;
}

static enum yh_rc check_text(const struct yh_field *f, const char *s, const struct place *at)
{
	int64_t least = f->min, most = f->max, count;

	if (most == 0)
		most = f->type == YH_F_TEXT   ? YH_TEXT_MAX
		       : f->type == YH_F_CODE ? YH_CODE_MAX
					      : YH_LINE_MAX;
	if (!count_characters(s, f->type == YH_F_TEXT, &count))
		return fault(at, "field-characters");
	if (count > most) {
		(void)fault(at, "field-too-long");
		yh_err_int(at->err, "max", most);
		return YH_BAD_INPUT;
	}
	if ((f->flags & YH_REQUIRED) && !(f->flags & YH_SECRET) && is_blank(s))
		return fault(at, "field-required");
	if (count < least) {
		(void)fault(at, "field-too-short");
		yh_err_int(at->err, "min", least);
		return YH_BAD_INPUT;
	}
	return f->type == YH_F_CODE && !is_code(s) ? fault(at, "field-code") : YH_OK;
}

static enum yh_rc put_number(const struct yh_field *f, int64_t v, void *slot,
			     const struct place *at)
{
	if ((f->min != 0 || f->max != 0) && (v < f->min || v > f->max)) {
		void (*figure)(struct yh_err *, const char *, int64_t) =
			f->type == YH_F_MILLI ? yh_err_milli : yh_err_int;

		(void)fault(at, "field-range");
		figure(at->err, "min", f->min);
		figure(at->err, "max", f->max);
		return YH_BAD_INPUT;
	}
	*(int64_t *)slot = v;
	return YH_OK;
}

static enum yh_rc put_milli(const struct yh_field *f, int64_t v, void *slot, const struct place *at)
{
	if (v > YH_QTY_MILLI_MAX || v < -YH_QTY_MILLI_MAX)
		return fault(at, "number-invalid");
	return put_number(f, v, slot, at);
}

/* A text that stays where it is. */
static enum yh_rc put_text(const struct yh_field *f, const char *s, void *slot,
			   const struct place *at)
{
	enum yh_rc rc;

	switch (f->type) {
	case YH_F_LINE:
	case YH_F_TEXT:
	case YH_F_CODE:
		rc = check_text(f, s, at);
		break;
	case YH_F_WORD:
		rc = YH_OK;
		if (!is_choice(f->choices, s)) {
			rc = fault(at, "field-choice");
			yh_err_text(at->err, "choices", f->choices);
		}
		break;
	case YH_F_ID:
		rc = yh_id_parse(s, slot, at->err);
		return rc == YH_OK ? rc : name_place(at);
	case YH_F_DAY:
		rc = yh_day_parse(s, slot, at->err);
		return rc == YH_OK ? rc : name_place(at);
	default:
		return wrong_type(at, "text");
	}
	if (rc == YH_OK)
		*(const char **)slot = s;
	return rc;
}

/* From the path or the query, where all is text. */
static enum yh_rc put_plain(const struct yh_field *f, const char *s, void *in,
			    const struct place *at)
{
	void *slot = (char *)in + f->offset;
	int64_t v;
	enum yh_rc rc;

	switch (f->type) {
	case YH_F_INT:
	case YH_F_MILLI:
		rc = yh_scaled_parse(s, f->type == YH_F_INT ? 0 : 3, &v, at->err);
		if (rc != YH_OK)
			return name_place(at);
		return f->type == YH_F_INT ? put_number(f, v, slot, at) : put_milli(f, v, slot, at);
	case YH_F_BOOL:
		if (strcmp(s, "true") != 0 && strcmp(s, "false") != 0)
			return wrong_type(at, "bool");
		*(bool *)slot = s[0] == 't';
		return YH_OK;
	case YH_F_OBJECT:
	case YH_F_ARRAY:
		return wrong_type(at, "body");
	default:
		return put_text(f, s, slot, at);
	}
}

static enum yh_rc put_json(const struct yh_field *f, const json_t *v, void *in,
			   const struct place *at)
{
	void *slot = (char *)in + f->offset;
	int64_t milli;

	switch (f->type) {
	case YH_F_INT:
		return json_is_integer(v) ? put_number(f, json_integer_value(v), slot, at)
					  : wrong_type(at, "integer");
	case YH_F_BOOL:
		if (!json_is_boolean(v))
			return wrong_type(at, "bool");
		*(bool *)slot = json_is_true(v);
		return YH_OK;
	case YH_F_MILLI:
		if (!json_is_number(v) && !json_is_string(v))
			return wrong_type(at, "number");
		if (yh_json_milli(v, &milli, at->err) != YH_OK)
			return name_place(at);
		return put_milli(f, milli, slot, at);
	case YH_F_OBJECT:
	case YH_F_ARRAY:
		if (f->type == YH_F_OBJECT ? !json_is_object(v) : !json_is_array(v))
			return wrong_type(at, f->type == YH_F_OBJECT ? "object" : "array");
		*(const json_t **)slot = v;
		return YH_OK;
	default:
		return json_is_string(v) ? put_text(f, json_string_value(v), slot, at)
					 : wrong_type(at, "text");
	}
}

static const struct yh_field *find_field(const struct yh_field *f, const char *name)
{
	for (; f && f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

enum yh_rc yh_input_path(const struct yh_match *match, void *in, struct yh_arena *arena,
			 struct yh_err *err)
{
	(void)arena;
	for (size_t i = 0; i < match->n; i++) {
		struct place at = { FROM_PATH, match->names[i], err };
		const struct yh_field *f = find_field(match->op->path_fields, match->names[i]);
		enum yh_rc rc =
			f ? put_plain(f, match->values[i], in, &at) : fault(&at, "field-unknown");

		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

enum { QUERY_PARAMS = 32 };

struct pair {
	const char *name, *value;
};

static enum yh_rc split_query(const char *s, struct yh_arena *arena, struct pair *pairs, size_t *n,
			      struct yh_err *err)
{
	unsigned shortages = yh_shortages();

	*n = 0;
	while (s && *s) {
		size_t len = strcspn(s, "&"), name = strcspn(s, "=&");
		struct pair p;

		if (*n == QUERY_PARAMS || name == 0 || name == len)
			return yh_fail(err, YH_BAD_INPUT, "query-invalid");
		p.name = yh_percent_decode(s, name, true, true, arena);
		p.value = yh_percent_decode(s + name + 1, len - name - 1, true, true, arena);
		if (!p.name || !p.value)
			return yh_shortages() != shortages
				       ? yh_fail(err, YH_TOO_LARGE, "memory-short")
				       : yh_fail(err, YH_BAD_INPUT, "query-invalid");
		for (size_t i = 0; i < *n; i++)
			if (strcmp(pairs[i].name, p.name) == 0)
				return fault(&(struct place){ FROM_QUERY, p.name, err },
					     "query-duplicate");
		pairs[(*n)++] = p;
		s += len;
		if (*s == '&' && !*++s)
			return yh_fail(err, YH_BAD_INPUT, "query-invalid");
	}
	return YH_OK;
}

static enum yh_rc check_required(const struct yh_field *f, enum origin origin,
				 const struct pair *pairs, size_t n, const json_t *obj,
				 struct yh_err *err)
{
	for (; f && f->name; f++) {
		bool seen = obj && json_object_get(obj, f->name) &&
			    !json_is_null(json_object_get(obj, f->name));

		for (size_t i = 0; i < n; i++)
			seen = seen || strcmp(pairs[i].name, f->name) == 0;
		if (!seen && (f->flags & YH_REQUIRED))
			return fault(&(struct place){ origin, f->name, err }, "field-required");
	}
	return YH_OK;
}

#define PAGE(member) offsetof(struct yh_page_in, member)
const struct yh_field yh_page_fields[YH_PAGE_FIELDS + 1] = {
	{ "limit", YH_F_INT, PAGE(limit), 0, 1, YH_PAGE_MAX },
	{ "cursor", YH_F_LINE, PAGE(cursor), .max = YH_CURSOR_MAX },
	{ "as", YH_F_WORD, PAGE(as), .choices = "csv|xlsx",
	  .about = "the whole list as a file, instead of a page; without limit and cursor" },
	{ "columns", YH_F_LINE, PAGE(columns), .max = YH_COLUMNS_TEXT,
	  .about = "of the file: members of the items, separated by commas, as \"no,due.day\"; the "
		   "operation's own columns when absent" },
	{ "titles", YH_F_LINE, PAGE(titles), .max = YH_COLUMNS_TEXT,
	  .about = "of the columns, separated by |" },
	{ 0 },
};

static enum yh_rc check_page(const struct yh_page_in *page, bool paged, struct yh_err *err)
{
	if (page->as && paged)
		return yh_fail(err, YH_BAD_INPUT, "list-whole");
	if (!page->as && (page->columns || page->titles))
		return fault(&(struct place){ FROM_QUERY, "as", err }, "field-required");
	return YH_OK;
}

enum yh_rc yh_input_query(const struct yh_op *op, const char *query, void *in,
			  struct yh_arena *arena, struct yh_page_in *page, struct yh_err *err)
{
	struct pair pairs[QUERY_PARAMS];
	bool paged = false;
	size_t n;
	enum yh_rc rc = split_query(query, arena, pairs, &n, err);

	*page = (struct yh_page_in){ .limit = YH_PAGE_DEFAULT, .cursor = "" };
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct place at = { FROM_QUERY, pairs[i].name, err };
		const struct yh_field *f = find_field(op->query_fields, pairs[i].name);
		const struct yh_field *of_page = !f && op->flags & YH_OP_PAGED
							 ? find_field(yh_page_fields, pairs[i].name)
							 : NULL;

		rc = f         ? put_plain(f, pairs[i].value, in, &at)
		     : of_page ? put_plain(of_page, pairs[i].value, page, &at)
			       : fault(&at, "field-unknown");
		paged = paged || (of_page && of_page < yh_page_fields + YH_PAGE_OF_FILES);
	}
	if (rc == YH_OK)
		rc = check_page(page, paged, err);
	if (rc == YH_OK)
		rc = check_required(op->query_fields, FROM_QUERY, pairs, n, NULL, err);
	return rc;
}

/* A key of the client's as a token of a JSON pointer (RFC 6901). */
static const char *pointer_token(const char *key, struct yh_arena *arena)
{
	char *out = yh_arena_alloc(arena, 2 * strlen(key) + 1);
	size_t n = 0;

	for (; out && *key; key++) {
		out[n++] = *key == '~' || *key == '/' ? '~' : *key;
		if (*key == '~' || *key == '/')
			out[n++] = *key == '~' ? '0' : '1';
	}
	return out ? out : "";
}

enum yh_rc yh_input_body(const struct yh_op *op, const char *body, size_t n, void *in,
			 struct yh_arena *arena, struct yh_err *err)
{
	const json_t *obj = NULL, *v;
	const char *key;
	enum yh_rc rc = YH_OK;

	if (n > 0)
		rc = yh_json_parse_in(arena, body, n, &obj, err);
	if (rc != YH_OK)
		return rc;
	if (obj && !json_is_object(obj))
		return yh_fail(err, YH_BAD_INPUT, "body-not-object");
	json_object_foreach((json_t *)(uintptr_t)obj, key, v)
	{
		const struct yh_field *f = find_field(op->body_fields, key);
		struct place at = { FROM_BODY, f ? key : pointer_token(key, arena), err };

		if (!f)
			return fault(&at, "field-unknown");
		if (json_is_null(v))
			continue;
		rc = put_json(f, v, in, &at);
		if (rc != YH_OK)
			return rc;
	}
	return check_required(op->body_fields, FROM_BODY, NULL, 0, obj, err);
}
