/* Statements: what a unit's project used from one provider in a month, and who pays. */
#include <string.h>

#include "store/columns.h"
#include "store/settlement.h"
#include "store/statement_party.h"

#define COLUMNS                                                                                    \
	"t.id, t.settlement, t.reckoning, t.no, t.cloud, t.month, t.unit, t.project, t.provider, " \
	"t.payer, t.state, t.fault, t.lines, t.total_fen, t.paid_fen, t.digest, t.signature, "     \
	"t.key_id, t.closed_at, t.version"
enum { COLUMN_COUNT = 20 };

static bool read_bytes(const struct yh_rows *r, struct yh_arena *a, struct yh_statement_row *s)
{
	const void *p;

	YH_COL_FIXED(r, 15, s->digest.b);
	if (yh_col_null(r, 16))
		return true;
	p = yh_col_bytes(r, 16, &s->signature_len);
	s->signature = yh_arena_memdup(a, p, s->signature_len);
	return s->signature && yh_col_keep(r, a, 17, &s->key_id);
}

static bool read_statement(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_statement_row *s = out;

	*s = (struct yh_statement_row){
		.id = yh_col_id(r, 0),
		.settlement = yh_col_id(r, 1),
		.reckoning = yh_col_id(r, 2),
		.cloud = yh_col_id(r, 4),
		.month = yh_col_day(r, 5),
		.unit = yh_col_id(r, 6),
		.project = yh_col_id(r, 7),
		.provider = yh_col_id(r, 8),
		.payer = yh_col_id(r, 9),
		.lines = yh_col_i64(r, 12),
		.total_fen = yh_col_i64(r, 13),
		.paid_fen = yh_col_i64(r, 14),
		.closed_at = yh_col_i64(r, 18),
		.version = yh_col_i64(r, 19),
	};
	YH_COL_COPY(r, 3, s->no);
	YH_COL_COPY(r, 10, s->state);
	if (!yh_col_null(r, 11)) {
		s->fault = yh_arena_strdup(a, yh_col_text(r, 11));
		if (!s->fault)
			return false;
	}
	return read_bytes(r, a, s);
}

static void fill(const void *rows, size_t i, struct yh_arg *args)
{
	const struct yh_statement_row *s = (const struct yh_statement_row *)rows + i;
	const struct yh_arg row[] = { YH_ID(&s->id),        YH_ID(&s->settlement),
				      YH_ID(&s->reckoning), YH_T(s->no),
				      YH_ID(&s->cloud),     YH_I(s->month),
				      YH_ID(&s->unit),      YH_ID(&s->project),
				      YH_ID0(&s->provider), YH_ID0(&s->payer),
				      YH_T(s->fault),       YH_I(s->lines),
				      YH_I(s->total_fen),   YH_B(s->digest.b, sizeof s->digest.b) };

	memcpy(args, row, sizeof row);
}

enum yh_rc yh_statement_insert(struct yh_tx *tx, const struct yh_statement_row *rows, size_t n,
			       struct yh_err *err)
{
	return yh_db_insert(tx, err,
			    "INSERT INTO statement_kept (id, settlement, reckoning, no, cloud,"
			    " month, unit, project, provider, payer, fault, lines, total_fen,"
			    " paid_fen, digest, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
			    " $9, $10, $11, $12, $13, 0, $14, 1)",
			    14, fill, rows, n);
}

enum yh_rc yh_statement_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			     struct yh_statement_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM statement t WHERE t.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_statement, out, "statement-unknown", err)
			   : rc;
}

enum yh_rc yh_statement_by_no(struct yh_tx *tx, const char *no, struct yh_arena *arena,
			      struct yh_statement_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM statement t WHERE t.no = $1", YH_T(no));

	return rc == YH_OK ? yh_read_one(rows, arena, read_statement, out, "statement-unknown", err)
			   : rc;
}

enum yh_rc yh_statement_of_settlement(struct yh_tx *tx, const struct yh_id *settlement,
				      const char *after, uint32_t limit, struct yh_arena *arena,
				      struct yh_statement_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM statement t WHERE t.reckoning = (SELECT"
				 " s.reckoning FROM settlement s WHERE s.id = $1) AND t.no > $2"
				 " ORDER BY t.no LIMIT $3",
				 YH_ID(settlement), YH_T(after), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_statement, sizeof **out, out, n, err)
			   : rc;
}

static bool read_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_statement_line *l = out;
	const char **texts[] = { &l->settlement_no, &l->cloud_code,    &l->unit_code,
				 &l->unit_name,     &l->project_code,  &l->project_name,
				 &l->provider_code, &l->provider_name, &l->payer_code,
				 &l->payer_name };
	bool ok = read_statement(r, a, &l->row);

	for (int i = 0; ok && i < (int)(sizeof texts / sizeof texts[0]); i++) {
		*texts[i] = yh_arena_strdup(a, yh_col_text(r, COLUMN_COUNT + i));
		ok = *texts[i] != NULL;
	}
	l->pays_itself = yh_col_i64(r, COLUMN_COUNT + (int)(sizeof texts / sizeof texts[0])) != 0;
	return ok;
}

enum yh_rc yh_statement_page(struct yh_tx *tx, const struct yh_viewer *who,
			     const struct yh_statement_filter *f, struct yh_arena *arena,
			     struct yh_statement_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " COLUMNS ", s.no, k.code, u.code, u.name, p.code, p.name, v.code, v.name,"
		" y.code, y.name, CASE WHEN " YH_SQL_PAYS_ITSELF
		" THEN 1 ELSE 0 END FROM statement t JOIN settlement s ON s.id = t.settlement JOIN"
		" cloud k ON k.id = t.cloud JOIN org u ON u.id = t.unit JOIN project p ON p.id ="
		" t.project LEFT JOIN org v ON v.id = t.provider LEFT JOIN org y ON y.id = t.payer"
		" WHERE ($6 = '' OR t.month < $26 OR (t.month = $26 AND t.no > $6)) AND ($7 = 1 OR "
		"t.id = $8) AND ($9 = 1 OR t.settlement = $10) AND"
		" ($11 = 1 OR t.cloud = $12) AND ($13 = 1 OR t.unit = $14) AND ($15 = 1 OR"
		" t.project = $16) AND ($17 = 1 OR t.provider = $18) AND ($19 = 1 OR t.payer = $20)"
		" AND ($21 = 1 OR t.month = $22) AND ($23 = '' OR t.state = $23) AND ($25 = '' OR"
		" LOWER(t.no) LIKE $25 ESCAPE '!' OR LOWER(p.code) LIKE $25 ESCAPE '!' OR"
		" LOWER(p.name) LIKE $25 ESCAPE '!' OR LOWER(u.name) LIKE $25 ESCAPE '!') AND "
		"(t.unit IN"
		" (SELECT org FROM mine) OR t.provider IN (SELECT org FROM mine) OR t.payer IN"
		" (SELECT org FROM mine) OR " YH_SQL_HAS_PROJECT
		") ORDER BY t.month DESC, t.no LIMIT $24",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_T(f->after), YH_I(yh_id_is_zero(&f->id)), YH_ID(&f->id),
		YH_I(yh_id_is_zero(&f->settlement)), YH_ID(&f->settlement),
		YH_I(yh_id_is_zero(&f->cloud)), YH_ID(&f->cloud), YH_I(yh_id_is_zero(&f->unit)),
		YH_ID(&f->unit), YH_I(yh_id_is_zero(&f->project)), YH_ID(&f->project),
		YH_I(yh_id_is_zero(&f->provider)), YH_ID(&f->provider),
		YH_I(yh_id_is_zero(&f->payer)), YH_ID(&f->payer), YH_I(f->month == YH_DAY_NONE),
		YH_I(f->month), YH_T(f->state), YH_I(f->limit), YH_T(f->pattern ? f->pattern : ""),
		YH_I(f->after_month));

	return rc == YH_OK ? yh_read_all(rows, arena, read_line, sizeof **out, out, n, err) : rc;
}

static bool read_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

/* Others have nothing but corrections: the month's use stands elsewhere. */
#define HAS_USE                                                                                    \
	"EXISTS (SELECT 1 FROM statement_line l WHERE l.statement = t.id AND l.kind = 'use')"

enum yh_rc yh_statement_closed_of(struct yh_tx *tx, const struct yh_id *provider,
				  const struct yh_id *cloud, yh_day from_month,
				  const struct yh_id *after, uint32_t limit, struct yh_arena *arena,
				  struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT t.id FROM statement t WHERE t.provider = $1 AND t.cloud ="
				 " $2 AND t.month >= $3 AND t.state = 'closed' AND t.id > $4"
				 " AND " HAS_USE " ORDER BY t.id LIMIT $5",
				 YH_ID(provider), YH_ID(cloud), YH_I(from_month), YH_ID(after),
				 YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_id, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_statement_closed_keys(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
				    yh_statement_key_fn visit, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;
	bool ok = true;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT t.unit, t.project, t.provider FROM settlement s JOIN"
				 " statement_kept t ON t.reckoning = s.reckoning WHERE s.cloud ="
				 " $1 AND s.month = $2 AND s.state = 'closed' AND t.fault IS NULL"
				 " AND " HAS_USE,
				 YH_ID(cloud), YH_I(month));

	if (rc != YH_OK)
		return rc;
	while (ok && yh_rows_next(rows)) {
		struct yh_id unit = yh_col_id(rows, 0), project = yh_col_id(rows, 1),
			     provider = yh_col_id(rows, 2);

		ok = visit(arg, &unit, &project, &provider);
	}
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_statement_use_of(struct yh_tx *tx, const struct yh_statement_row *s, bool *found,
			       struct yh_id *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT t.id FROM statement t WHERE t.unit = $1 AND t.month = $2"
				 " AND t.project = $3 AND t.provider = $4 AND t.cloud = $5 AND"
				 " t.state = 'closed' AND " HAS_USE " LIMIT 1",
				 YH_ID(&s->unit), YH_I(s->month), YH_ID(&s->project),
				 YH_ID(&s->provider), YH_ID(&s->cloud));

	*found = false;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		*out = yh_col_id(rows, 0);
		*found = true;
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_statement_sign(struct yh_tx *tx, const struct yh_id *id, const void *sig,
			     size_t sig_len, const char *key_id, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE statement_kept SET signature = $1, key_id = $2, version = version +"
		       " 1 WHERE id = $3 AND signature IS NULL",
		       YH_B(sig, sig_len), YH_T(key_id), YH_ID(id));
}

enum yh_rc yh_statement_set_paid(struct yh_tx *tx, const struct yh_id *id, int64_t fen,
				 int64_t *version, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE statement_kept SET paid_fen = $1, version = version + 1"
				  " WHERE id = $2 AND version = $3",
				  YH_I(fen), YH_ID(id), YH_I(*version));

	if (rc != YH_OK)
		return rc;
	if (changed == 0)
		return yh_fail(err, YH_STALE, "statement-changed");
	++*version;
	return YH_OK;
}

enum yh_rc yh_statement_to_sign(struct yh_tx *tx, const struct yh_id *settlement, uint32_t limit,
				struct yh_arena *arena, struct yh_id **out, size_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT t.id FROM statement_kept t WHERE t.reckoning = (SELECT"
				 " s.reckoning FROM settlement s WHERE s.id = $1) AND t.signature"
				 " IS NULL AND t.fault IS NULL ORDER BY t.no LIMIT $2",
				 YH_ID(settlement), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_id, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_signing_key_keep(struct yh_tx *tx, const char *id, const char *public_pem, yh_time at,
			       struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO signing_key (id, public_pem, made_at) VALUES ($1, $2, $3)"
		       " ON CONFLICT (id) DO NOTHING",
		       YH_T(id), YH_T(public_pem), YH_I(at));
}

static bool read_text(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	*(const char **)out = yh_arena_strdup(a, yh_col_text(r, 0));
	return *(const char **)out != NULL;
}

enum yh_rc yh_signing_key_load(struct yh_tx *tx, const char *id, struct yh_arena *arena,
			       const char **public_pem, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT public_pem FROM signing_key WHERE id = $1",
				 YH_T(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_text, public_pem, "key-none", err) : rc;
}
