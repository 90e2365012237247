/* Figures that are kept beside what they come from. */
#include "store/fsck.h"

#include <string.h>

#include "base/mem.h"

/* Each gives (id, number, what of it, kept, found), only where the last two differ. */
static const struct yh_fsck_check checks[] = {
	{ "allocated", "项目已分配量：账上的与在用资源各规格之和",
	  "What is allocated to a project: the sum kept, and the sizes of what runs",
	  "SELECT p.id, p.code, x.dim, SUM(x.kept), SUM(x.found) FROM (SELECT project, dim,"
	  " qty_milli AS kept, 0 AS found FROM allocated WHERE month = -1 UNION ALL SELECT"
	  " r.project, d.dim, 0, z.qty_milli * d.qty_milli / 1000 FROM resource_size z JOIN "
	  "resource"
	  " r ON r.id = z.resource JOIN item_dim d ON d.item = z.item WHERE z.to_at IS NULL) x JOIN"
	  " project p ON p.id = x.project GROUP BY p.id, p.code, x.dim HAVING SUM(x.kept) <>"
	  " SUM(x.found) ORDER BY p.code, x.dim LIMIT $1" },
	{ "allocated-months", "项目已分配量：合计与逐月变动之和",
	  "What is allocated to a project: the whole, and the sum of its months",
	  "SELECT p.id, p.code, a.dim, SUM(CASE WHEN a.month = -1 THEN a.qty_milli ELSE 0 END),"
	  " SUM(CASE WHEN a.month = -1 THEN 0 ELSE a.qty_milli END) FROM allocated a JOIN project p"
	  " ON p.id = a.project GROUP BY p.id, p.code, a.dim HAVING SUM(CASE WHEN a.month = -1 THEN"
	  " a.qty_milli ELSE -a.qty_milli END) <> 0 ORDER BY p.code, a.dim LIMIT $1" },
	{ "size-twice", "资源规格：同时有效的不止一个", "A resource's size: more than one in force",
	  "SELECT r.id, r.no, '', COUNT(*), 1 FROM resource_size z JOIN resource r ON r.id ="
	  " z.resource WHERE z.to_at IS NULL GROUP BY r.id, r.no HAVING COUNT(*) > 1 ORDER BY r.no"
	  " LIMIT $1" },
	{ "reservation", "预占：案件已办结而未释放（量）",
	  "Reservations that were not released though their case has ended (quantity)",
	  "SELECT v.id, c.no, v.dim, v.qty_milli, 0 FROM reservation v JOIN case_file c ON c.id ="
	  " v.case_id WHERE v.released_at IS NULL AND c.ended_at IS NOT NULL ORDER BY c.no, v.dim"
	  " LIMIT $1" },
	{ "open-step", "在办环节：案件已办结而环节未关", "Open steps of cases that have ended",
	  "SELECT s.id, c.no, s.step, 1, 0 FROM case_step s JOIN case_file c ON c.id = s.case_id"
	  " WHERE s.closed_at IS NULL AND c.ended_at IS NOT NULL ORDER BY c.no, s.step LIMIT $1" },
	{ "step-sum", "办理时长统计：汇总的环节数与逐个环节",
	  "Sums of decided steps: those summed, and the steps themselves",
	  "SELECT o.id, o.code, x.step, SUM(x.kept), SUM(x.found) FROM (SELECT org, cloud,"
	  " procedure_name, step, used_wd, on_time + late + unclocked AS kept, 0 AS found FROM"
	  " step_sum UNION ALL SELECT s.org, c.cloud, c.procedure_name, s.step, s.used_wd, 0, 1 "
	  "FROM"
	  " case_step s JOIN case_file c ON c.id = s.case_id WHERE s.used_wd >= 0) x JOIN org o ON"
	  " o.id = x.org GROUP BY o.id, o.code, x.cloud, x.procedure_name, x.step, x.used_wd HAVING"
	  " SUM(x.kept) <> SUM(x.found) ORDER BY o.code, x.step LIMIT $1" },
	{ "statement-total", "结算单：总额与各行之和（分）",
	  "Statements: the total, and the sum of the lines (fen)",
	  "SELECT t.id, t.no, '', t.total_fen, COALESCE((SELECT SUM(l.amount_fen) FROM"
	  " statement_line l WHERE l.statement = t.id), 0) FROM statement t WHERE t.total_fen <>"
	  " COALESCE((SELECT SUM(l.amount_fen) FROM statement_line l WHERE l.statement = t.id), 0)"
	  " ORDER BY t.no LIMIT $1" },
	{ "statement-lines", "结算单：行数", "Statements: how many lines",
	  "SELECT t.id, t.no, '', t.lines, (SELECT COUNT(*) FROM statement_line l WHERE l.statement"
	  " = t.id) FROM statement t WHERE t.lines <> (SELECT COUNT(*) FROM statement_line l WHERE"
	  " l.statement = t.id) ORDER BY t.no LIMIT $1" },
	{ "statement-paid", "结算单：已付与各笔付款之和（分）",
	  "Statements: what is paid, and the sum of the payments (fen)",
	  "SELECT t.id, t.no, '', t.paid_fen, COALESCE((SELECT SUM(p.fen) FROM payment p WHERE"
	  " p.statement = t.id), 0) FROM statement t WHERE t.paid_fen <> COALESCE((SELECT "
	  "SUM(p.fen)"
	  " FROM payment p WHERE p.statement = t.id), 0) ORDER BY t.no LIMIT $1" },
	{ "settlement-total", "月度结算：总额与各结算单之和（分）",
	  "Settlements: the total, and the sum of the statements (fen)",
	  "SELECT s.id, s.no, '', s.total_fen, COALESCE((SELECT SUM(t.total_fen) FROM statement t"
	  " WHERE t.settlement = s.id), 0) FROM settlement s WHERE s.total_fen <> COALESCE((SELECT"
	  " SUM(t.total_fen) FROM statement t WHERE t.settlement = s.id), 0) ORDER BY s.no LIMIT "
	  "$1" },
	{ "settled-sum", "服务商已结算额：汇总与各已关闭结算单之和（分）",
	  "What is settled with a provider: the sums kept, and the closed statements (fen)",
	  "SELECT o.id, o.code, k.code, SUM(x.kept), SUM(x.found) FROM (SELECT provider, cloud, "
	  "month,"
	  " fen AS kept, 0 AS found FROM settled UNION ALL SELECT provider, cloud, month, 0, "
	  "total_fen"
	  " FROM statement WHERE state = 'closed' AND provider IS NOT NULL) x JOIN org o ON o.id ="
	  " x.provider JOIN cloud k ON k.id = x.cloud GROUP BY o.id, o.code, k.code, x.month HAVING"
	  " SUM(x.kept) <> SUM(x.found) ORDER BY o.code, k.code LIMIT $1" },
	{ "quota-line", "配额：来自尚未生效的案件（量）",
	  "Quota that comes from a case that has had no effect (quantity)",
	  "SELECT q.id, c.no, q.dim, q.qty_milli, 0 FROM quota_line q JOIN case_file c ON c.id ="
	  " q.case_id WHERE c.effected = 0 ORDER BY c.no, q.dim LIMIT $1" },
	{ "size-open", "资源规格：在用资源没有规格，或停用资源仍有规格",
	  "Sizes in force: none of what runs, or one of what runs no more",
	  "SELECT r.id, r.no, r.state, (SELECT COUNT(*) FROM resource_size z WHERE z.resource = "
	  "r.id"
	  " AND z.to_at IS NULL) AS kept, CASE WHEN r.state = 'running' THEN 1 ELSE 0 END AS found"
	  " FROM resource r WHERE r.state IN ('running', 'stopped', 'destroyed', 'cancelled') AND"
	  " (r.state = 'running') <> EXISTS (SELECT 1 FROM resource_size z WHERE z.resource = r.id"
	  " AND z.to_at IS NULL) ORDER BY r.no LIMIT $1" },
	{ "lease-end", "租期：资源上记的到期日与有效租约的到期日",
	  "Leases: the last day noted at the resource, and that of its lease in force",
	  "SELECT r.id, r.no, '', COALESCE(r.lease_last, 0), l.last_day FROM lease l JOIN resource "
	  "r ON"
	  " r.id = l.resource WHERE l.ended_at IS NULL AND COALESCE(r.lease_last, 0) <> l.last_day"
	  " ORDER BY r.no LIMIT $1" },
	{ "lease-open", "租期：资源已停用而租约未结束", "Leases in force of what runs no more",
	  "SELECT r.id, r.no, r.state, 1, 0 FROM lease l JOIN resource r ON r.id = l.resource WHERE"
	  " l.ended_at IS NULL AND r.state IN ('stopped', 'destroyed', 'cancelled') ORDER BY r.no"
	  " LIMIT $1" },
	{ "lease-held", "租期：租约上记的延期案件与其占用记录",
	  "Leases: the extension that holds them, and the record of it",
	  "SELECT r.id, r.no, '', SUM(x.kept), SUM(x.found) FROM (SELECT id AS lease, 1 AS kept, 0 "
	  "AS"
	  " found FROM lease WHERE hold_case IS NOT NULL UNION ALL SELECT lease, 0, 1 FROM"
	  " lease_held WHERE until_at IS NULL) x JOIN lease l ON l.id = x.lease JOIN resource r ON"
	  " r.id = l.resource GROUP BY r.id, r.no, l.id HAVING SUM(x.kept) <> SUM(x.found) ORDER BY"
	  " r.no LIMIT $1" },
	{ "order-open", "云上工单：环节已关而工单未了",
	  "Orders on clouds that are open though their step is closed",
	  "SELECT o.id, c.no, o.act, 1, 0 FROM cloud_order o JOIN case_step s ON s.id = o.step JOIN"
	  " case_file c ON c.id = o.case_id WHERE o.booked IS NULL AND s.closed_at IS NOT NULL "
	  "ORDER BY"
	  " c.no, o.act LIMIT $1" },
	{ "inbox", "待办：在办案件没有任何未关环节，无人可办",
	  "Open cases that wait for nobody: in no inbox",
	  "SELECT c.id, c.no, c.state, 0, 1 FROM case_file c WHERE c.ended_at IS NULL AND c.abroad "
	  "= 0"
	  " AND c.state = 'open' AND NOT EXISTS (SELECT 1 FROM case_step s WHERE s.case_id = c.id "
	  "AND"
	  " s.closed_at IS NULL) ORDER BY c.no LIMIT $1" },
	{ "case-filed", "案件：受理事件不是恰好一条", "Cases: not just one event of their filing",
	  "SELECT c.id, c.no, '', 1, COUNT(e.id) FROM case_file c LEFT JOIN event e ON e.case_id = "
	  "c.id"
	  " AND e.kind IN ('case.filed', 'case.started') WHERE c.abroad = 0 GROUP BY c.id, c.no "
	  "HAVING"
	  " COUNT(e.id) <> 1 ORDER BY c.no LIMIT $1" },
	{ "case-ended", "案件：办结与办结事件",
	  "Cases: whether they have ended, and the events of it",
	  "SELECT c.id, c.no, c.state, CASE WHEN c.ended_at IS NULL THEN 0 ELSE 1 END, COUNT(e.id) "
	  "FROM"
	  " case_file c LEFT JOIN event e ON e.case_id = c.id AND e.kind = 'case.ended' WHERE "
	  "c.abroad ="
	  " 0 GROUP BY c.id, c.no, c.state, c.ended_at HAVING COUNT(e.id) <> CASE WHEN c.ended_at "
	  "IS"
	  " NULL THEN 0 ELSE 1 END ORDER BY c.no LIMIT $1" },
	{ "step-told", "环节：已关的环节与其事件", "Steps: those closed, and the events of it",
	  "SELECT c.id, c.no, '', SUM(x.kept), SUM(x.found) FROM (SELECT case_id, 1 AS kept, 0 AS "
	  "found"
	  " FROM case_step WHERE closed_at IS NOT NULL AND told IS NULL AND outcome <> 'moot' "
	  "UNION ALL"
	  " SELECT case_id, 0, 1 FROM event WHERE kind IN ('step.decided', 'step.confirmed',"
	  " 'step.fulfilled', 'step.elapsed', 'step.silent')) x JOIN case_file c ON c.id = "
	  "x.case_id"
	  " WHERE c.abroad = 0 GROUP BY c.id, c.no HAVING SUM(x.kept) <> SUM(x.found) ORDER BY c.no"
	  " LIMIT $1" },
	{ "event-place", "审计：已封存事件的位置不连续",
	  "The record: places of sealed events with gaps",
	  "SELECT e.id, e.kind, '', x.n, x.span FROM (SELECT COUNT(*) AS n, MAX(pos) - MIN(pos) + 1"
	  " AS span, MAX(pos) AS last FROM event WHERE pos IS NOT NULL) x JOIN event e ON e.pos ="
	  " x.last WHERE x.n <> x.span LIMIT $1" },
	{ "document-attached", "文件：标为已附上，却不附在任何对象上",
	  "Documents that are said to belong to something, and belong to nothing",
	  "SELECT d.id, d.name, '', 1, 0 FROM document d WHERE d.attached_at IS NOT NULL AND NOT "
	  "EXISTS"
	  " (SELECT 1 FROM document_link l WHERE l.document = d.id) ORDER BY d.id LIMIT $1" },
	{ "link-file", "对接：标为已到的附件，不在其案件上",
	  "Files that are said to have come over the link, and are not with their case",
	  "SELECT f.id, f.name, f.state, 1, 0 FROM link_file f WHERE f.state = 'here' AND NOT "
	  "EXISTS"
	  " (SELECT 1 FROM document_link l WHERE l.document = f.id AND l.object_kind = 'case' AND"
	  " l.object = f.case_id) ORDER BY f.id LIMIT $1" },
};

const struct yh_fsck_check *yh_fsck_checks(size_t *n)
{
	*n = YH_LEN(checks);
	return checks;
}

enum yh_rc yh_fsck_run(struct yh_tx *tx, const struct yh_fsck_check *check, yh_fsck_fn fn,
		       void *arg, int64_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, check->sql, YH_I(YH_FSCK_MOST));

	*n = 0;
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		const struct yh_fsck_difference d = { yh_col_id(rows, 0), yh_col_text(rows, 1),
						      yh_col_text(rows, 2), yh_col_i64(rows, 3),
						      yh_col_i64(rows, 4) };

		fn(arg, check, &d);
		++*n;
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_fsck_documents(struct yh_tx *tx, const struct yh_id *after,
			     struct yh_fsck_document *out, size_t most, size_t *n,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, digest, size_bytes FROM document WHERE id > $1"
				 " ORDER BY id LIMIT $2",
				 YH_ID(after), YH_I(most));

	*n = 0;
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		struct yh_fsck_document *d = &out[(*n)++];
		size_t len;
		const void *digest = yh_col_bytes(rows, 1, &len);

		*d = (struct yh_fsck_document){ .id = yh_col_id(rows, 0),
						.size_bytes = yh_col_i64(rows, 2) };
		if (len == sizeof d->digest.b)
			memcpy(d->digest.b, digest, len);
	}
	return yh_rows_end(rows, err);
}
