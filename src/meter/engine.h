/* The embedded store from inside: what its files share.
 *
 * Locks, in the order in which they may be taken together: `keeping`, `sealing`, `keep`,
 * index.lock, `lock`. `lock` is the ingest lock: held for moments, never over a call of the system
 * that may wait. */
#ifndef YH_METER_ENGINE_H
#define YH_METER_ENGINE_H

#include "meter/backend.h"
#include "meter/block.h"
#include "meter/journal.h"
#include "meter/manifest.h"
#include "meter/serieslog.h"

/* A segment in use. */
struct yh_live {
	struct yh_seg *seg;
	struct yh_manifest_segment of;
};
/* The segments of one moment; held by who reads them. */
struct yh_segs {
	_Atomic uint32_t refs;
	size_t n;
	struct yh_live s[];
};

/* What is needed to take a body in; used again from a pool. */
struct yh_intake {
	struct yh_intake *next;
	struct yh_wire wire;
	uint32_t *numbers; /* of its series; 0: not known yet, or refused */
	uint8_t *why;      /* enum yh_refusal */
	uint32_t *refused; /* ordinals, for the journal */
	size_t cap, n_refused;
	uint32_t scope;
	int64_t received_ms, late_ms, future_ms;
};

enum yh_refusal { YH_TAKEN, YH_INVALID, YH_FOREIGN, YH_LIMIT };

struct yh_engine {
	struct yh_meter base;
	char *path;
	int dir, lock_file;
	struct yh_index index;
	struct yh_serieslog log;
	struct yh_journal *journal;

	pthread_mutex_t lock;
	pthread_cond_t room; /* a block was sealed */
	pthread_cond_t work; /* there is one to seal, or a thread shall end */
	struct yh_block *open[2];
	unsigned active; /* which takes rows; the other, when there, is full and being sealed */
	struct yh_segs *segs;
	struct yh_meter_status count;
	uint64_t damage_seen[64];
	uint64_t replaying; /* the record being read again; 0: none */
	bool stop, keep_failed;
	struct yh_intake *pool;
	size_t n_pool;

	pthread_mutex_t keeping; /* one merges at a time */
	pthread_mutex_t sealing; /* one seals at a time */
	pthread_mutex_t keep;    /* the manifest, and file numbers */
	struct yh_manifest manifest;
	_Atomic int64_t sealed_ms; /* when a segment came last, by the clock */
	pthread_t sealer, keeper;
	bool has_sealer, has_keeper;
};

static inline struct yh_engine *yh_engine_of(struct yh_meter *m)
{
	return (struct yh_engine *)(void *)m;
}

int64_t yh_engine_now_ms(const struct yh_engine *e);
/* A yh_damage_fn: counts, and keeps the first. */
void yh_engine_damaged(void *engine, const char *file, int64_t at);
/* The same for what a segment said in its error. */
void yh_engine_damaged_seg(struct yh_engine *e, const struct yh_seg *seg, const struct yh_err *err);

/* ---- writing (engine_write.c, engine_resolve.c, engine_replay.c) ---- */

YH_CHECK enum yh_rc yh_engine_write(struct yh_meter *m, struct yh_meter_write *w,
				    struct yh_err *err);
void yh_engine_owner_changed(struct yh_meter *m, const char *resource_no);
struct yh_intake *yh_intake_take(struct yh_engine *e);
void yh_intake_give(struct yh_engine *e, struct yh_intake *in);
void yh_intake_free(struct yh_intake *in);
YH_CHECK bool yh_intake_room(struct yh_intake *in);
/* Numbers for the series that have none (numbers 0, why TAKEN), or why not. `ask`: who may write is
 * asked and settled; else it was decided before, and limits do not count. */
YH_CHECK enum yh_rc yh_engine_resolve(struct yh_engine *e, struct yh_intake *in,
				      const struct yh_meter_scope *scope, bool ask,
				      struct yh_err *err);
/* Why series i was refused, as an error. */
void yh_engine_explain(struct yh_engine *e, const struct yh_intake *in,
		       const struct yh_meter_scope *scope, size_t i, struct yh_err *why);
/* Room for the intake's rows in the active block. BUSY "meter-busy". Under `lock`, given up while
 * it waits. */
YH_CHECK enum yh_rc yh_engine_room(struct yh_engine *e, const struct yh_intake *in, bool wait,
				   struct yh_err *err);
/* Appends; adds up what became of it. Under `lock`, with room. */
void yh_engine_append(struct yh_engine *e, const struct yh_intake *in, uint64_t seq,
		      struct yh_meter_written *out);
YH_CHECK enum yh_rc yh_engine_replay(struct yh_engine *e, uint64_t *last_seq, struct yh_err *err);

/* ---- sealing and keeping (engine_seal.c, heads.c, engine_keep.c) ---- */

/* Seals what is full and, with `all`, what is open. */
YH_CHECK enum yh_rc yh_engine_seal(struct yh_engine *e, bool all, struct yh_err *err);
void *yh_engine_sealer(void *engine);
void *yh_engine_keeper(void *engine);
/* Merges and drops until nothing is to be done at `now_ms`; `all`: what still gathers too. */
YH_CHECK enum yh_rc yh_engine_keep(struct yh_engine *e, int64_t now_ms, bool all,
				   struct yh_err *err);
/* The path of a segment's file, in `out`. */
enum { YH_SEG_PATH = 4096 };
void yh_engine_seg_path(const struct yh_engine *e, uint32_t no, char out[YH_SEG_PATH]);
struct yh_segs *yh_segs_hold(struct yh_engine *e); /* takes `lock` */
void yh_segs_release(struct yh_segs *s);
/* A copy without those numbered `gone`, with `more`; NULL without memory. Holds the segments. */
struct yh_segs *yh_segs_with(const struct yh_segs *s, const uint32_t *gone, size_t n_gone,
			     const struct yh_live *more, size_t n_more);

/* The last sealed instant and value of each series, as a file. */
YH_CHECK enum yh_rc yh_heads_save(struct yh_engine *e, uint32_t no, struct yh_err *err);
YH_CHECK enum yh_rc yh_heads_load(struct yh_engine *e, uint32_t no, struct yh_err *err);

/* ---- copying (engine_copy.c) ---- */

YH_CHECK enum yh_rc yh_engine_copy(struct yh_meter *m, int to, struct yh_err *err);

/* ---- reading (query*.c) ---- */

enum yh_rc yh_engine_latest(struct yh_meter *m, const struct yh_meter_select *what, uint64_t after,
			    uint64_t *mark, yh_meter_latest_fn visit, void *arg,
			    struct yh_err *err);
enum yh_rc yh_engine_history(struct yh_meter *m, const struct yh_meter_select *what,
			     int64_t from_ms, int64_t to_ms, int64_t step_ms,
			     yh_meter_history_fn visit, void *arg, struct yh_err *err);
enum yh_rc yh_engine_samples(struct yh_meter *m, const struct yh_meter_select *what,
			     int64_t from_ms, int64_t to_ms, size_t limit,
			     yh_meter_samples_fn visit, void *arg, struct yh_err *err);
enum yh_rc yh_engine_scan(struct yh_meter *m, const struct yh_meter_scan *scan,
			  yh_meter_scan_fn visit, void *arg, struct yh_err *err);

#endif
