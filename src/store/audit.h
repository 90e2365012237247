/* The audit chain (X1): events get a position and are linked by SM3, each record over its
 * predecessor; checkpoints are signed with SM2.
 *
 *   record = SM3 of id, at, kind, case, object kind and id, person, role, org, article, outcome,
 *            reason, before, after, source, digest of the payload; each led by its length
 *   chain  = SM3 of the former chain (32 zero bytes at first), the position (8 bytes), the record
 * A payload may be blanked later: its digest stays, and the chain still holds. */
#ifndef YH_STORE_AUDIT_H
#define YH_STORE_AUDIT_H

#include "base/digest.h"
#include "db/db.h"

/* Takes (or keeps) the lease `name` for `holder` until `until`; *held false: another has it. One
 * that lies more than twice as far ahead was set under a clock that has been set back since, and
 * is nobody's: servers' clocks are less than a lease's length apart. */
YH_CHECK enum yh_rc yh_lease_take(struct yh_tx *tx, const char *name, const struct yh_id *holder,
				  yh_time now, yh_time until, bool *held, struct yh_err *err);

/* Seals up to `limit` events in the order of their ids; *sealed says how many. */
YH_CHECK enum yh_rc yh_audit_seal(struct yh_tx *tx, uint32_t limit, uint32_t *sealed,
				  struct yh_err *err);

/* Does any event wait for the sealer? */
YH_CHECK enum yh_rc yh_audit_waits(struct yh_tx *tx, bool *any, struct yh_err *err);

struct yh_checkpoint {
	int64_t pos; /* 0: nothing is sealed */
	struct yh_sm3 chain;
	yh_time at;
	struct yh_sm3 signer; /* digest of the signer's public key text */
	unsigned char signature[YH_SIG_MAX];
	size_t signature_len;
};
/* The newest sealed record as an unsigned checkpoint. */
YH_CHECK enum yh_rc yh_audit_head(struct yh_tx *tx, struct yh_checkpoint *out, struct yh_err *err);
/* What a checkpoint's signature is over. */
enum { YH_CHECKPOINT_BYTES = 8 + YH_SM3_BYTES + 8 };
void yh_checkpoint_bytes(const struct yh_checkpoint *c, unsigned char out[YH_CHECKPOINT_BYTES]);
YH_CHECK enum yh_rc yh_checkpoint_insert(struct yh_tx *tx, const struct yh_checkpoint *c,
					 struct yh_err *err);
/* The newest stored checkpoint; pos 0 when there is none. */
YH_CHECK enum yh_rc yh_checkpoint_last(struct yh_tx *tx, struct yh_checkpoint *out,
				       struct yh_err *err);

/* What verification found. */
struct yh_audit_report {
	int64_t records;  /* intact ones, from the first */
	int64_t unsealed; /* events that wait for the sealer */
	bool broken;
	int64_t pos;        /* of the first broken record */
	struct yh_id event; /* zero when the record itself is missing */
	char kind[48];
	const char *what; /* "edited", "payload", "missing", "chain", "truncated", "checkpoint" */
};
/* A key that signed checkpoints, and its name in them. */
struct yh_audit_key {
	struct yh_sm3 signer;
	struct yh_sm2 *key;
};
/* Walks the whole chain, and holds it against `anchor` (a checkpoint kept elsewhere) and against
 * the stored checkpoints, each of which must be signed with one of the keys (none: not verified).
 */
YH_CHECK enum yh_rc yh_audit_walk(struct yh_tx *tx, const struct yh_checkpoint *anchor,
				  const struct yh_audit_key *keys, size_t n_keys,
				  struct yh_audit_report *out, struct yh_err *err);

/* The payloads of the changes of the key (services/audit/rollover.h), newest first. */
YH_CHECK enum yh_rc yh_audit_rollovers(struct yh_tx *tx, struct yh_arena *arena, const char ***out,
				       size_t *n, struct yh_err *err);

#endif
