/* What a batch of an agent costs the server, with a whole city's agents in the roster:
 * agents N [ROUNDS]. Prints CPU microseconds: of the roster's load, of a batch by the service
 * alone, of a batch through HTTP with a connection each, and of the scheduler's pass. The meter's
 * own share is not in it. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api.h"
#include "http/server.h"
#include "services/agent/enrol.h"
#include "services/agent/internal.h"
#include "../unit/store/city.h"
#include "store/person.h"

enum { BODY = 900 };

static struct {
	struct yh_exec *x;
	struct yh_world world;
	struct yh_clock clock;
	struct city city;
	struct yh_id *ids, person;
	size_t n, done;
	char (*heads)[YH_AGENT_HEAD_TEXT], (*macs)[YH_SM3_HEX];
	unsigned char body[BODY], key[YH_AGENT_KEY];
	struct yh_sealing sealing;
	char dir[64];
	uint16_t port;
} b;

static double cpu_us(int who)
{
	struct rusage u;

	(void)getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void must(enum yh_rc rc, const struct yh_err *err)
{
	if (rc == YH_OK)
		return;
	(void)fprintf(stderr, "%s %s\n", err->slug, err->field);
	exit(1);
}

static enum yh_rc sink_take(void *self, struct yh_agent_taking *t, struct yh_err *err)
{
	(void)self;
	(void)err;
	t->rc = YH_OK;
	t->done(t);
	return YH_OK;
}

static enum yh_rc sink_latest(void *self, const char *metric, const char *const *nos, size_t n,
			      yh_agent_latest_fn visit, void *arg, struct yh_err *err)
{
	(void)self;
	(void)metric;
	(void)nos;
	(void)n;
	(void)visit;
	(void)arg;
	(void)err;
	return YH_OK;
}

static enum yh_rc settle(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct stage stage = { .ids = b.world.ids };
	struct yh_person_row p = { .id = yh_id_new(b.world.ids, T0),
				   .login = "u",
				   .name = "u",
				   .secret = "",
				   .status = "active",
				   .version = 1 };

	(void)arg;
	b.person = p.id;
	WANT_OK(build_city(tx, &stage, &b.city, err));
	return yh_person_insert(tx, &p, err);
}

static enum yh_rc add_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	size_t from = *(size_t *)arg, to = from + 10000 < b.n ? from + 10000 : b.n;
	struct stage stage = { .ids = b.world.ids };

	for (size_t i = from; i < to; i++) {
		char no[40];
		struct yh_resource_row r;
		struct yh_agent_row a = { .interval_s = 15,
					  .enrolled_at = yh_clock_now(&b.clock) - YH_US_PER_DAY,
					  .enrolled_by = b.person,
					  .secret_n = YH_AGENT_KEY + YH_SEAL_EXTRA };

		(void)snprintf(no, sizeof no, "R-%zu", i);
		r = a_resource(&stage, &b.city, &b.city.project, no, &b.city.vm);
		WANT_OK(yh_resource_insert(tx, &r, err));
		a.id = b.ids[i] = yh_id_new(b.world.ids, a.enrolled_at);
		a.resource = r.id;
		WANT_OK(yh_seal(&b.sealing, a.id.b, sizeof a.id.b, b.key, sizeof b.key, a.secret,
				err));
		WANT_OK(yh_agent_insert(tx, &a, err));
	}
	return YH_OK;
}

static void sign(int64_t number)
{
	struct yh_sm3 body = yh_sm3_of(b.body, sizeof b.body), mac;
	struct yh_agent_head h = { .number = number, .kind = YH_AGENT_USAGE };

	for (size_t i = 0; i < b.n; i++) {
		h.sent_ms = yh_clock_now(&b.clock) / 1000;
		mac = yh_agent_batch_mac(b.key, &b.ids[i], yh_agent_head_text(&h, b.heads[i]),
					 &body);
		(void)yh_hex(mac.b, sizeof mac.b, b.macs[i]);
	}
}

static void answered(struct yh_agent_batch *batch)
{
	b.done += batch->rc == YH_OK && !batch->answer.behind;
}

static void measure_service(int64_t number)
{
	double before;

	sign(number);
	b.done = 0;
	before = cpu_us(RUSAGE_SELF);
	for (size_t i = 0; i < b.n; i++) {
		struct yh_agent_batch batch = { .agent = b.ids[i],
						.head = b.heads[i],
						.mac = b.macs[i],
						.body = b.body,
						.n = sizeof b.body,
						.source = "192.0.2.1",
						.done = answered };

		yh_agents_take(b.world.agents, &batch);
	}
	(void)printf("service: %.2f us a batch (%zu of %zu done)\n",
		     (cpu_us(RUSAGE_SELF) - before) / (double)b.n, b.done, b.n);
}

static bool post(size_t i)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(b.port),
				 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	char head[1024], id[YH_ID_TEXT], reply[2048];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n = snprintf(
		head, sizeof head,
		"POST /api/v1/agents/%s/batches HTTP/1.1\r\nHost: x\r\nContent-Type: "
		"application/x-protobuf\r\nContent-Encoding: snappy\r\n" YH_AGENT_HEAD_HEADER
		": %s\r\n" YH_AGENT_MAC_HEADER ": %s\r\n"
		"Connection: close\r\nContent-Length: %d\r\n\r\n",
		yh_id_text(&b.ids[i], id), b.heads[i], b.macs[i], BODY);
	bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
		  send(fd, head, (size_t)n, MSG_NOSIGNAL | MSG_MORE) == n &&
		  send(fd, b.body, BODY, MSG_NOSIGNAL) == BODY;
	ssize_t got = ok ? recv(fd, reply, sizeof reply - 1, 0) : -1;

	(void)close(fd);
	if (got <= 0)
		return false;
	reply[got] = 0;
	return strstr(reply, " 200 ") != NULL;
}

static void *posts(void *arg)
{
	double before = cpu_us(RUSAGE_THREAD);
	size_t from = (size_t)(uintptr_t)arg, ok = 0;

	for (size_t i = from; i < b.n; i += 4)
		ok += post(i);
	(void)__atomic_add_fetch(&b.done, ok, __ATOMIC_RELAXED);
	return (void *)(uintptr_t)(cpu_us(RUSAGE_THREAD) - before);
}

static void measure_http(int64_t number)
{
	static const struct yh_op_table *const tables[] = { &yh_ops_agent };
	struct yh_messages *messages = yh_messages_new();
	struct yh_server *s;
	struct yh_err err = { 0 };
	pthread_t threads[4];
	double before, clients = 0;

	sign(number);
	must(yh_server_start(&(struct yh_server_config){ 0 }, &b.world, tables, 1, messages, &s,
			     &err),
	     &err);
	b.port = yh_server_port(s);
	b.done = 0;
	before = cpu_us(RUSAGE_SELF);
	for (size_t i = 0; i < 4; i++)
		(void)pthread_create(&threads[i], NULL, posts, (void *)(uintptr_t)i);
	for (size_t i = 0; i < 4; i++) {
		void *own;

		(void)pthread_join(threads[i], &own);
		clients += (double)(uintptr_t)own;
	}
	(void)printf("http:    %.2f us a batch without the client's %.2f (%zu of %zu done)\n",
		     (cpu_us(RUSAGE_SELF) - before - clients) / (double)b.n, clients / (double)b.n,
		     b.done, b.n);
	yh_server_stop(s);
	yh_messages_free(messages);
}

static void measure_scan(const char *what)
{
	struct yh_err err = { 0 };
	struct yh_arena arena;
	double before = cpu_us(RUSAGE_SELF);

	yh_arena_init(&arena, 64 * 1024 * 1024);
	must(yh_agents_scan(b.world.agents, yh_clock_now(&b.clock), 20, &arena, &err), &err);
	yh_arena_done(&arena);
	(void)printf("scan:    %.0f us (%s)\n", cpu_us(RUSAGE_SELF) - before, what);
}

int main(int argc, char **argv)
{
	const struct yh_agent_sink sink = { NULL, sink_take, sink_latest };
	char url[128], keys[96];
	struct yh_err err = { 0 };
	double before;

	b.n = argc > 1 ? (size_t)atol(argv[1]) : 100000;
	b.ids = calloc(b.n, sizeof *b.ids);
	b.heads = calloc(b.n, sizeof *b.heads);
	b.macs = calloc(b.n, sizeof *b.macs);
	(void)snprintf(b.dir, sizeof b.dir, "/tmp/yh-bench-XXXXXX");
	if (!b.ids || !b.heads || !b.macs || !mkdtemp(b.dir))
		return 1;
	(void)snprintf(url, sizeof url, "sqlite:%s/yunheng.db", b.dir);
	(void)snprintf(keys, sizeof keys, "%s/keys", b.dir);
	yh_clock_real(&b.clock);
	must(yh_store_open(&(struct yh_exec_config){ .database = url }, true, &b.x, &err), &err);
	b.world = (struct yh_world){ .exec = b.x, .clock = &b.clock, .ids = yh_idgen_new() };
	must(yh_exec_write(b.x, settle, NULL, &err), &err);
	must(yh_agents_open(&b.world, keys, &sink, &b.world.agents, &err), &err);
	b.sealing = b.world.agents->sealing;
	for (size_t i = 0; i < b.n; i += 10000)
		must(yh_exec_write(b.x, add_some, &i, &err), &err);
	yh_agents_close(b.world.agents);
	before = cpu_us(RUSAGE_SELF);
	must(yh_agents_open(&b.world, keys, &sink, &b.world.agents, &err), &err);
	(void)printf("load:    %.2f us an agent, %zu agents\n",
		     (cpu_us(RUSAGE_SELF) - before) / (double)b.n, b.n);
	measure_service(1);
	measure_service(2);
	measure_http(3);
	measure_scan("the first");
	measure_scan("nothing to notice");
	yh_agents_close(b.world.agents);
	yh_exec_close(b.x);
	yh_idgen_free(b.world.ids);
	(void)snprintf(url, sizeof url, "rm -r %s", b.dir);
	return system(url);
}
