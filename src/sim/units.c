/* What the units of the simulated city do: the life of a project, from plan to reclaim. */
#include <stdio.h>
#include <string.h>

#include "cases/case.h"
#include "services/project/project.h"
#include "sim/city.h"
#include "sim/words.h"

struct living {
	struct sim *s;
	struct sim_project *p;
	yh_day day;
	const char *procedure;
	const json_t *form;
	char state[16]; /* of the pending case */
	bool above;
};

static enum yh_rc create(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct living *l = arg;
	const struct sim_person *unit = &l->s->people[l->p->unit];
	struct yh_project_row row;
	char code[64], name[128];
	enum yh_rc rc;

	(void)snprintf(code, sizeof code, "XM-%03u", l->p->number + 1);
	(void)snprintf(name, sizeof name, "%s%s", sim_project_name(l->p->number),
		       l->p->number < 60 ? "平台" : "系统升级");
	rc = yh_project_create(cx, &unit->org, &l->p->cloud, code, name, &row, err);
	l->p->id = row.id;
	return rc;
}

static enum yh_rc file(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct living *l = arg;
	struct yh_file_in in = { .procedure = l->procedure, .project = l->p->id, .form = l->form };
	struct yh_case c;
	enum yh_rc rc = yh_case_file(cx, &in, &c, err);

	if (rc == YH_OK)
		l->p->pending = c.row.id;
	return rc;
}

static enum yh_rc look(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct living *l = arg;
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, &l->p->pending, &c, err);

	if (rc == YH_OK)
		(void)snprintf(l->state, sizeof l->state, "%s", c.row.state);
	return rc;
}

static enum yh_rc answer(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct living *l = arg;
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, &l->p->pending, &c, err);

	return rc == YH_OK ? yh_case_resubmit(cx, &l->p->pending, c.form, &c, err) : rc;
}

/* Files a form of this project; what the law refuses is tried again some weeks later. */
static enum yh_rc try_file(struct living *l, const char *procedure, json_t *form,
			   struct yh_err *err)
{
	const struct sim_person *unit = &l->s->people[l->p->unit];
	struct yh_err why = { 0 };
	enum yh_rc rc;

	l->procedure = procedure;
	l->form = form;
	rc = form ? sim_do(l->s, unit, file, l, &why) : yh_fail(&why, YH_INTERNAL, "sim-form");
	json_decref(form);
	if (rc == YH_OK)
		l->s->report->cases++;
	if (rc == YH_REFUSED || rc == YH_CONFLICT) {
		l->s->report->held_back += strcmp(why.slug, "supply-stopped") == 0;
		l->p->next = l->day + 20;
		return YH_OK;
	}
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

static json_t *quota_form(const struct living *l)
{
	uint32_t n = l->p->number;
	char vcpu[16], memory[16], block[16], from[YH_DAY_TEXT];
	bool periodic = n % 5 == 0;
	json_t *form;

	l->p->windows_from = periodic ? l->day : 0;
	(void)snprintf(vcpu, sizeof vcpu, "%u", 64 + 32 * sim_draw(l->s, "vcpu", n, 4));
	(void)snprintf(memory, sizeof memory, "%u", 256 + 128 * sim_draw(l->s, "memory", n, 4));
	(void)snprintf(block, sizeof block, "%u", 2000 + 1000 * sim_draw(l->s, "block", n, 4));
	form = json_pack("{s:s, s:[{s:s, s:s, s:i, s:b}], s:[{s:s,s:s},{s:s,s:s},{s:s,s:s}], s:s, "
			 "s:s}",
			 "project_type", n % 3 ? "built" : "service", "systems", "code", "main",
			 "name", sim_project_name(n), "mlps_level",
			 2 + (int)sim_draw(l->s, "mlps", n, 2), "classified", 0, "dimensions",
			 "dimension", "vcpu", "quantity", vcpu, "dimension", "memory_gib",
			 "quantity", memory, "dimension", "block_gib", "quantity", block,
			 "demand_assessment", "按近三年业务量与峰值并发测算", "initiation_document",
			 "立项申请");
	if (form && periodic)
		(void)json_object_set_new(form, "windows",
					  json_pack("[{s:s, s:s, s:s, s:s, s:i, s:s}]", "dimension",
						    "vcpu", "quantity", "32", "rrule",
						    "FREQ=MONTHLY;INTERVAL=3", "from",
						    yh_day_text(l->day, from), "days", 7, "reason",
						    "季度末集中申报"));
	return form;
}

static json_t *test_form(const struct living *l)
{
	uint32_t n = l->p->number;
	char count[16];

	(void)snprintf(count, sizeof count, "%u", 4 + sim_draw(l->s, "vms", n, 4));
	return json_pack("{s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}], s:s}", "items", "item",
			 n % 2 ? "vm-arm-8c32g" : "vm-x86-8c16g", "quantity", count, "system",
			 "main", "name", "应用服务器", "item", "block-ssd", "quantity", "500",
			 "system", "main", "name", "数据盘", "reason", "上线前验证");
}

/* One in three asks for so much that econ_info decides first. */
static json_t *expansion_form(struct living *l)
{
	char count[16];

	l->above = l->p->number % 3 == 0;
	(void)snprintf(count, sizeof count, "%d", l->above ? 24 : 2);
	return json_pack("{s:[{s:s,s:s,s:s,s:s}], s:s, s:{s:s}}", "items", "item", "vm-x86-8c16g",
			 "quantity", count, "system", "main", "name", "扩容服务器", "reason",
			 "业务量持续增长", "backup", "choice", "nothing_to_keep");
}

struct finding {
	struct living *l;
	json_t *ids;
};

static enum yh_rc find_running(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct finding *f = arg;
	struct yh_viewer who = yh_viewer_of(cx, "own");
	struct yh_resource_filter filter = { .project = f->l->p->id,
					     .state = "running",
					     .kind = SIM_FORMAL_KIND,
					     .after = "",
					     .limit = 1 };
	struct yh_resource_line *list;
	char id[YH_ID_TEXT];
	size_t n;
	enum yh_rc rc = yh_resource_page(cx->tx, &who, &filter, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		(void)json_array_append_new(f->ids, json_string(yh_id_text(&list[i].row.id, id)));
	return rc;
}

static enum yh_rc reclaim(struct living *l, struct yh_err *err)
{
	struct finding f = { .l = l, .ids = json_array() };
	enum yh_rc rc = sim_look(l->s, &l->s->people[l->p->unit], find_running, &f, err);

	if (rc != YH_OK || json_array_size(f.ids) == 0) {
		json_decref(f.ids);
		l->p->stage = SIM_OVER;
		return rc;
	}
	l->p->next = l->day + 90;
	return try_file(l, SIM_RECLAIM,
			json_pack("{s:o, s:s}", "resources", f.ids, "reason", "旧系统下线"), err);
}

static enum yh_rc step_on(struct living *l, struct yh_err *err)
{
	struct sim_project *p = l->p;
	uint32_t n = p->number;
	enum yh_rc rc;

	switch (p->stage) {
	case SIM_PLANNED:
		rc = sim_do(l->s, &l->s->people[p->unit], create, l, err);
		if (rc == YH_OK)
			rc = try_file(l, SIM_QUOTA_APPLICATION, quota_form(l), err);
		p->stage = SIM_QUOTA;
		return rc;
	case SIM_QUOTA:
		p->stage = SIM_INITIATION;
		p->failing = sim_draw(l->s, "fails", n, 20) == 0;
		return try_file(l, SIM_RESULT_OF_INITIATION,
				json_pack("{s:s, s:s}", "result",
					  p->failing ? "failed" : "initiated", "document",
					  "信息化项目批复"),
				err);
	case SIM_INITIATION:
		p->stage = p->failing ? SIM_OVER : SIM_TEST;
		return p->failing ? YH_OK : try_file(l, SIM_TEST_RESOURCES, test_form(l), err);
	case SIM_TEST:
		p->stage = SIM_RUNNING;
		p->next = l->day + 25 + (yh_day)sim_draw(l->s, "grow", n, 40);
		return YH_OK;
	case SIM_RUNNING:
		if (n % 4 == 1)
			return reclaim(l, err);
		p->next = l->day + 80 + (yh_day)sim_draw(l->s, "again", n, 60);
		rc = try_file(l, SIM_EXPANSION, expansion_form(l), err);
		l->s->report->expansions_above += rc == YH_OK && l->above;
		return rc;
	case SIM_OVER:
		break;
	}
	return YH_OK;
}

/* Has the case that the project waits for ended? A returned one is answered, mostly. */
static enum yh_rc settle(struct living *l, bool *free, struct yh_err *err)
{
	static const struct yh_id none;
	struct sim_project *p = l->p;
	enum yh_rc rc;

	*free = yh_id_is_zero(&p->pending);
	if (*free)
		return YH_OK;
	rc = sim_look(l->s, &l->s->people[p->unit], look, l, err);
	if (rc != YH_OK || strcmp(l->state, "open") == 0)
		return rc;
	if (strcmp(l->state, "returned") == 0) {
		struct yh_err why = { 0 };

		if (p->number % 7 == 0)
			return YH_OK; /* lets it lapse */
		rc = sim_do(l->s, &l->s->people[p->unit], answer, l, &why);
		return rc == YH_REFUSED || rc == YH_CONFLICT ? YH_OK : rc;
	}
	p->pending = none;
	*free = true;
	if (strcmp(l->state, "closed") == 0) {
		l->s->report->closed++;
		return YH_OK;
	}
	l->s->report->refused += strcmp(l->state, "refused") == 0;
	l->s->report->withdrawn += strcmp(l->state, "withdrawn") == 0;
	if (p->stage == SIM_QUOTA || p->stage == SIM_INITIATION || p->stage == SIM_TEST)
		p->stage = SIM_OVER;
	return YH_OK;
}

enum yh_rc sim_units(struct sim *s, yh_day day, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < s->n_projects; i++) {
		struct living l = { .s = s, .p = &s->projects[i], .day = day };
		bool free;

		/* a demo begins with something on the desks, whichever day it is made on */
		if (day == s->handed_over && l.p->stage == SIM_RUNNING && l.p->number % 4 != 1)
			l.p->next = day;
		if (l.p->stage == SIM_OVER || day < l.p->next)
			continue;
		rc = settle(&l, &free, err);
		if (rc == YH_OK && free && l.p->stage != SIM_OVER && day >= l.p->next)
			rc = step_on(&l, err);
	}
	return rc;
}
