/* Webhooks: where an organisation wants its notices sent, one after the other. */
#ifndef YH_STORE_WEBHOOK_H
#define YH_STORE_WEBHOOK_H

#include "base/seal.h"
#include "store/delivery.h"
#include "store/notify.h"

enum {
	YH_WEBHOOK_SECRET = 32,
	YH_WEBHOOK_SEALED = YH_WEBHOOK_SECRET + YH_SEAL_EXTRA,
	YH_WEBHOOK_KEY = 8,
};

struct yh_webhook {
	struct yh_id id, org;
	char role[32];      /* whose notices: those to this role of the organisation; */
	struct yh_id cloud; /* or, not zero, all about cases of a cloud it is a body of */
	const char *label, *url;
	const char *categories;               /* separated by blanks, "": all */
	char algorithm[8];                    /* sha256, sm3 */
	unsigned char key_id[YH_WEBHOOK_KEY]; /* names the key that seals the secrets */
	unsigned char secret[YH_WEBHOOK_SEALED], old_secret[YH_WEBHOOK_SEALED];
	yh_time old_until;     /* the former secret signs, too, until then; 0: there is none */
	char state[12];        /* on, off (its owner's wish), stopped (after long failure) */
	int64_t next_pos;      /* of the next notice */
	int64_t fails;         /* in a row */
	yh_time failing_since; /* 0: it does not fail */
	char fault[56];        /* of the last try, "" */
	yh_time next_at;       /* not before */
	struct yh_id created_by;
	yh_time created_at, changed_at;
	/* joined for reading */
	char org_code[64], cloud_code[32];
	const char *org_name;
	int64_t waiting;
};
YH_CHECK enum yh_rc yh_webhook_insert(struct yh_tx *tx, const struct yh_webhook *w,
				      struct yh_err *err);
/* NOT_FOUND "webhook-unknown", also for one that was deleted. */
YH_CHECK enum yh_rc yh_webhook_load(struct yh_tx *tx, const struct yh_id *id,
				    struct yh_arena *arena, struct yh_webhook *out,
				    struct yh_err *err);
/* Those of an organisation's role (org zero: all) behind `after`, by id. */
YH_CHECK enum yh_rc yh_webhook_list(struct yh_tx *tx, const struct yh_id *org, const char *role,
				    const struct yh_id *after, uint32_t limit,
				    struct yh_arena *arena, struct yh_webhook **out, size_t *n,
				    struct yh_err *err);
/* How many an organisation has. */
YH_CHECK enum yh_rc yh_webhook_count(struct yh_tx *tx, const struct yh_id *org, int64_t *n,
				     struct yh_err *err);
/* Writes label, url, categories, secrets and state; what failed before is forgotten. */
YH_CHECK enum yh_rc yh_webhook_update(struct yh_tx *tx, const struct yh_webhook *w,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_webhook_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				   struct yh_err *err);

/* A webhook that a notice concerns, by its own role or its cloud, whatever the category. */
struct yh_webhook_fit {
	struct yh_id id;
	const char *categories;
};
YH_CHECK enum yh_rc yh_webhook_fits(struct yh_tx *tx, const struct yh_new_notice *n,
				    struct yh_arena *arena, struct yh_webhook_fit **out,
				    size_t *count, struct yh_err *err);
/* Hands out the next position. */
YH_CHECK enum yh_rc yh_webhook_pos(struct yh_tx *tx, const struct yh_id *id, int64_t *pos,
				   struct yh_err *err);

/* The webhook with something to send that waited longest, for the claim's holder alone until the
 * claim runs out. `key_id`: only those whose secrets this server can read; `sound`: only such as
 * did not fail last time, so that those which do never take every worker. */
YH_CHECK enum yh_rc yh_webhook_claim(struct yh_tx *tx, const struct yh_claim *c,
				     const unsigned char key_id[YH_WEBHOOK_KEY], bool sound,
				     struct yh_arena *arena, bool *found, struct yh_webhook *out,
				     struct yh_err *err);
/* Is there one? */
YH_CHECK enum yh_rc yh_webhook_due(struct yh_tx *tx, yh_time now,
				   const unsigned char key_id[YH_WEBHOOK_KEY], bool sound,
				   bool *any, struct yh_err *err);
/* Notes how it fares: fails, failing_since, fault, next_at, and the state where it became stopped;
 * the claim holds until `until` (0: it ends). Nothing when another holds it. */
YH_CHECK enum yh_rc yh_webhook_fared(struct yh_tx *tx, const struct yh_webhook *w,
				     const struct yh_id *holder, yh_time until, struct yh_err *err);
/* Ends every claim: for the only server of a store, when it starts. */
YH_CHECK enum yh_rc yh_webhook_release(struct yh_tx *tx, struct yh_err *err);

#endif
