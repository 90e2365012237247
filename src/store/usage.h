/* What a month's fee is reckoned from (Art. 27): sizes over time, metered use as it was frozen, and
 * what cases have put right. */
#ifndef YH_STORE_USAGE_H
#define YH_STORE_USAGE_H

#include "db/db.h"

/* One interval of a resource's size, with whose it is. Until formal_at it was of `former_kind`,
 * where that is not "". */
struct yh_span_row {
	struct yh_id resource, unit, project, provider; /* provider zero: not known */
	char kind[32], former_kind[32];
	yh_time formal_at; /* 0: not yet */
	struct yh_id item;
	yh_time from_at, to_at; /* to_at 0: still so */
	int64_t qty_milli;
	bool first; /* of its resource, with whom it was then, in this reading */
	/* They had it from, and until; 0: no such day. A resource that moved within the range comes
	 * once for each who had it, its sizes cut where it moved. */
	yh_time own_from, own_to;
};
/* Returns false to end the reading, which is then no failure. */
typedef bool (*yh_span_fn)(void *arg, const struct yh_span_row *row);
struct yh_span_range {
	yh_time from, to; /* intervals that touch [from, to), and those that end at `from` */
	struct yh_id after, last; /* resources behind `after`, up to `last` */
};
/* By resource and time, read piece by piece: memory does not grow with their number. */
YH_CHECK enum yh_rc yh_span_of_cloud(struct yh_tx *tx, const struct yh_id *cloud,
				     const struct yh_span_range *range, yh_span_fn visit, void *arg,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_span_of_project(struct yh_tx *tx, const struct yh_id *project,
				       const struct yh_span_range *range, yh_span_fn visit,
				       void *arg, struct yh_err *err);
/* The id below which about `part` of `parts` of all resources lie; zero when the cloud has few. */
YH_CHECK enum yh_rc yh_span_cut(struct yh_tx *tx, const struct yh_id *cloud, int64_t part,
				int64_t parts, struct yh_id *out, struct yh_err *err);
/* A span without a size: whose a resource was at an instant. NOT_FOUND "resource-unknown". */
YH_CHECK enum yh_rc yh_span_resource(struct yh_tx *tx, const struct yh_id *resource, yh_time at,
				     struct yh_span_row *out, struct yh_err *err);
/* The number of a resource, and the code of an item. NOT_FOUND. */
YH_CHECK enum yh_rc yh_resource_no(struct yh_tx *tx, const struct yh_id *resource, char out[40],
				   struct yh_err *err);
YH_CHECK enum yh_rc yh_item_code(struct yh_tx *tx, const struct yh_id *item, char out[64],
				 struct yh_err *err);

/* However much of it held samples: the meter had no quantity to tell. */
enum { YH_COVERAGE_NONE = -1 };

/* Metered use as a reckoning found it. */
struct yh_usage_row {
	struct yh_id resource;
	char code[64];
	yh_time from_at, to_at;
	int64_t qty_milli;
	int64_t coverage_milli; /* of the hours, how many held samples; 1000: all; or NONE */
};
/* Rows by resource, code and time. What is told again, when a reading was repeated, takes the place
 * of the former. */
YH_CHECK enum yh_rc yh_usage_insert(struct yh_tx *tx, const struct yh_id *reckoning,
				    const struct yh_usage_row *rows, size_t n, struct yh_err *err);
/* Those of a resource, by code and time. */
YH_CHECK enum yh_rc yh_usage_of_resource(struct yh_tx *tx, const struct yh_id *reckoning,
					 const struct yh_id *resource, struct yh_arena *arena,
					 struct yh_usage_row **out, size_t *n, struct yh_err *err);

/* A difference that a case has established: `qty_milli` (may be negative) over [from_at, to_at), or
 * for metered items the quantity of that time. */
struct yh_adjustment_row {
	struct yh_id id, resource;
	char code[64];
	yh_time from_at, to_at;
	int64_t qty_milli;
	const char *reason;
	struct yh_id case_id;
	yh_time made_at;
};
YH_CHECK enum yh_rc yh_adjustment_insert(struct yh_tx *tx, const struct yh_adjustment_row *row,
					 struct yh_err *err);
/* Those that touch [from, to) and were made up to `as_of`, of a cloud or of a project (the other
 * zero), by resource, code, time and id. */
YH_CHECK enum yh_rc yh_adjustment_list(struct yh_tx *tx, const struct yh_id *cloud,
				       const struct yh_id *project, yh_time from, yh_time to,
				       yh_time as_of, struct yh_arena *arena,
				       struct yh_adjustment_row **out, size_t *n,
				       struct yh_err *err);

/* A closed statement that is to be reckoned again. */
struct yh_due_row {
	struct yh_id id, statement;
	const char *reason;
	struct yh_id case_id;
	yh_time made_at;
};
YH_CHECK enum yh_rc yh_due_insert(struct yh_tx *tx, const struct yh_due_row *row,
				  struct yh_err *err);
/* Those of a cloud's statements that no settlement has taken up, made up to `as_of`: the latest of
 * each statement, by statement; at most `limit` behind the statement `after` (zero). */
YH_CHECK enum yh_rc yh_due_list(struct yh_tx *tx, const struct yh_id *cloud, yh_time as_of,
				const struct yh_id *after, uint32_t limit, struct yh_arena *arena,
				struct yh_due_row **out, size_t *n, struct yh_err *err);
/* They are done with by a settlement that is being closed, except for what it could not reckon. */
YH_CHECK enum yh_rc yh_due_take(struct yh_tx *tx, const struct yh_id *settlement,
				const struct yh_id *cloud, yh_time as_of, struct yh_err *err);

/* The number of a statement whose correction was due at `as_of`, and has been taken up since by a
 * settlement that closed; "": none. */
YH_CHECK enum yh_rc yh_due_taken_since(struct yh_tx *tx, const struct yh_id *cloud, yh_time as_of,
				       char no[40], struct yh_err *err);

#endif
