/* A segment: an immutable file of samples, by (metric, series), with roll-ups of 5 minutes, 1 hour
 * and 1 day (civil, UTC+8) where they are worth keeping; every part under its own checksum.
 *
 * The samples of all segments of a store are disjoint, so roll-ups of several add. A segment is
 * written whole beside its final name, synced, and renamed. */
#ifndef YH_METER_SEGMENT_H
#define YH_METER_SEGMENT_H

#include "meter/meter.h"
#include "meter/sketch.h"

enum yh_level { YH_LEVEL_RAW, YH_LEVEL_5M, YH_LEVEL_1H, YH_LEVEL_1D, YH_LEVELS };

/* Length of a level's bucket in ms; 1 for RAW. */
int64_t yh_level_ms(enum yh_level level);
/* When the bucket that holds `at_ms` begins; days begin at 16:00 UTC. */
int64_t yh_level_floor(enum yh_level level, int64_t at_ms);

/* ---- writing: series strictly ascending by (metric, series), instants strictly ascending and
 * within 2^56 ms of 1970 ---- */

struct yh_seg_writer;
/* `levels`: bit set (1 << level) of what is to be kept. With RAW among them, a roll-up level that
 * raw samples answer as cheaply (fewer than 64 samples a bucket, 240 a day, 512 in all) is left out
 * of a series and answered from raw. Written at `path` with ".part" behind it until it is whole. */
YH_CHECK enum yh_rc yh_seg_create(const char *path, unsigned levels, struct yh_seg_writer **out,
				  struct yh_err *err);
/* `counter`: the series only grows and is reset (name ending in _total): its roll-ups keep first
 * and rise instead of a sketch. NaN values (StaleNaN too) are kept raw and left out of roll-ups. */
YH_CHECK enum yh_rc yh_seg_add(struct yh_seg_writer *w, uint32_t metric, uint32_t series,
			       bool counter, const int64_t *at_ms, const double *values, size_t n,
			       struct yh_err *err);
/* Writes what is left, syncs file and folder; frees the writer, also when it fails (STORAGE
 * "meter-full" or "meter-io", figure detail; nothing is left at `path`). */
YH_CHECK enum yh_rc yh_seg_finish(struct yh_seg_writer *w, struct yh_err *err);
void yh_seg_abort(struct yh_seg_writer *w);

/* ---- reading ---- */

struct yh_seg; /* reference-counted: unlinked files stay readable until released */

struct yh_seg_info {
	int64_t min_ms, max_ms; /* of its samples */
	uint64_t series, samples, bytes, raw_bytes, index_bytes;
	unsigned levels; /* kept */
	char damage[96]; /* what was lost when it was opened, file and place; "": nothing */
};

/* Checks head, foot and directory. When one of them is lost the pages are found again and served,
 * and info->damage says so; STORAGE "meter-damaged" (figure detail: file and place) when none is
 * whole. CONFLICT "meter-version" (file, version, known) when it is whole and of a version that
 * this program does not know: nothing of it is read. */
YH_CHECK enum yh_rc yh_seg_open(const char *path, struct yh_seg **out, struct yh_err *err);
void yh_seg_hold(struct yh_seg *s);
void yh_seg_release(struct yh_seg *s);
const struct yh_seg_info *yh_seg_info(const struct yh_seg *s);
const char *yh_seg_path(const struct yh_seg *s);

/* Reusable room for decoding; zero it first. Not shared between threads. */
struct yh_seg_page;
struct yh_seg_room {
	int64_t *at_ms;
	double *values;
	size_t cap;
	struct yh_seg_page *page; /* the one read last */
};
void yh_seg_room_done(struct yh_seg_room *r);

/* The samples of one series into room->at_ms, room->values; *n 0 when it has none. STORAGE
 * "meter-damaged" when the page's checksum is wrong; other pages stay readable. */
YH_CHECK enum yh_rc yh_seg_read(const struct yh_seg *s, uint32_t metric, uint32_t series,
				int64_t from_ms, int64_t to_ms, struct yh_seg_room *room, size_t *n,
				struct yh_err *err);

/* A roll-up bucket; `sketch` (encoded; only days have one, and not those of counters: NULL) is
 * borrowed from the room. */
struct yh_rollup {
	int64_t from_ms;
	uint64_t count;
	double min, max, sum, first, last, rise; /* rise: of counters, else 0 */
	int64_t first_ms, last_ms;
	uint32_t filled; /* slots of 5 minutes with a sample */
	const unsigned char *sketch;
	size_t sketch_len;
};
typedef bool (*yh_rollup_fn)(void *arg, const struct yh_rollup *r);
/* Buckets of one series that begin in [from, to), by time: stored ones, or made from raw. CONFLICT
 * "meter-level-gone" when neither is kept. Without `sketch` none is decoded or made. */
YH_CHECK enum yh_rc yh_seg_rollups(const struct yh_seg *s, enum yh_level level, uint32_t metric,
				   uint32_t series, int64_t from_ms, int64_t to_ms, bool sketch,
				   struct yh_seg_room *room, yh_rollup_fn visit, void *arg,
				   struct yh_err *err);

/* Whether it may hold stored buckets of a level, and need not make them from raw samples. */
bool yh_seg_stores(const struct yh_seg *s, enum yh_level level, uint32_t metric, uint32_t series);

/* Every series of a metric (or of all: UINT32_MAX), ascending. */
typedef bool (*yh_seg_series_fn)(void *arg, uint32_t metric, uint32_t series);
YH_CHECK enum yh_rc yh_seg_each(const struct yh_seg *s, uint32_t metric, yh_seg_series_fn visit,
				void *arg, struct yh_err *err);

/* ---- many segments ---- */

/* Merges disjoint segments into one of the samples (and roll-ups whose raw is gone) of [from, to),
 * keeping `levels`. A damaged page is left out and counted in *damaged; nothing to write: *empty.
 */
struct yh_seg_merge {
	struct yh_seg *const *in;
	size_t n;
	int64_t from_ms, to_ms;
	unsigned levels;
	bool (*counter)(void *arg, uint32_t metric); /* is it one? */
	void *arg;
	uint64_t damaged; /* out */
	bool empty;       /* out */
};
YH_CHECK enum yh_rc yh_seg_merge(struct yh_seg_merge *merge, const char *path, struct yh_err *err);

/* Usage of every series of a metric over a window, as yh_meter_scan says, from segments and, for
 * each series, from samples that are still open (`extra`, ascending, disjoint from the segments';
 * NULL: none). Threads share the series; `emit` is called under a lock. */
struct yh_seg_scan {
	struct yh_seg *const *segs;
	size_t n;
	uint32_t metric;
	const uint32_t *series; /* only these, ascending; NULL: every one */
	size_t n_series;
	int64_t from_ms, to_ms;
	double quantile;
	enum yh_meter_source source;
	unsigned threads; /* 0: the machine's */
	bool (*extra)(void *arg, uint32_t series, const int64_t **at_ms, const double **values,
		      size_t *n); /* borrowed until the next call of the same thread */
	void *extra_arg;
	const uint32_t *extra_series; /* those that have any, ascending */
	size_t n_extra;
	bool (*emit)(void *arg, uint32_t series, const struct yh_meter_usage *u);
	void *emit_arg;
	uint64_t damaged; /* out: pages left out */
};
YH_CHECK enum yh_rc yh_seg_scan(struct yh_seg_scan *scan, struct yh_err *err);

#endif
