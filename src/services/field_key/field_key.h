/* The keys that fields are sealed under: taking a new one up, and sealing everything anew. */
#ifndef YH_SERVICES_FIELD_KEY_FIELD_KEY_H
#define YH_SERVICES_FIELD_KEY_FIELD_KEY_H

#include "cases/context.h"
#include "store/sealed.h"

enum { YH_FIELD_KEYS_LOOK_S = 600 };

/* Enters the key that writes, should it be new, on record, and has fields sealed anew soon; the
 * ring has been read again before. *fresh: it was new. */
YH_CHECK enum yh_rc yh_field_keys_take_up(struct yh_ctx *cx, bool *fresh, struct yh_err *err);
/* Reads the file of keys again; seals anew, in small transactions, what is under an earlier key,
 * the server's own keys included; retires what nothing is under any more, on record. Outside of
 * transactions. What another crash left half done is gone on with. CONFLICT "fields-broken" (figure
 * n) when some fields cannot be opened: the others are sealed anew all the same. */
YH_CHECK enum yh_rc yh_field_keys_turn(const struct yh_world *world, yh_time now,
				       const atomic_bool *stop, yh_time *again_at,
				       struct yh_err *err);

/* What one of several servers did with its own keys. */
struct yh_field_keys_own {
	char seen[YH_RING_ID], under[YH_RING_ID]; /* the key that writes; theirs; "" at first */
	yh_time look_at;
};
/* Often, on every server: reads the file of keys again now and then, and seals the server's own
 * keys anew, which is logged, when another key writes. Failures are logged, and tried anew. */
void yh_field_keys_follow(const struct yh_world *world, struct yh_field_keys_own *own, yh_time now);

#endif
