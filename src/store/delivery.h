/* Deliveries: one notice on one channel to one receiver, or a test. The row says what became of it;
 * what is told stands in the notice. */
#ifndef YH_STORE_DELIVERY_H
#define YH_STORE_DELIVERY_H

#include "db/db.h"

struct yh_delivery {
	struct yh_id id;
	char channel[12];                     /* mail, webhook */
	char kind[12];                        /* notice, code (of an address), test */
	struct yh_id notice, person, webhook; /* zero: none */
	int64_t pos;                          /* in the webhook's order; 0: none */
	const char *target;                   /* an address other than the person's own, "" */
	struct yh_id batch;                   /* the mail it goes in with others; zero: its own */
	char state[12];                       /* waiting, sent, failed, given_up */
	int64_t tries;
	yh_time next_at, made_at, done_at;
	int64_t code;       /* the receiver's last, 0 without one */
	char fault[56];     /* slug of the last failure, "" */
	const char *detail; /* of it, "" */
	/* joined for lists */
	const char *login; /* "" for webhooks */
	char slug[56], case_no[40];
};
/* Waits from next_at on. */
YH_CHECK enum yh_rc yh_delivery_insert(struct yh_tx *tx, const struct yh_delivery *d,
				       struct yh_err *err);
/* NOT_FOUND "delivery-unknown". */
YH_CHECK enum yh_rc yh_delivery_load(struct yh_tx *tx, const struct yh_id *id,
				     struct yh_arena *arena, struct yh_delivery *out,
				     struct yh_err *err);

/* The newest first, below the cursor `before` (zero: all). */
struct yh_delivery_filter {
	struct yh_id person, webhook, before; /* zero: any */
	const char *state;                    /* "": any */
	bool mail;                            /* of all persons */
	uint32_t limit;
};
YH_CHECK enum yh_rc yh_delivery_list(struct yh_tx *tx, const struct yh_delivery_filter *f,
				     struct yh_arena *arena, struct yh_delivery **out, size_t *n,
				     struct yh_err *err);

/* Who works on a delivery, and until when nobody else will. A claim that lies further ahead than
 * YH_CLAIM_FAR_US was made under a clock that has been set back since, and is nobody's. */
#define YH_CLAIM_FAR_US "600000000"
struct yh_claim {
	struct yh_id holder;
	yh_time now, until;
};
/* The mail that was due first, and whatever goes with it: the others of a person who wishes one
 * mail a day, fixed at the first try so that each try is the same mail. *n 0: none is due. */
YH_CHECK enum yh_rc yh_delivery_mail_due(struct yh_tx *tx, yh_time now, bool *any,
					 struct yh_err *err);
YH_CHECK enum yh_rc yh_delivery_claim_mail(struct yh_tx *tx, const struct yh_claim *c,
					   struct yh_arena *arena, struct yh_delivery **out,
					   size_t *n, struct yh_err *err);
/* The next of a webhook that the holder has claimed: tests first, then by position. */
YH_CHECK enum yh_rc yh_delivery_next(struct yh_tx *tx, const struct yh_id *webhook,
				     struct yh_arena *arena, bool *found, struct yh_delivery *out,
				     struct yh_err *err);

/* What came of a try. */
struct yh_tried {
	const char *state; /* sent, failed, given_up; or waiting: once more at next_at */
	yh_time at, next_at;
	int64_t code;
	const char *fault, *detail; /* "" with sent */
	bool tried;                 /* false: it is only put off */
};
/* Notes it for the claimed delivery, unless another has claimed it since (mail), or it is done. */
YH_CHECK enum yh_rc yh_delivery_note(struct yh_tx *tx, const struct yh_id *id,
				     const struct yh_id *holder, const struct yh_tried *o,
				     struct yh_err *err);

/* Waits again from `now` on, as if never tried. */
YH_CHECK enum yh_rc yh_delivery_again(struct yh_tx *tx, const struct yh_id *id, yh_time now,
				      struct yh_err *err);
/* The same for all of a webhook from a position on; *n says how many. */
YH_CHECK enum yh_rc yh_delivery_replay(struct yh_tx *tx, const struct yh_id *webhook, int64_t from,
				       yh_time now, int64_t *n, struct yh_err *err);
/* Gives up what waits for a webhook. */
YH_CHECK enum yh_rc yh_delivery_give_up(struct yh_tx *tx, const struct yh_id *webhook, yh_time now,
					const char *fault, struct yh_err *err);
/* Forgets up to `limit` made before `before`; *n says how many. */
YH_CHECK enum yh_rc yh_delivery_prune(struct yh_tx *tx, yh_time before, uint32_t limit, int64_t *n,
				      struct yh_err *err);
/* Ends every claim: for the only server of a store, when it starts. */
YH_CHECK enum yh_rc yh_delivery_release(struct yh_tx *tx, struct yh_err *err);
/* How many wait; `mail`, or webhook. */
YH_CHECK enum yh_rc yh_delivery_waiting(struct yh_tx *tx, bool mail, int64_t *n,
					struct yh_err *err);

#endif
