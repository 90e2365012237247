/* One PostgreSQL connection with its prepared statements. Used by one thread at a time. */
#ifndef YH_DB_POSTGRES_H
#define YH_DB_POSTGRES_H

#include <libpq-fe.h>

#include "db/internal.h"

enum { YH_PG_CACHE = 512 };

struct yh_pg_stmt {
	struct yh_pg_stmt *next;
	char *sql;
	char name[24];
	size_t n;
	unsigned char kinds[YH_ARGS_MAX]; /* as declared; YH_A_NULL: the server chose */
};

struct yh_pg {
	PGconn *conn;
	bool lax; /* acknowledge without the sync; fault injection */
	unsigned prepared;
	struct yh_pg_stmt *cache[YH_PG_CACHE];
	bool retry;  /* a serialization failure or a deadlock was met since this was cleared */
	bool broken; /* the connection is of no use any more */
	unsigned backoff_ms;
	int64_t retry_at_ms; /* monotonic; no attempt to connect before it */
};

/* The first connection. STORAGE "db-open". */
YH_CHECK enum yh_rc yh_pg_open(struct yh_pg *c, const char *url, bool lax, struct yh_err *err);
/* Connects again after a loss, at growing intervals. BUSY "db-unavailable". */
YH_CHECK enum yh_rc yh_pg_ready(struct yh_pg *c, const char *url, struct yh_err *err);
void yh_pg_close(struct yh_pg *c);
YH_CHECK enum yh_rc yh_pg_run(struct yh_pg *c, const char *sql, struct yh_err *err);
/* BUSY "db-commit-unknown" when the connection went away before the answer: the client repeats
 * with its key. */
YH_CHECK enum yh_rc yh_pg_commit(struct yh_pg *c, struct yh_err *err);

#endif
