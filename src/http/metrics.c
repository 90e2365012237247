/* GET /metrics: the server's own figures for Prometheus, each described in docs/metrics.zh-CN.md.
 *
 * They tell no names and no secrets, yet how busy a city's cloud is concerns nobody else: they are
 * for the machine itself, and for who has the token of the configuration. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/internal.h"
#include "meter/meter.h"

static const char *const lane_names[LANES] = {
	[LANE_JSON] = "json", [LANE_RAW] = "raw", [LANE_ASIDE] = "aside", [LANE_LIST] = "list"
};
/* Upper bounds of the histogram in microseconds. */
static const int64_t bounds_us[YH_LATENCY_BOUNDS] = { 1000,   2500,    5000,    10000,
						      25000,  50000,   100000,  250000,
						      500000, 1000000, 2500000, 10000000 };

void yh_http_observe(const struct call *c)
{
	struct latency *l = &c->srv->latency[yh_lane_of(c)];
	int64_t took_us = yh_monotonic_us() - c->begun_us;
	size_t i = 0;

	while (i < YH_LATENCY_BOUNDS && took_us > bounds_us[i])
		i++;
	atomic_fetch_add(&l->n[i], 1);
	atomic_fetch_add(&l->sum_us, (uint64_t)took_us);
}

static void figure(struct yh_buf *b, const char *name, const char *type, uint64_t v)
{
	yh_buf_printf(b, "# TYPE %s %s\n%s %" PRIu64 "\n", name, type, name, v);
}

static void write_latency(struct yh_buf *b, struct yh_server *s)
{
	static const char name[] = "yunheng_http_request_duration_seconds";

	yh_buf_printf(b, "# TYPE %s histogram\n", name);
	for (unsigned lane = 0; lane < LANES; lane++) {
		struct latency *l = &s->latency[lane];
		uint64_t sum = 0;

		for (size_t i = 0; i <= YH_LATENCY_BOUNDS; i++) {
			char le[24] = "+Inf";

			sum += atomic_load(&l->n[i]);
			if (i < YH_LATENCY_BOUNDS)
				(void)snprintf(le, sizeof le, "%g", (double)bounds_us[i] / 1e6);
			yh_buf_printf(b, "%s_bucket{kind=\"%s\",le=\"%s\"} %" PRIu64 "\n", name,
				      lane_names[lane], le, sum);
		}
		yh_buf_printf(b, "%s_sum{kind=\"%s\"} %.6f\n", name, lane_names[lane],
			      (double)atomic_load(&l->sum_us) / 1e6);
		yh_buf_printf(b, "%s_count{kind=\"%s\"} %" PRIu64 "\n", name, lane_names[lane],
			      sum);
	}
}

static void write_http(struct yh_buf *b, struct yh_server *s)
{
	unsigned queued[LANES], running;

	(void)pthread_mutex_lock(&s->lock);
	running = s->running;
	for (unsigned i = 0; i < LANES; i++)
		queued[i] = s->lanes[i].queued;
	(void)pthread_mutex_unlock(&s->lock);
	yh_buf_str(b, "# TYPE yunheng_http_replies_total counter\n");
	for (unsigned i = 2; i <= 5; i++)
		yh_buf_printf(b, "yunheng_http_replies_total{class=\"%uxx\"} %" PRIu64 "\n", i,
			      atomic_load(&s->replies[i]));
	figure(b, "yunheng_http_replies_abandoned_total", "counter", atomic_load(&s->abandoned.n));
	figure(b, "yunheng_http_limited_total", "counter", atomic_load(&s->door.limited));
	figure(b, "yunheng_http_connections_refused_total", "counter",
	       atomic_load(&s->door.refused_connections));
	if (s->door.tls)
		figure(b, "yunheng_tls_certificate_end_timestamp_seconds", "gauge",
		       (uint64_t)(yh_tls_expires(s->door.tls) / YH_US_PER_S));
	figure(b, "yunheng_http_requests_running", "gauge", running);
	yh_buf_str(b, "# TYPE yunheng_http_requests_waiting gauge\n");
	for (unsigned i = 0; i < LANES; i++)
		yh_buf_printf(b, "yunheng_http_requests_waiting{kind=\"%s\"} %u\n", lane_names[i],
			      queued[i]);
	write_latency(b, s);
}

static void write_streams(struct yh_buf *b, struct yh_hub *h)
{
	unsigned open;

	(void)pthread_mutex_lock(&h->lock);
	open = h->n_readers;
	(void)pthread_mutex_unlock(&h->lock);
	figure(b, "yunheng_streams_open", "gauge", open);
	figure(b, "yunheng_stream_events_total", "counter", atomic_load(&h->events));
	figure(b, "yunheng_stream_events_missed_total", "counter", atomic_load(&h->missed));
	figure(b, "yunheng_streams_refused_total", "counter", atomic_load(&h->refused));
}

/* How long a job has been due that has not failed, as last counted. */
int64_t yh_jobs_behind_s(const struct yh_world *w)
{
	int64_t due = w->counts ? atomic_load(&w->counts->jobs_oldest_due) : 0;
	int64_t late = due ? yh_clock_now(w->clock) - due : 0;

	return late > 0 ? late / YH_US_PER_S : 0;
}

/* How long the scheduler has not got on. */
int64_t yh_jobs_stalled_s(const struct yh_world *w)
{
	int64_t alive = w->counts ? atomic_load(&w->counts->jobs_alive_ms) : 0;

	return alive ? (yh_monotonic_ms() - alive) / 1000 : 0;
}

static void write_store(struct yh_buf *b, const struct yh_world *w)
{
	struct yh_exec_stats st = yh_exec_stats(w->exec);
	struct yh_counts *c = w->counts;

	figure(b, "yunheng_db_writes_total", "counter", st.writes);
	figure(b, "yunheng_db_batches_total", "counter", st.batches);
	figure(b, "yunheng_db_retries_total", "counter", st.retries);
	figure(b, "yunheng_db_rollbacks_total", "counter", st.rollbacks);
	if (!c)
		return;
	figure(b, "yunheng_jobs_done_total", "counter", atomic_load(&c->jobs_done));
	figure(b, "yunheng_jobs_failed_total", "counter", atomic_load(&c->jobs_failed));
	figure(b, "yunheng_jobs_last_pass_timestamp_seconds", "gauge",
	       (uint64_t)(atomic_load(&c->last_pass) / YH_US_PER_S));
	figure(b, "yunheng_jobs_waiting", "gauge", (uint64_t)atomic_load(&c->jobs_waiting));
	figure(b, "yunheng_jobs_due", "gauge", (uint64_t)atomic_load(&c->jobs_due));
	figure(b, "yunheng_jobs_failing", "gauge", (uint64_t)atomic_load(&c->jobs_failing));
	figure(b, "yunheng_jobs_oldest_due_seconds", "gauge", (uint64_t)yh_jobs_behind_s(w));
	figure(b, "yunheng_jobs_stalled_seconds", "gauge", (uint64_t)yh_jobs_stalled_s(w));
	figure(b, "yunheng_security_events_open", "gauge",
	       (uint64_t)atomic_load(&c->security_open));
}

static void write_told(struct yh_buf *b, struct yh_counts *c)
{
	static const char *const channels[] = { "mail", "webhook" };

	if (!c)
		return;
	figure(b, "yunheng_notices_given_total", "counter", atomic_load(&c->notices_given));
	yh_buf_str(b, "# TYPE yunheng_deliveries_total counter\n");
	for (int i = 0; i < 2; i++)
		yh_buf_printf(
			b,
			"yunheng_deliveries_total{channel=\"%s\",outcome=\"sent\"} %" PRIu64
			"\nyunheng_deliveries_total{channel=\"%s\",outcome=\"put_off\"} %" PRIu64
			"\nyunheng_deliveries_total{channel=\"%s\",outcome=\"failed\"} %" PRIu64
			"\nyunheng_deliveries_total{channel=\"%s\",outcome=\"given_up\"} %" PRIu64
			"\n",
			channels[i], atomic_load(&c->sent[i]), channels[i],
			atomic_load(&c->put_off[i]), channels[i], atomic_load(&c->failed[i]),
			channels[i], atomic_load(&c->given_up[i]));
	yh_buf_str(b, "# TYPE yunheng_deliveries_waiting gauge\n");
	for (int i = 0; i < 2; i++)
		yh_buf_printf(b, "yunheng_deliveries_waiting{channel=\"%s\"} %" PRId64 "\n",
			      channels[i], atomic_load(&c->waiting[i]));
}

static void write_meter(struct yh_buf *b, struct yh_meter *m)
{
	struct yh_meter_status s;

	if (!m)
		return;
	yh_meter_status(m, &s);
	figure(b, "yunheng_meter_series", "gauge", s.series);
	figure(b, "yunheng_meter_samples_total", "counter", s.samples_taken);
	figure(b, "yunheng_meter_samples_repeated_total", "counter", s.samples_repeated);
	figure(b, "yunheng_meter_histograms_total", "counter", s.histograms_taken);
	figure(b, "yunheng_meter_bodies_total", "counter", s.bodies);
	yh_buf_printf(b,
		      "# TYPE yunheng_meter_samples_refused_total counter\n"
		      "yunheng_meter_samples_refused_total{reason=\"invalid\"} %" PRIu64 "\n"
		      "yunheng_meter_samples_refused_total{reason=\"foreign\"} %" PRIu64 "\n"
		      "yunheng_meter_samples_refused_total{reason=\"late\"} %" PRIu64 "\n"
		      "yunheng_meter_samples_refused_total{reason=\"future\"} %" PRIu64 "\n"
		      "yunheng_meter_samples_refused_total{reason=\"limit\"} %" PRIu64 "\n",
		      s.refused_invalid, s.refused_foreign, s.refused_late, s.refused_future,
		      s.refused_limit);
	figure(b, "yunheng_meter_open_rows", "gauge", s.open_rows);
	figure(b, "yunheng_meter_segments", "gauge", s.segments);
	figure(b, "yunheng_meter_segment_bytes", "gauge", s.segment_bytes);
	figure(b, "yunheng_meter_journal_bytes", "gauge", s.journal_bytes);
	figure(b, "yunheng_meter_index_bytes", "gauge", s.index_bytes);
	figure(b, "yunheng_meter_syncs_total", "counter", s.syncs);
	figure(b, "yunheng_meter_damaged", "gauge", s.damaged);
	figure(b, "yunheng_meter_disk_full", "gauge", s.full);
	figure(b, "yunheng_meter_durable", "gauge", s.durable);
}

static void write_others(struct yh_buf *b, const struct yh_server *s)
{
	struct yh_figure list[YH_FIGURES_MOST];
	size_t n = s->cfg.figures ? s->cfg.figures(s->world, list) : 0;

	for (size_t i = 0; i < n; i++)
		figure(b, list[i].name, list[i].type, list[i].value);
	if (s->cfg.labelled)
		s->cfg.labelled(s->world, b);
}

/* By the names that Prometheus's own clients use. */
static void write_process(struct yh_buf *b, const struct yh_server *s)
{
	YH_FCLOSE_AUTO FILE *f = fopen("/proc/self/statm", "r");
	unsigned long long size = 0, resident = 0;
	struct rusage u = { 0 };

	(void)getrusage(RUSAGE_SELF, &u);
	yh_buf_printf(b,
		      "# TYPE process_cpu_seconds_total counter\n"
		      "process_cpu_seconds_total %.3f\n",
		      (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
			      (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
	if (f && fscanf(f, "%llu %llu", &size, &resident) == 2)
		figure(b, "process_resident_memory_bytes", "gauge",
		       resident * (uint64_t)sysconf(_SC_PAGESIZE));
	figure(b, "process_start_time_seconds", "gauge", (uint64_t)(s->started_at / YH_US_PER_S));
	yh_buf_printf(b, "# TYPE yunheng_build_info gauge\nyunheng_build_info{version=\"%s\"} 1\n",
		      YH_VERSION);
}

static bool has_token(const struct call *c)
{
	const char *wanted = c->srv->cfg.metrics_token;
	const char *given = c->head.authorization ? yh_bearer_of(c->head.authorization) : NULL;
	struct yh_sm3 a, b;

	if (!wanted || !given)
		return false;
	a = yh_sm3_of(wanted, strlen(wanted));
	b = yh_sm3_of(given, strlen(given));
	return yh_equal_ct(a.b, b.b, sizeof a.b);
}

enum yh_rc yh_http_metrics(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct call *c = yh_call_of(rq);
	struct yh_buf *b = rq->w->buf;

	(void)in;
	if (!c->local && !has_token(c))
		return yh_fail(err, YH_FORBIDDEN, "metrics-not-yours");
	write_http(b, c->srv);
	write_streams(b, &c->srv->hub);
	write_store(b, c->srv->world);
	write_told(b, c->srv->world->counts);
	write_meter(b, c->srv->world->meter);
	write_others(b, c->srv);
	write_process(b, c->srv);
	rq->content_type = "text/plain; version=0.0.4; charset=utf-8";
	return YH_OK;
}
