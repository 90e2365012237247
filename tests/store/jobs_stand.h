/* What the tests of the scheduler stand on.
 *
 * Kinds of jobs, each about a reference "refN": t.count and t.once count it up, t.order and t.chain
 * hold to an order, t.five takes five turns, t.long works at length, t.standing stands; t.poison,
 * t.busy, t.store and t.open fail, each in a way of its own. */
#ifndef TESTS_STORE_JOBS_STAND_H
#define TESTS_STORE_JOBS_STAND_H

#include "jobs/kinds.h"
#include "store_test.h"

static const yh_time jobs_noon = INT64_C(1800000000) * YH_US_PER_S;
static const yh_time jobs_minute = 60 * YH_US_PER_S;

/* What a server of the test consists of. */
struct jobs_server {
	struct yh_clock clock;
	struct yh_idgen *ids;
	struct yh_counts counts;
	struct yh_world world;
	struct yh_jobs_config cfg;
};
void jobs_server_init(struct jobs_server *s, struct yh_exec *x, uint64_t seed);
void jobs_server_done(struct jobs_server *s);
/* The kind t.standing. */
struct yh_job_kind jobs_standing(void);
/* Does what is due at `now`; how many that were. */
size_t jobs_run_at(struct jobs_server *s, yh_time now);
/* While t.long works, this one finds nothing to do; NULL: nobody looks. */
extern struct jobs_server *jobs_other;

/* `n` jobs, the i-th about ref number first + i * ref_step, due so many minutes from noon. */
struct jobs_planting {
	struct jobs_server *s;
	const char *kind;
	int n, first, ref_step;
	int (*minutes)(int i);
};
int jobs_at_noon(int i);
int jobs_in_turn(int i);
int jobs_shuffled(int i);
enum yh_rc jobs_plant(struct yh_tx *tx, void *arg, struct yh_err *err);

/* cmocka's setup: an empty store with its tables. */
int jobs_open_store(void **state);
#define CASE(f) cmocka_unit_test_setup_teardown(f, jobs_open_store, store_test_close)

#endif
