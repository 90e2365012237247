/* Columns of numbers to bytes and back, bit for bit.
 *
 * A page is packed as several streams, each compressed by itself later: the control bytes of all
 * columns (DIR), irregular times, exceptions, sketches, and the planes: all lowest bytes of all
 * columns (those of quiet and of noisy columns apart), then all second bytes, and so on, since
 * bytes of one weight are alike. */
#ifndef YH_METER_CODEC_H
#define YH_METER_CODEC_H

#include "base/err.h"

enum yh_stream {
	YH_S_DIR,
	YH_S_TIME,
	YH_S_MISC,
	YH_S_SKETCH,
	YH_S_QUIET, /* lowest bytes of columns that vary little */
	YH_S_PLANE,
	YH_STREAMS = YH_S_PLANE + 8
};
enum {
	YH_COL_MAX = 16384,    /* values of one column */
	YH_SCALE_MAX = 12,     /* decimals */
	YH_COL_HEADER_MAX = 48 /* bytes of DIR a column takes */
};
#define YH_AT_MAX (INT64_C(1) << 56) /* instants lie within, so that none overflows */

struct yh_out {
	unsigned char *p;
	size_t len, cap;
};
/* Grows as needed; memory failure is sticky. Zero it first. */
struct yh_packer {
	struct yh_out s[YH_STREAMS];
	bool failed;
};
void yh_packer_clear(struct yh_packer *p);
void yh_packer_done(struct yh_packer *p);
size_t yh_packer_len(const struct yh_packer *p);
void yh_put_bytes(struct yh_packer *p, enum yh_stream s, const void *data, size_t n);
void yh_put_byte(struct yh_packer *p, unsigned v);
void yh_put_varint(struct yh_packer *p, uint64_t v); /* into DIR, as are bytes */
void yh_put_signed(struct yh_packer *p, int64_t v);

/* Reading back; every take is bounded, the first that is not makes it fail for good. */
struct yh_unpacker {
	const unsigned char *at[YH_STREAMS], *end[YH_STREAMS];
	bool failed;
};
static inline const unsigned char *yh_take(struct yh_unpacker *u, enum yh_stream s, size_t n)
{
	const unsigned char *p = u->at[s];

	if (u->failed || n > (size_t)(u->end[s] - p)) {
		u->failed = true;
		return NULL;
	}
	u->at[s] += n;
	return p;
}

/* From DIR, as the rest. */
static inline unsigned yh_take_byte(struct yh_unpacker *u)
{
	const unsigned char *p = yh_take(u, YH_S_DIR, 1);

	return p ? *p : 0;
}

uint64_t yh_take_long(struct yh_unpacker *u);
static inline uint64_t yh_take_varint(struct yh_unpacker *u)
{
	const unsigned char *p = u->at[YH_S_DIR];

	if (p == u->end[YH_S_DIR] || *p & 0x80)
		return yh_take_long(u);
	u->at[YH_S_DIR]++;
	return *p;
}

/* The sign in the lowest bit. */
static inline int64_t yh_unfold(uint64_t z)
{
	return (int64_t)(z >> 1 ^ (0 - (z & 1)));
}

static inline int64_t yh_take_signed(struct yh_unpacker *u)
{
	return yh_unfold(yh_take_varint(u));
}

/* ---- 64-bit integers: as they are, their deltas, the deltas of those, or how far each is from the
 * moving mean of those before it ---- */

enum { YH_ORDER_MEAN = 3, YH_EASE_MAX = 3, YH_COL_QUIET = 0x80 /* in a column's first byte */ };
static inline enum yh_stream yh_plane_of(unsigned k, bool planar, bool quiet)
{
	if (!planar)
		return YH_S_TIME;
	return k == 0 && quiet ? YH_S_QUIET : (enum yh_stream)(YH_S_PLANE + k);
}

struct yh_col {
	size_t n, given; /* the first so many are not in the planes */
	unsigned order; /* 0: offsets from base, 1: deltas, 2: deltas of deltas, 3: from the mean */
	unsigned width; /* bytes a value */
	unsigned ease;  /* the mean goes after the values by a 2^ease-th */
	int64_t base, slope;
	uint64_t unit; /* all differ by multiples of it */
	const unsigned char *planes[8];
};
/* 1 <= n <= YH_COL_MAX. `planar`: into the planes, else into TIME. */
void yh_col_put(struct yh_packer *p, const int64_t *v, size_t n, bool planar);
void yh_col_take_long(struct yh_unpacker *u, struct yh_col *c, size_t n, bool planar);
static inline void yh_col_take(struct yh_unpacker *u, struct yh_col *c, size_t n, bool planar)
{
	const unsigned char *p = u->at[YH_S_DIR];

	if (u->failed || p == u->end[YH_S_DIR] || *p || n < 1 || n > YH_COL_MAX) {
		yh_col_take_long(u, c, n, planar);
		return;
	}
	/* all the same */
	u->at[YH_S_DIR]++;
	c->n = n;
	c->given = 0;
	c->width = c->order = c->ease = 0;
	c->slope = 0;
	c->unit = 1;
	c->base = yh_take_signed(u);
}
void yh_col_read(const struct yh_col *c, int64_t *out);
/* The same in half the room and time; false, and nothing read, when values might not fit. */
YH_CHECK bool yh_col_read_narrow(const struct yh_col *c, int32_t *out);
/* For tests: 0 takes the portable path from here on, 1 the best there is. */
void yh_col_vectors(int on);

/* ---- instants, strictly ascending ---- */

struct yh_times {
	size_t n;
	int64_t start, step; /* regular when step > 0 (1 for a single one) */
	struct yh_col col;   /* otherwise */
};
void yh_times_put(struct yh_packer *p, const int64_t *at, size_t n);
void yh_times_take(struct yh_unpacker *u, struct yh_times *t, size_t n);
/* False when they do not ascend or lie beyond YH_AT_MAX. */
YH_CHECK bool yh_times_read(const struct yh_times *t, int64_t *out);

/* ---- doubles: decimals as scaled integers, others by their bits ---- */

struct yh_vals {
	struct yh_col col;
	bool raw;       /* the integers are the bits themselves */
	unsigned scale; /* value = integer / 10^scale */
	size_t n_except;
	const unsigned char *except; /* 10 bytes each: position, bits */
};
/* What becomes of doubles; `m` has room for n. `except` holds positions of those that are no
 * decimals of `scale`, at most n/16 + 2. */
struct yh_scaled {
	int64_t *m;
	bool raw;
	unsigned scale;
	size_t n_except;
	uint16_t except[YH_COL_MAX / 16 + 2];
};
void yh_scale(const double *v, size_t n, struct yh_scaled *out);
void yh_vals_put(struct yh_packer *p, const double *v, size_t n, const struct yh_scaled *s);
void yh_vals_take(struct yh_unpacker *u, struct yh_vals *v, size_t n);
/* `m` is room for n; left holding the integers when the column has neither exceptions nor raw
 * bits. */
void yh_vals_read(const struct yh_vals *v, int64_t *m, double *out);
static inline bool yh_vals_plain(const struct yh_vals *v)
{
	return !v->raw && v->n_except == 0;
}
static inline double yh_pow10(unsigned scale)
{
	static const double powers[] = { 1e0, 1e1, 1e2, 1e3,  1e4,  1e5, 1e6,
					 1e7, 1e8, 1e9, 1e10, 1e11, 1e12 };

	return powers[scale];
}

#endif
