/* Signing in and out, passwords. */
#include "services/identity/account.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/shortage.h"
#include "services/identity/auth.h"
#include "services/identity/feed.h"
#include "services/identity/record.h"
#include "services/identity/tries.h"
#include "store/event.h"
#include "store/issuer.h"
#include "store/second_factor.h"

enum {
	PASSWORD_MAX = 128,
};

static const int64_t us_per_minute = INT64_C(60) * YH_US_PER_S;

/* An unknown login takes as long as a known one. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct trying {
	struct yh_ctx *cx;
	const char *login;
	struct yh_person_row person;
	struct yh_stranger_row stranger;
	bool found;
};

static enum yh_rc find_person(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct trying *t = arg;
	struct yh_err lower = { 0 };
	enum yh_rc rc = yh_person_by_login(tx, t->login, t->cx->arena, &t->person, &lower);

	t->found = rc == YH_OK && strcmp(t->person.kind, "service") != 0;
	if (rc != YH_OK && rc != YH_NOT_FOUND) {
		*err = lower;
		return rc;
	}
	return t->found ? YH_OK : yh_stranger_find(t->cx->world, tx, t->login, &t->stranger, err);
}

enum yh_rc yh_account_try(struct yh_ctx *cx, const char *login, const char *password,
			  struct yh_password_try *out, struct yh_err *err)
{
	struct trying t = { .cx = cx, .login = login };
	enum yh_rc rc = yh_exec_read(cx->world->exec, find_person, &t, err);
	unsigned shortages = yh_shortages();

	*out = (struct yh_password_try){ 0 };
	if (rc != YH_OK || (t.found ? t.person.locked_until : t.stranger.locked_until) > cx->now)
		return rc;
	out->secret = t.found ? t.person.secret : nobody;
	out->fits = yh_secret_verify(out->secret, password);
	return yh_shortages() == shortages ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* Verifying takes as long as hundreds of filings: what was tried ahead is tried again only when the
 * secret is another by now. */
static bool fits(const char *secret, const char *password, const struct yh_password_try *tried)
{
	if (tried && tried->secret && strcmp(tried->secret, secret) == 0)
		return tried->fits;
	return yh_secret_verify(secret, password);
}

/* Who was let in for some days signs in on these alone. */
static enum yh_rc check_let_in(struct yh_ctx *cx, const struct yh_person_row *p,
			       struct yh_err *failed, struct yh_err *err)
{
	struct yh_grant_row *rows;
	struct yh_err lower = { 0 };
	size_t n;
	enum yh_rc rc = yh_auth_grants(cx->tx, &p->id, yh_ctx_today(cx), cx->arena, &rows, &n, err);

	if (rc != YH_OK || n > 0)
		return rc;
	rc = yh_auth_still(cx->tx, &p->id, &lower);
	if (rc != YH_OK)
		*(rc == YH_UNAUTHENTICATED ? failed : err) = lower;
	return rc == YH_UNAUTHENTICATED ? YH_OK : rc;
}

/* A right password opens nothing where issuers alone do. */
static enum yh_rc check_way(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *failed,
			    struct yh_err *err)
{
	bool only;
	enum yh_rc rc = yh_issuer_only(cx->tx, person, &only, err);

	if (rc != YH_OK || !only)
		return rc;
	(void)yh_fail(failed, YH_FORBIDDEN, "sign-in-by-issuer");
	return yh_identity_record(cx, "sign-in.failed", "person", person, NULL, failed->slug, err);
}

/* A password that is too old may only be changed. */
static enum yh_rc check_age(struct yh_ctx *cx, struct yh_person_row *p, struct yh_err *err)
{
	struct yh_identity_terms t;
	enum yh_rc rc = yh_identity_terms(cx, &t, err);

	if (rc != YH_OK || p->must_change || t.password_days == 0 ||
	    cx->now - p->secret_at < t.password_days * YH_US_PER_DAY)
		return rc;
	p->must_change = true;
	return yh_person_update(cx->tx, p, err);
}

/* Nothing tells it from a login whose password is wrong. */
static enum yh_rc try_stranger(struct yh_ctx *cx, const char *login, const char *password,
			       const struct yh_password_try *tried, struct yh_err *failed,
			       struct yh_err *err)
{
	struct yh_stranger_row s;
	enum yh_rc rc = yh_stranger_hold(cx, login, &s, err);

	if (rc != YH_OK || yh_stranger_locked(cx, &s, failed))
		return rc;
	(void)fits(nobody, password, tried);
	(void)yh_fail(failed, YH_UNAUTHENTICATED, "sign-in-failed");
	return yh_stranger_failed(cx, &s, err);
}

enum yh_rc yh_account_sign_in(struct yh_ctx *cx, const char *login, const char *password,
			      const struct yh_password_try *tried, struct yh_session_out *out,
			      struct yh_err *failed, struct yh_err *err)
{
	struct yh_person_row p;
	struct yh_err lower = { 0 };
	enum yh_rc rc = yh_person_by_login(cx->tx, login, cx->arena, &p, &lower);

	yh_err_clear(failed);
	if (rc == YH_NOT_FOUND || (rc == YH_OK && strcmp(p.kind, "service") == 0))
		return try_stranger(cx, login, password, tried, failed, err);
	if (rc != YH_OK) {
		*err = lower;
		return rc;
	}
	rc = yh_account_hold(cx, &p.id, &p, err);
	if (rc != YH_OK || yh_account_locked(cx, &p, failed))
		return rc;
	if (!fits(p.secret, password, tried) || !yh_person_works(&p, yh_ctx_today(cx))) {
		(void)yh_fail(failed, YH_UNAUTHENTICATED, "sign-in-failed");
		return yh_account_failed(cx, &p, "password", err);
	}
	rc = check_way(cx, &p.id, failed, err);
	if (rc == YH_OK && failed->rc == YH_OK)
		rc = check_let_in(cx, &p, failed, err);
	if (rc == YH_OK && failed->rc == YH_OK)
		rc = check_age(cx, &p, err);
	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	return yh_session_open(cx, &(struct yh_session_in){ .person = &p }, out, failed, err);
}

enum yh_rc yh_account_sign_out(struct yh_ctx *cx, struct yh_err *err)
{
	enum yh_rc rc = yh_token_end(cx->tx, &cx->actor->token, cx->now, err);

	return rc == YH_OK ? yh_identity_record(cx, "sign-out", "person", &cx->actor->person, NULL,
						NULL, err)
			   : rc;
}

enum yh_rc yh_account_touch(struct yh_ctx *cx, struct yh_err *err)
{
	yh_time every = 5 * us_per_minute, third = cx->actor->idle_us / 3;

	if (third > 0 && third < every)
		every = third;
	return yh_token_use(cx->tx, &cx->actor->token, cx->now, cx->now - every, err);
}

static enum yh_rc check_strength(const struct yh_identity_terms *t, const char *login,
				 const char *password, struct yh_err *err)
{
	bool lower = false, upper = false, digit = false, other = false;
	int64_t n = (int64_t)strlen(password);

	for (const char *p = password; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (islower(c))
			lower = true;
		else if (isupper(c))
			upper = true;
		else if (isdigit(c))
			digit = true;
		else
			other = true;
	}
	if (n >= t->least && n <= PASSWORD_MAX && lower + upper + digit + other >= t->kinds &&
	    !strcasestr(password, login))
		return YH_OK;
	(void)yh_fail_field(err, YH_BAD_INPUT, "password-weak", "/new_password");
	yh_err_int(err, "least", t->least);
	yh_err_int(err, "kinds", t->kinds);
	return YH_BAD_INPUT;
}

/* The passwords before the one that stands; they change only with it. */
static enum yh_rc check_former(struct yh_ctx *cx, const struct yh_id *person,
			       const struct yh_identity_terms *t, const char *password,
			       struct yh_err *err)
{
	const char **former;
	size_t n;
	enum yh_rc rc =
		yh_former_secrets(cx->tx, person, t->history - 1, cx->arena, &former, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_secret_verify(former[i], password)) {
			rc = yh_fail_field(err, YH_BAD_INPUT, "password-used", "/new_password");
			yh_err_int(err, "last", t->history);
		}
	return rc;
}

struct judging {
	struct yh_ctx cx;
	const char *password;
	struct yh_person_row person;
};

static enum yh_rc judge_new(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct judging *j = arg;
	struct yh_identity_terms t;
	enum yh_rc rc;

	j->cx.tx = tx;
	rc = yh_identity_terms(&j->cx, &t, err);
	if (rc == YH_OK)
		rc = yh_person_load(tx, &j->cx.actor->person, j->cx.arena, &j->person, err);
	if (rc == YH_OK)
		rc = check_strength(&t, j->person.login, j->password, err);
	return rc == YH_OK ? check_former(&j->cx, &j->person.id, &t, j->password, err) : rc;
}

enum yh_rc yh_account_password_make(struct yh_ctx *cx, const char *old_password,
				    const char *new_password, struct yh_password_try *tried,
				    struct yh_password_new *made, struct yh_err *err)
{
	struct judging j = { .cx = *cx, .password = new_password };
	enum yh_rc rc = yh_account_try(cx, cx->actor->login, old_password, tried, err);

	if (rc != YH_OK || !tried->fits)
		return rc;
	j.cx.now = yh_clock_now(cx->world->clock);
	rc = yh_exec_read(cx->world->exec, judge_new, &j, err);
	if (rc == YH_OK)
		rc = yh_secret_hash(new_password, made->secret, err);
	if (rc == YH_OK)
		made->judged = tried->secret;
	return rc;
}

/* The new password against the rules, but for what was found out ahead and still holds. */
static enum yh_rc check_new(struct yh_ctx *cx, const struct yh_person_row *p,
			    const char *old_password, const char *new_password,
			    const struct yh_password_new *made, const struct yh_identity_terms *t,
			    struct yh_err *err)
{
	enum yh_rc rc = check_strength(t, p->login, new_password, err);

	if (rc == YH_OK && strcmp(old_password, new_password) == 0)
		rc = yh_fail_field(err, YH_BAD_INPUT, "password-same", "/new_password");
	if (rc == YH_OK && !(made && made->judged && strcmp(made->judged, p->secret) == 0))
		rc = check_former(cx, &p->id, t, new_password, err);
	return rc;
}

enum yh_rc yh_account_password_made(struct yh_ctx *cx, const char *old_password,
				    const char *new_password, const struct yh_password_try *tried,
				    const struct yh_password_new *made, struct yh_err *failed,
				    struct yh_err *err)
{
	char secret[YH_SECRET_TEXT];
	struct yh_identity_terms t;
	struct yh_person_row p;
	enum yh_rc rc = yh_account_hold(cx, &cx->actor->person, &p, err);

	yh_err_clear(failed);
	if (rc == YH_OK)
		rc = yh_identity_terms(cx, &t, err);
	if (rc != YH_OK || yh_account_locked(cx, &p, failed))
		return rc;
	if (!fits(p.secret, old_password, tried)) {
		(void)yh_fail_field(failed, YH_FORBIDDEN, "password-wrong", "/old_password");
		return yh_account_failed(cx, &p, "password", err);
	}
	rc = check_new(cx, &p, old_password, new_password, made, &t, err);
	if (rc == YH_OK && !(made && made->secret[0]))
		rc = yh_secret_hash(new_password, secret, err);
	if (rc == YH_OK)
		rc = yh_former_secret_insert(cx->tx, &p.id, p.secret, cx->now, t.history, err);
	if (rc != YH_OK)
		return rc;
	p.secret = made && made->secret[0] ? made->secret : secret;
	p.must_change = false;
	p.secret_at = cx->now;
	rc = yh_person_update(cx->tx, &p, err);
	if (rc == YH_OK)
		rc = yh_tokens_end(cx->tx, &p.id, &cx->actor->token, cx->now, err);
	return rc == YH_OK ? yh_identity_record(cx, "password.changed", "person", &p.id, NULL, NULL,
						err)
			   : rc;
}

enum yh_rc yh_account_password(struct yh_ctx *cx, const char *old_password,
			       const char *new_password, struct yh_err *err)
{
	struct yh_err failed = { 0 };
	enum yh_rc rc =
		yh_account_password_made(cx, old_password, new_password, NULL, NULL, &failed, err);

	if (rc == YH_OK && failed.rc != YH_OK)
		*err = failed;
	return rc == YH_OK ? failed.rc : rc;
}

enum yh_rc yh_account_reset(struct yh_ctx *cx, const struct yh_id *person,
			    const struct yh_password_new *made, struct yh_err *err)
{
	static const struct yh_id none;
	struct yh_identity_terms t;
	struct yh_person_row p;
	enum yh_rc rc = yh_account_hold(cx, person, &p, err);

	if (rc == YH_OK && strcmp(p.kind, "service") == 0)
		rc = yh_fail(err, YH_CONFLICT, "service-password");
	if (rc == YH_OK)
		rc = yh_identity_terms(cx, &t, err);
	if (rc == YH_OK)
		rc = yh_former_secret_insert(cx->tx, person, p.secret, cx->now, t.history, err);
	if (rc != YH_OK)
		return rc;
	p.secret = made->secret;
	p.must_change = true;
	p.failures = 0;
	p.locked_until = 0;
	p.secret_at = cx->now;
	rc = yh_person_update(cx->tx, &p, err);
	if (rc == YH_OK)
		rc = yh_tokens_end(cx->tx, person, &none, cx->now, err);
	if (rc == YH_OK)
		rc = yh_feed_shut(cx, person, err);
	return rc == YH_OK
		       ? yh_identity_record(cx, "password.reset", "person", person, NULL, NULL, err)
		       : rc;
}
