/* The notes that are taken of a trial while the use case runs. */
#include <string.h>

#include "cases/internal.h"

bool yh_is_refusal(enum yh_rc rc)
{
	return rc != YH_OK && rc != YH_TOO_LARGE && rc != YH_BUSY && rc != YH_STORAGE &&
	       rc != YH_INTERNAL;
}

/* One more element at the end of an array in the arena; NULL without memory. */
static void *grow(struct yh_arena *arena, void *list, size_t *n, size_t size)
{
	char *more = yh_arena_alloc(arena, (*n + 1) * size);

	if (!more)
		return NULL;
	if (*n)
		memcpy(more, list, *n * size);
	memset(more + *n * size, 0, size);
	++*n;
	return more;
}

struct yh_trial_check *yh_trial_note(struct yh_ctx *cx, struct yh_trial *t,
				     const struct yh_word_use *use, enum yh_moment at)
{
	struct yh_trial_check *list = grow(cx->arena, t->checks, &t->n_checks, sizeof *list), *c;

	if (!list)
		return NULL;
	t->checks = list;
	c = &list[t->n_checks - 1];
	*c = (struct yh_trial_check){ .use = use, .at = at, .verdict = YH_NOT_JUDGED };
	return c;
}

bool yh_trial_noted(const struct yh_trial *t, const struct yh_word_use *use, enum yh_moment at)
{
	for (size_t i = 0; i < t->n_checks; i++)
		if (t->checks[i].use == use && t->checks[i].at == at)
			return true;
	return false;
}

/* Did an earlier check fail for the very same reason? */
static bool is_told(const struct yh_trial *t, const struct yh_err *why)
{
	for (size_t i = 0; i + 1 < t->n_checks; i++) {
		const struct yh_trial_check *c = &t->checks[i];

		if (c->verdict == YH_FAILS && strcmp(c->found.slug, why->slug) == 0 &&
		    strcmp(c->found.field, why->field) == 0 && why->rc != YH_REFUSED)
			return true;
	}
	return false;
}

enum yh_verdict yh_trial_verdict(const struct yh_trial *t, const struct yh_err *why, bool failed)
{
	if (why->rc == YH_OK)
		return YH_HOLDS;
	return is_told(t, why) || (failed && why->rc != YH_REFUSED) ? YH_NOT_JUDGED : YH_FAILS;
}

enum yh_rc yh_trial_opened(struct yh_case_cx *k, const struct yh_step_row *row, struct yh_err *err)
{
	struct yh_trial *t = k->cx->trial;
	struct yh_step_row *list;

	if (!t)
		return YH_OK;
	list = grow(k->cx->arena, t->steps, &t->n_steps, sizeof *list);
	if (!list)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	t->steps = list;
	list[t->n_steps - 1] = *row;
	return YH_OK;
}
