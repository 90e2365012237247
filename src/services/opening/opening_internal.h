/* What the files of this folder share. */
#ifndef YH_SERVICES_OPENING_INTERNAL_H
#define YH_SERVICES_OPENING_INTERNAL_H

#include "services/opening/opening.h"

/* Texts and what is known of each. */
struct known {
	const char *key;
	bool there;
	struct yh_id id;
	struct yh_opening_row *row; /* NULL: it stands in the store */
	void *more;
	struct known *next;
};
enum { KNOWN_BUCKETS = 4096 };

struct judging {
	struct yh_ctx *cx;
	const struct yh_opening_in *in;
	struct yh_opening *o;
	struct known *known[KNOWN_BUCKETS];
	struct yh_edition_row edition;
	struct yh_item_row *items;
	size_t n_items, n_dims; /* dimensions of all of them, each once */
	struct yh_cloud_row cloud;
	size_t units_cap;
};

/* Adds a fault at a column of a row (YH_OPENING_COLS: none; NULL row: of the sheet) and gives what
 * is to be filled in; the row is bad. NULL when no more are kept. */
struct yh_err *yh_opening_blame(struct yh_ctx *cx, struct yh_opening *o, enum yh_opening_sheet s,
				struct yh_opening_row *row, size_t col);

/* Sorts what a file holds into tables, and reads the cells by their kinds. */
YH_CHECK enum yh_rc yh_opening_take(struct yh_ctx *cx, const struct yh_sheets *sheets,
				    struct yh_opening *o, struct yh_err *err);
/* What hangs on other rows, on the store and on the rules. */
YH_CHECK enum yh_rc yh_opening_judge(struct judging *j, struct yh_err *err);
YH_CHECK enum yh_rc yh_opening_judge_resource(struct judging *j, struct yh_opening_row *r,
					      struct yh_err *err);

/* Looks a key up; *fresh: it was not there and is now, with nothing known. NULL without memory. */
struct known *yh_opening_known(struct judging *j, bool *fresh, const char *kind, const char *a,
			       const char *b, const char *c);
/* NULL: not there. */
struct known *yh_opening_find(struct judging *j, const char *kind, const char *a, const char *b);
/* Holds the units there are that the rows name, in order of their ids. */
YH_CHECK enum yh_rc yh_opening_hold(struct judging *j, struct yh_err *err);
/* No machine of the file runs on the cloud already. */
YH_CHECK enum yh_rc yh_opening_judge_refs(struct judging *j, struct yh_err *err);
/* The unit, or project and system, that a row names; not there: the row is blamed for it. */
YH_CHECK enum yh_rc yh_opening_unit_of(struct judging *j, enum yh_opening_sheet s,
				       struct yh_opening_row *row, size_t col, struct known **out,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_opening_project_of(struct judging *j, enum yh_opening_sheet s,
					  struct yh_opening_row *row, size_t unit, size_t project,
					  struct known **out, struct yh_err *err);
/* Adds to what a project has (quota) and takes of a dimension. */
struct yh_opening_dim *yh_opening_room(struct judging *j, const struct yh_opening_row *row,
				       const char *unit, const char *project, const char *dim,
				       struct yh_err *err);
struct yh_opening_unit *yh_opening_sum(struct judging *j, const char *unit);
/* Adds to a unit's sums and to those of all; a row that makes them too large is blamed for it. */
void yh_opening_add_dim(struct judging *j, enum yh_opening_sheet s, struct yh_opening_row *row,
			size_t col, struct yh_opening_unit *u, const struct yh_opening_dim *more);

#endif
