/* A month that somebody asked for: its progress and its end are seen meanwhile. */
#include "cases/case.h"
#include "services/settle/asked.h"

#include "services/asked/asked.h"
#include "services/settle/draft.h"
#include "store/event.h"
#include "store/settlement_ask.h"

enum yh_rc yh_settle_ask_for(struct yh_ctx *cx, const struct yh_settle_ask *ask, struct yh_id *out,
			     struct yh_err *err)
{
	struct yh_settlement_ask_row row = { .id = yh_ctx_new_id(cx),
					     .person = cx->actor->person,
					     .cloud = ask->cloud,
					     .source = ask->source,
					     .how.asked_at = cx->now };
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
	struct yh_asked asked;
	const struct yh_settle_job *job;
	struct yh_settlement_ask_row row;
};

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct ask_run *a = arg;

	return yh_settlement_ask_load(tx, &a->row.id, a->job->arena, &a->row, err);
}

static enum yh_rc go_on(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_settlement_ask_go_on(tx, &((struct ask_run *)arg)->row, err);
}

static enum yh_rc end(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_settlement_ask_end(tx, &((struct ask_run *)arg)->row, err);
}

static enum yh_rc progress(void *arg, int64_t done, int64_t steps, struct yh_err *err)
{
	return yh_asked_progress(&((struct ask_run *)arg)->asked, done, steps, err);
}

static enum yh_rc reckon(void *arg, struct yh_err *err)
{
	struct ask_run *a = arg;
	const struct yh_settle_ask ask = { .cloud = a->row.cloud,
					   .month = a->row.month,
					   .person = a->row.person,
					   .source = a->row.source,
					   .progress = progress,
					   .arg = a };
	struct yh_settle_done done = { 0 };
	enum yh_rc rc = yh_settle_compute(a->job->world, &ask, &done, err);

	a->row.settlement = done.settlement;
	return rc;
}

static const struct yh_asked_kind kind = { load, go_on, end, reckon, YH_BUSY };

enum yh_rc yh_settle_asked_job(const struct yh_settle_job *j, const struct yh_id *asked,
			       yh_time *again_at, struct yh_err *err)
{
	struct ask_run a = { .job = j, .row.id = *asked };

	a.asked = (struct yh_asked){ &kind, &a, &a.row.how, j->world, j->now, j->stop, 0 };
	return yh_asked_run(&a.asked, again_at, err);
}
