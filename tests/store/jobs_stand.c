/* What the tests of the scheduler stand on: kinds of jobs that leave a trace, servers, planting. */
#include "jobs_stand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/event.h"
#include "store/job.h"
#include "store/schema.h"

static struct yh_id ref_of(int n)
{
	struct yh_id id = { { 0 } };

	(void)snprintf((char *)id.b, sizeof id.b, "ref%d", n);
	return id;
}

/* An effect that is seen: a number per name, in a table that stands there. */
static enum yh_rc add(struct yh_tx *tx, const char *name, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO counter (name, value) VALUES ($1, 1) ON CONFLICT (name) DO"
		       " UPDATE SET value = counter.value + 1",
		       YH_T(name));
}

static enum yh_rc value_of(struct yh_tx *tx, const char *name, int64_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT value FROM counter WHERE name = $1", YH_T(name));

	if (rc != YH_OK)
		return rc;
	*n = yh_rows_next(rows) ? yh_col_i64(rows, 0) : 0;
	return yh_rows_end(rows, err);
}

static enum yh_rc count_up(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			   struct yh_err *err)
{
	enum yh_rc rc = add(cx->tx, (const char *)ref->b, err);

	(void)again_at;
	return rc == YH_OK ? add(cx->tx, "all", err) : rc;
}

/* Keeps the number of those before it under its own ref. */
static enum yh_rc keep_order(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	(void)again_at;
	return yh_exec(cx->tx, err,
		       "INSERT INTO counter (name, value) SELECT $1, count(*) FROM counter WHERE"
		       " name LIKE 'ref%'",
		       YH_T((const char *)ref->b));
}

/* Comes back until it was there five times. */
static enum yh_rc five_times(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = add(cx->tx, (const char *)ref->b, err);

	if (rc == YH_OK)
		rc = value_of(cx->tx, (const char *)ref->b, &n, err);
	*again_at = n < 5 ? cx->now : 0;
	return rc;
}

static enum yh_rc fail_plainly(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	enum yh_rc rc = add(cx->tx, (const char *)ref->b, err);

	(void)again_at;
	if (rc != YH_OK)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "not-today");
	yh_err_int(err, "n", 7);
	yh_err_text(err, "what", "\"quoted\"");
	return rc;
}

static enum yh_rc fail_in_the_store(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				    struct yh_err *err)
{
	(void)ref;
	(void)again_at;
	return yh_exec(cx->tx, err, "INSERT INTO counter (name, value) VALUES (NULL, 1)");
}

static enum yh_rc fail_busily(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	(void)cx;
	(void)ref;
	(void)again_at;
	return yh_fail(err, YH_BUSY, "meter-busy");
}

static enum yh_rc leave_open(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	struct yh_rows *rows;

	(void)ref;
	(void)again_at;
	return yh_query(cx->tx, err, &rows, "SELECT 1 FROM counter");
}

static enum yh_rc one_after_the_other(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				      struct yh_err *err)
{
	char key[40];
	int64_t due = 0, done = 0;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(cx->tx, err, &rows,
				 "SELECT min(due_at) FROM job WHERE ref = $1 AND done_at IS NULL",
				 YH_ID(ref));

	(void)again_at;
	if (rc != YH_OK)
		return rc;
	due = yh_rows_next(rows) ? (yh_col_i64(rows, 0) - jobs_noon) / jobs_minute : -1;
	rc = yh_rows_end(rows, err);
	(void)snprintf(key, sizeof key, "next-%s", (const char *)ref->b);
	if (rc == YH_OK)
		rc = value_of(cx->tx, key, &done, err);
	if (rc == YH_OK && due != done)
		rc = yh_fail(err, YH_CONFLICT, "out-of-order");
	return rc == YH_OK ? add(cx->tx, key, err) : rc;
}

static enum yh_rc count_long(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return add(tx, arg, err);
}

/* While it works, jobs_other finds nothing to do. */
struct jobs_server *jobs_other;
static enum yh_rc at_length(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			    struct yh_err *err)
{
	char name[16] = "";
	size_t ran = 1;
	enum yh_rc rc = jobs_other ? yh_jobs_run_due(&jobs_other->cfg, l->now, &ran, err) : YH_OK;

	(void)again_at;
	if (rc == YH_OK && jobs_other && ran != 0)
		return yh_fail(err, YH_CONFLICT, "done-by-another");
	memcpy(name, ref->b, sizeof name - 1);
	return rc == YH_OK ? yh_exec_write(l->world->exec, count_long, name, err) : rc;
}

static enum yh_rc once(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
		       struct yh_err *err)
{
	(void)again_at;
	return add(cx->tx, (const char *)ref->b, err);
}

static const struct yh_job_kind kinds[] = {
	{ "t.busy", fail_busily },
	{ "t.chain", one_after_the_other },
	{ "t.count", count_up },
	{ "t.five", five_times },
	{ "t.long", .at_length = at_length },
	{ "t.once", once },
	{ "t.open", leave_open },
	{ "t.order", keep_order },
	{ "t.poison", fail_plainly },
	{ "t.standing", count_up, .standing_s = 3600 },
	{ "t.store", fail_in_the_store },
};

struct yh_job_kind jobs_standing(void)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].standing_s)
			return kinds[i];
	abort();
}

void jobs_server_init(struct jobs_server *s, struct yh_exec *x, uint64_t seed)
{
	*s = (struct jobs_server){ .ids = yh_idgen_new_seeded(seed) };
	yh_clock_manual(&s->clock, jobs_noon);
	s->world = (struct yh_world){
		.exec = x, .clock = &s->clock, .ids = s->ids, .counts = &s->counts
	};
	s->cfg = (struct yh_jobs_config){ .world = &s->world,
					  .kinds = kinds,
					  .n_kinds = sizeof kinds / sizeof kinds[0] };
}

static void jobs_migrate(struct store_test *t)
{
	store_test_schema(t);
}

int jobs_open_store(void **state)
{
	if (store_test_open(state) != 0)
		return -1;
	jobs_migrate(*state);
	return 0;
}

int jobs_at_noon(int i)
{
	(void)i;
	return 0;
}

int jobs_in_turn(int i)
{
	return i;
}

int jobs_shuffled(int i)
{
	return i * 37 % 101;
}

enum yh_rc jobs_plant(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct jobs_planting *p = arg;

	for (int i = 0; i < p->n; i++) {
		struct yh_id id = yh_id_new(p->s->ids, jobs_noon);
		struct yh_id ref = ref_of(p->first + i * p->ref_step);

		WANT_OK(yh_job_insert(tx, &id, p->kind, &ref,
				      jobs_noon + p->minutes(i) * jobs_minute, err));
	}
	return YH_OK;
}

size_t jobs_run_at(struct jobs_server *s, yh_time now)
{
	struct yh_err err = { 0 };
	size_t ran;

	yh_clock_set(&s->clock, now);
	if (yh_jobs_run_due(&s->cfg, now, &ran, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	return ran;
}

void jobs_server_done(struct jobs_server *s)
{
	yh_idgen_free(s->ids);
}
