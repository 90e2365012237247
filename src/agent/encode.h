/* A remote-write 1.0 body, made in a buffer of fixed size: protobuf, then snappy. */
#ifndef YH_AGENT_ENCODE_H
#define YH_AGENT_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YH_RW_PLAIN = 32 * 1024, YH_RW_PACKED = YH_RW_PLAIN + YH_RW_PLAIN / 6 + 32 };

struct yh_rw {
	unsigned char plain[YH_RW_PLAIN];
	size_t n;
	bool full; /* something did not fit; sticky */
	int64_t at_ms;
	uint16_t table[4096]; /* of the packing */
};

void yh_rw_begin(struct yh_rw *rw, int64_t at_ms);
/* One series with one sample. `label` may be NULL; it sorts behind "__name__". */
void yh_rw_add(struct yh_rw *rw, const char *metric, const char *label, const char *of, double v);
/* Packs what was added; returns the length. */
size_t yh_rw_pack(struct yh_rw *rw, unsigned char out[YH_RW_PACKED]);

#endif
