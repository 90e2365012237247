/* What the tests of fulfilment stand on: a case that asks for one machine to grow and for two more,
 * and a cloud that does as a script says. The cloud's memory is outside of the process, as a
 * cloud's is. */
#ifndef TESTS_SERVICES_FULFIL_STAND_H
#define TESTS_SERVICES_FULFIL_STAND_H

#include "../cases/law.h"
#include "../store/city.h"
#include "cases/case.h"
#include "clouds/clouds.h"
#include "store/case_file.h"
#include "store/cloud_order.h"

/* ---- a machine ---- */

enum { MACHINES = 4 };
enum fault { NO_FAULT, AWAY, REFUSES, FOREIGN };

struct machine {
	struct yh_id id;
	bool disk, defined;
	int64_t vcpu_milli;
	int disks_made, defined_times; /* from nothing */
};

/* The cloud, whose memory outlives whoever talks to it. */
struct memory {
	struct machine machines[MACHINES];
	int calls, steps, undone;
	int fault_at; /* the call, from 1, that fails; 0: none */
	enum fault fault;
	bool undo_fails; /* taking back what is of `stuck` does, as `fault` says */
	struct yh_id stuck;
	int die_before, die_after; /* the call around which the process is killed; 0: none */
	void (*meanwhile)(void *arg);
	int meanwhile_at;
	void *arg;
};
extern struct memory *cloud;
/* Answers to the name "scripted". */
extern const struct yh_cloud_driver scripted;
/* What it has of a resource; asked for the first time, nothing. */
struct machine *machine_of(const struct yh_id *id);

/* ---- a scene ---- */

struct scene {
	struct law law;
	struct yh_law_book book;
	struct yh_world world;
	struct yh_clock clock;
	struct yh_clouds *clouds;
	struct stage stage;
	struct city city;
	struct yh_id provider, case_id, step, grown, fresh[2];
	const char *database;
	char dir[32], state[16];
	enum yh_rc rc;
	struct yh_err err;
};
/* The item of the next scenes is asked for by the piece, not by size. */
extern bool by_the_piece;

typedef void (*play_fn)(struct scene *c);
/* On the embedded store: what does not hang on the engine, many times over. */
void on_a_stage(play_fn play);
/* On each engine. */
void on_stages(play_fn play);

/* ---- what is done in it ---- */

void go_on(struct scene *c, int64_t seconds);
struct yh_ctx context(struct scene *c, struct yh_tx *tx, const struct yh_actor *actor);
/* One turn of the job; when it wants to come back. */
yh_time turn(struct scene *c);
/* The process is killed in a turn, as set up and at the nth statement (0: at none); false: it
 * lived. */
bool killed(struct scene *c, int nth);
/* Who was killed holds the group for a while; then it is gone on with. */
void resume(struct scene *c);
/* A yh_tx_fn of a scene: somebody asks again for the first order of its step. */
enum yh_rc retry(struct yh_tx *tx, void *arg, struct yh_err *err);

struct looking {
	struct scene *c;
	struct yh_cloud_order_row *rows;
	size_t n;
	struct yh_step_row step;
	struct yh_case_row row;
	struct yh_resource_row resources[3];
	int64_t notices, leftovers;
};
/* What the books have of the case now; its three orders are there. */
struct looking seen(struct scene *c);
void all_are(const struct looking *l, const char *state);
/* Both books have the same: one grown, two opened, each once. */
void is_fulfilled(struct scene *c);
/* Nothing of it is there, on either side. */
void is_as_before(struct scene *c);

#endif
