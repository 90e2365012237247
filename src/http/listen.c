/* The listener: its socket, its TLS, and whom it lets in how often. */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "http/internal.h"

/* Going to an issuer is no guess, and is answered later than it is asked. */
enum { BEGUN = 8 };

enum { NETWORK_THREADS = 2, BACKLOG = 512, CONNECTION_BYTES = 32 * 1024 };

/* From 1.0 on the library's strict mode refuses what check_head must find out before. */
#if MHD_VERSION < 0x01000000
enum { LIBRARY_STRICT = 0 };
#else
enum { LIBRARY_STRICT = 1 };
#endif

static enum yh_rc listen_failed(struct yh_err *err, const char *detail)
{
	(void)yh_fail(err, YH_STORAGE, "listen-failed");
	yh_err_text(err, "detail", detail);
	return YH_STORAGE;
}

enum yh_rc yh_listen_open(struct yh_server *s, struct yh_err *err)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *ai;
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;
	char port[8], host[8];
	int one = 1, bad;

	(void)snprintf(port, sizeof port, "%u", (unsigned)s->cfg.port);
	if (getaddrinfo(s->cfg.address, port, &hints, &ai) != 0)
		return listen_failed(err, "address");
	s->listen_fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bad = s->listen_fd < 0 ||
	      setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	      bind(s->listen_fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	      listen(s->listen_fd, BACKLOG) != 0 ||
	      getsockname(s->listen_fd, (struct sockaddr *)&bound, &len) != 0;
	freeaddrinfo(ai);
	if (bad)
		return listen_failed(err, strerror(errno));
	if (getnameinfo((struct sockaddr *)&bound, len, host, 0, port, sizeof port,
			NI_NUMERICSERV) != 0)
		return listen_failed(err, "port");
	s->port = (uint16_t)strtoul(port, NULL, 10);
	return YH_OK;
}

bool yh_is_proxy(const struct yh_server *s, const unsigned char addr[YH_ADDRESS])
{
	return s->cfg.trust_proxy && (s->door.proxies.n ? yh_ranges_hold(&s->door.proxies, addr)
							: yh_address_loopback(addr));
}

void yh_address_text(const unsigned char addr[YH_ADDRESS], char out[64])
{
	static const unsigned char mapped[12] = { [10] = 0xFF, 0xFF };
	bool v4 = memcmp(addr, mapped, sizeof mapped) == 0;

	(void)inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? addr + sizeof mapped : addr, out, 64);
}

/* Before a connection is made: one address does not take all of them. */
static enum MHD_Result admit(void *cls, const struct sockaddr *addr, socklen_t len)
{
	struct yh_server *s = cls;
	unsigned char from[YH_ADDRESS];
	unsigned n = 0;

	(void)len;
	if (!yh_address_of(addr, from) || yh_is_proxy(s, from) ||
	    (yh_address_loopback(from) && !s->cfg.rate_local))
		return MHD_YES;
	(void)pthread_mutex_lock(&s->lock);
	for (const struct conn *c = s->conns; c; c = c->next)
		n += yh_address_neighbours(from, c->address);
	(void)pthread_mutex_unlock(&s->lock);
	if (n < s->cfg.connections_each)
		return MHD_YES;
	atomic_fetch_add(&s->door.refused_connections, 1);
	return MHD_NO;
}

enum yh_rc yh_listen_start(struct yh_server *s, const struct yh_network *n, struct yh_err *err)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)yh_tls_priorities },
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, yh_tls_callback() },
		{ MHD_OPTION_END, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem *items = s->door.tls ? tls : tls + 3;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			 MHD_USE_ERROR_LOG | (s->door.tls ? (unsigned)MHD_USE_TLS : 0);

	if (s->door.tls && yh_tls_trust(s->door.tls))
		tls[2] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0,
						  (void *)(uintptr_t)yh_tls_trust(s->door.tls) };
	s->mhd = MHD_start_daemon(
		flags, 0, admit, s, n->request, s, MHD_OPTION_EXTERNAL_LOGGER, n->log, NULL,
		MHD_OPTION_LISTEN_SOCKET, s->listen_fd, MHD_OPTION_THREAD_POOL_SIZE,
		(unsigned)NETWORK_THREADS, MHD_OPTION_CONNECTION_LIMIT, s->cfg.connections_max,
		MHD_OPTION_CONNECTION_TIMEOUT, s->cfg.request_deadline_s,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, (int)LIBRARY_STRICT, MHD_OPTION_URI_LOG_CALLBACK,
		n->uri, s, MHD_OPTION_UNESCAPE_CALLBACK, n->unescape, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, n->completed, s, MHD_OPTION_NOTIFY_CONNECTION,
		yh_conn_notify, s, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
	return s->mhd ? YH_OK : listen_failed(err, "network threads");
}

void yh_listen_defaults(struct yh_server_config *c)
{
	if (!c->address)
		c->address = "127.0.0.1";
	if (!c->body_max_bytes)
		c->body_max_bytes = 1024 * 1024;
	if (!c->reply_max_bytes)
		c->reply_max_bytes = 16 * 1024 * 1024;
	if (!c->request_deadline_s)
		c->request_deadline_s = 30;
	if (!c->connections_max)
		c->connections_max = 4096;
	if (!c->connections_each)
		c->connections_each = 512;
	if (!c->workers)
		c->workers = 4;
	if (!c->queue_max)
		c->queue_max = 256;
	if (!c->raw_workers)
		c->raw_workers = 2;
	if (!c->aside_workers)
		c->aside_workers = 2;
	if (!c->drain_s)
		c->drain_s = 10;
	if (!c->list_workers)
		c->list_workers = 1;
	if (!c->list_rows_max)
		c->list_rows_max = 100000;
	if (!c->streams_max)
		c->streams_max = 2048;
	if (!c->streams_each)
		c->streams_each = 64;
	if (!c->stream_period_ms)
		c->stream_period_ms = 1000;
	if (!c->stream_beat_ms)
		c->stream_beat_ms = 15000;
	if (!c->stream_recheck_s)
		c->stream_recheck_s = 30;
}

enum yh_rc yh_listen_limits(struct yh_server *s, struct yh_err *err)
{
	const struct yh_server_config *c = &s->cfg;
	unsigned char bound[YH_ADDRESS];
	enum yh_rc rc = yh_ranges_parse(c->proxy_from, &s->door.proxies, err);

	if (rc == YH_OK)
		rc = yh_ranges_parse(c->admin_from, &s->door.admins, err);
	if (rc == YH_OK && !(yh_limit_init(&s->door.by_address, c->rate_address) &&
			     yh_limit_init(&s->door.by_account, c->rate_account) &&
			     yh_limit_init(&s->door.by_sign_in, c->rate_sign_in) &&
			     yh_limit_init(&s->door.by_begun, BEGUN * c->rate_sign_in)))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK && c->trust_proxy && !s->door.proxies.n &&
	    !(yh_address_parse(c->address, bound) && yh_address_loopback(bound)))
		yh_log(YH_WARN, "proxy-from-missing", "only a proxy on this machine is believed");
	if (rc == YH_OK && c->tls_cert)
		rc = yh_tls_open(c->tls_cert, c->tls_key, c->tls_client_ca, &s->door.tls, err);
	return rc;
}

void yh_listen_done(struct yh_server *s)
{
	yh_tls_close(s->door.tls);
	yh_limit_done(&s->door.by_address);
	yh_limit_done(&s->door.by_account);
	yh_limit_done(&s->door.by_sign_in);
	yh_limit_done(&s->door.by_begun);
}

/* Under which key `key` is charged. One machine's own programs are not held back, unless a test
 * asks for it. */
static bool is_charged(const struct call *c, const unsigned char *key, unsigned char of[YH_ADDRESS])
{
	if (yh_address_loopback(c->address) && !c->srv->cfg.rate_local)
		return false;
	memcpy(of, key, YH_ADDRESS);
	if (key == c->address && strchr(c->source, ':')) /* whoever has one has the whole /64 */
		memset(of + 8, 0, 8);
	return true;
}

bool yh_call_may_ask(struct call *c, struct yh_limit *l, const unsigned char *key, int64_t *wait_s)
{
	unsigned char of[YH_ADDRESS];

	if (!is_charged(c, key, of) || yh_limit_take(l, of, c->begun_ms, wait_s))
		return true;
	atomic_fetch_add(&c->srv->door.limited, 1);
	return false;
}

bool yh_call_may_try(struct call *c, int64_t *wait_s)
{
	unsigned char of[YH_ADDRESS];

	if (c->rq.op->flags & YH_OP_BEGINS)
		return yh_call_may_ask(c, &c->srv->door.by_begun, c->address, wait_s);
	if (!(c->rq.op->flags & YH_OP_SIGN_IN) || !is_charged(c, c->address, of) ||
	    yh_limit_look(&c->srv->door.by_sign_in, of, c->begun_ms, wait_s))
		return true;
	atomic_fetch_add(&c->srv->door.limited, 1);
	return false;
}

static bool is_wrong(enum yh_rc rc)
{
	return rc == YH_UNAUTHENTICATED || rc == YH_FORBIDDEN;
}

/* Whoever knows their password has not guessed: a whole office behind one address signs in. Codes
 * and changes of passwords count against their account. */
void yh_call_tried(struct call *c)
{
	const unsigned both = YH_OP_SIGN_IN | YH_OP_PUBLIC;
	unsigned char of[YH_ADDRESS];

	if ((c->rq.op->flags & both) == both && is_wrong(c->err.rc) &&
	    is_charged(c, c->address, of))
		yh_limit_charge(&c->srv->door.by_sign_in, of, yh_monotonic_ms());
}

void yh_call_too_often(struct yh_err *err, int64_t wait_s)
{
	(void)yh_fail(err, YH_LIMITED, "rate-limited");
	yh_err_int(err, "seconds", wait_s);
}

bool yh_listen_secure(const struct yh_server *s)
{
	return s->door.tls || s->cfg.secure_cookie;
}

/* The certificate as it is now, and a word when it ends soon. */
void yh_listen_look(struct yh_server *s, bool now)
{
	enum { DAY_MS = 24 * 3600 * 1000 };
	struct yh_err err = { 0 };
	int64_t ms = yh_monotonic_ms();
	int64_t days;

	if (!s->door.tls)
		return;
	if (yh_tls_reload(s->door.tls, now ? 0 : ms, &err) != YH_OK)
		yh_log_err(YH_ERROR, "tls-not-reloaded", &err);
	if (s->door.tls_warned_ms && ms - s->door.tls_warned_ms < DAY_MS)
		return;
	s->door.tls_warned_ms = ms;
	days = yh_tls_days(s);
	if (days < YH_TLS_WARN_DAYS)
		yh_log(YH_WARN, "tls-expiring", "%lld days", (long long)days);
}

int64_t yh_tls_days(const struct yh_server *s)
{
	struct yh_clock real;

	if (!s->door.tls)
		return INT64_MAX;
	yh_clock_real(&real);
	return (yh_tls_expires(s->door.tls) - yh_clock_now(&real)) / YH_US_PER_DAY;
}
