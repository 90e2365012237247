/* From the button to the session: beginning at an issuer, and coming back. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "net/client.h"
#include "net/jose.h"
#include "services/identity/auth.h"
#include "services/identity/record.h"
#include "services/identity/session.h"
#include "services/identity/tries.h"
#include "services/issuer/internal.h"

enum { FLOW_MINUTES = 10, HEX = 2 * YH_SM3_BYTES + 1, NAME_MOST = 60, LOGIN_MOST = 40 };

enum yh_rc yh_issuer_unknown(struct yh_err *err)
{
	return yh_fail(err, YH_NOT_FOUND, "issuer-unknown");
}

static void derive(const char *cookie, const char *what, char out[HEX])
{
	struct yh_sm3 d = yh_hmac_sm3(cookie, strlen(cookie), what, strlen(what));

	(void)yh_hex(d.b, sizeof d.b, out);
}

/* Good at one issuer. Which of the two it is may be seen by the page one comes back to. */
static void state_of(const char *cookie, bool bind, const char *issuer, char out[HEX + 2])
{
	char hex[HEX], what[64];

	(void)snprintf(what, sizeof what, "state of %s %s", bind ? "binding" : "signing in",
		       issuer);
	derive(cookie, what, hex);
	(void)snprintf(out, HEX + 2, "%c.%s", bind ? 'b' : 's', hex);
}

static struct yh_sm3 digest_of(const char *cookie)
{
	return yh_sm3_of(cookie, strlen(cookie));
}

static void add(struct yh_buf *b, const char *name, const char *value)
{
	YH_FREE_AUTO char *text = yh_http_escape(value);

	yh_buf_printf(b, "&%s=%s", name, text ? text : "");
	b->failed = b->failed || !text;
}

static const char *address(const struct yh_issuers *s, const struct yh_issuer *i, const char *at,
			   struct yh_arena *arena)
{
	const char *out, *redirect = yh_issuer_redirect(s, i, arena);
	struct yh_buf b;

	if (!redirect)
		return NULL;
	yh_buf_init(&b, 8192);
	yh_buf_printf(&b, "%s%cresponse_type=code", at, strchr(at, '?') ? '&' : '?');
	add(&b, "client_id", i->client_id);
	add(&b, "redirect_uri", redirect);
	add(&b, "scope", i->scopes);
	if (i->acr[0])
		add(&b, "acr_values", i->acr);
	add(&b, "code_challenge_method", "S256");
	out = yh_buf_ok(&b) ? yh_arena_strdup(arena, yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return out;
}

enum yh_rc yh_issuer_look(struct yh_ctx *cx, const char *name, struct yh_issuer_begin *out,
			  struct yh_err *err)
{
	struct yh_issuers *s = cx->world->issuers;
	struct yh_provider p;
	enum yh_rc rc;

	*out = (struct yh_issuer_begin){ .issuer = yh_issuer_named(s, name) };
	if (!out->issuer)
		return yh_issuer_unknown(err);
	rc = yh_provider_load(s, out->issuer, cx->now, cx->arena, &p, err);
	if (rc != YH_OK)
		return rc;
	out->location = address(s, out->issuer, p.authorize, cx->arena);
	return out->location ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_issuer_begin(struct yh_ctx *cx, const struct yh_issuer_begin *look, bool bind,
			   char cookie[YH_TOKEN_TEXT], const char **location, yh_time *expires_at,
			   struct yh_err *err)
{
	char state[HEX + 2], nonce[HEX], verifier[HEX], challenge[YH_SHA256_URL];
	struct yh_issuer_flow f = { .created_at = cx->now,
				    .expires_at =
					    cx->now + FLOW_MINUTES * INT64_C(60) * YH_US_PER_S };

	if (bind) {
		enum yh_rc rc = yh_session_need(cx, err);

		if (rc != YH_OK)
			return rc;
	}
	yh_token_new(cookie);
	f.cookie = digest_of(cookie);
	(void)snprintf(f.issuer, sizeof f.issuer, "%s", look->issuer->name);
	if (bind)
		f.person = cx->actor->person;
	state_of(cookie, bind, f.issuer, state);
	derive(cookie, "nonce", nonce);
	derive(cookie, "verifier", verifier);
	yh_sha256_url(verifier, challenge);
	*location = yh_arena_printf(cx->arena, "%s&code_challenge=%s&state=%s&nonce=%s",
				    look->location, challenge, state, nonce);
	*expires_at = f.expires_at;
	return *location ? yh_issuer_flow_insert(cx->tx, &f, err)
			 : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* ---- coming back ---- */

struct flow_read {
	struct yh_ctx *cx;
	struct yh_sm3 cookie;
	struct yh_issuer_flow flow;
	struct yh_err why;
};

static enum yh_rc read_flow(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct flow_read *r = arg;
	enum yh_rc rc;

	r->why = (struct yh_err){ 0 };
	rc = yh_issuer_flow_load(tx, &r->cookie, r->cx->now, &r->flow, &r->why);
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	*err = r->why;
	return rc;
}

static bool said(const char *text)
{
	return text && *text;
}

/* Is it the answer to what this browser asked, from whom it asked? */
static enum yh_rc check_back(const struct yh_issuer_back *back, const struct yh_issuer_flow *f,
			     const struct yh_issuer *i, const struct yh_provider *p,
			     struct yh_err *why)
{
	char state[HEX + 2];
	enum yh_rc rc;

	state_of(back->cookie, !yh_id_is_zero(&f->person), i->name, state);
	if (!back->state || strlen(back->state) != strlen(state) ||
	    !yh_equal_ct(back->state, state, strlen(state)))
		return yh_fail(why, YH_BAD_INPUT, "issuer-state");
	/* one that does not name itself is told by where it sends the browser */
	if (!back->issuer || strcmp(back->issuer, i->name) != 0 ||
	    ((said(back->iss) || p->names_itself) &&
	     (!back->iss || strcmp(back->iss, i->issuer) != 0)))
		return yh_fail(why, YH_BAD_INPUT, "issuer-other");
	if (said(back->error)) {
		rc = yh_fail(why, YH_FORBIDDEN, "issuer-denied");
		yh_err_text(why, "reason", back->error);
		return rc;
	}
	return said(back->code) ? YH_OK : yh_fail(why, YH_BAD_INPUT, "issuer-state");
}

static bool proves_factor(const struct yh_issuer *i, const json_t *claims)
{
	const char *acr = yh_json_text(claims, "acr");
	const json_t *amr = json_object_get(claims, "amr"), *one;
	size_t k;

	json_array_foreach(amr, k, one)
	{
		if (json_is_string(one) && yh_word_among(i->amr, json_string_value(one)))
			return true;
	}
	return acr && yh_word_among(i->acr, acr);
}

/* What a person is called: a line of text, cut at a whole character. */
static const char *called(const json_t *claims, const char *member, size_t most,
			  struct yh_arena *arena)
{
	const char *text = yh_json_text(claims, member);
	size_t n = text ? strnlen(text, most) : 0;

	while (n > 0 && text[n] && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	for (size_t k = 0; k < n; k++)
		if ((unsigned char)text[k] < ' ' || text[k] == 0x7f)
			n = 0;
	return yh_arena_strndup(arena, n ? text : "", n);
}

static enum yh_rc take_claims(struct yh_ctx *cx, const json_t *claims, struct yh_issuer_said *out,
			      struct yh_err *err)
{
	out->subject = yh_arena_strdup(cx->arena, yh_json_text(claims, "sub"));
	out->name = called(claims, "name", NAME_MOST, cx->arena);
	out->login = called(claims, "preferred_username", LOGIN_MOST, cx->arena);
	out->sid = called(claims, "sid", YH_ISSUER_SID - 1, cx->arena);
	out->factor = proves_factor(out->issuer, claims);
	if (!out->subject || !out->name || !out->login || !out->sid)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return out->issuer->create ? yh_password_draw(&out->made, err) : YH_OK;
}

static enum yh_rc judge(struct yh_ctx *cx, const struct yh_issuer_back *back,
			const struct yh_issuer_flow *f, const struct yh_provider *p,
			struct yh_issuer_said *out, struct yh_err *why)
{
	struct yh_issuers *s = cx->world->issuers;
	char verifier[HEX], nonce[HEX], algorithm[16];
	struct yh_claims_wanted want = {
		.nonce = nonce, .algorithm = algorithm, .begun_at = f->created_at, .now = cx->now
	};
	const char *token;
	const json_t *claims;
	enum yh_rc rc = check_back(back, f, out->issuer, p, why);

	if (rc != YH_OK)
		return rc;
	derive(back->cookie, "verifier", verifier);
	derive(back->cookie, "nonce", nonce);
	rc = yh_provider_exchange(s, out->issuer, p, back->code, verifier, cx->arena, &token,
				  &want.access_token, why);
	if (rc == YH_OK)
		rc = yh_issuer_open_token(s, out->issuer, p, token, cx->now, cx->arena, &claims,
					  why);
	if (rc != YH_OK)
		return rc;
	want.now = yh_clock_now(cx->world->clock); /* asking took its time */
	yh_jwt_algorithm(token, algorithm);
	rc = yh_issuer_claims(out->issuer, claims, &want, why);
	return rc == YH_OK ? take_claims(cx, claims, out, why) : rc;
}

enum yh_rc yh_issuer_try(struct yh_ctx *cx, const struct yh_issuer_back *back,
			 struct yh_issuer_said *out, struct yh_err *err)
{
	struct yh_issuers *s = cx->world->issuers;
	struct flow_read r = { .cx = cx };
	struct yh_provider p;
	enum yh_rc rc;

	*out = (struct yh_issuer_said){ 0 };
	if (!s || !said(back->cookie))
		return yh_fail(err, YH_NOT_FOUND, "issuer-flow-unknown");
	r.cookie = digest_of(back->cookie);
	rc = yh_exec_read(cx->world->exec, read_flow, &r, err);
	if (rc == YH_OK && r.why.rc != YH_OK) {
		*err = r.why;
		rc = r.why.rc;
	}
	if (rc != YH_OK)
		return rc;
	out->issuer = yh_issuer_named(s, r.flow.issuer);
	if (!out->issuer)
		return yh_issuer_unknown(err);
	rc = yh_provider_load(s, out->issuer, cx->now, cx->arena, &p, &out->why);
	if (rc == YH_OK)
		rc = judge(cx, back, &r.flow, &p, out, &out->why);
	if (rc == YH_TOO_LARGE) { /* our own trouble, not the issuer's */
		*err = out->why;
		return rc;
	}
	return YH_OK;
}

/* ---- inside the transaction ---- */

/* By whom: the actor is nobody until then. */
static enum yh_rc record(struct yh_ctx *cx, const struct yh_id *person, const char *kind,
			 const struct yh_issuer *i, const char *reason, struct yh_err *err)
{
	struct yh_actor proven = *cx->actor;
	struct yh_ctx by = *cx;

	if (!yh_id_is_zero(person))
		proven.person = *person;
	by.actor = &proven;
	return yh_identity_record(&by, kind, "person", person, i->name, reason, err);
}

/* Takes what was begun, for good; what is refused after that is recorded. */
static enum yh_rc take_back(struct yh_ctx *cx, const struct yh_issuer_back *back,
			    const struct yh_issuer_said *s, bool bind, struct yh_err *failed,
			    struct yh_err *err)
{
	static const struct yh_id nobody;
	struct yh_sm3 cookie = digest_of(back->cookie);
	struct yh_issuer_flow f;
	enum yh_rc rc = yh_issuer_flow_take(cx->tx, &cookie, cx->now, &f, err);

	if (rc != YH_OK)
		return rc;
	if (s->why.rc != YH_OK)
		*failed = s->why;
	else if (bind ? !yh_id_eq(&f.person, &cx->actor->person) : !yh_id_is_zero(&f.person))
		(void)yh_fail(failed, YH_BAD_INPUT, "issuer-state");
	if (failed->rc == YH_OK)
		return YH_OK;
	return record(cx, bind ? &cx->actor->person : &nobody,
		      bind ? "issuer.refused" : "sign-in.failed", s->issuer, failed->slug, err);
}

static bool is_login(const char *s)
{
	size_t n = strlen(s);

	for (size_t k = 0; k < n; k++)
		if (!islower((unsigned char)s[k]) && !isdigit((unsigned char)s[k]) &&
		    !(k > 0 && strchr("._-", s[k])))
			return false;
	return n >= 2 && n <= LOGIN_MOST;
}

/* The issuer's own word where it is a login and free, else one made of the subject. */
static enum yh_rc pick_login(struct yh_ctx *cx, const struct yh_issuer_said *s, const char **out,
			     struct yh_err *err)
{
	const struct yh_piece pieces[] = { { s->issuer->issuer, strlen(s->issuer->issuer) },
					   { s->subject, strlen(s->subject) } };
	struct yh_sm3 d = yh_sm3_of_pieces(pieces, YH_LEN(pieces));
	struct yh_person_row other;
	struct yh_err lower = { 0 };
	char hex[HEX];
	enum yh_rc rc;

	*out = s->login;
	rc = is_login(s->login) ? yh_person_by_login(cx->tx, s->login, cx->arena, &other, &lower)
				: YH_OK;
	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		*err = lower;
		return rc;
	}
	*out = yh_arena_printf(cx->arena, "sso-%.16s", yh_hex(d.b, sizeof d.b, hex));
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* An account without any role, whose only way in is the issuer. */
static enum yh_rc make_account(struct yh_ctx *cx, const struct yh_issuer_said *s,
			       struct yh_person_row *out, struct yh_issuer_subject *bound,
			       struct yh_err *err)
{
	const char *login;
	enum yh_rc rc = pick_login(cx, s, &login, err);

	if (rc == YH_OK)
		rc = yh_account_create_made(cx, login, s->name[0] ? s->name : login, &s->made, out,
					    err);
	if (rc != YH_OK)
		return rc;
	out->must_change = false;
	rc = yh_person_update(cx->tx, out, err);
	if (rc == YH_OK)
		rc = yh_issuer_only_set(cx->tx, &out->id, true, cx->now, err);
	return rc == YH_OK ? yh_issuer_bind_row(cx, &out->id, s->issuer, s->subject, bound, err)
			   : rc;
}

/* Whose subject it is; `failed` when nobody's. */
static enum yh_rc find_account(struct yh_ctx *cx, const struct yh_issuer_said *s,
			       struct yh_person_row *out, struct yh_err *failed, struct yh_err *err)
{
	struct yh_issuer_subject bound;
	struct yh_err lower = { 0 };
	enum yh_rc rc = yh_issuer_subject_find(cx->tx, s->issuer->issuer, s->subject, cx->arena,
					       &bound, &lower);

	if (rc == YH_NOT_FOUND && s->issuer->create) {
		rc = make_account(cx, s, out, &bound, err);
	} else if (rc == YH_NOT_FOUND) {
		(void)yh_fail(failed, YH_FORBIDDEN, "issuer-not-bound");
		yh_err_text(failed, "issuer", s->issuer->name);
		yh_err_text(failed, "subject", s->subject);
		return YH_OK;
	} else if (rc != YH_OK) {
		*err = lower;
		return rc;
	} else {
		rc = yh_account_hold(cx, &bound.person, out, err);
	}
	return rc == YH_OK ? yh_issuer_subject_used(cx->tx, &bound.id, cx->now, err) : rc;
}

/* An account that is closed or past its end signs in by nothing, a program's by tokens alone, and
 * who was let in for some days on these alone. */
static enum yh_rc check_open(struct yh_ctx *cx, const struct yh_person_row *p,
			     struct yh_err *failed, struct yh_err *err)
{
	struct yh_err lower = { 0 };
	struct yh_grant_row *rows;
	size_t n;
	enum yh_rc rc;

	if (strcmp(p->kind, "service") == 0 || !yh_person_works(p, yh_ctx_today(cx))) {
		(void)yh_fail(failed, YH_UNAUTHENTICATED, "sign-in-failed");
		return YH_OK;
	}
	rc = yh_auth_grants(cx->tx, &p->id, yh_ctx_today(cx), cx->arena, &rows, &n, err);
	if (rc != YH_OK || n > 0)
		return rc;
	rc = yh_auth_still(cx->tx, &p->id, &lower);
	if (rc != YH_OK)
		*(rc == YH_UNAUTHENTICATED ? failed : err) = lower;
	return rc == YH_UNAUTHENTICATED ? YH_OK : rc;
}

/* The issuer may end the session later, and is told when its holder does. */
static enum yh_rc keep_session(struct yh_ctx *cx, const struct yh_issuer_said *s,
			       const struct yh_session_out *out, struct yh_err *err)
{
	struct yh_sm3 digest = yh_sm3_of(out->token, strlen(out->token));
	struct yh_issuer_session row = { .issuer = s->issuer->issuer,
					 .subject = s->subject,
					 .sid = s->sid,
					 .created_at = cx->now };
	struct yh_token_row t;
	enum yh_rc rc = yh_token_load(cx->tx, &digest, cx->arena, &t, err);

	row.token = t.id;
	return rc == YH_OK ? yh_issuer_session_insert(cx->tx, &row, err) : rc;
}

enum yh_rc yh_issuer_sign_in(struct yh_ctx *cx, const struct yh_issuer_back *back,
			     const struct yh_issuer_said *s, struct yh_session_out *out,
			     struct yh_err *failed, struct yh_err *err)
{
	static const struct yh_id nobody;
	struct yh_person_row p = { 0 };
	struct yh_session_in in = { .person = &p, .proven = s->factor };
	enum yh_rc rc;

	yh_err_clear(failed);
	rc = take_back(cx, back, s, false, failed, err);
	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	rc = find_account(cx, s, &p, failed, err);
	if (rc == YH_OK && failed->rc == YH_OK)
		rc = check_open(cx, &p, failed, err);
	if (rc != YH_OK)
		return rc;
	if (failed->rc == YH_OK)
		rc = yh_session_open(cx, &in, out, failed, err);
	if (rc != YH_OK)
		return rc;
	if (failed->rc != YH_OK)
		return record(cx, yh_id_is_zero(&p.id) ? &nobody : &p.id, "sign-in.failed",
			      s->issuer, failed->slug, err);
	rc = keep_session(cx, s, out, err);
	return rc == YH_OK ? record(cx, &p.id, "issuer.signed-in", s->issuer, NULL, err) : rc;
}

enum yh_rc yh_issuer_bind_own(struct yh_ctx *cx, const struct yh_issuer_back *back,
			      const struct yh_issuer_said *s, struct yh_issuer_subject *out,
			      struct yh_err *failed, struct yh_err *err)
{
	struct yh_issuer_subject other;
	struct yh_err lower = { 0 };
	struct yh_person_row me;
	enum yh_rc rc = yh_session_need(cx, err);

	yh_err_clear(failed);
	if (rc == YH_OK)
		rc = yh_issuer_of_person(cx, &cx->actor->person, &me, err);
	if (rc == YH_OK)
		rc = take_back(cx, back, s, true, failed, err);
	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	rc = yh_issuer_subject_find(cx->tx, s->issuer->issuer, s->subject, cx->arena, &other,
				    &lower);
	if (rc == YH_NOT_FOUND)
		return yh_issuer_bind_row(cx, &cx->actor->person, s->issuer, s->subject, out, err);
	if (rc != YH_OK) {
		*err = lower;
		return rc;
	}
	(void)yh_fail(failed, YH_CONFLICT, "issuer-bound-already");
	return record(cx, &cx->actor->person, "issuer.refused", s->issuer, failed->slug, err);
}
