/* Orders: what is to be done on clouds for resources; and when clouds last answered. */
#ifndef YH_STORE_CLOUD_ORDER_H
#define YH_STORE_CLOUD_ORDER_H

#include "store/case_query.h"

/* The states of an order:
 *   left     for people: no machine does it, or none any more
 *   waiting  for the machine; nothing was tried
 *   doing    some of its steps are done, or one was begun
 *   done     by the machine, or by people
 *   undoing  what was done is being taken back
 *   undone   nothing of it is there (any more)
 *   refused  by the cloud, and nothing of it is there; an order without a step: as it stands
 */
struct yh_cloud_order_row {
	struct yh_id id, cloud, case_id, resource, org;
	struct yh_id step; /* zero: of its own */
	char act[12];      /* open, resize, stop, destroy */
	char state[12];
	const char *dims, *before; /* {"vcpu": thousandths}; before: "{}" unless resize */
	bool snapshot;
	int64_t steps_done;         /* of the driver's; undoing: that are still to be undone */
	const char *at_step;        /* "": none is at hand */
	const char *ref;            /* the provider's identifier that the machine gave; "" */
	bool refused;               /* undoing: since the cloud refused it */
	int64_t attempts;           /* failures in a row */
	const char *slug, *figures; /* of the last failure; "" */
	yh_time failed_at, created_at, begun_at, ended_at; /* 0: not yet */
	struct yh_id holder;                               /* see yh_cloud_order_hold */
	yh_time held_until;
	/* read only: what it is about */
	const char *cloud_code, *case_no, *org_name, *unit_code, *unit_name, *project_code,
		*system_code, *item_code, *item_name, *item_category;
	const char *resource_no, *resource_name, *resource_state, *resource_ref;
	struct yh_sm3 pack;
	const char *procedure;
	char case_state[16];
	const char *step_name; /* "" without */
	yh_day due_day;
	yh_time due_at;         /* of a clock in hours; 0: at the end of the day */
	yh_time step_closed_at; /* 0: open */
	bool booked;            /* step_closed_at: the books have it */
	bool by_system;         /* and so it was closed */
	bool decided;           /* whether the books have it, or will not */
	bool dropped;           /* its resource has left the case; the step goes on without it */
};

YH_CHECK enum yh_rc yh_cloud_order_insert(struct yh_tx *tx, const struct yh_cloud_order_row *row,
					  struct yh_err *err);
/* NOT_FOUND "order-unknown". Texts in the arena. */
YH_CHECK enum yh_rc yh_cloud_order_load(struct yh_tx *tx, const struct yh_id *id,
					struct yh_arena *arena, struct yh_cloud_order_row *out,
					struct yh_err *err);
/* The orders of a step, or the one of that id that has none; by id. */
YH_CHECK enum yh_rc yh_cloud_order_group(struct yh_tx *tx, const struct yh_id *group,
					 struct yh_arena *arena, struct yh_cloud_order_row **out,
					 size_t *n, struct yh_err *err);
/* Writes the state and what belongs to it. */
YH_CHECK enum yh_rc yh_cloud_order_update(struct yh_tx *tx, const struct yh_cloud_order_row *row,
					  struct yh_err *err);
/* The books will not have it: its resource has left the case, whose step is open. */
YH_CHECK enum yh_rc yh_cloud_order_drop(struct yh_tx *tx, const struct yh_id *id,
					struct yh_err *err);
/* The step was closed: the books have what its orders ask, or not; but for those dropped. */
YH_CHECK enum yh_rc yh_cloud_order_booked(struct yh_tx *tx, const struct yh_id *step, bool booked,
					  struct yh_err *err);
/* The identifier that a machine gave a resource for an order of the case that is done; NULL: none.
 */
YH_CHECK enum yh_rc yh_cloud_order_made(struct yh_tx *tx, const struct yh_id *case_id,
					const struct yh_id *resource, struct yh_arena *arena,
					const char **ref, struct yh_err *err);
/* Calls to the cloud about a group are made by one at a time: who has taken it may make them until
 * `until`, and holds it for longer before each. *held false: another may still be at it, until
 * *other; or, with `mine`, who supposes to have it still, has lost it meanwhile (*other: now). Zero
 * `until` gives it back. */
YH_CHECK enum yh_rc yh_cloud_order_hold(struct yh_tx *tx, const struct yh_id *group,
					const struct yh_id *holder, yh_time now, yh_time until,
					bool mine, bool *held, yh_time *other, struct yh_err *err);
/* An order of another group that was begun, and is not in the books yet, about a resource of this
 * group: its case's number and the resource's; NULL: there is none. */
YH_CHECK enum yh_rc yh_cloud_order_before(struct yh_tx *tx, const struct yh_id *group,
					  struct yh_arena *arena, const char **case_no,
					  const char **resource_no, struct yh_err *err);
/* Is the step of the group still open, in a case that is, with as many of its orders dropped as
 * are known (-1: whatever)? True for an order of its own. */
YH_CHECK enum yh_rc yh_cloud_order_wanted(struct yh_tx *tx, const struct yh_id *group,
					  int64_t dropped, bool *wanted, struct yh_err *err);

/* The resources of a cloud about which an order is not over, in the order of their ids: what a
 * comparison of both books leaves alone. */
struct yh_cloud_order_flight {
	struct yh_id resource;
	const char *ref; /* that the machine gave it so far; "" */
};
YH_CHECK enum yh_rc yh_cloud_order_in_flight(struct yh_tx *tx, const struct yh_id *cloud,
					     struct yh_arena *arena,
					     struct yh_cloud_order_flight **out, size_t *n,
					     struct yh_err *err);

struct yh_cloud_order_filter {
	const char *states; /* "|left|refused|": one of these; NULL: any */
	bool open;          /* whose step is open, or that is not over by itself */
	struct yh_id id;    /* zero: any */
	struct yh_id cloud, case_id, step, resource; /* zero: any */
	struct yh_id after;                          /* cursor */
	uint32_t limit;
};
/* By id. Seen by whoever acts for its provider, and by bodies of the cloud with who->cloud. */
YH_CHECK enum yh_rc yh_cloud_order_list(struct yh_tx *tx, const struct yh_viewer *who,
					const struct yh_cloud_order_filter *f,
					struct yh_arena *arena, struct yh_cloud_order_row **out,
					size_t *n, struct yh_err *err);

struct yh_cloud_contact_row {
	struct yh_id cloud;
	yh_time tried_at, contact_at; /* contact_at 0: never */
	const char *slug, *figures;   /* of the last try, when it failed; "" */
};
/* contact_at 0 leaves the last one as it is. */
YH_CHECK enum yh_rc yh_cloud_contact_put(struct yh_tx *tx, const struct yh_cloud_contact_row *row,
					 struct yh_err *err);
/* All zero when there is none. */
YH_CHECK enum yh_rc yh_cloud_contact_load(struct yh_tx *tx, const struct yh_id *cloud,
					  struct yh_arena *arena, struct yh_cloud_contact_row *out,
					  struct yh_err *err);

struct yh_cloud_order_counts {
	int64_t left, waiting, doing, undoing, refused;
};
YH_CHECK enum yh_rc yh_cloud_order_count(struct yh_tx *tx, const struct yh_id *cloud,
					 struct yh_cloud_order_counts *out, struct yh_err *err);

#endif
