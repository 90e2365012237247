/* Writing down how figures came about; for the files here. Every figure is exact: a decimal where
 * it has an end, else a fraction "a/b". */
#ifndef YH_SERVICES_SETTLE_EXPLAIN_H
#define YH_SERVICES_SETTLE_EXPLAIN_H

#include "services/settle/internal.h"

enum { YH_EXACT_TEXT = 96 };
/* num / den, den > 0, in lowest terms. */
const char *yh_exact_text(yh_amount num, yh_amount den, char out[YH_EXACT_TEXT]);

/* Members of the open object. */
void yh_explain_head(struct yh_jw *w, const struct month *m, const struct yh_statement_row *s,
		     const struct yh_line_row *l, int kind);
void yh_explain_prices(struct yh_jw *w, const struct month *m, int code);
/* `evaluation` and `case_no`: the numbers of where it came from, "" where there is none. */
void yh_explain_factor(struct yh_jw *w, const struct yh_factor_row *f, bool found,
		       const char *evaluation, const char *case_no);
/* sum NULL: nothing of it is left. */
YH_CHECK enum yh_rc yh_explain_sum(struct yh_jw *w, const struct month *m,
				   const struct sum_line *sum, const struct yh_factor_row *f,
				   int kind, struct yh_err *err);
/* Elements of the open array. */
void yh_explain_time(struct yh_jw *w, const struct month *m, const struct piece *p);
void yh_explain_use(struct yh_jw *w, const struct month *m, const struct piece *p);

#endif
