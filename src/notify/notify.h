/* Telling persons: notices are given to the channels that those concerned have chosen, and sent.
 *
 * A notice is a row (store/event.h), written by the use case that it tells of, in its transaction.
 * Everything here happens after that commit: a pump turns new notices into deliveries, one row for
 * each receiver, in a transaction of its own; workers claim deliveries, send outside of any
 * transaction, and note what became of it. A crash anywhere loses nothing: a delivery that was sent
 * but not noted is sent again under the same message id. Several servers of one store share the
 * work by claims that run out. */
#ifndef YH_NOTIFY_NOTIFY_H
#define YH_NOTIFY_NOTIFY_H

#include "cases/context.h"
#include "law/messages.h"
#include "net/guard.h"
#include "net/smtp.h"
#include "notify/category.h"

enum {
	YH_NOTIFY_KEEP_DAYS = 30, /* deliveries are shown, and may be repeated, that long */
	YH_NOTIFY_TRIES = 20,     /* of a mail, some three days; then it is given up */
};

struct yh_notify_config {
	const struct yh_world *world; /* borrowed, like all below, until the close */
	const struct yh_messages *messages;
	const struct yh_categories *categories;
	struct yh_smtp_config smtp; /* url NULL: this server sends no mail */
	const char *mail_from;
	const char *keys_dir;  /* what seals the secrets of webhooks is kept there */
	struct yh_guard guard; /* where webhooks may lead */
	const char *hook_ca;   /* certificates to trust besides the system's own; NULL: none */
	const char *source;    /* URI that names this installation in events; NULL: "urn:yunheng" */
	bool alone; /* no other server has the store: claims of the last one are void at once */
};

struct yh_notify;
/* What the operations need; nothing is sent before yh_notify_start. BAD_INPUT "smtp-url",
 * "mail-invalid" (mail_from), "key-invalid"; STORAGE "key-unreadable", "key-unwritable". */
YH_CHECK enum yh_rc yh_notify_open(const struct yh_notify_config *cfg, struct yh_notify **out,
				   struct yh_err *err);
void yh_notify_close(struct yh_notify *n); /* NULL is allowed */

/* The pump and the workers, as threads. INTERNAL "thread-start". */
YH_CHECK enum yh_rc yh_notify_start(struct yh_notify *n, struct yh_err *err);
/* Lets what is being sent end, then stops. */
void yh_notify_stop(struct yh_notify *n);

/* Single steps, of the threads and of tests. Gives up to 200 new notices out; *more: there may be
 * others. */
YH_CHECK enum yh_rc yh_notify_fan(struct yh_notify *n, yh_time now, bool *more, struct yh_err *err);

#endif
