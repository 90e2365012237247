/* A disk that takes no more: writers are told, nothing durable is lost, and it goes on by itself.
 */
#include "store.h"

#include <signal.h>
#include <sys/resource.h>

static void limit_files(rlim_t bytes)
{
	struct rlimit r = { bytes, RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static enum yh_rc write_n(struct store *s, int64_t at_ms, size_t n, struct yh_err *err)
{
	struct point *p = calloc(n, sizeof *p);
	enum yh_rc rc;

	for (size_t i = 0; i < n; i++)
		p[i] = (struct point){ "cpu_ratio", i % 2 ? "R-1" : "R-2", at_ms + (int64_t)i,
				       (double)i };
	yh_err_clear(err);
	rc = store_try(s, unit_scope(), p, n, NULL, err);
	free(p);
	return rc;
}

static void a_full_disk_refuses_and_recovers_without_loss(void **state)
{
	struct dump before, after;
	struct yh_err err = { 0 };
	struct store s;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	store_new(&s);
	store_open(&s);
	assert_int_equal(write_n(&s, NOON_MS - 5000, 100, &err), YH_OK);
	before = store_dump(&s);
	store_close(&s);
	limit_files(4096); /* no new journal file can be made */
	store_open(&s);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write_n(&s, NOON_MS, 100, &err), YH_STORAGE);
		assert_string_equal(err.slug, "meter-full");
		assert_true(store_status(&s).full);
	}
	after = store_dump(&s); /* reading goes on */
	assert_true(after.n >= before.n);
	dump_done(&after);
	limit_files(RLIM_INFINITY);
	assert_int_equal(write_n(&s, NOON_MS, 100, &err), YH_OK);
	assert_false(store_status(&s).full);
	store_close(&s);
	store_open(&s);
	after = store_dump(&s);
	assert_int_equal(after.n, before.n + 100);
	dump_done(&before);
	dump_done(&after);
	store_remove(&s);
}

static void a_sealing_that_finds_no_room_is_done_later(void **state)
{
	struct dump before, after;
	struct yh_err err = { 0 };
	struct store s;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	store_new(&s);
	store_open(&s);
	for (int i = 0; i < 10; i++)
		assert_int_equal(write_n(&s, NOON_MS - 100000 + i * 1000, 1000, &err), YH_OK);
	before = store_dump(&s);
	limit_files(64); /* what is preallocated may be written, a segment may not */
	assert_int_equal(yh_meter_settle(s.m, &err), YH_STORAGE);
	assert_string_equal(err.slug, "meter-full");
	after = store_dump(&s);
	assert_same_dump(&after, &before);
	dump_done(&after);
	limit_files(RLIM_INFINITY);
	store_settle(&s);
	assert_int_equal(store_status(&s).segments, 1);
	assert_int_equal(store_status(&s).open_rows, 0);
	after = store_dump(&s);
	assert_same_dump(&after, &before);
	dump_done(&after);
	store_close(&s);
	store_open(&s);
	after = store_dump(&s);
	assert_same_dump(&after, &before);
	dump_done(&after);
	dump_done(&before);
	store_remove(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_refuses_and_recovers_without_loss),
		cmocka_unit_test(a_sealing_that_finds_no_room_is_done_later),
	};

	return cmocka_run_group_tests_name("engine_full", tests, NULL, NULL);
}
