/* Notices to those who administrate. */
#ifndef YH_SERVICES_IDENTITY_TELL_H
#define YH_SERVICES_IDENTITY_TELL_H

#include "cases/context.h"

/* Tells everybody who may do `action`: a notice to each of their roles. `figures`: a JSON object.
 */
YH_CHECK enum yh_rc yh_admins_tell(struct yh_ctx *cx, const char *action, const char *slug,
				   const char *figures, struct yh_err *err);

#endif
