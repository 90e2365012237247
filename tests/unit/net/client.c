/* What an answer came to; linked so that our objects' realloc comes by here. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/client.h"

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

static _Atomic int refused; /* what is enlarged to so much is refused */

void *__wrap_realloc(void *p, size_t n)
{
	return n == (size_t)refused ? NULL : __real_realloc(p, n);
}

/* Answers one call with five letters; one that does not come is not waited for longer than for
 * long. */
static void *serve(void *arg)
{
	enum { LONG_S = 60 };
	const struct timeval patience = { .tv_sec = LONG_S };
	struct pollfd door = { .fd = *(int *)arg, .events = POLLIN };
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
				     "Connection: close\r\n\r\nhello";
	char asked[1024];
	int fd;

	if (poll(&door, 1, LONG_S * 1000) != 1)
		return NULL;
	fd = accept(door.fd, NULL, NULL);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)!read(fd, asked, sizeof asked);
	(void)!write(fd, answer, sizeof answer - 1);
	(void)close(fd);
	return NULL;
}

static enum yh_rc call(size_t most, struct yh_http_answer *out, struct yh_err *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char url[64];
	struct yh_http_call c = { .method = "GET", .url = url, .reply_max_bytes = most };
	pthread_t server;
	enum yh_rc rc;

	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	assert_int_equal(pthread_create(&server, NULL, serve, &fd), 0);
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(at.sin_port));
	*err = (struct yh_err){ 0 };
	rc = yh_http_call(&c, out, err);
	assert_int_equal(pthread_join(server, NULL), 0);
	(void)close(fd);
	return rc;
}

static void
an_answer_that_memory_is_too_short_for_did_not_come_and_is_not_called_too_large(void **state)
{
	enum { FIRST_OF_A_BUFFER = 256 };
	struct yh_http_answer a;
	struct yh_err err;

	(void)state;
	assert_int_equal(call(100, &a, &err), YH_OK);
	assert_string_equal(yh_buf_text(&a.body), "hello");
	yh_buf_done(&a.body);
	assert_int_equal(call(4, &a, &err), YH_TOO_LARGE);
	assert_string_equal(err.slug, "reply-too-large");
	yh_buf_done(&a.body);
	refused = FIRST_OF_A_BUFFER;
	assert_int_equal(call(100, &a, &err), YH_BUSY);
	refused = 0;
	assert_string_equal(err.slug, "server-unreachable");
	yh_buf_done(&a.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_answer_that_memory_is_too_short_for_did_not_come_and_is_not_called_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
