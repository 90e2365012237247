/* Monitoring agents of the simulated city (Art. 25), enrolled and heard of at the end of its time,
 * by the protocol that real ones speak. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/encode.h"
#include "agent/protocol.h"
#include "services/agent/agents.h"
#include "services/agent/enrol.h"
#include "services/project/project.h"
#include "sim/city.h"
#include "sim/words.h"
#include "store/watch.h"

enum {
	AGENTS_MAX = 160,
	PAGE = 500,
	CODE_HOURS = 24,
	INTERVAL_S = 900,
	BATCHES = 2, /* of each: it started, and went on */
	BOX_BYTES = (YH_AGENT_BOX_HEX - 1) / 2
};

/* A machine with its agent, as it knows itself. */
struct machine {
	char no[40];
	struct yh_id resource, unit, agent;
	struct yh_sm3 key;
	double cores;
};

struct rollout {
	struct sim *s;
	struct machine list[AGENTS_MAX];
	size_t n, at;
	struct yh_agent_opened opened;
	char code[YH_AGENT_CODE_TEXT];
	unsigned char point[YH_SM2_POINT];
	struct yh_rw rw;
	unsigned char packed[YH_RW_PACKED];
};

/* Two in three of what runs, and can carry one. */
static enum yh_rc read_machines(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct rollout *r = arg;
	struct yh_viewer any = { .any = true, .today = yh_ctx_today(cx) };
	struct yh_subject_filter f = {
		.cloud = r->s->clouds[0], .at = cx->now, .after = "", .limit = PAGE
	};
	struct yh_subject_row *list;
	size_t n = PAGE;
	enum yh_rc rc = YH_OK;

	for (r->n = 0; rc == YH_OK && n == PAGE && r->n < AGENTS_MAX; f.after = list[n - 1].no) {
		rc = yh_subject_page(cx->tx, &any, &f, cx->arena, &list, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n && r->n < AGENTS_MAX; i++) {
			struct machine *m = &r->list[r->n];
			uint64_t key = 0;

			for (const char *p = list[i].no; *p; p++)
				key = (key ^ (unsigned char)*p) * 1099511628211u;
			if (!list[i].opened_at || list[i].stopped ||
			    sim_draw(r->s, "has an agent", key, 3) == 0)
				continue;
			*m = (struct machine){ .resource = list[i].id, .unit = list[i].unit };
			memcpy(m->no, list[i].no, sizeof m->no);
			rc = sim_cores(cx, &list[i].item, &m->cores, err);
			r->n += m->cores > 0;
		}
		if (n == 0)
			break;
	}
	return rc;
}

static enum yh_rc make_code(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct rollout *r = arg;
	struct yh_viewer who = yh_viewer_of(cx, "own");
	yh_time until;
	enum yh_rc rc = yh_agent_make_code(cx, &who, &r->list[r->at].resource, CODE_HOURS, r->code,
					   &until, err);

	return rc == YH_OK ? yh_agent_server_point(cx, r->point, err) : rc;
}

static struct yh_agent_self self_of(const struct machine *m)
{
	struct yh_agent_self self = { .version = YH_VERSION,
				      .binary = yh_sm3_of("yunheng-agent", 13),
				      .config = yh_sm3_of("agent.conf", 10),
				      .interval_s = INTERVAL_S };

	(void)snprintf(self.host, sizeof self.host, "vm-%s", m->no);
	return self;
}

/* The machine's side: a secret of its own in a box that only the server opens. */
static enum yh_rc open_box(struct rollout *r, unsigned char secret[YH_AGENT_KEY],
			   struct yh_err *err)
{
	const struct yh_agent_self self = self_of(&r->list[r->at]);
	char box_hex[YH_AGENT_BOX_HEX], mac[YH_SM3_HEX], binary[YH_SM3_HEX], config[YH_SM3_HEX];
	unsigned char plain[YH_AGENT_BOX], box[BOX_BYTES];
	struct yh_agent_code code;
	struct yh_sm2 *key = NULL;
	size_t n = sizeof box;
	struct yh_sm3 m;
	enum yh_rc rc = yh_agent_code_parse(r->code, &code, err);

	yh_random(secret, YH_AGENT_KEY);
	memcpy(plain, secret, YH_AGENT_KEY);
	memcpy(plain + YH_AGENT_KEY, code.secret, YH_AGENT_BOX - YH_AGENT_KEY);
	if (rc == YH_OK)
		rc = yh_sm2_of_point(r->point, &key, err);
	if (rc == YH_OK)
		rc = yh_sm2_encrypt(key, plain, sizeof plain, box, &n, err);
	yh_sm2_free(key);
	if (rc != YH_OK)
		return rc;
	m = yh_agent_self_mac(secret, &self);
	return yh_agent_open_enrolment(
		r->s->cfg->world, r->s->now,
		&(struct yh_agent_enrolment){
			.box = yh_hex(box, n, box_hex),
			.mac = yh_hex(m.b, sizeof m.b, mac),
			.binary = yh_hex(self.binary.b, sizeof self.binary.b, binary),
			.config = yh_hex(self.config.b, sizeof self.config.b, config),
			.host = self.host,
			.version = self.version,
			.interval_s = self.interval_s },
		&r->opened, err);
}

static enum yh_rc enter(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct rollout *r = arg;
	struct machine *m = &r->list[r->at];
	struct yh_agent_enrolled done;
	enum yh_rc rc = yh_agent_take_enrolment(cx, &r->opened, &done, err);

	m->agent = done.agent;
	return rc;
}

static enum yh_rc enrol(struct rollout *r, struct yh_err *err)
{
	struct machine *m = &r->list[r->at];
	const struct sim_person *who = sim_person_of(r->s, &m->unit);
	unsigned char secret[YH_AGENT_KEY];
	struct yh_agent_code code;
	enum yh_rc rc = sim_do_now(r->s, who, make_code, r, err);

	if (rc == YH_OK)
		rc = open_box(r, secret, err);
	if (rc == YH_OK)
		rc = sim_do_now(r->s, NULL, enter, r, err);
	if (rc == YH_OK)
		rc = yh_agent_code_parse(r->code, &code, err);
	if (rc == YH_OK)
		m->key = yh_agent_key(secret, code.secret, &m->agent, m->no);
	return rc;
}

/* ---- batches ---- */

struct waiting {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
};

static void wake(struct yh_agent_batch *b)
{
	struct waiting *w = b->arg;

	(void)pthread_mutex_lock(&w->lock);
	w->done = true;
	(void)pthread_cond_signal(&w->cond);
	(void)pthread_mutex_unlock(&w->lock);
}

static enum yh_rc take(struct rollout *r, struct yh_agent_batch *b, struct yh_err *err)
{
	struct waiting w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };

	b->done = wake;
	b->arg = &w;
	yh_agents_take(r->s->cfg->world->agents, b);
	(void)pthread_mutex_lock(&w.lock);
	while (!w.done)
		(void)pthread_cond_wait(&w.cond, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
	if (b->rc != YH_OK && err)
		*err = b->err;
	return b->rc;
}

static size_t fill(struct rollout *r, const struct machine *m, int64_t number)
{
	double load =
		sim_draw(r->s, "agent load", (uint64_t)r->at * 8 + (uint64_t)number, 400) / 1000.0;

	yh_rw_begin(&r->rw, r->s->now / 1000);
	yh_rw_add(&r->rw, "resource_cpu_cores", NULL, NULL, m->cores);
	yh_rw_add(&r->rw, "resource_cpu_usage_ratio", NULL, NULL, 0.02 + load);
	yh_rw_add(&r->rw, "resource_load1", NULL, NULL, load * m->cores);
	yh_rw_add(&r->rw, YH_AGENT_BATCH_METRIC, NULL, NULL, (double)number);
	yh_rw_add(&r->rw, "yunheng_agent_build_info", "version", YH_VERSION, 1);
	return yh_rw_pack(&r->rw, r->packed);
}

/* On one machine in twenty the program has become another one since. */
static enum yh_rc send_batch(struct rollout *r, int64_t number, struct yh_err *err)
{
	const struct machine *m = &r->list[r->at];
	const struct yh_agent_self self = self_of(m);
	struct yh_agent_head head = { .number = number,
				      .sent_ms = r->s->now / 1000,
				      .kind = number == 1 ? YH_AGENT_START : YH_AGENT_USAGE,
				      .binary = self.binary,
				      .config = self.config };
	char text[YH_AGENT_HEAD_TEXT], mac[YH_SM3_HEX];
	struct yh_agent_batch b = { .agent = m->agent,
				    .head = text,
				    .mac = mac,
				    .body = r->packed,
				    .source = "simulation" };
	struct yh_sm3 digest, sum;

	if (number > 1 && r->at % 20 == 3)
		head.binary = yh_sm3_of("another program", 15);
	b.n = fill(r, m, number);
	digest = yh_sm3_of(r->packed, b.n);
	(void)yh_agent_head_text(&head, text);
	sum = yh_agent_batch_mac(m->key.b, &m->agent, text, &digest);
	(void)yh_hex(sum.b, sizeof sum.b, mac);
	return take(r, &b, err);
}

enum yh_rc sim_enrol_agents(struct sim *s, struct yh_err *err)
{
	struct rollout *r = s->cfg->world->agents ? calloc(1, sizeof *r) : NULL;
	yh_time end = s->now;
	enum yh_rc rc;

	if (!s->cfg->world->agents)
		return YH_OK;
	if (!r)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	r->s = s;
	rc = sim_look(s, NULL, read_machines, r, err);
	sim_go_on(s, -BATCHES * INTERVAL_S);
	for (r->at = 0; rc == YH_OK && r->at < r->n; r->at++)
		rc = enrol(r, err);
	for (int64_t number = 1; number <= BATCHES; number++) {
		sim_go_on(s, INTERVAL_S - 60);
		for (r->at = 0; rc == YH_OK && r->at < r->n; r->at++)
			rc = send_batch(r, number, err);
	}
	if (rc == YH_OK)
		rc = yh_agents_flush(s->cfg->world->agents, err);
	sim_go_on(s, (end - s->now) / YH_US_PER_S);
	explicit_bzero(r, sizeof *r);
	free(r);
	return rc;
}
