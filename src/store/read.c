/* Reading results into the arena. */
#include "store/read.h"

#include <string.h>

enum yh_rc yh_read_one(struct yh_rows *rows, struct yh_arena *arena, yh_read_fn read, void *out,
		       const char *slug, struct yh_err *err)
{
	bool found = yh_rows_next(rows), ok = found && read(rows, arena, out);
	enum yh_rc rc = yh_rows_end(rows, err);

	if (rc != YH_OK)
		return rc;
	if (!found)
		return yh_fail(err, YH_NOT_FOUND, slug);
	return ok ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_read_all(struct yh_rows *rows, struct yh_arena *arena, yh_read_fn read, size_t size,
		       void *out, size_t *n, struct yh_err *err)
{
	void *list = NULL;
	size_t cap = 0;
	bool ok = true;
	enum yh_rc rc;

	*n = 0;
	while (ok && yh_rows_next(rows)) {
		if (*n == cap) {
			void *more = yh_arena_alloc(arena, size * (cap * 2 + 8));

			if (!more) {
				ok = false;
				break;
			}
			if (*n)
				memcpy(more, list, size * *n);
			list = more;
			cap = cap * 2 + 8;
		}
		ok = read(rows, arena, (char *)list + size * *n);
		++*n;
	}
	memcpy(out, &list, sizeof list);
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

void yh_col_copy(const struct yh_rows *rows, int col, char *out, size_t size)
{
	const char *text = yh_col_text(rows, col);
	size_t n = strnlen(text, size - 1);

	memcpy(out, text, n);
	out[n] = 0;
}

void yh_col_fixed(const struct yh_rows *rows, int col, unsigned char *out, size_t size)
{
	size_t n;
	const void *p = yh_col_bytes(rows, col, &n);

	if (n == size)
		memcpy(out, p, n);
}

bool yh_col_keep(const struct yh_rows *rows, struct yh_arena *arena, int col, const char **out)
{
	*out = yh_arena_strdup(arena, yh_col_text(rows, col));
	return *out != NULL;
}

/* SQLite ends a statement only behind its last row. */
static void skip_rest(struct yh_rows *rows)
{
	while (yh_rows_next(rows))
		;
}

enum yh_rc yh_read_any(struct yh_rows *rows, bool *any, struct yh_err *err)
{
	*any = yh_rows_next(rows);
	if (*any)
		skip_rest(rows);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_read_id(struct yh_rows *rows, struct yh_id *out, const char *slug, struct yh_err *err)
{
	bool found = yh_rows_next(rows);
	enum yh_rc rc;

	if (found) {
		*out = yh_col_id(rows, 0);
		skip_rest(rows);
	}
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !found ? yh_fail(err, YH_NOT_FOUND, slug) : rc;
}

enum yh_rc yh_read_i64(struct yh_rows *rows, int64_t *out, struct yh_err *err)
{
	*out = 0;
	if (yh_rows_next(rows)) {
		*out = yh_col_i64(rows, 0);
		skip_rest(rows);
	}
	return yh_rows_end(rows, err);
}
