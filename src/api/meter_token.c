/* Tokens that write to the meter. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/meter/keys.h"
#include "store/party.h"

struct token_in {
	const char *kind, *about, *label;
	int64_t days, series_max;
	bool backfill;
	struct yh_id id;
};

#define AT(field) offsetof(struct token_in, field)
static const struct yh_field create_body[] = {
	{ "kind", YH_F_WORD, AT(kind), YH_REQUIRED, .choices = "cloud|provider|unit",
	  .about = "whose data it brings" },
	{ "about", YH_F_CODE, AT(about), YH_REQUIRED, .about = "the cloud, provider or unit" },
	{ "label", YH_F_LINE, AT(label), YH_REQUIRED, .max = 100, .about = "what it is for" },
	{ "days", YH_F_INT, AT(days), YH_REQUIRED, 1, 732, .about = "days until it expires" },
	{ "series_max", YH_F_INT, AT(series_max), 0, 1, 4000000, .about = "series; 100000" },
	{ "backfill", YH_F_BOOL, AT(backfill), 0, .about = "may bring in samples of any age" },
	{ 0 },
};
static const struct yh_field token_path[] = {
	{ "id", YH_F_ID, AT(id), YH_REQUIRED, .about = "the token's id" },
	{ 0 },
};

static void write_token(struct yh_req *rq, const void *row)
{
	const struct yh_meter_token_row *t = row;

	yh_jw_id(rq->w, "id", &t->id);
	yh_list_word(rq, "kind", "token", t->kind);
	yh_jw_str(rq->w, "about", t->code);
	yh_jw_str(rq->w, "label", t->label);
	yh_jw_int(rq->w, "series_max", t->series_max);
	yh_jw_bool(rq->w, "backfill", t->backfill);
	yh_jw_time(rq->w, "created_at", t->created_at);
	yh_jw_time(rq->w, "expires_at", t->expires_at);
}

/* The id and the code of what the token is to be about. */
static enum yh_rc find_about(struct yh_req *rq, const struct token_in *t, struct yh_id *id,
			     const char **code, struct yh_err *err)
{
	struct yh_cloud_row *cloud = YH_NEW(rq->cx.arena, struct yh_cloud_row);
	struct yh_org_row *org = YH_NEW(rq->cx.arena, struct yh_org_row);
	enum yh_rc rc;

	if (!cloud || !org)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (strcmp(t->kind, "cloud") == 0) {
		rc = yh_ref_cloud(&rq->cx, t->about, id, err);
		if (rc == YH_OK)
			rc = yh_cloud_load(rq->cx.tx, id, rq->cx.arena, cloud, err);
		*code = cloud->code;
		return rc;
	}
	rc = yh_ref_org(&rq->cx, t->about, id, err);
	if (rc == YH_OK)
		rc = yh_org_load(rq->cx.tx, id, rq->cx.arena, org, err);
	*code = org->code;
	return rc;
}

static enum yh_rc create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct token_in *t = in;
	struct yh_meter_key_in want = { .kind = t->kind,
					.label = t->label,
					.series_max = t->series_max ? t->series_max : 100000,
					.days = t->days,
					.backfill = t->backfill };
	struct yh_meter_token_row row;
	char text[YH_METER_KEY_TEXT];
	enum yh_rc rc = find_about(rq, t, &want.about, &want.code, err);

	if (rc == YH_OK)
		rc = yh_meter_key_make(&rq->cx, &want, text, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	rq->once = true;
	yh_jw_str(rq->w, "token", text);
	write_token(rq, &row);
	return YH_OK;
}

static const char *cursor_of(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_meter_token_row *)row)->id);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_meter_token_row *rows;
	struct yh_id after;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &after, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_meter_key_list(&rq->cx, &after, yh_list_ask(rq), &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_token, cursor_of);
	return rc;
}

static enum yh_rc end(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_meter_key_end(&rq->cx, &((const struct token_in *)in)->id, err);
}

static const struct yh_column columns[] = {
	YH_COL("归属", "KIND", "kind"),
	YH_COL("代码", "ABOUT", "about"),
	YH_COL("标签", "LABEL", "label"),
	YH_COL("序列上限", "SERIES", "series_max"),
	YH_COL("可补历史", "BACKFILL", "backfill"),
	YH_COL("到期", "EXPIRES", "expires_at"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};

#define IN sizeof(struct token_in)
static const struct yh_op ops[] = {
	{ "meter-token.create", YH_POST, "/api/v1/meter/tokens", "meter.token", YH_OP_WRITE, NULL,
	  NULL, create_body, IN, create, NULL, "签发计量写入令牌",
	  "Issue a token that writes to the meter", .reply = "{token @MeterToken}" },
	{ "meter-token.list", YH_GET, "/api/v1/meter/tokens", "meter.token", YH_OP_PAGED, NULL,
	  NULL, NULL, IN, list, columns, "计量写入令牌", "Live tokens that write to the meter",
	  .reply = "@MeterToken" },
	{ "meter-token.delete", YH_DELETE, "/api/v1/meter/tokens/{id}", "meter.token", YH_OP_WRITE,
	  token_path, NULL, NULL, IN, end, NULL, "注销计量写入令牌",
	  "End a token that writes to the meter", .reply = "{}" },
};

const struct yh_op_table yh_ops_meter_token = { ops, sizeof ops / sizeof ops[0] };
