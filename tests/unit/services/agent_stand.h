/* For tests of agents through their services, on both engines: enrolment, numbers, what is noticed,
 * on a clock turned by hand. The meter is a few arrays here: what it does with samples is tested
 * elsewhere. */
#ifndef YH_TESTS_AGENT_STAND_H
#define YH_TESTS_AGENT_STAND_H

#include "../store/city.h"
#include "services/agent/enrol.h"
#include "store/person.h"

enum { MINUTE = 60, INTERVAL = 15, SILENT_AFTER = 20 };

static struct stand {
	struct yh_exec *x;
	struct yh_world world;
	struct yh_clock clock;
	struct yh_arena arena;
	struct city city;
	struct yh_id person, resource;
	char dir[64];
	struct yh_agent_sink sink;
	/* the sink's */
	bool refuse, late;
	struct yh_agent_taking *held;
	unsigned takes;
	int64_t stored_at_ms;
	double stored, up;
	int64_t up_at_ms;
	/* the agent's */
	struct yh_id agent;
	char code[YH_AGENT_CODE_TEXT];
	unsigned char secret[YH_AGENT_KEY], key[YH_AGENT_KEY];
	struct yh_agent_head head;
	struct yh_agent_batch batch;
	unsigned answers;
} st;

static inline enum yh_rc sink_take(void *self, struct yh_agent_taking *t, struct yh_err *err)
{
	(void)self;
	if (st.refuse)
		return yh_fail(err, YH_STORAGE, "meter-full");
	st.takes++;
	t->rc = YH_OK;
	if (st.late)
		st.held = t;
	else
		t->done(t);
	return YH_OK;
}

static inline enum yh_rc sink_latest(void *self, const char *metric, const char *const *nos,
				     size_t n, yh_agent_latest_fn visit, void *arg,
				     struct yh_err *err)
{
	(void)self;
	(void)nos;
	(void)n;
	(void)err;
	if (strcmp(metric, YH_AGENT_BATCH_METRIC) == 0 && st.stored > 0)
		(void)visit(arg, "R-1", st.stored_at_ms, st.stored);
	if (strcmp(metric, "resource_up") == 0 && st.up_at_ms > 0)
		(void)visit(arg, "R-1", st.up_at_ms, st.up);
	return YH_OK;
}

static inline yh_time now(void)
{
	return yh_clock_now(&st.clock);
}

static inline void pass(int64_t seconds)
{
	yh_clock_set(&st.clock, now() + seconds * YH_US_PER_S);
}

static inline enum yh_rc settle(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct stage stage = { .ids = st.world.ids };
	struct yh_person_row p = { .id = yh_id_new(st.world.ids, now()),
				   .login = "u",
				   .name = "u",
				   .secret = "",
				   .status = "active",
				   .created_at = T0,
				   .version = 1 };
	struct yh_resource_row r;

	(void)arg;
	WANT_OK(build_city(tx, &stage, &st.city, err));
	WANT_OK(yh_person_insert(tx, &p, err));
	r = a_resource(&stage, &st.city, &st.city.project, "R-1", &st.city.vm);
	r.opened_at = now();
	WANT_OK(yh_resource_insert(tx, &r, err));
	st.person = p.id;
	st.resource = r.id;
	return YH_OK;
}

static struct yh_grant grant;
static struct yh_actor actor;

static inline struct yh_ctx context(struct yh_tx *tx, const char *role, const struct yh_id *org)
{
	grant = (struct yh_grant){ .role = role, .org = *org, .capacity = "sign", .district = "" };
	actor = (struct yh_actor){
		.person = st.person, .grants = &grant, .n_grants = 1, .source = "local"
	};
	return (struct yh_ctx){
		.tx = tx, .world = &st.world, .actor = &actor, .now = now(), .arena = &st.arena
	};
}

static const struct yh_viewer anyone = { .any = true };

static inline enum yh_rc make_code(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_ctx cx = context(tx, "unit", &st.city.unit);
	yh_time expires;

	(void)arg;
	return yh_agent_make_code(&cx, &anyone, &st.resource, 24, st.code, &expires, err);
}

static inline enum yh_rc strangers_code(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_ctx cx = context(tx, "unit", &st.city.sponsor);
	yh_time expires;

	(void)arg;
	return yh_agent_make_code(&cx, &anyone, &st.resource, 24, st.code, &expires, err);
}

struct enrolling {
	char box[YH_AGENT_BOX_HEX], mac[YH_SM3_HEX], digest[YH_SM3_HEX];
	struct yh_agent_enrolment in;
	struct yh_agent_opened opened;
	struct yh_agent_enrolled e;
};

/* What yunheng-agent sends. */
static inline void prepare(struct enrolling *q)
{
	unsigned char point[YH_SM2_POINT], plain[YH_AGENT_BOX], box[(YH_AGENT_BOX_HEX - 1) / 2];
	struct yh_ctx cx = { .world = &st.world };
	struct yh_agent_self self = { .host = "h", .version = "1", .interval_s = INTERVAL };
	struct yh_agent_code code;
	struct yh_sm2 *k;
	struct yh_sm3 mac;
	size_t n = sizeof box;

	assert_int_equal(yh_agent_code_parse(st.code, &code, NULL), YH_OK);
	assert_int_equal(yh_agent_server_point(&cx, point, NULL), YH_OK);
	assert_int_equal(yh_sm2_of_point(point, &k, NULL), YH_OK);
	yh_random(st.secret, sizeof st.secret);
	memcpy(plain, st.secret, YH_AGENT_KEY);
	memcpy(plain + YH_AGENT_KEY, code.secret, YH_AGENT_BOX - YH_AGENT_KEY);
	assert_int_equal(yh_sm2_encrypt(k, plain, sizeof plain, box, &n, NULL), YH_OK);
	yh_sm2_free(k);
	self.binary = self.config = yh_sm3_of("enrolled", 8);
	mac = yh_agent_self_mac(st.secret, &self);
	(void)yh_hex(box, n, q->box);
	(void)yh_hex(mac.b, sizeof mac.b, q->mac);
	(void)yh_hex(self.binary.b, sizeof self.binary.b, q->digest);
	q->in = (struct yh_agent_enrolment){ .box = q->box,
					     .mac = q->mac,
					     .binary = q->digest,
					     .config = q->digest,
					     .host = "h",
					     .version = "1",
					     .interval_s = INTERVAL };
}

static inline enum yh_rc enrol_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct enrolling *q = arg;
	struct yh_ctx cx = context(tx, "", &st.city.sponsor);

	return yh_agent_take_enrolment(&cx, &q->opened, &q->e, err);
}

static inline enum yh_rc enrol(struct enrolling *q, struct yh_err *err)
{
	enum yh_rc rc = yh_agent_open_enrolment(&st.world, now(), &q->in, &q->opened, err);

	return rc == YH_OK ? yh_exec_write(st.x, enrol_tx, q, err) : rc;
}

static inline void enrolled(void)
{
	struct enrolling q;
	struct yh_agent_code code;
	struct yh_sm3 key, proof;
	struct yh_err err = { 0 };

	assert_int_equal(yh_exec_write(st.x, make_code, NULL, &err), YH_OK);
	prepare(&q);
	assert_int_equal(enrol(&q, &err), YH_OK);
	assert_int_equal(yh_agent_code_parse(st.code, &code, NULL), YH_OK);
	key = yh_agent_key(st.secret, code.secret, &q.e.agent, q.e.resource_no);
	proof = yh_agent_proof(key.b, &q.e.agent, q.e.resource_no);
	assert_memory_equal(&proof, &q.e.proof, sizeof proof);
	memcpy(st.key, key.b, sizeof st.key);
	st.agent = q.e.agent;
	st.head = (struct yh_agent_head){ .kind = YH_AGENT_USAGE };
	st.head.binary = st.head.config = yh_sm3_of("enrolled", 8);
	st.takes = st.answers = 0;
}

static inline void answered(struct yh_agent_batch *b)
{
	(void)b;
	st.answers++;
}

static char sent_head[YH_AGENT_HEAD_TEXT], sent_mac[YH_SM3_HEX];

static inline enum yh_rc send_body(int64_t number, const char *body)
{
	struct yh_sm3 digest = yh_sm3_of(body, strlen(body)), mac;

	st.head.number = number;
	st.head.sent_ms = st.head.sent_ms ? st.head.sent_ms : now() / 1000;
	mac = yh_agent_batch_mac(st.key, &st.agent, yh_agent_head_text(&st.head, sent_head),
				 &digest);
	(void)yh_hex(mac.b, sizeof mac.b, sent_mac);
	st.batch = (struct yh_agent_batch){ .agent = st.agent,
					    .head = sent_head,
					    .mac = sent_mac,
					    .body = body,
					    .n = strlen(body),
					    .source = "192.0.2.1",
					    .done = answered };
	yh_agents_take(st.world.agents, &st.batch);
	st.head.sent_ms = 0;
	return st.batch.rc;
}

static inline enum yh_rc send(int64_t number)
{
	char body[32];

	(void)snprintf(body, sizeof body, "body %d", (int)number);
	return send_body(number, body);
}

static inline void scan(void)
{
	struct yh_err err = { 0 };

	yh_arena_done(&st.arena);
	yh_arena_init(&st.arena, 64 * 1024 * 1024);
	assert_int_equal(yh_agents_scan(st.world.agents, now(), SILENT_AFTER, &st.arena, &err),
			 YH_OK);
}

struct counting {
	const char *kind;
	size_t n, open;
	struct yh_observation_row last;
};

static inline enum yh_rc count_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct counting *c = arg;
	struct yh_observation_filter f = { .kind = c->kind, .limit = 200 };
	struct yh_observation_row *rows;
	enum yh_rc rc = yh_observation_page(tx, &anyone, &f, &st.arena, &rows, &c->n, err);

	c->open = 0;
	for (size_t i = 0; rc == YH_OK && i < c->n; i++)
		c->open += rows[i].to_at == 0;
	if (rc == YH_OK && c->n > 0)
		c->last = rows[0];
	return rc;
}

static inline struct counting observed(const char *kind)
{
	struct counting c = { .kind = kind };
	struct yh_err err = { 0 };

	assert_int_equal(yh_agents_flush(st.world.agents, &err), YH_OK);
	assert_int_equal(yh_exec_read(st.x, count_tx, &c, &err), YH_OK);
	return c;
}

static inline void start_agents(void)
{
	struct yh_err err = { 0 };

	assert_int_equal(yh_agents_open(&st.world, st.dir, &st.sink, &st.world.agents, &err),
			 YH_OK);
}

/* As after a crash and a start: only the store and the meter remain. */
static inline void restart(int64_t stored)
{
	yh_agents_close(st.world.agents);
	st.stored = (double)stored;
	st.stored_at_ms = now() / 1000;
	start_agents();
}

static inline enum yh_rc stop_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_resource_row r;

	WANT_OK(yh_resource_load(tx, &st.resource, &st.arena, &r, err));
	(void)snprintf(r.state, sizeof r.state, "%s", (const char *)arg);
	if (strcmp(arg, "destroyed") == 0)
		r.destroyed_at = now();
	return yh_resource_update(tx, &r, err);
}

static inline void set_state(const char *state)
{
	struct yh_err err = { 0 };

	assert_int_equal(yh_exec_write(st.x, stop_tx, (void *)(uintptr_t)state, &err), YH_OK);
}

static inline enum yh_rc revoke_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_ctx cx = context(tx, "operator", &st.city.operator_);

	(void)arg;
	return yh_agent_revoke(&cx, &anyone, &st.agent, "gone", err);
}

static inline void on(void *arg, const char *database)
{
	void (*test)(void) = *(void (**)(void))arg;
	const struct yh_exec_config cfg = { .database = database };
	struct yh_err err = { 0 };

	st = (struct stand){ 0 };
	st.sink = (struct yh_agent_sink){ NULL, sink_take, sink_latest };
	(void)snprintf(st.dir, sizeof st.dir, "/tmp/yh-keys-%d", (int)getpid());
	yh_clock_manual(&st.clock, yh_day_start(20500));
	yh_arena_init(&st.arena, 64 * 1024 * 1024);
	if (yh_store_open(&cfg, true, &st.x, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	st.world = (struct yh_world){ .exec = st.x,
				      .clock = &st.clock,
				      .ids = yh_idgen_new_seeded(7) };
	if (yh_exec_write(st.x, settle, NULL, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	start_agents();
	test();
	yh_agents_close(st.world.agents);
	yh_exec_close(st.x);
	yh_idgen_free(st.world.ids);
	yh_arena_done(&st.arena);
}

static inline void clear_keys(void)
{
	char text[64];

	(void)snprintf(text, sizeof text, "rm -rf /tmp/yh-keys-%d", (int)getpid());
	assert_int_equal(system(text), 0);
}

static inline void everywhere(void **state)
{
	like_on_file(on, *state);
	clear_keys();
	like_on_postgres(on, *state);
	clear_keys();
}

#define TEST(f)                                                                                    \
	{                                                                                          \
#f, everywhere, NULL, NULL, &(void (*[1])(void))                                   \
		{                                                                                  \
			f                                                                          \
		}                                                                                  \
	}

#endif
