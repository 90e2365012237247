/* The API described as an OpenAPI 3.1 document, from the operation tables and the pack's forms. */
#ifndef YH_HTTP_OPENAPI_H
#define YH_HTTP_OPENAPI_H

#include "http/op.h"

/* Writes the document. `pack` may be NULL: no forms then. Summaries are English, with the Chinese
 * ones as x-summary-zh; the forms stand under components/schemas as form-<procedure>, and those of
 * steps as form-<procedure>.<step>. */
void yh_openapi_write(struct yh_buf *out, const struct yh_op_table *const *tables, size_t n_tables,
		      const struct yh_pack *pack);

/* The same of a server with these tables, at most YH_TABLES_MAX - 1: its own operations stand
 * before them. */
void yh_openapi_whole(struct yh_buf *out, const struct yh_op_table *const *tables, size_t n_tables,
		      const struct yh_pack *pack);

#endif
