/* See tries.h. */
#include "services/identity/tries.h"

#include "services/audit/security.h"
#include "services/identity/record.h"
#include "services/identity/terms.h"

static const int64_t us_per_minute = INT64_C(60) * YH_US_PER_S;

enum yh_rc yh_account_hold(struct yh_ctx *cx, const struct yh_id *person, struct yh_person_row *out,
			   struct yh_err *err)
{
	enum yh_rc rc = yh_db_lock(cx->tx, person, 1, err);

	return rc == YH_OK ? yh_person_load(cx->tx, person, cx->arena, out, err) : rc;
}

bool yh_account_locked(const struct yh_ctx *cx, const struct yh_person_row *p,
		       struct yh_err *failed)
{
	if (p->locked_until <= cx->now)
		return false;
	(void)yh_fail(failed, YH_FORBIDDEN, "account-locked");
	yh_err_int(failed, "minutes", (p->locked_until - cx->now) / us_per_minute + 1);
	return true;
}

enum yh_rc yh_account_failed(struct yh_ctx *cx, struct yh_person_row *p, const char *what,
			     struct yh_err *err)
{
	struct yh_security_row guessed = { .kind = "brute-force",
					   .subject = p->login,
					   .person = p->id,
					   .source = cx->actor->source };
	struct yh_identity_terms t;
	bool locks;
	enum yh_rc rc = yh_identity_terms(cx, &t, err);

	if (rc != YH_OK)
		return rc;
	guessed.n = t.failures;
	p->failures++;
	locks = p->failures >= t.failures;
	if (locks) {
		p->failures = 0;
		p->locked_until = cx->now + t.lock_minutes * us_per_minute;
	}
	rc = yh_person_tried(cx->tx, p, err);
	if (rc == YH_OK)
		rc = yh_identity_record(cx, "sign-in.failed", "person", &p->id, NULL, what, err);
	if (rc == YH_OK && locks)
		rc = yh_security_raise(cx, &guessed, err);
	return rc == YH_OK && locks
		       ? yh_identity_record(cx, "account.locked", "person", &p->id, NULL, NULL, err)
		       : rc;
}
