/* What was done to accounts, on record. */
#ifndef YH_SERVICES_IDENTITY_RECORD_H
#define YH_SERVICES_IDENTITY_RECORD_H

#include "cases/context.h"

/* Records an administrative act. */
YH_CHECK enum yh_rc yh_identity_record(struct yh_ctx *cx, const char *kind, const char *object_kind,
				       const struct yh_id *object, const char *after,
				       const char *reason, struct yh_err *err);

#endif
