/* Schemas for tests. */
#include "like.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "store/schema.h"

static char kept[32]; /* the folder of what is copied, as long as the program runs */
static int kept_by;   /* its children leave it alone */

static void drop_kept(void)
{
	char text[100];

	(void)snprintf(text, sizeof text, "rm -rf %s", kept);
	if (getpid() == kept_by && system(text) != 0)
		(void)fputs("a folder is left in /tmp\n", stderr);
}

static void make_kept(void)
{
	char url[64];
	const struct yh_exec_config cfg = { .database = url };
	struct yh_err err = { 0 };
	struct yh_exec *x;

	(void)snprintf(kept, sizeof kept, "/tmp/yh-like-XXXXXX");
	assert_non_null(mkdtemp(kept));
	kept_by = getpid();
	(void)atexit(drop_kept);
	(void)snprintf(url, sizeof url, "sqlite:%s/yunheng.db", kept);
	if (yh_store_open(&cfg, true, &x, &err) != YH_OK)
		fail_msg("%s", err.slug);
	yh_exec_close(x);
}

void like_file(const char *dir)
{
	char text[300];

	if (!*kept)
		make_kept();
	(void)snprintf(text, sizeof text, "cp %s/yunheng.db %s/", kept, dir);
	assert_int_equal(system(text), 0);
}

void like_do(const char *sql)
{
	const char *url = getenv("YH_TEST_POSTGRES");
	PGconn *c = PQconnectdb(url ? url : "");
	PGresult *r = PQexec(c, sql);
	ExecStatusType st = PQresultStatus(r);
	char why[200];

	(void)snprintf(why, sizeof why, "%s", PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, why);
}

void like_new(const char *schema)
{
	char text[600];

	(void)snprintf(text, sizeof text,
		       "SET search_path = %s; SET session_replication_role = replica;"
		       "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables"
		       " WHERE schemaname = '%s' AND tablename <> 'yh_schema' LOOP"
		       " EXECUTE format('DELETE FROM %%I', r.tablename); END LOOP; END $$",
		       schema, schema);
	like_do(text);
}

void like_on_file(like_fn fn, void *arg)
{
	char dir[] = "/tmp/yh-test-XXXXXX", text[64];

	assert_non_null(mkdtemp(dir));
	like_file(dir);
	(void)snprintf(text, sizeof text, "sqlite:%s/yunheng.db", dir);
	fn(arg, text);
	(void)snprintf(text, sizeof text, "rm -rf %s", dir);
	assert_int_equal(system(text), 0);
}

/* The schema stays for the program's next test, and ends with the server. */
void like_on_postgres(like_fn fn, void *arg)
{
	static bool made;
	const char *url = getenv("YH_TEST_POSTGRES");
	char schema[24], text[600];

	if (!url)
		return;
	(void)snprintf(schema, sizeof schema, "t%d", (int)getpid());
	(void)snprintf(text, sizeof text, "CREATE SCHEMA %s", schema);
	if (made)
		like_new(schema);
	else
		like_do(text);
	made = true;
	(void)snprintf(text, sizeof text, "%s%coptions=-csearch_path%%3D%s", url,
		       strchr(url, '?') ? '&' : '?', schema);
	fn(arg, text);
}

void like_on_engines(like_fn fn, void *arg)
{
	like_on_file(fn, arg);
	like_on_postgres(fn, arg);
}
