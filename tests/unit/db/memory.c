/* What a transaction comes to when memory runs short in a library below it: it fails, and nothing
 * of it stays. Linked so that our objects' malloc comes by here. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "db/exec.h"

enum { LONG = 60000, LENGTHS = 8 };

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static bool none_for_us;
static int left = -1; /* allocations of SQLite until one fails; -1: none does */
static sqlite3_mem_methods plain;

void *__wrap_malloc(size_t n)
{
	return none_for_us ? NULL : __real_malloc(n);
}

static bool falls(void)
{
	return left >= 0 && left-- == 0;
}

static void *claim(int n)
{
	return falls() ? NULL : plain.xMalloc(n);
}

static void *enlarge(void *p, int n)
{
	return falls() ? NULL : plain.xRealloc(p, n);
}

struct place {
	char dir[32];
	struct yh_exec *x;
};

static int begin(void **state)
{
	static const struct yh_migration m = {
		1, "note", "CREATE TABLE note (id i64 NOT NULL PRIMARY KEY, t text NOT NULL)"
	};
	static struct place p;
	char url[80];
	struct yh_exec_config cfg = { .database = url, .readers = 1 };
	struct yh_err err = { 0 };

	(void)snprintf(p.dir, sizeof p.dir, "/tmp/yh-test-XXXXXX");
	assert_non_null(mkdtemp(p.dir));
	(void)snprintf(url, sizeof url, "sqlite:%s/yunheng.db", p.dir);
	assert_int_equal(yh_exec_open(&cfg, &p.x, &err), YH_OK);
	assert_int_equal(yh_db_migrate(p.x, &m, 1, &err), YH_OK);
	*state = &p;
	return 0;
}

static int end(void **state)
{
	const struct place *p = *state;
	char text[64];

	yh_exec_close(p->x);
	(void)snprintf(text, sizeof text, "rm -rf %s", p->dir);
	return system(text);
}

static enum yh_rc count(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	int64_t *n = arg;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT count(*) FROM note");

	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*n = yh_col_i64(rows, 0);
	return yh_rows_end(rows, err);
}

/* As much of the program builds what it sends: the library's calls are not looked at one by one. */
static enum yh_rc build(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	YH_JSON_AUTO v = json_object();
	const bool *shortly = arg;
	YH_JSON_AUTO item = NULL;

	none_for_us = *shortly;
	item = json_string("vm-4c8g");
	none_for_us = false;
	(void)json_object_set(v, "item", item);
	return yh_exec(tx, err, "INSERT INTO note (id, t) VALUES (1, $1)",
		       YH_T(json_object_size(v) ? "whole" : "less"));
}

static void what_json_had_no_memory_for_is_neither_kept_nor_told(void **state)
{
	const struct place *p = *state;
	struct yh_err err = { 0 };
	bool shortly = true;
	int64_t n = -1;

	assert_int_equal(yh_exec_write(p->x, build, &shortly, &err), YH_TOO_LARGE);
	assert_string_equal(err.slug, "memory-short");
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_exec_read(p->x, count, &n, &err), YH_OK);
	assert_int_equal(n, 0);
	shortly = false;
	assert_int_equal(yh_exec_write(p->x, build, &shortly, &err), YH_OK);
	assert_int_equal(yh_exec_read(p->x, count, &n, &err), YH_OK);
	assert_int_equal(n, 1);
}

static enum yh_rc fill(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	char *text = arg;
	enum yh_rc rc = YH_OK;

	for (int i = 0; rc == YH_OK && i < LENGTHS; i++)
		rc = yh_exec(tx, err, "INSERT INTO note (id, t) VALUES ($1, $2)", YH_I(LONG + i),
			     YH_T(text + LENGTHS - i));
	return rc;
}

struct reading {
	int64_t id;
	size_t n;
};

static enum yh_rc get(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct reading *r = arg;
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT lower(t) FROM note WHERE id = $1", YH_I(r->id));

	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		r->n = strlen(yh_col_text(rows, 0));
	return yh_rows_end(rows, err);
}

static void a_text_that_there_was_no_memory_for_is_not_an_empty_one(void **state)
{
	const struct place *p = *state;
	char *text = malloc(LONG + LENGTHS + 1);
	struct yh_err err = { 0 };
	int met = 0;

	assert_non_null(text);
	memset(text, 'x', LONG + LENGTHS);
	text[LONG + LENGTHS] = 0;
	assert_int_equal(yh_exec_write(p->x, fill, text, &err), YH_OK);
	free(text);
	for (int i = 0; i < LENGTHS; i++)
		for (int nth = 0;; nth++) {
			struct reading r = { .id = LONG + i };
			enum yh_rc rc;

			err = (struct yh_err){ 0 };
			/* the pages are in the cache then, which counts the same each time */
			assert_int_equal(yh_exec_read(p->x, get, &r, &err), YH_OK);
			r.n = 0;
			left = nth;
			rc = yh_exec_read(p->x, get, &r, &err);
			if (left >= 0) {
				left = -1;
				assert_int_equal(rc, YH_OK);
				assert_int_equal(r.n, LONG + i);
				break;
			}
			met++;
			if (rc == YH_OK)
				assert_int_equal(r.n, LONG + i);
			else
				assert_string_equal(err.slug, "memory-short");
		}
	assert_in_range(met, LENGTHS, 1000);
}

static void a_copy_is_not_called_damaged_where_memory_ran_short(void **state)
{
	const struct place *p = *state;
	char path[64];
	struct yh_err err = { 0 };
	int nth = 0;

	(void)snprintf(path, sizeof path, "%s/copy.db", p->dir);
	assert_int_equal(yh_exec_copy(p->x, path, &err), YH_OK);
	do {
		err = (struct yh_err){ 0 };
		left = nth++;
		if (yh_db_check_file(path, NULL, &err) != YH_OK)
			assert_string_not_equal(err.slug, "backup-damaged");
	} while (left < 0);
	left = -1;
	assert_int_equal(err.rc, YH_OK);
	assert_in_range(nth, 10, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_json_had_no_memory_for_is_neither_kept_nor_told, begin, end),
		cmocka_unit_test_setup_teardown(
			a_text_that_there_was_no_memory_for_is_not_an_empty_one, begin, end),
		cmocka_unit_test_setup_teardown(a_copy_is_not_called_damaged_where_memory_ran_short,
						begin, end),
	};
	sqlite3_mem_methods m;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) != SQLITE_OK)
		return 1;
	m = plain;
	m.xMalloc = claim;
	m.xRealloc = enlarge;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &m) != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
