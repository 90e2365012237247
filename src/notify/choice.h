/* How a person wishes to be told: use cases of signed-in persons about themselves. The inbox holds
 * every notice; mail and webhooks are chosen by category, and on unless switched off. */
#ifndef YH_NOTIFY_CHOICE_H
#define YH_NOTIFY_CHOICE_H

#include "notify/category.h"
#include "notify/notify.h"
#include "store/delivery.h"
#include "store/notify.h"

enum {
	YH_CODE_HOURS = 24, /* a code is good for */
	YH_CODE_TRIES = 5,
	YH_CODES_A_DAY = 5,
};

struct yh_notify_wish {
	const char *category;
	bool mail, webhook;
};
struct yh_notify_view {
	struct yh_notify_person person;
	struct yh_notify_wish wishes[YH_CATEGORIES_MAX];
	size_t n;
};
YH_CHECK enum yh_rc yh_notify_show(struct yh_ctx *cx, struct yh_notify_view *out,
				   struct yh_err *err);

struct yh_notify_in {
	const char *category; /* NULL: all */
	const char *channel;  /* mail, webhook; NULL: both */
	const char *state;    /* on, off; NULL: channels stay as they are */
	const char *digest;   /* on, off; NULL: stays */
	const char *lang;     /* zh, en; NULL: stays */
};
/* BAD_INPUT "category-unknown"; BAD_INPUT "notify-nothing" when nothing is to be changed. */
YH_CHECK enum yh_rc yh_notify_set(struct yh_ctx *cx, const struct yh_notify_in *in,
				  struct yh_err *err);

/* Notes an address and sends a code there; the former one stays until the code came back. CONFLICT
 * "mail-off" on a server without mail, "mail-codes-spent" (figure most) after too many a day;
 * BAD_INPUT "mail-invalid". */
YH_CHECK enum yh_rc yh_notify_address(struct yh_ctx *cx, const char *mail, struct yh_err *err);
/* Takes an address, verified or not, away. */
YH_CHECK enum yh_rc yh_notify_forget(struct yh_ctx *cx, struct yh_err *err);
/* CONFLICT "mail-code-none" when none waits or it has expired. A wrong one is told in *refused with
 * YH_OK (CONFLICT "mail-code-wrong", figure left), for the try must be counted. */
YH_CHECK enum yh_rc yh_notify_verify(struct yh_ctx *cx, const char *code, struct yh_err *refused,
				     struct yh_err *err);

/* Sends one of the actor's own mails once more. NOT_FOUND "delivery-unknown"; CONFLICT
 * "delivery-waits" while it is on its way. */
YH_CHECK enum yh_rc yh_notify_resend(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err);

/* A mail that says nothing but that mail works. Errors as of yh_notify_address. */
YH_CHECK enum yh_rc yh_mail_test(struct yh_ctx *cx, const char *mail, struct yh_id *id,
				 struct yh_err *err);

#endif
