/* Quota lines, reservations, and what is allocated: the terms of the quota arithmetic. */
#ifndef YH_STORE_QUOTA_H
#define YH_STORE_QUOTA_H

#include "db/db.h"

enum { YH_DIM_TEXT = 32 };

struct yh_quota_row {
	struct yh_id id, unit, project;
	/* base; window (adds while it recurs); allowance (granted above the quota); grant: set for
	 * resources that are not open yet, counts nowhere until it becomes allowances of theirs */
	char kind[12];
	char dim[YH_DIM_TEXT];
	int64_t qty_milli;
	yh_day first_day, last_day; /* last_day YH_DAY_NONE: open */
	const char *rrule;          /* window only, RFC 5545; NULL: once, from first_day */
	int64_t span_days;          /* window: days each occurrence lasts */
	struct yh_id case_id;
	struct yh_id resource; /* the allowance is for this one alone; zero: for the project */
	yh_time created_at;
};

struct yh_reservation_row {
	struct yh_id id, case_id, unit, project;
	char kind[32]; /* of the resources that will be opened; "": does not matter */
	char dim[YH_DIM_TEXT];
	int64_t qty_milli;
	yh_day first_day, last_day;
	yh_time made_at;
};

/* What cases under way have reserved together over the same days. */
struct yh_reserved_row {
	char dim[YH_DIM_TEXT];
	int64_t qty_milli;
	yh_day first_day, last_day;
};

/* What one running resource takes of one dimension. */
struct yh_allocated_row {
	struct yh_id resource, project;
	char kind[32];
	char dim[YH_DIM_TEXT];
	int64_t qty_milli;
	yh_day last_day; /* end of its lease, YH_DAY_NONE: open */
};

YH_CHECK enum yh_rc yh_quota_insert(struct yh_tx *tx, const struct yh_quota_row *row,
				    struct yh_err *err);
/* Ends a line after `last`. */
YH_CHECK enum yh_rc yh_quota_end(struct yh_tx *tx, const struct yh_id *id, yh_day last,
				 struct yh_err *err);
/* Lines of a project, or of all projects of a unit (project NULL), that end on `from` or later, or
 * with the lease of a resource that still runs.
 * Here and below, `beside` (may be NULL) keeps to clouds of that one's level: the municipal cloud
 * with its domains, or a district's. */
YH_CHECK enum yh_rc yh_quota_lines(struct yh_tx *tx, const struct yh_id *unit,
				   const struct yh_id *project, const struct yh_id *beside,
				   yh_day from, struct yh_arena *arena, struct yh_quota_row **out,
				   size_t *n, struct yh_err *err);

/* Lines that a case entered, or a later case about it, and that end on `from` or later. */
YH_CHECK enum yh_rc yh_quota_of_case(struct yh_tx *tx, const struct yh_id *case_id, yh_day from,
				     struct yh_arena *arena, struct yh_quota_row **out, size_t *n,
				     struct yh_err *err);

/* Allowances for one resource that end on `from` or later, or with its lease. */
YH_CHECK enum yh_rc yh_quota_of_resource(struct yh_tx *tx, const struct yh_id *resource,
					 yh_day from, struct yh_arena *arena,
					 struct yh_quota_row **out, size_t *n, struct yh_err *err);

YH_CHECK enum yh_rc yh_reservation_insert(struct yh_tx *tx, const struct yh_reservation_row *row,
					  struct yh_err *err);
/* Releases all live reservations of a case; released_as "opened", "refused", "withdrawn" … */
YH_CHECK enum yh_rc yh_reservation_release(struct yh_tx *tx, const struct yh_id *case_id,
					   yh_time at, const char *released_as, struct yh_err *err);
/* Live reservations of a case. */
YH_CHECK enum yh_rc yh_reservation_of_case(struct yh_tx *tx, const struct yh_id *case_id,
					   struct yh_arena *arena, struct yh_reservation_row **out,
					   size_t *n, struct yh_err *err);
/* Live reservations of a unit, or of one of its projects, leaving out one case (may be NULL); those
 * of one dimension over the same days as one sum. */
YH_CHECK enum yh_rc yh_reserved(struct yh_tx *tx, const struct yh_id *unit,
				const struct yh_id *project, const struct yh_id *beside,
				const struct yh_id *not_case, struct yh_arena *arena,
				struct yh_reserved_row **out, size_t *n, struct yh_err *err);
/* The same of a project for resources of a kind. */
YH_CHECK enum yh_rc yh_reserved_kind(struct yh_tx *tx, const struct yh_id *project,
				     const char *kind, const struct yh_id *not_case,
				     struct yh_arena *arena, struct yh_reserved_row **out,
				     size_t *n, struct yh_err *err);
/* What runs now, by resource and dimension; resources of `not_case` (may be NULL) left out. */
YH_CHECK enum yh_rc yh_allocated(struct yh_tx *tx, const struct yh_id *unit,
				 const struct yh_id *project, const struct yh_id *beside,
				 const struct yh_id *not_case, struct yh_arena *arena,
				 struct yh_allocated_row **out, size_t *n, struct yh_err *err);

#endif
