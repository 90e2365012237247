/* Signing closed statements, and what a signature is worth. */
#include "services/settle/sign.h"

#include <stdlib.h>
#include <string.h>

#include "services/audit/audit.h"

enum { SOME = 32, ARENA = 256 * 1024 * 1024, TEXT_MAX = 64 * 1024 * 1024 };

struct signing {
	const struct yh_world *world;
	const struct yh_id *settlement;
	yh_time now;
	struct yh_arena arena;
	struct yh_bill bills[SOME];
	size_t n;
	struct {
		unsigned char bytes[YH_SIG_MAX];
		size_t len;
	} signatures[SOME];
	char key_id[YH_SM3_HEX];
};

static enum yh_rc read_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct signing *g = arg;
	struct yh_ctx cx = { .tx = tx, .world = g->world, .now = g->now, .arena = &g->arena };
	struct yh_id *ids;
	enum yh_rc rc;

	yh_arena_done(&g->arena);
	rc = yh_statement_to_sign(tx, g->settlement, SOME, &g->arena, &ids, &g->n, err);
	for (size_t i = 0; rc == YH_OK && i < g->n; i++)
		rc = yh_settle_bill(&cx, &ids[i], &g->bills[i], err);
	return rc;
}

static enum yh_rc digest_of(const struct yh_bill *b, struct yh_sm3 *out, struct yh_err *err)
{
	struct yh_buf text;
	enum yh_rc rc = YH_OK;

	yh_buf_init(&text, TEXT_MAX);
	yh_settle_canonical(&text, b);
	if (yh_buf_ok(&text))
		*out = yh_sm3_of(text.data, text.len);
	else
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&text);
	return rc;
}

static enum yh_rc sign_some(struct signing *g, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < g->n; i++) {
		const struct yh_statement_row *row = &g->bills[i].row;
		struct yh_sm3 digest;

		rc = digest_of(&g->bills[i], &digest, err);
		if (rc == YH_OK && memcmp(&digest, &row->digest, sizeof digest) != 0) {
			rc = yh_fail(err, YH_INTERNAL, "statement-altered");
			yh_err_text(err, "statement", row->no);
		}
		if (rc == YH_OK)
			rc = yh_sealer_sign_bytes(g->world->sealer, digest.b, sizeof digest.b,
						  g->signatures[i].bytes, &g->signatures[i].len,
						  err);
	}
	return rc;
}

static enum yh_rc write_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct signing *g = arg;
	enum yh_rc rc =
		yh_signing_key_keep(tx, g->key_id, yh_sealer_public(g->world->sealer), g->now, err);

	for (size_t i = 0; rc == YH_OK && i < g->n; i++)
		rc = yh_statement_sign(tx, &g->bills[i].row.id, g->signatures[i].bytes,
				       g->signatures[i].len, g->key_id, err);
	return rc;
}

enum yh_rc yh_settle_sign(const struct yh_world *world, const struct yh_id *settlement, yh_time now,
			  const atomic_bool *stop, struct yh_err *err)
{
	struct signing *g;
	enum yh_rc rc;

	if (!world->sealer)
		return yh_fail(err, YH_CONFLICT, "settlement-signer-none");
	g = calloc(1, sizeof *g);
	if (!g)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	g->world = world;
	g->settlement = settlement;
	g->now = now;
	yh_sealer_key_id(world->sealer, g->key_id);
	yh_arena_init(&g->arena, ARENA);
	do {
		rc = yh_exec_read(world->exec, read_some, g, err);
		if (rc == YH_OK && g->n)
			rc = sign_some(g, err);
		if (rc == YH_OK && g->n)
			rc = yh_exec_write(world->exec, write_some, g, err);
		if (rc == YH_OK && g->n == SOME && stop && atomic_load(stop))
			rc = yh_fail(err, YH_BUSY, "job-stopped");
	} while (rc == YH_OK && g->n == SOME);
	yh_arena_done(&g->arena);
	free(g);
	return rc;
}

static bool is_named(const char *pem, const char *key_id)
{
	struct yh_sm3 digest = yh_sm3_of(pem, strlen(pem));
	char hex[YH_SM3_HEX];

	return strcmp(yh_hex(digest.b, sizeof digest.b, hex), key_id) == 0;
}

enum yh_rc yh_settle_signature(struct yh_ctx *cx, const struct yh_bill *bill, enum yh_signed *out,
			       struct yh_err *err)
{
	const struct yh_statement_row *row = &bill->row;
	struct yh_err none = { 0 };
	struct yh_sm2 *key = NULL;
	struct yh_sm3 digest;
	const char *pem;
	enum yh_rc rc;

	*out = YH_SIGNED_NOT;
	if (!row->signature)
		return YH_OK;
	*out = YH_SIGNED_BY_UNKNOWN;
	rc = yh_signing_key_load(cx->tx, row->key_id, cx->arena, &pem, &none);
	if (rc == YH_NOT_FOUND || (rc == YH_OK && !is_named(pem, row->key_id)) ||
	    (rc == YH_OK && (rc = yh_sm2_load_pem(pem, &key, &none)) == YH_BAD_INPUT))
		return YH_OK;
	if (rc != YH_OK) {
		if (err)
			*err = none;
		return rc;
	}
	rc = digest_of(bill, &digest, err);
	if (rc == YH_OK)
		*out = memcmp(&digest, &row->digest, sizeof digest) == 0 &&
				       yh_sm2_verify(key, digest.b, sizeof digest.b, row->signature,
						     row->signature_len)
			       ? YH_SIGNED_WELL
			       : YH_SIGNED_BADLY;
	yh_sm2_free(key);
	return rc;
}
