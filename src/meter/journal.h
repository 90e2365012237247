/* The journal: received bodies as they are, with what was decided about them, synced together.
 *
 * Preallocated files "journal-%08x", their numbers growing; a record begins at a multiple of 16,
 * under a tag keyed by the store's secret (so that no body can forge one) and names its file and
 * the record before it. What lies behind the last whole record of a file is of an older use or
 * torn; a broken one with whole ones behind it is damage, and is stepped over.
 *
 * One thread writes whatever has gathered and syncs it, then tells each. Before, `before` is called
 * to make durable what the records need. A file whose sync failed is never written again. */
#ifndef YH_METER_JOURNAL_H
#define YH_METER_JOURNAL_H

#include <sys/types.h>

#include "meter/wire.h"

struct yh_journal;

/* The system's calls, so that tests may fail them. */
struct yh_journal_io {
	int (*fallocate)(int fd, int mode, off_t at, off_t n);
	ssize_t (*pwrite)(int fd, const void *p, size_t n, off_t at);
	int (*fdatasync)(int fd);
};
extern const struct yh_journal_io yh_journal_io_real;

/* What is kept of a body besides itself. */
struct yh_record {
	uint64_t seq;
	int64_t received_ms;
	int64_t late_ms, future_ms; /* as they were then; late INT64_MAX: of any age */
	enum yh_meter_form form;
	char kind[12], code[64];
	struct yh_id about;
	const uint32_t *refused; /* ordinals of series, ascending */
	size_t n_refused;
	const void *body;
	size_t n;
};

struct yh_journal_config {
	int dir;
	size_t file_bytes;
	const struct yh_wire_seed *secret;
	const struct yh_journal_io *io;
	bool unsafe_no_sync;
	enum yh_rc (*before)(void *arg, struct yh_err *err);
	void *arg;
};

/* A record on its way; filled by _make, handed over by _put, freed by the journal after `done`. */
struct yh_journal_item {
	struct yh_journal_item *next;
	void (*done)(struct yh_journal_item *item, enum yh_rc rc, const struct yh_err *err);
	void *arg;
	uint64_t seq;
	unsigned char *head; /* record head and what precedes the body; NULL: nothing to write */
	size_t head_len;
	const void *body; /* borrowed until done */
	size_t body_len;
	bool own_body;
};

/* ---- reading, before writing begins ---- */

typedef void (*yh_damage_fn)(void *arg, const char *file, int64_t at);
typedef enum yh_rc (*yh_record_fn)(void *arg, const struct yh_record *r, struct yh_err *err);

/* Opens the folder's journal; nothing is written yet. */
YH_CHECK enum yh_rc yh_journal_open(const struct yh_journal_config *cfg, struct yh_journal **out,
				    struct yh_err *err);
/* Every whole record from `from_seq` on, in order. Files are cut to what they hold. */
YH_CHECK enum yh_rc yh_journal_replay(struct yh_journal *j, uint64_t from_seq, yh_record_fn visit,
				      yh_damage_fn damaged, void *arg, struct yh_err *err);

/* ---- writing ---- */

/* Starts the thread; records get numbers above `above` and all that were read. */
YH_CHECK enum yh_rc yh_journal_start(struct yh_journal *j, uint64_t above, struct yh_err *err);
/* Writes what is left, an end mark, and closes. */
void yh_journal_close(struct yh_journal *j);

/* NULL without memory. A record NULL: nothing to write, only to be told in turn. */
struct yh_journal_item *yh_journal_make(const struct yh_journal *j, const struct yh_record *r);
void yh_journal_drop(struct yh_journal_item *item);
/* The number the next record will get. The caller serialises _next and _put. */
uint64_t yh_journal_next(struct yh_journal *j);
void yh_journal_put(struct yh_journal *j, struct yh_journal_item *item);
/* May a body of n bytes be taken now? BUSY "meter-busy": too much waits. STORAGE: the last write
 * failed and the disk still has no room. */
YH_CHECK enum yh_rc yh_journal_admit(struct yh_journal *j, size_t n, struct yh_err *err);
/* Calls `before` as the thread would: what records need is durable then. */
YH_CHECK enum yh_rc yh_journal_prepare(struct yh_journal *j, struct yh_err *err);
/* Waits until all that was put is written or has failed. */
void yh_journal_drain(struct yh_journal *j);
/* Records before `seq` are not needed any more: their files are used again or removed. Nothing
 * before the thread is started. */
void yh_journal_release(struct yh_journal *j, uint64_t seq);

/* How much of each file is whole and on the disk; nothing of that changes before the next release.
 */
struct yh_journal_extent {
	uint32_t no; /* of file "journal-%08x" */
	int64_t bytes;
};
/* All that was told to be written is in it. malloc'd; free it. */
YH_CHECK enum yh_rc yh_journal_extents(struct yh_journal *j, struct yh_journal_extent **out,
				       size_t *n, struct yh_err *err);

struct yh_journal_status {
	uint64_t bytes, syncs; /* bytes: on disk */
	bool full;
};
void yh_journal_status(struct yh_journal *j, struct yh_journal_status *out);

#endif
