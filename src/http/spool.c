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

/* What one person has on its way. */
static int64_t held_by(const struct yh_spools *s, const struct yh_id *person)
{
	int64_t n = 0;

	for (const struct yh_spool *f = s->open; f; f = f->next)
		if (f->known && yh_id_eq(&f->person, person))
			n += f->counted;
	return n;
}

static bool is_large(const struct yh_spools *s, const struct yh_spool *f)
{
	return f->counted > s->most / 4;
}

/* What the large ones of a share have on their way. */
static int64_t held_large(const struct yh_spools *s, bool known)
{
	int64_t n = 0;

	for (const struct yh_spool *f = s->open; f; f = f->next)
		if (f->known == known && is_large(s, f))
			n += f->counted;
	return n;
}

static bool fits(const struct yh_spools *s, const struct yh_spool *f)
{
	int64_t held = f->known ? held_by(s, &f->person) : 0;

	if (f->counted > s->most - s->used[f->known])
		return false;
	if (is_large(s, f)) /* alone, and half of the share is left to small ones */
		return held == 0 && held_large(s, f->known) + f->counted <= s->most / 2;
	return held + f->counted <= s->most / 4;
}

static bool enter(struct yh_spools *s, struct yh_spool *f)
{
	bool admitted;

	(void)pthread_mutex_lock(&s->lock);
	admitted = fits(s, f);
	if (admitted) {
		s->used[f->known] += f->counted;
		f->next = s->open;
		s->open = f;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return admitted;
}

static void leave(struct yh_spools *s, struct yh_spool *f)
{
	struct yh_spool **at = &s->open;

	(void)pthread_mutex_lock(&s->lock);
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	s->used[f->known] -= f->counted;
	(void)pthread_mutex_unlock(&s->lock);
}

struct yh_spool *yh_spool_open(struct yh_spools *s, int64_t bytes, const struct yh_id *person)
{
	struct yh_spool *f = s->dir ? malloc(sizeof *f) : NULL;
	unsigned char random[16];
	char hex[sizeof random * 2 + 1];

	if (!f)
		return NULL;
	*f = (struct yh_spool){ .of = s, .fd = -1, .counted = bytes, .known = person != NULL };
	if (person)
		f->person = *person;
	if (!enter(s, f)) {
		free(f);
		return NULL;
	}
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

bool yh_spool_moved(struct yh_spool *f, int64_t slowest_per_s, int64_t deadline_s)
{
	int64_t pace = slowest_per_s / 2;

	if (is_large(f->of, f) && f->counted / YH_SPOOL_LARGE_S > pace)
		pace = f->counted / YH_SPOOL_LARGE_S;
	if (f->bytes - f->marked < pace * deadline_s)
		return false;
	f->marked = f->bytes;
	return true;
}

void yh_spool_free(struct yh_spool *f)
{
	if (!f)
		return;
	if (f->fd >= 0) {
		(void)close(f->fd);
		(void)unlink(f->path);
	}
	leave(f->of, f);
	free(f);
}
