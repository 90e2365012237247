/* What the files of this room share; nobody else includes this. */
#ifndef YH_NOTIFY_INTERNAL_H
#define YH_NOTIFY_INTERNAL_H

#include <pthread.h>

#include "base/buf.h"
#include "base/seal.h"
#include "notify/notify.h"
#include "store/delivery.h"
#include "store/notify.h"
#include "store/webhook.h"

enum {
	NOTIFY_MAIL_WORKERS = 2,
	NOTIFY_HOOK_WORKERS = 4, /* half of them for webhooks that did not fail last time */
	NOTIFY_LEASE_S = 180,    /* longer than any sending takes */
	NOTIFY_ARENA_BYTES = 16 * 1024 * 1024,
};

struct yh_notify {
	struct yh_notify_config cfg;
	struct yh_id self; /* names the claims of this process */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	struct yh_sealing sealing;
	unsigned char key_id[YH_WEBHOOK_KEY]; /* names the key, tells nothing of it */
	pthread_t threads[1 + NOTIFY_MAIL_WORKERS + NOTIFY_HOOK_WORKERS];
	unsigned n_threads;
};

/* One worker of mail: its connection, and how long the server has been in trouble. */
struct mail_worker {
	struct yh_notify *n;
	struct yh_smtp *smtp;
	unsigned troubles; /* in a row */
};
/* Sends the mail that is due first; *found false: none is. */
YH_CHECK enum yh_rc yh_notify_mail_one(struct mail_worker *w, bool *found, struct yh_err *err);

/* Claims a webhook and sends what waits for it, one after the other, for at most a minute; *found
 * false: none has anything. `sound`: only such as did not fail last time. */
struct yh_http_line;
YH_CHECK enum yh_rc yh_notify_hook_one(struct yh_notify *n, struct yh_http_line *line, bool sound,
				       bool *found, struct yh_err *err);

/* A person's mail with what it tells, and its text. */
struct letter {
	const char *kind; /* notice, code, test */
	struct yh_notify_person who;
	const char *name;
	struct yh_id key; /* names the mail, the same at each try */
	struct letter_notice {
		struct yh_told_notice told;
		const char *category;
	} * notices;
	size_t n;
	yh_time date; /* of the newest notice, or of the mail's making */
};
/* Leaves of a notice that it is there, and of which case: who is told is not cleared for more. */
YH_CHECK enum yh_rc yh_notice_veil(struct yh_told_notice *t, const struct yh_pack *pack,
				   struct yh_arena *arena, struct yh_err *err);
void yh_letter_write(const struct yh_notify *n, const struct letter *l, const char *to,
		     struct yh_buf *out);

/* Waits a second, or until woken or stopped; false: stop. */
bool yh_notify_wait(struct yh_notify *n, unsigned seconds);

void yh_notify_count(const struct yh_notify *n, int channel, const char *state);
enum { COUNT_MAIL, COUNT_WEBHOOK };

#endif
