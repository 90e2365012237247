/* Figures that are kept beside what they come from: reckoned anew and compared. Reads only. */
#ifndef YH_STORE_FSCK_H
#define YH_STORE_FSCK_H

#include "base/digest.h"
#include "db/db.h"

enum { YH_FSCK_MOST = 1000 }; /* differences told of one kind */

struct yh_fsck_difference {
	struct yh_id id;   /* of the row that keeps the figure, or whose it is */
	const char *no;    /* its number or code */
	const char *about; /* the dimension, the step …; "" */
	int64_t kept, found;
};
/* One kind of figure. `zh` and `en` say what is compared. */
struct yh_fsck_check {
	const char *name, *zh, *en, *sql;
};
const struct yh_fsck_check *yh_fsck_checks(size_t *n);

/* Tells every difference of one kind, at most YH_FSCK_MOST; *n: how many were told. */
typedef void (*yh_fsck_fn)(void *arg, const struct yh_fsck_check *check,
			   const struct yh_fsck_difference *d);
YH_CHECK enum yh_rc yh_fsck_run(struct yh_tx *tx, const struct yh_fsck_check *check, yh_fsck_fn fn,
				void *arg, int64_t *n, struct yh_err *err);

/* What rows say of the documents' files: at most `most`, by id, behind `after`. */
struct yh_fsck_document {
	struct yh_id id;
	struct yh_sm3 digest;
	int64_t size_bytes;
};
YH_CHECK enum yh_rc yh_fsck_documents(struct yh_tx *tx, const struct yh_id *after,
				      struct yh_fsck_document *out, size_t most, size_t *n,
				      struct yh_err *err);

#endif
