/* Protobuf and snappy, by their published formats. */
#include "agent/encode.h"

#include <string.h>

static size_t varint_size(uint64_t v)
{
	size_t n = 1;

	for (; v > 127; v >>= 7)
		n++;
	return n;
}

static size_t varint(unsigned char *p, uint64_t v)
{
	size_t n = 0;

	for (; v > 127; v >>= 7)
		p[n++] = (unsigned char)(v | 128);
	p[n++] = (unsigned char)v;
	return n;
}

void yh_rw_begin(struct yh_rw *rw, int64_t at_ms)
{
	rw->n = 0;
	rw->full = false;
	rw->at_ms = at_ms;
}

static size_t text_size(const char *s)
{
	size_t n = strlen(s);

	return 1 + varint_size(n) + n;
}

static size_t label_size(const char *name, const char *value)
{
	return text_size(name) + text_size(value);
}

static unsigned char *put_text(unsigned char *p, unsigned char tag, const char *s)
{
	size_t n = strlen(s);

	*p++ = tag;
	p += varint(p, n);
	memcpy(p, s, n);
	return p + n;
}

static unsigned char *put_label(unsigned char *p, const char *name, const char *value)
{
	*p++ = 0x0A;
	p += varint(p, label_size(name, value));
	p = put_text(p, 0x0A, name);
	return put_text(p, 0x12, value);
}

static unsigned char *put_sample(unsigned char *p, double v, int64_t at_ms)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	*p++ = 0x12;
	*p++ = (unsigned char)(1 + 8 + 1 + varint_size((uint64_t)at_ms));
	*p++ = 0x09;
	for (int i = 0; i < 8; i++)
		*p++ = (unsigned char)(bits >> (8 * i));
	*p++ = 0x10;
	return p + varint(p, (uint64_t)at_ms);
}

void yh_rw_add(struct yh_rw *rw, const char *metric, const char *label, const char *of, double v)
{
	size_t name = label_size("__name__", metric), other = label ? label_size(label, of) : 0;
	size_t sample = 1 + 8 + 1 + varint_size((uint64_t)rw->at_ms);
	size_t n = 1 + varint_size(name) + name + 2 + sample;
	unsigned char *p;

	if (label)
		n += 1 + varint_size(other) + other;
	if (n + 4 > sizeof rw->plain - rw->n) {
		rw->full = true;
		return;
	}
	p = rw->plain + rw->n;
	*p++ = 0x0A;
	p += varint(p, n);
	p = put_label(p, "__name__", metric);
	if (label)
		p = put_label(p, label, of);
	p = put_sample(p, v, rw->at_ms);
	rw->n = (size_t)(p - rw->plain);
}

static unsigned char *put_literal(unsigned char *o, const unsigned char *p, size_t n)
{
	if (n == 0)
		return o;
	if (n <= 60) {
		*o++ = (unsigned char)((n - 1) << 2);
	} else if (n <= 256) {
		*o++ = 60 << 2;
		*o++ = (unsigned char)(n - 1);
	} else {
		*o++ = 61 << 2;
		*o++ = (unsigned char)(n - 1);
		*o++ = (unsigned char)((n - 1) >> 8);
	}
	memcpy(o, p, n);
	return o + n;
}

static unsigned char *put_copy(unsigned char *o, size_t offset, size_t n)
{
	while (n > 0) {
		size_t part = n > 64 ? 64 : n;

		*o++ = (unsigned char)((part - 1) << 2 | 2);
		*o++ = (unsigned char)offset;
		*o++ = (unsigned char)(offset >> 8);
		n -= part;
	}
	return o;
}

static uint32_t load32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

size_t yh_rw_pack(struct yh_rw *rw, unsigned char out[YH_RW_PACKED])
{
	const unsigned char *in = rw->plain;
	unsigned char *o = out + varint(out, rw->n);
	size_t i = 0, from = 0;

	_Static_assert(YH_RW_PLAIN <= UINT16_MAX, "positions are 16 bits wide");
	memset(rw->table, 0, sizeof rw->table);
	while (i + 4 <= rw->n) {
		uint32_t here = load32(in + i);
		uint16_t *slot = &rw->table[here * UINT32_C(0x9E3779B1) >> 20];
		size_t at = *slot, len = 4;

		*slot = (uint16_t)i;
		/* a slot never filled says 0, which is right when the bytes agree */
		if (at >= i || load32(in + at) != here) {
			i++;
			continue;
		}
		while (i + len < rw->n && in[at + len] == in[i + len])
			len++;
		o = put_literal(o, in + from, i - from);
		o = put_copy(o, i - at, len);
		i += len;
		from = i;
	}
	o = put_literal(o, in + from, rw->n - from);
	return (size_t)(o - out);
}
