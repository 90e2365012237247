/* Tokens that write to the meter: who makes and ends them, and whose sender a request is by one. */
#ifndef YH_SERVICES_METER_KEYS_H
#define YH_SERVICES_METER_KEYS_H

#include "cases/context.h"
#include "meter/meter.h"
#include "store/meter_token.h"

enum { YH_METER_KEY_TEXT = 4 + YH_TOKEN_TEXT }; /* "yhm_" and a token */

struct yh_meter_key_in {
	const char *kind, *code; /* cloud, provider or unit, and its code */
	struct yh_id about;
	const char *label;
	int64_t series_max, days;
	bool backfill;
};
/* Makes a token; its text is shown once. FORBIDDEN "meter-token-other" unless the matrix gives
 * "meter.token" about it, and "meter.backfill" when it asks for that. */
YH_CHECK enum yh_rc yh_meter_key_make(struct yh_ctx *cx, const struct yh_meter_key_in *in,
				      char text[YH_METER_KEY_TEXT], struct yh_meter_token_row *out,
				      struct yh_err *err);
/* Those the actor may make and end, by id, at most `limit` behind `after`. */
YH_CHECK enum yh_rc yh_meter_key_list(struct yh_ctx *cx, const struct yh_id *after, uint32_t limit,
				      struct yh_meter_token_row **out, size_t *n,
				      struct yh_err *err);
/* NOT_FOUND "token-unknown". */
YH_CHECK enum yh_rc yh_meter_key_end(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err);

/* What this server remembers of tokens, for some seconds: one ended elsewhere may still write that
 * long; one ended here acts no more once its end is committed. */
struct yh_meter_keys *yh_meter_keys_new(void); /* NULL without memory */
void yh_meter_keys_free(struct yh_meter_keys *k);

/* UNAUTHENTICATED "sign-in-required" (no bearer), "token-unknown", "token-expired". Reads the store
 * when nothing is remembered. */
YH_CHECK enum yh_rc yh_meter_key_check(const struct yh_world *world, const char *bearer,
				       struct yh_meter_scope *out, struct yh_err *err);
/* Was it good when last looked at? Never waits. */
bool yh_meter_key_known(const struct yh_world *world, const char *bearer);

#endif
