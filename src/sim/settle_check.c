/* What must always hold of settlements: every fen is accounted for, what is closed never changes,
 * and reckoned anew it comes to the same. */
#include <stdio.h>
#include <string.h>

#include "services/project/project.h"
#include "services/settle/settle.h"
#include "sim/city.h"

enum { PAGE = 100, LINES = 500, ENOUGH = 5, LEFT_DAYS = 150 };

struct checking {
	struct sim *s;
	yh_day day;
	struct yh_id before;
	struct yh_settlement_row rows[PAGE];
	size_t n;
};

static enum yh_rc read_closed(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	struct yh_viewer any = { .any = true };
	struct yh_settlement_filter f = {
		.month = YH_DAY_NONE, .state = "closed", .before = q->before, .limit = PAGE
	};
	struct yh_settlement_row *list;
	enum yh_rc rc = yh_settlement_page(cx->tx, &any, &f, cx->arena, &list, &q->n, err);

	if (rc == YH_OK && q->n) {
		memcpy(q->rows, list, q->n * sizeof *list);
		q->before = list[q->n - 1].id;
	}
	return rc;
}

static struct sim_month *month_of(struct sim *s, const struct yh_settlement_row *row)
{
	for (size_t i = 0; i < s->n_months; i++)
		if (yh_id_eq(&s->months[i].id, &row->id))
			return &s->months[i];
	return NULL;
}

/* ---- what has been closed since ---- */

struct entering {
	struct sim *s;
	const struct yh_settlement_row *row;
	char after[40];
	size_t n;
};

/* It may be disputed, and is to be paid. */
static enum yh_rc enter_bill(struct sim *s, const struct yh_statement_row *row, yh_day closed,
			     struct yh_err *err)
{
	struct sim_bill *b = &s->bills[s->n_bills];
	uint64_t key = s->n_bills;

	if (strcmp(row->state, "closed") != 0)
		return YH_OK;
	if (s->n_bills == SIM_BILLS_MAX)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*b = (struct sim_bill){ .id = row->id,
				.unit = row->unit,
				.payer = row->payer,
				.cloud = row->cloud,
				.digest = row->digest,
				.total_fen = row->total_fen };
	memcpy(b->no, row->no, sizeof b->no);
	/* there is one in every city that comes to a correction */
	if (sim_draw(s, "disputes", key, s->usage_fixed || s->n_disputes > ENOUGH ? 12 : 3) == 0) {
		s->n_disputes++;
		b->dispute_on = closed + 1 + (yh_day)sim_draw(s, "dispute on", key, 20);
	}
	if (sim_draw(s, "pays", key, 8) != 0)
		b->pay_on = closed + 5 + (yh_day)sim_draw(s, "pay on", key, 40);
	s->n_bills++;
	return YH_OK;
}

static enum yh_rc enter_bills(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct entering *e = arg;
	struct yh_statement_row *list;
	enum yh_rc rc = yh_statement_of_settlement(cx->tx, &e->row->id, e->after, PAGE, cx->arena,
						   &list, &e->n, err);

	for (size_t i = 0; rc == YH_OK && i < e->n; i++)
		rc = enter_bill(e->s, &list[i], yh_day_of(e->row->closed_at), err);
	if (rc == YH_OK && e->n)
		memcpy(e->after, list[e->n - 1].no, sizeof e->after);
	return rc;
}

/* Whatever ran in the month stands in some statement of it. */
static enum yh_rc check_covered(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct entering *e = arg;
	struct yh_viewer any = { .any = true };
	struct yh_resource_filter f = {
		.cloud = e->row->cloud, .state = "", .kind = "", .after = e->after, .limit = PAGE
	};
	struct yh_statement_filter in = {
		.month = e->row->month, .state = "", .after = "", .limit = 1
	};
	struct yh_date month = yh_date_of(e->row->month);
	yh_day end = e->row->month + yh_days_in_month(month.year, month.month);
	struct yh_resource_line *list;
	struct yh_statement_line *of;
	size_t n;
	enum yh_rc rc = yh_resource_page(cx->tx, &any, &f, cx->arena, &list, &e->n, err);

	for (size_t i = 0; rc == YH_OK && i < e->n; i++) {
		const struct yh_resource_row *r = &list[i].row;

		if (r->opened_at == 0 || r->opened_at >= yh_day_start(end) ||
		    (r->stopped_at && r->stopped_at <= yh_day_start(e->row->month)))
			continue;
		in.project = r->project;
		rc = yh_statement_page(cx->tx, &any, &in, cx->arena, &of, &n, err);
		if (rc == YH_OK && n == 0)
			rc = sim_broken("it ran, and no statement of the month has it", r->no,
					e->row->month, err);
	}
	if (rc == YH_OK && e->n)
		memcpy(e->after, list[e->n - 1].row.no, sizeof e->after);
	return rc;
}

static enum yh_rc enter_month(struct sim *s, const struct yh_settlement_row *row,
			      struct yh_err *err)
{
	struct entering e = { .s = s, .row = row };
	enum yh_rc rc = YH_OK;

	if (s->n_months == SIM_MONTHS_MAX)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->months[s->n_months++] = (struct sim_month){ .id = row->id,
						       .digest = row->digest,
						       .total_fen = row->total_fen };
	s->report->settled++;
	s->report->settled_fen += row->total_fen;
	do
		rc = rc == YH_OK ? sim_look(s, NULL, enter_bills, &e, err) : rc;
	while (rc == YH_OK && e.n == PAGE);
	e.after[0] = 0;
	do
		rc = rc == YH_OK ? sim_look(s, NULL, check_covered, &e, err) : rc;
	while (rc == YH_OK && e.n == PAGE);
	return rc;
}

enum yh_rc sim_settle_closed(struct sim *s, yh_day day, struct yh_err *err)
{
	static struct checking q; /* too large for a stack; the simulation has one thread */
	enum yh_rc rc;

	q = (struct checking){ .s = s, .day = day };
	rc = sim_look(s, NULL, read_closed, &q, err);
	for (size_t i = q.n; rc == YH_OK && i > 0; i--)
		if (!month_of(s, &q.rows[i - 1]))
			rc = enter_month(s, &q.rows[i - 1], err);
	return rc;
}

/* ---- every fen ---- */

struct adding {
	struct checking *q;
	const struct yh_settlement_row *row;
	char after[40];
	size_t n;
	int64_t total_fen, lines, corrections, by_factor, at_factor;
};

static bool of_evaluation(const struct sim *s, const struct yh_line_row *l)
{
	for (size_t i = 0; i < s->n_evaluated; i++)
		if (yh_id_eq(&s->evaluated[i], &l->case_id))
			return true;
	return false;
}

static enum yh_rc add_lines(struct yh_ctx *cx, struct adding *a, const struct yh_statement_row *s,
			    struct yh_err *err)
{
	struct yh_line_row *list;
	int64_t sum = 0, after = 0;
	size_t n;
	enum yh_rc rc;

	do {
		rc = yh_line_list(cx->tx, &s->id, after, LINES, cx->arena, &list, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n; i++) {
			sum += list[i].amount_fen;
			after = list[i].line;
			if (strcmp(list[i].kind, "correction") == 0) {
				a->corrections++;
				a->by_factor += of_evaluation(a->q->s, &list[i]);
			} else {
				a->at_factor += list[i].factor_e6 < 1000000;
			}
			if (!list[i].billed && list[i].amount_fen)
				rc = sim_broken("not billed, and charged", s->no, a->q->day, err);
		}
		a->lines += rc == YH_OK ? (int64_t)n : 0;
	} while (rc == YH_OK && n == LINES);
	if (rc == YH_OK && sum != s->total_fen)
		rc = sim_broken("a statement is not the sum of its lines", s->no, a->q->day, err);
	if (rc == YH_OK && (s->paid_fen < 0 || (s->total_fen >= 0 && s->paid_fen > s->total_fen)))
		rc = sim_broken("paid more than is due", s->no, a->q->day, err);
	a->total_fen += sum;
	return rc;
}

static enum yh_rc add_statements(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct adding *a = arg;
	struct yh_statement_row *list;
	enum yh_rc rc = yh_statement_of_settlement(cx->tx, &a->row->id, a->after, PAGE, cx->arena,
						   &list, &a->n, err);

	for (size_t i = 0; rc == YH_OK && i < a->n; i++)
		if (strcmp(list[i].state, "closed") == 0)
			rc = add_lines(cx, a, &list[i], err);
	if (rc == YH_OK && a->n)
		memcpy(a->after, list[a->n - 1].no, sizeof a->after);
	return rc;
}

static enum yh_rc check_sums(struct checking *q, const struct yh_settlement_row *row,
			     struct yh_err *err)
{
	struct adding a = { .q = q, .row = row };
	const struct sim_month *m = month_of(q->s, row);
	enum yh_rc rc;

	do
		rc = sim_look(q->s, NULL, add_statements, &a, err);
	while (rc == YH_OK && a.n == PAGE);
	if (rc == YH_OK && (a.total_fen != row->total_fen || a.lines != row->lines))
		rc = sim_broken("a settlement is not the sum of its statements", row->no, q->day,
				err);
	if (rc == YH_OK && m &&
	    (m->total_fen != row->total_fen ||
	     memcmp(&m->digest, &row->digest, sizeof m->digest) != 0))
		rc = sim_broken("a closed month has changed", row->no, q->day, err);
	q->s->report->corrections += (uint64_t)a.corrections;
	q->s->report->by_factor += (uint64_t)a.by_factor;
	q->s->report->at_factor += (uint64_t)a.at_factor;
	return rc;
}

static enum yh_rc check_anew(struct checking *q, const struct yh_settlement_row *row,
			     struct yh_err *err)
{
	const struct yh_settle_ask ask = {
		.cloud = row->cloud, .month = row->month, .source = "simulation", .threads = 1
	};
	struct yh_settle_proof proof;
	enum yh_rc rc = yh_settle_verify(q->s->cfg->world, &ask, &proof, err);

	if (rc == YH_OK && proof.differences)
		rc = sim_broken("a closed month reckoned anew differs", proof.first, q->day, err);
	return rc;
}

static enum yh_rc read_faults(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	return yh_settlement_faults(cx->tx, arg, err);
}

/* Whatever came between, it was decided on within months. */
static enum yh_rc check_left(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	struct yh_viewer any = { .any = true };
	struct yh_settlement_filter f = { .month = YH_DAY_NONE,
					  .state = "submitted",
					  .limit = PAGE };
	struct yh_settlement_row *list;
	size_t n = 0;
	enum yh_rc rc = yh_settlement_page(cx->tx, &any, &f, cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (q->day - list[i].month > LEFT_DAYS)
			rc = sim_broken("a month that nobody decides on", list[i].no, q->day, err);
	return rc;
}

enum yh_rc sim_check_settlements(struct sim *s, yh_day day, struct yh_err *err)
{
	static struct checking q; /* too large for a stack; the simulation has one thread */
	int64_t faults = 0;
	enum yh_rc rc = sim_look(s, NULL, read_faults, &faults, err);

	if (rc == YH_OK && faults)
		rc = sim_broken("sums of settlements", "", day, err);
	q = (struct checking){ .s = s, .day = day };
	if (rc == YH_OK)
		rc = sim_look(s, NULL, check_left, &q, err);
	s->report->corrections = s->report->by_factor = s->report->at_factor = 0;
	do {
		rc = rc == YH_OK ? sim_look(s, NULL, read_closed, &q, err) : rc;
		for (size_t i = 0; rc == YH_OK && i < q.n; i++) {
			rc = check_sums(&q, &q.rows[i], err);
			if (rc == YH_OK && q.rows[i].number == 1)
				rc = check_anew(&q, &q.rows[i], err);
		}
	} while (rc == YH_OK && q.n == PAGE);
	return rc;
}
