/* One PostgreSQL connection with its prepared statements. Used by one thread at a time. */
#ifndef YH_DB_POSTGRES_H
#define YH_DB_POSTGRES_H

#include <libpq-fe.h>

#include "db/internal.h"

enum { YH_PG_CACHE = 512, YH_PG_BYTEA = 17, YH_PG_INT8 = 20, YH_PG_TEXT = 25 };

/* What goes with a statement, in binary. A type of 0 is left to the server; a value of NULL is
 * SQL's.
 */
struct yh_pg_values {
	Oid types[YH_ARGS_MAX];
	const char *values[YH_ARGS_MAX];
	int lengths[YH_ARGS_MAX];
	size_t n;
};

struct yh_pg_stmt {
	struct yh_pg_stmt *next;
	char *sql;
	char name[24];
	size_t n;
	Oid types[YH_ARGS_MAX]; /* as declared; 0: the server chose */
};

enum yh_pg_use {
	YH_PG_WRITES,
	YH_PG_LAX,  /* acknowledges without the sync; fault injection */
	YH_PG_READS /* a few rows at a time: planned for that */
};

struct yh_pg {
	PGconn *conn;
	enum yh_pg_use use;
	unsigned prepared;
	struct yh_pg_stmt *cache[YH_PG_CACHE];
	bool retry;  /* a serialization failure or a deadlock was met since this was cleared */
	bool broken; /* the connection is of no use any more */
	unsigned backoff_ms;
	int64_t retry_at_ms; /* monotonic; no attempt to connect before it */
};

/* The first connection. STORAGE "db-open". */
YH_CHECK enum yh_rc yh_pg_open(struct yh_pg *c, const char *url, enum yh_pg_use use,
			       struct yh_err *err);
/* Connects again after a loss, at growing intervals. BUSY "db-unavailable". */
YH_CHECK enum yh_rc yh_pg_ready(struct yh_pg *c, const char *url, struct yh_err *err);
void yh_pg_close(struct yh_pg *c);
YH_CHECK enum yh_rc yh_pg_run(struct yh_pg *c, const char *sql, struct yh_err *err);
/* Runs a statement that is prepared once; *res is PQclear()ed by the caller when that succeeds. */
YH_CHECK enum yh_rc yh_pg_execute(struct yh_pg *c, const char *sql, const struct yh_pg_values *v,
				  PGresult **res, struct yh_err *err);
/* yh_engine's insert. */
YH_CHECK enum yh_rc yh_pg_insert(void *conn, struct yh_err *err, const char *sql, size_t width,
				 yh_fill_fn fill, const void *rows, size_t n);
/* BUSY "db-commit-unknown" when the connection went away before the answer: the client repeats
 * with its key. */
YH_CHECK enum yh_rc yh_pg_commit(struct yh_pg *c, struct yh_err *err);

#endif
