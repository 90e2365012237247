/* Experience with catalogue items, from which adjustments are proposed (Art. 16). */
#include <stdio.h>

#include "api/api.h"
#include "api/list.h"
#include "services/evaluation/evaluation.h"
#include "services/evaluation/experience.h"

enum { RATINGS_MAX = 200 };

struct experience_in {
	const char *cloud, *item, *unit, *comment, *record;
	yh_day from, to;
	int64_t score;
};

#define AT(field) offsetof(struct experience_in, field)
#define CLOUD                                                                                      \
	{                                                                                          \
		"cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64,                             \
							    .about = "cloud, code or id"           \
	}
#define DAYS                                                                                       \
	{ "from", YH_F_DAY, AT(from), YH_REQUIRED, .about = "from this day" },                     \
	{                                                                                          \
		"to", YH_F_DAY, AT(to), YH_REQUIRED, .about = "to this one; both count"            \
	}
static const struct yh_field window_query[] = { CLOUD, DAYS, { 0 } };
static const struct yh_field record_path[] = {
	{ "record", YH_F_CODE, AT(record), YH_REQUIRED, .max = 47, .about = "its number" },
	{ 0 },
};
static const struct yh_field item_path[] = {
	{ "item", YH_F_CODE, AT(item), YH_REQUIRED, .max = 63, .about = "code of the item" },
	{ 0 },
};
static const struct yh_field cloud_query[] = { CLOUD, { 0 } };
static const struct yh_field rate_body[] = {
	CLOUD,
	{ "unit", YH_F_CODE, AT(unit), YH_REQUIRED, .max = 64, .about = "your unit, code or id" },
	{ "score", YH_F_INT, AT(score), YH_REQUIRED, 1, 5, .about = "1 (bad) to 5 (good)" },
	{ "comment", YH_F_TEXT, AT(comment), 0, .max = 1000, .about = "why" },
	{ 0 },
};

static enum yh_rc ask_of(struct yh_req *rq, const struct experience_in *in,
			 struct yh_experience_ask *ask, struct yh_err *err)
{
	enum yh_rc rc = yh_ref_cloud(&rq->cx, in->cloud, &ask->cloud, err);

	ask->first = in->from;
	ask->last = in->to;
	ask->as_of = rq->cx.now;
	return rc == YH_OK && !yh_relation_any(rq)
		       ? yh_eval_body(&rq->cx, &ask->cloud, rq->op->action, err)
		       : rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_experience_ask ask;
	enum yh_rc rc = ask_of(rq, in, &ask, err);

	return rc == YH_OK ? yh_experience_write(&rq->cx, &ask, rq->w, err) : rc;
}

static void write_record(struct yh_req *rq, const struct yh_experience_row *x)
{
	char hex[YH_SM3_HEX];

	yh_jw_str(rq->w, "no", x->no);
	yh_jw_day(rq->w, "from", x->first_day);
	yh_jw_day(rq->w, "to", x->last_day);
	yh_jw_str(rq->w, "digest", yh_hex(x->digest.b, sizeof x->digest.b, hex));
	yh_jw_time(rq->w, "made_at", x->made_at);
	yh_jw_raw(rq->w, "figures", x->body);
}

static enum yh_rc keep(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_experience_ask ask;
	struct yh_experience_row row;
	enum yh_rc rc = ask_of(rq, in, &ask, err);

	if (rc == YH_OK)
		rc = yh_experience_keep(&rq->cx, &ask, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_record(rq, &row);
	return YH_OK;
}

static enum yh_rc show_record(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_experience_row row;
	enum yh_rc rc = yh_experience_load(rq->cx.tx, ((const struct experience_in *)in)->record,
					   rq->cx.arena, &row, err);

	if (rc == YH_OK && !yh_relation_any(rq) &&
	    yh_eval_body(&rq->cx, &row.cloud, rq->op->action, NULL) != YH_OK)
		rc = yh_fail(err, YH_NOT_FOUND, "experience-unknown");
	if (rc == YH_OK)
		write_record(rq, &row);
	return rc;
}

static void write_rating(struct yh_req *rq, const void *row)
{
	const struct yh_rating_row *r = row;

	yh_jw_str(rq->w, "item", r->code);
	yh_jw_str(rq->w, "unit", r->unit_code);
	yh_jw_day(rq->w, "quarter", r->quarter);
	yh_jw_int(rq->w, "score", r->score);
	yh_jw_str(rq->w, "comment", r->comment);
	yh_jw_time(rq->w, "made_at", r->made_at);
}

static enum yh_rc rate(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct experience_in *i = in;
	struct yh_rating_row row = { .score = i->score, .comment = i->comment ? i->comment : "" };
	struct yh_rating_row out;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, i->cloud, &row.cloud, err);

	(void)snprintf(row.code, sizeof row.code, "%s", i->item);
	if (rc == YH_OK)
		rc = yh_ref_org(&rq->cx, i->unit, &row.unit, err);
	if (rc == YH_OK)
		rc = yh_item_rate(&rq->cx, &row, &out, err);
	if (rc != YH_OK)
		return rc;
	out.unit_code = i->unit;
	write_rating(rq, &out);
	return YH_OK;
}

/* Bodies of the cloud read all of them, a unit its own. */
static enum yh_rc ratings(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct experience_in *i = in;
	struct yh_id cloud, unit = { { 0 } };
	struct yh_rating_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, i->cloud, &cloud, err);

	if (rc == YH_OK && !yh_relation_any(rq) &&
	    yh_eval_body(&rq->cx, &cloud, "catalogue.experience", NULL) != YH_OK) {
		const struct yh_grant *g = yh_actor_grant(rq->cx.actor, "unit", NULL);

		if (!g)
			return yh_fail(err, YH_FORBIDDEN, "unit-only");
		unit = g->org;
	}
	if (rc == YH_OK)
		rc = yh_rating_list(rq->cx.tx, &cloud, i->item, &unit, RATINGS_MAX, rq->cx.arena,
				    &rows, &n, err);
	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_rating);
	return rc;
}

static const struct yh_column item_columns[] = {
	YH_COL_CODE,
	YH_COL_NAME,
	YH_COL("资源数", "RESOURCES", "resources"),
	YH_COL("用量（小时）", "QUANTITY-HOURS", "quantity_hours"),
	YH_COL("变化%", "TREND%", "trend_percent"),
	YH_COL("满意度", "SATISFACTION", "satisfaction"),
	YH_COL("问题", "FINDINGS", "findings"),
	YH_COL("监测异常", "OBSERVATIONS", "observations"),
	{ 0 },
};
static const struct yh_column rating_columns[] = { YH_COL("单位", "UNIT", "unit"),
						   YH_COL("季度", "QUARTER", "quarter"),
						   YH_COL("评分", "SCORE", "score"),
						   YH_COL("意见", "COMMENT", "comment"),
						   { 0 } };

#define IN sizeof(struct experience_in)
static const struct yh_op ops[] = {
	{ "catalogue.experience", YH_GET, "/api/v1/catalogue/experience", "catalogue.experience",
	  YH_OP_SUMS, NULL, window_query, NULL, IN, show, item_columns,
	  "各目录条目的用量、满意度与问题", "Use, satisfaction and incidents of each item",
	  .reply = "@Experience" },
	{ "catalogue.record", YH_POST, "/api/v1/catalogue/experiences", "catalogue.experience",
	  YH_OP_WRITE, NULL, NULL, window_query, IN, keep, NULL,
	  "把上述数据存档编号，供目录调整引用",
	  "Put these figures on record, for a proposal to refer to", .reply = "@ExperienceRecord" },
	{ "catalogue.recorded", YH_GET, "/api/v1/catalogue/experiences/{record}",
	  "catalogue.experience", 0, record_path, NULL, NULL, IN, show_record, NULL,
	  "查看存档的目录使用数据", "Show figures that were put on record",
	  .reply = "@ExperienceRecord" },
	{ "catalogue.rate", YH_PUT, "/api/v1/catalogue/items/{item}/rating", "catalogue.rate",
	  YH_OP_WRITE, item_path, NULL, rate_body, IN, rate, NULL,
	  "评价本单位使用的目录条目（每季度一次，可改）",
	  "Say what you think of an item you use, once a quarter", .reply = "@Rating" },
	{ "catalogue.ratings", YH_GET, "/api/v1/catalogue/items/{item}/ratings", "catalogue.read",
	  0, item_path, cloud_query, NULL, IN, ratings, rating_columns, "目录条目的评价",
	  "What units think of an item", .reply = "{items:[@Rating]}" },
};

const struct yh_op_table yh_ops_experience = { ops, sizeof ops / sizeof ops[0] };
