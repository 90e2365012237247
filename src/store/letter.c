/* Letters that came from outside. */
#include "store/letter.h"

#include "store/case_lines.h"

#define COLUMNS                                                                                    \
	"l.id, l.case_id, l.sender, l.number, l.subject, l.day, l.document, l.person, l.org,"      \
	" l.registered_at, p.name, o.name, c.no, c.title, c.procedure_name,"                       \
	" COALESCE(d.name, ''), c.pack, d.digest, COALESCE(d.label, ''), c.label "
#define TABLES                                                                                     \
	"FROM letter l JOIN case_file c ON c.id = l.case_id JOIN person p ON p.id = l.person"      \
	" JOIN org o ON o.id = l.org JOIN org u ON u.id = c.unit LEFT JOIN document d ON d.id ="   \
	" l.document "

static bool read_letter(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_letter_row *l = out;

	*l = (struct yh_letter_row){ .id = yh_col_id(r, 0),
				     .case_id = yh_col_id(r, 1),
				     .day = yh_col_day(r, 5),
				     .document = yh_col_id(r, 6),
				     .person = yh_col_id(r, 7),
				     .org = yh_col_id(r, 8),
				     .registered_at = yh_col_i64(r, 9) };
	YH_COL_FIXED(r, 16, l->pack.b);
	YH_COL_FIXED(r, 17, l->digest.b);
	YH_COL_COPY(r, 18, l->document_label);
	YH_COL_COPY(r, 19, l->label);
	return yh_col_keep(r, a, 2, &l->sender) && yh_col_keep(r, a, 3, &l->number) &&
	       yh_col_keep(r, a, 4, &l->subject) && yh_col_keep(r, a, 10, &l->person_name) &&
	       yh_col_keep(r, a, 11, &l->org_name) && yh_col_keep(r, a, 12, &l->case_no) &&
	       yh_col_keep(r, a, 13, &l->case_title) && yh_col_keep(r, a, 14, &l->procedure) &&
	       yh_col_keep(r, a, 15, &l->document_name);
}

enum yh_rc yh_letter_insert(struct yh_tx *tx, const struct yh_letter_row *l, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO letter (id, case_id, sender, number, day, subject, document,"
		       " person, org, registered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
		       " $10)",
		       YH_ID(&l->id), YH_ID(&l->case_id), YH_T(l->sender), YH_T(l->number),
		       YH_I(l->day), YH_T(l->subject), YH_ID0(&l->document), YH_ID(&l->person),
		       YH_ID(&l->org), YH_I(l->registered_at));
}

enum yh_rc yh_letter_of_case(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			     struct yh_letter_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS TABLES "WHERE l.case_id = $1 ORDER BY l.id LIMIT"
				 " 200",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_letter, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_letter_page(struct yh_tx *tx, const struct yh_viewer *who,
			  const struct yh_letter_filter *f, struct yh_arena *arena,
			  struct yh_letter_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " COLUMNS TABLES "WHERE ($6 = '' OR ((LOWER(l.sender) LIKE $6 ESCAPE '!' OR"
		" LOWER(l.number) LIKE $6 ESCAPE '!' OR LOWER(l.subject) LIKE $6 ESCAPE"
		" '!') AND " YH_SQL_OPENED(
			"c.", "$14",
			"$15") ")) AND l.day >= $7 AND l.day <= $8 AND ($9 = 1 OR c.cloud = $10)"
			       " AND ($11 = 1 OR l.id < $12) AND " YH_SQL_SEES_CASE
			       "ORDER BY l.id DESC LIMIT $13",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_T(f->pattern),
		YH_I(f->from == YH_DAY_NONE ? INT32_MIN : f->from),
		YH_I(f->to == YH_DAY_NONE ? INT32_MAX : f->to), YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud), YH_I(yh_id_is_zero(&f->before)), YH_ID(&f->before),
		YH_I(f->limit), YH_OPENED(who), YH_KEPT(who));

	return rc == YH_OK ? yh_read_all(rows, arena, read_letter, sizeof **out, out, n, err) : rc;
}
