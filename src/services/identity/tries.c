/* See tries.h. */
#include "services/identity/tries.h"

#include <string.h>

#include "base/ring.h"
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

static bool is_locked(const struct yh_ctx *cx, yh_time until, struct yh_err *failed)
{
	if (until <= cx->now)
		return false;
	(void)yh_fail(failed, YH_FORBIDDEN, "account-locked");
	yh_err_int(failed, "minutes", (until - cx->now) / us_per_minute + 1);
	return true;
}

bool yh_account_locked(const struct yh_ctx *cx, const struct yh_person_row *p,
		       struct yh_err *failed)
{
	return is_locked(cx, p->locked_until, failed);
}

/* Whether that was the last try for now. */
static bool count(const struct yh_identity_terms *t, yh_time now, int64_t *failures, yh_time *until)
{
	if (++*failures < t->failures)
		return false;
	*failures = 0;
	*until = now + t->lock_minutes * us_per_minute;
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
	locks = count(&t, cx->now, &p->failures, &p->locked_until);
	rc = yh_person_tried(cx->tx, p, err);
	if (rc == YH_OK)
		rc = yh_identity_record(cx, "sign-in.failed", "person", &p->id, NULL, what, err);
	if (rc == YH_OK && locks)
		rc = yh_security_raise(cx, &guessed, err);
	return rc == YH_OK && locks
		       ? yh_identity_record(cx, "account.locked", "person", &p->id, NULL, NULL, err)
		       : rc;
}

/* What was typed may be a password in the wrong field: only who has the key knows it again. */
enum yh_rc yh_stranger_find(const struct yh_world *world, struct yh_tx *tx, const char *login,
			    struct yh_stranger_row *out, struct yh_err *err)
{
	struct yh_sm3 name;
	enum yh_rc rc = yh_ring_mac(yh_exec_ring(world->exec), login, strlen(login), &name, err);

	return rc == YH_OK ? yh_stranger_load(tx, &name, out, err) : rc;
}

enum yh_rc yh_stranger_hold(struct yh_ctx *cx, const char *login, struct yh_stranger_row *out,
			    struct yh_err *err)
{
	struct yh_id key;
	enum yh_rc rc = yh_stranger_find(cx->world, cx->tx, login, out, err);

	if (rc != YH_OK)
		return rc;
	memcpy(key.b, out->name.b, sizeof key.b);
	rc = yh_db_lock(cx->tx, &key, 1, err);
	return rc == YH_OK ? yh_stranger_find(cx->world, cx->tx, login, out, err) : rc;
}

bool yh_stranger_locked(const struct yh_ctx *cx, const struct yh_stranger_row *s,
			struct yh_err *failed)
{
	return is_locked(cx, s->locked_until, failed);
}

enum yh_rc yh_stranger_failed(struct yh_ctx *cx, struct yh_stranger_row *s, struct yh_err *err)
{
	struct yh_identity_terms t;
	enum yh_rc rc = yh_identity_terms(cx, &t, err);

	if (rc != YH_OK)
		return rc;
	(void)count(&t, cx->now, &s->failures, &s->locked_until);
	return yh_stranger_put(cx->tx, s, cx->now, err);
}
