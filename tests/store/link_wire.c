/* The wire of the districts' link between two stores: batches that are made here and taken there,
 * late, twice, after a restart, by a program that knows less, with clocks that run as they like. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "effects/words.h"
#include "law/pack.h"
#include "link/enrol.h"
#include "link/internal.h"
#include "services/meter/follow.h"
#include "store/party.h"
#include "store/person.h"
#include "store/schema.h"
#include "store_test.h"

static const yh_time NOON = INT64_C(1800000000) * YH_US_PER_S;
static const yh_time HOUR = 3600 * YH_US_PER_S;
static const struct yh_id peer_id = { { 9 } }, municipal = { { 1 } }, east = { { 2 } },
			  unit = { { 3 } };
enum { ARENA = 192 << 20, MANY = 450, SAMPLES = 300 };

#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		name, text, sizeof(text) - 1                                                       \
	}
static const struct yh_pack_file files[] = {
	FILE_OF("articles.yaml",
		"articles:\n  \"13\": {zh: 协同, en: Districts, summary_zh: 甲, summary_en: A}\n"),
	FILE_OF("kinds.yaml", "kinds: {}\n"),
	FILE_OF("pack.yaml",
		"pack: test\ntitle: {zh: 测, en: T}\nvalid_from: 2020-01-01\nvalid_to: null\n"),
	FILE_OF("parameters.yaml", "parameters: {}\n"),
	FILE_OF("permissions.yaml", "permissions: {}\n"),
	FILE_OF("roles.yaml", "roles:\n  unit: {zh: 单位, en: Unit}\n"),
};

static enum yh_rc pack_on(void *self, yh_day day, const struct yh_pack **out, struct yh_err *err)
{
	(void)day;
	(void)err;
	*out = self;
	return YH_OK;
}

struct side {
	struct store_test *t;
	struct yh_clock clock;
	struct yh_world world;
	struct yh_pack *pack;
	struct yh_law_book law;
	struct yh_link link;
	bool city;
};

struct two {
	struct side district, city;
	struct yh_idgen *ids;
};

static enum yh_rc fill(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct side *s = arg;
	struct yh_cloud_row c = { .id = municipal,
				  .code = "SH",
				  .level = "municipal",
				  .name = "SH",
				  .created_at = NOON };
	struct yh_org_row o = { .id = unit,
				.code = "east-edu",
				.name = "教育",
				.kind = "unit",
				.district = "east",
				.chain = "sign",
				.status = "active",
				.created_at = NOON,
				.version = 1 };
	struct yh_link_peer_row p = {
		.id = peer_id, .city = !s->city, .district = "east", .url = "", .enrolled_at = NOON
	};
	bool held;

	WANT_OK(yh_cloud_insert(tx, &c, err));
	c = (struct yh_cloud_row){ .id = east,
				   .code = "EAST",
				   .level = "district",
				   .district = "east",
				   .name = "EAST",
				   .created_at = NOON };
	WANT_OK(yh_cloud_insert(tx, &c, err));
	if (!s->city)
		WANT_OK(yh_org_insert(tx, &o, err));
	p.cloud = s->city ? east : municipal;
	p.home = s->city ? municipal : east;
	WANT_OK(yh_link_worker_take(tx, &unit, NOON, NOON + HOUR, &held, err));
	return yh_link_peer_insert(tx, &p, err);
}

static void open_side(struct side *s, struct two *t, bool city)
{
	struct yh_err err = { 0 };
	void *store;

	assert_int_equal(store_test_open(&store), 0);
	s->t = store;
	s->city = city;
	store_test_schema(s->t);
	yh_clock_manual(&s->clock, NOON);
	assert_int_equal(
		yh_pack_load(files, YH_LEN(files), yh_effects_vocab(), &s->pack, NULL, NULL, &err),
		YH_OK);
	s->law = (struct yh_law_book){ .self = s->pack, .pack_on = pack_on };
	s->world = (struct yh_world){
		.exec = s->t->x, .clock = &s->clock, .ids = t->ids, .law = &s->law
	};
	s->link.cfg.world = &s->world;
	store_test_write(s->t, fill, s);
}

static int open_two(void **state)
{
	struct two *t = calloc(1, sizeof *t);

	assert_non_null(t);
	t->ids = yh_idgen_new_seeded(7);
	open_side(&t->district, t, false);
	open_side(&t->city, t, true);
	*state = t;
	return 0;
}

static int close_two(void **state)
{
	struct two *t = *state;
	void *store = t->district.t;

	(void)store_test_close(&store);
	store = t->city.t;
	(void)store_test_close(&store);
	yh_pack_free(t->district.pack);
	yh_pack_free(t->city.pack);
	yh_idgen_free(t->ids);
	free(t);
	return 0;
}

/* ---- one side ---- */

struct doing {
	struct side *s;
	struct yh_arena arena;
	struct yh_ctx cx;
	struct yh_link_peer_row peer;
	const char *stream;
	size_t from, n;
};

static void begin(struct doing *d, struct yh_tx *tx)
{
	d->cx = (struct yh_ctx){ .tx = tx,
				 .world = &d->s->world,
				 .actor = yh_link_actor(),
				 .now = yh_clock_now(&d->s->clock),
				 .arena = &d->arena };
}

static void run(struct side *s, yh_tx_fn fn, const char *stream, size_t from, size_t n,
		size_t arena_bytes)
{
	struct doing d = { .s = s, .stream = stream, .from = from, .n = n };

	yh_arena_init(&d.arena, arena_bytes);
	store_test_write(s->t, fn, &d);
	yh_arena_done(&d.arena);
}

/* Documents of five minutes long ago, of which the parts are numbered. */
static enum yh_rc put_usage(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	const bool platform = strcmp(d->stream, "platform") == 0;
	struct yh_link_putter p;

	begin(d, tx);
	WANT_OK(yh_link_put_begin(&p, &d->cx, &peer_id, yh_link_stream_of(d->stream), err));
	for (size_t i = d->from; i < d->from + d->n; i++) {
		const char *from = "2027-01-15T15:00:00.000000+08:00";
		const char *metric = platform ? "platform_host_cpu_cores" : "resource_cpu_ratio";
		YH_JSON_AUTO body =
			json_pack("{s:s, s:s, s:s, s:i, s:[]}", "kind", d->stream, "from", from,
				  "metric", metric, "part", (int)i, "samples");
		char key[160];

		for (int k = 0; k < (platform ? 1 : SAMPLES); k++) {
			json_t *e = json_pack("{s:s}", "value", "0.25");

			(void)snprintf(key, sizeof key, "h%zu", i);
			if (platform)
				json_object_set_new(
					e, "labels",
					json_pack("[{s:s, s:s}]", "name", "host", "value", key));
			else
				json_object_set_new(e, "resource", json_string("EAST-R-000001"));
			json_array_append_new(json_object_get(body, "samples"), e);
		}
		(void)snprintf(key, sizeof key, "%s/%s/%zu", from, metric, i);
		WANT_OK(yh_link_put_one(&p, key, body, false, err));
	}
	return yh_link_put_end(&p, err);
}

static enum yh_rc resync(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;

	begin(d, tx);
	return yh_link_resync(&d->cx, d->s->city ? "east" : "city", d->stream, "out", "测试", err);
}

static void gather(struct side *s)
{
	bool more = true;

	for (int i = 0; more && i < 100; i++) {
		struct yh_arena arena;
		struct yh_err err = { 0 };

		yh_arena_init(&arena, ARENA);
		if (yh_link_gather(&s->link, &arena, &more, &err) != YH_OK)
			fail_msg("%s %s", err.slug, err.field);
		yh_arena_done(&arena);
	}
	assert_false(more);
}

/* ---- between two ---- */

static enum yh_rc load_peer(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_link_exchange *x = arg;

	return yh_link_peer_load(tx, &peer_id, x->arena, &x->peer, err);
}

static void enter(struct yh_link_exchange *x, struct side *s, struct yh_arena *arena)
{
	*x = (struct yh_link_exchange){
		.link = &s->link, .arena = arena, .now = yh_clock_now(&s->clock), .room = LINK_ROOM
	};
	yh_arena_init(arena, ARENA);
	store_test_read(s->t, load_peer, x);
	x->view = yh_link_peer_view(&x->peer);
}

/* What it says now; free it. */
static char *make(struct yh_link_exchange *x)
{
	struct yh_err err = { 0 };
	struct yh_buf out;
	char *text;

	yh_buf_init(&out, YH_LINK_PLAIN_MAX);
	if (yh_link_make(x, &out, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	text = strdup(yh_buf_text(&out));
	assert_non_null(text);
	yh_buf_done(&out);
	return text;
}

static char *say(struct side *s)
{
	struct yh_link_exchange x;
	struct yh_arena arena;
	char *text;

	enter(&x, s, &arena);
	text = make(&x);
	yh_arena_done(&arena);
	return text;
}

static enum yh_rc hear(struct side *s, const char *text, yh_time sent_at, struct yh_err *err)
{
	struct yh_link_exchange x;
	struct yh_arena arena;
	enum yh_rc rc;

	*err = (struct yh_err){ 0 };
	enter(&x, s, &arena);
	rc = yh_link_take(&x, text, strlen(text), sent_at, err);
	yh_arena_done(&arena);
	return rc;
}

static void must_hear(struct side *s, const char *text, yh_time sent_at)
{
	struct yh_err err;

	if (hear(s, text, sent_at, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
}

/* The district calls and is answered; each clock goes on a second. */
static void exchange(struct two *t)
{
	struct yh_link_exchange x;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	char *text = say(&t->district);

	enter(&x, &t->city, &arena);
	if (yh_link_take(&x, text, strlen(text), yh_clock_now(&t->district.clock), &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	free(text);
	text = make(&x);
	yh_arena_done(&arena);
	must_hear(&t->district, text, yh_clock_now(&t->city.clock));
	free(text);
	yh_clock_set(&t->district.clock, yh_clock_now(&t->district.clock) + YH_US_PER_S);
	yh_clock_set(&t->city.clock, yh_clock_now(&t->city.clock) + YH_US_PER_S);
}

static int64_t of(struct side *s, const char *stream, bool sends, const char *column)
{
	char sql[200];

	(void)snprintf(sql, sizeof sql,
		       "SELECT %s FROM link_stream WHERE stream = '%s' AND sends = %d", column,
		       stream, sends);
	return store_test_int(s->t, sql);
}

static int64_t events(struct side *s, const char *kind)
{
	char sql[100];

	(void)snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM event WHERE kind = '%s'", kind);
	return store_test_int(s->t, sql);
}

/* ---- the tests ---- */

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

static int64_t next_ms(struct side *s)
{
	struct yh_link_exchange x;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	int64_t ms;

	enter(&x, s, &arena);
	assert_int_equal(yh_link_next_ms(&x, &ms, &err), YH_OK);
	yh_arena_done(&arena);
	return ms;
}

static void an_answer_counts_though_the_citys_clock_was_put_back(void **state)
{
	struct two *t = *state;

	run(&t->district, put_usage, "usage", 0, 1, ARENA);
	exchange(t);
	assert_true(next_ms(&t->district) > NOON / 1000);
	yh_clock_set(&t->city.clock, NOON - HOUR);
	run(&t->district, put_usage, "usage", 1, 1, ARENA);
	exchange(t);
	assert_int_equal(of(&t->district, "usage", true, "acked"), 2);
	assert_true(store_test_int(t->district.t, "SELECT skew_ms FROM link_peer") < -3500000);
}

static void calls_go_on_in_time_though_the_clock_is_put_back_across_a_restart(void **state)
{
	struct two *t = *state;
	struct side *s = &t->district;
	int64_t first = next_ms(s), second = next_ms(s), third;

	assert_int_equal(first, NOON / 1000);
	assert_true(second > first);
	s->link = (struct yh_link){ .cfg = { .world = &s->world } };
	yh_clock_set(&s->clock, NOON - HOUR);
	third = next_ms(s);
	assert_true(third > second && third < first + 60000);
	/* years ahead: no city took any of it */
	yh_clock_set(&s->clock, NOON + 20000 * HOUR);
	assert_true(next_ms(s) > third);
	s->link = (struct yh_link){ .cfg = { .world = &s->world } };
	yh_clock_set(&s->clock, NOON + HOUR);
	assert_int_equal(next_ms(s), (NOON + HOUR) / 1000);
	assert_true(next_ms(s) > (NOON + HOUR) / 1000);
}

static void a_late_batch_without_documents_moves_nothing_back(void **state)
{
	struct two *t = *state;
	char *text, *late;

	exchange(t);
	run(&t->city, put_usage, "usage", 0, 1, ARENA);
	exchange(t);
	late = say(&t->district); /* has the first */
	run(&t->city, put_usage, "usage", 1, 2, ARENA);
	text = say(&t->city);
	must_hear(&t->district, text, NOON + 3 * YH_US_PER_S);
	free(text);
	text = say(&t->district);
	must_hear(&t->city, text, NOON + 4 * YH_US_PER_S);
	assert_int_equal(of(&t->city, "usage", true, "acked"), 3);
	must_hear(&t->city, late, NOON + 3 * YH_US_PER_S);
	assert_int_equal(of(&t->city, "usage", true, "acked"), 3);
	assert_int_equal(events(&t->city, "link.resent"), 0);
	free(text);
	free(late);
}

static void times_that_a_wrong_clock_said_are_not_waited_for(void **state)
{
	struct two *t = *state;
	const yh_time day = 86400 * YH_US_PER_S;

	assert_true(yh_link_is_due(NOON, NOON, 5));
	assert_false(yh_link_is_due(NOON + 4 * YH_US_PER_S, NOON, 5));
	assert_true(yh_link_is_due(NOON + 6 * YH_US_PER_S, NOON, 5));
	gather(&t->district);
	exchange(t);
	yh_clock_set(&t->district.clock, NOON + 20 * HOUR);
	gather(&t->district);
	assert_true(of(&t->district, "usage", true, "due_at") > NOON + 19 * HOUR);
	yh_clock_set(&t->district.clock, NOON + HOUR);
	gather(&t->district);
	assert_true(of(&t->district, "usage", true, "due_at") <= NOON + HOUR);
	assert_int_equal(store_test_sql(t->district.t, &(struct yh_err){ 0 },
					"UPDATE link_stream SET compare_at = 1900000000000000 WHERE"
					" stream = 'register' AND sends = 1"),
			 YH_OK);
	gather(&t->district);
	assert_int_equal(of(&t->district, "register", true, "compare_at"), LINK_COMPARE_NOW);
	exchange(t);
	exchange(t);
	assert_true(of(&t->district, "register", true, "compare_at") <= NOON + HOUR + 2 * day);
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

/* ---- what lies in the meter ---- */

static bool see(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		size_t n)
{
	(void)s;
	(void)b;
	(void)n;
	++*(size_t *)arg;
	return true;
}

static size_t metered(struct side *s)
{
	const struct yh_meter_select what = { .metric = "platform_host_cpu_cores" };
	struct yh_err err = { 0 };
	size_t n = 0;

	assert_int_equal(yh_meter_history(s->world.meter, &what, (NOON - 2 * HOUR) / 1000,
					  NOON / 1000, 300000, see, &n, &err),
			 YH_OK);
	return n;
}

static void of_a_fork_and_of_an_ended_pairing_nothing_is_taken(void **state)
{
	struct two *t = *state;
	char dir[] = "/tmp/yh-wire-XXXXXX", command[64];
	struct yh_meter_config cfg = { .clock = &t->city.clock,
				       .owner = yh_meter_owner_of,
				       .owner_arg = &t->city.world };
	struct yh_link_exchange x;
	struct yh_link_batch b;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	char *text;

	cfg.dir = mkdtemp(dir);
	assert_non_null(cfg.dir);
	assert_int_equal(yh_meter_open(&cfg, &t->city.world.meter, &err), YH_OK);
	run(&t->district, put_usage, "platform", 0, 1, ARENA);
	text = say(&t->district);
	must_hear(&t->city, text, NOON);
	free(text);
	assert_int_equal(metered(&t->city), 1);
	assert_int_equal(store_test_sql(t->city.t, &err,
					"UPDATE link_stream SET chain = acked_chain WHERE stream"
					" = 'platform'"),
			 YH_OK);
	run(&t->district, put_usage, "platform", 1, 1, ARENA);
	text = say(&t->district);
	must_hear(&t->city, text, NOON + YH_US_PER_S);
	assert_int_equal(events(&t->city, "link.forked"), 1);
	assert_int_equal(metered(&t->city), 1);

	enter(&x, &t->city, &arena);
	assert_int_equal(yh_link_batch_read(text, strlen(text), &arena, &b, &err), YH_OK);
	assert_int_equal(store_test_sql(t->city.t, &err, "UPDATE link_peer SET state = 'ended'"),
			 YH_OK);
	assert_int_equal(yh_link_apply(&x, yh_link_stream_of("platform"), &b.heads[0], b.lines,
				       b.n_lines, &err),
			 YH_FORBIDDEN);
	assert_string_equal(err.slug, "link-ended");
	yh_arena_done(&arena);
	free(text);
	yh_meter_close(t->city.world.meter);
	t->city.world.meter = NULL;
	(void)snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
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

/* A batch that says it is of a peer, and lies somewhere for as long as it waits. */
static enum yh_rc queue(struct side *s, struct yh_link_serving *w, char text[80],
			const struct yh_id *peer, struct yh_err *err)
{
	char id[YH_ID_TEXT];

	(void)snprintf(text, 80, "yunheng-link 1 %s up 1800000000000 zstd 30\n",
		       yh_id_text(peer, id));
	*w = (struct yh_link_serving){ .body = text, .n = strlen(text) };
	*err = (struct yh_err){ 0 };
	return yh_link_serve(&s->link, w, err);
}

static void strangers_do_not_take_the_places_of_who_is_paired(void **state)
{
	struct two *t = *state;
	struct side *s = &t->city;
	const struct yh_link_peer_row known = { .id = peer_id };
	struct yh_link_serving waits[2 * LINK_WAITING];
	char texts[2 * LINK_WAITING][80];
	struct yh_err err;
	size_t n = 0;

	assert_int_equal(pthread_mutex_init(&s->link.lock, NULL), 0);
	assert_int_equal(pthread_cond_init(&s->link.served, NULL), 0);
	s->link.end = &s->link.first;
	s->link.n_threads = 1;
	yh_link_know(&s->link, &known, 1);
	for (int i = 0; i < LINK_WAITING; i++) {
		const struct yh_id stranger = { { 0x77, (unsigned char)i } };

		n += queue(s, &waits[n], texts[n], &stranger, &err) == YH_OK;
	}
	assert_int_equal(n, LINK_WAITING_STRANGE);
	for (int i = 0; i < LINK_WAITING; i++)
		n += queue(s, &waits[n], texts[n], &peer_id, &err) == YH_OK;
	assert_int_equal(n, LINK_WAITING_STRANGE + LINK_WAITING_EACH);
	assert_string_equal(err.slug, "link-busy");
	waits[n] = (struct yh_link_serving){ .body = "x", .n = 1 };
	assert_int_equal(yh_link_serve(&s->link, &waits[n], &err), YH_BAD_INPUT);
	assert_int_equal(s->link.waiting, n);
	(void)pthread_cond_destroy(&s->link.served);
	(void)pthread_mutex_destroy(&s->link.lock);
}

static enum yh_rc put_code(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	struct yh_link_code_row c = {
		.district = "east", .cloud = east, .made_by = unit, .made_at = NOON
	};

	c.digest = yh_sm3_of(&d->from, sizeof d->from);
	c.expires_at = NOON + HOUR;
	return yh_link_code_insert(tx, &c, err);
}

static enum yh_rc end_it(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	struct yh_link_code_row *rows;
	size_t n;

	begin(d, tx);
	WANT_OK(yh_link_code_open(tx, NOON, &d->arena, &rows, &n, err));
	WANT(n == 2);
	WANT_OK(yh_link_code_open(tx, NOON + HOUR, &d->arena, &rows, &n, err));
	WANT(n == 0);
	WANT_OK(yh_link_end(&d->cx, "east", "撤销", err));
	WANT_OK(yh_link_code_open(tx, NOON, &d->arena, &rows, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static enum yh_rc put_person(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_person_row p = {
		.id = unit, .login = "admin", .name = "管理员", .secret = "", .status = "active"
	};

	(void)arg;
	return yh_person_insert(tx, &p, err);
}

static void codes_that_were_not_used_end_with_the_pairing(void **state)
{
	struct two *t = *state;

	store_test_write(t->city.t, put_person, NULL);
	run(&t->city, put_code, "", 1, 0, ARENA);
	run(&t->city, put_code, "", 2, 0, ARENA);
	run(&t->city, end_it, "", 0, 0, ARENA);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_two, close_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_stream_begun_anew_sends_every_message_that_waits),
		CASE(what_a_city_that_was_put_back_has_lost_is_sent_anew_too),
		CASE(an_answer_counts_though_the_citys_clock_was_put_back),
		CASE(calls_go_on_in_time_though_the_clock_is_put_back_across_a_restart),
		CASE(a_late_batch_without_documents_moves_nothing_back),
		CASE(times_that_a_wrong_clock_said_are_not_waited_for),
		CASE(a_stream_that_is_not_known_here_is_passed_over),
		CASE(what_cannot_be_sent_does_not_stop_the_healing),
		CASE(of_a_fork_and_of_an_ended_pairing_nothing_is_taken),
		CASE(forked_streams_begin_anew_together),
		CASE(codes_that_were_not_used_end_with_the_pairing),
		CASE(strangers_do_not_take_the_places_of_who_is_paired),
		CASE(a_page_of_what_waits_holds_as_much_as_was_asked_for),
	};

	if (store_test_skipped())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
