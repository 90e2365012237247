/* What must hold of every case and resource since the city began: nobody's step was decided by a
 * clock but where the pack lets silence answer, nothing happened twice, and what was taken back was
 * kept for its retention. */
#include <string.h>

#include "cases/case.h"
#include "services/project/project.h"
#include "sim/city.h"
#include "sim/words.h"
#include "store/case_query.h"

enum { PAGE = 100 };

struct checking {
	struct sim *s;
	yh_day day;
	struct yh_id before;
	char after[40];
	size_t n;
	struct yh_period retention;
	struct yh_sim_report seen;
};

/* ---- cases ---- */

static bool is_person(const struct yh_step_row *row)
{
	return !yh_id_is_zero(&row->closed_by);
}

/* Closed by nobody: it waited, was silent past its day, or there was nothing left to decide. */
static enum yh_rc check_step(struct checking *q, const struct yh_case *c,
			     const struct yh_step_row *row, struct yh_err *err)
{
	const struct yh_step *step = yh_procedure_step(c->procedure, row->step);

	if (!row->closed_at || is_person(row) || strcmp(row->outcome, "moot") == 0)
		return YH_OK;
	if (step->kind == YH_STEP_WAIT)
		return YH_OK;
	if (!step->silence || strcmp(step->silence, row->outcome) != 0)
		return sim_broken("decided by a clock", c->row.no, q->day, err);
	if (yh_day_of(row->closed_at) <= row->due_day)
		return sim_broken("silent before its day was over", c->row.no, q->day, err);
	return YH_OK;
}

static bool is_once(const char *kind)
{
	static const char *const kinds[] = { "resource.opened",    "resource.stopped",
					     "resource.destroyed", "resource.formalised",
					     "lease.begun",        "supply.stopped",
					     "supply.restored",    "quota.granted" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

/* The same effect on the same thing, or an order of the same number. */
static bool is_again(const struct yh_story_line *a, const struct yh_story_line *b)
{
	if (strcmp(a->kind, b->kind) != 0)
		return false;
	if (strcmp(a->kind, "order.issued") == 0)
		return strcmp(a->outcome, b->outcome) == 0;
	return is_once(a->kind) && yh_id_eq(&a->object_id, &b->object_id);
}

static size_t count_steps(const struct yh_step_row *rows, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += rows[i].closed_at && is_person(&rows[i]);
	return found;
}

static enum yh_rc check_story(struct yh_ctx *cx, struct checking *q, const struct yh_case *c,
			      size_t decided, struct yh_err *err)
{
	bool ladder = strcmp(c->row.procedure, SIM_RECTIFICATION) == 0;
	struct yh_story_line *list;
	size_t n = 0, told = 0;
	enum yh_rc rc = yh_case_story(cx->tx, &c->row.id, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		told += strcmp(list[i].kind, "step.decided") == 0 ||
			strcmp(list[i].kind, "step.confirmed") == 0 ||
			strcmp(list[i].kind, "step.fulfilled") == 0;
		q->seen.silent += ladder && strcmp(list[i].kind, "step.silent") == 0;
		q->seen.answered += strcmp(list[i].kind, "step.confirmed") == 0 && ladder &&
				    strcmp(list[i].before, SIM_RECTIFICATION_ANSWER) == 0;
		q->seen.unverified += ladder && strcmp(list[i].outcome, "failed") == 0;
		q->seen.restored += strcmp(list[i].kind, "supply.restored") == 0;
		q->seen.reclaimed += ladder && strcmp(list[i].kind, "resource.destroyed") == 0;
		for (size_t k = 0; rc == YH_OK && k < i; k++)
			if (is_again(&list[k], &list[i]))
				rc = sim_broken("done twice", c->row.no, q->day, err);
	}
	if (rc == YH_OK && told != decided)
		rc = sim_broken("decisions and their record differ", c->row.no, q->day, err);
	return rc;
}

/* What was to be destroyed is. */
static enum yh_rc check_end(struct yh_ctx *cx, struct checking *q, const struct yh_case *c,
			    const struct yh_step_row *rows, size_t n_rows, struct yh_err *err)
{
	struct yh_resource_row *rs;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (strcmp(c->row.state, "closed") != 0 || n_rows == 0 || !is_person(&rows[n_rows - 1]) ||
	    strcmp(rows[n_rows - 1].step, SIM_RECTIFICATION_DESTROY) != 0)
		return YH_OK;
	rc = yh_resource_of_case(cx->tx, &c->row.id, cx->arena, &rs, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(rs[i].state, "destroyed") != 0)
			rc = sim_broken("taken back, and still there", rs[i].no, q->day, err);
	return rc;
}

static enum yh_rc check_case(struct yh_ctx *cx, struct checking *q, const struct yh_id *id,
			     struct yh_err *err)
{
	struct yh_step_row *rows;
	struct yh_case c;
	size_t n = 0;
	enum yh_rc rc = yh_case_get(cx, id, &c, err);

	if (rc == YH_OK)
		rc = yh_step_list(cx->tx, id, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = check_step(q, &c, &rows[i], err);
	if (rc == YH_OK && strcmp(c.row.procedure, SIM_RECTIFICATION) == 0)
		rc = check_end(cx, q, &c, rows, n, err);
	return rc == YH_OK ? check_story(cx, q, &c, count_steps(rows, n), err) : rc;
}

static enum yh_rc check_cases(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	struct yh_viewer who = { .any = true };
	struct yh_case_filter f = {
		.state = "", .procedure = "", .before = q->before, .limit = PAGE
	};
	struct yh_case_line *list;
	enum yh_rc rc = yh_case_list(cx->tx, &who, &f, cx->arena, &list, &q->n, err);

	for (size_t i = 0; rc == YH_OK && i < q->n; i++)
		rc = check_case(cx, q, &list[i].id, err);
	if (rc == YH_OK && q->n)
		q->before = list[q->n - 1].id;
	return rc;
}

/* ---- resources ---- */

static enum yh_rc check_resources(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	struct yh_viewer who = { .any = true };
	struct yh_resource_filter f = {
		.state = "destroyed", .kind = "", .after = q->after, .limit = PAGE
	};
	struct yh_resource_line *list;
	enum yh_rc rc = yh_resource_page(cx->tx, &who, &f, cx->arena, &list, &q->n, err);

	for (size_t i = 0; rc == YH_OK && i < q->n; i++) {
		const struct yh_resource_row *r = &list[i].row;

		if (r->stopped_at == 0)
			rc = sim_broken("destroyed while it ran", r->no, q->day, err);
		else if (yh_day_of(r->destroyed_at) <= yh_day_of(r->stopped_at) + q->retention.n)
			rc = sim_broken("destroyed before its retention was over", r->no, q->day,
					err);
	}
	if (rc == YH_OK && q->n)
		memcpy(q->after, list[q->n - 1].row.no, sizeof q->after);
	return rc;
}

static enum yh_rc read_retention(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	const struct yh_param *p;
	enum yh_rc rc = law->pack_on(law->self, q->day, &pack, err);

	p = rc == YH_OK ? yh_pack_param(pack, SIM_RETENTION) : NULL;
	if (rc == YH_OK && (!p || p->period.unit != YH_DAYS))
		rc = yh_fail_field(err, YH_INTERNAL, "sim-form", SIM_RETENTION);
	if (rc == YH_OK)
		q->retention = p->period;
	return rc;
}

enum yh_rc sim_check_record(struct sim *s, yh_day day, struct yh_err *err)
{
	struct checking q = { .s = s, .day = day };
	enum yh_rc rc = sim_look(s, NULL, read_retention, &q, err);

	do
		rc = rc == YH_OK ? sim_look(s, NULL, check_cases, &q, err) : rc;
	while (rc == YH_OK && q.n == PAGE);
	do
		rc = rc == YH_OK ? sim_look(s, NULL, check_resources, &q, err) : rc;
	while (rc == YH_OK && q.n == PAGE);
	s->report->silent = q.seen.silent;
	s->report->answered = q.seen.answered;
	s->report->unverified = q.seen.unverified;
	s->report->restored = q.seen.restored;
	s->report->reclaimed = q.seen.reclaimed;
	return rc;
}
