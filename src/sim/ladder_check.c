/* What must always hold of what was found, and of systems that are cut off. */
#include <string.h>

#include "cases/case.h"
#include "sim/city.h"
#include "store/case_query.h"
#include "store/finding.h"
#include "store/project.h"
#include "store/resource.h"

enum { PAGE = 200 };

struct checking {
	struct sim *s;
	yh_day day;
	const struct sim_project *project;
	struct yh_id finding, cloud; /* that must be seen */
};

/* ---- findings ---- */

/* It is with somebody: in a case that goes on. */
static enum yh_rc check_in_case(struct yh_ctx *cx, const struct checking *q,
				const struct yh_finding_row *f, struct yh_err *err)
{
	struct yh_case_row c;
	enum yh_rc rc = yh_case_load(cx->tx, &f->case_id, cx->arena, &c, err);

	if (rc == YH_OK && c.ended_at)
		rc = sim_broken("a finding in a case that has ended", f->no, q->day, err);
	if (rc == YH_OK && !yh_id_eq(&c.subject, &f->id))
		rc = sim_broken("a finding in a case about another", f->no, q->day, err);
	return rc;
}

/* It lies before an operator of its cloud. */
static enum yh_rc check_seen(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	struct yh_viewer who = { .person = cx->actor->person, .today = q->day, .cloud = true };
	struct yh_finding_filter f = { .id = q->finding, .state = "open", .rule = "", .limit = 1 };
	struct yh_finding_line *list;
	size_t n = 0;
	enum yh_rc rc = yh_finding_page(cx->tx, &who, &f, false, cx->arena, &list, &n, err);

	if (rc == YH_OK && n != 1)
		rc = sim_broken("an open finding nobody sees", "", q->day, err);
	return rc;
}

struct listing {
	struct checking *q;
	struct {
		struct yh_id id, cloud;
	} open[PAGE];
	size_t n;
};

static enum yh_rc read_findings(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct listing *l = arg;
	struct yh_viewer who = { .any = true };
	struct yh_finding_filter f = { .state = "open", .rule = "", .limit = PAGE };
	struct yh_finding_line *list;
	size_t n = 0;
	enum yh_rc rc = yh_finding_page(cx->tx, &who, &f, false, cx->arena, &list, &l->n, err);

	for (size_t i = 0; rc == YH_OK && i < l->n; i++) {
		l->open[i].id = list[i].row.id;
		l->open[i].cloud = list[i].row.cloud;
	}
	f.state = "in_case";
	do {
		if (rc == YH_OK)
			rc = yh_finding_page(cx->tx, &who, &f, false, cx->arena, &list, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n; i++)
			rc = check_in_case(cx, l->q, &list[i].row, err);
		if (rc == YH_OK && n)
			f.before = list[n - 1].row.id;
	} while (rc == YH_OK && n == PAGE);
	return rc;
}

static enum yh_rc check_findings(struct checking *q, struct yh_err *err)
{
	static struct listing l; /* too large for a stack; the simulation has one thread */
	enum yh_rc rc;

	l.q = q;
	rc = sim_look(q->s, NULL, read_findings, &l, err);
	for (size_t i = 0; rc == YH_OK && i < l.n; i++) {
		const struct sim_person *who = sim_operator_of(q->s, &l.open[i].cloud);

		q->finding = l.open[i].id;
		rc = who ? sim_look(q->s, who, check_seen, q, err)
			 : sim_broken("an open finding of no cloud", "", q->day, err);
	}
	return rc;
}

/* ---- systems that are cut off ---- */

/* Its size has not grown since, and what still runs of it is on its way out. */
static enum yh_rc check_resource(struct yh_ctx *cx, const struct checking *q,
				 const struct yh_resource_row *r, yh_time since, struct yh_err *err)
{
	struct yh_size_row *sizes;
	struct yh_id *cases;
	int64_t before = 0;
	size_t n = 0, open = 0;
	enum yh_rc rc = YH_OK;

	if (r->opened_at > since)
		return sim_broken("opened for a system that is cut off", r->no, q->day, err);
	rc = yh_size_list(cx->tx, &r->id, cx->arena, &sizes, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (sizes[i].from_at > since && sizes[i].qty_milli > before)
			rc = sim_broken("grown in a system that is cut off", r->no, q->day, err);
		before = sizes[i].qty_milli;
	}
	if (rc == YH_OK && strcmp(r->state, "running") == 0)
		rc = yh_case_open_of_resource(cx->tx, &r->id, cx->arena, &cases, &open, err);
	if (rc == YH_OK && strcmp(r->state, "running") == 0 && open == 0)
		rc = sim_broken("it runs, and nothing takes it back", r->no, q->day, err);
	return rc;
}

static enum yh_rc check_systems(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct checking *q = arg;
	struct yh_system_row *list;
	size_t n = 0;
	enum yh_rc rc = yh_system_list(cx->tx, &q->project->id, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_resource_row *rs;
		size_t some = 0;

		if (list[i].supply_stopped_at)
			rc = yh_resource_of_system(cx->tx, &list[i].id, cx->arena, &rs, &some, err);
		for (size_t k = 0; rc == YH_OK && k < some; k++)
			rc = check_resource(cx, q, &rs[k], list[i].supply_stopped_at, err);
	}
	return rc;
}

enum yh_rc sim_check_ladder(struct sim *s, yh_day day, struct yh_err *err)
{
	struct checking q = { .s = s, .day = day };
	enum yh_rc rc = check_findings(&q, err);

	for (size_t i = 0; rc == YH_OK && i < s->n_projects; i++) {
		q.project = &s->projects[i];
		if (q.project->watched)
			rc = sim_look(s, NULL, check_systems, &q, err);
	}
	return rc;
}
