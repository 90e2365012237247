/* The driver's face: arguments, dispatch to the engine, and what a failed statement means. */
#include "db/internal.h"

#include <assert.h>
#include <string.h>

#include "base/shortage.h"
#include "db/fault.h"

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

static enum yh_rc tell(const struct yh_err *why, struct yh_err *err)
{
	if (err && err->rc == YH_OK)
		*err = *why;
	return why->rc;
}

/* What holds before any statement. */
static enum yh_rc admit(const struct yh_tx *tx, const struct yh_arg *args, size_t n,
			struct yh_err *err)
{
	if (tx->first.rc != YH_OK)
		return tell(&tx->first, err);
	if (n > YH_ARGS_MAX)
		return yh_fail(err, YH_INTERNAL, "db-arguments");
	for (size_t i = 0; i < n; i++)
		if (args[i].n > YH_ARG_BYTES_MAX)
			return yh_fail(err, YH_TOO_LARGE, "db-argument-size");
	return yh_fault_statement() ? yh_fail(err, YH_STORAGE, "store-io") : YH_OK;
}

/* Keeps the first failure of a transaction and tells the caller. */
static enum yh_rc settle(struct yh_tx *tx, enum yh_rc rc, const struct yh_err *why,
			 struct yh_err *err)
{
	if (rc == YH_OK)
		return YH_OK;
	if (tx->first.rc == YH_OK)
		tx->first = *why;
	return tell(why, err);
}

enum yh_rc yh_db_exec(struct yh_tx *tx, struct yh_err *err, int64_t *changed, const char *sql,
		      const struct yh_arg *args, size_t n)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = admit(tx, args, n, &why);

	if (rc == YH_OK)
		rc = tx->engine->exec(tx->conn, &why, changed, sql, args, n);
	return settle(tx, rc, &why, err);
}

static enum yh_rc one_by_one(struct yh_tx *tx, struct yh_err *err, const char *sql, size_t width,
			     yh_fill_fn fill, const void *rows, size_t n)
{
	struct yh_arg args[YH_ARGS_MAX];
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		fill(rows, i, args);
		rc = yh_db_exec(tx, err, NULL, sql, args, width);
	}
	return rc;
}

enum yh_rc yh_db_insert(struct yh_tx *tx, struct yh_err *err, const char *sql, size_t width,
			yh_fill_fn fill, const void *rows, size_t n)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	assert(width > 0 && width <= YH_ARGS_MAX);
	if (!tx->engine->insert)
		return one_by_one(tx, err, sql, width, fill, rows, n);
	rc = admit(tx, NULL, 0, &why);
	if (rc == YH_OK)
		rc = tx->engine->insert(tx->conn, &why, sql, width, fill, rows, n);
	return settle(tx, rc, &why, err);
}

enum yh_rc yh_db_query(struct yh_tx *tx, struct yh_err *err, struct yh_rows **rows, const char *sql,
		       const struct yh_arg *args, size_t n)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = admit(tx, args, n, &why);

	*rows = NULL;
	if (rc == YH_OK)
		rc = tx->engine->query(tx->conn, &why, rows, sql, args, n);
	if (rc == YH_OK) {
		(*rows)->engine = tx->engine;
		(*rows)->tx = tx;
		(*rows)->next = tx->open;
		tx->open = *rows;
	}
	return settle(tx, rc, &why, err);
}

enum yh_rc yh_db_define(struct yh_tx *tx, const char *sql, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = admit(tx, NULL, 0, &why);

	if (rc == YH_OK)
		rc = tx->engine->define(tx->conn, &why, sql);
	return settle(tx, rc, &why, err);
}

/* What memory ran short for may be missing from what was built, and be why something was refused:
 * neither holds. */
static enum yh_rc doubt(enum yh_rc rc, struct yh_err *err)
{
	if (rc == YH_BUSY || rc == YH_STORAGE || rc == YH_INTERNAL)
		return rc;
	if (err && err->rc == rc)
		yh_err_clear(err);
	return yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_tx_run(struct yh_tx *tx, const struct yh_engine *engine, void *conn,
		     struct yh_ring *ring, yh_tx_fn fn, void *arg, struct yh_err *err)
{
	enum yh_rc rc;

	*tx = (struct yh_tx){
		.engine = engine, .conn = conn, .ring = ring, .shortages = yh_shortages()
	};
	rc = fn(tx, arg, err);
	if (yh_shortages() != tx->shortages)
		rc = doubt(rc, err);
	if (rc == YH_OK && tx->open)
		rc = yh_fail(err, YH_INTERNAL, "db-rows-open");
	while (tx->open) {
		struct yh_rows *left = tx->open;

		yh_rows_drop(&left);
	}
	return rc == YH_OK && tx->first.rc != YH_OK ? tell(&tx->first, err) : rc;
}

void yh_db_note(struct yh_tx *tx)
{
	tx->notes++;
}

unsigned yh_db_notes(const struct yh_tx *tx)
{
	return tx->notes;
}

/* What a use case within the transaction came to. Results that it left open are ended. */
static enum yh_rc end_try(struct yh_tx *tx, struct yh_rows *before, enum yh_rc rc,
			  struct yh_err *why)
{
	if (rc == YH_OK && tx->first.rc != YH_OK)
		rc = tell(&tx->first, why);
	if (rc == YH_OK && tx->open != before)
		rc = yh_fail(why, YH_INTERNAL, "db-rows-open");
	if (yh_shortages() != tx->shortages)
		rc = doubt(rc, why);
	while (tx->open && tx->open != before) {
		struct yh_rows *left = tx->open;

		yh_rows_drop(&left);
	}
	return rc == YH_OK ? YH_OK : yh_fail(why, rc, "unnamed-failure");
}

enum yh_rc yh_db_try(struct yh_tx *tx, yh_try_fn fn, void *arg, struct yh_err *why,
		     struct yh_err *err)
{
	struct yh_rows *before = tx->open;
	unsigned begun = yh_shortages();
	struct yh_err own = { 0 };
	enum yh_rc rc =
		tx->first.rc != YH_OK ? tell(&tx->first, &own) : tx->engine->mark(tx->conn, &own);

	yh_err_clear(why);
	if (rc != YH_OK)
		return settle(tx, rc, &own, err);
	rc = end_try(tx, before, fn(tx, arg, why), why);
	if (rc == YH_OK)
		return settle(tx, tx->engine->keep(tx->conn, &own), &own, err);
	rc = tx->engine->back(tx->conn, &own);
	if (rc != YH_OK) {
		if (tx->first.rc == YH_OK)
			tx->first = own;
		return tell(&tx->first, err);
	}
	tx->first = (struct yh_err){ 0 };
	tx->shortages += yh_shortages() - begun; /* what was built from them is gone */
	return YH_OK;
}

bool yh_rows_next(struct yh_rows *rows)
{
	return rows->engine->next(rows);
}

enum yh_rc yh_rows_end(struct yh_rows *rows, struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_rows **at;
	struct yh_tx *tx;

	if (!rows)
		return YH_OK;
	tx = rows->tx;
	for (at = &tx->open; *at != rows; at = &(*at)->next)
		;
	*at = rows->next;
	return settle(tx, rows->engine->end(rows, &why), &why, err);
}

void yh_rows_drop(struct yh_rows **rows)
{
	struct yh_err ignored = { 0 };

	if (yh_rows_end(*rows, &ignored) != YH_OK)
		yh_err_clear(&ignored); /* the transaction remembers it */
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
	struct yh_err why = { 0 };
	enum yh_rc rc = admit(tx, NULL, 0, &why);

	if (rc == YH_OK && n > YH_LOCKS_MAX)
		rc = yh_fail(&why, YH_INTERNAL, "db-arguments");
	if (rc == YH_OK)
		rc = tx->engine->lock(tx->conn, keys, n, &why);
	return settle(tx, rc, &why, err);
}
