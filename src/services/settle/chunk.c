/* From sums and corrections to the rows of statements, some at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/settle/draft.h"

enum { CHUNK_ROWS = 64, SCRATCH = 64 * 1024 * 1024 };

/* What belongs to one statement. */
struct making {
	struct draft *d;
	struct yh_tx *tx;
	struct asked *asked;
	struct chunk *out;
	struct yh_statement_row *row;
	struct yh_line_row *lines;
	const char **corrects_no;
	size_t n, cap;
	struct fault fault;
	const char *fault_text;
};

static int key_cmp(const struct yh_id *a, const struct yh_id *b, const struct yh_id *c,
		   const struct yh_id *x, const struct yh_id *y, const struct yh_id *z)
{
	int r = yh_id_cmp(a, x);

	if (r == 0)
		r = yh_id_cmp(b, y);
	return r ? r : yh_id_cmp(c, z);
}

static int against(const struct sum_statement *s, const struct correction *c)
{
	return key_cmp(&s->unit, &s->project, &s->provider, &c->unit, &c->project, &c->provider);
}

static size_t lines_of(const struct sums *t, size_t statement, size_t from)
{
	size_t n = 0;

	while (from + n < t->n_lines && t->lines[from + n].statement == statement)
		n++;
	return n;
}

static enum yh_rc room(struct making *k, size_t n, struct yh_err *err)
{
	struct yh_line_row *lines = YH_NEW_N(&k->out->arena, struct yh_line_row, n + 1);
	const char **nos = YH_NEW_N(&k->out->arena, const char *, n + 1);

	k->lines = lines;
	k->corrects_no = nos;
	k->cap = n;
	k->n = 0;
	return lines && nos ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc add_uses(struct making *k, const struct sum_line *lines, size_t n,
			   struct yh_err *err)
{
	struct yh_factor_row factor = { .factor_e6 = YH_FACTOR_ONE };
	enum yh_rc rc = YH_OK;

	if (n)
		rc = yh_asked_factor(k->asked, k->tx, &k->row->provider, &factor, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_err why = { 0 };

		rc = yh_line_of_sum(&k->d->m, &lines[i], &factor, &k->out->arena, &k->lines[k->n],
				    &why);
		if (rc == YH_OK) {
			k->n++;
		} else if (strcmp(why.slug, "amount-out-of-range") == 0) {
			k->fault.why = WHY_AMOUNT;
			return YH_OK;
		} else if (err) {
			*err = why;
		}
	}
	return rc;
}

static void add_corrections(struct making *k, const struct correction *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].fault) {
			k->fault_text = list[i].fault;
			return;
		}
		k->corrects_no[k->n] = list[i].corrects_no;
		k->lines[k->n++] = list[i].line;
	}
}

/* Of the statement; and of the settlement, which must hold it. */
static bool add_up(struct making *k)
{
	k->row->total_fen = 0;
	for (size_t i = 0; i < k->n; i++) {
		k->lines[i].line = (int64_t)i + 1;
		k->lines[i].statement = k->row->id;
		if (!yh_add_i64(k->row->total_fen, k->lines[i].amount_fen, &k->row->total_fen))
			return false;
	}
	k->row->lines = (int64_t)k->n;
	return yh_add_i64(k->out->total_fen, k->row->total_fen, &k->out->total_fen);
}

static enum yh_rc stop(struct making *k, struct yh_err *err)
{
	k->n = 0;
	k->row->lines = k->row->total_fen = 0;
	k->row->fault = k->fault_text;
	if (k->fault_text)
		return YH_OK;
	return yh_fault_text(k->tx, &k->d->m, &k->fault, &k->out->arena, &k->row->fault, err);
}

static enum yh_rc seal(struct making *k, struct yh_err *err)
{
	struct yh_buf scratch;
	enum yh_rc rc = YH_OK;

	yh_buf_init(&scratch, SCRATCH);
	k->row->digest =
		yh_statement_digest(&scratch, k->row, k->d->row.no, k->lines, k->n, k->corrects_no);
	if (!yh_buf_ok(&scratch))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&scratch);
	return rc;
}

/* Once its figures are known, the statement and its lines are ready to be written. */
static enum yh_rc put(struct making *k, struct yh_err *err)
{
	struct chunk *out = k->out;

	if (out->n_lines + k->n > out->lines_cap) {
		size_t cap = out->lines_cap * 2 + k->n;
		const struct yh_line_row **more =
			YH_NEW_N(&out->arena, const struct yh_line_row *, cap);

		if (!more)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (out->n_lines)
			memcpy(more, out->lines, out->n_lines * sizeof *more);
		out->lines = more;
		out->lines_cap = cap;
	}
	for (size_t i = 0; i < k->n; i++)
		out->lines[out->n_lines++] = &k->lines[i];
	out->n++;
	return YH_OK;
}

static enum yh_rc finish(struct making *k, struct yh_err *err)
{
	enum yh_rc rc;

	if (k->fault.why == WHY_NONE && !k->fault_text && yh_id_is_zero(&k->row->payer))
		k->fault.why = WHY_PAYER;
	if (k->fault.why == WHY_NONE && !k->fault_text && !add_up(k))
		k->fault.why = WHY_AMOUNT;
	if (k->fault.why != WHY_NONE || k->fault_text)
		rc = stop(k, err);
	else
		rc = seal(k, err);
	return rc == YH_OK ? put(k, err) : rc;
}

static struct yh_statement_row *new_row(struct making *k, const struct yh_id *unit,
					const struct yh_id *project, const struct yh_id *provider,
					size_t before)
{
	const struct draft *d = k->d;
	struct yh_statement_row *row = &k->out->rows[k->out->n];
	char month[8];

	*row = (struct yh_statement_row){
		.id = yh_id_new(d->world->ids, d->row.made_at),
		.settlement = d->row.id,
		.reckoning = d->row.reckoning,
		.cloud = d->m.cloud,
		.month = d->m.first,
		.unit = *unit,
		.project = *project,
		.provider = *provider,
	};
	(void)yh_month_text(d->m.first, month);
	(void)snprintf(row->no, sizeof row->no, "%.16s-JS-%.4s%.2s-%06d", d->m.cloud_code, month,
		       month + 5, (int)(d->first_no + (int64_t)(before + k->out->n)));
	return row;
}

/* One statement: `use` of the table (or none), and corrections that one payer bears. */
static enum yh_rc make(struct making *k, const struct sum_statement *use,
		       const struct sum_line *lines, size_t n_lines, const struct correction *c,
		       size_t n_c, size_t before, struct yh_err *err)
{
	enum yh_rc rc = room(k, n_lines + n_c, err);

	k->fault = (struct fault){ 0 };
	k->fault_text = NULL;
	if (rc != YH_OK)
		return rc;
	k->row = use ? new_row(k, &use->unit, &use->project, &use->provider, before)
		     : new_row(k, &c->unit, &c->project, &c->provider, before);
	if (use) {
		k->fault = use->fault;
		rc = yh_asked_payer(k->asked, k->tx, &k->row->unit, &k->row->payer, err);
	} else {
		k->row->payer = c->payer;
	}
	if (rc == YH_OK && k->fault.why == WHY_NONE)
		rc = add_uses(k, lines, n_lines, err);
	add_corrections(k, c, n_c);
	return rc == YH_OK ? finish(k, err) : rc;
}

static size_t same_payer(const struct correction *c, size_t n)
{
	size_t k = 0;

	while (k < n && yh_id_eq(&c[k].payer, &c[0].payer) &&
	       key_cmp(&c[k].unit, &c[k].project, &c[k].provider, &c[0].unit, &c[0].project,
		       &c[0].provider) == 0)
		k++;
	return k;
}

/* The corrections of a key that the payer of its use bears go with it. */
static const struct correction *correction_at(const struct draft *d, size_t at)
{
	return d->n_corrections ? d->corrections + at : NULL;
}

static enum yh_rc make_use(struct making *k, struct stream_at *at, size_t before,
			   struct yh_err *err)
{
	struct draft *d = k->d;
	const struct sum_statement *s = &d->table.statements[at->statement];
	size_t n_lines = lines_of(&d->table, at->statement, at->line), n_c = 0;
	const struct correction *c = correction_at(d, at->correction);
	struct yh_id payer;
	enum yh_rc rc = yh_asked_payer(k->asked, k->tx, &s->unit, &payer, err);

	if (rc == YH_OK && at->correction < d->n_corrections && against(s, c) == 0 &&
	    yh_id_eq(&c->payer, &payer))
		n_c = same_payer(c, d->n_corrections - at->correction);
	if (rc == YH_OK)
		rc = make(k, s, n_lines ? d->table.lines + at->line : NULL, n_lines, c, n_c, before,
			  err);
	at->statement++;
	at->line += n_lines;
	at->correction += n_c;
	return rc;
}

static enum yh_rc make_next(struct making *k, struct stream_at *at, size_t before,
			    struct yh_err *err)
{
	struct draft *d = k->d;
	const struct correction *c = correction_at(d, at->correction);
	bool use = at->statement < d->table.n_statements;
	bool corrects = at->correction < d->n_corrections;
	struct yh_id payer;
	size_t n;
	enum yh_rc rc = YH_OK;

	if (use && corrects) {
		const struct sum_statement *s = &d->table.statements[at->statement];
		int order = against(s, c);

		if (order == 0)
			rc = yh_asked_payer(k->asked, k->tx, &s->unit, &payer, err);
		if (rc != YH_OK)
			return rc;
		/* another payer's come first when its id does: both are in the order of keys */
		use = order < 0 || (order == 0 && yh_id_cmp(&payer, &c->payer) <= 0);
	}
	if (use)
		return make_use(k, at, before, err);
	n = same_payer(c, d->n_corrections - at->correction);
	rc = make(k, NULL, NULL, 0, c, n, before, err);
	at->correction += n;
	return rc;
}

enum yh_rc yh_draft_chunk(struct yh_tx *tx, struct draft *d, struct asked *asked,
			  struct stream_at *at, struct chunk *out, struct yh_err *err)
{
	struct making k = { .d = d, .tx = tx, .asked = asked, .out = out };
	size_t before = (size_t)(d->row.statements);
	enum yh_rc rc = YH_OK;

	out->n = out->n_lines = out->lines_cap = 0;
	out->total_fen = d->row.total_fen;
	out->rows = YH_NEW_N(&out->arena, struct yh_statement_row, CHUNK_ROWS);
	if (!out->rows)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (rc == YH_OK && out->n < CHUNK_ROWS && out->n_lines < CHUNK_LINES &&
	       (at->statement < d->table.n_statements || at->correction < d->n_corrections))
		rc = make_next(&k, at, before, err);
	return rc;
}
