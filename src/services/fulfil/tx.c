/* The transactions of fulfilment: small ones, each under the group's lock. */
#include <string.h>

#include "base/json.h"
#include "cases/case.h"
#include "services/fulfil/internal.h"
#include "store/event.h"
#include "store/mark.h"

enum { ARENA_BYTES = 64 * 1024 * 1024, EVIDENCE_BYTES = 1024 * 1024 };

static const struct yh_actor machine = {
	.login = "system", .name = "system", .scopes = "all", .source = "local"
};

/* One use case of the system. */
struct doing {
	struct yh_saga *s;
	struct yh_saga_write *w;
	struct yh_arena arena;
	struct yh_ctx cx;
	enum yh_stand stand;
	yh_time other;
};

static void begin(struct doing *d, struct yh_tx *tx)
{
	yh_arena_done(&d->arena); /* of a run before this one */
	d->cx = (struct yh_ctx){ .tx = tx,
				 .world = d->s->j->world,
				 .actor = &machine,
				 .now = yh_clock_now(d->s->j->world->clock),
				 .arena = &d->arena };
}

static enum yh_rc run(struct doing *d, yh_tx_fn fn, bool write, struct yh_err *err)
{
	struct yh_exec *x = d->s->j->world->exec;
	enum yh_rc rc;

	yh_arena_init(&d->arena, ARENA_BYTES);
	rc = write ? yh_exec_write(x, fn, d, err) : yh_exec_read(x, fn, d, err);
	yh_arena_done(&d->arena);
	return rc;
}

/* What reckons by the law reckons by today's. */
static enum yh_rc refresh_law(const struct doing *d, struct yh_err *err)
{
	const struct yh_law_book *law = d->cx.world->law;
	struct yh_marks marks;
	enum yh_rc rc;

	if (!law->refresh)
		return YH_OK;
	rc = yh_marks_read(d->cx.tx, &marks, err);
	return rc == YH_OK ? law->refresh(law->self, d->cx.tx, marks.law, err) : rc;
}

/* Takes the group, or holds it for longer, and sees how it stands. What was loaded is of no worth
 * once another had it meanwhile, even if that one has given it back. */
static enum yh_rc stand(struct doing *d, bool give_back, struct yh_err *err)
{
	struct yh_saga *s = d->s;
	yh_time until = give_back ? 0 : d->cx.now + YH_FULFIL_HOLD_US;
	bool held, wanted = true;
	enum yh_rc rc = yh_cloud_order_hold(d->cx.tx, &s->group, &s->holder, d->cx.now, until,
					    s->taken, &held, &d->other, err);

	if (rc == YH_OK && held)
		rc = yh_cloud_order_wanted(d->cx.tx, &s->group, s->taken ? s->dropped : -1, &wanted,
					   err);
	d->stand = !held ? YH_STAND_TAKEN : wanted ? YH_STAND_WANTED : YH_STAND_CLOSED;
	return rc;
}

/* ---- taking and loading ---- */

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	struct yh_saga *s = d->s;
	enum yh_rc rc;

	begin(d, tx);
	rc = stand(d, false, err);
	if (rc != YH_OK || d->stand == YH_STAND_TAKEN)
		return rc;
	return yh_cloud_order_group(tx, &s->group, s->j->arena, &s->rows, &s->n, err);
}

enum yh_rc yh_saga_load(struct yh_saga *s, enum yh_stand *out, yh_time *other, struct yh_err *err)
{
	struct doing d = { .s = s };
	enum yh_rc rc;

	s->n = 0;
	s->taken = false;
	rc = run(&d, load, true, err);
	*out = d.stand;
	*other = d.other;
	if (rc != YH_OK || s->n == 0)
		return rc;
	s->taken = true;
	s->dropped = 0;
	for (size_t i = 0; i < s->n; i++)
		s->dropped += s->rows[i].dropped;
	s->own = yh_id_is_zero(&s->rows[0].step);
	s->orders = YH_NEW_N(s->j->arena, struct yh_cloud_order, s->n);
	if (!s->orders)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < s->n; i++)
		rc = yh_order_of_row(s->j->arena, &s->rows[i], &s->orders[i], err);
	return rc;
}

/* ---- writing how far it has come ---- */

static enum yh_rc put_contact(struct doing *d, struct yh_err *err)
{
	struct yh_saga_write *w = d->w;
	struct yh_cloud_order_row fault = { .slug = "", .figures = "" };
	struct yh_cloud_contact_row c = { .cloud = d->s->rows[0].cloud, .tried_at = d->cx.now };
	enum yh_rc rc = YH_OK;

	if (w->contact < 0)
		rc = yh_order_fault(d->cx.arena, &fault, w->why, d->cx.now, err);
	else
		c.contact_at = d->cx.now;
	c.slug = fault.slug;
	c.figures = fault.figures;
	return rc == YH_OK ? yh_cloud_contact_put(d->cx.tx, &c, err) : rc;
}

/* The provider hears of a refusal, and the case's record keeps it. */
static enum yh_rc tell(struct doing *d, const struct yh_cloud_order_row *o, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = &d->cx, .c = &c };
	const struct yh_event e = { .id = yh_ctx_new_id(&d->cx),
				    .at = d->cx.now,
				    .kind = "order.refused",
				    .case_id = o->case_id,
				    .object_kind = "order",
				    .object_id = o->id,
				    .role = YH_SYSTEM_ROLE,
				    .org = o->org,
				    .outcome = o->slug,
				    .source = "local" };
	YH_JSON_AUTO more =
		json_pack("{s:s, s:s}", "resource", o->resource_no, "cloud", o->cloud_code);
	/* refused to be taken back, that is */
	bool stays = !d->s->own && strcmp(o->state, "refused") == 0 && o->steps_done > 0;
	enum yh_rc rc = yh_case_get(&d->cx, &o->case_id, &c, err);

	for (uint32_t i = 0; more && i < d->w->why->n_figs; i++)
		if (strcmp(d->w->why->figs[i].name, "detail") == 0)
			(void)json_object_set_new(more, "detail",
						  json_string(d->w->why->figs[i].text));
	if (more && !json_object_get(more, "detail"))
		(void)json_object_set_new(more, "detail", json_string(d->w->why->slug));
	if (rc == YH_OK)
		rc = yh_case_tell_more(&k, "provider", &o->org,
				       stays ? "order-leftover" : "order-refused", more, err);
	return rc == YH_OK ? yh_event_insert(d->cx.tx, &e, err) : rc;
}

static enum yh_rc write(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	struct yh_saga_write *w = d->w;
	enum yh_rc rc;

	begin(d, tx);
	rc = stand(d, w->release, err);
	if (rc == YH_OK && w->contact)
		rc = put_contact(d, err);
	if (rc != YH_OK || d->stand == YH_STAND_TAKEN ||
	    (d->stand == YH_STAND_CLOSED && !w->closed))
		return rc;
	if (rc == YH_OK && w->begins) {
		rc = yh_saga_may_begin(&d->cx, d->s, w->first, w, err);
		if (rc != YH_OK || w->begin != YH_BEGIN_GO)
			return rc;
	}
	for (size_t i = w->first; rc == YH_OK && i < w->first + w->n; i++)
		rc = yh_cloud_order_update(tx, &d->s->rows[i], err);
	return rc == YH_OK && w->tell ? tell(d, w->tell, err) : rc;
}

enum yh_rc yh_saga_write(struct yh_saga_write *w, struct yh_err *err)
{
	struct doing d = { .s = w->s, .w = w };
	enum yh_rc rc = run(&d, write, true, err);

	w->stand = d.stand;
	w->other = d.other;
	return rc;
}

/* ---- the step ---- */

static enum yh_rc check(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;

	enum yh_rc rc;

	begin(d, tx);
	rc = refresh_law(d, err);
	return rc == YH_OK ? yh_case_fulfil_check(&d->cx, &d->s->group, err) : rc;
}

enum yh_rc yh_saga_check(struct yh_saga *s, struct yh_err *err)
{
	struct doing d = { .s = s };

	return run(&d, check, false, err);
}

/* What a provider would have written: which machine each resource has become, or how it was
 * destroyed. Evidence names every one; where that is more than the step's form takes, the form is
 * for people to fill in. */
static json_t *form_of(const struct yh_saga *s, yh_time now)
{
	json_t *form = json_pack("{s:[]}", "resources"), *list;
	char id[YH_ID_TEXT], at[YH_TIME_TEXT];
	struct yh_buf evidence;
	bool destroys = false;

	list = json_object_get(form, "resources");
	yh_buf_init(&evidence, EVIDENCE_BYTES);
	yh_buf_printf(&evidence, "%s %s", s->cfg->driver->name, yh_time_text(now, at));
	for (size_t i = 0; form && i < s->n; i++) {
		const struct yh_cloud_order_row *o = &s->rows[i];
		const char *ref = o->ref[0] ? o->ref : o->resource_ref ? o->resource_ref : "";

		if (o->dropped)
			continue;
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "resource",
							    yh_id_text(&o->resource, id),
							    "provider_ref", ref));
		destroys = destroys || strcmp(o->act, "destroy") == 0;
		yh_buf_printf(&evidence, "\n%s %s", o->resource_no, ref);
	}
	if (destroys) {
		(void)json_object_clear(form);
		(void)json_object_set_new(form, "evidence", json_string(yh_buf_text(&evidence)));
	}
	if (!yh_buf_ok(&evidence)) {
		json_decref(form);
		form = NULL;
	}
	yh_buf_done(&evidence);
	return form;
}

static enum yh_rc close_step(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	YH_JSON_AUTO form = NULL;
	struct yh_case c;
	enum yh_rc rc;

	begin(d, tx);
	form = form_of(d->s, d->cx.now);
	if (!form)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = refresh_law(d, err);
	return rc == YH_OK ? yh_case_fulfil(&d->cx, &d->s->group, form, &c, err) : rc;
}

enum yh_rc yh_saga_close(struct yh_saga *s, struct yh_err *err)
{
	struct doing d = { .s = s };

	return run(&d, close_step, true, err);
}
