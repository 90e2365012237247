/* Reading protobuf without believing it: a cursor that never leaves its message.
 *
 * Every function returns false for what is malformed: a varint of more than 64 bits, a tag or a
 * length of more than five bytes, a field number of 0, a length that runs out of the message, a
 * group. */
#ifndef YH_METER_WIRE_PB_H
#define YH_METER_WIRE_PB_H

#include <endian.h>
#include <string.h>

#include "base/err.h"

enum { YH_PB_VARINT = 0, YH_PB_I64 = 1, YH_PB_LEN = 2, YH_PB_I32 = 5 };

struct yh_pb {
	const unsigned char *p, *end;
};

static inline bool yh_pb_varint(struct yh_pb *c, uint64_t *out)
{
	uint64_t v = 0;

	if (c->p < c->end && *c->p < 0x80) {
		*out = *c->p++;
		return true;
	}
	for (unsigned shift = 0; shift < 64 && c->p < c->end; shift += 7) {
		uint64_t b = *c->p++;

		if (shift == 63 && b > 1)
			return false;
		v |= (b & 0x7f) << shift;
		if (b < 0x80) {
			*out = v;
			return true;
		}
	}
	return false;
}

/* A varint of at most 32 bits and five bytes, as tags and lengths are. */
static inline bool yh_pb_short(struct yh_pb *c, uint32_t *out)
{
	struct yh_pb five = { c->p, c->end - c->p > 5 ? c->p + 5 : c->end };
	uint64_t v;

	if (!yh_pb_varint(&five, &v) || v > UINT32_MAX)
		return false;
	c->p = five.p;
	*out = (uint32_t)v;
	return true;
}

static inline bool yh_pb_tag(struct yh_pb *c, uint32_t *field, unsigned *type)
{
	uint32_t v;

	if (!yh_pb_short(c, &v) || v < 8)
		return false;
	*field = v >> 3;
	*type = v & 7;
	return true;
}

static inline bool yh_pb_sub(struct yh_pb *c, struct yh_pb *out)
{
	uint32_t n;

	if (!yh_pb_short(c, &n) || n > (uint64_t)(c->end - c->p))
		return false;
	*out = (struct yh_pb){ c->p, c->p + n };
	c->p += n;
	return true;
}

static inline uint64_t yh_pb_load64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

static inline double yh_pb_load_double(const unsigned char *p)
{
	uint64_t bits = yh_pb_load64(p);
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

static inline bool yh_pb_double(struct yh_pb *c, double *out)
{
	if (c->end - c->p < 8)
		return false;
	*out = yh_pb_load_double(c->p);
	c->p += 8;
	return true;
}

static inline int64_t yh_pb_zigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static inline bool yh_pb_skip(struct yh_pb *c, unsigned type)
{
	struct yh_pb sub;
	uint64_t v;

	switch (type) {
	case YH_PB_VARINT:
		return yh_pb_varint(c, &v);
	case YH_PB_LEN:
		return yh_pb_sub(c, &sub);
	case YH_PB_I64:
	case YH_PB_I32:
		if (c->end - c->p < (type == YH_PB_I64 ? 8 : 4))
			return false;
		c->p += type == YH_PB_I64 ? 8 : 4;
		return true;
	default:
		return false;
	}
}

/* The next message in a field of `wanted` (a bit for each number), the others passed over; *field
 * 0: there is no more. */
static inline bool yh_pb_next(struct yh_pb *c, uint32_t wanted, uint32_t *field, struct yh_pb *sub)
{
	unsigned type;

	while (c->p < c->end) {
		if (!yh_pb_tag(c, field, &type))
			return false;
		if (*field < 32 && wanted >> *field & 1)
			return type == YH_PB_LEN && yh_pb_sub(c, sub);
		if (!yh_pb_skip(c, type))
			return false;
	}
	*field = 0;
	return true;
}

/* What a message that is only looked at, not kept, has to be like. */
struct yh_pb_field {
	uint32_t number;
	unsigned type;
	bool packed;                   /* may also come as a length-delimited list of varints */
	const struct yh_pb_shape *sub; /* of a nested message */
};
struct yh_pb_shape {
	const struct yh_pb_field *fields;
	size_t n;
};
YH_CHECK bool yh_pb_conforms(struct yh_pb c, const struct yh_pb_shape *shape);

/* ---- writing; the caller has made room ---- */

static inline size_t yh_pb_varint_size(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

static inline unsigned char *yh_pb_put_varint(unsigned char *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (unsigned char)(v | 0x80);
	*p++ = (unsigned char)v;
	return p;
}

static inline unsigned char *yh_pb_put_double(unsigned char *p, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	bits = htole64(bits);
	memcpy(p, &bits, sizeof bits);
	return p + sizeof bits;
}

#endif
