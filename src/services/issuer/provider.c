/* Asking an issuer: its metadata, its keys, a token for a code, and opening what it signed. What it
 * answers is bounded in size and time, redirects are not followed, and what is remembered spares it
 * most questions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "net/client.h"
#include "net/jose.h"
#include "services/issuer/internal.h"

enum {
	TIMEOUT_S = 8,
	METADATA_MAX = 64 * 1024,
	TOKENS_MAX = 128 * 1024,
	GOOD_MINUTES = 60,
	AGAIN_S = 60, /* keys are not asked for more often */
	AWAY_S = 5,   /* after a failure nobody asks for so long */
	BASIC_MAX = 2048,
};

static enum yh_rc away(const struct yh_issuer *i, const char *detail, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BUSY, "issuer-away");

	yh_err_text(err, "issuer", i->name);
	yh_err_text(err, "detail", detail);
	return rc;
}

/* Not so many at once that they hold up all else. */
static enum yh_rc enter(struct yh_issuers *s, struct yh_err *err)
{
	bool full;

	(void)pthread_mutex_lock(&s->lock);
	full = s->calls >= YH_AT_ONCE;
	if (!full)
		s->calls++;
	(void)pthread_mutex_unlock(&s->lock);
	return full ? yh_fail(err, YH_BUSY, "issuer-busy") : YH_OK;
}

static void leave(struct yh_issuers *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->calls--;
	(void)pthread_mutex_unlock(&s->lock);
}

static enum yh_rc call(struct yh_issuers *s, const struct yh_issuer *i,
		       const struct yh_http_call *what, struct yh_http_answer *out,
		       struct yh_err *err)
{
	struct yh_http_call c = *what;
	struct yh_err why = { 0 };
	enum yh_rc rc = enter(s, err);

	if (rc != YH_OK)
		return rc;
	c.timeout_s = TIMEOUT_S;
	c.ca_file = i->ca;
	c.once = true;
	rc = yh_http_call(&c, out, &why);
	leave(s);
	if (rc == YH_OK)
		return YH_OK;
	for (size_t k = 0; k < why.n_figs; k++)
		if (strcmp(why.figs[k].name, "detail") == 0)
			return away(i, why.figs[k].text, err);
	return away(i, why.slug, err);
}

/* A JSON document by GET; free() it. */
static enum yh_rc get(struct yh_issuers *s, const struct yh_issuer *i, const char *url, size_t most,
		      char **out, struct yh_err *err)
{
	static const char *const headers[] = { "Accept: application/json", NULL };
	const struct yh_http_call c = {
		.method = "GET", .url = url, .headers = headers, .reply_max_bytes = most
	};
	struct yh_http_answer a = { 0 };
	char detail[32];
	enum yh_rc rc = call(s, i, &c, &a, err);

	*out = NULL;
	if (rc == YH_OK && a.status != 200) {
		(void)snprintf(detail, sizeof detail, "HTTP %ld", a.status);
		rc = away(i, detail, err);
	}
	if (rc == YH_OK) {
		*out = strndup(yh_buf_text(&a.body), a.body.len);
		rc = *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	yh_buf_done(&a.body);
	free(a.kept);
	return rc;
}

/* What is remembered, copied; NULL: nothing that is still good. */
static const char *remembered(struct yh_issuers *s, char *const *slot, const yh_time *at,
			      yh_time now, int64_t good_s, struct yh_arena *arena)
{
	const char *copy = NULL;

	(void)pthread_mutex_lock(&s->lock);
	if (*slot && now - *at < good_s * YH_US_PER_S && now >= *at)
		copy = yh_arena_strdup(arena, *slot);
	(void)pthread_mutex_unlock(&s->lock);
	return copy;
}

static void remember(struct yh_issuers *s, char **slot, yh_time *at, char *text, yh_time now)
{
	char *old;

	(void)pthread_mutex_lock(&s->lock);
	old = *slot;
	*slot = text;
	*at = now;
	(void)pthread_mutex_unlock(&s->lock);
	free(old);
}

/* One that has just not answered is not asked again at once, by nobody. */
static bool rests(struct yh_issuers *s, struct yh_issuer_kept *k, yh_time now)
{
	bool yes;

	(void)pthread_mutex_lock(&s->lock);
	yes = k->failed_at && now >= k->failed_at && now - k->failed_at < AWAY_S * YH_US_PER_S;
	(void)pthread_mutex_unlock(&s->lock);
	return yes;
}

static void note_failure(struct yh_issuers *s, struct yh_issuer_kept *k, yh_time now)
{
	(void)pthread_mutex_lock(&s->lock);
	k->failed_at = now;
	(void)pthread_mutex_unlock(&s->lock);
}

/* Gets a document and remembers it. */
static enum yh_rc fetch(struct yh_issuers *s, const struct yh_issuer *i, const char *url,
			size_t most, char **slot, yh_time *at, yh_time now, struct yh_arena *arena,
			const char **out, struct yh_err *err)
{
	struct yh_issuer_kept *k = &s->kept[i - s->list];
	struct yh_err why = { 0 };
	char *text;
	enum yh_rc rc;

	if (rests(s, k, now))
		return away(i, "has just failed", err);
	rc = get(s, i, url, most, &text, &why);
	if (rc != YH_OK) {
		if (strcmp(why.slug, "issuer-busy") != 0) /* that is ours, not the issuer's */
			note_failure(s, k, now);
		*err = why;
		return rc;
	}
	*out = yh_arena_strdup(arena, text);
	remember(s, slot, at, text, now);
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc no_metadata(const struct yh_issuer *i, const char *member, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "issuer-metadata");

	yh_err_text(err, "issuer", i->name);
	yh_err_text(err, "member", member);
	return rc;
}

static enum yh_rc read_metadata(const struct yh_issuer *i, const json_t *m, struct yh_arena *arena,
				struct yh_provider *out, struct yh_err *err)
{
	const char *issuer = yh_json_text(m, "issuer"),
		   *end = yh_json_text(m, "end_session_endpoint");
	const struct {
		const char *member, **out;
	} urls[] = { { "authorization_endpoint", &out->authorize },
		     { "token_endpoint", &out->token },
		     { "jwks_uri", &out->keys } };

	if (!issuer || strcmp(issuer, i->issuer) != 0)
		return no_metadata(i, "issuer", err);
	for (size_t k = 0; k < YH_LEN(urls); k++) {
		const char *url = yh_json_text(m, urls[k].member);

		if (!yh_issuer_url_fits(i, url))
			return no_metadata(i, urls[k].member, err);
		*urls[k].out = yh_arena_strdup(arena, url);
		if (!*urls[k].out)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	out->end = yh_issuer_url_fits(i, end) ? yh_arena_strdup(arena, end) : "";
	out->names_itself =
		json_is_true(json_object_get(m, "authorization_response_iss_parameter_supported"));
	return out->end ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_provider_load(struct yh_issuers *s, const struct yh_issuer *i, yh_time now,
			    struct yh_arena *arena, struct yh_provider *out, struct yh_err *err)
{
	struct yh_issuer_kept *k = &s->kept[i - s->list];
	YH_JSON_AUTO m = NULL;
	size_t n = strlen(i->issuer);
	const char *text =
		remembered(s, &k->metadata, &k->metadata_at, now, GOOD_MINUTES * 60, arena);
	const char *url;
	struct yh_err why = { 0 };
	enum yh_rc rc = YH_OK;

	*out = (struct yh_provider){ 0 };
	if (!text) {
		url = yh_arena_printf(arena, "%.*s/.well-known/openid-configuration",
				      (int)(n - (i->issuer[n - 1] == '/')), i->issuer);
		rc = url ? fetch(s, i, url, METADATA_MAX, &k->metadata, &k->metadata_at, now, arena,
				 &text, err)
			 : yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	if (rc != YH_OK)
		return rc;
	if (yh_json_parse(text, strlen(text), &m, &why) == YH_TOO_LARGE)
		return yh_fail(err, why.rc, why.slug);
	if (!json_is_object(m))
		rc = no_metadata(i, "", err);
	else
		rc = read_metadata(i, m, arena, out, err);
	if (rc != YH_OK) /* whoever mends it there is not to wait for an hour */
		remember(s, &k->metadata, &k->metadata_at, NULL, now);
	return rc;
}

enum yh_rc yh_provider_keys(struct yh_issuers *s, const struct yh_issuer *i,
			    const struct yh_provider *p, bool anew, yh_time now,
			    struct yh_arena *arena, const char **keys, struct yh_err *err)
{
	struct yh_issuer_kept *k = &s->kept[i - s->list];

	*keys = remembered(s, &k->keys, &k->keys_at, now, anew ? AGAIN_S : GOOD_MINUTES * 60,
			   arena);
	return *keys ? YH_OK
		     : fetch(s, i, p->keys, YH_JWKS_MAX, &k->keys, &k->keys_at, now, arena, keys,
			     err);
}

/* One member of a form. */
static void add(struct yh_buf *b, const char *name, const char *value)
{
	YH_FREE_AUTO char *text = yh_http_escape(value);

	yh_buf_printf(b, "%s%s=%s", b->len ? "&" : "", name, text ? text : "");
	b->failed = b->failed || !text;
}

/* client_secret_basic: both are escaped as in a form first (RFC 6749, 2.3.1). */
static bool basic(const struct yh_issuer *i, char out[BASIC_MAX])
{
	YH_FREE_AUTO char *id = yh_http_escape(i->client_id), *secret = yh_http_escape(i->secret);
	char pair[BASIC_MAX / 2], coded[YH_BASE64_LEN(BASIC_MAX / 2) + 1];
	int n = id && secret ? snprintf(pair, sizeof pair, "%s:%s", id, secret) : -1;

	if (n < 0 || (size_t)n >= sizeof pair)
		return false;
	n = snprintf(out, BASIC_MAX, "Authorization: Basic %s", yh_base64(pair, (size_t)n, coded));
	return n > 0 && n < BASIC_MAX;
}

static enum yh_rc no_token(const struct yh_issuer *i, long status, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "issuer-exchange");

	yh_err_text(err, "issuer", i->name);
	yh_err_int(err, "status", status);
	return rc;
}

static enum yh_rc read_tokens(const struct yh_issuer *i, const struct yh_http_answer *a,
			      struct yh_arena *arena, const char **id_token,
			      const char **access_token, struct yh_err *err)
{
	YH_JSON_AUTO v = NULL;
	struct yh_err why = { 0 };
	const char *id, *access;

	if (a->status >= 500)
		return away(i, "HTTP 5xx", err);
	if (a->status == 200 &&
	    yh_json_parse(yh_buf_text(&a->body), a->body.len, &v, &why) == YH_TOO_LARGE)
		return yh_fail(err, why.rc, why.slug);
	if (!v)
		return no_token(i, a->status, err);
	id = yh_json_text(v, "id_token");
	access = yh_json_text(v, "access_token");
	if (!id)
		return no_token(i, a->status, err);
	*id_token = yh_arena_strdup(arena, id);
	*access_token = yh_arena_strdup(arena, access ? access : "");
	return *id_token && *access_token ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_provider_exchange(struct yh_issuers *s, const struct yh_issuer *i,
				const struct yh_provider *p, const char *code, const char *verifier,
				struct yh_arena *arena, const char **id_token,
				const char **access_token, struct yh_err *err)
{
	char authorization[BASIC_MAX] = "Accept: application/json";
	const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded",
					authorization, NULL };
	struct yh_http_call c = {
		.method = "POST", .url = p->token, .headers = headers, .reply_max_bytes = TOKENS_MAX
	};
	const char *redirect = yh_issuer_redirect(s, i, arena);
	struct yh_http_answer a = { 0 };
	struct yh_buf body;
	enum yh_rc rc;

	if (!redirect)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_init(&body, 16384);
	add(&body, "grant_type", "authorization_code");
	add(&body, "code", code);
	add(&body, "redirect_uri", redirect);
	add(&body, "code_verifier", verifier);
	if (!i->secret || i->post)
		add(&body, "client_id", i->client_id);
	if (i->secret && i->post)
		add(&body, "client_secret", i->secret);
	if (!yh_buf_ok(&body) || (i->secret && !i->post && !basic(i, authorization))) {
		yh_buf_done(&body);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	c.body = yh_buf_text(&body);
	rc = call(s, i, &c, &a, err);
	if (rc == YH_OK)
		rc = read_tokens(i, &a, arena, id_token, access_token, err);
	yh_buf_done(&body);
	yh_buf_done(&a.body);
	free(a.kept);
	return rc;
}

static void drop(void *p)
{
	json_decref(p);
}

enum yh_rc yh_issuer_open_token(struct yh_issuers *s, const struct yh_issuer *i,
				const struct yh_provider *p, const char *token, yh_time now,
				struct yh_arena *arena, const json_t **claims, struct yh_err *err)
{
	struct yh_err why = { 0 };
	json_t *v = NULL;
	const char *keys;
	enum yh_rc rc = yh_provider_keys(s, i, p, false, now, arena, &keys, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_jwt_open(token, keys, strlen(keys), i->algorithms, &v, &why);
	if (rc == YH_NOT_FOUND) {
		yh_err_clear(&why);
		rc = yh_provider_keys(s, i, p, true, now, arena, &keys, err);
		if (rc != YH_OK)
			return rc;
		rc = yh_jwt_open(token, keys, strlen(keys), i->algorithms, &v, &why);
	}
	if (rc != YH_OK) {
		*err = why;
		return rc;
	}
	*claims = v;
	return yh_arena_defer(arena, drop, v) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}
