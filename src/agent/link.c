/* A small HTTP client. TLS is OpenSSL's, in this process: measured, it leaves the agent at half of
 * its memory, as long as certificates are looked up one by one (docs/decisions). */
#include "agent/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TIMEOUT_S = 10, HEAD_MAX = 1024 };

struct yh_agent_link {
	char host[128], port[8], prefix[128], authority[160], ca[256];
	bool tls;
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
	SSL_SESSION *session;
};

static enum yh_rc unreachable(struct yh_agent_link *l, const char *why, struct yh_err *err)
{
	yh_agent_link_rest(l);
	(void)yh_fail(err, YH_BUSY, "server-unreachable");
	yh_err_text(err, "detail", why);
	return YH_BUSY;
}

static bool copy(char *out, size_t size, const char *p, size_t n)
{
	if (n >= size)
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] > '~' || strchr("\"<>\\^`{|}@?#", p[i]))
			return false;
	memcpy(out, p, n);
	out[n] = 0;
	return true;
}

static bool parse_server(struct yh_agent_link *l, const char *s)
{
	const char *host, *end, *port;
	size_t host_n;

	l->tls = strncmp(s, "https://", 8) == 0;
	if (!l->tls && strncmp(s, "http://", 7) != 0)
		return false;
	s += l->tls ? 8 : 7;
	end = s + strcspn(s, "/");
	if (!copy(l->authority, sizeof l->authority, s, (size_t)(end - s)))
		return false;
	host = s;
	if (*s == '[') {
		host = s + 1;
		port = memchr(s, ']', (size_t)(end - s));
		if (!port)
			return false;
		host_n = (size_t)(port - host);
		port++;
	} else {
		port = memchr(s, ':', (size_t)(end - s));
		port = port ? port : end;
		host_n = (size_t)(port - host);
	}
	if (host_n == 0 || !copy(l->host, sizeof l->host, host, host_n))
		return false;
	if (port < end) {
		size_t n = (size_t)(end - port - 1);

		if (*port != ':' || n == 0 || n > 5 || strspn(port + 1, "0123456789") < n)
			return false;
		(void)copy(l->port, sizeof l->port, port + 1, n);
	} else {
		(void)snprintf(l->port, sizeof l->port, "%s", l->tls ? "443" : "80");
	}
	s = end + strlen(end);
	while (s > end && s[-1] == '/')
		s--;
	return copy(l->prefix, sizeof l->prefix, end, (size_t)(s - end));
}

enum yh_rc yh_agent_link_new(const char *server, const char *ca, struct yh_agent_link **out,
			     struct yh_err *err)
{
	struct yh_agent_link *l = calloc(1, sizeof *l);

	*out = NULL;
	if (!l)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	l->fd = -1;
	(void)snprintf(l->ca, sizeof l->ca, "%s", ca);
	if (!parse_server(l, server)) {
		free(l);
		return yh_fail_field(err, YH_BAD_INPUT, "agent-server-invalid", server);
	}
	*out = l;
	return YH_OK;
}

void yh_agent_link_rest(struct yh_agent_link *l)
{
	if (l->ssl) {
		SSL_SESSION *fresh = SSL_is_init_finished(l->ssl) ? SSL_get1_session(l->ssl) : NULL;

		if (fresh) {
			SSL_SESSION_free(l->session);
			l->session = fresh;
		}
		(void)SSL_shutdown(l->ssl);
		SSL_free(l->ssl);
		ERR_clear_error();
	}
	l->ssl = NULL;
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
}

void yh_agent_link_free(struct yh_agent_link *l)
{
	if (!l)
		return;
	yh_agent_link_rest(l);
	SSL_SESSION_free(l->session);
	SSL_CTX_free(l->ctx);
	free(l);
}

static bool dial(struct yh_agent_link *l, const struct addrinfo *a)
{
	struct timeval tv = { .tv_sec = TIMEOUT_S };
	struct pollfd p = { .events = POLLOUT };
	int fault = 0;
	socklen_t n = sizeof fault;

	l->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	if (l->fd < 0)
		return false;
	p.fd = l->fd;
	if (connect(l->fd, a->ai_addr, a->ai_addrlen) != 0) {
		if (errno == EINPROGRESS && poll(&p, 1, TIMEOUT_S * 1000) == 1 &&
		    getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &fault, &n) == 0)
			errno = fault;
		else if (errno == EINPROGRESS)
			errno = ETIMEDOUT;
		if (errno != 0) {
			(void)close(l->fd);
			l->fd = -1;
			return false;
		}
	}
	(void)fcntl(l->fd, F_SETFL, 0);
	(void)setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	(void)setsockopt(l->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
	return true;
}

/* The system's certificates by their directory: only the one that is needed is read. */
static bool make_ctx(struct yh_agent_link *l)
{
	if (l->ctx)
		return true;
	l->ctx = SSL_CTX_new(TLS_client_method());
	if (!l->ctx)
		return false;
	SSL_CTX_set_verify(l->ctx, SSL_VERIFY_PEER, NULL);
	(void)SSL_CTX_set_min_proto_version(l->ctx, TLS1_2_VERSION);
	SSL_CTX_set_mode(l->ctx, SSL_MODE_RELEASE_BUFFERS);
	return l->ca[0] ? SSL_CTX_load_verify_file(l->ctx, l->ca) == 1
			: SSL_CTX_set_default_verify_dir(l->ctx) == 1;
}

static bool shake_hands(struct yh_agent_link *l)
{
	unsigned char address[16];
	bool numeric;

	if (!make_ctx(l) || !(l->ssl = SSL_new(l->ctx)) || SSL_set_fd(l->ssl, l->fd) != 1)
		return false;
	numeric = inet_pton(AF_INET, l->host, address) == 1 ||
		  inet_pton(AF_INET6, l->host, address) == 1;
	if (numeric) {
		if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(l->ssl), l->host) != 1)
			return false;
	} else if (SSL_set1_host(l->ssl, l->host) != 1 ||
		   SSL_set_tlsext_host_name(l->ssl, l->host) != 1) {
		return false;
	}
	if (l->session)
		(void)SSL_set_session(l->ssl, l->session);
	return SSL_connect(l->ssl) == 1;
}

static enum yh_rc connect_to(struct yh_agent_link *l, struct yh_err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *list = NULL;
	int rc;

	if (l->fd >= 0)
		return YH_OK;
	rc = getaddrinfo(l->host, l->port, &hints, &list);
	if (rc != 0)
		return unreachable(l, gai_strerror(rc), err);
	for (const struct addrinfo *a = list; a && l->fd < 0; a = a->ai_next)
		(void)dial(l, a);
	freeaddrinfo(list);
	if (l->fd < 0)
		return unreachable(l, strerror(errno), err);
	if (l->tls && !shake_hands(l)) {
		long verify = l->ssl ? SSL_get_verify_result(l->ssl) : X509_V_OK;
		const char *why = ERR_reason_error_string(ERR_peek_error());

		why = verify != X509_V_OK ? X509_verify_cert_error_string(verify)
		      : why               ? why
					  : "TLS";
		return unreachable(l, why, err);
	}
	return YH_OK;
}

static bool send_all(struct yh_agent_link *l, const void *p, size_t n)
{
	const char *s = p;

	while (n > 0) {
		ssize_t k = l->ssl ? SSL_write(l->ssl, s, (int)n) : send(l->fd, s, n, MSG_NOSIGNAL);

		if (k <= 0)
			return false;
		s += k;
		n -= (size_t)k;
	}
	return true;
}

static ssize_t receive(struct yh_agent_link *l, char *p, size_t n)
{
	return l->ssl ? SSL_read(l->ssl, p, (int)n) : recv(l->fd, p, n, 0);
}

/* A header's value within the head, NULL when there is none. */
static const char *header(const char *head, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = strstr(head, "\r\n"); s; s = strstr(s, "\r\n")) {
		s += 2;
		if (strncasecmp(s, name, n) == 0 && s[n] == ':')
			return s + n + 1 + strspn(s + n + 1, " \t");
	}
	return NULL;
}

/* Reads the head, and leaves what came behind it at the front of `reply`. */
static bool read_head(struct yh_agent_link *l, struct yh_agent_link_call *c, char head[HEAD_MAX],
		      size_t *have)
{
	char all[HEAD_MAX + sizeof c->reply];
	size_t n = 0, head_n;
	char *end = NULL;

	while (!end) {
		ssize_t k;

		if (n + 1 >= sizeof all)
			return false;
		k = receive(l, all + n, sizeof all - 1 - n);
		if (k <= 0)
			return false;
		n += (size_t)k;
		all[n] = 0;
		end = strstr(all, "\r\n\r\n");
	}
	head_n = (size_t)(end - all) + 2;
	*have = n - head_n - 2;
	if (head_n >= HEAD_MAX || *have >= sizeof c->reply)
		return false;
	memcpy(head, all, head_n);
	head[head_n] = 0;
	memcpy(c->reply, end + 4, *have);
	return true;
}

/* Seconds, or the day and time until when, as RFC 9110 has it; anything else says nothing. */
static int64_t retry_after(const char *value)
{
	size_t n = value ? strspn(value, "0123456789") : 0;
	struct tm tm = { 0 };
	time_t at, now = time(NULL);

	if (n > 0)
		return n <= 9 ? atol(value) : 0;
	if (!value || !strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return 0;
	at = timegm(&tm);
	return at > now ? (int64_t)(at - now) : 0;
}

static bool read_answer(struct yh_agent_link *l, struct yh_agent_link_call *c)
{
	char head[HEAD_MAX];
	const char *length, *connection;
	size_t n = 0, have;

	if (!read_head(l, c, head, &have) || strncmp(head, "HTTP/1.", 7) != 0 ||
	    strspn(head + 9, "0123456789") != 3)
		return false;
	c->status = atoi(head + 9);
	c->retry_after_s = retry_after(header(head, "Retry-After"));
	length = header(head, "Content-Length");
	if (!length || strspn(length, "0123456789") == 0 || strspn(length, "0123456789") > 6)
		return false;
	n = (size_t)atol(length);
	if (n >= sizeof c->reply || have > n)
		return false;
	while (have < n) {
		ssize_t k = receive(l, c->reply + have, n - have);

		if (k <= 0)
			return false;
		have += (size_t)k;
	}
	c->reply[n] = 0;
	connection = header(head, "Connection");
	if (connection && strncasecmp(connection, "close", 5) == 0)
		yh_agent_link_rest(l);
	return true;
}

static bool exchange(struct yh_agent_link *l, struct yh_agent_link_call *c)
{
	char head[2048];
	int n = snprintf(head, sizeof head,
			 "%s %s%s HTTP/1.1\r\nHost: %s\r\nAccept-Language: en\r\n%s"
			 "Content-Length: %zu\r\n\r\n",
			 c->method, l->prefix, c->path, l->authority, c->headers, c->n);

	return n > 0 && (size_t)n < sizeof head && send_all(l, head, (size_t)n) &&
	       send_all(l, c->body, c->n) && read_answer(l, c);
}

enum yh_rc yh_agent_link_call(struct yh_agent_link *l, struct yh_agent_link_call *c,
			      struct yh_err *err)
{
	bool kept = l->fd >= 0;
	enum yh_rc rc = connect_to(l, err);

	if (rc != YH_OK)
		return rc;
	errno = 0;
	if (exchange(l, c))
		return YH_OK;
	/* a connection that was kept may have been closed over there meanwhile */
	if (kept) {
		yh_agent_link_rest(l);
		rc = connect_to(l, err);
		if (rc != YH_OK)
			return rc;
		errno = 0;
		if (exchange(l, c))
			return YH_OK;
	}
	return unreachable(l, errno ? strerror(errno) : "no whole answer", err);
}

static const char *value_of(const char *json, const char *key)
{
	size_t n = strlen(key);

	for (const char *s = strchr(json, '"'); s; s = strchr(s, '"')) {
		const char *end = strchr(s + 1, '"');

		if (!end)
			return NULL;
		if ((size_t)(end - s - 1) == n && strncmp(s + 1, key, n) == 0 && end[1] == ':')
			return end + 2;
		s = end + 1;
	}
	return NULL;
}

bool yh_agent_link_text(const char *json, const char *key, char *out, size_t size)
{
	const char *v = value_of(json, key);
	size_t n;

	if (!v || *v != '"')
		return false;
	v++;
	n = strcspn(v, "\"\\");
	if (v[n] != '"' || n >= size)
		return false;
	memcpy(out, v, n);
	out[n] = 0;
	return true;
}

bool yh_agent_link_int(const char *json, const char *key, int64_t *out)
{
	const char *v = value_of(json, key);
	size_t n = v ? strspn(v, "0123456789") : 0;

	if (n == 0 || n > 15)
		return false;
	*out = 0;
	for (size_t i = 0; i < n; i++)
		*out = *out * 10 + (v[i] - '0');
	return true;
}
