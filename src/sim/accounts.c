/* How people get into the demo city: at its end everybody has the same password, which is fresh
 * then, and whoever needs a second factor has one. */
#include <stdio.h>
#include <string.h>

#include "services/identity/account.h"
#include "services/identity/auth.h"
#include "services/identity/factor.h"
#include "sim/city.h"

struct entry {
	struct sim *s;
	const struct sim_person *p;
};

static enum yh_rc set_password(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct entry *e = arg;
	struct yh_password_new made = { 0 };
	struct yh_ctx own = *cx;
	struct yh_actor *actor = NULL;
	enum yh_rc rc = yh_password_draw(&made, err);

	if (rc == YH_OK)
		rc = yh_account_reset(cx, &e->p->row.id, &made, err);
	if (rc == YH_OK)
		rc = yh_auth_person(cx->tx, &e->p->row, cx->now, "all", "simulation", cx->arena,
				    &actor, err);
	own.actor = actor;
	return rc == YH_OK ? yh_account_password(&own, made.password, e->s->cfg->demo_password, err)
			   : rc;
}

/* The device of an administrator, whose key is told. */
static enum yh_rc set_factor(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct entry *e = arg;
	struct yh_recovery_codes codes;
	struct yh_second_factor f;
	struct yh_ctx own = *cx;
	struct yh_actor *actor = NULL;
	char code[YH_OTP_CODE], key[YH_OTP_KEY_TEXT];
	struct yh_clock real;
	enum yh_rc rc = yh_auth_person(cx->tx, &e->p->row, cx->now, "all", "simulation", cx->arena,
				       &actor, err);

	if (rc != YH_OK)
		return rc;
	actor->is_session = true;
	own.actor = actor;
	yh_clock_real(&real);
	rc = yh_factor_enrol(&own, YH_OTP_SHA1, &f, err);
	if (rc == YH_OK && !yh_otp_code(f.kind, f.key, sizeof f.key,
					yh_otp_step(f.kind, yh_clock_now(&real)), code))
		rc = yh_fail(err, YH_INTERNAL, "code-wrong");
	if (rc == YH_OK)
		rc = yh_factor_enrolled(&own, code, &codes, err);
	if (rc != YH_OK)
		return rc;
	yh_otp_key_text(f.key, key);
	yh_buf_printf(e->s->cfg->demo_keys, "%s %s\n", e->p->login, key);
	return YH_OK;
}

enum yh_rc sim_open_accounts(struct sim *s, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	if (!s->cfg->demo_password)
		return YH_OK;
	for (size_t i = 0; rc == YH_OK && i < s->n_people; i++) {
		struct entry e = { s, &s->people[i] };
		struct yh_identity_terms t;

		rc = yh_identity_terms(&(struct yh_ctx){ .world = s->cfg->world, .now = s->now },
				       &t, err);
		if (rc == YH_OK)
			rc = sim_do_now(s, NULL, set_password, &e, err);
		if (rc == YH_OK && yh_factor_wanted_of(t.factor_roles, e.p->role))
			rc = sim_do_now(s, NULL, set_factor, &e, err);
	}
	return rc;
}
