/* What a segment costs, without the rest of the meter: bytes and ns a sample to write and to merge,
 * ms to scan and to read. `segment [DIR [RESOURCES]]`; CPU time, both threads counted. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "meter/segment.h"

enum { ALL = (1 << YH_LEVELS) - 1, PARTS = 9, TICKS = 20, MONTH = 8640 };
#define START INT64_C(1767196800000) /* 2026-01-01 00:00 in Shanghai */

static uint64_t dice;

static uint64_t roll(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice >> 11;
}

static double wobble(void)
{
	return ((double)(roll() % 2001) + (double)(roll() % 2001)) / 2000 - 1;
}

static double clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void must(enum yh_rc rc, const struct yh_err *err)
{
	if (rc == YH_OK)
		return;
	(void)fprintf(stderr, "%s %s\n", err->slug, err->n_figs ? err->figs[0].text : "");
	exit(1);
}

/* The ten metrics of W1; `v` is what the value was. */
static double next_value(unsigned metric, double *v, double mean)
{
	switch (metric) {
	case 0:
		*v = clamp(*v + 0.3 * (mean - *v) + 6 * wobble(), 0, 100);
		return round(*v * 10) / 10;
	case 1:
		*v = clamp(*v + 0.2 * (mean / 12 - *v) + 0.5 * wobble(), 0, 64);
		return round(*v * 100) / 100;
	case 2:
		*v = clamp(*v + 2000 * wobble(), 100000, 4000000);
		return floor(*v) * 4096;
	case 3:
		return 17179869184.0;
	case 4:
		*v += roll() % 4 ? 0 : (double)(roll() % 64);
		return floor(*v) * 4096;
	case 5:
		*v += roll() % 3 ? 0 : (double)(roll() % 200) * 512;
		return floor(*v);
	case 9:
		return roll() % 50 ? 0 : (double)(roll() % 30) / 10;
	default:
		*v += (double)(roll() % 1500000);
		return floor(*v);
	}
}

static double month_value(unsigned resource, unsigned tick, double mean)
{
	double v;

	if (resource % 5 == 0)
		return round(clamp(1.5 + 1.2 * wobble(), 0, 4.4) * 10) / 10;
	v = mean * (1 + 0.5 * sin((double)tick * 2 * 3.14159265358979 / 288));
	return round(clamp(v + 5 * wobble(), 0, 100) * 10) / 10;
}

static struct yh_seg *opened(const char *path)
{
	struct yh_err err = { 0 };
	struct yh_seg *s;

	must(yh_seg_open(path, &s, &err), &err);
	return s;
}

static void tell(const char *what, const struct yh_seg *s, double spent)
{
	const struct yh_seg_info *i = yh_seg_info(s);

	printf("%-14s %9" PRIu64 " samples %6.1f ns a sample  %.3f bytes a sample (raw %.3f), "
	       "index %.1f bytes a series\n",
	       what, i->samples, spent * 1e9 / (double)i->samples,
	       (double)i->bytes / (double)i->samples, (double)i->raw_bytes / (double)i->samples,
	       (double)i->index_bytes / (double)i->series);
}

static bool counts(void *arg, uint32_t metric)
{
	(void)arg;
	return metric >= 5 && metric <= 8;
}

static void sealed_and_merged(const char *dir, uint32_t resources)
{
	static double v[10][100000];
	struct yh_seg *part[PARTS], *whole;
	struct yh_seg_merge merge = { .in = part,
				      .n = PARTS,
				      .from_ms = INT64_MIN / 4,
				      .to_ms = INT64_MAX / 4,
				      .levels = ALL,
				      .counter = counts };
	struct yh_err err = { 0 };
	char path[300];
	double spent = 0, began;

	for (uint32_t m = 0; m < 10; m++)
		for (uint32_t r = 0; r < resources; r++)
			v[m][r] = m < 2 ? 50 : (double)(500000 + roll() % 2000000);
	for (int p = 0; p < PARTS; p++) {
		struct yh_seg_writer *w;
		double(*all)[TICKS] = malloc((size_t)10 * resources * sizeof *all);
		(void)snprintf(path, sizeof path, "%s/part-%d", dir, p);
		for (uint32_t k = 0; k < 10 * resources; k++)
			for (int i = 0; i < TICKS; i++)
				all[k][i] =
					next_value(k / resources, &v[k / resources][k % resources],
						   15 + k % 60);
		began = cpu();
		must(yh_seg_create(path, ALL, &w, &err), &err);
		for (uint32_t k = 0; k < 10 * resources; k++) {
			int64_t at[TICKS];
			for (int i = 0; i < TICKS; i++)
				at[i] = START + (p * TICKS + i) * INT64_C(15000) + k % 10 * 400;
			must(yh_seg_add(w, k / resources, k % resources,
					counts(NULL, k / resources), at, all[k], TICKS, &err),
			     &err);
		}
		free(all);
		must(yh_seg_finish(w, &err), &err);
		spent += cpu() - began;
		part[p] = opened(path);
	}
	tell("W1 sealed", part[1], spent / PARTS);
	began = cpu();
	(void)snprintf(path, sizeof path, "%s/whole", dir);
	must(yh_seg_merge(&merge, path, &err), &err);
	spent = cpu() - began;
	whole = opened(path);
	tell("W1 merged", whole, spent);
	for (int p = 0; p < PARTS; p++)
		yh_seg_release(part[p]);
	yh_seg_release(whole);
}

static bool count_low(void *arg, uint32_t series, const struct yh_meter_usage *u)
{
	(void)series;
	*(size_t *)arg += u->quantile < 5;
	return true;
}

static void scan(const char *what, struct yh_seg **segs, size_t n, enum yh_meter_source source)
{
	double best = 1e9, best_cpu = 1e9;
	struct yh_err err = { 0 };
	size_t low = 0;

	for (int i = 0; i < (source && getenv("N") ? atoi(getenv("N")) : 5); i++) {
		struct yh_seg_scan sc = { .segs = segs,
					  .n = n,
					  .metric = 1,
					  .from_ms = START,
					  .to_ms = START + MONTH * INT64_C(300000),
					  .quantile = 0.95,
					  .source = source,
					  .emit = count_low,
					  .emit_arg = &low };
		double wall = seconds(CLOCK_MONOTONIC), began = cpu();
		low = 0;
		must(yh_seg_scan(&sc, &err), &err);
		best = fmin(best, seconds(CLOCK_MONOTONIC) - wall);
		best_cpu = fmin(best_cpu, cpu() - began);
	}
	printf("%-14s %7.1f ms wall, %7.1f ms CPU, %zu series below 5\n", what, best * 1e3,
	       best_cpu * 1e3, low);
}

static bool bucket(void *arg, const struct yh_rollup *r)
{
	*(uint64_t *)arg += r->count;
	return true;
}

/* The hours of one series' month, as the first request of a query finds it and as the next. */
static void one_month(struct yh_seg **segs, size_t n)
{
	double first = 1e9, next = 1e9;
	struct yh_err err = { 0 };

	for (uint32_t i = 0; i < 50; i++) {
		struct yh_seg_room room = { 0 };
		uint64_t count = 0;
		for (int again = 0; again < 2; again++) {
			double began = cpu();
			for (size_t k = 0; k < n; k++)
				must(yh_seg_rollups(segs[k], YH_LEVEL_1H, 1,
						    (500 * (uint32_t)again + i * 37) % 1000, START,
						    START + MONTH * INT64_C(300000), false, &room,
						    bucket, &count, &err),
				     &err);
			if (again)
				next = fmin(next, cpu() - began);
			else
				first = fmin(first, cpu() - began);
		}
		yh_seg_room_done(&room);
	}
	printf("hourly month   %7.3f ms CPU of one series, %.3f in a used room\n", first * 1e3,
	       next * 1e3);
}

static void ask(struct yh_seg **segs, size_t n)
{
	scan("exact", segs, n, YH_METER_EXACT);
	scan("sketches", segs, n, YH_METER_SKETCH);
	one_month(segs, n);
}

/* A month of CPU percentages in one segment, and the same by days. */
static void month(const char *dir, uint32_t resources)
{
	enum { DAYS = 30, A_DAY = MONTH / DAYS };
	static double v[MONTH];
	static int64_t at[MONTH];
	struct yh_seg_writer *w, *day[DAYS];
	struct yh_err err = { 0 };
	struct yh_seg *s, *days[DAYS];
	double spent = 0, spent_days = 0, began;
	char path[300];

	for (int i = 0; i < MONTH; i++)
		at[i] = START + i * INT64_C(300000);
	(void)snprintf(path, sizeof path, "%s/month", dir);
	must(yh_seg_create(path, ALL, &w, &err), &err);
	for (int d = 0; d < DAYS; d++) {
		(void)snprintf(path, sizeof path, "%s/day-%d", dir, d);
		must(yh_seg_create(path, ALL, &day[d], &err), &err);
	}
	for (uint32_t r = 0; r < resources; r++) {
		for (unsigned i = 0; i < MONTH; i++)
			v[i] = month_value(r, i, 15 + (double)(r % 600) / 10);
		began = cpu();
		must(yh_seg_add(w, 1, r, false, at, v, MONTH, &err), &err);
		spent += cpu() - began;
		began = cpu();
		for (size_t d = 0; d < DAYS; d++)
			must(yh_seg_add(day[d], 1, r, false, at + d * A_DAY, v + d * A_DAY, A_DAY,
					&err),
			     &err);
		spent_days += cpu() - began;
	}
	began = cpu();
	must(yh_seg_finish(w, &err), &err);
	spent += cpu() - began;
	(void)snprintf(path, sizeof path, "%s/month", dir);
	s = opened(path);
	tell("month", s, spent);
	ask(&s, 1);
	yh_seg_release(s);
	for (int d = 0; d < DAYS; d++) {
		(void)snprintf(path, sizeof path, "%s/day-%d", dir, d);
		must(yh_seg_finish(day[d], &err), &err);
		days[d] = opened(path);
	}
	tell("one of 30 days", days[9], spent_days / DAYS);
	ask(days, DAYS);
	for (int d = 0; d < DAYS; d++)
		yh_seg_release(days[d]);
}

int main(int argc, char **argv)
{
	char dir[200], command[300];
	struct rusage use;
	uint32_t resources = argc > 2 ? (uint32_t)atoi(argv[2]) : 5000;

	dice = 88172645463325252u;
	(void)snprintf(dir, sizeof dir, "%s/segment-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
	if (!mkdtemp(dir))
		return 1;
	sealed_and_merged(dir, 10000);
	month(dir, resources);
	(void)getrusage(RUSAGE_SELF, &use);
	printf("memory         %ld MB at most\n", use.ru_maxrss / 1024);
	(void)snprintf(command, sizeof command, "rm -r '%s'", dir);
	return system(command) != 0;
}
