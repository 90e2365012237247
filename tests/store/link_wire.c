/* Batches of the districts' link between two stores: what is sent, sent anew, passed over and
 * healed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link_wire.h"

enum { MANY = 450 };

static enum yh_rc resync(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;

	begin(d, tx);
	return yh_link_resync(&d->cx, d->s->city ? "east" : "city", d->stream, "out", "测试", err);
}

/* More waits than the request has room for, or than is read at a time. proves A13.3 */
static void a_stream_begun_anew_sends_every_message_that_waits(void **state)
{
	struct two *t = *state;

	run(&t->district, put_usage, "usage", 0, 10, ARENA);
	exchange(t);
	assert_int_equal(of(&t->district, "usage", true, "acked"), 10);
	run(&t->district, put_usage, "usage", 10, MANY, ARENA);
	run(&t->district, resync, "usage", 0, 0, 1 << 20);
	assert_int_equal(of(&t->district, "usage", true, "seq"), MANY);
	assert_int_equal(store_test_int(t->district.t, "SELECT COUNT(*) FROM link_outbox"), MANY);
	assert_int_equal(store_test_int(t->district.t, "SELECT MAX(seq) FROM link_outbox"), MANY);
	for (int i = 0; i < 12; i++)
		exchange(t);
	assert_int_equal(of(&t->city, "usage", false, "total"), MANY + 10);
	assert_int_equal(of(&t->district, "usage", true, "acked"), MANY);
}

/* The city was put back, and asks for everything before it has said so. */
static void what_a_city_that_was_put_back_has_lost_is_sent_anew_too(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };

	run(&t->district, put_usage, "usage", 0, 5, ARENA);
	exchange(t);
	assert_int_equal(store_test_sql(t->city.t, &err,
					"UPDATE link_stream SET seq = 2, total = 2, resync = 1"
					" WHERE stream = 'usage' AND sends = 0"),
			 YH_OK);
	exchange(t);
	exchange(t);
	assert_int_equal(of(&t->city, "usage", false, "total"), 5);
	assert_int_equal(of(&t->district, "usage", true, "acked"), 3);
}

/* The other side was upgraded first, and has one stream more. */
static void a_stream_that_is_not_known_here_is_passed_over(void **state)
{
	static const char zeros[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct two *t = *state;
	struct yh_buf out;
	char *text, *at;

	run(&t->district, put_usage, "usage", 0, 1, ARENA);
	text = say(&t->district);
	at = strstr(text, "\"streams\":[");
	assert_non_null(at);
	yh_buf_init(&out, 1 << 20);
	yh_buf_add(&out, text, (size_t)(at - text) + 11);
	yh_buf_printf(&out,
		      "{\"stream\":\"tomorrow\",\"epoch\":\"01a21965-8a68-701b-9431-b245851e681a\","
		      "\"head\":1,\"from\":1,\"chain\":\"%s\"},",
		      zeros);
	yh_buf_add(&out, at + 11, strlen(at + 11));
	free(text);
	text = strdup(yh_buf_text(&out));
	out.len = 0;
	at = strstr(text, "\"acks\":[");
	assert_non_null(at);
	yh_buf_add(&out, text, (size_t)(at - text) + 8);
	yh_buf_printf(&out,
		      "{\"stream\":\"tomorrow\",\"epoch\":null,\"seq\":0,\"chain\":\"%s\","
		      "\"state\":\"flowing\"}",
		      zeros);
	yh_buf_add(&out, at + 8, strlen(at + 8));
	yh_buf_printf(&out, "{\"s\":\"tomorrow\",\"n\":1,\"k\":\"a\",\"b\":{}}\n");
	must_hear(&t->city, yh_buf_text(&out), NOON);
	assert_int_equal(of(&t->city, "usage", false, "seq"), 1);
	assert_int_equal(store_test_int(t->city.t, "SELECT COUNT(*) FROM link_stream WHERE stream ="
						   " 'tomorrow'"),
			 0);
	free(text);
	yh_buf_done(&out);
}

/* It is told, and neither the batch nor another document waits for it. */
static void what_cannot_be_sent_does_not_stop_the_healing(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };

	gather(&t->district);
	exchange(t);
	exchange(t);
	assert_int_equal(store_test_int(t->city.t, "SELECT COUNT(*) FROM link_doc WHERE doc_key ="
						   " 'org/east-edu'"),
			 1);
	assert_int_equal(store_test_sql(t->city.t, &err, "DELETE FROM link_doc"), YH_OK);
	assert_int_equal(
		store_test_sql(t->district.t, &err,
			       "UPDATE org SET name = (WITH RECURSIVE w (n, x) AS (SELECT 0, 'x'"
			       " UNION ALL SELECT n + 1, x || x FROM w WHERE n < 19) SELECT x FROM"
			       " w WHERE n = 19)"),
		YH_OK);
	assert_int_equal(store_test_sql(t->district.t, &err,
					"UPDATE link_stream SET compare_at = 1 WHERE stream ="
					" 'register' AND sends = 1"),
			 YH_OK);
	exchange(t);
	exchange(t);
	assert_int_equal(store_test_int(t->district.t,
					"SELECT COUNT(*) FROM event WHERE kind = 'link.unsendable'"
					" AND payload LIKE '%org/east-edu%'"),
			 1);
}

static enum yh_rc pages(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	struct yh_link_box_row *rows;
	size_t n;

	begin(d, tx);
	WANT_OK(yh_link_box_page(tx, &peer_id, "usage", 10, 150, SIZE_MAX, &d->arena, &rows, &n,
				 err));
	WANT(n == 150);
	for (size_t i = 0; i < n; i++)
		WANT(rows[i].seq == 11 + (int64_t)i && rows[i].body_n);
	WANT_OK(yh_link_box_page(tx, &peer_id, "usage", 10, 150, 1, &d->arena, &rows, &n, err));
	WANT(n == 1 && rows[0].seq == 11);
	WANT_OK(yh_link_box_page(tx, &peer_id, "usage", 0, 1000, 3 * (rows[0].body_n + 200),
				 &d->arena, &rows, &n, err));
	WANT(n >= 2 && n <= 3);
	WANT_OK(yh_link_box_page(tx, &peer_id, "usage", 150, 1000, SIZE_MAX, &d->arena, &rows, &n,
				 err));
	WANT(n == 50 && rows[49].seq == 200);
	WANT_OK(yh_link_box_page(tx, &peer_id, "usage", 200, 1000, 9, &d->arena, &rows, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static void a_page_of_what_waits_holds_as_much_as_was_asked_for(void **state)
{
	struct two *t = *state;

	run(&t->district, put_usage, "usage", 0, 200, ARENA);
	run(&t->district, pages, "usage", 0, 0, ARENA);
}

static enum yh_rc begin_anew(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	int64_t n;

	begin(d, tx);
	WANT_OK(yh_link_resync_all(&d->cx, "city", false, "恢复备份", &n, err));
	WANT(n == (int64_t)d->n);
	WANT_OK(yh_link_resync_all(&d->cx, "city", true, "都重传", &n, err));
	WANT(n > (int64_t)d->n);
	return YH_OK;
}

/* A district that was put back has several forks at once. */
static void forked_streams_begin_anew_together(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };

	gather(&t->district);
	exchange(t);
	assert_int_equal(store_test_sql(t->district.t, &err,
					"UPDATE link_stream SET state = 'forked' WHERE stream IN"
					" ('register', 'usage') AND sends = 1"),
			 YH_OK);
	run(&t->district, begin_anew, "", 0, 2, ARENA);
	assert_int_equal(store_test_int(t->district.t,
					"SELECT COUNT(*) FROM link_stream WHERE state = 'forked'"),
			 0);
	assert_int_equal(of(&t->district, "register", true, "seq"), 0);
	gather(&t->district);
	exchange(t);
	exchange(t);
	assert_int_equal(of(&t->district, "register", true, "acked"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_stream_begun_anew_sends_every_message_that_waits),
		CASE(what_a_city_that_was_put_back_has_lost_is_sent_anew_too),
		CASE(a_stream_that_is_not_known_here_is_passed_over),
		CASE(what_cannot_be_sent_does_not_stop_the_healing),
		CASE(forked_streams_begin_anew_together),
		CASE(a_page_of_what_waits_holds_as_much_as_was_asked_for),
	};

	if (store_test_skipped())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
