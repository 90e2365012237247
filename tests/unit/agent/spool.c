/* The ring of waiting batches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/spool.h"

static char dir[] = "/tmp/yh-spool-XXXXXX", path[64];
static struct yh_spool s;
static struct yh_spool_batch b;

static int fresh(void **state)
{
	(void)state;
	(void)unlink(path);
	return yh_spool_open(path, YH_SPOOL_MIN_BYTES, &s, NULL) == YH_OK ? 0 : -1;
}

static int gone(void **state)
{
	(void)state;
	yh_spool_close(&s);
	return 0;
}

static void reopen(void)
{
	yh_spool_close(&s);
	assert_int_equal(yh_spool_open(path, YH_SPOOL_MIN_BYTES, &s, NULL), YH_OK);
}

/* A batch whose bytes say which it is. */
static void put(size_t n)
{
	static unsigned char body[YH_AGENT_BATCH_MAX];

	memset(body, (int)(s.next & 255), n);
	assert_int_equal(yh_spool_put(&s, YH_AGENT_USAGE, body, n, NULL), YH_OK);
}

static void next_is(int64_t number)
{
	assert_true(yh_spool_get(&s, &b));
	assert_int_equal(b.number, number);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.body[i], number & 255);
}

static void batches_come_out_in_order_and_once(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		put(700);
	for (int i = 1; i <= 5; i++) {
		next_is(i);
		yh_spool_done(&s, i);
	}
	assert_false(yh_spool_get(&s, &b));
	assert_int_equal(s.lost, 0);
}

static void what_waits_is_there_after_a_crash_and_numbers_go_on(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++)
		put(900);
	yh_spool_done(&s, 3);
	/* no close: as if killed */
	(void)close(s.fd);
	free(s.waiting);
	assert_int_equal(yh_spool_open(path, YH_SPOOL_MIN_BYTES, &s, NULL), YH_OK);
	assert_int_equal(s.next, 8);
	assert_int_equal(s.n, 4);
	next_is(4);
}

static void a_full_ring_drops_the_oldest_and_counts_them(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		put(1000);
	assert_true(s.lost > 0);
	assert_int_equal((int64_t)s.n + s.lost, 1000);
	for (int64_t number = s.lost + 1; number <= 1000; number++) {
		next_is(number);
		yh_spool_done(&s, number);
	}
	assert_false(yh_spool_get(&s, &b));
}

static void a_full_ring_survives_a_crash_at_any_fill(void **state)
{
	(void)state;
	srand(3);
	for (int round = 0; round < 300; round++) {
		int64_t lost, first;

		put((size_t)(rand() % 5000) + 1);
		if (rand() % 3 == 0 && yh_spool_get(&s, &b))
			yh_spool_done(&s, b.number);
		lost = s.next;
		first = yh_spool_get(&s, &b) ? b.number : 0;
		if (round % 10)
			continue;
		reopen();
		assert_int_equal(s.next, lost);
		if (first) {
			/* what was dropped may still lie there whole: then it is sent after all */
			assert_true(yh_spool_get(&s, &b));
			assert_true(b.number <= first);
			for (uint32_t i = 1; i < s.n; i++)
				assert_true(s.waiting[(s.first + i) % s.blocks].number ==
					    s.waiting[(s.first + i - 1) % s.blocks].number + 1);
		}
	}
}

static void a_damaged_batch_is_dropped_and_counted(void **state)
{
	FILE *f;

	(void)state;
	put(600);
	put(600);
	f = fopen(path, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, 2 * YH_SPOOL_BLOCK + 100, SEEK_SET), 0);
	assert_int_equal(fputc(0xEE, f), 0xEE);
	assert_int_equal(fclose(f), 0);
	next_is(2);
	assert_int_equal(s.lost, 1);
}

static void a_ring_that_was_deleted_goes_on_where_the_server_is(void **state)
{
	(void)state;
	put(100);
	yh_spool_behind(&s, 5000);
	assert_int_equal(s.next, 5001);
	assert_int_equal(s.lost, 1);
	put(100);
	next_is(5001);
	reopen();
	next_is(5001);
}

static void two_processes_do_not_share_a_ring(void **state)
{
	struct yh_spool other;
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(yh_spool_open(path, YH_SPOOL_MIN_BYTES, &other, &err), YH_CONFLICT);
	assert_string_equal(err.slug, "agent-running");
}

static void garbage_in_the_file_is_an_empty_ring(void **state)
{
	FILE *f;

	(void)state;
	yh_spool_close(&s);
	srand(5);
	f = fopen(path, "r+");
	for (int i = 0; i < YH_SPOOL_MIN_BYTES; i++)
		(void)fputc(rand(), f);
	(void)fclose(f);
	assert_int_equal(yh_spool_open(path, YH_SPOOL_MIN_BYTES, &s, NULL), YH_OK);
	assert_int_equal(s.n, 0);
	put(10);
	next_is(1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(batches_come_out_in_order_and_once),
		TEST(what_waits_is_there_after_a_crash_and_numbers_go_on),
		TEST(a_full_ring_drops_the_oldest_and_counts_them),
		TEST(a_full_ring_survives_a_crash_at_any_fill),
		TEST(a_damaged_batch_is_dropped_and_counted),
		TEST(a_ring_that_was_deleted_goes_on_where_the_server_is),
		TEST(two_processes_do_not_share_a_ring),
		TEST(garbage_in_the_file_is_an_empty_ring),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(path, sizeof path, "%s/spool", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	(void)rmdir(dir);
	return failed;
}
