/* Signing in and out, passwords and tokens. */
#include "services/identity/account.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "services/audit/security.h"
#include "services/identity/auth.h"
#include "store/event.h"

enum {
	FAILURES_MAX = 5,
	LOCK_MINUTES = 15,
	SESSION_HOURS = 12,
	TOUCH_MINUTES = 5,
	PASSWORD_MIN = 10,
	PASSWORD_MAX = 128,
};

static const int64_t us_per_minute = INT64_C(60) * YH_US_PER_S;

enum yh_rc yh_identity_record(struct yh_ctx *cx, const char *kind, const char *object_kind,
			      const struct yh_id *object, const char *after, const char *reason,
			      struct yh_err *err)
{
	struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = kind,
		.object_kind = object_kind,
		.object_id = *object,
		.person = cx->actor->person,
		.after = after,
		.reason = reason,
		.source = cx->actor->source,
	};

	return yh_event_insert(cx->tx, &e, err);
}

static enum yh_rc new_token(struct yh_ctx *cx, const struct yh_id *person, const char *kind,
			    const char *scopes, const char *label, yh_time expires_at,
			    char token[YH_TOKEN_TEXT], char csrf[YH_TOKEN_TEXT],
			    struct yh_token_row *out, struct yh_err *err)
{
	yh_token_new(token);
	yh_token_new(csrf);
	*out = (struct yh_token_row){
		.id = yh_ctx_new_id(cx),
		.person = *person,
		.digest = yh_sm3_of(token, strlen(token)),
		.csrf = yh_sm3_of(csrf, strlen(csrf)),
		.label = label,
		.created_at = cx->now,
		.used_at = cx->now,
		.expires_at = expires_at,
	};
	(void)snprintf(out->kind, sizeof out->kind, "%s", kind);
	(void)snprintf(out->scopes, sizeof out->scopes, "%s", scopes);
	return yh_token_insert(cx->tx, out, err);
}

/* A wrong password counts; the fifth locks. */
static enum yh_rc count_failure(struct yh_ctx *cx, struct yh_person_row *p, struct yh_err *err)
{
	const struct yh_security_row locked = { .kind = "brute-force",
						.subject = p->login,
						.person = p->id,
						.source = cx->actor->source,
						.n = FAILURES_MAX };
	enum yh_rc rc;

	p->failures++;
	if (p->failures >= FAILURES_MAX) {
		p->failures = 0;
		p->locked_until = cx->now + LOCK_MINUTES * us_per_minute;
	}
	rc = yh_person_tried(cx->tx, p, err);
	if (rc == YH_OK && p->locked_until > cx->now)
		rc = yh_security_raise(cx, &locked, err);
	return rc == YH_OK
		       ? yh_identity_record(cx, "sign-in.failed", "person", &p->id, NULL, NULL, err)
		       : rc;
}

/* An unknown login takes as long as a known one. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct trying {
	struct yh_ctx *cx;
	const char *login;
	struct yh_person_row person;
	bool found;
};

static enum yh_rc find_person(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct trying *t = arg;
	struct yh_err lower = { 0 };
	enum yh_rc rc = yh_person_by_login(tx, t->login, t->cx->arena, &t->person, &lower);

	t->found = rc == YH_OK;
	if (rc != YH_OK && rc != YH_NOT_FOUND)
		*err = lower;
	return rc == YH_NOT_FOUND ? YH_OK : rc;
}

enum yh_rc yh_account_try(struct yh_ctx *cx, const char *login, const char *password,
			  struct yh_password_try *out, struct yh_err *err)
{
	struct trying t = { .cx = cx, .login = login };
	enum yh_rc rc = yh_exec_read(cx->world->exec, find_person, &t, err);

	*out = (struct yh_password_try){ 0 };
	if (rc != YH_OK || (t.found && t.person.locked_until > cx->now))
		return rc;
	out->secret = t.found ? t.person.secret : nobody;
	out->fits = yh_secret_verify(out->secret, password);
	return YH_OK;
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
	size_t n;
	enum yh_rc rc = yh_auth_grants(cx->tx, &p->id, yh_ctx_today(cx), cx->arena, &rows, &n, err);

	if (rc != YH_OK || n > 0)
		return rc;
	rc = yh_auth_still(cx->tx, &p->id, failed);
	return rc == YH_UNAUTHENTICATED ? YH_OK : rc;
}

/* By whom: the actor is nobody until then. */
static enum yh_rc record_sign_in(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err)
{
	struct yh_actor proven = *cx->actor;
	struct yh_ctx by = *cx;

	proven.person = *person;
	by.actor = &proven;
	return yh_identity_record(&by, "sign-in.done", "person", person, NULL, NULL, err);
}

enum yh_rc yh_account_sign_in(struct yh_ctx *cx, const char *login, const char *password,
			      const struct yh_password_try *tried, struct yh_session_out *out,
			      struct yh_err *failed, struct yh_err *err)
{
	struct yh_person_row p;
	struct yh_token_row t;
	struct yh_err lower = { 0 };
	enum yh_rc rc = yh_person_by_login(cx->tx, login, cx->arena, &p, &lower);

	yh_err_clear(failed);
	if (rc == YH_NOT_FOUND) {
		(void)fits(nobody, password, tried);
		(void)yh_fail(failed, YH_UNAUTHENTICATED, "sign-in-failed");
		return YH_OK;
	}
	if (rc != YH_OK) {
		*err = lower;
		return rc;
	}
	if (p.locked_until > cx->now) {
		(void)yh_fail(failed, YH_FORBIDDEN, "account-locked");
		yh_err_int(failed, "minutes", (p.locked_until - cx->now) / us_per_minute + 1);
		return YH_OK;
	}
	if (!fits(p.secret, password, tried) || strcmp(p.status, "active") != 0) {
		(void)yh_fail(failed, YH_UNAUTHENTICATED, "sign-in-failed");
		return count_failure(cx, &p, err);
	}
	rc = check_let_in(cx, &p, failed, err);
	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	p.failures = 0;
	rc = yh_person_tried(cx->tx, &p, err);
	out->expires_at = cx->now + SESSION_HOURS * 60 * us_per_minute;
	out->must_change = p.must_change;
	out->person = p.id;
	if (rc == YH_OK)
		rc = new_token(cx, &p.id, "session", "all", "", out->expires_at, out->token,
			       out->csrf, &t, err);
	return rc == YH_OK ? record_sign_in(cx, &p.id, err) : rc;
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
	return yh_token_use(cx->tx, &cx->actor->token, cx->now,
			    cx->now - TOUCH_MINUTES * us_per_minute, err);
}

static enum yh_rc check_strength(const char *login, const char *password, struct yh_err *err)
{
	bool lower = false, upper = false, digit = false, other = false;
	size_t n = strlen(password);
	enum yh_rc rc;

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
	if (n >= PASSWORD_MIN && n <= PASSWORD_MAX && lower + upper + digit + other >= 3 &&
	    !strcasestr(password, login))
		return YH_OK;
	rc = yh_fail_field(err, YH_BAD_INPUT, "password-weak", "/new_password");
	yh_err_int(err, "least", PASSWORD_MIN);
	return rc;
}

enum yh_rc yh_account_password_made(struct yh_ctx *cx, const char *old_password,
				    const char *new_password, const struct yh_password_try *tried,
				    const struct yh_password_new *made, struct yh_err *err)
{
	char secret[YH_SECRET_TEXT];
	struct yh_person_row p;
	enum yh_rc rc = yh_person_load(cx->tx, &cx->actor->person, cx->arena, &p, err);

	if (rc == YH_OK && !fits(p.secret, old_password, tried))
		rc = yh_fail_field(err, YH_FORBIDDEN, "password-wrong", "/old_password");
	if (rc == YH_OK)
		rc = check_strength(p.login, new_password, err);
	if (rc == YH_OK && strcmp(old_password, new_password) == 0)
		rc = yh_fail_field(err, YH_BAD_INPUT, "password-same", "/new_password");
	if (rc == YH_OK && !(made && made->secret[0]))
		rc = yh_secret_hash(new_password, secret, err);
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
	return yh_account_password_made(cx, old_password, new_password, NULL, NULL, err);
}

enum yh_rc yh_account_token(struct yh_ctx *cx, const char *label, const char *scopes, int64_t days,
			    char token[YH_TOKEN_TEXT], struct yh_token_row *out, struct yh_err *err)
{
	char csrf[YH_TOKEN_TEXT];
	enum yh_rc rc = new_token(cx, &cx->actor->person, "bearer", scopes, label,
				  cx->now + days * YH_US_PER_DAY, token, csrf, out, err);

	return rc == YH_OK ? yh_identity_record(cx, "token.created", "token", &out->id, scopes,
						label, err)
			   : rc;
}

enum yh_rc yh_account_token_end(struct yh_ctx *cx, const struct yh_id *token, struct yh_err *err)
{
	struct yh_token_row *list;
	size_t n;
	enum yh_rc rc =
		yh_token_list(cx->tx, &cx->actor->person, cx->now, cx->arena, &list, &n, err);

	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (yh_id_eq(&list[i].id, token)) {
			rc = yh_token_end(cx->tx, token, cx->now, err);
			return rc == YH_OK ? yh_identity_record(cx, "token.ended", "token", token,
								NULL, NULL, err)
					   : rc;
		}
	return yh_fail(err, YH_NOT_FOUND, "token-unknown");
}
