/* The meter: usage of resources and platform data as series of samples (Art. 13).
 *
 * One interface over two back ends: the embedded store, or any Prometheus-compatible one. A sample
 * is (series, instant in ms, value); a series is a metric with labels. Series about a resource
 * carry the label `resource` with its number; whose they are follows the register, not the labels.
 * All functions are thread-safe. */
#ifndef YH_METER_METER_H
#define YH_METER_METER_H

#include "base/arena.h"
#include "base/id.h"

struct yh_meter;

enum {
	YH_METER_LABELS_MAX = 40,    /* a series, the stamp included */
	YH_METER_NAME_BYTES = 200,   /* a metric's or label's name */
	YH_METER_VALUE_BYTES = 1024, /* a label's value */
	YH_METER_BODY_MAX = 8 << 20, /* as received, and 32 MiB decoded */
};

struct yh_meter_label {
	const char *name, *value;
};

/* Whose a resource is today. */
struct yh_meter_owner {
	struct yh_id resource, unit, cloud, provider; /* provider zero: none yet */
};
/* NOT_FOUND: no such resource. Called without any lock of the meter held. */
typedef enum yh_rc (*yh_meter_owner_fn)(void *arg, const char *resource_no,
					struct yh_meter_owner *out, struct yh_err *err);

struct yh_meter_config {
	const char *dir;   /* of the embedded store; made when absent */
	const char *outer; /* base URL of a Prometheus-compatible store; NULL: embedded */
	struct yh_clock *clock;
	yh_meter_owner_fn owner;
	void *owner_arg;
	/* zero values take the defaults */
	int64_t late_ms;                              /* how far back a sample may lie; 7 days */
	int64_t future_ms;                            /* and how far ahead; 10 minutes */
	uint32_t series_max;                          /* of the whole meter; 4,000,000 */
	uint32_t raw_days, m5_days, h1_days, d1_days; /* retention; 90, 400, 1200, 0: for ever */
	size_t open_rows;    /* samples in an open block before it is sealed; 2,000,000 */
	bool unsafe_no_sync; /* fault injection in tests: acknowledges before the sync */
};

/* Opens, replaying what the journal holds. CONFLICT "meter-locked" when another program has it, or
 * "meter-version" (file, version, known) when one of another version wrote it; STORAGE "meter-open"
 * (figure detail). A damaged block is set aside and named in the status, not a reason to fail. */
YH_CHECK enum yh_rc yh_meter_open(const struct yh_meter_config *cfg, struct yh_meter **out,
				  struct yh_err *err);
/* What is asked of an outer store fails within a second or two from now on. */
void yh_meter_halt(struct yh_meter *m);
/* Finishes what was taken, then closes. NULL is allowed. */
void yh_meter_close(struct yh_meter *m);

/* Who writes, as its token says. Every series gets the label `kind`=`code`, over what the sender
 * says. A scope "unit" writes only about its own resources; "resource" only about the one
 * (stamped); "cloud" and "provider" about resources of theirs, and platform data without a
 * resource. */
struct yh_meter_scope {
	char kind[12]; /* cloud, provider, unit, resource */
	char code[64];
	struct yh_id about;
	uint32_t series_max; /* of this scope; 0: 100,000 */
	bool backfill;       /* an import: samples may be of any age */
};

enum yh_meter_form { YH_METER_RW1, YH_METER_RW2, YH_METER_LINES };

/* What became of a body. Refused samples are counted once, under their first reason; a native
 * histogram is one, though two samples are kept of it. Exemplars are checked and not kept. */
struct yh_meter_written {
	uint64_t samples;    /* taken, durable; a repeated one counts again as taken */
	uint64_t repeated;   /* of them known already, instant and value */
	uint64_t histograms; /* taken, durable, and not among the samples */
	uint64_t refused_invalid, refused_foreign, refused_late, refused_future, refused_limit;
	struct yh_err why; /* the first refusal: "meter-series-invalid", "meter-foreign" (figure
			      resource), "meter-late" (days), "meter-future" (minutes),
			      "meter-series-limit" (max); rc YH_OK when all was taken */
};

struct yh_meter_write {
	const struct yh_meter_scope *scope;
	enum yh_meter_form form;
	const void *body; /* as received (snappy for RW*); borrowed until `done` */
	size_t n;
	yh_time received_at;
	void (*done)(struct yh_meter_write *w); /* after the sync, on a thread of the meter */
	void *arg;                              /* the caller's */
	enum yh_rc rc;                          /* of the journal: STORAGE, when not durable */
	struct yh_err err;
	struct yh_meter_written written;
	struct yh_meter_write *next; /* the meter's */
};
/* Decodes and checks on the caller's thread, journals, and returns; `done` follows. When it fails,
 * `done` is not called and nothing was taken: BAD_INPUT "meter-body-invalid" (figure detail),
 * TOO_LARGE "meter-body-too-large", BUSY "meter-busy" (the sender repeats), STORAGE "meter-full".
 */
YH_CHECK enum yh_rc yh_meter_write(struct yh_meter *m, struct yh_meter_write *w,
				   struct yh_err *err);
/* The same, waiting. */
YH_CHECK enum yh_rc yh_meter_write_wait(struct yh_meter *m, struct yh_meter_write *w,
					struct yh_err *err);

/* The register changed: whose this resource is must be asked again. */
void yh_meter_owner_changed(struct yh_meter *m, const char *resource_no);

/* Which series: each given part must hold. `labels` are compared for equality. */
struct yh_meter_select {
	const char *metric;           /* NULL: any */
	const char *const *resources; /* numbers */
	size_t n_resources;
	bool by_resource; /* false: `resources` is not looked at */
	const struct yh_meter_label *labels;
	size_t n_labels;
};

/* What a result is about; borrowed during the visit. */
struct yh_meter_series {
	const char *metric, *resource;       /* resource "": none */
	const struct yh_meter_label *labels; /* by name, without the metric */
	size_t n_labels;
};

/* A visit returns false to end the reading early, which is no failure. */
typedef bool (*yh_meter_latest_fn)(void *arg, const struct yh_meter_series *s, int64_t at_ms,
				   double value);
/* The last sample of each series that is not marked stale. `after` (from an earlier *mark, 0: all):
 * only what arrived since; *mark (may be NULL) is set for the next call. After a new start some may
 * be told again, none is left out. */
YH_CHECK enum yh_rc yh_meter_latest(struct yh_meter *m, const struct yh_meter_select *what,
				    uint64_t after, uint64_t *mark, yh_meter_latest_fn visit,
				    void *arg, struct yh_err *err);

/* Samples of a stretch of time. NaN counts nowhere. `rise` sums what a counter grew by, resets
 * taken into account, from the sample before the stretch if there is one. */
struct yh_meter_bucket {
	int64_t from_ms;
	uint64_t count;
	double min, max, sum, first, last, rise;
};
typedef bool (*yh_meter_history_fn)(void *arg, const struct yh_meter_series *s,
				    const struct yh_meter_bucket *buckets, size_t n);
/* Buckets [from + i*step, …) that hold samples, i by i, of [from, to). `step_ms` >= 1000; at most
 * 20,000 buckets, else TOO_LARGE "meter-buckets-many". From the coarsest level that answers
 * exactly. */
YH_CHECK enum yh_rc yh_meter_history(struct yh_meter *m, const struct yh_meter_select *what,
				     int64_t from_ms, int64_t to_ms, int64_t step_ms,
				     yh_meter_history_fn visit, void *arg, struct yh_err *err);
/* The samples themselves, by time; at most `limit` a series (TOO_LARGE "meter-samples-many"). */
typedef bool (*yh_meter_samples_fn)(void *arg, const struct yh_meter_series *s,
				    const int64_t *at_ms, const double *values, size_t n);
YH_CHECK enum yh_rc yh_meter_samples(struct yh_meter *m, const struct yh_meter_select *what,
				     int64_t from_ms, int64_t to_ms, size_t limit,
				     yh_meter_samples_fn visit, void *arg, struct yh_err *err);

/* A window of one metric, every series of it. */
enum yh_meter_source {
	YH_METER_EXACT /* raw samples */,
	YH_METER_SKETCH /* daily, error <= 1.6 % */
};
struct yh_meter_usage {
	uint64_t count;
	double min, max, mean, quantile;
	int64_t first_ms, last_ms;
	uint32_t filled, slots; /* 5-minute slots of the window with a sample, and all of them */
};
struct yh_meter_scan {
	struct yh_meter_select what; /* the metric is required */
	int64_t from_ms, to_ms;      /* SKETCH: civil days of Shanghai */
	double quantile;             /* 0..1, nearest rank */
	enum yh_meter_source source;
};
typedef bool (*yh_meter_scan_fn)(void *arg, const struct yh_meter_series *s,
				 const struct yh_meter_usage *u);
/* Series without a sample in the window are not visited. Uses both cores; visits on the caller's
 * thread, in no particular order. */
YH_CHECK enum yh_rc yh_meter_scan(struct yh_meter *m, const struct yh_meter_scan *scan,
				  yh_meter_scan_fn visit, void *arg, struct yh_err *err);

struct yh_meter_status {
	char backend[16]; /* embedded, prometheus */
	bool durable;     /* an answer means synced; false: as the outer store does it */
	uint64_t series, samples_taken, samples_repeated, histograms_taken, bodies;
	uint64_t refused_invalid, refused_foreign, refused_late, refused_future, refused_limit;
	uint64_t open_rows, segments, segment_bytes, journal_bytes, index_bytes, syncs;
	uint64_t damaged; /* blocks set aside or unreadable */
	char damage[160]; /* the first of them: file and place */
	bool full;        /* the last write to disk failed */
};
void yh_meter_status(struct yh_meter *m, struct yh_meter_status *out);

/* Seals open blocks, compacts what is finished and drops what is past its retention; by itself in
 * the background, here until all is done. */
YH_CHECK enum yh_rc yh_meter_settle(struct yh_meter *m, struct yh_err *err);

#endif
