/* A report as a document (A4) and as a table: what is in its body, with titles. */
#ifndef YH_EXPORT_REPORT_FILE_H
#define YH_EXPORT_REPORT_FILE_H

#include <stdio.h>

#include "law/messages.h"
#include "services/report/report.h"

/* Both take the row with its body parsed. STORAGE "export-unwritable"; INTERNAL "font-missing". */
YH_CHECK enum yh_rc yh_report_pdf(FILE *out, const struct yh_report_row *row, const json_t *body,
				  const struct yh_messages *m, struct yh_err *err);
/* One fact a row: section, what it is about, indicator, value. `format` is "xlsx" or "csv". */
YH_CHECK enum yh_rc yh_report_table(FILE *out, const char *format, const struct yh_report_row *row,
				    const json_t *body, const struct yh_messages *m,
				    const char *lang, struct yh_err *err);
/* What a section or a column is called: group "section" or "column". */
const char *yh_report_title(const struct yh_messages *m, const char *lang, const char *group,
			    const char *id);

#endif
