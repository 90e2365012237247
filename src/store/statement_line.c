/* The lines of statements. */
#include <string.h>

#include "store/read.h"
#include "store/settlement.h"

#define COLUMNS                                                                                    \
	"l.statement, l.line, l.kind, l.resource_kind, l.billed, l.item, l.code, l.resources, "    \
	"l.intervals, l.usage, l.list_fen, l.factor_e6, l.factor, l.amount_fen, l.corrects, "      \
	"l.corrects_line, l.reason, l.case_id"

static bool read_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_line_row *l = out;

	*l = (struct yh_line_row){
		.statement = yh_col_id(r, 0),
		.line = yh_col_i64(r, 1),
		.billed = yh_col_i64(r, 4) != 0,
		.item = yh_col_id(r, 5),
		.resources = yh_col_i64(r, 7),
		.intervals = yh_col_i64(r, 8),
		.usage = yh_arena_strdup(a, yh_col_text(r, 9)),
		.list_fen = yh_col_i64(r, 10),
		.factor_e6 = yh_col_i64(r, 11),
		.factor = yh_col_id(r, 12),
		.amount_fen = yh_col_i64(r, 13),
		.corrects = yh_col_id(r, 14),
		.corrects_line = yh_col_i64(r, 15),
		.reason = yh_arena_strdup(a, yh_col_text(r, 16)),
		.case_id = yh_col_id(r, 17),
	};
	YH_COL_COPY(r, 2, l->kind);
	YH_COL_COPY(r, 3, l->resource_kind);
	YH_COL_COPY(r, 6, l->code);
	return l->usage && l->reason;
}

static void fill(const void *rows, size_t i, struct yh_arg *args)
{
	const struct yh_line_row *l = ((const struct yh_line_row *const *)rows)[i];
	const struct yh_arg row[] = {
		YH_ID(&l->statement), YH_I(l->line),
		YH_T(l->kind),        YH_T(l->resource_kind),
		YH_I(l->billed),      YH_ID(&l->item),
		YH_T(l->code),        YH_I(l->resources),
		YH_I(l->intervals),   YH_T(l->usage),
		YH_I(l->list_fen),    YH_I(l->factor_e6),
		YH_ID0(&l->factor),   YH_I(l->amount_fen),
		YH_ID0(&l->corrects), yh_id_is_zero(&l->corrects) ? YH_NUL : YH_I(l->corrects_line),
		YH_T(l->reason),      YH_ID0(&l->case_id)
	};

	memcpy(args, row, sizeof row);
}

enum yh_rc yh_line_insert(struct yh_tx *tx, const struct yh_line_row *const *rows, size_t n,
			  struct yh_err *err)
{
	return yh_db_insert(tx, err,
			    "INSERT INTO statement_line (statement, line, kind, resource_kind,"
			    " billed, item, code, resources, intervals, usage, list_fen, factor_e6,"
			    " factor, amount_fen, corrects, corrects_line, reason, case_id) VALUES"
			    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
			    " $16, $17, $18)",
			    18, fill, rows, n);
}

enum yh_rc yh_line_list(struct yh_tx *tx, const struct yh_id *statement, int64_t after,
			uint32_t limit, struct yh_arena *arena, struct yh_line_row **out, size_t *n,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM statement_line l WHERE l.statement = $1"
				 " AND l.line > $2 ORDER BY l.line LIMIT $3",
				 YH_ID(statement), YH_I(after), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_line, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_line_load(struct yh_tx *tx, const struct yh_id *statement, int64_t line,
			struct yh_arena *arena, struct yh_line_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM statement_line l WHERE l.statement = $1"
				 " AND l.line = $2",
				 YH_ID(statement), YH_I(line));

	return rc == YH_OK ? yh_read_one(rows, arena, read_line, out, "line-unknown", err) : rc;
}

enum yh_rc yh_line_corrections(struct yh_tx *tx, const struct yh_id *statement,
			       struct yh_arena *arena, struct yh_line_row **out, size_t *n,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM statement_line l JOIN statement t ON t.id"
				 " = l.statement WHERE l.corrects = $1 AND t.state = 'closed'"
				 " ORDER BY t.no, l.line",
				 YH_ID(statement));

	return rc == YH_OK ? yh_read_all(rows, arena, read_line, sizeof **out, out, n, err) : rc;
}
