/* Resources and their sizes over time. */
#ifndef YH_STORE_RESOURCE_H
#define YH_STORE_RESOURCE_H

#include "db/db.h"

struct yh_resource_row {
	struct yh_id id;
	char no[40]; /* "SH-R-000123" */
	struct yh_id unit, project, info_system, cloud;
	char kind[32];        /* one of the pack's */
	char former_kind[32]; /* what it was until formal_at; "" when it was none other */
	char state[16];       /* applied, running, stopped, destroyed, cancelled */
	const char *name;
	struct yh_id item; /* the priced item of the edition it was opened under */
	struct yh_id provider;
	const char *provider_ref; /* the provider's identifier, NULL before it is opened */
	struct yh_id case_id;
	yh_day lease_last; /* YH_DAY_NONE: open-ended */
	yh_time created_at, opened_at, formal_at, stopped_at, destroyed_at; /* 0: not yet */
	int64_t version;
};

/* One interval [from_at, to_at) of a resource's size; to_at 0: still so. */
struct yh_size_row {
	struct yh_id resource;
	yh_time from_at, to_at;
	struct yh_id item;
	int64_t qty_milli;
	struct yh_id case_id;
};

YH_CHECK enum yh_rc yh_resource_insert(struct yh_tx *tx, const struct yh_resource_row *row,
				       struct yh_err *err);
/* NOT_FOUND "resource-unknown". */
YH_CHECK enum yh_rc yh_resource_load(struct yh_tx *tx, const struct yh_id *id,
				     struct yh_arena *arena, struct yh_resource_row *out,
				     struct yh_err *err);
/* Writes what may change and raises version; STALE "resource-changed" when the row has another
 * version by now, or is gone. */
YH_CHECK enum yh_rc yh_resource_update(struct yh_tx *tx, struct yh_resource_row *row,
				       struct yh_err *err);
/* The resources a case is about, by number. */
YH_CHECK enum yh_rc yh_resource_of_case(struct yh_tx *tx, const struct yh_id *case_id,
					struct yh_arena *arena, struct yh_resource_row **out,
					size_t *n, struct yh_err *err);

/* The resources of an information system, by id. */
YH_CHECK enum yh_rc yh_resource_of_system(struct yh_tx *tx, const struct yh_id *system,
					  struct yh_arena *arena, struct yh_resource_row **out,
					  size_t *n, struct yh_err *err);
/* The last day of the longest lease among them; YH_DAY_NONE when none has one. */
YH_CHECK enum yh_rc yh_resource_lease_of_case(struct yh_tx *tx, const struct yh_id *case_id,
					      yh_day *last, struct yh_err *err);

/* Ends the open interval (if any) at `at` and, if qty_milli > 0, begins another. Two changes at one
 * instant: the later replaces the former. History is not rewritten: CONFLICT "size-changed-later"
 * when the size changed after `at`. */
YH_CHECK enum yh_rc yh_size_set(struct yh_tx *tx, const struct yh_id *resource, yh_time at,
				const struct yh_id *item, int64_t qty_milli,
				const struct yh_id *case_id, struct yh_err *err);
/* 0 and an all-zero item when it has no size now. */
YH_CHECK enum yh_rc yh_size_now(struct yh_tx *tx, const struct yh_id *resource, int64_t *qty_milli,
				struct yh_id *item, struct yh_err *err);
/* All intervals, by time. */
YH_CHECK enum yh_rc yh_size_list(struct yh_tx *tx, const struct yh_id *resource,
				 struct yh_arena *arena, struct yh_size_row **out, size_t *n,
				 struct yh_err *err);

#endif
