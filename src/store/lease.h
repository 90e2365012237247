/* Leases of resources with their history: rows in and out, no rules. The end of a lease is not the
 * end of use, which the resource and its sizes tell. */
#ifndef YH_STORE_LEASE_H
#define YH_STORE_LEASE_H

#include "store/project_query.h"

struct yh_lease_row {
	struct yh_id id, resource;
	int64_t seq;        /* 0: as allocated; each extension or correction one more */
	int64_t extensions; /* how many led here */
	yh_day first, last; /* first: of the allocation, whatever the row */
	struct yh_id case_id;
	yh_time made_at;
	int64_t told;           /* the nearest notice that was given, working days ahead; 0: none */
	bool lapse_told;        /* it was said that it ran on although it should not */
	struct yh_id hold_case; /* a timely extension that is undecided; zero: none */
	yh_time ended_at;       /* 0: it is the one in force */
	char ended_as[16];      /* extended, corrected, stopped, released, formal; "" in force */
};

/* CONFLICT "db-unique" when another lease of the resource is in force. */
YH_CHECK enum yh_rc yh_lease_insert(struct yh_tx *tx, const struct yh_lease_row *row,
				    struct yh_err *err);
/* The lease in force; *found false: none. */
YH_CHECK enum yh_rc yh_lease_live(struct yh_tx *tx, const struct yh_id *resource, bool *found,
				  struct yh_lease_row *out, struct yh_err *err);
/* All rows of a resource, as they were made. */
YH_CHECK enum yh_rc yh_lease_history(struct yh_tx *tx, const struct yh_id *resource,
				     struct yh_arena *arena, struct yh_lease_row **out, size_t *n,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_lease_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				 const char *ended_as, struct yh_err *err);
YH_CHECK enum yh_rc yh_lease_told(struct yh_tx *tx, const struct yh_id *id, int64_t told,
				  bool lapse_told, struct yh_err *err);
/* An extension that was filed in time holds the lease from `at` on; NULL: nothing does any more.
 * What held it before stays known (yh_facts_leases). */
YH_CHECK enum yh_rc yh_lease_hold(struct yh_tx *tx, const struct yh_id *id,
				  const struct yh_id *case_id, yh_time at, struct yh_err *err);
/* Resources whose leases a case holds. */
YH_CHECK enum yh_rc yh_lease_held_by(struct yh_tx *tx, const struct yh_id *case_id,
				     struct yh_arena *arena, struct yh_id **out, size_t *n,
				     struct yh_err *err);
/* Resources of the application `case_id` that run on a lease that ends on `last`, by number. */
YH_CHECK enum yh_rc yh_lease_together(struct yh_tx *tx, const struct yh_id *case_id, yh_day last,
				      struct yh_arena *arena, struct yh_id **out, size_t *n,
				      struct yh_err *err);

/* Open cases about a resource that were begun because its lease ends. */
YH_CHECK enum yh_rc yh_lease_endings(struct yh_tx *tx, const struct yh_id *resource,
				     struct yh_arena *arena, struct yh_id **out, size_t *n,
				     struct yh_err *err);

/* How many leases of a kind are in force on a cloud, how many of them are over by `today`, and the
 * first last day among the others (YH_DAY_NONE: none). */
YH_CHECK enum yh_rc yh_lease_count(struct yh_tx *tx, const struct yh_id *cloud, const char *kind,
				   yh_day today, int64_t *n, int64_t *over, yh_day *next,
				   struct yh_err *err);

/* A lease among those one may see, with its resource as it is now. */
struct yh_lease_line {
	struct yh_lease_row lease;
	struct yh_resource_row resource;
	const char *project_code, *unit_name, *item_name, *case_no, *hold_no; /* hold_no "": none */
};
struct yh_lease_filter {
	struct yh_id resource, project, unit, cloud; /* zero: any */
	const char *kind;                            /* "": any */
	bool ended;          /* those that are over for good, instead of those in force, */
	yh_time ended_since; /* since then; 0: whenever */
	yh_day until;        /* only leases that end by then; YH_DAY_NONE: all */
	yh_day after_last;   /* cursor: behind this day and number; YH_DAY_NONE: from the first */
	const char *after_no;
	uint32_t limit;
};
/* By last day and number. */
YH_CHECK enum yh_rc yh_lease_page(struct yh_tx *tx, const struct yh_viewer *who,
				  const struct yh_lease_filter *f, struct yh_arena *arena,
				  struct yh_lease_line **out, size_t *n, struct yh_err *err);

#endif
