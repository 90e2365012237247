/* See fulfil_stand.h: the law, the scene, and what is done in it. */
#include <sys/mman.h>
#include <sys/wait.h>

#include "cases/internal.h"
#include "db/fault.h"
#include "effects/words.h"
#include "fulfil_stand.h"
#include "services/fulfil/fulfil.h"
#include "store/person.h"

/* ---- a law ---- */

static const struct yh_pack_file files[] = {
#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		name, text, sizeof(text) - 1                                                       \
	}
	FILE_OF("articles.yaml",
		"articles:\n  \"20\": {zh: 开通, en: Open, summary_zh: 甲, summary_en: A}\n"),
	FILE_OF("kinds.yaml", "kinds:\n  test: {zh: 测试, en: Test, article: \"20\"}\n"),
	FILE_OF("pack.yaml",
		"pack: test\ntitle: {zh: 测, en: T}\nvalid_from: 2020-01-01\nvalid_to: null\n"),
	FILE_OF("parameters.yaml", "parameters: {}\n"),
	FILE_OF("permissions.yaml", "permissions: {}\n"),
	FILE_OF("roles.yaml", "roles:\n"
			      "  unit: {zh: 单位, en: Unit}\n"
			      "  provider: {zh: 服务商, en: Provider}\n"),
	FILE_OF("forms/asked.json",
		"{\"title\":\"申请\",\"x-title-en\":\"Asked\",\"type\":\"object\",\"properties\":{"
		"\"items\":{\"title\":\"条目\",\"x-title-en\":\"Items\",\"type\":\"array\","
		"\"maxItems\":9,\"items\":{\"type\":\"object\",\"properties\":{\"item\":{\"title\":"
		"\"条目\",\"x-title-en\":\"Item\",\"type\":\"string\",\"maxLength\":63}}}}}}"),
	FILE_OF("forms/done.json",
		"{\"title\":\"确认\",\"x-title-en\":\"Done\",\"type\":\"object\",\"properties\":{"
		"\"resources\":{\"title\":\"资源\",\"x-title-en\":\"Resources\",\"type\":\"array\","
		"\"maxItems\":9,\"items\":{\"type\":\"object\",\"properties\":{\"resource\":{"
		"\"title\":\"资源\",\"x-title-en\":\"Resource\",\"type\":\"string\",\"maxLength\":"
		"36},\"provider_ref\":{\"title\":\"标识\",\"x-title-en\":\"Ref\",\"type\":"
		"\"string\",\"maxLength\":120}},\"required\":[\"resource\",\"provider_ref\"]}}},"
		"\"required\":[\"resources\"]}"),
	FILE_OF("procedures/growth.yaml", "procedure: growth\n"
					  "code: KR\n"
					  "title: {zh: 扩容, en: Growth}\n"
					  "article: \"20\"\n"
					  "level: any\n"
					  "filed_by: unit\n"
					  "about: project\n"
					  "form: forms/asked.json\n"
					  "steps:\n"
					  "  carry_out:\n"
					  "    title: {zh: 实施, en: Carry out}\n"
					  "    article: \"20\"\n"
					  "    fulfilled_by: provider\n"
					  "    within: 5wd\n"
					  "    form: forms/done.json\n"
					  "    outcomes:\n"
					  "      done: {zh: 完成, en: Done}\n"
					  "      dropped: {zh: 不再需要, en: Dropped, effect: "
					  "[resource.release], end: closed}\n"
					  "    effect:\n"
					  "      - resource.resize\n"),
};

/* ---- a scene ---- */

void go_on(struct scene *c, int64_t seconds)
{
	yh_clock_set(&c->clock, yh_clock_now(&c->clock) + seconds * YH_US_PER_S);
}

static void begin(struct scene *c)
{
	const struct yh_exec_config cfg = { .database = c->database };

	c->world.exec = NULL;
	assert_int_equal(yh_store_open(&cfg, true, &c->world.exec, &c->err), YH_OK);
}

static void end(struct scene *c)
{
	yh_exec_close(c->world.exec);
	c->world.exec = NULL;
}

struct yh_ctx context(struct scene *c, struct yh_tx *tx, const struct yh_actor *actor)
{
	return (struct yh_ctx){ .tx = tx,
				.world = &c->world,
				.actor = actor,
				.now = yh_clock_now(&c->clock),
				.arena = &c->stage.arena };
}

static enum yh_rc set_case(struct scene *c, struct yh_ctx *cx, struct yh_err *err)
{
	struct yh_sm3 digest = yh_pack_digest(c->law.pack);
	char id[YH_ID_TEXT], form[600];
	struct yh_case k = { .pack = c->law.pack,
			     .procedure = yh_pack_procedure(c->law.pack, "growth") };
	struct yh_case_cx cc = { .cx = cx, .c = &k };
	struct yh_step_row *rows;
	size_t n;

	c->case_id = new_id(&c->stage);
	(void)snprintf(form, sizeof form,
		       "{\"changes\":[{\"resource\":\"%s\",\"quantity\":\"2\"}],\"items\":[{"
		       "\"item\":\"vm-4-8\",\"quantity\":\"1\"},{\"item\":\"vm-4-8\",\"quantity\":"
		       "\"3\"}]}",
		       yh_id_text(&c->grown, id));
	k.row = (struct yh_case_row){ .id = c->case_id,
				      .no = "SH-2026-KR-000001",
				      .procedure = "growth",
				      .pack = digest,
				      .cloud = c->city.cloud,
				      .unit = c->city.unit,
				      .filer = { { 7 } },
				      .filer_org = c->city.unit,
				      .filer_role = "unit",
				      .project = c->city.project,
				      .title = "扩容",
				      .state = "open",
				      .form = form,
				      .filed_at = cx->now,
				      .changed_at = cx->now,
				      .answer_due = YH_DAY_NONE,
				      .version = 1 };
	WANT_OK(yh_case_insert(cx->tx, &k.row, err));
	WANT_OK(yh_json_parse_in(cx->arena, form, strlen(form), &k.form, err));
	for (size_t i = 0; i < 2; i++) {
		struct yh_resource_row r = a_resource(&c->stage, &c->city, &c->city.project,
						      i ? "R-3" : "R-2", &c->city.vm);

		(void)snprintf(r.state, sizeof r.state, "applied");
		r.case_id = c->case_id;
		c->fresh[i] = r.id;
		WANT_OK(yh_resource_insert(cx->tx, &r, err));
		WANT_OK(yh_case_add_resource(cx->tx, &c->case_id, &r.id, err));
	}
	WANT_OK(yh_case_advance(&cc, -1, err));
	WANT_OK(yh_step_list(cx->tx, &c->case_id, cx->arena, &rows, &n, err));
	WANT(n == 1);
	c->step = rows[0].id;
	return YH_OK;
}

bool by_the_piece;

static enum yh_rc set(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor nobody = { .source = "local" };
	struct scene *c = arg;
	struct yh_ctx cx;
	struct yh_edition_row e;
	struct yh_sm3 digest = yh_pack_digest(c->law.pack);
	struct yh_resource_row r;
	struct yh_person_row p = { .id = { { 7 } },
				   .login = "somebody",
				   .name = "somebody",
				   .secret = "",
				   .status = "active" };

	yh_arena_done(&c->stage.arena);
	cx = context(c, tx, &nobody);
	WANT_OK(build_city(tx, &c->stage, &c->city, err));
	WANT_OK(yh_person_insert(tx, &p, err));
	WANT_OK(add_org(tx, &c->stage, "provider", NULL, &c->provider, err));
	WANT_OK(yh_cloud_set_body(tx, &c->city.cloud, "provider", &c->provider, err));
	WANT_OK(yh_edition_load(tx, &c->city.edition, cx.arena, &e, err));
	memcpy(e.state, "published", sizeof "published");
	e.effective_day = 20000;
	WANT_OK(yh_edition_update(tx, &e, err));
	WANT_OK(yh_exec(tx, err,
			"INSERT INTO pack (digest, name, valid_from, valid_to, files, installed_at)"
			" VALUES ($1, 'test', 0, NULL, '{}', 0)",
			YH_B(digest.b, sizeof digest.b)));
	if (!by_the_piece) /* a size, of which there may be more */
		WANT_OK(yh_exec(tx, err, "UPDATE item SET measure = 'unit'"));
	r = a_resource(&c->stage, &c->city, &c->city.project, "R-1", &c->city.vm);
	r.provider_ref = "m-R-1";
	c->grown = r.id;
	WANT_OK(yh_resource_insert(tx, &r, err));
	WANT_OK(yh_size_set(tx, &r.id, 1, &c->city.vm, 1000, &c->city.case_id, err));
	return set_case(c, &cx, err);
}

static void load_clouds(struct scene *c)
{
	const struct yh_cloud_driver *const drivers[] = { yh_cloud_driver_manual(), &scripted };
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/clouds.yaml", c->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs("sh:\n  driver: scripted\n  items: vm-*\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(yh_clouds_load(path, drivers, 2, &c->clouds, &c->err), YH_OK);
	c->world.clouds = c->clouds;
}

static struct scene *raise_scene(const char *database)
{
	struct scene *c = calloc(1, sizeof *c);

	assert_non_null(c);
	cloud = mmap(NULL, sizeof *cloud, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	assert_true(cloud != MAP_FAILED);
	memcpy(c->dir, "/tmp/yh-fulfil-XXXXXX", sizeof "/tmp/yh-fulfil-XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	c->database = database;
	c->stage.ids = yh_idgen_new_seeded(7);
	yh_arena_init(&c->stage.arena, 64 * 1024 * 1024);
	yh_clock_manual(&c->clock, yh_day_start(20500));
	assert_int_equal(yh_pack_load(files, YH_LEN(files), yh_effects_vocab(), &c->law.pack, NULL,
				      NULL, &c->err),
			 YH_OK);
	c->law.calendar = yh_calendar_new();
	c->book = law_book(&c->law);
	c->world = (struct yh_world){ .ids = c->stage.ids,
				      .clock = &c->clock,
				      .law = &c->book,
				      .words = yh_effects_words() };
	load_clouds(c);
	begin(c);
	if (yh_exec_write(c->world.exec, set, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	machine_of(&c->grown)->defined = true;
	machine_of(&c->grown)->vcpu_milli = 4000;
	return c;
}

static void strike(struct scene *c)
{
	char text[80];

	end(c);
	yh_clouds_free(c->clouds);
	yh_pack_free(c->law.pack);
	yh_calendar_free(c->law.calendar);
	yh_arena_done(&c->stage.arena);
	yh_idgen_free(c->stage.ids);
	(void)snprintf(text, sizeof text, "rm -rf %s", c->dir);
	assert_int_equal(system(text), 0);
	assert_int_equal(munmap(cloud, sizeof *cloud), 0);
	free(c);
}

static void play_on(void *arg, const char *database)
{
	struct scene *c = raise_scene(database);

	(*(const play_fn *)arg)(c);
	strike(c);
}

void on_a_stage(play_fn play)
{
	like_on_file(play_on, &play);
}

void on_stages(play_fn play)
{
	like_on_engines(play_on, &play);
}

/* ---- what is done in it ---- */

yh_time turn(struct scene *c)
{
	struct yh_arena arena;
	struct yh_fulfil_job j = { .world = &c->world, .now = yh_clock_now(&c->clock) };
	yh_time again_at = 0;

	yh_arena_init(&arena, 64 * 1024 * 1024);
	j.arena = &arena;
	yh_err_clear(&c->err);
	c->rc = yh_fulfil_run(&j, &c->step, &again_at, &c->err);
	yh_arena_done(&arena);
	if (c->rc != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	return again_at;
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	struct yh_arena *a = &l->c->stage.arena;
	struct yh_rows *rows;

	WANT_OK(yh_cloud_order_group(tx, &l->c->step, a, &l->rows, &l->n, err));
	WANT_OK(yh_step_load(tx, &l->c->step, a, &l->step, err));
	WANT_OK(yh_case_load(tx, &l->c->case_id, a, &l->row, err));
	WANT_OK(yh_resource_load(tx, &l->c->grown, a, &l->resources[0], err));
	WANT_OK(yh_resource_load(tx, &l->c->fresh[0], a, &l->resources[1], err));
	WANT_OK(yh_resource_load(tx, &l->c->fresh[1], a, &l->resources[2], err));
	WANT_OK(yh_query(tx, err, &rows,
			 "SELECT SUM(CASE WHEN slug = 'order-refused' THEN 1 ELSE 0 END), SUM(CASE"
			 " WHEN slug = 'order-leftover' THEN 1 ELSE 0 END) FROM notice"));
	WANT(yh_rows_next(rows));
	l->notices = yh_col_i64(rows, 0);
	l->leftovers = yh_col_i64(rows, 1);
	return yh_rows_end(rows, err);
}

struct looking seen(struct scene *c)
{
	struct looking l = { .c = c };

	if (yh_exec_read(c->world.exec, look, &l, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	assert_int_equal(l.n, 3);
	return l;
}

void all_are(const struct looking *l, const char *state)
{
	for (size_t i = 0; i < l->n; i++)
		assert_string_equal(l->rows[i].state, state);
}

void is_fulfilled(struct scene *c)
{
	struct looking l = seen(c);

	all_are(&l, "done");
	assert_true(l.step.closed_at != 0);
	assert_true(yh_id_is_zero(&l.step.closed_by));
	assert_string_equal(l.step.outcome, "done");
	assert_string_equal(l.row.state, "closed");
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 8000);
	for (size_t i = 0; i < 2; i++) {
		const struct machine *m = machine_of(&c->fresh[i]);

		assert_string_equal(l.resources[1 + i].state, "running");
		assert_string_equal(l.resources[1 + i].provider_ref, i ? "m-R-3" : "m-R-2");
		assert_true(m->disk && m->defined);
		assert_int_equal(m->disks_made, 1);
		assert_int_equal(m->defined_times, 1);
		assert_int_equal(m->vcpu_milli, i ? 12000 : 4000);
	}
}

void is_as_before(struct scene *c)
{
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 4000);
	assert_true(machine_of(&c->grown)->defined);
	for (size_t i = 0; i < 2; i++)
		assert_true(!machine_of(&c->fresh[i])->disk && !machine_of(&c->fresh[i])->defined);
}

bool killed(struct scene *c, int nth)
{
	pid_t pid;
	int status;

	end(c);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		c->world.ids = yh_idgen_new(); /* another server's */
		begin(c);
		yh_fault_arm_death(nth);
		(void)turn(c);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	cloud->die_before = cloud->die_after = 0;
	begin(c);
	return WIFSIGNALED(status);
}

void resume(struct scene *c)
{
	yh_time again = turn(c);

	if (again) {
		assert_true(again <= yh_clock_now(&c->clock) + 120 * YH_US_PER_S);
		go_on(c, 121);
		assert_int_equal(turn(c), 0);
	}
}

enum yh_rc retry(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor somebody = { .person = { { 7 } }, .source = "local" };
	struct scene *c = arg;
	struct yh_cloud_order_row *rows;
	struct yh_ctx cx = context(c, tx, &somebody);
	size_t n;

	WANT_OK(yh_cloud_order_group(tx, &c->step, cx.arena, &rows, &n, err));
	return yh_order_retry(&cx, &rows[0].id, err);
}
