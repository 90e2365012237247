/* Files that come in pieces over the districts' link. */
#include "services/document/part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "services/document/internal.h"

enum { MADE_AGAIN = 8 };

static enum yh_rc failed(const struct yh_part *p, struct yh_err *err)
{
	int why = errno;

	(void)yh_fail_field(err, YH_STORAGE, "document-unwritable", p->path);
	yh_err_text(err, "detail", strerror(why));
	return YH_STORAGE;
}

static bool folder_of(const struct yh_files *f, char out[YH_FILES_PATH])
{
	(void)snprintf(out, YH_FILES_PATH, "%s/coming", f->dir);
	return mkdir(out, 0700) == 0 || errno == EEXIST;
}

void yh_part_close(struct yh_part *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
}

/* The one that its name leads to: another may have put it in its place between the two calls. */
static bool is_named(const struct yh_part *p)
{
	struct stat mine, named;

	return fstat(p->fd, &mine) == 0 && lstat(p->path, &named) == 0 &&
	       mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

static enum yh_rc open_named(struct yh_part *p, struct yh_err *err)
{
	for (int i = 0; i < MADE_AGAIN; i++) {
		p->fd = open(p->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (p->fd < 0)
			return failed(p, err);
		if (flock(p->fd, LOCK_EX | LOCK_NB) != 0)
			break;
		if (is_named(p))
			return YH_OK;
		yh_part_close(p);
	}
	yh_part_close(p);
	return yh_fail(err, YH_BUSY, "link-file-busy");
}

enum yh_rc yh_part_open(const struct yh_world *world, const struct yh_id *cloud,
			const struct yh_sm3 *digest, struct yh_part *out, struct yh_err *err)
{
	char hex[YH_SM3_HEX], id[YH_ID_TEXT], folder[YH_FILES_PATH];
	struct stat st;
	enum yh_rc rc;

	*out = (struct yh_part){ .fd = -1 };
	if (!world->documents)
		return yh_fail(err, YH_CONFLICT, "documents-none");
	if (!folder_of(&world->documents->files, folder))
		return failed(out, err);
	if ((size_t)snprintf(out->path, sizeof out->path, "%s/%s-%s", folder, yh_id_text(cloud, id),
			     yh_hex(digest->b, sizeof digest->b, hex)) >= sizeof out->path) {
		errno = ENAMETOOLONG;
		return failed(out, err);
	}
	rc = open_named(out, err);
	if (rc != YH_OK)
		return rc;
	if (fstat(out->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		rc = failed(out, err);
		yh_part_close(out);
		return rc;
	}
	out->bytes = st.st_size;
	return YH_OK;
}

enum yh_rc yh_part_source(const struct yh_world *world, const struct yh_document_row *row, int *fd,
			  struct yh_err *err)
{
	*fd = -1;
	return world->documents ? yh_files_get(&world->documents->files, &row->digest,
					       row->size_bytes, fd, err)
				: yh_fail(err, YH_CONFLICT, "documents-none");
}

enum yh_rc yh_part_add(struct yh_part *p, const void *bytes, size_t n, struct yh_err *err)
{
	const char *s = bytes;

	while (n > 0) {
		ssize_t k = pwrite(p->fd, s, n, p->bytes);

		if (k <= 0)
			return failed(p, err);
		s += k;
		n -= (size_t)k;
		p->bytes += k;
	}
	return fdatasync(p->fd) == 0 ? YH_OK : failed(p, err);
}

enum yh_rc yh_part_clear(struct yh_part *p, struct yh_err *err)
{
	p->bytes = 0;
	return ftruncate(p->fd, 0) == 0 ? YH_OK : failed(p, err);
}

struct keeping {
	const struct yh_files *files;
	enum yh_rc (*fn)(struct yh_tx *tx, void *arg, struct yh_err *err);
	void *arg;
};

static enum yh_rc enter(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct keeping *k = arg;
	char named[YH_DOCUMENT_PLACE];
	enum yh_rc rc = yh_document_place_take(tx, k->files->place, named, err);

	if (rc == YH_OK && strcmp(named, k->files->place) != 0)
		rc = yh_fail(err, YH_CONFLICT, "documents-elsewhere");
	return rc == YH_OK ? k->fn(tx, k->arg, err) : rc;
}

enum yh_rc yh_part_keep(const struct yh_world *world, struct yh_part *p,
			const struct yh_sm3 *digest,
			enum yh_rc (*fn)(struct yh_tx *tx, void *arg, struct yh_err *err),
			void *arg, struct yh_err *err)
{
	struct keeping k = { &world->documents->files, fn, arg };
	YH_CLOSE_AUTO int lock = -1;
	enum yh_rc rc = yh_files_lock(k.files, true, true, &lock, err);

	if (rc == YH_OK)
		rc = yh_files_put(k.files, p->fd, p->path, digest, err);
	if (rc == YH_OK)
		rc = yh_exec_write(world->exec, enter, &k, err);
	yh_part_close(p);
	if (rc != YH_OK && lock >= 0) {
		(void)close(lock);
		lock = -1;
		yh_documents_take_back(world, digest);
	}
	return rc;
}

void yh_parts_tidy(const struct yh_documents *d, int64_t before)
{
	char folder[YH_FILES_PATH], path[YH_FILES_PATH];
	DIR *dir = folder_of(&d->files, folder) ? opendir(folder) : NULL;
	struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir)) != NULL)
		if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, e->d_name) < sizeof path &&
		    lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime < before)
			(void)unlink(path);
	if (dir)
		(void)closedir(dir);
}
