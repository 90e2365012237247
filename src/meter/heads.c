/* Heads: the last sealed instant and value of each series, so that opening need not read segments.
 *
 * Chunks of 4096 series under their own checksum; those of a damaged chunk are found again in the
 * segments. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "meter/crc.h"
#include "meter/engine.h"

enum { CHUNK = 4096, MAGIC = 0x31484859 /* YHH1 */ };

struct head {
	int64_t at_ms;
	double value;
};

struct chunk {
	uint32_t magic, crc; /* of what follows */
	uint32_t first, n;
	struct head heads[CHUNK];
};

static size_t chunk_bytes(uint32_t n)
{
	return offsetof(struct chunk, heads) + n * sizeof(struct head);
}

static uint32_t crc_of(const struct chunk *c)
{
	size_t from = offsetof(struct chunk, first);

	return yh_crc32c(0, (const char *)c + from, chunk_bytes(c->n) - from);
}

static void heads_name(char out[32], uint32_t no)
{
	(void)snprintf(out, 32, "heads-%08x", no);
}

static void fill(const struct yh_engine *e, struct chunk *c, uint32_t first, uint32_t n)
{
	*c = (struct chunk){ .magic = MAGIC, .first = first, .n = n };
	for (uint32_t i = 0; i < n; i++)
		c->heads[i] = (struct head){ e->index.cold[first + i].sealed_ms,
					     e->index.cold[first + i].sealed };
	c->crc = crc_of(c);
}

enum yh_rc yh_heads_save(struct yh_engine *e, uint32_t no, struct yh_err *err)
{
	YH_FREE_AUTO struct chunk *c = malloc(sizeof *c);
	enum yh_rc rc = YH_OK;
	uint32_t n_series;
	int64_t at = 0;
	char name[32];
	int fd;

	if (!c)
		return yh_fail(err, YH_BUSY, "memory-short");
	(void)pthread_rwlock_rdlock(&e->index.lock);
	n_series = e->index.n;
	(void)pthread_rwlock_unlock(&e->index.lock);
	heads_name(name, no);
	fd = openat(e->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return yh_file_failed(name, errno, err);
	for (uint32_t first = 1; rc == YH_OK && first <= n_series; first += CHUNK) {
		uint32_t n = n_series - first + 1 < CHUNK ? n_series - first + 1 : CHUNK;

		fill(e, c, first, n);
		rc = yh_file_write(fd, name, c, chunk_bytes(n), at, err);
		at += (int64_t)chunk_bytes(n);
	}
	if (rc == YH_OK && fsync(fd) != 0)
		rc = yh_file_failed(name, errno, err);
	(void)close(fd);
	if (rc != YH_OK)
		(void)unlinkat(e->dir, name, 0);
	return rc;
}

static void set_head(struct yh_engine *e, uint32_t no, struct head h)
{
	struct yh_cold *c = &e->index.cold[no];

	c->sealed_ms = h.at_ms;
	c->sealed = h.value;
	e->index.hot[no].last_ms = h.at_ms;
	e->index.hot[no].last = h.value;
	/* Since when it stands is not known any more: it counts as new to who asks what came. */
	if (h.at_ms != YH_NO_INSTANT)
		e->index.hot[no].mark_settled = e->manifest.journal_seq << YH_SETTLED_BITS;
}

/* The last sample of a series in all segments. */
static void search(struct yh_engine *e, uint32_t no, struct yh_seg_room *room)
{
	struct head h = { .at_ms = YH_NO_INSTANT };

	for (size_t i = 0; e->index.cold[no].metric && i < e->segs->n; i++) {
		struct yh_seg *seg = e->segs->s[i].seg;
		struct yh_err err = { 0 };
		size_t n;

		if (yh_seg_info(seg)->max_ms <= h.at_ms)
			continue;
		if (yh_seg_read(seg, e->index.cold[no].metric, no, h.at_ms + 1, INT64_MAX, room, &n,
				&err) != YH_OK)
			yh_engine_damaged_seg(e, seg, &err);
		else if (n > 0)
			h = (struct head){ room->at_ms[n - 1], room->values[n - 1] };
	}
	set_head(e, no, h);
}

/* A chunk lies where its number says, so that a damaged one does not hide the next. */
static bool load_chunk(const char *text, size_t n, uint32_t first, uint32_t upto, struct chunk *c)
{
	size_t at = (first - 1) / CHUNK * chunk_bytes(CHUNK);

	if (at + offsetof(struct chunk, heads) > n)
		return false;
	memcpy(c, text + at, offsetof(struct chunk, heads));
	if (c->magic != MAGIC || c->first != first || c->n > upto || at + chunk_bytes(c->n) > n)
		return false;
	memcpy(c, text + at, chunk_bytes(c->n));
	return crc_of(c) == c->crc;
}

enum yh_rc yh_heads_load(struct yh_engine *e, uint32_t no, struct yh_err *err)
{
	YH_FREE_AUTO struct chunk *c = malloc(sizeof *c);
	YH_FREE_AUTO char *text = NULL;
	struct yh_seg_room room = { 0 };
	char name[32];
	size_t n;
	enum yh_rc rc;

	heads_name(name, no);
	if (!c)
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = yh_file_read(e->dir, name, &text, &n, err);
	if (rc != YH_OK)
		return rc;
	for (uint32_t first = 1; first <= e->index.n; first += CHUNK) {
		bool beyond = text && (first - 1) / CHUNK * chunk_bytes(CHUNK) >= n;
		bool whole = !beyond && text && load_chunk(text, n, first, CHUNK, c);

		/* Series that came after the last sealing have no head. */
		if (!whole && !beyond)
			yh_engine_damaged(e, name,
					  (int64_t)((first - 1) / CHUNK * chunk_bytes(CHUNK)));
		for (uint32_t i = 0; i < CHUNK && first + i <= e->index.n; i++) {
			if (whole && i < c->n)
				set_head(e, first + i, c->heads[i]);
			else if (!whole && !beyond)
				search(e, first + i, &room);
		}
	}
	yh_seg_room_done(&room);
	return YH_OK;
}
