/* How things stand between evaluations, and what results say of quotas. */
#include <stdlib.h>
#include <string.h>

#include "services/evaluation/internal.h"
#include "services/project/quota_view.h"

/* ---- the scoreboard (Art. 33: watched all the time, not only at the period's end) ---- */

struct boarding {
	const struct yh_board_ask *ask;
	struct yh_eval_run run;
	struct yh_arena *arena;
	struct yh_board *out;
};

static enum yh_rc find_days(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct boarding *b = arg;
	const struct yh_board_ask *a = b->ask;
	yh_day today = yh_day_of(b->run.ask.as_of), last;
	struct yh_scheme s;
	enum yh_rc rc = yh_scheme_on(tx, &a->cloud, a->code, today, b->arena, &b->run.row, err);

	if (rc == YH_OK)
		rc = yh_eval_scheme(&b->run.row, b->arena, &s, err);
	if (rc == YH_OK)
		rc = yh_evaluation_last_day(tx, &a->cloud, a->code, &last, err);
	if (rc != YH_OK)
		return rc;
	b->run.ask.last = a->last == YH_DAY_NONE ? today - 1 : a->last;
	b->run.ask.first = a->first != YH_DAY_NONE ? a->first
			   : last != YH_DAY_NONE   ? last + 1
						   : b->run.row.from_day;
	if (a->first == YH_DAY_NONE && b->run.ask.first > b->run.ask.last)
		b->run.ask.first = b->run.ask.last;
	if (b->run.ask.last >= today || b->run.ask.first > b->run.ask.last) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "evaluation-window", "?to");
		yh_err_day(err, "last", today - 1);
	}
	return rc;
}

static const char *copy(struct boarding *b, const char *text)
{
	return text ? yh_arena_strdup(b->arena, text) : NULL;
}

static enum yh_rc board_row(struct boarding *b, size_t org, struct yh_board_row *row,
			    struct yh_err *err)
{
	const struct yh_scheme *s = &b->run.scheme;
	struct yh_eval_mark marks[YH_EVAL_INDICATORS_MAX];
	enum yh_rc rc = YH_OK;

	*row = (struct yh_board_row){ .org = b->run.orgs[org].org,
				      .code = copy(b, b->run.orgs[org].code),
				      .name = copy(b, b->run.orgs[org].name),
				      .n_cells = s->n_indicators };
	row->cells = YH_NEW_N(b->arena, struct yh_board_cell, s->n_indicators);
	if (!row->cells)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < s->n_indicators; i++) {
		const struct yh_eval_indicator *in = &s->indicators[i];
		struct yh_eval_cell cell;

		rc = yh_eval_cell(&b->run, org, i, &cell, err);
		marks[i] = (struct yh_eval_mark){ cell.figure.known, cell.score_e2 };
		row->cells[i] = (struct yh_board_cell){ .code = copy(b, in->code),
							.zh = copy(b, in->title.zh),
							.en = copy(b, in->title.en),
							.source = copy(b, in->source),
							.known = cell.figure.known,
							.num = cell.figure.num,
							.den = cell.figure.den,
							.score_e2 = cell.score_e2,
							.weight_e2 = in->weight_e2,
							.facts = cell.n };
	}
	if (rc != YH_OK)
		return rc;
	yh_eval_result(s, marks, &row->result);
	if (!row->result.withheld) {
		row->grade_zh = copy(b, s->grades[row->result.grade].title.zh);
		row->grade_en = copy(b, s->grades[row->result.grade].title.en);
	}
	return YH_OK;
}

static enum yh_rc fill_board(struct boarding *b, struct yh_err *err)
{
	struct yh_board *out = b->out;
	enum yh_rc rc = YH_OK;

	*out = (struct yh_board){ .scheme_no = copy(b, b->run.row.no),
				  .subject = copy(b, b->run.row.subject),
				  .first = b->run.ask.first,
				  .last = b->run.ask.last };
	out->rows = YH_NEW_N(b->arena, struct yh_board_row, b->run.n_orgs + 1);
	if (!out->rows)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < b->run.n_orgs; i++)
		if (yh_id_is_zero(&b->ask->only) || yh_id_eq(&b->ask->only, &b->run.orgs[i].org))
			rc = board_row(b, i, &out->rows[out->n++], err);
	return rc;
}

enum yh_rc yh_evaluation_board(const struct yh_world *world, const struct yh_board_ask *ask,
			       struct yh_arena *arena, struct yh_board *out, struct yh_err *err)
{
	struct boarding *b = calloc(1, sizeof *b);
	enum yh_rc rc;

	if (!b)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	b->ask = ask;
	b->arena = arena;
	b->out = out;
	b->run.world = world;
	b->run.ask.cloud = ask->cloud;
	b->run.ask.as_of = yh_clock_now(world->clock);
	rc = yh_exec_read(world->exec, find_days, b, err);
	if (rc == YH_OK)
		rc = yh_eval_gather(&b->run, err);
	if (rc == YH_OK)
		rc = fill_board(b, err);
	yh_eval_end(&b->run);
	free(b);
	return rc;
}

/* ---- quotas of units (Art. 34) ---- */

enum { HEADROOM = 20 };

struct proposing {
	struct yh_ctx *cx;
	const struct yh_evaluation_row *e;
	const struct yh_scheme *s;
	int64_t headroom; /* percent above what is held and pending */
	struct yh_proposal *v;
	size_t n, cap;
};

static enum yh_rc room_for_one(struct proposing *p, struct yh_err *err)
{
	size_t more = p->cap ? 2 * p->cap : 32;
	struct yh_proposal *grown;

	if (p->n < p->cap)
		return YH_OK;
	grown = YH_NEW_N(p->cx->arena, struct yh_proposal, more);
	if (!grown)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (p->n)
		memcpy(grown, p->v, p->n * sizeof *grown);
	p->v = grown;
	p->cap = more;
	return YH_OK;
}

/* Whole units of the dimension are kept, so that what is proposed can be ordered. */
static enum yh_rc propose(struct proposing *p, const struct yh_result_row *r,
			  const struct yh_evaluated *project, const struct yh_quota_day_line *l,
			  struct yh_err *err)
{
	int64_t taken = l->allocated_milli + l->reserved_milli;
	int64_t keep = (int64_t)((__int128)taken * (100 + p->headroom) / 100);
	enum yh_rc rc;

	keep = (keep + 999) / 1000 * 1000;
	if (keep >= l->base_milli)
		return YH_OK;
	rc = room_for_one(p, err);
	if (rc != YH_OK)
		return rc;
	p->v[p->n++] = (struct yh_proposal){
		.unit = r->org,
		.project = project->org,
		.unit_code = r->org_code,
		.unit_name = r->org_name,
		.project_code = project->code,
		.dimension = l->dim,
		.grade_zh = p->s->grades[r->grade].title.zh,
		.grade_en = p->s->grades[r->grade].title.en,
		.result_no = yh_arena_strdup(p->cx->arena, r->no),
		.score_e2 = r->score_e2,
		.quota_milli = l->base_milli,
		.taken_milli = taken,
		.keep_milli = keep,
		.reduce_milli = l->base_milli - keep,
	};
	return YH_OK;
}

static enum yh_rc propose_unit(struct proposing *p, const struct yh_result_row *r,
			       struct yh_err *err)
{
	struct yh_ctx *cx = p->cx;
	struct yh_evaluated *projects;
	size_t n;
	enum yh_rc rc =
		yh_evaluated_projects(cx->tx, &r->org, &p->e->cloud, cx->arena, &projects, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_quota_day_line *lines;
		size_t n_lines;

		rc = yh_quota_day(cx, &r->org, &projects[i].org, NULL, yh_ctx_today(cx), &lines,
				  &n_lines, err);
		for (size_t l = 0; rc == YH_OK && l < n_lines; l++)
			rc = propose(p, r, &projects[i], &lines[l], err);
	}
	return rc;
}

enum yh_rc yh_evaluation_proposals(struct yh_ctx *cx, const struct yh_id *evaluation,
				   const struct yh_id *unit, struct yh_proposal **out, size_t *n,
				   struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_evaluation_row e;
	struct yh_scheme_row row;
	struct yh_scheme s;
	struct proposing p = { .cx = cx, .e = &e, .s = &s, .headroom = HEADROOM };
	struct yh_result_row *results;
	const struct yh_param *headroom;
	const struct yh_pack *pack;
	size_t n_results = 0;
	enum yh_rc rc = yh_evaluation_load(cx->tx, evaluation, cx->arena, &e, err);

	if (rc == YH_OK)
		rc = yh_eval_in(&e, "published", err);
	if (rc == YH_OK)
		rc = yh_evaluation_scheme(cx, &e.scheme, &row, &s, err);
	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);
	if (rc != YH_OK)
		return rc;
	headroom = yh_pack_param(pack, "evaluation.headroom");
	if (headroom && headroom->kind == YH_P_INT)
		p.headroom = headroom->num;
	rc = yh_result_list(cx->tx, evaluation, cx->arena, &results, &n_results, err);
	for (size_t i = 0; rc == YH_OK && i < n_results; i++) {
		const struct yh_result_row *r = &results[i];

		if (!r->withheld && s.grades[r->grade].quota == YH_EVAL_QUOTA_REDUCE &&
		    (yh_id_is_zero(unit) || yh_id_eq(unit, &r->org)))
			rc = propose_unit(&p, r, err);
	}
	*out = p.v;
	*n = p.n;
	return rc;
}
