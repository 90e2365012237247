/* Keys in files. */
#include "base/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/shortage.h"

enum { PATH_BYTES = 4200 };

/* The private keys of a server; what else lies in its folder is not sealed. */
static const char *const private_keys[] = { "agents.pem", "agents.seal", "audit.pem", "link.pem",
					    "notify.seal" };

/* false: there is none. */
static bool read_key(const char *path, char text[YH_KEYFILE_TEXT], enum yh_rc *rc,
		     struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t got;

	*rc = YH_OK;
	if (fd < 0 && errno == ENOENT)
		return false;
	got = fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)
		      ? -1
		      : read(fd, text, YH_KEYFILE_TEXT);
	if (got <= 0 || got == YH_KEYFILE_TEXT)
		*rc = yh_fail_field(err, YH_STORAGE, "key-unreadable", path);
	else
		text[got] = 0;
	return true;
}

/* Whose the file is, and who may read it, stays; a new one is its folder's owner's. Only root can
 * give a file away. */
static bool own_as(int fd, const char *path, const char *dir)
{
	struct stat st;
	bool there = stat(path, &st) == 0;

	if (!there && stat(dir, &st) != 0)
		return false;
	if (fchown(fd, st.st_uid, st.st_gid) != 0 && geteuid() == 0)
		return false;
	return !there || fchmod(fd, st.st_mode & 0640) == 0;
}

static bool write_all(int fd, const char *text)
{
	size_t n = strlen(text);

	return n < YH_KEYFILE_TEXT && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
}

static bool sync_dir(const char *dir)
{
	YH_CLOSE_AUTO int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

/* Puts a file in the place of the one that is there, or, with `first`, only where none is. */
static bool put_key(const char *dir, const char *path, const char *text, bool first)
{
	char part[PATH_BYTES + 32];
	int fd;
	bool ok;

	(void)snprintf(part, sizeof part, "%s.XXXXXX", path);
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = own_as(fd, path, dir) && write_all(fd, text);
	(void)close(fd);
	if (ok && first)
		ok = link(part, path) == 0 || errno == EEXIST;
	else if (ok)
		ok = rename(part, path) == 0;
	ok = ok && sync_dir(dir);
	(void)unlink(part);
	return ok;
}

/* `sealed` is freed by the caller. */
static enum yh_rc seal_key(const char *name, struct yh_ring *ring, const char *text, char **sealed,
			   struct yh_err *err)
{
	const struct yh_ring_about about = { "keys", name, strlen(name) };
	enum yh_rc rc = yh_ring_seal(ring, &about, text, strlen(text), sealed, err);

	if (rc == YH_OK && strlen(*sealed) >= YH_KEYFILE_TEXT)
		rc = yh_fail_field(err, YH_TOO_LARGE, "seal-too-large", name);
	return rc;
}

/* What was read becomes clear; *anew: it is not under the ring's present key. */
static enum yh_rc open_key(const char *name, struct yh_ring *ring, char text[YH_KEYFILE_TEXT],
			   bool *anew, struct yh_err *err)
{
	const struct yh_ring_about about = { "keys", name, strlen(name) };
	char id[YH_RING_ID], writer[YH_RING_ID] = "", *clear;
	size_t n;
	enum yh_rc rc;

	if (ring)
		yh_ring_writer(ring, writer);
	*anew = ring != NULL;
	if (!yh_ring_sealed(text, id))
		return YH_OK;
	*anew = strcmp(id, writer) != 0;
	text[strcspn(text, "\n")] = 0;
	rc = yh_ring_unseal(ring, &about, text, &clear, &n, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(text, YH_KEYFILE_TEXT, "%s", clear);
	explicit_bzero(clear, n);
	free(clear);
	return YH_OK;
}

enum yh_rc yh_keyfile_clear(const char *name, struct yh_ring *ring, char text[YH_KEYFILE_TEXT],
			    struct yh_err *err)
{
	bool anew;

	return open_key(name, ring, text, &anew, err);
}

static enum yh_rc keep_key(const char *dir, const char *name, const char *path,
			   struct yh_ring *ring, const char *text, bool first, struct yh_err *err)
{
	YH_FREE_AUTO char *sealed = NULL;
	enum yh_rc rc = ring ? seal_key(name, ring, text, &sealed, err) : YH_OK;

	if (rc == YH_OK && !put_key(dir, path, sealed ? sealed : text, first))
		rc = yh_fail_field(err, YH_STORAGE, "key-unwritable", path);
	return rc;
}

/* Reads it, and with `keep` seals anew what is not under the ring's present key. */
static enum yh_rc take_key(const char *dir, const char *name, const char *path,
			   struct yh_ring *ring, bool keep, char text[YH_KEYFILE_TEXT],
			   struct yh_err *err)
{
	bool anew;
	enum yh_rc rc = open_key(name, ring, text, &anew, err);

	return rc == YH_OK && anew && keep ? keep_key(dir, name, path, ring, text, false, err) : rc;
}

enum yh_rc yh_keyfile_text(const char *dir, const char *name, struct yh_ring *ring,
			   char *(*fresh)(void), char text[YH_KEYFILE_TEXT], struct yh_err *err)
{
	unsigned shortages = yh_shortages();
	char path[PATH_BYTES];
	YH_FREE_AUTO char *made = NULL;
	enum yh_rc rc;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	if (fresh && mkdir(dir, 0700) != 0 && errno != EEXIST)
		return yh_fail_field(err, YH_STORAGE, "key-unwritable", dir);
	if (read_key(path, text, &rc, err))
		return rc == YH_OK ? take_key(dir, name, path, ring, fresh != NULL, text, err) : rc;
	made = fresh ? fresh() : NULL;
	if (!made && yh_shortages() != shortages)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (!made)
		return fresh ? yh_fail(err, YH_INTERNAL, "key-generation")
			     : yh_fail_field(err, YH_NOT_FOUND, "key-none", path);
	rc = keep_key(dir, name, path, ring, made, true, err);
	explicit_bzero(made, strlen(made));
	if (rc != YH_OK)
		return rc;
	/* of two programs that make it at once, one came first */
	if (!read_key(path, text, &rc, err))
		return yh_fail_field(err, YH_STORAGE, "key-unreadable", path);
	return rc == YH_OK ? take_key(dir, name, path, ring, true, text, err) : rc;
}

enum yh_rc yh_keyfile_lay(const char *dir, const char *name, const char *as, struct yh_ring *ring,
			  const char *text, struct yh_err *err)
{
	char path[PATH_BYTES];

	(void)snprintf(path, sizeof path, "%s/%s", dir, as);
	return keep_key(dir, name, path, ring, text, false, err);
}

enum yh_rc yh_keyfiles_anew(const char *dir, struct yh_ring *ring, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < YH_LEN(private_keys); i++) {
		char path[PATH_BYTES], text[YH_KEYFILE_TEXT] = "";

		(void)snprintf(path, sizeof path, "%s/%s", dir, private_keys[i]);
		if (read_key(path, text, &rc, err) && rc == YH_OK)
			rc = take_key(dir, private_keys[i], path, ring, true, text, err);
		explicit_bzero(text, sizeof text);
	}
	return rc;
}

static char *fresh_seal(void)
{
	unsigned char key[YH_SEAL_KEY];
	char *text = malloc(2 * YH_SEAL_KEY + 2);

	if (!text)
		return NULL;
	yh_random(key, sizeof key);
	(void)yh_hex(key, sizeof key, text);
	(void)strcat(text, "\n");
	explicit_bzero(key, sizeof key);
	return text;
}

enum yh_rc yh_keyfile_seal(const char *dir, const char *name, struct yh_ring *ring,
			   struct yh_sealing *out, struct yh_err *err)
{
	unsigned char key[YH_SEAL_KEY];
	char text[YH_KEYFILE_TEXT] = "";
	enum yh_rc rc = yh_keyfile_text(dir, name, ring, fresh_seal, text, err);

	if (rc == YH_OK) {
		text[strcspn(text, "\n")] = 0;
		if (yh_unhex(text, key, sizeof key))
			yh_sealing_init(out, key);
		else
			rc = yh_fail_field(err, YH_BAD_INPUT, "key-invalid", name);
	}
	explicit_bzero(text, sizeof text);
	explicit_bzero(key, sizeof key);
	return rc;
}
