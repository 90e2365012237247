/* Two sides of the districts' link: a district that has something, a city that hears of it. */
#include "link_two.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/form.h"
#include "store/person.h"
#include "store/schema.h"

struct yh_id two_id(unsigned char n, bool city)
{
	return (struct yh_id){ { city ? 0xC : 0xD, n } };
}

struct yh_link_peer two_peer(bool at_city)
{
	struct yh_link_peer p = { .id = { { 0xEE, at_city } }, .city = !at_city };

	(void)snprintf(p.district, sizeof p.district, "east");
	p.cloud = two_id(at_city ? EAST : SH, at_city);
	p.home = two_id(at_city ? SH : EAST, at_city);
	return p;
}

/* ---- what stands on either side before ---- */

static enum yh_rc put_cloud(struct yh_tx *tx, bool city, unsigned char n, const char *code,
			    const char *district, struct yh_err *err)
{
	struct yh_cloud_row c = { .id = two_id(n, city), .name = code, .created_at = NOON };

	(void)snprintf(c.code, sizeof c.code, "%s", code);
	(void)snprintf(c.district, sizeof c.district, "%s", district);
	(void)snprintf(c.level, sizeof c.level, "%s", district[0] ? "district" : "municipal");
	return yh_cloud_insert(tx, &c, err);
}

static enum yh_rc put_org(struct yh_tx *tx, bool city, unsigned char n, const char *code,
			  const char *kind, const char *district, struct yh_err *err)
{
	struct yh_org_row o = { .id = two_id(n, city),
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
	struct yh_project_row p = { .id = two_id(n, city),
				    .unit = two_id(unit, city),
				    .cloud = two_id(cloud, city),
				    .name = "一网通办",
				    .state = "initiated",
				    .created_at = NOON,
				    .version = 1 };

	(void)snprintf(p.code, sizeof p.code, "%s", code);
	return yh_project_insert(tx, &p, err);
}

static enum yh_rc put_catalogue(struct yh_tx *tx, struct yh_err *err)
{
	struct yh_edition_row e = { .id = two_id(EDITION, false),
				    .cloud = two_id(EAST, false),
				    .number = 3,
				    .title = "东区目录",
				    .state = "published",
				    .effective_day = 20000,
				    .created_at = NOON };
	struct yh_tier tiers[] = { { 0, 320000000 } };
	struct yh_item_dim dims[] = { { "memory_gib", 8000 }, { "vcpu", 4000 } };
	struct yh_item_row i = { .id = two_id(ITEM, false),
				 .edition = two_id(EDITION, false),
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
	struct yh_resource_row r = { .id = two_id(MACHINE, false),
				     .no = "EAST-R-000001",
				     .unit = two_id(EDU, false),
				     .project = two_id(PROJECT, false),
				     .info_system = two_id(SYSTEM, false),
				     .cloud = two_id(EAST, false),
				     .kind = "formal",
				     .former_kind = "test",
				     .state = "running",
				     .name = "门户",
				     .item = two_id(ITEM, false),
				     .provider = two_id(VENDOR, false),
				     .provider_ref = "i-1",
				     .lease_last = YH_DAY_NONE,
				     .created_at = NOON - 9 * HOUR,
				     .opened_at = NOON - 8 * HOUR,
				     .formal_at = NOON - 5 * HOUR };
	struct yh_quota_row q = { .id = two_id(LINE, false),
				  .unit = two_id(EDU, false),
				  .project = two_id(PROJECT, false),
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
	struct yh_system_row s = { .id = two_id(SYSTEM, false),
				   .project = two_id(PROJECT, false),
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
	yh_arena_init(arena, TWO_ARENA);
	u->world.ids = u->t->ids;
	return (struct yh_ctx){ .tx = tx, .world = &u->world, .now = NOON, .arena = arena };
}

static enum yh_rc keep_key(void *arg, const char *key, struct yh_err *err)
{
	struct use *u = arg;
	struct sent *s = &u->t->sent[u->t->n];

	WANT(u->t->n < TWO_KEYS);
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
	const struct yh_link_peer city = two_peer(false);
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
	const struct yh_link_peer district = two_peer(true);
	enum yh_rc rc = u->stream->apply(&cx, &district, u->key, u->body, err);

	yh_arena_done(&arena);
	return rc;
}

enum yh_rc two_take(struct two *t, const char *stream, const char *key, const json_t *body,
		    struct yh_err *err)
{
	struct use u = { t, yh_link_stream_of(stream), true, key, body, { 0 } };

	*err = (struct yh_err){ 0 };
	return yh_exec_write(t->city->x, apply_one, &u, err);
}

static void migrate(struct store_test *t)
{
	store_test_schema(t);
}

void two_gather(struct two *t, const char *stream)
{
	struct use u = { .t = t, .stream = yh_link_stream_of(stream) };

	assert_non_null(u.stream);
	store_test_write(t->district, build_all, &u);
}

static void gather(struct two *t)
{
	static const char *const streams[] = { "catalogue", "register", "resource", "quota" };

	for (size_t i = 0; i < YH_LEN(streams); i++)
		two_gather(t, streams[i]);
}

void two_deliver(struct two *t)
{
	struct yh_err err;

	for (size_t i = 0; i < t->n; i++)
		if (two_take(t, t->sent[i].stream->name, t->sent[i].key, t->sent[i].body, &err) !=
		    YH_OK)
			fail_msg("%s: %s %s %s", t->sent[i].key, err.slug, err.field,
				 err.n_figs ? err.figs[0].text : "");
}

int open_two(void **state)
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

int close_two(void **state)
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
json_t *two_copy(struct two *t, const char *stream, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->sent[i].stream->name, stream) == 0 &&
		    strcmp(t->sent[i].key, key) == 0)
			return json_deep_copy(t->sent[i].body);
	fail_msg("%s %s is not sent", stream, key);
	return NULL;
}
