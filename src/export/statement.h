/* Statements of what a project's cloud resources cost in a month (Art. 27), as the documents that
 * finance offices, units and auditors take: in Chinese, the same input giving the same bytes. */
#ifndef YH_EXPORT_STATEMENT_H
#define YH_EXPORT_STATEMENT_H

#include <stdio.h>

#include "law/messages.h"
#include "services/settle/settle.h"

/* Lines of one printed statement; TOO_LARGE "document-too-large" (figure max) beyond. */
enum { YH_STATEMENT_LINES_MAX = 5000 };

/* `out` is a spool. A4 pages with page totals, the total in capitals, how it was reckoned and the
 * signature block; what is not closed is marked a draft across every page. `m` gives the sentences.
 * INTERNAL "font-missing" without a Chinese font. */
YH_CHECK enum yh_rc yh_statement_pdf(FILE *out, const struct yh_bill *bill,
				     const struct yh_messages *m, struct yh_err *err);
/* A sheet of the same shape whose totals are formulas over its lines. */
YH_CHECK enum yh_rc yh_statement_xlsx(FILE *out, const struct yh_bill *bill,
				      const struct yh_messages *m, struct yh_err *err);
/* Its lines, and no more. */
YH_CHECK enum yh_rc yh_statement_csv(FILE *out, const struct yh_bill *bill,
				     const struct yh_messages *m, struct yh_err *err);

/* Lines of many statements as one table: the statement's own columns first. */
struct yh_table_spec;
struct yh_table;
extern const struct yh_table_spec yh_settlement_table;
YH_CHECK enum yh_rc yh_settlement_rows(const struct yh_bill *bill, const struct yh_messages *m,
				       struct yh_table *t, struct yh_err *err);

#endif
