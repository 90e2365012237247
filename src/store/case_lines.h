/* How lists of cases are read, for the files of this room. */
#ifndef YH_STORE_CASE_LINES_H
#define YH_STORE_CASE_LINES_H

#include "store/case_query.h"
#include "store/columns.h"

/* Whether the viewer sees case `c` of unit `u`: $3 any, $4 cloud, $5 district. */
#define YH_SQL_SEES_CASE                                                                           \
	"($3 = 1 OR c.unit IN (SELECT org FROM mine) OR c.filer_org IN (SELECT org FROM mine) OR"  \
	" (c.subject IS NOT NULL AND c.provider IN (SELECT org FROM mine WHERE role = "            \
	"'provider'))"                                                                             \
	" OR u.sponsor IN (SELECT org FROM mine WHERE"                                             \
	" role = 'sponsor') OR ($4 = 1 AND c.cloud IN (SELECT b.cloud FROM cloud_body b JOIN mine" \
	" m ON m.org = b.org AND m.role = b.role)) OR ($5 = 1 AND " YH_SQL_OF_DISTRICT ") OR"      \
	" EXISTS (SELECT 1 FROM case_step z JOIN mine m ON m.org = z.org AND m.role = z.role "     \
	"WHERE"                                                                                    \
	" z.case_id = c.id)) "

#define YH_SQL_CASE                                                                                \
	"c.id, c.no, c.procedure_name, c.title, c.state, u.name, u.code, k.code, c.filed_at, "     \
	"c.changed_at, c.ended_at, c.pack, c.version, (SELECT MIN(g.answer_by) FROM urging g "     \
	"WHERE g.case_id = c.id AND g.kind = 'supervise' AND g.answered_at IS NULL), "             \
	"c.label "
#define YH_SQL_CASE_STEP                                                                           \
	", s.id, s.step, s.kind, s.role, o.name, s.article, s.opened_at, s.due_day, "              \
	"s.due_provisional, s.soft, s.closed_at, s.due_moves, s.due_moved_at, s.due_before, "      \
	"s.due_at "

/* Is the viewer cleared for the case? `opened` and `kept` as struct yh_viewer has them. */
#define YH_SQL_OPENED(c, opened, kept)                                                             \
	"(" opened " LIKE '%|' || REPLACE(" c "label, '_', '!_') || '|%' ESCAPE '!' AND " kept     \
	" NOT LIKE '%|' || REPLACE(" c "procedure_name, '_', '!_') || '|%' ESCAPE '!')"
/* Was a record made or changed by a case that the viewer is not cleared for? */
#define YH_SQL_RECORD_SHUT(record, opened, kept)                                                   \
	"EXISTS (SELECT 1 FROM ledger_version lv JOIN case_file lc ON lc.id = lv.case_id WHERE"    \
	" lv.record = " record " AND NOT " YH_SQL_OPENED("lc.", opened, kept) ")"
#define YH_OPENED(who) YH_T((who)->opened ? (who)->opened : "")
#define YH_KEPT(who) YH_T((who)->kept ? (who)->kept : "")

/* What somebody sees who sees neither clouds nor districts, found by indexes; the same as
 * YH_SQL_SEES_CASE says of one case. */
#define YH_SQL_OWN_CASES                                                                           \
	"SELECT q.id FROM case_file q WHERE q.unit IN (SELECT org FROM mine UNION SELECT v.id "    \
	"FROM"                                                                                     \
	" org v WHERE v.sponsor IN (SELECT org FROM mine WHERE role = 'sponsor')) UNION SELECT"    \
	" q.id FROM case_file q WHERE q.filer_org IN (SELECT org FROM mine) UNION SELECT q.id "    \
	"FROM"                                                                                     \
	" case_file q WHERE q.subject IS NOT NULL AND q.provider IN (SELECT org FROM mine WHERE"   \
	" role = 'provider') UNION SELECT z.case_id FROM mine m CROSS JOIN case_step z WHERE "     \
	"z.org"                                                                                    \
	" = m.org AND z.role = m.role AND z.closed_at IS NULL UNION SELECT z.case_id FROM mine m"  \
	" CROSS JOIN case_step z WHERE z.org = m.org AND z.role = m.role AND z.closed_at IS NOT"   \
	" NULL"

/* The same cases, of whom there are so few of: at most `n`, which must be no less than there are.
 * That bound is all that PostgreSQL knows of how many it will find. */
#define YH_SQL_FEW_CASES(n) "SELECT id FROM (" YH_SQL_OWN_CASES ") t LIMIT " n
/* How many the viewer has: yh_viewer_own. Of whom so few are theirs these are walked; else one
 * comes by enough of them in any order. */
enum { YH_FEW_CASES = 5000 };
YH_CHECK enum yh_rc yh_case_own(struct yh_tx *tx, const struct yh_viewer *who, int64_t *own,
				struct yh_err *err);

/* The instant at which step `s` is due: of a clock in hours its own, else the end of its day; none
 * is the end of the last day, so that one comparison orders all. The indexes case_step_desk and
 * case_step_waiting are over this very expression; yh_inbox_due says the same of a line. */
#define YH_SQL_DUE(s)                                                                              \
	"COALESCE(" s "due_at, COALESCE(" s "due_day, 84005) * 86400000000 + 57600000000)"
/* YH_SQL_LATE of an open step, at an instant `now` of the day `today`, in the words that the index
 * of what waits is over: the end of the due day has passed, or the hour. Each condition on the day
 * alone makes PostgreSQL expect fewer rows, until it sorts them all for want of any. */
#define YH_SQL_PAST_DUE(s, today, now)                                                             \
	YH_SQL_DUE(s)                                                                              \
	" <= " now " AND (" s "due_at IS NULL OR " s "due_at < " now ")"                           \
	" AND COALESCE(" s "due_day, 84005) <= " today

/* At most `limit` rows of the columns above: of the case, behind them those of a step, and behind
 * these the code of its project. */
enum yh_case_columns { YH_CASE_HEAD, YH_CASE_STEP, YH_CASE_PROJECT };
YH_CHECK enum yh_rc yh_read_case_lines(struct yh_rows *rows, uint32_t limit,
				       enum yh_case_columns which, struct yh_arena *arena,
				       struct yh_case_line **out, size_t *n, struct yh_err *err);

#endif
