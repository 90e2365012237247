/* The second factor: codes from a key that a person's device holds too, and ten recovery codes. */
#ifndef YH_SERVICES_IDENTITY_FACTOR_H
#define YH_SERVICES_IDENTITY_FACTOR_H

#include "services/identity/terms.h"
#include "store/person.h"
#include "store/second_factor.h"

enum { YH_RECOVERY_CODES = 10, YH_RECOVERY_TEXT = 20 };
struct yh_recovery_codes {
	char text[YH_RECOVERY_CODES][YH_RECOVERY_TEXT]; /* "abcd-efgh-ijkl-mnop" */
};

/* A key for the actor's device, in place of one that was not confirmed. It is nothing until
 * yh_factor_confirm. CONFLICT "factor-there"; FORBIDDEN "session-required". */
YH_CHECK enum yh_rc yh_factor_enrol(struct yh_ctx *cx, enum yh_otp_kind kind,
				    struct yh_second_factor *out, struct yh_err *err);
/* Takes the key into use when `code` is one of it: the session is proven by it, every other session
 * and token of the person ends, and the recovery codes are shown, once. FORBIDDEN "code-wrong";
 * NOT_FOUND "factor-none"; CONFLICT "factor-there". */
YH_CHECK enum yh_rc yh_factor_enrolled(struct yh_ctx *cx, const char *code,
				       struct yh_recovery_codes *out, struct yh_err *err);
/* New recovery codes; those before are good no more. `failed` as of yh_factor_check. */
YH_CHECK enum yh_rc yh_factor_renew(struct yh_ctx *cx, const char *code,
				    struct yh_recovery_codes *out, struct yh_err *failed,
				    struct yh_err *err);
/* Gives up one's own. FORBIDDEN "factor-required" when a role demands it; `failed` likewise. */
YH_CHECK enum yh_rc yh_factor_give_up(struct yh_ctx *cx, const char *code, struct yh_err *failed,
				      struct yh_err *err);
/* Takes another's away and ends their sessions, for a device that is lost. FORBIDDEN
 * "factor-own". */
YH_CHECK enum yh_rc yh_factor_reset(struct yh_ctx *cx, const struct yh_id *person,
				    const char *reason, struct yh_err *err);

/* Judges a code of the person's confirmed factor, or a recovery code (*recovery), and spends it. Of
 * a factor the codes of this step, the one before and the one behind are taken, each once, and none
 * of an earlier step afterwards. `failed` is what to answer and commit: FORBIDDEN "code-wrong",
 * which is counted, "account-locked"; CONFLICT "factor-none". */
YH_CHECK enum yh_rc yh_factor_check(struct yh_ctx *cx, struct yh_person_row *p, const char *code,
				    bool *recovery, struct yh_err *failed, struct yh_err *err);

/* "otpauth://totp/…", in the arena; NULL without memory. */
const char *yh_factor_uri(struct yh_ctx *cx, const char *login, const struct yh_second_factor *f);

#endif
