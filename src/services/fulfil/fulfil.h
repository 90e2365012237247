/* Fulfilment: what fulfilled steps ask is written as orders when they open, one for each resource.
 * Where a machine does it (clouds/clouds.h) a job carries them out, step by step, and closes the
 * step when all are done; everything else is left to the provider's people, who confirm.
 *
 * What is about to be asked of a cloud is committed before it is asked, so that nothing is lost
 * when this program, or the cloud, is killed. A cloud that is away is tried again. What it refuses
 * is taken back as far as the step had come, and the step stays open for people. When a step is
 * closed otherwise meanwhile (by hand, withdrawn, dropped), what the machine did for it and the
 * books do not have is taken back, too. */
#ifndef YH_SERVICES_FULFIL_FULFIL_H
#define YH_SERVICES_FULFIL_FULFIL_H

#include "cases/words.h"
#include "clouds/clouds.h"
#include "store/catalogue.h"
#include "store/cloud_order.h"
#include "store/resource.h"

struct yh_order_in {
	enum yh_cloud_act act;
	const struct yh_resource_row *resource;
	const struct yh_step_row *step;  /* NULL: an order of its own, the books have it already */
	const struct yh_item_row *item;  /* OPEN, RESIZE: with its dimensions, and how many; */
	int64_t qty_milli, before_milli; /* RESIZE: of how many before */
	bool snapshot;
	bool left; /* to people, whatever the cloud has */
};
/* Writes an order of the case at hand, and the job that carries it out. */
YH_CHECK enum yh_rc yh_order_place(struct yh_case_cx *k, const struct yh_order_in *in,
				   struct yh_err *err);
/* A fulfilled step was closed, now, by whoever: what was left to people is over, and what a machine
 * was at is settled by its job. */
YH_CHECK enum yh_rc yh_order_step_closed(struct yh_case_cx *k, const struct yh_step *step,
					 const struct yh_step_row *row, struct yh_err *err);
/* A resource has left the case at hand, which goes on: what its open step asks for it is over, or
 * taken back by the step's job. */
YH_CHECK enum yh_rc yh_order_dropped(struct yh_case_cx *k, const struct yh_id *resource,
				     struct yh_err *err);
/* Asks a machine (again), at once: with the order go those of its step that are not done. CONFLICT
 * "order-over" (state) when it is done, or its step is closed; "order-by-hand" (cloud) when no
 * machine fulfils there. */
YH_CHECK enum yh_rc yh_order_retry(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err);

struct yh_fulfil_job {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	const atomic_bool *stop; /* NULL: never */
};
/* Carries out, or settles, the orders of a step, or one of its own, as far as it gets. */
YH_CHECK enum yh_rc yh_fulfil_run(const struct yh_fulfil_job *j, const struct yh_id *group,
				  yh_time *again_at, struct yh_err *err);
/* Asks every cloud that a machine fulfils on whether it is there. */
enum { YH_FULFIL_PING_S = 60 };
YH_CHECK enum yh_rc yh_fulfil_ping(const struct yh_fulfil_job *j, struct yh_err *err);

/* Whoever has talked to a cloud notes how it went: `why` with rc YH_OK, it has answered. Writes. */
YH_CHECK enum yh_rc yh_fulfil_contact(const struct yh_world *world, const char *code,
				      const struct yh_err *why, struct yh_err *err);

/* A dimension out of an order's text, in the order of their names. */
struct yh_order_dims {
	struct yh_cloud_dim *v;
	size_t n;
};
YH_CHECK enum yh_rc yh_order_dims_read(struct yh_arena *arena, const char *text,
				       struct yh_order_dims *out, struct yh_err *err);

#endif
