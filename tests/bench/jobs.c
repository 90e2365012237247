/* The scheduler with many jobs that are not due yet: bench_jobs DATABASE-URL [FUTURE [DUE]]. Prints
 * CPU time of this process, and what passed, for one pass that finds nothing and for jobs done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "jobs/kinds.h"
#include "store/event.h"
#include "store/job.h"
#include "store/schema.h"

enum { BATCH = 5000, PASSES = 1000 };

static const yh_time now = INT64_C(1800000000) * YH_US_PER_S;

static enum yh_rc nothing(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			  struct yh_err *err)
{
	(void)ref;
	(void)again_at;
	return yh_exec(cx->tx, err, "UPDATE counter SET value = value + 1 WHERE name = 'bench'");
}

static const struct yh_job_kind kinds[] = { { "b.nothing", nothing } };

struct spent {
	double cpu_s, wall_s;
};

static struct spent spent_so_far(void)
{
	struct rusage u;
	struct timespec t;

	(void)getrusage(RUSAGE_SELF, &u);
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct spent){ (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
				       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6,
			       (double)t.tv_sec + (double)t.tv_nsec / 1e9 };
}

static void say(const char *what, struct spent from, double n)
{
	struct spent to = spent_so_far();

	(void)printf("%-28s %10.1f us CPU each, %10.3f ms each\n", what,
		     (to.cpu_s - from.cpu_s) / n * 1e6, (to.wall_s - from.wall_s) / n * 1e3);
}

struct planting {
	struct yh_idgen *ids;
	long n;
	yh_time due_at, step;
};

static enum yh_rc plant(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct planting *p = arg;
	enum yh_rc rc = YH_OK;

	for (long i = 0; rc == YH_OK && i < p->n; i++) {
		struct yh_id id = yh_id_new(p->ids, now), ref = yh_id_new(p->ids, now);

		rc = yh_job_insert(tx, &id, "b.nothing", &ref, p->due_at + i * p->step, err);
	}
	return rc;
}

static void must(enum yh_rc rc, const struct yh_err *err)
{
	if (rc == YH_OK)
		return;
	(void)fprintf(stderr, "%s %s\n", yh_rc_name(rc), err->slug);
	exit(1);
}

static void plant_all(struct yh_exec *x, struct yh_idgen *ids, long n, yh_time from)
{
	struct yh_err err = { 0 };

	for (long i = 0; i < n; i += BATCH) {
		struct planting p = { ids, n - i < BATCH ? n - i : BATCH, from + i * YH_US_PER_S,
				      YH_US_PER_S };

		must(yh_exec_write(x, plant, &p, &err), &err);
	}
}

static enum yh_rc prepare(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	(void)arg;
	return yh_exec(tx, err,
		       "INSERT INTO counter (name, value) VALUES ('bench', 0) ON CONFLICT (name) DO"
		       " UPDATE SET value = 0");
}

static enum yh_rc count(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_job_counts c;

	return yh_job_count(tx, now, *(bool *)arg, &c, err);
}

static void measure(const struct yh_jobs_config *cfg, struct yh_exec *x, struct yh_idgen *ids,
		    long due)
{
	struct yh_err err = { 0 };
	bool all = true, some = false;
	struct spent from;
	size_t ran = 1;

	from = spent_so_far();
	for (int i = 0; i < PASSES; i++)
		must(yh_jobs_run_due(cfg, now, &ran, &err), &err);
	say("a pass that finds nothing", from, PASSES);
	from = spent_so_far();
	for (int i = 0; i < 100; i++)
		must(yh_exec_read(x, count, &some, &err), &err);
	say("counting due and failing", from, 100);
	from = spent_so_far();
	for (int i = 0; i < 5; i++)
		must(yh_exec_read(x, count, &all, &err), &err);
	say("counting all that wait", from, 5);
	plant_all(x, ids, due, now - due * YH_US_PER_S);
	from = spent_so_far();
	do {
		must(yh_jobs_run_due(cfg, now, &ran, &err), &err);
	} while (ran > 0);
	say("a job that was due", from, (double)due);
}

int main(int argc, char **argv)
{
	long future = argc > 2 ? atol(argv[2]) : 1000000, due = argc > 3 ? atol(argv[3]) : 20000;
	struct yh_exec_config xc = { .database = argc > 1 ? argv[1] : "" };
	struct yh_clock clock;
	struct yh_world world = { .clock = &clock };
	struct yh_jobs_config cfg = { .world = &world, .kinds = kinds, .n_kinds = 1 };
	struct yh_err err = { 0 };
	struct spent from;

	must(yh_store_open(&xc, true, &world.exec, &err), &err);
	yh_clock_manual(&clock, now);
	world.ids = yh_idgen_new();
	must(yh_exec_write(world.exec, prepare, NULL, &err), &err);
	from = spent_so_far();
	plant_all(world.exec, world.ids, future, now + YH_US_PER_DAY);
	say("a job inserted", from, (double)future);
	measure(&cfg, world.exec, world.ids, due);
	yh_exec_close(world.exec);
	yh_idgen_free(world.ids);
	return 0;
}
