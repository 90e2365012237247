/* yunhengd: the server. Opens the store, listens, does what time brings about, drains on SIGTERM.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/log.h"
#include "cmd/args.h"
#include "cmd/world.h"
#include "http/server.h"
#include "jobs/jobs.h"
#include "services/audit/audit.h"

static const char usage[] =
	"用法 / usage: yunhengd --data DIR [--database postgresql://…] [--listen ADDRESS:PORT]\n"
	"                [--port-file FILE] [--secure-cookie] [--trust-proxy] [--debug]\n";

struct options {
	struct yh_world_config world;
	struct yh_server_config http;
	const char *listen, *port_file;
	bool debug, no_sync;
};

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

static int serve(struct options *o, struct yh_open_world *w, struct yh_sealer *sealer)
{
	struct yh_jobs_config jobs_cfg = {
		.world = &w->world, .book = w->book, .seal = yh_sealer_step, .seal_arg = sealer
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
	if (yh_server_start(&o->http, &w->world, tables, n, w->messages, &server, &err) != YH_OK) {
		yh_jobs_stop(jobs);
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
	yh_server_stop(server);
	yh_jobs_stop(jobs);
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

int main(int argc, char **argv)
{
	struct options o = { 0 };
	const char *bad;
	const struct yh_opt table[] = { { "data", &o.world.data, NULL },
					{ "database", &o.world.database, NULL },
					{ "listen", &o.listen, NULL },
					{ "port-file", &o.port_file, NULL },
					{ "secure-cookie", NULL, &o.http.secure_cookie },
					{ "trust-proxy", NULL, &o.http.trust_proxy },
					{ "debug", NULL, &o.debug },
					{ "unsafe-no-sync", NULL, &o.world.no_sync },
					{ 0 } };
	struct yh_open_world w;
	struct yh_sealer *sealer = NULL;
	struct yh_err err = { 0 };
	char address[64];
	int status;

	if (yh_args_take(argc, argv, table, &bad) != 0 || !o.world.data ||
	    !read_listen(&o, address)) {
		(void)fputs(usage, stderr);
		return 2;
	}
	if (o.debug)
		yh_log_level(YH_DEBUG);
	block_signals();
	if (yh_world_open(&o.world, &w, &err) != YH_OK)
		return fail(&err);
	if (o.world.no_sync)
		yh_log(YH_WARN, "unsafe", "acknowledging before the sync: fault injection only");
	if (yh_sealer_open(w.world.exec, w.world.ids, o.world.data, true, &sealer, &err) == YH_OK)
		status = serve(&o, &w, sealer);
	else
		status = fail(&err);
	yh_sealer_close(sealer);
	yh_world_close(&w);
	return status;
}
