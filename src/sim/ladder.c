/* The ladder of Art. 25 in the simulated city: operators report what was found or dismiss it,
 * authorities warn, units answer, are silent or refuse, and ask for supply again. */
#include <stdio.h>
#include <string.h>

#include "cases/case.h"
#include "services/project/project.h"
#include "services/watch/watch.h"
#include "sim/city.h"
#include "sim/words.h"
#include "store/case_query.h"
#include "store/project.h"
#include "store/resource.h"

enum { PAGE = 200, PATIENCE_DAYS = 45, REPORT_SPREAD = 6 };

static uint64_t key_of(const char *no)
{
	uint64_t h = 1469598103934665603u;

	for (; *no; no++)
		h = (h ^ (unsigned char)*no) * 1099511628211u;
	return h;
}

static bool is_refusal(enum yh_rc rc)
{
	return rc == YH_REFUSED || rc == YH_CONFLICT;
}

/* ---- operators ---- */

/* What one of them has before them on a day. */
struct round {
	struct sim *s;
	const struct sim_person *who;
	yh_day day;
	struct {
		struct yh_id id, project;
		char no[48];
		yh_day found;
	} open[PAGE];
	size_t n_open;
	struct yh_id returned[PAGE];
	size_t n_returned;
	size_t at; /* in hand */
};

static enum yh_rc read_round(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct round *r = arg;
	struct yh_viewer who = yh_viewer_of(cx, "cloud");
	struct yh_finding_filter f = { .state = "open", .rule = "", .limit = PAGE };
	struct yh_case_filter returned = { .state = "returned",
					   .procedure = SIM_RECTIFICATION,
					   .limit = PAGE };
	struct yh_finding_line *list;
	struct yh_case_line *cases;
	enum yh_rc rc = yh_finding_page(cx->tx, &who, &f, false, cx->arena, &list, &r->n_open, err);

	for (size_t i = 0; rc == YH_OK && i < r->n_open; i++) {
		r->open[i].id = list[i].row.id;
		r->open[i].project = list[i].row.project;
		r->open[i].found = yh_day_of(list[i].row.found_at);
		memcpy(r->open[i].no, list[i].row.no, sizeof r->open[i].no);
	}
	if (rc == YH_OK)
		rc = yh_case_list(cx->tx, &who, &returned, cx->arena, &cases, &r->n_returned, err);
	for (size_t i = 0; rc == YH_OK && i < r->n_returned; i++)
		r->returned[i] = cases[i].id;
	return rc;
}

static enum yh_rc report(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct round *r = arg;
	YH_JSON_AUTO form = json_pack("{s:s}", "assessment", "经核实，与监测结果一致");
	struct yh_file_in in = { .procedure = SIM_RECTIFICATION,
				 .record = r->open[r->at].id,
				 .form = form };
	struct yh_case c;

	return yh_case_file(cx, &in, &c, err);
}

static enum yh_rc dismiss(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct round *r = arg;
	struct yh_viewer who = yh_viewer_of(cx, "cloud");

	return yh_watch_dismiss(cx, &who, &r->open[r->at].id, "已了解情况，无需整改", err);
}

static enum yh_rc resubmit(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct round *r = arg;
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, &r->returned[r->at], &c, err);

	return rc == YH_OK ? yh_case_resubmit(cx, &r->returned[r->at], c.form, &c, err) : rc;
}

static enum yh_rc do_one(struct round *r, sim_fn fn, bool *done, struct yh_err *err)
{
	struct yh_err why = { 0 };
	uint64_t key = r->at * 4096 + (uint64_t)r->day;
	bool both;
	enum yh_rc rc = sim_race(r->s, r->who, fn, r, r, key, &both, &why);

	*done = rc == YH_OK;
	if (both)
		return sim_broken("done twice to a finding", "", r->day, err);
	if (rc == YH_OK || is_refusal(rc))
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

static struct sim_project *project_of(struct sim *s, const struct yh_id *id)
{
	for (size_t i = 0; i < s->n_projects; i++)
		if (yh_id_eq(&s->projects[i].id, id))
			return &s->projects[i];
	return NULL;
}

/* One in sixteen lies about for weeks, three are nothing, the others are reported within days. */
static enum yh_rc handle(struct round *r, struct yh_err *err)
{
	uint64_t key = key_of(r->open[r->at].no);
	uint32_t mind = sim_draw(r->s, "report", key, 16);
	yh_day wait = mind == 0 ? PATIENCE_DAYS
				: 1 + (yh_day)sim_draw(r->s, "report after", key, REPORT_SPREAD);
	struct sim_project *p;
	bool done;
	enum yh_rc rc;

	if (r->day < r->open[r->at].found + wait)
		return YH_OK;
	if (mind > 0 && mind < 4) {
		rc = do_one(r, dismiss, &done, err);
		r->s->report->dismissed += done;
		return rc;
	}
	rc = do_one(r, report, &done, err);
	r->s->report->reported += done;
	r->s->report->cases += done;
	p = project_of(r->s, &r->open[r->at].project);
	if (p)
		p->watched = true;
	return rc;
}

static enum yh_rc operate(struct round *r, struct yh_err *err)
{
	enum yh_rc rc = sim_look(r->s, r->who, read_round, r, err);
	bool done;

	for (r->at = 0; rc == YH_OK && r->at < r->n_open; r->at++)
		rc = handle(r, err);
	for (r->at = 0; rc == YH_OK && r->at < r->n_returned; r->at++)
		if (r->returned[r->at].b[15] % 5) /* one in five is let lapse */
			rc = do_one(r, resubmit, &done, err);
	return rc;
}

/* ---- units whose supply was stopped ---- */

struct supplying {
	struct sim *s;
	struct sim_project *p;
	yh_day day;
	bool stopped;
	yh_time stopped_at, ended_at; /* the last system's supply; the case under way */
	char state[16];               /* of that case */
	const char *procedure;
	const json_t *form;
	struct yh_id filed;
};

static enum yh_rc read_supply(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct supplying *u = arg;
	struct yh_system_row *list;
	struct yh_case_row c;
	size_t n = 0;
	enum yh_rc rc = yh_system_list(cx->tx, &u->p->id, cx->arena, &list, &n, err);

	u->stopped = false;
	u->stopped_at = u->ended_at = 0;
	u->state[0] = 0;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		u->stopped = u->stopped || list[i].supply_stopped_at;
		if (list[i].supply_stopped_at > u->stopped_at)
			u->stopped_at = list[i].supply_stopped_at;
	}
	if (rc != YH_OK || yh_id_is_zero(&u->p->restoring))
		return rc;
	rc = yh_case_load(cx->tx, &u->p->restoring, cx->arena, &c, err);
	if (rc == YH_OK) {
		memcpy(u->state, c.state, sizeof u->state);
		u->ended_at = c.ended_at;
	}
	return rc;
}

static enum yh_rc file(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct supplying *u = arg;
	struct yh_file_in in = { .procedure = u->procedure, .project = u->p->id, .form = u->form };
	struct yh_case c;
	enum yh_rc rc = yh_case_file(cx, &in, &c, err);

	u->filed = c.row.id;
	return rc;
}

static enum yh_rc answer(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct supplying *u = arg;
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, &u->p->restoring, &c, err);

	return rc == YH_OK ? yh_case_resubmit(cx, &u->p->restoring, c.form, &c, err) : rc;
}

/* *slug: of what the law refused; "" when it admitted. */
static enum yh_rc try(struct supplying *u, const char *procedure, json_t *form, char slug[64],
		      struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	u->procedure = procedure;
	u->form = form;
	rc = form ? sim_do(u->s, &u->s->people[u->p->unit], file, u, &why)
		  : yh_fail(&why, YH_INTERNAL, "sim-form");
	json_decref(form);
	(void)snprintf(slug, 64, "%s", rc == YH_OK ? "" : why.slug);
	/* a project that has no quota yet has no systems either */
	if (rc == YH_OK || is_refusal(rc) || rc == YH_NOT_FOUND)
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

/* Something more is asked for, and must be refused for this reason. */
static enum yh_rc ask_more(struct supplying *u, struct yh_err *err)
{
	char slug[64];
	enum yh_rc rc = try(u, SIM_EXPANSION,
			    json_pack("{s:[{s:s,s:s,s:s,s:s}], s:s, s:{s:s}}", "items", "item",
				      "vm-x86-8c16g", "quantity", "1", "system", "main", "name",
				      "扩容服务器", "reason", "业务需要", "backup", "choice",
				      "nothing_to_keep"),
			    slug, err);

	if (rc == YH_OK && !slug[0])
		return sim_broken("more for a system that is cut off", "", u->day, err);
	u->s->report->held_back += rc == YH_OK && strcmp(slug, "supply-stopped") == 0;
	return rc;
}

static enum yh_rc ask_supply(struct supplying *u, struct yh_err *err)
{
	char slug[64];
	enum yh_rc rc = try(
		u, SIM_SUPPLY_RESTORE,
		json_pack("{s:s, s:s}", "system", "main", "measures", "已按要求调整规格并完善监测"),
		slug, err);

	u->p->ask_again = u->day + 30;
	if (rc != YH_OK)
		return rc;
	if (!slug[0] && !u->stopped)
		return sim_broken("supply again for a system that has it", "", u->day, err);
	if (!slug[0]) {
		u->p->restoring = u->filed;
		u->s->report->cases++;
	}
	return YH_OK;
}

static enum yh_rc settle(struct supplying *u, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	if (strcmp(u->state, "returned") == 0) {
		rc = sim_do(u->s, &u->s->people[u->p->unit], answer, u, &why);
		return is_refusal(rc) ? YH_OK : rc;
	}
	if (strcmp(u->state, "open") == 0)
		return YH_OK;
	u->p->restoring = (struct yh_id){ { 0 } };
	if (strcmp(u->state, "closed") != 0)
		return YH_OK;
	u->p->rectified = true;
	/* another case may have cut it off again since, the same day even */
	if (u->stopped && u->stopped_at <= u->ended_at)
		return sim_broken("supply was granted and is not there", "", u->day, err);
	return YH_OK;
}

/* Two in three ask for their supply again after some weeks; a few before it was stopped. */
static enum yh_rc live_on(struct supplying *u, struct yh_err *err)
{
	struct sim_project *p = u->p;
	uint64_t key = (uint64_t)p->number * 4096 + (uint64_t)(u->day - u->s->cfg->first);
	enum yh_rc rc = sim_look(u->s, NULL, read_supply, u, err);

	if (rc == YH_OK && !yh_id_is_zero(&p->restoring))
		return settle(u, err);
	if (rc != YH_OK)
		return rc;
	if (!u->stopped) {
		p->cut_off = 0;
		return sim_draw(u->s, "too early", key, 300) == 0 ? ask_supply(u, err) : YH_OK;
	}
	if (!p->cut_off) {
		p->cut_off = u->day;
		p->ask_again = u->day + 15 + (yh_day)sim_draw(u->s, "supply again", p->number, 30);
		u->s->report->cut_off++;
	}
	if (sim_draw(u->s, "more", key, 12) == 0)
		return ask_more(u, err);
	return p->number % 3 && u->day >= p->ask_again ? ask_supply(u, err) : YH_OK;
}

enum yh_rc sim_ladder(struct sim *s, yh_day day, struct yh_err *err)
{
	static struct round r; /* too large for a stack; the simulation has one thread */
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < s->n_people; i++) {
		r = (struct round){ .s = s, .who = &s->people[i], .day = day };
		if (strcmp(r.who->role, "operator") == 0 && !r.who->second)
			rc = operate(&r, err);
	}
	for (size_t i = 0; rc == YH_OK && i < s->n_projects; i++) {
		struct supplying u = { .s = s, .p = &s->projects[i], .day = day };

		if (u.p->watched)
			rc = live_on(&u, err);
	}
	return rc;
}

/* ---- the desks ---- */

static json_t *right_sized(struct yh_ctx *cx, const struct yh_case *c)
{
	json_t *list = json_array();
	struct yh_resource_row *rs;
	char id[YH_ID_TEXT];
	size_t n = 0;

	if (yh_resource_of_case(cx->tx, &c->row.id, cx->arena, &rs, &n, NULL) == YH_OK && n)
		(void)json_array_append_new(list, json_string(yh_id_text(&rs[0].id, id)));
	return json_pack("{s:o, s:s}", "resources", list, "measures", "已合并并缩小规格");
}

/* Of ten, three make it right, two explain, one gives back, two refuse, two say nothing. */
static void answer_warning(struct sim *s, struct yh_ctx *cx, const struct yh_case *c, uint64_t key,
			   struct sim_mind *m)
{
	uint32_t mood = sim_draw(s, "answer", key, 10);

	m->reason = "见答复";
	if (mood < 3) {
		m->outcome = "right_sized";
		m->form = right_sized(cx, c);
	} else if (mood < 5) {
		m->outcome = "explained";
		m->form = json_pack("{s:s}", "explanation", "系统用于季度末集中申报，平时负荷较低");
	} else if (mood < 6) {
		m->outcome = "given_back";
		m->form = json_pack("{s:s}", "choice", "nothing_to_keep");
	} else if (mood < 8) {
		m->outcome = "refused";
		m->form = json_pack("{s:s}", "reason", "二期业务即将上线，现有规格仍需保留");
	} else {
		m->silent = true;
	}
}

/* With an order, or refused for what the authority found. */
static void judge(struct sim_mind *m, bool no, const char *why_not, const char *order)
{
	m->outcome = no ? "refuse" : "approve";
	if (no)
		m->reason = why_not;
	else
		m->form = json_pack("{s:s}", "order", order);
}

bool sim_ladder_mind(struct sim *s, struct yh_ctx *cx, const struct yh_case *c, const char *step,
		     uint64_t key, struct sim_mind *out)
{
	bool no = sim_draw(s, "ladder", key, 12) == 0;

	*out = (struct sim_mind){ .reason = "经核，情况属实" };
	if (strcmp(c->row.procedure, SIM_RECTIFICATION) != 0)
		return false;
	if (strcmp(step, SIM_RECTIFICATION_WARN) == 0) {
		judge(out, no, "经核，所附数据不足以认定", "请在期限内调整到与实际负荷相当");
	} else if (strcmp(step, SIM_RECTIFICATION_CONSENT) == 0) {
		judge(out, no, "经核，使用单位的理由成立，暂不停止供给",
		      "停止供给，请在期限内做好数据备份迁移");
	} else if (strcmp(step, SIM_RECTIFICATION_ANSWER) == 0) {
		answer_warning(s, cx, c, key, out);
	} else if (strcmp(step, SIM_RECTIFICATION_VERIFY) == 0) {
		no = sim_draw(s, "verify", key, 3) == 0;
		out->outcome = no ? "failed" : SIM_RECTIFICATION_VERIFIED;
		out->reason = no ? "经核，尚未整改到位" : "经核，已整改到位";
	} else if (strcmp(step, SIM_RECTIFICATION_BACKUP) == 0) {
		out->outcome = "confirmed";
		out->form = json_pack("{s:s}", "choice", "migrated");
		out->silent = sim_draw(s, "backup", key, 3) == 0;
	} else {
		return false;
	}
	return true;
}
