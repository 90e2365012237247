/* Reports as they were sealed. */
#include "store/report.h"

#include "store/columns.h"
#include "store/read.h"

#define COLUMNS                                                                                    \
	"t.id, t.no, t.cloud, t.kind, t.first_day, t.last_day, t.edition, t.reason, t.digest,"     \
	" t.signature, t.key_id, t.person, t.made_at, c.code, c.name, COALESCE(p.name, ''), "
#define FROM " FROM report t JOIN cloud c ON c.id = t.cloud LEFT JOIN person p ON p.id = t.person "
#define SEES                                                                                       \
	"($3 = 1 OR t.cloud IN (SELECT b.cloud FROM cloud_body b JOIN mine m ON m.org = b.org AND" \
	" m.role = b.role)) "

static bool read_report(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_report_row *t = out;
	const void *signature;

	*t = (struct yh_report_row){ .id = yh_col_id(r, 0),
				     .cloud = yh_col_id(r, 2),
				     .first = yh_col_day(r, 4),
				     .last = yh_col_day(r, 5),
				     .edition = yh_col_i64(r, 6),
				     .person = yh_col_id(r, 11),
				     .made_at = yh_col_i64(r, 12) };
	YH_COL_COPY(r, 3, t->kind);
	YH_COL_COPY(r, 10, t->key_id);
	YH_COL_FIXED(r, 8, t->digest.b);
	signature = yh_col_bytes(r, 9, &t->signature_len);
	t->signature = yh_arena_memdup(a, signature, t->signature_len);
	return t->signature && yh_col_keep(r, a, 1, &t->no) && yh_col_keep(r, a, 7, &t->reason) &&
	       yh_col_keep(r, a, 13, &t->cloud_code) && yh_col_keep(r, a, 14, &t->cloud_name) &&
	       yh_col_keep(r, a, 15, &t->person_name);
}

static bool read_whole(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return read_report(r, a, out) &&
	       yh_col_keep(r, a, 16, &((struct yh_report_row *)out)->body);
}

enum yh_rc yh_report_insert(struct yh_tx *tx, const struct yh_report_row *t, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO report (id, no, cloud, kind, first_day, last_day, edition,"
		       " body, reason, digest, signature, key_id, person, made_at) VALUES ($1, $2,"
		       " $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
		       YH_ID(&t->id), YH_T(t->no), YH_ID(&t->cloud), YH_T(t->kind), YH_I(t->first),
		       YH_I(t->last), YH_I(t->edition), YH_T(t->body), YH_T(t->reason),
		       YH_B(t->digest.b, sizeof t->digest.b), YH_B(t->signature, t->signature_len),
		       YH_T(t->key_id), YH_ID0(&t->person), YH_I(t->made_at));
}

enum yh_rc yh_report_by_no(struct yh_tx *tx, const struct yh_viewer *who, const char *no,
			   struct yh_arena *arena, struct yh_report_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 YH_SQL_MINE "SELECT " COLUMNS "t.body" FROM "WHERE t.no = $4 AND " SEES,
			 YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_T(no));

	return rc == YH_OK ? yh_read_one(rows, arena, read_whole, out, "report-unknown", err) : rc;
}

enum yh_rc yh_report_last(struct yh_tx *tx, const struct yh_id *cloud, const char *kind,
			  yh_day first, struct yh_arena *arena, bool *found,
			  struct yh_report_row *out, struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " COLUMNS "t.body" FROM "WHERE t.cloud = $1 AND t.kind = $2"
			 " AND t.first_day = $3 ORDER BY t.edition DESC LIMIT 1",
			 YH_ID(cloud), YH_T(kind), YH_I(first));

	*found = false;
	if (rc != YH_OK)
		return rc;
	rc = yh_read_one(rows, arena, read_whole, out, "report-unknown", &none);
	*found = rc == YH_OK;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	*err = none;
	return rc;
}

enum yh_rc yh_report_is(struct yh_tx *tx, const struct yh_id *cloud, const char *kind, yh_day first,
			bool *is, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT 1 FROM report WHERE cloud = $1 AND kind = $2 AND first_day = $3 LIMIT 1",
		YH_ID(cloud), YH_T(kind), YH_I(first));

	return rc == YH_OK ? yh_read_any(rows, is, err) : rc;
}

enum yh_rc yh_report_list(struct yh_tx *tx, const struct yh_viewer *who,
			  const struct yh_report_filter *f, struct yh_arena *arena,
			  struct yh_report_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT " COLUMNS "''" FROM "WHERE ($4 = 1 OR t.id < $5) AND ($6 = 1 OR"
			    " t.cloud = $7) AND ($8 = '' OR t.kind = $8) AND " SEES
			    "ORDER BY t.id DESC LIMIT $9",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any),
		YH_I(yh_id_is_zero(&f->before)), YH_ID(&f->before), YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud), YH_T(f->kind), YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_report, sizeof **out, out, n, err) : rc;
}
