/* A received body to series and samples: remote-write 1.0 and 2.0 (snappy, protobuf), JSON lines.
 *
 * Pure and bounded; the buffers of a `yh_wire` are reused from body to body. A series is known by
 * the bytes of its labels in the encoding of remote-write 1.0 (fields 1: name 1, value 2), which a
 * body in another form is rewritten to, and by their keyed 128-bit hash: two bodies of one sender
 * that name the same series in the same order agree in it. Nothing in here has been checked for
 * validity of names until yh_wire_labels is asked, once for each new series. */
#ifndef YH_METER_WIRE_H
#define YH_METER_WIRE_H

#include "meter/meter.h"

struct yh_wire_key {
	uint64_t lo, hi;
};

struct yh_wire_sample {
	int64_t at_ms;
	double value; /* any bits, StaleNaN kept as it is */
};

/* What a series' samples are: its own, or the two halves of histograms. NAME_sum follows its
 * NAME_count and has as many. */
enum yh_wire_part { YH_PART_SAMPLES, YH_PART_COUNT, YH_PART_SUM, YH_PARTS };

struct yh_wire_series {
	const unsigned char *labels; /* encoded; in the body or in the scratch of the yh_wire */
	uint32_t labels_len;
	uint32_t first_sample, n_samples;
	enum yh_wire_part part;
	struct yh_wire_key key; /* of `labels` under the seed */
};

struct yh_wire_seed {
	unsigned char secret[16];
};

/* Zero it before first use. */
struct yh_wire {
	struct yh_wire_series *series;
	struct yh_wire_sample *samples;
	size_t n_series, n_samples;
	size_t cap_series, cap_samples;
	void *plain, *scratch, *symbols; /* decoded body; rewritten labels; table of RW2 */
	size_t cap_plain, cap_scratch, cap_symbols, n_scratch, n_symbols;
	uint64_t metadata, exemplars; /* seen and checked, not kept */
	uint64_t histograms;
};

/* Decodes a body. BAD_INPUT "meter-body-invalid" (figure detail: "snappy", "protobuf", "labels",
 * "histogram", or "line-json", "line-field", "line-metric", "line-labels", "line-at", "line-value"
 * with field "line:N"), TOO_LARGE "meter-body-too-large" when it claims or yields more than 32 MiB,
 * 2,000,000 samples or 500,000 series, BUSY "memory-short". Results are borrowed from `w` and
 * `body` until the next call.
 *
 * A native histogram becomes the samples of two series, NAME_count and NAME_sum; a histogram whose
 * count is not the sum of its buckets is invalid. A series without samples and histograms is left
 * out, but a missing name makes the body invalid there too ("labels").
 * Empty names and values are not encoded, as the senders do it; order and repetition stay. */
YH_CHECK enum yh_rc yh_wire_decode(struct yh_wire *w, enum yh_meter_form form, const void *body,
				   size_t n, const struct yh_wire_seed *seed, struct yh_err *err);
void yh_wire_done(struct yh_wire *w);

/* The key of labels encoded as above. */
struct yh_wire_key yh_wire_key_of(const void *labels, size_t n, const struct yh_wire_seed *seed);

/* Reads and checks encoded labels: UTF-8, no empty or repeated name, bounded sizes, __name__ there;
 * empty values are dropped. *out is in the arena, by name, __name__ left out and given as *metric.
 * BAD_INPUT "meter-series-invalid" (figure detail: name-missing, label-twice, label-empty, utf8,
 * labels-many, label-long, nul, encoding). */
YH_CHECK enum yh_rc yh_wire_labels(const struct yh_wire_series *s, struct yh_arena *arena,
				   const char **metric, struct yh_meter_label **out, size_t *n,
				   struct yh_err *err);
/* The other way round, sorted by name with __name__ among them, empty values left out: bytes in the
 * arena. BAD_INPUT "meter-series-invalid" for a name given twice. */
YH_CHECK enum yh_rc yh_wire_encode_labels(struct yh_arena *arena, const char *metric,
					  const struct yh_meter_label *labels, size_t n_labels,
					  const unsigned char **out, size_t *n, struct yh_err *err);

/* Builds a remote-write 1.0 request (snappy) of one sample a series, for the outer back end and for
 * tests; *out is malloc'd. */
struct yh_wire_point {
	const unsigned char *labels;
	size_t labels_len;
	int64_t at_ms;
	double value;
};
YH_CHECK enum yh_rc yh_wire_build(const struct yh_wire_point *points, size_t n, void **out,
				  size_t *out_len, struct yh_err *err);

#endif
