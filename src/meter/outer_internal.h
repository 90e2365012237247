/* The outer back end: samples go to, and come from, a Prometheus-compatible store over HTTP.
 *
 * Writes are forwarded as remote-write 1.0; reads ask for raw samples through /api/v1/query and
 * work them out here, because the stores differ in how their functions treat the edges of a
 * window, resets and quantiles. */
#ifndef YH_METER_OUTER_INTERNAL_H
#define YH_METER_OUTER_INTERNAL_H

#include <pthread.h>

#include "base/buf.h"
#include "base/json.h"
#include "meter/backend.h"
#include "meter/outer_gate.h"
#include "meter/outer_table.h"
#include "net/client.h"

enum {
	YH_OUTER_WORKERS = 4,
	YH_OUTER_QUEUE = 64, /* bodies */
	YH_OUTER_LINES = 8,  /* connections kept for reading */
};

struct yh_outer_job; /* a body on its way */

/* The last sample of a series that readings with a mark have shown. */
struct yh_outer_seen {
	struct yh_wire_key key;
	int64_t at_ms;
	uint64_t arrival;
};

struct yh_outer {
	struct yh_meter base; /* the addresses stand below */
	char *write_url, *read_url;
	struct yh_gate *gate;

	pthread_mutex_t lock; /* of what follows, up to `stats` */
	pthread_cond_t come;
	struct yh_outer_job *head, **tail;
	size_t n_jobs;
	bool closing;
	struct yh_http_line *lines[YH_OUTER_LINES];
	size_t n_lines;
	struct yh_meter_status stats;
	pthread_t workers[YH_OUTER_WORKERS];
	size_t n_workers;

	int victoria; /* atomic: 0 not asked yet, 1 VictoriaMetrics, 2 another */

	pthread_mutex_t live; /* held by a reading that keeps a mark */
	struct yh_table seen; /* of such readings: the last sample of each series */
	uint64_t arrivals;    /* the latest mark */
};

/* ---- writing ---- */

YH_CHECK enum yh_rc yh_outer_write(struct yh_meter *m, struct yh_meter_write *w,
				   struct yh_err *err);
YH_CHECK bool yh_outer_start(struct yh_outer *o);
void yh_outer_stop(struct yh_outer *o); /* sends what was taken */

/* The failure of a call that got no answer, without the address, which may hold a password. */
enum yh_rc yh_outer_unreachable(const struct yh_err *why, struct yh_err *err);

/* ---- asking ---- */

/* One reading: a connection and a deadline. */
struct yh_outer_read {
	struct yh_outer *o;
	struct yh_http_line *line;
	int64_t until_ms;   /* monotonic */
	size_t reply_bytes; /* of the last answer */
};
YH_CHECK enum yh_rc yh_outer_begin(struct yh_outer *o, unsigned seconds, struct yh_outer_read *r,
				   struct yh_err *err);
void yh_outer_end(struct yh_outer_read *r);

/* The member `data` of the answer to a query at an instant, owned by the caller. TOO_LARGE
 * "meter-outer-much" when asking for less may succeed; BUSY "meter-outer-unreachable", STORAGE
 * "meter-outer-refused" and "meter-outer-answer" (figures status, detail) otherwise. */
YH_CHECK enum yh_rc yh_outer_query(struct yh_outer_read *r, const char *query, int64_t at_ms,
				   json_t **data, struct yh_err *err);
/* Which numbers of resources the series of a selector bear; the arena owns the texts. */
YH_CHECK enum yh_rc yh_outer_resources(struct yh_outer_read *r, const struct yh_meter_select *what,
				       int64_t from_ms, int64_t to_ms, struct yh_arena *arena,
				       const char *const **out, size_t *n, struct yh_err *err);
/* The series of a selector that had a sample about then: label objects, owned by the caller. */
YH_CHECK enum yh_rc yh_outer_list(struct yh_outer_read *r, const char *selector, int64_t from_ms,
				  int64_t to_ms, json_t **data, struct yh_err *err);

/* Learns once whether the store is VictoriaMetrics, which shows markers of staleness. */
YH_CHECK enum yh_rc yh_outer_flavour(struct yh_outer_read *r, struct yh_err *err);

/* A part of a reading: these resources, or the series that have none. */
struct yh_outer_part {
	const struct yh_meter_select *what;
	const char *const *resources;
	size_t n; /* 0: those without a resource */
};
/* Appends `{…}`; `metric` NULL: as the selector says, "": that, and about whatever resource. */
void yh_outer_selector(struct yh_buf *b, const struct yh_outer_part *part, const char *metric);
/* Does a result answer the selector? What cannot be said to every store is compared here. */
bool yh_outer_matches(const struct yh_meter_select *what, const struct yh_meter_series *s);

/* ---- gathering ---- */

/* What was gathered of one series. */
struct yh_outer_one {
	struct yh_outer_one *next;
	struct yh_wire_key key;
	struct yh_meter_series series;
	int64_t last_ms;
	double prev;    /* the last number, for `rise` */
	bool has_prev;  /* there is one */
	bool unfounded; /* the first bucket did not know the number before it */
	bool stale;     /* a marker came last, where the store shows them */
	int64_t *at_ms;
	double *values;
	size_t n, cap;
	struct yh_meter_bucket *buckets;
	size_t n_buckets, cap_buckets;
};

enum { YH_OUTER_BEFORE_MS = 300000 }; /* BUCKETS: fetched ahead of `from`, for `rise` */
enum yh_outer_want { YH_OUTER_RAW, YH_OUTER_BUCKETS };

/* A stretch of samples of a part, series by series. */
struct yh_outer_haul {
	struct yh_outer_read *read;
	const struct yh_outer_part *part;
	int64_t from_ms, to_ms, step_ms;
	enum yh_outer_want want;
	size_t limit; /* RAW: samples a series, TOO_LARGE "meter-samples-many" */
	struct yh_arena arena;
	struct yh_table table; /* by labels */
	struct yh_outer_one *first, **tail;
	size_t held; /* samples and buckets in memory */
};
void yh_outer_haul_init(struct yh_outer_haul *h);
void yh_outer_haul_done(struct yh_outer_haul *h);
/* TOO_LARGE "meter-outer-much" when a smaller part may succeed. */
YH_CHECK enum yh_rc yh_outer_haul(struct yh_outer_haul *h, struct yh_err *err);
/* The record of the series with these labels, made when `make`; NULL: none, or, with `make`, no
 * memory. `metric` stands for a missing __name__. */
struct yh_outer_one *yh_outer_one(struct yh_outer_haul *h, const json_t *labels, const char *metric,
				  bool make);
/* What a counter grew by from one number to the next. */
double yh_outer_rise(double prev, double value);
enum yh_rc yh_outer_many(size_t limit, struct yh_err *err);
/* [instant, "value"], exactly. */
bool yh_outer_pair(const json_t *pair, int64_t *at_ms, double *value);

/* Goes through what a selector asks for, part by part; `each` hauls and hands on, and is called
 * again with less after TOO_LARGE "meter-outer-much". */
typedef enum yh_rc (*yh_outer_each)(void *arg, const struct yh_outer_part *part, bool *more,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_outer_parts(struct yh_outer_read *r, const struct yh_meter_select *what,
				   int64_t from_ms, int64_t to_ms, yh_outer_each each, void *arg,
				   struct yh_err *err);

/* ---- the operations of backend.h ---- */

YH_CHECK enum yh_rc yh_outer_latest(struct yh_meter *m, const struct yh_meter_select *what,
				    uint64_t after, uint64_t *mark, yh_meter_latest_fn visit,
				    void *arg, struct yh_err *err);
YH_CHECK enum yh_rc yh_outer_history(struct yh_meter *m, const struct yh_meter_select *what,
				     int64_t from_ms, int64_t to_ms, int64_t step_ms,
				     yh_meter_history_fn visit, void *arg, struct yh_err *err);
YH_CHECK enum yh_rc yh_outer_samples(struct yh_meter *m, const struct yh_meter_select *what,
				     int64_t from_ms, int64_t to_ms, size_t limit,
				     yh_meter_samples_fn visit, void *arg, struct yh_err *err);
YH_CHECK enum yh_rc yh_outer_scan(struct yh_meter *m, const struct yh_meter_scan *scan,
				  yh_meter_scan_fn visit, void *arg, struct yh_err *err);

#endif
