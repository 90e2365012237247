/* Sending records to a collector. */
#include "net/collector.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/internal.h"

enum { WAIT_MS = 5000, FRAME = 24 };

enum way { UDP, TCP, TLS, UNIX, INTO_FILE };

struct yh_collector {
	enum way way;
	char *rest; /* behind the scheme */
	char *ca_file;
	CURL *curl; /* TCP, TLS */
	int fd;     /* the socket, or the file; -1: not connected */
	bool stream;
	char why[CURL_ERROR_SIZE];
};

static bool way_of(const char *url, enum way *way, const char **rest)
{
	static const struct {
		const char *scheme;
		enum way way;
	} ways[] = { { "udp://", UDP },
		     { "tcp://", TCP },
		     { "tls://", TLS },
		     { "unix:/", UNIX },
		     { "file:/", INTO_FILE } };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		size_t n = strlen(ways[i].scheme);

		if (strncmp(url, ways[i].scheme, n) != 0)
			continue;
		*way = ways[i].way;
		*rest = url + n - (ways[i].way >= UNIX); /* a path keeps its slash */
		return true;
	}
	return false;
}

static bool host_port(const char *text, char host[256], char port[8])
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	const char *from = text;

	if (n > 2 && text[0] == '[' && colon[-1] == ']') {
		from++;
		n -= 2;
	}
	if (n == 0 || n > 255 || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    strlen(colon + 1) < 1 || strlen(colon + 1) > 5)
		return false;
	(void)snprintf(host, 256, "%.*s", (int)n, from);
	(void)snprintf(port, 8, "%s", colon + 1);
	return true;
}

bool yh_collector_is(const char *url)
{
	char host[256], port[8];
	const char *rest;
	enum way way;

	if (!way_of(url, &way, &rest) || strlen(url) > 500)
		return false;
	return way >= UNIX ? strlen(rest) > 1 && strlen(rest) < sizeof(struct sockaddr_un) - 2
			   : host_port(rest, host, port);
}

struct yh_collector *yh_collector_new(const char *url, const char *ca_file)
{
	struct yh_collector *c = calloc(1, sizeof *c);
	const char *rest;

	if (!c || !way_of(url, &c->way, &rest)) {
		free(c);
		return NULL;
	}
	c->fd = -1;
	c->rest = strdup(rest);
	c->ca_file = ca_file ? strdup(ca_file) : NULL;
	if (!c->rest || (ca_file && !c->ca_file)) {
		yh_collector_free(c);
		return NULL;
	}
	return c;
}

static void drop(struct yh_collector *c)
{
	if (c->curl)
		curl_easy_cleanup(c->curl);
	else if (c->fd >= 0)
		(void)close(c->fd);
	c->curl = NULL;
	c->fd = -1;
}

void yh_collector_free(struct yh_collector *c)
{
	if (!c)
		return;
	drop(c);
	free(c->rest);
	free(c->ca_file);
	free(c);
}

static enum yh_rc away(struct yh_collector *c, const char *why, struct yh_err *err)
{
	drop(c);
	(void)yh_fail(err, YH_BUSY, "collector-away");
	yh_err_text(err, "detail", why);
	return YH_BUSY;
}

/* libcurl resolves, connects and encrypts; what is sent is ours. */
static enum yh_rc connect_curl(struct yh_collector *c, struct yh_err *err)
{
	char url[600];
	curl_socket_t fd = CURL_SOCKET_BAD;
	CURLcode code;

	yh_curl_start();
	c->curl = curl_easy_init();
	if (!c->curl)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(url, sizeof url, "%s://%s", c->way == TLS ? "https" : "http", c->rest);
	(void)curl_easy_setopt(c->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(c->curl, CURLOPT_CONNECT_ONLY, 1L);
	(void)curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)WAIT_MS);
	(void)curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, c->why);
	(void)curl_easy_setopt(c->curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
	yh_curl_trust(c->curl, c->ca_file);
	code = curl_easy_perform(c->curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &fd);
	if (code != CURLE_OK)
		return away(c, c->why[0] ? c->why : curl_easy_strerror(code), err);
	c->fd = fd;
	c->stream = true;
	return YH_OK;
}

static enum yh_rc connect_udp(struct yh_collector *c, struct yh_err *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	char host[256], port[8];
	int bad = host_port(c->rest, host, port) ? getaddrinfo(host, port, &hints, &list)
						 : EAI_NONAME;

	for (struct addrinfo *a = list; a && c->fd < 0; a = a->ai_next) {
		c->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
		if (c->fd >= 0 && connect(c->fd, a->ai_addr, a->ai_addrlen) != 0)
			drop(c);
	}
	if (list)
		freeaddrinfo(list);
	if (c->fd < 0)
		return away(c, bad ? gai_strerror(bad) : strerror(errno), err);
	c->stream = false;
	return YH_OK;
}

static enum yh_rc connect_unix(struct yh_collector *c, struct yh_err *err)
{
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
	const struct timeval most = { .tv_sec = WAIT_MS / 1000 }; /* until it is taken in */
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int bad = 0;

	(void)snprintf(to.sun_path, sizeof to.sun_path, "%s", c->rest);
	for (int i = 0; i < 2; i++) {
		c->fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC, 0);
		c->stream = types[i] == SOCK_STREAM;
		if (c->fd >= 0)
			(void)setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
		if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0)
			return YH_OK;
		bad = errno;
		drop(c);
		if (bad != EPROTOTYPE)
			break;
	}
	return away(c, strerror(bad), err);
}

static enum yh_rc open_up(struct yh_collector *c, struct yh_err *err)
{
	c->why[0] = 0;
	if (c->way == UDP)
		return connect_udp(c, err);
	if (c->way == UNIX)
		return connect_unix(c, err);
	if (c->way != INTO_FILE)
		return connect_curl(c, err);
	/* a pipe that nobody reads is away, not waited for */
	c->fd = open(c->rest, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
	return c->fd < 0 ? away(c, strerror(errno), err) : YH_OK;
}

/* What was put into the line; -1 and errno EAGAIN: it is full. */
static ssize_t put(struct yh_collector *c, const char *p, size_t n)
{
	size_t sent = 0;
	CURLcode code;

	if (c->way == INTO_FILE)
		return write(c->fd, p, n);
	if (!c->curl)
		return send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	code = curl_easy_send(c->curl, p, n, &sent);
	errno = code == CURLE_AGAIN ? EAGAIN : EPIPE;
	return code == CURLE_OK ? (ssize_t)sent : -1;
}

static enum yh_rc put_all(struct yh_collector *c, const char *p, size_t n, struct yh_err *err)
{
	while (n > 0) {
		struct pollfd ready = { .fd = c->fd, .events = POLLOUT };
		ssize_t sent = put(c, p, n);

		if (sent < 0 && errno == EAGAIN && poll(&ready, 1, WAIT_MS) > 0)
			continue;
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0 || (!c->stream && c->way != INTO_FILE && (size_t)sent < n))
			return away(c, strerror(errno), err);
		p += sent;
		n -= (size_t)sent;
	}
	return YH_OK;
}

enum yh_rc yh_collector_send(struct yh_collector *c, const char *message, size_t n,
			     struct yh_err *err)
{
	char frame[FRAME];
	enum yh_rc rc = c->fd < 0 ? open_up(c, err) : YH_OK;

	if (rc == YH_OK && c->stream) {
		(void)snprintf(frame, sizeof frame, "%zu ", n);
		rc = put_all(c, frame, strlen(frame), err);
	}
	if (rc == YH_OK)
		rc = put_all(c, message, n, err);
	if (rc == YH_OK && c->way == INTO_FILE)
		rc = put_all(c, "\n", 1, err);
	return rc;
}

enum yh_rc yh_collector_has(struct yh_collector *c, bool *all, struct yh_err *err)
{
	int left = 0;
	char byte;

	*all = true;
	if (c->fd < 0)
		return away(c, "not connected", err);
	if (c->way == INTO_FILE)
		return fsync(c->fd) == 0 ? YH_OK : away(c, strerror(errno), err);
	if (!c->stream)
		return YH_OK;
	/* a collector says nothing: what can be read is its end */
	if (recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		return away(c, "closed by the other side", err);
	if (ioctl(c->fd, SIOCOUTQ, &left) == 0)
		*all = left == 0;
	return YH_OK;
}
