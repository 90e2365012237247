/* The one text of a statement that its digest, and its signature, is over. */
#include "base/buf.h"
#include "services/settle/internal.h"

/* Statements with their lines, or a bill, whose lines are part of more. */
struct lines {
	const struct yh_line_row *rows;
	const char *const *corrects_no;
	const struct yh_bill_line *of_bill;
	size_t n;
};

static void write_line(struct yh_jw *w, const struct yh_line_row *l, const char *corrects_no)
{
	bool correction = !yh_id_is_zero(&l->corrects);

	yh_jw_obj(w, NULL);
	yh_jw_int(w, "line", l->line);
	yh_jw_str(w, "kind", l->kind);
	yh_jw_str(w, "resource_kind", l->resource_kind);
	yh_jw_bool(w, "billed", l->billed);
	yh_jw_id(w, "item", &l->item);
	yh_jw_str(w, "code", l->code);
	yh_jw_int(w, "resources", l->resources);
	yh_jw_int(w, "intervals", l->intervals);
	yh_jw_str(w, "usage", l->usage);
	yh_jw_scaled(w, "list", l->list_fen, 2);
	yh_jw_scaled(w, "factor", l->factor_e6, 6);
	yh_jw_id(w, "factor_id", &l->factor);
	yh_jw_scaled(w, "amount", l->amount_fen, 2);
	yh_jw_str(w, "corrects", correction ? corrects_no : NULL);
	if (correction && l->corrects_line)
		yh_jw_int(w, "corrects_line", l->corrects_line);
	else
		yh_jw_null(w, "corrects_line");
	yh_jw_str(w, "reason", l->reason);
	yh_jw_id(w, "case", &l->case_id);
	yh_jw_end_obj(w);
}

static void write(struct yh_buf *out, const struct yh_statement_row *s, const char *settlement_no,
		  const struct lines *lines)
{
	char month[8];
	struct yh_jw w;

	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "format", "yunheng-statement-1");
	yh_jw_str(&w, "no", s->no);
	yh_jw_str(&w, "settlement", settlement_no);
	yh_jw_id(&w, "cloud", &s->cloud);
	yh_jw_str(&w, "month", yh_month_text(s->month, month));
	yh_jw_id(&w, "unit", &s->unit);
	yh_jw_id(&w, "project", &s->project);
	yh_jw_id(&w, "provider", &s->provider);
	yh_jw_id(&w, "payer", &s->payer);
	yh_jw_scaled(&w, "total", s->total_fen, 2);
	yh_jw_arr(&w, "lines");
	for (size_t i = 0; i < lines->n; i++) {
		if (lines->of_bill)
			write_line(&w, &lines->of_bill[i].row, lines->of_bill[i].corrects_no);
		else
			write_line(&w, &lines->rows[i],
				   lines->corrects_no ? lines->corrects_no[i] : NULL);
	}
	yh_jw_end_arr(&w);
	yh_jw_end_obj(&w);
}

void yh_settle_canonical(struct yh_buf *out, const struct yh_bill *bill)
{
	write(out, &bill->row, bill->settlement.no,
	      &(struct lines){ .of_bill = bill->lines, .n = bill->n });
}

struct yh_sm3 yh_statement_digest(struct yh_buf *scratch, const struct yh_statement_row *s,
				  const char *settlement_no, const struct yh_line_row *lines,
				  size_t n, const char *const *corrects_no)
{
	scratch->len = 0;
	write(scratch, s, settlement_no,
	      &(struct lines){ .rows = lines, .corrects_no = corrects_no, .n = n });
	return yh_sm3_of(yh_buf_text(scratch), scratch->len);
}
