/* Copies of files, on the disk when they are made. */
#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum { BLOCK = 256 * 1024 };

static bool put(int to, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(to, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

int64_t yh_copy_bytes(int from, int to, int64_t n)
{
	YH_FREE_AUTO char *block = malloc(BLOCK);
	int64_t at = 0;

	while (block && at != n) {
		size_t want = n < 0 || n - at > BLOCK ? BLOCK : (size_t)(n - at);
		ssize_t got = pread(from, block, want, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0 && n < 0)
			return at;
		if (got == 0)
			errno = EIO; /* shorter than was said */
		if (got <= 0 || !put(to, block, (size_t)got))
			return -1;
		at += got;
	}
	return block ? at : -1;
}

bool yh_copy_file(int from, int64_t n, int to_dir, const char *to)
{
	YH_CLOSE_AUTO int fd = openat(to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd >= 0 && yh_copy_bytes(from, fd, n) >= 0 && fsync(fd) == 0;
}

bool yh_copy_sealed(int from_dir, const char *name, int to_dir, const char *to)
{
	YH_CLOSE_AUTO int fd = -1;

	if (linkat(from_dir, name, to_dir, to, 0) == 0)
		return true;
	if (errno == EEXIST || errno == ENOENT)
		return false;
	fd = openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd >= 0 && yh_copy_file(fd, -1, to_dir, to);
}

int yh_copy_folder(int at, const char *name)
{
	if (mkdirat(at, name, 0700) != 0 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}
