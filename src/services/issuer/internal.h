/* What the files of issuers share; nobody else includes this. */
#ifndef YH_SERVICES_ISSUER_INTERNAL_H
#define YH_SERVICES_ISSUER_INTERNAL_H

#include <pthread.h>

#include "base/json.h"
#include "services/issuer/issuer.h"

enum { YH_AT_ONCE = 2 }; /* fewer than the workers that also do all else */

/* What is remembered of one: its metadata and its keys, as they came. */
struct yh_issuer_kept {
	char *metadata, *keys;
	yh_time metadata_at, keys_at, failed_at;
};

struct yh_issuers {
	struct yh_arena arena;
	struct yh_issuer list[YH_ISSUERS_MAX];
	size_t n;
	const char *back; /* of one issuer: its name stands behind */
	const char *home; /* where one is after signing out */
	pthread_mutex_t lock;
	struct yh_issuer_kept kept[YH_ISSUERS_MAX];
	unsigned calls; /* to issuers, under way */
};

/* The addresses of an issuer; in the arena. */
struct yh_provider {
	const char *authorize, *token, *keys, *end; /* end "": none */
	bool names_itself;                          /* RFC 9207 */
};
/* As yh_issuer_look. */
YH_CHECK enum yh_rc yh_provider_load(struct yh_issuers *s, const struct yh_issuer *i, yh_time now,
				     struct yh_arena *arena, struct yh_provider *out,
				     struct yh_err *err);
/* Its keys as text. `anew`: asked again if that is not too often, else as remembered. */
YH_CHECK enum yh_rc yh_provider_keys(struct yh_issuers *s, const struct yh_issuer *i,
				     const struct yh_provider *p, bool anew, yh_time now,
				     struct yh_arena *arena, const char **keys, struct yh_err *err);
/* A code for a token. BAD_INPUT "issuer-exchange" (status) when it gives none. */
YH_CHECK enum yh_rc yh_provider_exchange(struct yh_issuers *s, const struct yh_issuer *i,
					 const struct yh_provider *p, const char *code,
					 const char *verifier, struct yh_arena *arena,
					 const char **id_token, const char **access_token,
					 struct yh_err *err);

/* Where browsers come back to from it, and from no other (RFC 9700, 4.4.2.1); NULL without memory.
 */
const char *yh_issuer_redirect(const struct yh_issuers *s, const struct yh_issuer *i,
			       struct yh_arena *arena);

/* An address an issuer names: https, or http to this machine where that is set. */
bool yh_issuer_url_fits(const struct yh_issuer *i, const char *url);
bool yh_issuer_subject_fits(const char *subject);

/* What an ID token must say: BAD_INPUT "issuer-token" (claim) unless it does. */
struct yh_claims_wanted {
	const char *nonce, *access_token, *algorithm;
	yh_time begun_at, now;
};
YH_CHECK enum yh_rc yh_issuer_claims(const struct yh_issuer *i, const json_t *claims,
				     const struct yh_claims_wanted *want, struct yh_err *err);
/* The same of a logout token. */
YH_CHECK enum yh_rc yh_issuer_logout_claims(const struct yh_issuer *i, const json_t *claims,
					    yh_time now, struct yh_err *err);
/* Opens a token with the issuer's keys, asking for them once more when the key is not among them.
 */
YH_CHECK enum yh_rc yh_issuer_open_token(struct yh_issuers *s, const struct yh_issuer *i,
					 const struct yh_provider *p, const char *token,
					 yh_time now, struct yh_arena *arena, const json_t **claims,
					 struct yh_err *err);
const struct yh_issuer *yh_issuer_named(const struct yh_issuers *s, const char *name);
enum yh_rc yh_issuer_unknown(struct yh_err *err);
/* The account, held; CONFLICT "service-issuer" for a program's. */
YH_CHECK enum yh_rc yh_issuer_of_person(struct yh_ctx *cx, const struct yh_id *person,
					struct yh_person_row *out, struct yh_err *err);
/* Adds the binding itself. */
YH_CHECK enum yh_rc yh_issuer_bind_row(struct yh_ctx *cx, const struct yh_id *person,
				       const struct yh_issuer *i, const char *subject,
				       struct yh_issuer_subject *out, struct yh_err *err);

#endif
