/* Monitoring agents (Art. 25), the codes they enrol with, and what was observed about them. */
#ifndef YH_STORE_AGENT_H
#define YH_STORE_AGENT_H

#include "base/digest.h"
#include "store/project_query.h"

enum { YH_AGENT_SEALED_MAX = 128 };

struct yh_agent_row {
	struct yh_id id, resource;
	unsigned char secret[YH_AGENT_SEALED_MAX]; /* sealed, see base/seal.h */
	size_t secret_n;
	char host[65], version[33];
	int64_t interval_s;
	struct yh_sm3 binary_ok, config_ok;     /* enrolled, or accepted since */
	struct yh_sm3 binary_seen, config_seen; /* the last ones that came */
	yh_time enrolled_at, revoked_at;        /* revoked_at 0: in force */
	struct yh_id enrolled_by;               /* who made the code */
	char revoked_as[16];                    /* "revoked", "replaced", "" */
	yh_time changed_at;
	char resource_no[40], resource_state[16]; /* read only */
};

YH_CHECK enum yh_rc yh_agent_insert(struct yh_tx *tx, const struct yh_agent_row *a,
				    struct yh_err *err);
/* NOT_FOUND "agent-unknown". */
YH_CHECK enum yh_rc yh_agent_load(struct yh_tx *tx, const struct yh_id *id,
				  struct yh_agent_row *out, struct yh_err *err);
/* Ends those in force of a resource, but for `but`; *n says how many. */
YH_CHECK enum yh_rc yh_agent_end_others(struct yh_tx *tx, const struct yh_id *resource,
					const struct yh_id *but, yh_time at, int64_t *n,
					struct yh_err *err);
YH_CHECK enum yh_rc yh_agent_end(struct yh_tx *tx, const struct yh_id *id, const char *as,
				 yh_time at, struct yh_err *err);
/* What was seen becomes what is accepted. */
YH_CHECK enum yh_rc yh_agent_accept(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_agent_set_seen(struct yh_tx *tx, const struct yh_id *id,
				      const struct yh_sm3 *binary, const struct yh_sm3 *config,
				      struct yh_err *err);

/* Every agent changed at or after `since`, with its resource's number and state; revoked ones only
 * when since > 0. A visit returns false to end early. */
typedef bool (*yh_agent_visit_fn)(void *arg, const struct yh_agent_row *a);
YH_CHECK enum yh_rc yh_agent_each(struct yh_tx *tx, yh_time since, yh_agent_visit_fn visit,
				  void *arg, struct yh_err *err);

/* The same, of those in force whose resource was destroyed at or after `since`. */
YH_CHECK enum yh_rc yh_agent_each_destroyed(struct yh_tx *tx, yh_time since,
					    yh_agent_visit_fn visit, void *arg, struct yh_err *err);

struct yh_agent_filter {
	struct yh_id id, unit, cloud, resource; /* zero: any */
	bool all;                               /* revoked ones, too */
	struct yh_id after;                     /* only older ones; zero: from the newest */
	uint32_t limit;
};
/* Newest first, of resources the viewer sees. */
YH_CHECK enum yh_rc yh_agent_page(struct yh_tx *tx, const struct yh_viewer *who,
				  const struct yh_agent_filter *f, struct yh_arena *arena,
				  struct yh_agent_row **out, size_t *n, struct yh_err *err);

struct yh_agent_code_row {
	struct yh_sm3 digest; /* of the code's secret */
	struct yh_id resource, made_by, agent;
	yh_time made_at, expires_at, used_at;
	struct yh_sm3 request; /* of the enrolment it was used by */
};
YH_CHECK enum yh_rc yh_agent_code_insert(struct yh_tx *tx, const struct yh_agent_code_row *c,
					 struct yh_err *err);
/* NOT_FOUND "agent-code-unknown". */
YH_CHECK enum yh_rc yh_agent_code_load(struct yh_tx *tx, const struct yh_sm3 *digest,
				       struct yh_agent_code_row *out, struct yh_err *err);
/* CONFLICT "agent-code-used" when another was quicker. */
YH_CHECK enum yh_rc yh_agent_code_use(struct yh_tx *tx, const struct yh_agent_code_row *c,
				      struct yh_err *err);

struct yh_observation_row {
	struct yh_id id, resource, agent; /* agent zero: that the resource has none */
	char kind[16];
	yh_time from_at, to_at, noticed_at; /* to_at 0: it still lasts */
	const char *evidence, *closing;     /* JSON; "" */
	struct yh_sm3 evidence_digest;
	char resource_no[40]; /* read only */
};
/* *inserted false: one of this kind about this agent, or about the resource without one, lasts
 * already. */
YH_CHECK enum yh_rc yh_observation_insert(struct yh_tx *tx, const struct yh_observation_row *o,
					  bool *inserted, struct yh_err *err);
/* Ends the one that lasts; *id is zero when there is none. */
YH_CHECK enum yh_rc yh_observation_close(struct yh_tx *tx, const struct yh_id *agent,
					 const char *kind, yh_time at, const char *closing,
					 struct yh_id *id, struct yh_err *err);
YH_CHECK enum yh_rc yh_observation_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				       const char *closing, struct yh_err *err);
/* Ends what lasts about other agents of the resource, or about its having none. */
YH_CHECK enum yh_rc yh_observation_end_others(struct yh_tx *tx, const struct yh_id *resource,
					      const struct yh_id *but, yh_time at,
					      const char *closing, struct yh_err *err);
/* (agent, kind) of every one that lasts about an agent. */
typedef void (*yh_observation_visit_fn)(void *arg, const struct yh_id *agent, const char *kind);
YH_CHECK enum yh_rc yh_observation_open_each(struct yh_tx *tx, yh_observation_visit_fn visit,
					     void *arg, struct yh_err *err);

/* Whether a resource has its agent. */
enum { YH_CARRIER_DIMS = 4 };
struct yh_carrier {
	struct yh_id resource, open; /* open: the observation that it has none; zero: none lasts */
	char no[40];
	bool running, carries, watched; /* carries: its item has every one of the dimensions */
	yh_time opened_at, revoked_at;  /* revoked_at: the last agent's; 0: there was none */
};
typedef void (*yh_carrier_fn)(void *arg, const struct yh_carrier *c);
/* The next `limit` resources by id behind `after`; *n says how many there were. */
YH_CHECK enum yh_rc yh_carrier_each(struct yh_tx *tx, const struct yh_id *after,
				    const char *const dims[YH_CARRIER_DIMS], uint32_t limit,
				    yh_carrier_fn visit, void *arg, size_t *n, struct yh_err *err);

struct yh_observation_filter {
	struct yh_id unit, cloud, resource, agent, after;
	const char *kind; /* "": any */
	bool open;        /* only those that last */
	uint32_t limit;
};
YH_CHECK enum yh_rc yh_observation_page(struct yh_tx *tx, const struct yh_viewer *who,
					const struct yh_observation_filter *f,
					struct yh_arena *arena, struct yh_observation_row **out,
					size_t *n, struct yh_err *err);

#endif
