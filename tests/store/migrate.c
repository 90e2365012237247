/* Migrations: from nothing, from the middle, from the future, and when one fails. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_test.h"

static const struct yh_migration steps[] = {
	{ 1, "first",
	  "CREATE TABLE a (id i64 NOT NULL PRIMARY KEY)\n--;\n"
	  "INSERT INTO a (id) VALUES (1)\n" },
	{ 2, "second",
	  "ALTER TABLE a ADD COLUMN t text\n--;\nUPDATE a SET t = 'was'\n--;\n"
	  "CREATE TABLE b (id i64 NOT NULL PRIMARY KEY)\n" },
	{ 3, "third", "CREATE INDEX b_id ON b (id)\n--;\n-- nothing more\n" },
};
static const struct yh_migration broken[] = {
	{ 1, "first", "CREATE TABLE a (id i64 NOT NULL PRIMARY KEY)\n" },
	{ 2, "second",
	  "CREATE TABLE b (id i64)\n--;\nINSERT INTO a (id) VALUES (5)\n--;\n"
	  "INSERT INTO nowhere (id) VALUES (1)\n" },
};

static int schema_of(struct store_test *t)
{
	struct yh_err err = { 0 };
	int n = -1;

	assert_int_equal(yh_db_schema(t->x, &n, &err), YH_OK);
	return n;
}

static enum yh_rc migrate(struct store_test *t, const struct yh_migration *m, size_t n)
{
	struct yh_err err = { 0 };

	return yh_db_migrate(t->x, m, n, &err);
}

static void looking_at_an_empty_store_leaves_it_empty(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_int_equal(schema_of(t), 0);
	assert_int_equal(store_test_sql(t, &err, "DELETE FROM yh_schema"), YH_INTERNAL);
}

static void an_empty_store_takes_every_step_once(void **state)
{
	struct store_test *t = *state;

	assert_int_equal(migrate(t, steps, 3), YH_OK);
	assert_int_equal(schema_of(t), 3);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM a WHERE t = 'was'"), 1);
	assert_int_equal(migrate(t, steps, 3), YH_OK);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM yh_schema"), 3);
}

static void a_store_in_the_middle_takes_the_rest_after_a_snapshot(void **state)
{
	struct store_test *t = *state, copy = { 0 };
	struct stat st;
	char name[600], url[640];

	assert_int_equal(migrate(t, steps, 1), YH_OK);
	assert_int_equal(migrate(t, steps, 3), YH_OK);
	assert_int_equal(schema_of(t), 3);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM a WHERE t = 'was'"), 1);
	if (store_test_on_postgres())
		return;
	(void)snprintf(name, sizeof name, "%s/yunheng.db.before-1", t->dir);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)snprintf(url, sizeof url, "sqlite:%s", name);
	copy.cfg.database = url;
	store_test_reopen(&copy);
	assert_int_equal(schema_of(&copy), 1);
	assert_int_equal(store_test_int(&copy, "SELECT count(*) FROM a"), 1);
	yh_exec_close(copy.x);
	(void)snprintf(name, sizeof name, "%s/yunheng.db.before-1.part", t->dir);
	assert_int_equal(access(name, F_OK), -1);
	(void)snprintf(name, sizeof name, "%s/yunheng.db.before-0", t->dir);
	assert_int_equal(access(name, F_OK), -1);
}

static void a_newer_store_is_refused(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_int_equal(migrate(t, steps, 3), YH_OK);
	assert_failed(yh_db_migrate(t->x, steps, 2, &err), err, YH_CONFLICT, "schema-newer");
	assert_string_equal(err.figs[0].name, "store");
	assert_int_equal(err.figs[0].num, 3);
	assert_string_equal(err.figs[1].name, "program");
	assert_int_equal(err.figs[1].num, 2);
}

static void a_step_that_fails_leaves_the_former_state(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_int_equal(yh_db_migrate(t->x, broken, 2, &err), YH_INTERNAL);
	assert_string_equal(err.figs[err.n_figs - 1].name, "migration");
	assert_int_equal(err.figs[err.n_figs - 1].num, 2);
	assert_int_equal(schema_of(t), 1);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM a"), 0);
	assert_int_equal(migrate(t, steps, 1), YH_OK);
	yh_err_clear(&err);
	assert_int_equal(store_test_sql(t, &err, "DELETE FROM b"), YH_INTERNAL);
}

struct racer {
	struct store_test *t;
	pthread_t thread;
	enum yh_rc rc;
};

static void *race(void *arg)
{
	struct racer *r = arg;

	r->rc = migrate(r->t, steps, 3);
	return NULL;
}

static void servers_that_start_together_migrate_once(void **state)
{
	struct racer r[4];

	for (int i = 0; i < 4; i++) {
		r[i].t = *state;
		assert_int_equal(pthread_create(&r[i].thread, NULL, race, &r[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(r[i].thread, NULL), 0);
		assert_int_equal(r[i].rc, YH_OK);
	}
	assert_int_equal(store_test_int(*state, "SELECT count(*) FROM yh_schema"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test_case(looking_at_an_empty_store_leaves_it_empty),
		store_test_case(an_empty_store_takes_every_step_once),
		store_test_case(a_store_in_the_middle_takes_the_rest_after_a_snapshot),
		store_test_case(a_newer_store_is_refused),
		store_test_case(a_step_that_fails_leaves_the_former_state),
		store_test_case(servers_that_start_together_migrate_once),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
