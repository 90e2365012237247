/* What administrators do in twos: one asks, another of the same right confirms or refuses with a
 * reason, the one who asked may withdraw, and time ends what nobody answers. Not cases: no
 * administrator decides one, and these acts must be possible before there is a cloud and under
 * every pack (docs/decisions/0037).
 *
 * kind       about                          asked by whoever may   confirmed by whoever may
 * grant      a role for a person            grant.manage           grant.manage
 * ungrant    the end of a grant             grant.manage           grant.manage
 * handover   all roles of one for another   grant.manage           grant.manage
 * reset      the password of one of these   person.manage          grant.manage
 * reopen     the closed account of one      person.manage          grant.manage
 * factor     the second factor of one       person.manage          grant.manage
 * clearance  a higher label for one          grant.manage           grant.manage
 * policy     a pack put in force            policy.enact           policy.confirm
 *
 * Who holds such a right could be two persons with the account of another who does. So nobody alone
 * gets at one: an act that gives a one-time password for it (reset, reopen, and a grant or handover
 * by which an account begins to weigh, services/identity/weight.h) shows half of it to who asks and
 * half to who confirms (docs/decisions/0047).
 *
 * Each takes a role that is one's own and not lent, to ask and to confirm, and the capacity to sign
 * to confirm: a lent role is the lender's voice, who could be both. With
 * admin.two_persons (true) set to false in the pack whoever asks does it at once. */
#ifndef YH_SERVICES_IDENTITY_ACTS_H
#define YH_SERVICES_IDENTITY_ACTS_H

#include "cases/context.h"
#include "services/identity/account.h"
#include "store/act.h"

/* Asks for an act: of `want` are read kind, person, taker, org, grant, role, capacity, scope, days,
 * digest, label and reason, as far as the kind has them. *out is the act, waiting or done, with
 * the half of a password that it will give. Whatever would be refused when it is carried out is
 * refused here already; CONFLICT "act-waits" when the same is asked for and unanswered,
 * "pack-in-force", "pack-ungovernable", "pack-weighs" (figure roles: held ones that would begin to
 * weigh under it); FORBIDDEN "grant-to-self", "act-lent". */
YH_CHECK enum yh_rc yh_act_ask(struct yh_ctx *cx, const struct yh_act_row *want,
			       struct yh_act_row *out, struct yh_err *err);

/* Confirms (and so carries out) or refuses. FORBIDDEN "act-own" for who asked, "grant-to-self" for
 * whom it is about, "not-permitted" (figure action), "act-lent", "act-signs"; CONFLICT "act-ended",
 * "act-asker-gone" when who asked may no longer, "act-changed" when whoever hands over holds by now
 * what the confirmer was not shown, "act-no-half" when it gives a password by now and did not when
 * it was asked for. `made`: of yh_act_prepare; NULL: it had none. out->half is the second half,
 * where it gives a password still: not when the account has begun to weigh meanwhile. */
struct yh_act_answer {
	bool confirm;
	const char *reason;
	const struct yh_password_new *made;
};
YH_CHECK enum yh_rc yh_act_answer(struct yh_ctx *cx, const struct yh_id *id,
				  const struct yh_act_answer *answer, struct yh_act_row *out,
				  struct yh_err *err);
/* Makes the password that the act gives, ahead of the transaction (`cx` needs none); its second
 * half is made->password. made->secret "": it gives none. */
YH_CHECK enum yh_rc yh_act_prepare(struct yh_ctx *cx, const struct yh_id *id,
				   struct yh_password_new *made, struct yh_err *err);
/* Takes back what one asked for; FORBIDDEN "act-others". */
YH_CHECK enum yh_rc yh_act_withdraw(struct yh_ctx *cx, const struct yh_id *id,
				    struct yh_act_row *out, struct yh_err *err);
/* The job "act.lapse". */
YH_CHECK enum yh_rc yh_act_lapse(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				 struct yh_err *err);
/* May the actor confirm it? */
bool yh_act_may(const struct yh_ctx *cx, const struct yh_act_row *a);

/* Does getting at the person's account (a new password, opening it again, taking the second factor
 * away) take two? As yh_weight_of_person, where acts take two at all. Locks the person. */
YH_CHECK enum yh_rc yh_act_weighs(struct yh_ctx *cx, const struct yh_id *person, bool *weighs,
				  struct yh_err *err);

#endif
