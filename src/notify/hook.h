/* Webhooks: use cases of those who hold a role in an organisation, as the matrix gives
 * "webhook.manage" - "own": the notices of one's own role there; "cloud": all about the cases of a
 * cloud whose body it is, too; "any" (administrators): to look at all, switch them and delete them,
 * but not to have any. */
#ifndef YH_NOTIFY_HOOK_H
#define YH_NOTIFY_HOOK_H

#include "notify/notify.h"
#include "store/webhook.h"

enum {
	YH_HOOKS_MOST = 20,           /* of an organisation */
	YH_HOOK_SECRET_TEXT = 6 + 48, /* "whsec_", base64 and an end */
	YH_HOOK_TRIES = 20,           /* of a delivery, some three days; then it is given up */
	YH_HOOK_STOP_DAYS = 5,        /* a webhook that always failed is stopped after */
	YH_HOOK_REFUSALS = 8,         /* tries of a delivery that is refused as such (4xx) */
};

/* "https://host:port" of a URL, which may carry a key behind that: what records, notices and those
 * who do not hold the role are shown. */
enum { YH_HOOK_HOST_TEXT = 300 };
const char *yh_hook_host(const char *url, char out[YH_HOOK_HOST_TEXT]);

struct yh_hook_in {
	const char *role, *label, *url;
	const char *categories;  /* "work,deadline"; NULL or "": all */
	const char *algorithm;   /* sha256, sm3; NULL: sha256 */
	struct yh_id org, cloud; /* cloud zero: the role's own notices */
};
/* The secret is shown once. FORBIDDEN "webhook-not-yours"; CONFLICT "webhooks-most" (figure most);
 * BAD_INPUT "category-unknown", "hook-url"; FORBIDDEN "hook-address-refused". */
YH_CHECK enum yh_rc yh_hook_create(struct yh_ctx *cx, const struct yh_hook_in *in,
				   char secret[YH_HOOK_SECRET_TEXT], struct yh_webhook *out,
				   struct yh_err *err);
/* Those that the actor may see, by id, the URL cut to its host where it does not hold the role, at
 * most `limit` behind `after`. */
YH_CHECK enum yh_rc yh_hook_list(struct yh_ctx *cx, const struct yh_id *after, uint32_t limit,
				 struct yh_webhook **out, size_t *n, struct yh_err *err);
/* NOT_FOUND "webhook-unknown" for another's, here and below. */
YH_CHECK enum yh_rc yh_hook_show(struct yh_ctx *cx, const struct yh_id *id, struct yh_webhook *out,
				 struct yh_err *err);

struct yh_hook_change {
	const char *label, *url, *categories; /* NULL: stays; categories "all": all */
	const char *state;                    /* on, off; NULL: stays */
};
/* Switched on, it begins with what waited meanwhile. */
YH_CHECK enum yh_rc yh_hook_set(struct yh_ctx *cx, const struct yh_id *id,
				const struct yh_hook_change *c, struct yh_webhook *out,
				struct yh_err *err);
YH_CHECK enum yh_rc yh_hook_delete(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err);
/* A new secret, shown once; the former one signs, too, for `hours`. Only who holds the role. */
YH_CHECK enum yh_rc yh_hook_rotate(struct yh_ctx *cx, const struct yh_id *id, int64_t hours,
				   char secret[YH_HOOK_SECRET_TEXT], struct yh_webhook *out,
				   struct yh_err *err);
/* A delivery that says nothing but that it works, beside the order and once, also while the webhook
 * is off; *delivery tells what became of it. */
YH_CHECK enum yh_rc yh_hook_test(struct yh_ctx *cx, const struct yh_id *id, struct yh_id *delivery,
				 struct yh_err *err);
YH_CHECK enum yh_rc yh_hook_deliveries(struct yh_ctx *cx, const struct yh_id *id,
				       struct yh_delivery_filter *f, struct yh_delivery **out,
				       size_t *n, struct yh_err *err);
/* Sends once more what is kept: one delivery, or all from a position on (not both, not none:
 * BAD_INPUT "webhook-replay"). NOT_FOUND "delivery-unknown"; CONFLICT "delivery-waits". */
YH_CHECK enum yh_rc yh_hook_replay(struct yh_ctx *cx, const struct yh_id *id,
				   const struct yh_id *delivery, int64_t from, int64_t *n,
				   struct yh_err *err);

#endif
