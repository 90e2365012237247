/* From a request to an operation's input struct, by its field tables. Pure.
 *
 * Failures are BAD_INPUT with `field`: a JSON pointer ("/days") for the body, "?limit" for the
 * query, "{id}" for the path. Slugs: field-unknown, field-required, field-type (figure expected),
 * field-too-short (min), field-too-long (max), field-range (min, max), field-choice (choices),
 * field-characters, field-code, date-invalid, id-invalid, number-invalid, query-invalid,
 * query-duplicate, body-not-object, json-invalid. */
#ifndef YH_HTTP_INPUT_H
#define YH_HTTP_INPUT_H

#include "http/router.h"

/* How long text may be, in characters, when its field says nothing. */
enum { YH_LINE_MAX = 200, YH_TEXT_MAX = 4000, YH_CODE_MAX = 64, YH_CURSOR_MAX = 200 };
enum { YH_PAGE_DEFAULT = 50, YH_PAGE_MAX = 200, YH_COLUMNS_TEXT = 4000 };
/* Of PAGED operations, into a struct yh_page_in: limit and cursor first, then those of a file. */
enum { YH_PAGE_FIELDS = 5, YH_PAGE_OF_FILES = 2 };
extern const struct yh_field yh_page_fields[YH_PAGE_FIELDS + 1];

/* A zeroed input struct of the operation, its days absent; NULL without memory. */
void *yh_input_new(const struct yh_op *op, struct yh_arena *arena);

YH_CHECK enum yh_rc yh_input_path(const struct yh_match *match, void *in, struct yh_arena *arena,
				  struct yh_err *err);
/* What any PAGED operation may be asked besides: a page, or with `as` the whole list as a file. */
struct yh_page_in {
	int64_t limit;
	const char *cursor;                /* "" on the first page */
	const char *as, *columns, *titles; /* NULL: not said */
};
/* `query` is what follows '?', or NULL. BAD_INPUT also "list-whole" for a page of a file. */
YH_CHECK enum yh_rc yh_input_query(const struct yh_op *op, const char *query, void *in,
				   struct yh_arena *arena, struct yh_page_in *page,
				   struct yh_err *err);
/* Text borrowed by `in` lives as long as the arena. */
YH_CHECK enum yh_rc yh_input_body(const struct yh_op *op, const char *body, size_t n, void *in,
				  struct yh_arena *arena, struct yh_err *err);

#endif
