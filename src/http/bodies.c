/* The memory of raw bodies. */
#include "http/bodies.h"

#include <stdlib.h>

enum { SMALLEST = 16 * 1024, KEEP_BYTES = 16 * 1024 * 1024, IDLE_MS = 60 * 1000 };

static unsigned class_of(size_t n)
{
	unsigned k = 0;

	while (k < YH_BODY_CLASSES && (size_t)SMALLEST << k < n)
		k++;
	return k;
}

void yh_bodies_init(struct yh_bodies *b, size_t strangers_bytes, size_t known_bytes)
{
	*b = (struct yh_bodies){ .most = { strangers_bytes, known_bytes } };
	(void)pthread_mutex_init(&b->lock, NULL);
}

static void drop_kept(struct yh_bodies *b)
{
	for (unsigned k = 0; k < YH_BODY_CLASSES; k++)
		while (b->free[k]) {
			void *next = *(void **)b->free[k];

			free(b->free[k]);
			b->free[k] = next;
		}
	b->kept = 0;
}

void yh_bodies_done(struct yh_bodies *b)
{
	drop_kept(b);
	yh_spools_done(&b->spools);
	(void)pthread_mutex_destroy(&b->lock);
}

bool yh_bodies_take(struct yh_bodies *b, size_t n, bool known, struct yh_bytes *out)
{
	unsigned k = class_of(n);
	size_t cap = (size_t)SMALLEST << k;
	void *p = NULL;
	bool admitted;

	*out = (struct yh_bytes){ 0 };
	if (k == YH_BODY_CLASSES)
		return false;
	(void)pthread_mutex_lock(&b->lock);
	admitted = cap <= b->most[known] - b->used[known];
	if (admitted)
		b->used[known] += cap;
	if (admitted && b->free[k]) {
		p = b->free[k];
		b->free[k] = *(void **)p;
		b->kept -= cap;
	}
	(void)pthread_mutex_unlock(&b->lock);
	if (!admitted)
		return false;
	*out = (struct yh_bytes){ .p = p ? p : malloc(cap), .cap = cap, .known = known };
	if (out->p)
		return true;
	(void)pthread_mutex_lock(&b->lock);
	b->used[known] -= cap;
	(void)pthread_mutex_unlock(&b->lock);
	return false;
}

void yh_bodies_give(struct yh_bodies *b, struct yh_bytes *bytes)
{
	unsigned k = class_of(bytes->cap);
	void *p = bytes->p;

	if (!p)
		return;
	(void)pthread_mutex_lock(&b->lock);
	b->used[bytes->known] -= bytes->cap;
	b->used_at_ms = 0;
	if (b->kept + bytes->cap <= KEEP_BYTES) {
		*(void **)p = b->free[k];
		b->free[k] = p;
		b->kept += bytes->cap;
		p = NULL;
	}
	(void)pthread_mutex_unlock(&b->lock);
	free(p);
	*bytes = (struct yh_bytes){ 0 };
}

void yh_bodies_trim(struct yh_bodies *b, int64_t now_ms)
{
	(void)pthread_mutex_lock(&b->lock);
	if (b->used_at_ms == 0)
		b->used_at_ms = now_ms;
	else if (b->kept > 0 && now_ms - b->used_at_ms > IDLE_MS)
		drop_kept(b);
	(void)pthread_mutex_unlock(&b->lock);
}
