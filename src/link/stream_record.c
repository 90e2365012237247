/* Records of registers: what was planned and built, and incidents. Which registers, the pack says:
 * those with lines that stand beside what is allocated, and the one that bears the stream's name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cases/mark.h"
#include "law/pack.h"
#include "law/register.h"
#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"
#include "services/document/document.h"
#include "services/ledger/ledger.h"
#include "store/event.h"
#include "store/person.h"

static const char INCIDENT[] = "incident";
enum { REGISTERS_MOST = 64, VALUES_MOST = 300 };

static bool of_stream(const struct yh_register *r, bool incidents)
{
	return incidents ? strcmp(r->id, INCIDENT) == 0 : r->planned || r->built;
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(const struct yh_register *const *)a)->id,
		      (*(const struct yh_register *const *)b)->id);
}

/* The stream's registers, by id. */
static enum yh_rc registers(const struct yh_ctx *cx, bool incidents,
			    const struct yh_register *out[REGISTERS_MOST], size_t *n,
			    struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_register *all;
	const struct yh_pack *pack;
	size_t n_all;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	*n = 0;
	if (rc != YH_OK)
		return rc;
	all = yh_pack_registers(pack, &n_all);
	for (size_t i = 0; i < n_all && *n < REGISTERS_MOST; i++)
		if (of_stream(&all[i], incidents))
			out[(*n)++] = &all[i];
	if (*n)
		qsort(out, *n, sizeof *out, by_id);
	return YH_OK;
}

/* ---- sending ---- */

static enum yh_rc emit_record(struct yh_ctx *cx, const struct yh_link_peer *peer, bool incidents,
			      const struct yh_id *id, yh_link_key_fn emit, void *arg,
			      struct yh_err *err)
{
	const struct yh_register *regs[REGISTERS_MOST];
	size_t n = 0;
	enum yh_rc rc = registers(cx, incidents, regs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_mirror_of of = yh_link_ours(peer);
		char key[YH_LINK_KEY_MAX];
		const char *no;

		of.reg = regs[i]->id;
		rc = yh_mirror_key_of(cx->tx, YH_MIRROR_RECORDS, &of, id, cx->arena, &no, err);
		(void)snprintf(key, sizeof key, "%s/%s", regs[i]->id, rc == YH_OK ? no : "");
		if (rc == YH_OK && no[0])
			rc = emit(arg, key, err);
	}
	return rc;
}

/* What a case made or changed is told anew when the label of the case is another. */
static enum yh_rc touched(struct yh_ctx *cx, const struct yh_link_peer *peer, bool incidents,
			  const struct yh_link_event *event, yh_link_key_fn emit, void *arg,
			  struct yh_err *err)
{
	struct yh_id *ids;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (strcmp(event->object_kind, "record") == 0)
		return emit_record(cx, peer, incidents, &event->object, emit, arg, err);
	if (strcmp(event->kind, "case.labelled") == 0)
		rc = yh_ledger_of_case(cx->tx, &event->object, cx->arena, &ids, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = emit_record(cx, peer, incidents, &ids[i], emit, arg, err);
	return rc;
}

YH_LINK_TOUCHED_FN(yh_link_capacity_touched)
{
	return touched(cx, peer, false, event, emit, arg, err);
}

YH_LINK_TOUCHED_FN(yh_link_incident_touched)
{
	return touched(cx, peer, true, event, emit, arg, err);
}

struct counting {
	yh_link_key_fn emit;
	void *arg;
	size_t left;
};

static enum yh_rc count(void *arg, const char *key, struct yh_err *err)
{
	struct counting *c = arg;

	c->left--;
	return c->emit(c->arg, key, err);
}

static enum yh_rc keys(struct yh_ctx *cx, const struct yh_link_peer *peer, bool incidents,
		       const char *after, size_t n, yh_link_key_fn emit, void *arg,
		       struct yh_err *err)
{
	const struct yh_register *regs[REGISTERS_MOST];
	struct counting c = { emit, arg, n };
	size_t n_regs = 0;
	enum yh_rc rc = registers(cx, incidents, regs, &n_regs, err);

	for (size_t i = 0; rc == YH_OK && i < n_regs && c.left > 0; i++) {
		struct yh_mirror_of of = yh_link_ours(peer);
		char lead[40];
		const struct yh_link_list list = { lead, YH_MIRROR_RECORDS };

		of.reg = regs[i]->id;
		(void)snprintf(lead, sizeof lead, "%.32s/", regs[i]->id);
		rc = yh_link_list_keys(cx, &of, &list, 1, after, c.left, count, &c, err);
	}
	return rc;
}

YH_LINK_KEYS_FN(yh_link_capacity_keys)
{
	return keys(cx, peer, false, after, n, emit, arg, err);
}

YH_LINK_KEYS_FN(yh_link_incident_keys)
{
	return keys(cx, peer, true, after, n, emit, arg, err);
}

static enum yh_rc add(json_t *list, json_t *v, struct yh_err *err)
{
	return v && json_array_append_new(list, v) == 0
		       ? YH_OK
		       : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* {"ceiling": "1000000"} and {"planned": {"vcpu": "100"}} as lists of integers. */
static enum yh_rc say_values(struct yh_ctx *cx, const struct yh_ledger_row *r, json_t *body,
			     struct yh_err *err)
{
	const json_t *figures, *lines;
	const char *name, *dim;
	json_t *v, *q;
	int64_t milli;
	enum yh_rc rc = yh_json_parse_in(cx->arena, r->figures, strlen(r->figures), &figures, err);

	if (rc == YH_OK)
		rc = yh_json_parse_in(cx->arena, r->lines, strlen(r->lines), &lines, err);
	if (rc != YH_OK)
		return rc;
	json_object_foreach((json_t *)(uintptr_t)figures, name, v)
	{
		rc = rc == YH_OK ? yh_json_milli(v, &milli, err) : rc;
		if (rc == YH_OK)
			rc = add(json_object_get(body, "figures"),
				 json_pack("{s:s, s:I}", "figure", name, "value_milli",
					   (json_int_t)milli),
				 err);
	}
	json_object_foreach((json_t *)(uintptr_t)lines, name, v)
	{
		json_object_foreach(v, dim, q)
		{
			rc = rc == YH_OK ? yh_json_milli(q, &milli, err) : rc;
			if (rc == YH_OK)
				rc = add(json_object_get(body, "lines"),
					 json_pack("{s:s, s:s, s:I}", "line", name, "dim", dim,
						   "quantity_milli", (json_int_t)milli),
					 err);
		}
	}
	return rc;
}

/* `label`: of the record, which the other side's one case stands for; "": the lowest. */
static enum yh_rc say_case(struct yh_ctx *cx, const struct yh_id *id, const char *label,
			   json_t *body, struct yh_err *err)
{
	struct yh_case_row c;
	json_t *in = NULL;
	const char *title = "";
	enum yh_rc rc = yh_case_load(cx->tx, id, cx->arena, &c, err);

	if (rc == YH_OK)
		rc = yh_mark_title(cx, &c, &title, err);
	if (rc == YH_OK)
		rc = yh_link_packed(json_pack("{s:s, s:s, s:s}", "no", c.no, "procedure",
					      c.procedure, "title", title),
				    &in, err);
	if (rc == YH_OK && json_object_set_new(body, "case", in) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK && label[0])
		rc = yh_link_say(in, "label", label, err);
	if (rc == YH_OK)
		rc = yh_link_say_time(in, "filed", c.filed_at, err);
	return rc == YH_OK ? yh_link_say_time(in, "ended", c.ended_at, err) : rc;
}

static enum yh_rc say_refs(struct yh_ctx *cx, const struct yh_ledger_row *r, json_t *body,
			   struct yh_err *err)
{
	struct yh_org_row org;
	struct yh_project_row p;
	enum yh_rc rc = YH_OK;

	if (!yh_id_is_zero(&r->refs[YH_REF_ORG])) {
		rc = yh_org_load(cx->tx, &r->refs[YH_REF_ORG], cx->arena, &org, err);
		if (rc == YH_OK)
			rc = yh_link_say(body, "unit", org.code, err);
	}
	if (rc == YH_OK && !yh_id_is_zero(&r->refs[YH_REF_PROJECT])) {
		rc = yh_project_load(cx->tx, &r->refs[YH_REF_PROJECT], cx->arena, &p, err);
		if (rc == YH_OK && yh_id_eq(&p.cloud, &r->cloud))
			rc = yh_link_say(body, "project", p.code, err);
	}
	return rc;
}

static enum yh_rc build_row(struct yh_ctx *cx, const struct yh_id *id, json_t **body,
			    struct yh_err *err)
{
	enum { CONTENT_MOST = 20000 };
	struct yh_ledger_row r;
	const char *label = "";
	enum yh_rc rc = yh_ledger_load(cx->tx, id, cx->arena, &r, err);

	/* what is labelled is kept here: the other side knows its number and state */
	if (rc == YH_OK)
		rc = yh_ledger_label(cx, id, &label, err);
	if (rc == YH_OK)
		rc = yh_link_packed(
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[], s:[]}", "kind", "record",
				  "no", r.no, "register", r.reg, "state", r.state, "title",
				  label[0] ? r.no : r.title, "content",
				  !label[0] && strlen(r.content) <= CONTENT_MOST ? r.content : "{}",
				  "figures", "lines"),
			body, err);
	if (rc == YH_OK)
		rc = say_refs(cx, &r, *body, err);
	if (rc == YH_OK)
		rc = say_values(cx, &r, *body, err);
	if (rc == YH_OK)
		rc = say_case(cx, &r.case_id, label, *body, err);
	if (rc == YH_OK)
		rc = yh_link_say_day(*body, "from", r.from, err);
	if (rc == YH_OK)
		rc = yh_link_say_day(*body, "until", r.until, err);
	if (rc == YH_OK)
		rc = yh_link_say_time(*body, "entered", r.entered_at, err);
	return rc == YH_OK ? yh_link_say_time(*body, "changed", r.changed_at, err) : rc;
}

YH_LINK_BUILD_FN(yh_link_record_build)
{
	struct yh_mirror_of of = yh_link_ours(peer);
	const char *slash = strchr(key, '/');
	char reg[33];
	struct yh_id id;
	enum yh_rc rc;

	*body = NULL;
	if (!slash || (size_t)(slash - key) >= sizeof reg)
		return YH_OK;
	memcpy(reg, key, (size_t)(slash - key));
	reg[slash - key] = 0;
	of.reg = reg;
	rc = yh_mirror_id_of(cx->tx, YH_MIRROR_RECORDS, &of, slash + 1, &id, err);
	return rc == YH_OK && !yh_id_is_zero(&id) ? build_row(cx, &id, body, err) : rc;
}

/* ---- taking ---- */

static enum yh_rc unknown(struct yh_err *err, const char *field, const char *what, const char *key)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "link-unknown");

	yh_err_field(err, "/%s", field);
	yh_err_text(err, "what", what);
	yh_err_text(err, "key", key);
	return rc;
}

struct taking {
	struct yh_ctx *cx;
	const struct yh_link_peer *peer;
	const json_t *body;
	const struct yh_pack *pack;
	const struct yh_register *reg;
	struct yh_ledger_row row;
	struct yh_ledger_value values[VALUES_MOST];
	size_t n;
};

/* What the pack here says of the record's kind. */
static enum yh_rc take_kind(struct taking *t, bool incidents, struct yh_err *err)
{
	const struct yh_law_book *law = t->cx->world->law;
	const struct yh_register_state *state;
	struct yh_ledger_row *r = &t->row;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(t->cx), &t->pack, err);

	if (rc == YH_OK)
		rc = yh_link_text(t->body, "register", r->reg, sizeof r->reg, err);
	if (rc == YH_OK)
		rc = yh_link_text(t->body, "state", r->state, sizeof r->state, err);
	if (rc != YH_OK)
		return rc;
	t->reg = yh_pack_register(t->pack, r->reg);
	if (!t->reg || !of_stream(t->reg, incidents))
		return unknown(err, "register", "register", r->reg);
	state = yh_register_state(t->reg, r->state);
	if (!state)
		return unknown(err, "state", "state", r->state);
	r->final = state->final;
	return YH_OK;
}

static enum yh_rc take_values(struct taking *t, struct yh_err *err)
{
	const json_t *figures = json_object_get(t->body, "figures");
	const json_t *lines = json_object_get(t->body, "lines");

	for (size_t i = 0; i < json_array_size(figures); i++) {
		const json_t *e = json_array_get(figures, i);
		const char *name = yh_json_text(e, "figure");

		if (!yh_register_figure(t->reg, name))
			return unknown(err, "figures", "figure", name);
		t->values[t->n++] = (struct yh_ledger_value){
			.name = name, .milli = json_integer_value(json_object_get(e, "value_milli"))
		};
	}
	for (size_t i = 0; i < json_array_size(lines); i++) {
		const json_t *e = json_array_get(lines, i);
		const char *name = yh_json_text(e, "line");

		if (!yh_register_line(t->reg, name))
			return unknown(err, "lines", "line", name);
		t->values[t->n++] = (struct yh_ledger_value){
			.name = name,
			.dimension = yh_json_text(e, "dim"),
			.milli = json_integer_value(json_object_get(e, "quantity_milli"))
		};
	}
	for (size_t i = 0; i < t->n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(t->values[i].name, t->values[j].name) == 0 &&
			    (!t->values[i].dimension ||
			     strcmp(t->values[i].dimension, t->values[j].dimension) == 0))
				return yh_fail_field(err, YH_BAD_INPUT, "link-order", "/lines");
	return YH_OK;
}

/* The same values as the texts that a record keeps of them. */
static enum yh_rc say_texts(struct taking *t, struct yh_err *err)
{
	YH_JSON_AUTO figures = json_object();
	YH_JSON_AUTO lines = json_object();
	char *texts[2];

	for (size_t i = 0; i < t->n; i++) {
		const struct yh_ledger_value *v = &t->values[i];
		json_t *in = v->dimension ? json_object_get(lines, v->name) : figures;
		char text[YH_SCALED_TEXT];

		if (!in) {
			in = json_object();
			if (json_object_set_new(lines, v->name, in) != 0)
				return yh_fail(err, YH_TOO_LARGE, "memory-short");
		}
		if (json_object_set_new(in, v->dimension ? v->dimension : v->name,
					json_string(yh_scaled_text(v->milli, 3, text))) != 0)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	texts[0] = yh_json_canonical(figures);
	texts[1] = yh_json_canonical(lines);
	for (size_t i = 0; i < 2; i++)
		if (texts[i] && !yh_arena_defer(t->cx->arena, free, texts[i]))
			texts[i] = NULL;
	if (!texts[0] || !texts[1])
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	t->row.figures = texts[0];
	t->row.lines = texts[1];
	return YH_OK;
}

static enum yh_rc take_refs(struct taking *t, struct yh_err *err)
{
	struct yh_ledger_row *r = &t->row;
	enum yh_rc rc = YH_OK;

	if (yh_json_text(t->body, "unit"))
		rc = yh_link_unit(t->cx, t->peer, t->body, "unit", &r->refs[YH_REF_ORG], err);
	if (rc == YH_OK && yh_json_text(t->body, "project"))
		rc = yh_link_project(t->cx, t->peer, t->body, "project", &r->refs[YH_REF_PROJECT],
				     err);
	r->filer_org = r->refs[YH_REF_ORG];
	if (rc == YH_OK && yh_id_is_zero(&r->filer_org))
		r->filer_org = t->peer->org;
	if (rc == YH_OK && yh_id_is_zero(&r->filer_org))
		rc = yh_cloud_body(t->cx->tx, &t->peer->cloud, "operator", &r->filer_org, err);
	return rc;
}

/* What was told before under a lower label is kept here as well: the case shuts it. */
static enum yh_rc take_label(struct taking *t, const struct yh_case_row *row, struct yh_err *err)
{
	const char *label = yh_json_text(json_object_get(t->body, "case"), "label");
	struct yh_case c;
	enum yh_rc rc;

	if (!label)
		return YH_OK;
	rc = yh_case_take(t->cx, &row->id, &c, err);
	return rc == YH_OK ? yh_case_label_heard(t->cx, &c, label, YH_FAR, err) : rc;
}

/* The case by which the district made it stands here as one that is over: its course is the
 * district's. */
static enum yh_rc take_case(struct taking *t, struct yh_err *err)
{
	const json_t *in = json_object_get(t->body, "case");
	struct yh_ledger_row *r = &t->row;
	struct yh_case_row c = { .pack = yh_pack_digest(t->pack),
				 .cloud = t->peer->cloud,
				 .unit = r->filer_org,
				 .filer = YH_PERSON_SYSTEM,
				 .filer_org = r->filer_org,
				 .filer_role = YH_SYSTEM_ROLE,
				 .title = yh_json_text(in, "title"),
				 .state = "closed",
				 .form = "{}",
				 .effected = true,
				 .answer_due = YH_DAY_NONE,
				 .version = 1 };
	enum yh_rc rc = yh_link_case(t->cx, t->peer, in, "no", &r->case_id, err);

	if (rc == YH_OK)
		rc = yh_link_code(in, "no", c.no, sizeof c.no, err);
	if (rc == YH_OK)
		rc = yh_link_text(in, "procedure", c.procedure, sizeof c.procedure, err);
	if (rc == YH_OK && !yh_pack_procedure(t->pack, c.procedure))
		rc = unknown(err, "case/procedure", "procedure", c.procedure);
	if (rc == YH_OK)
		rc = yh_link_time(in, "filed", &c.filed_at, err);
	if (rc == YH_OK)
		rc = yh_link_time(in, "ended", &c.ended_at, err);
	if (rc == YH_OK)
		rc = yh_person_system(t->cx->tx, t->cx->now, err);
	if (rc != YH_OK)
		return rc;
	c.id = r->case_id;
	if (!c.ended_at)
		c.ended_at = c.filed_at;
	c.changed_at = c.ended_at;
	rc = yh_mirror_case(t->cx->tx, &c, err);
	return rc == YH_OK ? take_label(t, &c, err) : rc;
}

/* The number is of a record on their cloud, or of none. */
static enum yh_rc take_number(struct taking *t, const char *key, struct yh_err *err)
{
	struct yh_ledger_row there, *r = &t->row;
	struct yh_err none = { 0 };
	char wanted[YH_LINK_KEY_MAX];
	enum yh_rc rc = yh_link_code(t->body, "no", r->no, sizeof r->no, err);

	(void)snprintf(wanted, sizeof wanted, "%s/%s", r->reg, r->no);
	if (rc == YH_OK)
		rc = yh_link_keyed(key, wanted, err);
	if (rc == YH_OK)
		rc = yh_link_numbered(t->cx, t->peer, "no", "record", r->no, err);
	if (rc != YH_OK)
		return rc;
	r->id = yh_link_id(t->peer, "record", r->no);
	rc = yh_ledger_by_no(t->cx->tx, r->no, t->cx->arena, &there, &none);
	if (rc == YH_OK && !yh_id_eq(&there.cloud, &r->cloud))
		return yh_link_foreign(err, "no", "record", r->no);
	if (rc == YH_OK)
		r->id = there.id;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	*err = none;
	return rc;
}

static enum yh_rc take_days(struct taking *t, struct yh_err *err)
{
	struct yh_ledger_row *r = &t->row;
	const json_t *content;
	enum yh_rc rc = yh_link_day(t->body, "from", &r->from, err);

	if (rc == YH_OK)
		rc = yh_link_day(t->body, "until", &r->until, err);
	if (rc == YH_OK)
		rc = yh_link_time(t->body, "entered", &r->entered_at, err);
	if (rc == YH_OK)
		rc = yh_link_time(t->body, "changed", &r->changed_at, err);
	r->title = yh_json_text(t->body, "title");
	r->content = yh_json_text(t->body, "content");
	if (rc == YH_OK)
		rc = yh_json_parse_in(t->cx->arena, r->content, strlen(r->content), &content, err);
	if (rc == YH_OK && !json_is_object(content))
		rc = yh_fail_field(err, YH_BAD_INPUT, "form-type", "/content");
	return rc;
}

/* What is gone stays as it was: records are ended, not taken away. */
static enum yh_rc apply(struct yh_ctx *cx, const struct yh_link_peer *peer, bool incidents,
			const char *key, const json_t *body, struct yh_err *err)
{
	static const char *const kinds[] = { "record", NULL };
	struct taking *t = YH_NEW(cx->arena, struct taking);
	const char *kind;
	enum yh_rc rc;

	if (!body)
		return YH_OK;
	if (!t)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*t = (struct taking){ .cx = cx, .peer = peer, .body = body, .row = { .version = 1 } };
	t->row.cloud = peer->cloud;
	rc = yh_link_shaped(body, kinds, &kind, err);
	if (rc == YH_OK)
		rc = take_kind(t, incidents, err);
	if (rc == YH_OK)
		rc = take_number(t, key, err);
	if (rc == YH_OK)
		rc = take_values(t, err);
	if (rc == YH_OK)
		rc = say_texts(t, err);
	if (rc == YH_OK)
		rc = take_days(t, err);
	if (rc == YH_OK)
		rc = take_refs(t, err);
	if (rc == YH_OK)
		rc = take_case(t, err);
	return rc == YH_OK ? yh_mirror_record(cx->tx, &t->row, t->values, t->n, err) : rc;
}

YH_LINK_APPLY_FN(yh_link_capacity_apply)
{
	return apply(cx, peer, false, key, body, err);
}

YH_LINK_APPLY_FN(yh_link_incident_apply)
{
	return apply(cx, peer, true, key, body, err);
}
