/* Acts of administrators: asking, answering, withdrawing, lapsing. */
#include "services/identity/acts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "services/identity/acts_do.h"
#include "services/identity/tell.h"
#include "services/identity/weight.h"
#include "store/event.h"

enum { LAPSE_DAYS = 7 };

static enum yh_rc pack_today(const struct yh_ctx *cx, const struct yh_pack **out,
			     struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;

	return law->pack_on(law->self, yh_ctx_today(cx), out, err);
}

static bool in_twos(const struct yh_pack *pack, yh_time now, yh_time *until)
{
	const struct yh_param *two = yh_pack_param(pack, "admin.two_persons");
	const struct yh_param *days = yh_pack_param(pack, "admin.lapse");
	int64_t n = days && days->kind == YH_P_INT && days->num > 0 ? days->num : LAPSE_DAYS;

	*until = yh_day_start(yh_day_of(now) + (yh_day)n + 1);
	return !two || two->kind != YH_P_BOOL || two->num;
}

static const char *confirmed_by(const struct yh_act_row *a)
{
	return strcmp(a->kind, "policy") == 0 ? "policy.confirm" : "grant.manage";
}

static const char *asked_as(const struct yh_act_row *a)
{
	if (strcmp(a->kind, "policy") == 0)
		return "policy.enact";
	return strcmp(a->kind, "reset") == 0 || strcmp(a->kind, "reopen") == 0 ||
			       strcmp(a->kind, "factor") == 0
		       ? "person.manage"
		       : "grant.manage";
}

/* What an act is about, as one object: the payload of its events, the figures of its notices. */
static char *figures_of(const struct yh_act_row *a)
{
	YH_JSON_AUTO v = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "kind", a->kind,
				   "person", a->person_login, "taker", a->taker_login, "role",
				   a->role, "org", a->org_code, "pack", a->pack_name, "asked_by",
				   a->asked_login, "reason", a->reason, "label", a->label);

	return yh_json_canonical(v);
}

static enum yh_rc record(struct yh_ctx *cx, const struct yh_act_row *a, const char *kind,
			 const char *outcome, const char *reason, struct yh_err *err)
{
	struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = kind,
		.object_kind = "act",
		.object_id = a->id,
		.person = cx->actor->person,
		.outcome = outcome,
		.reason = reason,
		.before = a->before,
		.after = a->after,
		.source = cx->actor->source,
	};
	char *payload = figures_of(a);
	enum yh_rc rc;

	e.payload = payload;
	rc = payload ? yh_event_insert(cx->tx, &e, err)
		     : yh_fail(err, YH_TOO_LARGE, "memory-short");
	free(payload);
	return rc;
}

static enum yh_rc tell(struct yh_ctx *cx, const struct yh_act_row *a, const char *action,
		       const char *slug, struct yh_err *err)
{
	char *figures = figures_of(a);
	enum yh_rc rc = figures ? yh_admins_tell(cx, action, slug, figures, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");

	free(figures);
	return rc;
}

enum yh_rc yh_act_weighs(struct yh_ctx *cx, const struct yh_id *person, bool *weighs,
			 struct yh_err *err)
{
	const struct yh_pack *pack;
	enum yh_rc rc = pack_today(cx, &pack, err);
	yh_time until;

	*weighs = false;
	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, person, 1, err); /* nobody asks for a grant meanwhile */
	return rc == YH_OK && in_twos(pack, cx->now, &until)
		       ? yh_weight_of_person(cx, person, weighs, err)
		       : rc;
}

/* With one's own role and the capacity to sign. */
static enum yh_rc check_right(const struct yh_ctx *cx, const struct yh_act_row *a,
			      struct yh_err *err)
{
	const char *action = confirmed_by(a);
	const struct yh_actor *actor = cx->actor;
	bool may = false, own = false, signs = false;
	const struct yh_pack *pack;
	enum yh_rc rc = pack_today(cx, &pack, err);

	for (size_t i = 0; rc == YH_OK && i < actor->n_grants; i++) {
		const struct yh_grant *g = &actor->grants[i];

		if (!yh_pack_may(pack, g->role, action))
			continue;
		may = true;
		own = own || yh_id_is_zero(&g->giver);
		signs = signs || (yh_id_is_zero(&g->giver) && strcmp(g->capacity, "sign") == 0);
	}
	if (rc != YH_OK)
		return rc;
	if (!may) {
		(void)yh_fail(err, YH_FORBIDDEN, "not-permitted");
		yh_err_text(err, "action", action);
		return YH_FORBIDDEN;
	}
	if (!own)
		return yh_fail(err, YH_FORBIDDEN, "act-lent");
	return signs ? YH_OK : yh_fail(err, YH_FORBIDDEN, "act-signs");
}

static enum yh_rc check_answerer(const struct yh_ctx *cx, const struct yh_act_row *a,
				 struct yh_err *err)
{
	const struct yh_id *me = &cx->actor->person;

	if (yh_id_eq(me, &a->asked_by))
		return yh_fail(err, YH_FORBIDDEN, "act-own");
	if (yh_id_eq(me, &a->person) || yh_id_eq(me, &a->taker))
		return yh_fail(err, YH_FORBIDDEN, "grant-to-self");
	return check_right(cx, a, err);
}

bool yh_act_may(const struct yh_ctx *cx, const struct yh_act_row *a)
{
	struct yh_err why = { 0 };

	return strcmp(a->state, "waiting") == 0 && check_answerer(cx, a, &why) == YH_OK;
}

/* A lent role is the lender's voice: who lends theirs to an account that they made would ask with
 * it and confirm themselves. */
static enum yh_rc check_own(const struct yh_ctx *cx, const struct yh_act_row *a, struct yh_err *err)
{
	const struct yh_actor *actor = cx->actor;
	const struct yh_pack *pack;
	bool own = false;
	enum yh_rc rc = pack_today(cx, &pack, err);

	for (size_t i = 0; rc == YH_OK && i < actor->n_grants; i++)
		own = own || (yh_id_is_zero(&actor->grants[i].giver) &&
			      yh_pack_may(pack, actor->grants[i].role, asked_as(a)));
	return rc == YH_OK && !own ? yh_fail(err, YH_FORBIDDEN, "act-lent") : rc;
}

/* Who asked must still be one who may, in their own right and by an account that works. */
static enum yh_rc check_asker(struct yh_ctx *cx, const struct yh_act_row *a, struct yh_err *err)
{
	const struct yh_pack *pack;
	struct yh_grant_row *rows;
	struct yh_person_row p;
	bool may = false;
	size_t n = 0;
	enum yh_rc rc = pack_today(cx, &pack, err);

	if (rc == YH_OK)
		rc = yh_person_load(cx->tx, &a->asked_by, cx->arena, &p, err);
	if (rc == YH_OK)
		rc = yh_grants_on(cx->tx, &a->asked_by, yh_ctx_today(cx), cx->arena, &rows, &n,
				  err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		may = may || (yh_id_is_zero(&rows[i].giver) &&
			      yh_pack_may(pack, rows[i].role, asked_as(a)));
	return rc == YH_OK && !(may && yh_person_works(&p, yh_ctx_today(cx)))
		       ? yh_fail(err, YH_CONFLICT, "act-asker-gone")
		       : rc;
}

static enum yh_rc lock(struct yh_ctx *cx, const struct yh_act_row *a, struct yh_err *err)
{
	struct yh_id subjects[] = { a->person, a->taker };

	if (yh_id_is_zero(&a->person))
		memcpy(subjects[0].b, a->digest.b, sizeof subjects[0].b);
	return yh_db_lock(cx->tx, subjects, yh_id_is_zero(&a->taker) ? 1 : 2, err);
}

static enum yh_rc insert(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	struct yh_id job = yh_ctx_new_id(cx);
	bool waits;
	enum yh_rc rc = yh_act_waits(cx->tx, a, &waits, err);

	if (rc == YH_OK && waits)
		rc = yh_fail(err, YH_CONFLICT, "act-waits");
	if (rc == YH_OK)
		rc = yh_act_insert(cx->tx, a, err);
	if (rc == YH_OK)
		rc = yh_job_insert(cx->tx, &job, "act.lapse", &a->id, a->until_at, err);
	if (rc == YH_OK)
		rc = yh_act_load(cx->tx, &a->id, cx->arena, a, err);
	return rc;
}

/* The first half of the one-time password, for who asks. */
static enum yh_rc draw_half(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	char *half = YH_NEW_N(cx->arena, char, YH_TOKEN_TEXT);
	bool keys;
	enum yh_rc rc =
		half ? yh_act_keys(cx, a, &keys, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc != YH_OK || !keys)
		return rc;
	yh_password_half(half);
	a->half = half;
	return yh_act_half_put(cx->tx, &a->id, half, cx->arena, err);
}

struct halving {
	struct yh_ctx *cx;
	const struct yh_id *act;
	const char *first;
};

static enum yh_rc read_half(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct halving *h = arg;

	return yh_act_half(tx, h->act, h->cx->arena, &h->first, err);
}

enum yh_rc yh_act_prepare(struct yh_ctx *cx, const struct yh_id *id, struct yh_password_new *made,
			  struct yh_err *err)
{
	struct halving h = { cx, id, "" };
	char second[YH_TOKEN_TEXT];
	enum yh_rc rc = yh_exec_read(cx->world->exec, read_half, &h, err);

	*made = (struct yh_password_new){ .secret = "" };
	if (rc != YH_OK || !*h.first)
		return rc;
	yh_password_half(second);
	return yh_password_join(h.first, second, made, err);
}

/* Carries it out with the password that it gives by now: it may give one of which nobody was shown
 * the first half, or none any more, when the account has begun to weigh meanwhile. */
static enum yh_rc confirm(struct yh_ctx *cx, struct yh_act_row *a,
			  const struct yh_password_new *made, struct yh_err *err)
{
	bool keys = false;
	enum yh_rc rc = lock(cx, a, err);

	if (rc == YH_OK)
		rc = check_asker(cx, a, err);
	if (rc == YH_OK)
		rc = yh_act_keys(cx, a, &keys, err);
	if (rc == YH_OK && keys && !made)
		rc = yh_fail(err, YH_CONFLICT, "act-no-half");
	if (rc == YH_OK)
		rc = yh_act_carry_out(cx, a, keys ? made : NULL, err);
	a->half = rc == YH_OK && keys ? made->password : NULL;
	return rc;
}

static enum yh_rc finish(struct yh_ctx *cx, struct yh_act_row *a, const char *state,
			 const char *answer, struct yh_err *err)
{
	enum yh_rc rc;

	(void)snprintf(a->state, sizeof a->state, "%s", state);
	a->ended_by = cx->actor->person;
	a->ended_login = cx->actor->login ? cx->actor->login : "";
	a->ended_at = cx->now;
	a->answer = answer;
	rc = yh_act_end(cx->tx, a, err);
	return rc == YH_OK ? yh_job_cancel(cx->tx, "act.lapse", &a->id, cx->now, err) : rc;
}

static const char *asked_slug(const struct yh_act_row *a)
{
	static const char *const slugs[][2] = {
		{ "grant", "act-asked-grant" },       { "ungrant", "act-asked-ungrant" },
		{ "handover", "act-asked-handover" }, { "reset", "act-asked-reset" },
		{ "reopen", "act-asked-reopen" },     { "factor", "act-asked-factor" },
		{ "policy", "act-asked-policy" },     { "clearance", "act-asked-clearance" }
	};
	size_t i = 0;

	while (strcmp(slugs[i][0], a->kind) != 0)
		i++;
	return slugs[i][1];
}

enum yh_rc yh_act_ask(struct yh_ctx *cx, const struct yh_act_row *want, struct yh_act_row *out,
		      struct yh_err *err)
{
	const struct yh_pack *pack;
	enum yh_rc rc = pack_today(cx, &pack, err);
	bool two;

	*out = *want;
	if (rc == YH_OK)
		rc = lock(cx, want, err);
	if (rc == YH_OK)
		rc = yh_act_check(cx, out, err);
	if (rc == YH_OK)
		rc = yh_act_held(cx, out, &out->before, err);
	if (rc != YH_OK)
		return rc;
	out->id = yh_ctx_new_id(cx);
	out->scope = out->scope ? out->scope : "";
	out->after = "";
	out->asked_by = cx->actor->person;
	out->asked_at = cx->now;
	(void)snprintf(out->state, sizeof out->state, "waiting");
	two = in_twos(pack, cx->now, &out->until_at);
	if (two)
		rc = check_own(cx, out, err);
	if (rc == YH_OK)
		rc = insert(cx, out, err);
	if (rc == YH_OK)
		rc = record(cx, out, "act.asked", NULL, out->reason, err);
	if (rc == YH_OK && two)
		rc = draw_half(cx, out, err);
	if (rc == YH_OK && two)
		return tell(cx, out, confirmed_by(out), asked_slug(out), err);
	if (rc == YH_OK)
		rc = yh_act_carry_out(cx, out, NULL, err);
	return rc == YH_OK ? finish(cx, out, "done", "", err) : rc;
}

enum yh_rc yh_act_answer(struct yh_ctx *cx, const struct yh_id *id,
			 const struct yh_act_answer *answer, struct yh_act_row *out,
			 struct yh_err *err)
{
	enum yh_rc rc = yh_db_lock(cx->tx, id, 1, err);

	if (rc == YH_OK)
		rc = yh_act_load(cx->tx, id, cx->arena, out, err);
	if (rc == YH_OK)
		rc = check_answerer(cx, out, err);
	if (rc == YH_OK && (strcmp(out->state, "waiting") != 0 || cx->now >= out->until_at))
		rc = yh_fail(err, YH_CONFLICT, "act-ended");
	if (rc == YH_OK && answer->confirm)
		rc = confirm(cx, out, answer->made, err);
	if (rc == YH_OK)
		rc = finish(cx, out, answer->confirm ? "done" : "refused", answer->reason, err);
	if (rc == YH_OK)
		rc = record(cx, out, "act.answered", answer->confirm ? "confirm" : "refuse",
			    answer->reason, err);
	return rc == YH_OK ? tell(cx, out, asked_as(out),
				  answer->confirm ? "act-confirmed" : "act-refused", err)
			   : rc;
}

enum yh_rc yh_act_withdraw(struct yh_ctx *cx, const struct yh_id *id, struct yh_act_row *out,
			   struct yh_err *err)
{
	enum yh_rc rc = yh_db_lock(cx->tx, id, 1, err);

	if (rc == YH_OK)
		rc = yh_act_load(cx->tx, id, cx->arena, out, err);
	if (rc == YH_OK && !yh_id_eq(&out->asked_by, &cx->actor->person))
		rc = yh_fail(err, YH_FORBIDDEN, "act-others");
	if (rc == YH_OK)
		rc = finish(cx, out, "withdrawn", "", err);
	return rc == YH_OK ? record(cx, out, "act.withdrawn", NULL, NULL, err) : rc;
}

enum yh_rc yh_act_lapse(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			struct yh_err *err)
{
	struct yh_act_row a;
	enum yh_rc rc = yh_db_lock(cx->tx, ref, 1, err);

	(void)again_at;
	if (rc == YH_OK)
		rc = yh_act_load(cx->tx, ref, cx->arena, &a, err);
	if (rc != YH_OK || strcmp(a.state, "waiting") != 0)
		return rc;
	rc = finish(cx, &a, "lapsed", "", err);
	if (rc == YH_OK)
		rc = record(cx, &a, "act.lapsed", NULL, NULL, err);
	return rc == YH_OK ? tell(cx, &a, asked_as(&a), "act-lapsed", err) : rc;
}
