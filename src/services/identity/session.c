/* Opening sessions. */
#include "services/identity/session.h"

#include <stdio.h>
#include <string.h>

enum { SESSION_HOURS = 12 };

enum yh_rc yh_session_open(struct yh_ctx *cx, const struct yh_session_in *in,
			   struct yh_session_out *out, struct yh_err *failed, struct yh_err *err)
{
	struct yh_actor proven = *cx->actor;
	struct yh_ctx by = *cx;
	struct yh_token_row t;
	enum yh_rc rc;

	yh_err_clear(failed);
	*out = (struct yh_session_out){ .must_change = in->person->must_change,
					.factor = in->proven ? "done" : "none",
					.person = in->person->id,
					.expires_at = cx->now +
						      SESSION_HOURS * INT64_C(3600) * YH_US_PER_S };
	yh_token_new(out->token);
	yh_token_new(out->csrf);
	t = (struct yh_token_row){ .id = yh_ctx_new_id(cx),
				   .person = in->person->id,
				   .digest = yh_sm3_of(out->token, strlen(out->token)),
				   .csrf = yh_sm3_of(out->csrf, strlen(out->csrf)),
				   .kind = "session",
				   .scopes = "all",
				   .label = "",
				   .created_at = cx->now,
				   .used_at = cx->now,
				   .expires_at = out->expires_at };
	rc = yh_token_insert(cx->tx, &t, err);
	proven.person = in->person->id;
	by.actor = &proven;
	return rc == YH_OK ? yh_identity_record(&by, "sign-in.done", "person", &in->person->id,
						NULL, NULL, err)
			   : rc;
}
