/* How settlements and statements look in replies. */
#ifndef YH_API_SETTLE_VIEW_H
#define YH_API_SETTLE_VIEW_H

#include "http/op.h"
#include "store/settlement.h"

/* The settlement, or the statement, by number or id, as the actor sees it in rq->relation.
 * NOT_FOUND "settlement-unknown", "statement-unknown". */
YH_CHECK enum yh_rc yh_ref_settlement(struct yh_req *rq, const char *text,
				      struct yh_settlement_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_ref_statement(struct yh_req *rq, const char *text,
				     struct yh_statement_line *out, struct yh_err *err);

/* A month as people write it, "2026-10": its first day. BAD_INPUT "month-invalid" at `field`. */
YH_CHECK enum yh_rc yh_month_parse(const char *text, const char *field, yh_day *out,
				   struct yh_err *err);
void yh_view_month(struct yh_req *rq, const char *key, yh_day month);
/* Yuan with two decimals, as text. */
void yh_view_fen(struct yh_req *rq, const char *key, int64_t fen);

/* What people call a word of the catalogue's, "gib" of "measure"; the word itself where nobody
 * said. */
void yh_view_term(struct yh_req *rq, const char *key, const char *of, const char *word);

/* Rows of lists, into an object that is open. */
void yh_view_settlement(struct yh_req *rq, const void *row); /* struct yh_settlement_row */
void yh_view_statement(struct yh_req *rq, const void *row);  /* struct yh_statement_line */
/* What is paid of it, and what is due: `paid`, `due`. */
void yh_view_paid(struct yh_req *rq, int64_t total_fen, int64_t paid_fen);
/* Why a statement could not be reckoned, as `fault` with its sentence; null for none. */
void yh_view_fault(struct yh_req *rq, const char *fault);

#endif
