/* Stores of every earlier schema become today's: nothing is lost, figures agree, and a kill in the
 * middle is gone on from. `store_upgrade load FILE DATABASE` makes a store of its time for other
 * tests.
 *
 * YH_UPGRADE=all: every schema, and killed at every statement; otherwise some. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/fault.h"
#include "store/fsck.h"
#include "store/schema.h"
#include "upgrade_real.h"
#include "upgrade_rows.h"

static const int some[] = { 5, 24, 38 };

static bool all(void)
{
	const char *word = getenv("YH_UPGRADE");

	return word && strcmp(word, "all") == 0;
}

static bool is_tried(int schema)
{
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
		if (some[i] == schema)
			return true;
	return all();
}

static struct store_test *opened(int schema)
{
	struct store_test *t;
	struct yh_err err = { 0 };
	size_t n;

	assert_int_equal(store_test_open((void **)&t), 0);
	assert_int_equal(yh_db_migrate(t->x, yh_schema(&n), (size_t)schema, &err), YH_OK);
	return t;
}

static struct upgrade_store *read_new(struct store_test *t)
{
	struct upgrade_store *s = malloc(sizeof *s);

	assert_non_null(s);
	upgrade_read(t, s);
	return s;
}

static int newest(void)
{
	size_t n;

	(void)yh_schema(&n);
	return (int)n;
}

static int schema_of(struct store_test *t)
{
	struct yh_err err = { 0 };
	int n;

	assert_int_equal(yh_db_schema(t->x, &n, &err), YH_OK);
	return n;
}

static void migrate(struct store_test *t)
{
	struct yh_err err = { 0 };
	size_t n;
	const struct yh_migration *m = yh_schema(&n);
	enum yh_rc rc = yh_db_migrate(t->x, m, n, &err);

	if (rc != YH_OK)
		fail_msg("%s: %s %lld", err.slug, err.n_figs ? err.figs[0].text : "",
			 err.n_figs ? (long long)err.figs[err.n_figs - 1].num : 0);
	assert_int_equal(schema_of(t), n);
}

/* What migrations reckon from rows that were there. */
static void look_at_what_was_made(struct store_test *t, int from)
{
	if (from >= 5 && from < 40)
		assert_int_equal(store_test_int(t, "SELECT COUNT(*) FROM job WHERE kind = "
						   "'order.plan' AND done_at IS NULL"),
				 UPGRADE_ROWS);
	if (from >= 5 && from < 31)
		assert_true(store_test_int(t, "SELECT COUNT(*) FROM allocated WHERE month = -1") >
			    0);
	if (from >= 19 && from < 39)
		assert_true(store_test_int(t, "SELECT COUNT(*) FROM settled") > 0);
	if (from >= 5 && from < 36)
		assert_true(store_test_int(t, "SELECT COUNT(*) FROM project_desk") > 0);
}

/* proves S19 */
static void whatever_a_store_of_an_earlier_schema_held_is_there_after_the_migration(void **state)
{
	(void)state;
	for (int n = 1; n <= newest(); n++) {
		struct store_test *t;
		struct upgrade_store *s;

		if (!is_tried(n))
			continue;
		t = opened(n);
		s = read_new(t);
		upgrade_fill(t, s);
		upgrade_remember(t, s);
		migrate(t);
		look_at_what_was_made(t, n);
		if (upgrade_lost(t, s) > 0)
			fail_msg("rows of schema %d were lost", n);
		upgrade_done(s);
		(void)store_test_close((void **)&t);
	}
}

static void must_sql(struct store_test *t, const char *sql)
{
	struct yh_err err = { 0 };

	if (store_test_sql(t, &err, sql) != YH_OK)
		fail_msg("%s: %s", sql, err.n_figs ? err.figs[0].text : err.slug);
}

/* Three leases of which the second extends the first, as a case of that time asked for. */
static int64_t held_when_filed(yh_time filed_at, int lapse_told)
{
	static const char *const texts[] = {
		"UPDATE lease SET seq = made_at, hold_case = NULL, ended_as = 'stopped', ended_at ="
		" 1, last_day = 100, resource = (SELECT id FROM resource ORDER BY id LIMIT 1)",
		"UPDATE lease SET case_id = (SELECT id FROM case_file ORDER BY id LIMIT 1)",
	};
	struct store_test *t = opened(49);
	struct upgrade_store *s = read_new(t);
	char sql[200];
	int64_t n;

	upgrade_fill(t, s);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		must_sql(t, texts[i]);
	(void)snprintf(sql, sizeof sql,
		       "UPDATE lease SET ended_as = 'extended', ended_at = %lld, lapse_told = %d"
		       " WHERE seq = 1",
		       (long long)yh_day_start(130), lapse_told);
	must_sql(t, sql);
	(void)snprintf(sql, sizeof sql, "UPDATE case_file SET filed_at = %lld",
		       (long long)filed_at);
	must_sql(t, sql);
	migrate(t);
	n = store_test_int(t, "SELECT COUNT(*) FROM lease_held");
	upgrade_done(s);
	(void)store_test_close((void **)&t);
	return n;
}

static void a_late_extension_that_was_granted_is_not_remembered_as_a_hold(void **state)
{
	(void)state;
	assert_int_equal(held_when_filed(yh_day_start(101) - 1, 0), 1);
	assert_int_equal(held_when_filed(yh_day_start(101), 0), 0);
	assert_int_equal(held_when_filed(yh_day_start(101) - 1, 1), 0);
}

static void differ(void *arg, const struct yh_fsck_check *check, const struct yh_fsck_difference *d)
{
	(void)arg;
	print_message("# %s %s %s: %lld, not %lld\n", check->name, d->no, d->about,
		      (long long)d->kept, (long long)d->found);
}

struct looking {
	int64_t differences;
};

static enum yh_rc compare(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	size_t n;
	const struct yh_fsck_check *checks = yh_fsck_checks(&n);

	for (size_t i = 0; i < n; i++) {
		int64_t here;

		WANT_OK(yh_fsck_run(tx, &checks[i], differ, NULL, &here, err));
		l->differences += here;
	}
	return YH_OK;
}

static char *pattern(void)
{
	static char path[1024];
	const char *dir = getenv("YH_UPGRADE_STORES");

	(void)snprintf(path, sizeof path, "%s/*.jsonl.gz", dir ? dir : "tests/store/upgrade");
	return path;
}

/* proves S19 */
static void stores_of_programs_of_their_time_lose_nothing_and_their_figures_agree(void **state)
{
	glob_t files;

	(void)state;
	assert_int_equal(glob(pattern(), 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct store_test *t;
		struct upgrade_store *s;
		struct looking l = { 0 };

		if (!all() && i + 1 < files.gl_pathc && i > 0)
			continue; /* the first and the last */
		assert_int_equal(store_test_open((void **)&t), 0);
		upgrade_real_load(t, files.gl_pathv[i]);
		s = read_new(t);
		upgrade_remember(t, s);
		migrate(t);
		if (upgrade_lost(t, s) > 0)
			fail_msg("rows of %s were lost", files.gl_pathv[i]);
		store_test_read(t, compare, &l);
		if (l.differences)
			fail_msg("figures of %s differ", files.gl_pathv[i]);
		upgrade_done(s);
		(void)store_test_close((void **)&t);
	}
	globfree(&files);
}

static void a_store_of_a_newer_program_is_refused_and_left_as_it_is(void **state)
{
	struct store_test *t = *state;
	struct yh_exec *x = NULL;
	struct yh_err err = { 0 };
	char sql[100];

	migrate(t);
	(void)snprintf(sql, sizeof sql, "INSERT INTO yh_schema (number, name) VALUES (%d, 'later')",
		       newest() + 1);
	assert_int_equal(store_test_sql(t, &err, sql), YH_OK);
	yh_exec_close(t->x);
	for (int may_migrate = 0; may_migrate < 2; may_migrate++) {
		yh_err_clear(&err);
		assert_failed(yh_store_open(&t->cfg, may_migrate, &x, &err), err, YH_CONFLICT,
			      "schema-newer");
		assert_null(x);
		assert_int_equal(err.figs[0].num, newest() + 1);
		assert_int_equal(err.figs[1].num, newest());
	}
	assert_int_equal(yh_exec_open(&t->cfg, &t->x, &err), YH_OK);
	assert_int_equal(schema_of(t), newest() + 1);
}

/* A program that migrates and is killed before its n-th statement or commit. False: it came to the
 * end. */
static bool killed_at(struct store_test *t, int nth)
{
	pid_t pid;
	int status;

	yh_exec_close(t->x);
	t->x = NULL;
	pid = fork();
	if (pid == 0) {
		struct yh_exec *x;
		struct yh_err err = { 0 };
		size_t n;
		const struct yh_migration *m = yh_schema(&n);

		if (yh_exec_open(&t->cfg, &x, &err) != YH_OK)
			_exit(2);
		yh_fault_arm_death(nth);
		_exit(yh_db_migrate(x, m, n, &err) == YH_OK ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	store_test_reopen(t);
	if (WIFEXITED(status)) {
		assert_int_equal(WEXITSTATUS(status), 0);
		return false;
	}
	assert_int_equal(WTERMSIG(status), SIGKILL);
	return true;
}

/* Each is killed again and again, a few statements on, until it is through. */
static int kill_all_along(int from, int stride)
{
	struct store_test *t = opened(from);
	struct upgrade_store *s = read_new(t);
	int kills = 0, before = from;

	upgrade_fill(t, s);
	upgrade_remember(t, s);
	for (int nth = 1; killed_at(t, nth); kills++) {
		int now = schema_of(t);

		assert_true(now >= before && now < newest());
		nth = now > before ? 1 : nth + stride; /* a step is whole, or not at all */
		before = now;
	}
	migrate(t);
	look_at_what_was_made(t, from);
	assert_int_equal(upgrade_lost(t, s), 0);
	upgrade_done(s);
	(void)store_test_close((void **)&t);
	return kills;
}

/* proves S19 */
static void a_migration_killed_at_any_statement_is_gone_on_from_the_last_whole_step(void **state)
{
	(void)state;
	if (all()) {
		for (int from = 5; from < newest(); from += 9)
			assert_true(kill_all_along(from, 1) > 0);
		return;
	}
	assert_true(kill_all_along(38, 3) > 5);
}

static int load(char **argv)
{
	struct store_test t = { .cfg = { .database = argv[3] } };

	store_test_reopen(&t);
	upgrade_real_load(&t, argv[2]);
	yh_exec_close(t.x);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			whatever_a_store_of_an_earlier_schema_held_is_there_after_the_migration),
		cmocka_unit_test(
			stores_of_programs_of_their_time_lose_nothing_and_their_figures_agree),
		cmocka_unit_test(a_late_extension_that_was_granted_is_not_remembered_as_a_hold),
		store_test_case(a_store_of_a_newer_program_is_refused_and_left_as_it_is),
		cmocka_unit_test(
			a_migration_killed_at_any_statement_is_gone_on_from_the_last_whole_step),
	};

	if (argc == 4 && strcmp(argv[1], "load") == 0)
		return load(argv);
	if (store_test_skipped())
		return 0;
	return cmocka_run_group_tests_name("upgrade", tests, NULL, NULL);
}
