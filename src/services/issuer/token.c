/* What the tokens of an issuer must say (OpenID Connect Core 1.0, 3.1.3.7; Back-Channel Logout 1.0,
 * 2.6). */
#include <string.h>

#include "net/jose.h"
#include "services/issuer/internal.h"

enum { LONGEST_S = 24 * 3600 }; /* that a token may live: what names another day is a mistake */

static enum yh_rc wrong(const char *claim, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "issuer-token");

	yh_err_text(err, "claim", claim);
	return rc;
}

bool yh_issuer_subject_fits(const char *subject)
{
	size_t n = subject ? strlen(subject) : 0;

	if (n == 0 || n >= YH_SUBJECT)
		return false;
	for (size_t i = 0; i < n; i++)
		if (subject[i] < ' ' || subject[i] > '~')
			return false;
	return true;
}

/* Whole seconds; *has false when it is not there. */
static bool read_time(const json_t *claims, const char *name, bool *has, yh_time *out)
{
	const json_t *v = json_object_get(claims, name);
	json_int_t s = json_is_integer(v) ? json_integer_value(v) : -1;

	*has = v != NULL;
	*out = s >= 0 && s < INT64_C(100000000000) ? s * YH_US_PER_S : 0;
	return !v || (s >= 0 && s < INT64_C(100000000000));
}

/* Is it for us, and for nobody besides unless it says that we are the one it was made for? */
static bool is_ours(const struct yh_issuer *i, const json_t *claims)
{
	const json_t *aud = json_object_get(claims, "aud"), *azp = json_object_get(claims, "azp");
	size_t n = json_is_array(aud) ? json_array_size(aud) : 1;
	bool found = false;

	for (size_t k = 0; k < n; k++) {
		const json_t *v = json_is_array(aud) ? json_array_get(aud, k) : aud;

		if (!json_is_string(v))
			return false;
		found = found || strcmp(json_string_value(v), i->client_id) == 0;
	}
	if (azp && (!json_is_string(azp) || strcmp(json_string_value(azp), i->client_id) != 0))
		return false;
	return found && (n == 1 || azp);
}

/* iss, aud, azp, exp, iat, nbf: what every token of ours must say. */
static enum yh_rc check_common(const struct yh_issuer *i, const json_t *claims, yh_time now,
			       yh_time *issued, struct yh_err *err)
{
	const char *iss = yh_json_text(claims, "iss");
	const yh_time skew = i->skew_s * YH_US_PER_S;
	yh_time exp, nbf;
	bool has_exp, has_iat, has_nbf;

	if (!iss || strcmp(iss, i->issuer) != 0)
		return wrong("iss", err);
	if (!is_ours(i, claims))
		return wrong(json_object_get(claims, "azp") ? "azp" : "aud", err);
	if (!read_time(claims, "exp", &has_exp, &exp) || !has_exp || now >= exp + skew)
		return wrong("exp", err);
	if (!read_time(claims, "iat", &has_iat, issued) || !has_iat || *issued > now + skew ||
	    exp <= *issued || exp - *issued > LONGEST_S * YH_US_PER_S)
		return wrong("iat", err);
	if (!read_time(claims, "nbf", &has_nbf, &nbf) || (has_nbf && nbf > now + skew))
		return wrong("nbf", err);
	return YH_OK;
}

enum yh_rc yh_issuer_claims(const struct yh_issuer *i, const json_t *claims,
			    const struct yh_claims_wanted *want, struct yh_err *err)
{
	const char *nonce = yh_json_text(claims, "nonce");
	const json_t *at_hash = json_object_get(claims, "at_hash");
	yh_time issued;
	enum yh_rc rc = check_common(i, claims, want->now, &issued, err);

	if (rc != YH_OK)
		return rc;
	if (issued < want->begun_at - i->skew_s * YH_US_PER_S - YH_US_PER_S)
		return wrong("iat", err);
	if (!nonce || strlen(nonce) != strlen(want->nonce) ||
	    !yh_equal_ct(nonce, want->nonce, strlen(nonce)))
		return wrong("nonce", err);
	if (!yh_issuer_subject_fits(yh_json_text(claims, "sub")))
		return wrong("sub", err);
	if (at_hash &&
	    (!json_is_string(at_hash) || !want->access_token[0] ||
	     !yh_jwt_hash_fits(want->algorithm, want->access_token, json_string_value(at_hash))))
		return wrong("at_hash", err);
	return YH_OK;
}

enum yh_rc yh_issuer_logout_claims(const struct yh_issuer *i, const json_t *claims, yh_time now,
				   struct yh_err *err)
{
	static const char event[] = "http://schemas.openid.net/event/backchannel-logout";
	const json_t *sub = json_object_get(claims, "sub"), *sid = json_object_get(claims, "sid");
	yh_time issued;
	enum yh_rc rc = check_common(i, claims, now, &issued, err);

	if (rc != YH_OK)
		return rc;
	if (!json_is_object(json_object_get(json_object_get(claims, "events"), event)))
		return wrong("events", err);
	if (json_object_get(claims, "nonce")) /* else an ID token would do */
		return wrong("nonce", err);
	if (!yh_json_text(claims, "jti"))
		return wrong("jti", err);
	if ((!sub && !sid) || (sub && !yh_issuer_subject_fits(json_string_value(sub))) ||
	    (sid && !yh_issuer_subject_fits(json_string_value(sid))))
		return wrong("sub", err);
	return YH_OK;
}
