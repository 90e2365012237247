/* What a choice from the catalogue would cost, and how it stands to the quota. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/case_view.h"
#include "api/list.h"
#include "api/trial_view.h"
#include "base/num.h"
#include "services/catalogue/estimate.h"
#include "services/catalogue/items.h"
#include "services/project/project.h"

struct estimate_in {
	const char *cloud, *project, *case_ref;
	const json_t *items;
	yh_day from;
	int64_t days, months;
};

#define AT(field) offsetof(struct estimate_in, field)
static const struct yh_field body[] = {
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64,
	  .about = "whose catalogue, by code or id; the project's when absent" },
	{ "project", YH_F_CODE, AT(project), 0, .max = 127,
	  .about = "project whose quota it would be taken from, by code or id" },
	{ "case", YH_F_CODE, AT(case_ref), 0, .max = 64,
	  .about = "a case about that project which asks for the items: what it holds already is "
		   "not counted twice" },
	{ "items", YH_F_ARRAY, AT(items), YH_REQUIRED,
	  .about = "what is chosen, at most 200: {item, count, configuration: {quantity}}, count "
		   "and quantity are 1 when absent; or {resource, configuration}: what the project "
		   "has, by its id, and to which quantity it grows" },
	{ "from", YH_F_DAY, AT(from), 0, .about = "the first day; today when absent" },
	{ "days", YH_F_INT, AT(days), 0, .min = 1, .max = YH_ESTIMATE_DAYS,
	  .about = "for so many days" },
	{ "months", YH_F_INT, AT(months), 0, .min = 1, .max = YH_ESTIMATE_MONTHS,
	  .about = "or months; for good when neither is said" },
	{ 0 },
};

/* NOT_FOUND, too, for a case about another project. */
static enum yh_rc case_of(struct yh_req *rq, const struct estimate_in *in,
			  struct yh_estimate_ask *ask, struct yh_err *err)
{
	const char *relation;
	struct yh_case c;
	struct yh_id id;
	enum yh_rc rc = yh_req_relation(rq, "case.read", &relation, err);

	if (rc == YH_OK)
		rc = yh_ref_case(&rq->cx, in->case_ref, &id, err);
	if (rc == YH_OK)
		rc = yh_case_get(&rq->cx, &id, &c, err);
	if (rc == YH_OK)
		rc = yh_case_see(&rq->cx, &c, relation, err);
	if (rc == YH_OK && !yh_id_eq(&c.row.project, &ask->project))
		rc = yh_fail(err, YH_NOT_FOUND, "case-unknown");
	if (rc == YH_OK)
		ask->not_case = c.row.id;
	else
		yh_err_field(err, "/case");
	return rc;
}

static enum yh_rc ask_of(struct yh_req *rq, const struct estimate_in *in,
			 struct yh_estimate_ask *ask, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_project_line project;
	struct yh_id id;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_cloud, in->cloud, "/cloud", &ask->cloud, err);

	ask->items = in->items;
	ask->from = in->from == YH_DAY_NONE ? yh_ctx_today(&rq->cx) : in->from;
	ask->days = in->days;
	ask->months = in->months;
	if (rc != YH_OK)
		return rc;
	if (in->case_ref && !in->project)
		return yh_fail_field(err, YH_BAD_INPUT, "field-required", "/project");
	if (!in->project)
		return in->cloud ? YH_OK
				 : yh_fail_field(err, YH_BAD_INPUT, "field-required", "/cloud");
	rc = yh_ref_project(&rq->cx, in->project, &id, err);
	if (rc == YH_OK)
		rc = yh_project_get(&rq->cx, &who, &id, &project, err);
	if (rc != YH_OK) {
		yh_err_field(err, "/project");
		return rc;
	}
	if (in->cloud && !yh_id_eq(&ask->cloud, &project.row.cloud))
		return yh_fail_field(err, YH_BAD_INPUT, "estimate-cloud", "/cloud");
	ask->cloud = project.row.cloud;
	ask->project = project.row.id;
	ask->unit = project.row.unit;
	return in->case_ref ? case_of(rq, in, ask, err) : YH_OK;
}

static void write_sizes(struct yh_req *rq, const struct yh_estimate_line *l)
{
	yh_jw_arr(rq->w, "sizes");
	for (size_t d = 0; d < l->item.n_dims; d++) {
		__int128 q = (__int128)l->item.dims[d].qty_milli * l->qty_milli / 1000;

		yh_jw_obj(rq->w, NULL);
		yh_list_word(rq, "dimension", "dimension", l->item.dims[d].dim);
		yh_jw_milli(rq->w, "quantity", (int64_t)q);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static void write_money(struct yh_req *rq, const char *key, bool known, int64_t fen)
{
	char text[YH_SCALED_TEXT];

	yh_jw_str(rq->w, key, known ? yh_fen_text(fen, text) : NULL);
}

static void write_line(struct yh_req *rq, const struct yh_estimate *e,
		       const struct yh_estimate_line *l)
{
	const struct yh_item_row *i = &l->item;
	struct yh_jw *w = rq->w;

	yh_jw_obj(w, NULL);
	yh_jw_str(w, "item", i->code);
	yh_jw_str(w, "resource", l->resource);
	yh_jw_str(w, "name", i->name);
	yh_jw_str(w, "class", i->class_);
	yh_jw_str(w, "category", i->category);
	yh_jw_milli(w, "count", l->count_milli);
	yh_jw_milli(w, "quantity", l->qty_milli);
	yh_jw_milli(w, "running", l->running_milli);
	yh_jw_milli(w, "step", i->step_milli);
	yh_jw_bool(w, "orderable", l->orderable);
	yh_jw_str(w, "measure", i->measure);
	yh_list_word(rq, "per", "per", i->per);
	yh_list_word(rq, "mode", "mode", i->mode);
	yh_jw_scaled(w, "unit_price", i->n_tiers ? i->tiers[0].price_e6 : 0, 6);
	yh_item_write_tiers(w, "prices", i);
	yh_jw_milli(w, "free", i->free_milli);
	yh_jw_scaled(w, "minimum", i->minimum_e6, 6);
	yh_jw_bool(w, "metered", !l->priced);
	write_money(rq, "monthly", l->priced, l->month_fen);
	write_money(rq, "total", l->priced && e->until != YH_DAY_NONE, l->total_fen);
	write_sizes(rq, l);
	yh_jw_end_obj(w);
}

static void write_dim(struct yh_req *rq, const struct yh_estimate_dim *d, bool known)
{
	int64_t left = d->quota_milli - d->used_milli - d->reserved_milli;
	const struct {
		const char *key;
		int64_t milli;
	} figures[] = { { "quota", d->quota_milli },
			{ "used", d->used_milli },
			{ "reserved", d->reserved_milli },
			{ "left", left },
			{ "left_after", left - d->asked_milli } };

	yh_jw_obj(rq->w, NULL);
	yh_list_word(rq, "dimension", "dimension", d->dim);
	yh_jw_milli(rq->w, "asked", d->asked_milli);
	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
		if (known)
			yh_jw_milli(rq->w, figures[i].key, figures[i].milli);
		else
			yh_jw_null(rq->w, figures[i].key);
	if (known)
		yh_jw_bool(rq->w, "fits", left >= d->asked_milli);
	else
		yh_jw_null(rq->w, "fits");
	yh_jw_end_obj(rq->w);
}

static void write_total(struct yh_req *rq, const struct yh_estimate *e)
{
	if (!e->limit.use) {
		yh_jw_null(rq->w, "unit_total");
		return;
	}
	yh_jw_obj(rq->w, "unit_total");
	yh_jw_int(rq->w, "percent", e->limit.percent);
	yh_jw_str(rq->w, "article", e->limit.article);
	yh_jw_bool(rq->w, "passed", e->passed.rc != YH_OK);
	yh_view_problem(rq, "over", &e->passed);
	yh_jw_arr(rq->w, "dimensions");
	for (size_t i = 0; i < e->n_totals; i++) {
		const struct yh_estimate_total *t = &e->totals[i];

		yh_jw_obj(rq->w, NULL);
		yh_list_word(rq, "dimension", "dimension", t->dim);
		yh_jw_milli(rq->w, "quota", t->quota_milli);
		yh_jw_milli(rq->w, "taken", t->taken_milli);
		yh_jw_milli(rq->w, "asked", t->asked_milli);
		yh_jw_milli(rq->w, "limit", t->limit_milli);
		yh_jw_bool(rq->w, "passed", t->taken_milli + t->asked_milli > t->limit_milli);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_end_obj(rq->w);
}

static void write_decision(struct yh_req *rq, struct yh_speech s, const struct yh_procedure *p,
			   const struct yh_step *step, const struct yh_word_use *use)
{
	s.procedure = p;
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "procedure", p->name);
	yh_jw_str(rq->w, "procedure_title", yh_say_text(&s, p->title));
	yh_jw_str(rq->w, "step", step->name);
	yh_jw_str(rq->w, "title", yh_say_text(&s, step->title));
	yh_jw_arr(rq->w, "roles");
	for (size_t r = 0; r < step->n_roles; r++) {
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "role", step->roles[r]);
		yh_jw_str(rq->w, "title", yh_say_role(&s, step->roles[r]));
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_obj(rq->w, "because");
	yh_say_use_json(&s, use, rq->w);
	yh_jw_end_obj(rq->w);
	yh_jw_end_obj(rq->w);
}

/* The steps that open because the unit's total is passed, and so who decides. */
static void write_decisions(struct yh_req *rq, const struct yh_estimate *e)
{
	struct yh_speech s = yh_list_speech(rq, e->pack);
	size_t n = 0;
	const struct yh_procedure *list = yh_pack_procedures(e->pack, &n);

	yh_jw_arr(rq->w, "decisions");
	for (size_t p = 0; e->passed.rc != YH_OK && p < n; p++)
		for (size_t i = 0; i < list[p].n_steps; i++)
			for (size_t u = 0; u < list[p].steps[i].n_when; u++)
				if (list[p].steps[i].when[u].word == e->limit.use->word)
					write_decision(rq, s, &list[p], &list[p].steps[i],
						       &list[p].steps[i].when[u]);
	yh_jw_end_arr(rq->w);
}

static enum yh_rc write_head(struct yh_req *rq, const struct yh_estimate_ask *ask,
			     const struct yh_estimate *e, struct yh_err *err)
{
	enum yh_rc rc = yh_view_cloud(rq, "cloud", &ask->cloud, err);

	if (rc == YH_OK)
		rc = yh_view_project(rq, "project", &ask->project, err);
	if (rc == YH_OK)
		rc = yh_view_org(rq, "unit", &ask->unit, err);
	yh_jw_obj(rq->w, "edition");
	yh_jw_id(rq->w, "id", &e->edition.id);
	yh_jw_int(rq->w, "number", e->edition.number);
	yh_jw_str(rq->w, "title", e->edition.title);
	yh_jw_day(rq->w, "effective_date", e->edition.effective_day);
	yh_jw_end_obj(rq->w);
	yh_jw_day(rq->w, "from", e->from);
	yh_jw_day(rq->w, "until", e->until);
	return rc;
}

static enum yh_rc estimate(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_estimate_ask ask = { 0 };
	struct yh_estimate e;
	bool known;
	enum yh_rc rc = ask_of(rq, in, &ask, err);

	if (rc == YH_OK)
		rc = yh_estimate(&rq->cx, &ask, &e, err);
	if (rc == YH_OK)
		rc = write_head(rq, &ask, &e, err);
	if (rc != YH_OK)
		return rc;
	known = !yh_id_is_zero(&ask.project);
	yh_jw_arr(rq->w, "lines");
	for (size_t i = 0; i < e.n_lines; i++)
		write_line(rq, &e, &e.lines[i]);
	yh_jw_end_arr(rq->w);
	write_money(rq, "monthly", true, e.month_fen);
	write_money(rq, "total", e.until != YH_DAY_NONE, e.total_fen);
	yh_jw_int(rq->w, "unpriced", (int64_t)e.n_unpriced);
	yh_jw_arr(rq->w, "dimensions");
	for (size_t i = 0; i < e.n_dims; i++)
		write_dim(rq, &e.dims[i], known);
	yh_jw_end_arr(rq->w);
	if (known)
		yh_jw_bool(rq->w, "within_quota", e.over.rc == YH_OK);
	else
		yh_jw_null(rq->w, "within_quota");
	yh_view_problem(rq, "over", &e.over);
	write_total(rq, &e);
	write_decisions(rq, &e);
	return YH_OK;
}

static const struct yh_named_shape shapes[] = {
	{ "EstimateLine",
	  "{item resource|null name class category count:num quantity:num running:num step:num "
	  "orderable:bool measure per per_title mode mode_title unit_price:money prices:[@Tier] "
	  "free:num minimum:money metered:bool monthly:money|null total:money|null "
	  "sizes:[{dimension dimension_title quantity:num}]}" },
	{ "EstimateQuota",
	  "{dimension dimension_title asked:num quota:num|null used:num|null reserved:num|null "
	  "left:num|null left_after:num|null fits:bool|null}" },
	{ "EstimateTotal", "{percent:int article|null passed:bool over:@Refusal|null "
			   "dimensions:[{dimension dimension_title quota:num taken:num asked:num "
			   "limit:num passed:bool}]}" },
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "catalogue.estimate", YH_POST, "/api/v1/catalogue/estimates", "quota.read", 0, NULL, NULL,
	  body, sizeof(struct estimate_in), estimate, NULL, "估算费用和配额占用",
	  "What a choice from the catalogue would cost, and what it leaves of the quota",
	  .reply = "{cloud:@Named project:@Named|null unit:@Named|null edition:{id:id number:int "
		   "title effective_date:day|null} from:day until:day|null lines:[@EstimateLine] "
		   "monthly:money total:money|null unpriced:int dimensions:[@EstimateQuota] "
		   "within_quota:bool|null over:@Refusal|null unit_total:@EstimateTotal|null "
		   "decisions:[{procedure procedure_title step title roles:[@RoleTitle] "
		   "because:@WordUse}]}" },
};

const struct yh_op_table yh_ops_estimate = { ops, sizeof ops / sizeof ops[0], shapes };
