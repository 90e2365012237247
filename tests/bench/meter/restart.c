/* How long a start takes after a kill with a full journal: restart FILE DIR [ROWS]. A child hands
 * in bodies of FILE (of `load make`) until ROWS samples (4,000,000: both blocks of the store, none
 * of them sealed) are durable, and is killed; then the store is opened as the server does it, which
 * reads its journal again. Prints one line of JSON. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bodies.h"
#include "meter/meter.h"

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what, const struct yh_err *err)
{
	(void)fprintf(stderr, "restart: %s: %s %s\n", what, err->slug,
		      err->n_figs ? err->figs[0].text : "");
	exit(1);
}

static enum yh_rc owner(void *arg, const char *resource_no, struct yh_meter_owner *out,
			struct yh_err *err)
{
	(void)arg;
	(void)resource_no;
	(void)err;
	*out = (struct yh_meter_owner){
		.resource = { { 1 } }, .unit = { { 2 } }, .cloud = { { 3 } }, .provider = { { 4 } }
	};
	return YH_OK;
}

/* Fills the journal of a store whose block takes all of it, and dies. */
static void fill(struct yh_meter_config cfg, const struct bodies *b, uint64_t rows,
		 struct yh_meter_status *out)
{
	static const struct yh_meter_scope scope = { .kind = "cloud",
						     .code = "bench",
						     .about = { { 3 } },
						     .series_max = 4000000,
						     .backfill = true };
	void *body = malloc(b->biggest);
	struct yh_err err = { 0 };
	struct yh_meter *m;
	uint64_t taken = 0;

	cfg.open_rows = rows + rows / 2;
	if (!body || yh_meter_open(&cfg, &m, &err) != YH_OK)
		die("open", &err);
	for (size_t i = 0; i < b->n && taken < rows; i++) {
		struct yh_meter_write w = { .scope = &scope,
					    .form = YH_METER_RW1,
					    .body = body,
					    .n = b->list[i].n,
					    .received_at = yh_clock_now(cfg.clock) };

		bodies_read(b, i, body);
		if (yh_meter_write_wait(m, &w, &err) != YH_OK)
			die("write", &err);
		taken += w.written.samples;
	}
	yh_meter_status(m, out);
	(void)raise(SIGKILL);
}

int main(int argc, char **argv)
{
	struct yh_clock clock;
	struct yh_meter_config cfg = { .dir = argc > 2 ? argv[2] : NULL,
				       .clock = &clock,
				       .owner = owner };
	struct yh_meter_status *before, after;
	struct yh_err err = { 0 };
	struct yh_meter *m;
	struct bodies b = { .n = 0 };
	double wall, cpu;
	int how = 0;
	pid_t child;

	before = mmap(NULL, sizeof *before, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (argc < 3 || before == MAP_FAILED)
		return 2;
	yh_clock_real(&clock);
	bodies_open(&b, argv[1]);
	child = fork();
	if (child == 0)
		fill(cfg, &b, argc > 3 ? strtoull(argv[3], NULL, 10) : 4000000, before);
	if (child < 0 || waitpid(child, &how, 0) != child || !WIFSIGNALED(how))
		return 1;
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (yh_meter_open(&cfg, &m, &err) != YH_OK)
		die("open again", &err);
	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	yh_meter_status(m, &after);
	(void)printf("{\"samples\": %llu, \"series\": %llu, \"journal_bytes\": %llu, "
		     "\"start_seconds\": %.3f, \"start_cpu\": %.3f, \"again\": %llu}\n",
		     (unsigned long long)before->samples_taken, (unsigned long long)before->series,
		     (unsigned long long)before->journal_bytes, wall, cpu,
		     (unsigned long long)after.samples_taken);
	yh_meter_close(m);
	return after.samples_taken == before->samples_taken ? 0 : 1;
}
