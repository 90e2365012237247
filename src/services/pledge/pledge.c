/* Pledges as files. */
#include "services/pledge/pledge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define FORMAT "yunheng-pledge-1"

void yh_pledge_key_id(const char *public_pem, char out[YH_SM3_HEX])
{
	struct yh_sm3 d = yh_sm3_of(public_pem, strlen(public_pem));

	(void)yh_hex(d.b, sizeof d.b, out);
}

/* ---- reading ---- */

static enum yh_rc invalid(struct yh_err *err, const char *field)
{
	return yh_fail_field(err, YH_BAD_INPUT, "pledge-invalid", field);
}

static enum yh_rc take(const json_t *from, const char *key, const char **out, struct yh_err *err)
{
	*out = yh_json_text(from, key);
	return *out && **out ? YH_OK : invalid(err, key);
}

static enum yh_rc read_statement(const json_t *s, struct yh_pledge *p, struct yh_err *err)
{
	const json_t *officer = json_object_get(s, "officer"), *level;
	const struct {
		const json_t *from;
		const char *key, **to;
	} texts[] = {
		{ s, "unit", &p->unit },
		{ s, "unit_name", &p->unit_name },
		{ s, "project", &p->project },
		{ s, "system", &p->system },
		{ s, "system_id", &p->system_id },
		{ s, "system_name", &p->system_name },
		{ s, "template", &p->template },
		{ s, "title", &p->title },
		{ s, "text", &p->text },
		{ s, "drawn_at", &p->drawn_at },
		{ officer, "login", &p->login },
		{ officer, "name", &p->name },
		{ officer, "public_key", &p->public_key },
		{ officer, "key_id", &p->key_id },
	};
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < YH_LEN(texts); i++)
		rc = take(texts[i].from, texts[i].key, texts[i].to, err);
	level = json_object_get(s, "mlps_level");
	if (rc == YH_OK && !json_is_integer(level))
		rc = invalid(err, "mlps_level");
	if (rc == YH_OK)
		p->mlps_level = json_integer_value(level);
	p->statement = s;
	return rc;
}

enum yh_rc yh_pledge_read(const char *text, size_t n, struct yh_arena *arena, struct yh_pledge *out,
			  struct yh_err *err)
{
	const json_t *doc, *seal;
	const char *format;
	enum yh_rc rc = yh_json_parse_in(arena, text, n, &doc, err);

	*out = (struct yh_pledge){ 0 };
	if (rc != YH_OK)
		return rc;
	format = yh_json_text(doc, "format");
	if (!format || strcmp(format, FORMAT) != 0)
		return invalid(err, "format");
	rc = read_statement(json_object_get(doc, "statement"), out, err);
	seal = json_object_get(doc, "seal");
	if (rc == YH_OK)
		rc = take(seal, "key_id", &out->seal_key_id, err);
	if (rc == YH_OK)
		rc = take(seal, "public_key", &out->seal_key, err);
	if (rc == YH_OK)
		rc = take(seal, "signature", &out->seal, err);
	out->signature = yh_json_text(doc, "signature");
	return rc;
}

/* ---- signatures ---- */

char *yh_pledge_bytes(const json_t *statement, const char *who)
{
	YH_FREE_AUTO char *text = yh_json_canonical(statement);
	char *out = NULL;

	return text && asprintf(&out, FORMAT " %s\n%s", who, text) >= 0 ? out : NULL;
}

static bool signed_by(const char *pem, const char *bytes, const char *hex)
{
	unsigned char sig[YH_SIG_MAX];
	size_t n = strlen(hex) / 2;
	struct yh_sm2 *key = NULL;
	bool good = n > 0 && n <= sizeof sig && strlen(hex) == n * 2 && yh_unhex(hex, sig, n) &&
		    yh_sm2_load_pem(pem, &key, NULL) == YH_OK &&
		    yh_sm2_verify(key, bytes, strlen(bytes), sig, n);

	yh_sm2_free(key);
	return good;
}

static enum yh_rc refuse_key(struct yh_err *err, const char *slug, const char *key)
{
	(void)yh_fail(err, YH_REFUSED, slug);
	yh_err_text(err, "key", key);
	return YH_REFUSED;
}

static enum yh_rc check_seal(const struct yh_pledge *p, const char *platform_pem,
			     struct yh_err *err)
{
	YH_FREE_AUTO char *bytes = yh_pledge_bytes(p->statement, "seal");
	char known[YH_SM3_HEX];

	if (!bytes)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_pledge_key_id(platform_pem, known);
	if (strcmp(known, p->seal_key_id) != 0) {
		(void)refuse_key(err, "pledge-seal-other-key", p->seal_key_id);
		yh_err_text(err, "known", known);
		return YH_REFUSED;
	}
	return signed_by(platform_pem, bytes, p->seal)
		       ? YH_OK
		       : refuse_key(err, "pledge-seal-broken", p->seal_key_id);
}

enum yh_rc yh_pledge_verify(const struct yh_pledge *p, const char *platform_pem, struct yh_err *err)
{
	YH_FREE_AUTO char *bytes = yh_pledge_bytes(p->statement, "signature");
	char key_id[YH_SM3_HEX];
	enum yh_rc rc = bytes ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = check_seal(p, platform_pem, err);
	if (rc != YH_OK)
		return rc;
	yh_pledge_key_id(p->public_key, key_id);
	if (strcmp(key_id, p->key_id) != 0)
		return refuse_key(err, "pledge-key-invalid", p->key_id);
	if (!p->signature)
		return yh_fail(err, YH_REFUSED, "pledge-unsigned");
	if (signed_by(p->public_key, bytes, p->signature))
		return YH_OK;
	(void)refuse_key(err, "pledge-signature-broken", p->key_id);
	yh_err_text(err, "login", p->login);
	return YH_REFUSED;
}

static enum yh_rc sign_hex(struct yh_sm2 *key, const char *bytes, char hex[YH_SIG_MAX * 2 + 1],
			   struct yh_err *err)
{
	unsigned char sig[YH_SIG_MAX];
	size_t n;
	enum yh_rc rc = yh_sm2_sign(key, bytes, strlen(bytes), sig, &n, err);

	if (rc == YH_OK)
		(void)yh_hex(sig, n, hex);
	return rc;
}

static enum yh_rc check_key(const struct yh_pledge *draft, struct yh_sm2 *key, struct yh_err *err)
{
	YH_FREE_AUTO char *pem = yh_sm2_public_pem(key);
	char key_id[YH_SM3_HEX];

	if (!pem)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_pledge_key_id(pem, key_id);
	if (strcmp(key_id, draft->key_id) == 0)
		return YH_OK;
	(void)yh_fail(err, YH_CONFLICT, "pledge-key-other");
	yh_err_text(err, "key", key_id);
	yh_err_text(err, "asked", draft->key_id);
	return YH_CONFLICT;
}

enum yh_rc yh_pledge_sign(const struct yh_pledge *draft, struct yh_sm2 *key, char **out,
			  struct yh_err *err)
{
	YH_FREE_AUTO char *bytes = yh_pledge_bytes(draft->statement, "signature");
	YH_JSON_AUTO doc = NULL;
	char hex[YH_SIG_MAX * 2 + 1];
	enum yh_rc rc =
		bytes ? check_key(draft, key, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");

	*out = NULL;
	if (rc == YH_OK)
		rc = sign_hex(key, bytes, hex, err);
	if (rc != YH_OK)
		return rc;
	doc = json_pack("{s:s, s:O, s:{s:s, s:s, s:s}, s:s}", "format", FORMAT, "statement",
			draft->statement, "seal", "key_id", draft->seal_key_id, "public_key",
			draft->seal_key, "signature", draft->seal, "signature", hex);
	*out = doc ? json_dumps(doc, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* ---- having a key ---- */

static char *proof_bytes(const char *login, const char *key_id)
{
	char *out = NULL;

	return asprintf(&out, "yunheng-officer-key-1\n%s\n%s\n", login, key_id) >= 0 ? out : NULL;
}

enum yh_rc yh_officer_key_proof(struct yh_sm2 *key, const char *login, char out[YH_SIG_MAX * 2 + 1],
				struct yh_err *err)
{
	YH_FREE_AUTO char *pem = yh_sm2_public_pem(key);
	YH_FREE_AUTO char *bytes = NULL;
	char key_id[YH_SM3_HEX];

	if (pem) {
		yh_pledge_key_id(pem, key_id);
		bytes = proof_bytes(login, key_id);
	}
	return bytes ? sign_hex(key, bytes, out, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

bool yh_officer_key_proved(struct yh_sm2 *key, const char *login, const char *key_id,
			   const char *proof)
{
	YH_FREE_AUTO char *bytes = proof_bytes(login, key_id);
	unsigned char sig[YH_SIG_MAX];
	size_t n = strlen(proof) / 2;

	return bytes && n > 0 && n <= sizeof sig && strlen(proof) == n * 2 &&
	       yh_unhex(proof, sig, n) && yh_sm2_verify(key, bytes, strlen(bytes), sig, n);
}
