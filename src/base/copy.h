/* Copies of files, on the disk when they are made. Failures are told by errno. */
#ifndef YH_BASE_COPY_H
#define YH_BASE_COPY_H

#include "base/err.h"

/* The first n bytes of `from` (-1: all there are), appended to `to`; their number, or -1. */
YH_CHECK int64_t yh_copy_bytes(int from, int to, int64_t n);
/* A new file `to` of the folder `to_dir` with the first n bytes (-1: all) of an open file, readable
 * by its owner only, synced; its name is so only with the folder. */
YH_CHECK bool yh_copy_file(int from, int64_t n, int to_dir, const char *to);
/* The same of a file that never changes: as a second name of it where that can be. */
YH_CHECK bool yh_copy_sealed(int from_dir, const char *name, int to_dir, const char *to);
/* A new folder for its owner only, opened; -1. */
YH_CHECK int yh_copy_folder(int at, const char *name);

#endif
