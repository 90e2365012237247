/* Interned label pairs over chunks that never move. */
#include "meter/names.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *yh_reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void yh_unreserve(void *p, size_t bytes)
{
	if (p)
		(void)munmap(p, bytes);
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 p = (unsigned __int128)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t load(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n < 8 ? n : 8);
	return v;
}

uint64_t yh_hash64(const void *p, size_t n, const uint64_t seed[2])
{
	const unsigned char *b = p;
	uint64_t h = seed[0] ^ (n + 1) * UINT64_C(0x9E3779B97F4A7C15);

	for (; n > 16; n -= 16, b += 16)
		h = fold(load(b, 8) ^ seed[1], load(b + 8, 8) ^ h);
	h = fold(load(b, n) ^ seed[1], (n > 8 ? load(b + 8, n - 8) : 0) ^ h);
	return fold(h ^ seed[0], UINT64_C(0xD6E8FEB86659FD93) ^ seed[1]);
}

static size_t slots_bytes(const struct yh_names *s)
{
	return s->n_slots * sizeof *s->slots;
}

bool yh_names_init(struct yh_names *s, uint32_t max, const struct yh_wire_seed *seed)
{
	*s = (struct yh_names){ .max = max, .n_slots = 4096 };
	memcpy(s->seed, seed->secret, sizeof s->seed);
	s->chunks = calloc(YH_NAMES_CHUNKS, sizeof *s->chunks);
	s->at = yh_reserve(((size_t)max + 1) * sizeof *s->at);
	s->slots = yh_reserve(slots_bytes(s));
	return s->chunks && s->at && s->slots;
}

void yh_names_done(struct yh_names *s)
{
	for (size_t i = 0; s->chunks && i < YH_NAMES_CHUNKS; i++)
		free(s->chunks[i]);
	free(s->chunks);
	yh_unreserve(s->at, ((size_t)s->max + 1) * sizeof *s->at);
	yh_unreserve(s->slots, slots_bytes(s));
	*s = (struct yh_names){ 0 };
}

/* A pair lies as two lengths, name, NUL, value, NUL. */
static const char *bytes_of(const struct yh_names *s, uint32_t no)
{
	uint64_t at = (uint64_t)s->at[no] * 4;

	return s->chunks[at / YH_NAMES_CHUNK] + at % YH_NAMES_CHUNK;
}

const char *yh_names_name(const struct yh_names *s, uint32_t no)
{
	return s->at[no] == UINT32_MAX ? "" : bytes_of(s, no) + 4;
}

const char *yh_names_value(const struct yh_names *s, uint32_t no)
{
	const char *p;
	uint16_t n;

	if (s->at[no] == UINT32_MAX)
		return "";
	p = bytes_of(s, no);
	memcpy(&n, p, sizeof n);
	return p + 4 + n + 1;
}

static uint64_t hash_pair(const struct yh_names *s, const char *name, size_t name_len,
			  const char *value, size_t value_len)
{
	uint64_t seed[2] = { yh_hash64(name, name_len, s->seed), s->seed[1] };

	return yh_hash64(value, value_len, seed);
}

/* The slot that holds the pair, or the empty one where it belongs. */
static size_t slot_of(const struct yh_names *s, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);
	size_t i = hash_pair(s, name, name_len, value, value_len) & (s->n_slots - 1);

	for (; s->slots[i]; i = (i + 1) & (s->n_slots - 1)) {
		const char *p = bytes_of(s, s->slots[i]);
		uint16_t len[2];

		memcpy(len, p, sizeof len);
		if (len[0] == name_len && len[1] == value_len &&
		    memcmp(p + 4, name, name_len) == 0 &&
		    memcmp(p + 5 + name_len, value, value_len) == 0)
			break;
	}
	return i;
}

uint32_t yh_names_find(const struct yh_names *s, const char *name, const char *value)
{
	return s->slots[slot_of(s, name, value)];
}

static bool grow(struct yh_names *s)
{
	uint32_t *old = s->slots;
	size_t old_bytes = slots_bytes(s);
	uint32_t *fresh = yh_reserve(2 * old_bytes);

	if (!fresh)
		return false;
	s->slots = fresh;
	s->n_slots *= 2;
	for (uint32_t no = 1; no <= s->n; no++)
		if (s->at[no] != UINT32_MAX)
			s->slots[slot_of(s, yh_names_name(s, no), yh_names_value(s, no))] = no;
	yh_unreserve(old, old_bytes);
	return true;
}

static char *room(struct yh_names *s, size_t need)
{
	uint64_t left = YH_NAMES_CHUNK - s->end % YH_NAMES_CHUNK;
	char **chunk;

	if (left < need)
		s->end += left;
	if (s->end / YH_NAMES_CHUNK >= YH_NAMES_CHUNKS)
		return NULL;
	chunk = &s->chunks[s->end / YH_NAMES_CHUNK];
	if (!*chunk)
		*chunk = malloc(YH_NAMES_CHUNK);
	return *chunk ? *chunk + s->end % YH_NAMES_CHUNK : NULL;
}

uint32_t yh_names_add(struct yh_names *s, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);
	size_t need = (4 + name_len + 1 + value_len + 1 + 3) & ~(size_t)3;
	uint16_t len[2] = { (uint16_t)name_len, (uint16_t)value_len };
	size_t slot = slot_of(s, name, value);
	char *p;

	if (s->slots[slot])
		return s->slots[slot];
	if (s->n == s->max || name_len > YH_METER_NAME_BYTES || value_len > YH_METER_VALUE_BYTES)
		return 0;
	if ((size_t)s->n * 4 >= s->n_slots * 3) {
		if (!grow(s))
			return 0;
		slot = slot_of(s, name, value);
	}
	p = room(s, need);
	if (!p)
		return 0;
	memcpy(p, len, sizeof len);
	memcpy(p + 4, name, name_len + 1);
	memcpy(p + 5 + name_len, value, value_len + 1);
	s->at[++s->n] = (uint32_t)(s->end / 4);
	s->end += need;
	s->slots[slot] = s->n;
	return s->n;
}

bool yh_names_skip(struct yh_names *s)
{
	if (s->n == s->max)
		return false;
	s->at[++s->n] = UINT32_MAX;
	return true;
}
