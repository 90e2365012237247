/* The folder of documents. */
#include "services/document/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/keyfile.h"
#include "base/mem.h"

enum { BLOCK = 64 * 1024 };

static enum yh_rc failed(struct yh_err *err, const char *slug, const char *path)
{
	int why = errno;

	(void)yh_fail_field(err, YH_STORAGE, slug, path);
	yh_err_text(err, "detail", strerror(why));
	return YH_STORAGE;
}

static char *new_place(void)
{
	unsigned char random[16];
	char *text = malloc(YH_FILES_PLACE);

	yh_random(random, sizeof random);
	if (text)
		(void)yh_hex(random, sizeof random, text);
	return text;
}

static bool make(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

enum yh_rc yh_files_open(struct yh_files *f, const char *data, struct yh_err *err)
{
	char text[YH_KEYFILE_TEXT];
	enum yh_rc rc;

	*f = (struct yh_files){ 0 };
	errno = ENAMETOOLONG;
	if ((size_t)snprintf(f->dir, sizeof f->dir, "%s/documents", data) >= sizeof f->dir)
		return failed(err, "document-folder", data);
	(void)snprintf(f->incoming, sizeof f->incoming, "%s/incoming", f->dir);
	if (!make(f->dir) || !make(f->incoming))
		return failed(err, "document-folder", f->dir);
	rc = yh_keyfile_text(f->dir, "place", NULL, new_place, text, err);
	if (rc == YH_OK)
		(void)snprintf(f->place, sizeof f->place, "%.*s", (int)strcspn(text, "\r\n"), text);
	return rc;
}

enum yh_rc yh_files_lock(const struct yh_files *f, bool shared, bool wait, int *lock,
			 struct yh_err *err)
{
	char path[YH_FILES_PATH];

	(void)snprintf(path, sizeof path, "%s/lock", f->dir);
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*lock < 0)
		return failed(err, "document-unwritable", path);
	if (flock(*lock, (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB)) == 0)
		return YH_OK;
	(void)close(*lock);
	*lock = -1;
	return yh_fail(err, YH_BUSY, "document-folder-busy");
}

static void shelf_of(const struct yh_files *f, unsigned shelf, char out[YH_FILES_PATH])
{
	(void)snprintf(out, YH_FILES_PATH, "%s/%02x", f->dir, shelf);
}

static void path_of(const struct yh_files *f, const struct yh_sm3 *digest, char out[YH_FILES_PATH])
{
	char hex[YH_SM3_HEX];

	(void)snprintf(out, YH_FILES_PATH, "%s/%02x/%s", f->dir, digest->b[0],
		       yh_hex(digest->b, sizeof digest->b, hex));
}

static bool sync_folder(const char *path)
{
	YH_CLOSE_AUTO int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

/* Over one that is there already, too: the bytes are the same, and it counts as touched. */
enum yh_rc yh_files_put(const struct yh_files *f, int fd, const char *path,
			const struct yh_sm3 *digest, struct yh_err *err)
{
	char to[YH_FILES_PATH], shelf[YH_FILES_PATH];

	path_of(f, digest, to);
	shelf_of(f, digest->b[0], shelf);
	if (fchmod(fd, 0400) != 0 || futimens(fd, NULL) != 0 || fsync(fd) != 0 || !make(shelf) ||
	    !sync_folder(f->dir) || rename(path, to) != 0 || !sync_folder(shelf))
		return failed(err, "document-unwritable", to);
	return YH_OK;
}

enum yh_rc yh_files_get(const struct yh_files *f, const struct yh_sm3 *digest, int64_t size_bytes,
			int *fd, struct yh_err *err)
{
	char path[YH_FILES_PATH], hex[YH_SM3_HEX];
	struct stat st;

	path_of(f, digest, path);
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*fd >= 0 && fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == size_bytes)
		return YH_OK;
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	(void)yh_fail(err, YH_STORAGE, "document-missing");
	yh_err_text(err, "digest", yh_hex(digest->b, sizeof digest->b, hex));
	return YH_STORAGE;
}

enum yh_rc yh_files_digest(int fd, struct yh_sm3 *out, struct yh_err *err)
{
	YH_FREE_AUTO unsigned char *block = malloc(BLOCK);
	struct yh_sm3_run *run = block ? yh_sm3_begin() : NULL;
	off_t at = 0;
	ssize_t n;

	if (!run)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while ((n = pread(fd, block, BLOCK, at)) > 0) {
		yh_sm3_more(run, block, (size_t)n);
		at += n;
	}
	*out = yh_sm3_end(run);
	return n == 0 ? YH_OK : failed(err, "document-unreadable", "");
}

static bool old_enough(const char *path, int64_t before)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime < before;
}

enum yh_rc yh_files_each(const struct yh_files *f, unsigned shelf, int64_t before, yh_files_fn fn,
			 void *arg, struct yh_err *err)
{
	char folder[YH_FILES_PATH], path[YH_FILES_PATH];
	enum yh_rc rc = YH_OK;
	struct dirent *e;
	DIR *d;

	shelf_of(f, shelf, folder);
	d = opendir(folder);
	while (rc == YH_OK && d && (e = readdir(d)) != NULL) {
		struct yh_sm3 digest;

		if (!yh_unhex(e->d_name, digest.b, sizeof digest.b) || digest.b[0] != shelf)
			continue;
		path_of(f, &digest, path);
		if (old_enough(path, before))
			rc = fn(arg, &digest, err);
	}
	if (d)
		(void)closedir(d);
	return rc;
}

void yh_files_remove(const struct yh_files *f, const struct yh_sm3 *digest, int64_t before)
{
	char path[YH_FILES_PATH];

	path_of(f, digest, path);
	if (old_enough(path, before))
		(void)unlink(path);
}

void yh_files_tidy(const struct yh_files *f, int64_t before)
{
	char path[YH_FILES_PATH];
	DIR *d = opendir(f->incoming);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if ((size_t)snprintf(path, sizeof path, "%s/%s", f->incoming, e->d_name) <
			    sizeof path &&
		    old_enough(path, before))
			(void)unlink(path);
	if (d)
		(void)closedir(d);
}
