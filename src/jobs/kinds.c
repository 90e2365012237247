/* The kinds of jobs. */
#include "jobs/kinds.h"

#include <string.h>

#include "cases/case.h"
#include "services/agent/agents.h"
#include "services/lease/cleanup.h"
#include "services/lease/watch.h"
#include "services/watch/watch.h"
#include "store/case_query.h"
#include "store/event.h"

static enum yh_rc case_lapse(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	(void)again_at;
	return yh_case_lapse(cx, ref, err);
}

static enum yh_rc case_elapse(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	(void)again_at;
	return yh_case_elapse(cx, ref, err);
}

static enum yh_rc case_redate(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	(void)again_at;
	return yh_case_redate(cx, ref, err);
}

static enum yh_rc step_remind(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	(void)again_at;
	return yh_case_remind(cx, ref, err);
}

static enum yh_rc step_silence(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	(void)again_at;
	return yh_case_silence(cx, ref, err);
}

static enum yh_rc calendar_reload(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				  struct yh_err *err)
{
	struct yh_id id = yh_ctx_new_id(cx);

	(void)ref;
	(void)again_at;
	return yh_job_insert(cx->tx, &id, "calendar.redate", NULL, cx->now, err);
}

static enum yh_rc reload_book(const struct yh_jobs_config *cfg, struct yh_err *err)
{
	return yh_book_reload(cfg->book, err);
}

/* Open cases of the whole city are dated anew, one small job each. */
static enum yh_rc calendar_redate(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				  struct yh_err *err)
{
	struct yh_id *ids;
	size_t n;
	enum yh_rc rc = yh_case_open_ids(cx->tx, cx->arena, &ids, &n, err);

	(void)ref;
	(void)again_at;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_id id = yh_ctx_new_id(cx);

		rc = yh_job_insert(cx->tx, &id, "case.redate", &ids[i], cx->now, err);
	}
	return rc == YH_OK ? yh_lease_watch_all(cx, err) : rc;
}

static enum yh_rc agent_scan(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	(void)ref;
	/* a server without agents lets the job end; the next start makes one */
	if (cx->world->agents)
		*again_at = cx->now + YH_AGENTS_SCAN_S * YH_US_PER_S;
	return yh_agents_scan_job(cx, err);
}

static enum yh_rc watch_scan(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	(void)ref;
	return yh_watch_job(cx, again_at, err);
}

/* Sorted by name. */
static const struct yh_job_kind kinds[] = {
	{ "agent.scan", agent_scan, NULL },
	{ "calendar.redate", calendar_redate, NULL },
	{ "calendar.reload", calendar_reload, reload_book },
	{ "case.elapse", case_elapse, NULL },
	{ "case.lapse", case_lapse, NULL },
	{ "case.redate", case_redate, NULL },
	{ "lease.cleanup", yh_lease_cleanup, NULL },
	{ "lease.watch", yh_lease_watch, NULL },
	{ "step.remind", step_remind, NULL },
	{ "step.silence", step_silence, NULL },
	{ "watch.scan", watch_scan, NULL },
};

const struct yh_job_kind *yh_job_kinds(size_t *n)
{
	*n = sizeof kinds / sizeof kinds[0];
	return kinds;
}

const struct yh_job_kind *yh_job_kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
