/* The server's own keys in their folder: sealed, read, sealed anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/keyfile.h"

static char folder[] = "/tmp/yh-keys-XXXXXX", dir[64];

static const char *at(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static const char *lies(const char *name)
{
	static char text[8192];
	FILE *f = fopen(at(name), "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof text - 1, f);
	(void)fclose(f);
	text[n] = 0;
	return text;
}

static bool is_sealed(const char *name)
{
	char id[YH_RING_ID];

	return yh_ring_sealed(lies(name), id);
}

static char *fresh(void)
{
	return strdup("fresh");
}

static int make(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(dir, sizeof dir, "%s/keys", folder);
	return mkdir(dir, 0700);
}

static int empty(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command); /* NOLINT(cert-env33-c): a path of this test */
}

/* proves S28 */
static void who_only_reads_a_key_leaves_its_file_as_it_is(void **state)
{
	struct yh_ring *r = yh_ring_new();
	char text[YH_KEYFILE_TEXT];
	struct yh_err err = { 0 };

	(void)state;
	put("audit.pem", "clear", 0600);
	assert_int_equal(yh_keyfile_text(dir, "audit.pem", r, NULL, text, NULL), YH_OK);
	assert_string_equal(text, "clear");
	assert_string_equal(lies("audit.pem"), "clear");
	assert_int_equal(yh_keyfile_text(dir, "none.pem", r, NULL, text, &err), YH_NOT_FOUND);
	assert_int_equal(access(at("none.pem"), F_OK), -1);
	yh_ring_free(r);
}

/* proves S28 */
static void who_writes_a_key_leaves_its_owner_and_mode(void **state)
{
	struct yh_ring *r = yh_ring_new();
	char text[YH_KEYFILE_TEXT];
	bool root = geteuid() == 0;
	struct stat st;

	(void)state;
	put("audit.pem", "clear", 0640);
	if (root) {
		assert_int_equal(chown(at("audit.pem"), 65534, 65534), 0);
		assert_int_equal(chown(dir, 65533, 65533), 0);
	}
	assert_int_equal(yh_keyfile_text(dir, "audit.pem", r, fresh, text, NULL), YH_OK);
	assert_true(is_sealed("audit.pem"));
	assert_int_equal(stat(at("audit.pem"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_true(!root || st.st_uid == 65534);
	/* a new one is its folder's owner's */
	assert_int_equal(yh_keyfile_text(dir, "link.pem", r, fresh, text, NULL), YH_OK);
	assert_string_equal(text, "fresh");
	assert_int_equal(stat(at("link.pem"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(!root || st.st_uid == 65533);
	assert_int_equal(unlink(at("link.pem")), 0);
	yh_ring_free(r);
}

/* proves S28 */
static void only_private_keys_are_sealed_anew_whatever_else_lies_there(void **state)
{
	struct yh_ring *r = yh_ring_new();
	char text[YH_KEYFILE_TEXT], large[2 * YH_KEYFILE_TEXT];
	struct yh_err err = { 0 };

	(void)state;
	memset(large, 'x', sizeof large);
	large[sizeof large - 1] = 0;
	put("audit.pem", "private", 0600);
	put("audit-0011223344556677.pub", "public", 0644);
	put("nothing", "", 0600);
	put("large", large, 0600);
	assert_int_equal(yh_keyfiles_anew(dir, r, NULL), YH_OK);
	assert_true(is_sealed("audit.pem"));
	assert_string_equal(lies("audit-0011223344556677.pub"), "public");
	assert_string_equal(lies("large"), large);
	/* what takes a key's place is sealed under that key's name */
	assert_int_equal(yh_keyfile_lay(dir, "audit.pem", "audit.pem.next", r, "new", NULL), YH_OK);
	assert_true(is_sealed("audit.pem.next"));
	(void)snprintf(large, sizeof large, "%s", at("audit.pem.next"));
	assert_int_equal(rename(large, at("audit.pem")), 0);
	assert_int_equal(yh_keyfile_text(dir, "audit.pem", r, NULL, text, NULL), YH_OK);
	assert_string_equal(text, "new");
	/* a key that cannot be read whole is not cut off */
	memset(large, 'x', sizeof large - 1);
	put("notify.seal", large, 0600);
	assert_int_equal(yh_keyfiles_anew(dir, r, &err), YH_STORAGE);
	assert_string_equal(err.slug, "key-unreadable");
	assert_string_equal(lies("notify.seal"), large);
	yh_ring_free(r);
}

enum { AT_ONCE = 8 };

/* proves S28 */
static void keys_that_are_added_at_once_are_all_there(void **state)
{
	char file[64], ids[YH_RING_KEYS][YH_RING_ID], id[YH_RING_ID];
	struct yh_ring *r;
	int status;

	(void)state;
	(void)snprintf(file, sizeof file, "%s/field.key", folder);
	for (int i = 0; i < AT_ONCE; i++)
		if (fork() == 0)
			_exit(yh_ring_add(file, id, NULL) == YH_OK ? 0 : 1);
	for (int i = 0; i < AT_ONCE; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(yh_ring_load(file, &r, NULL), YH_OK);
	assert_int_equal(yh_ring_ids(r, ids), AT_ONCE);
	yh_ring_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_only_reads_a_key_leaves_its_file_as_it_is),
		cmocka_unit_test(who_writes_a_key_leaves_its_owner_and_mode),
		cmocka_unit_test(only_private_keys_are_sealed_anew_whatever_else_lies_there),
		cmocka_unit_test(keys_that_are_added_at_once_are_all_there),
	};

	return cmocka_run_group_tests(tests, make, empty);
}
