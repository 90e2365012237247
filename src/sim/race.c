/* Two servers over one store, with a thread each. */
#include <pthread.h>
#include <string.h>

#include "sim/city.h"

enum { RACES_IN = 3, LEFT_MAX = 20 };

struct rival {
	struct sim *s;
	const struct sim_person *who;
	sim_fn fn;
	void *arg;
	pthread_barrier_t *start;
	enum yh_rc rc;
	struct yh_err err;
};

static void *run_rival(void *arg)
{
	struct rival *r = arg;

	(void)pthread_barrier_wait(r->start);
	r->rc = sim_do_there(r->s, r->who, r->fn, r->arg, &r->err);
	return NULL;
}

/* Somebody else of the same role and body, if there is one. */
static const struct sim_person *colleague(const struct sim *s, const struct sim_person *p)
{
	for (size_t i = 0; i < s->n_people; i++)
		if (&s->people[i] != p && yh_id_eq(&s->people[i].org, &p->org) &&
		    strcmp(s->people[i].role, p->role) == 0)
			return &s->people[i];
	return p;
}

static enum yh_rc both_at_once(struct sim *s, const struct sim_person *who, struct rival *r,
			       void *arg, struct yh_err *mine, struct yh_err *err)
{
	pthread_barrier_t start;
	pthread_t thread;
	enum yh_rc rc;

	(void)pthread_barrier_init(&start, NULL, 2);
	r->start = &start;
	sim_go_on(s, 20);
	if (pthread_create(&thread, NULL, run_rival, r) != 0)
		return yh_fail(err, YH_INTERNAL, "thread-start");
	(void)pthread_barrier_wait(&start);
	rc = sim_do_now(s, who, r->fn, arg, mine);
	(void)pthread_join(thread, NULL);
	(void)pthread_barrier_destroy(&start);
	s->report->races++;
	return rc;
}

enum yh_rc sim_race(struct sim *s, const struct sim_person *who, sim_fn fn, void *arg,
		    void *rival_arg, uint64_t key, bool *both, struct yh_err *err)
{
	struct rival r = {
		.s = s, .who = colleague(s, who), .fn = fn, .arg = rival_arg, .rc = YH_REFUSED
	};
	struct yh_err mine = { 0 };
	enum yh_rc rc;

	*both = false;
	if (!s->cfg->rival || sim_draw(s, "race", key, RACES_IN) != 0)
		return sim_do(s, who, fn, arg, err);
	rc = both_at_once(s, who, &r, arg, &mine, err);
	*both = rc == YH_OK && r.rc == YH_OK;
	if (rc == YH_OK || r.rc == YH_OK)
		return YH_OK;
	if (err)
		*err = mine;
	return rc;
}

/* ---- passes ---- */

static void *run_pass(void *arg)
{
	struct sim_pass *p = arg;
	const struct yh_sim_config *cfg = p->s->cfg;
	struct yh_jobs_config jobs = { .world = cfg->rival, .book = cfg->rival_book };
	size_t ran;

	p->why.rc = yh_jobs_run_due(&jobs, p->now, &ran, &p->why);
	return NULL;
}

enum yh_rc sim_pass_begin(struct sim *s, struct sim_pass *p, struct yh_err *err)
{
	*p = (struct sim_pass){ .s = s, .now = s->now };
	if (!s->cfg->rival)
		return YH_OK;
	p->runs = pthread_create(&p->thread, NULL, run_pass, p) == 0;
	return p->runs ? YH_OK : yh_fail(err, YH_INTERNAL, "thread-start");
}

/* A crash of the first may have been the second's, and the other way round; what it put off comes
 * back within minutes. */
enum yh_rc sim_pass_end(struct sim_pass *p, const struct yh_jobs_config *jobs, struct yh_err *err)
{
	struct sim *s = p->s;
	size_t ran = 1;
	enum yh_rc rc = YH_OK;

	if (!p->runs)
		return YH_OK;
	(void)pthread_join(p->thread, NULL);
	p->runs = false;
	if (p->why.rc != YH_OK && p->why.rc != YH_STORAGE) {
		*err = p->why;
		return err->rc;
	}
	for (int i = 0; rc == YH_OK && ran > 0 && i < LEFT_MAX; i++) {
		sim_go_on(s, 120);
		rc = yh_jobs_run_due(jobs, s->now, &ran, err);
	}
	return rc;
}
