/* Opening a segment: head, foot and directory, or, when those are lost, the pages themselves. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "meter/crc.h"
#include "meter/manifest.h"
#include "meter/segment_file.h"
#include "meter/segment_roll.h"

enum yh_rc yh_seg_damaged(const char *path, uint64_t offset, const char *what, struct yh_err *err)
{
	const char *name = strrchr(path, '/');
	char text[96];

	(void)snprintf(text, sizeof text, "%s at %" PRIu64 ": %s", name ? name + 1 : path, offset,
		       what);
	(void)yh_fail(err, YH_STORAGE, "meter-damaged");
	yh_err_text(err, "detail", text);
	return YH_STORAGE;
}

static bool read_at(int fd, void *p, size_t n, uint64_t at)
{
	char *b = p;

	while (n) {
		ssize_t got = pread(fd, b, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		b += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}

static enum yh_rc take_directory(struct yh_seg *s, const unsigned char *foot, uint64_t size,
				 struct yh_err *err)
{
	uint64_t dir = yh_le_get(foot + 8, 8), n = yh_le_get(foot + 16, 4);
	YH_FREE_AUTO unsigned char *bytes = NULL;
	enum yh_level before = YH_LEVEL_RAW;

	if (dir > size || n > size / YH_SEG_ENTRY || dir + n * YH_SEG_ENTRY + YH_SEG_FOOT != size)
		return yh_seg_damaged(s->path, size - YH_SEG_FOOT, "foot", err);
	bytes = malloc(n * YH_SEG_ENTRY + 1);
	s->refs = calloc(n + 1, sizeof *s->refs);
	if (!bytes || !s->refs)
		return yh_fail(err, YH_BUSY, "memory-short");
	if (!read_at(s->fd, bytes, n * YH_SEG_ENTRY, dir) ||
	    yh_crc32c(0, bytes, n * YH_SEG_ENTRY) != yh_le_get(foot + 20, 4))
		return yh_seg_damaged(s->path, dir, "directory", err);
	for (s->n_refs = 0; s->n_refs < n; s->n_refs++) {
		struct yh_page_ref *r = &s->refs[s->n_refs];
		const unsigned char *entry = bytes + s->n_refs * YH_SEG_ENTRY;
		uint32_t crc;

		r->offset = yh_le_get(entry, 8);
		if (!yh_page_head_take(entry + 8, r, &crc) || r->offset > dir ||
		    r->stored + YH_PAGE_HEAD > dir - r->offset || (enum yh_level)r->level < before)
			return yh_seg_damaged(s->path, dir, "directory entry", err);
		before = (enum yh_level)r->level;
	}
	return YH_OK;
}

static void find_levels(struct yh_seg *s)
{
	size_t i = 0;

	for (int l = 0; l <= YH_LEVELS; l++) {
		while (i < s->n_refs && s->refs[i].level < (uint32_t)l)
			i++;
		s->level_from[l] = i;
	}
}

/* Of a head or foot whose checksum holds. */
static enum yh_rc take_magic(const struct yh_seg *s, const unsigned char magic[8], uint64_t at,
			     const char *what, struct yh_err *err)
{
	if (memcmp(magic, YH_SEG_MAGIC, YH_SEG_MAGIC_BYTES) != 0)
		return yh_seg_damaged(s->path, at, what, err);
	if (magic[YH_SEG_MAGIC_BYTES] == YH_SEG_VERSION)
		return YH_OK;
	return yh_file_version(s->path, magic[YH_SEG_MAGIC_BYTES], YH_SEG_VERSION, err);
}

static enum yh_rc take_foot(struct yh_seg *s, struct yh_err *err)
{
	unsigned char head[YH_SEG_HEAD], foot[YH_SEG_FOOT];
	struct stat st;
	uint64_t size;
	enum yh_rc rc;

	if (fstat(s->fd, &st) != 0 || st.st_size < YH_SEG_HEAD + YH_SEG_FOOT)
		return yh_seg_damaged(s->path, 0, "cut short", err);
	size = (uint64_t)st.st_size;
	if (!read_at(s->fd, head, sizeof head, 0) ||
	    yh_crc32c(0, head, 12) != yh_le_get(head + 12, 4))
		return yh_seg_damaged(s->path, 0, "head", err);
	rc = take_magic(s, head, 0, "head", err);
	if (rc != YH_OK)
		return rc;
	if (!read_at(s->fd, foot, sizeof foot, size - sizeof foot) ||
	    yh_crc32c(0, foot, 60) != yh_le_get(foot + 60, 4))
		return yh_seg_damaged(s->path, size - sizeof foot, "foot", err);
	rc = take_magic(s, foot, size - sizeof foot, "foot", err);
	if (rc == YH_OK)
		rc = take_directory(s, foot, size, err);
	if (rc != YH_OK)
		return rc;
	s->info = (struct yh_seg_info){ .series = yh_le_get(foot + 24, 8),
					.samples = yh_le_get(foot + 32, 8),
					.min_ms = (int64_t)yh_le_get(foot + 40, 8),
					.max_ms = (int64_t)yh_le_get(foot + 48, 8),
					.levels = (unsigned)yh_le_get(foot + 56, 4),
					.bytes = size,
					.index_bytes = s->n_refs * YH_SEG_ENTRY };
	find_levels(s);
	for (size_t i = 0; i < s->level_from[1]; i++)
		s->info.raw_bytes += s->refs[i].stored + YH_PAGE_HEAD;
	return YH_OK;
}

static enum yh_rc take_or_mend(struct yh_seg *s, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = take_foot(s, &why);

	if (rc == YH_STORAGE && yh_seg_mend(s)) {
		(void)snprintf(s->info.damage, sizeof s->info.damage, "%s", why.figs[0].text);
		find_levels(s);
		return YH_OK;
	}
	if (rc != YH_OK && err && err->rc == YH_OK)
		*err = why;
	return rc;
}

enum yh_rc yh_seg_open(const char *path, struct yh_seg **out, struct yh_err *err)
{
	static _Atomic uint64_t opened;
	struct yh_seg *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	*out = NULL;
	if (!s)
		return yh_fail(err, YH_BUSY, "memory-short");
	s->fd = -1;
	atomic_init(&s->holds, 1);
	s->id = atomic_fetch_add(&opened, 1) + 1;
	s->path = strdup(path);
	if (!s->path) {
		yh_seg_release(s);
		return yh_fail(err, YH_BUSY, "memory-short");
	}
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		rc = yh_seg_damaged(path, 0, strerror(errno), err);
	else
		rc = take_or_mend(s, err);
	if (rc == YH_OK)
		*out = s;
	else
		yh_seg_release(s);
	return rc;
}

void yh_seg_hold(struct yh_seg *s)
{
	atomic_fetch_add(&s->holds, 1);
}

void yh_seg_release(struct yh_seg *s)
{
	if (!s || atomic_fetch_sub(&s->holds, 1) != 1)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s->refs);
	free(s->path);
	free(s);
}

const struct yh_seg_info *yh_seg_info(const struct yh_seg *s)
{
	return &s->info;
}

const char *yh_seg_path(const struct yh_seg *s)
{
	return s->path;
}

size_t yh_seg_find_page(const struct yh_seg *s, enum yh_level level, struct yh_key key)
{
	size_t low = s->level_from[level], high = s->level_from[level + 1];

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (yh_key_cmp(s->refs[mid].last, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
