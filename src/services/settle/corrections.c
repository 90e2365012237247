/* Closed statements reckoned anew: what differs becomes lines of the next settlement. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/settle/internal.h"

enum { MONTH_ARENA = 256 * 1024 * 1024, LINES_MOST = 100000, DUES_SOME = 100 };

struct finding {
	const struct yh_world *world;
	const struct yh_id *cloud;
	yh_time as_of;
	const struct yh_id *before; /* corrections in statements from this one on do not count */
	struct yh_arena *arena;     /* of what is found */
	struct correction *list;
	size_t n, cap;
	struct yh_due_row *dues;
	size_t n_dues;
	struct yh_arena dues_arena;
	struct yh_id after;
	/* the month of the statement at hand; most dues are of few months */
	struct yh_id settlement;
	struct month m;
	struct yh_arena month_arena;
	struct asked asked;
};

static struct correction *more(struct finding *f)
{
	if (f->n == f->cap) {
		size_t cap = f->cap * 2 + 32;
		struct correction *p = realloc(f->list, cap * sizeof *p);

		if (!p)
			return NULL;
		f->list = p;
		f->cap = cap;
	}
	f->list[f->n] = (struct correction){ 0 };
	return &f->list[f->n++];
}

enum yh_rc yh_month_of_settlement(struct yh_tx *tx, const struct yh_world *world,
				  const struct yh_settlement_row *s, yh_time as_of, struct month *m,
				  struct yh_arena *arena, struct yh_err *err)
{
	const struct yh_law_book *law = world->law;
	enum yh_rc rc;

	*m = (struct month){ .world = world,
			     .cloud = s->cloud,
			     .first = s->month,
			     .as_of = as_of,
			     .frozen = s->reckoning };
	rc = law->pack_by(law->self, &s->pack, &m->pack, err);
	return rc == YH_OK ? yh_month_load(tx, m, arena, err) : rc;
}

static enum yh_rc use_month(struct finding *f, struct yh_tx *tx, const struct yh_id *settlement,
			    struct yh_err *err)
{
	struct yh_settlement_row s;
	enum yh_rc rc;

	if (yh_id_eq(&f->settlement, settlement))
		return YH_OK;
	f->settlement = (struct yh_id){ 0 };
	yh_asked_done(&f->asked);
	yh_arena_done(&f->month_arena);
	rc = yh_settlement_load(tx, settlement, &s, err);
	if (rc == YH_OK)
		rc = yh_month_of_settlement(tx, f->world, &s, f->as_of, &f->m, &f->month_arena,
					    err);
	if (rc != YH_OK)
		return rc;
	f->asked.m = &f->m;
	f->settlement = *settlement;
	return YH_OK;
}

/* ---- one line against what stands ---- */

/* What a line of the statement and its earlier corrections come to. */
struct standing {
	int64_t line, amount_fen, list_fen, usage_e6;
	const struct yh_line_row *row; /* the statement's, or else the last correction's */
};

static bool is_of(const struct yh_line_row *l, const char *code, const char *kind)
{
	return strcmp(l->code, code) == 0 && strcmp(l->resource_kind, kind) == 0;
}

static bool stand(struct standing *s, const struct yh_line_row *l)
{
	int64_t usage;

	s->row = s->row ? s->row : l;
	return yh_scaled_parse(l->usage, 6, &usage, NULL) == YH_OK &&
	       yh_add_i64(s->usage_e6, usage, &s->usage_e6) &&
	       yh_add_i64(s->amount_fen, l->amount_fen, &s->amount_fen) &&
	       yh_add_i64(s->list_fen, l->list_fen, &s->list_fen);
}

struct comparing {
	struct finding *f;
	const struct yh_statement_row *statement;
	const struct yh_due_row *due;
	struct yh_line_row *old, *earlier;
	size_t n_old, n_earlier;
};

static bool is_later(const struct comparing *c, const struct yh_line_row *l)
{
	return c->f->before && yh_id_cmp(&l->statement, c->f->before) >= 0;
}

static bool standing_of(const struct comparing *c, const char *code, const char *kind,
			struct standing *out)
{
	bool ok = true;

	*out = (struct standing){ 0 };
	for (size_t i = 0; ok && i < c->n_old; i++)
		if (strcmp(c->old[i].kind, "use") == 0 && is_of(&c->old[i], code, kind)) {
			out->line = c->old[i].line;
			ok = stand(out, &c->old[i]);
		}
	for (size_t i = 0; ok && i < c->n_earlier; i++)
		if (!is_later(c, &c->earlier[i]) && is_of(&c->earlier[i], code, kind))
			ok = stand(out, &c->earlier[i]);
	return ok;
}

/* `now` is what the line would be today; it becomes the difference. */
static enum yh_rc differ(struct comparing *c, struct yh_line_row now, const struct standing *was,
			 struct yh_err *err)
{
	const struct yh_statement_row *s = c->statement;
	char text[YH_SCALED_TEXT];
	int64_t usage;
	struct correction *out;

	if (yh_scaled_parse(now.usage, 6, &usage, err) != YH_OK ||
	    !yh_add_i64(usage, -was->usage_e6, &usage) ||
	    !yh_add_i64(now.amount_fen, -was->amount_fen, &now.amount_fen) ||
	    !yh_add_i64(now.list_fen, -was->list_fen, &now.list_fen))
		return yh_fail(err, YH_TOO_LARGE, "amount-out-of-range");
	if (usage == 0 && now.amount_fen == 0 && now.list_fen == 0)
		return YH_OK;
	out = more(c->f);
	if (!out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	out->unit = s->unit;
	out->project = s->project;
	out->provider = s->provider;
	out->payer = s->payer;
	memcpy(out->corrects_no, s->no, sizeof out->corrects_no);
	(void)snprintf(now.kind, sizeof now.kind, "correction");
	now.corrects = s->id;
	now.corrects_line = was->line;
	now.case_id = c->due->case_id;
	now.usage = yh_arena_strdup(c->f->arena, yh_scaled_text(usage, 6, text));
	now.reason = yh_arena_strdup(c->f->arena, c->due->reason);
	out->line = now;
	return now.usage && now.reason ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* Lines that are no more: of the statement, and those that corrections have added to it. */
static enum yh_rc compare_gone(struct comparing *c, const struct yh_line_row *rows, size_t n,
			       const struct sums *t, struct yh_err *err)
{
	const struct month *m = &c->f->m;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_line_row none = rows[i];
		struct standing was;
		bool again = false;

		for (size_t k = 0; !again && k < t->n_lines; k++)
			again = is_of(&rows[i], m->codes[t->lines[k].code],
				      m->kinds[t->lines[k].kind].id);
		for (size_t k = 0; !again && k < i; k++)
			again = is_of(&rows[k], rows[i].code, rows[i].resource_kind);
		if (!again && rows == c->earlier)
			for (size_t k = 0; !again && k < c->n_old; k++)
				again = strcmp(c->old[k].kind, "use") == 0 &&
					is_of(&c->old[k], rows[i].code, rows[i].resource_kind);
		if (again || is_later(c, &rows[i]) ||
		    (rows == c->old && strcmp(rows[i].kind, "use") != 0))
			continue;
		if (!standing_of(c, rows[i].code, rows[i].resource_kind, &was))
			return yh_fail(err, YH_TOO_LARGE, "amount-out-of-range");
		none.usage = "0";
		none.amount_fen = none.list_fen = none.resources = none.intervals = 0;
		rc = differ(c, none, &was, err);
	}
	return rc;
}

static enum yh_rc compare(struct comparing *c, struct yh_tx *tx, const struct sums *t,
			  struct yh_err *err)
{
	const struct month *m = &c->f->m;
	struct yh_factor_row factor;
	enum yh_rc rc = yh_asked_factor(&c->f->asked, tx, &c->statement->provider, &factor, err);

	for (size_t i = 0; rc == YH_OK && i < t->n_lines; i++) {
		struct yh_line_row now;
		struct standing was;

		rc = yh_line_of_sum(m, &t->lines[i], &factor, c->f->arena, &now, err);
		if (rc == YH_OK && !standing_of(c, now.code, now.resource_kind, &was))
			rc = yh_fail(err, YH_TOO_LARGE, "amount-out-of-range");
		if (rc == YH_OK)
			rc = differ(c, now, &was, err);
	}
	if (rc == YH_OK)
		rc = compare_gone(c, c->old, c->n_old, t, err);
	return rc == YH_OK ? compare_gone(c, c->earlier, c->n_earlier, t, err) : rc;
}

/* ---- one statement ---- */

/* One that has corrections only is not the one that its month's use was settled by. */
static bool has_use(const struct comparing *c)
{
	for (size_t i = 0; i < c->n_old; i++)
		if (strcmp(c->old[i].kind, "use") == 0)
			return true;
	return false;
}

static enum yh_rc stopped(struct finding *f, struct yh_tx *tx, const struct yh_statement_row *s,
			  const struct fault *fault, struct yh_err *err)
{
	struct correction *out = more(f);

	if (!out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	out->unit = s->unit;
	out->project = s->project;
	out->provider = s->provider;
	out->payer = s->payer;
	return yh_fault_text(tx, &f->m, fault, f->arena, &out->fault, err);
}

/* A line beyond all measure stops its own statement and no other. */
static enum yh_rc compare_or_stop(struct comparing *c, struct yh_tx *tx, const struct sums *t,
				  struct yh_err *err)
{
	static const struct fault beyond = { .why = WHY_AMOUNT };
	struct finding *f = c->f;
	struct yh_err why = { 0 };
	size_t before = f->n;
	enum yh_rc rc = compare(c, tx, t, &why);

	if (rc == YH_TOO_LARGE && strcmp(why.slug, yh_fault_slug(WHY_AMOUNT)) == 0) {
		f->n = before;
		return stopped(f, tx, c->statement, &beyond, err);
	}
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

static enum yh_rc again(struct finding *f, struct yh_tx *tx, const struct yh_due_row *due,
			struct yh_err *err)
{
	struct yh_statement_row s;
	struct comparing c = { .f = f, .statement = &s, .due = due };
	struct scope scope = { 0 };
	struct sums t = { 0 };
	enum yh_rc rc = yh_statement_load(tx, &due->statement, &f->dues_arena, &s, err);

	if (rc == YH_OK)
		rc = yh_line_list(tx, &s.id, 0, LINES_MOST, &f->dues_arena, &c.old, &c.n_old, err);
	if (rc != YH_OK || !has_use(&c))
		return rc;
	rc = use_month(f, tx, &s.settlement, err);
	if (rc != YH_OK)
		return rc;
	scope.project = s.project;
	scope.unit = s.unit;
	scope.provider = s.provider;
	rc = yh_reckon_project(tx, &f->m, &scope, &t, err);
	if (rc == YH_OK)
		rc = yh_line_corrections(tx, &s.id, &f->dues_arena, &c.earlier, &c.n_earlier, err);
	if (rc == YH_OK)
		rc = t.n_statements && t.statements[0].fault.why != WHY_NONE
			     ? stopped(f, tx, &s, &t.statements[0].fault, err)
			     : compare_or_stop(&c, tx, &t, err);
	yh_sums_done(&t);
	return rc;
}

static enum yh_rc some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct finding *f = arg;
	size_t before = f->n;
	enum yh_rc rc;

	yh_arena_done(&f->dues_arena);
	f->settlement = (struct yh_id){ 0 };
	rc = yh_due_list(tx, f->cloud, f->as_of, &f->after, DUES_SOME, &f->dues_arena, &f->dues,
			 &f->n_dues, err);
	for (size_t i = 0; rc == YH_OK && i < f->n_dues; i++)
		rc = again(f, tx, &f->dues[i], err);
	if (rc != YH_OK)
		f->n = before;
	return rc;
}

static int in_order(const void *a, const void *b)
{
	const struct correction *p = a, *q = b;
	int c = yh_id_cmp(&p->unit, &q->unit);

	if (c == 0)
		c = yh_id_cmp(&p->project, &q->project);
	if (c == 0)
		c = yh_id_cmp(&p->provider, &q->provider);
	if (c == 0)
		c = yh_id_cmp(&p->payer, &q->payer);
	if (c == 0)
		c = strcmp(p->corrects_no, q->corrects_no);
	if (c == 0)
		c = strcmp(p->line.code, q->line.code);
	return c ? c : strcmp(p->line.resource_kind, q->line.resource_kind);
}

/* Into the arena of the caller, in order. */
static enum yh_rc hand_over(struct finding *f, struct correction **out, size_t *n,
			    struct yh_err *err)
{
	if (f->n)
		qsort(f->list, f->n, sizeof *f->list, in_order);
	*n = f->n;
	*out = YH_NEW_N(f->arena, struct correction, f->n + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (f->n)
		memcpy(*out, f->list, f->n * sizeof *f->list);
	return YH_OK;
}

enum yh_rc yh_corrections_find(const struct yh_world *world, const struct yh_id *cloud,
			       yh_time as_of, struct yh_arena *arena, struct correction **out,
			       size_t *n, struct yh_err *err)
{
	struct finding f = { .world = world, .cloud = cloud, .as_of = as_of, .arena = arena };
	enum yh_rc rc;

	*n = 0;
	yh_arena_init(&f.dues_arena, MONTH_ARENA);
	yh_arena_init(&f.month_arena, MONTH_ARENA);
	do {
		rc = yh_exec_read(world->exec, some, &f, err);
		if (rc == YH_OK && f.n_dues)
			f.after = f.dues[f.n_dues - 1].statement;
	} while (rc == YH_OK && f.n_dues == DUES_SOME);
	if (rc == YH_OK)
		rc = hand_over(&f, out, n, err);
	yh_asked_done(&f.asked);
	yh_arena_done(&f.dues_arena);
	yh_arena_done(&f.month_arena);
	free(f.list);
	return rc;
}

enum yh_rc yh_corrections_of(struct yh_tx *tx, const struct yh_world *world,
			     const struct yh_id *statement, yh_time as_of,
			     const struct yh_id *before, struct yh_arena *arena,
			     struct correction **out, size_t *n, struct yh_err *err)
{
	const struct yh_due_row due = { .statement = *statement, .reason = "" };
	struct finding f = { .world = world, .as_of = as_of, .before = before, .arena = arena };
	enum yh_rc rc;

	*n = 0;
	yh_arena_init(&f.dues_arena, MONTH_ARENA);
	yh_arena_init(&f.month_arena, MONTH_ARENA);
	rc = again(&f, tx, &due, err);
	if (rc == YH_OK)
		rc = hand_over(&f, out, n, err);
	yh_asked_done(&f.asked);
	yh_arena_done(&f.dues_arena);
	yh_arena_done(&f.month_arena);
	free(f.list);
	return rc;
}
