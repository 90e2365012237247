/* The server's part in the link: its key and its threads. */
#include "link/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/keyfile.h"
#include "link/internal.h"

static char *fresh_sm2(void)
{
	struct yh_sm2 *k = yh_sm2_new(NULL);
	char *pem = k ? yh_sm2_private_pem(k) : NULL;

	yh_sm2_free(k);
	return pem;
}

static enum yh_rc load_key(struct yh_link *l, struct yh_err *err)
{
	char text[YH_KEYFILE_TEXT] = "";
	enum yh_rc rc = yh_keyfile_text(l->cfg.keys, "link.pem", yh_exec_ring(l->cfg.world->exec),
					fresh_sm2, text, err);

	if (rc == YH_OK)
		rc = yh_sm2_load_pem(text, &l->key, err);
	if (rc == YH_OK)
		rc = yh_sm2_point(l->key, l->point, err);
	explicit_bzero(text, sizeof text);
	return rc;
}

enum yh_rc yh_link_open(const struct yh_link_config *cfg, struct yh_link **out, struct yh_err *err)
{
	struct yh_link *l = calloc(1, sizeof *l);
	pthread_condattr_t monotonic;
	enum yh_rc rc;

	*out = NULL;
	if (!l)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	l->cfg = *cfg;
	l->end = &l->first;
	yh_random(&l->self, sizeof l->self);
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&l->wake, &monotonic);
	(void)pthread_cond_init(&l->served, NULL);
	(void)pthread_condattr_destroy(&monotonic);
	l->line = yh_http_line_new();
	rc = l->line ? load_key(l, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc != YH_OK) {
		yh_link_close(l);
		return rc;
	}
	*out = l;
	return YH_OK;
}

enum yh_rc yh_link_start(struct yh_link *l, struct yh_err *err)
{
	for (int i = 0; i < 1 + LINK_SERVERS; i++) {
		if (pthread_create(&l->threads[i], NULL,
				   i ? yh_link_serving_thread : yh_link_worker_thread, l) != 0)
			return yh_fail(err, YH_INTERNAL, "thread-start");
		l->n_threads++;
	}
	return YH_OK;
}

void yh_link_stop(struct yh_link *l)
{
	(void)pthread_mutex_lock(&l->lock);
	atomic_store(&l->stop, true);
	(void)pthread_cond_broadcast(&l->wake);
	(void)pthread_cond_broadcast(&l->served);
	(void)pthread_mutex_unlock(&l->lock);
	while (l->n_threads > 0)
		(void)pthread_join(l->threads[--l->n_threads], NULL);
}

void yh_link_close(struct yh_link *l)
{
	if (!l)
		return;
	yh_link_stop(l);
	yh_http_line_free(l->line);
	yh_sm2_free(l->key);
	(void)pthread_cond_destroy(&l->wake);
	(void)pthread_cond_destroy(&l->served);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

void yh_link_wake(struct yh_link *l)
{
	if (!l)
		return;
	(void)pthread_mutex_lock(&l->lock);
	l->woken = true;
	(void)pthread_cond_signal(&l->wake);
	(void)pthread_mutex_unlock(&l->lock);
}

void yh_link_stats(const struct yh_link *l, struct yh_link_stats *out)
{
	*out = (struct yh_link_stats){ .sent = atomic_load(&l->sent),
				       .received = atomic_load(&l->received),
				       .repeated = atomic_load(&l->repeated),
				       .batches = atomic_load(&l->batches),
				       .refused = atomic_load(&l->refused),
				       .bytes_out = atomic_load(&l->bytes_out),
				       .bytes_in = atomic_load(&l->bytes_in) };
}
