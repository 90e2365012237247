/* A closed month proved again: reckoned from the records as of then, and held against what stands.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/settle/internal.h"

enum { ARENA = 256 * 1024 * 1024, SETTLEMENTS_MOST = 200, TEXT_MAX = 64 * 1024 * 1024 };

struct proving {
	const struct yh_world *world;
	const struct yh_settle_ask *ask;
	struct yh_settle_proof *out;
	struct yh_settlement_row *list, s; /* of the month; the one at hand */
	size_t n_list;
	struct yh_arena list_arena, arena, page;
	struct month m;
	struct sums t;
	unsigned char *met;            /* of t's statements */
	struct key_set closed;         /* in the month */
	struct key_set earlier, fresh; /* in its settlements before this one, and in this one */
	struct asked asked;
	const struct yh_bill *bill;
};

static void differs(struct proving *p, const char *no, int64_t line)
{
	if (p->out->differences++ == 0)
		(void)snprintf(p->out->first, sizeof p->out->first, "%.40s/%lld", no,
			       (long long)line);
}

/* ---- use ---- */

static int by_key(const void *a, const void *b)
{
	const struct yh_statement_row *s = a;
	const struct sum_statement *t = b;
	int c = yh_id_cmp(&s->unit, &t->unit);

	if (c == 0)
		c = yh_id_cmp(&s->project, &t->project);
	return c ? c : yh_id_cmp(&s->provider, &t->provider);
}

static int by_statement(const void *a, const void *b)
{
	uint32_t want = *(const uint32_t *)a, is = ((const struct sum_line *)b)->statement;

	return (want > is) - (want < is);
}

/* The lines of a statement in the sums; they stand together. */
static const struct sum_line *sums_of(const struct proving *p, const struct yh_statement_row *row,
				      size_t *n)
{
	const struct sum_statement *s =
		p->t.n_statements
			? bsearch(row, p->t.statements, p->t.n_statements, sizeof *s, by_key)
			: NULL;
	const struct sum_line *l;
	uint32_t at;

	*n = 0;
	if (!s)
		return NULL;
	at = (uint32_t)(s - p->t.statements);
	p->met[at] = 1;
	l = p->t.n_lines ? bsearch(&at, p->t.lines, p->t.n_lines, sizeof *l, by_statement) : NULL;
	if (!l)
		return NULL;
	while (l > p->t.lines && l[-1].statement == at)
		l--;
	while (l + *n < p->t.lines + p->t.n_lines && l[*n].statement == at)
		++*n;
	return l;
}

static bool same(const struct yh_line_row *a, const struct yh_line_row *b)
{
	return strcmp(a->resource_kind, b->resource_kind) == 0 && strcmp(a->code, b->code) == 0 &&
	       a->billed == b->billed && yh_id_eq(&a->item, &b->item) &&
	       a->resources == b->resources && a->intervals == b->intervals &&
	       strcmp(a->usage, b->usage) == 0 && a->list_fen == b->list_fen &&
	       a->factor_e6 == b->factor_e6 && yh_id_eq(&a->factor, &b->factor) &&
	       a->amount_fen == b->amount_fen && strcmp(a->reason, b->reason) == 0;
}

static enum yh_rc prove_uses(struct proving *p, struct yh_tx *tx, struct yh_err *err)
{
	const struct yh_bill *b = p->bill;
	struct yh_factor_row factor;
	size_t n, use = 0;
	const struct sum_line *l = sums_of(p, &b->row, &n);
	bool known = yh_key_set_has(&p->earlier, &b->row.unit, &b->row.project, &b->row.provider);
	enum yh_rc rc = yh_asked_factor(&p->asked, tx, &b->row.provider, &factor, err);

	n = known ? 0 : n; /* its use was settled before, and is not billed again */
	for (size_t i = 0; rc == YH_OK && i < b->n; i++) {
		struct yh_line_row now;

		if (strcmp(b->lines[i].row.kind, "use") != 0)
			continue;
		if (use == n) {
			differs(p, b->row.no, b->lines[i].row.line);
			continue;
		}
		rc = yh_line_of_sum(&p->m, &l[use++], &factor, &p->page, &now, err);
		if (rc == YH_OK && !same(&now, &b->lines[i].row))
			differs(p, b->row.no, b->lines[i].row.line);
	}
	if (rc == YH_OK && use < n)
		differs(p, b->row.no, 0);
	return rc;
}

/* Others have nothing but corrections. */
static bool has_use(const struct yh_bill *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->lines[i].row.kind, "use") == 0)
			return true;
	return false;
}

/* ---- corrections ---- */

static bool same_correction(const struct yh_line_row *a, const struct yh_line_row *b)
{
	return strcmp(a->resource_kind, b->resource_kind) == 0 && strcmp(a->code, b->code) == 0 &&
	       a->corrects_line == b->corrects_line && strcmp(a->usage, b->usage) == 0 &&
	       a->list_fen == b->list_fen && a->amount_fen == b->amount_fen;
}

/* Corrections of one statement stand together, in the order in which they are found again. */
static enum yh_rc prove_corrections(struct proving *p, struct yh_tx *tx, struct yh_err *err)
{
	const struct yh_bill *b = p->bill;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0, n; rc == YH_OK && i < b->n; i += n) {
		const struct yh_id *of = &b->lines[i].row.corrects;
		struct correction *again;
		size_t n_again;

		n = 1;
		if (yh_id_is_zero(of))
			continue;
		while (i + n < b->n && yh_id_eq(of, &b->lines[i + n].row.corrects))
			n++;
		rc = yh_corrections_of(tx, p->world, of, p->s.as_of, &b->row.id, &p->page, &again,
				       &n_again, err);
		for (size_t k = 0; rc == YH_OK && k < n; k++)
			if (k >= n_again || again[k].fault ||
			    !same_correction(&b->lines[i + k].row, &again[k].line))
				differs(p, b->row.no, b->lines[i + k].row.line);
		if (rc == YH_OK && n_again > n)
			differs(p, b->row.no, 0);
	}
	return rc;
}

/* ---- a statement as a whole ---- */

static enum yh_rc prove_whole(struct proving *p, struct yh_err *err)
{
	const struct yh_bill *b = p->bill;
	struct yh_buf text;
	struct yh_sm3 digest;
	yh_amount total = 0;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; i < b->n; i++)
		total += b->lines[i].row.amount_fen;
	if (total != b->row.total_fen)
		differs(p, b->row.no, 0);
	yh_buf_init(&text, TEXT_MAX);
	yh_settle_canonical(&text, b);
	digest = yh_sm3_of(yh_buf_text(&text), text.len);
	if (!yh_buf_ok(&text))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	else if (memcmp(&digest, &b->row.digest, sizeof digest) != 0)
		differs(p, b->row.no, 0);
	yh_buf_done(&text);
	return rc;
}

static enum yh_rc prove_in(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct proving *p = arg;
	struct yh_settle_proof before = *p->out;
	enum yh_rc rc = YH_OK;

	yh_arena_done(&p->page);
	if (has_use(p->bill))
		rc = prove_uses(p, tx, err);
	if (rc == YH_OK)
		rc = prove_corrections(p, tx, err);
	if (rc != YH_OK)
		*p->out = before;
	return rc;
}

static enum yh_rc prove(void *arg, const struct yh_bill *bill, struct yh_err *err)
{
	struct proving *p = arg;
	size_t n;
	enum yh_rc rc;

	p->bill = bill;
	if (bill->row.fault) {
		(void)sums_of(p, &bill->row, &n); /* it was seen, and stopped */
		return YH_OK;
	}
	if (has_use(bill) && yh_sums_statement(&p->fresh.keys, &bill->row.unit, &bill->row.project,
					       &bill->row.provider) < 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	p->out->statements++;
	p->out->lines += (int64_t)bill->n;
	rc = prove_whole(p, err);
	return rc == YH_OK ? yh_exec_read(p->world->exec, prove_in, p, err) : rc;
}

/* ---- a settlement ---- */

static bool take_key(void *arg, const struct yh_id *unit, const struct yh_id *project,
		     const struct yh_id *provider)
{
	return yh_sums_statement(arg, unit, project, provider) >= 0;
}

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct proving *p = arg;
	enum yh_rc rc;

	yh_arena_done(&p->arena);
	yh_sums_done(&p->closed.keys);
	rc = yh_month_of_settlement(tx, p->world, &p->s, p->s.as_of, &p->m, &p->arena, err);
	return rc == YH_OK ? yh_statement_closed_keys(tx, &p->s.cloud, p->s.month, take_key,
						      &p->closed.keys, err)
			   : rc;
}

/* Use that stands nowhere: neither here nor in another settlement of the month. */
static void look_for_more(struct proving *p)
{
	for (size_t i = 0; i < p->t.n_statements; i++) {
		const struct sum_statement *s = &p->t.statements[i];

		if (!p->met[i] && !yh_key_set_has(&p->closed, &s->unit, &s->project, &s->provider))
			differs(p, p->s.no, 0);
	}
}

static enum yh_rc prove_settlement(struct proving *p, struct yh_err *err)
{
	const struct scope scope = { .threads = p->ask->threads };
	enum yh_rc rc = yh_exec_read(p->world->exec, load, p, err);

	if (rc == YH_OK)
		rc = yh_reckon(&p->m, &scope, &p->t, err);
	if (rc != YH_OK)
		return rc;
	p->asked.m = &p->m;
	p->met = calloc(p->t.n_statements + 1, 1);
	rc = p->met ? yh_settle_bills(p->world, &p->s.id, prove, p, err)
		    : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		look_for_more(p);
	if (rc == YH_OK && !yh_sums_merge(&p->earlier.keys, &p->fresh.keys))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_sums_done(&p->fresh.keys);
	free(p->met);
	p->met = NULL;
	yh_asked_done(&p->asked);
	yh_sums_done(&p->t);
	return rc;
}

static enum yh_rc list(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct proving *p = arg;

	yh_arena_done(&p->list_arena);
	return yh_settlement_closed_list(tx, &p->ask->cloud, p->ask->month, SETTLEMENTS_MOST,
					 &p->list_arena, &p->list, &p->n_list, err);
}

enum yh_rc yh_settle_verify(const struct yh_world *world, const struct yh_settle_ask *ask,
			    struct yh_settle_proof *out, struct yh_err *err)
{
	struct proving *p = calloc(1, sizeof *p);
	enum yh_rc rc;

	*out = (struct yh_settle_proof){ 0 };
	if (!p)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	p->world = world;
	p->ask = ask;
	p->out = out;
	yh_arena_init(&p->list_arena, ARENA);
	yh_arena_init(&p->arena, ARENA);
	yh_arena_init(&p->page, ARENA);
	rc = yh_exec_read(world->exec, list, p, err);
	if (rc == YH_OK && p->n_list == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "settlement-none-closed");
	for (size_t i = 0; rc == YH_OK && i < p->n_list; i++) {
		p->s = p->list[i];
		rc = prove_settlement(p, err);
	}
	yh_sums_done(&p->t);
	yh_sums_done(&p->closed.keys);
	yh_sums_done(&p->earlier.keys);
	yh_sums_done(&p->fresh.keys);
	yh_asked_done(&p->asked);
	yh_arena_done(&p->list_arena);
	yh_arena_done(&p->arena);
	yh_arena_done(&p->page);
	free(p->met);
	free(p);
	return rc;
}
