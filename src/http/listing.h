/* Columns of a list as a file: which there are, and what a row has in them. */
#ifndef YH_HTTP_LISTING_H
#define YH_HTTP_LISTING_H

#include "export/table.h"
#include "http/input.h"
#include "http/shape.h"

enum { YH_LISTING_COLUMNS = 64 };

struct yh_listing_column {
	const char *key; /* "due.day" */
	enum yh_shape_kind kind;
};

struct yh_listing_spec {
	struct yh_listing_column columns[YH_LISTING_COLUMNS];
	struct yh_table_column titles[YH_LISTING_COLUMNS];
	size_t n;
	const char *lang;
};

/* The columns asked for, or those of the operation. BAD_INPUT with the field "?columns" or
 * "?titles": "columns-invalid" (max), "column-unknown" (column) for what no item has,
 * "titles-count" (n). */
YH_CHECK enum yh_rc yh_listing_columns(const struct yh_op *op, const struct yh_shape_book *book,
				       const struct yh_page_in *page, const char *lang,
				       struct yh_arena *arena, struct yh_listing_spec *out,
				       struct yh_err *err);

/* What an item has in a column: of a code word its title, where the item has one; of an object its
 * title or name; of a list what is in it. Text lies in the item or in the arena. */
struct yh_cell yh_listing_cell(const struct yh_listing_spec *spec, size_t column,
			       const json_t *item, struct yh_arena *arena);

#endif
