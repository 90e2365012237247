/* Finding records by number or name. */
#include "store/search.h"

#include "store/case_lines.h"
#include "store/read.h"

/* $6 number, $7 its end, $8 tail, $9 name, $10 its end, $11 pattern, $12 limit: each statement
 * names them all, and in this order for the first time. */
#define TAIL_OF(col) "substr(" col ", length(" col ") - 5)"
#define MATCH(no)                                                                                  \
	"CASE WHEN upper(" no ") = $6 THEN 0 WHEN upper(" no ") >= $6 AND upper(" no               \
	") < $7 THEN 1 WHEN $8 <> '' AND " TAIL_OF(no) " = $8 THEN 2 ELSE 3 END"
#define RANGE "LIMIT 1000"
#define FEWER "LIMIT 200"
#define BEST "ORDER BY 6, 2 LIMIT $12"
#define FORMS " AND ($6 <> '' OR $7 <> '' OR $8 <> '' OR $9 <> '' OR $10 <> '' OR $11 <> '')"

/* What a number begins or ends with, by index. */
#define NUMBERS(table)                                                                             \
	"SELECT id FROM (SELECT q.id FROM " table " q WHERE q.no >= $6 AND q.no < $7 ORDER BY"     \
	" q.no " RANGE ") a"
#define TAILS(table)                                                                               \
	"SELECT id FROM (SELECT q.id FROM " table                                                  \
	" q WHERE $8 <> '' AND " TAIL_OF("q.no") " = $8 LIMIT 200) b"

/* The newest whose titles the viewer is cleared to read. */
#define MAY_READ YH_SQL_OPENED("d.", "$13", "$14")
#define TITLED                                                                                     \
	"SELECT id FROM (SELECT t.id, t.title, t.procedure_name, t.label FROM case_file t ORDER"   \
	" BY t.id DESC LIMIT 5000) d WHERE lower(d.title) LIKE $11 ESCAPE '!' AND " MAY_READ
#define CASE_MATCH MATCH("c.no")
#define CASE_NUMBERS NUMBERS("case_file")
#define CASE_TAILS TAILS("case_file")
#define CASES                                                                                      \
	YH_SQL_MINE                                                                                \
	"SELECT c.id, c.no, c.title, u.name, c.state, " CASE_MATCH                                 \
	", c.procedure_name, c.label FROM (" CASE_NUMBERS " UNION " CASE_TAILS " UNION " TITLED    \
	") s JOIN case_file c ON c.id = s.id JOIN org u ON u.id = c.unit "                         \
	"WHERE " YH_SQL_SEES_CASE FORMS BEST
#define RESOURCES                                                                                  \
	YH_SQL_MINE                                                                                \
	"SELECT r.id, r.no, r.name, p.code, r.state, " MATCH("r.no") " FROM (" NUMBERS(            \
		"resource") " UNION " TAILS("resource") " UNION SELECT id FROM (SELECT q.id FROM " \
							"resource q WHERE"                         \
							" lower(q.name) >= $9 AND lower(q.name) "  \
							"< $10 " FEWER                             \
							") d) s JOIN resource r ON r.id ="         \
							" s.id JOIN project p ON p.id = "          \
							"r.project JOIN org u ON u.id = p.unit"    \
							" WHERE " YH_SQL_SEES_PROJECT FORMS BEST
#define PROJECTS                                                                                   \
	YH_SQL_MINE                                                                                \
	"SELECT p.id, p.code, p.name, u.name, p.state, CASE WHEN lower(p.code) = $9 THEN 0 WHEN"   \
	" lower(p.code) >= $9 AND lower(p.code) < $10 THEN 1 ELSE 3 END FROM project p JOIN org u" \
	" ON u.id = p.unit WHERE (lower(p.code) LIKE $11 ESCAPE '!' OR lower(p.name) LIKE $11"     \
	" ESCAPE '!') AND " YH_SQL_SEES_PROJECT FORMS BEST
#define ORGS                                                                                       \
	YH_SQL_MINE                                                                                \
	"SELECT o.id, o.code, o.name, o.district, o.status, CASE WHEN lower(o.code) = $9 THEN 0"   \
	" WHEN lower(o.code) >= $9 AND lower(o.code) < $10 THEN 1 ELSE 3 END FROM org o WHERE"     \
	" (lower(o.code) LIKE $11 ESCAPE '!' OR lower(o.name) LIKE $11 ESCAPE '!') AND ($3 + $4 +" \
	" $5 >= 0)" FORMS BEST
/* In the catalogues in force. */
#define ITEMS                                                                                      \
	YH_SQL_MINE                                                                                \
	"SELECT i.id, i.code, i.name, k.code, '', CASE WHEN lower(i.code) = $9 THEN 0 WHEN"        \
	" lower(i.code) >= $9 AND lower(i.code) < $10 THEN 1 ELSE 3 END FROM item i JOIN edition " \
	"e"                                                                                        \
	" ON e.id = i.edition JOIN cloud k ON k.id = e.cloud WHERE e.state = 'published' AND"      \
	" e.effective_day <= $2 AND NOT EXISTS (SELECT 1 FROM edition f WHERE f.cloud = e.cloud"   \
	" AND f.state = 'published' AND f.effective_day <= $2 AND (f.effective_day > "             \
	"e.effective_day"                                                                          \
	" OR (f.effective_day = e.effective_day AND f.number > e.number))) AND (lower(i.code) "    \
	"LIKE"                                                                                     \
	" $11 ESCAPE '!' OR lower(i.name) LIKE $11 ESCAPE '!') AND ($3 + $4 + $5 >= 0)" FORMS BEST
/* By number alone, for whoever asks the lists of the kind. */
#define BY_NUMBER(table)                                                                           \
	YH_SQL_MINE                                                                                \
	"SELECT t.id, t.no, '', '', '', " MATCH("t.no") " FROM (" NUMBERS(                         \
		table) ") s JOIN " table " t ON t.id = s.id WHERE ($3 + $4 + $5 >= 0)" FORMS BEST

#define NEWEST "ORDER BY 6, 1 DESC LIMIT $12"
/* By number, and by what the newest are about. */
#define DUTIES                                                                                     \
	YH_SQL_MINE                                                                                \
	"SELECT d.id, d.no, d.what, o.name, d.state, " MATCH("d.no") " FROM (" NUMBERS(            \
		"duty") " UNION SELECT id FROM (SELECT q.id, q.what FROM duty q ORDER BY q.id"     \
			" DESC LIMIT 5000) n WHERE lower(n.what) LIKE $11 ESCAPE '!') s JOIN duty" \
			" d ON d.id = s.id JOIN org o ON o.id = d.owner LEFT JOIN org u ON u.id"   \
			" = d.org WHERE " YH_SQL_SEES_DUTY FORMS NEWEST
/* Of the cases that one sees; told with the case. By number as it was written in either case, and
 * by what the newest say. */
#define LETTERED(from, to)                                                                         \
	"SELECT id FROM (SELECT q.id FROM letter q WHERE q.number >= " from " AND q.number < " to  \
	" ORDER BY q.number " RANGE ") "
#define LETTER_MAY_READ YH_SQL_OPENED("c.", "$13", "$14")
#define LETTER_NUMBERS LETTERED("$6", "$7") "a UNION " LETTERED("$9", "$10") "b"
#define LETTER_WORDS                                                                               \
	"SELECT id FROM (SELECT q.id, q.number, q.sender, q.subject FROM letter q ORDER BY q.id"   \
	" DESC LIMIT 5000) n WHERE lower(n.number) LIKE $11 ESCAPE '!' OR lower(n.sender) LIKE"    \
	" $11 ESCAPE '!' OR lower(n.subject) LIKE $11 ESCAPE '!'"
#define LETTERS                                                                                    \
	YH_SQL_MINE                                                                                \
	"SELECT l.id, c.no, l.subject, l.sender, '', CASE WHEN upper(l.number) = $6 THEN 0 WHEN "  \
	"upper(l.number) >= $6 AND upper(l.number) < $7 THEN 1 ELSE 3 END FROM (" LETTER_NUMBERS   \
	" UNION " LETTER_WORDS ") s JOIN letter l ON l.id = s.id JOIN case_file c ON c.id ="       \
	" l.case_id JOIN org u ON u.id = c.unit WHERE " LETTER_MAY_READ                            \
	" AND " YH_SQL_SEES_CASE FORMS NEWEST

static bool read_found(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_found *f = out;

	f->id = yh_col_id(r, 0);
	f->match = (enum yh_match)yh_col_i64(r, 5);
	return yh_col_keep(r, a, 1, &f->no) && yh_col_keep(r, a, 2, &f->title) &&
	       yh_col_keep(r, a, 3, &f->where) && yh_col_keep(r, a, 4, &f->state);
}

static bool read_case(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_found *f = out;

	return read_found(r, a, f) && yh_col_keep(r, a, 6, &f->procedure) &&
	       yh_col_keep(r, a, 7, &f->label);
}

enum yh_rc yh_search(struct yh_tx *tx, const struct yh_viewer *who, enum yh_searched kind,
		     const struct yh_search *what, struct yh_arena *arena, struct yh_found **out,
		     size_t *n, struct yh_err *err)
{
	static const char *const texts[YH_SEARCHED] = {
		[YH_SEARCH_CASE] = CASES,
		[YH_SEARCH_PROJECT] = PROJECTS,
		[YH_SEARCH_RESOURCE] = RESOURCES,
		[YH_SEARCH_ITEM] = ITEMS,
		[YH_SEARCH_ORG] = ORGS,
		[YH_SEARCH_STATEMENT] = BY_NUMBER("statement_kept"),
		[YH_SEARCH_FINDING] = BY_NUMBER("finding"),
		[YH_SEARCH_EVALUATION] = BY_NUMBER("evaluation"),
		[YH_SEARCH_DUTY] = DUTIES,
		[YH_SEARCH_LETTER] = LETTERS,
	};
	struct yh_rows *rows;
	const struct yh_arg args[] = {
		YH_ID(&who->person),    YH_I(who->today),    YH_I(who->any),
		YH_I(who->cloud),       YH_I(who->district), YH_T(what->number),
		YH_T(what->number_end), YH_T(what->tail),    YH_T(what->name),
		YH_T(what->name_end),   YH_T(what->pattern), YH_I(what->limit),
		YH_OPENED(who),         YH_KEPT(who),
	};
	bool labelled = kind == YH_SEARCH_CASE || kind == YH_SEARCH_LETTER;
	enum yh_rc rc = yh_db_query(tx, err, &rows, texts[kind], args,
				    sizeof args / sizeof *args - (labelled ? 0 : 2));

	return rc == YH_OK
		       ? yh_read_all(rows, arena, kind == YH_SEARCH_CASE ? read_case : read_found,
				     sizeof **out, out, n, err)
		       : rc;
}
