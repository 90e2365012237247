/* From method and path to an operation. */
#include "http/router.h"

#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"

struct segment {
	const char *text; /* of a literal */
	const char *name; /* of a {name}, else NULL */
};

struct route {
	const struct yh_op *op;
	struct segment segments[YH_PATH_SEGMENTS];
	size_t n;
};

struct yh_router {
	struct yh_arena texts;
	struct route *routes;
	size_t n;
};

static const char *const method_names[] = {
	[YH_GET] = "GET",     [YH_POST] = "POST",     [YH_PUT] = "PUT",
	[YH_PATCH] = "PATCH", [YH_DELETE] = "DELETE",
};

const char *yh_method_name(enum yh_method m)
{
	return method_names[m];
}

int yh_method_parse(const char *name)
{
	if (strcmp(name, "HEAD") == 0)
		return YH_GET;
	for (size_t i = 0; i < sizeof method_names / sizeof method_names[0]; i++)
		if (strcmp(name, method_names[i]) == 0)
			return (int)i;
	return -1;
}

size_t yh_utf8_next(const char *text, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t len = s[0] < 0x80   ? 1
		     : s[0] < 0xC2 ? 0
		     : s[0] < 0xE0 ? 2
		     : s[0] < 0xF0 ? 3
		     : s[0] < 0xF5 ? 4
				   : 0;
	uint32_t v = len == 1 ? s[0] : len ? s[0] & (0xFFu >> (len + 1)) : 0;

	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		v = v << 6 | (s[i] & 0x3F);
	}
	if (len == 0 || v < least[len] || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF))
		return 0;
	if (cp)
		*cp = v;
	return len;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_clean(const char *s, bool slash)
{
	for (size_t len; *s; s += len) {
		uint32_t cp;

		len = yh_utf8_next(s, &cp);
		if (len == 0 || cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || (cp == '/' && !slash))
			return false;
	}
	return true;
}

const char *yh_percent_decode(const char *s, size_t n, bool slash, bool plus,
			      struct yh_arena *arena)
{
	char *out = yh_arena_alloc(arena, n + 1);
	size_t len = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		int hi, lo;

		if (s[i] != '%') {
			out[len++] = s[i];
			if (plus && s[i] == '+')
				out[len - 1] = ' ';
			continue;
		}
		hi = n - i > 2 ? hex_digit(s[i + 1]) : -1;
		lo = hi >= 0 ? hex_digit(s[i + 2]) : -1;
		if (lo < 0 || (hi == 0 && lo == 0))
			return NULL;
		out[len++] = (char)(hi << 4 | lo);
		i += 2;
	}
	return is_clean(out, slash) ? out : NULL;
}

static bool has_field(const struct yh_field *f, const char *name)
{
	for (; f && f->name; f++)
		if (strcmp(f->name, name) == 0)
			return true;
	return false;
}

static enum yh_rc invalid(const struct yh_op *op, struct yh_err *err)
{
	(void)yh_fail(err, YH_INTERNAL, "route-invalid");
	yh_err_text(err, "first", op->name);
	return YH_INTERNAL;
}

static enum yh_rc compile(struct yh_router *r, const struct yh_op *op, struct route *out,
			  struct yh_err *err)
{
	size_t params = 0, fields = 0;

	*out = (struct route){ .op = op };
	for (const char *s = op->path; *s;) {
		size_t n = *s == '/' ? strcspn(s + 1, "/") : 0;
		char *text = yh_arena_strndup(&r->texts, s + 1, n);
		struct segment *seg = &out->segments[out->n];

		if (!text)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (n == 0 || out->n++ == YH_PATH_SEGMENTS)
			return invalid(op, err);
		if (text[0] == '{') {
			if (text[n - 1] != '}' || n < 3 || params++ == YH_PATH_PARAMS)
				return invalid(op, err);
			text[n - 1] = 0;
			seg->name = text + 1;
			if (!has_field(op->path_fields, seg->name))
				return invalid(op, err);
		} else {
			seg->text = text;
		}
		s += 1 + n;
	}
	for (const struct yh_field *f = op->path_fields; f && f->name; f++)
		fields++;
	return out->n && fields == params ? YH_OK : invalid(op, err);
}

static bool same_shape(const struct route *a, const struct route *b)
{
	if (a->op->method != b->op->method || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct segment *x = &a->segments[i], *y = &b->segments[i];

		if (!x->text != !y->text || (x->text && strcmp(x->text, y->text) != 0))
			return false;
	}
	return true;
}

static enum yh_rc add(struct yh_router *r, const struct yh_op *op, struct yh_err *err)
{
	struct route *route = &r->routes[r->n];
	enum yh_rc rc = compile(r, op, route, err);

	for (size_t i = 0; rc == YH_OK && i < r->n; i++)
		if (same_shape(&r->routes[i], route) ||
		    strcmp(r->routes[i].op->name, op->name) == 0) {
			rc = yh_fail(err, YH_INTERNAL, "route-conflict");
			yh_err_text(err, "first", r->routes[i].op->name);
			yh_err_text(err, "second", op->name);
		}
	r->n++;
	return rc;
}

enum yh_rc yh_router_new(const struct yh_op_table *const *tables, size_t n, struct yh_router **out,
			 struct yh_err *err)
{
	struct yh_router *r = calloc(1, sizeof *r);
	enum yh_rc rc = YH_OK;
	size_t total = 0;

	*out = NULL;
	for (size_t i = 0; i < n; i++)
		total += tables[i]->n;
	if (!r || !(r->routes = calloc(total ? total : 1, sizeof *r->routes))) {
		free(r);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	yh_arena_init(&r->texts, 4 * 1024 * 1024);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; rc == YH_OK && k < tables[i]->n; k++)
			rc = add(r, &tables[i]->ops[k], err);
	if (rc == YH_OK)
		*out = r;
	else
		yh_router_free(r);
	return rc;
}

void yh_router_free(struct yh_router *r)
{
	if (!r)
		return;
	yh_arena_done(&r->texts);
	free(r->routes);
	free(r);
}

static bool fits(const struct route *route, const char *const *segments, size_t n)
{
	if (route->n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (route->segments[i].text ? strcmp(route->segments[i].text, segments[i]) != 0
					    : !segments[i][0])
			return false;
	return true;
}

static bool more_literal(const struct route *a, const struct route *b)
{
	for (size_t i = 0; b && i < a->n; i++)
		if (!a->segments[i].text != !b->segments[i].text)
			return a->segments[i].text != NULL;
	return true;
}

/* Splits and decodes; NOT_FOUND for more segments than any route has. */
static enum yh_rc split(const char *path, size_t n, struct yh_arena *arena,
			const char *segments[YH_PATH_SEGMENTS], size_t *count, struct yh_err *err)
{
	const char *end = path + n;
	unsigned shortages = yh_shortages();

	*count = 0;
	while (path < end) {
		const char *from = path + 1, *to = memchr(from, '/', (size_t)(end - from));

		if (!to)
			to = end;
		if (*count == YH_PATH_SEGMENTS)
			return yh_fail(err, YH_NOT_FOUND, "path-unknown");
		segments[*count] =
			yh_percent_decode(from, (size_t)(to - from), false, false, arena);
		if (!segments[(*count)++])
			return yh_shortages() != shortages
				       ? yh_fail(err, YH_TOO_LARGE, "memory-short")
				       : yh_fail(err, YH_BAD_INPUT, "path-invalid");
		path = to;
	}
	return YH_OK;
}

enum yh_rc yh_router_find(const struct yh_router *r, int method, const char *path, size_t path_len,
			  struct yh_arena *arena, struct yh_match *out, struct yh_err *err)
{
	const char *segments[YH_PATH_SEGMENTS];
	const struct route *best = NULL;
	size_t n;
	enum yh_rc rc = split(path, path_len, arena, segments, &n, err);

	*out = (struct yh_match){ 0 };
	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < r->n; i++) {
		const struct route *route = &r->routes[i];

		if (!fits(route, segments, n))
			continue;
		out->methods |= 1u << route->op->method;
		if ((int)route->op->method == method && more_literal(route, best))
			best = route;
	}
	if (!out->methods)
		return yh_fail(err, YH_NOT_FOUND, "path-unknown");
	if (!best)
		return YH_OK;
	out->op = best->op;
	for (size_t i = 0; i < n; i++)
		if (best->segments[i].name) {
			out->names[out->n] = best->segments[i].name;
			out->values[out->n++] = segments[i];
		}
	return YH_OK;
}
