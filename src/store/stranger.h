/* Logins that nobody signs in by, and how often each was tried. */
#ifndef YH_STORE_STRANGER_H
#define YH_STORE_STRANGER_H

#include "base/digest.h"
#include "db/db.h"

enum { YH_STRANGERS_MOST = 10000 };
struct yh_stranger_row {
	struct yh_sm3 name; /* digest of the login, under a key */
	int64_t failures;
	yh_time locked_until;
};
/* Of one that was not tried yet, zeros. */
YH_CHECK enum yh_rc yh_stranger_load(struct yh_tx *tx, const struct yh_sm3 *name,
				     struct yh_stranger_row *out, struct yh_err *err);
/* Puts it in; of more than are kept, those tried longest ago go. */
YH_CHECK enum yh_rc yh_stranger_put(struct yh_tx *tx, const struct yh_stranger_row *row,
				    yh_time now, struct yh_err *err);

#endif
