/* A month that somebody asked for: its progress and its end are seen meanwhile. */
#include "cases/case.h"
#include "services/settle/asked.h"

#include "base/buf.h"
#include "services/settle/draft.h"
#include "store/event.h"
#include "store/settlement_ask.h"

#define AGAIN_US (2 * YH_US_PER_S)
enum { TELL_EVERY_MS = 500, FIGURES_BYTES = 8192 };

enum yh_rc yh_settle_ask_for(struct yh_ctx *cx, const struct yh_settle_ask *ask, struct yh_id *out,
			     struct yh_err *err)
{
	struct yh_settlement_ask_row row = { .id = yh_ctx_new_id(cx),
					     .person = cx->actor->person,
					     .cloud = ask->cloud,
					     .source = ask->source,
					     .asked_at = cx->now };
	struct yh_id job = yh_ctx_new_id(cx);
	struct yh_settlement_row open;
	bool known, running = false;
	enum yh_rc rc = yh_settle_check_month(ask, cx->now, &row.month, err);

	*out = row.id;
	if (rc == YH_OK)
		rc = yh_cloud_here(cx, &ask->cloud, true, err);
	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, &ask->cloud, 1, err);
	if (rc == YH_OK)
		rc = yh_settle_check_open(cx->tx, &ask->cloud, row.month, &known, &open, err);
	if (rc == YH_OK)
		rc = yh_settlement_ask_open(cx->tx, &ask->cloud, row.month, &running, err);
	if (rc == YH_OK && running)
		rc = yh_fail(err, YH_CONFLICT, "settlement-running");
	if (rc == YH_OK)
		rc = yh_settlement_ask_insert(cx->tx, &row, err);
	return rc == YH_OK ? yh_job_insert(cx->tx, &job, "settlement.asked", &row.id, cx->now, err)
			   : rc;
}

struct ask_run {
	const struct yh_settle_job *job;
	struct yh_settlement_ask_row row;
	int64_t told_ms; /* monotonic: when its progress was written last */
};

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct ask_run *a = arg;

	return yh_settlement_ask_load(tx, &a->row.id, a->job->arena, &a->row, err);
}

static enum yh_rc write_progress(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_settlement_ask_go_on(tx, &((const struct ask_run *)arg)->row, err);
}

static enum yh_rc write_end(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_settlement_ask_end(tx, &((const struct ask_run *)arg)->row, err);
}

static enum yh_rc progress(void *arg, int64_t done, int64_t steps, struct yh_err *err)
{
	struct ask_run *a = arg;

	if (atomic_load(a->job->stop))
		return yh_fail(err, YH_BUSY, "job-stopped");
	if (yh_monotonic_ms() - a->told_ms < TELL_EVERY_MS)
		return YH_OK;
	a->told_ms = yh_monotonic_ms();
	a->row.steps = steps;
	a->row.steps_done = done;
	return yh_exec_write(a->job->world->exec, write_progress, a, err);
}

/* What went wrong is told to whoever asked, as their own request's failure would be: of what went
 * wrong inside the slug alone. */
static enum yh_rc end(struct ask_run *a, const struct yh_settle_done *done,
		      const struct yh_err *why, struct yh_err *err)
{
	struct yh_buf text;
	struct yh_jw w;
	enum yh_rc rc;

	yh_buf_init(&text, FIGURES_BYTES);
	yh_jw_init(&w, &text);
	yh_jw_figures(&w, NULL, why);
	a->row.ended_at = yh_clock_now(a->job->world->clock);
	a->row.settlement = done->settlement;
	a->row.fault = why->rc == YH_OK ? "" : why->slug;
	a->row.figures = yh_buf_ok(&text) && !yh_err_inside(why) ? yh_buf_text(&text) : "{}";
	rc = yh_exec_write(a->job->world->exec, write_end, a, err);
	yh_buf_done(&text);
	return rc;
}

enum yh_rc yh_settle_asked_job(const struct yh_settle_job *j, const struct yh_id *asked,
			       yh_time *again_at, struct yh_err *err)
{
	struct ask_run a = { .job = j, .row = { .id = *asked }, .told_ms = yh_monotonic_ms() };
	struct yh_settle_done done = { 0 };
	struct yh_settle_ask ask;
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_exec_read(j->world->exec, load, &a, err);

	if (rc != YH_OK || a.row.ended_at)
		return rc;
	a.row.begun_at = j->now;
	rc = yh_exec_write(j->world->exec, write_progress, &a, err);
	if (rc != YH_OK)
		return rc;
	ask = (struct yh_settle_ask){ .cloud = a.row.cloud,
				      .month = a.row.month,
				      .person = a.row.person,
				      .source = a.row.source,
				      .progress = progress,
				      .arg = &a };
	rc = yh_settle_compute(j->world, &ask, &done, &why);
	if (rc == YH_BUSY && !atomic_load(j->stop)) {
		*again_at = j->now + AGAIN_US;
		return YH_OK;
	}
	if (rc != YH_OK && atomic_load(j->stop)) {
		*err = why;
		return rc;
	}
	return end(&a, &done, &why, err);
}
