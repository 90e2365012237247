/* The simulated city: one day after the other. */
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

#include "db/fault.h"
#include "law/calendar.h"
#include "services/project/project.h"
#include "sim/city.h"
#include "store/case_query.h"

enum yh_rc sim_broken(const char *what, const char *where, yh_day day, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_INTERNAL, "sim-invariant");

	yh_err_text(err, "what", what);
	yh_err_text(err, "where", where);
	yh_err_day(err, "day", day);
	return rc;
}

struct checking {
	struct sim *s;
	yh_day day;
	size_t i;
};

static bool leases_asked(const struct sim *s, uint32_t project)
{
	for (size_t i = 0; i < s->n_leased; i++)
		if (s->leased[i].project == project && s->leased[i].stage == SIM_LEASE_ASKED)
			return true;
	return false;
}

/* Nothing runs above what was granted, and nothing is held for a case that has ended. */
static enum yh_rc check_project(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	const struct sim_project *p = &q->s->projects[q->i];
	struct yh_quota_day_line *list;
	size_t n;
	enum yh_rc rc =
		yh_quota_day(cx, &q->s->people[p->unit].org, &p->id, NULL, q->day, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (list[i].allocated_milli > list[i].effective_milli &&
		    list[i].windows_milli == 0 && p->number % 5 != 0)
			rc = sim_broken("allocated above the quota", list[i].dim, q->day, err);
		else if (list[i].reserved_milli > 0 && yh_id_is_zero(&p->pending) &&
			 !leases_asked(q->s, (uint32_t)q->i))
			rc = sim_broken("a reservation without a case", list[i].dim, q->day, err);
	}
	return rc;
}

/* What is overdue shows to the auditor; what is due lies on no rest day. */
static enum yh_rc check_overdue(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	const struct yh_law_book *law = cx->world->law;
	struct yh_viewer who = { .person = cx->actor->person,
				 .today = q->day,
				 .now = yh_day_start(q->day),
				 .any = true };
	struct yh_inbox_cursor from = { .due = INT64_MIN };
	struct yh_case_line *list;
	size_t n;
	enum yh_rc rc = yh_overdue(cx->tx, &who, &from, 10000, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool works;

		if (list[i].due_day >= q->day)
			return sim_broken("not overdue", list[i].no, q->day, err);
		rc = yh_workday(law->calendar(law->self), list[i].due_day, YH_PROVISIONAL, &works,
				err);
		if (rc == YH_OK && !works)
			rc = sim_broken("due on a rest day", list[i].no, list[i].due_day, err);
	}
	return rc;
}

enum yh_rc sim_check(struct sim *s, yh_day day, struct yh_err *err)
{
	struct checking q = { .s = s, .day = day };
	enum yh_rc rc = sim_look(s, &s->people[9], check_overdue, &q, err);

	if (rc == YH_OK)
		rc = sim_check_leases(s, day, err);
	if (rc == YH_OK)
		rc = sim_check_ladder(s, day, err);
	for (; rc == YH_OK && q.i < s->n_projects; q.i++)
		if (s->projects[q.i].stage != SIM_PLANNED)
			rc = sim_look(s, NULL, check_project, &q, err);
	return rc;
}

/* Projects begin over the first two thirds of the time. */
static void plan(struct sim *s)
{
	yh_day span = (s->cfg->last - s->cfg->first) * 2 / 3;

	for (uint32_t i = 0; i < s->cfg->projects && i < SIM_PROJECTS_MAX; i++) {
		struct sim_project *p = &s->projects[s->n_projects++];
		size_t first_unit = s->n_people - s->cfg->units;

		*p = (struct sim_project){ .unit = (uint32_t)(first_unit + i % s->cfg->units),
					   .number = i,
					   .cloud = s->clouds[0] };
		p->next = s->cfg->first + 1 +
			  (yh_day)sim_draw(s, "begin", i, span > 0 ? (uint32_t)span : 1);
	}
}

/* Now and then nothing runs for some days, and what was due meanwhile is caught up with; not when a
 * demo is about to be handed over. */
static bool is_down(struct sim *s, yh_day day)
{
	bool may = !s->cfg->told_until || day + 10 < s->cfg->last;

	if (may && day >= s->down_until && sim_draw(s, "outage", (uint64_t)day, 60) == 0) {
		s->down_until = day + 1 + (yh_day)sim_draw(s, "down", (uint64_t)day, 8);
		s->report->outages++;
	}
	return day < s->down_until;
}

/* What a failure put off comes back within minutes. */
static enum yh_rc run_again(struct sim *s, const struct yh_jobs_config *jobs, struct yh_err *err)
{
	size_t ran;
	enum yh_rc rc;

	sim_go_on(s, 120);
	rc = yh_jobs_run_due(jobs, s->now, &ran, err);
	s->report->crashes += rc == YH_OK && ran > 0;
	return rc;
}

/* Two servers make their pass: the first is cut off in the middle every few days and starts again;
 * the second then finds nothing left to do. */
static enum yh_rc run_jobs(struct sim *s, yh_day day, const struct yh_jobs_config *jobs,
			   struct yh_err *err)
{
	struct yh_err why = { 0 };
	size_t ran;
	uint64_t key = (uint64_t)s->now;
	bool cut_off = sim_draw(s, "cut off", key, 4) == 0;
	enum yh_rc rc;

	if (cut_off)
		yh_fault_arm_statement(1 + (int)sim_draw(s, "statement", key, 400));
	rc = yh_jobs_run_due(jobs, s->now, &ran, &why);
	yh_fault_arm_statement(0);
	if (cut_off && (rc == YH_OK || rc == YH_STORAGE))
		rc = run_again(s, jobs, err);
	else if (rc != YH_OK && err)
		*err = why;
	if (rc == YH_OK)
		rc = yh_jobs_run_due(jobs, s->now, &ran, err);
	if (rc == YH_OK && ran > 0 && !s->cfg->rival)
		rc = sim_broken("a job left for the second server", "", day, err);
	return rc;
}

static enum yh_rc act(struct sim *s, yh_day day, const struct yh_jobs_config *jobs,
		      struct yh_err *err)
{
	size_t ran;
	enum yh_rc rc = sim_watch(s, day, err);

	if (rc == YH_OK)
		rc = sim_units(s, day, err);
	if (rc == YH_OK)
		rc = sim_ladder(s, day, err);
	if (rc == YH_OK)
		rc = sim_leases(s, day, err);
	if (rc == YH_OK)
		rc = sim_settle(s, day, err);
	if (rc == YH_OK)
		rc = sim_evaluate(s, day, err);
	if (rc == YH_OK)
		rc = sim_records(s, day, err);
	if (rc == YH_OK)
		rc = sim_desks(s, day, err);
	/* what was decided may have brought about what is due at once */
	if (rc == YH_OK) {
		sim_go_on(s, 60);
		rc = yh_jobs_run_due(jobs, s->now, &ran, err);
	}
	return rc;
}

typedef enum yh_rc (*work_fn)(struct sim *s, yh_day day, const struct yh_jobs_config *jobs,
			      struct yh_err *err);

/* The second server, if there is one, makes its pass meanwhile. */
static enum yh_rc beside_a_pass(struct sim *s, yh_day day, const struct yh_jobs_config *jobs,
				work_fn work, struct yh_err *err)
{
	struct sim_pass pass;
	struct yh_err why = { 0 };
	enum yh_rc rc = sim_pass_begin(s, &pass, err), end;

	if (rc == YH_OK)
		rc = work(s, day, jobs, err);
	end = sim_pass_end(&pass, jobs, &why);
	if (rc == YH_OK && end != YH_OK) {
		*err = why;
		rc = end;
	}
	return rc;
}

static enum yh_rc find_last_workday(struct sim *s, struct yh_err *err)
{
	const struct yh_law_book *law = s->cfg->world->law;
	bool works = false;
	enum yh_rc rc = YH_OK;
	yh_day day = s->cfg->last + 1;

	s->handed_over = YH_DAY_NONE;
	while (rc == YH_OK && s->cfg->told_until && !works && --day > s->cfg->first)
		rc = yh_workday(law->calendar(law->self), day, YH_PROVISIONAL, &works, err);
	if (works)
		s->handed_over = day;
	return rc;
}

static enum yh_rc live_day(struct sim *s, yh_day day, struct yh_err *err)
{
	const struct yh_law_book *law = s->cfg->world->law;
	struct yh_jobs_config jobs = { .world = s->cfg->world,
				       .book = s->cfg->book,
				       .at_a_time = s->cfg->rival ? 0 : 1,
				       .seal = s->cfg->sealer ? yh_sealer_step : NULL,
				       .seal_arg = s->cfg->sealer };
	/* with two servers every other night nobody looks, and what is due is done while people act
	 */
	bool late = s->cfg->rival && sim_draw(s, "late pass", (uint64_t)day, 2) == 0, works;
	enum yh_rc rc;

	if (is_down(s, day))
		return YH_OK;
	s->now = yh_day_start(day);
	sim_go_on(s, 60);
	rc = yh_workday(law->calendar(law->self), day, YH_PROVISIONAL, &works, err);
	if (rc == YH_OK && (!late || !works))
		rc = beside_a_pass(s, day, &jobs, run_jobs, err);
	s->now = yh_day_start(day);
	sim_go_on(s, INT64_C(8 * 3600));
	/* whoever is shown a demo finds the day's inspection still to be made */
	if (rc == YH_OK && (!s->cfg->told_until || day < s->cfg->last))
		rc = sim_inspect(s, day, err);
	if (rc != YH_OK || !works)
		return rc;
	s->now = yh_day_start(day);
	sim_go_on(s, INT64_C(9 * 3600));
	rc = beside_a_pass(s, day, &jobs, act, err);
	s->report->days++;
	return rc == YH_OK ? sim_check(s, day, err) : rc;
}

/* Nobody acts any more; only machines speak. */
static enum yh_rc tell_on(struct sim *s, struct yh_err *err)
{
	enum yh_rc rc;

	if (s->cfg->told_until <= s->now)
		return YH_OK;
	sim_go_on(s, (s->cfg->told_until - s->now) / YH_US_PER_S);
	rc = sim_feed(s, yh_day_of(s->now), err);
	if (rc == YH_OK)
		rc = sim_tell_platforms(s, err);
	return rc == YH_OK ? sim_enrol_agents(s, err) : rc;
}

static enum yh_rc finish(struct sim *s, struct yh_err *err)
{
	struct yh_audit_report walk;
	struct yh_checkpoint c;
	enum yh_rc rc = sim_feed(s, yh_day_of(s->now) - 1, err);

	if (rc == YH_OK)
		rc = tell_on(s, err);
	if (rc == YH_OK)
		rc = sim_open_accounts(s, err);
	if (rc == YH_OK)
		rc = sim_check_record(s, yh_day_of(s->now), err);
	if (rc == YH_OK)
		rc = sim_check_settlements(s, yh_day_of(s->now), err);
	if (rc == YH_OK)
		rc = sim_check_evaluations(s, yh_day_of(s->now), err);
	if (rc != YH_OK || !s->cfg->sealer)
		return rc;
	rc = yh_sealer_step(s->cfg->sealer, s->now, err);
	if (rc == YH_OK)
		rc = yh_sealer_sign(s->cfg->sealer, s->now, &c, err);
	if (rc == YH_OK)
		rc = yh_sealer_verify(s->cfg->sealer, &c, &walk, err);
	if (rc == YH_OK && (walk.broken || walk.unsealed))
		rc = sim_broken("the audit chain", walk.what, yh_day_of(s->now), err);
	if (rc == YH_OK) {
		s->report->records = walk.records;
		s->report->digest = c.chain;
	}
	return rc;
}

enum yh_rc yh_sim_run(const struct yh_sim_config *cfg, struct yh_sim_report *out,
		      struct yh_err *err)
{
	struct sim *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	*out = (struct yh_sim_report){ 0 };
	if (!s)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->cfg = cfg;
	s->report = out;
	s->fed_until = cfg->first - 1;
	s->now = yh_day_start(cfg->first) + INT64_C(8 * 3600) * YH_US_PER_S;
	rc = yh_json_parse(cfg->catalogue, strlen(cfg->catalogue), &s->catalogue, err);
	if (rc == YH_OK)
		rc = sim_found(s, err);
	if (rc == YH_OK)
		rc = sim_settle_begin(s, err);
	if (rc == YH_OK)
		rc = find_last_workday(s, err);
	if (rc == YH_OK)
		plan(s);
	for (yh_day day = cfg->first + 1; rc == YH_OK && day <= cfg->last; day++)
		rc = live_day(s, day, err);
	if (rc == YH_OK)
		rc = finish(s, err);
	json_decref(s->catalogue);
	free(s);
	return rc;
}

void yh_sim_accounts(struct yh_buf *out)
{
	static const char *const lines[] = {
		"authority authority 云海市政务云主管部门",
		"authority-b authority 云海市政务云主管部门",
		"econ-info econ_info 云海市经济信息化委",
		"operator operator 云海市大数据中心",
		"operator-b operator 云海市大数据中心",
		"vendor-a provider 云海智算服务公司",
		"unit01 unit 云海市民生事务局",
		"unit02 unit 云海市健康事务局",
		"unit03 unit 云东区教育发展局",
		"d01-review district_operator 云东区大数据中心",
		"sponsor sponsor 云海市国资事务局",
		"finance finance 云海市财政局",
		"sysadmin sysadmin 云衡平台",
		"secadmin secadmin 云衡平台",
		"secadmin2 secadmin 云衡平台",
		"auditor auditor 云衡平台",
	};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		yh_buf_printf(out, "%s\n", lines[i]);
}
