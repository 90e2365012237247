/* The newest schema without rows, got faster than by its migrations. */
#ifndef TESTS_STORE_LIKE_H
#define TESTS_STORE_LIKE_H

/* SQLite: makes `dir`/yunheng.db, a copy of what the migrations made once for this program. */
void like_file(const char *dir);
/* PostgreSQL, at YH_TEST_POSTGRES: deletes every row of a migrated schema. The migrations leave
 * none behind in an empty store, so it is as new; a database copied from a template takes longer
 * than the migrations themselves. */
void like_new(const char *schema);
/* Calls `fn` with the address of a fresh store of the newest schema: on SQLite, and on PostgreSQL
 * where it is there; the store is gone afterwards. */
typedef void (*like_fn)(void *arg, const char *database);
void like_on_file(like_fn fn, void *arg);
void like_on_postgres(like_fn fn, void *arg);
void like_on_engines(like_fn fn, void *arg);
/* PostgreSQL: a statement of its own. */
void like_do(const char *sql);

#endif
