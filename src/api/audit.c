/* The audit record, for those who may read it. */
#include <stdlib.h>

#include "api/api.h"
#include "base/num.h"
#include "store/case_query.h"

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_story_line *rows;
	int64_t before = INT64_MAX;
	size_t n;
	enum yh_rc rc = YH_OK;

	(void)in;
	if (rq->cursor[0] && yh_scaled_parse(rq->cursor, 0, &before, NULL) != YH_OK)
		rc = yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	if (rc == YH_OK)
		rc = yh_event_page(rq->cx.tx, before, rq->limit + 1, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n && i < rq->limit; i++) {
		yh_jw_obj(rq->w, NULL);
		yh_jw_int(rq->w, "position", rows[i].pos);
		yh_jw_id(rq->w, "id", &rows[i].id);
		yh_jw_time(rq->w, "at", rows[i].at);
		yh_jw_str(rq->w, "kind", rows[i].kind);
		yh_jw_str(rq->w, "object", rows[i].object_kind);
		yh_jw_id(rq->w, "object_id", &rows[i].object_id);
		yh_jw_str(rq->w, "person", rows[i].person_name);
		yh_jw_str(rq->w, "role", rows[i].role);
		yh_jw_str(rq->w, "org", rows[i].org_name);
		yh_jw_str(rq->w, "article", rows[i].article);
		yh_jw_str(rq->w, "outcome", rows[i].outcome);
		yh_jw_str(rq->w, "reason", rows[i].reason);
		yh_jw_str(rq->w, "before", rows[i].before);
		yh_jw_str(rq->w, "after", rows[i].after);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	if (n > rq->limit)
		yh_jw_scaled(rq->w, "next", rows[rq->limit - 1].pos, 0);
	else
		yh_jw_null(rq->w, "next");
	return YH_OK;
}

static const struct yh_column columns[] = {
	{ "序号", "POSITION", "position" }, { "时间", "TIME", "at" },
	{ "事项", "EVENT", "kind" },        { "经办", "PERSON", "person" },
	{ "单位", "BODY", "org" },          { "结果", "OUTCOME", "outcome" },
	{ "依据", "ARTICLE", "article" },   { 0 },
};

static const struct yh_op ops[] = {
	{ "audit.list", YH_GET, "/api/v1/audit/events", "audit.read", YH_OP_PAGED, NULL, NULL, NULL,
	  0, list, columns, "审计记录，最新在前", "The sealed audit record, newest first" },
};

const struct yh_op_table yh_ops_audit = { ops, sizeof ops / sizeof ops[0] };
