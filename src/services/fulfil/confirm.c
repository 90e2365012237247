/* Orders confirmed by a table. */
#include "services/fulfil/confirm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "cases/case.h"
#include "services/document/document.h"
#include "services/fulfil/internal.h"
#include "services/project/project.h"
#include "store/event.h"

const struct yh_handover_column yh_handover_columns[YH_HO_COLS] = {
	[YH_HO_ORDER] = { "交付单", "Order", false },
	[YH_HO_CASE] = { "案号", "Case", false },
	[YH_HO_STEP] = { "环节", "Step", false },
	[YH_HO_ACT] = { "动作", "Act", false },
	[YH_HO_RESOURCE] = { "资源编号", "Resource", false },
	[YH_HO_NAME] = { "资源名称", "Name", false },
	[YH_HO_ITEM] = { "目录条目", "Item", false },
	[YH_HO_SIZE] = { "规格", "Size", false },
	[YH_HO_UNIT] = { "使用单位", "Unit", false },
	[YH_HO_DUE] = { "办理期限", "Due", false },
	[YH_HO_REF] = { "服务商标识", "Provider's identifier", true },
	[YH_HO_EVIDENCE] = { "销毁凭证", "Evidence of destruction", true },
	[YH_HO_NOTE] = { "说明", "Note", true },
};

enum { EVIDENCE_BYTES = 512 * 1024 }; /* how much it may be is for the form to say */

struct confirming {
	struct yh_ctx *cx;
	const struct yh_document_row *document;
	struct yh_confirm *out;
	bool dry;
	bool over; /* it came to its end, and is taken back */
};

/* ---- faults ---- */

/* Where the fault of a cell is to be written; one that nobody reads beyond those kept. */
static struct yh_err *blame(struct confirming *c, struct yh_confirm_line *l, size_t col)
{
	static _Thread_local struct yh_err beyond;
	struct yh_confirm *out = c->out;
	struct yh_confirm_fault *f;

	l->bad = true;
	out->faults_all++;
	if (out->n_faults == YH_HO_FAULTS) {
		beyond = (struct yh_err){ 0 };
		return &beyond;
	}
	f = &out->faults[out->n_faults++];
	*f = (struct yh_confirm_fault){ .sheet = l->sheet, .row = l->row, .place = l->at[col] };
	f->head = yh_handover_columns[col].zh;
	return &f->why;
}

const char *yh_confirm_cell(const struct yh_confirm_fault *f, char out[YH_HO_CELL])
{
	char col[YH_SHEET_COL] = "";

	if (f->place != SIZE_MAX)
		(void)yh_sheet_col(f->place, col);
	(void)snprintf(out, YH_HO_CELL, "%.100s%s%s%lld", f->sheet, f->sheet[0] ? "!" : "", col,
		       (long long)f->row);
	return out;
}

enum yh_rc yh_orders_judged(const struct yh_confirm *c, struct yh_err *err)
{
	const struct yh_confirm_fault *f = c->faults;
	char cell[YH_HO_CELL];
	enum yh_rc rc;

	if (c->faults_all == 0)
		return YH_OK;
	rc = yh_fail_field(err, YH_BAD_INPUT, "orders-faulty", yh_confirm_cell(f, cell));
	yh_err_int(err, "faults", (int64_t)c->faults_all);
	yh_err_text(err, "cell", cell);
	yh_err_text(err, "why", f->why.slug);
	return rc;
}

/* ---- reading ---- */

static void find_columns(const struct yh_sheet_row *head, size_t at[YH_HO_COLS])
{
	for (size_t c = 0; c < YH_HO_COLS; c++) {
		at[c] = SIZE_MAX;
		for (size_t i = 0; i < head->n && at[c] == SIZE_MAX; i++)
			if (strcmp(head->cells[i], yh_handover_columns[c].zh) == 0 ||
			    strcmp(head->cells[i], yh_handover_columns[c].en) == 0)
				at[c] = i;
	}
}

/* The apostrophe that keeps a spreadsheet from reckoning is no part of the text. */
static const char *plain(const char *text)
{
	return text[0] == '\'' && text[1] ? text + 1 : text;
}

static enum yh_rc read_sheet(struct confirming *c, const struct yh_sheet *s, struct yh_err *err)
{
	struct yh_confirm *out = c->out;
	size_t *at = YH_NEW_N(c->cx->arena, size_t, YH_HO_COLS);

	if (!at)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (s->n == 0)
		return YH_OK;
	find_columns(&s->rows[0], at);
	if (at[YH_HO_ORDER] == SIZE_MAX) {
		struct yh_confirm_line none = { .sheet = s->name, .row = s->rows[0].no, .at = at };

		(void)yh_fail(blame(c, &none, YH_HO_ORDER), YH_BAD_INPUT, "order-column-missing");
		return YH_OK;
	}
	for (size_t i = 1; i < s->n; i++) {
		const struct yh_sheet_row *r = &s->rows[i];
		struct yh_confirm_line *l = &out->lines[out->n];

		if (out->n == YH_HO_ROWS) {
			enum yh_rc rc = yh_fail(err, YH_TOO_LARGE, "orders-many");

			yh_err_int(err, "max", YH_HO_ROWS);
			return rc;
		}
		out->n++;
		*l = (struct yh_confirm_line){ .sheet = s->name, .row = r->no, .at = at };
		for (size_t col = 0; col < YH_HO_COLS; col++)
			l->text[col] = at[col] < r->n ? plain(r->cells[at[col]]) : "";
	}
	return YH_OK;
}

static enum yh_rc read_file(struct confirming *c, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	struct yh_sheets sheets;
	enum yh_rc rc = yh_document_bytes(c->cx, c->document, &fd, err);

	if (rc == YH_OK)
		rc = yh_sheets_read(fd, c->document->kind, c->cx->arena, &sheets, err);
	for (size_t i = 0; rc == YH_OK && i < sheets.n; i++)
		rc = read_sheet(c, &sheets.v[i], err);
	return rc;
}

/* ---- judging each line ---- */

/* What the actor's own organisation is to do; everything else is not there. */
static enum yh_rc load(struct confirming *c, struct yh_confirm_line *l, bool *found,
		       struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(c->cx, "own");
	struct yh_cloud_order_filter f = { .limit = 1 };
	struct yh_cloud_order_row *rows;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (yh_id_parse(l->text[YH_HO_ORDER], &f.id, NULL) == YH_OK)
		rc = yh_cloud_order_list(c->cx->tx, &who, &f, c->cx->arena, &rows, &n, err);
	*found = n == 1;
	if (rc == YH_OK && n)
		l->order = rows[0];
	return rc;
}

static struct yh_confirm_line *before(struct confirming *c, const struct yh_confirm_line *l)
{
	for (struct yh_confirm_line *b = c->out->lines; b < l; b++)
		if (!b->bad && yh_id_eq(&b->order.id, &l->order.id))
			return b;
	return NULL;
}

static bool is(const struct yh_cloud_order_row *o, const char *state)
{
	return strcmp(o->state, state) == 0;
}

static void judge_state(struct confirming *c, struct yh_confirm_line *l)
{
	const struct yh_cloud_order_row *o = &l->order;
	const struct yh_confirm_line *twice = before(c, l);
	struct yh_err *why = NULL;

	if (twice) {
		why = blame(c, l, YH_HO_ORDER);
		(void)yh_fail(why, YH_CONFLICT, "order-twice");
		yh_err_int(why, "row", twice->row);
	} else if (o->step_closed_at || (yh_id_is_zero(&o->step) && is(o, "done"))) {
		why = blame(c, l, YH_HO_ORDER);
		(void)yh_fail(why, YH_CONFLICT, "order-over");
		yh_err_text(why, "state", o->state);
	} else if (is(o, "waiting") || is(o, "doing") || is(o, "undoing")) {
		why = blame(c, l, YH_HO_ORDER);
		(void)yh_fail(why, YH_CONFLICT, "order-at-machine");
		yh_err_text(why, "cloud", o->cloud_code);
	}
}

static enum yh_rc judge(struct confirming *c, struct yh_confirm_line *l, struct yh_err *err)
{
	const struct yh_cloud_order_row *o = &l->order;
	bool found;
	enum yh_rc rc = load(c, l, &found, err);

	if (rc == YH_OK && !found)
		(void)yh_fail(blame(c, l, YH_HO_ORDER), YH_NOT_FOUND, "order-unknown");
	if (rc != YH_OK || !found)
		return rc;
	judge_state(c, l);
	if (!l->text[YH_HO_REF][0] &&
	    (strcmp(o->act, "open") == 0 || strcmp(o->act, "resize") == 0))
		(void)yh_fail(blame(c, l, YH_HO_REF), YH_BAD_INPUT, "provider-ref-missing");
	if (!l->text[YH_HO_EVIDENCE][0] && strcmp(o->act, "destroy") == 0)
		(void)yh_fail(blame(c, l, YH_HO_EVIDENCE), YH_BAD_INPUT, "order-evidence-missing");
	return YH_OK;
}

/* ---- closing steps ---- */

static struct yh_confirm_line *line_of(struct confirming *c, const struct yh_id *order)
{
	for (size_t i = 0; i < c->out->n; i++)
		if (!yh_id_is_zero(&c->out->lines[i].order.id) &&
		    yh_id_eq(&c->out->lines[i].order.id, order))
			return &c->out->lines[i];
	return NULL;
}

/* A step is confirmed with all of its resources. */
static enum yh_rc take_group(struct confirming *c, struct yh_confirm_line *first, bool *whole,
			     struct yh_err *err)
{
	struct yh_cloud_order_row *rows;
	size_t n;
	enum yh_rc rc =
		yh_cloud_order_group(c->cx->tx, &first->order.step, c->cx->arena, &rows, &n, err);

	*whole = true;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_confirm_line *l = line_of(c, &rows[i].id);

		if (l) {
			l->taken = true;
			*whole = *whole && !l->bad;
			continue;
		}
		if (*whole && !rows[i].dropped) {
			struct yh_err *why = blame(c, first, YH_HO_ORDER);

			(void)yh_fail(why, YH_BAD_INPUT, "order-incomplete");
			yh_err_text(why, "resource", rows[i].resource_no);
			yh_err_text(why, "case", rows[i].case_no);
		}
		*whole = false;
	}
	return rc;
}

static bool asks(const json_t *schema, const char *field)
{
	return json_object_get(json_object_get(schema, "properties"), field) != NULL;
}

/* What the step's form asks, out of the lines of its orders. */
static json_t *form_of(struct confirming *c, const struct yh_confirm_line *first,
		       const json_t *schema)
{
	json_t *form = json_object(), *list = json_array();
	struct yh_buf evidence;
	char id[YH_ID_TEXT];

	yh_buf_init(&evidence, EVIDENCE_BYTES);

	for (size_t i = 0; i < c->out->n; i++) {
		const struct yh_confirm_line *l = &c->out->lines[i];

		if (!yh_id_eq(&l->order.step, &first->order.step))
			continue;
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "resource",
							    yh_id_text(&l->order.resource, id),
							    "provider_ref", l->text[YH_HO_REF]));
		yh_buf_printf(&evidence, "%s%s %s", evidence.len ? "\n" : "", l->order.resource_no,
			      l->text[YH_HO_EVIDENCE]);
	}
	if (asks(schema, "resources"))
		(void)json_object_set(form, "resources", list);
	json_decref(list);
	if (asks(schema, "evidence"))
		(void)json_object_set_new(form, "evidence", json_string(yh_buf_text(&evidence)));
	yh_buf_done(&evidence);
	if (asks(schema, "note") && first->text[YH_HO_NOTE][0])
		(void)json_object_set_new(form, "note", json_string(first->text[YH_HO_NOTE]));
	return form;
}

struct closing {
	struct confirming *c;
	const struct yh_confirm_line *first;
};

static enum yh_rc decide(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct closing *d = arg;
	struct yh_ctx *cx = d->c->cx;
	YH_JSON_AUTO form = NULL;
	const struct yh_step *step;
	struct yh_case k;
	struct yh_decide_in in = { .case_id = d->first->order.case_id,
				   .step = d->first->order.step_name,
				   .reason = "",
				   .if_match = -1 };
	enum yh_rc rc = yh_case_get(cx, &in.case_id, &k, err);

	(void)tx;
	step = rc == YH_OK ? yh_procedure_step(k.procedure, in.step) : NULL;
	if (rc == YH_OK && !step)
		rc = yh_fail(err, YH_CONFLICT, "step-not-open");
	if (rc != YH_OK)
		return rc;
	in.outcome = step->outcomes[0].name;
	if (step->outcomes[0].form) {
		form = form_of(d->c, d->first, step->outcomes[0].form);
		in.form = form;
	}
	return yh_case_decide(cx, &in, &k, err);
}

/* Not an answer to what the line says. */
static bool is_failure(const struct yh_err *why)
{
	return why->rc == YH_BUSY || why->rc == YH_STORAGE || why->rc == YH_INTERNAL ||
	       strcmp(why->slug, "memory-short") == 0;
}

/* An order of no step: the books have it, and its people have done it. */
static enum yh_rc confirm_own(struct confirming *c, struct yh_confirm_line *l, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &l->order;
	const struct yh_event e = { .id = yh_ctx_new_id(c->cx),
				    .at = c->cx->now,
				    .kind = "order.confirmed",
				    .case_id = o->case_id,
				    .object_kind = "order",
				    .object_id = o->id,
				    .person = c->cx->actor->person,
				    .org = o->org,
				    .before = o->state,
				    .reason = l->text[YH_HO_NOTE],
				    .source = c->cx->actor->source };
	struct yh_err why = { 0 };

	if (yh_order_open(c->cx, o, &why) != YH_OK) {
		struct yh_err *out = is_failure(&why) ? err : blame(c, l, YH_HO_ORDER);

		if (out)
			*out = why;
		return is_failure(&why) ? why.rc : YH_OK;
	}
	memcpy(o->state, "done", sizeof "done");
	o->ended_at = c->cx->now;
	l->taken = true;
	return yh_cloud_order_update(c->cx->tx, o, err) == YH_OK
		       ? yh_event_insert(c->cx->tx, &e, err)
		       : err->rc;
}

static enum yh_rc close_of(struct confirming *c, struct yh_confirm_line *l, struct yh_err *err)
{
	struct closing d = { c, l };
	struct yh_err why = { 0 };
	bool whole;
	enum yh_rc rc;

	if (yh_id_is_zero(&l->order.step))
		return confirm_own(c, l, err);
	rc = take_group(c, l, &whole, err);
	if (rc != YH_OK || !whole)
		return rc;
	rc = yh_db_try(c->cx->tx, decide, &d, &why, err);
	if (rc != YH_OK || is_failure(&why)) {
		if (rc == YH_OK && err && err->rc == YH_OK)
			*err = why;
		return rc == YH_OK ? why.rc : rc;
	}
	if (why.rc != YH_OK)
		*blame(c, l, YH_HO_ORDER) = why;
	c->out->steps++;
	return YH_OK;
}

static enum yh_rc confirm(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct confirming *c = arg;
	struct yh_confirm *out = c->out;
	enum yh_rc rc;

	(void)tx;
	*out = (struct yh_confirm){ 0 };
	out->lines = YH_NEW_N(c->cx->arena, struct yh_confirm_line, YH_HO_ROWS);
	out->faults = YH_NEW_N(c->cx->arena, struct yh_confirm_fault, YH_HO_FAULTS);
	if (!out->lines || !out->faults)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = read_file(c, err);
	for (size_t i = 0; rc == YH_OK && i < out->n; i++)
		rc = judge(c, &out->lines[i], err);
	for (size_t i = 0; rc == YH_OK && i < out->n; i++)
		if (!out->lines[i].taken && !out->lines[i].bad)
			rc = close_of(c, &out->lines[i], err);
	if (rc != YH_OK || (!c->dry && out->faults_all == 0))
		return rc;
	c->over = true;
	return yh_fail(err, YH_CONFLICT, "orders-faulty"); /* nothing of it is kept */
}

enum yh_rc yh_orders_confirm(struct yh_ctx *cx, const struct yh_document_row *document, bool dry,
			     struct yh_confirm *out, struct yh_err *err)
{
	struct confirming c = { .cx = cx, .document = document, .out = out, .dry = dry };
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_db_try(cx->tx, confirm, &c, &why, err);

	if (rc != YH_OK || why.rc == YH_OK || (c.over && why.rc == YH_CONFLICT))
		return rc;
	if (err)
		*err = why;
	return why.rc;
}
