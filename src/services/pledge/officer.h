/* Officers' keys, and the pledges drawn up for them and handed in. */
#ifndef YH_SERVICES_PLEDGE_OFFICER_H
#define YH_SERVICES_PLEDGE_OFFICER_H

#include "cases/context.h"
#include "services/pledge/pledge.h"
#include "store/document.h"
#include "store/officer_key.h"
#include "store/project.h"

/* Registers the actor's public key; the one before ends at that moment. BAD_INPUT "key-invalid",
 * "officer-key-unproved"; CONFLICT "officer-key-known" for a key that was registered before. */
YH_CHECK enum yh_rc yh_officer_key_register(struct yh_ctx *cx, const char *public_pem,
					    const char *proof, struct yh_officer_key_row *out,
					    struct yh_err *err);
/* Ends the actor's. NOT_FOUND "officer-key-none". */
YH_CHECK enum yh_rc yh_officer_key_revoke(struct yh_ctx *cx, struct yh_err *err);

/* The draft of a pledge about a system from a template of the pack (NULL: the only one that is
 * signed), sealed, as a file's text in the arena. FORBIDDEN "pledge-not-officer" unless the actor
 * signs for the system's unit in the template's role; NOT_FOUND "pledge-template-unknown",
 * "officer-key-none"; CONFLICT "pledge-seal-none" where nothing is sealed. */
YH_CHECK enum yh_rc yh_pledge_draw(struct yh_ctx *cx, const struct yh_project_row *project,
				   const struct yh_system_row *system, const char *template,
				   const char **out, struct yh_err *err);

/* Reads a document as a pledge and holds it against this platform: its seal, its signature, and
 * that the key was in force when it was handed in. REFUSED as yh_pledge_verify, or
 * "pledge-key-ended" (figures login, ended, handed_in); BAD_INPUT as yh_pledge_read,
 * "pledge-too-large". */
YH_CHECK enum yh_rc yh_pledge_check(struct yh_ctx *cx, const struct yh_document_row *document,
				    struct yh_pledge *out, struct yh_err *err);
/* Whoever signed it signs for the unit today, in the template's role; REFUSED "pledge-officer-left"
 * (figures login, unit). */
YH_CHECK enum yh_rc yh_pledge_signer(struct yh_ctx *cx, const struct yh_pledge *p,
				     const struct yh_id *unit, struct yh_err *err);

#endif
