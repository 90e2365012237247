/* The table of rights, held against the record (S29): every event that grants, ends or moves a role
 * carries the digest of the row it made, and the record is chained and signed. A row that was
 * changed, added or taken away behind the server's back has no event that says so. */
#ifndef YH_SERVICES_AUDIT_RIGHTS_H
#define YH_SERVICES_AUDIT_RIGHTS_H

#include "cases/context.h"
#include "store/person.h"

enum { YH_RIGHTS_TEXT = 256 };
/* The payload of such an event: what was made and what ended, either may be NULL. */
const char *yh_rights_payload(const struct yh_grant_row *made, const struct yh_id *ended,
			      char out[YH_RIGHTS_TEXT]);

/* Takes the table as it is for right, once in the life of a store: when it is new, or when one that
 * is older than these digests is verified for the first time. Does nothing when that was done. */
YH_CHECK enum yh_rc yh_rights_begin(struct yh_ctx *cx, struct yh_err *err);

struct yh_rights_report {
	int64_t grants;
	bool begun;         /* was it taken for right once? Otherwise nothing can be said */
	struct yh_id wrong; /* the first row that no event stands for; zero: none */
	bool gone;          /* it is missing from the table */
	/* The first event that cannot be read: the table cannot be held against it; zero: none. */
	struct yh_id unread;
};
/* TOO_LARGE "memory-short": nothing was found out. */
YH_CHECK enum yh_rc yh_rights_verify(struct yh_tx *tx, struct yh_rights_report *out,
				     struct yh_err *err);

#endif
