/* From method and path to an operation. */
#ifndef YH_HTTP_ROUTER_H
#define YH_HTTP_ROUTER_H

#include "http/op.h"

enum { YH_PATH_PARAMS = 6, YH_PATH_SEGMENTS = 16 };

struct yh_router;

struct yh_match {
	const struct yh_op *op; /* NULL: the path is known, the method is not admitted there */
	unsigned methods;       /* 1 << enum yh_method, admitted on the path; 0: unknown path */
	const char *names[YH_PATH_PARAMS], *values[YH_PATH_PARAMS]; /* decoded, in the arena */
	size_t n;
};

/* Compiles the tables. INTERNAL "route-conflict" (figures first, second: operations' names) when
 * two would answer the same request, "route-invalid" (figure first) for a path that is not
 * "/segment/{name}…" with a path field for each name. */
YH_CHECK enum yh_rc yh_router_new(const struct yh_op_table *const *tables, size_t n,
				  struct yh_router **out, struct yh_err *err);
void yh_router_free(struct yh_router *r);

/* Finds the operation of a path (without query). A literal segment goes before {name}, the
 * leftmost first. `method` -1: one the API does not know. NOT_FOUND "path-unknown"; BAD_INPUT
 * "path-invalid" for a broken escape, an escaped slash or control character, or bad UTF-8;
 * TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_router_find(const struct yh_router *r, int method, const char *path,
				   size_t path_len, struct yh_arena *arena, struct yh_match *out,
				   struct yh_err *err);

/* Decodes %XX strictly into the arena; NULL for a broken escape, a control character, bad UTF-8,
 * a '/' unless `slash`, or want of memory. `plus`: '+' is a blank. */
const char *yh_percent_decode(const char *s, size_t n, bool slash, bool plus,
			      struct yh_arena *arena);

/* The character at `s` into *cp (may be NULL); its length, or 0 when it is not valid UTF-8. */
size_t yh_utf8_next(const char *s, uint32_t *cp);

const char *yh_method_name(enum yh_method m);
int yh_method_parse(const char *name); /* HEAD is GET; -1: unknown */

#endif
