/* Enrolment, from the agent's side. */
#include "agent/enrol.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/link.h"

struct enrolling {
	struct yh_agent_link *link;
	struct yh_agent_code code;
	unsigned char secret[YH_AGENT_KEY];
	struct yh_agent_self self;
	char box[YH_AGENT_BOX_HEX];
	char body[2048];
	struct yh_agent_link_call call;
};

/* Only what the server says of the code itself is final: no request of ours is too large (413), so
 * that its memory was, and what broke in it (5xx) may be mended by the next time. */
static bool comes_again(int status)
{
	return status >= 500 || status == 408 || status == 413 || status == 429;
}

static enum yh_rc refused(const struct yh_agent_link_call *c, struct yh_err *err)
{
	char slug[56], title[96];

	if (!yh_agent_link_text(c->reply, "slug", slug, sizeof slug))
		return yh_fail(err, YH_BUSY, "agent-answer-strange");
	(void)yh_fail(err, comes_again(c->status) ? YH_BUSY : YH_FORBIDDEN, "agent-refused");
	yh_err_field(err, "%s", slug);
	if (yh_agent_link_text(c->reply, "title", title, sizeof title))
		yh_err_text(err, "detail", title);
	return err->rc;
}

/* The server's key, which must be the one that the code names. */
static enum yh_rc fetch_key(struct enrolling *e, struct yh_sm2 **key, struct yh_err *err)
{
	unsigned char point[YH_SM2_POINT], finger[YH_AGENT_FINGER];
	char hex[2 * YH_SM2_POINT + 1];
	enum yh_rc rc;

	e->call.method = "GET";
	e->call.path = "/api/v1/agents/key";
	e->call.headers = "";
	rc = yh_agent_link_call(e->link, &e->call, err);
	if (rc != YH_OK)
		return rc;
	if (e->call.status != 200)
		return refused(&e->call, err);
	if (!yh_agent_link_text(e->call.reply, "public_key", hex, sizeof hex) ||
	    !yh_unhex(hex, point, sizeof point))
		return yh_fail(err, YH_BUSY, "agent-answer-strange");
	yh_agent_finger(point, finger);
	if (!yh_equal_ct(finger, e->code.finger, sizeof finger))
		return yh_fail(err, YH_FORBIDDEN, "agent-server-other");
	return yh_sm2_of_point(point, key, err);
}

static enum yh_rc fill_box(struct enrolling *e, const struct yh_sm2 *key, struct yh_err *err)
{
	unsigned char plain[YH_AGENT_BOX], box[(YH_AGENT_BOX_HEX - 1) / 2];
	size_t n = sizeof box;
	enum yh_rc rc;

	memcpy(plain, e->secret, YH_AGENT_KEY);
	memcpy(plain + YH_AGENT_KEY, e->code.secret, YH_AGENT_BOX - YH_AGENT_KEY);
	rc = yh_sm2_encrypt(key, plain, sizeof plain, box, &n, err);
	explicit_bzero(plain, sizeof plain);
	if (rc == YH_OK)
		(void)yh_hex(box, n, e->box);
	return rc;
}

static void write_body(struct enrolling *e)
{
	char binary[YH_SM3_HEX], config[YH_SM3_HEX], mac[YH_SM3_HEX];
	struct yh_sm3 m = yh_agent_self_mac(e->secret, &e->self);

	(void)snprintf(e->body, sizeof e->body,
		       "{\"box\":\"%s\",\"host\":\"%s\",\"version\":\"%s\",\"binary\":\"%s\","
		       "\"config\":\"%s\",\"interval_s\":%" PRId64 ",\"mac\":\"%s\"}",
		       e->box, e->self.host, e->self.version,
		       yh_hex(e->self.binary.b, YH_SM3_BYTES, binary),
		       yh_hex(e->self.config.b, YH_SM3_BYTES, config), e->self.interval_s,
		       yh_hex(m.b, YH_SM3_BYTES, mac));
}

static enum yh_rc take_answer(struct enrolling *e, struct yh_agent_identity *out,
			      struct yh_err *err)
{
	char id[YH_ID_TEXT], proof_hex[YH_SM3_HEX];
	struct yh_sm3 key, proof, want;

	if (e->call.status != 201 && e->call.status != 200)
		return refused(&e->call, err);
	if (!yh_agent_link_text(e->call.reply, "agent", id, sizeof id) ||
	    !yh_agent_link_text(e->call.reply, "resource", out->resource, sizeof out->resource) ||
	    !yh_agent_link_text(e->call.reply, "proof", proof_hex, sizeof proof_hex) ||
	    yh_id_parse(id, &out->id, NULL) != YH_OK ||
	    !yh_unhex(proof_hex, proof.b, sizeof proof.b))
		return yh_fail(err, YH_BUSY, "agent-answer-strange");
	key = yh_agent_key(e->secret, e->code.secret, &out->id, out->resource);
	want = yh_agent_proof(key.b, &out->id, out->resource);
	if (!yh_equal_ct(want.b, proof.b, sizeof want.b))
		return yh_fail(err, YH_FORBIDDEN, "agent-server-other");
	memcpy(out->key, key.b, sizeof out->key);
	explicit_bzero(&key, sizeof key);
	return YH_OK;
}

static enum yh_rc ask(struct enrolling *e, struct yh_agent_identity *out, struct yh_err *err)
{
	enum { TRIES = 3 };
	enum yh_rc rc = YH_BUSY;

	e->call.method = "POST";
	e->call.path = "/api/v1/agents";
	e->call.headers = "Content-Type: application/json\r\n";
	e->call.body = e->body;
	e->call.n = strlen(e->body);
	for (int i = 0; i < TRIES && rc == YH_BUSY; i++) {
		yh_err_clear(err);
		if (i > 0)
			(void)sleep(1);
		rc = yh_agent_link_call(e->link, &e->call, err);
		if (rc == YH_OK)
			rc = take_answer(e, out, err);
	}
	return rc;
}

static void describe(struct yh_agent_self *self, const char *dir, const struct yh_agent_config *c)
{
	if (gethostname(self->host, sizeof self->host) != 0)
		(void)snprintf(self->host, sizeof self->host, "unknown");
	self->host[YH_AGENT_HOST_MAX] = 0;
	for (char *s = self->host; *s; s++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
			    *s))
			*s = '-';
	(void)snprintf(self->version, sizeof self->version, "%s", YH_VERSION);
	self->binary = yh_agent_file_digest("/proc/self/exe");
	self->config = yh_agent_config_digest(dir);
	self->interval_s = c->interval_s;
}

enum yh_rc yh_agent_enrol(const char *dir, const char *code, const struct yh_agent_config *c,
			  struct yh_err *err)
{
	struct enrolling *e = calloc(1, sizeof *e);
	struct yh_agent_identity id = { 0 };
	struct yh_sm2 *key = NULL;
	enum yh_rc rc;

	if (!e)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_agent_code_parse(code, &e->code, err);
	if (rc == YH_OK)
		rc = yh_agent_link_new(c->server, c->ca, &e->link, err);
	if (rc == YH_OK)
		rc = fetch_key(e, &key, err);
	if (rc == YH_OK)
		rc = yh_agent_config_save(dir, c, err);
	if (rc == YH_OK) {
		yh_random(e->secret, sizeof e->secret);
		describe(&e->self, dir, c);
		rc = fill_box(e, key, err);
	}
	if (rc == YH_OK) {
		write_body(e);
		rc = ask(e, &id, err);
	}
	if (rc == YH_OK)
		rc = yh_agent_identity_save(dir, &id, err);
	yh_sm2_free(key);
	yh_agent_link_free(e->link);
	explicit_bzero(e, sizeof *e);
	explicit_bzero(&id, sizeof id);
	free(e);
	return rc;
}
