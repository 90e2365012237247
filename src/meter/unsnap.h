/* Snappy's block format, unpacked: bounded, and at half the cost of the library's C interface,
 * since the room behind the output lets every element be moved in whole pieces. */
#ifndef YH_METER_UNSNAP_H
#define YH_METER_UNSNAP_H

#include "base/err.h"

enum { YH_UNSNAP_SLOP = 64 };

/* What a block claims to unpack to; false when it claims nothing readable. */
YH_CHECK bool yh_unsnap_size(const void *in, size_t n, uint32_t *size);
/* Unpacks a block that claims `size` bytes; `out` has room for YH_UNSNAP_SLOP more, which are
 * overwritten. False for a block that is malformed or is not of this size. */
YH_CHECK bool yh_unsnap(const void *in, size_t n, void *out, uint32_t size);

#endif
