/* What the pack in force says of passwords, sign-ins, sessions and second factors: local policy,
 * within bounds that no pack can leave (GB/T 22239, 8.1.4.1). */
#ifndef YH_SERVICES_IDENTITY_TERMS_H
#define YH_SERVICES_IDENTITY_TERMS_H

#include "cases/context.h"

struct yh_identity_terms {
	int64_t least, kinds, history, password_days; /* days 0: passwords do not age */
	int64_t failures, lock_minutes;
	int64_t idle_minutes, longest_hours, sessions;
	bool refuse;              /* one session too many is refused; else the oldest ends */
	const char *factor_roles; /* blanks between */
	int64_t unused_days;
};
YH_CHECK enum yh_rc yh_identity_terms(const struct yh_ctx *cx, struct yh_identity_terms *out,
				      struct yh_err *err);

/* The roles that demand a second factor, blanks between; cheaper than all of the terms. */
YH_CHECK enum yh_rc yh_factor_roles(const struct yh_ctx *cx, const char **out, struct yh_err *err);
bool yh_factor_wanted_of(const char *roles, const char *role);
/* Does any of the actor's roles demand one? */
bool yh_factor_wanted(const char *roles, const struct yh_actor *a);
/* What the actor's session owes before anything else is admitted: "" nothing, "code", "enrol". */
const char *yh_factor_owed(const char *roles, const struct yh_actor *a);

#endif
