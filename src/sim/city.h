/* The simulated city's people and places. */
#ifndef YH_SIM_CITY_H
#define YH_SIM_CITY_H

#include <pthread.h>

#include "cases/words.h"
#include "services/identity/account.h"
#include "sim/money.h"
#include "sim/records.h"
#include "sim/sim.h"

enum {
	SIM_PEOPLE_MAX = 512,
	SIM_PROJECTS_MAX = 1024,
	SIM_CLOUDS_MAX = 20,
	SIM_LEASED_MAX = 8192,
	SIM_LEASE_RESOURCES = 4
};
enum { SIM_AUTHORITY, SIM_ECON_INFO, SIM_OPERATOR, SIM_VENDOR_A, SIM_VENDOR_B }; /* first people */

/* Somebody who acts: one account with one role. */
struct sim_person {
	struct yh_person_row row;
	char login[48];
	char role[32];
	struct yh_id org;
	char org_code[64];
	bool district; /* of a district */
	bool second;   /* of two in one role of one body: it verifies what the first reported */
};

enum sim_stage { SIM_PLANNED, SIM_QUOTA, SIM_INITIATION, SIM_TEST, SIM_RUNNING, SIM_OVER };

struct sim_project {
	uint32_t unit;                   /* index of the person of its unit */
	struct yh_id id, cloud, pending; /* pending: the case it waits for, zero: none */
	enum sim_stage stage;
	yh_day next; /* does nothing before this day */
	uint32_t number;
	bool failing;
	yh_day windows_from;    /* of its declared periodic load; 0: none */
	bool rectified;         /* it is in good use since */
	bool watched;           /* something was reported of it */
	struct yh_id restoring; /* the case for supply again; zero: none */
	yh_day cut_off;         /* since when its system is; 0: it is not */
	yh_day ask_again;       /* for supply, not before this day */
};

/* How the machines of a project are used. */
enum sim_use { SIM_USE_UNSEEN, SIM_USE_GAPS, SIM_USE_BUSY, SIM_USE_LOW, SIM_USE_IDLE };

/* Time-limited resources of a project, from the wish to their end. */
enum sim_lease_stage { SIM_LEASE_WANTED, SIM_LEASE_ASKED, SIM_LEASE_RUNS, SIM_LEASE_OVER };
struct sim_leased {
	uint32_t project;
	const char *procedure;
	uint64_t key; /* for draws */
	enum sim_lease_stage stage;
	yh_day next; /* nothing before this day */
	struct yh_id pending, extension;
	struct yh_id resources[SIM_LEASE_RESOURCES];
	size_t n_resources;
	uint32_t checked; /* bits of the resources that were checked to their end */
	bool asked_more, given_back;
};

struct sim {
	const struct yh_sim_config *cfg;
	struct yh_sim_report *report;
	struct yh_arena people_arena;          /* lives through the run */
	struct yh_password_new first_password; /* of every account: hashed once */
	struct sim_person people[SIM_PEOPLE_MAX];
	size_t n_people;
	struct yh_id clouds[SIM_CLOUDS_MAX]; /* 0: the municipal one */
	size_t n_clouds;
	struct sim_project projects[SIM_PROJECTS_MAX];
	size_t n_projects;
	struct sim_leased leased[SIM_LEASED_MAX];
	size_t n_leased;
	struct sim_month months[SIM_MONTHS_MAX];
	size_t n_months;
	struct sim_bill bills[SIM_BILLS_MAX];
	size_t n_bills;
	size_t n_disputes; /* that will be */
	bool usage_fixed;  /* one was upheld, and use corrected */
	struct sim_scheme schemes[SIM_SCHEMES];
	struct yh_id evaluated[SIM_EVALUATIONS_MAX]; /* cases in which results are decided on */
	size_t n_evaluated;
	uint64_t writes;                 /* transactions so far, for the crashes */
	yh_day down_until, handed_over;  /* the last that people work in a demo; else YH_DAY_NONE */
	yh_day fed_until, scanned_until; /* days of use told to the meter, and looked at */
	struct sim_recorded recorded;
	json_t *catalogue;
	yh_time now;
};

/* A number below `bound` that depends on the seed and the two keys only. */
uint32_t sim_draw(const struct sim *s, const char *what, uint64_t which, uint32_t bound);

/* One use case as a person (NULL: the system), in its own transaction, some seconds later than the
 * one before. */
typedef enum yh_rc (*sim_fn)(struct yh_ctx *cx, void *arg, struct yh_err *err);
YH_CHECK enum yh_rc sim_do(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
			   struct yh_err *err);
/* The same without the time going on. */
YH_CHECK enum yh_rc sim_do_now(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
			       struct yh_err *err);
void sim_go_on(struct sim *s, int64_t seconds);
/* The same on both servers at once, where there are two and the key says so; else on the first.
 * *both: it was done twice. The better of the two results is returned: OK before a refusal. */
YH_CHECK enum yh_rc sim_race(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
			     void *rival_arg, uint64_t key, bool *both, struct yh_err *err);
/* What only the second server does; a crash of it is tried again. */
YH_CHECK enum yh_rc sim_do_there(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
				 struct yh_err *err);
/* The second server's pass, beside whatever the first does until it is awaited. */
struct sim_pass {
	struct sim *s;
	pthread_t thread;
	yh_time now;
	bool runs;
	struct yh_err why;
};
YH_CHECK enum yh_rc sim_pass_begin(struct sim *s, struct sim_pass *p, struct yh_err *err);
/* And what is left is done. */
YH_CHECK enum yh_rc sim_pass_end(struct sim_pass *p, const struct yh_jobs_config *jobs,
				 struct yh_err *err);
/* The same, reading only. */
YH_CHECK enum yh_rc sim_look(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
			     struct yh_err *err);
/* Founds the city: bodies, clouds, accounts, a first edition; and at its end lets people in. */
YH_CHECK enum yh_rc sim_found(struct sim *s, struct yh_err *err),
	sim_open_accounts(struct sim *s, struct yh_err *err);
/* Who operates a cloud; the first account of a body; NULL: there is none. */
const struct sim_person *sim_operator_of(const struct sim *s, const struct yh_id *cloud);
const struct sim_person *sim_person_of(const struct sim *s, const struct yh_id *org);
/* What units do on a day, and what bodies decide. */
YH_CHECK enum yh_rc sim_units(struct sim *s, yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc sim_desks(struct sim *s, yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc sim_leases(struct sim *s, yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc sim_check(struct sim *s, yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc sim_check_leases(struct sim *s, yh_day day, struct yh_err *err);
/* A month of use is told to the meter, and the operators have it scanned. */
YH_CHECK enum yh_rc sim_watch(struct sim *s, yh_day day, struct yh_err *err);
enum sim_use sim_use_of(const struct sim *s, const struct sim_project *p);
/* The use of the days up to `last`. */
YH_CHECK enum yh_rc sim_feed(struct sim *s, yh_day last, struct yh_err *err);
/* Processors of one of an item; 0: it is no machine. */
YH_CHECK enum yh_rc sim_cores(struct yh_ctx *cx, const struct yh_id *item, double *out,
			      struct yh_err *err);
/* Hosts, capacity and load of every cloud over the day until now; agents that speak now. */
YH_CHECK enum yh_rc sim_tell_platforms(struct sim *s, struct yh_err *err);
YH_CHECK enum yh_rc sim_enrol_agents(struct sim *s, struct yh_err *err);
/* What operators do with what was found, and units whose supply was stopped. */
YH_CHECK enum yh_rc sim_ladder(struct sim *s, yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc sim_check_ladder(struct sim *s, yh_day day, struct yh_err *err);
/* Every case and resource of the city, from the first. */
YH_CHECK enum yh_rc sim_check_record(struct sim *s, yh_day day, struct yh_err *err);

/* Months are settled and duties arise from now on; what operators, units and payers do about them.
 */
YH_CHECK enum yh_rc sim_settle_begin(struct sim *s, struct yh_err *err);
YH_CHECK enum yh_rc sim_settle(struct sim *s, yh_day day, struct yh_err *err);
/* Takes note of what was closed since. */
YH_CHECK enum yh_rc sim_settle_closed(struct sim *s, yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc sim_check_settlements(struct sim *s, yh_day day, struct yh_err *err);

/* Schemes are set, and quarters that are over evaluated by them. */
YH_CHECK enum yh_rc sim_evaluate(struct sim *s, yh_day day, struct yh_err *err);
/* What was published comes to the same when it is reckoned anew, and what it orders is begun. */
YH_CHECK enum yh_rc sim_check_evaluations(struct sim *s, yh_day day, struct yh_err *err);

/* What a step is answered with. */
struct sim_mind {
	const char *outcome, *reason;
	json_t *form;
	bool silent; /* nothing is answered */
};
/* False: not a step of the ladder. */
bool sim_ladder_mind(struct sim *s, struct yh_ctx *cx, const struct yh_case *c, const char *step,
		     uint64_t key, struct sim_mind *out);
/* False: not a step about a settlement. */
bool sim_settle_mind(struct sim *s, struct yh_ctx *cx, const struct yh_case *c, const char *step,
		     uint64_t key, struct sim_mind *out);
/* False: not a step of an evaluation, nor of what comes of it. */
bool sim_evaluate_mind(struct sim *s, struct yh_ctx *cx, const struct yh_case *c, const char *step,
		       uint64_t key, struct sim_mind *out);
/* INTERNAL "sim-invariant". */
enum yh_rc sim_broken(const char *what, const char *where, yh_day day, struct yh_err *err);

/* Invented names. */
const char *sim_district(uint32_t i);
const char *sim_unit_name(uint32_t i);
/* Its line of work. */
const char *sim_sector(uint32_t i);
const char *sim_project_name(uint32_t i);
const char *sim_person_name(uint32_t i, char out[32]);

#endif
