/* Settles a month of a store from end to end: bench_settle open URL POLICY makes the store and
 * brings the law in; bench_settle compute URL reckons October 2026 of its cloud, from the committed
 * intervals to committed lines, and prints seconds, CPU seconds, peak memory and what came of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "effects/words.h"
#include "services/policy/book.h"
#include "services/settle/settle.h"
#include "store/party.h"
#include "store/schema.h"

static struct {
	struct yh_world world;
	struct yh_clock clock;
	struct yh_book *book;
} b;

static void must(enum yh_rc rc, const struct yh_err *err)
{
	if (rc == YH_OK)
		return;
	(void)fprintf(stderr, "%s %s %s\n", yh_rc_name(rc), err->slug, err->field);
	for (uint32_t i = 0; i < err->n_figs; i++)
		(void)fprintf(stderr, "  %s %lld %s\n", err->figs[i].name,
			      (long long)err->figs[i].num, err->figs[i].text);
	exit(1);
}

static double cpu_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double wall_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double peak_mb(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	double kib = 0;

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtod(line + 6, NULL);
	if (f)
		(void)fclose(f);
	return kib * 1024 / 1e6;
}

static void open_world(const char *url)
{
	const struct yh_exec_config cfg = { .database = url };
	struct yh_err err = { 0 };

	yh_clock_manual(&b.clock, INT64_C(1794000000) * YH_US_PER_S); /* November 2026 */
	b.world.clock = &b.clock;
	b.world.ids = yh_idgen_new();
	must(yh_store_open(&cfg, true, &b.world.exec, &err), &err);
	must(yh_book_open(b.world.exec, yh_effects_vocab(), &b.book, &err), &err);
	b.world.law = yh_book_law(b.book);
	b.world.words = yh_effects_words();
}

static enum yh_rc find_cloud(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_arena arena;
	struct yh_cloud_row row;
	enum yh_rc rc;

	yh_arena_init(&arena, 65536);
	rc = yh_cloud_by_code(tx, "SH", &arena, &row, err);
	if (rc == YH_OK)
		*(struct yh_id *)arg = row.id;
	yh_arena_done(&arena);
	return rc;
}

static void compute(void)
{
	struct yh_settle_ask ask = { .month = yh_day_from_date((struct yh_date){ 2026, 10, 1 }),
				     .source = "local" };
	struct yh_settle_done done;
	struct yh_err err = { 0 };
	double wall, cpu;

	must(yh_exec_read(b.world.exec, find_cloud, &ask.cloud, &err), &err);
	wall = wall_s();
	cpu = cpu_s();
	must(yh_settle_compute(&b.world, &ask, &done, &err), &err);
	(void)printf("{\"wall_s\": %.3f, \"cpu_s\": %.3f, \"peak_mb\": %.1f, \"statements\": %lld,"
		     " \"stopped\": %lld, \"lines\": %lld, \"total_fen\": %lld}\n",
		     wall_s() - wall, cpu_s() - cpu, peak_mb(), (long long)done.statements,
		     (long long)done.stopped, (long long)done.lines, (long long)done.total_fen);
}

int main(int argc, char **argv)
{
	struct yh_err err = { 0 };
	char pack[4096], calendars[4096];

	if (argc < 3 || (strcmp(argv[1], "open") == 0 && argc < 4))
		return 2;
	open_world(argv[2]);
	if (strcmp(argv[1], "open") == 0) {
		(void)snprintf(pack, sizeof pack, "%s/shanghai-2022", argv[3]);
		(void)snprintf(calendars, sizeof calendars, "%s/calendars", argv[3]);
		must(yh_book_install(b.book, pack, calendars,
				     &(struct yh_install){ .ids = b.world.ids },
				     yh_clock_now(&b.clock), &err),
		     &err);
	} else {
		compute();
	}
	yh_book_close(b.book);
	yh_exec_close(b.world.exec);
	yh_idgen_free(b.world.ids);
	return 0;
}
