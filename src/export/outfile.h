/* A file without a name that an export is written into before it is sent: memory stays flat, and
 * nothing is left behind whatever happens. */
#ifndef YH_EXPORT_OUTFILE_H
#define YH_EXPORT_OUTFILE_H

#include <stdio.h>

#include "base/err.h"

/* Where they are: $TMPDIR, else /var/tmp. */
const char *yh_outfile_dir(void);
/* Opens one. The caller closes it. STORAGE "export-unwritable" (figure
 * detail). */
YH_CHECK enum yh_rc yh_outfile_open(FILE **out, struct yh_err *err);
/* What is written is complete so far, or STORAGE "export-unwritable". */
YH_CHECK enum yh_rc yh_outfile_check(FILE *f, struct yh_err *err);
/* A path by which a library that insists on one can open the file anew. */
enum { YH_OUTFILE_PATH = 32 };
const char *yh_outfile_path(FILE *f, char out[YH_OUTFILE_PATH]);
/* Ends the writing: a descriptor of the file at its beginning, for the caller to close, and its
 * size. The FILE is closed in any case. */
YH_CHECK enum yh_rc yh_outfile_take(FILE *f, int *fd, int64_t *size_bytes, struct yh_err *err);

#endif
