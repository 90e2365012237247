/* Who acts, when, under which law: what every use case is given. */
#ifndef YH_CASES_CONTEXT_H
#define YH_CASES_CONTEXT_H

#include <stdatomic.h>

#include "base/arena.h"
#include "db/exec.h"
#include "law/messages.h"
#include "law/pack.h"

/* A role held on the day of the request, directly or by delegation. */
struct yh_grant {
	const char *role; /* "econ_info" */
	struct yh_id org;
	const char *org_name;
	const char *district; /* of the organisation, "" for the city */
	bool closed;          /* the organisation has ended: it files nothing any more */
	const char *capacity; /* "handle", "review" or "sign" */
	struct yh_id giver;   /* whose delegation it is; zero: held by the person */
	const char *scope;    /* may only look, at these kinds of things; "" (or NULL): not so */
};

struct yh_actor {
	struct yh_id person; /* zero: the system itself (scheduler, import) */
	struct yh_id owner;  /* of a program: the person who answers for it; else zero */
	struct yh_id token;  /* the session or bearer token it came with; zero: none */
	const char *login;
	const char *name;
	const struct yh_grant *grants;
	size_t n_grants;
	const char *scopes; /* of the token: "all", or "read" */
	const char *source; /* network address, or "local" */
	const char *nouns;  /* of the token: the kinds of things it is for; "" (or NULL): all */
	yh_time idle_us;    /* after so long without a use the session ends; 0: as usual */
	bool must_change;   /* only the password may be changed */
	bool has_factor;    /* a second factor is enrolled */
	bool proven;        /* and was shown for this session or token */
	bool is_session;
	char clearance[32]; /* named for the account, a label of the pack; "": as the roles have it
			     */
	bool far;           /* acted at the other side of the link: no account here, zero person */
};

/* The agents of the city, in memory (services/agent). */
struct yh_agents;
struct yh_actors;
struct yh_meter;
struct yh_meter_keys;
struct yh_documents;
/* What fulfils on which cloud (src/clouds). */
struct yh_clouds;
struct yh_jobs;
/* What tells persons of notices (src/notify). */
struct yh_notify;
/* The districts' link (src/link). */
struct yh_link;
/* Where a server puts its backups (services/backup). */
struct yh_backups;
struct yh_sealer;
/* Who else vouches for people (services/issuer). */
struct yh_issuers;
/* What was refused, on its way into the record (services/audit). */
struct yh_refusals;
/* Sends the record to a collector (services/audit). */
struct yh_audit_feed;
struct yh_trial;
/* What changes, for those who follow it live (services/overview). */
struct yh_pulse;
/* The figures of the whole city, found out once for all who look (src/api). */
struct yh_city_board;

/* What the program counts of itself. */
struct yh_counts {
	_Atomic uint64_t jobs_done, jobs_failed;
	_Atomic int64_t jobs_waiting, jobs_due, jobs_failing; /* as last counted */
	_Atomic int64_t jobs_oldest_due; /* yh_time; 0: none that has not failed is due */
	_Atomic int64_t jobs_alive_ms;   /* monotonic: when the scheduler last got on */
	_Atomic int64_t last_pass;       /* yh_time of the scheduler's last whole pass */
	/* deliveries by mail and by webhook: what became of them, and how many wait */
	_Atomic uint64_t notices_given, sent[2], put_off[2], failed[2], given_up[2];
	_Atomic int64_t waiting[2];
	_Atomic int64_t security_open; /* security events that nobody took note of */
};

/* What a running program shares among requests. */
struct yh_world {
	struct yh_exec *exec;
	struct yh_clock *clock;
	struct yh_idgen *ids;
	const struct yh_law_book *law; /* what the engine needs of them, see below */
	const struct yh_words *words;  /* the functions behind the vocabulary */
	struct yh_actors *actors; /* remembered credentials, of services/identity; may be NULL */
	struct yh_agents *agents; /* NULL in programs that serve none */
	struct yh_meter *meter;   /* NULL: a program without one */
	struct yh_meter_keys *meter_keys;   /* remembered tokens, of services/meter; likewise */
	struct yh_notify *notify;           /* NULL in programs that serve none */
	struct yh_link *link;               /* likewise */
	struct yh_backups *backups;         /* likewise */
	struct yh_counts *counts;           /* NULL: nothing is counted */
	struct yh_documents *documents;     /* NULL: a program that keeps none */
	const struct yh_clouds *clouds;     /* NULL: people fulfil everywhere */
	struct yh_jobs *jobs;               /* the scheduler; NULL in programs that run none */
	const char *keys_dir;               /* the server's own keys; NULL: none are held */
	struct yh_sealer *sealer;           /* of services/audit: signs; NULL: nothing is signed */
	struct yh_refusals *refusals;       /* NULL: nobody notes what was refused */
	struct yh_audit_feed *audit_feed;   /* NULL: the record is sent nowhere */
	struct yh_city_board *city;         /* likewise */
	struct yh_pulse *pulse;             /* NULL in programs that serve none */
	struct yh_issuers *issuers;         /* NULL: none is set up */
	const struct yh_messages *messages; /* NULL: slugs stand for their sentences */
};

/* The engine's view of packs and calendar, filled by services/policy. */
struct yh_law_book {
	void *self;
	/* Asked first in a transaction that will reckon, with the mark of the law (store/mark.h) it
	 * reads: takes over what another server brought in since. NULL: the law never changes. */
	enum yh_rc (*refresh)(void *self, struct yh_tx *tx, int64_t mark, struct yh_err *err);
	/* The pack in force on `day` (for what is filed), or the one stored under `digest` (for
	 * what was filed); NOT_FOUND "pack-none". Borrowed for the life of the context. */
	enum yh_rc (*pack_on)(void *self, yh_day day, const struct yh_pack **out,
			      struct yh_err *err);
	enum yh_rc (*pack_by)(void *self, const struct yh_sm3 *digest, const struct yh_pack **out,
			      struct yh_err *err);
	const struct yh_calendar *(*calendar)(void *self);
};

/* One use case in one transaction. */
struct yh_ctx {
	struct yh_tx *tx;
	const struct yh_world *world;
	const struct yh_actor *actor;
	yh_time now;
	struct yh_arena *arena; /* lives until the reply is sent */
	struct yh_trial *trial; /* of cases/trial.h: what happens is taken back; NULL: for good */
};

static inline yh_day yh_ctx_today(const struct yh_ctx *cx)
{
	return yh_day_of(cx->now);
}

static inline struct yh_id yh_ctx_new_id(const struct yh_ctx *cx)
{
	return yh_id_new(cx->world->ids, cx->now);
}

/* May the actor only look? Then *sees (may be NULL) is whether at things of the noun, too. */
bool yh_actor_reads_only(const struct yh_actor *a, const char *noun, size_t len, bool *sees);

/* Is the token for things of the noun? */
bool yh_actor_touches(const struct yh_actor *a, const char *noun, size_t len);

/* Does the actor hold `role` in `org` today? NULL org: in any organisation. */
const struct yh_grant *yh_actor_grant(const struct yh_actor *a, const char *role,
				      const struct yh_id *org);
/* As above, with the capacity to sign. */
const struct yh_grant *yh_actor_signs(const struct yh_actor *a, const char *role,
				      const struct yh_id *org);
/* Does the actor answer for what is the organisation's, with that capacity (NULL: any)? By own
 * grants alone: not whoever is lent a role, or only reads. */
bool yh_actor_answers(const struct yh_actor *a, const struct yh_id *org, const char *capacity);

#endif
