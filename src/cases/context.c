/* Which role an actor holds, and with which capacity. */
#include "cases/context.h"

#include <string.h>

static const struct yh_grant *find(const struct yh_actor *a, const char *role,
				   const struct yh_id *org, bool sign)
{
	const struct yh_grant *best = NULL;

	for (size_t i = 0; i < a->n_grants; i++) {
		const struct yh_grant *g = &a->grants[i];

		if (strcmp(g->role, role) != 0 || (org && !yh_id_eq(&g->org, org)))
			continue;
		if (sign && strcmp(g->capacity, "sign") != 0)
			continue;
		if (!best || (!yh_id_is_zero(&best->giver) && yh_id_is_zero(&g->giver)))
			best = g; /* one's own grant before one that was lent */
	}
	return best;
}

const struct yh_grant *yh_actor_grant(const struct yh_actor *a, const char *role,
				      const struct yh_id *org)
{
	return find(a, role, org, false);
}

const struct yh_grant *yh_actor_signs(const struct yh_actor *a, const char *role,
				      const struct yh_id *org)
{
	return find(a, role, org, true);
}

bool yh_actor_answers(const struct yh_actor *a, const struct yh_id *org, const char *capacity)
{
	for (size_t i = 0; !yh_id_is_zero(org) && i < a->n_grants; i++) {
		const struct yh_grant *g = &a->grants[i];

		if (yh_id_eq(&g->org, org) && yh_id_is_zero(&g->giver) &&
		    !(g->scope && *g->scope) && (!capacity || strcmp(g->capacity, capacity) == 0))
			return true;
	}
	return false;
}

static bool is_listed(const char *list, const char *noun, size_t len)
{
	for (const char *s = list; *s; s += strcspn(s, " "), s += strspn(s, " "))
		if (strcspn(s, " ") == len && strncmp(s, noun, len) == 0)
			return true;
	return false;
}

bool yh_actor_touches(const struct yh_actor *a, const char *noun, size_t len)
{
	return !a->nouns || !*a->nouns || is_listed(a->nouns, noun, len);
}

bool yh_actor_reads_only(const struct yh_actor *a, const char *noun, size_t len, bool *sees)
{
	bool only = false, listed = false;

	for (size_t i = 0; i < a->n_grants; i++) {
		const char *scope = a->grants[i].scope;

		only = only || (scope && *scope);
		listed = listed || (scope && is_listed(scope, noun, len));
	}
	if (sees)
		*sees = listed;
	return only;
}
