/* See asked.h. */
#include "services/asked/asked.h"

#include "base/buf.h"

#define AGAIN_US (2 * YH_US_PER_S)
enum { TELL_EVERY_MS = 500 };

enum yh_rc yh_asked_progress(struct yh_asked *a, int64_t done, int64_t steps, struct yh_err *err)
{
	if (atomic_load(a->stop))
		return yh_fail(err, YH_BUSY, "job-stopped");
	if (yh_monotonic_ms() - a->told_ms < TELL_EVERY_MS)
		return YH_OK;
	a->told_ms = yh_monotonic_ms();
	a->how->steps = steps;
	a->how->steps_done = done;
	return yh_exec_write(a->world->exec, a->kind->go_on, a->run, err);
}

static enum yh_rc begin(struct yh_asked *a, struct yh_err *err)
{
	a->told_ms = yh_monotonic_ms();
	a->how->begun_at = a->now;
	return yh_exec_write(a->world->exec, a->kind->go_on, a->run, err);
}

static enum yh_rc end(struct yh_asked *a, const struct yh_err *why, struct yh_err *err)
{
	struct yh_buf text;
	enum yh_rc rc;

	a->how->ended_at = yh_clock_now(a->world->clock);
	a->how->fault = why->rc == YH_OK ? "" : why->slug;
	a->how->figures = yh_figures_told(&text, why);
	rc = yh_exec_write(a->world->exec, a->kind->end, a->run, err);
	yh_buf_done(&text);
	return rc;
}

enum yh_rc yh_asked_run(struct yh_asked *a, yh_time *again_at, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_exec_read(a->world->exec, a->kind->load, a->run, err);

	if (rc != YH_OK || a->how->ended_at)
		return rc;
	rc = begin(a, err);
	if (rc != YH_OK)
		return rc;
	rc = a->kind->work(a->run, &why);
	if (rc != YH_OK && atomic_load(a->stop)) {
		if (err)
			*err = why;
		return rc;
	}
	if (rc != YH_OK && rc == a->kind->in_the_way) {
		*again_at = a->now + AGAIN_US;
		return YH_OK;
	}
	return end(a, &why, err);
}
