/* Interned label pairs: each (name, value) is kept once and known by a number from 1. A metric is
 * the pair of __name__.
 *
 * Adding wants the index's lock for writing; a pair once known may be read without any lock, for
 * its bytes never move. */
#ifndef YH_METER_NAMES_H
#define YH_METER_NAMES_H

#include "meter/wire.h"

enum { YH_NAMES_CHUNK = 1 << 20, YH_NAMES_CHUNKS = 4096 };

struct yh_names {
	char **chunks; /* YH_NAMES_CHUNKS of them, made as needed */
	uint64_t end;  /* next free byte over all chunks */
	uint32_t *at;  /* by number: place of the bytes, in fours */
	uint32_t n, max;
	uint32_t *slots; /* open addressing: numbers, 0 empty */
	size_t n_slots;
	uint64_t seed[2];
};

YH_CHECK bool yh_names_init(struct yh_names *s, uint32_t max, const struct yh_wire_seed *seed);
void yh_names_done(struct yh_names *s);

/* 0 when the pair is not known. */
uint32_t yh_names_find(const struct yh_names *s, const char *name, const char *value);
/* 0 when memory or room is short; the text's lengths are within YH_METER_*_BYTES. */
uint32_t yh_names_add(struct yh_names *s, const char *name, const char *value);
/* Takes the next number without a text: what a damaged log held there. False: no room. */
YH_CHECK bool yh_names_skip(struct yh_names *s);

/* Borrowed for the life of the store; "" for what was skipped. */
const char *yh_names_name(const struct yh_names *s, uint32_t no);
const char *yh_names_value(const struct yh_names *s, uint32_t no);

/* Address space that costs nothing until it is touched, zeroed; NULL when there is none. */
void *yh_reserve(size_t bytes);
void yh_unreserve(void *p, size_t bytes);
/* Keyed 64-bit hash of short texts, by folded products. */
uint64_t yh_hash64(const void *p, size_t n, const uint64_t seed[2]);

#endif
