/* Resolving a token to its actor; kept replies. */
#include "services/identity/auth.h"

#include <string.h>

#include "store/person.h"

/* A session that does not say how long it may lie unused. */
static const yh_time idle_usual = INT64_C(30) * 60 * YH_US_PER_S;

static enum yh_rc check_token(const struct yh_token_row *t, const struct yh_credential *cred,
			      yh_time now, struct yh_err *err)
{
	bool session = strcmp(t->kind, "session") == 0;
	struct yh_sm3 csrf;

	if (t->ended_at || session != cred->is_session)
		return yh_fail(err, YH_UNAUTHENTICATED, "token-unknown");
	if (now >= t->expires_at ||
	    (session && now - t->used_at > (t->idle_us > 0 ? t->idle_us : idle_usual)))
		return yh_fail(err, YH_UNAUTHENTICATED, "token-expired");
	if (!cred->need_csrf)
		return YH_OK;
	csrf = yh_sm3_of(cred->csrf ? cred->csrf : "", cred->csrf ? strlen(cred->csrf) : 0);
	if (!yh_equal_ct(csrf.b, t->csrf.b, sizeof csrf.b))
		return yh_fail(err, YH_FORBIDDEN, "csrf-mismatch");
	return YH_OK;
}

static void copy_grant(struct yh_grant *to, const struct yh_grant_row *row)
{
	*to = (struct yh_grant){ .role = row->role,
				 .org = row->org,
				 .org_name = row->org_name,
				 .district = row->district,
				 .closed = row->org_closed,
				 .capacity = row->capacity,
				 .giver = row->giver,
				 .scope = row->scope };
}

enum yh_rc yh_auth_grants(struct yh_tx *tx, const struct yh_id *person, yh_day day,
			  struct yh_arena *arena, struct yh_grant_row **out, size_t *n,
			  struct yh_err *err)
{
	bool lent = false, reader = false;
	size_t kept = 0;
	enum yh_rc rc = yh_grants_on(tx, person, day, arena, out, n, err);

	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		lent = lent || !yh_id_is_zero(&(*out)[i].giver);
	if (lent)
		rc = yh_grant_was_reader(tx, person, &reader, err);
	for (size_t i = 0; reader && i < *n; i++)
		if (yh_id_is_zero(&(*out)[i].giver))
			(*out)[kept++] = (*out)[i];
	if (reader)
		*n = kept;
	return rc;
}

static enum yh_rc load_grants(struct yh_tx *tx, struct yh_actor *a, yh_day day,
			      struct yh_arena *arena, struct yh_err *err)
{
	struct yh_grant_row *held, *over;
	struct yh_grant *g;
	size_t n, m;
	enum yh_rc rc = yh_auth_grants(tx, &a->person, day, arena, &held, &n, err);

	if (rc == YH_OK)
		rc = yh_grants_taken_over(tx, &a->person, day, arena, &over, &m, err);
	if (rc != YH_OK)
		return rc;
	g = YH_NEW_N(arena, struct yh_grant, n + m + 1);
	if (!g)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n; i++)
		copy_grant(&g[i], &held[i]);
	for (size_t i = 0; i < m; i++)
		copy_grant(&g[n + i], &over[i]);
	a->grants = g;
	a->n_grants = n + m;
	return YH_OK;
}

/* Who was let in from outside for some days is nobody here on any other, whatever token is shown.
 */
enum yh_rc yh_auth_still(struct yh_tx *tx, const struct yh_id *person, struct yh_err *err)
{
	bool reader = false;
	enum yh_rc rc = yh_grant_was_reader(tx, person, &reader, err);

	return rc == YH_OK && reader ? yh_fail(err, YH_UNAUTHENTICATED, "access-ended") : rc;
}

enum yh_rc yh_auth_person(struct yh_tx *tx, const struct yh_person_row *p, yh_time now,
			  const char *scopes, const char *source, struct yh_arena *arena,
			  struct yh_actor **out, struct yh_err *err)
{
	struct yh_actor *a = YH_NEW(arena, struct yh_actor);
	enum yh_rc rc;

	if (!a)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*a = (struct yh_actor){ .person = p->id,
				.login = p->login,
				.name = p->name,
				.scopes = scopes,
				.source = source,
				.must_change = p->must_change,
				.has_factor = p->has_factor };
	if (strcmp(p->kind, "service") == 0)
		a->owner = p->owner;
	memcpy(a->clearance, p->clearance, sizeof a->clearance);
	rc = load_grants(tx, a, yh_day_of(now), arena, err);
	if (rc == YH_OK && a->n_grants == 0)
		rc = yh_auth_still(tx, &p->id, err);
	*out = a;
	return rc;
}

/* Takes over an entry that the credential passes, and gives it back with the arena. */
static struct yh_actor *take_known(struct yh_known *k, const struct yh_credential *cred,
				   yh_time now, struct yh_arena *arena)
{
	struct yh_actor *a;

	if (!k)
		return NULL;
	if (!yh_arena_defer(arena, yh_known_drop, k))
		return NULL;
	a = YH_NEW(arena, struct yh_actor);
	if (!a || k->day != yh_day_of(now) || check_token(&k->token, cred, now, NULL) != YH_OK)
		return NULL;
	*a = k->actor;
	a->source = cred->source;
	return a;
}

struct yh_actor *yh_auth_guess(struct yh_actors *known, const struct yh_credential *cred,
			       yh_time now, struct yh_arena *arena)
{
	struct yh_sm3 digest = yh_sm3_of(cred->token, strlen(cred->token));

	return known ? take_known(yh_actors_find(known, &digest), cred, now, arena) : NULL;
}

static enum yh_rc load_actor(struct yh_tx *tx, const struct yh_sm3 *digest,
			     const struct yh_credential *cred, yh_time now, struct yh_arena *arena,
			     struct yh_token_row *t, struct yh_actor **out, struct yh_err *err)
{
	struct yh_person_row p;
	struct yh_err lower = { 0 };
	enum yh_rc rc = yh_token_load(tx, digest, arena, t, &lower);

	if (rc == YH_NOT_FOUND)
		return yh_fail(err, YH_UNAUTHENTICATED, "token-unknown");
	if (rc != YH_OK) {
		*err = lower;
		return rc;
	}
	rc = check_token(t, cred, now, err);
	if (rc == YH_OK)
		rc = yh_person_load(tx, &t->person, arena, &p, err);
	if (rc == YH_OK && !yh_person_works(&p, yh_day_of(now)))
		rc = yh_fail(err, YH_UNAUTHENTICATED, "account-closed");
	if (rc == YH_OK)
		rc = yh_auth_person(tx, &p, now, t->scopes, cred->source, arena, out, err);
	if (rc != YH_OK)
		return rc;
	(*out)->token = t->id;
	(*out)->nouns = t->nouns;
	(*out)->proven = t->proven;
	(*out)->idle_us = t->idle_us;
	(*out)->is_session = cred->is_session;
	return YH_OK;
}

enum yh_rc yh_auth_actor(struct yh_tx *tx, struct yh_actors *known, int64_t mark,
			 const struct yh_credential *cred, yh_time now, struct yh_arena *arena,
			 struct yh_actor **out, struct yh_err *err)
{
	struct yh_sm3 digest = yh_sm3_of(cred->token, strlen(cred->token));
	struct yh_token_row *t = YH_NEW(arena, struct yh_token_row);
	struct yh_known *k = known ? yh_actors_find(known, &digest) : NULL;
	enum yh_rc rc;

	if (k && k->mark != mark) {
		yh_known_drop(k);
		k = NULL;
	}
	*out = take_known(k, cred, now, arena);
	if (*out)
		return YH_OK;
	if (!t)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = load_actor(tx, &digest, cred, now, arena, t, out, err);
	if (rc == YH_OK && known)
		yh_actors_put(known, &(struct yh_known){ .token = *t,
							 .actor = **out,
							 .mark = mark,
							 .day = yh_day_of(now) });
	return rc;
}

enum yh_rc yh_session_need(const struct yh_ctx *cx, struct yh_err *err)
{
	return cx->actor->is_session ? YH_OK : yh_fail(err, YH_FORBIDDEN, "session-required");
}

enum yh_rc yh_idem_find(struct yh_ctx *cx, const char *key, const struct yh_sm3 *request,
			bool *found, struct yh_kept_reply *out, struct yh_err *err)
{
	struct yh_kept_row row;
	enum yh_rc rc = yh_kept_find(cx->tx, &cx->actor->person, key, cx->arena, found, &row, err);

	if (rc != YH_OK || !*found)
		return rc;
	if (memcmp(row.request.b, request->b, sizeof request->b) != 0)
		return yh_fail(err, YH_CONFLICT, "idempotency-key-reused");
	*out = (struct yh_kept_reply){ .status = (int)row.status,
				       .body = row.body,
				       .etag = row.etag,
				       .location = row.location };
	return YH_OK;
}

enum yh_rc yh_idem_keep(struct yh_ctx *cx, const char *key, const struct yh_sm3 *request,
			const struct yh_kept_reply *reply, struct yh_err *err)
{
	struct yh_kept_row row = { .request = *request,
				   .status = reply->status,
				   .body = reply->body,
				   .etag = reply->etag ? reply->etag : "",
				   .location = reply->location ? reply->location : "" };

	return yh_kept_insert(cx->tx, &cx->actor->person, key, &row, cx->now, cx->arena, err);
}
