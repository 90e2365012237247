/* The signatures of closed statements (Art. 27): SM2 with the key of the audit record. */
#ifndef YH_SERVICES_SETTLE_SIGN_H
#define YH_SERVICES_SETTLE_SIGN_H

#include <stdatomic.h>

#include "services/settle/settle.h"

/* Signs what has no signature yet, some at a time, each held against its digest first. CONFLICT
 * "settlement-signer-none" for a program without a key; INTERNAL "statement-altered" (figure
 * statement) for one that is not what was approved. Outside of transactions; `stop` ends it soon,
 * with BUSY "job-stopped". */
YH_CHECK enum yh_rc yh_settle_sign(const struct yh_world *world, const struct yh_id *settlement,
				   yh_time now, const atomic_bool *stop, struct yh_err *err);

enum yh_signed {
	YH_SIGNED_NOT,   /* not yet */
	YH_SIGNED_WELL,  /* the statement is what was signed */
	YH_SIGNED_BADLY, /* it, or the signature, was altered */
	YH_SIGNED_BY_UNKNOWN
};
/* What the signature of a statement is worth today. */
YH_CHECK enum yh_rc yh_settle_signature(struct yh_ctx *cx, const struct yh_bill *bill,
					enum yh_signed *out, struct yh_err *err);

#endif
