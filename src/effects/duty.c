/* Duties: laid by cases, done by cases, and what is asked of them. */
#include "effects/duty.h"

#include <string.h>

#include "cases/mark.h"
#include "effects/ledger_form.h"
#include "services/duty/duty.h"
#include "store/act.h"

/* The use's kind, or that of the procedure. */
static const struct yh_duty_kind *kind_of(const struct yh_case_cx *k, const struct yh_word_use *use)
{
	const char *id = yh_use_text(use, "duty", NULL);

	return id ? yh_pack_duty(k->c->pack, id) : k->c->procedure->duty;
}

static void err_kind(struct yh_err *err, const struct yh_duty_kind *kind)
{
	yh_err_text(err, "kind", kind->id);
	yh_err_text(err, "kind_zh", kind->title.zh);
	yh_err_text(err, "kind_en", kind->title.en);
}

static const json_t *form_of(const struct yh_case_cx *k, const struct yh_word_use *use)
{
	return strcmp(yh_use_text(use, "from", "case"), "step") == 0 ? k->input : k->c->form;
}

/* ---- laying ---- */

static enum yh_rc system_of(struct yh_case_cx *k, const json_t *form, struct yh_id *out,
			    struct yh_err *err)
{
	const char *code = yh_json_text(form, "system");
	struct yh_system_row s;
	enum yh_rc rc;

	if (!code)
		code = yh_json_text(k->c->form, "system");
	rc = yh_system_by_code(k->cx->tx, &k->c->row.project, code ? code : "", k->cx->arena, &s,
			       err);
	*out = s.id;
	if (rc != YH_OK)
		yh_err_field(err, "/form/system");
	return rc;
}

/* The record that the case is about, or that it entered first. */
static enum yh_rc record_of(struct yh_case_cx *k, struct yh_id *out, struct yh_err *err)
{
	if (!k->c->procedure->reg)
		return yh_ledger_first_of(k->cx->tx, &k->c->row.id, out, err);
	*out = k->c->row.subject;
	return YH_OK;
}

/* What the duty is about. */
static enum yh_rc subject_of(struct yh_case_cx *k, const json_t *form, struct yh_duty_in *in,
			     struct yh_err *err)
{
	const struct yh_case_row *c = &k->c->row;
	enum yh_rc rc = YH_OK;

	in->cloud = c->cloud;
	in->laid_by = in->subject = c->id;
	switch (in->kind->about) {
	case YH_DUTY_OF_CLOUD:
		in->subject = c->cloud;
		break;
	case YH_DUTY_OF_ORG:
		in->org = in->subject = c->unit;
		break;
	case YH_DUTY_OF_PROJECT:
		in->org = c->unit;
		in->project = in->subject = c->project;
		break;
	case YH_DUTY_OF_SYSTEM:
		in->org = c->unit;
		in->project = c->project;
		rc = system_of(k, form, &in->info_system, err);
		in->subject = in->info_system;
		break;
	case YH_DUTY_OF_RECORD:
		rc = record_of(k, &in->record, err);
		in->subject = in->record;
		break;
	case YH_DUTY_OF_NONE:
	case YH_DUTY_OF_CASE:
		break;
	}
	return rc;
}

/* Who owes a duty must be able to say that it is done, where that is said by a case. */
static bool may_report(const struct yh_case_cx *k, const struct yh_duty_kind *kind,
		       const char *role)
{
	bool reported = false;
	size_t n;
	const struct yh_procedure *all = yh_pack_procedures(k->c->pack, &n);

	for (size_t i = 0; i < n; i++) {
		if (all[i].duty != kind)
			continue;
		reported = true;
		for (size_t r = 0; r < all[i].n_filed_by; r++)
			if (strcmp(all[i].filed_by[r], role) == 0)
				return true;
	}
	return !reported;
}

/* An organisation that is named without a role owes it in the first that somebody there holds, of
 * the kind's own and those that report it done: in another, nobody there would see it. */
static enum yh_rc role_there(struct yh_case_cx *k, struct yh_duty_in *in, struct yh_err *err)
{
	size_t n;
	const struct yh_procedure *all = yh_pack_procedures(k->c->pack, &n);
	yh_day today = yh_ctx_today(k->cx);
	bool held;
	enum yh_rc rc = yh_role_held_in(k->cx->tx, in->kind->owner, &in->owner, today, &held, err);

	for (size_t i = 0; rc == YH_OK && !held && i < n; i++) {
		if (all[i].duty != in->kind)
			continue;
		for (size_t r = 0; rc == YH_OK && !held && r < all[i].n_filed_by; r++) {
			rc = yh_role_held_in(k->cx->tx, all[i].filed_by[r], &in->owner, today,
					     &held, err);
			if (held)
				in->role = all[i].filed_by[r];
		}
	}
	return rc;
}

/* One duty of one form: who owes what by when. `at` is where its members stand. */
static enum yh_rc lay_one(struct yh_case_cx *k, const struct yh_word_use *use, const json_t *form,
			  const char *at, struct yh_err *err)
{
	const char *owner = yh_use_text(use, "owner", "owner"),
		   *due = yh_use_text(use, "due", "due"), *what = yh_use_text(use, "what", "what");
	const char *org = yh_json_text(form, owner), *day = yh_json_text(form, due);
	struct yh_duty_in in = { .kind = kind_of(k, use),
				 .what = yh_json_text(form, what),
				 .role = yh_json_text(form, "role"),
				 .due = YH_DAY_NONE };
	const char *role = in.role ? in.role : in.kind->owner;
	const struct yh_role *known = yh_pack_role(k->c->pack, role);
	struct yh_duty_row row;
	enum yh_rc rc = subject_of(k, form, &in, err);

	if (rc == YH_OK && (!known || known->admin)) {
		rc = yh_fail(err, YH_BAD_INPUT, "duty-owner-missing");
		yh_err_field(err, "%s/role", at);
	} else if (rc == YH_OK && in.role && !may_report(k, in.kind, role)) {
		rc = yh_fail(err, YH_BAD_INPUT, "duty-role-reports-none");
		err_kind(err, in.kind);
		yh_err_text(err, "role", role);
		yh_err_field(err, "%s/role", at);
	}
	if (rc == YH_OK && !in.what)
		rc = yh_mark_title(k->cx, &k->c->row, &in.what, err);
	if (rc == YH_OK) {
		rc = org ? yh_form_org(k->cx, org, &in.owner, err)
			 : yh_case_party(k, role, &in.owner, err);
		if (rc != YH_OK)
			yh_err_field(err, "%s/%s", at, owner);
	}
	if (rc == YH_OK && org && !in.role)
		rc = role_there(k, &in, err);
	if (rc == YH_OK && day) {
		rc = yh_day_parse(day, &in.due, err);
		if (rc != YH_OK)
			yh_err_field(err, "%s/%s", at, due);
	}
	return rc == YH_OK ? yh_duty_lay(k->cx, &in, &row, err) : rc;
}

YH_WORD_CHECK_FN(yh_word_duty_lay)
{
	return lay_one(k, use, form_of(k, use), "/form", err);
}

YH_WORD_CHECK_FN(yh_word_duty_lay_each)
{
	const char *field = yh_use_text(use, "list", "");
	const json_t *list = json_object_get(form_of(k, use), field);
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < json_array_size(list); i++) {
		const char *at = yh_arena_printf(k->cx->arena, "/form/%s/%zu", field, i);

		rc = at ? lay_one(k, use, json_array_get(list, i), at, err)
			: yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	return rc;
}

/* ---- being done ---- */

static bool has(const json_t *form, const char *key)
{
	const json_t *v = json_object_get(form, key);

	return (json_is_string(v) && json_string_value(v)[0]) ||
	       (json_is_array(v) && json_array_size(v) > 0);
}

static enum yh_rc fulfil(struct yh_case_cx *k, const struct yh_word_use *use, struct yh_duty_row *d,
			 struct yh_err *err)
{
	const struct yh_duty_kind *kind = yh_pack_duty(k->c->pack, d->kind);
	const json_t *form = k->c->form;
	enum yh_rc rc;

	if (kind && kind->evidence && !has(form, "evidence") && !has(form, "documents") &&
	    !has(k->input, "evidence") && !has(k->input, "documents")) {
		rc = yh_refuse(err, "duty-evidence-missing",
			       yh_use_text(use, "article", d->article));
		yh_err_field(err, "/form/evidence");
		yh_err_text(err, "no", d->no);
		return rc;
	}
	return yh_duty_end(k->cx, d, "done", &k->c->row.id, NULL, err);
}

/* The duty that the case is about; or, for another case, what its filer owes of the kind, on the
 * cloud: today's where a day can be missed, otherwise the one that is due first. None is no fault.
 */
YH_WORD_CHECK_FN(yh_word_duty_fulfil)
{
	const struct yh_duty_kind *kind = kind_of(k, use);
	const struct yh_case_row *c = &k->c->row;
	const char *given = yh_use_text(use, "given", NULL);
	struct yh_id about = { { 0 } };
	struct yh_duty_row *list, one;
	size_t n;
	enum yh_rc rc;

	if (given && !json_object_get(k->c->form, given))
		return YH_OK;
	if (k->c->procedure->duty) {
		rc = yh_duty_load(k->cx->tx, &c->subject, k->cx->arena, &one, err);
		return rc == YH_OK ? fulfil(k, use, &one, err) : rc;
	}
	if (k->c->procedure->reg && kind->about == YH_DUTY_OF_RECORD)
		about = c->subject;
	rc = yh_duty_owed(k->cx->tx, kind->id, &c->filer_org, &c->cloud, &about,
			  kind->missed ? yh_ctx_today(k->cx) : YH_DAY_NONE, k->cx->arena, &list, &n,
			  err);
	for (size_t i = 0; rc == YH_OK && i < n && (kind->missed || i == 0); i++)
		rc = fulfil(k, use, &list[i], err);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_duty_waive)
{
	const char *reason = yh_json_text(form_of(k, use), yh_use_text(use, "reason", "reason"));
	struct yh_duty_row d;
	enum yh_rc rc = yh_duty_load(k->cx->tx, &k->c->row.subject, k->cx->arena, &d, err);

	return rc == YH_OK ? yh_duty_end(k->cx, &d, "waived", &k->c->row.id, reason, err) : rc;
}

/* ---- what is asked of them ---- */

static enum yh_rc count(struct yh_case_cx *k, const struct yh_word_use *use,
			struct yh_duty_counts *out, struct yh_err *err)
{
	const char *by = yh_use_text(use, "by", "org");
	const struct yh_case_row *c = &k->c->row;
	struct yh_id id = c->unit;
	enum yh_rc rc = YH_OK;

	if (strcmp(by, "cloud") == 0)
		id = c->cloud;
	else if (strcmp(by, "project") == 0)
		id = c->project;
	else if (strcmp(by, "record") == 0)
		id = c->subject;
	else if (strcmp(by, "owner") == 0)
		id = c->filer_org;
	else if (strcmp(by, "system") == 0)
		rc = system_of(k, k->c->form, &id, err);
	return rc == YH_OK ? yh_duty_count(k->cx->tx, kind_of(k, use)->id, by, &id,
					   yh_ctx_today(k->cx), out, err)
			   : rc;
}

YH_WORD_CHECK_FN(yh_word_duty_done)
{
	struct yh_duty_counts n = { 0 };
	enum yh_rc rc = count(k, use, &n, err);

	if (rc != YH_OK || (n.open == 0 && n.done > 0))
		return rc;
	rc = yh_refuse(err, "duty-not-done", yh_use_article(k, use));
	err_kind(err, kind_of(k, use));
	yh_err_int(err, "open", n.open);
	yh_err_int(err, "done", n.done);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_duty_none_overdue)
{
	struct yh_duty_counts n = { 0 };
	enum yh_rc rc = count(k, use, &n, err);

	if (rc != YH_OK || n.overdue == 0)
		return rc;
	rc = yh_refuse(err, "duty-overdue-some", yh_use_article(k, use));
	err_kind(err, kind_of(k, use));
	yh_err_int(err, "overdue", n.overdue);
	return rc;
}
