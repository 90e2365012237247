/* Organisations, clouds and their bodies. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/identity/org.h"

struct org_in {
	const char *org, *code, *name, *kind, *district, *sector, *prefix, *sponsor, *chain,
		*countersign;
	const char *cloud, *level, *parent, *role;
	const char *text, *status, *sort, *order;
	bool outside, outside_budget;
};

#define AT(field) offsetof(struct org_in, field)
static const struct yh_field create_body[] = {
	{ "code", YH_F_CODE, AT(code), YH_REQUIRED, .max = 63, .about = "short code, unique" },
	{ "name", YH_F_LINE, AT(name), YH_REQUIRED, .max = 120, .about = "full name" },
	{ "kind", YH_F_WORD, AT(kind), YH_REQUIRED, .choices = "body|unit|provider|assessor",
	  .about = "what it is" },
	{ "district", YH_F_CODE, AT(district), 0, .max = 31,
	  .about = "district code; absent: of the city" },
	{ "sector", YH_F_LINE, AT(sector), 0, .max = 20,
	  .about = "line of work, such as education" },
	{ "sponsor", YH_F_CODE, AT(sponsor), 0, .max = 64, .about = "line department, code or id" },
	{ "chain", YH_F_LINE, AT(chain), 0, .max = 31,
	  .about = "sign; handle,sign; review,sign; handle,review,sign" },
	{ "countersign", YH_F_CODE, AT(countersign), 0, .max = 64,
	  .about = "organisation that countersigns its decisions" },
	{ "outside", YH_F_BOOL, AT(outside), 0, .about = "an outside body (Art. 7)" },
	{ "outside_budget", YH_F_BOOL, AT(outside_budget), 0,
	  .about = "not paid from the budget (Art. 27)" },
	{ 0 },
};
static const struct yh_field org_path[] = {
	{ "org", YH_F_CODE, AT(org), YH_REQUIRED, .max = 64, .about = "code or id" },
	{ 0 },
};
static const struct yh_field chain_body[] = {
	{ "chain", YH_F_LINE, AT(chain), YH_REQUIRED, .max = 31,
	  .about = "sign; handle,sign; review,sign; handle,review,sign" },
	{ "countersign", YH_F_CODE, AT(countersign), 0, .max = 64,
	  .about = "organisation that countersigns its decisions" },
	{ 0 },
};
static const struct yh_field sector_body[] = {
	{ "sector", YH_F_LINE, AT(sector), 0, .max = 20,
	  .about = "line of work, such as education; absent: none" },
	{ 0 },
};
static const struct yh_field prefix_body[] = {
	{ "prefix", YH_F_LINE, AT(prefix), 0, .max = 20,
	  .about = "how the numbers of its papers begin; absent: as the policy pack says" },
	{ 0 },
};
#define ORG_SORTS "code|name"
static const struct yh_field list_query[] = {
	YH_LIST_TEXT(org_in, "code or the name"),
	{ "kind", YH_F_WORD, AT(kind), 0, .choices = "body|unit|provider|assessor",
	  .about = "what it is" },
	{ "status", YH_F_WORD, AT(status), 0, .choices = "active|closed", .about = "status" },
	YH_LIST_SORT(org_in, ORG_SORTS, "code"),
	{ 0 },
};
static const struct yh_field cloud_body[] = {
	{ "code", YH_F_CODE, AT(code), YH_REQUIRED, .max = 12, .about = "short code, unique" },
	{ "name", YH_F_LINE, AT(name), YH_REQUIRED, .max = 120, .about = "name" },
	{ "level", YH_F_WORD, AT(level), YH_REQUIRED, .choices = "municipal|domain|district",
	  .about = "kind of cloud (Art. 2)" },
	{ "district", YH_F_CODE, AT(district), 0, .max = 31, .about = "district code" },
	{ "parent", YH_F_CODE, AT(parent), 0, .max = 64, .about = "cloud a domain stands in" },
	{ 0 },
};
static const struct yh_field body_path[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "role", YH_F_CODE, AT(role), YH_REQUIRED, .max = 31, .about = "role" },
	{ 0 },
};
static const struct yh_field body_body[] = {
	{ "org", YH_F_CODE, AT(org), YH_REQUIRED, .max = 64, .about = "organisation, code or id" },
	{ 0 },
};

static void write_org(struct yh_req *rq, const void *row)
{
	const struct yh_org_row *o = row;
	struct yh_jw *w = rq->w;
	yh_jw_id(w, "id", &o->id);
	yh_jw_str(w, "code", o->code);
	yh_jw_str(w, "name", o->name);
	yh_list_word(rq, "kind", "org", o->kind);
	yh_jw_str(w, "district", o->district);
	yh_jw_str(w, "sector", o->sector);
	yh_jw_str(w, "paper_prefix", o->paper_prefix);
	yh_jw_bool(w, "outside", o->outside);
	yh_jw_bool(w, "in_budget", o->in_budget);
	yh_jw_str(w, "chain", o->chain);
	yh_list_word(rq, "status", "status", o->status);
	yh_jw_int(w, "version", o->version);
}

static const char *code_of(struct yh_req *rq, const void *row)
{
	(void)rq;
	return ((const struct yh_org_row *)row)->code;
}

static void write_cloud(struct yh_req *rq, const void *row)
{
	const struct yh_cloud_row *c = row;
	struct yh_jw *w = rq->w;
	yh_jw_id(w, "id", &c->id);
	yh_jw_str(w, "code", c->code);
	yh_jw_str(w, "name", c->name);
	yh_list_word(rq, "level", "level", c->level);
	yh_jw_str(w, "district", c->district);
}

static enum yh_rc create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct org_in *o = in;
	struct yh_org_in what = { .code = o->code,
				  .name = o->name,
				  .kind = o->kind,
				  .district = o->district,
				  .sector = o->sector,
				  .chain = o->chain,
				  .outside = o->outside,
				  .outside_budget = o->outside_budget };
	struct yh_org_row row;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_org, o->sponsor, "/sponsor", &what.sponsor, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_org, o->countersign, "/countersign",
				&what.countersign, err);
	if (rc == YH_OK)
		rc = yh_org_create(&rq->cx, &what, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_org(rq, &row);
	return YH_OK;
}

static enum yh_rc set_chain(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct org_in *o = in;
	struct yh_id id, counter;
	struct yh_org_row row;
	enum yh_rc rc = yh_ref_org(&rq->cx, o->org, &id, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_org, o->countersign, "/countersign", &counter, err);
	if (rc == YH_OK)
		rc = yh_org_set_chain(&rq->cx, &id, o->chain, &counter, &row, err);
	if (rc == YH_OK)
		write_org(rq, &row);
	return rc;
}

static enum yh_rc set_sector(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct org_in *o = in;
	struct yh_org_row row;
	struct yh_id id;
	enum yh_rc rc = yh_ref_org(&rq->cx, o->org, &id, err);

	if (rc == YH_OK)
		rc = yh_org_set_sector(&rq->cx, &id, o->sector ? o->sector : "", &row, err);
	if (rc == YH_OK)
		write_org(rq, &row);
	return rc;
}

static enum yh_rc set_prefix(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct org_in *o = in;
	struct yh_org_row row;
	struct yh_id id;
	enum yh_rc rc = yh_ref_org(&rq->cx, o->org, &id, err);

	if (rc == YH_OK)
		rc = yh_org_set_prefix(&rq->cx, &id, o->prefix ? o->prefix : "", &row, err);
	if (rc == YH_OK)
		write_org(rq, &row);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_org_row row;
	struct yh_id id;
	enum yh_rc rc = yh_ref_org(&rq->cx, ((const struct org_in *)in)->org, &id, err);

	if (rc == YH_OK)
		rc = yh_org_load(rq->cx.tx, &id, rq->cx.arena, &row, err);
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, row.version);
	write_org(rq, &row);
	return YH_OK;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct org_in *o = in;
	struct yh_org_filter f = { .kind = o->kind ? o->kind : "",
				   .status = o->status ? o->status : "",
				   .after = rq->cursor,
				   .limit = yh_list_ask(rq),
				   .by_name = yh_list_sort(ORG_SORTS, o->sort) == 1,
				   .descending = yh_list_falls(o->order) };
	struct yh_org_row *rows;
	size_t n;
	enum yh_rc rc = yh_list_sought(rq, o->text, &f.text, err);

	if (rc == YH_OK)
		rc = yh_org_list(rq->cx.tx, &f, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_list_page(rq, rows, n, sizeof *rows, write_org, code_of);
	return YH_OK;
}

static enum yh_rc cloud_create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct org_in *o = in;
	struct yh_cloud_in what = {
		.code = o->code, .name = o->name, .level = o->level, .district = o->district
	};
	struct yh_cloud_row row;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_cloud, o->parent, "/parent", &what.parent, err);

	if (rc == YH_OK)
		rc = yh_cloud_create(&rq->cx, &what, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_cloud(rq, &row);
	return YH_OK;
}

static enum yh_rc cloud_list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_cloud_row *rows;
	size_t n;
	enum yh_rc rc = yh_cloud_list(rq->cx.tx, rq->cx.arena, &rows, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_cloud);
	return rc;
}

static enum yh_rc set_body(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct org_in *o = in;
	struct yh_id cloud, org;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, o->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_ref_org(&rq->cx, o->org, &org, err);
	return rc == YH_OK ? yh_cloud_name_body(&rq->cx, &cloud, o->role, &org, err) : rc;
}

static const struct yh_column org_columns[] = {
	YH_COL_CODE,
	YH_COL_NAME,
	YH_COL_KIND,
	YH_COL("区", "DISTRICT", "district"),
	YH_COL("领域", "SECTOR", "sector"),
	{ 0 },
};
static const struct yh_column cloud_columns[] = {
	YH_COL_CODE,
	YH_COL_NAME,
	{ "层级", "LEVEL", "level" },
	{ 0 },
};

#define IN sizeof(struct org_in)
static const struct yh_op ops[] = {
	{ "org.create", YH_POST, "/api/v1/orgs", "org.manage", YH_OP_WRITE, NULL, NULL, create_body,
	  IN, create, NULL, "登记单位", "Register an organisation", .reply = "@Org" },
	{ "org.list", YH_GET, "/api/v1/orgs", "org.read", YH_OP_PAGED, NULL, list_query, NULL, IN,
	  list, org_columns, "单位列表", "List organisations", .reply = "@Org" },
	{ "org.show", YH_GET, "/api/v1/orgs/{org}", "org.read", 0, org_path, NULL, NULL, IN, show,
	  NULL, "查看单位", "Show an organisation", .reply = "@Org" },
	{ "org.chain", YH_PUT, "/api/v1/orgs/{org}/chain", "org.manage", YH_OP_WRITE, org_path,
	  NULL, chain_body, IN, set_chain, NULL, "设置内部审签链", "Set how it decides inside",
	  .reply = "@Org" },
	{ "org.sector", YH_PUT, "/api/v1/orgs/{org}/sector", "org.manage", YH_OP_WRITE, org_path,
	  NULL, sector_body, IN, set_sector, NULL, "设置所属领域", "Set its line of work",
	  .reply = "@Org" },
	{ "org.prefix", YH_PUT, "/api/v1/orgs/{org}/paper-prefix", "org.manage", YH_OP_WRITE,
	  org_path, NULL, prefix_body, IN, set_prefix, NULL, "设置文号前缀",
	  "Set how the numbers of its papers begin", .reply = "@Org" },
	{ "cloud.create", YH_POST, "/api/v1/clouds", "org.manage", YH_OP_WRITE, NULL, NULL,
	  cloud_body, IN, cloud_create, NULL, "登记政务云", "Register a cloud", .reply = "@Cloud" },
	{ "cloud.list", YH_GET, "/api/v1/clouds", "cloud.read", 0, NULL, NULL, NULL, 0, cloud_list,
	  cloud_columns, "政务云列表", "List clouds", .reply = "{items:[@Cloud]}" },
	{ "cloud.body", YH_PUT, "/api/v1/clouds/{cloud}/bodies/{role}", "org.manage", YH_OP_WRITE,
	  body_path, NULL, body_body, IN, set_body, NULL, "指定政务云的主管、运行等单位",
	  "Name the organisation that holds a role for a cloud", .reply = "{}" },
};

const struct yh_op_table yh_ops_org = { ops, sizeof ops / sizeof ops[0] };
