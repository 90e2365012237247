/* Files that are read whole: configurations and what they name. */
#ifndef YH_BASE_FILE_H
#define YH_BASE_FILE_H

#include <stddef.h>

#include "base/err.h"

/* Reads a file of at most `most` bytes; *text ends with a NUL beyond its *n bytes, and is the
 * caller's to free (NULL on failure). BAD_INPUT `slug` at the file (figure detail: why) when it
 * cannot be read or is larger; TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_file_load(const char *file, size_t most, const char *slug, char **text,
				 size_t *n, struct yh_err *err);

#endif
