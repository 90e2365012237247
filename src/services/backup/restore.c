/* Putting a set back as a data directory. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/copy.h"
#include "base/keyfile.h"
#include "base/mem.h"
#include "services/backup/set.h"

struct restoring {
	const struct yh_set_restore *from;
	int set, to;
};

/* Opens the folder that holds `path`, below `to`, making what is not there; *name is the last part.
 */
static int folder_of(int to, const char *path, const char **name)
{
	char part[YH_SET_PATH];
	const char *slash;
	int at = dup(to);

	while (at >= 0 && (slash = strchr(path, '/'))) {
		int next;

		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = 0;
		next = yh_copy_folder(at, part);
		(void)close(at);
		at = next;
		path = slash + 1;
	}
	*name = path;
	return at;
}

/* The digest is of what lies there now, not of what was read. */
static enum yh_rc put_file(const struct restoring *r, const struct yh_set_file *f,
			   struct yh_err *err)
{
	const char *name;
	YH_CLOSE_AUTO int from = openat(r->set, f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	YH_CLOSE_AUTO int folder = folder_of(r->to, f->path + strlen("data/"), &name);
	struct yh_sm3 digest;
	int64_t bytes = 0;
	enum yh_rc rc;

	if (from < 0 || folder < 0 || !yh_copy_file(from, -1, folder, name))
		return yh_set_failed(f->path, err);
	rc = yh_set_digest(folder, name, f->path, &bytes, &digest, err);
	if (rc != YH_OK)
		return rc;
	if (bytes != f->bytes || memcmp(digest.b, f->digest.b, sizeof digest.b) != 0)
		return yh_fail_field(err, YH_BAD_INPUT, "backup-changed", f->path);
	return strncmp(f->path, "data/documents/", 15) == 0 && strchr(f->path + 15, '/') &&
			       fchmodat(folder, name, 0400, 0) != 0
		       ? yh_set_failed(f->path, err)
		       : YH_OK;
}

static enum yh_rc hold_against(const struct restoring *r, const struct yh_set_file *f,
			       struct yh_err *err)
{
	struct yh_sm3 digest;
	int64_t bytes = 0;
	enum yh_rc rc = yh_set_digest(r->set, f->path, f->path, &bytes, &digest, err);

	if (rc == YH_OK &&
	    (bytes != f->bytes || memcmp(digest.b, f->digest.b, sizeof digest.b) != 0))
		rc = yh_fail_field(err, YH_BAD_INPUT, "backup-changed", f->path);
	return rc;
}

/* ---- the keys ---- */

static enum yh_rc copy_key(void *arg, int folder, const char *name, const char *path, bool regular,
			   struct yh_err *err)
{
	const int *to = arg;
	YH_CLOSE_AUTO int from = -1;

	if (!regular || strcmp(name, path) != 0)
		return YH_OK;
	from = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return from >= 0 && yh_copy_file(from, -1, *to, name) ? YH_OK : yh_set_failed(path, err);
}

static enum yh_rc put_keys(const struct restoring *r, const struct yh_set *set, int keys,
			   struct yh_err *err)
{
	YH_CLOSE_AUTO int from = -1;

	if (set->keys && r->from->key)
		return yh_set_open_keys(r->set, r->from->key, keys, err);
	if (!r->from->keys)
		return yh_fail(err, YH_CONFLICT, "backup-keys-needed");
	from = open(r->from->keys, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return from < 0 ? yh_set_failed(r->from->keys, err)
			: yh_set_walk(from, "", copy_key, &keys, err);
}

/* What vouched for the set is the key that the store will go on with. */
static enum yh_rc check_key(int keys, const struct yh_set *set, struct yh_ring *ring,
			    struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = openat(keys, "audit.pem", O_RDONLY | O_CLOEXEC);
	YH_FREE_AUTO char *public = NULL;
	char text[YH_KEYFILE_TEXT] = "", id[YH_SM3_HEX];
	struct yh_sm2 *key = NULL;
	struct yh_sm3 digest = { 0 };
	enum yh_rc rc;

	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
		return yh_set_failed("keys/audit.pem", err);
	rc = yh_keyfile_clear("audit.pem", ring, text, err);
	if (rc == YH_OK)
		rc = yh_sm2_load_pem(text, &key, err);
	explicit_bzero(text, sizeof text);
	if (rc != YH_OK)
		return rc;
	public = yh_sm2_public_pem(key);
	yh_sm2_free(key);
	if (public)
		digest = yh_sm3_of(public, strlen(public));
	if (strcmp(yh_hex(digest.b, sizeof digest.b, id), set->signer) == 0)
		return YH_OK;
	rc = yh_fail_field(err, YH_BAD_INPUT, "backup-signer-other", "keys/audit.pem");
	yh_err_text(err, "signer", set->signer);
	return rc;
}

static enum yh_rc put_all(const struct restoring *r, const struct yh_set *set, struct yh_err *err)
{
	YH_CLOSE_AUTO int keys = yh_copy_folder(r->to, "keys");
	enum yh_rc rc = keys < 0 ? yh_set_failed("keys", err) : YH_OK;

	for (size_t i = 0; rc == YH_OK && i < set->n; i++)
		rc = strncmp(set->files[i].path, "data/", strlen("data/")) == 0
			     ? put_file(r, &set->files[i], err)
			     : hold_against(r, &set->files[i], err);
	if (rc == YH_OK)
		rc = put_keys(r, set, keys, err);
	if (rc == YH_OK)
		rc = check_key(keys, set, r->from->ring, err);
	if (rc == YH_OK && syncfs(r->to) != 0)
		rc = yh_set_failed(r->from->set, err);
	return rc;
}

enum yh_rc yh_set_restore(const struct yh_set_restore *from, int to, struct yh_set *out,
			  struct yh_err *err)
{
	YH_CLOSE_AUTO int set = open(from->set, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct restoring r = { from, set, to };
	enum yh_rc rc;

	*out = (struct yh_set){ 0 };
	if (set < 0)
		return yh_set_failed(from->set, err);
	rc = yh_set_load(set, from->signer, out, err);
	if (rc == YH_OK)
		rc = put_all(&r, out, err);
	if (rc != YH_OK)
		yh_set_done(out);
	return rc;
}
