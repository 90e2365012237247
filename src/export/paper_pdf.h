/* A numbered document as official papers look: the issuer in red over a rule, the number, the
 * heading, the recipient, the paragraphs, who issued it when; and how its seal is verified. */
#ifndef YH_EXPORT_PAPER_PDF_H
#define YH_EXPORT_PAPER_PDF_H

#include <stdio.h>

#include "store/paper.h"

/* `label`: what it is labelled as in words, above it and on each page; "" nothing. Fails as
 * yh_pdf_open and yh_pdf_close do. */
YH_CHECK enum yh_rc yh_paper_pdf(FILE *out, const struct yh_paper_row *paper, const char *label,
				 struct yh_err *err);

#endif
