/* See asked.h. */
#include "services/asked/asked.h"

#include "base/buf.h"

enum { TELL_EVERY_MS = 500 };

enum yh_rc yh_asked_begin(struct yh_asked *a, yh_time now, struct yh_err *err)
{
	a->told_ms = yh_monotonic_ms();
	a->how->begun_at = now;
	return yh_exec_write(a->world->exec, a->go_on, a->row, err);
}

enum yh_rc yh_asked_progress(struct yh_asked *a, int64_t done, int64_t steps, struct yh_err *err)
{
	if (atomic_load(a->stop))
		return yh_fail(err, YH_BUSY, "job-stopped");
	if (yh_monotonic_ms() - a->told_ms < TELL_EVERY_MS)
		return YH_OK;
	a->told_ms = yh_monotonic_ms();
	a->how->steps = steps;
	a->how->steps_done = done;
	return yh_exec_write(a->world->exec, a->go_on, a->row, err);
}

enum yh_rc yh_asked_end(struct yh_asked *a, const struct yh_err *why, struct yh_err *err)
{
	struct yh_buf text;
	enum yh_rc rc;

	a->how->ended_at = yh_clock_now(a->world->clock);
	a->how->fault = why->rc == YH_OK ? "" : why->slug;
	a->how->figures = yh_figures_told(&text, why);
	rc = yh_exec_write(a->world->exec, a->end, a->row, err);
	yh_buf_done(&text);
	return rc;
}
