/* Verifying the record and the table of rights while the server runs, as a job with a result. */
#ifndef YH_SERVICES_AUDIT_CHECK_H
#define YH_SERVICES_AUDIT_CHECK_H

#include <stdatomic.h>

#include "services/audit/audit.h"
#include "store/security.h"

enum { YH_AUDIT_CHECK_S = 86400 }; /* every day, unasked */

/* Asks for a run; the job "audit.check" makes it. CONFLICT "audit-check-runs" while one waits. */
YH_CHECK enum yh_rc yh_audit_check_ask(struct yh_ctx *cx, struct yh_id *id, struct yh_err *err);

/* One run, `id` zero: unasked. What is broken is recorded and raised as a security event. CONFLICT
 * "key-none" in a program that signs nothing. */
struct yh_audit_check_job {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
};
YH_CHECK enum yh_rc yh_audit_check_run(const struct yh_audit_check_job *j, const struct yh_id *id,
				       struct yh_err *err);

/* How things stand. */
struct yh_integrity {
	bool checked;                   /* is there a run that ended? */
	struct yh_audit_check_row last; /* then */
	struct yh_checkpoint head;      /* pos 0: nothing is sealed */
	struct yh_checkpoint signed_at; /* the newest checkpoint; likewise */
	int64_t sent;                   /* the position that the collector has; -1: none is set */
};
YH_CHECK enum yh_rc yh_integrity_now(struct yh_ctx *cx, struct yh_integrity *out,
				     struct yh_err *err);

#endif
