/* Settlements of a month. */
#include "store/settlement.h"

#include <string.h>

#include "store/columns.h"

#define COLUMNS                                                                                    \
	"s.id, s.no, s.cloud, s.month, s.number, s.state, s.reckoning, s.pack, s.as_of, "          \
	"s.case_id, s.digest, s.statements, s.stopped, s.lines, s.total_fen, s.made_at, "          \
	"s.closed_at, s.version"

static void col_sm3(const struct yh_rows *r, int col, struct yh_sm3 *out)
{
	size_t n;
	const void *p = yh_col_bytes(r, col, &n);

	if (n == sizeof out->b)
		memcpy(out->b, p, n);
}

static bool read_settlement(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_settlement_row *s = out;

	(void)a;
	*s = (struct yh_settlement_row){
		.id = yh_col_id(r, 0),
		.cloud = yh_col_id(r, 2),
		.month = yh_col_day(r, 3),
		.number = yh_col_i64(r, 4),
		.reckoning = yh_col_id(r, 6),
		.as_of = yh_col_i64(r, 8),
		.case_id = yh_col_id(r, 9),
		.statements = yh_col_i64(r, 11),
		.stopped = yh_col_i64(r, 12),
		.lines = yh_col_i64(r, 13),
		.total_fen = yh_col_i64(r, 14),
		.made_at = yh_col_i64(r, 15),
		.closed_at = yh_col_i64(r, 16),
		.version = yh_col_i64(r, 17),
	};
	YH_COL_COPY(r, 1, s->no);
	YH_COL_COPY(r, 5, s->state);
	col_sm3(r, 7, &s->pack);
	col_sm3(r, 10, &s->digest);
	return true;
}

/* The only row, if there is one. */
static enum yh_rc read_found(struct yh_rows *rows, bool *found, struct yh_settlement_row *out,
			     struct yh_err *err)
{
	if (yh_rows_next(rows))
		*found = read_settlement(rows, NULL, out);
	return yh_rows_end(rows, err);
}

static enum yh_rc read_settlements(struct yh_rows *rows, struct yh_arena *arena,
				   struct yh_settlement_row **out, size_t *n, struct yh_err *err)
{
	return yh_read_all(rows, arena, read_settlement, sizeof **out, out, n, err);
}

enum yh_rc yh_settlement_insert(struct yh_tx *tx, const struct yh_settlement_row *s,
				struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO settlement (id, no, cloud, month, number, state, reckoning,"
		       " pack, as_of, case_id, digest, statements, stopped, lines, total_fen,"
		       " made_at, closed_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
		       " $10, $11, $12, $13, $14, $15, $16, NULL, 1)",
		       YH_ID(&s->id), YH_T(s->no), YH_ID(&s->cloud), YH_I(s->month),
		       YH_I(s->number), YH_T(s->state), YH_ID(&s->reckoning),
		       YH_B(s->pack.b, sizeof s->pack.b), YH_I(s->as_of), YH_ID0(&s->case_id),
		       YH_B(s->digest.b, sizeof s->digest.b), YH_I(s->statements), YH_I(s->stopped),
		       YH_I(s->lines), YH_I(s->total_fen), YH_I(s->made_at));
}

enum yh_rc yh_settlement_load(struct yh_tx *tx, const struct yh_id *id,
			      struct yh_settlement_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM settlement s WHERE s.id = $1", YH_ID(id));

	return rc == YH_OK
		       ? yh_read_one(rows, NULL, read_settlement, out, "settlement-unknown", err)
		       : rc;
}

enum yh_rc yh_settlement_by_no(struct yh_tx *tx, const char *no, struct yh_settlement_row *out,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM settlement s WHERE s.no = $1", YH_T(no));

	return rc == YH_OK
		       ? yh_read_one(rows, NULL, read_settlement, out, "settlement-unknown", err)
		       : rc;
}

enum yh_rc yh_settlement_update(struct yh_tx *tx, struct yh_settlement_row *s, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"UPDATE settlement SET state = $1, reckoning = $2, pack = $3, as_of = $4,"
		" case_id = $5, digest = $6, statements = $7, stopped = $8, lines = $9,"
		" total_fen = $10, made_at = $11, closed_at = $12, version = version + 1"
		" WHERE id = $13 AND version = $14",
		YH_T(s->state), YH_ID(&s->reckoning), YH_B(s->pack.b, sizeof s->pack.b),
		YH_I(s->as_of), YH_ID0(&s->case_id), YH_B(s->digest.b, sizeof s->digest.b),
		YH_I(s->statements), YH_I(s->stopped), YH_I(s->lines), YH_I(s->total_fen),
		YH_I(s->made_at), s->closed_at ? YH_I(s->closed_at) : YH_NUL, YH_ID(&s->id),
		YH_I(s->version));

	if (rc != YH_OK)
		return rc;
	if (changed == 0)
		return yh_fail(err, YH_STALE, "settlement-changed");
	s->version++;
	return YH_OK;
}

enum yh_rc yh_settlement_delete(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err)
{
	return yh_exec(tx, err, "DELETE FROM settlement WHERE id = $1 AND state = 'draft'",
		       YH_ID(id));
}

enum yh_rc yh_settlement_open_of(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
				 bool *found, struct yh_settlement_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM settlement s WHERE s.cloud = $1 AND"
				 " s.month = $2 AND s.state <> 'closed'",
				 YH_ID(cloud), YH_I(month));

	*found = false;
	return rc == YH_OK ? read_found(rows, found, out, err) : rc;
}

enum yh_rc yh_settlement_closed_of(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
				   int64_t *settlements, int64_t *statements, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT count(*), sum(statements) FROM settlement WHERE cloud = $1"
				 " AND month = $2 AND state = 'closed'",
				 YH_ID(cloud), YH_I(month));

	*settlements = *statements = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		*settlements = yh_col_i64(rows, 0);
		*statements = yh_col_null(rows, 1) ? 0 : yh_col_i64(rows, 1);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_settlement_closed_list(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
				     uint32_t limit, struct yh_arena *arena,
				     struct yh_settlement_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM settlement s WHERE s.cloud = $1 AND"
				 " s.month = $2 AND s.state = 'closed' ORDER BY s.number LIMIT $3",
				 YH_ID(cloud), YH_I(month), YH_I(limit));

	return rc == YH_OK ? read_settlements(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_settlement_first_of(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
				  bool *found, struct yh_settlement_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM settlement s WHERE s.cloud = $1 AND"
				 " s.month = $2 ORDER BY s.number LIMIT 1",
				 YH_ID(cloud), YH_I(month));

	*found = false;
	return rc == YH_OK ? read_found(rows, found, out, err) : rc;
}

enum yh_rc yh_settlement_last_as_of(struct yh_tx *tx, const struct yh_id *cloud, yh_time *out,
				    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT max(x.as_of) FROM (SELECT as_of FROM settlement WHERE"
				 " cloud = $1 UNION ALL SELECT as_of FROM reckoning WHERE cloud ="
				 " $1) x",
				 YH_ID(cloud));

	*out = 0;
	return rc == YH_OK ? yh_read_i64(rows, out, err) : rc;
}

enum yh_rc yh_settlement_page(struct yh_tx *tx, const struct yh_viewer *who,
			      const struct yh_settlement_filter *f, struct yh_arena *arena,
			      struct yh_settlement_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " COLUMNS " FROM settlement s WHERE ($6 = 1 OR s.id < $7) AND ($8 = 1 OR"
		" s.cloud = $9) AND ($10 = 1 OR s.month = $11) AND ($12 = '' OR s.state = $12) AND"
		" ($3 = 1 OR ($4 = 1 AND s.cloud IN (SELECT b.cloud FROM cloud_body b JOIN mine m"
		" ON m.org = b.org AND m.role = b.role WHERE b.role <> 'provider')) OR EXISTS"
		" (SELECT 1 FROM statement t JOIN project p ON p.id = t.project JOIN org u ON u.id"
		" = p.unit WHERE t.settlement = s.id AND (t.provider IN (SELECT org FROM mine) OR"
		" t.payer IN (SELECT org FROM mine) OR " YH_SQL_HAS_PROJECT ")))"
		" ORDER BY s.id DESC LIMIT $13",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(yh_id_is_zero(&f->before)), YH_ID(&f->before),
		YH_I(yh_id_is_zero(&f->cloud)), YH_ID(&f->cloud), YH_I(f->month == YH_DAY_NONE),
		YH_I(f->month), YH_T(f->state), YH_I(f->limit));

	return rc == YH_OK ? read_settlements(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_settlement_faults(struct yh_tx *tx, int64_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT (SELECT count(*) FROM statement t WHERE t.total_fen <> (SELECT"
		" coalesce(sum(l.amount_fen), 0) FROM statement_line l WHERE l.statement = t.id) OR"
		" t.lines <> (SELECT count(*) FROM statement_line l WHERE l.statement = t.id)) +"
		" (SELECT count(*) FROM settlement s WHERE s.total_fen <> (SELECT"
		" coalesce(sum(t.total_fen), 0) FROM statement t WHERE t.settlement = s.id) OR"
		" s.lines <> (SELECT coalesce(sum(t.lines), 0) FROM statement t WHERE"
		" t.settlement = s.id) OR s.statements <> (SELECT count(*) FROM statement t WHERE"
		" t.settlement = s.id))");

	*n = 0;
	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}
