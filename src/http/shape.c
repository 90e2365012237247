/* Reads the notation of reply shapes. */
#include "http/shape.h"

#include <stdio.h>
#include <string.h>

struct reader {
	struct yh_arena *arena;
	const char *text, *at;
	struct yh_err *err;
};

static const char *const types[] = {
	[YH_SH_TEXT] = "text",   [YH_SH_INT] = "int",       [YH_SH_NUM] = "num",
	[YH_SH_REAL] = "real",   [YH_SH_FIGURE] = "figure", [YH_SH_BOOL] = "bool",
	[YH_SH_DAY] = "day",     [YH_SH_TIME] = "time",     [YH_SH_ID] = "id",
	[YH_SH_EXACT] = "exact", [YH_SH_MONEY] = "money",   [YH_SH_OBJECT] = "object",
	[YH_SH_ANY] = "any",
};
enum { TYPES = sizeof types / sizeof types[0] };

static enum yh_rc short_of_memory(struct yh_err *err)
{
	return yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc expected(struct reader *r, const char *what)
{
	(void)yh_fail(r->err, YH_INTERNAL, "shape-invalid");
	yh_err_int(r->err, "at", r->at - r->text + 1);
	yh_err_text(r->err, "expected", what);
	return YH_INTERNAL;
}

static enum yh_rc twice(const char *name, struct yh_err *err)
{
	(void)yh_fail(err, YH_INTERNAL, "shape-twice");
	yh_err_text(err, "name", name);
	return YH_INTERNAL;
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (letter(s[n]) || (s[n] >= '0' && s[n] <= '9') ||
	       (n > 0 && (s[n] == '-' || s[n] == '.')))
		n++;
	return n;
}

static enum yh_rc word(struct reader *r, const char *what, const char **out)
{
	size_t n = word_length(r->at);

	if (n == 0 || n >= YH_SHAPE_NAME)
		return expected(r, what);
	*out = yh_arena_strndup(r->arena, r->at, n);
	r->at += n;
	return *out ? YH_OK : short_of_memory(r->err);
}

static int type_of(const char *s, size_t n)
{
	for (int i = 0; i < TYPES; i++)
		if (strlen(types[i]) == n && memcmp(types[i], s, n) == 0)
			return i;
	return -1;
}

static bool is_null(const char *s)
{
	return word_length(s) == 4 && memcmp(s, "null", 4) == 0;
}

/* A type's name, or choices: the words up to the last that is not null. */
static enum yh_rc words(struct reader *r, struct yh_shape *out)
{
	const char *from = r->at;
	size_t n = word_length(r->at), count = 1;
	int type = type_of(r->at, n);
	bool types_only = type >= 0;

	for (r->at += n; n > 0 && *r->at == '|' && !is_null(r->at + 1); count++) {
		n = word_length(++r->at);
		types_only = types_only && type_of(r->at, n) >= 0;
		r->at += n;
	}
	if (n == 0)
		return expected(r, count == 1 ? "type" : "choice");
	if (count == 1 ? type < 0 : types_only) {
		r->at = from;
		return expected(r, count == 1 ? "type" : "choices");
	}
	out->kind = count == 1 ? (enum yh_shape_kind)type : YH_SH_CHOICE;
	if (count == 1)
		return YH_OK;
	out->word = yh_arena_strndup(r->arena, from, (size_t)(r->at - from));
	return out->word ? YH_OK : short_of_memory(r->err);
}

static enum yh_rc shape(struct reader *r, unsigned depth, struct yh_shape *out);

static void blanks(struct reader *r)
{
	while (*r->at == ' ')
		r->at++;
}

static enum yh_rc inner(struct reader *r, unsigned depth, char close, struct yh_shape *out)
{
	enum yh_rc rc;

	out->of = YH_NEW(r->arena, struct yh_shape);
	if (!out->of)
		return short_of_memory(r->err);
	rc = shape(r, depth + 1, out->of);
	if (rc == YH_OK && *r->at != close)
		rc = expected(r, close == ']' ? "]" : "}");
	if (rc == YH_OK)
		r->at++;
	return rc;
}

static enum yh_rc or_null(struct reader *r, struct yh_shape *out)
{
	if (*r->at != '|')
		return YH_OK;
	if (!is_null(r->at + 1))
		return expected(r, "null");
	r->at += sizeof "|null" - 1;
	out->null = true;
	return YH_OK;
}

static enum yh_rc member(struct reader *r, unsigned depth, struct yh_member *m)
{
	enum yh_rc rc;

	if (*r->at == '@') {
		r->at++;
		m->shape.kind = YH_SH_NAMED;
		return word(r, "name", &m->shape.word);
	}
	rc = word(r, "member", &m->name);
	if (rc == YH_OK && *r->at == '?') {
		m->maybe = true;
		r->at++;
	}
	if (rc == YH_OK && *r->at == ':') {
		r->at++;
		return shape(r, depth + 1, &m->shape);
	}
	return rc == YH_OK ? or_null(r, &m->shape) : rc;
}

static bool stands(const struct yh_member *list, const char *name)
{
	for (; list; list = list->next)
		if (name && list->name && strcmp(list->name, name) == 0)
			return true;
	return false;
}

static enum yh_rc members(struct reader *r, unsigned depth, struct yh_shape *out)
{
	struct yh_member **end = &out->members;

	out->kind = YH_SH_RECORD;
	for (blanks(r); *r->at != '}'; blanks(r)) {
		struct yh_member *m = YH_NEW(r->arena, struct yh_member);
		const char *from = r->at;
		enum yh_rc rc = m ? member(r, depth, m) : short_of_memory(r->err);

		if (rc == YH_OK && *r->at != ' ' && *r->at != '}')
			rc = expected(r, "}");
		if (rc == YH_OK && stands(out->members, m->name)) {
			r->at = from;
			rc = twice(m->name, r->err);
		}
		if (rc != YH_OK)
			return rc;
		*end = m;
		end = &m->next;
	}
	r->at++;
	return YH_OK;
}

static enum yh_rc shape(struct reader *r, unsigned depth, struct yh_shape *out)
{
	enum yh_rc rc;

	if (depth > YH_SHAPE_DEPTH)
		return expected(r, "less depth");
	if (*r->at == '@') {
		r->at++;
		out->kind = YH_SH_NAMED;
		rc = word(r, "name", &out->word);
	} else if (*r->at == '[') {
		r->at++;
		out->kind = YH_SH_LIST;
		rc = inner(r, depth, ']', out);
	} else if (strncmp(r->at, "{*:", 3) == 0) {
		r->at += 3;
		out->kind = YH_SH_MAP;
		rc = inner(r, depth, '}', out);
	} else if (*r->at == '{') {
		r->at++;
		rc = members(r, depth, out);
	} else {
		rc = words(r, out);
	}
	return rc == YH_OK ? or_null(r, out) : rc;
}

/* One shape, up to the end of the text or to " + ". */
static enum yh_rc whole(struct reader *r, struct yh_shape **out)
{
	enum yh_rc rc;

	*out = YH_NEW(r->arena, struct yh_shape);
	if (!*out)
		return short_of_memory(r->err);
	rc = shape(r, 0, *out);
	if (rc == YH_OK && *r->at && strncmp(r->at, " + ", 3) != 0)
		rc = expected(r, "end");
	return rc;
}

enum yh_rc yh_shape_parse(struct yh_arena *arena, const char *text, struct yh_shape **out,
			  struct yh_shape **beside, struct yh_err *err)
{
	struct reader r = { arena, text, text, err };
	enum yh_rc rc = whole(&r, out);

	if (beside)
		*beside = NULL;
	if (rc != YH_OK || !*r.at)
		return rc;
	if (!beside)
		return expected(&r, "end");
	r.at += 3;
	rc = whole(&r, beside);
	return rc == YH_OK && *r.at ? expected(&r, "end") : rc;
}
