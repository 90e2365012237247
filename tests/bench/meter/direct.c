/* Drives the meter library itself, without HTTP: direct FILE DIR [END_MS]. Four threads hand in the
 * bodies of FILE (of `load make`; "-": none) and wait for each to be durable; every resource is
 * known, as belonging to unit number/50. Prints one line of JSON: samples, seconds, CPU until
 * settled, peak memory, bytes by part, and with END_MS the latencies of the three questions about
 * Q30, [which] of them alone. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bodies.h"
#include "gen.h"
#include "meter/meter.h"

enum { UNIT = 50, TRIES = 9 };

struct lane {
	struct yh_meter *m;
	const struct bodies *bodies;
	const struct yh_meter_scope *scope;
	struct yh_clock *clock;
	unsigned number;
	uint64_t samples, busy;
};

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what, const struct yh_err *err)
{
	(void)fprintf(stderr, "direct: %s: %s %s\n", what, err->slug,
		      err->n_figs ? err->figs[0].text : "");
	exit(1);
}

static enum yh_rc owner(void *arg, const char *resource_no, struct yh_meter_owner *out,
			struct yh_err *err)
{
	unsigned long number = strlen(resource_no) > 5 ? strtoul(resource_no + 5, NULL, 10) : 0;

	(void)arg;
	(void)err;
	*out = (struct yh_meter_owner){
		.resource = { { 1 } }, .unit = { { 2 } }, .cloud = { { 3 } }, .provider = { { 4 } }
	};
	memcpy(out->resource.b + 8, &number, sizeof number);
	number /= UNIT;
	memcpy(out->unit.b + 8, &number, sizeof number);
	return YH_OK;
}

static void *run_lane(void *arg)
{
	static const struct timespec pause = { .tv_nsec = 2000000 };
	struct lane *l = arg;
	void *body = malloc(l->bodies->biggest);

	for (size_t i = 0; body && i < l->bodies->n; i++) {
		struct yh_meter_write w = { .scope = l->scope, .form = YH_METER_RW1, .body = body };
		struct yh_err err = { 0 };

		if (l->bodies->list[i].lane != l->number)
			continue;
		bodies_read(l->bodies, i, body);
		w.n = l->bodies->list[i].n;
		w.received_at = yh_clock_now(l->clock);
		while (yh_meter_write_wait(l->m, &w, &err) != YH_OK) {
			if (err.rc != YH_BUSY)
				die("write", &err);
			l->busy++;
			yh_err_clear(&err);
			(void)nanosleep(&pause, NULL);
		}
		if (w.written.why.rc != YH_OK)
			die("refused", &w.written.why);
		l->samples += w.written.samples;
	}
	free(body);
	return NULL;
}

static long peak_kib(void)
{
	char line[256];
	long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f)
		(void)fclose(f);
	return kib;
}

/* ---- the three questions ---- */

static bool count_latest(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	(void)s;
	(void)at_ms;
	(void)value;
	++*(uint64_t *)arg;
	return true;
}

static bool count_history(void *arg, const struct yh_meter_series *s,
			  const struct yh_meter_bucket *buckets, size_t n)
{
	(void)s;
	(void)buckets;
	*(uint64_t *)arg += n;
	return true;
}

static bool count_idle(void *arg, const struct yh_meter_series *s, const struct yh_meter_usage *u)
{
	(void)s;
	*(uint64_t *)arg += u->quantile < 5;
	return true;
}

static enum yh_rc ask(struct yh_meter *m, unsigned which, int64_t to_ms, uint64_t *hits,
		      struct yh_err *err)
{
	const int64_t day_ms = 86400000;
	char numbers[UNIT][GEN_RESOURCE_TEXT];
	const char *list[UNIT];
	struct yh_meter_select what = { .metric = "vm_cpu_usage_percent",
					.resources = list,
					.n_resources = which == 0 ? UNIT : 1,
					.by_resource = which < 2 };
	struct yh_meter_scan scan = { .what = what, .to_ms = to_ms, .quantile = 0.95 };

	for (unsigned i = 0; i < UNIT; i++) {
		gen_resource(1000 + i, numbers[i]);
		list[i] = numbers[i];
	}
	*hits = 0;
	if (which == 0)
		return yh_meter_latest(m, &what, 0, NULL, count_latest, hits, err);
	if (which == 1)
		return yh_meter_history(m, &what, to_ms - 30 * day_ms, to_ms, 3600000,
					count_history, hits, err);
	scan.source = which == 2 ? YH_METER_EXACT : YH_METER_SKETCH;
	if (which == 3) /* civil days of Shanghai */
		scan.to_ms = to_ms - (to_ms + 8 * 3600000) % day_ms + day_ms;
	scan.from_ms = scan.to_ms - (which == 3 ? 31 : 30) * day_ms;
	return yh_meter_scan(m, &scan, count_idle, hits, err);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void ask_all(struct yh_meter *m, int64_t to_ms, const char *only)
{
	static const char *const names[] = { "latest", "history", "p95", "p95_sketch" };

	for (unsigned q = 0; q < 4; q++) {
		double took[TRIES], cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
		uint64_t hits = 0;

		if (only && strcmp(only, names[q]) != 0)
			continue;
		for (unsigned i = 0; i < TRIES; i++) {
			struct yh_err err = { 0 };

			took[i] = seconds(CLOCK_MONOTONIC);
			if (ask(m, q, to_ms, &hits, &err) != YH_OK)
				die(names[q], &err);
			took[i] = seconds(CLOCK_MONOTONIC) - took[i];
		}
		cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		qsort(took, TRIES, sizeof took[0], by_size);
		(void)printf(", \"%s_ms\": %.3f, \"%s_cpu_ms\": %.3f, \"%s_hits\": %llu", names[q],
			     took[TRIES / 2] * 1e3, names[q], cpu / TRIES * 1e3, names[q],
			     (unsigned long long)hits);
	}
}

static uint64_t write_all(struct yh_meter *m, struct yh_clock *clock, const struct bodies *b,
			  const struct yh_meter_scope *scope)
{
	struct lane lanes[GEN_LANES];
	pthread_t threads[GEN_LANES];
	uint64_t samples = 0;

	for (unsigned i = 0; i < GEN_LANES; i++) {
		lanes[i] = (struct lane){
			.m = m, .bodies = b, .scope = scope, .clock = clock, .number = i
		};
		if (pthread_create(&threads[i], NULL, run_lane, &lanes[i]) != 0)
			exit(1);
	}
	for (unsigned i = 0; i < GEN_LANES; i++) {
		(void)pthread_join(threads[i], NULL);
		samples += lanes[i].samples;
	}
	return samples;
}

int main(int argc, char **argv)
{
	struct yh_meter_scope scope = { .kind = "cloud",
					.code = "bench",
					.about = { { 3 } },
					.series_max = 4000000,
					.backfill = true };
	struct yh_clock clock;
	struct yh_meter_config cfg = { .dir = argc > 2 ? argv[2] : NULL,
				       .clock = &clock,
				       .owner = owner };
	struct yh_meter_status status;
	struct yh_err err = { 0 };
	struct yh_meter *m;
	struct bodies b = { .n = 0 };
	double wall, cpu, settled;
	uint64_t samples;

	if (argc < 3)
		return 2;
	yh_clock_real(&clock);
	if (strcmp(argv[1], "-") != 0)
		bodies_open(&b, argv[1]);
	if (yh_meter_open(&cfg, &m, &err) != YH_OK)
		die("open", &err);
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	samples = write_all(m, &clock, &b, &scope);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	settled = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	(void)printf(
		"{\"samples\": %llu, \"seconds\": %.3f, \"write_cpu\": %.3f, \"peak_kib\": %ld",
		(unsigned long long)samples, wall, settled, peak_kib());
	if (yh_meter_settle(m, &err) != YH_OK)
		die("settle", &err);
	settled = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	yh_meter_status(m, &status);
	(void)printf(", \"cpu\": %.3f, \"peak_settled_kib\": %ld, \"series\": %llu, "
		     "\"segment_bytes\": %llu, \"index_bytes\": %llu, \"journal_bytes\": %llu",
		     settled, peak_kib(), (unsigned long long)status.series,
		     (unsigned long long)status.segment_bytes,
		     (unsigned long long)status.index_bytes,
		     (unsigned long long)status.journal_bytes);
	if (argc > 3)
		ask_all(m, strtoll(argv[3], NULL, 10), argc > 4 ? argv[4] : NULL);
	(void)printf("}\n");
	yh_meter_close(m);
	return 0;
}
