/* Unpacking snappy: literals and copies of what came before, one tag each. */
#include "meter/unsnap.h"

#include <string.h>

enum { PIECE = 16 };

struct unsnap {
	const unsigned char *ip, *in_end;
	unsigned char *op, *begin, *end;
};

/* The length in front, of five bytes at most; NULL when there is none. */
static const unsigned char *preamble(const unsigned char *p, const unsigned char *end,
				     uint32_t *size)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 35 && p < end; shift += 7) {
		v |= (uint64_t)(*p & 0x7f) << shift;
		if (*p++ < 0x80) {
			*size = (uint32_t)v;
			return v <= UINT32_MAX ? p : NULL;
		}
	}
	return NULL;
}

static inline bool literal(struct unsnap *u, size_t n)
{
	if (n <= PIECE && u->in_end - u->ip >= PIECE) {
		if (n > (size_t)(u->end - u->op))
			return false;
		memcpy(u->op, u->ip, PIECE);
	} else {
		if (n > 60) { /* the length itself follows in 1 to 4 bytes */
			unsigned bytes = (unsigned)n - 60;

			if (bytes > (size_t)(u->in_end - u->ip))
				return false;
			n = 1;
			for (unsigned i = 0; i < bytes; i++)
				n += (size_t)*u->ip++ << 8 * i;
		}
		if (n > (size_t)(u->in_end - u->ip) || n > (size_t)(u->end - u->op))
			return false;
		memcpy(u->op, u->ip, n);
	}
	u->op += n;
	u->ip += n;
	return true;
}

/* Up to 64 bytes from `back` behind; a copy may run into what it writes itself. */
static inline bool copy(struct unsnap *u, size_t back, size_t n)
{
	const unsigned char *from;

	if (back - 1 >= (size_t)(u->op - u->begin) || n > (size_t)(u->end - u->op))
		return false;
	from = u->op - back;
	if (back >= PIECE) {
		memcpy(u->op, from, PIECE);
		memcpy(u->op + PIECE, from + PIECE, PIECE);
		if (n > 2 * PIECE) {
			memcpy(u->op + 2 * PIECE, from + 2 * PIECE, PIECE);
			memcpy(u->op + 3 * PIECE, from + 3 * PIECE, PIECE);
		}
	} else
		for (size_t i = 0; i < n; i++)
			u->op[i] = from[i];
	u->op += n;
	return true;
}

static inline bool element(struct unsnap *u)
{
	unsigned tag = *u->ip++;
	size_t left = (size_t)(u->in_end - u->ip), back;

	switch (tag & 3) {
	case 0:
		return literal(u, (tag >> 2) + 1);
	case 1:
		if (left < 1)
			return false;
		back = (size_t)(tag >> 5) << 8 | *u->ip++;
		return copy(u, back, 4 + (tag >> 2 & 7));
	case 2:
		if (left < 2)
			return false;
		back = u->ip[0] | (size_t)u->ip[1] << 8;
		u->ip += 2;
		return copy(u, back, (tag >> 2) + 1);
	default:
		if (left < 4)
			return false;
		back = u->ip[0] | (size_t)u->ip[1] << 8 | (size_t)u->ip[2] << 16 |
		       (size_t)u->ip[3] << 24;
		u->ip += 4;
		return copy(u, back, (tag >> 2) + 1);
	}
}

bool yh_unsnap_size(const void *in, size_t n, uint32_t *size)
{
	return preamble(in, (const unsigned char *)in + n, size) != NULL;
}

bool yh_unsnap(const void *in, size_t n, void *out, uint32_t size)
{
	struct unsnap u = { .in_end = (const unsigned char *)in + n,
			    .op = out,
			    .begin = out,
			    .end = (unsigned char *)out + size };
	uint32_t claimed;

	u.ip = preamble(in, u.in_end, &claimed);
	if (!u.ip || claimed != size)
		return false;
	while (u.ip < u.in_end)
		if (!element(&u))
			return false;
	return u.op == u.end;
}
