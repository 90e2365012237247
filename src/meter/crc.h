/* CRC-32C (Castagnoli): in hardware where there is an instruction for it. */
#ifndef YH_METER_CRC_H
#define YH_METER_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Continues from `crc`; 0 to begin. */
uint32_t yh_crc32c(uint32_t crc, const void *p, size_t n);
/* The portable path, for tests. */
uint32_t yh_crc32c_plain(uint32_t crc, const void *p, size_t n);

#endif
