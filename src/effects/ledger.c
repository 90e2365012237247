/* Records of registers: entering, amending, ending them; what must hold of them. */
#include "effects/ledger.h"

#include <stdio.h>
#include <string.h>

#include "effects/ledger_form.h"
#include "services/duty/duty.h"
#include "services/ledger/ledger.h"
#include "store/case_file.h"

/* The register that the use names, or that the procedure is about. */
static const struct yh_register *register_of(const struct yh_case_cx *k,
					     const struct yh_word_use *use)
{
	const char *id = yh_use_text(use, "register", NULL);

	return id ? yh_pack_register(k->c->pack, id) : k->c->procedure->reg;
}

/* Its titles as figures: a sentence of either language takes its own. */
static void err_register(struct yh_err *err, const struct yh_register *r)
{
	yh_err_text(err, "register", r->id);
	yh_err_text(err, "register_zh", r->title.zh);
	yh_err_text(err, "register_en", r->title.en);
}

static void err_state(struct yh_err *err, const struct yh_register *r, const char *name,
		      const char *state)
{
	const struct yh_register_state *s = yh_register_state(r, state);
	char in_lang[24];

	yh_err_text(err, name, state);
	if (!s)
		return;
	(void)snprintf(in_lang, sizeof in_lang, "%.18s_zh", name);
	yh_err_text(err, in_lang, s->title.zh);
	(void)snprintf(in_lang, sizeof in_lang, "%.18s_en", name);
	yh_err_text(err, in_lang, s->title.en);
}

/* ---- what must hold ---- */

/* Whose record is asked for, as the use says. */
static enum yh_rc asked_of(struct yh_case_cx *k, const struct yh_word_use *use,
			   struct yh_ledger_asked *a, struct yh_err *err)
{
	static const char provider[] = "provider";
	const char *by = yh_use_text(use, "by", "cloud");
	const char *code = yh_json_text(k->c->form, "system");
	struct yh_system_row s;
	enum yh_rc rc = YH_OK;

	*a = (struct yh_ledger_asked){ .reg = register_of(k, use)->id,
				       .state = yh_use_text(use, "state", ""),
				       .by = YH_REFS,
				       .cloud = k->c->row.cloud,
				       .day = yh_ctx_today(k->cx) };
	if (yh_use_int(use, "any_cloud", 0))
		a->cloud = (struct yh_id){ { 0 } };
	for (size_t i = 0; i < YH_REFS; i++)
		if (strcmp(by, yh_ref_names[i]) == 0)
			a->by = (enum yh_ref)i;
	switch (a->by) {
	case YH_REF_ORG:
		a->id = k->c->row.unit;
		break;
	case YH_REF_PROVIDER:
		rc = yh_case_party(k, provider, &a->id, err);
		break;
	case YH_REF_PROJECT:
		a->id = k->c->row.project;
		break;
	case YH_REF_SYSTEM:
		rc = yh_system_by_code(k->cx->tx, &k->c->row.project, code ? code : "",
				       k->cx->arena, &s, err);
		if (rc != YH_OK)
			yh_err_field(err, "/form/system");
		else
			a->id = s.id;
		break;
	case YH_REF_RECORD:
		a->id = k->c->row.subject;
		break;
	default:
		break;
	}
	return rc;
}

static enum yh_rc refuse(struct yh_case_cx *k, const struct yh_word_use *use, const char *slug,
			 struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, slug, yh_use_article(k, use));

	err_register(err, register_of(k, use));
	return rc;
}

YH_WORD_CHECK_FN(yh_word_record_valid)
{
	struct yh_ledger_asked a;
	struct yh_ledger_row row;
	bool found = false;
	enum yh_rc rc;

	if (yh_ctx_today(k->cx) < yh_use_int(use, "since", INT64_MIN))
		return YH_OK;
	rc = asked_of(k, use, &a, err);
	if (rc == YH_OK)
		rc = yh_ledger_valid(k->cx->tx, &a, k->cx->arena, &found, &row, err);
	if (rc != YH_OK)
		return rc;
	if (!found) {
		rc = refuse(k, use, "record-not-valid", err);
		yh_err_day(err, "day", a.day);
		return rc;
	}
	yh_err_text(yh_case_told(k, "told-record-valid"), "no", row.no);
	return YH_OK;
}

YH_WORD_CHECK_FN(yh_word_record_absent)
{
	struct yh_ledger_asked a;
	struct yh_ledger_row row;
	bool found = false;
	enum yh_rc rc = asked_of(k, use, &a, err);

	/* of two who enter one at once the second finds the first's */
	if (rc == YH_OK)
		rc = yh_db_lock(k->cx->tx, yh_id_is_zero(&a.id) ? &a.cloud : &a.id, 1, err);
	if (rc == YH_OK)
		rc = yh_ledger_valid(k->cx->tx, &a, k->cx->arena, &found, &row, err);
	if (rc != YH_OK || !found)
		return rc;
	rc = refuse(k, use, "record-exists", err);
	yh_err_text(err, "no", row.no);
	return rc;
}

/* How much of a figure there is, and what of it is gone. */
struct room {
	struct yh_ledger_row row; /* the record that holds */
	int64_t most, taken;
};

/* *found false: no record holds. */
static enum yh_rc room_of(struct yh_case_cx *k, const struct yh_word_use *use,
			  const struct yh_ledger_asked *a, struct room *r, bool *found,
			  struct yh_err *err)
{
	const char *figure = yh_use_text(use, "figure", "");
	const char *spent = yh_use_text(use, "spent", NULL),
		   *settled = register_of(k, use)->settled;
	enum yh_rc rc = yh_ledger_valid(k->cx->tx, a, k->cx->arena, found, &r->row, err);

	if (rc != YH_OK || !*found)
		return rc;
	if (yh_use_text(use, "takes", NULL)) /* until what is taken here is entered */
		rc = yh_db_lock(k->cx->tx, &r->row.id, 1, err);
	if (rc == YH_OK && spent) {
		const struct yh_ledger_asked about = { .reg = spent,
						       .state = "",
						       .by = YH_REF_RECORD,
						       .id = r->row.id,
						       .day = a->day };

		rc = yh_ledger_sum(k->cx->tx, &about, figure, &r->taken, err);
	}
	if (rc == YH_OK && !spent && settled && strcmp(settled, figure) == 0) {
		struct yh_ledger_room room = { .most = 0 };

		rc = yh_ledger_room(k->cx, &r->row, figure, &room, err);
		r->most = room.most;
		r->taken = room.used;
		return rc;
	}
	return rc == YH_OK ? yh_ledger_figure(k->cx->tx, &r->row.id, figure, &r->most, err) : rc;
}

/* What the record that holds allows, less what has been taken; where nothing is asked for, at least
 * something of it must be left. */
YH_WORD_CHECK_FN(yh_word_record_room)
{
	const char *field = yh_use_text(use, "takes", NULL);
	const json_t *asked = json_object_get(k->c->form, field ? field : "");
	int64_t wants = field ? 0 : 1;
	struct room r = { .most = 0 };
	struct yh_ledger_asked a;
	bool found = false;
	enum yh_rc rc;

	if (yh_ctx_today(k->cx) < yh_use_int(use, "since", INT64_MIN))
		return YH_OK;
	rc = asked_of(k, use, &a, err);
	if (rc == YH_OK && asked && !json_is_null(asked))
		rc = yh_json_milli(asked, &wants, err);
	if (rc == YH_OK)
		rc = room_of(k, use, &a, &r, &found, err);
	if (rc == YH_OK && !found)
		return refuse(k, use, "record-not-valid", err);
	if (rc != YH_OK)
		return rc;
	if (wants > r.most - r.taken) {
		rc = refuse(k, use, field ? "record-no-room" : "record-used-up", err);
		if (field)
			yh_err_field(err, "/form/%s", field);
		yh_err_milli(err, "asked", wants);
	} else {
		err = yh_case_told(k, "told-record-room");
	}
	yh_err_text(err, "no", r.row.no);
	yh_err_milli(err, "most", r.most);
	yh_err_milli(err, "taken", r.taken);
	return rc;
}

/* ---- the record that a case is about, or that its form names ---- */

static enum yh_rc the_record(struct yh_case_cx *k, const struct yh_word_use *use,
			     struct yh_ledger_row *out, struct yh_err *err)
{
	const char *field = yh_use_text(use, "field", NULL);
	const char *no = field ? yh_json_text(k->c->form, field) : NULL;
	const struct yh_register *reg = register_of(k, use);
	struct yh_id id = k->c->row.subject;
	enum yh_rc rc;

	if (field && (!no || yh_id_parse(no, &id, NULL) != YH_OK))
		rc = yh_ledger_by_no(k->cx->tx, no ? no : "", k->cx->arena, out, err);
	else
		rc = yh_ledger_load(k->cx->tx, &id, k->cx->arena, out, err);
	if (rc == YH_OK && (!reg || strcmp(reg->id, out->reg) != 0))
		rc = yh_fail(err, YH_NOT_FOUND, "record-unknown");
	if (rc != YH_OK && field)
		yh_err_field(err, "/form/%s", field);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_record_is)
{
	const char *want = yh_use_text(use, "state", "");
	const struct yh_register *reg = register_of(k, use);
	struct yh_ledger_row row;
	enum yh_rc rc = the_record(k, use, &row, err);

	if (rc != YH_OK || strcmp(row.state, want) == 0)
		return rc;
	rc = refuse(k, use, "record-state", err);
	yh_err_text(err, "no", row.no);
	err_state(err, reg, "state", row.state);
	err_state(err, reg, "needed", want);
	return rc;
}

/* ---- entering ---- */

static enum yh_rc number_of(struct yh_case_cx *k, const struct yh_register *reg,
			    char out[YH_NUMBER_TEXT], struct yh_err *err)
{
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_cloud_load(k->cx->tx, &k->c->row.cloud, k->cx->arena, &cloud, err);

	return rc == YH_OK
		       ? yh_number_next(k->cx->tx, cloud.code, yh_date_of(yh_ctx_today(k->cx)).year,
					reg->code, out, err)
		       : rc;
}

static const json_t *form_of(const struct yh_case_cx *k, const struct yh_word_use *use)
{
	return strcmp(yh_use_text(use, "from", "case"), "step") == 0 ? k->input : k->c->form;
}

/* One record from one form; `keep` false: it is only read. */
static enum yh_rc enter_one(struct yh_case_cx *k, const struct yh_word_use *use, const json_t *form,
			    const char *at, bool keep, struct yh_err *err)
{
	const struct yh_register *reg = register_of(k, use);
	struct yh_ledger_form *f = YH_NEW(k->cx->arena, struct yh_ledger_form);
	const struct yh_register_state *state =
		yh_register_state(reg, yh_use_text(use, "state", reg->states[0].id));
	struct yh_ledger_row row = { .id = yh_ctx_new_id(k->cx),
				     .final = state->final,
				     .filer_org = k->c->row.filer_org,
				     .case_id = k->c->row.id,
				     .entered_at = k->cx->now,
				     .changed_at = k->cx->now,
				     .version = 1 };
	enum yh_rc rc;

	if (!f)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	f->reg = reg;
	f->form = form;
	f->at = at;
	(void)snprintf(row.reg, sizeof row.reg, "%s", reg->id);
	(void)snprintf(row.state, sizeof row.state, "%s", state->id);
	rc = yh_ledger_read(k, f, &row, err);
	if (rc != YH_OK || !keep)
		return rc;
	rc = number_of(k, reg, row.no, err);
	if (rc == YH_OK)
		rc = yh_ledger_insert(k->cx->tx, &row, f->values, f->n_values, err);
	return rc == YH_OK ? yh_effect_record_as(k, "record.entered", "record", &row.id, NULL,
						 row.state, row.no, err)
			   : rc;
}

/* All that the form, or a list in it, says. */
static enum yh_rc enter_all(struct yh_case_cx *k, const struct yh_word_use *use, bool keep,
			    struct yh_err *err)
{
	const char *field = yh_use_text(use, "list", NULL);
	const json_t *form = form_of(k, use), *list = json_object_get(form, field ? field : "");
	enum yh_rc rc = YH_OK;

	if (!field)
		return enter_one(k, use, form, "/form", keep, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(list); i++) {
		const char *at = yh_arena_printf(k->cx->arena, "/form/%s/%zu", field, i);

		rc = at ? enter_one(k, use, json_array_get(list, i), at, keep, err)
			: yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	return rc;
}

YH_WORD_CHECK_FN(yh_word_record_fits)
{
	return enter_all(k, use, false, err);
}

YH_WORD_CHECK_FN(yh_word_record_enter)
{
	return enter_all(k, use, true, err);
}

YH_WORD_CHECK_FN(yh_word_record_amend)
{
	struct yh_ledger_form *f = YH_NEW(k->cx->arena, struct yh_ledger_form);
	struct yh_ledger_row row;
	enum yh_rc rc =
		f ? the_record(k, use, &row, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc != YH_OK)
		return rc;
	f->reg = register_of(k, use);
	f->form = form_of(k, use);
	f->at = "/form";
	rc = yh_ledger_reread(k, f, &row, err);
	row.changed_at = k->cx->now;
	if (rc == YH_OK)
		rc = yh_ledger_update(k->cx->tx, &row, "amended", &k->c->row.id, f->values,
				      f->n_values, err);
	return rc == YH_OK ? yh_effect_record_as(k, "record.amended", "record", &row.id, row.state,
						 row.state, row.no, err)
			   : rc;
}

YH_WORD_CHECK_FN(yh_word_record_state)
{
	const struct yh_register *reg = register_of(k, use);
	const struct yh_register_state *s = yh_register_state(reg, yh_use_text(use, "state", ""));
	const char *reason = yh_json_text(k->c->form, "reason");
	struct yh_ledger_row row;
	char before[sizeof row.state];
	enum yh_rc rc = the_record(k, use, &row, err);

	if (rc != YH_OK)
		return rc;
	memcpy(before, row.state, sizeof before);
	(void)snprintf(row.state, sizeof row.state, "%s", s->id);
	row.final = s->final;
	row.changed_at = k->cx->now;
	rc = yh_ledger_update(k->cx->tx, &row, "state", &k->c->row.id, NULL, 0, err);
	if (rc == YH_OK && s->final)
		rc = yh_duty_waive_of(k->cx, &row.id, &k->c->row.id, reason ? reason : "", err);
	return rc == YH_OK ? yh_effect_record_as(k, "record.changed", "record", &row.id, before,
						 row.state, row.no, err)
			   : rc;
}
