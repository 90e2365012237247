/* How a record of the audit chain is digested; shared by sealing and verifying. */
#ifndef YH_STORE_AUDIT_RECORD_H
#define YH_STORE_AUDIT_RECORD_H

#include <string.h>

#include "store/audit.h"

#define YH_RECORD_COLUMNS                                                                          \
	"id, at, kind, case_id, object_kind, object_id, person, role, org, article, outcome, "     \
	"reason, before_state, after_state, source, payload_digest"

struct yh_sm3 yh_record_digest(const struct yh_rows *r);
struct yh_sm3 yh_chain_next(const struct yh_sm3 *former, int64_t pos, const struct yh_sm3 *record);
void yh_checkpoint_read(const struct yh_rows *r, struct yh_checkpoint *c);

static inline void yh_col_sm3(const struct yh_rows *r, int col, struct yh_sm3 *out)
{
	size_t n;
	const void *p = yh_col_bytes(r, col, &n);

	memset(out, 0, sizeof *out);
	if (n == sizeof out->b)
		memcpy(out->b, p, n);
}

#endif
