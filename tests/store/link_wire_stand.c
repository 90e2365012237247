/* See link_wire.h. */
#include "link_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "effects/words.h"
#include "law/pack.h"
#include "store/party.h"

enum { SAMPLES = 300 };

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

int open_two(void **state)
{
	struct two *t = calloc(1, sizeof *t);

	assert_non_null(t);
	t->ids = yh_idgen_new_seeded(7);
	open_side(&t->district, t, false);
	open_side(&t->city, t, true);
	*state = t;
	return 0;
}

int close_two(void **state)
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

void begin(struct doing *d, struct yh_tx *tx)
{
	d->cx = (struct yh_ctx){ .tx = tx,
				 .world = &d->s->world,
				 .actor = yh_link_actor(),
				 .now = yh_clock_now(&d->s->clock),
				 .arena = &d->arena };
}

void run(struct side *s, yh_tx_fn fn, const char *stream, size_t from, size_t n, size_t arena_bytes)
{
	struct doing d = { .s = s, .stream = stream, .from = from, .n = n };

	yh_arena_init(&d.arena, arena_bytes);
	store_test_write(s->t, fn, &d);
	yh_arena_done(&d.arena);
}

enum yh_rc put_usage(struct yh_tx *tx, void *arg, struct yh_err *err)
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

void gather(struct side *s)
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

static enum yh_rc load_peer(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_link_exchange *x = arg;

	return yh_link_peer_load(tx, &peer_id, x->arena, &x->peer, err);
}

void enter(struct yh_link_exchange *x, struct side *s, struct yh_arena *arena)
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

char *say(struct side *s)
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

void must_hear(struct side *s, const char *text, yh_time sent_at)
{
	struct yh_err err;

	if (hear(s, text, sent_at, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
}

void exchange(struct two *t)
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

int64_t of(struct side *s, const char *stream, bool sends, const char *column)
{
	char sql[200];

	(void)snprintf(sql, sizeof sql,
		       "SELECT %s FROM link_stream WHERE stream = '%s' AND sends = %d", column,
		       stream, sends);
	return store_test_int(s->t, sql);
}

int64_t events(struct side *s, const char *kind)
{
	char sql[100];

	(void)snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM event WHERE kind = '%s'", kind);
	return store_test_int(s->t, sql);
}
