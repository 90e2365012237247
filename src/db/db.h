/* A narrow SQL driver: one text for SQLite and PostgreSQL, and the executor of transactions.
 *
 * SQL uses $1..$n (bound by number on both engines, at most 32), no now(), no engine types, no
 * string building; one statement a call. DDL is written in driver words: `i64`, `bytes`, `text`,
 * and `clustered` behind CREATE TABLE (…) for rows that lie in the order of their primary key where
 * the engine can; replaced whole-word only in migrations. Text compares bytewise and LIKE minds
 * case on both engines. Where a NULL may be sorted, say NULLS FIRST or LAST: the engines differ by
 * themselves.
 *
 * A transaction ends with its first failed statement: every later one fails in the same way, and
 * so does the whole, even when the use case says YH_OK. (PostgreSQL works so; SQLite is held to
 * it.) To pass over a clash, ask with ON CONFLICT DO NOTHING. */
#ifndef YH_DB_DB_H
#define YH_DB_DB_H

#include "base/arena.h"
#include "base/id.h"
#include "base/time.h"

struct yh_tx;   /* an open transaction (or savepoint) on one connection */
struct yh_rows; /* a result being read */

enum yh_arg_kind { YH_A_NULL, YH_A_I64, YH_A_TEXT, YH_A_BYTES };

struct yh_arg {
	enum yh_arg_kind kind;
	int64_t num;
	const void *p; /* borrowed until the call returns */
	size_t n;
};

#define YH_I(v) ((struct yh_arg){ .kind = YH_A_I64, .num = (int64_t)(v) })
#define YH_B(ptr, len) ((struct yh_arg){ .kind = YH_A_BYTES, .p = (ptr), .n = (len) })
#define YH_ID(idp) YH_B((idp)->b, (size_t)16)
#define YH_NUL ((struct yh_arg){ .kind = YH_A_NULL })
struct yh_arg yh_arg_text(const char *s);                /* NULL becomes SQL NULL */
struct yh_arg yh_arg_id_or_null(const struct yh_id *id); /* NULL or all-zero becomes SQL NULL */
struct yh_arg yh_arg_day_or_null(yh_day d);              /* YH_DAY_NONE becomes SQL NULL */
#define YH_T(s) yh_arg_text(s)
#define YH_ID0(idp) yh_arg_id_or_null(idp)
#define YH_DAY0(d) yh_arg_day_or_null(d)

/* Runs a statement without a result; *changed (may be NULL) gets the number of rows touched.
 * CONFLICT "db-unique" for a second of what must be unique; STORAGE "store-full", "store-io" or
 * "store-read-only" when the disk or the server refuses; BUSY "store-busy" or "db-unavailable"
 * when the server has no time or is away; BAD_INPUT "text-encoding" for text that is not UTF-8
 * (PostgreSQL). INTERNAL is a defect: "db-constraint", "db-statement", "db-arguments", "db-range",
 * "db-rows-open", "db-failed". STORAGE and INTERNAL carry the driver's words in figure "detail",
 * for the log. A serialization failure is repeated by the executor and never seen by its caller. */
YH_CHECK enum yh_rc yh_db_exec(struct yh_tx *tx, struct yh_err *err, int64_t *changed,
			       const char *sql, const struct yh_arg *args, size_t n);
YH_CHECK enum yh_rc yh_db_query(struct yh_tx *tx, struct yh_err *err, struct yh_rows **rows,
				const char *sql, const struct yh_arg *args, size_t n);

/* Puts the values of row `i` into args; what they borrow stays until the next call. */
typedef void (*yh_fill_fn)(const void *rows, size_t i, struct yh_arg *args);
/* Inserts n rows. `sql` is the insertion of one, "INSERT INTO … VALUES (…)" with $1 to $width and
 * literals in the list, and what may follow it. On PostgreSQL many rows make one statement, so
 * none may meet another of the same call in an ON CONFLICT DO UPDATE, and each $n has values of one
 * kind. Fails as yh_db_exec; then none or some of the rows are there, and the transaction is over.
 */
YH_CHECK enum yh_rc yh_db_insert(struct yh_tx *tx, struct yh_err *err, const char *sql,
				 size_t width, yh_fill_fn fill, const void *rows, size_t n);

#define YH_ARGV(...)                                                                               \
	((const struct yh_arg[]){ { 0 }, ##__VA_ARGS__ }) + 1,                                     \
		(sizeof((const struct yh_arg[]){ { 0 }, ##__VA_ARGS__ }) /                         \
		 sizeof(struct yh_arg)) -                                                          \
			1
#define yh_exec(tx, err, sql, ...) yh_db_exec((tx), (err), NULL, (sql), YH_ARGV(__VA_ARGS__))
#define yh_exec_n(tx, err, changed, sql, ...)                                                      \
	yh_db_exec((tx), (err), (changed), (sql), YH_ARGV(__VA_ARGS__))
#define yh_query(tx, err, rows, sql, ...)                                                          \
	yh_db_query((tx), (err), (rows), (sql), YH_ARGV(__VA_ARGS__))

/* true while there is a row; false at the end and after a failure, which yh_rows_end reports. A
 * failure of the statement itself has been reported by yh_db_query. A use case that
 * succeeds has ended or dropped every result; of one that fails the executor ends them. */
bool yh_rows_next(struct yh_rows *rows);
/* Frees the result; returns the failure met while reading, if any. NULL is OK. */
YH_CHECK enum yh_rc yh_rows_end(struct yh_rows *rows, struct yh_err *err);
/* For __attribute__((cleanup)). */
void yh_rows_drop(struct yh_rows **rows);
#define YH_ROWS_AUTO __attribute__((cleanup(yh_rows_drop))) struct yh_rows *

/* Columns count from 0. Text and bytes are borrowed until the next row. NULL reads as 0, "" or an
 * all-zero id; yh_col_day reads it as YH_DAY_NONE. yh_col_i64 also reads booleans and sums; a sum
 * beyond 64 bits makes yh_rows_end, or the query, INTERNAL. */
bool yh_col_null(const struct yh_rows *rows, int col);
int64_t yh_col_i64(const struct yh_rows *rows, int col);
const char *yh_col_text(const struct yh_rows *rows, int col);
const void *yh_col_bytes(const struct yh_rows *rows, int col, size_t *n);
struct yh_id yh_col_id(const struct yh_rows *rows, int col);
yh_day yh_col_day(const struct yh_rows *rows, int col);

/* Ends a query whose rows of table (or alias) `t` are taken for this transaction: rows that another
 * one has taken are passed over, not waited for. Means nothing on SQLite, where writers are one at
 * a time. */
#define YH_SKIP_TAKEN(t) " FOR UPDATE OF " t " SKIP LOCKED"

/* Runs `fn` so that its failure takes back what it did, and nothing else: the answer is then YH_OK,
 * *why says what failed, and the transaction goes on. Any other answer is the transaction's own
 * failure: the disk or the connection was lost, or the whole is to be repeated. */
typedef enum yh_rc (*yh_try_fn)(struct yh_tx *tx, void *arg, struct yh_err *err);
YH_CHECK enum yh_rc yh_db_try(struct yh_tx *tx, yh_try_fn fn, void *arg, struct yh_err *why,
			      struct yh_err *err);

/* Notes that the transaction put something on record, and how often it did. */
void yh_db_note(struct yh_tx *tx);
unsigned yh_db_notes(const struct yh_tx *tx);

/* Serialises transactions that take the same key until they end. A no-op on SQLite, where writers
 * are one at a time. Several keys (at most 64): in one call, which puts them in order. */
YH_CHECK enum yh_rc yh_db_lock(struct yh_tx *tx, const struct yh_id *keys, size_t n,
			       struct yh_err *err);

#endif
