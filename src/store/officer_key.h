/* The public keys that officers sign with. */
#ifndef YH_STORE_OFFICER_KEY_H
#define YH_STORE_OFFICER_KEY_H

#include "base/digest.h"
#include "db/db.h"

struct yh_officer_key_row {
	struct yh_id id, person;
	char key_id[YH_SM3_HEX];   /* the digest of the PEM text */
	const char *public_key;    /* PEM */
	yh_time made_at, ended_at; /* ended_at 0: in force */
};

/* CONFLICT "db-unique" for a key that was registered before, by whomever. */
YH_CHECK enum yh_rc yh_officer_key_insert(struct yh_tx *tx, const struct yh_officer_key_row *row,
					  struct yh_err *err);
/* NOT_FOUND "officer-key-unknown". */
YH_CHECK enum yh_rc yh_officer_key_load(struct yh_tx *tx, const char *key_id,
					struct yh_arena *arena, struct yh_officer_key_row *out,
					struct yh_err *err);
/* The one in force. NOT_FOUND "officer-key-none". */
YH_CHECK enum yh_rc yh_officer_key_of(struct yh_tx *tx, const struct yh_id *person,
				      struct yh_arena *arena, struct yh_officer_key_row *out,
				      struct yh_err *err);
/* Ends the one in force, if there is one. */
YH_CHECK enum yh_rc yh_officer_key_end(struct yh_tx *tx, const struct yh_id *person, yh_time at,
				       int64_t *n, struct yh_err *err);

#endif
