/* Shared by the files that decode a body; see wire.h. */
#ifndef YH_METER_WIRE_INTERNAL_H
#define YH_METER_WIRE_INTERNAL_H

#include "meter/unsnap.h"
#include "meter/wire.h"
#include "meter/wire_pb.h"

enum {
	YH_WIRE_PLAIN_MAX = 32 << 20,
	YH_WIRE_SAMPLES_MAX = 2000000,
	YH_WIRE_SERIES_MAX = 500000,
	YH_WIRE_SYMBOLS_MAX = 1000000,
	YH_WIRE_PAD = YH_UNSNAP_SLOP, /* writable behind a decoded body */
	YH_WIRE_SECRET_BYTES = 192
};

#define YH_WIRE_STALE UINT64_C(0x7ff0000000000002) /* the marker that a series has ended */
#define YH_WIRE_NAN UINT64_C(0x7ff8000000000001)   /* the NaN that the senders use */

/* One body on its way through. */
struct yh_walk {
	struct yh_wire *w;
	struct yh_err *err;
	size_t size; /* of the plain body */
	unsigned char secret[YH_WIRE_SECRET_BYTES];
};

/* ---- wire.c ---- */
enum yh_rc yh_walk_invalid(struct yh_walk *k, const char *detail);
enum yh_rc yh_walk_too_large(struct yh_walk *k);
/* Room for `n` more; the pointers into what moves are kept right. */
YH_CHECK enum yh_rc yh_walk_samples(struct yh_walk *k, size_t n);
YH_CHECK enum yh_rc yh_walk_series(struct yh_walk *k, size_t n);
YH_CHECK enum yh_rc yh_walk_scratch(struct yh_walk *k, size_t n);
YH_CHECK enum yh_rc yh_walk_symbols(struct yh_walk *k);
YH_CHECK enum yh_rc yh_walk_add(struct yh_walk *k, int64_t at_ms, double value);
/* The body of a Sample message. */
YH_CHECK bool yh_walk_sample(struct yh_pb c, struct yh_wire_sample *out);
struct yh_wire_key yh_walk_key(const struct yh_walk *k, const void *labels, size_t n);
double yh_walk_bits(uint64_t bits);

/* ---- wire_labels.c ---- */
struct yh_wire_label {
	const unsigned char *name, *value;
	size_t name_len, value_len;
};
/* The body of a Label message; the last of a repeated field holds. */
YH_CHECK bool yh_wire_label_read(struct yh_pb c, struct yh_wire_label *out);
/* Encoded, with its tag and length, and where that ends. */
size_t yh_wire_label_size(const struct yh_wire_label *l);
unsigned char *yh_wire_label_put(unsigned char *p, const struct yh_wire_label *l);
bool yh_wire_is_name(const struct yh_wire_label *l);
/* Appends a label to the scratch. */
YH_CHECK enum yh_rc yh_walk_label(struct yh_walk *k, const struct yh_wire_label *l);
/* Is there a __name__ that is not empty among these encoded labels? */
bool yh_wire_named(const unsigned char *labels, size_t n);

/* ---- wire_rw1.c, wire_rw2.c, wire_lines.c ---- */
YH_CHECK enum yh_rc yh_walk_rw1(struct yh_walk *k);
YH_CHECK enum yh_rc yh_walk_rw2(struct yh_walk *k);
YH_CHECK enum yh_rc yh_walk_lines(struct yh_walk *k, const char *text, size_t n);

/* What one TimeSeries message held, its samples already taken. */
struct yh_walk_found {
	const unsigned char *labels; /* encoded; NULL: in the scratch, which moves, at `at` */
	size_t at, labels_len;
	size_t first_sample;
	uint32_t histograms;
	struct yh_pb message;   /* for the second look at its histograms */
	uint32_t histogram_tag; /* their field number there */
};
const unsigned char *yh_walk_labels(const struct yh_walk *k, const struct yh_walk_found *f);
/* Makes the series of it: its own, and two more for its histograms. */
YH_CHECK enum yh_rc yh_walk_close(struct yh_walk *k, const struct yh_walk_found *f);

/* ---- wire_histogram.c ---- */
struct yh_wire_histogram {
	int64_t at_ms;
	double count, sum;
};
enum yh_histogram_fault { YH_HISTOGRAM_OK, YH_HISTOGRAM_MALFORMED, YH_HISTOGRAM_WRONG };
/* The body of a Histogram message. */
YH_CHECK enum yh_histogram_fault yh_wire_histogram_read(struct yh_pb c,
							struct yh_wire_histogram *out);
YH_CHECK enum yh_rc yh_walk_histograms(struct yh_walk *k, const struct yh_walk_found *f);

#endif
