/* Reading results into the arena: one row, or as many as there are. */
#ifndef YH_STORE_READ_H
#define YH_STORE_READ_H

#include "db/db.h"

/* Reads the current row into `out`; false when memory is short. */
typedef bool (*yh_read_fn)(const struct yh_rows *rows, struct yh_arena *arena, void *out);

/* Reads the first row and ends the result; NOT_FOUND `slug` when there is none. */
YH_CHECK enum yh_rc yh_read_one(struct yh_rows *rows, struct yh_arena *arena, yh_read_fn read,
				void *out, const char *slug, struct yh_err *err);

/* Reads every row into an array of `size` bytes each and ends the result. TOO_LARGE "memory-short"
 * when the arena's bound is reached. `out` is where the pointer to the array goes, of whatever type
 * that is; NULL when there is no row. */
YH_CHECK enum yh_rc yh_read_all(struct yh_rows *rows, struct yh_arena *arena, yh_read_fn read,
				size_t size, void *out, size_t *n, struct yh_err *err);

/* Does the result have a row? Ends it. */
YH_CHECK enum yh_rc yh_read_any(struct yh_rows *rows, bool *any, struct yh_err *err);
/* The id, or the number, in the first column of the only row. NOT_FOUND `slug` when there is none;
 * a number is 0 then. */
YH_CHECK enum yh_rc yh_read_id(struct yh_rows *rows, struct yh_id *out, const char *slug,
			       struct yh_err *err);
YH_CHECK enum yh_rc yh_read_i64(struct yh_rows *rows, int64_t *out, struct yh_err *err);

/* Copies column `col` into a fixed field, cut at its size. */
void yh_col_copy(const struct yh_rows *rows, int col, char *out, size_t size);
/* The bytes of column `col` where there are just as many as the field holds; it stays as it is
 * otherwise, and for NULL. */
void yh_col_fixed(const struct yh_rows *rows, int col, unsigned char *out, size_t size);
#define YH_COL_FIXED(rows, col, field) yh_col_fixed((rows), (col), (field), sizeof(field))
/* The text of column `col`, copied into the arena; false when memory is short. */
bool yh_col_keep(const struct yh_rows *rows, struct yh_arena *arena, int col, const char **out);
#define YH_COL_COPY(rows, col, field) yh_col_copy((rows), (col), (field), sizeof(field))

#endif
