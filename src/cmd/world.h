/* Wiring: a store, its law book and messages, ready for services. */
#ifndef YH_CMD_WORLD_H
#define YH_CMD_WORLD_H

#include "cases/context.h"
#include "law/messages.h"
#include "notify/notify.h"
#include "services/meter/follow.h"
#include "services/policy/book.h"

struct yh_open_world {
	struct yh_world world;
	struct yh_clock clock;
	struct yh_book *book;
	struct yh_messages *messages;
	struct yh_categories *categories;
	struct yh_meter_follower follower;
	struct yh_counts counts;
	struct yh_clouds *clouds;
	struct yh_ring *ring;
};

struct yh_world_config {
	const char *data;     /* data directory; the embedded store is DATA/yunheng.db */
	const char *database; /* "postgresql://…"; NULL: embedded */
	bool create;          /* make the data directory */
	bool migrate;         /* bring an outer database up to date */
	bool no_sync;         /* fault injection */
	/* The keys that fields are sealed under; NULL: DATA.key, beside the data directory. */
	const char *field_key;
	bool seals; /* makes the file where there is none; with `create`, too */
	unsigned readers, writers;
};

/* Opens everything; the clock is the machine's, put ahead as the store says. On failure nothing
 * stays open.
 *
 * What was sealed under a key that the file does not have: NOT_FOUND "field-key-lost" (figure key;
 * field: the file that was looked at).
 * As yh_ring_load and yh_ring_outside besides. A program that neither makes a store nor seals may
 * do without the file. */
YH_CHECK enum yh_rc yh_world_open(const struct yh_world_config *cfg, struct yh_open_world *out,
				  struct yh_err *err);
void yh_world_close(struct yh_open_world *w);

/* Opens the meter of a server: an outer store by its URL, or the embedded one in DATA/meter. It is
 * closed with the world. */
YH_CHECK enum yh_rc yh_world_open_meter(struct yh_open_world *w, const char *data, const char *url,
					bool no_sync, struct yh_err *err);

/* Reads what fulfils on which cloud (clouds/clouds.h; NULL: people everywhere). BAD_INPUT
 * "cloud-unknown" (field FILE:LINE) for one that the store does not have. Closed with the world. */
YH_CHECK enum yh_rc yh_world_open_clouds(struct yh_open_world *w, const char *file,
					 struct yh_err *err);

/* Brings the pack named `pack` (a folder of the policy folder, or a path) and the calendars in.
 * `at_once`: the reason for putting it in force without two persons; NULL: it waits for them. */
YH_CHECK enum yh_rc yh_world_install(struct yh_open_world *w, const char *pack, const char *at_once,
				     yh_time now, struct yh_err *err);

/* Makes the clock of a new store one that can be turned (see jobs/jobs.h). */
YH_CHECK enum yh_rc yh_world_make_clock(struct yh_open_world *w, struct yh_err *err);

/* Runs `fn` in one write transaction as the system itself. */
typedef enum yh_rc (*yh_system_fn)(struct yh_ctx *cx, void *arg, struct yh_err *err);
YH_CHECK enum yh_rc yh_world_do(struct yh_open_world *w, yh_system_fn fn, void *arg,
				struct yh_err *err);

#endif
