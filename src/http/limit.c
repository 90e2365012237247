/* How often an address or an account may ask. */
#include "http/limit.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

enum { AT_ONCE_LEAST = 10, MINUTE_MS = 60000 };

bool yh_limit_init(struct yh_limit *l, unsigned a_minute)
{
	*l = (struct yh_limit){ .a_minute = a_minute };
	(void)pthread_mutex_init(&l->lock, NULL);
	yh_random(&l->seed, sizeof l->seed);
	if (a_minute)
		l->buckets = calloc((size_t)YH_LIMIT_SETS * YH_LIMIT_WAYS, sizeof *l->buckets);
	return !a_minute || l->buckets;
}

void yh_limit_done(struct yh_limit *l)
{
	free(l->buckets);
	l->buckets = NULL;
	(void)pthread_mutex_destroy(&l->lock);
}

/* The seed keeps strangers from choosing whom they push out. */
static struct yh_limit_bucket *set_of(struct yh_limit *l, const unsigned char *key)
{
	uint64_t h = l->seed;

	for (size_t i = 0; i < YH_LIMIT_KEY; i++) {
		h = (h ^ key[i]) * UINT64_C(0x100000001b3);
		h ^= h >> 29;
	}
	return &l->buckets[(h >> 17) % YH_LIMIT_SETS * YH_LIMIT_WAYS];
}

static int64_t spent_by(const struct yh_limit *l, const struct yh_limit_bucket *b, int64_t now_ms)
{
	int64_t refilled = (now_ms - b->at_ms) * l->a_minute * 1000 / MINUTE_MS;

	return refilled < b->spent_milli ? b->spent_milli - refilled : 0;
}

/* The key's bucket and what it has spent; else the one of whoever asked least, and nothing. */
static struct yh_limit_bucket *bucket_of(struct yh_limit *l, const unsigned char *key,
					 int64_t now_ms, int64_t *spent)
{
	struct yh_limit_bucket *set = set_of(l, key), *b = set;
	int64_t least = INT64_MAX;

	*spent = 0;
	for (size_t i = 0; i < YH_LIMIT_WAYS; i++) {
		int64_t here = spent_by(l, &set[i], now_ms);

		if (memcmp(set[i].key, key, YH_LIMIT_KEY) == 0) {
			*spent = here;
			return &set[i];
		}
		if (here < least) {
			least = here;
			b = &set[i];
		}
	}
	return b;
}

static void charge(struct yh_limit_bucket *b, const unsigned char *key, int64_t now_ms,
		   int64_t spent)
{
	memcpy(b->key, key, YH_LIMIT_KEY);
	b->at_ms = now_ms;
	b->spent_milli = spent + 1000;
}

/* A refusal leaves the bucket alone, or asking often would stop its filling. */
static bool ask(struct yh_limit *l, const unsigned char *key, int64_t now_ms, bool charges,
		int64_t *wait_s)
{
	int64_t at_once = l->a_minute / 4 > AT_ONCE_LEAST ? l->a_minute / 4 : AT_ONCE_LEAST;
	int64_t spent, over;
	struct yh_limit_bucket *b;

	*wait_s = 0;
	if (!l->a_minute)
		return true;
	(void)pthread_mutex_lock(&l->lock);
	b = bucket_of(l, key, now_ms, &spent);
	over = spent + 1000 - at_once * 1000;
	if (over <= 0 && charges)
		charge(b, key, now_ms, spent);
	(void)pthread_mutex_unlock(&l->lock);
	if (over <= 0)
		return true;
	*wait_s = over * (MINUTE_MS / 1000) / ((int64_t)l->a_minute * 1000) + 1;
	return false;
}

bool yh_limit_take(struct yh_limit *l, const unsigned char key[YH_LIMIT_KEY], int64_t now_ms,
		   int64_t *wait_s)
{
	return ask(l, key, now_ms, true, wait_s);
}

bool yh_limit_look(struct yh_limit *l, const unsigned char key[YH_LIMIT_KEY], int64_t now_ms,
		   int64_t *wait_s)
{
	return ask(l, key, now_ms, false, wait_s);
}

void yh_limit_charge(struct yh_limit *l, const unsigned char key[YH_LIMIT_KEY], int64_t now_ms)
{
	struct yh_limit_bucket *b;
	int64_t spent;

	if (!l->a_minute)
		return;
	(void)pthread_mutex_lock(&l->lock);
	b = bucket_of(l, key, now_ms, &spent);
	charge(b, key, now_ms, spent);
	(void)pthread_mutex_unlock(&l->lock);
}
