/* The pump and the workers. */
#include "notify/notify.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/keyfile.h"
#include "base/log.h"
#include "net/client.h"
#include "net/mime.h"
#include "notify/internal.h"

enum { PRUNE_BATCH = 1000, HOUSEKEEPING_S = 15, TROUBLE_MOST_S = 60 };

enum yh_rc yh_notify_open(const struct yh_notify_config *cfg, struct yh_notify **out,
			  struct yh_err *err)
{
	struct yh_notify *n;
	pthread_condattr_t attr;
	struct yh_sm3 name;
	enum yh_rc rc = cfg->smtp.url ? yh_smtp_check(&cfg->smtp, err) : YH_OK;

	*out = NULL;
	if (rc == YH_OK && cfg->smtp.url && !(cfg->mail_from && yh_mail_address(cfg->mail_from)))
		rc = yh_fail_field(err, YH_BAD_INPUT, "mail-invalid", "--mail-from");
	if (rc != YH_OK)
		return rc;
	n = calloc(1, sizeof *n);
	if (!n)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	n->cfg = *cfg;
	if (!n->cfg.source)
		n->cfg.source = "urn:yunheng";
	rc = yh_keyfile_seal(cfg->keys_dir, "notify.seal", yh_exec_ring(cfg->world->exec),
			     &n->sealing, err);
	if (rc != YH_OK) {
		free(n);
		return rc;
	}
	name = yh_sm3_of(&n->sealing, sizeof n->sealing);
	memcpy(n->key_id, name.b, sizeof n->key_id);
	yh_random(n->self.b, sizeof n->self.b);
	(void)pthread_mutex_init(&n->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&n->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	*out = n;
	return YH_OK;
}

void yh_notify_close(struct yh_notify *n)
{
	if (!n)
		return;
	yh_notify_stop(n);
	(void)pthread_cond_destroy(&n->wake);
	(void)pthread_mutex_destroy(&n->lock);
	explicit_bzero(&n->sealing, sizeof n->sealing);
	free(n);
}

struct keeping {
	struct yh_notify *n;
	yh_time now;
	int64_t pruned, waiting[2];
};

static enum yh_rc prune(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct keeping *k = arg;

	return yh_delivery_prune(tx, k->now - YH_NOTIFY_KEEP_DAYS * YH_US_PER_DAY, PRUNE_BATCH,
				 &k->pruned, err);
}

static enum yh_rc tally(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct keeping *k = arg;
	enum yh_rc rc = yh_delivery_waiting(tx, true, &k->waiting[COUNT_MAIL], err);

	return rc == YH_OK ? yh_delivery_waiting(tx, false, &k->waiting[COUNT_WEBHOOK], err) : rc;
}

/* Forgets what is old, and counts what waits. */
static void keep_house(struct yh_notify *n, yh_time now)
{
	const struct yh_world *w = n->cfg.world;
	struct keeping k = { .n = n, .now = now };
	struct yh_err err = { 0 };
	enum yh_rc rc;

	do
		rc = yh_exec_write(w->exec, prune, &k, &err);
	while (rc == YH_OK && k.pruned == PRUNE_BATCH);
	if (rc == YH_OK)
		rc = yh_exec_read(w->exec, tally, &k, &err);
	for (int i = 0; rc == YH_OK && w->counts && i < 2; i++)
		atomic_store(&w->counts->waiting[i], k.waiting[i]);
	if (rc != YH_OK)
		yh_log_err(YH_WARN, "notify-keeping-failed", &err);
}

static enum yh_rc release(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	enum yh_rc rc = yh_delivery_release(tx, err);

	(void)arg;
	return rc == YH_OK ? yh_webhook_release(tx, err) : rc;
}

static void *pump(void *arg)
{
	struct yh_notify *n = arg;
	unsigned idle = 0;

	do {
		yh_time now = yh_clock_now(n->cfg.world->clock);
		struct yh_err err = { 0 };
		bool more = false;

		do
			if (yh_notify_fan(n, now, &more, &err) != YH_OK)
				yh_log_err(YH_WARN, "notify-failed", &err);
		while (more && yh_notify_wait(n, 0));
		if (idle++ % HOUSEKEEPING_S == 0)
			keep_house(n, now);
	} while (yh_notify_wait(n, 1));
	return NULL;
}

static void *send_mails(void *arg)
{
	struct mail_worker w = { .n = arg };
	unsigned pause = 0;

	w.smtp = yh_smtp_new(&w.n->cfg.smtp);
	while (w.smtp && yh_notify_wait(w.n, pause)) {
		struct yh_err err = { 0 };
		bool found;

		if (yh_notify_mail_one(&w, &found, &err) != YH_OK) {
			yh_log_err(YH_WARN, "mail-failed", &err);
			found = false;
		}
		/* a server in trouble is asked ever more rarely, by whichever mail is next */
		pause = w.troubles > 6 ? TROUBLE_MOST_S
			: w.troubles   ? 1u << (w.troubles - 1)
				       : !found;
	}
	yh_smtp_free(w.smtp);
	return NULL;
}

static void call_hooks(struct yh_notify *n, bool sound)
{
	struct yh_http_line *line = yh_http_line_new();
	bool found = false;

	while (line && yh_notify_wait(n, !found)) {
		struct yh_err err = { 0 };

		if (yh_notify_hook_one(n, line, sound, &found, &err) != YH_OK) {
			yh_log_err(YH_WARN, "webhook-failed", &err);
			found = false;
		}
	}
	yh_http_line_free(line);
}

static void *call_sound_hooks(void *arg)
{
	call_hooks(arg, true);
	return NULL;
}

static void *call_all_hooks(void *arg)
{
	call_hooks(arg, false);
	return NULL;
}

static enum yh_rc launch(struct yh_notify *n, void *(*fn)(void *arg), struct yh_err *err)
{
	if (pthread_create(&n->threads[n->n_threads], NULL, fn, n) != 0)
		return yh_fail(err, YH_INTERNAL, "thread-start");
	n->n_threads++;
	return YH_OK;
}

enum yh_rc yh_notify_start(struct yh_notify *n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	if (n->cfg.alone)
		rc = yh_exec_write(n->cfg.world->exec, release, NULL, err);
	if (rc == YH_OK)
		rc = launch(n, pump, err);
	for (int i = 0; rc == YH_OK && n->cfg.smtp.url && i < NOTIFY_MAIL_WORKERS; i++)
		rc = launch(n, send_mails, err);
	for (int i = 0; rc == YH_OK && i < NOTIFY_HOOK_WORKERS; i++)
		rc = launch(n, i % 2 ? call_all_hooks : call_sound_hooks, err);
	if (rc != YH_OK)
		yh_notify_stop(n);
	return rc;
}

void yh_notify_stop(struct yh_notify *n)
{
	(void)pthread_mutex_lock(&n->lock);
	n->stop = true;
	(void)pthread_cond_broadcast(&n->wake);
	(void)pthread_mutex_unlock(&n->lock);
	while (n->n_threads > 0)
		(void)pthread_join(n->threads[--n->n_threads], NULL);
}
