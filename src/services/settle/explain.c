/* How a line came about, reckoned anew from the records. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/settle/explain.h"
#include "store/case_file.h"
#include "store/evaluation.h"
#include "store/project_query.h"

enum { MONTH_ARENA = 256 * 1024 * 1024 };

/* The line at hand, and the resources being written. */
struct explaining {
	struct yh_ctx *cx;
	struct yh_jw *w;
	struct yh_statement_row statement, of; /* of: whose use it is, the corrected one's */
	struct yh_line_row line;
	struct month m;
	struct yh_arena arena;
	int kind, code;
	struct walk walk;
	struct metered queue;
	const struct yh_span_row *owner;
	bool open; /* an object of a resource */
	uint32_t n, limit;
	char last[40]; /* number of the resource written last */
	bool more;
	struct yh_err *err;
};

/* ---- one resource ---- */

static bool begin_resource(struct explaining *e)
{
	char no[40];
	enum yh_rc rc;

	if (e->open)
		return true;
	if (e->n == e->limit) {
		e->more = true;
		return false;
	}
	rc = yh_resource_no(e->cx->tx, &e->owner->resource, no, e->err);
	if (rc != YH_OK) {
		e->walk.rc = rc;
		return false;
	}
	e->n++;
	memcpy(e->last, no, sizeof no);
	yh_jw_obj(e->w, NULL);
	yh_jw_id(e->w, "id", &e->owner->resource);
	yh_jw_str(e->w, "resource", no);
	yh_jw_arr(e->w, "parts");
	e->open = true;
	return true;
}

static bool is_mine(const struct explaining *e, const struct piece *p)
{
	return p->kind == e->kind && p->code == e->code;
}

static bool take_piece(void *arg, const struct piece *p)
{
	struct explaining *e = arg;

	if (!is_mine(e, p))
		return true;
	if (!begin_resource(e))
		return false;
	yh_explain_time(e->w, &e->m, p);
	return true;
}

static bool take_fault(void *arg, const struct fault *f)
{
	(void)arg;
	(void)f;
	return true;
}

/* A price climbs through all parts of a code's use, whatever kind they are of. */
static bool take_uses(void *arg, struct piece *list, size_t n)
{
	struct explaining *e = arg;
	enum yh_rc rc;

	e->queue.n = e->queue.n_pieces = 0;
	if (!yh_metered_add(&e->queue, &e->owner->resource, 0, list, n)) {
		e->walk.rc = yh_fail(e->err, YH_TOO_LARGE, "memory-short");
		return false;
	}
	rc = yh_metered_find(e->cx->tx, &e->m, &e->queue, e->err);
	for (size_t i = 0, k; rc == YH_OK && i < n; i += k) {
		struct piece *p = e->queue.pieces + i;

		for (k = 1; i + k < n && p[k].code == p->code;)
			k++;
		if (p->code != e->code)
			continue;
		rc = yh_rate_uses(&e->m, p, k, e->err);
		for (size_t j = 0; rc == YH_OK && j < k; j++) {
			bool some = p[j].qty_milli || p[j].fixed_milli ||
				    yh_month_price(&e->m, p->code, p->part)->row->metric[0];

			if (!some || !is_mine(e, &p[j]))
				continue;
			if (!begin_resource(e))
				return false;
			yh_explain_use(e->w, &e->m, &p[j]);
		}
	}
	e->walk.rc = rc;
	return rc == YH_OK;
}

static enum yh_rc write_adjustments(struct explaining *e)
{
	size_t n;
	const struct yh_adjustment_row *j = yh_month_adjustments(&e->m, &e->owner->resource, &n);
	enum yh_rc rc = YH_OK;

	yh_jw_arr(e->w, "adjustments");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_case_row c = { .no = "" };

		if (strcmp(j[i].code, e->line.code) != 0 || j[i].to_at < e->owner->own_from ||
		    (e->owner->own_to && j[i].from_at >= e->owner->own_to))
			continue;
		if (!yh_id_is_zero(&j[i].case_id))
			rc = yh_case_load(e->cx->tx, &j[i].case_id, e->cx->arena, &c, e->err);
		yh_jw_obj(e->w, NULL);
		yh_jw_time(e->w, "from", j[i].from_at);
		yh_jw_time(e->w, "to", j[i].to_at);
		yh_jw_milli(e->w, "quantity", j[i].qty_milli);
		yh_jw_str(e->w, "reason", j[i].reason);
		yh_jw_id(e->w, "case", &j[i].case_id);
		yh_jw_str(e->w, "case_no", c.no[0] ? c.no : NULL);
		yh_jw_time(e->w, "made_at", j[i].made_at);
		yh_jw_end_obj(e->w);
	}
	yh_jw_end_arr(e->w);
	return rc;
}

static bool visit(void *arg, struct subject *s)
{
	struct explaining *e = arg;
	const struct piece_sink sink = { take_piece, take_uses, take_fault, e };

	e->owner = &s->owner;
	e->open = false;
	if (!yh_rate_subject(&e->m, s, &sink))
		e->walk.rc = yh_fail(e->err, YH_TOO_LARGE, "memory-short");
	if (e->open) {
		yh_jw_end_arr(e->w);
		if (e->walk.rc == YH_OK)
			e->walk.rc = write_adjustments(e);
		yh_jw_end_obj(e->w);
	}
	return e->walk.rc == YH_OK && !e->more;
}

/* ---- the line ---- */

static enum yh_rc load_line(struct explaining *e, const struct yh_id *statement, int64_t line,
			    struct yh_err *err)
{
	struct yh_ctx *cx = e->cx;
	struct yh_settlement_row own, of;
	enum yh_rc rc = yh_statement_load(cx->tx, statement, cx->arena, &e->statement, err);

	if (rc == YH_OK)
		rc = yh_line_load(cx->tx, statement, line, cx->arena, &e->line, err);
	if (rc == YH_OK)
		rc = yh_settlement_load(cx->tx, &e->statement.settlement, &own, err);
	if (rc != YH_OK)
		return rc;
	e->of = e->statement;
	of = own;
	if (!yh_id_is_zero(&e->line.corrects)) {
		rc = yh_statement_load(cx->tx, &e->line.corrects, cx->arena, &e->of, err);
		if (rc == YH_OK)
			rc = yh_settlement_load(cx->tx, &e->of.settlement, &of, err);
	}
	if (rc == YH_OK)
		rc = yh_month_of_settlement(cx->tx, cx->world, &of, own.as_of, &e->m, &e->arena,
					    err);
	if (rc != YH_OK)
		return rc;
	e->kind = yh_month_kind(&e->m, e->line.resource_kind);
	e->code = yh_month_code(&e->m, e->line.code);
	return YH_OK;
}

static struct scope scope_of(const struct explaining *e)
{
	return (struct scope){ .project = e->of.project,
			       .unit = e->of.unit,
			       .provider = e->of.provider };
}

/* The whole line again, over all its resources. */
static enum yh_rc write_sum(struct explaining *e, const struct yh_factor_row *f, struct yh_err *err)
{
	const struct scope scope = scope_of(e);
	const struct sum_line *mine = NULL;
	struct sums t = { 0 };
	enum yh_rc rc = yh_reckon_project(e->cx->tx, &e->m, &scope, &t, err);

	for (size_t i = 0; rc == YH_OK && i < t.n_lines; i++)
		if (t.lines[i].kind == e->kind && t.lines[i].code == e->code)
			mine = &t.lines[i];
	if (rc == YH_OK)
		rc = yh_explain_sum(e->w, &e->m, mine, f, e->kind, err);
	yh_sums_done(&t);
	return rc;
}

static enum yh_rc write_corrected(struct explaining *e, struct yh_err *err)
{
	struct yh_line_row was, *list;
	struct yh_case_row c = { .no = "" };
	size_t n;
	enum yh_rc rc = YH_OK;

	if (yh_id_is_zero(&e->line.corrects))
		return YH_OK;
	yh_jw_obj(e->w, "corrects");
	yh_jw_str(e->w, "statement", e->of.no);
	yh_jw_str(e->w, "reason", e->line.reason);
	yh_jw_id(e->w, "case", &e->line.case_id);
	if (!yh_id_is_zero(&e->line.case_id))
		rc = yh_case_load(e->cx->tx, &e->line.case_id, e->cx->arena, &c, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(e->w, "case_no", c.no[0] ? c.no : NULL);
	if (e->line.corrects_line) {
		rc = yh_line_load(e->cx->tx, &e->of.id, e->line.corrects_line, e->cx->arena, &was,
				  err);
		if (rc != YH_OK)
			return rc;
		yh_jw_int(e->w, "line", was.line);
		yh_jw_scaled(e->w, "amount", was.amount_fen, 2);
	}
	rc = yh_line_corrections(e->cx->tx, &e->of.id, e->cx->arena, &list, &n, err);
	yh_jw_arr(e->w, "earlier");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		/* those of this settlement or later ones came after */
		if (yh_id_cmp(&list[i].statement, &e->statement.id) >= 0 ||
		    strcmp(list[i].code, e->line.code) != 0 ||
		    strcmp(list[i].resource_kind, e->line.resource_kind) != 0)
			continue;
		yh_jw_scaled(e->w, NULL, list[i].amount_fen, 2);
	}
	yh_jw_end_arr(e->w);
	yh_jw_end_obj(e->w);
	return rc;
}

static enum yh_rc write_factor(struct explaining *e, struct yh_factor_row *f, struct yh_err *err)
{
	bool found = !yh_id_is_zero(&e->line.factor);
	struct yh_evaluation_row evaluation = { .no = "" };
	struct yh_case_row c = { .no = "" };
	enum yh_rc rc = YH_OK;

	*f = (struct yh_factor_row){ .factor_e6 = e->line.factor_e6 };
	if (found)
		rc = yh_factor_load(e->cx->tx, &e->line.factor, f, err);
	if (rc == YH_OK && found && !yh_id_is_zero(&f->evaluation))
		rc = yh_evaluation_load(e->cx->tx, &f->evaluation, e->cx->arena, &evaluation, err);
	if (rc == YH_OK && found && !yh_id_is_zero(&f->case_id))
		rc = yh_case_load(e->cx->tx, &f->case_id, e->cx->arena, &c, err);
	if (rc == YH_OK)
		yh_explain_factor(e->w, f, found, evaluation.no, c.no);
	return rc;
}

static enum yh_rc write_resources(struct explaining *e, const char *after, struct yh_err *err)
{
	const struct scope scope = scope_of(e);
	enum yh_rc rc = YH_OK;

	e->walk = (struct walk){ .m = &e->m, .scope = &scope, .visit = visit, .arg = e };
	if (*after)
		rc = yh_resource_id_by_no(e->cx->tx, after, &e->walk.after, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(e->w, "resources");
	rc = yh_walk(e->cx->tx, &e->walk, err);
	if (rc == YH_OK && !e->more && !*after)
		rc = yh_walk_strays(e->cx->tx, &e->walk, e->walk.seen, err);
	yh_jw_end_arr(e->w);
	yh_jw_str(e->w, "next", e->more ? e->last : NULL);
	yh_metered_done(&e->queue);
	yh_walk_done(&e->walk);
	return rc;
}

static enum yh_rc write_all(struct explaining *e, const char *after, struct yh_err *err)
{
	struct yh_factor_row factor;
	enum yh_rc rc;

	yh_explain_head(e->w, &e->m, &e->statement, &e->line, e->kind);
	if (e->kind < 0 || e->code < 0) /* a line that is no more, corrected to nothing */
		return write_corrected(e, err);
	yh_explain_prices(e->w, &e->m, e->code);
	rc = write_factor(e, &factor, err);
	if (rc == YH_OK)
		rc = write_sum(e, &factor, err);
	if (rc == YH_OK)
		rc = write_corrected(e, err);
	return rc == YH_OK ? write_resources(e, after, err) : rc;
}

enum yh_rc yh_settle_explain(struct yh_ctx *cx, const struct yh_id *statement, int64_t line,
			     const char *after, uint32_t limit, struct yh_jw *w, struct yh_err *err)
{
	struct explaining *e = calloc(1, sizeof *e);
	enum yh_rc rc;

	if (!e)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	e->cx = cx;
	e->w = w;
	e->limit = limit;
	e->err = err;
	yh_arena_init(&e->arena, MONTH_ARENA);
	rc = load_line(e, statement, line, err);
	if (rc == YH_OK)
		rc = write_all(e, after, err);
	yh_arena_done(&e->arena);
	free(e);
	return rc;
}
