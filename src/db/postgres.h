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
};

struct yh_pg {
	PGconn *conn;
	const char *url;
	unsigned prepared;
	struct yh_pg_stmt *cache[YH_PG_CACHE];
	bool retry;  /* the last failure was a serialization failure or a deadlock */
	bool broken; /* the connection is gone */
};

/* Connects (or connects again after a loss). STORAGE "db-open" at first, BUSY "db-unavailable"
 * later. */
YH_CHECK enum yh_rc yh_pg_connect(struct yh_pg *c, const char *url, struct yh_err *err);
void yh_pg_close(struct yh_pg *c);
YH_CHECK enum yh_rc yh_pg_run(struct yh_pg *c, const char *sql, struct yh_err *err);

#endif
