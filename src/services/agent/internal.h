/* What the files about agents share; nobody else includes this. */
#ifndef YH_SERVICES_AGENT_INTERNAL_H
#define YH_SERVICES_AGENT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/seal.h"
#include "services/agent/agents.h"
#include "services/policy/govern.h"

/* What this room does rests on what the pack says of this action. */
#define YH_AGENT_ACTION "agent.manage"

enum { STRIPES = 64, NOTES_BATCH = 500, NOTES_MOST = 200000, DOUBT_S = 30 };

/* A note on its way to the store. */
struct note_item {
	struct note_item *next;
	struct yh_id id, agent, resource;
	yh_time noticed_at;
	struct yh_agent_note note;
	struct yh_sm3 binary, config; /* with has_seen */
	bool has_seen;
};

struct slot {
	struct yh_agent_state state; /* by the stripe of its id */
	yh_time doubt_until;         /* the store may say otherwise by now: it is asked each time */
};

struct yh_agents {
	const struct yh_world *world;
	struct yh_agent_sink sink;
	bool has_sink;
	struct yh_sm2 *key;
	unsigned char point[YH_SM2_POINT], finger[YH_AGENT_FINGER];
	struct yh_sealing sealing;
	yh_time up_since, scanned_at;
	struct yh_id absent_after; /* where the round over all resources has come to */

	pthread_rwlock_t table_lock;
	struct slot **table; /* open addressing by id */
	size_t cap, n;
	pthread_mutex_t stripes[STRIPES];

	pthread_mutex_t notes_lock;
	pthread_cond_t notes_idle;
	struct note_item *waiting, **waiting_end, *writing;
	size_t n_waiting;
	bool busy;
	struct yh_write write;

	pthread_mutex_t rate_lock;
	yh_time unknown_at, enrol_at; /* token buckets, by when they were empty last */
	_Atomic uint64_t batches, repeated, behind, bad_macs, refused, notes;
};

/* roster.c */
struct slot *yh_roster_find(struct yh_agents *a, const struct yh_id *id);
pthread_mutex_t *yh_roster_lock(struct yh_agents *a, const struct yh_id *id);
/* Enters or refreshes an agent from its row. BUSY "memory-short"; INTERNAL "seal-broken". */
YH_CHECK enum yh_rc yh_roster_put(struct yh_agents *a, const struct yh_agent_row *row,
				  struct yh_err *err);
typedef void (*yh_roster_fn)(void *arg, struct slot *s);
/* Each, under its lock. */
void yh_roster_each(struct yh_agents *a, yh_roster_fn fn, void *arg);
void yh_roster_free(struct yh_agents *a);
YH_CHECK enum yh_rc yh_roster_load(struct yh_agents *a, struct yh_err *err);

/* notes.c: queues what was noted about the agent; `head` (may be NULL) is what it said. */
void yh_notes_add(struct yh_agents *a, const struct yh_agent_state *s,
		  const struct yh_agent_notes *notes, const struct yh_agent_head *head,
		  yh_time now);
/* Writes in the background what waits, unless that is under way. */
void yh_notes_kick(struct yh_agents *a);
void yh_notes_wait(struct yh_agents *a);

/* keys.c */
YH_CHECK enum yh_rc yh_agents_load_keys(struct yh_agents *a, const char *dir, struct yh_ring *ring,
					struct yh_err *err);

/* At most `rate` a second, `burst` at once; *at is the bucket's. */
bool yh_agents_admit(struct yh_agents *a, yh_time *at, yh_time now, int64_t rate, int64_t burst);

#endif
