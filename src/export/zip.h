/* A ZIP archive written from front to back, each member with its SM3 digest. The same members give
 * the same bytes. */
#ifndef YH_EXPORT_ZIP_H
#define YH_EXPORT_ZIP_H

#include <stdio.h>

#include "base/digest.h"

struct yh_zip;

/* `out` is a spool, which stays the caller's. TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_zip_open(FILE *out, struct yh_zip **z, struct yh_err *err);
/* Begins a member; `name` is ASCII. Failures of members are told by yh_zip_end. */
void yh_zip_begin(struct yh_zip *z, const char *name);
void yh_zip_write(struct yh_zip *z, const void *p, size_t n);
/* Ends it: its digest, and how many lines it has. STORAGE "export-unwritable". */
YH_CHECK enum yh_rc yh_zip_end(struct yh_zip *z, struct yh_sm3 *digest, int64_t *lines,
			       struct yh_err *err);
/* Writes the directory, and frees. STORAGE "export-unwritable". */
YH_CHECK enum yh_rc yh_zip_close(struct yh_zip *z, struct yh_err *err);
/* Frees after a failure; NULL is allowed. */
void yh_zip_drop(struct yh_zip *z);

#endif
