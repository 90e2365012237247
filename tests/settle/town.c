/* The town. */
#include "town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "effects/words.h"
#include "services/catalogue/items.h"
#include "services/policy/pack_files.h"
#include "store/party.h"
#include "store/person.h"
#include "store/project.h"
#include "store/schema.h"

static void must(enum yh_rc rc, const struct yh_err *err)
{
	if (rc != YH_OK)
		fail_msg("%s %s %s %s", yh_rc_name(rc), err->slug, err->field,
			 err->n_figs ? err->figs[0].text : "");
}

/* ---- law ---- */

static enum yh_rc pack_on(void *self, yh_day day, const struct yh_pack **out, struct yh_err *err)
{
	const struct town *t = self;

	(void)day;
	(void)err;
	*out = t->packs[t->n_packs - 1];
	return YH_OK;
}

static enum yh_rc pack_by(void *self, const struct yh_sm3 *digest, const struct yh_pack **out,
			  struct yh_err *err)
{
	const struct town *t = self;

	for (size_t i = 0; i < t->n_packs; i++) {
		struct yh_sm3 d = yh_pack_digest(t->packs[i]);

		if (memcmp(&d, digest, sizeof d) == 0) {
			*out = t->packs[i];
			return YH_OK;
		}
	}
	return yh_fail(err, YH_NOT_FOUND, "pack-none");
}

static void replace(struct yh_pack_folder *f, const char *file, const char *from, const char *to)
{
	for (size_t i = 0; i < f->n; i++) {
		const char *text = f->files[i].text, *place;

		if (strcmp(f->files[i].name, file) != 0)
			continue;
		place = strstr(text, from);
		assert_non_null(place);
		f->files[i].text = yh_arena_printf(&f->arena, "%.*s%s%s", (int)(place - text), text,
						   to, place + strlen(from));
		assert_non_null(f->files[i].text);
		f->files[i].n = strlen(f->files[i].text);
		return;
	}
	fail_msg("no %s", file);
}

void town_law(struct town *t, const char *file, const char *from, const char *to)
{
	const char *dir = getenv("YH_PACK");
	struct yh_pack_folder folder;
	struct yh_err err = { 0 };

	assert_true(t->n_packs < sizeof t->packs / sizeof t->packs[0]);
	must(yh_pack_folder_read(dir ? dir : "policy/shanghai-2022", &folder, &err), &err);
	if (file)
		replace(&folder, file, from, to);
	must(yh_pack_load(folder.files, folder.n, yh_effects_vocab(), &t->packs[t->n_packs++], NULL,
			  NULL, &err),
	     &err);
	yh_pack_folder_done(&folder);
}

/* ---- doing ---- */

struct doing {
	struct town *t;
	town_fn fn;
	void *arg;
};

static enum yh_rc run(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor actor = { .login = "system", .source = "local" };
	struct doing *d = arg;
	struct yh_ctx cx = { .tx = tx,
			     .world = &d->t->world,
			     .actor = &actor,
			     .now = yh_clock_now(&d->t->clock),
			     .arena = &d->t->arena };

	return d->fn(&cx, d->arg, err);
}

enum yh_rc town_do(struct town *t, town_fn fn, void *arg, struct yh_err *err)
{
	struct doing d = { t, fn, arg };

	return yh_exec_write(t->st->x, run, &d, err);
}

void town_must(struct town *t, town_fn fn, void *arg)
{
	struct yh_err err = { 0 };

	must(town_do(t, fn, arg, &err), &err);
}

/* ---- building ---- */

yh_time at(int month, int day, int hour, int minute, int second)
{
	yh_day d = yh_day_from_date((struct yh_date){ 2026, month, day });

	return yh_day_start(d) + (((yh_time)hour * 60 + minute) * 60 + second) * YH_US_PER_S;
}

yh_day october(void)
{
	return yh_day_from_date((struct yh_date){ 2026, 10, 1 });
}

static enum yh_rc add_org(struct yh_ctx *cx, const char *code, const char *name, bool in_budget,
			  struct yh_id *out, struct yh_err *err)
{
	struct yh_org_row o = { .id = yh_ctx_new_id(cx),
				.name = name,
				.kind = "unit",
				.in_budget = in_budget,
				.chain = "sign",
				.status = "active",
				.created_at = cx->now,
				.version = 1 };

	(void)snprintf(o.code, sizeof o.code, "%s", code);
	*out = o.id;
	return yh_org_insert(cx->tx, &o, err);
}

static enum yh_rc add_project(struct yh_ctx *cx, const char *code, const struct yh_id *unit,
			      const struct yh_id *cloud, struct yh_id *out, struct yh_err *err)
{
	struct yh_project_row p = { .id = yh_ctx_new_id(cx),
				    .unit = *unit,
				    .cloud = *cloud,
				    .name = code,
				    .state = "initiated",
				    .created_at = cx->now };

	(void)snprintf(p.code, sizeof p.code, "%s", code);
	*out = p.id;
	return yh_project_insert(cx->tx, &p, err);
}

static enum yh_rc add_edition(struct yh_ctx *cx, const struct yh_id *cloud, int64_t number,
			      yh_day day, struct yh_id *out, struct yh_err *err)
{
	struct yh_edition_row e = { .id = yh_ctx_new_id(cx),
				    .cloud = *cloud,
				    .number = number,
				    .title = "目录",
				    .state = "published",
				    .effective_day = day,
				    .created_at = cx->now };

	*out = e.id;
	return yh_edition_insert(cx->tx, &e, err);
}

static enum yh_rc add_bodies(struct yh_ctx *cx, struct town *t, struct yh_err *err)
{
	const struct {
		const char *role;
		const struct yh_id *org;
	} bodies[] = { { "operator", &t->operator_ },
		       { "econ_info", &t->econ_info },
		       { "finance", &t->finance },
		       { "provider", &t->provider },
		       { "provider", &t->other_provider } };
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < sizeof bodies / sizeof bodies[0]; i++)
		rc = yh_cloud_set_body(cx->tx, &t->cloud, bodies[i].role, bodies[i].org, err);
	return rc;
}

static enum yh_rc build(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct town *t = arg;
	struct yh_cloud_row cloud = {
		.id = yh_ctx_new_id(cx), .code = "SH", .name = "市政务云", .level = "municipal"
	};

	t->cloud = cloud.id;
	t->case_id = yh_ctx_new_id(cx);
	WANT_OK(yh_cloud_insert(cx->tx, &cloud, err));
	WANT_OK(add_org(cx, "bigdata", "市大数据中心", true, &t->operator_, err));
	WANT_OK(add_org(cx, "jxw", "市经信委", true, &t->econ_info, err));
	WANT_OK(add_org(cx, "czj", "市财政局", true, &t->finance, err));
	WANT_OK(add_org(cx, "yun-a", "云服务商甲", false, &t->provider, err));
	WANT_OK(add_org(cx, "yun-b", "云服务商乙", false, &t->other_provider, err));
	WANT_OK(add_org(cx, "civil", "市民政局", true, &t->unit, err));
	WANT_OK(add_org(cx, "chamber", "某行业协会", false, &t->outside, err));
	WANT_OK(add_bodies(cx, t, err));
	WANT_OK(add_project(cx, "civil.P-1", &t->unit, &t->cloud, &t->project, err));
	WANT_OK(add_project(cx, "chamber.P-1", &t->outside, &t->cloud, &t->other_project, err));
	WANT_OK(add_edition(cx, &t->cloud, 1, yh_day_from_date((struct yh_date){ 2026, 1, 1 }),
			    &t->first, err));
	return add_edition(cx, &t->cloud, 2, october() + 15, &t->second, err);
}

static const char first_items[] =
	"[{\"code\":\"vm\",\"class\":\"IaaS\",\"category\":\"计算\",\"name\":\"云主机\",\"per\":"
	"\"hour\","
	"\"measure\":\"instance\",\"mode\":\"flat\",\"tiers\":[{\"from\":0,\"price\":\"1\"}]},"
	"{\"code\":\"disk\",\"class\":\"IaaS\",\"category\":\"存储\",\"name\":\"云硬盘\",\"per\":"
	"\"month\","
	"\"measure\":\"gib\",\"mode\":\"flat\",\"tiers\":[{\"from\":0,\"price\":\"0.31\"}]},"
	"{\"code\":\"net\",\"class\":\"IaaS\",\"category\":\"网络\",\"name\":\"带宽\",\"per\":"
	"\"month\","
	"\"measure\":\"mbps\",\"mode\":\"graduated\",\"tiers\":[{\"from\":0,\"price\":\"1\"},"
	"{\"from\":100,\"price\":\"0.8\"}]},"
	"{\"code\":\"traffic\",\"class\":\"IaaS\",\"category\":\"网络\",\"name\":\"流量\",\"per\":"
	"\"use\","
	"\"measure\":\"gb\",\"mode\":\"flat\",\"free\":10,\"tiers\":[{\"from\":0,\"price\":\"0.5\"}"
	"],"
	"\"metered\":{\"metric\":\"net_out_bytes_total\",\"as\":\"rise\",\"per\":1000000000}},"
	"{\"code\":\"audit\",\"class\":\"SaaS\",\"category\":\"安全\",\"name\":\"渗透测试\","
	"\"per\":\"use\","
	"\"measure\":\"time\",\"mode\":\"flat\",\"tiers\":[{\"from\":0,\"price\":\"3000\"}]}]";

/* The hour of a machine costs 1.20 from 16 October on; the rest stays. */
static void fill_editions(struct town *t)
{
	char *dearer = yh_arena_strdup(&t->arena, first_items), *price;

	town_items(t, &t->first, first_items);
	price = strstr(dearer, "\"price\":\"1\"");
	assert_non_null(price);
	dearer = yh_arena_printf(&t->arena, "%.*s\"price\":\"1.2\"%s", (int)(price - dearer),
				 dearer, price + strlen("\"price\":\"1\""));
	town_items(t, &t->second, dearer);
}

static void migrate(struct town *t)
{
	store_test_schema(t->st);
	t->world.exec = t->st->x;
}

void town_reopen(struct town *t)
{
	store_test_reopen(t->st);
	t->world.exec = t->st->x;
}

int town_open(void **state)
{
	struct town *t = calloc(1, sizeof *t);
	void *st;

	assert_non_null(t);
	if (store_test_open(&st) != 0)
		return -1;
	t->st = st;
	yh_arena_init(&t->arena, 512 * 1024 * 1024);
	yh_clock_manual(&t->clock, at(11, 3, 9, 0, 0));
	t->law = (struct yh_law_book){ .self = t, .pack_on = pack_on, .pack_by = pack_by };
	t->world = (struct yh_world){ .clock = &t->clock,
				      .ids = yh_idgen_new_seeded(7),
				      .law = &t->law };
	town_law(t, NULL, NULL, NULL);
	migrate(t);
	town_must(t, build, t);
	fill_editions(t);
	*state = t;
	return 0;
}

int town_close(void **state)
{
	struct town *t = *state;
	void *st = t->st;

	yh_idgen_free(t->world.ids);
	for (size_t i = 0; i < t->n_packs; i++)
		yh_pack_free(t->packs[i]);
	yh_arena_done(&t->arena);
	free(t);
	return store_test_close(&st);
}

struct filling {
	const struct yh_id *edition;
	const char *json;
};

static enum yh_rc fill(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct filling *f = arg;
	struct yh_item_row *items;
	const json_t *list;
	size_t n;

	WANT_OK(yh_json_parse_in(cx->arena, f->json, strlen(f->json), &list, err));
	WANT_OK(yh_items_read(list, cx->arena, &items, &n, err));
	WANT_OK(yh_items_delete(cx->tx, f->edition, err));
	for (size_t i = 0; i < n; i++) {
		items[i].id = yh_ctx_new_id(cx);
		items[i].edition = *f->edition;
		WANT_OK(yh_item_insert(cx->tx, &items[i], err));
	}
	return YH_OK;
}

void town_items(struct town *t, const struct yh_id *edition, const char *json)
{
	struct filling f = { edition, json };

	town_must(t, fill, &f);
}

struct publishing {
	struct town *t;
	int64_t number;
	int day;
	struct yh_id id;
};

static enum yh_rc publish(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct publishing *p = arg;

	return add_edition(cx, &p->t->cloud, p->number, october() + p->day - 1, &p->id, err);
}

void town_edition(struct town *t, int64_t number, int day, const char *json)
{
	struct publishing p = { .t = t, .number = number, .day = day };

	town_must(t, publish, &p);
	town_items(t, &p.id, json);
}

struct opening {
	struct town *t;
	const struct machine *m;
	struct yh_id id;
};

static struct yh_id or_first(const struct yh_id *given, const struct yh_id *first)
{
	return yh_id_is_zero(given) ? *first : *given;
}

static enum yh_rc open_one(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct opening *o = arg;
	struct town *t = o->t;
	struct yh_item_row item;
	struct yh_resource_row r = {
		.id = yh_ctx_new_id(cx),
		.unit = or_first(&o->m->unit, &t->unit),
		.project = or_first(&o->m->project, &t->project),
		.cloud = t->cloud,
		.state = "running",
		.name = "机器",
		.case_id = t->case_id,
		.lease_last = YH_DAY_NONE,
		.created_at = at(9, 1, 0, 0, 0),
		.opened_at = at(9, 1, 0, 0, 0),
		.formal_at = o->m->formal_at,
		.version = 1,
	};

	if (!o->m->no_provider)
		r.provider = or_first(&o->m->provider, &t->provider);
	(void)snprintf(r.no, sizeof r.no, "SH-R-%06u", ++t->resources);
	(void)snprintf(r.kind, sizeof r.kind, "%s", o->m->kind ? o->m->kind : "formal");
	(void)snprintf(r.former_kind, sizeof r.former_kind, "%s", o->m->former ? o->m->former : "");
	WANT_OK(yh_item_by_code(cx->tx, &t->first, "vm", cx->arena, &item, err));
	r.item = item.id;
	o->id = r.id;
	return yh_resource_insert(cx->tx, &r, err);
}

struct yh_id town_machine(struct town *t, const struct machine *m)
{
	struct opening o = { .t = t, .m = m };

	town_must(t, open_one, &o);
	return o.id;
}

struct sizing {
	struct town *t;
	const struct yh_id *resource;
	const char *code;
	int64_t qty_milli;
	yh_time from, to;
};

static enum yh_rc size(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct sizing *z = arg;
	struct yh_item_row item;

	WANT_OK(yh_item_by_code(cx->tx, &z->t->first, z->code, cx->arena, &item, err));
	WANT_OK(yh_size_set(cx->tx, z->resource, z->from, &item.id, z->qty_milli, &z->t->case_id,
			    err));
	return z->to ? yh_size_set(cx->tx, z->resource, z->to, &item.id, 0, &z->t->case_id, err)
		     : YH_OK;
}

void town_size(struct town *t, const struct yh_id *resource, const char *code, const char *qty,
	       yh_time from, yh_time to)
{
	struct sizing z = { t, resource, code, 0, from, to };
	struct yh_err err = { 0 };

	must(yh_scaled_parse(qty, 3, &z.qty_milli, &err), &err);
	town_must(t, size, &z);
}

/* ---- settling ---- */

enum yh_rc town_try(struct town *t, int month, struct yh_settle_done *done, struct yh_err *err)
{
	const struct yh_settle_ask ask = {
		.cloud = t->cloud,
		.month = yh_day_from_date((struct yh_date){ 2026, month, 1 }),
		.source = "local",
	};

	return yh_settle_compute(&t->world, &ask, done, err);
}

struct yh_settle_done town_settle(struct town *t, int month)
{
	struct yh_settle_done done;
	struct yh_err err = { 0 };

	must(town_try(t, month, &done, &err), &err);
	return done;
}

struct closing {
	struct town *t;
	const struct yh_id *settlement;
};

static enum yh_rc submit_and_close(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct closing *c = arg;

	WANT_OK(yh_settle_submit(cx, c->settlement, &c->t->case_id, err));
	return yh_settle_close(cx, c->settlement, err);
}

void town_close_month(struct town *t, const struct yh_id *settlement)
{
	struct closing c = { t, settlement };

	town_must(t, submit_and_close, &c);
}

/* ---- looking ---- */

struct looking {
	struct town *t;
	const struct yh_id *settlement, *project, *provider;
	struct yh_bill bill;
	struct yh_settlement_row row;
};

static enum yh_rc look(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	struct yh_statement_row *list;
	size_t n;

	WANT_OK(yh_statement_of_settlement(cx->tx, l->settlement, "", 1000, cx->arena, &list, &n,
					   err));
	for (size_t i = 0; i < n; i++)
		if (yh_id_eq(&list[i].project, l->project) &&
		    yh_id_eq(&list[i].provider, l->provider))
			return yh_settle_bill(cx, &list[i].id, &l->bill, err);
	return yh_fail(err, YH_NOT_FOUND, "test-statement");
}

struct yh_bill town_bill(struct town *t, const struct yh_id *settlement,
			 const struct yh_id *project, const struct yh_id *provider)
{
	struct looking l = {
		.t = t, .settlement = settlement, .project = project, .provider = provider
	};

	town_must(t, look, &l);
	return l.bill;
}

static enum yh_rc look_at(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;

	return yh_settlement_load(cx->tx, l->settlement, &l->row, err);
}

struct yh_settlement_row town_settlement(struct town *t, const struct yh_id *id)
{
	struct looking l = { .t = t, .settlement = id };

	town_must(t, look_at, &l);
	return l.row;
}

const struct yh_bill_line *town_line(const struct yh_bill *b, const char *kind, const char *code)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->lines[i].row.code, code) == 0 &&
		    strcmp(b->lines[i].row.resource_kind, kind) == 0)
			return &b->lines[i];
	fail_msg("no line %s %s", kind, code);
	return NULL;
}

void assert_yuan(int64_t fen, const char *yuan)
{
	int64_t want;

	assert_int_equal(yh_scaled_parse(yuan, 2, &want, NULL), YH_OK);
	assert_int_equal(fen, want);
}

void assert_line(const struct yh_bill *b, const char *kind, const char *code, const char *usage,
		 const char *list, const char *amount)
{
	const struct yh_bill_line *l = town_line(b, kind, code);

	assert_string_equal(l->row.usage, usage);
	assert_yuan(l->row.list_fen, list);
	assert_yuan(l->row.amount_fen, amount);
}

static enum yh_rc count_faults(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	return yh_settlement_faults(cx->tx, arg, err);
}

void assert_sound(struct town *t)
{
	int64_t n = -1;

	town_must(t, count_faults, &n);
	assert_int_equal(n, 0);
}
