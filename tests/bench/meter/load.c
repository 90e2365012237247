/* Makes bodies, and posts them over four connections:
 *   load make FILE WORKLOAD BASE_MS
 *   load post FILE http://HOST:PORT/PATH [TOKEN]
 * Prints one line of JSON: samples and bodies taken, retries, refusals, seconds, and the CPU this
 * program used itself. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "bodies.h"
#include "gen.h"

struct target {
	char host[64], path[256], token[256];
	uint16_t port;
};

struct lane {
	const struct bodies *bodies;
	const struct target *to;
	unsigned number;
	int fd;
	uint64_t samples, taken, retries, refused;
	char said[200]; /* of the first refusal */
};

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int dial(const struct target *to)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(to->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || inet_pton(AF_INET, to->host, &in.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&in, sizeof in) != 0) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static int send_all(int fd, const char *head, size_t head_len, const void *body, size_t n)
{
	struct iovec iov[2] = { { (void *)(uintptr_t)head, head_len },
				{ (void *)(uintptr_t)body, n } };
	struct iovec *at = iov;
	int left = 2;

	while (left > 0) {
		ssize_t sent = writev(fd, at, left);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return -1;
		for (; left > 0 && (size_t)sent >= at->iov_len; left--)
			sent -= (ssize_t)(at++)->iov_len;
		if (left > 0) {
			at->iov_base = (char *)at->iov_base + sent;
			at->iov_len -= (size_t)sent;
		}
	}
	return 0;
}

/* Reads one answer; its status, or -1. Answers here are short and carry their length. */
static int answer(int fd, char *text, size_t room)
{
	size_t n = 0, body = 0;
	char *end = NULL;

	for (;;) {
		ssize_t got = read(fd, text + n, room - 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		n += (size_t)got;
		text[n] = 0;
		if (!end && (end = strstr(text, "\r\n\r\n"))) {
			const char *length = strcasestr(text, "\r\ncontent-length:");

			if (length && length < end)
				body = strtoul(length + 17, NULL, 10);
			end += 4;
		}
		if (end && n >= (size_t)(end - text) + body)
			return strncmp(text, "HTTP/1.", 7) == 0 ? atoi(text + 9) : -1;
		if (n + 1 >= room)
			return -1;
	}
}

/* One attempt; the status, or -1 when the connection broke. */
static int attempt(struct lane *l, const void *body, size_t n, char *text, size_t room)
{
	char head[1024];
	int len, status;

	if (l->fd < 0)
		l->fd = dial(l->to);
	if (l->fd < 0)
		return -1;
	len = snprintf(head, sizeof head,
		       "POST %s HTTP/1.1\r\nHost: %s:%u\r\nContent-Type: application/x-protobuf\r\n"
		       "Content-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n"
		       "%s%s%sContent-Length: %zu\r\n\r\n",
		       l->to->path, l->to->host, l->to->port,
		       l->to->token[0] ? "Authorization: Bearer " : "", l->to->token,
		       l->to->token[0] ? "\r\n" : "", n);
	status = send_all(l->fd, head, (size_t)len, body, n) == 0 ? answer(l->fd, text, room) : -1;
	if (status < 0) {
		(void)close(l->fd);
		l->fd = -1;
	}
	return status;
}

static void post(struct lane *l, const void *body, const struct body *b)
{
	static const struct timespec pause = { .tv_nsec = 5000000 };
	char text[8192];

	for (unsigned tries = 0; tries < 20000; tries++) {
		int status = attempt(l, body, b->n, text, sizeof text);

		if (status >= 200 && status < 300) {
			l->taken++;
			l->samples += b->samples;
			return;
		}
		if (status >= 400 && status < 500 && status != 429) {
			if (!l->refused++)
				(void)snprintf(l->said, sizeof l->said, "%.190s", text);
			return;
		}
		l->retries++;
		(void)nanosleep(&pause, NULL);
	}
	l->refused++;
}

static void *run_lane(void *arg)
{
	struct lane *l = arg;
	void *body = malloc(l->bodies->biggest);

	for (size_t i = 0; body && i < l->bodies->n; i++)
		if (l->bodies->list[i].lane == l->number) {
			bodies_read(l->bodies, i, body);
			post(l, body, &l->bodies->list[i]);
		}
	free(body);
	if (l->fd >= 0)
		(void)close(l->fd);
	return NULL;
}

static int run(const char *file, const struct target *to)
{
	struct lane lanes[GEN_LANES] = { 0 }, all = { 0 };
	pthread_t threads[GEN_LANES];
	struct bodies b;
	double wall, cpu;

	bodies_open(&b, file);
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 0; i < GEN_LANES; i++) {
		lanes[i] = (struct lane){ .bodies = &b, .to = to, .number = i, .fd = -1 };
		if (pthread_create(&threads[i], NULL, run_lane, &lanes[i]) != 0)
			return 1;
	}
	for (unsigned i = 0; i < GEN_LANES; i++) {
		(void)pthread_join(threads[i], NULL);
		all.samples += lanes[i].samples;
		all.taken += lanes[i].taken;
		all.retries += lanes[i].retries;
		all.refused += lanes[i].refused;
		if (lanes[i].refused)
			(void)fprintf(stderr, "refused: %s\n", lanes[i].said);
	}
	(void)printf("{\"samples\": %llu, \"bodies\": %llu, \"retries\": %llu, \"refused\": %llu, "
		     "\"seconds\": %.3f, \"own_cpu\": %.3f}\n",
		     (unsigned long long)all.samples, (unsigned long long)all.taken,
		     (unsigned long long)all.retries, (unsigned long long)all.refused,
		     seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return all.refused != 0 || all.samples != b.samples;
}

int main(int argc, char **argv)
{
	struct target to = { .token = "" };

	if (argc == 5 && strcmp(argv[1], "make") == 0) {
		bodies_make(argv[2], argv[3], strtoll(argv[4], NULL, 10));
		return 0;
	}
	if ((argc == 4 || argc == 5) && strcmp(argv[1], "post") == 0 &&
	    sscanf(argv[3], "http://%63[0-9.]:%hu%255s", to.host, &to.port, to.path) == 3) {
		(void)snprintf(to.token, sizeof to.token, "%s", argc == 5 ? argv[4] : "");
		return run(argv[2], &to);
	}
	(void)fprintf(stderr, "load make FILE WORKLOAD BASE_MS\n"
			      "load post FILE http://HOST:PORT/PATH [TOKEN]\n");
	return 2;
}
