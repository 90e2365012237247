/* Comparisons of what a cloud has with what the register says, and the differences found: each
 * stands from the comparison that found it until the first one that does not. */
#ifndef YH_STORE_CLOUD_CHECK_H
#define YH_STORE_CLOUD_CHECK_H

#include "db/db.h"

struct yh_cloud_check_row {
	struct yh_id id, cloud, person;       /* person zero: the system */
	yh_time asked_at, begun_at, ended_at; /* 0: not yet */
	int64_t machines, resources;          /* there; in the register */
	int64_t found, standing, closed;      /* differences: new, found before, no longer so */
	const char *fault, *figures;          /* "" : it has not failed; figures: JSON */
};

YH_CHECK enum yh_rc yh_cloud_check_insert(struct yh_tx *tx, const struct yh_cloud_check_row *row,
					  struct yh_err *err);
/* Texts in the arena. NOT_FOUND "cloud-check-unknown". */
YH_CHECK enum yh_rc yh_cloud_check_load(struct yh_tx *tx, const struct yh_id *id,
					struct yh_arena *arena, struct yh_cloud_check_row *out,
					struct yh_err *err);
/* The one of a cloud that waits to begin; *found false: none. */
YH_CHECK enum yh_rc yh_cloud_check_waiting(struct yh_tx *tx, const struct yh_id *cloud, bool *found,
					   struct yh_id *id, struct yh_err *err);
/* Writes begun_at, or ended_at with everything else; nothing once it has ended. */
YH_CHECK enum yh_rc yh_cloud_check_begin(struct yh_tx *tx, const struct yh_cloud_check_row *row,
					 struct yh_err *err);
YH_CHECK enum yh_rc yh_cloud_check_end(struct yh_tx *tx, const struct yh_cloud_check_row *row,
				       struct yh_err *err);
/* Of a cloud, newest first, before `before` (zero: from the newest). */
YH_CHECK enum yh_rc yh_cloud_check_list(struct yh_tx *tx, const struct yh_id *cloud,
					const struct yh_id *before, uint32_t limit,
					struct yh_arena *arena, struct yh_cloud_check_row **out,
					size_t *n, struct yh_err *err);

/* What the register says of one resource of a cloud. */
struct yh_cloud_entry {
	struct yh_id id, item; /* item zero: it has no size now */
	char no[40], state[16];
	const char *name, *ref; /* ref "": it was never opened */
	int64_t qty_milli, version;
	bool busy; /* an order about it is under way: it may be there, or not, or in between */
};
/* Those that are open or that an order is about, by id. */
YH_CHECK enum yh_rc yh_cloud_entries(struct yh_tx *tx, const struct yh_id *cloud,
				     struct yh_arena *arena, struct yh_cloud_entry **out, size_t *n,
				     struct yh_err *err);

/* The machines of open resources, by ref. */
struct yh_cloud_ref {
	const char *ref;
	char no[40];
};
YH_CHECK enum yh_rc yh_cloud_refs(struct yh_tx *tx, const struct yh_id *cloud,
				  struct yh_arena *arena, struct yh_cloud_ref **out, size_t *n,
				  struct yh_err *err);

struct yh_cloud_difference_row {
	struct yh_id id, cloud, resource; /* resource zero: of none */
	char kind[32];       /* unregistered, vanished, wrong_size, runs_though_stopped,
				stopped_though_running */
	const char *subject; /* the resource's number, or the machine's identifier */
	const char *ref, *name, *tag_no, *tag_case; /* of the machine; "" */
	const char *dims, *registered; /* {"vcpu": thousandths}: of the machine, of the register */
	bool running;                  /* the machine; vanished: false */
	yh_time found_at, closed_at;   /* closed_at 0: it stands */
	const char *resource_no, *resource_name; /* read only; "" */
};
/* *inserted false: one of this kind about this subject stands already. */
YH_CHECK enum yh_rc yh_cloud_difference_insert(struct yh_tx *tx,
					       const struct yh_cloud_difference_row *row,
					       bool *inserted, struct yh_err *err);
/* What is seen of it now: everything but whose it is and when it was found. */
YH_CHECK enum yh_rc yh_cloud_difference_update(struct yh_tx *tx,
					       const struct yh_cloud_difference_row *row,
					       struct yh_err *err);
YH_CHECK enum yh_rc yh_cloud_difference_close(struct yh_tx *tx, const struct yh_id *id, yh_time at,
					      struct yh_err *err);
struct yh_cloud_difference_filter {
	struct yh_id cloud, after; /* after: cursor, only older ones; zero: from the newest */
	const char *kind;          /* "": any */
	bool closed;               /* those that stand no longer, or those that stand */
	uint32_t limit;
};
/* Newest first. */
YH_CHECK enum yh_rc yh_cloud_difference_list(struct yh_tx *tx,
					     const struct yh_cloud_difference_filter *f,
					     struct yh_arena *arena,
					     struct yh_cloud_difference_row **out, size_t *n,
					     struct yh_err *err);

#endif
