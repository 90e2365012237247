/* How often an address or an account may ask: buckets that fill with time, in bounded memory. */
#ifndef YH_HTTP_LIMIT_H
#define YH_HTTP_LIMIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { YH_LIMIT_SETS = 512, YH_LIMIT_WAYS = 8, YH_LIMIT_KEY = 16 };

struct yh_limit {
	pthread_mutex_t lock;
	unsigned a_minute; /* 0: no limit */
	uint64_t seed;
	struct yh_limit_bucket {
		unsigned char key[YH_LIMIT_KEY];
		int64_t at_ms, spent_milli; /* spent by then, in thousandths of a request */
	} * buckets;                        /* NULL without a limit */
};

/* `a_minute` on the long run, and a quarter of it (10 at least) at once. False without memory. */
bool yh_limit_init(struct yh_limit *l, unsigned a_minute);
void yh_limit_done(struct yh_limit *l);
/* Whether `key` may ask now; *wait_s: else after how long. When there are more keys than buckets,
 * whoever asked least is forgotten. */
bool yh_limit_take(struct yh_limit *l, const unsigned char key[YH_LIMIT_KEY], int64_t now_ms,
		   int64_t *wait_s);
/* The same without taking anything, for what is charged by how it ends. */
bool yh_limit_look(struct yh_limit *l, const unsigned char key[YH_LIMIT_KEY], int64_t now_ms,
		   int64_t *wait_s);
/* Takes one, be it more than there is: what was asked at once is waited for afterwards. */
void yh_limit_charge(struct yh_limit *l, const unsigned char key[YH_LIMIT_KEY], int64_t now_ms);

#endif
