/* What the files of fulfilment share. */
#ifndef YH_SERVICES_FULFIL_INTERNAL_H
#define YH_SERVICES_FULFIL_INTERNAL_H

#include "services/fulfil/fulfil.h"

/* A call lasts YH_CLOUD_CALL_S at most; after twice that time whoever made it is gone. */
#define YH_FULFIL_HOLD_US (2 * YH_CLOUD_CALL_S * YH_US_PER_S)

/* The orders of a step, or one of its own, while a job is at them. */
struct yh_saga {
	const struct yh_fulfil_job *j;
	struct yh_id group, holder;
	int64_t since_ms; /* monotonic: when this run began */
	bool taken;       /* held since it was loaded; nobody else may have been at it */
	int64_t dropped;  /* of the rows, when they were loaded */
	bool own;         /* of no step */
	struct yh_cloud_order_row *rows;
	struct yh_cloud_order *orders; /* as drivers see them */
	size_t n;
	const struct yh_cloud_config *cfg;
	struct yh_cloud *cloud;
};

/* How the group stands. */
enum yh_stand {
	YH_STAND_WANTED, /* to be carried out */
	YH_STAND_CLOSED, /* its step was closed, or its case is not open */
	YH_STAND_TAKEN,  /* somebody else is at it */
};

/* May an order begin? */
enum yh_begin {
	YH_BEGIN_GO,
	YH_BEGIN_WAIT, /* another order is at the resource */
	YH_BEGIN_LEFT, /* the books have it otherwise by now: for people */
	YH_BEGIN_OVER, /* the books have what it asks, and more */
};

/* FORBIDDEN "label-above" for who is not cleared for its case. */
YH_CHECK enum yh_rc yh_order_open(const struct yh_ctx *cx, const struct yh_cloud_order_row *o,
				  struct yh_err *err);

/* tx.c: each is a transaction of its own, and tells the stand it found. Nothing is written unless
 * it is as the caller supposes: WANTED, or with `closed` whatever it is but TAKEN. */
struct yh_saga_write {
	struct yh_saga *s;
	size_t first, n; /* rows that are written */
	bool closed;     /* also when the step is closed */
	int contact;     /* 1: the cloud has answered; -1: it has not; 0: nothing is known */
	const struct yh_err *why;              /* contact -1, or what is told */
	const struct yh_cloud_order_row *tell; /* was refused, for good; NULL: none was */
	bool release;                          /* the group is given back */
	bool begins;         /* the row `first`, if it may; else nothing is written */
	enum yh_begin begin; /* out; GO: it has begun */
	struct yh_err fault; /* WAIT, LEFT: why */
	enum yh_stand stand; /* out */
	yh_time other;       /* TAKEN: until when */
};
YH_CHECK enum yh_rc yh_saga_write(struct yh_saga_write *w, struct yh_err *err);
/* Loads the group and takes it; *stand as above. */
YH_CHECK enum yh_rc yh_saga_load(struct yh_saga *s, enum yh_stand *stand, yh_time *other,
				 struct yh_err *err);
/* begin.c, within a write: sets w->begin and w->fault, and what the row is to start from. */
YH_CHECK enum yh_rc yh_saga_may_begin(struct yh_ctx *cx, struct yh_saga *s, size_t i,
				      struct yh_saga_write *w, struct yh_err *err);
/* Does what was done agree with the books, now that the step is closed? Where it is not known which
 * machine it was (killed between its making and our writing that down), and people named one, it
 * may be theirs: in doubt nothing is taken back, and the comparison of both books shows what is too
 * many. */
bool yh_saga_agrees(const struct yh_cloud_order_row *o);
/* Would the step's checks hold? */
YH_CHECK enum yh_rc yh_saga_check(struct yh_saga *s, struct yh_err *err);
/* Closes the step as the system, as its provider would have. */
YH_CHECK enum yh_rc yh_saga_close(struct yh_saga *s, struct yh_err *err);

/* Keeps a failure with a row: its slug and figures. */
YH_CHECK enum yh_rc yh_order_fault(struct yh_arena *arena, struct yh_cloud_order_row *o,
				   const struct yh_err *why, yh_time now, struct yh_err *err);

/* {"memory_gib": 8000, "vcpu": 4000}, in thousandths: so much of an item; NULL: "{}". */
YH_CHECK enum yh_rc yh_order_dims_text(struct yh_arena *arena, const struct yh_item_row *item,
				       int64_t qty_milli, const char **out, struct yh_err *err);

/* What a driver is told of a row. */
YH_CHECK enum yh_rc yh_order_of_row(struct yh_arena *arena, const struct yh_cloud_order_row *row,
				    struct yh_cloud_order *out, struct yh_err *err);

#endif
