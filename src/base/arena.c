/* A bounded arena over a chain of malloc'ed blocks. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"

struct yh_arena_block {
	struct yh_arena_block *next;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

struct yh_arena_defer {
	struct yh_arena_defer *next;
	void (*fn)(void *p);
	void *p;
};

enum { BLOCK_BYTES = 8 * 1024 };

void yh_arena_init(struct yh_arena *a, size_t max_bytes)
{
	*a = (struct yh_arena){ .max_bytes = max_bytes };
}

void yh_arena_done(struct yh_arena *a)
{
	for (; a->defers; a->defers = a->defers->next)
		a->defers->fn(a->defers->p);
	while (a->head) {
		struct yh_arena_block *b = a->head;

		a->head = b->next;
		free(b);
	}
	a->used_bytes = 0;
}

void *yh_arena_alloc(struct yh_arena *a, size_t size_bytes)
{
	const size_t align = _Alignof(max_align_t);
	struct yh_arena_block *b = a->head;
	size_t n;
	void *p;

	if (size_bytes > a->max_bytes)
		return NULL;
	n = (size_bytes + align - 1) & ~(align - 1);
	if (n > a->max_bytes - a->used_bytes)
		return NULL;
	if (!b || b->size - b->used < n) {
		size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;

		b = malloc(sizeof *b + size);
		if (!b)
			return yh_shortage();
		*b = (struct yh_arena_block){ .next = a->head, .size = size };
		a->head = b;
	}
	p = b->data + b->used;
	b->used += n;
	a->used_bytes += n;
	memset(p, 0, n);
	return p;
}

bool yh_arena_defer(struct yh_arena *a, void (*fn)(void *p), void *p)
{
	struct yh_arena_defer *d = YH_NEW(a, struct yh_arena_defer);

	if (!d) {
		fn(p);
		return false;
	}
	*d = (struct yh_arena_defer){ .next = a->defers, .fn = fn, .p = p };
	a->defers = d;
	return true;
}

void *yh_arena_memdup(struct yh_arena *a, const void *p, size_t n)
{
	void *q = yh_arena_alloc(a, n ? n : 1);

	if (q && n)
		memcpy(q, p, n);
	return q;
}

char *yh_arena_strndup(struct yh_arena *a, const char *s, size_t n)
{
	char *q = yh_arena_alloc(a, n + 1);

	if (q)
		memcpy(q, s, n);
	return q;
}

char *yh_arena_strdup(struct yh_arena *a, const char *s)
{
	return s ? yh_arena_strndup(a, s, strlen(s)) : NULL;
}

char *yh_arena_printf(struct yh_arena *a, const char *fmt, ...)
{
	va_list ap, ap2;
	char *out = NULL;
	int n;

	va_start(ap, fmt);
	va_copy(ap2, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n >= 0)
		out = yh_arena_alloc(a, (size_t)n + 1);
	if (out)
		(void)vsnprintf(out, (size_t)n + 1, fmt, ap2);
	va_end(ap2);
	va_end(ap);
	return out;
}
