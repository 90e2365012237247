/* Keeping the audit record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/keyfile.h"
#include "base/mem.h"
#include "services/audit/audit.h"
#include "services/audit/rollover.h"

enum { BATCH = 64, LEASE_S = 15, SIGN_EVERY_S = 60 };

struct yh_sealer {
	struct yh_exec *exec;
	struct yh_idgen *ids;
	struct yh_id holder;
	struct yh_sm2 *key;
	char *public_pem;
	struct yh_sm3 signer;
	yh_time signed_at;
	int64_t signed_pos;
};

static char *fresh_key(void)
{
	struct yh_sm2 *k = yh_sm2_new(NULL);
	char *pem = k ? yh_sm2_private_pem(k) : NULL;

	yh_sm2_free(k);
	return pem;
}

/* A key that was handed out is on the disk for good before it signs anything. */
static enum yh_rc load_key(struct yh_sealer *s, const char *data, bool make, struct yh_err *err)
{
	char dir[4096], text[YH_KEYFILE_TEXT] = "";
	enum yh_rc rc;

	(void)snprintf(dir, sizeof dir, "%s/keys", data);
	rc = yh_keyfile_text(dir, "audit.pem", yh_exec_ring(s->exec), make ? fresh_key : NULL, text,
			     err);
	if (rc == YH_OK)
		rc = yh_sm2_load_pem(text, &s->key, err);
	explicit_bzero(text, sizeof text);
	if (rc != YH_OK)
		return rc;
	s->public_pem = yh_sm2_public_pem(s->key);
	if (!s->public_pem)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->signer = yh_sm3_of(s->public_pem, strlen(s->public_pem));
	return YH_OK;
}

enum yh_rc yh_sealer_open(struct yh_exec *exec, struct yh_idgen *ids, const char *data, bool make,
			  struct yh_sealer **out, struct yh_err *err)
{
	struct yh_sealer *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	*out = NULL;
	if (!s)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->exec = exec;
	s->ids = ids;
	s->holder = yh_id_new(ids, 0);
	rc = load_key(s, data, make, err);
	if (rc != YH_OK) {
		yh_sealer_close(s);
		return rc;
	}
	*out = s;
	return YH_OK;
}

void yh_sealer_close(struct yh_sealer *s)
{
	if (!s)
		return;
	yh_sm2_free(s->key);
	free(s->public_pem);
	free(s);
}

const char *yh_sealer_public(const struct yh_sealer *s)
{
	return s->public_pem;
}

void yh_sealer_key_id(const struct yh_sealer *s, char out[YH_SM3_HEX])
{
	(void)yh_hex(s->signer.b, sizeof s->signer.b, out);
}

enum yh_rc yh_sealer_sign_bytes(const struct yh_sealer *s, const void *p, size_t n,
				unsigned char sig[YH_SIG_MAX], size_t *len, struct yh_err *err)
{
	return yh_sm2_sign(s->key, p, n, sig, len, err);
}

struct sealing {
	struct yh_sealer *s;
	yh_time now;
	bool held;
	uint32_t sealed;
};

static enum yh_rc seal(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct sealing *q = arg;
	enum yh_rc rc = yh_lease_take(tx, "sealer", &q->s->holder, q->now,
				      q->now + LEASE_S * YH_US_PER_S, &q->held, err);

	q->sealed = 0;
	return rc == YH_OK && q->held ? yh_audit_seal(tx, BATCH, &q->sealed, err) : rc;
}

struct signing {
	struct yh_sealer *s;
	yh_time now;
	struct yh_checkpoint c;
};

static enum yh_rc sign(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct signing *q = arg;
	unsigned char bytes[YH_CHECKPOINT_BYTES];
	enum yh_rc rc = yh_audit_head(tx, &q->c, err);

	if (rc != YH_OK || q->c.pos == 0)
		return rc;
	q->c.at = q->now;
	q->c.signer = q->s->signer;
	yh_checkpoint_bytes(&q->c, bytes);
	rc = yh_sm2_sign(q->s->key, bytes, sizeof bytes, q->c.signature, &q->c.signature_len, err);
	return rc == YH_OK ? yh_checkpoint_insert(tx, &q->c, err) : rc;
}

enum yh_rc yh_sealer_sign(struct yh_sealer *s, yh_time now, struct yh_checkpoint *out,
			  struct yh_err *err)
{
	struct signing q = { .s = s, .now = now };
	enum yh_rc rc = yh_exec_write(s->exec, sign, &q, err);

	if (rc == YH_OK) {
		s->signed_at = now;
		s->signed_pos = q.c.pos;
		*out = q.c;
	}
	return rc;
}

struct asking {
	bool any;
};

static enum yh_rc anything(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_audit_waits(tx, &((struct asking *)arg)->any, err);
}

enum yh_rc yh_sealer_step(void *sealer, yh_time now, struct yh_err *err)
{
	struct yh_sealer *s = sealer;
	struct sealing q = { .s = s, .now = now };
	struct asking a = { 0 };
	struct yh_checkpoint c;
	enum yh_rc rc = yh_exec_read(s->exec, anything, &a, err);

	if (rc != YH_OK)
		return rc;
	for (bool more = a.any; rc == YH_OK && more; more = q.held && q.sealed == BATCH)
		rc = yh_exec_write(s->exec, seal, &q, err);
	if (rc != YH_OK || !q.held ||
	    (now >= s->signed_at && now - s->signed_at < SIGN_EVERY_S * YH_US_PER_S))
		return rc;
	return yh_sealer_sign(s, now, &c, err);
}

struct walking {
	struct yh_sealer *s;
	const struct yh_checkpoint *anchor;
	struct yh_audit_report *out;
};

static enum yh_rc walk(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct walking *q = arg;
	struct yh_audit_key keys[YH_ROLLOVERS_MOST + 1] = { { q->s->signer, q->s->key } };
	size_t n = 1;
	enum yh_rc rc = yh_rollovers_load(tx, q->s->public_pem, keys, &n, err);

	if (rc == YH_OK)
		rc = yh_audit_walk(tx, q->anchor, keys, n, q->out, err);
	while (n > 1)
		yh_sm2_free(keys[--n].key);
	return rc;
}

enum yh_rc yh_sealer_verify(struct yh_sealer *s, const struct yh_checkpoint *anchor,
			    struct yh_audit_report *out, struct yh_err *err)
{
	struct walking q = { s, anchor, out };

	return yh_exec_read(s->exec, walk, &q, err);
}

struct rotating {
	struct yh_sealer *s;
	const struct yh_rollover *how;
	yh_time now;
};

static enum yh_rc keep_keys(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct rotating *q = arg;

	return yh_rollover_record(tx, q->how, q->s->ids, q->now, err);
}

enum yh_rc yh_sealer_rotate(struct yh_sealer *s, const char *data, yh_time now, struct yh_err *err)
{
	YH_FREE_AUTO char *pem = NULL;
	struct yh_err why = { 0 };
	struct yh_sm2 *next = yh_sm2_new(&why);
	struct yh_rollover how = { .old = s->key, .next = next, .old_pem = s->public_pem };
	struct rotating q = { s, &how, now };
	struct yh_checkpoint c;
	enum yh_rc rc = next ? yh_sealer_step(s, now, err) : yh_fail(err, why.rc, why.slug);

	if (rc == YH_OK)
		rc = yh_sealer_sign(s, now, &c, err);
	pem = next ? yh_sm2_private_pem(next) : NULL;
	if (rc == YH_OK)
		rc = pem ? yh_rollover_lay(data, &how, yh_exec_ring(s->exec), pem, err)
			 : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_exec_write(s->exec, keep_keys, &q, err);
	if (rc == YH_OK)
		rc = yh_rollover_take(data, err);
	if (pem)
		explicit_bzero(pem, strlen(pem));
	yh_rollover_done(&how);
	if (rc != YH_OK) {
		yh_sm2_free(next);
		return rc;
	}
	yh_sm2_free(s->key);
	free(s->public_pem);
	s->key = next;
	s->public_pem = yh_sm2_public_pem(next);
	if (!s->public_pem)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->signer = yh_sm3_of(s->public_pem, strlen(s->public_pem));
	return YH_OK;
}

enum yh_rc yh_checkpoint_write(const struct yh_checkpoint *c, const char *public_pem,
			       struct yh_buf *out, struct yh_err *err)
{
	char hex[2 * YH_SIG_MAX + 1];
	struct yh_jw w;

	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	yh_jw_int(&w, "position", c->pos);
	yh_jw_str(&w, "chain", yh_hex(c->chain.b, YH_SM3_BYTES, hex));
	yh_jw_int(&w, "at_us", c->at);
	yh_jw_time(&w, "at", c->at);
	yh_jw_str(&w, "signature", yh_hex(c->signature, c->signature_len, hex));
	yh_jw_str(&w, "public_key", public_pem);
	yh_jw_end_obj(&w);
	return yh_buf_ok(out) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static bool read_checkpoint(const json_t *v, struct yh_checkpoint *c)
{
	const char *chain = yh_json_text(v, "chain"), *sig = yh_json_text(v, "signature");
	const json_t *pos = json_object_get(v, "position"), *at = json_object_get(v, "at_us");

	if (!chain || !sig || !json_is_integer(pos) || !json_is_integer(at) ||
	    !yh_unhex(chain, c->chain.b, YH_SM3_BYTES))
		return false;
	c->pos = json_integer_value(pos);
	c->at = json_integer_value(at);
	c->signature_len = strlen(sig) / 2;
	return c->signature_len <= YH_SIG_MAX && yh_unhex(sig, c->signature, c->signature_len);
}

enum yh_rc yh_checkpoint_parse(const char *text, size_t n, struct yh_checkpoint *out,
			       struct yh_err *err)
{
	YH_JSON_AUTO v = NULL;
	unsigned char bytes[YH_CHECKPOINT_BYTES];
	struct yh_sm2 *key = NULL;
	const char *pem;
	bool ok;
	enum yh_rc rc = yh_json_parse(text, n, &v, err);

	*out = (struct yh_checkpoint){ 0 };
	if (rc != YH_OK)
		return rc;
	pem = yh_json_text(v, "public_key");
	ok = read_checkpoint(v, out) && pem && yh_sm2_load_pem(pem, &key, NULL) == YH_OK;
	if (ok) {
		yh_checkpoint_bytes(out, bytes);
		ok = yh_sm2_verify(key, bytes, sizeof bytes, out->signature, out->signature_len);
	}
	yh_sm2_free(key);
	return ok ? YH_OK : yh_fail(err, YH_BAD_INPUT, "checkpoint-invalid");
}
