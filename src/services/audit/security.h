/* Security events (S16): what endangers the platform is raised once, told to those who may see it,
 * and stays open until one of them has taken note. */
#ifndef YH_SERVICES_AUDIT_SECURITY_H
#define YH_SERVICES_AUDIT_SECURITY_H

#include "cases/context.h"
#include "store/security.h"

/* Raises one, or counts on in the one of the same kind and subject that is open. *s: kind, subject,
 * person, source, detail, n (0: 1). Notices go to whoever may "security.read". */
YH_CHECK enum yh_rc yh_security_raise(struct yh_ctx *cx, const struct yh_security_row *s,
				      struct yh_err *err);
/* A person has seen to it, and says how. CONFLICT "security-noted". */
YH_CHECK enum yh_rc yh_security_take_note(struct yh_ctx *cx, const struct yh_id *id,
					  const char *note, struct yh_security_row *out,
					  struct yh_err *err);

/* A figure of the pack, `otherwise` where it has none or none above 0. */
int64_t yh_security_figure(const struct yh_ctx *cx, const char *param, int64_t otherwise);

#endif
