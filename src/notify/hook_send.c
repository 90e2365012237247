/* Sending to webhooks: one is claimed, and what waits for it sent in its order, each outside of any
 * transaction; what became of it is noted together with finding the next. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cases/mark.h"
#include "net/client.h"
#include "notify/backoff.h"
#include "notify/event.h"
#include "notify/hook.h"
#include "notify/internal.h"
#include "store/event.h"

enum {
	CALL_TIMEOUT_S = 10,
	REPLY_BYTES = 16 * 1024,
	BODY_BYTES = 1024 * 1024,
	TURN_S = 60, /* then the next webhook has its turn */
	HEADER_BYTES = 320,
};

struct calling {
	struct yh_notify *n;
	struct yh_http_line *line; /* what its worker keeps: trusted certificates, connections */
	bool sound;
	yh_time now, began;
	struct yh_arena arena;
	struct yh_webhook hook;
	bool found; /* there is a delivery to send */
	struct yh_delivery d;
	struct yh_id sent; /* the one that was sent, when `d` is the next already */
	struct yh_told_notice told;
	const char *category;
	struct yh_notify_holder *recipients;
	size_t n_recipients;
	/* what came of it */
	struct yh_tried tried;
	char fault[56], detail[200];
	bool stops; /* the webhook is to be stopped */
	bool last;  /* no other is to be sent now */
};

/* A machine is cleared for nothing. */
static enum yh_rc veil(struct calling *c, struct yh_err *err)
{
	const struct yh_law_book *law = c->n->cfg.world->law;
	struct yh_told_notice *t = &c->told;
	const struct yh_pack *pack;
	bool covered = t->procedure[0] && yh_mark_covers_notice(t->slug);
	enum yh_rc rc = covered ? law->pack_on(law->self, yh_day_of(c->now), &pack, err) : YH_OK;

	if (rc != YH_OK || !covered || yh_mark_is_lowest(pack, t->procedure, t->label))
		return rc;
	return yh_notice_veil(t, pack, &c->arena, err);
}

/* Who of those concerned wishes to hear of it by webhook; of other organisations nobody is named.
 */
static enum yh_rc load_notice(struct calling *c, struct yh_tx *tx, struct yh_err *err)
{
	enum yh_rc rc = yh_notice_told(tx, &c->d.notice, &c->arena, &c->told, err);

	c->n_recipients = 0;
	if (rc != YH_OK)
		return rc;
	c->category = yh_category_of(c->n->cfg.categories, c->told.slug);
	rc = veil(c, err);
	if (rc != YH_OK)
		return rc;
	if (!yh_id_eq(&c->told.org, &c->hook.org))
		return YH_OK;
	return yh_notify_holders(tx, &c->told.org, c->told.role, yh_day_of(c->now), c->category,
				 "webhook", &c->arena, &c->recipients, &c->n_recipients, err);
}

/* Tests go at any time, notices in their order while the webhook is on and its time has come. */
static enum yh_rc next(struct calling *c, struct yh_tx *tx, struct yh_err *err)
{
	enum yh_rc rc = yh_delivery_next(tx, &c->hook.id, &c->arena, &c->found, &c->d, err);

	if (rc != YH_OK || !c->found || c->d.pos == 0)
		return rc;
	c->found = strcmp(c->hook.state, "on") == 0 && c->hook.next_at <= c->now;
	return c->found ? load_notice(c, tx, err) : YH_OK;
}

static yh_time lease_end(const struct calling *c)
{
	return c->now + NOTIFY_LEASE_S * YH_US_PER_S;
}

static enum yh_rc claim(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct calling *c = arg;
	struct yh_claim claim = { .holder = c->n->self, .now = c->now, .until = lease_end(c) };
	enum yh_rc rc;

	yh_arena_done(&c->arena);
	rc = yh_webhook_claim(tx, &claim, c->n->key_id, c->sound, &c->arena, &c->found, &c->hook,
			      err);
	if (rc != YH_OK || !c->found)
		return rc;
	rc = next(c, tx, err);
	return rc == YH_OK && !c->found ? yh_webhook_fared(tx, &c->hook, &c->n->self, 0, err) : rc;
}

/* The owner hears of it in its inbox. */
static enum yh_rc tell_stopped(struct calling *c, struct yh_tx *tx, struct yh_err *err)
{
	struct yh_notice n = { .id = yh_id_new(c->n->cfg.world->ids, c->now),
			       .org = c->hook.org,
			       .role = c->hook.role,
			       .slug = "webhook-stopped",
			       .made_at = c->now };
	char day[YH_DAY_TEXT], host[YH_HOOK_HOST_TEXT];
	struct yh_buf text;
	struct yh_jw w;
	enum yh_rc rc;

	yh_buf_init(&text, 4096);
	yh_jw_init(&w, &text);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "label", c->hook.label);
	yh_jw_str(&w, "url", yh_hook_host(c->hook.url, host));
	yh_jw_str(&w, "since", yh_day_text(yh_day_of(c->hook.failing_since), day));
	yh_jw_end_obj(&w);
	n.figures = yh_buf_text(&text);
	rc = yh_notice_insert(tx, &n, err);
	yh_buf_done(&text);
	return rc;
}

static enum yh_rc note(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct calling *c = arg;
	struct yh_webhook now_;
	struct yh_err gone = { 0 };
	bool on;
	enum yh_rc rc = yh_delivery_note(tx, &c->sent, &c->n->self, &c->tried, err);

	if (rc == YH_OK)
		rc = yh_webhook_load(tx, &c->hook.id, &c->arena, &now_, &gone);
	if (rc == YH_NOT_FOUND) { /* deleted meanwhile */
		c->found = false;
		return YH_OK;
	}
	if (rc != YH_OK)
		return rc;
	on = strcmp(now_.state, "on") == 0;
	c->found = false;
	if (c->stops && on) {
		rc = tell_stopped(c, tx, err);
		(void)snprintf(c->hook.state, sizeof c->hook.state, "stopped");
	} else {
		memcpy(c->hook.state, now_.state, sizeof c->hook.state);
	}
	if (rc == YH_OK && !c->last)
		rc = next(c, tx, err);
	return rc == YH_OK ? yh_webhook_fared(tx, &c->hook, &c->n->self,
					      c->found ? lease_end(c) : 0, err)
			   : rc;
}

/* "webhook-signature": by the secret, and by the former one as long as both are good. */
static bool sign(const struct calling *c, const char *id, int64_t at, const struct yh_buf *body,
		 char out[HEADER_BYTES])
{
	const struct yh_webhook *h = &c->hook;
	unsigned char secret[YH_WEBHOOK_SECRET];
	char one[YH_SIGNATURE_TEXT], two[YH_SIGNATURE_TEXT] = "";
	bool ok = yh_unseal(&c->n->sealing, h->id.b, sizeof h->id.b, h->secret, sizeof h->secret,
			    secret, NULL) == YH_OK;

	if (ok)
		(void)yh_hook_sign(h->algorithm, secret, id, at, body->data, body->len, one);
	if (ok && h->old_until > c->now &&
	    yh_unseal(&c->n->sealing, h->id.b, sizeof h->id.b, h->old_secret, sizeof h->old_secret,
		      secret, NULL) == YH_OK)
		(void)yh_hook_sign(h->algorithm, secret, id, at, body->data, body->len, two);
	explicit_bzero(secret, sizeof secret);
	if (ok)
		(void)snprintf(out, HEADER_BYTES, "webhook-signature: %s%s%s", one,
			       two[0] ? " " : "", two);
	return ok;
}

static enum yh_rc post(const struct calling *c, const char *id, const struct yh_buf *body,
		       long *status, int64_t *retry_after_s, struct yh_err *err)
{
	char ids[HEADER_BYTES], stamp[HEADER_BYTES], signature[HEADER_BYTES];
	int64_t at = c->now / YH_US_PER_S;
	const char *const headers[] = { "Content-Type: application/cloudevents+json; charset=utf-8",
					"User-Agent: yunheng/" YH_VERSION,
					ids,
					stamp,
					signature,
					NULL };
	struct yh_http_call call = { .method = "POST",
				     .url = c->hook.url,
				     .headers = headers,
				     .body = body->data,
				     .body_bytes = body->len,
				     .line = c->line,
				     .timeout_s = CALL_TIMEOUT_S,
				     .reply_max_bytes = REPLY_BYTES,
				     .guard = &c->n->cfg.guard,
				     .ca_file = c->n->cfg.hook_ca };
	struct yh_http_answer answer;
	enum yh_rc rc;

	if (!sign(c, id, at, body, signature))
		return yh_fail(err, YH_INTERNAL, "seal-broken");
	(void)snprintf(ids, sizeof ids, "webhook-id: %s", id);
	(void)snprintf(stamp, sizeof stamp, "webhook-timestamp: %" PRId64, at);
	rc = yh_http_call(&call, &answer, err);
	*status = answer.status;
	*retry_after_s = answer.retry_after_s;
	yh_buf_done(&answer.body);
	return rc;
}

/* A receiver that refuses this one as such (4xx) will hardly come to like it. */
static bool refuses(long status)
{
	return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

/* To what inner address a name leads is for the operator's log, not for whoever named it. */
static void explain(struct calling *c, bool ok, const struct yh_err *why)
{
	const char *slug = ok ? "" : why->slug[0] ? why->slug : "hook-answer";
	char id[YH_ID_TEXT];

	(void)snprintf(c->fault, sizeof c->fault, "%s", slug);
	c->detail[0] = 0;
	for (uint32_t i = 0; !ok && i < why->n_figs; i++) {
		const struct yh_fig *f = &why->figs[i];

		if (strcmp(f->name, "detail") == 0)
			(void)snprintf(c->detail, sizeof c->detail, "%s", f->text);
		else if (strcmp(f->name, "address") == 0)
			yh_log(YH_WARN, "webhook-refused", "%s: %s", yh_id_text(&c->hook.id, id),
			       f->text);
	}
}

/* Not before a busy receiver asks to be called again, within the longest wait there is. */
static yh_time try_again_at(const struct calling *c, long status, int64_t retry_after_s)
{
	yh_time at = c->now + yh_backoff_us(c->hook.fails, &c->hook.id), asked;

	if (status != 429 && status != 503)
		return at;
	if (retry_after_s > YH_BACKOFF_MOST_S)
		retry_after_s = YH_BACKOFF_MOST_S;
	asked = c->now + retry_after_s * YH_US_PER_S;
	return asked > at ? asked : at;
}

static void judge(struct calling *c, long status, int64_t retry_after_s, const struct yh_err *why)
{
	struct yh_webhook *h = &c->hook;
	struct yh_tried *t = &c->tried;
	bool ok = status >= 200 && status < 300, test = c->d.pos == 0;
	int64_t tries = c->d.tries + 1;

	explain(c, ok, why);
	*t = (struct yh_tried){ .state = "waiting",
				.at = c->now,
				.code = status,
				.fault = c->fault,
				.detail = c->detail,
				.tried = true };
	c->stops = false;
	if (ok) {
		t->state = "sent";
		h->fails = h->failing_since = 0;
		h->next_at = c->now;
	} else if (test) {
		t->state = "failed";
	} else {
		h->fails++;
		h->failing_since = h->failing_since ? h->failing_since : c->now;
		h->next_at = try_again_at(c, status, retry_after_s);
		t->next_at = h->next_at;
		if (tries >= (refuses(status) ? YH_HOOK_REFUSALS : YH_HOOK_TRIES))
			t->state = "given_up";
		c->stops = status == 410 ||
			   c->now - h->failing_since >= YH_HOOK_STOP_DAYS * YH_US_PER_DAY;
	}
	if (!test || ok)
		(void)snprintf(h->fault, sizeof h->fault, "%s", t->fault);
}

static void call_out(struct calling *c)
{
	char id[YH_ID_TEXT];
	struct yh_hook_event e = { .id = yh_id_text(c->d.pos ? &c->d.notice : &c->d.id, id),
				   .source = c->n->cfg.source,
				   .at = c->d.pos ? c->told.made_at : c->d.made_at,
				   .pos = c->d.pos,
				   .told = c->d.pos ? &c->told : NULL,
				   .category = c->category,
				   .recipients = c->recipients,
				   .n_recipients = c->n_recipients };
	struct yh_err why = { 0 };
	struct yh_buf body;
	int64_t retry_after_s = 0;
	long status = 0;

	yh_buf_init(&body, BODY_BYTES);
	yh_hook_event_write(&e, c->n->cfg.messages, &body);
	if (!yh_buf_ok(&body))
		(void)yh_fail(&why, YH_TOO_LARGE, "notice-too-large");
	else
		(void)!post(c, id, &body, &status, &retry_after_s, &why);
	yh_buf_done(&body);
	judge(c, status, retry_after_s, &why);
	yh_notify_count(c->n, COUNT_WEBHOOK, c->tried.state);
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct calling *c = arg;

	return yh_webhook_due(tx, c->now, c->n->key_id, c->sound, &c->found, err);
}

enum yh_rc yh_notify_hook_one(struct yh_notify *n, struct yh_http_line *line, bool sound,
			      bool *found, struct yh_err *err)
{
	const struct yh_world *world = n->cfg.world;
	struct calling c = {
		.n = n, .line = line, .sound = sound, .now = yh_clock_now(world->clock)
	};
	enum yh_rc rc = yh_exec_read(world->exec, look, &c, err);

	*found = rc == YH_OK && c.found;
	if (!*found)
		return rc;
	c.began = c.now;
	yh_arena_init(&c.arena, NOTIFY_ARENA_BYTES);
	rc = yh_exec_write(world->exec, claim, &c, err);
	*found = rc == YH_OK && c.found;
	while (rc == YH_OK && c.found) {
		c.now = yh_clock_now(world->clock);
		call_out(&c);
		c.sent = c.d.id;
		c.now = yh_clock_now(world->clock);
		c.last = c.now - c.began >= TURN_S * YH_US_PER_S || !yh_notify_wait(n, 0);
		rc = yh_exec_write(world->exec, note, &c, err);
	}
	yh_arena_done(&c.arena);
	return rc;
}
