/* Registers and their records: what is kept of contracts, plans, inspections …, and how it came to
 * be. They change only by cases. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/label.h"
#include "api/list.h"
#include "api/record.h"
#include "api/record_form.h"
#include "api/record_parts.h"
#include "api/said.h"
#include "base/num.h"

struct record_in {
	const char *reg, *state, *cloud, *org, *project, *parent, *q, *record;
	struct yh_id info_system;
	yh_day in_force;
	bool holding;
};

#define AT(field) offsetof(struct record_in, field)
static const struct yh_field list_query[] = {
	{ "register", YH_F_CODE, AT(reg), 0, .max = 31, .about = "only of this register" },
	{ "state", YH_F_CODE, AT(state), 0, .max = 31, .about = "only in this state" },
	{ "holding", YH_F_BOOL, AT(holding), 0, .about = "only in states that are not final" },
	{ "in_force", YH_F_DAY, AT(in_force), 0, .about = "only what holds on this day" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only of this cloud, code or id" },
	{ "org", YH_F_CODE, AT(org), 0, .max = 64,
	  .about = "only of this unit or provider, code or id" },
	{ "project", YH_F_CODE, AT(project), 0, .max = 127, .about = "only of this project" },
	{ "system", YH_F_ID, AT(info_system), 0, .about = "only of this system, by id" },
	{ "of", YH_F_CODE, AT(parent), 0, .max = 64, .about = "only about this other record" },
	{ "q", YH_F_LINE, AT(q), 0, .max = 100, .about = "a part of the number or the title" },
	{ 0 },
};
static const struct yh_field record_path[] = {
	{ "record", YH_F_CODE, AT(record), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ 0 },
};

static enum yh_rc todays_pack(const struct yh_req *rq, const struct yh_pack **out,
			      struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;

	return law->pack_on(law->self, yh_ctx_today(&rq->cx), out, err);
}

/* ---- one record ---- */

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

/* An object's JSON text, NULL for none. */
static const json_t *members(struct yh_req *rq, const char *text)
{
	const json_t *all = NULL;

	return yh_json_parse_in(rq->cx.arena, text, strlen(text), &all, NULL) == YH_OK ? all : NULL;
}

static void write_figures(struct yh_req *rq, const struct yh_register *reg,
			  const struct yh_ledger_line *l)
{
	char used[YH_SCALED_TEXT];
	struct yh_speech s = yh_list_speech(rq, NULL);
	const json_t *all = members(rq, l->row.figures);

	yh_jw_arr(rq->w, "figures");
	for (size_t i = 0; reg && i < reg->n_figures; i++) {
		const struct yh_register_figure *f = &reg->figures[i];
		const char *value = yh_json_text(all, f->id);

		if (!value)
			continue;
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "figure", f->id);
		yh_jw_str(rq->w, "title", yh_say_text(&s, f->title));
		yh_jw_str(rq->w, "unit", f->unit);
		yh_jw_bool(rq->w, "money", f->money);
		yh_jw_str(rq->w, "value", value);
		yh_jw_str(rq->w, "used",
			  l->has_used && strcmp(f->id, reg->settled) == 0
				  ? yh_scaled_text(l->used_milli, 3, used)
				  : NULL);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static void write_lines(struct yh_req *rq, const struct yh_register *reg, const char *text)
{
	struct yh_speech s = yh_list_speech(rq, NULL);
	const json_t *all = members(rq, text), *of;
	const char *dimension;
	json_t *v;

	yh_jw_arr(rq->w, "lines");
	for (size_t i = 0; reg && i < reg->n_lines; i++) {
		of = json_object_get(all, reg->lines[i].id);
		json_object_foreach((json_t *)(uintptr_t)of, dimension, v)
		{
			yh_jw_obj(rq->w, NULL);
			yh_jw_str(rq->w, "line", reg->lines[i].id);
			yh_jw_str(rq->w, "title", yh_say_text(&s, reg->lines[i].title));
			yh_jw_str(rq->w, "dimension", dimension);
			yh_jw_str(rq->w, "dimension_title",
				  yh_list_title(rq, "dimension", dimension));
			yh_jw_str(rq->w, "quantity", json_string_value(v));
			yh_jw_end_obj(rq->w);
		}
	}
	yh_jw_end_arr(rq->w);
}

/* The same once more as columns of a list: "values.ceiling", "quantities.planned". */
static void write_columns(struct yh_req *rq, const char *figures, const char *lines)
{
	const char *between = strcmp(rq->lang, "en") == 0 ? ", " : "、";
	const json_t *values = members(rq, figures), *quantities = members(rq, lines);
	const char *name, *dimension;
	json_t *of, *v;

	yh_jw_obj(rq->w, "values");
	json_object_foreach((json_t *)(uintptr_t)values, name, v)
		yh_jw_str(rq->w, name, json_string_value(v));
	yh_jw_end_obj(rq->w);
	yh_jw_obj(rq->w, "quantities");
	json_object_foreach((json_t *)(uintptr_t)quantities, name, of)
	{
		const char *text = "";

		json_object_foreach(of, dimension, v) text = yh_arena_printf(
			rq->cx.arena, "%s%s%s %s", text ? text : "", text && *text ? between : "",
			yh_list_title(rq, "dimension", dimension), json_string_value(v));
		yh_jw_str(rq->w, name, text);
	}
	yh_jw_end_obj(rq->w);
}

static const char *state_title(struct yh_req *rq, const struct yh_register *reg, const char *state)
{
	struct yh_speech s = yh_list_speech(rq, NULL);
	const struct yh_register_state *st = reg ? yh_register_state(reg, state) : NULL;

	return st ? yh_say_text(&s, st->title) : state;
}

static bool in_force(const struct yh_ledger_row *r, yh_day day)
{
	return !r->final && (r->from == YH_DAY_NONE || r->from <= day) &&
	       (r->until == YH_DAY_NONE || r->until >= day);
}

static void write_record(struct yh_req *rq, const void *row)
{
	const struct yh_ledger_line *l = row;
	const struct yh_ledger_row *r = &l->row;
	const struct yh_pack *pack = NULL;
	struct yh_speech s = yh_list_speech(rq, NULL);
	const struct yh_register *reg =
		todays_pack(rq, &pack, NULL) == YH_OK ? yh_pack_register(pack, r->reg) : NULL;

	yh_jw_id(rq->w, "id", &r->id);
	yh_jw_str(rq->w, "no", r->no);
	yh_jw_str(rq->w, "register", r->reg);
	yh_jw_str(rq->w, "register_title", reg ? yh_say_text(&s, reg->title) : r->reg);
	yh_jw_str(rq->w, "article", reg ? reg->article : NULL);
	yh_jw_str(rq->w, "title", l->withheld ? yh_view_hidden(rq, l->label) : r->title);
	yh_jw_str(rq->w, "label", l->label);
	yh_list_titled(rq, "label", yh_view_label_title(rq, l->label));
	yh_jw_bool(rq->w, "withheld", l->withheld);
	yh_jw_str(rq->w, "state", r->state);
	yh_jw_str(rq->w, "state_title", state_title(rq, reg, r->state));
	yh_jw_bool(rq->w, "final", r->final);
	yh_jw_bool(rq->w, "in_force", in_force(r, yh_ctx_today(&rq->cx)));
	yh_jw_str(rq->w, "cloud", l->cloud_code);
	yh_jw_str(rq->w, "org", or_null(l->org_code));
	yh_jw_str(rq->w, "org_name", or_null(l->org_name));
	yh_jw_str(rq->w, "provider", or_null(l->provider_code));
	yh_jw_str(rq->w, "provider_name", or_null(l->provider_name));
	yh_jw_str(rq->w, "project", or_null(l->project_code));
	yh_jw_str(rq->w, "project_name", or_null(l->project_name));
	yh_jw_str(rq->w, "system", or_null(l->system_code));
	yh_jw_str(rq->w, "system_name", or_null(l->system_name));
	yh_jw_str(rq->w, "resource", or_null(l->resource_no));
	yh_jw_str(rq->w, "of", or_null(l->parent_no));
	yh_jw_str(rq->w, "about", or_null(l->about_no));
	yh_jw_str(rq->w, "case", l->case_no);
	yh_jw_day(rq->w, "from", r->from);
	yh_jw_day(rq->w, "until", r->until);
	write_figures(rq, reg, l);
	write_lines(rq, reg, r->lines);
	write_columns(rq, r->figures, r->lines);
	yh_jw_time(rq->w, "entered_at", r->entered_at);
	yh_jw_time(rq->w, "changed_at", r->changed_at);
	yh_jw_int(rq->w, "version", r->version);
}

static void write_change(struct yh_req *rq, const struct yh_register *reg,
			 const struct yh_ledger_change *c)
{
	yh_jw_obj(rq->w, NULL);
	yh_jw_int(rq->w, "version", c->version);
	yh_list_word(rq, "kind", "record-change", c->kind);
	yh_jw_str(rq->w, "state", c->state);
	yh_jw_str(rq->w, "state_title", state_title(rq, reg, c->state));
	yh_jw_day(rq->w, "from", c->from);
	yh_jw_day(rq->w, "until", c->until);
	yh_jw_str(rq->w, "case", c->case_no);
	yh_jw_str(rq->w, "case_title",
		  yh_view_title(rq, NULL, c->procedure, c->label, c->case_title));
	yh_jw_raw(rq->w, "content", c->content);
	yh_jw_time(rq->w, "at", c->made_at);
	yh_jw_end_obj(rq->w);
}

/* The fields of its content that stand in what is said of the record anyway. */
static void write_kept(struct yh_req *rq, const struct yh_register *reg, const char *content)
{
	const json_t *all = members(rq, content);
	const char *field;
	json_t *value;

	yh_jw_arr(rq->w, "kept");
	json_object_foreach((json_t *)all, field, value) if (reg && yh_register_keeps(reg, field))
		yh_jw_str(rq->w, NULL, field);
	yh_jw_end_arr(rq->w);
}

/* The fields that its content may have, with their titles; and what the codes stand for that any
 * of its versions names. */
static enum yh_rc write_schema(struct yh_req *rq, const struct yh_pack *pack,
			       const struct yh_register *reg, const struct yh_ledger_row *row,
			       const struct yh_ledger_change *changes, size_t n, struct yh_err *err)
{
	struct yh_speech s = yh_list_speech(rq, pack);
	const struct yh_said_about about = { .project = row->refs[YH_REF_PROJECT],
					     .cloud = row->cloud,
					     .day = yh_day_of(row->entered_at) };
	const char **forms = YH_NEW_N(rq->cx.arena, const char *, n + 1);
	YH_JSON_AUTO form = reg ? yh_record_form(pack, reg) : NULL;

	if ((reg && !form) || !forms)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_say_form(&s, "schema", form, rq->w);
	forms[0] = row->content;
	for (size_t i = 0; i < n; i++)
		forms[i + 1] = changes[i].content;
	return yh_said_names(rq, "names", form, forms, n + 1, &about, err);
}

/* Which procedures are about records of the register, as far as the actor may begin them. */
static void write_procedures(struct yh_req *rq, const char *key, const struct yh_pack *pack,
			     const struct yh_register *reg)
{
	struct yh_speech s = yh_list_speech(rq, pack);
	size_t n;
	const struct yh_procedure *list = yh_pack_procedures(pack, &n);

	yh_jw_arr(rq->w, key);
	for (size_t i = 0; i < n; i++) {
		if (list[i].reg != reg || !yh_may_begin(rq->cx.actor, &list[i]))
			continue;
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "procedure", list[i].name);
		yh_jw_str(rq->w, "title", yh_say_text(&s, list[i].title));
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

/* ---- operations ---- */

static const char *cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_ledger_line *)row)->row.id);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct record_in *i = in;
	struct yh_ledger_filter f = { .reg = i->reg ? i->reg : "",
				      .state = i->state ? i->state : "",
				      .info_system = i->info_system,
				      .holding = i->holding,
				      .in_force = i->in_force,
				      .limit = yh_list_ask(rq) };
	const struct yh_scope asked = { i->org, i->cloud, i->project };
	struct yh_ledger_viewer who;
	struct yh_ledger_line *rows;
	const struct yh_pack *pack;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.before, err);

	if (rc == YH_OK)
		rc = todays_pack(rq, &pack, err);
	if (rc == YH_OK)
		rc = yh_ledger_viewer_of(&rq->cx, pack, &who, err);
	if (rc == YH_OK)
		rc = yh_ref_scope(&rq->cx, &asked, &f.org, &f.cloud, &f.project, err);
	if (rc == YH_OK && i->parent)
		rc = yh_subject_by_no(rq->cx.tx, &yh_subject_kinds[YH_SUBJECT_record], i->parent,
				      &f.parent, err);
	if (rc == YH_OK && i->q) {
		f.pattern = yh_list_pattern(rq, i->q);
		if (!f.pattern)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	if (rc == YH_OK)
		rc = yh_ledger_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		rc = yh_ledger_use(&rq->cx, pack, rows, n, err);
	if (rc != YH_OK)
		return rc;
	yh_list_page(rq, rows, n, sizeof *rows, write_record, cursor);
	return YH_OK;
}

enum yh_rc yh_record_find(struct yh_req *rq, const char *text, const struct yh_pack **pack,
			  struct yh_ledger_line **out, struct yh_err *err)
{
	struct yh_ledger_filter f = { .reg = "", .state = "", .in_force = YH_DAY_NONE, .limit = 1 };
	struct yh_ledger_viewer who;
	size_t n = 0;
	enum yh_rc rc =
		yh_subject_by_no(rq->cx.tx, &yh_subject_kinds[YH_SUBJECT_record], text, &f.id, err);

	if (rc == YH_OK)
		rc = todays_pack(rq, pack, err);
	if (rc == YH_OK)
		rc = yh_ledger_viewer_of(&rq->cx, *pack, &who, err);
	if (rc == YH_OK && !yh_id_is_zero(&f.id))
		rc = yh_ledger_page(rq->cx.tx, &who, &f, rq->cx.arena, out, &n, err);
	if (rc == YH_OK)
		rc = yh_ledger_use(&rq->cx, *pack, *out, n, err);
	return rc == YH_OK && n == 0 ? yh_fail(err, YH_NOT_FOUND, "record-unknown") : rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct record_in *i = in;
	struct yh_ledger_change *changes;
	const struct yh_register *reg;
	const struct yh_pack *pack;
	struct yh_ledger_line *l;
	size_t n;
	enum yh_rc rc = yh_record_find(rq, i->record, &pack, &l, err);

	if (rc == YH_OK)
		rc = yh_ledger_history(rq->cx.tx, &l->row.id, rq->cx.arena, &changes, &n, err);
	if (rc != YH_OK)
		return rc;
	reg = yh_pack_register(pack, l->row.reg);
	if (l->withheld)
		l->row.content = "{}";
	for (size_t k = 0; l->withheld && k < n; k++)
		changes[k].content = "{}";
	yh_req_etag(rq, l->row.version);
	write_record(rq, l);
	yh_jw_raw(rq->w, "content", l->row.content);
	write_kept(rq, reg, l->row.content);
	yh_jw_arr(rq->w, "history");
	for (size_t k = 0; k < n; k++)
		write_change(rq, reg, &changes[k]);
	yh_jw_end_arr(rq->w);
	write_procedures(rq, "procedures", pack, reg);
	yh_jw_bool(rq->w, "backup", reg && reg->rpo && !l->row.final);
	rc = yh_view_record_parts(rq, &l->row.id, changes, n, err);
	return rc == YH_OK ? write_schema(rq, pack, reg, &l->row, changes, n, err) : rc;
}

static void write_titled(struct yh_req *rq, const char *key, const char *id, struct yh_text2 title)
{
	struct yh_speech s = yh_list_speech(rq, NULL);

	yh_jw_str(rq->w, key, id);
	yh_jw_str(rq->w, "title", yh_say_text(&s, title));
}

static void write_parts(struct yh_req *rq, const struct yh_register *r)
{
	yh_jw_arr(rq->w, "states");
	for (size_t i = 0; i < r->n_states; i++) {
		yh_jw_obj(rq->w, NULL);
		write_titled(rq, "state", r->states[i].id, r->states[i].title);
		yh_jw_bool(rq->w, "final", r->states[i].final);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_arr(rq->w, "figures");
	for (size_t i = 0; i < r->n_figures; i++) {
		yh_jw_obj(rq->w, NULL);
		write_titled(rq, "figure", r->figures[i].id, r->figures[i].title);
		yh_jw_str(rq->w, "unit", r->figures[i].unit);
		yh_jw_bool(rq->w, "money", r->figures[i].money);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_arr(rq->w, "lines");
	for (size_t i = 0; i < r->n_lines; i++) {
		yh_jw_obj(rq->w, NULL);
		write_titled(rq, "line", r->lines[i].id, r->lines[i].title);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_arr(rq->w, "refs");
	for (size_t i = 0; i < YH_REFS; i++)
		if (r->refs[i] != YH_NEED_NONE)
			yh_jw_str(rq->w, NULL, yh_ref_names[i]);
	yh_jw_end_arr(rq->w);
}

static bool enters(const struct yh_word_use *uses, size_t n, const struct yh_register *reg)
{
	for (size_t i = 0; i < n; i++)
		for (size_t a = 0; a < uses[i].n_args; a++)
			if (uses[i].args[a].kind == YH_P_ENTERS &&
			    (uses[i].word->kinds & YH_WORD_EFFECT) &&
			    strcmp(uses[i].args[a].text, reg->id) == 0)
				return true;
	return false;
}

static bool makes(const struct yh_procedure *p, const struct yh_register *reg)
{
	if (enters(p->effects, p->n_effects, reg))
		return true;
	for (size_t s = 0; s < p->n_steps; s++)
		for (size_t o = 0; o < p->steps[s].n_outcomes; o++)
			if (enters(p->steps[s].outcomes[o].effects,
				   p->steps[s].outcomes[o].n_effects, reg))
				return true;
	return false;
}

/* By which procedures records come into it, as far as the actor may begin them. */
static void write_begin(struct yh_req *rq, const struct yh_pack *pack,
			const struct yh_register *reg)
{
	size_t n;
	const struct yh_procedure *list = yh_pack_procedures(pack, &n);

	yh_jw_arr(rq->w, "begin");
	for (size_t i = 0; i < n; i++) {
		if (!makes(&list[i], reg) || !yh_may_begin(rq->cx.actor, &list[i]))
			continue;
		yh_jw_obj(rq->w, NULL);
		write_titled(rq, "procedure", list[i].name, list[i].title);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static enum yh_rc registers(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_ledger_viewer who;
	struct yh_ledger_tally *tally;
	const struct yh_register *regs;
	const struct yh_pack *pack;
	size_t n, n_tally;
	enum yh_rc rc = todays_pack(rq, &pack, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_ledger_viewer_of(&rq->cx, pack, &who, err);
	if (rc == YH_OK)
		rc = yh_ledger_tally(rq->cx.tx, &who, rq->cx.arena, &tally, &n_tally, err);
	if (rc != YH_OK)
		return rc;
	regs = yh_pack_registers(pack, &n);
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n; i++) {
		int64_t all = 0, holding = 0;

		if (!yh_ledger_may_read(&rq->cx, pack, &regs[i]))
			continue;
		for (size_t t = 0; t < n_tally; t++)
			if (strcmp(tally[t].reg, regs[i].id) == 0) {
				all = tally[t].n;
				holding = tally[t].holding;
			}
		yh_jw_obj(rq->w, NULL);
		write_titled(rq, "register", regs[i].id, regs[i].title);
		yh_jw_str(rq->w, "article", regs[i].article);
		yh_jw_str(rq->w, "code", regs[i].code);
		yh_jw_bool(rq->w, "dated", regs[i].dated != YH_NEED_NONE);
		write_parts(rq, &regs[i]);
		yh_jw_int(rq->w, "records", all);
		yh_jw_int(rq->w, "holding", holding);
		write_begin(rq, pack, &regs[i]);
		write_procedures(rq, "about", pack, &regs[i]);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

static const struct yh_column record_columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL("台账", "REGISTER", "register_title"),
	YH_COL_TITLE,
	YH_COL("状态", "STATE", "state_title"),
	YH_COL("政务云", "CLOUD", "cloud"),
	YH_COL("单位", "ORG", "org_name"),
	YH_COL("服务商", "PROVIDER", "provider_name"),
	YH_COL("起", "FROM", "from"),
	YH_COL("止", "UNTIL", "until"),
	{ 0 },
};
static const struct yh_column register_columns[] = {
	YH_COL("台账", "REGISTER", "register"),
	YH_COL_TITLE,
	YH_COL_ARTICLE,
	YH_COL("记录数", "RECORDS", "records"),
	YH_COL("在册", "HOLDING", "holding"),
	{ 0 },
};

#define IN sizeof(struct record_in)
#define PROCEDURES "[{procedure title}]"
static const struct yh_op ops[] = {
	{ "record.list", YH_GET, "/api/v1/records", NULL, YH_OP_PAGED, NULL, list_query, NULL, IN,
	  list, record_columns, "台账记录，最新在前", "Records of the registers, newest first",
	  .reply = "@Record" },
	{ "record.show", YH_GET, "/api/v1/records/{record}", NULL, 0, record_path, NULL, NULL, IN,
	  show, NULL, "一条台账记录及其经过（最近 200 个版本）",
	  "A record with its content and its newest 200 versions",
	  .reply = "{@Record content:object kept:[text] history:[{version:int "
		   "kind:entered|amended|state "
		   "kind_title state state_title from:day|null until:day|null case case_title "
		   "content:object at:time}] procedures:" PROCEDURES " backup:bool " YH_RECORD_PARTS
		   " schema:object|null names:[{ref code text}]}" },
	{ "register.list", YH_GET, "/api/v1/registers", NULL, 0, NULL, NULL, NULL, IN, registers,
	  register_columns, "可查阅的台账", "The registers one may read",
	  .reply = "{items:[{register title article code dated:bool states:[{state title "
		   "final:bool}] figures:[{figure title unit money:bool}] lines:[{line title}] "
		   "refs:[text] "
		   "records:int holding:int begin:" PROCEDURES " about:" PROCEDURES "}]}" },
};

static const struct yh_named_shape shapes[] = {
	{ "Record",
	  "{id:id no register register_title article|null title label label_title withheld:bool "
	  "state state_title final:bool "
	  "in_force:bool cloud org:text|null org_name:text|null provider:text|null "
	  "provider_name:text|null project:text|null project_name:text|null system:text|null "
	  "system_name:text|null resource:text|null of:text|null about:text|null case "
	  "from:day|null until:day|null figures:[{figure title unit money:bool value:exact "
	  "used:exact|null}] "
	  "lines:[{line "
	  "title dimension dimension_title quantity:exact}] values:{*:exact} "
	  "quantities:{*:text} entered_at:time changed_at:time "
	  "version:int}" },
	{ 0 },
};

const struct yh_op_table yh_ops_record = { ops, sizeof ops / sizeof ops[0], shapes };
