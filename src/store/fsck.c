/* Figures that are kept beside what they come from. */
#include "store/fsck.h"

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
