/* What the two engines share. */
#ifndef YH_DB_INTERNAL_H
#define YH_DB_INTERNAL_H

#include "db/exec.h"

enum {
	YH_ARGS_MAX = 40,                     /* arguments of one statement */
	YH_ARG_BYTES_MAX = 256 * 1024 * 1024, /* size of one of them */
	YH_LOCKS_MAX = 64,                    /* keys of one yh_db_lock */
	YH_CONNECTIONS_MAX = 64,
};

/* One engine's part of the driver; a connection is the engine's own. */
struct yh_engine {
	enum yh_rc (*exec)(void *conn, struct yh_err *err, int64_t *changed, const char *sql,
			   const struct yh_arg *args, size_t n);
	/* Many rows by one text, as yh_db_insert says. NULL: one after the other costs nothing. */
	enum yh_rc (*insert)(void *conn, struct yh_err *err, const char *sql, size_t width,
			     yh_fill_fn fill, const void *rows, size_t n);
	/* A failure of the first step is reported here, not later. */
	enum yh_rc (*query)(void *conn, struct yh_err *err, struct yh_rows **rows, const char *sql,
			    const struct yh_arg *args, size_t n);
	/* A statement of a migration: not worth keeping prepared. */
	enum yh_rc (*define)(void *conn, struct yh_err *err, const char *sql);
	enum yh_rc (*lock)(void *conn, const struct yh_id *keys, size_t n, struct yh_err *err);
	/* A savepoint: set, kept, or gone back to; the last fails when nothing can go on from
	 * there.
	 */
	enum yh_rc (*mark)(void *conn, struct yh_err *err);
	enum yh_rc (*keep)(void *conn, struct yh_err *err);
	enum yh_rc (*back)(void *conn, struct yh_err *err);
	bool (*next)(struct yh_rows *rows);
	enum yh_rc (*end)(struct yh_rows *rows, struct yh_err *err);
	bool (*is_null)(const struct yh_rows *rows, int col);
	int64_t (*i64)(const struct yh_rows *rows, int col);
	const char *(*text)(const struct yh_rows *rows, int col);
	const void *(*bytes)(const struct yh_rows *rows, int col, size_t *n);
	/* Type words of DDL; what the word behind CREATE TABLE (…) becomes that keeps rows in the
	 * order of their key; and what follows every CREATE TABLE (…). */
	const char *ddl_i64, *ddl_bytes, *ddl_text, *ddl_clustered, *table_suffix;
	/* How many tables are named $1: each engine keeps its catalogue its own way. */
	const char *table_count;
};

struct yh_tx {
	const struct yh_engine *engine;
	void *conn;
	struct yh_rows *open; /* results not ended yet, latest first */
	unsigned notes;       /* see yh_db_note */
	unsigned shortages;   /* those of memory that nothing of it goes back to */
	/* The first failed statement. PostgreSQL refuses every later one, so on both engines the
	 * transaction can then only fail. */
	struct yh_err first;
	struct yh_ring *ring; /* of yh_exec_config */
};

/* Every engine's rows begin with this. */
struct yh_rows {
	const struct yh_engine *engine;
	struct yh_tx *tx;
	struct yh_rows *next; /* in tx->open */
};

/* Runs a use case on a connection where a transaction is open. A use case that passes over a
 * failed statement fails with it all the same; one in which memory ran short, whatever it came to
 * itself, TOO_LARGE "memory-short". Results that it left open are ended here; to leave
 * one and succeed is a defect, INTERNAL "db-rows-open". */
YH_CHECK enum yh_rc yh_tx_run(struct yh_tx *tx, const struct yh_engine *engine, void *conn,
			      struct yh_ring *ring, yh_tx_fn fn, void *arg, struct yh_err *err);

/* Runs a statement of a migration, in the engine's words. */
YH_CHECK enum yh_rc yh_db_define(struct yh_tx *tx, const char *sql, struct yh_err *err);

/* One engine's part of the executor. */
struct yh_executor {
	enum yh_rc (*open)(const struct yh_exec_config *cfg, void **self, struct yh_err *err);
	void (*close)(void *self);
	enum yh_rc (*submit)(void *self, struct yh_write *w, struct yh_err *err);
	enum yh_rc (*read)(void *self, yh_tx_fn fn, void *arg, struct yh_err *err);
	void (*halt)(void *self);
	struct yh_exec_stats (*stats)(void *self);
	/* Copies an embedded store before a migration; NULL where the engine has its own ways. */
	enum yh_rc (*snapshot)(void *self, int from, struct yh_err *err);
	/* Of yh_exec_copy; likewise. */
	enum yh_rc (*copy)(void *self, const char *to, struct yh_err *err);
};

extern const struct yh_engine yh_engine_sqlite, yh_engine_postgres;
extern const struct yh_executor yh_executor_sqlite, yh_executor_postgres;

/* The next statement of a migration, borrowed from it; false at its end. */
bool yh_ddl_next(const char **at, const char **sql, size_t *n);
/* A statement in the engine's words, without comments, "" when nothing else was there. Words in
 * quotes stay. free() it; NULL without memory. */
char *yh_ddl_translate(const struct yh_engine *e, const char *sql, size_t n);

struct yh_exec {
	const struct yh_executor *kind;
	const struct yh_engine *engine;
	void *self;
	struct yh_ring *ring;
	bool postgres;
};

#endif
