/* What a month would have cost with other prices, or another factor. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/settle/internal.h"

enum { ARENA = 256 * 1024 * 1024 };

struct previewing {
	const struct yh_world *world;
	const struct yh_preview_ask *ask;
	struct yh_arena month_arena, texts;
	struct yh_arena *arena; /* of the answer */
	struct month m;
	bool would; /* with what is asked for, or as it was */
	struct sums t;
	struct yh_preview_line *list;
	size_t n;
};

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct previewing *p = arg;
	struct yh_settlement_row s;
	struct yh_date d = yh_date_of(p->ask->month.month);
	bool found;
	enum yh_rc rc;

	yh_arena_done(&p->month_arena);
	d.day = 1;
	p->m = (struct month){ .world = p->world,
			       .cloud = p->ask->month.cloud,
			       .first = yh_day_from_date(d),
			       .as_of = yh_clock_now(p->world->clock) };
	/* what the month was settled by is what it is reckoned from now */
	rc = yh_settlement_first_of(tx, &p->m.cloud, p->m.first, &found, &s, err);
	if (rc == YH_OK && found)
		p->m.frozen = s.reckoning;
	if (p->would) {
		p->m.edition = p->ask->edition;
		p->m.provider = p->ask->provider;
		p->m.factor_e6 = p->ask->factor_e6;
	}
	return rc == YH_OK ? yh_month_load(tx, &p->m, &p->month_arena, err) : rc;
}

static struct yh_preview_line *line_of(struct previewing *p, const struct yh_id *unit, size_t *at)
{
	for (; *at < p->n; ++*at)
		if (yh_id_eq(&p->list[*at].unit, unit))
			return &p->list[*at];
	for (*at = 0; *at < p->n; ++*at)
		if (yh_id_eq(&p->list[*at].unit, unit))
			return &p->list[*at];
	p->list[p->n] = (struct yh_preview_line){ .unit = *unit };
	return &p->list[p->n++];
}

static void stop(struct yh_preview_line *l, enum why why)
{
	l->stopped = true;
	if (!l->slug)
		l->slug = yh_fault_slug(why);
}

static enum yh_rc add_statement(struct previewing *p, struct asked *asked, struct yh_tx *tx,
				size_t statement, size_t *line, struct yh_preview_line *l,
				struct yh_err *err)
{
	const struct sum_statement *s = &p->t.statements[statement];
	int64_t *fen = p->would ? &l->would_fen : &l->was_fen;
	struct yh_factor_row factor;
	enum yh_rc rc = YH_OK;

	if (s->fault.why == WHY_NONE)
		rc = yh_asked_factor(asked, tx, &s->provider, &factor, err);
	for (; rc == YH_OK && *line < p->t.n_lines && p->t.lines[*line].statement == statement;
	     ++*line) {
		struct yh_line_row row;
		struct yh_err why = { 0 };

		if (s->fault.why != WHY_NONE)
			continue;
		yh_arena_done(&p->texts);
		if (yh_line_of_sum(&p->m, &p->t.lines[*line], &factor, &p->texts, &row, &why) !=
			    YH_OK ||
		    !yh_add_i64(*fen, row.amount_fen, fen))
			stop(l, WHY_AMOUNT);
	}
	if (s->fault.why != WHY_NONE)
		stop(l, s->fault.why);
	return rc;
}

static enum yh_rc add_up(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct previewing *p = arg;
	struct asked asked = { .m = &p->m };
	size_t line = 0, at = 0;
	enum yh_rc rc = YH_OK;

	if (!p->would)
		p->n = 0;
	for (size_t i = 0; p->would && i < p->n; i++)
		p->list[i].would_fen = 0;
	for (size_t i = 0; rc == YH_OK && i < p->t.n_statements; i++)
		rc = add_statement(p, &asked, tx, i, &line,
				   line_of(p, &p->t.statements[i].unit, &at), err);
	yh_asked_done(&asked);
	return rc;
}

static bool room(struct previewing *p)
{
	struct yh_preview_line *more =
		YH_NEW_N(p->arena, struct yh_preview_line, p->n + p->t.n_statements + 1);

	if (!more)
		return false;
	if (p->n)
		memcpy(more, p->list, p->n * sizeof *more);
	p->list = more;
	return true;
}

static enum yh_rc reckon(struct previewing *p, bool would, struct yh_err *err)
{
	const struct scope scope = { .threads = p->ask->month.threads };
	enum yh_rc rc;

	p->would = would;
	rc = yh_exec_read(p->world->exec, load, p, err);
	if (rc == YH_OK)
		rc = yh_reckon(&p->m, &scope, &p->t, err);
	if (rc == YH_OK && !room(p))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_exec_read(p->world->exec, add_up, p, err);
	yh_sums_done(&p->t);
	return rc;
}

enum yh_rc yh_settle_preview(const struct yh_world *world, const struct yh_preview_ask *ask,
			     struct yh_arena *arena, struct yh_preview_line **out, size_t *n,
			     struct yh_err *err)
{
	struct previewing p = { .world = world, .ask = ask, .arena = arena };
	enum yh_rc rc;

	yh_arena_init(&p.month_arena, ARENA);
	yh_arena_init(&p.texts, ARENA);
	rc = reckon(&p, false, err);
	if (rc == YH_OK)
		rc = reckon(&p, true, err);
	*out = p.list;
	*n = p.n;
	yh_arena_done(&p.month_arena);
	yh_arena_done(&p.texts);
	return rc;
}
