/* Changing the platform's key (S30). Both keys sign each other's public half, on the record: with
 * the newest one, whoever verifies believes all that went before it, and with an old one all that
 * came after. The former private key is gone then; its public half stays beside the new key and in
 * the store, so that what it signed is verified for good, with the server and without it. */
#ifndef YH_SERVICES_AUDIT_ROLLOVER_H
#define YH_SERVICES_AUDIT_ROLLOVER_H

#include "base/ring.h"
#include "store/audit.h"

enum { YH_ROLLOVERS_MOST = 64 };

struct yh_rollover {
	struct yh_sm2 *old, *next;
	const char *old_pem;
	char *next_pem; /* made by yh_rollover_lay */
};
/* Lays the new private key, sealed under the ring, beside the old one, and the old public one for
 * good. */
YH_CHECK enum yh_rc yh_rollover_lay(const char *data, struct yh_rollover *r, struct yh_ring *ring,
				    const char *private_pem, struct yh_err *err);
YH_CHECK enum yh_rc yh_rollover_record(struct yh_tx *tx, const struct yh_rollover *r,
				       struct yh_idgen *ids, yh_time now, struct yh_err *err);
/* The new key takes the place of the old one, on the disk. */
YH_CHECK enum yh_rc yh_rollover_take(const char *data, struct yh_err *err);
void yh_rollover_done(struct yh_rollover *r);

/* The keys before the one with the public half `pem`, as far as each is vouched for by the next,
 * behind the *n that are there; each is the caller's to free. */
YH_CHECK enum yh_rc yh_rollovers_load(struct yh_tx *tx, const char *pem,
				      struct yh_audit_key keys[YH_ROLLOVERS_MOST + 1], size_t *n,
				      struct yh_err *err);

#endif
