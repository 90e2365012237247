/* Remembered credentials: a table of fixed size, one entry a slot. */
#include "services/identity/actors.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2048 };

struct yh_actors {
	pthread_mutex_t lock;
	struct counted *slots[SLOTS];
};

struct counted {
	struct yh_known known; /* first: a yh_known is found by it */
	atomic_uint holders;
	_Alignas(struct yh_grant) char data[]; /* the grants, then all text */
};

struct yh_actors *yh_actors_new(void)
{
	struct yh_actors *a = calloc(1, sizeof *a);

	if (a)
		(void)pthread_mutex_init(&a->lock, NULL);
	return a;
}

void yh_known_drop(void *known)
{
	struct counted *e = known;

	if (e && atomic_fetch_sub(&e->holders, 1) == 1)
		free(e);
}

void yh_actors_free(struct yh_actors *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		yh_known_drop(a->slots[i]);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

/* The digest of a random token is as good as random. */
static struct counted **slot_of(struct yh_actors *a, const struct yh_sm3 *digest)
{
	return &a->slots[((size_t)digest->b[0] << 8 | digest->b[1]) % SLOTS];
}

struct yh_known *yh_actors_find(struct yh_actors *a, const struct yh_sm3 *digest)
{
	struct counted *e;

	(void)pthread_mutex_lock(&a->lock);
	e = *slot_of(a, digest);
	if (e && memcmp(&e->known.token.digest, digest, sizeof *digest) != 0)
		e = NULL;
	if (e)
		(void)atomic_fetch_add(&e->holders, 1);
	(void)pthread_mutex_unlock(&a->lock);
	return e ? &e->known : NULL;
}

static const char *keep(char **at, const char *text)
{
	size_t n = strlen(text) + 1;
	char *to = memcpy(*at, text, n);

	*at += n;
	return to;
}

static size_t text_bytes(const struct yh_actor *a)
{
	size_t n = strlen(a->login) + strlen(a->name) + 2;

	for (size_t i = 0; i < a->n_grants; i++) {
		const struct yh_grant *g = &a->grants[i];

		n += strlen(g->role) + strlen(g->org_name) + strlen(g->district) +
		     strlen(g->capacity) + strlen(g->scope ? g->scope : "") + 5;
	}
	return n;
}

static struct counted *copy(const struct yh_known *entry)
{
	const struct yh_actor *from = &entry->actor;
	size_t grants_size = from->n_grants * sizeof *from->grants;
	struct counted *e = malloc(sizeof *e + grants_size + text_bytes(from));
	struct yh_grant *grants;
	char *at;

	if (!e)
		return NULL;
	e->known = *entry;
	atomic_init(&e->holders, 1);
	grants = (struct yh_grant *)(void *)e->data;
	at = e->data + grants_size;
	for (size_t i = 0; i < from->n_grants; i++) {
		const struct yh_grant *g = &from->grants[i];

		grants[i] = *g;
		grants[i].role = keep(&at, g->role);
		grants[i].org_name = keep(&at, g->org_name);
		grants[i].district = keep(&at, g->district);
		grants[i].capacity = keep(&at, g->capacity);
		grants[i].scope = keep(&at, g->scope ? g->scope : "");
	}
	e->known.token.label = "";
	e->known.actor.login = keep(&at, from->login);
	e->known.actor.name = keep(&at, from->name);
	e->known.actor.grants = grants;
	e->known.actor.scopes = e->known.token.scopes;
	e->known.actor.nouns = e->known.token.nouns;
	e->known.actor.source = "";
	return e;
}

void yh_actors_put(struct yh_actors *a, const struct yh_known *entry)
{
	struct counted *e = copy(entry), **slot, *former;

	if (!e)
		return;
	(void)pthread_mutex_lock(&a->lock);
	slot = slot_of(a, &entry->token.digest);
	former = *slot;
	*slot = e;
	(void)pthread_mutex_unlock(&a->lock);
	yh_known_drop(former);
}
