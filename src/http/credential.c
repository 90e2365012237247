/* Who sends a request, and what the permission matrix gives them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "http/flow.h"
#include "http/internal.h"
#include "services/identity/account.h"
#include "services/identity/terms.h"
#include "store/mark.h"

const char *yh_cookie_name(const struct yh_server *s, bool flow)
{
	static const char *const names[2][2] = { { "yh_session=", "__Host-yh_session=" },
						 { "yh_sign_in=", "__Host-yh_sign_in=" } };

	return names[flow][yh_listen_secure(s)];
}

/* A cookie's value in the arena; BAD_INPUT when there are two. `name` ends with '='. */
static enum yh_rc cookie_of(const char *cookies, const char *name, struct yh_arena *arena,
			    const char **out, struct yh_err *err)
{
	const size_t len = strlen(name);

	*out = NULL;
	for (const char *s = cookies; s && *s;) {
		size_t n;

		s += strspn(s, "; \t");
		n = strcspn(s, "; \t");
		if (n >= len && strncmp(s, name, len) == 0) {
			if (*out)
				return yh_fail(err, YH_BAD_INPUT, "credentials-twice");
			*out = yh_arena_strndup(arena, s + len, n - len);
			if (!*out)
				return yh_fail(err, YH_TOO_LARGE, "memory-short");
		}
		s += n;
	}
	if (*out && !**out)
		*out = NULL;
	return YH_OK;
}

static bool is_credential(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n < 256 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-._~+/=") == n;
}

const char *yh_bearer_of(const char *authorization)
{
	if (strncasecmp(authorization, "Bearer ", 7) != 0)
		return NULL;
	return authorization + 7 + strspn(authorization + 7, " ");
}

enum yh_rc yh_call_bearer(struct call *c, struct yh_err *err)
{
	c->rq.bearer = NULL;
	if (!c->head.authorization)
		return YH_OK;
	c->rq.bearer = yh_bearer_of(c->head.authorization);
	if (!c->rq.bearer)
		return yh_fail(err, YH_UNAUTHENTICATED, "authorization-unknown");
	return is_credential(c->rq.bearer) ? YH_OK
					   : yh_fail(err, YH_UNAUTHENTICATED, "token-unknown");
}

enum yh_rc yh_call_credential(struct call *c, struct yh_err *err)
{
	const char *bearer = NULL, *session;
	enum yh_rc rc =
		cookie_of(c->head.cookie, yh_cookie_name(c->srv, false), &c->arena, &session, err);

	if (rc != YH_OK)
		return rc;
	if (c->head.authorization) {
		if (session)
			return yh_fail(err, YH_BAD_INPUT, "credentials-twice");
		bearer = yh_bearer_of(c->head.authorization);
		if (!bearer)
			return yh_fail(err, YH_UNAUTHENTICATED, "authorization-unknown");
	}
	if (!bearer && !session)
		return yh_fail(err, YH_UNAUTHENTICATED, "sign-in-required");
	if (!is_credential(bearer ? bearer : session))
		return yh_fail(err, YH_UNAUTHENTICATED, "token-unknown");
	c->cred = (struct yh_credential){ .token = bearer ? bearer : session,
					  .is_session = !bearer,
					  .csrf = c->head.csrf,
					  .need_csrf = !bearer && c->rq.op->method != YH_GET,
					  .source = c->source };
	c->has_cred = true;
	return YH_OK;
}

enum yh_rc yh_req_flow(struct yh_req *rq, const char **out, struct yh_err *err)
{
	const struct call *c = yh_call_of(rq);
	enum yh_rc rc =
		cookie_of(c->head.cookie, yh_cookie_name(c->srv, true), rq->cx.arena, out, err);

	if (rc == YH_OK && *out && !is_credential(*out))
		*out = NULL;
	return rc;
}

void yh_req_flow_set(struct yh_req *rq, const char *cookie)
{
	struct call *c = yh_call_of(rq);

	(void)snprintf(c->flow, sizeof c->flow, "%s", cookie ? cookie : YH_FLOW_GONE);
}

static bool is_among(const struct yh_op *op, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(op->name, *names) == 0)
			return true;
	return false;
}

/* What remains open to someone who must change their password first. */
static bool admits_unchanged(const struct yh_op *op)
{
	static const char *const names[] = { "account.password", "session.delete", "session.show",
					     NULL };

	return is_among(op, names);
}

/* What remains open to a session that owes a second factor. */
static enum yh_rc check_factor(struct call *c, const struct yh_actor *a, struct yh_err *err)
{
	static const char *const code[] = { "session.code", "session.delete", "session.show",
					    NULL };
	static const char *const enrol[] = { "account.password",
					     "second-factor.show",
					     "second-factor.enrol",
					     "second-factor.confirm",
					     "session.delete",
					     "session.show",
					     NULL };
	const char *roles, *owed;
	enum yh_rc rc;

	if (a->proven)
		return YH_OK;
	rc = yh_factor_roles(&c->rq.cx, &roles, err);
	if (rc != YH_OK)
		return rc;
	owed = yh_factor_owed(roles, a);
	if (!*owed || is_among(c->rq.op, *owed == 'c' ? code : enrol))
		return YH_OK;
	return yh_fail(err, YH_FORBIDDEN,
		       *owed == 'c' ? "second-factor-code" : "second-factor-enrol");
}

/* A token is for what it names. */
static enum yh_rc check_nouns(const struct yh_op *op, const struct yh_actor *a, struct yh_err *err)
{
	if (yh_actor_touches(a, op->name, strcspn(op->name, ".")) ||
	    strcmp(op->name, "session.show") == 0)
		return YH_OK;
	(void)yh_fail(err, YH_FORBIDDEN, "token-scope");
	yh_err_text(err, "asked", op->name);
	return YH_FORBIDDEN;
}

static int width(const char *relation)
{
	static const char *const widest_first[] = { "any", "cloud", "district", "own", "invited" };

	for (size_t i = 0; i < YH_LEN(widest_first); i++)
		if (strcmp(relation, widest_first[i]) == 0)
			return (int)(YH_LEN(widest_first) - i);
	return 0;
}

enum yh_rc yh_req_relation(const struct yh_req *rq, const char *action, const char **out,
			   struct yh_err *err)
{
	const struct yh_actor *a = rq->cx.actor;
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	*out = NULL;
	for (size_t i = 0; rc == YH_OK && i < a->n_grants; i++) {
		const char *r = yh_pack_may(pack, a->grants[i].role, action);

		if (r && (!*out || width(r) > width(*out)))
			*out = r;
	}
	return rc;
}

static enum yh_rc check_matrix(struct call *c, struct yh_err *err)
{
	enum yh_rc rc = yh_req_relation(&c->rq, c->rq.op->action, &c->rq.relation, err);

	if (rc != YH_OK || c->rq.relation)
		return rc;
	(void)yh_fail(err, YH_FORBIDDEN, "not-permitted");
	yh_err_text(err, "action", c->rq.op->action);
	return YH_FORBIDDEN;
}

/* The zero person of a public operation holds no grant, so it may do nothing by role. */
static enum yh_rc admit_public(struct call *c, struct yh_err *err)
{
	struct yh_actor *a = YH_NEW(&c->arena, struct yh_actor);

	if (!a)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*a = (struct yh_actor){ .login = "", .name = "", .scopes = "", .source = c->source };
	c->rq.cx.actor = a;
	return YH_OK;
}

static enum yh_rc identify(struct call *c, struct yh_tx *tx, struct yh_actor **a,
			   struct yh_err *err)
{
	const struct yh_world *w = c->srv->world;
	struct yh_marks marks;
	enum yh_rc rc = yh_marks_read(tx, &marks, err);

	if (rc == YH_OK && w->law->refresh)
		rc = w->law->refresh(w->law->self, tx, marks.law, err);
	return rc == YH_OK ? yh_auth_actor(tx, w->actors, marks.identity, &c->cred, c->rq.cx.now,
					   &c->arena, a, err)
			   : rc;
}

/* What a reply of one kind holds of others: all of them must be in the scope. */
static bool sees_parts(const struct yh_actor *a, const char *noun, size_t len)
{
	static const char *const of_archive[] = { "case", "document" };
	bool sees = true;

	if (len != strlen("archive") || strncmp(noun, "archive", len) != 0)
		return true;
	for (size_t i = 0; sees && i < YH_LEN(of_archive); i++)
		(void)yh_actor_reads_only(a, of_archive[i], strlen(of_archive[i]), &sees);
	return sees;
}

/* What anybody does to their own account, though they change nothing else. */
static bool is_own(const struct yh_op *op)
{
	static const char *const names[] = {
		"session.code",        "session.end",          "session.end_others",
		"second-factor.show",  "second-factor.enrol",  "second-factor.confirm",
		"second-factor.renew", "second-factor.remove", NULL
	};

	return admits_unchanged(op) || is_among(op, names);
}

/* Somebody from outside looks at what they were let in for, and changes nothing but how they sign
 * in. */
static bool admits_reader(const struct yh_op *op, const struct yh_actor *a, struct yh_err *err)
{
	static const char *const open[] = { "session",    "api",       "article",
					    "policy",     "procedure", "role",
					    "permission", "health",    "clock" };
	size_t len = strcspn(op->name, ".");
	bool sees;

	if (!yh_actor_reads_only(a, op->name, len, &sees) || is_own(op))
		return true;
	if (op->method != YH_GET) {
		(void)yh_fail(err, YH_FORBIDDEN, "reading-only");
		return false;
	}
	for (size_t i = 0; i < YH_LEN(open); i++)
		sees = sees || (strlen(open[i]) == len && strncmp(open[i], op->name, len) == 0);
	if (sees && sees_parts(a, op->name, len))
		return true;
	(void)yh_fail(err, YH_FORBIDDEN, "reading-scope");
	yh_err_text(err, "asked", op->name);
	return false;
}

static bool is_admin(const struct call *c, const char *role)
{
	const struct yh_law_book *law = c->srv->world->law;
	struct yh_err none = { 0 };
	const struct yh_pack *pack;
	const struct yh_role *r = NULL;

	if (law->pack_on(law->self, yh_day_of(yh_clock_now(c->srv->world->clock)), &pack, &none) ==
	    YH_OK)
		r = yh_pack_role(pack, role);
	return !r || r->admin;
}

/* Administrators act from where they are allowed to, and nobody too often. */
static enum yh_rc check_limits(struct call *c, const struct yh_actor *a, struct yh_err *err)
{
	const struct yh_ranges *from = &c->srv->door.admins;
	int64_t wait_s;

	for (size_t i = 0; from->n && !c->follows && i < a->n_grants; i++)
		if (is_admin(c, a->grants[i].role) && !yh_ranges_hold(from, c->address))
			return yh_fail(err, YH_FORBIDDEN, "address-not-admitted");
	if (c->charged || c->follows)
		return YH_OK;
	c->charged = yh_call_may_ask(c, &c->srv->door.by_account, a->person.b, &wait_s);
	if (!c->charged)
		yh_call_too_often(err, wait_s);
	return c->charged ? YH_OK : YH_LIMITED;
}

static enum yh_rc admit_actor(struct call *c, struct yh_actor *a, struct yh_err *err)
{
	const struct yh_op *op = c->rq.op;
	enum yh_rc rc;

	c->rq.cx.actor = a;
	if (op->method != YH_GET && strcmp(a->scopes, "all") != 0)
		return yh_fail(err, YH_FORBIDDEN, "token-read-only");
	rc = check_limits(c, a, err);
	if (rc == YH_OK)
		rc = check_factor(c, a, err);
	if (rc == YH_OK && a->must_change && !admits_unchanged(op) &&
	    strcmp(op->name, "session.code") != 0)
		rc = yh_fail(err, YH_FORBIDDEN, "password-must-change");
	if (rc == YH_OK)
		rc = check_nouns(op, a, err);
	if (rc == YH_OK && op->action)
		rc = check_matrix(c, err);
	return rc == YH_OK && !admits_reader(op, a, err) ? YH_FORBIDDEN : rc;
}

enum yh_rc yh_call_admit(struct call *c, struct yh_tx *tx, struct yh_err *err)
{
	const struct yh_op *op = c->rq.op;
	struct yh_actor *a;
	enum yh_rc rc;

	if (op->flags & YH_OP_PUBLIC)
		return admit_public(c, err);
	c->rq.cx.actor = NULL;
	rc = identify(c, tx, &a, err);
	if (rc != YH_OK)
		return rc;
	return admit_actor(c, a, err);
}

bool yh_call_admits_unread(struct call *c)
{
	struct yh_err ignored = { 0 };
	struct yh_actor *a = yh_auth_guess(c->srv->world->actors, &c->cred,
					   yh_clock_now(c->srv->world->clock), &c->arena);

	return a && admit_actor(c, a, &ignored) == YH_OK;
}

struct touch {
	struct yh_write write;
	struct yh_server *srv;
	struct yh_actor actor;
};

static enum yh_rc touch_run(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct touch *t = arg;
	struct yh_ctx cx = { .tx = tx,
			     .world = t->srv->world,
			     .actor = &t->actor,
			     .now = yh_clock_now(t->srv->world->clock) };

	return yh_account_touch(&cx, err);
}

static void touch_done(struct yh_write *w)
{
	struct touch *t = w->arg;
	struct yh_server *s = t->srv;

	free(t);
	yh_conn_count(s, -1);
}

/* A small table that forgets by overwriting: a token touched too often costs a little, no more. */
static bool touched_lately(struct yh_server *s, const struct yh_actor *a)
{
	const struct yh_id *token = &a->token;
	size_t slot = ((size_t)token->b[14] << 8 | token->b[15]) % TOUCHED;
	int64_t now = yh_monotonic_ms(), every_ms = 2 * 60 * 1000;
	bool lately;

	if (a->idle_us > 0 && a->idle_us / 6000 < every_ms) /* oftener than it is written down */
		every_ms = a->idle_us / 6000;
	(void)pthread_mutex_lock(&s->lock);
	lately =
		yh_id_eq(&s->touched[slot].token, token) && now - s->touched[slot].at_ms < every_ms;
	if (!lately) {
		s->touched[slot].token = *token;
		s->touched[slot].at_ms = now;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return lately;
}

void yh_call_touch(struct call *c)
{
	const struct yh_actor *a = c->rq.cx.actor;
	struct touch *t;

	if (!c->has_cred || !a || yh_id_is_zero(&a->token) || touched_lately(c->srv, a))
		return;
	t = calloc(1, sizeof *t);
	if (!t)
		return;
	t->srv = c->srv;
	t->actor =
		(struct yh_actor){ .person = a->person, .token = a->token, .idle_us = a->idle_us };
	t->write = (struct yh_write){ .fn = touch_run, .arg = t, .done = touch_done };
	yh_conn_count(c->srv, 1);
	if (yh_exec_submit(c->srv->world->exec, &t->write, NULL) != YH_OK)
		touch_done(&t->write);
}
