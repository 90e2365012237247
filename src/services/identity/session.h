/* The one way a session comes into being, whatever somebody proved themself with. */
#ifndef YH_SERVICES_IDENTITY_SESSION_H
#define YH_SERVICES_IDENTITY_SESSION_H

#include "services/identity/account.h"

struct yh_session_in {
	struct yh_person_row *person; /* who was recognised: by a password, or by an issuer */
	bool proven;                  /* with a second factor, as the issuer says */
};
/* Begins a session and records it. What is refused but must be recorded is in `failed`. */
YH_CHECK enum yh_rc yh_session_open(struct yh_ctx *cx, const struct yh_session_in *in,
				    struct yh_session_out *out, struct yh_err *failed,
				    struct yh_err *err);

#endif
