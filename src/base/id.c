/* Time-ordered identifiers: 48 bits of milliseconds, a 26-bit counter that keeps the order within
 * one, and randomness. */
#include "base/id.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"

struct yh_idgen {
	pthread_mutex_t lock;
	int64_t last_ms;
	uint32_t counter; /* 26 bits used */
	bool seeded;
	uint64_t state;
	uint64_t drawn[64]; /* randomness fetched ahead: a system call for each id is dear */
	size_t left;
};

static struct yh_idgen *make(bool seeded, uint64_t seed)
{
	struct yh_idgen *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	(void)pthread_mutex_init(&g->lock, NULL);
	g->seeded = seeded;
	g->state = seed;
	return g;
}

struct yh_idgen *yh_idgen_new(void)
{
	return make(false, 0);
}

struct yh_idgen *yh_idgen_new_seeded(uint64_t seed)
{
	return make(true, seed);
}

void yh_idgen_free(struct yh_idgen *g)
{
	if (!g)
		return;
	(void)pthread_mutex_destroy(&g->lock);
	free(g);
}

/* A Weyl sequence through a finalizer: reproducible, never for secrets. */
static uint64_t next(struct yh_idgen *g)
{
	uint64_t z;

	if (!g->seeded) {
		if (g->left == 0) {
			yh_random(g->drawn, sizeof g->drawn);
			g->left = YH_LEN(g->drawn);
		}
		return g->drawn[--g->left];
	}
	z = g->state += 0x9E3779B97F4A7C15u;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

struct yh_id yh_id_new(struct yh_idgen *g, yh_time now)
{
	int64_t ms = now / 1000;
	uint64_t r;
	uint32_t c;
	struct yh_id id;

	(void)pthread_mutex_lock(&g->lock);
	r = next(g);
	if (ms > g->last_ms) {
		g->last_ms = ms;
		g->counter = (uint32_t)(r >> 44) & 0xFFFFF; /* room to count on */
	} else if (++g->counter >= 1u << 26) {
		g->counter = 0;
		g->last_ms++;
	}
	ms = g->last_ms;
	c = g->counter;
	(void)pthread_mutex_unlock(&g->lock);

	for (int i = 0; i < 6; i++)
		id.b[i] = (unsigned char)(ms >> (40 - 8 * i));
	id.b[6] = (unsigned char)(0x70 | (c >> 22));
	id.b[7] = (unsigned char)(c >> 14);
	id.b[8] = (unsigned char)(0x80 | ((c >> 8) & 0x3F));
	id.b[9] = (unsigned char)c;
	for (int i = 10; i < 16; i++)
		id.b[i] = (unsigned char)(r >> (8 * (i - 10)));
	return id;
}

bool yh_id_is_zero(const struct yh_id *id)
{
	static const struct yh_id zero;

	return memcmp(id, &zero, sizeof zero) == 0;
}

int yh_id_cmp(const struct yh_id *a, const struct yh_id *b)
{
	return memcmp(a->b, b->b, sizeof a->b);
}

bool yh_id_eq(const struct yh_id *a, const struct yh_id *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a->b, sizeof x);
	memcpy(y, b->b, sizeof y);
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

const char *yh_id_text(const struct yh_id *id, char out[YH_ID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[id->b[i] >> 4];
		*p++ = hex[id->b[i] & 15];
	}
	*p = 0;
	return out;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum yh_rc yh_id_parse(const char *text, struct yh_id *out, struct yh_err *err)
{
	const char *p = text;

	for (int i = 0; i < 16; i++) {
		int hi, lo;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
			return yh_fail(err, YH_BAD_INPUT, "id-invalid");
		hi = hex_value(p[0]);
		lo = hi < 0 ? -1 : hex_value(p[1]);
		if (lo < 0)
			return yh_fail(err, YH_BAD_INPUT, "id-invalid");
		out->b[i] = (unsigned char)(hi << 4 | lo);
		p += 2;
	}
	return *p ? yh_fail(err, YH_BAD_INPUT, "id-invalid") : YH_OK;
}
