/* Tokens that write to the meter. */
#include "services/meter/keys.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/identity/record.h"
#include "services/meter/access.h"

enum { SLOTS = 1024, ARENA_BYTES = 64 * 1024, CANDIDATES = 200 };
#define REMEMBERED_US (5 * YH_US_PER_S)
#define ENDING_US (60 * YH_US_PER_S)

struct slot {
	struct yh_sm3 digest;
	struct yh_meter_scope scope;
	yh_time checked_at, expires_at;
	yh_time ending_until; /* its end may not be committed yet: ask the store each time */
};

struct yh_meter_keys {
	pthread_mutex_t lock;
	struct slot slots[SLOTS];
};

struct yh_meter_keys *yh_meter_keys_new(void)
{
	struct yh_meter_keys *k = calloc(1, sizeof *k);

	if (k)
		(void)pthread_mutex_init(&k->lock, NULL);
	return k;
}

void yh_meter_keys_free(struct yh_meter_keys *k)
{
	if (!k)
		return;
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

static struct slot *slot_of(struct yh_meter_keys *k, const struct yh_sm3 *digest)
{
	return &k->slots[((size_t)digest->b[0] << 8 | digest->b[1]) % SLOTS];
}

static bool holds(const struct slot *s, const struct yh_sm3 *digest)
{
	return s->checked_at && memcmp(s->digest.b, digest->b, sizeof digest->b) == 0;
}

bool yh_meter_key_known(const struct yh_world *world, const char *bearer)
{
	struct yh_meter_keys *k = world->meter_keys;
	struct yh_sm3 digest;
	bool known;

	if (!k || !bearer)
		return false;
	digest = yh_sm3_of(bearer, strlen(bearer));
	(void)pthread_mutex_lock(&k->lock);
	known = holds(slot_of(k, &digest), &digest);
	(void)pthread_mutex_unlock(&k->lock);
	return known;
}

struct looking {
	const struct yh_sm3 *digest;
	struct yh_arena arena;
	struct yh_meter_token_row row;
	bool found;
};

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	struct yh_err lower = { 0 };
	enum yh_rc rc = yh_meter_token_by_digest(tx, l->digest, &l->arena, &l->row, &lower);

	l->found = rc == YH_OK;
	if (rc != YH_OK && rc != YH_NOT_FOUND)
		*err = lower;
	return rc == YH_NOT_FOUND ? YH_OK : rc;
}

static void forget(struct yh_meter_keys *k, const struct yh_sm3 *digest)
{
	struct slot *s = slot_of(k, digest);

	(void)pthread_mutex_lock(&k->lock);
	if (holds(s, digest))
		*s = (struct slot){ 0 };
	(void)pthread_mutex_unlock(&k->lock);
}

static void remember(struct yh_meter_keys *k, const struct yh_meter_token_row *t, yh_time now,
		     struct yh_meter_scope *out)
{
	struct slot *s = slot_of(k, &t->digest);

	*out = (struct yh_meter_scope){
		.about = t->about,
		.series_max = (uint32_t)t->series_max,
		.backfill = t->backfill,
	};
	(void)snprintf(out->kind, sizeof out->kind, "%s", t->kind);
	(void)snprintf(out->code, sizeof out->code, "%s", t->code);
	(void)pthread_mutex_lock(&k->lock);
	*s = (struct slot){ .digest = t->digest,
			    .scope = *out,
			    .checked_at = now,
			    .expires_at = t->expires_at,
			    .ending_until = holds(s, &t->digest) ? s->ending_until : 0 };
	(void)pthread_mutex_unlock(&k->lock);
}

static bool recall(struct yh_meter_keys *k, const struct yh_sm3 *digest, yh_time now,
		   struct yh_meter_scope *out)
{
	const struct slot *s = slot_of(k, digest);
	bool good;

	(void)pthread_mutex_lock(&k->lock);
	good = holds(s, digest) && now - s->checked_at < REMEMBERED_US && now >= s->checked_at &&
	       now < s->expires_at && now >= s->ending_until;
	if (good)
		*out = s->scope;
	(void)pthread_mutex_unlock(&k->lock);
	return good;
}

enum yh_rc yh_meter_key_check(const struct yh_world *world, const char *bearer,
			      struct yh_meter_scope *out, struct yh_err *err)
{
	struct yh_meter_keys *k = world->meter_keys;
	yh_time now = yh_clock_now(world->clock);
	struct yh_sm3 digest;
	struct looking l = { .digest = &digest };
	enum yh_rc rc;

	if (!bearer)
		return yh_fail(err, YH_UNAUTHENTICATED, "sign-in-required");
	digest = yh_sm3_of(bearer, strlen(bearer));
	if (recall(k, &digest, now, out))
		return YH_OK;
	yh_arena_init(&l.arena, ARENA_BYTES);
	rc = yh_exec_read(world->exec, look, &l, err);
	if (rc == YH_OK && (!l.found || l.row.ended_at))
		rc = yh_fail(err, YH_UNAUTHENTICATED, "token-unknown");
	if (rc == YH_OK && now >= l.row.expires_at)
		rc = yh_fail(err, YH_UNAUTHENTICATED, "token-expired");
	if (rc == YH_OK)
		remember(k, &l.row, now, out);
	else if (rc == YH_UNAUTHENTICATED)
		forget(k, &digest);
	yh_arena_done(&l.arena);
	return rc;
}

static enum yh_rc check_may(struct yh_ctx *cx, const struct yh_meter_key_in *in, struct yh_err *err)
{
	bool may;
	enum yh_rc rc = yh_meter_may(cx, "meter.token", in->kind, &in->about, &may, err);

	if (rc == YH_OK && may && in->backfill)
		rc = yh_meter_may(cx, "meter.backfill", in->kind, &in->about, &may, err);
	if (rc != YH_OK || may)
		return rc;
	(void)yh_fail(err, YH_FORBIDDEN, "meter-token-other");
	yh_err_text(err, "code", in->code);
	return YH_FORBIDDEN;
}

enum yh_rc yh_meter_key_make(struct yh_ctx *cx, const struct yh_meter_key_in *in,
			     char text[YH_METER_KEY_TEXT], struct yh_meter_token_row *out,
			     struct yh_err *err)
{
	char token[YH_TOKEN_TEXT];
	enum yh_rc rc = check_may(cx, in, err);

	if (rc != YH_OK)
		return rc;
	yh_token_new(token);
	(void)snprintf(text, YH_METER_KEY_TEXT, "yhm_%s", token);
	*out = (struct yh_meter_token_row){
		.digest = yh_sm3_of(text, strlen(text)),
		.id = yh_ctx_new_id(cx),
		.about = in->about,
		.label = in->label,
		.series_max = in->series_max,
		.backfill = in->backfill,
		.person = cx->actor->person,
		.created_at = cx->now,
		.expires_at = cx->now + in->days * YH_US_PER_DAY,
	};
	(void)snprintf(out->kind, sizeof out->kind, "%s", in->kind);
	(void)snprintf(out->code, sizeof out->code, "%s", in->code);
	rc = yh_meter_token_insert(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "meter-token.created", "meter_token", &out->id,
						in->code, in->label, err)
			   : rc;
}

enum yh_rc yh_meter_key_list(struct yh_ctx *cx, const struct yh_id *after, uint32_t limit,
			     struct yh_meter_token_row **out, size_t *n, struct yh_err *err)
{
	struct yh_id from = *after;
	enum yh_rc rc = YH_OK;
	size_t got = CANDIDATES;

	*n = 0;
	*out = YH_NEW_N(cx->arena, struct yh_meter_token_row, limit);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (rc == YH_OK && *n < limit && got == CANDIDATES) {
		struct yh_meter_token_row *rows;
		bool may;

		rc = yh_meter_token_list(cx->tx, cx->now, &from, CANDIDATES, cx->arena, &rows, &got,
					 err);
		for (size_t i = 0; rc == YH_OK && *n < limit && i < got; i++) {
			from = rows[i].id;
			rc = yh_meter_may(cx, "meter.token", rows[i].kind, &rows[i].about, &may,
					  err);
			if (rc == YH_OK && may)
				(*out)[(*n)++] = rows[i];
		}
	}
	return rc;
}

static void note_ending(struct yh_meter_keys *k, const struct yh_sm3 *digest, yh_time now)
{
	struct slot *s = slot_of(k, digest);

	(void)pthread_mutex_lock(&k->lock);
	if (holds(s, digest))
		s->ending_until = now + ENDING_US;
	(void)pthread_mutex_unlock(&k->lock);
}

enum yh_rc yh_meter_key_end(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err)
{
	struct yh_meter_token_row row;
	bool may = false;
	enum yh_rc rc = yh_meter_token_load(cx->tx, id, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = yh_meter_may(cx, "meter.token", row.kind, &row.about, &may, err);
	if (rc == YH_OK && (!may || row.ended_at))
		rc = yh_fail(err, YH_NOT_FOUND, "token-unknown");
	if (rc != YH_OK)
		return rc;
	if (cx->world->meter_keys)
		note_ending(cx->world->meter_keys, &row.digest, cx->now);
	rc = yh_meter_token_end(cx->tx, id, cx->now, err);
	return rc == YH_OK ? yh_identity_record(cx, "meter-token.ended", "meter_token", id, NULL,
						NULL, err)
			   : rc;
}
