/* The driver's face: dispatch to the engine, arguments, DDL words. */
#include "db/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

struct yh_arg yh_arg_text(const char *s)
{
	if (!s)
		return YH_NUL;
	return (struct yh_arg){ .kind = YH_A_TEXT, .p = s, .n = strlen(s) };
}

struct yh_arg yh_arg_id_or_null(const struct yh_id *id)
{
	return id && !yh_id_is_zero(id) ? YH_ID(id) : YH_NUL;
}

struct yh_arg yh_arg_day_or_null(yh_day d)
{
	return d == YH_DAY_NONE ? YH_NUL : YH_I(d);
}

enum yh_rc yh_db_exec(struct yh_tx *tx, struct yh_err *err, int64_t *changed, const char *sql,
		      const struct yh_arg *args, size_t n)
{
	return tx->engine->exec(tx->conn, err, changed, sql, args, n);
}

enum yh_rc yh_db_query(struct yh_tx *tx, struct yh_err *err, struct yh_rows **rows, const char *sql,
		       const struct yh_arg *args, size_t n)
{
	*rows = NULL;
	return tx->engine->query(tx->conn, err, rows, sql, args, n);
}

bool yh_rows_next(struct yh_rows *rows)
{
	return rows->engine->next(rows);
}

enum yh_rc yh_rows_end(struct yh_rows *rows, struct yh_err *err)
{
	return rows ? rows->engine->end(rows, err) : YH_OK;
}

void yh_rows_drop(struct yh_rows **rows)
{
	struct yh_err ignored = { 0 };

	if (yh_rows_end(*rows, &ignored) != YH_OK)
		yh_err_clear(&ignored); /* whoever drops a result early has its own failure */
	*rows = NULL;
}

bool yh_col_null(const struct yh_rows *rows, int col)
{
	return rows->engine->is_null(rows, col);
}

int64_t yh_col_i64(const struct yh_rows *rows, int col)
{
	return rows->engine->i64(rows, col);
}

const char *yh_col_text(const struct yh_rows *rows, int col)
{
	return rows->engine->text(rows, col);
}

const void *yh_col_bytes(const struct yh_rows *rows, int col, size_t *n)
{
	return rows->engine->bytes(rows, col, n);
}

struct yh_id yh_col_id(const struct yh_rows *rows, int col)
{
	struct yh_id id = { { 0 } };
	size_t n;
	const void *p = yh_col_bytes(rows, col, &n);

	if (n == sizeof id.b)
		memcpy(id.b, p, n);
	return id;
}

yh_day yh_col_day(const struct yh_rows *rows, int col)
{
	return yh_col_null(rows, col) ? YH_DAY_NONE : (yh_day)yh_col_i64(rows, col);
}

enum yh_rc yh_db_lock(struct yh_tx *tx, const struct yh_id *keys, size_t n, struct yh_err *err)
{
	return tx->engine->lock(tx->conn, keys, n, err);
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

char *yh_ddl_translate(const struct yh_engine *e, const char *sql, size_t n)
{
	const struct {
		const char *word, *becomes;
	} words[] = { { "i64", e->ddl_i64 }, { "bytes", e->ddl_bytes }, { "text", e->ddl_text } };
	struct yh_buf out;
	size_t i = 0;

	yh_buf_init(&out, 1024 * 1024);
	while (i < n) {
		size_t len = 1;
		bool replaced = false;

		while (word_char(sql[i]) && i + len < n && word_char(sql[i + len]))
			len++;
		for (size_t w = 0; w < 3 && !replaced; w++)
			if (len == strlen(words[w].word) &&
			    strncmp(sql + i, words[w].word, len) == 0) {
				yh_buf_str(&out, words[w].becomes);
				replaced = true;
			}
		if (!replaced)
			yh_buf_add(&out, sql + i, len);
		i += len;
	}
	if (n > 12 && strncmp(sql, "CREATE TABLE", 12) == 0)
		yh_buf_str(&out, e->table_suffix);
	if (!yh_buf_ok(&out)) {
		yh_buf_done(&out);
		return NULL;
	}
	return out.data;
}
