/* Bodies in and out: decompression, the buffers that grow once, the key, and building requests. */
#include "meter/wire_internal.h"

#include <assert.h>
#include <snappy-c.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { KEEP_BYTES = 8 << 20, RATIO_MAX = 32 };

enum yh_rc yh_walk_invalid(struct yh_walk *k, const char *detail)
{
	enum yh_rc rc = yh_fail(k->err, YH_BAD_INPUT, "meter-body-invalid");

	yh_err_text(k->err, "detail", detail);
	return rc;
}

enum yh_rc yh_walk_too_large(struct yh_walk *k)
{
	return yh_fail(k->err, YH_TOO_LARGE, "meter-body-too-large");
}

static enum yh_rc memory_short(struct yh_err *err)
{
	return yh_fail(err, YH_BUSY, "memory-short");
}

/* ---- buffers ---- */

/* The next capacity that holds `want`; never beyond `most`, which holds it too. */
static size_t grown(size_t cap, size_t want, size_t least, size_t most)
{
	cap = cap ? 2 * cap : least;
	if (cap < want)
		cap = want;
	return cap < most ? cap : most;
}

enum yh_rc yh_walk_samples(struct yh_walk *k, size_t n)
{
	struct yh_wire *w = k->w;
	size_t want = w->n_samples + n, cap;
	void *p;

	if (want <= w->cap_samples)
		return YH_OK;
	if (want > YH_WIRE_SAMPLES_MAX)
		return yh_walk_too_large(k);
	cap = grown(w->cap_samples, want, 1024, YH_WIRE_SAMPLES_MAX);
	p = realloc(w->samples, cap * sizeof *w->samples);
	if (!p)
		return memory_short(k->err);
	w->samples = p;
	w->cap_samples = cap;
	return YH_OK;
}

enum yh_rc yh_walk_series(struct yh_walk *k, size_t n)
{
	struct yh_wire *w = k->w;
	size_t want = w->n_series + n, cap;
	void *p;

	if (want <= w->cap_series)
		return YH_OK;
	if (want > YH_WIRE_SERIES_MAX)
		return yh_walk_too_large(k);
	cap = grown(w->cap_series, want, 512, YH_WIRE_SERIES_MAX);
	p = realloc(w->series, cap * sizeof *w->series);
	if (!p)
		return memory_short(k->err);
	w->series = p;
	w->cap_series = cap;
	return YH_OK;
}

/* The series already made may point into the scratch that moves. */
enum yh_rc yh_walk_scratch(struct yh_walk *k, size_t n)
{
	struct yh_wire *w = k->w;
	size_t want = w->n_scratch + n, cap;
	uintptr_t from = (uintptr_t)w->scratch;
	unsigned char *p;

	if (want <= w->cap_scratch)
		return YH_OK;
	if (want > YH_WIRE_PLAIN_MAX)
		return yh_walk_too_large(k);
	cap = grown(w->cap_scratch, want, 4096, YH_WIRE_PLAIN_MAX);
	p = malloc(cap);
	if (!p)
		return memory_short(k->err);
	if (w->n_scratch)
		memcpy(p, w->scratch, w->n_scratch);
	for (size_t i = 0; w->n_scratch && i < w->n_series; i++) {
		uintptr_t at = (uintptr_t)w->series[i].labels;

		if (at >= from && at < from + w->n_scratch)
			w->series[i].labels = p + (at - from);
	}
	free(w->scratch);
	w->scratch = p;
	w->cap_scratch = cap;
	return YH_OK;
}

enum yh_rc yh_walk_symbols(struct yh_walk *k)
{
	struct yh_wire *w = k->w;
	size_t cap;
	void *p;

	if (w->n_symbols < w->cap_symbols)
		return YH_OK;
	if (w->n_symbols >= YH_WIRE_SYMBOLS_MAX)
		return yh_walk_too_large(k);
	cap = grown(w->cap_symbols, w->n_symbols + 1, 1024, YH_WIRE_SYMBOLS_MAX);
	p = realloc(w->symbols, cap * sizeof(struct yh_pb));
	if (!p)
		return memory_short(k->err);
	w->symbols = p;
	w->cap_symbols = cap;
	return YH_OK;
}

static enum yh_rc plain_room(struct yh_walk *k, size_t n)
{
	struct yh_wire *w = k->w;
	size_t want = n + YH_WIRE_PAD;
	void *p;

	if (want <= w->cap_plain)
		return YH_OK;
	want = grown(w->cap_plain, want, 64 << 10, YH_WIRE_PLAIN_MAX + YH_WIRE_PAD);
	p = malloc(want);
	if (!p)
		return memory_short(k->err);
	free(w->plain);
	w->plain = p;
	w->cap_plain = want;
	return YH_OK;
}

/* One giant body must not pin its memory for ever. */
static void shrink(struct yh_wire *w, size_t body)
{
	size_t held = w->cap_plain + w->cap_scratch + w->cap_symbols * sizeof(struct yh_pb) +
		      w->cap_samples * sizeof *w->samples + w->cap_series * sizeof *w->series;

	if (held > 4 * KEEP_BYTES && body <= KEEP_BYTES / 2)
		yh_wire_done(w);
}

/* ---- decoding ---- */

double yh_walk_bits(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

enum yh_rc yh_walk_add(struct yh_walk *k, int64_t at_ms, double value)
{
	enum yh_rc rc = yh_walk_samples(k, 1);

	if (rc == YH_OK)
		k->w->samples[k->w->n_samples++] = (struct yh_wire_sample){ at_ms, value };
	return rc;
}

bool yh_walk_sample(struct yh_pb c, struct yh_wire_sample *out)
{
	uint32_t field;
	uint64_t v;
	unsigned type;

	*out = (struct yh_wire_sample){ 0 };
	while (c.p < c.end) {
		if (!yh_pb_tag(&c, &field, &type))
			return false;
		if (field == 1) {
			if (type != YH_PB_I64 || !yh_pb_double(&c, &out->value))
				return false;
		} else if (field == 2 || field == 3) { /* 3: the start of a counter, of RW2 */
			if (type != YH_PB_VARINT || !yh_pb_varint(&c, &v))
				return false;
			if (field == 2)
				out->at_ms = (int64_t)v;
		} else if (!yh_pb_skip(&c, type))
			return false;
	}
	return true;
}

const unsigned char *yh_walk_labels(const struct yh_walk *k, const struct yh_walk_found *f)
{
	return f->labels ? f->labels : (const unsigned char *)k->w->scratch + f->at;
}

enum yh_rc yh_walk_close(struct yh_walk *k, const struct yh_walk_found *f)
{
	struct yh_wire *w = k->w;
	size_t n = w->n_samples - f->first_sample;
	const unsigned char *labels = yh_walk_labels(k, f);
	enum yh_rc rc;

	if (n == 0 && !yh_wire_named(labels, f->labels_len))
		return yh_walk_invalid(k, "labels");
	if (n > 0) {
		rc = yh_walk_series(k, 1);
		if (rc != YH_OK)
			return rc;
		w->series[w->n_series++] = (struct yh_wire_series){
			.labels = labels,
			.labels_len = (uint32_t)f->labels_len,
			.first_sample = (uint32_t)f->first_sample,
			.n_samples = (uint32_t)n,
			.key = yh_walk_key(k, labels, f->labels_len),
		};
	}
	return f->histograms ? yh_walk_histograms(k, f) : YH_OK;
}

/* No element of the format yields more than 64 bytes for its three. */
static enum yh_rc decompress(struct yh_walk *k, const void *body, size_t n)
{
	enum yh_rc rc;
	uint32_t size;

	if (!yh_unsnap_size(body, n, &size))
		return yh_walk_invalid(k, "snappy");
	if (size > YH_WIRE_PLAIN_MAX)
		return yh_walk_too_large(k);
	if (size / RATIO_MAX > n)
		return yh_walk_invalid(k, "snappy");
	shrink(k->w, size);
	rc = plain_room(k, size);
	if (rc != YH_OK)
		return rc;
	if (!yh_unsnap(body, n, k->w->plain, size))
		return yh_walk_invalid(k, "snappy");
	k->size = size;
	return YH_OK;
}

/* The hash wants a long secret; it is drawn from the seed in a way that never changes, since keys
 * outlive the program. */
static void expand(const struct yh_wire_seed *seed, unsigned char secret[YH_WIRE_SECRET_BYTES])
{
	for (unsigned i = 0; i < YH_WIRE_SECRET_BYTES / 16; i++) {
		XXH128_hash_t h = XXH3_128bits_withSeed(seed->secret, sizeof seed->secret, i);
		uint64_t half[2] = { htole64(h.low64), htole64(h.high64) };

		memcpy(secret + 16 * i, half, sizeof half);
	}
}

struct yh_wire_key yh_walk_key(const struct yh_walk *k, const void *labels, size_t n)
{
	XXH128_hash_t h = XXH3_128bits_withSecret(labels, n, k->secret, sizeof k->secret);

	return (struct yh_wire_key){ h.low64, h.high64 };
}

struct yh_wire_key yh_wire_key_of(const void *labels, size_t n, const struct yh_wire_seed *seed)
{
	struct yh_walk k;

	expand(seed, k.secret);
	return yh_walk_key(&k, labels, n);
}

static void forget(struct yh_wire *w)
{
	w->n_series = w->n_samples = w->n_scratch = w->n_symbols = 0;
	w->metadata = w->exemplars = w->histograms = 0;
}

enum yh_rc yh_wire_decode(struct yh_wire *w, enum yh_meter_form form, const void *body, size_t n,
			  const struct yh_wire_seed *seed, struct yh_err *err)
{
	struct yh_walk k = { .w = w, .err = err };
	enum yh_rc rc;

	forget(w);
	expand(seed, k.secret);
	if (form == YH_METER_LINES) {
		shrink(w, n);
		rc = yh_walk_lines(&k, body, n);
	} else {
		rc = decompress(&k, body, n);
		if (rc == YH_OK)
			rc = form == YH_METER_RW1 ? yh_walk_rw1(&k) : yh_walk_rw2(&k);
	}
	if (rc != YH_OK)
		forget(w);
	return rc;
}

void yh_wire_done(struct yh_wire *w)
{
	free(w->series);
	free(w->samples);
	free(w->plain);
	free(w->scratch);
	free(w->symbols);
	*w = (struct yh_wire){ 0 };
}

/* ---- building ---- */

static size_t sample_size(const struct yh_wire_point *p)
{
	return 9 + 1 + yh_pb_varint_size((uint64_t)p->at_ms);
}

static size_t series_size(const struct yh_wire_point *p)
{
	return p->labels_len + 2 + sample_size(p);
}

static unsigned char *put_series(unsigned char *out, const struct yh_wire_point *p)
{
	*out++ = 0x0a; /* timeseries */
	out = yh_pb_put_varint(out, series_size(p));
	if (p->labels_len)
		memcpy(out, p->labels, p->labels_len);
	out += p->labels_len;
	*out++ = 0x12; /* samples */
	out = yh_pb_put_varint(out, sample_size(p));
	*out++ = 0x09; /* value */
	out = yh_pb_put_double(out, p->value);
	*out++ = 0x10; /* timestamp */
	return yh_pb_put_varint(out, (uint64_t)p->at_ms);
}

enum yh_rc yh_wire_build(const struct yh_wire_point *points, size_t n, void **out, size_t *out_len,
			 struct yh_err *err)
{
	unsigned char *plain, *p;
	size_t size = 0;

	*out = NULL;
	for (size_t i = 0; i < n; i++)
		size += 1 + yh_pb_varint_size(series_size(&points[i])) + series_size(&points[i]);
	plain = p = malloc(size ? size : 1);
	*out_len = snappy_max_compressed_length(size);
	*out = malloc(*out_len);
	if (!plain || !*out) {
		free(plain);
		free(*out);
		*out = NULL;
		return memory_short(err);
	}
	for (size_t i = 0; i < n; i++)
		p = put_series(p, &points[i]);
	assert(p == plain + size);
	(void)snappy_compress((const char *)plain, size, *out, out_len);
	free(plain);
	return YH_OK;
}
