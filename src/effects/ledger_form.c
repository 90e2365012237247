/* Reading a form as a record: what it refers to, its days, its figures and quantities. */
#include "effects/ledger_form.h"

#include <stdlib.h>
#include <string.h>

#include "cases/mark.h"
#include "base/num.h"
#include "law/quota.h"
#include "services/year/year.h"
#include "store/party.h"
#include "store/project.h"
#include "store/project_query.h"
#include "store/resource.h"

enum yh_rc yh_form_org(struct yh_ctx *cx, const char *text, struct yh_id *out, struct yh_err *err)
{
	struct yh_org_row org;
	enum yh_rc rc = yh_id_parse(text, out, NULL) == YH_OK
				? yh_org_load(cx->tx, out, cx->arena, &org, err)
				: yh_org_by_code(cx->tx, text, cx->arena, &org, err);

	*out = org.id;
	return rc;
}

/* A project or resource of another unit than the record's is nobody's here. Where the register
 * names no unit, whoever sees no more of it than what is theirs refers to no more than that, and
 * whoever sees a cloud's to what is of the cloud. */
static bool foreign(const struct yh_case_cx *k, const struct yh_ledger_form *f,
		    const struct yh_ledger_row *row, const struct yh_id *unit,
		    const struct yh_id *cloud)
{
	const struct yh_case_row *c = &k->c->row;
	const char *sees;

	if (f->reg->refs[YH_REF_ORG] != YH_NEED_NONE)
		return !yh_id_eq(&row->refs[YH_REF_ORG], unit);
	sees = yh_pack_may(k->c->pack, c->filer_role, f->reg->action);
	if (!sees || strcmp(sees, "own") == 0)
		return !yh_id_eq(&c->unit, unit);
	return strcmp(sees, "any") != 0 && !yh_id_is_zero(cloud) && !yh_id_eq(&c->cloud, cloud);
}

static enum yh_rc ref_org(struct yh_case_cx *k, const struct yh_ledger_form *f, const char *text,
			  struct yh_ledger_row *row, struct yh_err *err)
{
	struct yh_id *out = &row->refs[YH_REF_ORG];

	if (text)
		return yh_form_org(k->cx, text, out, err);
	/* what is about nothing is of whoever files it, though a body may name a unit */
	if (f->reg->refs[YH_REF_ORG] == YH_NEED_OPTIONAL && k->c->procedure->about == YH_ABOUT_NONE)
		*out = k->c->row.filer_org;
	else
		*out = k->c->row.unit;
	return YH_OK;
}

static enum yh_rc ref_provider(struct yh_case_cx *k, const struct yh_ledger_form *f,
			       const char *text, struct yh_ledger_row *row, struct yh_err *err)
{
	static const char provider[] = "provider";
	struct yh_id *out = &row->refs[YH_REF_PROVIDER];

	(void)f;
	if (text)
		return yh_form_org(k->cx, text, out, err);
	*out = k->c->row.provider;
	if (strcmp(k->c->row.filer_role, provider) == 0)
		*out = k->c->row.filer_org;
	return YH_OK;
}

static enum yh_rc ref_project(struct yh_case_cx *k, const struct yh_ledger_form *f,
			      const char *text, struct yh_ledger_row *row, struct yh_err *err)
{
	struct yh_project_row p;
	enum yh_rc rc;

	row->refs[YH_REF_PROJECT] = k->c->row.project;
	if (!text)
		return YH_OK;
	if (yh_id_parse(text, &p.id, NULL) == YH_OK)
		rc = yh_project_load(k->cx->tx, &p.id, k->cx->arena, &p, err);
	else
		rc = yh_project_by_code(k->cx->tx, text, k->cx->arena, &p, err);
	if (rc == YH_OK && foreign(k, f, row, &p.unit, &p.cloud))
		rc = yh_fail(err, YH_NOT_FOUND, "project-unknown");
	if (rc == YH_OK)
		row->refs[YH_REF_PROJECT] = p.id;
	return rc;
}

static enum yh_rc ref_system(struct yh_case_cx *k, const struct yh_ledger_form *f, const char *text,
			     struct yh_ledger_row *row, struct yh_err *err)
{
	const struct yh_id *project = &row->refs[YH_REF_PROJECT];
	struct yh_system_row s;
	enum yh_rc rc;

	(void)f;
	if (!text)
		return YH_OK;
	if (yh_id_is_zero(project))
		project = &k->c->row.project;
	rc = yh_system_by_code(k->cx->tx, project, text, k->cx->arena, &s, err);
	if (rc == YH_OK)
		row->refs[YH_REF_SYSTEM] = s.id;
	return rc;
}

static enum yh_rc ref_resource(struct yh_case_cx *k, const struct yh_ledger_form *f,
			       const char *text, struct yh_ledger_row *row, struct yh_err *err)
{
	struct yh_resource_row r;
	struct yh_id id;
	enum yh_rc rc = YH_OK;

	if (!text)
		return YH_OK;
	if (yh_id_parse(text, &id, NULL) != YH_OK)
		rc = yh_resource_id_by_no(k->cx->tx, text, &id, err);
	if (rc == YH_OK)
		rc = yh_resource_load(k->cx->tx, &id, k->cx->arena, &r, err);
	if (rc == YH_OK && foreign(k, f, row, &r.unit, &r.cloud))
		rc = yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	if (rc == YH_OK)
		row->refs[YH_REF_RESOURCE] = id;
	return rc;
}

static enum yh_rc ref_record(struct yh_case_cx *k, const struct yh_ledger_form *f, const char *text,
			     struct yh_ledger_row *row, struct yh_err *err)
{
	struct yh_ledger_row parent;
	struct yh_id id;
	enum yh_rc rc;

	if (k->c->procedure->reg)
		row->refs[YH_REF_RECORD] = k->c->row.subject;
	if (!text)
		return YH_OK;
	if (yh_id_parse(text, &id, NULL) == YH_OK)
		rc = yh_ledger_load(k->cx->tx, &id, k->cx->arena, &parent, err);
	else
		rc = yh_ledger_by_no(k->cx->tx, text, k->cx->arena, &parent, err);
	if (rc == YH_OK && !yh_id_is_zero(&parent.refs[YH_REF_ORG]) &&
	    foreign(k, f, row, &parent.refs[YH_REF_ORG], &parent.cloud))
		rc = yh_fail(err, YH_NOT_FOUND, "record-unknown");
	if (rc == YH_OK)
		row->refs[YH_REF_RECORD] = parent.id;
	return rc;
}

static enum yh_rc ref_case(struct yh_case_cx *k, const struct yh_ledger_form *f, const char *text,
			   struct yh_ledger_row *row, struct yh_err *err)
{
	struct yh_case_row about;
	struct yh_id id;
	enum yh_rc rc = YH_OK;

	row->refs[YH_REF_CASE] = k->c->row.about_case;
	if (!text)
		return YH_OK;
	if (yh_id_parse(text, &id, NULL) != YH_OK)
		rc = yh_case_id_by_no(k->cx->tx, text, &id, err);
	if (rc == YH_OK)
		rc = yh_case_load(k->cx->tx, &id, k->cx->arena, &about, err);
	if (rc == YH_OK && foreign(k, f, row, &about.unit, &about.cloud))
		rc = yh_fail(err, YH_NOT_FOUND, "case-unknown");
	if (rc == YH_OK)
		row->refs[YH_REF_CASE] = id;
	return rc;
}

static enum yh_rc missing(const struct yh_ledger_form *f, const char *what, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "record-field-missing");

	yh_err_field(err, "%s/%s", f->at, what);
	yh_err_text(err, "what", what);
	return rc;
}

static enum yh_rc read_refs(struct yh_case_cx *k, const struct yh_ledger_form *f,
			    struct yh_ledger_row *row, struct yh_err *err)
{
	static enum yh_rc (*const by[YH_REFS])(struct yh_case_cx * k,
					       const struct yh_ledger_form *f, const char *text,
					       struct yh_ledger_row *row, struct yh_err *err) = {
		[YH_REF_ORG] = ref_org,           [YH_REF_PROVIDER] = ref_provider,
		[YH_REF_PROJECT] = ref_project,   [YH_REF_SYSTEM] = ref_system,
		[YH_REF_RESOURCE] = ref_resource, [YH_REF_RECORD] = ref_record,
		[YH_REF_CASE] = ref_case,
	};

	for (size_t i = 0; i < YH_REFS; i++) {
		const char *text = yh_json_text(f->form, yh_ref_names[i]);
		enum yh_rc rc;

		if (f->reg->refs[i] == YH_NEED_NONE)
			continue;
		rc = by[i](k, f, text, row, err);
		if (rc != YH_OK) {
			yh_err_field(err, "%s/%s", f->at, yh_ref_names[i]);
			return rc;
		}
		if (f->reg->refs[i] == YH_NEED_REQUIRED && yh_id_is_zero(&row->refs[i]))
			return missing(f, yh_ref_names[i], err);
	}
	return YH_OK;
}

static enum yh_rc read_day(const struct yh_ledger_form *f, const char *key, yh_day *out,
			   struct yh_err *err)
{
	const char *text = yh_json_text(f->form, key);
	enum yh_rc rc = text ? yh_day_parse(text, out, err) : YH_OK;

	if (rc != YH_OK)
		yh_err_field(err, "%s/%s", f->at, key);
	else if (*out == YH_DAY_NONE && f->reg->dated == YH_NEED_REQUIRED)
		return missing(f, key, err);
	return rc;
}

static enum yh_rc read_days(struct yh_tx *tx, const struct yh_ledger_form *f,
			    struct yh_ledger_row *row, struct yh_err *err)
{
	enum yh_rc rc;

	if (f->reg->dated == YH_NEED_NONE)
		return YH_OK;
	rc = read_day(f, "from", &row->from, err);
	if (rc == YH_OK)
		rc = read_day(f, "until", &row->until, err);
	if (rc == YH_OK && row->from != YH_DAY_NONE && row->until != YH_DAY_NONE &&
	    row->until < row->from) {
		rc = yh_fail(err, YH_BAD_INPUT, "days-reversed");
		yh_err_field(err, "%s/until", f->at);
	}
	/* what has ended in a closed year is entered no more; what runs on is of the open one */
	if (rc == YH_OK) {
		rc = yh_year_need_open(tx, &row->cloud,
				       row->until != YH_DAY_NONE ? row->until : row->from, err);
		if (rc == YH_CONFLICT)
			yh_err_field(err, "%s/%s", f->at,
				     row->until != YH_DAY_NONE ? "until" : "from");
	}
	return rc;
}

static enum yh_rc add_value(struct yh_ledger_form *f, const json_t *v, const char *name,
			    const char *dimension, json_t *told, struct yh_err *err)
{
	char text[YH_SCALED_TEXT];
	int64_t milli;
	enum yh_rc rc = yh_json_milli(v, &milli, err);

	if (rc == YH_OK && (milli > YH_QTY_MILLI_MAX || milli < -YH_QTY_MILLI_MAX))
		rc = yh_fail(err, YH_BAD_INPUT, "quantity-out-of-range");
	if (rc != YH_OK)
		return rc;
	if (f->n_values == YH_LEDGER_VALUES)
		return yh_fail(err, YH_TOO_LARGE, "record-lines-many");
	f->values[f->n_values++] = (struct yh_ledger_value){ name, dimension, milli };
	if (json_object_set_new(told, dimension ? dimension : name,
				json_string(yh_scaled_text(milli, 3, text))) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return YH_OK;
}

static enum yh_rc read_figures(struct yh_ledger_form *f, const json_t *from, json_t *told,
			       struct yh_err *err)
{
	for (size_t i = 0; i < f->reg->n_figures; i++) {
		const char *name = f->reg->figures[i].id;
		const json_t *v = json_object_get(from, name);
		enum yh_rc rc;

		if (!v || json_is_null(v))
			continue;
		rc = add_value(f, v, name, NULL, told, err);
		if (rc != YH_OK) {
			yh_err_field(err, "%s/%s", f->at, name);
			return rc;
		}
	}
	return YH_OK;
}

/* One entry of `lines`: {dimension, planned, built …}. */
static enum yh_rc read_entry(struct yh_ledger_form *f, const json_t *entry, json_t *told,
			     struct yh_err *err)
{
	const char *dimension = yh_json_text(entry, "dimension");

	for (size_t i = 0; dimension && i < f->reg->n_lines; i++) {
		const char *name = f->reg->lines[i].id;
		const json_t *v = json_object_get(entry, name);
		json_t *of = json_object_get(told, name);
		enum yh_rc rc;

		if (!v || json_is_null(v))
			continue;
		if (!of) {
			of = json_object();
			if (json_object_set_new(told, name, of) != 0)
				return yh_fail(err, YH_TOO_LARGE, "memory-short");
		}
		if (json_object_get(of, dimension))
			return yh_fail(err, YH_BAD_INPUT, "record-line-twice");
		rc = add_value(f, v, name, dimension, of, err);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc read_lines(struct yh_ledger_form *f, const json_t *from, json_t *told,
			     struct yh_err *err)
{
	const json_t *list = json_object_get(from, "lines");

	for (size_t i = 0; f->reg->n_lines && i < json_array_size(list); i++) {
		enum yh_rc rc = read_entry(f, json_array_get(list, i), told, err);

		if (rc != YH_OK) {
			yh_err_field(err, "%s/lines/%zu", f->at, i);
			return rc;
		}
	}
	return YH_OK;
}

/* Canonical text that lives as long as the request; NULL without memory. */
static const char *kept(struct yh_case_cx *k, const json_t *v)
{
	char *text = v ? yh_json_canonical(v) : NULL;

	return text && !yh_arena_defer(k->cx->arena, free, text) ? NULL : text;
}

static enum yh_rc read_content(struct yh_case_cx *k, struct yh_ledger_form *f, const json_t *from,
			       struct yh_ledger_row *row, struct yh_err *err)
{
	YH_JSON_AUTO figures = json_object();
	YH_JSON_AUTO lines = json_object();
	enum yh_rc rc;

	f->n_values = 0;
	if (!figures || !lines)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = read_figures(f, from, figures, err);
	if (rc == YH_OK)
		rc = read_lines(f, from, lines, err);
	row->content = kept(k, from);
	row->figures = kept(k, figures);
	row->lines = kept(k, lines);
	if (rc == YH_OK && (!row->content || !row->figures || !row->lines))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc;
}

static void read_title(const struct yh_ledger_form *f, struct yh_ledger_row *row)
{
	const char *title = yh_json_text(f->form, "title");

	if (!title)
		title = yh_json_text(f->form, "name");
	if (title && title[0])
		row->title = title;
}

enum yh_rc yh_ledger_read(struct yh_case_cx *k, struct yh_ledger_form *f, struct yh_ledger_row *row,
			  struct yh_err *err)
{
	enum yh_rc rc;

	row->cloud = k->c->row.cloud;
	row->from = row->until = YH_DAY_NONE;
	rc = yh_mark_title(k->cx, &k->c->row, &row->title, err);
	read_title(f, row);
	if (rc == YH_OK)
		rc = read_refs(k, f, row, err);
	if (rc == YH_OK)
		rc = read_days(k->cx->tx, f, row, err);
	return rc == YH_OK ? read_content(k, f, f->form, row, err) : rc;
}

enum yh_rc yh_ledger_reread(struct yh_case_cx *k, struct yh_ledger_form *f,
			    struct yh_ledger_row *row, struct yh_err *err)
{
	const json_t *had;
	YH_JSON_AUTO whole = NULL;
	enum yh_rc rc =
		yh_json_parse_in(k->cx->arena, row->content, strlen(row->content), &had, err);

	if (rc != YH_OK)
		return rc;
	whole = json_copy((json_t *)had);
	if (!whole || json_object_update(whole, (json_t *)f->form) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	read_title(f, row);
	rc = read_days(k->cx->tx, f, row, err);
	return rc == YH_OK ? read_content(k, f, whole, row, err) : rc;
}
