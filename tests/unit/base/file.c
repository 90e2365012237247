/* Files that are read whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static char dir[] = "/tmp/yh-file-XXXXXX";
static char path[64];

static int make(void **state)
{
	FILE *f;

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof path, "%s/a", dir);
	f = fopen(path, "w");
	if (!f)
		return -1;
	(void)fwrite("ab\0cd", 1, 5, f);
	return fclose(f);
}

static int unmake(void **state)
{
	(void)state;
	return unlink(path) == 0 ? rmdir(dir) : -1;
}

static void a_file_comes_whole_with_a_nul_behind_it(void **state)
{
	struct yh_err err = { 0 };
	char *text;
	size_t n;

	(void)state;
	assert_int_equal(yh_file_load(path, 5, "clouds-unreadable", &text, &n, &err), YH_OK);
	assert_int_equal(n, 5);
	assert_memory_equal(text, "ab\0cd", 6);
	free(text);
}

static void one_that_is_larger_missing_or_a_folder_is_refused_and_said_why(void **state)
{
	static const struct {
		const char *file;
		size_t most;
		const char *why;
	} table[] = { { path, 4, "too large" },
		      { "/tmp/yh-no-such-file", 99, "No such file or directory" },
		      { dir, 99, "Is a directory" } };

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct yh_err err = { 0 };
		char *text;
		size_t n;

		assert_int_equal(yh_file_load(table[i].file, table[i].most, "clouds-unreadable",
					      &text, &n, &err),
				 YH_BAD_INPUT);
		assert_null(text);
		assert_string_equal(err.slug, "clouds-unreadable");
		assert_string_equal(err.field, table[i].file);
		assert_string_equal(err.figs[0].text, table[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_comes_whole_with_a_nul_behind_it),
		cmocka_unit_test(one_that_is_larger_missing_or_a_folder_is_refused_and_said_why),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
