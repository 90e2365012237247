/* Pledges as files: what an officer signed, sealed by the platform before it was signed, so that
 * whoever has the file and the platform's public key can verify it anywhere.
 *
 * A file is one JSON object: format, statement, seal {key_id, public_key, signature} and, once it
 * is signed, signature. The statement holds unit, unit_name, project, system, system_id,
 * system_name, mlps_level, template, title, text, text_en, article, drawn_at and officer {login,
 * name, public_key, key_id, registered_at}. Both signatures are SM2 over a line of its own
 * ("yunheng-pledge-1 seal" or "yunheng-pledge-1 signature", and a line feed) and the statement as
 * canonical JSON (sorted keys, no blanks), in hexadecimal DER. A key's id is the SM3 of its PEM
 * text. */
#ifndef YH_SERVICES_PLEDGE_PLEDGE_H
#define YH_SERVICES_PLEDGE_PLEDGE_H

#include "base/digest.h"
#include "base/json.h"

enum { YH_PLEDGE_BYTES = 128 * 1024 };

struct yh_pledge {
	const json_t *statement;
	const char *unit, *unit_name, *project, *system, *system_id, *system_name, *template,
		*title, *text;
	const char *login, *name, *public_key, *key_id, *drawn_at;
	int64_t mlps_level;
	const char *seal_key_id, *seal_key, *seal; /* of the platform */
	const char *signature;                     /* of the officer; NULL: a draft */
};

/* The id of a public key. */
void yh_pledge_key_id(const char *public_pem, char out[YH_SM3_HEX]);

/* Reads a file's text; what `out` borrows lives in the arena. BAD_INPUT "pledge-invalid" (field:
 * what is missing or wrong), "json-invalid". */
YH_CHECK enum yh_rc yh_pledge_read(const char *text, size_t n, struct yh_arena *arena,
				   struct yh_pledge *out, struct yh_err *err);

/* What is signed: `who` is "seal" or "signature". free() it; NULL without memory. */
char *yh_pledge_bytes(const json_t *statement, const char *who);

/* Does it hold: sealed by the platform whose key this is, and signed by the officer's? REFUSED
 * "pledge-key-invalid" (figure key), "pledge-seal-other-key" (figures key, known),
 * "pledge-seal-broken", "pledge-unsigned", "pledge-signature-broken" (figures login, key). */
YH_CHECK enum yh_rc yh_pledge_verify(const struct yh_pledge *p, const char *platform_pem,
				     struct yh_err *err);

/* Adds the signature of `key` to a draft, as the file's text (free() it). CONFLICT
 * "pledge-key-other" (figures key, asked) when the draft was drawn up for another key. */
YH_CHECK enum yh_rc yh_pledge_sign(const struct yh_pledge *draft, struct yh_sm2 *key, char **out,
				   struct yh_err *err);

/* That whoever registers a public key has the private one: its signature over a line
 * "yunheng-officer-key-1", the login and the key id, each with a line feed. */
YH_CHECK enum yh_rc yh_officer_key_proof(struct yh_sm2 *key, const char *login,
					 char out[YH_SIG_MAX * 2 + 1], struct yh_err *err);
bool yh_officer_key_proved(struct yh_sm2 *key, const char *login, const char *key_id,
			   const char *proof);

#endif
