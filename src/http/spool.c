/* Raw bodies that are written to a file as they come. */
#include "http/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"

void yh_spools_init(struct yh_spools *s, const char *dir, int64_t most_bytes)
{
	*s = (struct yh_spools){ .dir = dir, .most = most_bytes };
	(void)pthread_mutex_init(&s->lock, NULL);
}

void yh_spools_done(struct yh_spools *s)
{
	(void)pthread_mutex_destroy(&s->lock);
}

static bool count(struct yh_spools *s, int64_t bytes, bool known)
{
	bool admitted;

	(void)pthread_mutex_lock(&s->lock);
	admitted = bytes <= s->most - s->used[known];
	if (admitted)
		s->used[known] += bytes;
	(void)pthread_mutex_unlock(&s->lock);
	return admitted;
}

struct yh_spool *yh_spool_open(struct yh_spools *s, int64_t bytes, bool known)
{
	struct yh_spool *f = s->dir ? malloc(sizeof *f) : NULL;
	unsigned char random[16];
	char hex[sizeof random * 2 + 1];

	if (!f)
		return NULL;
	*f = (struct yh_spool){ .of = s, .fd = -1, .known = known };
	if (!count(s, bytes, known)) {
		free(f);
		return NULL;
	}
	f->counted = bytes;
	yh_random(random, sizeof random);
	if ((size_t)snprintf(f->path, sizeof f->path, "%s/%s", s->dir,
			     yh_hex(random, sizeof random, hex)) < sizeof f->path)
		f->fd = open(f->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd >= 0)
		return f;
	yh_spool_free(f);
	return NULL;
}

void yh_spool_write(struct yh_spool *f, const char *data, size_t n)
{
	while (n > 0 && f->fault == 0) {
		ssize_t done = write(f->fd, data, n);

		if (done < 0) {
			f->fault = errno == EINTR ? 0 : errno;
			continue;
		}
		data += done;
		n -= (size_t)done;
		f->bytes += done;
	}
}

void yh_spool_free(struct yh_spool *f)
{
	if (!f)
		return;
	if (f->fd >= 0) {
		(void)close(f->fd);
		(void)unlink(f->path);
	}
	(void)pthread_mutex_lock(&f->of->lock);
	f->of->used[f->known] -= f->counted;
	(void)pthread_mutex_unlock(&f->of->lock);
	free(f);
}
