/* Running the words of a pack: checks, conditions, effects. */
#include "cases/internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct yh_word *word_of(const struct yh_case_cx *k, const struct yh_word_use *use)
{
	const struct yh_word *w = yh_words_find(k->cx->world->words, use->word->name);

	assert(w != NULL); /* a test walks the vocabulary against the functions */
	return w;
}

static enum yh_rc run_check(struct yh_case_cx *k, const struct yh_word_use *use, struct yh_err *err)
{
	return word_of(k, use)->check(k, use, err);
}

/* Every check is judged and noted; fails as the first that fails. */
static enum yh_rc judge(struct yh_case_cx *k, const struct yh_word_use *uses, size_t n,
			enum yh_moment at, struct yh_err *err)
{
	struct yh_trial *t = k->cx->trial;
	enum yh_rc first = YH_OK;

	for (size_t i = 0; i < n; i++) {
		struct yh_trial_check *c = yh_trial_note(k->cx, t, &uses[i], at);
		struct yh_err why = { 0 };
		enum yh_rc rc;

		if (!c)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		k->told = &c->found;
		rc = run_check(k, &uses[i], &why);
		k->told = NULL;
		if (rc != YH_OK)
			c->found = why;
		c->verdict = yh_trial_verdict(t, &why, first != YH_OK);
		if (rc == YH_OK || (first != YH_OK && yh_is_refusal(rc)))
			continue;
		if (err && err->rc == YH_OK)
			*err = why;
		first = rc;
		if (!yh_is_refusal(rc))
			break;
	}
	return first;
}

enum yh_rc yh_run_checks(struct yh_case_cx *k, const struct yh_word_use *uses, size_t n,
			 enum yh_moment at, struct yh_err *err)
{
	if (k->cx->trial)
		return judge(k, uses, n, at, err);
	for (size_t i = 0; i < n; i++) {
		enum yh_rc rc = run_check(k, &uses[i], err);

		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

struct yh_err *yh_case_told(struct yh_case_cx *k, const char *slug)
{
	if (k->told)
		(void)snprintf(k->told->slug, sizeof k->told->slug, "%s", slug);
	return k->told;
}

bool yh_outcome_only_tells(const struct yh_outcome *o)
{
	for (size_t i = 0; i < o->n_effects; i++)
		if (strcmp(o->effects[i].word->name, "notice.send") != 0)
			return false;
	return true;
}

enum yh_rc yh_run_effects(struct yh_case_cx *k, const struct yh_word_use *uses, size_t n,
			  struct yh_err *err)
{
	for (size_t i = 0; i < n; i++) {
		enum yh_rc rc = word_of(k, &uses[i])->effect(k, &uses[i], err);

		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc condition(struct yh_case_cx *k, const struct yh_word_use *use, bool *holds,
			    struct yh_err *err)
{
	const struct yh_word *w = word_of(k, use);
	struct yh_err why = { 0 };
	enum yh_rc rc;

	if (w->cond)
		return w->cond(k, use, holds, err);
	rc = w->check(k, use, &why);
	*holds = rc == YH_OK;
	if (rc == YH_OK || rc == YH_REFUSED)
		return YH_OK;
	if (err && err->rc == YH_OK)
		*err = why;
	return rc;
}

enum yh_rc yh_run_conditions(struct yh_case_cx *k, const struct yh_word_use *when, size_t n_when,
			     const struct yh_word_use *unless, size_t n_unless, bool *holds,
			     struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	bool h = true;

	for (size_t i = 0; rc == YH_OK && h && i < n_when; i++)
		rc = condition(k, &when[i], &h, err);
	for (size_t i = 0; rc == YH_OK && h && i < n_unless; i++) {
		rc = condition(k, &unless[i], &h, err);
		h = !h;
	}
	*holds = h;
	return rc;
}
