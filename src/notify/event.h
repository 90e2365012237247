/* What a webhook is sent: a CloudEvent (1.0, structured JSON), signed as Standard Webhooks says. */
#ifndef YH_NOTIFY_EVENT_H
#define YH_NOTIFY_EVENT_H

#include "base/buf.h"
#include "law/messages.h"
#include "store/webhook.h"

struct yh_hook_event {
	const char *id;     /* the same at each try and in each replay */
	const char *source; /* URI of this installation */
	yh_time at;
	int64_t pos;                       /* 0: a test */
	const struct yh_told_notice *told; /* NULL: a test */
	const char *category;
	const struct yh_notify_holder *recipients; /* who wishes to hear of it by webhook */
	size_t n_recipients;
};
void yh_hook_event_write(const struct yh_hook_event *e, const struct yh_messages *m,
			 struct yh_buf *out);

/* Over "id.timestamp.body", by a secret: "v1," and the base64 of HMAC-SHA256, or "v1sm3," and of
 * HMAC-SM3. */
enum { YH_SIGNATURE_TEXT = 64 };
const char *yh_hook_sign(const char *algorithm, const unsigned char secret[YH_WEBHOOK_SECRET],
			 const char *id, int64_t timestamp, const char *body, size_t body_bytes,
			 char out[YH_SIGNATURE_TEXT]);

#endif
