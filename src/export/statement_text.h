/* What the printed forms of a statement say in the same words. */
#ifndef YH_EXPORT_STATEMENT_TEXT_H
#define YH_EXPORT_STATEMENT_TEXT_H

#include "export/statement.h"

enum { YH_BILL_TEXT = 1024 };

/* Every function writes into `out`, which it begins anew, and returns its text; NULL names are "".
 */
const char *yh_bill_name(const char *name, const char *code, struct yh_buf *out);
/* "2026年10月" */
const char *yh_bill_month(yh_day month, struct yh_buf *out);
/* "2026年10月1日至31日" */
const char *yh_bill_period(yh_day month, struct yh_buf *out);
/* "第 3、4 版", of the lines. */
const char *yh_bill_editions(const struct yh_bill *b, struct yh_buf *out);
const char *yh_bill_state(const struct yh_bill *b, struct yh_buf *out);
/* "0.12 元/GiB·月"; tiers stand one to a line. */
const char *yh_bill_price(const struct yh_bill_line *l, const struct yh_messages *m,
			  struct yh_buf *out);
/* "1,834.25" */
const char *yh_bill_usage(const struct yh_bill_line *l, struct yh_buf *out);
/* "台·月" */
const char *yh_bill_unit(const struct yh_bill_line *l, const struct yh_messages *m,
			 struct yh_buf *out);
/* What the line corrects and why, or why it costs nothing; "" for others. */
const char *yh_bill_remark(const struct yh_bill_line *l, const struct yh_messages *m,
			   struct yh_buf *out);
/* How it was reckoned: a sentence to a line, with articles. */
const char *yh_bill_how(const struct yh_bill *b, const struct yh_messages *m, struct yh_buf *out);
/* Why it could not be reckoned; "" when it was. */
const char *yh_bill_fault(const struct yh_bill *b, const struct yh_messages *m, struct yh_buf *out);
/* Digest and signature: the `whole` digest and the key in lines of their own, or both shortened in
 * one; "" without a digest. */
const char *yh_bill_proof(const struct yh_bill *b, bool whole, struct yh_buf *out);
/* The word across its pages, NULL: none. */
const char *yh_bill_watermark(const struct yh_bill *b);
/* When what is printed came about. */
yh_time yh_bill_at(const struct yh_bill *b);

#endif
