/* What leaves the platform under its seal. */
#include "services/proof/sealed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "services/audit/audit.h"
#include "store/settlement.h"

void yh_public_key_id(const char *public_pem, char out[YH_SM3_HEX])
{
	struct yh_sm3 d = yh_sm3_of(public_pem, strlen(public_pem));

	(void)yh_hex(d.b, sizeof d.b, out);
}

static char *bytes_of(const char *format, const char *content)
{
	char *out = NULL;

	return asprintf(&out, "%s seal\n%s", format, content) >= 0 ? out : NULL;
}

enum yh_rc yh_sealed_sign(struct yh_ctx *cx, const char *format, const char *content,
			  struct yh_seal_out *out, struct yh_err *err)
{
	const struct yh_sealer *s = cx->world->sealer;
	YH_FREE_AUTO char *bytes = bytes_of(format, content);
	enum yh_rc rc = s ? YH_OK : yh_fail(err, YH_CONFLICT, "seal-none");

	if (rc == YH_OK && !bytes)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_sealer_sign_bytes(s, bytes, strlen(bytes), out->signature,
					  &out->signature_len, err);
	if (rc != YH_OK)
		return rc;
	yh_sealer_key_id(s, out->key_id);
	return yh_signing_key_keep(cx->tx, out->key_id, yh_sealer_public(s), cx->now, err);
}

enum yh_rc yh_sealed_public(const struct yh_ctx *cx, const char **pem, struct yh_err *err)
{
	*pem = cx->world->sealer ? yh_sealer_public(cx->world->sealer) : NULL;
	return *pem ? YH_OK : yh_fail(err, YH_CONFLICT, "seal-none");
}

enum yh_rc yh_sealed_text(struct yh_arena *arena, const char *format, const char *content,
			  const struct yh_seal_out *seal, const char *public_pem, const char **out,
			  struct yh_err *err)
{
	char hex[YH_SIG_MAX * 2 + 1];
	struct yh_jw w;
	struct yh_buf b;

	yh_buf_init(&b, strlen(content) + 8192);
	yh_jw_init(&w, &b);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "format", format);
	yh_jw_raw(&w, "content", content);
	yh_jw_obj(&w, "seal");
	yh_jw_str(&w, "key_id", seal->key_id);
	yh_jw_str(&w, "public_key", public_pem);
	yh_jw_str(&w, "signature", yh_hex(seal->signature, seal->signature_len, hex));
	yh_jw_end_obj(&w);
	yh_jw_end_obj(&w);
	*out = yh_buf_ok(&b) ? yh_arena_strdup(arena, yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc take(const json_t *from, const char *key, const char **out, struct yh_err *err)
{
	*out = yh_json_text(from, key);
	return *out ? YH_OK : yh_fail_field(err, YH_BAD_INPUT, "sealed-invalid", key);
}

enum yh_rc yh_sealed_read(const char *text, size_t n, const char *format, struct yh_arena *arena,
			  struct yh_sealed *out, struct yh_err *err)
{
	const json_t *doc, *seal;
	const char *is;
	enum yh_rc rc = yh_json_parse_in(arena, text, n, &doc, err);

	*out = (struct yh_sealed){ 0 };
	if (rc != YH_OK)
		return rc;
	is = yh_json_text(doc, "format");
	out->content = json_object_get(doc, "content");
	seal = json_object_get(doc, "seal");
	if (!is || strcmp(is, format) != 0)
		return yh_fail_field(err, YH_BAD_INPUT, "sealed-invalid", "format");
	if (!json_is_object(out->content))
		return yh_fail_field(err, YH_BAD_INPUT, "sealed-invalid", "content");
	rc = take(seal, "key_id", &out->key_id, err);
	if (rc == YH_OK)
		rc = take(seal, "public_key", &out->public_key, err);
	return rc == YH_OK ? take(seal, "signature", &out->signature, err) : rc;
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

enum yh_rc yh_sealed_verify(const struct yh_sealed *s, const char *format, const char *pem,
			    struct yh_err *err)
{
	YH_FREE_AUTO char *content = yh_json_canonical(s->content);
	YH_FREE_AUTO char *bytes = content ? bytes_of(format, content) : NULL;
	char known[YH_SM3_HEX];

	if (!bytes)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_public_key_id(pem ? pem : s->public_key, known);
	if (strcmp(known, s->key_id) != 0) {
		(void)yh_fail(err, YH_REFUSED, "sealed-other-key");
		yh_err_text(err, "key", s->key_id);
		yh_err_text(err, "known", known);
		return YH_REFUSED;
	}
	if (signed_by(pem ? pem : s->public_key, bytes, s->signature))
		return YH_OK;
	(void)yh_fail(err, YH_REFUSED, "sealed-broken");
	yh_err_text(err, "key", s->key_id);
	return YH_REFUSED;
}
