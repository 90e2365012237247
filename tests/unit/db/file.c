/* The file of a store that nobody has open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/exec.h"

enum { PAGE = 4096, ROWS = 2000 };

struct place {
	char dir[32], path[64];
};

static enum yh_rc fill(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	(void)arg;
	for (int i = 0; rc == YH_OK && i < ROWS; i++)
		rc = yh_exec(tx, err, "INSERT INTO much (id, text) VALUES ($1, $2)", YH_I(i),
			     YH_T("何事长向别时圆"));
	return rc;
}

/* A copy, in the mode with a log, as a backup has it. */
static void make(struct place *p)
{
	static const struct yh_migration m = {
		1, "much", "CREATE TABLE much (id i64 NOT NULL PRIMARY KEY, text text NOT NULL)"
	};
	char url[80];
	struct yh_exec_config cfg = { .database = url };
	struct yh_err err = { 0 };
	struct yh_exec *x;

	(void)snprintf(p->dir, sizeof p->dir, "/tmp/yh-test-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(url, sizeof url, "sqlite:%s/yunheng.db", p->dir);
	(void)snprintf(p->path, sizeof p->path, "%s/a copy?#%%41.db", p->dir);
	assert_int_equal(yh_exec_open(&cfg, &x, &err), YH_OK);
	assert_int_equal(yh_db_migrate(x, &m, 1, &err), YH_OK);
	assert_int_equal(yh_exec_write(x, fill, NULL, &err), YH_OK);
	assert_int_equal(yh_exec_copy(x, p->path, &err), YH_OK);
	yh_exec_close(x);
}

static void clear(const struct place *p)
{
	char text[64];

	(void)snprintf(text, sizeof text, "rm -rf %s", p->dir);
	assert_int_equal(system(text), 0);
}

static void a_copy_is_sound_until_a_page_of_it_is_not(void **state)
{
	unsigned char junk[PAGE];
	struct yh_err err = { 0 };
	struct place p;
	char beside[80];
	FILE *f;

	(void)state;
	make(&p);
	assert_int_equal(yh_db_check_file(p.path, NULL, &err), YH_OK);
	(void)snprintf(beside, sizeof beside, "%s-shm", p.path);
	assert_int_equal(access(beside, F_OK), -1);
	memset(junk, 0x5a, sizeof junk);
	f = fopen(p.path, "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, 5L * PAGE, SEEK_SET), 0);
	assert_int_equal(fwrite(junk, sizeof junk, 1, f), 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(yh_db_check_file(p.path, NULL, &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "backup-damaged");
	clear(&p);
}

static void a_check_that_is_to_stop_stops(void **state)
{
	atomic_bool stop = true;
	struct yh_err err = { 0 };
	struct place p;

	(void)state;
	make(&p);
	assert_int_equal(yh_db_check_file(p.path, &stop, &err), YH_BUSY);
	assert_string_equal(err.slug, "job-stopped");
	clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_sound_until_a_page_of_it_is_not),
		cmocka_unit_test(a_check_that_is_to_stop_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
