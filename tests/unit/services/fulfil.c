/* Fulfilment by a machine that does as a script says: killed anywhere, away, refusing, overtaken by
 * people. The machine's own memory is outside of the process, as a cloud's is. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../cases/law.h"
#include "../store/city.h"
#include "cases/internal.h"
#include "db/fault.h"
#include "effects/words.h"
#include "services/fulfil/fulfil.h"
#include "store/case_file.h"
#include "store/cloud_order.h"
#include "store/eval_facts.h"
#include "store/move.h"
#include "store/person.h"
#include "store/step_sum.h"

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

/* ---- a machine ---- */

enum { MACHINES = 4 };
enum fault { NO_FAULT, AWAY, REFUSES, FOREIGN };

struct machine {
	struct yh_id id;
	bool disk, defined;
	int64_t vcpu_milli;
	int disks_made, defined_times; /* from nothing */
};

/* The cloud, whose memory outlives whoever talks to it. */
struct memory {
	struct machine machines[MACHINES];
	int calls, steps, undone;
	int fault_at; /* the call, from 1, that fails; 0: none */
	enum fault fault;
	bool undo_fails; /* taking back what is of `stuck` does, as `fault` says */
	struct yh_id stuck;
	int die_before, die_after; /* the call around which the process is killed; 0: none */
	void (*meanwhile)(void *arg);
	int meanwhile_at;
	void *arg;
};
static struct memory *cloud;

static struct machine *machine_of(const struct yh_id *id)
{
	for (size_t i = 0; i < MACHINES; i++) {
		struct machine *m = &cloud->machines[i];

		if (yh_id_is_zero(&m->id))
			m->id = *id;
		if (yh_id_eq(&m->id, id))
			return m;
	}
	abort();
}

static enum yh_rc called(struct yh_err *err)
{
	static const struct {
		enum yh_rc rc;
		const char *slug;
	} faults[] = { [AWAY] = { YH_BUSY, "cloud-unreachable" },
		       [REFUSES] = { YH_REFUSED, "cloud-refused" },
		       [FOREIGN] = { YH_CONFLICT, "cloud-machine-foreign" } };

	cloud->calls++;
	if (cloud->calls == cloud->die_before)
		(void)raise(SIGKILL);
	if (cloud->calls == cloud->meanwhile_at)
		cloud->meanwhile(cloud->arg);
	if (cloud->calls != cloud->fault_at)
		return YH_OK;
	return yh_fail(err, faults[cloud->fault].rc, faults[cloud->fault].slug);
}

static void answered(void)
{
	if (cloud->calls == cloud->die_after)
		(void)raise(SIGKILL);
}

static enum yh_rc open_cloud(const struct yh_cloud_config *cfg, const atomic_bool *stop,
			     struct yh_cloud **out, struct yh_err *err)
{
	(void)cfg;
	(void)stop;
	(void)err;
	*out = NULL;
	return YH_OK;
}

static void close_cloud(struct yh_cloud *c)
{
	(void)c;
}

static enum yh_rc ping(struct yh_cloud *c, struct yh_err *err)
{
	(void)c;
	return called(err);
}

static size_t steps(const struct yh_cloud *c, const struct yh_cloud_order *o,
		    const char *const **names)
{
	static const char *const opens[] = { "disk", "define" };
	static const char *const resizes[] = { "resize" };
	static const char *const stops[] = { "stop" };

	(void)c;
	*names = o->act == YH_CLOUD_OPEN ? opens : o->act == YH_CLOUD_RESIZE ? resizes : stops;
	return o->act == YH_CLOUD_OPEN ? 2 : 1;
}

static int64_t vcpu(const struct yh_cloud_dim *dims, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(dims[i].name, "vcpu") == 0)
			return dims[i].qty_milli;
	return 0;
}

static enum yh_rc step(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
		       char ref[YH_CLOUD_REF], struct yh_err *err)
{
	struct machine *m = machine_of(&o->resource);
	enum yh_rc rc = called(err);

	(void)c;
	if (rc != YH_OK)
		return rc;
	cloud->steps++;
	if (strcmp(name, "disk") == 0) {
		m->disks_made += !m->disk;
		m->disk = true;
	} else if (strcmp(name, "define") == 0) {
		m->defined_times += !m->defined;
		m->defined = true;
		m->vcpu_milli = vcpu(o->dims, o->n_dims);
		(void)snprintf(ref, YH_CLOUD_REF, "m-%s", o->resource_no);
	} else if (strcmp(name, "resize") == 0) {
		m->vcpu_milli = vcpu(o->dims, o->n_dims);
	} else {
		m->defined = false;
	}
	answered();
	return YH_OK;
}

static enum yh_rc undo(struct yh_cloud *c, const struct yh_cloud_order *o, const char *name,
		       const char *ref, bool *kept, struct yh_err *err)
{
	struct machine *m = machine_of(&o->resource);
	enum yh_rc rc;

	(void)c;
	(void)ref;
	if (cloud->undo_fails && yh_id_eq(&o->resource, &cloud->stuck))
		cloud->fault_at = cloud->calls + 1;
	rc = called(err);
	if (rc != YH_OK)
		return rc;
	cloud->undone++;
	*kept = *kept || o->act == YH_CLOUD_DESTROY;
	if (strcmp(name, "disk") == 0)
		m->disk = false;
	else if (strcmp(name, "define") == 0)
		m->defined = false;
	else if (strcmp(name, "resize") == 0)
		m->vcpu_milli = vcpu(o->before, o->n_before);
	answered();
	return YH_OK;
}

static const struct yh_cloud_driver scripted = { .name = "scripted",
						 .by_machine = true,
						 .open = open_cloud,
						 .close = close_cloud,
						 .ping = ping,
						 .steps = steps,
						 .step = step,
						 .undo = undo };

/* ---- a scene: a case that asks for one machine to grow and for two more ---- */

struct scene {
	struct law law;
	struct yh_law_book book;
	struct yh_world world;
	struct yh_clock clock;
	struct yh_clouds *clouds;
	struct stage stage;
	struct city city;
	struct yh_id provider, case_id, step, grown, fresh[2];
	const char *database;
	char dir[32], state[16];
	enum yh_rc rc;
	struct yh_err err;
};

static void go_on(struct scene *c, int64_t seconds)
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

static struct yh_ctx context(struct scene *c, struct yh_tx *tx, const struct yh_actor *actor)
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

static bool by_the_piece;
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

typedef void (*play_fn)(struct scene *c);
static void play_on(void *arg, const char *database)
{
	struct scene *c = raise_scene(database);

	(*(const play_fn *)arg)(c);
	strike(c);
}

/* On the embedded store: what does not hang on the engine, many times over. */
static void on_a_stage(play_fn play)
{
	like_on_file(play_on, &play);
}

/* On each engine. */
static void on_stages(play_fn play)
{
	like_on_engines(play_on, &play);
}

/* ---- what is done in it ---- */

/* One turn of the job; when it wants to come back. */
static yh_time turn(struct scene *c)
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

struct looking {
	struct scene *c;
	struct yh_cloud_order_row *rows;
	size_t n;
	struct yh_step_row step;
	struct yh_case_row row;
	struct yh_resource_row resources[3];
	int64_t notices, leftovers;
};

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

static struct looking seen(struct scene *c)
{
	struct looking l = { .c = c };

	if (yh_exec_read(c->world.exec, look, &l, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	assert_int_equal(l.n, 3);
	return l;
}

static void all_are(const struct looking *l, const char *state)
{
	for (size_t i = 0; i < l->n; i++)
		assert_string_equal(l->rows[i].state, state);
}

/* Both books have the same: one grown, two opened, each once. */
static void is_fulfilled(struct scene *c)
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

/* Nothing of it is there, on either side. */
static void is_as_before(struct scene *c)
{
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 4000);
	assert_true(machine_of(&c->grown)->defined);
	for (size_t i = 0; i < 2; i++)
		assert_true(!machine_of(&c->fresh[i])->disk && !machine_of(&c->fresh[i])->defined);
}

static void straight(struct scene *c)
{
	struct looking l = seen(c);

	all_are(&l, "waiting");
	assert_string_equal(l.rows[0].act, "resize");
	assert_string_equal(l.rows[2].act, "open");
	assert_string_equal(l.rows[2].dims, "{\"memory_gib\":24000,\"vcpu\":12000}");
	assert_string_equal(l.rows[0].before, "{\"memory_gib\":8000,\"vcpu\":4000}");
	assert_int_equal(turn(c), 0);
	assert_int_equal(cloud->calls, 5);
	is_fulfilled(c);
	assert_int_equal(turn(c), 0); /* once more: nothing */
	assert_int_equal(cloud->calls, 5);
	is_fulfilled(c);
}

static enum yh_rc judge(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;
	const struct yh_facts_ask ask = { .cloud = c->city.cloud,
					  .last = 1000000,
					  .as_of = yh_clock_now(&c->clock) + 1 };
	struct yh_duty_fact *duties;
	struct yh_uncounted_row *rows;
	size_t n;

	WANT_OK(yh_facts_duties(tx, &ask, "provider", &c->stage.arena, &duties, &n, err));
	WANT(n == 1 && duties[0].closed_at != 0);
	WANT_OK(yh_step_uncounted(tx, 9, &c->stage.arena, &rows, &n, err));
	WANT(n == 1 && rows[0].decided);
	return YH_OK;
}

static void is_judged(struct scene *c)
{
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
	if (yh_exec_read(c->world.exec, judge, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
}

/* proves A34.1 */
static void what_the_machine_did_in_time_is_its_providers_merit(void **state)
{
	(void)state;
	on_stages(is_judged);
}

/* proves X13, A20.1 */
static void a_machine_carries_out_a_step_and_the_system_closes_it(void **state)
{
	(void)state;
	on_stages(straight);
}

/* The process is killed in a turn, as set up; false: it lived. */
static bool killed(struct scene *c, int nth)
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

/* Who was killed holds the group for a while; then it is gone on with. */
static void resume(struct scene *c)
{
	yh_time again = turn(c);

	if (again) {
		assert_true(again <= yh_clock_now(&c->clock) + 120 * YH_US_PER_S);
		go_on(c, 121);
		assert_int_equal(turn(c), 0);
	}
}

static int at_call;
static bool before_it;
static void killed_at_a_call(struct scene *c)
{
	if (before_it)
		cloud->die_before = at_call;
	else
		cloud->die_after = at_call;
	assert_true(killed(c, 0));
	resume(c);
	is_fulfilled(c);
}

static void killed_around_any_call_to_the_cloud_it_is_resumed_and_nothing_is_doubled(void **state)
{
	(void)state;
	for (at_call = 1; at_call <= 5; at_call++)
		for (int i = 0; i < 2; i++) {
			before_it = i == 0;
			if (at_call == 3)
				on_stages(killed_at_a_call);
			else
				on_a_stage(killed_at_a_call);
		}
}

static int at_statement;
static bool died;
static void killed_at_a_statement(struct scene *c)
{
	died = killed(c, at_statement);
	resume(c);
	is_fulfilled(c);
}

static void killed_at_any_statement_it_is_resumed_and_nothing_is_doubled(void **state)
{
	(void)state;
	died = true;
	for (at_statement = 1; died; at_statement += 7)
		on_a_stage(killed_at_a_statement);
	assert_true(at_statement > 50);
}

static void away(struct scene *c)
{
	yh_time again, now = yh_clock_now(&c->clock);
	struct looking l;

	cloud->fault_at = 3;
	cloud->fault = AWAY;
	again = turn(c);
	assert_true(again > now && again <= now + 60 * YH_US_PER_S);
	l = seen(c);
	assert_string_equal(l.rows[0].state, "done");
	assert_string_equal(l.rows[1].state, "doing");
	assert_string_equal(l.rows[1].at_step, "define");
	assert_string_equal(l.rows[1].slug, "cloud-unreachable");
	assert_int_equal(l.rows[1].attempts, 1);
	assert_int_equal(l.step.closed_at, 0);
	cloud->fault_at = 4;
	assert_true(turn(c) > again);
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
	assert_string_equal(seen(c).rows[1].slug, "");
}

static void a_cloud_that_is_away_is_tried_again_later_and_less_often(void **state)
{
	(void)state;
	on_stages(away);
}

static enum yh_rc retry(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor somebody = { .person = { { 7 } }, .source = "local" };
	struct scene *c = arg;
	struct yh_cloud_order_row *rows;
	struct yh_ctx cx = context(c, tx, &somebody);
	size_t n;

	WANT_OK(yh_cloud_order_group(tx, &c->step, cx.arena, &rows, &n, err));
	return yh_order_retry(&cx, &rows[0].id, err);
}

static int refused_at;
static enum fault refused_as;
static void refused(struct scene *c)
{
	struct looking l;

	cloud->fault_at = refused_at;
	cloud->fault = refused_as;
	assert_int_equal(turn(c), 0);
	is_as_before(c);
	l = seen(c);
	assert_int_equal(l.step.closed_at, 0);
	assert_string_equal(l.row.state, "open");
	assert_int_equal(l.notices, 1);
	for (size_t i = 0; i < l.n; i++) {
		bool it = i == (refused_at == 1 ? 0 : refused_at < 4 ? 1 : 2);

		assert_string_equal(l.rows[i].state, it ? "refused" : "undone");
		assert_string_equal(l.rows[i].slug, !it ? ""
						    : refused_as == FOREIGN
							    ? "cloud-machine-foreign"
							    : "cloud-refused");
	}
	assert_int_equal(turn(c), 0); /* nobody has asked again */
	is_as_before(c);
	if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	for (size_t i = 0; i < MACHINES; i++) /* made anew, once more */
		cloud->machines[i].disks_made = cloud->machines[i].defined_times = 0;
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
	assert_int_equal(yh_exec_write(c->world.exec, retry, c, &c->err), YH_CONFLICT);
	assert_string_equal(c->err.slug, "order-over");
}

static void what_a_cloud_refuses_is_taken_back_told_and_done_when_asked_again(void **state)
{
	(void)state;
	for (refused_at = 1; refused_at <= 5; refused_at++) {
		refused_as = refused_at == 2 ? FOREIGN : REFUSES;
		(refused_at == 4 ? on_stages : on_a_stage)(refused);
	}
}

static void killed_while_taking_back(struct scene *c)
{
	cloud->fault_at = 5;
	cloud->fault = REFUSES;
	if (before_it)
		cloud->die_before = at_call;
	else
		cloud->die_after = at_call;
	assert_true(killed(c, 0));
	resume(c);
	is_as_before(c);
	assert_string_equal(seen(c).rows[2].state, "refused");
	assert_string_equal(seen(c).rows[0].state, "undone");
	assert_int_equal(seen(c).notices, 1);
}

static void killed_while_taking_back_it_goes_on_taking_back(void **state)
{
	(void)state;
	for (at_call = 6; at_call <= 10; at_call++) {
		before_it = at_call % 2 == 0;
		on_a_stage(killed_while_taking_back);
	}
}

/* The second machine cannot be made, and what is there of it not taken back. */
static void stuck(struct scene *c, enum fault as)
{
	cloud->fault_at = 5;
	cloud->fault = as;
	cloud->undo_fails = true;
	cloud->stuck = c->fresh[1];
}

static void foreign_in_the_way(struct scene *c)
{
	struct looking l;

	stuck(c, FOREIGN);
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_string_equal(l.rows[2].state, "refused");
	assert_string_equal(l.rows[1].state, "undone");
	assert_string_equal(l.rows[0].state, "undone");
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 4000);
	assert_false(machine_of(&c->fresh[0])->disk);
}

static void somebody_elses_machine_in_the_way_ends_the_taking_back(void **state)
{
	(void)state;
	on_stages(foreign_in_the_way);
}

static void refused_for_good(struct scene *c)
{
	struct looking l;
	int turns = 0;

	stuck(c, REFUSES);
	while (turn(c) && ++turns < 40)
		go_on(c, 2000);
	assert_in_range(turns, 2, 20);
	l = seen(c);
	assert_string_equal(l.rows[2].state, "refused");
	assert_string_equal(l.rows[2].slug, "cloud-refused");
	assert_int_equal(l.rows[2].steps_done, 2); /* and that is what is left of it */
	assert_true(l.notices == 1 && l.leftovers == 1);
	assert_string_equal(l.rows[1].state, "undone"); /* it holds up nothing else */
	assert_false(machine_of(&c->fresh[0])->disk);
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 4000);
	assert_true(machine_of(&c->fresh[1])->disk);
}

static void refused_and_asked_again(struct scene *c)
{
	refused_for_good(c);
	cloud->undo_fails = false;
	if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	assert_int_equal(turn(c), 0);
	is_as_before(c);
	assert_int_equal(seen(c).rows[2].steps_done, 0);
}

static void
what_a_cloud_refuses_to_take_back_is_left_to_people_and_taken_back_when_asked(void **state)
{
	(void)state;
	on_stages(refused_and_asked_again);
}

/* ---- people ---- */

struct by_hand {
	struct scene *c;
	const char *outcome;
	const char *refs[3]; /* of the grown one and the two */
};

static enum yh_rc decide(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct by_hand *h = arg;
	struct scene *c = h->c;
	struct yh_grant grant = { .role = "provider",
				  .org = c->provider,
				  .org_name = "",
				  .district = "",
				  .capacity = "sign" };
	struct yh_actor actor = {
		.person = { { 7 } }, .grants = &grant, .n_grants = 1, .source = "local"
	};
	const struct yh_id *ids[] = { &c->grown, &c->fresh[0], &c->fresh[1] };
	struct yh_ctx cx = context(c, tx, &actor);
	YH_JSON_AUTO form = h->refs[0] ? json_pack("{s:[]}", "resources") : NULL;
	struct yh_decide_in in = { .case_id = c->case_id,
				   .step = "carry_out",
				   .outcome = h->outcome,
				   .reason = "",
				   .form = form,
				   .if_match = -1 };
	struct yh_case k;
	char id[YH_ID_TEXT];

	for (size_t i = 0; form && i < 3; i++)
		(void)json_array_append_new(json_object_get(form, "resources"),
					    json_pack("{s:s, s:s}", "resource",
						      yh_id_text(ids[i], id), "provider_ref",
						      h->refs[i]));
	return yh_case_decide(&cx, &in, &k, err);
}

/* While the machine is at it, from another thread of the server. */
static void decide_now(void *arg)
{
	struct by_hand *h = arg;

	yh_err_clear(&h->c->err);
	h->c->rc = yh_exec_write(h->c->world.exec, decide, h, &h->c->err);
	if (h->c->rc != YH_OK)
		fail_msg("%s %s", h->c->err.slug, h->c->err.field);
}

static void after_a_refusal(struct scene *c)
{
	struct by_hand h = { c, "done", { "m-R-1", "hand-2", "hand-3" } };
	struct looking l;

	cloud->fault_at = 4;
	cloud->fault = REFUSES;
	assert_int_equal(turn(c), 0);
	decide_now(&h);
	l = seen(c);
	all_are(&l, "done");
	assert_string_equal(l.row.state, "closed");
	assert_string_equal(l.resources[1].provider_ref, "hand-2");
	assert_int_equal(turn(c), 0);
	is_as_before(c); /* the machine has made nothing */
}

static void people_fulfil_by_hand_what_the_cloud_refused(void **state)
{
	(void)state;
	on_stages(after_a_refusal);
}

/* They name machines of their own while ours are half made: ours go. */
static void overtaken(struct scene *c)
{
	struct by_hand h = { c, "done", { "m-R-1", "hand-2", "hand-3" } };
	struct looking l;

	cloud->meanwhile = decide_now;
	cloud->meanwhile_at = 4; /* the disk of the second; the first is whole */
	cloud->arg = &h;
	/* what a machine has made cannot be named otherwise */
	cloud->fault_at = 4;
	cloud->fault = AWAY;
	h.refs[1] = "m-R-2";
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_string_equal(l.row.state, "closed");
	assert_string_equal(l.resources[1].provider_ref, "m-R-2");
	assert_string_equal(l.resources[2].provider_ref, "hand-3");
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 8000);
	assert_true(machine_of(&c->fresh[0])->defined); /* which they named */
	all_are(&l, "done"); /* in doubt whether hand-3 is ours, it stays for the comparison */
}

static void wrongly_named(struct scene *c)
{
	struct by_hand h = { c, "done", { "m-R-1", "hand-2", "hand-3" } };

	cloud->fault_at = 4;
	cloud->fault = AWAY;
	assert_true(turn(c) != 0);
	yh_err_clear(&c->err);
	assert_int_equal(yh_exec_write(c->world.exec, decide, &h, &c->err), YH_CONFLICT);
	assert_string_equal(c->err.slug, "provider-ref-changed");
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
}

static void people_who_overtake_the_machine_name_what_it_has_made(void **state)
{
	(void)state;
	on_stages(overtaken);
	on_a_stage(wrongly_named);
}

static int dropped_at;
static void dropped(struct scene *c)
{
	struct by_hand h = { .c = c, .outcome = "dropped" };
	struct looking l;

	cloud->meanwhile = decide_now;
	cloud->meanwhile_at = dropped_at;
	cloud->arg = &h;
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_string_equal(l.row.state, "closed");
	assert_string_equal(l.resources[1].state, "cancelled");
	all_are(&l, "undone");
	is_as_before(c);
}

static enum yh_rc leave_case(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor nobody = { .source = "local" };
	struct scene *c = arg;
	struct yh_ctx cx = context(c, tx, &nobody);

	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET started_by = 'watch' WHERE id = $1",
			YH_ID(&c->case_id)));
	return yh_case_drop(&cx, &c->case_id, &c->fresh[0], "", err);
}

static void leaves_now(void *arg)
{
	struct scene *c = arg;

	yh_err_clear(&c->err);
	if (yh_exec_write(c->world.exec, leave_case, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
}

/* One of the step's resources leaves the case: its order goes, the others are carried out. */
static void left_the_case(struct scene *c)
{
	struct looking l;

	cloud->meanwhile = leaves_now;
	cloud->meanwhile_at = dropped_at;
	cloud->arg = c;
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_string_equal(l.rows[1].state, "undone");
	assert_false(machine_of(&c->fresh[0])->disk || machine_of(&c->fresh[0])->defined);
	assert_string_equal(l.resources[1].state, "applied");
	assert_string_equal(l.rows[0].state, "done");
	assert_string_equal(l.rows[2].state, "done");
	assert_string_equal(l.step.outcome, "done");
	assert_true(machine_of(&c->fresh[1])->defined);
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 8000);
}

static void a_resource_that_leaves_the_case_leaves_its_step(void **state)
{
	(void)state;
	for (dropped_at = 1; dropped_at <= 5; dropped_at++)
		(dropped_at == 4 ? on_stages : on_a_stage)(left_the_case);
}

static void dropped_with_a_leftover(struct scene *c)
{
	struct by_hand h = { .c = c, .outcome = "dropped" };

	refused_for_good(c);
	decide_now(&h);
	cloud->undo_fails = false;
	assert_int_equal(turn(c), 0);
	is_as_before(c);
	all_are(&(struct looking){ .rows = seen(c).rows, .n = 3 }, "undone");
}

static void what_was_left_of_a_refusal_is_taken_back_when_its_step_is_closed(void **state)
{
	(void)state;
	on_stages(dropped_with_a_leftover);
}

static void what_is_dropped_while_the_machine_is_at_it_is_taken_back(void **state)
{
	(void)state;
	for (dropped_at = 1; dropped_at <= 5; dropped_at++)
		(dropped_at == 3 ? on_stages : on_a_stage)(dropped);
}

/* Two servers: the other begins while a call of the first is under way. */
static yh_time others_turn;
static void another_server(void *arg)
{
	others_turn = turn(arg);
}

static void two_servers(struct scene *c)
{
	cloud->meanwhile = another_server;
	cloud->meanwhile_at = 2;
	cloud->arg = c;
	assert_int_equal(turn(c), 0);
	assert_true(others_turn >
		    yh_clock_now(&c->clock)); /* it comes back, and has done nothing */
	assert_int_equal(cloud->steps, 5);
	is_fulfilled(c);
}

static void only_one_server_at_a_time_is_at_the_orders_of_a_step(void **state)
{
	(void)state;
	on_stages(two_servers);
}

/* A call that hung for longer than its hold: the other server has finished by then. */
static void hung_for_long(void *arg)
{
	struct scene *c = arg;

	go_on(c, 121);
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
}

static void returned_late(struct scene *c)
{
	cloud->meanwhile = hung_for_long;
	cloud->meanwhile_at = 2;
	cloud->arg = c;
	(void)turn(c);
	is_fulfilled(c);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(seen(c).rows[i].held_until, 0);
}

static void who_returns_after_another_has_finished_writes_nothing(void **state)
{
	(void)state;
	on_stages(returned_late);
}

/* ---- the books have moved on since it was planned ---- */

static int64_t booked_milli;
static enum yh_rc book_size(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;

	return yh_size_set(tx, &c->grown, yh_clock_now(&c->clock), &c->city.vm, booked_milli,
			   &c->city.case_id, err);
}

/* Another expansion of the same machine, done and booked meanwhile. */
static void grown_otherwise(struct scene *c, int64_t to_milli)
{
	booked_milli = to_milli;
	go_on(c, 1);
	if (yh_exec_write(c->world.exec, book_size, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	machine_of(&c->grown)->vcpu_milli = to_milli * 4;
}

static void outgrown(struct scene *c)
{
	struct looking l;

	grown_otherwise(c, 3000);
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 12000);
	assert_string_equal(l.rows[0].state, "left");
	assert_string_equal(l.rows[0].slug, "order-overtaken");
	assert_string_equal(l.rows[1].state, "done");
	assert_int_equal(l.step.closed_at, 0);
}

static void partly_grown(struct scene *c)
{
	grown_otherwise(c, 1500);
	cloud->fault_at = 2;
	cloud->fault = REFUSES;
	assert_int_equal(turn(c), 0);
	assert_int_equal(cloud->steps, 1);
	/* back to what the books have, not to what they had when it was planned */
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 6000);
}

static void an_expansion_never_makes_a_machine_smaller_than_the_books_have_it(void **state)
{
	(void)state;
	on_stages(outgrown);
	on_a_stage(partly_grown);
}

static void of_several_pieces(struct scene *c)
{
	struct looking l;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(turn(c), 0);
		l = seen(c);
		assert_string_equal(l.rows[0].state,
				    "done"); /* it was one machine, and has grown */
		assert_string_equal(l.rows[1].state, "done");
		assert_string_equal(l.rows[2].state, "left");
		assert_string_equal(l.rows[2].slug, "order-pieces");
		assert_false(machine_of(&c->fresh[1])->disk);
		assert_int_equal(l.step.closed_at, 0);
		if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
			assert_string_equal(c->err.slug, "order-over");
	}
}

/* proves X13 */
static void several_pieces_are_never_built_as_one_machine_of_that_many_times_the_size(void **state)
{
	(void)state;
	by_the_piece = true;
	on_stages(of_several_pieces);
	by_the_piece = false;
}

/* ---- orders of no step ---- */

static enum yh_rc stop_it(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor nobody = { .source = "local" };
	struct scene *c = arg;
	struct yh_ctx cx = context(c, tx, &nobody);
	struct yh_cloud_order_row *rows;
	struct yh_resource_row r;
	struct yh_case k;
	struct yh_case_cx cc = { .cx = &cx, .c = &k };
	struct yh_viewer all = { .any = true };
	struct yh_cloud_order_filter f = { .limit = 9, .resource = c->grown, .open = true };
	size_t n;

	WANT_OK(yh_case_get(&cx, &c->case_id, &k, err));
	WANT_OK(yh_resource_load(tx, &c->grown, cx.arena, &r, err));
	r.provider = c->provider;
	WANT_OK(yh_order_place(&cc, &(struct yh_order_in){ YH_CLOUD_STOP, &r }, err));
	WANT_OK(yh_cloud_order_list(tx, &all, &f, cx.arena, &rows, &n, err));
	WANT(n == 2 && yh_id_is_zero(&rows[1].step));
	c->step = rows[1].id;
	return YH_OK;
}

static enum yh_rc own_state(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;
	struct yh_cloud_order_row o;

	WANT_OK(yh_cloud_order_load(tx, &c->step, &c->stage.arena, &o, err));
	(void)snprintf(c->state, sizeof c->state, "%s", o.state);
	return YH_OK;
}

static const char *state_of(struct scene *c)
{
	assert_int_equal(yh_exec_read(c->world.exec, own_state, c, &c->err), YH_OK);
	return c->state;
}

static void on_its_own_refused(struct scene *c)
{
	if (yh_exec_write(c->world.exec, stop_it, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	cloud->fault_at = 1;
	cloud->fault = REFUSES;
	assert_int_equal(turn(c), 0);
	/* the books have it: it stays as far as it came, and waits for somebody */
	assert_string_equal(state_of(c), "refused");
	assert_true(machine_of(&c->grown)->defined);
	assert_int_equal(cloud->undone, 0);
	assert_int_equal(turn(c), 0);
	assert_int_equal(cloud->calls, 1);
}

static void on_its_own(struct scene *c)
{
	on_its_own_refused(c);
	if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	assert_int_equal(turn(c), 0);
	assert_string_equal(state_of(c), "done");
	assert_false(machine_of(&c->grown)->defined);
}

static void what_the_books_have_done_already_is_never_taken_back(void **state)
{
	(void)state;
	on_stages(on_its_own);
}

static enum yh_rc replace(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;
	struct yh_viewer all = { .any = true };
	struct yh_cloud_order_filter f = { .limit = 9, .id = c->step, .open = true };
	struct yh_move m = { .from = c->provider,
			     .case_id = c->case_id,
			     .at = yh_clock_now(&c->clock) };
	struct yh_cloud_order_row *rows;
	size_t n;

	WANT_OK(add_org(tx, &c->stage, "provider2", NULL, &m.to, err));
	WANT_OK(yh_move_provider(tx, &m, &c->city.cloud, err));
	WANT_OK(yh_cloud_order_list(tx, &all, &f, &c->stage.arena, &rows, &n, err));
	WANT(n == 1 && yh_id_eq(&rows[0].org, &m.to));
	f.resource = c->fresh[0];
	WANT_OK(yh_cloud_order_list(tx, &all, &f, &c->stage.arena, &rows, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static void replaced(struct scene *c)
{
	on_its_own_refused(c);
	if (yh_exec_write(c->world.exec, replace, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
}

static void orders_of_no_step_are_the_next_providers(void **state)
{
	(void)state;
	on_stages(replaced);
}

static void one_after_the_other(struct scene *c)
{
	const struct yh_id step_of_case = c->step;
	struct yh_id own;

	cloud->fault_at = 2;
	cloud->fault = AWAY;
	assert_true(turn(c) != 0); /* grown, and the rest is still to come */
	if (yh_exec_write(c->world.exec, stop_it, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	own = c->step;
	assert_true(turn(c) != 0);
	assert_int_equal(cloud->calls, 2);
	assert_string_equal(state_of(c), "waiting");
	assert_true(machine_of(&c->grown)->defined);
	c->step = step_of_case;
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
	c->step = own;
	assert_int_equal(turn(c), 0);
	assert_string_equal(state_of(c), "done");
	assert_false(machine_of(&c->grown)->defined);
}

static enum yh_rc destroy_in_books(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;

	return yh_exec(tx, err, "UPDATE resource SET state = 'destroyed' WHERE id = $1",
		       YH_ID(&c->grown));
}

static void stopped_too_late(struct scene *c)
{
	on_its_own_refused(c);
	assert_int_equal(yh_exec_write(c->world.exec, destroy_in_books, c, &c->err), YH_OK);
	if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	assert_int_equal(turn(c), 0);
	assert_string_equal(state_of(c), "done"); /* there is nothing to be asked of the cloud */
	assert_int_equal(cloud->calls, 1);
}

static void one_order_at_a_time_is_at_a_resource(void **state)
{
	(void)state;
	on_stages(one_after_the_other);
	on_a_stage(stopped_too_late);
}

static void is_there(struct scene *c)
{
	struct yh_arena arena;
	struct yh_fulfil_job j = { .world = &c->world, .now = yh_clock_now(&c->clock) };

	yh_arena_init(&arena, 1024 * 1024);
	j.arena = &arena;
	cloud->fault_at = 1;
	cloud->fault = AWAY;
	assert_int_equal(yh_fulfil_ping(&j, &c->err), YH_OK);
	assert_int_equal(yh_fulfil_ping(&j, &c->err), YH_OK);
	assert_int_equal(cloud->calls, 2);
	yh_arena_done(&arena);
}

static void clouds_are_asked_whether_they_are_there(void **state)
{
	(void)state;
	on_stages(is_there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_machine_did_in_time_is_its_providers_merit),
		cmocka_unit_test(orders_of_no_step_are_the_next_providers),
		cmocka_unit_test(a_machine_carries_out_a_step_and_the_system_closes_it),
		cmocka_unit_test(
			killed_around_any_call_to_the_cloud_it_is_resumed_and_nothing_is_doubled),
		cmocka_unit_test(killed_at_any_statement_it_is_resumed_and_nothing_is_doubled),
		cmocka_unit_test(a_cloud_that_is_away_is_tried_again_later_and_less_often),
		cmocka_unit_test(what_a_cloud_refuses_is_taken_back_told_and_done_when_asked_again),
		cmocka_unit_test(killed_while_taking_back_it_goes_on_taking_back),
		cmocka_unit_test(somebody_elses_machine_in_the_way_ends_the_taking_back),
		cmocka_unit_test(
			what_a_cloud_refuses_to_take_back_is_left_to_people_and_taken_back_when_asked),
		cmocka_unit_test(what_was_left_of_a_refusal_is_taken_back_when_its_step_is_closed),
		cmocka_unit_test(people_fulfil_by_hand_what_the_cloud_refused),
		cmocka_unit_test(people_who_overtake_the_machine_name_what_it_has_made),
		cmocka_unit_test(what_is_dropped_while_the_machine_is_at_it_is_taken_back),
		cmocka_unit_test(a_resource_that_leaves_the_case_leaves_its_step),
		cmocka_unit_test(only_one_server_at_a_time_is_at_the_orders_of_a_step),
		cmocka_unit_test(who_returns_after_another_has_finished_writes_nothing),
		cmocka_unit_test(what_the_books_have_done_already_is_never_taken_back),
		cmocka_unit_test(an_expansion_never_makes_a_machine_smaller_than_the_books_have_it),
		cmocka_unit_test(
			several_pieces_are_never_built_as_one_machine_of_that_many_times_the_size),
		cmocka_unit_test(one_order_at_a_time_is_at_a_resource),
		cmocka_unit_test(clouds_are_asked_whether_they_are_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
