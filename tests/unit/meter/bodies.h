/* Bodies as senders make them, put together byte by byte. */
#ifndef YH_TESTS_METER_BODIES_H
#define YH_TESTS_METER_BODIES_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "meter/wire.h"

static const struct yh_wire_seed seed = { "0123456789abcdef" };

/* A message being written. */
struct bytes {
	size_t n;
	unsigned char at[64 << 10];
};

static inline void add(struct bytes *b, const void *p, size_t n)
{
	assert_true(n <= sizeof b->at - b->n);
	if (n)
		memcpy(b->at + b->n, p, n);
	b->n += n;
}

static inline void add_byte(struct bytes *b, unsigned v)
{
	unsigned char c = (unsigned char)v;

	add(b, &c, 1);
}

static inline void add_varint(struct bytes *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		add_byte(b, (unsigned)(v & 0x7f) | 0x80);
	add_byte(b, (unsigned)v);
}

static inline void add_len(struct bytes *b, unsigned field, const void *p, size_t n)
{
	add_varint(b, field << 3 | 2);
	add_varint(b, n);
	add(b, p, n);
}

static inline void add_text(struct bytes *b, unsigned field, const char *s)
{
	add_len(b, field, s, strlen(s));
}

static inline void add_sub(struct bytes *b, unsigned field, const struct bytes *sub)
{
	add_len(b, field, sub->at, sub->n);
}

static inline void add_int(struct bytes *b, unsigned field, uint64_t v)
{
	add_varint(b, field << 3);
	add_varint(b, v);
}

static inline void add_sint(struct bytes *b, unsigned field, int64_t v)
{
	add_int(b, field, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static inline void add_double(struct bytes *b, unsigned field, double v)
{
	unsigned char raw[8];
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	for (unsigned i = 0; i < 8; i++)
		raw[i] = (unsigned char)(bits >> 8 * i);
	add_varint(b, field << 3 | 1);
	add(b, raw, sizeof raw);
}

static inline void add_label(struct bytes *b, const char *name, const char *value)
{
	struct bytes l = { .n = 0 };

	add_text(&l, 1, name);
	add_text(&l, 2, value);
	add_sub(b, 1, &l);
}

static inline void add_sample(struct bytes *b, double value, int64_t at_ms)
{
	struct bytes s = { .n = 0 };

	add_double(&s, 1, value);
	add_int(&s, 2, (uint64_t)at_ms);
	add_sub(b, 2, &s);
}

/* A body in use: freed by done(). */
struct decoded {
	struct yh_wire w;
	struct yh_err err;
	struct yh_arena arena;
	void *body;
};

static inline enum yh_rc decode_plain(struct decoded *d, enum yh_meter_form form, const void *plain,
				      size_t n)
{
	size_t len = snappy_max_compressed_length(n);

	free(d->body);
	d->body = malloc(len);
	assert_non_null(d->body);
	assert_int_equal(snappy_compress(plain, n, d->body, &len), SNAPPY_OK);
	yh_err_clear(&d->err);
	return yh_wire_decode(&d->w, form, d->body, len, &seed, &d->err);
}

static inline enum yh_rc decode(struct decoded *d, enum yh_meter_form form, const struct bytes *b)
{
	return decode_plain(d, form, b->at, b->n);
}

static inline enum yh_rc decode_lines(struct decoded *d, const char *text)
{
	yh_err_clear(&d->err);
	return yh_wire_decode(&d->w, YH_METER_LINES, text, strlen(text), &seed, &d->err);
}

static inline void done(struct decoded *d)
{
	yh_wire_done(&d->w);
	yh_arena_done(&d->arena);
	free(d->body);
}
#define DECODED __attribute__((cleanup(done))) struct decoded
#define DECODED_NEW                                                                                \
	{                                                                                          \
		.arena = {.max_bytes = 1 << 20 }                                                   \
	}

static inline const char *detail(const struct yh_err *err)
{
	return err->n_figs ? err->figs[0].text : "";
}

static inline void assert_invalid(enum yh_rc rc, const struct yh_err *err, const char *what)
{
	assert_int_equal(rc, YH_BAD_INPUT);
	assert_string_equal(err->slug, "meter-body-invalid");
	assert_string_equal(detail(err), what);
}

/* "metric{name=value,…}" of a series, in the arena. */
static inline const char *series_text(struct decoded *d, size_t i)
{
	struct yh_meter_label *labels;
	struct yh_err err = { 0 };
	const char *metric, *text;
	size_t n;

	assert_true(i < d->w.n_series);
	if (yh_wire_labels(&d->w.series[i], &d->arena, &metric, &labels, &n, &err) != YH_OK)
		return yh_arena_printf(&d->arena, "! %s", detail(&err));
	text = yh_arena_printf(&d->arena, "%s{", metric);
	for (size_t j = 0; j < n; j++)
		text = yh_arena_printf(&d->arena, "%s%s%s=%s", text, j ? "," : "", labels[j].name,
				       labels[j].value);
	return yh_arena_printf(&d->arena, "%s}", text);
}

static inline const struct yh_wire_sample *sample_of(const struct decoded *d, size_t series,
						     size_t i)
{
	const struct yh_wire_series *s = &d->w.series[series];

	assert_true(series < d->w.n_series && i < s->n_samples);
	return &d->w.samples[s->first_sample + i];
}

static inline uint64_t bits_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	return bits;
}

#endif
