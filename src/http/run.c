/* Running a request: on a worker for reads, on the executor for writes. */
#include <stdio.h>
#include <string.h>

#include "base/ring.h"
#include "http/input.h"
#include "http/internal.h"
#include "services/audit/refusals.h"
#include "services/document/document.h"
#include "services/identity/record.h"

/* From here the network thread owns the call: it must not be touched any more. */
static void resume(struct call *c)
{
	struct MHD_Connection *mhd = c->mhd;

	yh_call_touch(c);
	c->state = CALL_DONE;
	yh_conn_phase(c, CONN_SENDING);
	MHD_resume_connection(mhd);
}

/* Whether a person, as its token says, must be behind the request. */
static bool is_personal(const struct yh_op *op)
{
	return !(op->flags & (YH_OP_PUBLIC | YH_OP_OWN_KEY));
}

/* Whoever may not change something and tried is on record; who may not even look is counted. */
static void note_refusal(const struct call *c)
{
	const struct yh_actor *a = c->rq.cx.actor;
	bool above = strcmp(c->err.slug, "label-above") == 0;
	bool looks = c->rq.op->method == YH_GET && !above;
	const struct yh_refusal what = { .person = a ? a->person : (struct yh_id){ { 0 } },
					 .login = a ? a->login : "",
					 .source = c->source,
					 .op = c->rq.op->name,
					 .slug = c->err.slug,
					 .counted = looks || c->notes > 0 };

	if (above && !(c->rq.op->flags & YH_OP_WRITE))
		yh_document_withheld(&c->rq.cx, &c->err);
	if (c->err.rc != YH_FORBIDDEN && (looks || c->err.rc != YH_UNAUTHENTICATED))
		return;
	if (!looks || strcmp(c->err.slug, "not-permitted") == 0)
		yh_refusals_note(c->srv->world->refusals, &what,
				 yh_clock_now(c->srv->world->clock));
}

static void settle(struct call *c, enum yh_rc rc)
{
	struct yh_req *rq = &c->rq;

	if (rc != YH_OK) {
		if (c->err.rc == YH_OK)
			(void)yh_fail(&c->err, rc, "unnamed-failure");
		note_refusal(c);
		yh_call_fail(c, rq->op->flags & YH_OP_READY && rc != YH_BAD_INPUT ? 503 : 0);
		return;
	}
	if (rq->refused.rc != YH_OK) {
		c->err = rq->refused;
		yh_call_tried(c);
		note_refusal(c);
		yh_call_fail(c, 0);
		return;
	}
	if (c->replayed) {
		c->status = c->kept.status;
		return;
	}
	c->status = rq->status == 200 && rq->location ? 201 : rq->status;
}

static enum yh_rc check_deadline(const struct call *c, struct yh_err *err)
{
	if (yh_monotonic_ms() - c->begun_ms > (int64_t)c->srv->cfg.request_deadline_s * 1000)
		return yh_fail(err, YH_BUSY, "deadline-passed");
	return YH_OK;
}

/* Puts everything a handler may have set back to its beginning: a transaction may run again. */
static void begin(struct call *c, struct yh_tx *tx)
{
	struct yh_req *rq = &c->rq;

	yh_call_drop_file(c);
	c->out.len = 0;
	c->out.failed = false;
	c->replayed = false;
	yh_jw_init(&c->jw, &c->out);
	rq->cx.tx = tx;
	rq->cx.now = yh_clock_now(c->srv->world->clock);
	rq->w = &c->jw;
	rq->status = 200;
	rq->etag[0] = 0;
	rq->location = rq->content_type = NULL;
	rq->session_cookie[0] = c->flow[0] = 0;
	rq->refused = (struct yh_err){ 0 };
	rq->clear_cookie = rq->tried = rq->once = false;
}

static enum yh_rc end_reply(struct call *c, struct yh_err *err)
{
	if (!(c->rq.op->flags & YH_OP_RAW))
		yh_jw_end_obj(c->rq.w);
	if (c->rq.status == 204)
		c->out.len = 0;
	return yh_buf_ok(&c->out) ? YH_OK : yh_fail(err, YH_INTERNAL, "reply-too-large");
}

static enum yh_rc handle(struct call *c, struct yh_err *err)
{
	struct yh_req *rq = &c->rq;
	bool raw = rq->op->flags & YH_OP_RAW;
	enum yh_rc rc;

	if (c->listing)
		return yh_listing_make(c, err);
	if (!raw)
		yh_jw_obj(rq->w, NULL);
	rc = rq->op->run(rq, c->in, err);
	/* a held reply may be on its way already, and is ended by who releases it */
	return rc == YH_OK && atomic_load(&c->turns) == 0 ? end_reply(c, err) : rc;
}

static enum yh_rc take_input(struct call *c, struct yh_err *err)
{
	struct yh_req *rq = &c->rq;
	enum yh_rc rc;

	c->in = yh_input_new(rq->op, &c->arena);
	if (!c->in)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_input_path(&c->match, c->in, &c->arena, err);
	if (rc == YH_OK)
		rc = yh_input_query(rq->op, c->query, c->in, &c->arena, &c->page_in, err);
	/* it was to be in a line of its own, which goes by what stands there unescaped */
	if (rc == YH_OK && (c->page_in.as != NULL) != c->listing)
		rc = yh_fail(err, YH_BAD_INPUT, "query-invalid");
	rq->limit = (uint32_t)c->page_in.limit;
	rq->cursor = c->page_in.cursor;
	if (rc == YH_OK && !rq->op->raw)
		rc = yh_input_body(rq->op, yh_buf_text(&c->body), c->body.len, c->in, &c->arena,
				   err);
	return rc;
}

static enum yh_rc read_run(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct call *c = arg;
	enum yh_rc rc;

	begin(c, tx);
	rc = yh_call_admit(c, tx, err);
	if (rc == YH_OK)
		rc = take_input(c, err);
	if (rc == YH_OK)
		rc = handle(c, err);
	return rc;
}

/* Turns away who may not write before the single writer is asked. */
static enum yh_rc admit_run(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct call *c = arg;

	begin(c, tx);
	return yh_call_admit(c, tx, err);
}

static bool keeps(const struct call *c)
{
	return c->head.idempotency_key && is_personal(c->rq.op);
}

/* Kept in place of a reply that shows a secret: that it was done. */
enum { SHOWN_ONCE = 0 };

static enum yh_rc find_kept(struct call *c, struct yh_err *err)
{
	enum yh_rc rc;

	c->kept = (struct yh_kept_reply){ 0 };
	rc = yh_idem_find(&c->rq.cx, c->head.idempotency_key, &c->digest, &c->replayed, &c->kept,
			  err);
	if (rc != YH_OK || !c->replayed)
		return rc;
	if (c->kept.status == SHOWN_ONCE)
		return yh_fail(err, YH_CONFLICT, "reply-shown-once");
	yh_buf_str(&c->out, c->kept.body);
	if (c->kept.etag)
		(void)snprintf(c->rq.etag, sizeof c->rq.etag, "%s", c->kept.etag);
	if (c->kept.location && *c->kept.location)
		c->rq.location = c->kept.location;
	return yh_buf_ok(&c->out) ? YH_OK : yh_fail(err, YH_INTERNAL, "reply-too-large");
}

/* Whatever was changed is on record: what no use case told of is told of here, in the transaction
 * that changes it. */
static enum yh_rc note_change(struct call *c, struct yh_tx *tx, struct yh_err *err)
{
	struct yh_req *rq = &c->rq;

	c->notes = yh_db_notes(tx);
	if (c->notes > 0 || rq->tried || rq->refused.rc != YH_OK || !is_personal(rq->op))
		return YH_OK;
	return yh_identity_record(&rq->cx, "call.done", "call", &rq->cx.actor->person, rq->op->name,
				  c->uri, err);
}

static enum yh_rc write_run(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct call *c = arg;
	struct yh_req *rq = &c->rq;
	enum yh_rc rc = check_deadline(c, err);

	begin(c, tx);
	c->notes = 0;
	if (rc == YH_OK)
		rc = yh_call_admit(c, tx, err);
	if (rc == YH_OK && keeps(c))
		rc = find_kept(c, err);
	if (rc != YH_OK || c->replayed)
		return rc;
	rc = handle(c, err);
	if (rc == YH_OK)
		rc = note_change(c, tx, err);
	if (rc == YH_OK && keeps(c) && rq->refused.rc == YH_OK && !rq->tried) {
		struct yh_kept_reply kept = { .status = rq->once ? SHOWN_ONCE
							: rq->status == 200 && rq->location
								? 201
								: rq->status,
					      .body = rq->once ? "" : yh_buf_text(&c->out),
					      .etag = rq->etag,
					      .location = rq->location };

		rc = yh_idem_keep(&rq->cx, c->head.idempotency_key, &c->digest, &kept, err);
	}
	return rc;
}

static void write_done(struct yh_write *w)
{
	struct call *c = w->arg;

	c->err = w->err;
	settle(c, w->rc);
	resume(c);
}

/* If-Match: "v12" or W/"v12", as the ETags are written. */
static enum yh_rc take_if_match(struct call *c, struct yh_err *err)
{
	const char *s = c->head.if_match;
	int64_t v = 0;
	size_t n;

	c->rq.if_match = -1;
	if (!s)
		return YH_OK;
	if (strncmp(s, "W/", 2) == 0)
		s += 2;
	n = strncmp(s, "\"v", 2) == 0 ? strspn(s + 2, "0123456789") : 0;
	if (n == 0 || n > 18 || strcmp(s + 2 + n, "\"") != 0)
		return yh_fail(err, YH_BAD_INPUT, "if-match-invalid");
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[2 + i] - '0');
	c->rq.if_match = v;
	return YH_OK;
}

static bool has_secret(const struct yh_op *op)
{
	for (const struct yh_field *f = op->body_fields; f && f->name; f++)
		if (f->flags & YH_SECRET)
			return true;
	return false;
}

/* A password could be guessed at by a digest that anybody can reckon. */
static enum yh_rc take_key(struct call *c, struct yh_err *err)
{
	const char *key = c->head.idempotency_key;
	struct yh_piece pieces[] = { { c->method, strlen(c->method) },
				     { c->uri, strlen(c->uri) },
				     { yh_buf_text(&c->body), c->body.len } };

	if (!key)
		return YH_OK;
	for (size_t i = 0; i == 0 || key[i]; i++)
		if (key[i] <= ' ' || key[i] > '~' || i == 128)
			return yh_fail(err, YH_BAD_INPUT, "idempotency-key-invalid");
	c->digest = yh_sm3_of_pieces(pieces, 3);
	if (!has_secret(c->rq.op))
		return YH_OK;
	return yh_ring_mac(yh_exec_ring(c->srv->world->exec), c->digest.b, sizeof c->digest.b,
			   &c->digest, err);
}

/* Returns true when the executor has taken the call over. */
static bool run_write(struct call *c)
{
	enum yh_rc rc = YH_OK;

	begin(c, NULL);
	if (is_personal(c->rq.op) && !yh_call_admits_unread(c))
		rc = yh_exec_read(c->srv->world->exec, admit_run, c, &c->err);
	if (rc == YH_OK)
		rc = take_input(c, &c->err);
	if (rc == YH_OK)
		rc = take_key(c, &c->err);
	if (rc == YH_OK && c->rq.op->prepare)
		rc = c->rq.op->prepare(&c->rq, c->in, &c->err);
	if (rc == YH_OK) {
		c->write = (struct yh_write){ .fn = write_run, .arg = c, .done = write_done };
		rc = yh_exec_submit(c->srv->world->exec, &c->write, &c->err);
		if (rc == YH_OK)
			return true;
	}
	settle(c, rc);
	return false;
}

/* The last of the two who hold the call sends it off. */
static void let_go(struct call *c)
{
	if (atomic_fetch_sub(&c->turns, 1) == 1)
		resume(c);
}

void yh_req_release(struct yh_req *rq, enum yh_rc rc, const struct yh_err *err)
{
	struct call *c = yh_call_of(rq);

	if (rc != YH_OK && err)
		c->err = *err;
	if (rc == YH_OK)
		rc = end_reply(c, &c->err);
	settle(c, rc);
	let_go(c);
}

/* Admits within a transaction, and runs the handler outside of one. */
static enum yh_rc run_aside(struct call *c, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	begin(c, NULL);
	if (is_personal(c->rq.op))
		rc = yh_exec_read(c->srv->world->exec, admit_run, c, err);
	c->rq.cx.tx = NULL;
	if (rc == YH_OK)
		rc = take_input(c, err);
	return rc == YH_OK ? handle(c, err) : rc;
}

struct looking {
	const struct call *c;
	const char *kind;
	enum yh_rc rc;
};

static enum yh_rc write_look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct looking *l = arg;
	struct yh_ctx cx = l->c->rq.cx;

	cx.tx = tx;
	cx.now = yh_clock_now(l->c->srv->world->clock);
	return yh_identity_record(&cx, l->kind, "person", &cx.actor->person, l->c->rq.op->name,
				  l->rc == YH_OK ? l->c->uri : l->c->err.slug, err);
}

/* What leaves as a file: a list, a document, an export. */
static bool takes_away(const struct call *c)
{
	const struct yh_op *op = c->rq.op;

	return c->listing || (op->method == YH_GET && (op->flags & YH_OP_RAW) && !op->live);
}

/* What somebody from outside looked at, or anybody took away, is on record before it is answered,
 * or it is not answered. */
static enum yh_rc note_look(struct call *c, enum yh_rc rc, struct yh_err *err)
{
	struct looking l = { c, "reader.looked", rc };
	struct yh_err failed = { 0 };
	enum yh_rc noted;

	if (!c->rq.cx.actor || c->follows || !is_personal(c->rq.op))
		return rc;
	if (!yh_actor_reads_only(c->rq.cx.actor, "", 0, NULL)) {
		if (rc != YH_OK || !takes_away(c))
			return rc;
		l.kind = "data.taken";
	}
	noted = yh_exec_write(c->srv->world->exec, write_look, &l, &failed);
	if (noted == YH_OK || rc != YH_OK)
		return rc;
	*err = failed;
	return noted;
}

struct reading {
	struct yh_req *rq;
	yh_req_fn fn;
	void *arg;
};

static enum yh_rc read_within(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct reading *r = arg;
	enum yh_rc rc;

	r->rq->cx.tx = tx;
	rc = r->fn(r->rq, r->arg, err);
	r->rq->cx.tx = NULL;
	return rc;
}

enum yh_rc yh_req_read(struct yh_req *rq, yh_req_fn fn, void *arg, struct yh_err *err)
{
	struct reading r = { rq, fn, arg };

	return yh_exec_read(rq->cx.world->exec, read_within, &r, err);
}

/* Returns true when the handler holds the reply. */
static bool run_raw(struct call *c)
{
	struct yh_req *rq = &c->rq;
	enum yh_rc rc;

	rq->body = c->bytes.p;
	rq->body_len = c->bytes.len;
	rq->spool = c->bytes.spool;
	rc = note_look(c, run_aside(c, &c->err), &c->err);
	if (rc == YH_OK && atomic_load(&c->turns) > 0) {
		let_go(c);
		return true;
	}
	atomic_store(&c->turns, 0); /* held in vain */
	settle(c, rc);
	return false;
}

static enum yh_rc run_read(struct call *c, struct yh_err *err)
{
	enum yh_rc rc = c->rq.op->flags & YH_OP_ASIDE
				? run_aside(c, err)
				: yh_exec_read(c->srv->world->exec, read_run, c, err);

	return note_look(c, rc, err);
}

static enum yh_rc identify(struct call *c, struct yh_err *err)
{
	if (c->rq.op->flags & YH_OP_PUBLIC)
		return YH_OK;
	return is_personal(c->rq.op) ? yh_call_credential(c, err) : yh_call_bearer(c, err);
}

void yh_call_run(struct call *c)
{
	const struct yh_op *op = c->rq.op;
	enum yh_rc rc = check_deadline(c, &c->err);

	if (rc == YH_OK)
		rc = identify(c, &c->err);
	if (rc == YH_OK)
		rc = take_if_match(c, &c->err);
	if (rc == YH_OK && (op->flags & YH_OP_MATCH) && c->rq.if_match < 0) {
		(void)yh_fail(&c->err, YH_BAD_INPUT, "if-match-required");
		yh_call_fail(c, 428);
	} else if (rc == YH_OK && op->raw) {
		if (run_raw(c))
			return;
	} else if (rc == YH_OK && (op->flags & YH_OP_WRITE)) {
		if (run_write(c))
			return;
	} else {
		if (rc == YH_OK)
			rc = run_read(c, &c->err);
		settle(c, rc);
	}
	resume(c);
}

enum yh_rc yh_call_again(struct yh_server *s, const struct yh_reader *r, const char *topic,
			 struct yh_err *err)
{
	struct call *c = yh_call_new(s, NULL, NULL, r->uri);
	size_t path_len = strcspn(r->uri, "?");
	enum yh_rc rc;

	if (!c)
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = yh_router_find(s->router, YH_GET, c->uri, path_len, &c->arena, &c->match, err);
	if (rc == YH_OK) {
		c->rq.op = c->match.op;
		c->query = c->uri[path_len] ? c->uri + path_len + 1 : NULL;
		c->cred = (struct yh_credential){ .token = r->token,
						  .is_session = r->is_session,
						  .source = r->source };
		c->follows = topic;
		c->rq.lang = r->lang;
		rc = run_read(c, err);
	}
	yh_call_free(c);
	return rc;
}

void yh_call_run_inline(struct call *c)
{
	enum yh_rc rc;

	begin(c, NULL);
	rc = take_input(c, &c->err);
	if (rc == YH_OK)
		rc = handle(c, &c->err);
	settle(c, rc);
	c->state = CALL_DONE;
}
