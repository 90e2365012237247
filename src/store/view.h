/* What a person keeps for a page of the console: saved lists, preferences. */
#ifndef YH_STORE_VIEW_H
#define YH_STORE_VIEW_H

#include "db/db.h"

enum { YH_VIEW_NAME_MAX = 48, YH_VIEWS_OF_PAGE = 20, YH_VIEWS_OF_PERSON = 400 };

struct yh_view_row {
	const char *name;
	const char *value; /* a JSON object */
	yh_time changed_at;
};

/* By name. */
YH_CHECK enum yh_rc yh_view_list(struct yh_tx *tx, const struct yh_id *person, const char *page,
				 struct yh_arena *arena, struct yh_view_row **out, size_t *n,
				 struct yh_err *err);
/* Enters it, or puts it in the place of the one of that name. TOO_LARGE "views-many" (figure max)
 * for one more than a page, or a person, may have. */
YH_CHECK enum yh_rc yh_view_put(struct yh_tx *tx, const struct yh_id *person, const char *page,
				const struct yh_view_row *row, struct yh_err *err);
/* NOT_FOUND "view-unknown". */
YH_CHECK enum yh_rc yh_view_delete(struct yh_tx *tx, const struct yh_id *person, const char *page,
				   const char *name, struct yh_err *err);

#endif
