/* Documents of the districts' link: what a district builds stands at the city as it said, under the
 * city's own ids, and nothing of anybody else is touched by it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "law/form.h"
#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"
#include "services/meter/follow.h"
#include "store/mirror.h"
#include "store/person.h"
#include "store/schema.h"
#include "store_test.h"

static const yh_time NOON = INT64_C(1800000000) * YH_US_PER_S;
static const yh_time HOUR = 3600 * YH_US_PER_S;
enum { ARENA = 16 << 20, KEYS = 64 };

/* The ids of rows that a side made itself; each side counts by itself. */
enum {
	SH = 1,
	EAST,
	WEST,
	EDU,
	CIVIL,
	WEST_EDU,
	VENDOR,
	PROJECT,
	SYSTEM,
	EDITION,
	ITEM,
	MACHINE,
	LINE,
	WEST_PROJECT
};

static struct yh_id id(unsigned char n, bool city)
{
	return (struct yh_id){ { city ? 0xC : 0xD, n } };
}

static struct yh_link_peer peer(bool at_city)
{
	struct yh_link_peer p = { .id = { { 0xEE, at_city } }, .city = !at_city };

	(void)snprintf(p.district, sizeof p.district, "east");
	p.cloud = id(at_city ? EAST : SH, at_city);
	p.home = id(at_city ? SH : EAST, at_city);
	return p;
}

/* ---- what stands on either side before ---- */

static enum yh_rc put_cloud(struct yh_tx *tx, bool city, unsigned char n, const char *code,
			    const char *district, struct yh_err *err)
{
	struct yh_cloud_row c = { .id = id(n, city), .name = code, .created_at = NOON };

	(void)snprintf(c.code, sizeof c.code, "%s", code);
	(void)snprintf(c.district, sizeof c.district, "%s", district);
	(void)snprintf(c.level, sizeof c.level, "%s", district[0] ? "district" : "municipal");
	return yh_cloud_insert(tx, &c, err);
}

static enum yh_rc put_org(struct yh_tx *tx, bool city, unsigned char n, const char *code,
			  const char *kind, const char *district, struct yh_err *err)
{
	struct yh_org_row o = { .id = id(n, city),
				.name = code,
				.in_budget = true,
				.chain = "sign",
				.status = "active",
				.created_at = NOON,
				.version = 1 };

	(void)snprintf(o.code, sizeof o.code, "%s", code);
	(void)snprintf(o.kind, sizeof o.kind, "%s", kind);
	(void)snprintf(o.district, sizeof o.district, "%s", district);
	return yh_org_insert(tx, &o, err);
}

static enum yh_rc put_project(struct yh_tx *tx, bool city, unsigned char n, unsigned char unit,
			      unsigned char cloud, const char *code, struct yh_err *err)
{
	struct yh_project_row p = { .id = id(n, city),
				    .unit = id(unit, city),
				    .cloud = id(cloud, city),
				    .name = "一网通办",
				    .state = "initiated",
				    .created_at = NOON,
				    .version = 1 };

	(void)snprintf(p.code, sizeof p.code, "%s", code);
	return yh_project_insert(tx, &p, err);
}

static enum yh_rc put_catalogue(struct yh_tx *tx, struct yh_err *err)
{
	struct yh_edition_row e = { .id = id(EDITION, false),
				    .cloud = id(EAST, false),
				    .number = 3,
				    .title = "东区目录",
				    .state = "published",
				    .effective_day = 20000,
				    .created_at = NOON };
	struct yh_tier tiers[] = { { 0, 320000000 } };
	struct yh_item_dim dims[] = { { "memory_gib", 8000 }, { "vcpu", 4000 } };
	struct yh_item_row i = { .id = id(ITEM, false),
				 .edition = id(EDITION, false),
				 .code = "vm-4c8g",
				 .class_ = "IaaS",
				 .category = "计算",
				 .name = "云主机",
				 .content = "通用\n云主机",
				 .per = "month",
				 .measure = "instance",
				 .mode = "flat",
				 .step_milli = 1000,
				 .tags = "x86",
				 .tiers = tiers,
				 .n_tiers = 1,
				 .dims = dims,
				 .n_dims = 2 };

	WANT_OK(yh_edition_insert(tx, &e, err));
	return yh_item_insert(tx, &i, err);
}

static enum yh_rc put_machine(struct yh_tx *tx, struct yh_err *err)
{
	struct yh_resource_row r = { .id = id(MACHINE, false),
				     .no = "EAST-R-000001",
				     .unit = id(EDU, false),
				     .project = id(PROJECT, false),
				     .info_system = id(SYSTEM, false),
				     .cloud = id(EAST, false),
				     .kind = "formal",
				     .former_kind = "test",
				     .state = "running",
				     .name = "门户",
				     .item = id(ITEM, false),
				     .provider = id(VENDOR, false),
				     .provider_ref = "i-1",
				     .lease_last = YH_DAY_NONE,
				     .created_at = NOON - 9 * HOUR,
				     .opened_at = NOON - 8 * HOUR,
				     .formal_at = NOON - 5 * HOUR };
	struct yh_quota_row q = { .id = id(LINE, false),
				  .unit = id(EDU, false),
				  .project = id(PROJECT, false),
				  .kind = "window",
				  .dim = "vcpu",
				  .qty_milli = 12000,
				  .first_day = 20000,
				  .last_day = 20400,
				  .rrule = "FREQ=MONTHLY;BYMONTHDAY=1",
				  .span_days = 5,
				  .created_at = NOON };

	WANT_OK(yh_resource_insert(tx, &r, err));
	WANT_OK(yh_size_set(tx, &r.id, NOON - 8 * HOUR, &r.item, 1000, &r.case_id, err));
	WANT_OK(yh_size_set(tx, &r.id, NOON - 4 * HOUR, &r.item, 3000, &r.case_id, err));
	return yh_quota_insert(tx, &q, err);
}

static enum yh_rc fill_district(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_system_row s = { .id = id(SYSTEM, false),
				   .project = id(PROJECT, false),
				   .code = "portal",
				   .name = "门户",
				   .mlps_level = 3,
				   .created_at = NOON };

	(void)arg;
	WANT_OK(put_cloud(tx, false, SH, "SH", "", err));
	WANT_OK(put_cloud(tx, false, EAST, "EAST", "east", err));
	WANT_OK(put_org(tx, false, EDU, "east-edu", "unit", "east", err));
	WANT_OK(put_org(tx, false, VENDOR, "vendor", "provider", "", err));
	WANT_OK(put_project(tx, false, PROJECT, EDU, EAST, "east-edu.P1", err));
	WANT_OK(yh_system_put(tx, &s, err));
	WANT_OK(put_catalogue(tx, err));
	return put_machine(tx, err);
}

static enum yh_rc fill_city(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	(void)arg;
	WANT_OK(put_cloud(tx, true, SH, "SH", "", err));
	WANT_OK(put_cloud(tx, true, EAST, "EAST", "east", err));
	WANT_OK(put_cloud(tx, true, WEST, "WEST", "west", err));
	WANT_OK(put_org(tx, true, CIVIL, "civil", "unit", "", err));
	WANT_OK(put_org(tx, true, VENDOR, "vendor", "provider", "", err));
	WANT_OK(put_org(tx, true, WEST_EDU, "west-edu", "unit", "west", err));
	return put_project(tx, true, WEST_PROJECT, WEST_EDU, WEST, "west-edu.P1", err);
}

/* ---- two sides ---- */

struct two {
	struct store_test *district, *city;
	struct yh_idgen *ids;
	struct sent {
		const struct yh_link_stream *stream;
		char key[YH_LINK_KEY_MAX + 1];
		json_t *body;
	} sent[KEYS];
	size_t n;
};

struct use {
	struct two *t;
	const struct yh_link_stream *stream;
	bool at_city;
	const char *key;
	const json_t *body;
	struct yh_world world;
};

static struct yh_ctx context(struct use *u, struct yh_tx *tx, struct yh_arena *arena)
{
	yh_arena_init(arena, ARENA);
	u->world.ids = u->t->ids;
	return (struct yh_ctx){ .tx = tx, .world = &u->world, .now = NOON, .arena = arena };
}

static enum yh_rc keep_key(void *arg, const char *key, struct yh_err *err)
{
	struct use *u = arg;
	struct sent *s = &u->t->sent[u->t->n];

	WANT(u->t->n < KEYS);
	WANT(u->t->n == 0 || s[-1].stream != u->stream || strcmp(s[-1].key, key) < 0);
	(void)snprintf(s->key, sizeof s->key, "%s", key);
	s->stream = u->stream;
	u->t->n++;
	return YH_OK;
}

/* All that the district sends of a stream, page by page of one key. */
static enum yh_rc build_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct use *u = arg;
	struct yh_arena arena;
	struct yh_ctx cx = context(u, tx, &arena);
	const struct yh_link_peer city = peer(false);
	size_t from = u->t->n, before;
	enum yh_rc rc;

	do {
		const char *after = u->t->n > from ? u->t->sent[u->t->n - 1].key : "";

		before = u->t->n;
		rc = u->stream->keys(&cx, &city, after, 1, keep_key, u, err);
	} while (rc == YH_OK && u->t->n > before);
	for (size_t i = from; rc == YH_OK && i < u->t->n; i++) {
		struct sent *s = &u->t->sent[i];

		rc = u->stream->build(&cx, &city, s->key, &s->body, err);
	}
	yh_arena_done(&arena);
	return rc;
}

static enum yh_rc apply_one(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct use *u = arg;
	struct yh_arena arena;
	struct yh_ctx cx = context(u, tx, &arena);
	const struct yh_link_peer district = peer(true);
	enum yh_rc rc = u->stream->apply(&cx, &district, u->key, u->body, err);

	yh_arena_done(&arena);
	return rc;
}

static enum yh_rc take(struct two *t, const char *stream, const char *key, const json_t *body,
		       struct yh_err *err)
{
	struct use u = { t, yh_link_stream_of(stream), true, key, body, { 0 } };

	*err = (struct yh_err){ 0 };
	return yh_exec_write(t->city->x, apply_one, &u, err);
}

static void migrate(struct store_test *t)
{
	size_t n;
	const struct yh_migration *m = yh_schema(&n);
	struct yh_err err = { 0 };

	assert_int_equal(yh_db_migrate(t->x, m, n, &err), YH_OK);
}

static void gather(struct two *t)
{
	static const char *const streams[] = { "catalogue", "register", "resource", "quota" };

	for (size_t i = 0; i < t->n; i++)
		json_decref(t->sent[i].body);
	t->n = 0;
	for (size_t i = 0; i < YH_LEN(streams); i++) {
		struct use u = { .t = t, .stream = yh_link_stream_of(streams[i]) };

		assert_non_null(u.stream);
		store_test_write(t->district, build_all, &u);
	}
}

static void deliver(struct two *t)
{
	struct yh_err err;

	for (size_t i = 0; i < t->n; i++)
		if (take(t, t->sent[i].stream->name, t->sent[i].key, t->sent[i].body, &err) !=
		    YH_OK)
			fail_msg("%s: %s %s %s", t->sent[i].key, err.slug, err.field,
				 err.n_figs ? err.figs[0].text : "");
}

static int open_two(void **state)
{
	struct two *t = calloc(1, sizeof *t);
	void *side;

	assert_non_null(t);
	t->ids = yh_idgen_new_seeded(7);
	assert_int_equal(store_test_open(&side), 0);
	t->district = side;
	assert_int_equal(store_test_open(&side), 0);
	t->city = side;
	migrate(t->district);
	migrate(t->city);
	store_test_write(t->district, fill_district, NULL);
	store_test_write(t->city, fill_city, NULL);
	gather(t);
	*state = t;
	return 0;
}

static int close_two(void **state)
{
	struct two *t = *state;
	void *side = t->district;

	for (size_t i = 0; i < t->n; i++)
		json_decref(t->sent[i].body);
	(void)store_test_close(&side);
	side = t->city;
	(void)store_test_close(&side);
	yh_idgen_free(t->ids);
	free(t);
	return 0;
}

/* What is sent under a key, to be changed; decref it. */
static json_t *copy_of(struct two *t, const char *stream, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->sent[i].stream->name, stream) == 0 &&
		    strcmp(t->sent[i].key, key) == 0)
			return json_deep_copy(t->sent[i].body);
	fail_msg("%s %s is not sent", stream, key);
	return NULL;
}

static void same(struct two *t, const char *sql)
{
	assert_int_equal(store_test_int(t->city, sql), store_test_int(t->district, sql));
}

/* ---- the tests ---- */

static void every_schema_is_of_the_closed_subset_and_every_document_in_its_shape(void **state)
{
	static const char *const kinds[] = { "edition", "item",     "org",      "project",
					     "system",  "quota",    "resource", "record",
					     "usage",   "platform", "statement" };
	struct two *t = *state;
	struct yh_err err = { 0 };

	for (size_t i = 0; i < YH_LEN(kinds); i++) {
		if (!yh_link_shape(kinds[i]) ||
		    yh_form_check(yh_link_shape(kinds[i]), &err) != YH_OK)
			fail_msg("%s: %s %s", kinds[i], err.field,
				 err.n_figs ? err.figs[0].text : "");
	}
	assert_int_equal(t->n, 8);
	for (size_t i = 0; i < t->n; i++) {
		const char *kind = yh_json_text(t->sent[i].body, "kind");

		if (yh_form_validate(yh_link_shape(kind), t->sent[i].body, &err) != YH_OK)
			fail_msg("%s: %s %s", t->sent[i].key, err.slug, err.field);
	}
}

/* proves A13.3 */
static void what_a_district_has_stands_at_the_city_and_comes_twice_without_harm(void **state)
{
	struct two *t = *state;

	deliver(t);
	deliver(t);
	same(t, "SELECT COUNT(*) FROM resource WHERE no = 'EAST-R-000001' AND state = 'running'"
		" AND kind = 'formal' AND former_kind = 'test' AND provider_ref = 'i-1'");
	same(t, "SELECT SUM(from_at % 1000000007 + COALESCE(to_at, 5) % 1000000007 + qty_milli)"
		" FROM resource_size");
	same(t, "SELECT SUM(qty_milli) FROM allocated WHERE month = -1");
	same(t, "SELECT SUM(qty_milli * (month + 2)) FROM allocated");
	same(t, "SELECT SUM(qty_milli + first_day + last_day + span_days) FROM quota_line");
	same(t, "SELECT SUM(price_e6) FROM item_tier");
	same(t, "SELECT SUM(mlps_level) FROM info_system");
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM resource r JOIN cloud c ON"
						 " c.id = r.cloud WHERE c.code = 'EAST'"),
			 1);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM org WHERE code = 'vendor'"),
			 1);
}

static void ids_are_the_receivers_own(void **state)
{
	struct two *t = *state;

	deliver(t);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM resource r JOIN project p ON"
						 " p.id = r.project WHERE p.code = 'east-edu.P1'"),
			 1);
	store_test_write(t->district, build_all,
			 &(struct use){ .t = t, .stream = yh_link_stream_of("resource") });
	for (size_t i = 0; i < t->n; i++) {
		YH_JSON_AUTO body = json_deep_copy(t->sent[i].body);
		char *text = yh_json_canonical(body);

		assert_null(strstr(text, "0d0c0000-"));
		free(text);
	}
}

/* The owner may have been wrong: here as there, a history is what it says now. */
static void a_corrected_history_becomes_exactly_what_the_document_says(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = NULL;
	json_t *sizes;

	deliver(t);
	deliver(t);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM event"), 0);
	body = copy_of(t, "resource", "EAST-R-000001");
	sizes = json_object_get(body, "sizes");
	assert_int_equal(json_array_size(sizes), 2);
	json_object_set_new(json_array_get(sizes, 0), "quantity_milli", json_integer(2000));
	json_object_set(json_array_get(sizes, 1), "to",
			json_object_get(json_array_get(sizes, 1), "from"));
	json_array_remove(sizes, 1);
	json_object_set_new(body, "state", json_string("stopped"));
	assert_int_equal(take(t, "resource", "EAST-R-000001", body, &err), YH_OK);
	assert_int_equal(store_test_int(t->city,
					"SELECT COUNT(*) FROM resource_size WHERE qty_milli"
					" = 2000 AND to_at IS NOT NULL"),
			 1);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM resource_size"), 1);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM event WHERE kind ="
						 " 'resource.told' AND after_state = 'stopped'"),
			 1);
	assert_int_equal(
		store_test_int(
			t->city,
			"SELECT COUNT(*) FROM allocated WHERE qty_milli <> 0 AND month = -1"),
		0);
	assert_int_equal(take(t, "resource", "EAST-R-000001", NULL, &err), YH_OK);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM resource_size"), 0);
	assert_int_equal(
		store_test_int(t->city, "SELECT COUNT(*) FROM allocated WHERE qty_milli <> 0"), 0);
	deliver(t);
	same(t, "SELECT SUM(qty_milli * (month + 2)) FROM allocated");
}

struct tampering {
	const char *stream, *key, *new_key, *field, *text;
	const char *slug;
};

/* A district that lies stops its own stream; what is the city's, or another district's, is as it
 * was. */
/* proves S07 */
static void a_hostile_district_touches_nothing_that_is_not_its_own(void **state)
{
	static const struct tampering cases[] = {
		{ "register", "org/east-edu", "org/civil", "code", "civil", "link-foreign" },
		{ "register", "org/east-edu", "org/west-edu", "code", "west-edu", "link-foreign" },
		{ "register", "org/east-edu", "org/vendor", "code", "vendor", "link-foreign" },
		{ "register", "org/east-edu", NULL, "name", "a\nb", "form-line" },
		{ "register", "org/east-edu", NULL, "role", "body", "form-choice" },
		{ "register", "project/east-edu.P1", NULL, "unit", "civil", "link-foreign" },
		{ "register", "project/east-edu.P1", NULL, "unit", "west-edu", "link-foreign" },
		{ "register", "project/east-edu.P1", NULL, "unit", "nobody", "link-missing" },
		{ "register", "project/east-edu.P1", "project/other", NULL, NULL, "link-key" },
		{ "register", "project/east-edu.P1", NULL, "state", "done", "form-choice" },
		{ "resource", "EAST-R-000001", "SH-R-000001", "no", "SH-R-000001", "link-foreign" },
		{ "resource", "EAST-R-000001", "WEST-R-1", "no", "WEST-R-1", "link-foreign" },
		{ "resource", "EAST-R-000001", NULL, "unit", "civil", "link-foreign" },
		{ "resource", "EAST-R-000001", NULL, "project", "west-edu.P1", "link-missing" },
		{ "resource", "EAST-R-000001", NULL, "item", "vm-9", "link-missing" },
		{ "resource", "EAST-R-000001", NULL, "system", "other", "link-missing" },
		{ "resource", "EAST-R-000001", NULL, "case", "SH-2026-KT-000001", "link-foreign" },
		{ "resource", "EAST-R-000001", NULL, "opened", "yesterday at noon, or so",
		  "time-invalid" },
		{ "resource", "EAST-R-000001", NULL, "id", "x", "form-unknown" },
		{ "quota", "east-edu.P1", "west-edu.P1", "project", "west-edu.P1", "link-missing" },
		{ "quota", "east-edu.P1", NULL, "unit", "west-edu", "link-foreign" },
		{ "catalogue", "item/000003/vm-4c8g", NULL, "name", "便宜", "link-item-changed" },
		{ "catalogue", "item/000003/vm-4c8g", NULL, "code", "a/../b", "link-key" },
		{ "catalogue", "edition/000003", NULL, "kind", "quota", "link-kind" },
	};
	static const char count[] =
		"SELECT (SELECT COUNT(*) FROM org) + (SELECT COUNT(*) FROM project) * 100 + (SELECT"
		" COUNT(*) FROM resource) * 10000 + (SELECT COUNT(*) FROM quota_line) * 1000000";
	struct two *t = *state;
	struct yh_err err;
	int64_t before;

	deliver(t);
	before = store_test_int(t->city, count);
	for (size_t i = 0; i < YH_LEN(cases); i++) {
		const struct tampering *c = &cases[i];
		YH_JSON_AUTO body = copy_of(t, c->stream, c->key);
		enum yh_rc rc;

		if (c->field)
			json_object_set_new(body, c->field, json_string(c->text));
		rc = take(t, c->stream, c->new_key ? c->new_key : c->key, body, &err);
		if (rc != YH_BAD_INPUT || strcmp(err.slug, c->slug) != 0)
			fail_msg("%s %s=%s: %s instead of %s", c->key, c->field ? c->field : "",
				 c->text ? c->text : "", err.slug, c->slug);
	}
	assert_int_equal(store_test_int(t->city, count), before);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM org WHERE name IN ('civil',"
						 " 'west-edu', 'vendor')"),
			 3);
}

static void sizes_out_of_order_are_refused(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = NULL;
	json_t *sizes;

	deliver(t);
	body = copy_of(t, "resource", "EAST-R-000001");
	sizes = json_object_get(body, "sizes");
	json_object_del(json_array_get(sizes, 0), "to");
	assert_failed(take(t, "resource", "EAST-R-000001", body, &err), err, YH_BAD_INPUT,
		      "link-order");
	assert_string_equal(err.field, "/sizes/1/from");
	json_array_remove(sizes, 1);
	json_object_set_new(body, "state", json_string("destroyed"));
	assert_failed(take(t, "resource", "EAST-R-000001", body, &err), err, YH_BAD_INPUT,
		      "link-order");
}

static void a_project_whose_code_is_taken_is_kept_with_the_districts_before_it(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = NULL;

	deliver(t);
	body = copy_of(t, "register", "project/east-edu.P1");
	json_object_set_new(body, "code", json_string("west-edu.P1"));
	assert_int_equal(take(t, "register", "project/west-edu.P1", body, &err), YH_OK);
	assert_int_equal(take(t, "register", "project/west-edu.P1", body, &err), YH_OK);
	assert_int_equal(
		store_test_int(t->city,
			       "SELECT COUNT(*) FROM project WHERE code = 'east.west-edu.P1'"),
		1);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM project p JOIN org u ON u.id"
						 " = p.unit WHERE p.code = 'west-edu.P1' AND u.code"
						 " = 'west-edu'"),
			 1);
}

/* Whom it serves later is not for the district that named it first to act for. */
static void a_provider_that_a_district_names_is_no_districts_own(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = copy_of(t, "register", "org/east-edu");

	json_object_set_new(body, "code", json_string("newcomer"));
	json_object_set_new(body, "role", json_string("provider"));
	assert_int_equal(take(t, "register", "org/newcomer", body, &err), YH_OK);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM org WHERE code = 'newcomer'"
						 " AND kind = 'provider' AND district = ''"),
			 1);
	deliver(t);
	assert_int_equal(store_test_int(t->city, "SELECT COUNT(*) FROM org WHERE code = 'east-edu'"
						 " AND district = 'east'"),
			 1);
}

static enum yh_rc put_case(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_case_row c = { .id = id(LINE, true),
				 .no = "EAST-2026-SB-000001",
				 .procedure = "use",
				 .cloud = id(EAST, true),
				 .unit = id(CIVIL, true),
				 .filer = YH_PERSON_SYSTEM,
				 .filer_org = id(CIVIL, true),
				 .filer_role = YH_SYSTEM_ROLE,
				 .title = "停电",
				 .state = "closed",
				 .form = "{}",
				 .effected = true,
				 .answer_due = YH_DAY_NONE,
				 .filed_at = NOON,
				 .ended_at = NOON,
				 .changed_at = NOON,
				 .version = 1 };

	(void)arg;
	WANT_OK(yh_person_system(tx, NOON, err));
	WANT_OK(yh_exec(tx, err,
			"INSERT INTO pack (digest, name, valid_from, valid_to, files, installed_at)"
			" VALUES ($1, 'test', 0, NULL, '{}', 0)",
			YH_B(c.pack.b, sizeof c.pack.b)));
	return yh_mirror_case(tx, &c, err);
}

static enum yh_rc tell_record(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_ledger_row r = { .id = id(MACHINE, true),
				   .no = "EAST-E-000001",
				   .reg = "incident",
				   .cloud = id(EAST, true),
				   .case_id = id(LINE, true),
				   .filer_org = id(CIVIL, true),
				   .title = "停电",
				   .from = 20000,
				   .until = YH_DAY_NONE,
				   .content = "{}",
				   .figures = "{}",
				   .lines = "[]",
				   .changed_at = NOON,
				   .version = 1 };

	(void)snprintf(r.state, sizeof r.state, "%s", (const char *)arg);
	return yh_mirror_record(tx, &r, NULL, 0, err);
}

static void a_record_that_is_told_again_as_it_was_has_no_version_more(void **state)
{
	struct two *t = *state;
	char open[] = "open", closed[] = "closed";

	store_test_write(t->city, put_case, NULL);
	store_test_write(t->city, tell_record, open);
	store_test_write(t->city, tell_record, open);
	assert_int_equal(store_test_int(t->city, "SELECT MAX(version) FROM ledger"), 1);
	store_test_write(t->city, tell_record, closed);
	store_test_write(t->city, tell_record, closed);
	assert_int_equal(store_test_int(t->city, "SELECT MAX(version) FROM ledger"), 2);
}

/* What is not there yet is waited for: it comes with another stream. */
static void what_names_something_that_has_not_come_yet_is_tried_again(void **state)
{
	struct two *t = *state;
	struct yh_err err = { 0 };
	YH_JSON_AUTO body = copy_of(t, "resource", "EAST-R-000001");

	assert_failed(take(t, "resource", "EAST-R-000001", body, &err), err, YH_BAD_INPUT,
		      "link-missing");
	assert_string_equal(err.figs[0].text, "org");
	assert_string_equal(err.figs[1].text, "east-edu");
	deliver(t);
	assert_int_equal(take(t, "resource", "EAST-R-000001", body, &err), YH_OK);
}

/* ---- usage, from meter to meter ---- */

struct side {
	struct yh_clock clock;
	struct yh_world world;
	char dir[64];
	atomic_bool stop;
	struct yh_arena arena;
	struct yh_link_work work;
};

static void open_side(struct side *s, struct store_test *t)
{
	struct yh_meter_config cfg = { .dir = s->dir,
				       .clock = &s->clock,
				       .owner = yh_meter_owner_of,
				       .owner_arg = &s->world };
	struct yh_err err = { 0 };

	memset(s, 0, sizeof *s);
	(void)snprintf(s->dir, sizeof s->dir, "/tmp/yh-link-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	yh_clock_manual(&s->clock, NOON + HOUR);
	s->world = (struct yh_world){ .exec = t->x, .clock = &s->clock };
	yh_arena_init(&s->arena, ARENA);
	s->work = (struct yh_link_work){ &s->world, NOON + HOUR, &s->arena, &s->stop };
	assert_int_equal(yh_meter_open(&cfg, &s->world.meter, &err), YH_OK);
}

static void close_side(struct side *s)
{
	char text[100];

	yh_meter_close(s->world.meter);
	yh_arena_done(&s->arena);
	(void)snprintf(text, sizeof text, "rm -rf %s", s->dir);
	assert_int_equal(system(text), 0);
}

static void write_lines(struct side *s, const char *cloud, const struct yh_id *about,
			const char *text)
{
	struct yh_meter_scope scope = { .kind = "cloud", .about = *about };
	struct yh_meter_write w = { .scope = &scope,
				    .form = YH_METER_LINES,
				    .body = text,
				    .n = strlen(text),
				    .received_at = NOON + HOUR };
	struct yh_err err = { 0 };

	(void)snprintf(scope.code, sizeof scope.code, "%s", cloud);
	assert_int_equal(yh_meter_write_wait(s->world.meter, &w, &err), YH_OK);
	assert_int_equal(w.rc, YH_OK);
	assert_string_equal(w.written.why.slug, "");
}

enum { DOCS = 8 };
struct docs {
	char keys[DOCS][YH_LINK_KEY_MAX + 1];
	struct yh_link_doc list[DOCS];
	json_t *bodies[DOCS];
	size_t n;
};

static enum yh_rc keep_doc(void *arg, const char *key, const json_t *body, struct yh_err *err)
{
	struct docs *d = arg;
	const char *kind = yh_json_text(body, "kind");

	WANT(d->n < DOCS && strlen(key) <= YH_LINK_KEY_MAX);
	WANT_OK(yh_form_validate(yh_link_shape(kind), body, err));
	(void)snprintf(d->keys[d->n], sizeof d->keys[0], "%s", key);
	d->bodies[d->n] = json_deep_copy(body);
	d->list[d->n] = (struct yh_link_doc){ d->keys[d->n], d->bodies[d->n] };
	d->n++;
	return YH_OK;
}

static void drop_docs(struct docs *d)
{
	for (size_t i = 0; i < d->n; i++)
		json_decref(d->bodies[i]);
	d->n = 0;
}

struct seen {
	size_t series;
	struct yh_meter_bucket bucket;
	char cloud[32];
};

static bool see(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		size_t n)
{
	struct seen *seen = arg;

	seen->series++;
	seen->bucket = b[n - 1];
	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, "cloud") == 0)
			(void)snprintf(seen->cloud, sizeof seen->cloud, "%s", s->labels[i].value);
	return true;
}

static struct seen history(struct side *s, const char *metric, yh_time from)
{
	const struct yh_meter_select what = { .metric = metric };
	struct seen seen = { 0 };
	struct yh_err err = { 0 };

	assert_int_equal(yh_meter_history(s->world.meter, &what, from / 1000,
					  (from + 300 * YH_US_PER_S) / 1000, 300000, see, &seen,
					  &err),
			 YH_OK);
	return seen;
}

#define LINE(metric, labels, at, value)                                                            \
	"{\"metric\":\"" metric "\",\"labels\":{" labels "},\"at\":180000" #at                     \
	"000,\"value\":" #value "}\n"
#define OF_MACHINE "\"resource\":\"EAST-R-000001\""

static const char five_minutes[] = LINE("resource_cpu_usage_ratio", OF_MACHINE, 0010, 0.2)
	LINE("resource_cpu_usage_ratio", OF_MACHINE, 0070, 0.4) LINE("resource_cpu_usage_ratio",
								     OF_MACHINE, 0130, 0.6)
		LINE("resource_disk_read_bytes_total", OF_MACHINE ",\"device\":\"vda\"", 0010, 100)
			LINE("resource_disk_read_bytes_total", OF_MACHINE ",\"device\":\"vda\"",
			     0290, 150) LINE("node_secret", OF_MACHINE, 0010, 1)
				LINE("platform_host_cpu_cores", "\"host\":\"h1\"", 0020, 64);

struct metering {
	struct two *t;
	struct side district, city;
	struct docs docs;
};

static void meter_five_minutes(struct metering *m, struct two *t)
{
	const struct yh_link_peer city = peer(false);
	const yh_time until = NOON + 300 * YH_US_PER_S;
	struct yh_err err = { 0 };

	memset(m, 0, sizeof *m);
	deliver(t);
	m->t = t;
	open_side(&m->district, t->district);
	open_side(&m->city, t->city);
	write_lines(&m->district, "EAST", &city.home, five_minutes);
	if (yh_link_usage_due(&m->district.work, &city, NOON, until, keep_doc, &m->docs, &err) !=
	    YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	assert_int_equal(m->docs.n, 2);
	if (yh_link_platform_due(&m->district.work, &city, NOON, until, keep_doc, &m->docs, &err) !=
	    YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	assert_int_equal(m->docs.n, 3);
}

static void meter_done(struct metering *m)
{
	drop_docs(&m->docs);
	close_side(&m->district);
	close_side(&m->city);
}

/* proves A13.3 */
static void five_minutes_of_usage_are_one_sample_at_the_city_however_often_they_come(void **state)
{
	const struct yh_link_peer district = peer(true);
	struct metering m;
	struct yh_err err = { 0 };
	struct seen seen;
	size_t taken;

	meter_five_minutes(&m, *state);
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(
			yh_link_usage_absorb(&m.city.work, &district, m.docs.list, 2, &taken, &err),
			YH_OK);
		assert_int_equal(taken, 2);
		assert_int_equal(yh_link_platform_absorb(&m.city.work, &district, m.docs.list + 2,
							 1, &taken, &err),
				 YH_OK);
	}
	seen = history(&m.city, "resource_cpu_usage_ratio", NOON);
	assert_int_equal(seen.series, 1);
	assert_int_equal(seen.bucket.count, 1);
	assert_true(seen.bucket.sum > 0.3999999 && seen.bucket.sum < 0.4000001);
	assert_string_equal(seen.cloud, "EAST");
	assert_true(history(&m.city, "resource_disk_read_bytes_total", NOON).bucket.last == 150);
	assert_true(history(&m.city, "platform_host_cpu_cores", NOON).bucket.last == 64);
	assert_int_equal(history(&m.city, "node_secret", NOON).series, 0);
	for (size_t i = 0; i < m.docs.n; i++)
		if (take(*state, i < 2 ? "usage" : "platform", m.docs.keys[i], m.docs.bodies[i],
			 &err) != YH_OK)
			fail_msg("%s: %s %s", m.docs.keys[i], err.slug, err.field);
	meter_done(&m);
}

/* Many long labels: no document is more than may travel. */
static void usage_that_is_long_goes_in_parts_that_may_travel(void **state)
{
	enum { SERIES = 700, LINE_MOST = 1000 };
	const struct yh_link_peer city = peer(false);
	const yh_time until = NOON + 300 * YH_US_PER_S;
	YH_FREE_AUTO char *text = calloc(SERIES, LINE_MOST);
	struct metering m;
	struct yh_err err = { 0 };
	char long_text[201];
	size_t n = 0, samples = 0;

	meter_five_minutes(&m, *state);
	drop_docs(&m.docs);
	assert_non_null(text);
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = 0;
	for (int i = 0; i < SERIES; i++)
		n += (size_t)snprintf(
			text + n, LINE_MOST,
			"{\"metric\":\"resource_disk_used_bytes\",\"labels\":{" OF_MACHINE
			",\"device\":\"vd%d\",\"a\":\"%s\",\"b\":\"%s\"},\"at\":"
			"1800000010000,\"value\":1}\n",
			i, long_text, long_text);
	write_lines(&m.district, "EAST", &city.home, text);
	if (yh_link_usage_due(&m.district.work, &city, NOON, until, keep_doc, &m.docs, &err) !=
	    YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	assert_int_equal(m.docs.n, 4); /* two of before */
	for (size_t i = 0; i < m.docs.n; i++) {
		char *body = yh_json_canonical(m.docs.bodies[i]);

		assert_true(strlen(body) <= YH_LINK_BODY_MAX);
		samples += json_array_size(json_object_get(m.docs.bodies[i], "samples"));
		free(body);
	}
	assert_int_equal(samples, SERIES + 2);
	meter_done(&m);
}

static void
usage_of_what_is_not_the_districts_is_refused_and_what_came_before_it_taken(void **state)
{
	const struct yh_link_peer district = peer(true);
	struct metering m;
	struct yh_err err = { 0 };
	struct yh_link_doc docs[2];
	YH_JSON_AUTO bad = NULL;
	size_t taken;

	meter_five_minutes(&m, *state);
	bad = json_deep_copy(m.docs.bodies[1]);
	json_object_set_new(json_array_get(json_object_get(bad, "samples"), 0), "resource",
			    json_string("SH-R-000001"));
	docs[0] = m.docs.list[0];
	docs[1] = (struct yh_link_doc){ m.docs.keys[1], bad };
	assert_failed(yh_link_usage_absorb(&m.city.work, &district, docs, 2, &taken, &err), err,
		      YH_BAD_INPUT, "meter-foreign");
	assert_int_equal(taken, 1);
	assert_int_equal(history(&m.city, "resource_cpu_usage_ratio", NOON).series, 1);
	assert_int_equal(history(&m.city, "resource_disk_read_bytes_total", NOON).series, 0);
	json_object_set_new(bad, "from", json_string("2027-01-15T16:01:00.000000+08:00"));
	assert_failed(take(*state, "usage", m.docs.keys[1], bad, &err), err, YH_BAD_INPUT,
		      "link-slot");
	meter_done(&m);
}

static enum yh_rc pair(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct yh_link_peer p = peer(true);

	(void)arg;
	return yh_exec(tx, err,
		       "INSERT INTO link_peer (id, city, district, cloud, home, url, point, state,"
		       " enrolled_at, ended_why, heard_at, sent_at, skew_ms, version, fault,"
		       " fault_figures) VALUES ($1, 0, 'east', $2, $3, '', $1, 'active', 0, '', 0,"
		       " 0, 0, '', '', '')",
		       YH_ID(&p.id), YH_ID(&p.cloud), YH_ID(&p.home));
}

/* After a long cut the end of a machine arrives before its last usage. */
static void late_usage_of_a_machine_that_was_destroyed_is_taken(void **state)
{
	const struct yh_link_peer district = peer(true);
	YH_JSON_AUTO body = NULL;
	struct metering m;
	struct yh_err err = { 0 };
	size_t taken;

	meter_five_minutes(&m, *state);
	store_test_write(m.t->city, pair, NULL);
	body = copy_of(m.t, "resource", "EAST-R-000001");
	json_object_set_new(body, "state", json_string("destroyed"));
	json_object_set_new(body, "sizes", json_array());
	assert_int_equal(take(m.t, "resource", "EAST-R-000001", body, &err), YH_OK);
	assert_int_equal(
		yh_link_usage_absorb(&m.city.work, &district, m.docs.list, 2, &taken, &err), YH_OK);
	assert_int_equal(history(&m.city, "resource_cpu_usage_ratio", NOON).series, 1);
	meter_done(&m);
}

/* ---- the examples of the page ---- */

static void every_example_of_the_page_is_in_its_shape(void **state)
{
	static const char begin[] = "```json\n";
	const char *path = getenv("YH_LINK_PAGE");
	YH_FCLOSE_AUTO FILE *f = fopen(path ? path : "docs/link-documents.zh-CN.md", "re");
	char *text = calloc(1, 1 << 20), *at = text;
	size_t examples = 0;

	(void)state;
	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	while ((at = strstr(at, begin))) {
		struct yh_err err = { 0 };
		YH_JSON_AUTO doc = NULL;
		const char *kind;
		char *end;

		at += sizeof begin - 1;
		end = strstr(at, "```");
		assert_non_null(end);
		if (yh_json_parse(at, (size_t)(end - at), &doc, &err) != YH_OK)
			fail_msg("example %zu: %s %s", examples + 1, err.slug, err.field);
		kind = yh_json_text(json_object_get(doc, "body"), "kind");
		assert_non_null(kind);
		assert_non_null(yh_json_text(doc, "key"));
		if (yh_form_validate(yh_link_shape(kind), json_object_get(doc, "body"), &err) !=
		    YH_OK)
			fail_msg("example %zu, %s: %s %s", examples + 1, kind, err.slug, err.field);
		at = end + 3;
		examples++;
	}
	free(text);
	assert_int_equal(examples, 11);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_two, close_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_schema_is_of_the_closed_subset_and_every_document_in_its_shape),
		CASE(what_a_district_has_stands_at_the_city_and_comes_twice_without_harm),
		CASE(ids_are_the_receivers_own),
		CASE(a_corrected_history_becomes_exactly_what_the_document_says),
		CASE(a_hostile_district_touches_nothing_that_is_not_its_own),
		CASE(sizes_out_of_order_are_refused),
		CASE(a_project_whose_code_is_taken_is_kept_with_the_districts_before_it),
		CASE(a_provider_that_a_district_names_is_no_districts_own),
		CASE(a_record_that_is_told_again_as_it_was_has_no_version_more),
		CASE(what_names_something_that_has_not_come_yet_is_tried_again),
		CASE(five_minutes_of_usage_are_one_sample_at_the_city_however_often_they_come),
		CASE(usage_that_is_long_goes_in_parts_that_may_travel),
		CASE(usage_of_what_is_not_the_districts_is_refused_and_what_came_before_it_taken),
		CASE(late_usage_of_a_machine_that_was_destroyed_is_taken),
		cmocka_unit_test(every_example_of_the_page_is_in_its_shape),
	};

	if (store_test_skipped())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
