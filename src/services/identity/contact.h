/* Personal data of others: masked, unless somebody says why. */
#ifndef YH_SERVICES_IDENTITY_CONTACT_H
#define YH_SERVICES_IDENTITY_CONTACT_H

#include "cases/context.h"

/* "z*******@city.example": the first letter and the host, in the arena; "" of "". NULL without
 * memory. */
const char *yh_contact_hidden(struct yh_arena *arena, const char *mail);
/* The verified address of a person, masked; "" when there is none. */
YH_CHECK enum yh_rc yh_contact_masked(struct yh_ctx *cx, const struct yh_id *person,
				      const char **mail, struct yh_err *err);
/* Unmasked, which is recorded with the reason. */
YH_CHECK enum yh_rc yh_contact_unmask(struct yh_ctx *cx, const struct yh_id *person,
				      const char *reason, const char **mail, struct yh_err *err);

#endif
