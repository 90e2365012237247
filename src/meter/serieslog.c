/* The series log: blocks out, and back in. */
#include "meter/serieslog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "meter/crc.h"
#include "meter/manifest.h"

enum { MAGIC = 0x31534859 /* YHS1 */, BLOCK_BYTES = 4096, ENTRY_MAX = 2048 };
static const char name[] = "series";

struct head {
	uint32_t magic, crc; /* of the head behind these two, and of the rest */
	uint32_t bytes;      /* behind the head */
	uint32_t first_pair, n_pairs;
	uint32_t first_series, n_series;
	char kind[12], code[64];
	struct yh_id about;
};

/* ---- out ---- */

struct block {
	struct head head;
	size_t n;
	unsigned char data[BLOCK_BYTES + ENTRY_MAX];
	uint32_t before[YH_METER_LABELS_MAX + 1]; /* pairs of the series before, by place */
};

static unsigned char *put_varint(unsigned char *p, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (unsigned char)(v | 0x80);
	*p++ = (unsigned char)v;
	return p;
}

static uint32_t crc_of(const struct head *h, const void *data)
{
	uint32_t crc = yh_crc32c(0, &h->bytes, sizeof *h - offsetof(struct head, bytes));

	return yh_crc32c(crc, data, h->bytes);
}

static void put_block(struct yh_buf *out, struct block *b)
{
	struct head *h = &b->head;

	if (h->n_pairs + h->n_series == 0)
		return;
	h->magic = MAGIC;
	h->bytes = (uint32_t)b->n;
	h->crc = crc_of(h, b->data);
	yh_buf_add(out, h, sizeof *h);
	yh_buf_add(out, b->data, b->n);
	h->first_pair += h->n_pairs;
	h->first_series += h->n_series;
	h->n_pairs = h->n_series = 0;
	b->n = 0;
	memset(b->before, 0, sizeof b->before);
}

/* Pairs come first in a block: a length each and the bytes, names and values apart by NUL. */
static void put_pair(struct block *b, const struct yh_index *x, uint32_t pair)
{
	const char *n = yh_names_name(&x->names, pair), *v = yh_names_value(&x->names, pair);
	size_t n_len = strlen(n), v_len = strlen(v);
	unsigned char *p = b->data + b->n;

	memcpy(p, n, n_len + 1);
	memcpy(p + n_len + 1, v, v_len + 1);
	b->n += n_len + v_len + 2;
	b->head.n_pairs++;
}

static void put_series(struct block *b, const struct yh_index *x, uint32_t no)
{
	const struct yh_cold *c = &x->cold[no];
	unsigned char *p = put_varint(b->data + b->n, c->n_labels);

	for (size_t i = 0; i <= c->n_labels; i++) {
		uint32_t pair =
			i == 0 ? x->metrics[c->metric].pair : x->label_ids[c->labels + i - 1];
		int64_t d = (int64_t)pair - b->before[i];

		p = put_varint(p, (uint32_t)(d < 0 ? -2 * d - 1 : 2 * d));
		b->before[i] = pair;
	}
	b->n = (size_t)(p - b->data);
	b->head.n_series++;
}

static void begin(struct block *b, const struct yh_index *x, uint32_t scope, uint32_t pairs,
		  uint32_t series)
{
	const struct yh_scope *s = &x->scopes[scope];

	memset(b, 0, sizeof *b);
	b->head.first_pair = pairs + 1;
	b->head.first_series = series + 1;
	memcpy(b->head.kind, s->kind, sizeof s->kind);
	memcpy(b->head.code, s->code, sizeof s->code);
	b->head.about = s->about;
}

/* Blocks of everything up to these two numbers; what is not known any more leaves a gap. */
static bool note_upto(struct yh_serieslog *l, const struct yh_index *x, uint32_t scope,
		      uint32_t pairs, uint32_t series)
{
	struct block *b = malloc(sizeof *b);

	if (!b)
		return false;
	begin(b, x, scope, l->pairs, l->series);
	while (l->pairs < pairs) {
		if (x->names.at[++l->pairs] == UINT32_MAX) {
			put_block(&l->waiting, b);
			b->head.first_pair++;
			continue;
		}
		put_pair(b, x, l->pairs);
		if (b->n >= BLOCK_BYTES)
			put_block(&l->waiting, b);
	}
	while (l->series < series) {
		if (!x->cold[++l->series].metric) {
			put_block(&l->waiting, b);
			b->head.first_series++;
			continue;
		}
		put_series(b, x, l->series);
		if (b->n >= BLOCK_BYTES)
			put_block(&l->waiting, b);
	}
	put_block(&l->waiting, b);
	free(b);
	return yh_buf_ok(&l->waiting);
}

bool yh_serieslog_note(struct yh_serieslog *l, const struct yh_index *x, uint32_t scope)
{
	if (l->pairs == x->names.n && l->series == x->n)
		return true;
	return note_upto(l, x, scope, x->names.n, x->n);
}

static void set_durable(struct yh_serieslog *l)
{
	l->durable = (uint64_t)l->taken.pairs << 32 | l->taken.series;
}

struct yh_serieslog_extent yh_serieslog_durable(struct yh_serieslog *l)
{
	uint64_t both = l->durable;

	return (struct yh_serieslog_extent){ (uint32_t)(both >> 32), (uint32_t)both };
}

/* ---- in ---- */

struct cursor {
	const unsigned char *p, *end;
};

static bool get_varint(struct cursor *c, uint32_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 35 && c->p < c->end; shift += 7) {
		*v |= (uint32_t)(*c->p & 0x7F) << shift;
		if (!(*c->p++ & 0x80))
			return true;
	}
	return false;
}

static bool get_pair(struct cursor *c, struct yh_index *x, struct yh_scope *scope)
{
	const unsigned char *n = c->p, *nul = memchr(c->p, 0, (size_t)(c->end - c->p)), *v;
	uint64_t text = x->names.end;
	uint32_t before = x->names.n;

	if (!nul)
		return false;
	v = nul + 1;
	nul = v < c->end ? memchr(v, 0, (size_t)(c->end - v)) : NULL;
	if (!nul)
		return false;
	c->p = nul + 1;
	/* What a damaged block lost may have come again: then the number stays empty. */
	if (yh_names_add(&x->names, (const char *)n, (const char *)v) <= before &&
	    !yh_names_skip(&x->names))
		return false;
	scope->text_bytes += x->names.end - text;
	return true;
}

static bool get_series(struct cursor *c, struct yh_index *x, uint32_t scope, uint32_t *before)
{
	uint32_t n, d, pairs[YH_METER_LABELS_MAX + 1];
	bool whole = true;

	if (!get_varint(c, &n) || n > YH_METER_LABELS_MAX)
		return false;
	for (size_t i = 0; i <= n; i++) {
		if (!get_varint(c, &d))
			return false;
		pairs[i] = before[i] + (d & 1 ? ~(d >> 1) : d >> 1);
		before[i] = pairs[i];
		if (pairs[i] == 0 || pairs[i] > x->names.n)
			return false;
		whole = whole && x->names.at[pairs[i]] != UINT32_MAX;
	}
	return yh_index_load(x, scope, whole ? pairs[0] : 0, pairs + 1, n);
}

/* Numbers up to these stay taken; nobody knows what they stood for. */
static bool skip_upto(struct yh_index *x, uint32_t pairs, uint32_t series)
{
	while (x->names.n < pairs)
		if (!yh_names_skip(&x->names))
			return false;
	while (x->n < series)
		if (!yh_index_load(x, 0, 0, NULL, 0))
			return false;
	return true;
}

static bool get_block(struct yh_index *x, const struct head *h, const unsigned char *data)
{
	uint32_t before[YH_METER_LABELS_MAX + 1] = { 0 };
	struct cursor c = { data, data + h->bytes };
	uint32_t scope = yh_index_scope(x, h->kind, h->code, &h->about);

	if (!scope || h->first_pair <= x->names.n || h->first_series <= x->n)
		return false;
	if (!skip_upto(x, h->first_pair - 1, h->first_series - 1))
		return false;
	for (uint32_t i = 0; i < h->n_pairs; i++)
		if (!get_pair(&c, x, &x->scopes[scope]))
			return false;
	for (uint32_t i = 0; i < h->n_series; i++)
		if (!get_series(&c, x, scope, before))
			return false;
	return c.p == c.end;
}

static bool whole_block(const char *text, size_t n, size_t at, struct head *h)
{
	if (n - at < sizeof *h)
		return false;
	memcpy(h, text + at, sizeof *h);
	return h->magic == MAGIC && h->bytes <= n - at - sizeof *h &&
	       memchr(h->kind, 0, sizeof h->kind) && memchr(h->code, 0, sizeof h->code) &&
	       crc_of(h, text + at + sizeof *h) == h->crc;
}

/* Reads block after block; where one is broken, seeks the next whole one. */
static size_t read_blocks(const char *text, size_t n, struct yh_index *x, yh_damage_fn damaged,
			  void *arg)
{
	size_t at = 0, end = 0;
	struct head h;

	while (at < n) {
		if (whole_block(text, n, at, &h)) {
			if (end < at)
				damaged(arg, name, (int64_t)end);
			if (!get_block(x, &h, (const unsigned char *)text + at + sizeof h))
				damaged(arg, name, (int64_t)at);
			at += sizeof h + h.bytes;
			end = at;
		} else {
			at++;
		}
	}
	return end;
}

enum yh_rc yh_serieslog_open(struct yh_serieslog *l, int dir, struct yh_index *x,
			     struct yh_serieslog_extent least, yh_damage_fn damaged, void *arg,
			     struct yh_err *err)
{
	YH_FREE_AUTO char *text = NULL;
	size_t n;
	enum yh_rc rc;

	*l = (struct yh_serieslog){ .dir = dir, .fd = -1 };
	yh_buf_init(&l->waiting, (size_t)1 << 32);
	yh_buf_init(&l->writing, (size_t)1 << 32);
	rc = yh_file_read(dir, name, &text, &n, err);
	if (rc != YH_OK)
		return rc;
	l->fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0 || (!text && fsync(dir) != 0))
		return yh_file_failed(name, errno, err);
	l->end = (int64_t)read_blocks(text, n, x, damaged, arg);
	if (x->names.n < least.pairs || x->n < least.series) {
		damaged(arg, name, l->end);
		l->end = (int64_t)n; /* left as it is, for who wants to look */
		if (!skip_upto(x, least.pairs, least.series))
			return yh_fail(err, YH_BUSY, "memory-short");
	}
	l->bytes = (uint64_t)l->end;
	if ((size_t)l->end < n && ftruncate(l->fd, l->end) != 0)
		return yh_file_failed(name, errno, err);
	l->pairs = x->names.n;
	l->series = x->n;
	l->taken = (struct yh_serieslog_extent){ l->pairs, l->series };
	set_durable(l);
	return YH_OK;
}

void yh_serieslog_close(struct yh_serieslog *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	yh_buf_done(&l->waiting);
	yh_buf_done(&l->writing);
	l->fd = -1;
}

/* ---- to disk ---- */

/* Each run of series of one scope with the pairs it needs. */
static bool note_all(struct yh_serieslog *l, const struct yh_index *x)
{
	for (uint32_t from = 1, to; from <= x->n; from = to) {
		uint32_t scope = x->cold[from].scope, pairs = l->pairs;

		for (to = from; to <= x->n && x->cold[to].scope == scope; to++) {
			const struct yh_cold *c = &x->cold[to];

			for (size_t i = 0; i < c->n_labels; i++)
				if (x->label_ids[c->labels + i] > pairs)
					pairs = x->label_ids[c->labels + i];
			if (c->metric && x->metrics[c->metric].pair > pairs)
				pairs = x->metrics[c->metric].pair;
		}
		/* Scope 0 is that of numbers nobody knows any more. */
		if (!note_upto(l, x, scope ? scope : 1, pairs, to - 1))
			return false;
	}
	return x->n_scopes == 0 || note_upto(l, x, 1, x->names.n, x->n);
}

/* Everything anew into another file, which takes the log's place. */
static enum yh_rc write_anew(struct yh_serieslog *l, struct yh_index *x, struct yh_err *err)
{
	struct yh_serieslog copy = { 0 };
	bool whole;
	enum yh_rc rc;
	int fd;

	yh_buf_init(&copy.waiting, (size_t)1 << 32);
	(void)pthread_rwlock_wrlock(&x->lock);
	whole = note_all(&copy, x);
	if (whole)
		l->waiting.len = l->writing.len = 0;
	l->taken = (struct yh_serieslog_extent){ l->pairs, l->series };
	(void)pthread_rwlock_unlock(&x->lock);
	rc = whole ? yh_file_replace(l->dir, name, copy.waiting.data, copy.waiting.len, err)
		   : yh_fail(err, YH_BUSY, "memory-short");
	fd = rc == YH_OK ? openat(l->dir, name, O_RDWR | O_CLOEXEC) : -1;
	if (rc == YH_OK && fd < 0)
		rc = yh_file_failed(name, errno, err);
	if (rc == YH_OK) {
		(void)close(l->fd);
		l->fd = fd;
		l->end = (int64_t)copy.waiting.len;
		l->bytes = (uint64_t)l->end;
		l->distrusted = false;
		set_durable(l);
	}
	yh_buf_done(&copy.waiting);
	return rc;
}

/* What waits becomes what is written, unless some of that still stands. */
static void take_waiting(struct yh_serieslog *l, struct yh_index *x)
{
	if (l->writing.len > 0)
		return;
	yh_buf_done(&l->writing);
	(void)pthread_rwlock_wrlock(&x->lock);
	l->writing = l->waiting;
	yh_buf_init(&l->waiting, l->writing.max_bytes);
	l->taken = (struct yh_serieslog_extent){ l->pairs, l->series };
	(void)pthread_rwlock_unlock(&x->lock);
}

enum yh_rc yh_serieslog_flush(struct yh_serieslog *l, struct yh_index *x, bool sync,
			      struct yh_err *err)
{
	bool written = false;

	if (l->distrusted)
		return write_anew(l, x, err);
	/* Twice: what stood from a failure before, and what has come since. */
	for (int i = 0; i < 2; i++) {
		enum yh_rc rc;

		take_waiting(l, x);
		if (l->writing.len == 0)
			break;
		rc = yh_file_write(l->fd, name, l->writing.data, l->writing.len, l->end, err);
		if (rc != YH_OK)
			return rc;
		l->end += (int64_t)l->writing.len;
		l->bytes = (uint64_t)l->end;
		l->writing.len = 0;
		written = true;
	}
	if (!written || !sync || fdatasync(l->fd) == 0) {
		set_durable(l);
		return YH_OK;
	}
	l->distrusted = true; /* a later sync that succeeds would prove nothing */
	return yh_file_failed(name, errno, err);
}
