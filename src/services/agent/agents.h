/* The agents of the city: who may send, what has come, what there is to note (Art. 25).
 *
 * The whole roster lives in memory, so that a batch costs no SQL: a digest, a comparison and what
 * the meter takes. Numbers are kept durable by the batches themselves, which carry theirs as a
 * series. What is noticed is written in the background, once for each occurrence. Thread-safe. */
#ifndef YH_SERVICES_AGENT_AGENTS_H
#define YH_SERVICES_AGENT_AGENTS_H

#include "cases/context.h"
#include "services/agent/judge.h"
#include "store/agent.h"

struct yh_agents;

/* A body for the meter; `done` follows when it is durable, on any thread, and then rc is set. */
struct yh_agent_taking {
	struct yh_id resource;
	const char *resource_no;
	const void *body;
	size_t n;
	yh_time received_at;
	void (*done)(struct yh_agent_taking *t);
	void *arg;
	enum yh_rc rc;
	struct yh_err err;
	void *sink; /* the sink's own */
};
typedef bool (*yh_agent_latest_fn)(void *arg, const char *resource_no, int64_t at_ms, double value);
/* Where samples go and come from; the meter, in the server. */
struct yh_agent_sink {
	void *self;
	/* When it fails, `done` is not called and nothing was taken. */
	enum yh_rc (*take)(void *self, struct yh_agent_taking *t, struct yh_err *err);
	/* The last sample of `metric` of some resources, or (n 0) of all. */
	enum yh_rc (*latest)(void *self, const char *metric, const char *const *resource_nos,
			     size_t n, yh_agent_latest_fn visit, void *arg, struct yh_err *err);
};

/* Reads the roster. `keys` is the folder of the server's keys: agents.pem, the SM2 key that codes
 * name, and agents.seal, under which the agents' own keys lie in the store; both are made (0600)
 * when they are missing. `sink` may be NULL: then batches are BUSY "meter-absent". */
YH_CHECK enum yh_rc yh_agents_open(const struct yh_world *world, const char *keys,
				   const struct yh_agent_sink *sink, struct yh_agents **out,
				   struct yh_err *err);
/* Writes what is still to be noted. NULL is allowed. */
void yh_agents_close(struct yh_agents *a);

/* A batch, from the call to its end; the caller's memory until `done`, which comes on any thread.
 */
struct yh_agent_batch {
	struct yh_id agent;
	const char *head, *mac; /* the headers as they came; NULL: missing */
	const void *body;
	size_t n;
	const char *source;
	void (*done)(struct yh_agent_batch *b);
	void *arg;
	/* the result */
	enum yh_rc rc;
	struct yh_err err;
	struct yh_agent_answer answer;
	struct yh_sm3 answer_mac;
	/* our own */
	struct yh_agents *agents;
	struct yh_agent_head parsed;
	struct yh_sm3 digest;
	struct yh_agent_taking taking;
};
/* `done` follows in any case, perhaps before this returns. Results: BAD_INPUT
 * "agent-batch-invalid"; UNAUTHENTICATED "agent-mac-wrong"; FORBIDDEN "agent-revoked"; NOT_FOUND
 * "agent-unknown"; BUSY "agent-batch-pending", "meter-absent", and as the meter says. */
void yh_agents_take(struct yh_agents *a, struct yh_agent_batch *b);

/* What the store does not know of an agent. */
struct yh_agent_now {
	int64_t last;
	yh_time seen_at; /* 0: nothing came yet */
	int64_t offset_ms;
	uint16_t open; /* bits of enum yh_seen */
	enum yh_agent_kind last_kind;
	int64_t lost;
};
void yh_agents_now(struct yh_agents *a, const struct yh_id *id, struct yh_agent_now *out);

/* The scheduler's pass: agents changed meanwhile, silence, what has become quiet. Silence lasts
 * when the resource runs (as its provider says, otherwise as the register does) and nothing came
 * for `intervals` intervals; while this server was down nothing could come. What it notices is
 * written afterwards, by itself. One at a time, outside of transactions: the meter may take long.
 */
YH_CHECK enum yh_rc yh_agents_scan(struct yh_agents *a, yh_time now, int64_t intervals,
				   struct yh_arena *arena, struct yh_err *err);
/* Which resources must have an agent: those that run and whose item has all of the dimensions; and
 * after how many days from their opening, or from the end of the agent they had. */
struct yh_agent_duty {
	const char *dims[YH_CARRIER_DIMS]; /* "": none */
	int64_t days;
};
/* A part of the round over all resources: who should have an agent and has none is noted, what was
 * noted ends when it has one, or need not. What its provider says of a machine, while that is
 * fresh, counts for more than the register. */
YH_CHECK enum yh_rc yh_agents_look_for_absent(struct yh_agents *a, yh_time now,
					      const struct yh_agent_duty *duty,
					      struct yh_arena *arena, struct yh_err *err);
/* The scheduler's job, both of the above: world->agents may be NULL. */
enum { YH_AGENTS_SCAN_S = 15 };
YH_CHECK enum yh_rc yh_agents_scan_job(const struct yh_world *world, yh_time now,
				       struct yh_arena *arena, struct yh_err *err);
/* Writes what is to be noted, now, on the caller's thread (not the executor's). */
YH_CHECK enum yh_rc yh_agents_flush(struct yh_agents *a, struct yh_err *err);

struct yh_agents_stats {
	uint64_t agents, batches, repeated, behind, bad_macs, refused, notes;
};
void yh_agents_stats(struct yh_agents *a, struct yh_agents_stats *out);

#endif
