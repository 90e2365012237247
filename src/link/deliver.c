/* A district's server calls the city's. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "link/file.h"

enum { CALL_TIMEOUT_S = 20, ROUNDS = 8, ROUNDS_MS = 15000, URL_TEXT = 600 };

/* The answer that is none: what the city says instead. */
static enum yh_rc refused(struct yh_link_exchange *x, const struct yh_http_answer *a,
			  struct yh_err *err)
{
	YH_JSON_AUTO problem = NULL;
	const char *slug = NULL;

	if (a->status == 429 || a->status == 503)
		x->asked_s = a->retry_after_s;
	if (a->body.len && yh_json_parse(a->body.data, a->body.len, &problem, NULL) == YH_OK)
		slug = yh_json_text(problem, "slug");
	(void)yh_fail(err, YH_BUSY, "link-refused");
	yh_err_int(err, "status", a->status);
	yh_err_text(err, "answer", slug ? slug : "");
	return YH_BUSY;
}

static enum yh_rc post(struct yh_link_exchange *x, const char *what, const struct yh_buf *body,
		       struct yh_http_answer *answer, struct yh_err *err)
{
	char url[URL_TEXT];
	static const char *const headers[] = { "Content-Type: application/octet-stream",
					       "User-Agent: yunheng/" YH_VERSION, NULL };
	const struct yh_http_call call = { .method = "POST",
					   .url = url,
					   .headers = headers,
					   .body = body->data,
					   .body_bytes = body->len,
					   .line = x->link->line,
					   .timeout_s = CALL_TIMEOUT_S,
					   .reply_max_bytes =
						   YH_LINK_PACKED_MAX + YH_LINK_ENVELOPE_MAX,
					   .stop = &x->link->stop,
					   .ca_file = x->link->cfg.ca_file,
					   .cert_file = x->link->cfg.cert_file,
					   .key_file = x->link->cfg.key_file };
	enum yh_rc rc;

	(void)snprintf(url, sizeof url, "%s/api/v1/link/%s", x->peer.url, what);
	rc = yh_http_call(&call, answer, err);
	if (rc == YH_OK && answer->status != 200)
		rc = refused(x, answer, err);
	atomic_fetch_add(&x->link->bytes_out, body->len);
	atomic_fetch_add(&x->link->bytes_in, answer->body.len);
	return rc;
}

/* Documents that hardly shrink may be too many: then half of them. */
static enum yh_rc write_batch(struct yh_link_exchange *x, struct yh_link_envelope *e,
			      struct yh_buf *out, struct yh_err *err)
{
	struct yh_buf text;
	enum yh_rc rc;

	do {
		struct yh_err why = { 0 };

		yh_buf_init(&text, YH_LINK_PLAIN_MAX);
		out->len = 0;
		rc = yh_link_make(x, &text, &why);
		if (rc == YH_OK)
			rc = yh_link_envelope_write(e, x->link->key, yh_buf_text(&text), text.len,
						    NULL, out, &why);
		yh_buf_done(&text);
		if (rc == YH_TOO_LARGE && x->room > LINK_ROOM / 64 && x->n_docs > 1) {
			x->room /= 2;
			continue;
		}
		if (rc != YH_OK && err)
			*err = why;
		break;
	} while (true);
	return rc;
}

/* What an answer says, when it is the city's, and to this call. */
static enum yh_rc open_answer(struct yh_link_exchange *x, const struct yh_http_answer *answer,
			      const struct yh_sm3 *request, struct yh_link_envelope *e,
			      struct yh_err *err)
{
	enum yh_rc rc = yh_link_envelope_read(answer->body.data ? answer->body.data : "",
					      answer->body.len, e, err);

	if (rc == YH_OK && (e->up || !yh_id_eq(&e->peer, &x->peer.id)))
		rc = yh_fail(err, YH_FORBIDDEN, "link-signature");
	return rc == YH_OK ? yh_link_envelope_check(e, x->peer.point, request, err) : rc;
}

enum yh_rc yh_link_ask(struct yh_link_exchange *x, const char *what, const struct yh_buf *body,
		       const struct yh_sm3 *request, const char **text, size_t *n, int64_t *sent_ms,
		       struct yh_err *err)
{
	struct yh_http_answer answer = { 0 };
	struct yh_link_envelope e = { 0 };
	char *kept;
	enum yh_rc rc = post(x, what, body, &answer, err);

	if (rc == YH_OK)
		rc = open_answer(x, &answer, request, &e, err);
	if (rc == YH_OK)
		rc = yh_link_envelope_open(&e, x->arena, text, n, err);
	if (rc == YH_OK && !e.packed) { /* it lies in the answer, which ends here */
		kept = yh_arena_alloc(x->arena, *n + 1);
		if (!kept)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
		else
			*text = memcpy(kept, *text, *n);
	}
	*sent_ms = e.sent_ms;
	yh_buf_done(&answer.body);
	x->now = yh_clock_now(x->link->cfg.world->clock);
	return rc;
}

static enum yh_rc note_sent(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct yh_link_exchange *x = arg;

	return yh_link_peer_sent(tx, &x->peer.id, x->peer.sent_at, err);
}

/* Each call bears a later instant than those before it, though the clock was put back, and be it
 * across a restart, or another server's: what is kept lies before none that was sent. Of what no
 * city can have taken, a day ahead, nothing is kept. */
enum yh_rc yh_link_next_ms(struct yh_link_exchange *x, int64_t *ms, struct yh_err *err)
{
	struct yh_link *l = x->link;
	int64_t most = x->now / 1000 + LINK_SKEW_MOST_S * INT64_C(1000);

	if (x->peer.sent_at != l->reserved_at && x->peer.sent_at / 1000 > l->last_sent_ms)
		l->last_sent_ms = x->peer.sent_at / 1000;
	*ms = x->now / 1000;
	if (l->last_sent_ms >= *ms && l->last_sent_ms < most)
		*ms = l->last_sent_ms + 1;
	l->last_sent_ms = *ms;
	if (*ms * 1000 <= x->peer.sent_at && x->peer.sent_at / 1000 < most)
		return YH_OK;
	x->peer.sent_at = l->reserved_at = *ms * 1000 + LINK_HEARD_S * YH_US_PER_S;
	return yh_exec_write(l->cfg.world->exec, note_sent, x, err);
}

static enum yh_rc call_once(struct yh_link_exchange *x, struct yh_err *err)
{
	struct yh_link_envelope e = { .peer = x->peer.id, .up = true, .packed = true };
	struct yh_buf body;
	const char *text;
	int64_t sent_ms;
	size_t n;
	enum yh_rc rc;

	x->now = yh_clock_now(x->link->cfg.world->clock);
	rc = yh_link_next_ms(x, &e.sent_ms, err);
	if (rc != YH_OK)
		return rc;
	yh_buf_init(&body, YH_LINK_PACKED_MAX + YH_LINK_ENVELOPE_MAX);
	rc = write_batch(x, &e, &body, err);
	if (rc == YH_OK)
		rc = yh_link_ask(x, "batch", &body, &e.digest, &text, &n, &sent_ms, err);
	yh_buf_done(&body);
	return rc == YH_OK ? yh_link_take(x, text, n, sent_ms * 1000, err) : rc;
}

static enum yh_rc note_fault(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_link_peer_fault(tx, arg, err);
}

/* Written when it begins, changes or ends. */
static void remember(struct yh_link_exchange *x, const struct yh_err *why)
{
	struct yh_link_peer_row *p = &x->peer;
	struct yh_err err = { 0 };
	struct yh_buf text;
	struct yh_jw w;

	if (strcmp(p->fault, why->slug) == 0)
		return;
	yh_buf_init(&text, 4096);
	yh_jw_init(&w, &text);
	yh_jw_obj(&w, NULL);
	yh_jw_figures(&w, "figures", why);
	yh_jw_end_obj(&w);
	(void)snprintf(p->fault, sizeof p->fault, "%s", why->slug);
	p->fault_figures = why->slug[0] ? yh_buf_text(&text) : "";
	if (!why->slug[0] || !p->failing_since)
		p->failing_since = why->slug[0] ? x->now : 0;
	(void)!yh_exec_write(x->link->cfg.world->exec, note_fault, p, &err);
	yh_buf_done(&text);
}

enum yh_rc yh_link_call(struct yh_link_exchange *x, struct yh_err *err)
{
	struct yh_err why = { 0 };
	int64_t end_ms = yh_monotonic_ms() + ROUNDS_MS;
	enum yh_rc rc = YH_OK;

	x->room = LINK_ROOM;
	for (unsigned i = 0; rc == YH_OK && i < ROUNDS && !atomic_load(&x->link->stop); i++) {
		rc = call_once(x, &why);
		x->moved = x->moved || x->n_docs || x->got;
		if (rc == YH_OK &&
		    ((!x->more && !x->n_compared && !x->got) || yh_monotonic_ms() > end_ms))
			break;
	}
	if (atomic_load(&x->link->stop))
		return YH_OK;
	remember(x, &why);
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}
