/* What a server remembers of credentials, so that a request need not read its token, its person and
 * every grant anew. An entry is good only under the mark of identities (store/mark.h) that stands
 * in the transaction which asks, on the day it was made: a revoked grant or an ended token acts in
 * no transaction that begins after its change, on this server or another. */
#ifndef YH_SERVICES_IDENTITY_ACTORS_H
#define YH_SERVICES_IDENTITY_ACTORS_H

#include "cases/context.h"
#include "store/person.h"

struct yh_actors;
struct yh_actors *yh_actors_new(void); /* NULL without memory */
void yh_actors_free(struct yh_actors *a);

/* Immutable, shared by counting; all text is its own. */
struct yh_known {
	struct yh_token_row token; /* as read: its last use may be later by now */
	struct yh_actor actor;     /* without a source */
	int64_t mark;
	yh_day day;
};

/* The entry of a credential, to be given back with yh_known_drop; NULL: none. It may be out of
 * date: compare the mark and the day. Thread-safe, like the following. */
struct yh_known *yh_actors_find(struct yh_actors *a, const struct yh_sm3 *digest);
void yh_known_drop(void *known); /* NULL is allowed; fits yh_arena_defer */
/* Copies an entry in; without memory nothing is remembered. A table of fixed size: an entry may
 * push out another. */
void yh_actors_put(struct yh_actors *a, const struct yh_known *entry);

#endif
