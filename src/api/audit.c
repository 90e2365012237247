/* The audit record, for those who may read it. */
#include "api/api.h"
#include "api/case_view.h"
#include "api/list.h"

static const char *position_of(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_int(rq, ((const struct yh_story_line *)row)->pos);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_story_line *rows;
	int64_t before;
	size_t n;
	enum yh_rc rc = yh_cursor_int(rq, INT64_MAX, &before, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_event_page(rq->cx.tx, before, yh_list_ask(rq), rq->cx.arena, &rows, &n,
				   err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, yh_view_event, position_of);
	return rc;
}

static const struct yh_column columns[] = { YH_COL("序号", "POSITION", "position"),
					    YH_COLS_EVENT,
					    { 0 } };

static const struct yh_op ops[] = {
	{ "audit.list", YH_GET, "/api/v1/audit/events", "audit.read", YH_OP_PAGED, NULL, NULL, NULL,
	  0, list, columns, "审计记录，最新在前", "The sealed audit record, newest first",
	  .reply = "@Event" },
};

const struct yh_op_table yh_ops_audit = { ops, sizeof ops / sizeof ops[0] };
