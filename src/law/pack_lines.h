/* Where in a JSON text something stands. */
#ifndef YH_LAW_PACK_LINES_H
#define YH_LAW_PACK_LINES_H

#include <stddef.h>

/* The line, from 1, on which the value at `pointer` begins, or that of the nearest value above it.
 * `text` is JSON that a parser has accepted; escapes in its keys and in the pointer are not
 * undone. */
int yh_json_line(const char *text, size_t n, const char *pointer);

#endif
