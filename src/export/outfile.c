/* A file without a name that an export is written into before it is sent. */
#include "export/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum yh_rc unwritable(int error, struct yh_err *err)
{
	(void)yh_fail(err, YH_STORAGE, "export-unwritable");
	yh_err_text(err, "detail", strerror(error));
	return YH_STORAGE;
}

/* Some file systems have no files without names: there the name goes at once. */
static int open_named(const char *dir)
{
	char *path = NULL;
	int fd, error;

	if (asprintf(&path, "%s/yunheng-XXXXXX", dir) < 0)
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	error = errno;
	if (fd >= 0)
		(void)unlink(path);
	free(path);
	errno = error;
	return fd;
}

const char *yh_outfile_dir(void)
{
	const char *dir = secure_getenv("TMPDIR");

	return dir && *dir ? dir : "/var/tmp";
}

enum yh_rc yh_outfile_open(FILE **out, struct yh_err *err)
{
	const char *dir = yh_outfile_dir();
	int fd;

	*out = NULL;
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = open_named(dir);
	if (fd < 0)
		return unwritable(errno, err);
	*out = fdopen(fd, "w+b");
	if (!*out) {
		int error = errno;

		(void)close(fd);
		return unwritable(error, err);
	}
	return YH_OK;
}

enum yh_rc yh_outfile_check(FILE *f, struct yh_err *err)
{
	if (fflush(f) != 0 || ferror(f))
		return unwritable(errno, err);
	return YH_OK;
}

const char *yh_outfile_path(FILE *f, char out[YH_OUTFILE_PATH])
{
	(void)snprintf(out, YH_OUTFILE_PATH, "/proc/self/fd/%d", fileno(f));
	return out;
}

enum yh_rc yh_outfile_take(FILE *f, int *fd, int64_t *size_bytes, struct yh_err *err)
{
	enum yh_rc rc = yh_outfile_check(f, err);
	off_t size = 0;

	*fd = -1;
	if (rc == YH_OK) {
		*fd = fcntl(fileno(f), F_DUPFD_CLOEXEC, 0);
		size = *fd < 0 ? -1 : lseek(*fd, 0, SEEK_END);
		if (size < 0 || lseek(*fd, 0, SEEK_SET) != 0)
			rc = unwritable(errno, err);
	}
	*size_bytes = size;
	if (rc != YH_OK && *fd >= 0) {
		(void)close(*fd);
		*fd = -1;
	}
	(void)fclose(f);
	return rc;
}
