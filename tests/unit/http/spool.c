/* Bodies on their way to the disk: who may hold how much of it, how long, and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "http/spool.h"

#define MIB (INT64_C(1) << 20)
enum { SLOWEST = 32 * 1000, DEADLINE_S = 30 };

static const struct yh_id ann = { { 1 } }, bob = { { 2 } }, eve = { { 3 } };
static char folder[] = "/tmp/yh-spools-XXXXXX";
static struct yh_spools spools;

static int found(void **state)
{
	static bool made;

	(void)state;
	made = made || mkdtemp(folder) != NULL;
	yh_spools_init(&spools, folder, 512 * MIB);
	return made ? 0 : -1;
}

static int leave(void **state)
{
	int64_t left = spools.used[0] + spools.used[1];

	(void)state;
	yh_spools_done(&spools);
	return left == 0 && !spools.open ? 0 : -1;
}

static struct yh_spool *admitted(int64_t bytes, const struct yh_id *person)
{
	struct yh_spool *f = yh_spool_open(&spools, bytes, person);

	assert_non_null(f);
	return f;
}

static void a_large_body_is_taken_beside_small_ones_of_others(void **state)
{
	struct yh_spool *small[3], *large;

	(void)state;
	for (int i = 0; i < 3; i++)
		small[i] = admitted(40 * MIB, &bob);
	large = admitted(256 * MIB, &ann);
	assert_null(yh_spool_open(&spools, 1, &ann)); /* its owner has more than a quarter */
	assert_null(yh_spool_open(&spools, 129 * MIB, &eve)); /* the large ones' half is taken */
	for (int i = 0; i < 3; i++)
		yh_spool_free(small[i]);
	small[0] = admitted(128 * MIB, &bob);
	small[1] = admitted(128 * MIB, &eve);
	small[2] = admitted(128 * MIB, NULL); /* strangers have a share of their own */
	yh_spool_free(small[2]);
	yh_spool_free(small[0]);
	yh_spool_free(small[1]);
	yh_spool_free(large);
}

static void nobody_holds_more_than_a_quarter_by_small_ones(void **state)
{
	struct yh_spool *a = admitted(100 * MIB, &ann), *b = admitted(28 * MIB, &ann);

	(void)state;
	assert_null(yh_spool_open(&spools, 1, &ann));
	assert_null(yh_spool_open(&spools, 200 * MIB, &ann)); /* large ones come alone */
	yh_spool_free(b);
	b = admitted(28 * MIB, &ann);
	yh_spool_free(a);
	yh_spool_free(b);
	assert_null(yh_spool_open(&spools, 257 * MIB, &ann));
}

/* Seconds until a body that comes at such a pace is cut off or through. */
static int64_t lasts(struct yh_spool *f, int64_t per_s)
{
	int64_t since = 0, now = 0;

	while (f->bytes < f->counted && now - since <= DEADLINE_S) {
		now++;
		f->bytes += per_s;
		if (yh_spool_moved(f, SLOWEST, DEADLINE_S))
			since = now;
	}
	return now;
}

static void whoever_keeps_the_pace_has_as_long_as_it_takes(void **state)
{
	struct yh_spool *steady = admitted(50 * MIB, &ann), *slow = admitted(50 * MIB, &ann);

	(void)state;
	assert_int_equal(lasts(steady, SLOWEST / 2), (50 * MIB + SLOWEST / 2 - 1) / (SLOWEST / 2));
	assert_true(steady->bytes >= steady->counted);
	assert_int_equal(lasts(slow, SLOWEST / 2 - 600), DEADLINE_S + 1);
	yh_spool_free(steady);
	yh_spool_free(slow);
}

static void whoever_was_fast_is_not_slow_for_long(void **state)
{
	struct yh_spool *f = admitted(50 * MIB, &ann);

	(void)state;
	f->bytes = 40 * MIB;
	assert_true(yh_spool_moved(f, SLOWEST, DEADLINE_S));
	assert_false(yh_spool_moved(f, SLOWEST, DEADLINE_S));
	assert_int_equal(lasts(f, 100), DEADLINE_S + 1);
	yh_spool_free(f);
}

static void a_large_body_is_through_in_time_or_cut_off(void **state)
{
	struct yh_spool *f = admitted(256 * MIB, &ann);

	(void)state;
	assert_int_equal(lasts(f, SLOWEST), DEADLINE_S + 1); /* it would take hours */
	f->bytes = f->marked = 0;
	assert_in_range(lasts(f, f->counted / YH_SPOOL_LARGE_S), 1, YH_SPOOL_LARGE_S + 1);
	assert_true(f->bytes >= f->counted);
	yh_spool_free(f);
}

static void what_came_of_a_refused_body_is_gone_at_once(void **state)
{
	struct yh_spool *f = admitted(256 * MIB, &ann);
	char path[YH_SPOOL_PATH];

	(void)state;
	(void)snprintf(path, sizeof path, "%s", f->path);
	yh_spool_write(f, "half", 4);
	assert_int_equal(f->bytes, 4);
	assert_int_equal(access(path, F_OK), 0);
	yh_spool_free(f);
	assert_int_not_equal(access(path, F_OK), 0);
	yh_spool_free(admitted(256 * MIB, &bob)); /* and so is what it had counted */
	(void)rmdir(folder);                      /* only when nothing is left in it */
	assert_int_not_equal(access(folder, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_large_body_is_taken_beside_small_ones_of_others,
						found, leave),
		cmocka_unit_test_setup_teardown(nobody_holds_more_than_a_quarter_by_small_ones,
						found, leave),
		cmocka_unit_test_setup_teardown(whoever_keeps_the_pace_has_as_long_as_it_takes,
						found, leave),
		cmocka_unit_test_setup_teardown(whoever_was_fast_is_not_slow_for_long, found,
						leave),
		cmocka_unit_test_setup_teardown(a_large_body_is_through_in_time_or_cut_off, found,
						leave),
		cmocka_unit_test_setup_teardown(what_came_of_a_refused_body_is_gone_at_once, found,
						leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
