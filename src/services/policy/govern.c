/* Which parts of a pack rest on an article or use a parameter. */
#include "services/policy/govern.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

const char *yh_action_article(const struct yh_world *world, yh_day day, const char *action)
{
	const struct yh_pack *pack;

	if (!world->law || world->law->pack_on(world->law->self, day, &pack, NULL) != YH_OK)
		return "";
	return yh_pack_action_article(pack, action);
}

bool yh_basis_use(const struct yh_basis *b, const struct yh_word_use *use)
{
	for (size_t i = 0; i < use->n_args; i++)
		if (same(use->args[i].param, b->param) ||
		    (use->args[i].kind == YH_P_ARTICLE && same(use->args[i].text, b->article)))
			return true;
	return false;
}

static bool uses(const struct yh_basis *b, const struct yh_word_use *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (yh_basis_use(b, &list[i]))
			return true;
	return false;
}

bool yh_basis_step(const struct yh_basis *b, const struct yh_step *s)
{
	for (size_t i = 0; i < s->n_outcomes; i++)
		if (uses(b, s->outcomes[i].effects, s->outcomes[i].n_effects))
			return true;
	return same(s->article, b->article) || same(s->clock.article, b->article) ||
	       same(s->clock.param, b->param) || same(s->wait_param, b->param) ||
	       uses(b, s->when, s->n_when) || uses(b, s->unless, s->n_unless) ||
	       uses(b, s->checks, s->n_checks);
}

bool yh_basis_procedure(const struct yh_basis *b, const struct yh_procedure *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		if (yh_basis_step(b, &p->steps[i]))
			return true;
	return same(p->article, b->article) || uses(b, p->checks, p->n_checks) ||
	       uses(b, p->on_filed, p->n_on_filed);
}

static bool condition(const struct yh_basis *b, const struct yh_condition *c)
{
	return same(c->threshold_e6.param, b->param) || same(c->coverage_milli.param, b->param) ||
	       same(c->window_days.param, b->param) || same(c->days.param, b->param);
}

bool yh_basis_rule(const struct yh_basis *b, const struct yh_rule *r)
{
	for (size_t i = 0; i < r->n_all; i++)
		if (condition(b, &r->all[i]))
			return true;
	for (size_t i = 0; i < r->n_any; i++)
		if (condition(b, &r->any[i]))
			return true;
	return same(r->article, b->article) || same(r->reach_days.param, b->param) ||
	       same(r->margin_days.param, b->param);
}
