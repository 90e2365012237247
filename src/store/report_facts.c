/* What a report says of a closed period of a cloud: $1 the cloud, $2 and $3 the period's first and
 * last day, or its beginning and the instant after it, or $2 that instant alone. Only facts that
 * are dated count, so that the same period gives the same later, unless somebody entered something
 * behind it. */
#include "store/columns.h"
#include "store/report.h"

#include <string.h>

/* The day of an instant, in Shanghai. */
#define DAY_OF(t) "((" t " + 28800000000) / 86400000000)"
#define IN_PERIOD(t) "CASE WHEN " t " >= $2 AND " t " < $3 THEN 1 ELSE 0 END"
#define SUM_OF(condition) "SUM(CASE WHEN " condition " THEN 1 ELSE 0 END)"

#define CASES                                                                                                                                                                                                          \
	"SELECT procedure_name, SUM(" IN_PERIOD("filed_at") "), " SUM_OF(                                                                                                                                              \
		"state = 'closed' AND ended_at >= $2 AND ended_at < $3") ", " SUM_OF("state = "                                                                                                                        \
										     "'refused' "                                                                                                                      \
										     "AND "                                                                                                                            \
										     "ended_at "                                                                                                                       \
										     ">= $2 AND "                                                                                                                      \
										     "ended_at < "                                                                                                                     \
										     "$3") ","                                                                                                                         \
											   " " SUM_OF("state = 'withdrawn' AND ended_at >= $2 AND ended_at < $3") ", " SUM_OF(                                         \
												   "ended_at IS NULL OR ended_at >= $3") " FROM case_file WHERE cloud = $1 AND filed_at < $3 AND (ended_at IS NULL OR" \
																	 " ended_at >= $2) GROUP BY procedure_name ORDER BY procedure_name"

/* Closed late; never, where there is no clock. */
#define LATE YH_SQL_CLOSED_LATE("s.")
#define STEPS                                                                                      \
	"SELECT code, name, procedure_name, step, on_time, late, unclocked, CASE WHEN on_time +"   \
	" late > 0 THEN on_time * 10000 / (on_time + late) END FROM (SELECT o.code, o.name,"       \
	" c.procedure_name, s.step, SUM(CASE WHEN s.due_day IS NULL OR " LATE                      \
	" THEN 0 ELSE 1 END) AS on_time, SUM(CASE WHEN " LATE " THEN 1 ELSE 0 END) AS late,"       \
	" SUM(CASE WHEN s.due_day IS NULL THEN 1 ELSE 0 END) AS unclocked FROM case_step s JOIN"   \
	" case_file c ON c.id = s.case_id JOIN org o ON o.id = s.org WHERE c.cloud = $1 AND"       \
	" s.closed_at >= $2 AND s.closed_at < $3 AND s.closed_by IS NOT NULL GROUP BY o.code,"     \
	" o.name, c.procedure_name, s.step) t ORDER BY code, procedure_name, step"

/* Who had a project, or a resource, when the period ended: what has moved since is still theirs. */
#define HAD_PROJECT(end)                                                                           \
	"COALESCE((SELECT h.unit FROM project_past h WHERE h.project = p.id AND h.until_at "       \
	">= " end " ORDER BY h.until_at LIMIT 1), p.unit)"
#define HAD_RESOURCE(end)                                                                          \
	"COALESCE((SELECT h.unit FROM tenure h WHERE h.resource = r.id AND h.until_at >= " end     \
	" ORDER BY h.until_at LIMIT 1), r.unit)"

#define AFTER_LAST "(($3 + 1) * 86400000000 - 28800000000)"
#define QUOTAS                                                                                     \
	"SELECT u.code, u.name, g.dim, SUM(g.qty) FROM (SELECT " HAD_PROJECT(                      \
		AFTER_LAST) " AS unit, q.dim AS dim, q.qty_milli AS qty FROM quota_line q JOIN"    \
			    " project p ON p.id = q.project WHERE p.cloud = $1 AND q.kind NOT IN"  \
			    " ('window', 'grant') AND q.first_day <= $3 AND q.created_at <"        \
			    " " AFTER_LAST " AND (q.last_day IS NULL OR (q.last_day >= $3 AND"     \
			    " q.last_day >= $2))) g JOIN org u ON u.id = g.unit GROUP BY u.code,"  \
			    " u.name, g.dim ORDER BY u.code, g.dim"

/* Equal sizes are counted, not multiplied: no product leaves 64 bits. */
#define ALLOCATED                                                                                  \
	"SELECT u.code, u.name, d.dim, SUM(g.qty * d.qty_milli / 1000 * g.n) FROM (SELECT m.unit"  \
	" AS unit, m.item AS item, m.qty AS qty, COUNT(*) AS n FROM (SELECT " HAD_RESOURCE(        \
		"$2") " AS unit, z.item AS item, z.qty_milli AS qty FROM resource r JOIN"          \
		      " resource_size z ON z.resource = r.id WHERE r.cloud = $1 AND z.from_at <"   \
		      " $2 AND (z.to_at IS NULL OR z.to_at >= $2)) m GROUP BY m.unit, m.item,"     \
		      " m.qty) g JOIN item_dim d ON d.item = g.item JOIN org u ON u.id = g.unit"   \
		      " GROUP BY u.code, u.name, d.dim ORDER BY u.code, d.dim"

/* Who had each resource from when until when: as of today, and before each move. */
#define TENURES                                                                                    \
	"SELECT r.id AS resource, r.unit AS unit, COALESCE((SELECT MAX(h.until_at) FROM tenure h"  \
	" WHERE h.resource = r.id), 0) AS had_from, 9223372036854775807 AS had_to FROM resource r" \
	" WHERE r.cloud = $1 UNION ALL SELECT t.resource, t.unit, COALESCE((SELECT"                \
	" MAX(h.until_at) FROM tenure h WHERE h.resource = t.resource AND h.until_at <"            \
	" t.until_at), 0), t.until_at FROM tenure t JOIN resource r ON r.id = t.resource WHERE"    \
	" r.cloud = $1 AND t.until_at > $2"

/* What was had on average, by the hour, each hour by whoever had it. */
#define USED                                                                                       \
	"SELECT u.code, u.name, d.dim, SUM(g.qty * d.qty_milli / 1000 * g.hours / (($3 - $2) /"    \
	" 3600000000)) FROM (SELECT m.unit AS unit, m.item AS item, m.qty AS qty,"                 \
	" CAST(SUM((m.till - m.since) / 3600000000) AS BIGINT) AS hours FROM (SELECT w.unit AS"    \
	" unit, z.item AS item, z.qty_milli AS qty, CASE WHEN w.had_from > $2 AND w.had_from >"    \
	" z.from_at THEN w.had_from WHEN z.from_at > $2 THEN z.from_at ELSE $2 END AS since, CASE" \
	" WHEN w.had_to < $3 AND (z.to_at IS NULL OR w.had_to < z.to_at) THEN w.had_to WHEN"       \
	" z.to_at < $3 THEN z.to_at ELSE $3 END AS till FROM (" TENURES ") w JOIN resource_size z" \
	" ON z.resource = w.resource WHERE z.from_at < $3 AND (z.to_at IS NULL OR z.to_at > $2))"  \
	" m WHERE m.till > m.since GROUP BY m.unit, m.item, m.qty) g JOIN item_dim d ON d.item ="  \
	" g.item JOIN org u ON u.id = g.unit GROUP BY u.code, u.name, d.dim ORDER BY u.code, "     \
	"d.dim"

/* How many resources there are of each category at the end, and how many of them are of trusted
 * products (Art. 14), as the edition has it that was in force on the last day. */
#define AFTER DAY_OF("$2")
#define E_SERVED "e.cloud = $1 AND e.state = 'published' AND e.effective_day < " AFTER
#define F_SERVED "f.cloud = $1 AND f.state = 'published' AND f.effective_day < " AFTER
#define TRUSTED                                                                                    \
	"SELECT category, n, trusted, trusted * 10000 / n FROM (SELECT i.category AS category,"    \
	" COUNT(*) AS n, SUM(CASE WHEN i.trusted = 1 THEN 1 ELSE 0 END) AS trusted FROM"           \
	" resource r JOIN resource_size z ON z.resource = r.id JOIN item x ON x.id = z.item JOIN"  \
	" item i ON i.code = x.code JOIN edition e ON e.id = i.edition WHERE r.cloud = $1 AND"     \
	" z.from_at < $2 AND (z.to_at IS NULL OR z.to_at >= $2) AND " E_SERVED                     \
	" AND NOT EXISTS (SELECT 1 FROM item j JOIN edition f ON f.id = j.edition WHERE j.code ="  \
	" i.code AND " F_SERVED " AND (f.effective_day > e.effective_day OR (f.effective_day ="    \
	" e.effective_day AND f.number > e.number))) GROUP BY i.category) m ORDER BY category"

#define SETTLED                                                                                    \
	"SELECT u.code, u.name, COUNT(*), SUM(t.total_fen) FROM statement t JOIN org u ON"         \
	" u.id = t.unit WHERE t.cloud = $1 AND t.month >= $2 AND t.month <= $3 AND"                \
	" t.state = 'closed' GROUP BY u.code, u.name ORDER BY u.code"

#define RECORDS                                                                                    \
	"SELECT l.register, v.state, SUM(" IN_PERIOD("l.entered_at") "), SUM(" IN_PERIOD(          \
		"v.made_at") "), COUNT(*) FROM ledger l JOIN ledger_version v ON"                  \
			     " v.record = l.id WHERE l.cloud = $1 AND l.entered_at < $3 AND "      \
			     "v.version = (SELECT"                                                 \
			     " MAX(w.version) FROM ledger_version w WHERE w.record = l.id AND "    \
			     "w.made_at < $3) GROUP BY"                                            \
			     " l.register, v.state ORDER BY l.register, v.state"

#define ENDED "ended_at >= $2 AND ended_at < $3"
#define DUTIES                                                                                                                                                                                                                                                                                                               \
	"SELECT kind, SUM(" IN_PERIOD("laid_at") "), " SUM_OF(                                                                                                                                                                                                                                                               \
		"state = 'done' AND " ENDED " AND"                                                                                                                                                                                                                                                                           \
		" " DAY_OF(                                                                                                                                                                                                                                                                                                  \
			"ended_at") " <= due_day") ", " SUM_OF("state = 'done' AND " ENDED                                                                                                                                                                                                                                   \
							       " AND " DAY_OF(                                                                                                                                                                                                                                               \
								       "ended_at") " > due_day") ", " SUM_OF("state = 'missed' "                                                                                                                                                                                             \
													     "AND " ENDED) ", " SUM_OF("s"                                                                                                                                                                                   \
																       "t"                                                                                                                                                                                   \
																       "a"                                                                                                                                                                                   \
																       "t"                                                                                                                                                                                   \
																       "e"                                                                                                                                                                                   \
																       " "                                                                                                                                                                                   \
																       "="                                                                                                                                                                                   \
																       " "                                                                                                                                                                                   \
																       "'"                                                                                                                                                                                   \
																       "w"                                                                                                                                                                                   \
																       "a"                                                                                                                                                                                   \
																       "i"                                                                                                                                                                                   \
																       "v"                                                                                                                                                                                   \
																       "e"                                                                                                                                                                                   \
																       "d"                                                                                                                                                                                   \
																       "'"                                                                                                                                                                                   \
																       " "                                                                                                                                                                                   \
																       "A"                                                                                                                                                                                   \
																       "N"                                                                                                                                                                                   \
																       "D"                                                                                                                                                                                   \
																       " " ENDED) ", " SUM_OF("due_day < " DAY_OF("$3") " AND (ended_at IS NULL OR ended_at >= $3)") " FROM duty WHERE cloud = $1 AND laid_at < $3 AND (ended_at IS NULL OR ended_at >= $2)" \
																												     " GROUP BY kind ORDER BY kind"

#define EVALUATIONS                                                                                \
	"SELECT e.no, e.subject, COUNT(*), SUM(r.rectify), CAST(SUM(r.score_e2) AS BIGINT) /"      \
	" COUNT(*) FROM"                                                                           \
	" evaluation e JOIN eval_result r ON r.evaluation = e.id WHERE e.cloud = $1 AND"           \
	" e.published_at >= $2 AND e.published_at < $3 AND r.withheld = 0 GROUP BY e.no,"          \
	" e.subject ORDER BY e.no"

#define UNIT                                                                                       \
	{ "unit", YH_RF_TEXT },                                                                    \
	{                                                                                          \
		"unit_name", YH_RF_TEXT                                                            \
	}
static const struct yh_rf_section sections[] = {
	{ "cases",
	  CASES,
	  YH_RFS_TIMES,
	  { { "procedure", YH_RF_PROCEDURE },
	    { "filed", YH_RF_INT },
	    { "closed", YH_RF_INT },
	    { "refused", YH_RF_INT },
	    { "withdrawn", YH_RF_INT },
	    { "open", YH_RF_INT } } },
	{ "steps",
	  STEPS,
	  YH_RFS_TIMES,
	  { { "body", YH_RF_TEXT },
	    { "body_name", YH_RF_TEXT },
	    { "procedure", YH_RF_PROCEDURE },
	    { "step", YH_RF_STEP },
	    { "on_time", YH_RF_INT },
	    { "late", YH_RF_INT },
	    { "unclocked", YH_RF_INT },
	    { "rate", YH_RF_SHARE } } },
	{ "quotas",
	  QUOTAS,
	  YH_RFS_DAYS,
	  { UNIT, { "dimension", YH_RF_DIMENSION }, { "quantity", YH_RF_MILLI } } },
	{ "allocated",
	  ALLOCATED,
	  YH_RFS_END,
	  { UNIT, { "dimension", YH_RF_DIMENSION }, { "quantity", YH_RF_MILLI } } },
	{ "used",
	  USED,
	  YH_RFS_TIMES,
	  { UNIT, { "dimension", YH_RF_DIMENSION }, { "average", YH_RF_MILLI } } },
	{ "trusted",
	  TRUSTED,
	  YH_RFS_END,
	  { { "category", YH_RF_TEXT },
	    { "resources", YH_RF_INT },
	    { "trusted", YH_RF_INT },
	    { "share", YH_RF_SHARE } } },
	{ "settled",
	  SETTLED,
	  YH_RFS_DAYS,
	  { UNIT, { "statements", YH_RF_INT }, { "total", YH_RF_FEN } } },
	{ "records",
	  RECORDS,
	  YH_RFS_TIMES,
	  { { "register", YH_RF_REGISTER },
	    { "state", YH_RF_STATE },
	    { "entered", YH_RF_INT },
	    { "changed", YH_RF_INT },
	    { "standing", YH_RF_INT } } },
	{ "duties",
	  DUTIES,
	  YH_RFS_TIMES,
	  { { "duty", YH_RF_DUTY },
	    { "laid", YH_RF_INT },
	    { "in_time", YH_RF_INT },
	    { "late", YH_RF_INT },
	    { "missed", YH_RF_INT },
	    { "waived", YH_RF_INT },
	    { "overdue", YH_RF_INT } } },
	{ "evaluations",
	  EVALUATIONS,
	  YH_RFS_TIMES,
	  { { "evaluation", YH_RF_TEXT },
	    { "subject", YH_RF_SUBJECT },
	    { "results", YH_RF_INT },
	    { "to_rectify", YH_RF_INT },
	    { "score", YH_RF_FEN } } },
};

const struct yh_rf_section *yh_rf_sections(size_t *n)
{
	*n = sizeof sections / sizeof sections[0];
	return sections;
}

static enum yh_rc ask(struct yh_tx *tx, const struct yh_rf_section *s, const struct yh_id *cloud,
		      yh_day first, yh_day last, struct yh_rows **rows, struct yh_err *err)
{
	yh_time from = yh_day_start(first), to = yh_day_start(last + 1);

	switch (s->span) {
	case YH_RFS_DAYS:
		return yh_query(tx, err, rows, s->sql, YH_ID(cloud), YH_I(first), YH_I(last));
	case YH_RFS_TIMES:
		return yh_query(tx, err, rows, s->sql, YH_ID(cloud), YH_I(from), YH_I(to));
	case YH_RFS_END:
		break;
	}
	return yh_query(tx, err, rows, s->sql, YH_ID(cloud), YH_I(to));
}

static void take(const struct yh_rows *rows, const struct yh_rf_section *s, struct yh_rf_row *row)
{
	for (int i = 0; i < YH_RF_COLUMNS && s->columns[i].id; i++) {
		row->null[i] = yh_col_null(rows, i);
		if (s->columns[i].kind < YH_RF_INT)
			row->text[i] = yh_col_text(rows, i);
		else
			row->num[i] = yh_col_i64(rows, i);
	}
}

enum yh_rc yh_facts_read(struct yh_tx *tx, const struct yh_rf_section *section,
			 const struct yh_id *cloud, yh_day first, yh_day last, yh_rf_fn fn,
			 void *arg, struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t n = 0;
	enum yh_rc end, rc = ask(tx, section, cloud, first, last, &rows, err);

	if (rc != YH_OK)
		return rc;
	while (rc == YH_OK && yh_rows_next(rows)) {
		struct yh_rf_row row = { 0 };

		if (++n > YH_RF_ROWS_MAX) {
			rc = yh_fail(err, YH_TOO_LARGE, "report-too-large");
			yh_err_int(err, "max", YH_RF_ROWS_MAX);
			break;
		}
		take(rows, section, &row);
		rc = fn(arg, section, &row, err);
	}
	end = yh_rows_end(rows, rc == YH_OK ? err : NULL);
	return rc == YH_OK ? end : rc;
}
