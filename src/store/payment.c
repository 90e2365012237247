/* Payments. */
#include "store/payment.h"

#include "store/read.h"

enum yh_rc yh_payment_insert(struct yh_tx *tx, const struct yh_payment_row *p, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO payment (id, statement, day, fen, reference, note, person,"
		       " made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		       YH_ID(&p->id), YH_ID(&p->statement), YH_I(p->day), YH_I(p->fen),
		       YH_T(p->reference), YH_T(p->note), YH_ID(&p->person), YH_I(p->made_at));
}

static bool read_payment(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_payment_row *p = out;

	*p = (struct yh_payment_row){
		.id = yh_col_id(r, 0),
		.statement = yh_col_id(r, 1),
		.day = yh_col_day(r, 2),
		.fen = yh_col_i64(r, 3),
		.reference = yh_arena_strdup(a, yh_col_text(r, 4)),
		.note = yh_arena_strdup(a, yh_col_text(r, 5)),
		.person = yh_col_id(r, 6),
		.made_at = yh_col_i64(r, 7),
		.person_name = yh_arena_strdup(a, yh_col_text(r, 8)),
	};
	return p->reference && p->note && p->person_name;
}

enum yh_rc yh_payment_list(struct yh_tx *tx, const struct yh_id *statement, struct yh_arena *arena,
			   struct yh_payment_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT y.id, y.statement, y.day, y.fen, y.reference, y.note,"
				 " y.person, y.made_at, p.name FROM payment y LEFT JOIN person p ON"
				 " p.id = y.person WHERE y.statement = $1 ORDER BY y.id",
				 YH_ID(statement));

	return rc == YH_OK ? yh_read_all(rows, arena, read_payment, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_payment_known(struct yh_tx *tx, const struct yh_id *statement, const char *reference,
			    bool *known, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM payment WHERE statement = $1 AND reference = $2"
				 " GROUP BY reference HAVING SUM(fen) <> 0",
				 YH_ID(statement), YH_T(reference));

	*known = false;
	return rc == YH_OK ? yh_read_any(rows, known, err) : rc;
}
