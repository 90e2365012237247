/* Orders, as they are placed, closed and asked for again. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cases/case.h"
#include "cases/mark.h"
#include "services/fulfil/internal.h"
#include "store/event.h"
#include "store/job.h"
#include "store/party.h"

enum { OPEN_MOST = 100 };

static const char *const acts[] = { [YH_CLOUD_OPEN] = "open",
				    [YH_CLOUD_RESIZE] = "resize",
				    [YH_CLOUD_STOP] = "stop",
				    [YH_CLOUD_DESTROY] = "destroy" };

/* ---- dimensions ---- */

enum yh_rc yh_order_dims_text(struct yh_arena *arena, const struct yh_item_row *item,
			      int64_t qty_milli, const char **out, struct yh_err *err)
{
	YH_JSON_AUTO all = json_object();
	char *text;

	for (size_t i = 0; item && i < item->n_dims; i++) {
		__int128 q = (__int128)item->dims[i].qty_milli * qty_milli / 1000;

		if (q > 0 && q <= INT64_MAX)
			(void)json_object_set_new(all, item->dims[i].dim, json_integer((int64_t)q));
	}
	text = yh_json_canonical(all);
	*out = yh_arena_strdup(arena, text ? text : "{}");
	free(text);
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_order_dims_read(struct yh_arena *arena, const char *text, struct yh_order_dims *out,
			      struct yh_err *err)
{
	const json_t *all;
	const char *name;
	json_t *v;
	enum yh_rc rc = yh_json_parse_in(arena, text, strlen(text), &all, err);

	*out = (struct yh_order_dims){ 0 };
	if (rc != YH_OK)
		return rc;
	out->v = YH_NEW_N(arena, struct yh_cloud_dim, json_object_size(all) + 1);
	if (!out->v)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	json_object_foreach((json_t *)(uintptr_t)all, name, v)
	{
		out->v[out->n++] = (struct yh_cloud_dim){ name, json_integer_value(v) };
	}
	return YH_OK;
}

enum yh_rc yh_order_of_row(struct yh_arena *arena, const struct yh_cloud_order_row *row,
			   struct yh_cloud_order *out, struct yh_err *err)
{
	struct yh_order_dims dims, before;
	const char *ref = row->ref[0] ? row->ref : row->resource_ref;
	enum yh_rc rc = yh_order_dims_read(arena, row->dims, &dims, err);

	if (rc == YH_OK)
		rc = yh_order_dims_read(arena, row->before, &before, err);
	if (rc != YH_OK)
		return rc;
	*out = (struct yh_cloud_order){ .resource = row->resource,
					.resource_no = row->resource_no,
					.name = row->resource_name,
					.case_no = row->case_no,
					.unit_code = row->unit_code,
					.project_code = row->project_code,
					.system_code = row->system_code,
					.item_code = row->item_code,
					.item_category = row->item_category,
					.provider_ref = ref && ref[0] ? ref : NULL,
					.dims = dims.v,
					.n_dims = dims.n,
					.before = before.v,
					.n_before = before.n,
					.snapshot = row->snapshot };
	while (strcmp(acts[out->act], row->act) != 0)
		out->act++;
	return YH_OK;
}

enum yh_rc yh_order_fault(struct yh_arena *arena, struct yh_cloud_order_row *o,
			  const struct yh_err *why, yh_time now, struct yh_err *err)
{
	struct yh_buf text;

	o->slug = yh_arena_strdup(arena, why->slug);
	o->figures = yh_arena_strdup(arena, yh_figures_told(&text, why));
	yh_buf_done(&text);
	o->failed_at = now;
	o->attempts++;
	return o->slug && o->figures ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* ---- placing ---- */

/* One job of a group waits, due now; what a failure had put off comes at once. */
static enum yh_rc plan_job(struct yh_ctx *cx, const struct yh_id *group, struct yh_err *err)
{
	struct yh_id id = yh_ctx_new_id(cx);

	return yh_job_insert(cx->tx, &id, "cloud.fulfil", group, cx->now, err);
}

static enum yh_rc machine_of(struct yh_ctx *cx, const struct yh_id *cloud, bool *machine,
			     struct yh_err *err)
{
	struct yh_cloud_row row;
	enum yh_rc rc;

	*machine = false;
	if (!cx->world->clouds)
		return YH_OK;
	rc = yh_cloud_load(cx->tx, cloud, cx->arena, &row, err);
	if (rc == YH_OK)
		*machine = yh_clouds_machine(cx->world->clouds, row.code) != NULL;
	return rc;
}

/* Sold by the piece: each is a machine, and several are no machine of that many times the size. One
 * that is there and is to grow is asked for by name. */
static bool pieces(const struct yh_order_in *in)
{
	int64_t of = in->act == YH_CLOUD_RESIZE ? in->before_milli : in->qty_milli;

	return in->item && strcmp(in->item->measure, "instance") == 0 && of != 1000;
}

static enum yh_rc left_as_pieces(struct yh_ctx *cx, const struct yh_order_in *in,
				 struct yh_cloud_order_row *o, struct yh_err *err)
{
	struct yh_err why = { 0 };

	(void)yh_fail(&why, YH_CONFLICT, "order-pieces");
	yh_err_text(&why, "item", in->item->name);
	return yh_order_fault(cx->arena, o, &why, cx->now, err);
}

enum yh_rc yh_order_place(struct yh_case_cx *k, const struct yh_order_in *in, struct yh_err *err)
{
	const struct yh_resource_row *r = in->resource;
	struct yh_cloud_order_row o = { .id = yh_ctx_new_id(k->cx),
					.cloud = r->cloud,
					.case_id = k->c->row.id,
					.resource = r->id,
					.org = in->step ? in->step->org : r->provider,
					.snapshot = in->snapshot,
					.created_at = k->cx->now };
	bool machine;
	enum yh_rc rc = machine_of(k->cx, &r->cloud, &machine, err);

	if (rc != YH_OK)
		return rc;
	if (machine && !in->left && pieces(in))
		rc = left_as_pieces(k->cx, in, &o, err);
	machine = machine && !in->left && !pieces(in);
	if (in->step)
		o.step = in->step->id;
	else if (yh_id_is_zero(&o.org))
		o.org = k->c->row.filer_org;
	(void)snprintf(o.act, sizeof o.act, "%s", acts[in->act]);
	(void)snprintf(o.state, sizeof o.state, "%s", machine ? "waiting" : "left");
	if (rc == YH_OK)
		rc = yh_order_dims_text(k->cx->arena, in->item, in->qty_milli, &o.dims, err);
	if (rc == YH_OK)
		rc = yh_order_dims_text(k->cx->arena, in->before_milli ? in->item : NULL,
					in->before_milli, &o.before, err);
	if (rc == YH_OK)
		rc = yh_cloud_order_insert(k->cx->tx, &o, err);
	if (rc != YH_OK || !machine)
		return rc;
	if (!in->step)
		return plan_job(k->cx, &o.id, err);
	rc = yh_job_waits_for(k->cx->tx, "cloud.fulfil", &o.step, &machine, err);
	return rc == YH_OK && !machine ? plan_job(k->cx, &o.step, err) : rc;
}

/* ---- a step was closed ---- */

/* Refused, and so was taking it back: something of it is there. An order of its own stands as it
 * came. */
static bool leftover(const struct yh_cloud_order_row *o)
{
	return strcmp(o->state, "refused") == 0 && o->steps_done > 0 && !yh_id_is_zero(&o->step);
}

/* What a machine has begun is settled by its job; all else is over. */
static enum yh_rc close_one(struct yh_ctx *cx, struct yh_cloud_order_row *o, bool positive,
			    bool *begun, struct yh_err *err)
{
	static const char *const machines[] = { "doing", "undoing", "done" };

	for (size_t i = 0; i < YH_LEN(machines); i++)
		if (strcmp(o->state, machines[i]) == 0 &&
		    !(o->decided && strcmp(o->state, "done") == 0)) {
			*begun = true;
			return YH_OK;
		}
	if (o->decided)
		return YH_OK; /* dropped before, and over */
	if (leftover(o)) {    /* settled as what was begun */
		*begun = true;
		(void)snprintf(o->state, sizeof o->state, "doing");
		o->at_step = "";
		o->refused = false;
		o->attempts = 0;
		o->ended_at = 0;
		return yh_cloud_order_update(cx->tx, o, err);
	}
	(void)snprintf(o->state, sizeof o->state, "%s", positive ? "done" : "undone");
	o->ended_at = cx->now;
	return yh_cloud_order_update(cx->tx, o, err);
}

enum yh_rc yh_order_step_closed(struct yh_case_cx *k, const struct yh_step *step,
				const struct yh_step_row *row, struct yh_err *err)
{
	bool positive = strcmp(row->outcome, step->outcomes[0].name) == 0, begun = false;
	struct yh_ctx *cx = k->cx;
	struct yh_cloud_order_row *rows;
	size_t n;
	enum yh_rc rc = yh_db_lock(cx->tx, &row->id, 1, err);

	if (rc == YH_OK)
		rc = yh_cloud_order_group(cx->tx, &row->id, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = close_one(cx, &rows[i], positive, &begun, err);
	if (rc == YH_OK && n)
		rc = yh_cloud_order_booked(cx->tx, &row->id, positive, err);
	begun = begun && !(positive && yh_id_is_zero(&row->closed_by)); /* by the job itself */
	/* also when one waits: that one may be past looking at the step */
	return rc == YH_OK && begun ? plan_job(cx, &row->id, err) : rc;
}

static enum yh_rc drop_one(struct yh_ctx *cx, const struct yh_id *id, const struct yh_id *step,
			   struct yh_err *err)
{
	struct yh_cloud_order_row o;
	bool begun = false;
	enum yh_rc rc = yh_db_lock(cx->tx, step, 1, err);

	if (rc == YH_OK)
		rc = yh_cloud_order_load(cx->tx, id, cx->arena, &o, err);
	if (rc == YH_OK)
		rc = close_one(cx, &o, false, &begun, err);
	if (rc == YH_OK)
		rc = yh_cloud_order_drop(cx->tx, id, err);
	return rc == YH_OK && begun ? plan_job(cx, step, err) : rc;
}

enum yh_rc yh_order_dropped(struct yh_case_cx *k, const struct yh_id *resource, struct yh_err *err)
{
	const struct yh_viewer all = { .any = true };
	const struct yh_cloud_order_filter f = {
		.open = true, .case_id = k->c->row.id, .resource = *resource, .limit = OPEN_MOST
	};
	struct yh_cloud_order_row *rows;
	size_t n;
	enum yh_rc rc = yh_cloud_order_list(k->cx->tx, &all, &f, k->cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (!yh_id_is_zero(&rows[i].step))
			rc = drop_one(k->cx, &rows[i].id, &rows[i].step, err);
	return rc;
}

/* ---- asked for again ---- */

static enum yh_rc over(const struct yh_cloud_order_row *o, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_CONFLICT, "order-over");

	yh_err_text(err, "state", o->state);
	return rc;
}

/* While something of the step is being taken back nothing begins anew. */
static bool any_undoing(const struct yh_cloud_order_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].state, "undoing") == 0 || leftover(&rows[i]))
			return true;
	return false;
}

static bool of_pieces(const struct yh_cloud_order_row *o)
{
	return strcmp(o->state, "left") == 0 && strcmp(o->slug, "order-pieces") == 0;
}

static enum yh_rc again(struct yh_ctx *cx, struct yh_cloud_order_row *o, bool undoing,
			struct yh_err *err)
{
	const char *state = o->state;

	if (o->dropped || of_pieces(o))
		return YH_OK;
	if (leftover(o)) {
		(void)snprintf(o->state, sizeof o->state, "undoing");
		o->ended_at = 0;
	} else if (undoing || strcmp(state, "done") == 0) {
		/* hastened alone */
	} else if (strcmp(state, "refused") == 0 || strcmp(state, "undone") == 0 ||
		   strcmp(state, "left") == 0) {
		/* one of its own goes on where it stopped, when it is its turn */
		(void)snprintf(o->state, sizeof o->state, "%s",
			       (o->steps_done || o->at_step[0]) && !yh_id_is_zero(&o->step)
				       ? "doing"
				       : "waiting");
		o->refused = false;
		o->ended_at = 0;
	}
	o->attempts = 0;
	return yh_cloud_order_update(cx->tx, o, err);
}

static enum yh_rc record(struct yh_ctx *cx, const struct yh_cloud_order_row *o, struct yh_err *err)
{
	const struct yh_event e = { .id = yh_ctx_new_id(cx),
				    .at = cx->now,
				    .kind = "order.retried",
				    .case_id = o->case_id,
				    .object_kind = "order",
				    .object_id = o->id,
				    .person = cx->actor->person,
				    .org = o->org,
				    .before = o->state,
				    .source = cx->actor->source };

	return yh_event_insert(cx->tx, &e, err);
}

/* Several desks confirm together, which no machine can; nor does it do several pieces. */
static enum yh_rc by_one_desk(struct yh_ctx *cx, const struct yh_cloud_order_row *o, bool *one,
			      struct yh_err *err)
{
	const struct yh_step *step;
	struct yh_case c;
	enum yh_rc rc = YH_OK;

	*one = !of_pieces(o);
	if (!*one || yh_id_is_zero(&o->step))
		return rc;
	rc = yh_case_get(cx, &o->case_id, &c, err);
	step = rc == YH_OK ? yh_procedure_step(c.procedure, o->step_name) : NULL;
	*one = rc == YH_OK && (!step || step->n_roles == 1);
	return rc;
}

enum yh_rc yh_order_open(const struct yh_ctx *cx, const struct yh_cloud_order_row *o,
			 struct yh_err *err)
{
	struct yh_case_row row;
	enum yh_rc rc = yh_case_load(cx->tx, &o->case_id, cx->arena, &row, err);

	return rc == YH_OK ? yh_mark_check(cx, &row, err) : rc;
}

enum yh_rc yh_order_retry(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err)
{
	struct yh_cloud_order_row o, *rows;
	struct yh_id group;
	bool machine = false, undoing;
	size_t n = 0;
	enum yh_rc rc = yh_cloud_order_load(cx->tx, id, cx->arena, &o, err);

	if (rc == YH_OK)
		rc = yh_order_open(cx, &o, err);
	if (rc != YH_OK)
		return rc;
	group = yh_id_is_zero(&o.step) ? o.id : o.step;
	rc = yh_db_lock(cx->tx, &group, 1, err);
	if (rc == YH_OK)
		rc = yh_cloud_order_load(cx->tx, id, cx->arena, &o, err);
	if (rc == YH_OK && !leftover(&o) &&
	    (strcmp(o.state, "done") == 0 || o.step_closed_at || o.dropped))
		return over(&o, err);
	if (rc == YH_OK)
		rc = machine_of(cx, &o.cloud, &machine, err);
	if (rc == YH_OK && machine)
		rc = by_one_desk(cx, &o, &machine, err);
	if (rc == YH_OK && !machine) {
		rc = yh_fail(err, YH_CONFLICT, "order-by-hand");
		yh_err_text(err, "cloud", o.cloud_code);
	}
	if (rc == YH_OK)
		rc = yh_cloud_order_group(cx->tx, &group, cx->arena, &rows, &n, err);
	undoing = rc == YH_OK && any_undoing(rows, n);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = again(cx, &rows[i], undoing, err);
	if (rc == YH_OK)
		rc = record(cx, &o, err);
	return rc == YH_OK ? plan_job(cx, &group, err) : rc;
}
