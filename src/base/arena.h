/* A bounded arena: memory of one request or job, freed at once. */
#ifndef YH_BASE_ARENA_H
#define YH_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

struct yh_arena_block;
struct yh_arena_defer;

struct yh_arena {
	struct yh_arena_block *head;
	struct yh_arena_defer *defers;
	size_t used_bytes; /* over all blocks */
	size_t max_bytes;
};

/* Prepares an empty arena that hands out at most `max_bytes`. Nothing is allocated yet. */
void yh_arena_init(struct yh_arena *a, size_t max_bytes);

/* Gives everything back; the arena is then empty and may be used again. */
void yh_arena_done(struct yh_arena *a);

/* Zeroed memory aligned for any type, or NULL when the bound or the machine's memory is reached. */
void *yh_arena_alloc(struct yh_arena *a, size_t size_bytes);

/* Copies; NULL when memory is short. `yh_arena_strdup(a, NULL)` is NULL. */
char *yh_arena_strdup(struct yh_arena *a, const char *s);
char *yh_arena_strndup(struct yh_arena *a, const char *s, size_t n);
void *yh_arena_memdup(struct yh_arena *a, const void *p, size_t n);
char *yh_arena_printf(struct yh_arena *a, const char *fmt, ...) YH_PRINTF(2, 3);

/* Has `fn(p)` run when the arena is done, latest first. On failure (no memory) false is returned
 * and `fn(p)` has run already. */
YH_CHECK bool yh_arena_defer(struct yh_arena *a, void (*fn)(void *p), void *p);

#define YH_NEW(arena, type) ((type *)yh_arena_alloc((arena), sizeof(type)))
#define YH_NEW_N(arena, type, n) ((type *)yh_arena_alloc((arena), sizeof(type) * (n)))

#endif
