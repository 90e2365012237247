/* Databases for tests. */
#include "store_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ring.h"
#include "like.h"
#include "store/schema.h"

bool store_test_on_postgres(void)
{
	const char *db = getenv("YH_TEST_DB");

	return db && strcmp(db, "postgres") == 0;
}

bool store_test_skipped(void)
{
	if (!store_test_on_postgres() || getenv("YH_TEST_POSTGRES"))
		return false;
	(void)puts("1..0 # SKIP no PostgreSQL: run this under tests/tools/pg.py run --");
	return true;
}

static void must(enum yh_rc rc, const struct yh_err *err)
{
	const char *detail = err->n_figs ? err->figs[0].text : "";

	if (rc != YH_OK)
		fail_msg("%s %s %s %s", yh_rc_name(rc), err->slug, err->field, detail);
}

void store_test_aside(struct store_test *t, const char *sql)
{
	char text[1024];

	(void)snprintf(text, sizeof text, "SET search_path = %s; %s", t->schema, sql);
	like_do(text);
}

static void use_schema(struct store_test *t, const char *name)
{
	const char *url = getenv("YH_TEST_POSTGRES");

	(void)snprintf(t->schema, sizeof t->schema, "%s", name);
	(void)snprintf(t->url, sizeof t->url,
		       "%s%capplication_name=%s"
		       "&options=-csearch_path%%3D%s%%20-cdeadlock_timeout%%3D20ms",
		       url, strchr(url, '?') ? '&' : '?', name, name);
}

static void make_database(struct store_test *t)
{
	static unsigned made;
	char name[40], text[200];

	if (!store_test_on_postgres()) {
		(void)snprintf(t->dir, sizeof t->dir, "/tmp/yh-store-XXXXXX");
		assert_non_null(mkdtemp(t->dir));
		(void)snprintf(t->url, sizeof t->url, "sqlite:%s/yunheng.db", t->dir);
		return;
	}
	(void)snprintf(name, sizeof name, "t%d_%u", (int)getpid(), ++made);
	(void)snprintf(text, sizeof text, "CREATE SCHEMA %s", name);
	like_do(text);
	use_schema(t, name);
}

static void drop_schema(const struct store_test *t)
{
	char text[200];

	(void)snprintf(text, sizeof text, "SET client_min_messages = error; DROP SCHEMA %s CASCADE",
		       t->schema);
	like_do(text);
}

void store_test_reopen(struct store_test *t)
{
	struct yh_err err = { 0 };

	yh_exec_close(t->x);
	must(yh_exec_open(&t->cfg, &t->x, &err), &err);
}

int store_test_open(void **state)
{
	struct store_test *t = calloc(1, sizeof *t);

	assert_non_null(t);
	make_database(t);
	t->cfg.database = t->url;
	t->cfg.ring = yh_ring_new();
	store_test_reopen(t);
	*state = t;
	return 0;
}

enum { POOL = 8 };
static char pool[POOL][sizeof((struct store_test *)0)->schema]; /* of tests that are over */
static size_t pooled;

int store_test_close(void **state)
{
	struct store_test *t = *state;
	char text[200];

	yh_exec_close(t->x);
	yh_ring_free(t->cfg.ring);
	if (store_test_on_postgres() && t->migrated && pooled < POOL) {
		like_new(t->schema);
		(void)snprintf(pool[pooled++], sizeof pool[0], "%s", t->schema);
	} else if (store_test_on_postgres()) {
		drop_schema(t);
	} else {
		(void)snprintf(text, sizeof text, "rm -rf %s", t->dir);
		assert_int_equal(system(text), 0);
	}
	free(t);
	return 0;
}

void store_test_ddl(struct store_test *t, const char *text)
{
	const struct yh_migration m = { 1, "test", text };
	struct yh_err err = { 0 };

	must(yh_db_migrate(t->x, &m, 1, &err), &err);
}

static void take_pooled(struct store_test *t)
{
	yh_exec_close(t->x);
	t->x = NULL;
	drop_schema(t);
	use_schema(t, pool[--pooled]);
	store_test_reopen(t);
}

void store_test_schema(struct store_test *t)
{
	struct yh_err err = { 0 };
	const struct yh_migration *m;
	size_t n;

	t->migrated = true;
	if (!store_test_on_postgres()) {
		yh_exec_close(t->x);
		t->x = NULL;
		like_file(t->dir);
		store_test_reopen(t);
	} else if (pooled > 0) {
		take_pooled(t);
	} else {
		m = yh_schema(&n);
		must(yh_db_migrate(t->x, m, n, &err), &err);
	}
}

void store_test_write(struct store_test *t, yh_tx_fn fn, void *arg)
{
	struct yh_err err = { 0 };

	must(yh_exec_write(t->x, fn, arg, &err), &err);
}

void store_test_read(struct store_test *t, yh_tx_fn fn, void *arg)
{
	struct yh_err err = { 0 };

	must(yh_exec_read(t->x, fn, arg, &err), &err);
}

static enum yh_rc one_statement(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_exec(tx, err, (const char *)arg);
}

enum yh_rc store_test_sql(struct store_test *t, struct yh_err *err, const char *sql)
{
	return yh_exec_write(t->x, one_statement, (void *)(uintptr_t)sql, err);
}

struct one_int {
	const char *sql;
	int64_t v;
};

static enum yh_rc read_int(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct one_int *p = arg;
	struct yh_rows *rows;

	WANT_OK(yh_query(tx, err, &rows, p->sql));
	p->v = yh_rows_next(rows) ? yh_col_i64(rows, 0) : INT64_MIN;
	return yh_rows_end(rows, err);
}

int64_t store_test_int(struct store_test *t, const char *sql)
{
	struct one_int p = { .sql = sql };

	store_test_read(t, read_int, &p);
	return p.v;
}

enum yh_rc store_test_unwanted(struct yh_err *err, const char *file, int line, const char *what)
{
	yh_err_clear(err);
	(void)yh_fail(err, YH_INTERNAL, "test-want");
	yh_err_field(err, "%s:%d %s", file, line, what);
	return YH_INTERNAL;
}
