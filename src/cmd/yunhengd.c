/* yunhengd: the server. Opens the store, listens, does what time brings about, drains on SIGTERM.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/api.h"
#include "base/log.h"
#include "cmd/args.h"
#include "cmd/notify_options.h"
#include "cmd/place.h"
#include "cmd/world.h"
#include "http/server.h"
#include "jobs/jobs.h"
#include "services/agent/agents.h"
#include "services/agent/meter_sink.h"
#include "services/audit/audit.h"

static const char usage[] =
	"用法 / usage: yunhengd --data DIR [--database postgresql://…] [--listen ADDRESS:PORT]\n"
	"                [--meter embedded|http://…] [--port-file FILE] [--secure-cookie]\n"
	"                [--trust-proxy] [--metrics-token-file FILE] [--debug]\n" YH_NOTIFY_USAGE;

struct options {
	struct yh_world_config world;
	struct yh_server_config http;
	struct yh_notify_options notify;
	const char *listen, *port_file, *metrics_token_file, *meter; /* NULL: embedded */
	bool debug, no_sync;
};

static enum yh_rc open_agents(const struct options *o, struct yh_open_world *w, struct yh_err *err)
{
	struct yh_agent_sink sink = yh_agent_meter_sink(w->world.meter);
	char keys[4096];

	(void)snprintf(keys, sizeof keys, "%s/keys", o->world.data);
	return yh_agents_open(&w->world, keys, &sink, &w->world.agents, err);
}

static int fail(const struct yh_err *err)
{
	yh_log_err(YH_ERROR, "start-failed", err);
	return 1;
}

/* "127.0.0.1:8480"; the address may be left out. */
static bool read_listen(struct options *o, char address[64])
{
	const char *colon = o->listen ? strrchr(o->listen, ':') : NULL;
	char *end;
	long port;

	if (!o->listen) {
		o->http.port = 8480;
		return true;
	}
	if (!colon || colon - o->listen >= 64)
		return false;
	(void)snprintf(address, 64, "%.*s", (int)(colon - o->listen), o->listen);
	port = strtol(colon + 1, &end, 10);
	if (*end || end == colon + 1 || port < 0 || port > 65535)
		return false;
	o->http.address = address[0] ? address : NULL;
	o->http.port = (uint16_t)port;
	return true;
}

/* One line of at least 16 characters; a weaker secret is refused rather than trusted. */
static bool read_metrics_token(struct options *o, char token[256])
{
	FILE *f = o->metrics_token_file ? fopen(o->metrics_token_file, "r") : NULL;
	bool ok = f && fgets(token, 256, f);

	if (f)
		(void)fclose(f);
	if (!ok)
		return !o->metrics_token_file;
	token[strcspn(token, "\r\n")] = 0;
	o->http.metrics_token = token;
	return strlen(token) >= 16;
}

static bool write_port(const char *path, uint16_t port)
{
	char part[4096];
	FILE *f;

	(void)snprintf(part, sizeof part, "%s.part", path);
	f = fopen(part, "w");
	if (!f)
		return false;
	(void)fprintf(f, "%u\n", port);
	return fclose(f) == 0 && rename(part, path) == 0;
}

/* What follows each pass of the scheduler: the record is sealed, and the meter told of it. */
struct after {
	struct yh_open_world *w;
	struct yh_sealer *sealer;
	struct yh_place *place;
};

static enum yh_rc after_pass(void *arg, yh_time now, struct yh_err *err)
{
	struct after *a = arg;
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_place_keep(a->place, now, &why);

	if (rc != YH_OK)
		yh_log_err(YH_WARN, "meter-place", &why);
	if (rc == YH_CONFLICT) /* hung for long, and another server took the place */
		(void)kill(getpid(), SIGTERM);
	rc = yh_sealer_step(a->sealer, now, err);
	return rc == YH_OK ? yh_meter_follow(&a->w->follower, now, err) : rc;
}

static int serve(struct options *o, struct yh_open_world *w, struct yh_sealer *sealer,
		 struct yh_place *place)
{
	struct after after = { w, sealer, place };
	struct yh_jobs_config jobs_cfg = {
		.world = &w->world, .book = w->book, .seal = after_pass, .seal_arg = &after
	};
	const struct yh_op_table *const *tables;
	struct yh_server *server;
	struct yh_jobs *jobs;
	struct yh_err err = { 0 };
	sigset_t stop;
	size_t n;
	int sig;

	tables = yh_api_tables(&n);
	if (yh_jobs_start(&jobs_cfg, &jobs, &err) != YH_OK)
		return fail(&err);
	w->world.jobs = jobs;
	if (yh_jobs_turns(jobs))
		yh_log(YH_WARN, "clock-turns", "a store for tests and demonstrations");
	if (yh_notify_start(w->world.notify, &err) != YH_OK) {
		yh_jobs_stop(jobs);
		return fail(&err);
	}
	if (yh_server_start(&o->http, &w->world, tables, n, w->messages, &server, &err) != YH_OK) {
		yh_jobs_stop(jobs);
		yh_notify_stop(w->world.notify);
		return fail(&err);
	}
	yh_log(YH_INFO, "listening", "port %u", yh_server_port(server));
	if (o->port_file && !write_port(o->port_file, yh_server_port(server)))
		yh_log(YH_WARN, "port-file", "%s: %s", o->port_file, strerror(errno));
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)sigwait(&stop, &sig);
	yh_log(YH_INFO, "stopping", "signal %d", sig);
	yh_jobs_halt(jobs);
	yh_server_stop(server);
	yh_jobs_stop(jobs);
	yh_notify_stop(w->world.notify);
	return 0;
}

/* Signals are taken by one sigwait; every thread started later inherits the mask. */
static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a write past the limit fails like a full disk */
}

/* A console that watches keeps its connection: the usual 1024 are soon used up. */
static void raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur == r.rlim_max)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

int main(int argc, char **argv)
{
	struct options o = { .http.figures = yh_api_figures };
	const char *bad;
	const struct yh_opt table[] = { { "data", &o.world.data, NULL },
					{ "database", &o.world.database, NULL },
					{ "listen", &o.listen, NULL },
					{ "port-file", &o.port_file, NULL },
					{ "metrics-token-file", &o.metrics_token_file, NULL },
					{ "meter", &o.meter, NULL },
					{ "secure-cookie", NULL, &o.http.secure_cookie },
					{ "trust-proxy", NULL, &o.http.trust_proxy },
					YH_NOTIFY_OPTS(&o.notify),
					{ "debug", NULL, &o.debug },
					{ "unsafe-no-sync", NULL, &o.world.no_sync },
					{ 0 } };
	struct yh_open_world w;
	struct yh_place place;
	struct yh_sealer *sealer = NULL;
	struct yh_err err = { 0 };
	char address[64], token[256];
	int status;

	if (yh_args_take(argc, argv, table, &bad) != 0 || !o.world.data ||
	    !read_listen(&o, address) || !read_metrics_token(&o, token)) {
		(void)fputs(usage, stderr);
		return 2;
	}
	if (o.meter && strcmp(o.meter, "embedded") == 0)
		o.meter = NULL;
	if (o.debug)
		yh_log_level(YH_DEBUG);
	block_signals();
	raise_descriptors();
	if (yh_world_open(&o.world, &w, &err) != YH_OK)
		return fail(&err);
	if (o.world.no_sync)
		yh_log(YH_WARN, "unsafe", "acknowledging before the sync: fault injection only");
	if (yh_place_take(&place, &w, &o.world, o.meter == NULL, &err) != YH_OK ||
	    yh_world_open_meter(&w, o.world.data, o.meter, o.world.no_sync, &err) != YH_OK) {
		yh_place_leave(&place);
		yh_world_close(&w);
		return fail(&err);
	}
	if (yh_sealer_open(w.world.exec, w.world.ids, o.world.data, true, &sealer, &err) == YH_OK &&
	    (w.world.sealer = sealer) && open_agents(&o, &w, &err) == YH_OK &&
	    yh_notify_options_open(&o.notify, &o.world, &w, &err) == YH_OK)
		status = serve(&o, &w, sealer, &place);
	else
		status = fail(&err);
	yh_notify_close(w.world.notify);
	yh_agents_close(w.world.agents);
	yh_sealer_close(sealer);
	yh_place_leave(&place);
	yh_world_close(&w);
	return status;
}
