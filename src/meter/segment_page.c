/* A page of a segment: its head, its streams, and the walk over its chunks. */
#include "meter/segment_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "meter/crc.h"
#include "meter/segment_roll.h"

#define PAGE_DAYS 0x100u /* beside the level */

enum { IDLE_MAX = 32, IDLE_BYTES = 256 << 10, IDLE_DCTX = 4 };

enum {
	NEW_METRIC = 1,
	SAME_N = 2,
	SAME_TIMES = 4,
	FLAGS_SHIFT = 3, /* YH_CHUNK_* above it */
	FLAGS_END = 1 << 5
};

void yh_page_head_put(unsigned char head[YH_PAGE_HEAD], const struct yh_page_ref *r, uint32_t crc)
{
	yh_le_put(head, YH_PAGE_MAGIC, 4);
	yh_le_put(head + 4, crc, 4);
	yh_le_put(head + 8, r->level | (r->days ? PAGE_DAYS : 0), 4);
	yh_le_put(head + 12, r->stored, 4);
	yh_le_put(head + 16, r->plain, 4);
	yh_le_put(head + 20, r->chunks, 4);
	yh_le_put(head + 24, r->first.metric, 4);
	yh_le_put(head + 28, r->first.series, 4);
	yh_le_put(head + 32, r->last.metric, 4);
	yh_le_put(head + 36, r->last.series, 4);
	yh_le_put(head + 40, r->samples, 8);
	yh_le_put(head + 48, (uint64_t)r->min_ms, 8);
	yh_le_put(head + 56, (uint64_t)r->max_ms, 8);
}

bool yh_page_head_take(const unsigned char head[YH_PAGE_HEAD], struct yh_page_ref *r, uint32_t *crc)
{
	*crc = (uint32_t)yh_le_get(head + 4, 4);
	r->level = (uint32_t)yh_le_get(head + 8, 4) & ~PAGE_DAYS;
	r->days = yh_le_get(head + 8, 4) & PAGE_DAYS;
	r->stored = (uint32_t)yh_le_get(head + 12, 4);
	r->plain = (uint32_t)yh_le_get(head + 16, 4);
	r->chunks = (uint32_t)yh_le_get(head + 20, 4);
	r->first.metric = (uint32_t)yh_le_get(head + 24, 4);
	r->first.series = (uint32_t)yh_le_get(head + 28, 4);
	r->last.metric = (uint32_t)yh_le_get(head + 32, 4);
	r->last.series = (uint32_t)yh_le_get(head + 36, 4);
	r->samples = yh_le_get(head + 40, 8);
	r->min_ms = (int64_t)yh_le_get(head + 48, 8);
	r->max_ms = (int64_t)yh_le_get(head + 56, 8);
	return yh_le_get(head, 4) == YH_PAGE_MAGIC && r->level < YH_LEVELS && r->chunks > 0 &&
	       r->plain <= YH_PAGE_PLAIN_MAX && r->stored >= YH_PAGE_TABLE &&
	       r->stored <= r->plain + YH_PAGE_TABLE && r->min_ms <= r->max_ms &&
	       r->samples <= (uint64_t)r->chunks * YH_COL_MAX && yh_key_cmp(r->first, r->last) <= 0;
}

void yh_chunk_begin(struct yh_page_writer *w, struct yh_key key, unsigned flags, const int64_t *at,
		    size_t n)
{
	struct yh_page_ref *r = &w->ref;
	bool same_n = r->chunks && n == w->last_n;
	bool same_times = same_n && memcmp(at, w->last_at, n * sizeof *at) == 0;
	bool new_metric = !r->chunks || key.metric != r->last.metric;

	yh_put_byte(&w->packer, (new_metric ? NEW_METRIC : 0) | (same_n ? SAME_N : 0) |
					(same_times ? SAME_TIMES : 0) | flags << FLAGS_SHIFT);
	if (new_metric)
		yh_put_varint(&w->packer, key.metric);
	yh_put_varint(&w->packer, new_metric ? key.series : key.series - r->last.series);
	if (!same_n)
		yh_put_varint(&w->packer, n);
	if (!same_times) {
		yh_times_put(&w->packer, at, n);
		memcpy(w->last_at, at, n * sizeof *at);
	}
	w->last_n = n;
	if (!r->chunks)
		r->first = key;
	r->last = key;
	r->chunks++;
}

/* ---- reading ---- */

/* A page's buffers cost more to make than a page to read, and a query needs a few for a moment; a
 * decompressor costs most, and is needed for less. */
static struct {
	pthread_mutex_t lock;
	struct yh_seg_page *page[IDLE_MAX];
	ZSTD_DCtx *dctx[IDLE_DCTX];
	size_t n, n_dctx;
} idle = { .lock = PTHREAD_MUTEX_INITIALIZER };

static ZSTD_DCtx *dctx_take(void)
{
	ZSTD_DCtx *d = NULL;

	(void)pthread_mutex_lock(&idle.lock);
	if (idle.n_dctx)
		d = idle.dctx[--idle.n_dctx];
	(void)pthread_mutex_unlock(&idle.lock);
	return d ? d : ZSTD_createDCtx();
}

static void dctx_give(ZSTD_DCtx *d)
{
	(void)pthread_mutex_lock(&idle.lock);
	if (idle.n_dctx < IDLE_DCTX) {
		idle.dctx[idle.n_dctx++] = d;
		d = NULL;
	}
	(void)pthread_mutex_unlock(&idle.lock);
	(void)ZSTD_freeDCtx(d);
}

static bool grow(unsigned char **p, size_t *cap, size_t n)
{
	unsigned char *grown;

	if (n <= *cap)
		return true;
	grown = realloc(*p, n);
	if (!grown)
		return false;
	*p = grown;
	*cap = n;
	return true;
}

static bool read_all(int fd, unsigned char *p, size_t n, uint64_t offset)
{
	while (n) {
		ssize_t got = pread(fd, p, n, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		p += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}

/* The streams of a page whose bytes are known to be whole. */
static bool unpack(struct yh_seg_page *page, const struct yh_page_ref *r, ZSTD_DCtx *dctx)
{
	const unsigned char *table = page->file + YH_PAGE_HEAD, *in = table + YH_PAGE_TABLE;
	size_t left = r->stored - YH_PAGE_TABLE, used = 0;

	for (int i = 0; i < YH_STREAMS; i++) {
		size_t plain = (size_t)yh_le_get(table + i * 8, 4);
		size_t stored = (size_t)yh_le_get(table + i * 8 + 4, 4);
		if (stored > left || stored > plain || plain > r->plain - used)
			return false;
		page->at[i] = in;
		if (stored < plain) {
			size_t got =
				ZSTD_decompressDCtx(dctx, page->plain + used, plain, in, stored);
			if (got != plain)
				return false;
			page->at[i] = page->plain + used;
			used += plain;
		}
		page->end[i] = page->at[i] + plain;
		in += stored;
		left -= stored;
	}
	return left == 0;
}

static void rewind_walk(struct yh_seg_page *page, const struct yh_page_ref *r)
{
	struct yh_walk *w = &page->walk;

	memcpy(w->in.at, page->at, sizeof w->in.at);
	memcpy(w->in.end, page->end, sizeof w->in.end);
	w->in.failed = false;
	w->level = (enum yh_level)r->level;
	w->left = r->chunks;
	w->first = r->first;
	w->last = r->last;
	w->begun = w->ahead = false;
}

enum yh_rc yh_page_load(const struct yh_seg *s, size_t index, struct yh_seg_page *page,
			struct yh_err *err)
{
	const struct yh_page_ref *r = &s->refs[index];
	unsigned char head[YH_PAGE_HEAD];
	size_t len = YH_PAGE_HEAD + (size_t)r->stored;
	ZSTD_DCtx *dctx;
	uint32_t crc;
	bool fine;

	if (page->seg == s->id && page->index == index) {
		rewind_walk(page, r);
		return YH_OK;
	}
	page->seg = 0;
	if (!grow(&page->file, &page->cap_file, len) ||
	    !grow(&page->plain, &page->cap_plain, r->plain))
		return yh_fail(err, YH_BUSY, "memory-short");
	if (!read_all(s->fd, page->file, len, r->offset))
		return yh_seg_damaged(s->path, r->offset, "page cut short", err);
	crc = yh_crc32c(0, page->file + 8, len - 8);
	yh_page_head_put(head, r, crc);
	if (memcmp(head, page->file, sizeof head) != 0)
		return yh_seg_damaged(s->path, r->offset, "checksum", err);
	dctx = dctx_take();
	if (!dctx)
		return yh_fail(err, YH_BUSY, "memory-short");
	fine = unpack(page, r, dctx);
	dctx_give(dctx);
	if (!fine)
		return yh_seg_damaged(s->path, r->offset, "streams", err);
	page->seg = s->id;
	page->index = index;
	rewind_walk(page, r);
	return YH_OK;
}

static void take_key(struct yh_walk *w, unsigned head)
{
	struct yh_chunk *c = &w->chunk;
	struct yh_key before = c->key;
	uint64_t metric = before.metric, series;

	if (head & NEW_METRIC)
		metric = yh_take_varint(&w->in);
	series = yh_take_varint(&w->in);
	if (!(head & NEW_METRIC))
		series += before.series;
	if (metric > UINT32_MAX || series > UINT32_MAX || (!w->begun && !(head & NEW_METRIC)))
		w->in.failed = true;
	c->key = (struct yh_key){ (uint32_t)metric, (uint32_t)series };
	if ((w->begun && yh_key_cmp(c->key, before) < 0) || yh_key_cmp(c->key, w->first) < 0 ||
	    yh_key_cmp(c->key, w->last) > 0)
		w->in.failed = true;
}

bool yh_walk_next(struct yh_walk *w)
{
	struct yh_chunk *c = &w->chunk;
	unsigned head;
	uint64_t n;

	if (w->left == 0 || w->in.failed)
		return false;
	head = yh_take_byte(&w->in);
	take_key(w, head);
	c->flags = head >> FLAGS_SHIFT;
	n = head & SAME_N ? c->times.n : yh_take_varint(&w->in);
	if (head >= FLAGS_END || n < 1 || n > YH_COL_MAX ||
	    (!w->begun && (head & (SAME_N | SAME_TIMES))))
		w->in.failed = true;
	if (!w->in.failed && !(head & SAME_TIMES))
		yh_times_take(&w->in, &c->times, (size_t)n);
	if (w->in.failed)
		return false;
	c->sketch_lens.n = 0;
	if (w->level == YH_LEVEL_RAW)
		yh_vals_take(&w->in, &c->vals[0], c->times.n);
	else
		yh_rolls_take(&w->in, c, w->level);
	w->begun = true;
	w->left--;
	return !w->in.failed;
}

/* ---- pages that are not needed now ---- */

static void free_page(struct yh_seg_page *page)
{
	if (!page)
		return;
	free(page->file);
	free(page->plain);
	free(page->m);
	free(page->cols);
	if (page->rows)
		yh_rolls_done(page->rows);
	free(page->rows);
	free(page->roller);
	free(page);
}

struct yh_seg_page *yh_page_new(void)
{
	struct yh_seg_page *page = NULL;

	(void)pthread_mutex_lock(&idle.lock);
	if (idle.n)
		page = idle.page[--idle.n];
	(void)pthread_mutex_unlock(&idle.lock);
	if (page)
		return page;
	page = calloc(1, sizeof *page);
	if (page)
		page->m = malloc(YH_COL_MAX * sizeof *page->m);
	if (page && !page->m) {
		free(page);
		page = NULL;
	}
	return page;
}

void yh_page_free(struct yh_seg_page *page)
{
	if (page && page->rows && page->rows->cap > YH_ROWS_MAX)
		yh_rolls_done(page->rows);
	if (page && page->cap_file + page->cap_plain <= IDLE_BYTES &&
	    page->cap_cols <= YH_ROWS_MAX) {
		page->seg = 0; /* what it held may be gone */
		(void)pthread_mutex_lock(&idle.lock);
		if (idle.n < IDLE_MAX) {
			idle.page[idle.n++] = page;
			page = NULL;
		}
		(void)pthread_mutex_unlock(&idle.lock);
	}
	free_page(page);
}
