/* Who may do what with settlements, and the payments of statements (Art. 27). */
#ifndef YH_SERVICES_SETTLE_DESK_H
#define YH_SERVICES_SETTLE_DESK_H

#include "cases/context.h"
#include "store/payment.h"
#include "store/settlement.h"

/* The cloud on which the actor acts by `action` of the permission matrix: `*cloud` as it is, or,
 * where it is zero, the only one. FORBIDDEN "settlement-not-permitted" when the actor's roles do
 * not reach it; BAD_INPUT "cloud-missing" when there are several. */
YH_CHECK enum yh_rc yh_settle_desk(struct yh_ctx *cx, const char *action, struct yh_id *cloud,
				   struct yh_err *err);

/* The settlement, or the statement, as the viewer sees it; NOT_FOUND "settlement-unknown" or
 * "statement-unknown" when it is not for them. By id, or by number where `no` is not NULL. */
YH_CHECK enum yh_rc yh_settlement_see(struct yh_ctx *cx, const struct yh_viewer *who,
				      const struct yh_id *id, struct yh_settlement_row *out,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_statement_see(struct yh_ctx *cx, const struct yh_viewer *who,
				     const struct yh_id *id, struct yh_statement_line *out,
				     struct yh_err *err);

struct yh_pay_in {
	struct yh_id statement;
	yh_day day;            /* YH_DAY_NONE: today */
	int64_t fen;           /* below 0: takes back what was entered wrongly */
	const char *reference; /* of the voucher */
	const char *note;
	int64_t if_match; /* -1: whatever the version */
};
/* Records a payment, in parts if need be. Who pays enters it; what a unit pays itself, the cloud's
 * operator may enter for it. FORBIDDEN "payment-not-payer"; CONFLICT "statement-state" unless it is
 * closed, "payment-beyond" (figures total, paid, due) past what is due or below nothing,
 * "payment-known" for a voucher that is entered already; BAD_INPUT "payment-nothing",
 * "payment-ahead" for a day that is not yet. The unit and the provider are told when nothing is due
 * any more. */
YH_CHECK enum yh_rc yh_settle_pay(struct yh_ctx *cx, const struct yh_pay_in *in,
				  struct yh_payment_row *out, struct yh_err *err);

#endif
