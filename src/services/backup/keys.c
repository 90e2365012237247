/* The server's keys in a set: whoever has the set alone must not have what opens it.
 *
 * One random key seals each file (base/seal.h), bound to its name; that key is encrypted for a
 * public key whose private part lies with a person. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/copy.h"
#include "base/mem.h"
#include "base/seal.h"
#include "services/backup/set.h"

struct boxing {
	struct yh_sealing sealing;
	int to;
};

static enum yh_rc read_small(int folder, const char *name, const char *path, unsigned char *out,
			     size_t most, size_t *n, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t got = fd >= 0 ? read(fd, out, most + 1) : -1;

	if (got < 0)
		return yh_set_failed(path, err);
	*n = (size_t)got;
	return *n > 0 && *n <= most ? YH_OK
				    : yh_fail_field(err, YH_BAD_INPUT, "backup-invalid", path);
}

static enum yh_rc write_small(int folder, const char *name, const void *p, size_t n,
			      struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n || fsync(fd) != 0)
		return yh_set_failed(name, err);
	return YH_OK;
}

static enum yh_rc box(void *arg, int folder, const char *name, const char *path, bool regular,
		      struct yh_err *err)
{
	const struct boxing *b = arg;
	unsigned char plain[YH_SEAL_MAX + 1], sealed[YH_SEAL_MAX + YH_SEAL_EXTRA];
	size_t n = 0;
	enum yh_rc rc;

	if (!regular || name[0] == '.' || strcmp(name, path) != 0)
		return YH_OK;
	rc = read_small(folder, name, path, plain, YH_SEAL_MAX, &n, err);
	if (rc == YH_OK)
		rc = yh_seal(&b->sealing, name, strlen(name), plain, n, sealed, err);
	if (rc == YH_OK)
		rc = write_small(b->to, name, sealed, n + YH_SEAL_EXTRA, err);
	explicit_bzero(plain, sizeof plain);
	return rc;
}

enum yh_rc yh_set_box_keys(int keys, const char *public_pem, int to, struct yh_err *err)
{
	YH_CLOSE_AUTO int folder = yh_copy_folder(to, "keys");
	unsigned char key[YH_SEAL_KEY], boxed[YH_SEAL_KEY + YH_SM2_BOX_MAX];
	size_t len = sizeof boxed;
	struct boxing b = { .to = folder };
	struct yh_sm2 *for_whom;
	enum yh_rc rc = yh_sm2_load_pem(public_pem, &for_whom, err);

	if (rc == YH_OK && folder < 0)
		rc = yh_set_failed("keys", err);
	yh_random(key, sizeof key);
	yh_sealing_init(&b.sealing, key);
	if (rc == YH_OK)
		rc = yh_sm2_encrypt(for_whom, key, sizeof key, boxed, &len, err);
	if (rc == YH_OK)
		rc = write_small(to, "keys.box", boxed, len, err);
	if (rc == YH_OK)
		rc = yh_set_walk(keys, "", box, &b, err);
	if (rc == YH_OK && fsync(folder) != 0)
		rc = yh_set_failed("keys", err);
	explicit_bzero(key, sizeof key);
	explicit_bzero(&b, sizeof b);
	yh_sm2_free(for_whom);
	return rc;
}

static enum yh_rc unbox(void *arg, int folder, const char *name, const char *path, bool regular,
			struct yh_err *err)
{
	const struct boxing *b = arg;
	unsigned char plain[YH_SEAL_MAX], sealed[YH_SEAL_MAX + YH_SEAL_EXTRA + 1];
	size_t n = 0;
	enum yh_rc rc;

	if (!regular)
		return yh_fail_field(err, YH_BAD_INPUT, "backup-added", path);
	rc = read_small(folder, name, path, sealed, sizeof sealed - 1, &n, err);
	if (rc == YH_OK && n <= YH_SEAL_EXTRA)
		rc = yh_fail_field(err, YH_BAD_INPUT, "backup-invalid", path);
	if (rc == YH_OK)
		rc = yh_unseal(&b->sealing, name, strlen(name), sealed, n, plain, err);
	if (rc == YH_OK)
		rc = write_small(b->to, name, plain, n - YH_SEAL_EXTRA, err);
	explicit_bzero(plain, sizeof plain);
	return rc;
}

enum yh_rc yh_set_open_keys(int set, const struct yh_sm2 *key, int keys, struct yh_err *err)
{
	YH_CLOSE_AUTO int folder = openat(set, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned char boxed[YH_SEAL_KEY + YH_SM2_BOX_MAX + 1], plain[sizeof boxed];
	size_t n = 0, len = sizeof plain;
	struct boxing b = { .to = keys };
	enum yh_rc rc;

	if (folder < 0)
		return yh_set_failed("keys", err);
	rc = read_small(set, "keys.box", "keys.box", boxed, sizeof boxed - 1, &n, err);
	if (rc == YH_OK) {
		rc = yh_sm2_decrypt(key, boxed, n, plain, &len, NULL);
		if (rc == YH_TOO_LARGE)
			rc = yh_fail(err, rc, "memory-short");
		else if (rc != YH_OK || len != YH_SEAL_KEY)
			rc = yh_fail(err, YH_BAD_INPUT, "backup-key-other");
	}
	if (rc == YH_OK) {
		yh_sealing_init(&b.sealing, plain);
		rc = yh_set_walk(folder, "", unbox, &b, err);
	}
	explicit_bzero(plain, sizeof plain);
	explicit_bzero(&b, sizeof b);
	return rc;
}
