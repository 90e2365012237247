/* Which parts of a pack rest on an article or use a parameter. */
#ifndef YH_SERVICES_POLICY_GOVERN_H
#define YH_SERVICES_POLICY_GOVERN_H

#include "cases/context.h"
#include "law/watch.h"

/* What is asked after: exactly one is set. */
struct yh_basis {
	const char *article;
	const char *param; /* a parameter's key */
};

/* The article that a generic action rests on in the pack of a day; "" where there is none. */
const char *yh_action_article(const struct yh_world *world, yh_day day, const char *action);

bool yh_basis_use(const struct yh_basis *b, const struct yh_word_use *use);
/* The step itself, its clock, a word of it or of one of its outcomes. */
bool yh_basis_step(const struct yh_basis *b, const struct yh_step *s);
/* The procedure, one of its checks or steps. */
bool yh_basis_procedure(const struct yh_basis *b, const struct yh_procedure *p);
/* The rule of use itself, or a figure of it. */
bool yh_basis_rule(const struct yh_basis *b, const struct yh_rule *r);

#endif
