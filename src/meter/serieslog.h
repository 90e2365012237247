/* The series log: every interned pair and every series with its number, in blocks of a few KiB
 * under their own checksums, appended.
 *
 * A damaged block costs only what it held: its numbers stay taken, its series are unknown. */
#ifndef YH_METER_SERIESLOG_H
#define YH_METER_SERIESLOG_H

#include "base/buf.h"
#include "meter/index.h"

struct yh_serieslog_extent {
	uint32_t pairs, series;
};

struct yh_serieslog {
	int dir, fd;
	int64_t end;            /* of what is durable */
	struct yh_buf waiting;  /* blocks not yet written; under the index's lock */
	struct yh_buf writing;  /* taken out of it by the writing thread */
	uint32_t pairs, series; /* up to which numbers blocks were made */
	bool distrusted;        /* a sync failed: the file is to be written anew */
	_Atomic uint64_t bytes;
	struct yh_serieslog_extent taken; /* up to which numbers `writing` goes */
	_Atomic uint64_t durable;         /* and the disk: pairs << 32 | series */
};

/* Called for each damaged place, when reading. */
typedef void (*yh_damage_fn)(void *arg, const char *file, int64_t at);

/* Reads file "series" of the folder into the empty index, and cuts off a torn end. `least` was
 * durable before: when the end does not reach it, it is damaged, and what is missing stays taken,
 * for segments know those numbers. */
YH_CHECK enum yh_rc yh_serieslog_open(struct yh_serieslog *l, int dir, struct yh_index *x,
				      struct yh_serieslog_extent least, yh_damage_fn damaged,
				      void *arg, struct yh_err *err);
void yh_serieslog_close(struct yh_serieslog *l);
struct yh_serieslog_extent yh_serieslog_durable(struct yh_serieslog *l);

/* Puts what the index has new, all of it of `scope`, into blocks. Under the lock, for writing.
 * False: no memory. */
YH_CHECK bool yh_serieslog_note(struct yh_serieslog *l, const struct yh_index *x, uint32_t scope);
/* Writes and syncs what waits; the journal's thread alone. */
YH_CHECK enum yh_rc yh_serieslog_flush(struct yh_serieslog *l, struct yh_index *x, bool sync,
				       struct yh_err *err);

#endif
