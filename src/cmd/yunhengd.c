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
#include "base/digest.h"
#include "base/log.h"
#include "base/ring.h"
#include "cmd/args.h"
#include "cmd/calendars.h"
#include "cmd/notify_options.h"
#include "cmd/place.h"
#include "cmd/settings.h"
#include "cmd/world.h"
#include "http/server.h"
#include "jobs/jobs.h"
#include "link/lag.h"
#include "link/link.h"
#include "meter/meter.h"
#include "services/agent/agents.h"
#include "services/agent/meter_sink.h"
#include "services/audit/audit.h"
#include "services/audit/feed.h"
#include "services/audit/refusals.h"
#include "services/backup/server.h"
#include "services/document/document.h"
#include "services/field_key/field_key.h"
#include "services/issuer/issuer.h"
#include "services/overview/pulse.h"

static enum yh_rc open_agents(const struct yh_settings *o, struct yh_open_world *w,
			      struct yh_err *err)
{
	struct yh_agent_sink sink = yh_agent_meter_sink(w->world.meter);
	char keys[4096];

	(void)snprintf(keys, sizeof keys, "%s/keys", o->world.data);
	return yh_agents_open(&w->world, keys, &sink, &w->world.agents, err);
}

static enum yh_rc open_link(const struct yh_settings *o, struct yh_open_world *w,
			    struct yh_err *err)
{
	char keys[4096];
	const struct yh_link_config cfg = { &w->world, keys, o->link_ca, o->link_cert,
					    o->link_key };

	(void)snprintf(keys, sizeof keys, "%s/keys", o->world.data);
	return yh_link_open(&cfg, &w->world.link, err);
}

static enum yh_rc open_backups(const struct yh_settings *o, struct yh_open_world *w,
			       struct yh_err *err)
{
	const struct yh_backups_config cfg = {
		.data = o->world.data,
		.dir = o->backup_dir,
		.key_file = o->backup_key,
		.hours = o->backup_hours ? (uint32_t)strtoul(o->backup_hours, NULL, 10) : 0,
		.keep = o->backup_keep ? (uint32_t)strtoul(o->backup_keep, NULL, 10) : 0,
		.copy_days = o->copy_days ? (uint32_t)strtoul(o->copy_days, NULL, 10) : 0,
		.now = yh_clock_now(w->world.clock),
	};

	return yh_backups_open(w->world.exec, &cfg, &w->world.backups, err);
}

static enum yh_rc open_issuers(const struct yh_settings *o, struct yh_open_world *w,
			       struct yh_err *err)
{
	return o->issuers
		       ? yh_issuers_open(o->issuers, o->notify.public_url, &w->world.issuers, err)
		       : YH_OK;
}

static enum yh_rc open_documents(struct yh_settings *o, struct yh_open_world *w, struct yh_err *err)
{
	enum yh_rc rc = yh_documents_open(w->world.exec, o->world.data, &w->world.documents, err);

	if (rc == YH_OK)
		rc = yh_documents_label(&w->world, yh_clock_now(w->world.clock), err);
	if (rc == YH_OK)
		o->http.spool_dir = yh_documents_incoming(w->world.documents);
	return rc;
}

/* A console that was asked for must be there; the one that comes along may be left out. */
static enum yh_rc open_console(struct yh_settings *o, struct yh_site **out, struct yh_err *err)
{
	enum yh_rc rc;

	*out = NULL;
	if (o->no_web)
		return YH_OK;
	rc = yh_site_load(o->web ? o->web : yh_web_dir(), out, err);
	if (rc == YH_NOT_FOUND && !o->web) {
		yh_err_clear(err);
		yh_log(YH_INFO, "console-none", "%s", yh_web_dir());
		rc = YH_OK;
	}
	o->http.site = *out;
	return rc;
}

static int fail(const struct yh_err *err)
{
	yh_log_err(YH_ERROR, "start-failed", err);
	return 1;
}

static void say_fault(void *arg, const struct yh_err *fault)
{
	(void)arg;
	yh_log_err(YH_ERROR, "config-wrong", fault);
}

static void say_usage(struct yh_settings *o)
{
	struct yh_setting table[YH_SETTINGS_MOST];
	size_t n = yh_settings_table(o, table);

	(void)fputs("用法 / usage: yunhengd --data DIR [OPTION…]\n", stderr);
	for (size_t i = 0; i < n; i++)
		if (table[i].zh[0])
			(void)fprintf(stderr, "  --%-20s %s / %s\n", table[i].name, table[i].zh,
				      table[i].en);
}

/* The command line, over the file that it names. False: something was wrong, and said. */
static bool read_settings(struct yh_settings *o, int argc, char **argv)
{
	struct yh_opt options[YH_SETTINGS_MOST + 1];
	const char *bad;
	int plain;

	yh_settings_options(o, options);
	plain = yh_args_take(argc, argv, options, &bad);
	if (plain == 0 && o->config) {
		if (yh_settings_read(o, o->config, false, say_fault, NULL) > 0)
			return false;
		plain = yh_args_take(argc, argv, options, &bad);
	}
	if (plain != 0 || !o->world.data) {
		say_usage(o);
		return false;
	}
	return yh_settings_check(o, false, say_fault, NULL) == 0;
}

/* One line of at least 16 characters; a weaker secret is refused rather than trusted. */
static bool read_metrics_token(struct yh_settings *o, char token[256])
{
	struct yh_err err = { 0 };
	FILE *f = o->metrics_token_file ? fopen(o->metrics_token_file, "r") : NULL;
	bool ok = f && fgets(token, 256, f);

	if (f)
		(void)fclose(f);
	if (!o->metrics_token_file)
		return true;
	token[ok ? strcspn(token, "\r\n") : 0] = 0;
	o->http.metrics_token = token;
	if (strlen(token) >= 16)
		return true;
	(void)yh_fail_field(&err, YH_BAD_INPUT, "config-value", "metrics-token-file");
	yh_err_text(&err, "name", "metrics-token-file");
	yh_err_text(&err, "wanted", "16 characters or more");
	say_fault(NULL, &err);
	return false;
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
	struct yh_field_keys_own own;
};

static enum yh_rc say_failed(enum yh_rc rc, const char *what, const struct yh_err *why)
{
	if (rc != YH_OK)
		yh_log_err(YH_ERROR, what, why);
	return rc;
}

/* None of the three waits for another: what fails is said, and tried at the next pass. */
static enum yh_rc after_pass(void *arg, yh_time now, struct yh_err *err)
{
	struct after *a = arg;
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_place_keep(a->place, now, &why);

	yh_field_keys_follow(&a->w->world, &a->own, now);
	if (rc != YH_OK)
		yh_log_err(YH_WARN, "meter-place", &why);
	if (rc == YH_CONFLICT) /* hung for long, and another server took the place */
		(void)kill(getpid(), SIGTERM);
	yh_err_clear(&why);
	(void)say_failed(yh_refusals_flush(a->w->world.refusals, &a->w->world, now, &why),
			 "refusals", &why);
	rc = yh_sealer_step(a->sealer, now, err);
	if (rc == YH_OK)
		return yh_meter_follow(&a->w->follower, now, err);
	yh_err_clear(&why);
	(void)say_failed(yh_meter_follow(&a->w->follower, now, &why), "meter-follow", &why);
	return rc;
}

/* At an orderly stop, once nobody asks any more: what was only counted goes on record, sealed. */
static void finish_record(struct after *a)
{
	yh_time now = yh_clock_now(a->w->world.clock);
	struct yh_err why = { 0 };

	if (yh_place_keep(a->place, now, &why) != YH_OK)
		return; /* another server has the place, and seals */
	if (say_failed(yh_refusals_finish(a->w->world.refusals, &a->w->world, now, &why),
		       "refusals", &why) != YH_OK)
		yh_err_clear(&why);
	(void)say_failed(yh_sealer_step(a->sealer, now, &why), "sealing", &why);
}

/* SIGHUP: what lies in files that may change while the server runs. */
static void reload(struct yh_open_world *w, struct yh_server *server)
{
	struct yh_err err = { 0 };

	yh_log(YH_INFO, "reloading", "certificate and field keys");
	yh_server_reload(server);
	if (w->ring && yh_ring_reload(w->ring, &err) != YH_OK)
		yh_log_err(YH_ERROR, "field-keys-not-reloaded", &err);
}

static unsigned number(const char *said, unsigned otherwise)
{
	return said ? (unsigned)strtoul(said, NULL, 10) : otherwise;
}

static void take_settings(struct yh_settings *o)
{
	o->http.rate_address = number(o->rate_address, 6000);
	o->http.rate_account = number(o->rate_account, 1800);
	o->http.rate_sign_in = number(o->rate_sign_in, 30);
	o->http.connections_each = number(o->connections_each, 0);
	o->http.request_deadline_s = number(o->request_deadline, 0);
	if (o->meter && strcmp(o->meter, "embedded") == 0)
		o->meter = NULL;
	if (o->debug)
		yh_log_level(YH_DEBUG);
}

static int serve(struct yh_settings *o, struct yh_open_world *w, struct yh_sealer *sealer,
		 struct yh_place *place)
{
	struct after after = { .w = w, .sealer = sealer, .place = place };
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
	if (!yh_digest_counts_shortages())
		yh_log(YH_WARN, "memory-unwatched", "OpenSSL was in use before the server began");
	if (yh_jobs_turns(jobs))
		yh_log(YH_WARN, "clock-turns", "a store for tests and demonstrations");
	if (yh_notify_start(w->world.notify, &err) != YH_OK) {
		yh_jobs_stop(jobs);
		return fail(&err);
	}
	if (yh_link_start(w->world.link, &err) != YH_OK ||
	    yh_server_start(&o->http, &w->world, tables, n, w->messages, &server, &err) != YH_OK) {
		yh_jobs_stop(jobs);
		yh_link_stop(w->world.link);
		yh_notify_stop(w->world.notify);
		return fail(&err);
	}
	yh_log(YH_INFO, "listening", "port %u", yh_server_port(server));
	if (o->port_file && !write_port(o->port_file, yh_server_port(server)))
		yh_log(YH_WARN, "port-file", "%s: %s", o->port_file, strerror(errno));
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)sigaddset(&stop, SIGHUP);
	while (sigwait(&stop, &sig) == 0 && sig == SIGHUP)
		reload(w, server);
	yh_log(YH_INFO, "stopping", "signal %d", sig);
	yh_jobs_halt(jobs);
	yh_server_stop(server);
	yh_link_stop(w->world.link);
	yh_meter_halt(w->world.meter);
	yh_jobs_stop(jobs);
	yh_notify_stop(w->world.notify);
	finish_record(&after);
	return 0;
}

static enum yh_rc open_audit_feed(const struct yh_settings *o, struct yh_open_world *w,
				  struct yh_err *err)
{
	const struct yh_audit_feed_config cfg = { .world = &w->world,
						  .url = o->audit_syslog,
						  .ca_file = o->audit_syslog_ca };

	return yh_audit_feed_start(&cfg, &w->world.audit_feed, err);
}

/* Signals are taken by one sigwait; every thread started later inherits the mask. */
static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
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
	struct yh_settings o = { .http = { .figures = yh_api_figures,
					   .labelled = yh_link_metrics } };
	struct yh_open_world w;
	struct yh_place place;
	struct yh_sealer *sealer = NULL;
	struct yh_site *site;
	struct yh_err err = { 0 };
	char address[64], token[256], keys[4096];
	int status;

	if (!read_settings(&o, argc, argv) || !read_metrics_token(&o, token)) {
		free(o.text);
		return 2;
	}
	(void)yh_settings_listen(o.listen ? o.listen : "127.0.0.1:8480", address, &o.http.port);
	o.http.address = address;
	o.world.seals = true;
	take_settings(&o);
	block_signals();
	raise_descriptors();
	if (open_console(&o, &site, &err) != YH_OK || yh_world_open(&o.world, &w, &err) != YH_OK) {
		status = fail(&err);
		yh_site_free(site);
		free(o.text);
		return status;
	}
	if (o.world.no_sync)
		yh_log(YH_WARN, "unsafe", "acknowledging before the sync: fault injection only");
	if (yh_place_take(&place, &w, &o.world, o.meter == NULL, &err) != YH_OK ||
	    yh_world_open_meter(&w, o.world.data, o.meter, o.world.no_sync, &err) != YH_OK) {
		yh_place_leave(&place);
		yh_world_close(&w);
		yh_site_free(site);
		status = fail(&err);
		free(o.text);
		return status;
	}
	(void)snprintf(keys, sizeof keys, "%s/keys", o.world.data);
	w.world.keys_dir = keys;
	w.world.pulse = yh_pulse_new();
	w.world.city = yh_city_board_new();
	w.world.refusals = yh_refusals_new();
	if (yh_world_open_clouds(&w, o.clouds, &err) == YH_OK &&
	    yh_sealer_open(w.world.exec, w.world.ids, o.world.data, true, &sealer, &err) == YH_OK &&
	    (w.world.sealer = sealer) && open_documents(&o, &w, &err) == YH_OK &&
	    open_backups(&o, &w, &err) == YH_OK && open_agents(&o, &w, &err) == YH_OK &&
	    open_link(&o, &w, &err) == YH_OK && open_issuers(&o, &w, &err) == YH_OK &&
	    open_audit_feed(&o, &w, &err) == YH_OK &&
	    yh_notify_options_open(&o.notify, &o.world, &w, &err) == YH_OK)
		status = serve(&o, &w, sealer, &place);
	else
		status = fail(&err);
	yh_audit_feed_stop(w.world.audit_feed);
	yh_notify_close(w.world.notify);
	yh_link_close(w.world.link);
	yh_issuers_close(w.world.issuers);
	yh_agents_close(w.world.agents);
	yh_backups_close(w.world.backups);
	yh_documents_close(w.world.documents);
	yh_sealer_close(sealer);
	yh_pulse_free(w.world.pulse);
	yh_city_board_free(w.world.city);
	yh_refusals_free(w.world.refusals);
	yh_place_leave(&place);
	yh_world_close(&w);
	yh_site_free(site);
	free(o.text);
	return status;
}
