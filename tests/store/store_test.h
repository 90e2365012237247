/* A fresh, empty database for each test, on the engine that YH_TEST_DB names: "sqlite" (the
 * default; a folder of its own) or "postgres" (a schema of its own in the database at
 * YH_TEST_POSTGRES, which tests/tools/pg.py sets).
 *
 * What runs inside a transaction may be on a thread of the executor, where cmocka's asserts must
 * not be: it fails with WANT and its kin, and the test asserts on what came back. */
#ifndef TESTS_STORE_STORE_TEST_H
#define TESTS_STORE_STORE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "db/exec.h"

struct store_test {
	struct yh_exec_config cfg; /* change it before store_test_reopen */
	struct yh_exec *x;
	char url[512];
	char dir[64];    /* SQLite: the folder */
	char schema[64]; /* PostgreSQL: the schema */
	bool migrated;   /* by store_test_schema */
};

bool store_test_on_postgres(void);
/* Says so in TAP and is true when the engine's server is not there; main() then returns. */
bool store_test_skipped(void);

/* cmocka's setup and teardown; *state is a struct store_test. */
int store_test_open(void **state);
int store_test_close(void **state);
/* Closes the executor and opens it again with t->cfg. */
void store_test_reopen(struct store_test *t);
/* Makes tables: a text in driver words as migration 1. */
void store_test_ddl(struct store_test *t, const char *text);
/* Brings the fresh database to the newest schema. The executor may be opened anew. */
void store_test_schema(struct store_test *t);
/* One statement as one write; its failure is the answer. */
enum yh_rc store_test_sql(struct store_test *t, struct yh_err *err, const char *sql);
/* The first column of the first row of a query, read in a transaction of its own. */
int64_t store_test_int(struct store_test *t, const char *sql);
/* Runs `fn` as a write, or a read, that must succeed. */
void store_test_write(struct store_test *t, yh_tx_fn fn, void *arg);
void store_test_read(struct store_test *t, yh_tx_fn fn, void *arg);
/* PostgreSQL: a statement on a connection beside the executor's. */
void store_test_aside(struct store_test *t, const char *sql);

/* Names the line and fails the transaction. */
enum yh_rc store_test_unwanted(struct yh_err *err, const char *file, int line, const char *what);

#define WANT(x)                                                                                    \
	do {                                                                                       \
		if (!(x))                                                                          \
			return store_test_unwanted(err, __FILE__, __LINE__, #x);                   \
	} while (0)
#define WANT_OK(call)                                                                              \
	do {                                                                                       \
		enum yh_rc rc_ = (call);                                                           \
		if (rc_ != YH_OK) {                                                                \
			yh_err_field(err, "%s:%d", __FILE__, __LINE__);                            \
			return rc_;                                                                \
		}                                                                                  \
	} while (0)

#define assert_failed(rc, err, class, name)                                                        \
	do {                                                                                       \
		assert_int_equal((rc), (class));                                                   \
		assert_string_equal((err).slug, (name));                                           \
	} while (0)
#define store_test_case(f) cmocka_unit_test_setup_teardown(f, store_test_open, store_test_close)

#endif
