/* CRC-32C: eight bytes a step by tables, or by the processor's own instruction. */
#include "meter/crc.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#define POLY 0x82f63b78u

static uint32_t tables[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? (c >> 1) ^ POLY : c >> 1;
		tables[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (int k = 1; k < 8; k++)
			tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
}

uint32_t yh_crc32c_plain(uint32_t crc, const void *data, size_t n)
{
	const unsigned char *p = data;
	uint32_t c = ~crc;

	(void)pthread_once(&once, make_tables);
	for (; n >= 8; n -= 8, p += 8) {
		uint32_t lo = c ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
				   (uint32_t)p[3] << 24);
		c = tables[7][lo & 0xff] ^ tables[6][(lo >> 8) & 0xff] ^
		    tables[5][(lo >> 16) & 0xff] ^ tables[4][lo >> 24] ^ tables[3][p[4]] ^
		    tables[2][p[5]] ^ tables[1][p[6]] ^ tables[0][p[7]];
	}
	for (; n; n--, p++)
		c = (c >> 8) ^ tables[0][(c ^ *p) & 0xff];
	return ~c;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc_hard(uint32_t crc, const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t c = ~crc, word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		c = __builtin_ia32_crc32di(c, word);
	}
	for (; n; n--, p++)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p);
	return ~(uint32_t)c;
}

static bool hard_here(void)
{
	return __builtin_cpu_supports("sse4.2");
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
static uint32_t crc_hard(uint32_t crc, const void *data, size_t n)
{
	const unsigned char *p = data;
	uint32_t c = ~crc;
	uint64_t word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		c = __crc32cd(c, word);
	}
	for (; n; n--, p++)
		c = __crc32cb(c, *p);
	return ~c;
}

static bool hard_here(void)
{
	return true;
}
#else
#define crc_hard yh_crc32c_plain
static bool hard_here(void)
{
	return false;
}
#endif

uint32_t yh_crc32c(uint32_t crc, const void *p, size_t n)
{
	return hard_here() ? crc_hard(crc, p, n) : yh_crc32c_plain(crc, p, n);
}
