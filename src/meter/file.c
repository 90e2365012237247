/* Reading, writing and replacing the meter's small files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "meter/manifest.h"

enum yh_rc yh_file_failed(const char *what, int err_no, struct yh_err *err)
{
	bool full = err_no == ENOSPC || err_no == EFBIG || err_no == EDQUOT;
	char text[160], why[64];

	(void)snprintf(text, sizeof text, "%s: %s", what, strerror_r(err_no, why, sizeof why));
	if (full)
		(void)yh_fail(err, YH_STORAGE, "meter-full");
	else
		(void)yh_fail(err, YH_STORAGE, "meter-io");
	yh_err_text(err, "detail", text);
	return YH_STORAGE;
}

enum yh_rc yh_file_version(const char *path, int64_t version, int64_t known, struct yh_err *err)
{
	const char *name = strrchr(path, '/');

	(void)yh_fail(err, YH_CONFLICT, "meter-version");
	yh_err_text(err, "file", name ? name + 1 : path);
	yh_err_int(err, "version", version);
	yh_err_int(err, "known", known);
	return YH_CONFLICT;
}

enum yh_rc yh_file_write(int fd, const char *what, const void *p, size_t n, int64_t at,
			 struct yh_err *err)
{
	const char *b = p;

	while (n > 0) {
		ssize_t done = pwrite(fd, b, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return yh_file_failed(what, done < 0 ? errno : ENOSPC, err);
		b += done;
		n -= (size_t)done;
		at += done;
	}
	return YH_OK;
}

enum yh_rc yh_file_read(int dir, const char *name, char **out, size_t *n, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t done = 0;

	*out = NULL;
	*n = 0;
	if (fd < 0)
		return errno == ENOENT ? YH_OK : yh_file_failed(name, errno, err);
	if (fstat(fd, &st) != 0)
		return yh_file_failed(name, errno, err);
	*out = malloc((size_t)st.st_size + 1);
	if (!*out)
		return yh_fail(err, YH_BUSY, "memory-short");
	while (done < (size_t)st.st_size) {
		ssize_t got = read(fd, *out + done, (size_t)st.st_size - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int why = errno;

			free(*out);
			*out = NULL;
			return yh_file_failed(name, why, err);
		}
		if (got == 0)
			break;
		done += (size_t)got;
	}
	(*out)[done] = 0;
	*n = done;
	return YH_OK;
}

enum yh_rc yh_file_replace(int dir, const char *name, const void *p, size_t n, struct yh_err *err)
{
	char beside[96];
	enum yh_rc rc;
	int fd;

	(void)snprintf(beside, sizeof beside, "%s.new", name);
	fd = openat(dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return yh_file_failed(name, errno, err);
	rc = yh_file_write(fd, name, p, n, 0, err);
	if (rc == YH_OK && fsync(fd) != 0)
		rc = yh_file_failed(name, errno, err);
	(void)close(fd);
	if (rc == YH_OK && renameat(dir, beside, dir, name) != 0)
		rc = yh_file_failed(name, errno, err);
	if (rc == YH_OK && fsync(dir) != 0)
		rc = yh_file_failed(name, errno, err);
	if (rc != YH_OK)
		(void)unlinkat(dir, beside, 0);
	return rc;
}
