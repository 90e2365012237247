/* Which orders a fulfilled step asks for: its effects, told beforehand. */
#include "effects/order.h"

#include <string.h>

#include "cases/case.h"
#include "services/fulfil/fulfil.h"
#include "store/case_file.h"

/* What is being planned. */
struct planning {
	struct yh_case_cx *k;
	const struct yh_step_row *row;
	bool left;
};

static enum yh_rc place(struct planning *p, struct yh_order_in *in, struct yh_err *err)
{
	in->step = p->row;
	in->left = p->left;
	return yh_order_place(p->k, in, err);
}

/* The case's resources in a state, to be stopped or destroyed. */
static enum yh_rc plan_end(struct planning *p, const char *state, enum yh_cloud_act act,
			   struct yh_err *err)
{
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc =
		yh_resource_of_case(p->k->cx->tx, &p->k->c->row.id, p->k->cx->arena, &rs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_order_in in = { .act = act,
					  .resource = &rs[i],
					  .snapshot = act == YH_CLOUD_STOP };

		if (strcmp(rs[i].state, state) == 0)
			rc = place(p, &in, err);
	}
	return rc;
}

/* As resource.open goes: the applied resources in the order of the form's items. */
static enum yh_rc plan_open(struct planning *p, const struct yh_asked *want, struct yh_err *err)
{
	struct yh_resource_row *rs;
	size_t n, at = 0;
	enum yh_rc rc =
		yh_resource_of_case(p->k->cx->tx, &p->k->c->row.id, p->k->cx->arena, &rs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n && at < want->n_items; i++) {
		struct yh_order_in in = { .act = YH_CLOUD_OPEN, .resource = &rs[i] };

		if (strcmp(rs[i].state, "applied") != 0)
			continue;
		in.item = &want->items[at].item;
		in.qty_milli = want->items[at++].qty_milli;
		rc = place(p, &in, err);
	}
	return rc;
}

static enum yh_rc plan_changes(struct planning *p, const struct yh_asked *want, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < want->n_changes; i++) {
		const struct yh_asked_change *ch = &want->changes[i];
		struct yh_order_in in = { .act = YH_CLOUD_RESIZE,
					  .resource = &ch->resource,
					  .item = &ch->item,
					  .qty_milli = ch->to_milli,
					  .before_milli = ch->from_milli };

		rc = place(p, &in, err);
	}
	return rc;
}

static enum yh_rc plan_asked(struct planning *p, bool resize, struct yh_err *err)
{
	struct yh_asked want;
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_asked_read(p->k, &want, &why);

	if (rc == YH_NOT_FOUND || rc == YH_CONFLICT || rc == YH_REFUSED || rc == YH_BAD_INPUT)
		return YH_OK; /* cannot be carried out as things stand: its people will be told */
	if (rc != YH_OK) {
		if (err)
			*err = why;
		return rc;
	}
	if (resize)
		rc = plan_changes(p, &want, err);
	return rc == YH_OK ? plan_open(p, &want, err) : rc;
}

static enum yh_rc plan(struct planning *p, const struct yh_step *step, struct yh_err *err)
{
	const struct yh_outcome *o = &step->outcomes[0];
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < o->n_effects; i++) {
		const char *word = o->effects[i].word->name;

		if (strcmp(word, "resource.open") == 0)
			rc = plan_asked(p, false, err);
		else if (strcmp(word, "resource.resize") == 0)
			rc = plan_asked(p, true, err);
		else if (strcmp(word, "resource.stop") == 0)
			rc = plan_end(p, "running", YH_CLOUD_STOP, err);
		else if (strcmp(word, "resource.destroy") == 0)
			rc = plan_end(p, "stopped", YH_CLOUD_DESTROY, err);
	}
	return rc;
}

enum yh_rc yh_order_of_step(struct yh_case_cx *k, const struct yh_step *step,
			    const struct yh_step_row *row, struct yh_err *err)
{
	/* several desks confirm together, which no machine can */
	struct planning p = { .k = k, .row = row, .left = step->n_roles != 1 };

	if (row->closed_at)
		return yh_order_step_closed(k, step, row, err);
	if (strcmp(row->role, step->roles[0]) != 0)
		return YH_OK;
	return plan(&p, step, err);
}

enum yh_rc yh_order_without(struct yh_case_cx *k, const struct yh_id *resource, struct yh_err *err)
{
	return yh_order_dropped(k, resource, err);
}

enum yh_rc yh_order_plan_late(struct yh_ctx *cx, const struct yh_id *step_id, struct yh_err *err)
{
	struct yh_cloud_order_row *have;
	struct yh_step_row row;
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	struct planning p = { .k = &k, .row = &row, .left = true };
	size_t n = 0;
	enum yh_rc rc = yh_step_load(cx->tx, step_id, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = yh_case_take(cx, &row.case_id, &c, err);
	if (rc == YH_OK)
		rc = yh_step_load(cx->tx, step_id, cx->arena, &row, err);
	if (rc == YH_OK)
		rc = yh_cloud_order_group(cx->tx, step_id, cx->arena, &have, &n, err);
	if (rc != YH_OK || row.closed_at || n)
		return rc;
	k.step = yh_procedure_step(c.procedure, row.step);
	return k.step ? plan(&p, k.step, err) : YH_OK;
}

enum yh_rc yh_order_stop(struct yh_case_cx *k, const struct yh_resource_row *r, struct yh_err *err)
{
	const struct yh_order_in in = { .act = YH_CLOUD_STOP, .resource = r };

	return yh_order_place(k, &in, err);
}
