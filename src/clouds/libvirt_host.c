/* Connections to libvirt: one to each place, shared by all that talk to it. It is kept open from
 * one turn of a job to the next, since opening may mean a handshake over the network, and since
 * test:/// forgets everything with its last connection. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clouds/libvirt_internal.h"

/* A peer that has not answered for KEEP_S * (KEEP_MISSED + 1) is gone. */
enum { KEEP_S = 5, KEEP_MISSED = 3, ARENA_BYTES = 64 * 1024 * 1024, SLICE_MS = 100 };

struct yh_libvirt_host {
	pthread_mutex_t lock;
	char *uri;
	const struct yh_libvirt_lib *lib;
	virConnectPtr conn;
	bool opening;
	pthread_cond_t opened;
	char trouble[512]; /* why it was not */
	struct yh_libvirt_seen *seen;
	size_t n_seen;
	struct yh_libvirt_host *next;
};

/* As many as the configuration names, for the life of the process. */
static struct {
	pthread_mutex_t lock;
	struct yh_libvirt_host *first;
} hosts = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct yh_libvirt_host *add_host(const char *uri)
{
	struct yh_libvirt_host *h = calloc(1, sizeof *h);
	pthread_condattr_t attr;

	if (h)
		h->uri = strdup(uri);
	if (!h || !h->uri) {
		free(h);
		return NULL;
	}
	(void)pthread_mutex_init(&h->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&h->opened, &attr);
	(void)pthread_condattr_destroy(&attr);
	h->next = hosts.first;
	hosts.first = h;
	return h;
}

static struct yh_libvirt_host *host_of(const char *uri)
{
	struct yh_libvirt_host *h;

	(void)pthread_mutex_lock(&hosts.lock);
	for (h = hosts.first; h && strcmp(h->uri, uri) != 0; h = h->next)
		;
	if (!h)
		h = add_host(uri);
	(void)pthread_mutex_unlock(&hosts.lock);
	return h;
}

enum yh_rc yh_libvirt_open(const struct yh_cloud_config *cfg, const atomic_bool *stop,
			   struct yh_cloud **out, struct yh_err *err)
{
	struct yh_cloud *c = calloc(1, sizeof *c);

	*out = NULL;
	if (!c)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	c->cfg = cfg;
	c->stop = stop;
	yh_arena_init(&c->arena, ARENA_BYTES);
	c->host = host_of(yh_cloud_value(cfg, "uri"));
	if (!c->host) {
		yh_libvirt_close(c);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	*out = c;
	return YH_OK;
}

void yh_libvirt_close(struct yh_cloud *c)
{
	if (!c)
		return;
	if (c->conn)
		(void)c->lib->virConnectClose(c->conn);
	yh_arena_done(&c->arena);
	free(c);
}

static enum yh_rc unreachable(const struct yh_cloud *c, const char *detail, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BUSY, "cloud-unreachable");

	yh_err_text(err, "cloud", c->cfg->code);
	yh_err_text(err, "detail", detail);
	return rc;
}

static enum yh_rc refused(const struct yh_cloud *c, const char *step, const char *detail,
			  struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_REFUSED, "cloud-refused");

	yh_err_text(err, "cloud", c->cfg->code);
	yh_err_text(err, "step", step);
	yh_err_text(err, "detail", detail);
	return rc;
}

enum yh_rc yh_libvirt_refuse(const struct yh_cloud *c, const char *step, const char *detail,
			     struct yh_err *err)
{
	return refused(c, step, detail, err);
}

enum yh_rc yh_libvirt_working(const struct yh_cloud *c, const char *detail, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BUSY, "cloud-working");

	yh_err_text(err, "cloud", c->cfg->code);
	yh_err_text(err, "detail", detail);
	return rc;
}

enum yh_rc yh_libvirt_foreign(const char *machine, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_CONFLICT, "cloud-machine-foreign");

	yh_err_text(err, "machine", machine);
	return rc;
}

/* Worth another try: nothing was said about the order itself. */
static bool passes(int code)
{
	switch (code) {
	case VIR_ERR_NO_CONNECT:
	case VIR_ERR_RPC:
	case VIR_ERR_AUTH_FAILED:
	case VIR_ERR_AUTH_CANCELLED:
	case VIR_ERR_AUTH_UNAVAILABLE:
	case VIR_ERR_GNUTLS_ERROR:
	case VIR_ERR_LIBSSH:
	case VIR_ERR_SSH:
	case VIR_ERR_NO_SERVER:
	case VIR_ERR_OPERATION_TIMEOUT:
	case VIR_ERR_OPERATION_ABORTED:
	case VIR_ERR_RESOURCE_BUSY:
	case VIR_ERR_NO_MEMORY:
		return true;
	default:
		return false;
	}
}

enum yh_rc yh_libvirt_failed(const struct yh_cloud *c, const char *step, struct yh_err *err)
{
	virErrorPtr e = c->lib->virGetLastError();
	bool again = !e || passes(e->code);
	char detail[512];

	/* the next call forgets this one's failure */
	(void)snprintf(detail, sizeof detail, "%s", e && e->message ? e->message : "libvirt");
	if (again || c->lib->virConnectIsAlive(c->conn) != 1)
		return unreachable(c, detail, err);
	return refused(c, step, detail, err);
}

/* Opening asks the other side before it can be watched over, and may wait for it without end: that
 * is for a thread that nobody waits for. */
static void *open_host(void *arg)
{
	struct yh_libvirt_host *h = arg;
	virConnectPtr conn = h->lib->virConnectOpen(h->uri);
	virErrorPtr e = conn ? NULL : h->lib->virGetLastError();

	/* one that needs no watch (test:///) says that it has none */
	if (conn)
		(void)h->lib->virConnectSetKeepAlive(conn, KEEP_S, KEEP_MISSED);
	(void)pthread_mutex_lock(&h->lock);
	h->conn = conn;
	(void)snprintf(h->trouble, sizeof h->trouble, "%s", e && e->message ? e->message : h->uri);
	h->opening = false;
	(void)pthread_cond_broadcast(&h->opened);
	(void)pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Under the host's lock, which others have meanwhile. */
static enum yh_rc await_host(struct yh_cloud *c, struct yh_err *err)
{
	struct yh_libvirt_host *h = c->host;
	enum yh_rc rc = YH_OK;

	while (h->opening && rc == YH_OK) {
		struct timespec until;

		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += SLICE_MS * 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		(void)pthread_cond_timedwait(&h->opened, &h->lock, &until);
		rc = yh_libvirt_go_on(c, err);
	}
	return rc;
}

static enum yh_rc connect_host(struct yh_cloud *c, struct yh_err *err)
{
	struct yh_libvirt_host *h = c->host;
	enum yh_rc rc;

	h->lib = c->lib;
	if (h->conn && c->lib->virConnectIsAlive(h->conn) != 1) {
		(void)c->lib->virConnectClose(h->conn);
		h->conn = NULL;
	}
	if (!h->conn && !h->opening) {
		h->opening = true;
		if (yh_libvirt_thread(open_host, h) != 0) {
			h->opening = false;
			return yh_fail(err, YH_BUSY, "memory-short");
		}
	}
	rc = await_host(c, err);
	return rc == YH_OK && !h->conn ? unreachable(c, h->trouble, err) : rc;
}

enum yh_rc yh_libvirt_begin(struct yh_cloud *c, struct yh_err *err)
{
	enum yh_rc rc = yh_libvirt_load(c->cfg->code, &c->lib, err);

	if (rc != YH_OK)
		return rc;
	c->until_ms = yh_monotonic_ms() + YH_CLOUD_CALL_S * 1000;
	if (c->conn && c->lib->virConnectIsAlive(c->conn) == 1)
		return yh_libvirt_go_on(c, err);
	if (c->conn)
		(void)c->lib->virConnectClose(c->conn);
	c->conn = NULL;
	(void)pthread_mutex_lock(&c->host->lock);
	rc = connect_host(c, err);
	if (rc == YH_OK && c->lib->virConnectRef(c->host->conn) == 0)
		c->conn = c->host->conn;
	(void)pthread_mutex_unlock(&c->host->lock);
	return rc == YH_OK ? yh_libvirt_go_on(c, err) : rc;
}

enum yh_rc yh_libvirt_go_on(const struct yh_cloud *c, struct yh_err *err)
{
	if (c->stop && atomic_load(c->stop))
		return yh_fail(err, YH_BUSY, "job-stopped");
	return yh_monotonic_ms() < c->until_ms ? YH_OK : unreachable(c, "timeout", err);
}

void yh_libvirt_swap_seen(struct yh_cloud *c, struct yh_libvirt_seen **seen, size_t *n)
{
	struct yh_libvirt_host *h = c->host;
	struct yh_libvirt_seen *was;
	size_t n_was;

	(void)pthread_mutex_lock(&h->lock);
	was = h->seen;
	n_was = h->n_seen;
	h->seen = *seen;
	h->n_seen = *n;
	*seen = was;
	*n = n_was;
	(void)pthread_mutex_unlock(&h->lock);
}
