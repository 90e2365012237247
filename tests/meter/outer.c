/* An outer store that fails: what the sender and the reader are told. A little server of this
 * program plays the store, since a real one does not fail when it is asked to. */
#include "meter_test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

struct store {
	int listener;
	pthread_t thread;
	char url[64];
	const char *status[16], *body[16]; /* one for each request, the last one for all others */
	int n;
	int requests; /* atomic */
	struct mt t;
};

/* Reads one request to its end; false when there is none. */
static bool read_request(int fd)
{
	char text[65536];
	size_t n = 0, want = 0;

	for (;;) {
		ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);
		char *end, *length;

		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = 0;
		end = strstr(text, "\r\n\r\n");
		if (!end)
			continue;
		length = strcasestr(text, "content-length:");
		want = (size_t)(end - text) + 4 + (length ? strtoul(length + 15, NULL, 10) : 0);
		if (n >= want)
			return true;
	}
}

static void *serve(void *arg)
{
	struct store *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		if (read_request(fd)) {
			int i = __atomic_fetch_add(&s->requests, 1, __ATOMIC_RELAXED);
			struct yh_buf b;

			i = i < s->n ? i : s->n - 1;
			yh_buf_init(&b, (size_t)64 << 20);
			yh_buf_printf(&b,
				      "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu"
				      "\r\n\r\n%s",
				      s->status[i], strlen(s->body[i]), s->body[i]);
			(void)!send(fd, b.data, b.len, MSG_NOSIGNAL);
			yh_buf_done(&b);
		}
		(void)close(fd);
	}
	return NULL;
}

static enum yh_rc owner(void *arg, const char *no, struct yh_meter_owner *out, struct yh_err *err)
{
	(void)arg;
	(void)no;
	(void)err;
	*out = (struct yh_meter_owner){ .unit = mt_id(1) };
	return YH_OK;
}

static int store_open(void **state)
{
	struct store *s = calloc(1, sizeof *s);
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof at;
	struct yh_err err = { 0 };

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(s->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
	    listen(s->listener, 16) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&at, &len) != 0)
		return -1;
	(void)snprintf(s->url, sizeof s->url, "http://me:secret@127.0.0.1:%d", ntohs(at.sin_port));
	s->t.now_ms = INT64_C(1795644130204);
	yh_clock_manual(&s->t.clock, s->t.now_ms * 1000);
	s->t.cfg =
		(struct yh_meter_config){ .clock = &s->t.clock, .owner = owner, .outer = s->url };
	yh_arena_init(&s->t.arena, (size_t)64 << 20);
	mt_scope(&s->t, "unit", 1);
	WANT_OK(yh_meter_open(&s->t.cfg, &s->t.m, &err));
	*state = s;
	return pthread_create(&s->thread, NULL, serve, s);
}

static int store_close(void **state)
{
	struct store *s = *state;

	yh_meter_close(s->t.m);
	(void)shutdown(s->listener, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->listener);
	yh_arena_done(&s->t.arena);
	free(s->t.points);
	free(s);
	return 0;
}

static void answer(struct store *s, const char *status, const char *body)
{
	s->status[s->n] = status;
	s->body[s->n++] = body;
}

static enum yh_rc write_points(struct store *s, int n, struct yh_meter_write *w, struct yh_err *err)
{
	void *body;
	enum yh_rc rc;

	*w = (struct yh_meter_write){ .scope = &s->t.scope, .received_at = s->t.now_ms * 1000 };
	for (int i = 0; i < n; i++)
		mt_put(&s->t, "m", "R-1", NULL, NULL, s->t.now_ms - i, i);
	WANT(yh_wire_build(s->t.points, s->t.n, &body, &w->n, err) == YH_OK);
	s->t.n = 0;
	w->body = body;
	rc = yh_meter_write_wait(s->t.m, w, err);
	free(body);
	return rc;
}

static void a_store_that_fails_has_the_sender_repeat(void **state)
{
	struct store *s = *state;
	struct yh_meter_status status;
	struct yh_meter_write w;
	struct yh_err err = { 0 };

	answer(s, "503 Unavailable", "come back\nlater");
	answer(s, "429 Too Many Requests", "");
	answer(s, "204 No Content", "");
	WANT_ERR(write_points(s, 3, &w, &err), YH_STORAGE, "meter-outer-refused");
	WANT(err.figs[0].num == 503);
	assert_string_equal(err.figs[1].text, "come back later");
	WANT(w.written.samples == 0);
	yh_meter_status(s->t.m, &status);
	WANT(status.full && status.samples_taken == 0);
	err = (struct yh_err){ 0 };
	WANT_ERR(write_points(s, 3, &w, &err), YH_STORAGE, "meter-outer-refused");
	err = (struct yh_err){ 0 };
	WANT_OK(write_points(s, 3, &w, &err));
	WANT(w.written.samples == 3);
	yh_meter_status(s->t.m, &status);
	WANT(!status.full && status.samples_taken == 3);
}

static void a_sample_that_the_store_refuses_does_not_take_the_others_with_it(void **state)
{
	struct store *s = *state;
	struct yh_meter_write w;
	struct yh_err err = { 0 };

	answer(s, "400 Bad Request", "invalid label name"); /* 4 */
	answer(s, "204 No Content", "");                    /* 0 1 */
	answer(s, "400 Bad Request", "invalid label name"); /* 2 3 */
	answer(s, "400 Bad Request", "invalid label name"); /* 2 */
	answer(s, "204 No Content", "");                    /* 3 */
	WANT_OK(write_points(s, 4, &w, &err));
	WANT(w.written.samples == 3 && w.written.refused_invalid == 1);
	assert_string_equal(w.written.why.slug, "meter-outer-refused");
	WANT(s->requests == 5);
}

static void a_repeated_instant_counts_as_taken(void **state)
{
	struct store *s = *state;
	struct yh_meter_write w;
	struct yh_err err = { 0 };

	answer(s, "400 Bad Request", "duplicate sample for timestamp");
	WANT_OK(write_points(s, 2, &w, &err));
	WANT(w.written.samples == 2 && w.written.repeated == 2 && w.written.why.rc == YH_OK);
}

static void what_is_too_old_for_the_store_is_refused_though_it_answers_500(void **state)
{
	struct store *s = *state;
	struct yh_meter_write w;
	struct yh_err err = { 0 };

	answer(s, "500 Internal Server Error", "too old sample");
	WANT_OK(write_points(s, 2, &w, &err));
	WANT(w.written.samples == 0 && w.written.refused_late == 2);
}

static void narrowing_a_refusal_down_has_an_end(void **state)
{
	struct store *s = *state;
	struct yh_meter_write w;
	struct yh_err err = { 0 };

	answer(s, "400 Bad Request", "no");
	WANT_OK(write_points(s, 5000, &w, &err));
	WANT(w.written.refused_invalid == 5000);
	WANT(s->requests < 600);
}

static void an_unreachable_store_is_said_without_its_password(void **state)
{
	struct store *s = *state;
	struct yh_meter_select what = mt_of("m", NULL);
	struct mt_seen seen = { 0 };
	struct yh_meter_write w;
	struct yh_err err = { 0 };

	(void)shutdown(s->listener, SHUT_RDWR);
	WANT_ERR(write_points(s, 1, &w, &err), YH_BUSY, "meter-outer-unreachable");
	for (uint32_t i = 0; i < err.n_figs; i++)
		WANT(!strstr(err.figs[i].text, "secret"));
	err = (struct yh_err){ 0 };
	WANT_ERR(yh_meter_latest(s->t.m, &what, 0, NULL, mt_on_latest, &seen, &err), YH_BUSY,
		 "meter-outer-unreachable");
	err = (struct yh_err){ 0 };
	WANT_ERR(yh_meter_settle(s->t.m, &err), YH_BUSY, "meter-outer-unreachable");
}

static enum yh_rc ask(struct store *s, struct mt_seen *seen, struct yh_err *err)
{
	const char *res = "R-1";
	struct yh_meter_select what = mt_of("m", &res);

	*err = (struct yh_err){ 0 };
	return yh_meter_samples(s->t.m, &what, s->t.now_ms - 1000, s->t.now_ms, 10, mt_on_samples,
				seen, err);
}

static void an_answer_that_makes_no_sense_is_said_to_be_none(void **state)
{
	static const char *const answers[] = {
		"",
		"not json",
		"[]",
		"{\"status\":\"success\"}",
		"{\"status\":\"success\",\"data\":{}}",
		"{\"status\":\"success\",\"data\":{\"result\":{}}}",
		"{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{\"__name__\":\"m\"},"
		"\"values\":[[1795644130,\"x\"]]}]}}",
		"{\"status\":\"success\",\"data\":{\"result\":[{\"metric\":{\"__name__\":\"m\"},"
		"\"values\":[7]}]}}",
	};
	struct store *s = *state;
	struct mt_seen seen = { 0 };
	struct yh_err err;

	answer(s, "400 Bad Request", "{\"status\":\"error\",\"error\":\"no such function\"}");
	for (int i = 0; i < 8; i++)
		answer(s, "200 OK", answers[i]);
	for (int i = 0; i < 8; i++)
		WANT_ERR(ask(s, &seen, &err), YH_STORAGE, "meter-outer-answer");
	WANT(seen.n == 0);
}

static void a_refusal_to_read_is_handed_on_in_the_store_s_words(void **state)
{
	struct store *s = *state;
	struct mt_seen seen = { 0 };
	struct yh_err err;

	answer(s, "502 Bad Gateway", "<html>");
	answer(s, "400 Bad Request", "{\"status\":\"error\",\"error\":\"no such function\"}");
	answer(s, "503 Unavailable", "{\"status\":\"error\",\"error\":\"shutting down\"}");
	WANT_ERR(ask(s, &seen, &err), YH_STORAGE, "meter-outer-refused");
	WANT(err.figs[0].num == 502);
	WANT_ERR(ask(s, &seen, &err), YH_STORAGE, "meter-outer-refused");
	assert_string_equal(err.figs[1].text, "shutting down");
}

static void an_answer_that_is_too_much_is_asked_for_in_pieces(void **state)
{
	static const char much[] =
		"{\"status\":\"error\",\"error\":\"query processing would load too "
		"many samples into memory\"}";
	struct store *s = *state;
	struct mt_seen seen = { 0 };
	struct yh_err err;

	answer(s, "400 Bad Request", "{\"status\":\"error\",\"error\":\"no such function\"}");
	answer(s, "422 Unprocessable", much); /* a second; it is not divided further */
	WANT_ERR(ask(s, &seen, &err), YH_TOO_LARGE, "meter-outer-much");
	s->n = 0;
	answer(s, "200 OK", "{\"status\":\"success\",\"data\":{\"result\":[]}}");
	WANT_OK(ask(s, &seen, &err));
}

static void an_address_that_is_none_is_refused(void **state)
{
	static const char *const wrong[] = { "",           "localhost:8428", "ftp://h/",
					     "http://",    "http:///x",      "http://h/?a=b",
					     "http://h y", "http://a,b",     "file:///etc/passwd" };
	static const char *const right[] = { "http://h", "https://u:p@h:8428/select/0/prometheus/",
					     "http://h/api/v1/push,http://h/prometheus" };
	struct store *s = *state;
	struct yh_meter_config cfg = s->t.cfg;
	struct yh_meter *m;

	for (int i = 0; i < 9; i++) {
		struct yh_err err = { 0 };

		cfg.outer = wrong[i];
		WANT_ERR(yh_meter_open(&cfg, &m, &err), YH_BAD_INPUT, "meter-outer-address");
	}
	for (int i = 0; i < 3; i++) {
		struct yh_err err = { 0 };

		cfg.outer = right[i];
		WANT_OK(yh_meter_open(&cfg, &m, &err));
		yh_meter_close(m);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, store_open, store_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_store_that_fails_has_the_sender_repeat),
		TEST(a_sample_that_the_store_refuses_does_not_take_the_others_with_it),
		TEST(a_repeated_instant_counts_as_taken),
		TEST(what_is_too_old_for_the_store_is_refused_though_it_answers_500),
		TEST(narrowing_a_refusal_down_has_an_end),
		TEST(an_unreachable_store_is_said_without_its_password),
		TEST(an_answer_that_makes_no_sense_is_said_to_be_none),
		TEST(a_refusal_to_read_is_handed_on_in_the_store_s_words),
		TEST(an_answer_that_is_too_much_is_asked_for_in_pieces),
		TEST(an_address_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
