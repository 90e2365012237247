/* Writing a segment: chunks gather in a page of each level, pages go out as they fill. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/mem.h"
#include "meter/crc.h"
#include "meter/manifest.h"
#include "meter/segment_roll.h"
#include "meter/segment_write.h"

enum { ZSTD_LEVEL = 1, MATCH_MIN = 7, COMPRESS_FROM = 48 };

static enum yh_rc memory_short(struct yh_err *err)
{
	return yh_fail(err, YH_BUSY, "memory-short");
}

static enum yh_rc write_all(struct yh_seg_writer *w, const void *p, size_t n, struct yh_err *err)
{
	const char *b = p;

	while (n) {
		ssize_t done = write(w->fd, b, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return yh_file_failed(w->path, done < 0 ? errno : ENOSPC, err);
		b += done;
		n -= (size_t)done;
		w->at += (uint64_t)done;
	}
	return YH_OK;
}

/* ---- pages ---- */

static bool out_room(struct yh_seg_writer *w, size_t n)
{
	unsigned char *grown;

	if (n <= w->cap_out)
		return true;
	grown = realloc(w->out, n);
	if (!grown)
		return false;
	w->out = grown;
	w->cap_out = n;
	return true;
}

/* Compressed when that saves a tenth; of sketches a quarter, since they are read to be quick. */
static size_t saved_from(int stream)
{
	return stream == YH_S_SKETCH ? 4 : 10;
}

/* The payload behind the head: a table of the streams, then each as small as it gets. */
static size_t pack(struct yh_seg_writer *w, struct yh_page_writer *p)
{
	unsigned char *table = w->out + YH_PAGE_HEAD, *to = table + YH_PAGE_TABLE;

	for (int i = 0; i < YH_STREAMS; i++) {
		const struct yh_out *s = &p->packer.s[i];
		size_t stored = s->len;

		if (s->len >= COMPRESS_FROM) {
			size_t got = ZSTD_compress2(w->cctx, to, s->len - 1, s->p, s->len);
			if (!ZSTD_isError(got) && got < s->len - s->len / saved_from(i))
				stored = got;
		}
		if (stored == s->len && s->len)
			memcpy(to, s->p, s->len);
		yh_le_put(table + i * 8, s->len, 4);
		yh_le_put(table + i * 8 + 4, stored, 4);
		to += stored;
	}
	return (size_t)(to - table);
}

static bool keep_ref(struct yh_seg_writer *w, enum yh_level level, const struct yh_page_ref *r)
{
	struct yh_refs *refs = &w->refs[level];

	if (refs->n == refs->cap) {
		size_t cap = refs->cap ? 2 * refs->cap : 64;
		struct yh_page_ref *grown = realloc(refs->ref, cap * sizeof *grown);

		if (!grown)
			return false;
		refs->ref = grown;
		refs->cap = cap;
	}
	refs->ref[refs->n++] = *r;
	return true;
}

static enum yh_rc flush_page(struct yh_seg_writer *w, enum yh_level level, struct yh_err *err)
{
	struct yh_page_writer *p = &w->page[level];
	size_t plain = yh_packer_len(&p->packer), len;
	enum yh_rc rc;

	if (w->broken)
		return yh_file_failed(w->path, EIO, err);
	if (!p->ref.chunks)
		return YH_OK;
	if (p->packer.failed || !out_room(w, YH_PAGE_HEAD + YH_PAGE_TABLE + plain + 64))
		return memory_short(err);
	len = pack(w, p);
	p->ref.level = level;
	p->ref.plain = (uint32_t)plain;
	p->ref.stored = (uint32_t)len;
	p->ref.offset = w->at;
	yh_page_head_put(w->out, &p->ref, 0);
	yh_page_head_put(w->out, &p->ref, yh_crc32c(0, w->out + 8, YH_PAGE_HEAD - 8 + len));
	rc = write_all(w, w->out, YH_PAGE_HEAD + len, err);
	if (rc == YH_OK && !keep_ref(w, level, &p->ref))
		rc = memory_short(err);
	if (level == YH_LEVEL_RAW)
		w->raw_bytes += YH_PAGE_HEAD + len;
	yh_packer_clear(&p->packer);
	p->ref = (struct yh_page_ref){ 0 };
	w->broken = rc != YH_OK;
	return rc;
}

/* Flushes when a page is long enough. */
static enum yh_rc after_chunk(struct yh_seg_writer *w, enum yh_level level, struct yh_err *err)
{
	const struct yh_page_writer *p = &w->page[level];
	size_t len = yh_packer_len(&p->packer);

	if (len < YH_PAGE_SHORT ||
	    (len < YH_PAGE_PLAIN && (p->ref.chunks < YH_PAGE_MANY || level == YH_LEVEL_1D)))
		return YH_OK;
	return flush_page(w, level, err);
}

static void widen(struct yh_page_ref *r, bool first, int64_t min_ms, int64_t max_ms)
{
	r->min_ms = first || min_ms < r->min_ms ? min_ms : r->min_ms;
	r->max_ms = first || max_ms > r->max_ms ? max_ms : r->max_ms;
}

/* ---- chunks ---- */

static enum yh_rc put_raw(struct yh_seg_writer *w, struct yh_key key, bool counter,
			  const int64_t *at_ms, const double *v, size_t n,
			  const struct yh_scaled *s, bool days, struct yh_err *err)
{
	struct yh_page_writer *p = &w->page[YH_LEVEL_RAW];
	bool first = p->ref.chunks == 0;

	yh_chunk_begin(p, key, counter ? YH_CHUNK_COUNTER : 0, at_ms, n);
	yh_vals_put(&p->packer, v, n, s);
	widen(&p->ref, first, at_ms[0], at_ms[n - 1]);
	p->ref.samples += n;
	p->ref.days = days && (first || p->ref.days);
	w->samples += n;
	return after_chunk(w, YH_LEVEL_RAW, err);
}

/* Rows from `from` on that fit into a page, whatever their sketches are. */
static size_t chunk_end(const struct yh_rolls *rolls, size_t from)
{
	size_t to = from + 1, bytes = rolls->row[from].sketch_len;

	while (to < rolls->n && to - from < YH_ROWS_MAX &&
	       bytes + rolls->row[to].sketch_len <= YH_CHUNK_SKETCHES) {
		bytes += rolls->row[to].sketch_len;
		to++;
	}
	return to;
}

enum yh_rc yh_seg_put_rolls(struct yh_seg_writer *w, enum yh_level level, struct yh_key key,
			    unsigned flags, const struct yh_rolls *rolls, struct yh_err *err)
{
	struct yh_page_writer *p = &w->page[level];
	enum yh_rc rc = rolls->failed ? memory_short(err) : YH_OK;

	for (size_t from = 0, to; rc == YH_OK && from < rolls->n; from = to) {
		bool first = p->ref.chunks == 0;

		to = chunk_end(rolls, from);

		yh_rolls_put(p, key, flags, level, rolls, from, to, w->scratch);
		for (size_t i = from; i < to; i++) {
			widen(&p->ref, first && i == from, rolls->row[i].first_ms,
			      rolls->row[i].last_ms);
		}
		rc = after_chunk(w, level, err);
	}
	return rc;
}

void yh_seg_note_key(struct yh_seg_writer *w, struct yh_key key, int64_t first_ms, int64_t last_ms)
{
	if (!w->series || yh_key_cmp(key, w->key) != 0)
		w->series++;
	w->key = key;
	if (first_ms < w->min_ms)
		w->min_ms = first_ms;
	if (last_ms > w->max_ms)
		w->max_ms = last_ms;
}

bool yh_seg_dense(enum yh_level level, size_t n, int64_t span_ms)
{
	int64_t buckets = span_ms / yh_level_ms(level) + 1;

	if (level == YH_LEVEL_1D)
		return (int64_t)n >= buckets * 240;
	return n >= 512 && (int64_t)n >= buckets * 64;
}

void yh_seg_roll(struct yh_roller *r, struct yh_scaled *scratch, const int64_t *at_ms,
		 const double *v, size_t n)
{
	for (size_t i = 0; i < n; i += YH_COL_MAX) {
		size_t k = n - i < YH_COL_MAX ? n - i : YH_COL_MAX;

		yh_scale(v + i, k, scratch);
		yh_roll_feed(r, at_ms + i, v + i,
			     scratch->raw || scratch->n_except ? NULL : scratch->m, scratch->scale,
			     k);
	}
	yh_roll_end(r);
}

static enum yh_rc put_levels(struct yh_seg_writer *w, struct yh_key key, bool counter,
			     const int64_t *at_ms, const double *v, size_t n, struct yh_err *err)
{
	bool raw = w->levels & 1u << YH_LEVEL_RAW;
	enum yh_rc rc = YH_OK;

	for (int l = YH_LEVEL_5M; rc == YH_OK && l < YH_LEVELS; l++) {
		enum yh_level level = (enum yh_level)l;
		unsigned flags = (counter ? YH_CHUNK_COUNTER : 0) | (raw ? 0 : YH_CHUNK_ORPHAN);

		if (!(w->levels & 1u << l) ||
		    (raw && !yh_seg_dense(level, n, at_ms[n - 1] - at_ms[0])))
			continue;
		yh_rolls_clear(&w->rolls);
		yh_roll_begin(w->roller, level, counter, true, yh_rolls_add, &w->rolls);
		yh_seg_roll(w->roller, w->scratch, at_ms, v, n);
		if (w->rolls.n)
			rc = yh_seg_put_rolls(w, level, key, flags, &w->rolls, err);
	}
	return rc;
}

enum yh_rc yh_seg_add_parts(struct yh_seg_writer *w, struct yh_key key, bool counter,
			    const int64_t *at_ms, const double *v, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	bool days;

	if (n == 0)
		return YH_OK;
	days = !counter && w->levels & 1u << YH_LEVEL_1D &&
	       yh_seg_dense(YH_LEVEL_1D, n, at_ms[n - 1] - at_ms[0]);
	assert(at_ms[0] >= -YH_AT_MAX && at_ms[n - 1] <= YH_AT_MAX);
	yh_seg_note_key(w, key, at_ms[0], at_ms[n - 1]);
	if (w->levels & 1u << YH_LEVEL_RAW) {
		for (size_t i = 0; rc == YH_OK && i < n; i += YH_COL_MAX) {
			size_t k = n - i < YH_COL_MAX ? n - i : YH_COL_MAX;

			yh_scale(v + i, k, w->scratch);
			rc = put_raw(w, key, counter, at_ms + i, v + i, k, w->scratch, days, err);
		}
	}
	if (rc == YH_OK)
		rc = put_levels(w, key, counter, at_ms, v, n, err);
	return rc;
}

enum yh_rc yh_seg_add(struct yh_seg_writer *w, uint32_t metric, uint32_t series, bool counter,
		      const int64_t *at_ms, const double *values, size_t n, struct yh_err *err)
{
	return yh_seg_add_parts(w, (struct yh_key){ metric, series }, counter, at_ms, values, n,
				err);
}

/* ---- beginning and ending ---- */

static void drop(struct yh_seg_writer *w, bool unlink_part)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	if (unlink_part && w->part)
		(void)unlink(w->part);
	for (int l = 0; l < YH_LEVELS; l++) {
		yh_packer_done(&w->page[l].packer);
		free(w->refs[l].ref);
	}
	yh_rolls_done(&w->rolls);
	ZSTD_freeCCtx(w->cctx);
	free(w->roller);
	free(w->scratch);
	free(w->scaled);
	free(w->out);
	free(w->path);
	free(w->part);
	free(w);
}

/* Short matches cost more than the bytes they stand for: what is worth finding is long. */
static bool tune(ZSTD_CCtx *c)
{
	return !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, ZSTD_LEVEL)) &&
	       !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_minMatch, MATCH_MIN));
}

static bool make_room(struct yh_seg_writer *w, const char *path)
{
	w->path = strdup(path);
	if (w->path && asprintf(&w->part, "%s.part", path) < 0)
		w->part = NULL;
	w->cctx = ZSTD_createCCtx();
	w->roller = calloc(1, sizeof *w->roller);
	w->scratch = calloc(1, sizeof *w->scratch);
	w->scaled = malloc(YH_COL_MAX * sizeof *w->scaled);
	if (w->scratch)
		w->scratch->m = w->scaled;
	return w->path && w->part && w->cctx && tune(w->cctx) && w->roller && w->scratch &&
	       w->scaled;
}

enum yh_rc yh_seg_create(const char *path, unsigned levels, struct yh_seg_writer **out,
			 struct yh_err *err)
{
	unsigned char head[YH_SEG_HEAD] = { 0 };
	struct yh_seg_writer *w = calloc(1, sizeof *w);
	enum yh_rc rc = YH_OK;

	*out = NULL;
	if (!w)
		return memory_short(err);
	w->fd = -1;
	w->levels = levels;
	w->min_ms = INT64_MAX;
	w->max_ms = INT64_MIN;
	if (!make_room(w, path)) {
		drop(w, false);
		return memory_short(err);
	}
	w->fd = open(w->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (w->fd < 0)
		rc = yh_file_failed(path, errno, err);
	yh_seg_magic_put(head);
	yh_le_put(head + 8, levels, 4);
	yh_le_put(head + 12, yh_crc32c(0, head, 12), 4);
	if (rc == YH_OK)
		rc = write_all(w, head, sizeof head, err);
	if (rc != YH_OK)
		drop(w, true);
	else
		*out = w;
	return rc;
}

static enum yh_rc put_directory(struct yh_seg_writer *w, struct yh_err *err)
{
	unsigned char entry[YH_SEG_ENTRY], foot[YH_SEG_FOOT] = { 0 };
	uint64_t dir = w->at, n = 0;
	uint32_t crc = 0;
	enum yh_rc rc = YH_OK;

	for (int l = 0; rc == YH_OK && l < YH_LEVELS; l++)
		for (size_t i = 0; rc == YH_OK && i < w->refs[l].n; i++, n++) {
			yh_le_put(entry, w->refs[l].ref[i].offset, 8);
			yh_page_head_put(entry + 8, &w->refs[l].ref[i], 0);
			crc = yh_crc32c(crc, entry, sizeof entry);
			rc = write_all(w, entry, sizeof entry, err);
		}
	yh_seg_magic_put(foot);
	yh_le_put(foot + 8, dir, 8);
	yh_le_put(foot + 16, n, 4);
	yh_le_put(foot + 20, crc, 4);
	yh_le_put(foot + 24, w->series, 8);
	yh_le_put(foot + 32, w->samples, 8);
	yh_le_put(foot + 40, (uint64_t)w->min_ms, 8);
	yh_le_put(foot + 48, (uint64_t)w->max_ms, 8);
	yh_le_put(foot + 56, w->levels, 4);
	yh_le_put(foot + 60, yh_crc32c(0, foot, 60), 4);
	return rc == YH_OK ? write_all(w, foot, sizeof foot, err) : rc;
}

static enum yh_rc sync_folder(const char *path, struct yh_err *err)
{
	YH_FREE_AUTO char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	int fd;

	if (!dir)
		return memory_short(err);
	if (slash)
		*slash = 0;
	fd = open(slash ? (*dir ? dir : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0) {
		enum yh_rc rc = yh_file_failed(path, errno, err);

		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	(void)close(fd);
	return YH_OK;
}

enum yh_rc yh_seg_finish(struct yh_seg_writer *w, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (int l = 0; rc == YH_OK && l < YH_LEVELS; l++)
		rc = flush_page(w, (enum yh_level)l, err);
	if (rc == YH_OK)
		rc = put_directory(w, err);
	if (rc == YH_OK && fsync(w->fd) != 0)
		rc = yh_file_failed(w->path, errno, err);
	if (rc == YH_OK && rename(w->part, w->path) != 0)
		rc = yh_file_failed(w->path, errno, err);
	if (rc == YH_OK) {
		rc = sync_folder(w->path, err);
		if (rc != YH_OK)
			(void)unlink(w->path);
	}
	drop(w, rc != YH_OK);
	return rc;
}

void yh_seg_abort(struct yh_seg_writer *w)
{
	if (w)
		drop(w, true);
}
