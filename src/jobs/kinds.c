/* The kinds of jobs. */
#include "jobs/kinds.h"

#include <string.h>

#include "cases/case.h"
#include "effects/order.h"
#include "jobs/paper.h"
#include "services/agent/agents.h"
#include "services/audit/check.h"
#include "services/backup/server.h"
#include "services/cloud/cloud.h"
#include "services/document/document.h"
#include "services/duty/duty.h"
#include "services/evaluation/evaluation.h"
#include "services/field_key/field_key.h"
#include "services/fulfil/fulfil.h"
#include "services/identity/acts.h"
#include "services/lease/cleanup.h"
#include "services/lease/watch.h"
#include "services/move/move.h"
#include "services/overview/decisions.h"
#include "services/paper/paper.h"
#include "services/report/report.h"
#include "services/settle/asked.h"
#include "services/settle/sign.h"
#include "services/settle/monthly.h"
#include "services/watch/watch.h"
#include "store/case_query.h"
#include "store/event.h"
#include "store/job.h"
#include "store/person.h"
#include "store/scan_ask.h"
#include "store/settlement_ask.h"

enum { KEEP_REPLIES_DAYS = 1, KEEP_JOBS_DAYS = 90, TIDY_MOST = 1000 };

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

static enum yh_rc step_overdue(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	(void)again_at;
	return yh_case_hours_over(cx, ref, err);
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

static enum yh_rc agent_scan(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	(void)ref;
	(void)again_at;
	return yh_agents_scan_job(l->world, l->now, l->arena, err);
}

static struct yh_cloud_job cloud_job(const struct yh_job_long *l)
{
	return (struct yh_cloud_job){ l->world, l->now, l->arena, l->stop };
}

static enum yh_rc cloud_compare(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
				struct yh_err *err)
{
	const struct yh_cloud_job j = cloud_job(l);

	(void)again_at;
	return yh_cloud_check_run(&j, ref, err);
}

static enum yh_rc cloud_daily(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	const struct yh_cloud_job j = cloud_job(l);

	(void)ref;
	return yh_cloud_check_daily(&j, again_at, err);
}

static enum yh_rc cloud_capacity(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
				 struct yh_err *err)
{
	const struct yh_cloud_job j = cloud_job(l);

	(void)ref;
	return yh_cloud_capacity(&j, again_at, err);
}

static enum yh_rc cloud_sample(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	const struct yh_cloud_job j = cloud_job(l);

	(void)ref;
	return yh_cloud_sample(&j, again_at, err);
}

static enum yh_rc audit_check(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	const struct yh_audit_check_job j = { l->world, l->now, l->arena };

	(void)again_at;
	return yh_audit_check_run(&j, ref, err);
}

static enum yh_rc audit_daily(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	static const struct yh_id unasked;

	(void)ref;
	return audit_check(l, &unasked, again_at, err);
}

static enum yh_rc backup_watch(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	(void)ref;
	(void)again_at;
	return yh_backup_watch(l->world, l->now, l->stop, err);
}

static enum yh_rc document_tidy(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
				struct yh_err *err)
{
	(void)ref;
	(void)again_at;
	return yh_documents_tidy(l->world, l->now, l->stop, err);
}

static enum yh_rc paper_seal(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	(void)ref;
	return yh_papers_seal_job(l, again_at, err);
}

static struct yh_watch_job watch_job(const struct yh_job_long *l)
{
	return (struct yh_watch_job){ l->world, l->now, l->arena, l->stop };
}

static enum yh_rc watch_asked(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	const struct yh_watch_job j = watch_job(l);

	return yh_watch_asked_job(&j, ref, again_at, err);
}

static enum yh_rc watch_scan(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	const struct yh_watch_job j = watch_job(l);

	(void)ref;
	return yh_watch_monthly_job(&j, again_at, err);
}

static enum yh_rc settlement_asked(struct yh_job_long *l, const struct yh_id *ref,
				   yh_time *again_at, struct yh_err *err)
{
	const struct yh_settle_job j = { l->world, l->now, l->arena, l->stop };

	return yh_settle_asked_job(&j, ref, again_at, err);
}

static enum yh_rc settlement_sign(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
				  struct yh_err *err)
{
	(void)again_at;
	return yh_settle_sign(l->world, ref, l->now, l->stop, err);
}

static enum yh_rc settlement_month(struct yh_job_long *l, const struct yh_id *ref,
				   yh_time *again_at, struct yh_err *err)
{
	(void)ref;
	return yh_settle_monthly(l->world, l->now, l->arena, l->stop, again_at, err);
}

static enum yh_rc report_make(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	(void)ref;
	return yh_reports_periodic(l->world, l->now, l->arena, again_at, err);
}

static struct yh_fulfil_job fulfil_job(const struct yh_job_long *l)
{
	return (struct yh_fulfil_job){ l->world, l->now, l->arena, l->stop };
}

static enum yh_rc cloud_fulfil(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	const struct yh_fulfil_job j = fulfil_job(l);

	return yh_fulfil_run(&j, ref, again_at, err);
}

static enum yh_rc cloud_ping(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	const struct yh_fulfil_job j = fulfil_job(l);

	(void)ref;
	(void)again_at;
	return yh_fulfil_ping(&j, err);
}

static enum yh_rc order_plan(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	(void)again_at;
	return yh_order_plan_late(cx, ref, err);
}

static enum yh_rc keep_days(const struct yh_ctx *cx, int64_t *days, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	const struct yh_param *p;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc != YH_OK)
		return rc;
	p = yh_pack_param(pack, "jobs.keep");
	*days = p ? p->num : KEEP_JOBS_DAYS;
	return YH_OK;
}

/* Kept replies, done jobs, scans and months asked for, when their time is over: some at a time. */
static enum yh_rc store_tidy(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	int64_t days = 0, replies = 0, jobs = 0, asks = 0, months = 0;
	enum yh_rc rc = keep_days(cx, &days, err);

	(void)ref;
	if (rc == YH_OK)
		rc = yh_kept_forget(cx->tx, cx->now - KEEP_REPLIES_DAYS * YH_US_PER_DAY, TIDY_MOST,
				    &replies, err);
	if (rc == YH_OK)
		rc = yh_job_prune(cx->tx, cx->now - days * YH_US_PER_DAY, TIDY_MOST, &jobs, err);
	if (rc == YH_OK)
		rc = yh_scan_ask_prune(cx->tx, cx->now - days * YH_US_PER_DAY, TIDY_MOST, &asks,
				       err);
	if (rc == YH_OK)
		rc = yh_settlement_ask_prune(cx->tx, cx->now - days * YH_US_PER_DAY, TIDY_MOST,
					     &months, err);
	if (months == TIDY_MOST || replies == TIDY_MOST || asks == TIDY_MOST || jobs == TIDY_MOST)
		*again_at = cx->now + YH_US_PER_S;
	return rc;
}

static enum yh_rc store_asked(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	(void)ref;
	(void)again_at;
	return yh_backups_make(l->world, l->now, l->stop, err);
}

static enum yh_rc store_backup(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	(void)ref;
	return yh_backups_due(l->world, l->now, l->stop, again_at, err);
}

static enum yh_rc field_reseal(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	(void)ref;
	return yh_field_keys_turn(l->world, l->now, l->stop, again_at, err);
}

/* Sorted by name. */
static const struct yh_job_kind kinds[] = {
	{ "act.lapse", yh_act_lapse },
	{ "agent.scan", .at_length = agent_scan, .standing_s = YH_AGENTS_SCAN_S },
	{ "audit.check", .at_length = audit_check },
	{ "audit.daily", .at_length = audit_daily, .standing_s = YH_AUDIT_CHECK_S },
	{ "backup.watch", .at_length = backup_watch, .standing_s = YH_BACKUP_WATCH_S },
	{ "calendar.redate", calendar_redate },
	{ "calendar.reload", calendar_reload, .after = reload_book },
	{ "case.elapse", case_elapse },
	{ "case.lapse", case_lapse },
	{ "case.redate", case_redate },
	{ "cloud.capacity", .at_length = cloud_capacity, .standing_s = YH_CLOUD_CAPACITY_S },
	{ "cloud.compare", .at_length = cloud_compare },
	{ "cloud.daily", .at_length = cloud_daily, .standing_s = YH_CLOUD_DAILY_S },
	{ "cloud.fulfil", .at_length = cloud_fulfil },
	{ "cloud.ping", .at_length = cloud_ping, .standing_s = YH_FULFIL_PING_S },
	{ "cloud.sample", .at_length = cloud_sample, .standing_s = YH_CLOUD_SAMPLE_S },
	{ "document.tidy", .at_length = document_tidy, .standing_s = YH_DOCUMENTS_TIDY_S },
	{ "duty.watch", yh_duty_watch, .standing_s = YH_DUTY_WATCH_S },
	{ "evaluation.rectify", yh_evaluation_rectify },
	{ "field.reseal", .at_length = field_reseal, .standing_s = YH_FIELD_KEYS_LOOK_S },
	{ "lease.cleanup", yh_lease_cleanup },
	{ "lease.watch", yh_lease_watch },
	{ "order.plan", order_plan },
	{ "org.move", yh_move_due },
	{ "paper.deem", yh_paper_pass },
	{ "paper.left", .at_length = paper_seal, .standing_s = YH_PAPERS_LEFT_S },
	{ "paper.seal", .at_length = paper_seal },
	{ "report.make", .at_length = report_make, .standing_s = 86400 },
	{ "settlement.asked", .at_length = settlement_asked },
	{ "settlement.month", .at_length = settlement_month, .standing_s = 86400 },
	{ "settlement.sign", .at_length = settlement_sign },
	{ "step.count", yh_steps_count, .standing_s = YH_STEPS_COUNT_S },
	{ "step.overdue", step_overdue },
	{ "step.remind", step_remind },
	{ "step.silence", step_silence },
	{ "store.asked", .at_length = store_asked },
	{ "store.backup", .at_length = store_backup, .standing_s = YH_BACKUP_LOOK_S },
	{ "store.tidy", store_tidy, .standing_s = 3600 },
	{ "watch.asked", .at_length = watch_asked },
	{ "watch.scan", .at_length = watch_scan, .standing_s = YH_WATCH_LOOK_S },
};

const struct yh_job_kind *yh_job_kinds(size_t *n)
{
	*n = sizeof kinds / sizeof kinds[0];
	return kinds;
}

const struct yh_job_kind *yh_job_kind_of(const struct yh_jobs_config *cfg, const char *name)
{
	const struct yh_job_kind *list = cfg->kinds ? cfg->kinds : kinds;
	size_t n = cfg->kinds ? cfg->n_kinds : sizeof kinds / sizeof kinds[0];

	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

struct yh_id yh_job_standing_id(const struct yh_job_kind *kind)
{
	struct yh_sm3 digest = yh_sm3_of(kind->name, strlen(kind->name));
	struct yh_id id;

	memcpy(id.b, digest.b, sizeof id.b);
	return id;
}
