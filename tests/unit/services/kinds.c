/* What a file is when memory runs short; linked so that opening an archive comes by here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "services/document/kinds.h"

void *__real_unzOpen64(const void *path);
void *__wrap_unzOpen64(const void *path);

static bool refused;

void *__wrap_unzOpen64(const void *path)
{
	if (!refused)
		return __real_unzOpen64(path);
	errno = ENOMEM;
	return NULL;
}

static void an_archive_that_memory_is_too_short_for_is_not_called_one_of_no_kind(void **state)
{
	/* an archive without members, and one that breaks off */
	static const char whole[22] = "PK\5\6", broken[] = "PK\3\4 and nothing else";
	int fd = memfd_create("archive", MFD_CLOEXEC);
	const struct yh_document_kind *kind;
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(write(fd, whole, sizeof whole), sizeof whole);
	refused = true;
	assert_int_equal(yh_document_judge(fd, sizeof whole, "a.zip", &kind, &err), YH_TOO_LARGE);
	refused = false;
	assert_string_equal(err.slug, "memory-short");
	err = (struct yh_err){ 0 };
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, broken, sizeof broken, 0), sizeof broken);
	errno = ENOMEM; /* of something before */
	assert_int_equal(yh_document_judge(fd, sizeof broken, "a.zip", &kind, &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "document-kind-unknown");
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_archive_that_memory_is_too_short_for_is_not_called_one_of_no_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
