/* One SQLite connection with its prepared statements. Used by one thread at a time. */
#ifndef YH_DB_SQLITE_H
#define YH_DB_SQLITE_H

#include <sqlite3.h>

#include "db/internal.h"

enum { YH_SQLITE_CACHE = 512 };

struct yh_sqlite;

/* The result of the statement it stands in. */
struct yh_sqlite_rows {
	struct yh_rows base;
	struct yh_sqlite *conn;
	struct yh_sqlite_stmt *stmt;
	int state;  /* what the last step said: SQLITE_ROW, SQLITE_DONE or an error */
	bool fresh; /* that row was not asked for yet */
};

struct yh_sqlite_stmt {
	struct yh_sqlite_stmt *next;
	char *sql;
	sqlite3_stmt *st;
	bool busy;
	int map[YH_ARGS_MAX + 1]; /* $n -> index of the parameter, by appearance in SQLite */
	size_t highest;           /* the greatest n that appears */
	struct yh_sqlite_rows rows;
};

struct yh_sqlite {
	sqlite3 *db;
	struct yh_sqlite_stmt *cache[YH_SQLITE_CACHE];
	/* By address of the text: texts are constants, so the second use of one finds it here. */
	struct yh_sqlite_stmt *lately[YH_SQLITE_CACHE];
};

/* Opens `path`; `readonly` connections refuse to write. STORAGE "db-open". */
YH_CHECK enum yh_rc yh_sqlite_open(struct yh_sqlite *c, const char *path, bool readonly,
				   bool no_sync, struct yh_err *err);
void yh_sqlite_close(struct yh_sqlite *c);
/* A statement without parameters or result, prepared anew each time. */
YH_CHECK enum yh_rc yh_sqlite_run(struct yh_sqlite *c, const char *sql, struct yh_err *err);
/* The same for one that comes again and again, such as BEGIN: kept prepared. */
YH_CHECK enum yh_rc yh_sqlite_again(struct yh_sqlite *c, const char *sql, struct yh_err *err);

#endif
