/* What leaves the platform under its seal: a JSON object {format, content, seal {key_id,
 * public_key, signature}}. The signature is SM2 over the line "FORMAT seal", a line feed, and the
 * content as canonical JSON (sorted keys, no blanks), in hexadecimal DER; a key's id is the SM3 of
 * its PEM. */
#ifndef YH_SERVICES_PROOF_SEALED_H
#define YH_SERVICES_PROOF_SEALED_H

#include "base/json.h"
#include "cases/context.h"

struct yh_seal_out {
	unsigned char signature[YH_SIG_MAX];
	size_t signature_len;
	char key_id[YH_SM3_HEX];
};
/* Seals canonical text; the public key is kept in the store. CONFLICT "seal-none" for a program
 * without a key. */
YH_CHECK enum yh_rc yh_sealed_sign(struct yh_ctx *cx, const char *format, const char *content,
				   struct yh_seal_out *out, struct yh_err *err);

/* The key that it is sealed with now; borrowed. CONFLICT "seal-none". */
YH_CHECK enum yh_rc yh_sealed_public(const struct yh_ctx *cx, const char **pem, struct yh_err *err);

/* The whole as a text of the arena. */
YH_CHECK enum yh_rc yh_sealed_text(struct yh_arena *arena, const char *format, const char *content,
				   const struct yh_seal_out *seal, const char *public_pem,
				   const char **out, struct yh_err *err);

struct yh_sealed {
	const json_t *content;
	const char *key_id, *public_key, *signature;
};
/* BAD_INPUT "sealed-invalid" (field: what is wrong), "json-invalid". */
YH_CHECK enum yh_rc yh_sealed_read(const char *text, size_t n, const char *format,
				   struct yh_arena *arena, struct yh_sealed *out,
				   struct yh_err *err);
/* Is it sealed with this key (NULL: its own)? REFUSED "sealed-other-key" (figures key, known),
 * "sealed-broken" (figure key). */
YH_CHECK enum yh_rc yh_sealed_verify(const struct yh_sealed *s, const char *format, const char *pem,
				     struct yh_err *err);

/* The id of a public key. */
void yh_public_key_id(const char *public_pem, char out[YH_SM3_HEX]);

#endif
