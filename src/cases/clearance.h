/* Who is cleared for what (GB/T 22239-2019 8.1.4.2 g): a label of the pack for each account, named
 * for it or, while none is, the highest of the roles that the person holds. Roles that are lent
 * clear nobody: a clearance is raised by two persons, lending takes one. */
#ifndef YH_CASES_CLEARANCE_H
#define YH_CASES_CLEARANCE_H

#include "cases/context.h"
#include "law/label.h"

struct yh_clearance {
	const struct yh_pack *pack; /* the one in force */
	const char *label;          /* the pack's; "" under one without labels */
	bool all;                   /* of the platform itself: opens everything */
};

/* The pack in force, of which labels and clearances are. */
YH_CHECK enum yh_rc yh_clearance_pack(const struct yh_ctx *cx, const struct yh_pack **out,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_clearance_actor(const struct yh_ctx *cx, struct yh_clearance *out,
				       struct yh_err *err);
/* The pack's own text of a clearance that was named: a word that the pack has no more clears for
 * nothing but the lowest, and so does "". */
const char *yh_clearance_named(const struct yh_pack *pack, const char *clearance);

/* What a label amounts to: "" is what the pack gives to what is handed in. */
const char *yh_clearance_label(const struct yh_clearance *c, const char *label);
bool yh_clearance_opens(const struct yh_clearance *c, const char *label);
/* FORBIDDEN "label-above" (figures label, clearance) for who is not cleared for it. */
YH_CHECK enum yh_rc yh_clearance_check(const struct yh_ctx *cx, const char *label,
				       struct yh_err *err);
/* A figure that is the label's title in the words of the sentence. */
void yh_clearance_figure(struct yh_err *err, const struct yh_pack *pack, const char *name,
			 const char *label);
/* The label of that name; BAD_INPUT "label-unknown" (figures label, admitted). */
YH_CHECK enum yh_rc yh_label_known(const struct yh_pack *pack, const char *label, const char *field,
				   struct yh_err *err);

#endif
