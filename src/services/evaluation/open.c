/* Opening an evaluation: reckoned outside of transactions, kept some organisations at a time. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/evaluation/internal.h"
#include "services/evaluation/trace.h"
#include "services/year/year.h"
#include "store/event.h"
#include "store/party.h"

enum { ORGS_A_TIME = 50, SMALL_ARENA = 64 * 1024 * 1024 };

struct opening {
	const struct yh_world *world;
	const struct yh_evaluation_ask *ask;
	struct yh_eval_run run;
	struct yh_evaluation_row row;
	struct yh_id *results;     /* by organisation of the run */
	struct yh_hand_row *hands; /* what was said by hand already */
	size_t n_hands;
	size_t next; /* organisation to be kept */
	struct yh_arena arena;
};

enum yh_rc yh_eval_in(const struct yh_evaluation_row *e, const char *state, struct yh_err *err)
{
	if (strcmp(e->state, state) == 0)
		return YH_OK;
	(void)yh_fail(err, YH_CONFLICT, "evaluation-state");
	yh_err_text(err, "evaluation", e->no);
	yh_err_text(err, "state", e->state);
	yh_err_text(err, "needed", state);
	return YH_CONFLICT;
}

/* ---- which scheme, which days ---- */

/* The length of the period is the scheme's, and the scheme that in force at its end: whatever
 * length `period` has, some version of the scheme must have it. */
static enum yh_rc find_scheme(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct opening *o = arg;
	const struct yh_evaluation_ask *a = o->ask;
	struct yh_scheme_row *row = &o->run.row;
	struct yh_scheme s;
	yh_day first = 0, last = yh_day_of(o->run.ask.as_of);
	enum yh_rc rc;

	yh_arena_done(&o->arena);
	for (int span = YH_EVAL_MONTH; span <= YH_EVAL_YEAR; span++)
		if (yh_eval_days((enum yh_eval_span)span, a->period, &first, &last, NULL) == YH_OK)
			break;
	rc = yh_scheme_on(tx, &a->cloud, a->code, last, &o->arena, row, err);
	if (rc == YH_OK)
		rc = yh_eval_scheme(row, &o->arena, &s, err);
	if (rc == YH_OK)
		rc = yh_eval_days(s.span, a->period, &o->run.ask.first, &o->run.ask.last, err);
	if (rc == YH_OK && o->run.ask.last >= yh_day_of(o->run.ask.as_of)) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "evaluation-period-open", "/period");
		yh_err_day(err, "last", o->run.ask.last);
	}
	return rc == YH_OK ? yh_year_need_open(tx, &a->cloud, o->run.ask.last, err) : rc;
}

/* ---- keeping ---- */

static enum yh_rc begin_new(struct opening *o, struct yh_tx *tx, struct yh_err *err)
{
	const struct yh_evaluation_ask *a = o->ask;
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_cloud_load(tx, &a->cloud, &o->arena, &cloud, err);

	if (rc != YH_OK)
		return rc;
	o->row = (struct yh_evaluation_row){
		.id = yh_id_new(o->world->ids, o->run.ask.as_of),
		.scheme = o->run.row.id,
		.cloud = a->cloud,
		.first_day = o->run.ask.first,
		.last_day = o->run.ask.last,
		.objection_last = YH_DAY_NONE,
		.state = "reckoning",
		.pack = yh_pack_digest(o->run.pack),
		.as_of = o->run.ask.as_of,
		.made_by = a->person,
		.made_at = o->run.ask.as_of,
		.version = 1,
	};
	(void)snprintf(o->row.no, sizeof o->row.no, "%.12s-PJ-%.16s-%.8s", cloud.code, a->code,
		       a->period);
	(void)snprintf(o->row.code, sizeof o->row.code, "%s", a->code);
	(void)snprintf(o->row.subject, sizeof o->row.subject, "%s", o->run.row.subject);
	(void)snprintf(o->row.period, sizeof o->row.period, "%.8s", a->period);
	return yh_evaluation_insert(tx, &o->row, err);
}

static enum yh_rc begin(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct opening *o = arg;
	bool found;
	enum yh_rc rc = yh_db_lock(tx, &o->ask->cloud, 1, err);

	yh_arena_done(&o->arena);
	o->n_hands = 0;
	if (rc == YH_OK)
		rc = yh_evaluation_of(tx, &o->ask->cloud, o->ask->code, o->ask->period, &o->arena,
				      &found, &o->row, err);
	if (rc == YH_OK && !found)
		return begin_new(o, tx, err);
	if (rc == YH_OK && strcmp(o->row.state, "reckoning") != 0)
		rc = yh_eval_in(&o->row, "draft", err);
	if (rc == YH_OK)
		rc = yh_hand_list(tx, &o->row.id, &o->arena, &o->hands, &o->n_hands, err);
	if (rc == YH_OK)
		rc = yh_results_delete(tx, &o->row.id, err);
	if (rc != YH_OK)
		return rc;
	o->row.scheme = o->run.row.id;
	o->row.pack = yh_pack_digest(o->run.pack);
	o->row.as_of = o->run.ask.as_of;
	o->row.objection_last = YH_DAY_NONE;
	(void)snprintf(o->row.state, sizeof o->row.state, "reckoning");
	return yh_evaluation_update(tx, &o->row, err);
}

/* What was said by hand of it stands; figures that were reckoned stay behind it as its facts. */
static enum yh_rc take_hand(const struct opening *o, const struct yh_id *org,
			    const struct yh_eval_indicator *in, struct yh_score_row *s,
			    struct yh_err *err)
{
	const struct yh_hand_row *h = NULL;

	for (size_t i = 0; !h && i < o->n_hands; i++)
		if (yh_id_eq(&o->hands[i].org, org) && strcmp(o->hands[i].code, s->code) == 0)
			h = &o->hands[i];
	/* the scheme may have another version by now */
	if (!h || (in->source && strcmp(h->kind, "hand") == 0))
		return YH_OK;
	return yh_eval_take_hand(in, h, s, err);
}

/* One indicator of one organisation, with its trace. */
static enum yh_rc reckon(const struct opening *o, size_t org, size_t i, struct yh_score_row *s,
			 struct yh_buf *lines, struct yh_err *err)
{
	const struct yh_eval_indicator *in = &o->run.scheme.indicators[i];
	struct yh_eval_cell cell;
	enum yh_rc rc = yh_eval_cell(&o->run, org, i, &cell, err);

	*s = (struct yh_score_row){ .indicator = (int64_t)i,
				    .known = cell.figure.known,
				    .num = cell.figure.known ? cell.figure.num : 0,
				    .den = cell.figure.den,
				    .score_e2 = cell.score_e2,
				    .weight_e2 = in->weight_e2,
				    .facts = (int64_t)cell.n,
				    .evidence = "",
				    .reference = "",
				    .made_at = o->run.ask.as_of };
	(void)snprintf(s->code, sizeof s->code, "%s", in->code);
	(void)snprintf(s->kind, sizeof s->kind, "%s", in->source ? "source" : "open");
	if (rc == YH_OK)
		rc = take_hand(o, &o->run.orgs[org].org, in, s, err);
	if (rc != YH_OK)
		yh_buf_init(lines, 1);
	return rc == YH_OK ? yh_eval_lines(cell.facts, cell.n, lines, &s->digest, err) : rc;
}

static enum yh_rc keep_org(struct opening *o, struct yh_tx *tx, size_t org, struct yh_err *err)
{
	struct yh_score_row scores[YH_EVAL_INDICATORS_MAX];
	struct yh_buf lines[YH_EVAL_INDICATORS_MAX];
	struct yh_result_row row = { .id = o->results[org],
				     .evaluation = o->row.id,
				     .org = o->run.orgs[org].org };
	size_t n = o->run.scheme.n_indicators, made = 0;
	enum yh_rc rc = YH_OK;

	(void)snprintf(row.no, sizeof row.no, "%.41s-%04u", o->row.no,
		       (unsigned)(org + 1) % 100000);
	for (; rc == YH_OK && made < n; made++)
		rc = reckon(o, org, made, &scores[made], &lines[made], err);
	if (rc == YH_OK)
		rc = yh_eval_sum(&o->run.scheme, scores, n, &row, err);
	if (rc == YH_OK)
		rc = yh_result_insert(tx, &row, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		scores[i].result = row.id;
		rc = yh_score_insert(tx, &scores[i], err);
		if (rc == YH_OK)
			rc = yh_eval_trace_keep(tx, &row.id, (int64_t)i, yh_buf_text(&lines[i]),
						lines[i].len, err);
	}
	for (size_t i = 0; i < made; i++)
		yh_buf_done(&lines[i]);
	return rc;
}

/* Another server may have begun anew. */
static enum yh_rc still_ours(struct opening *o, struct yh_tx *tx, struct yh_evaluation_row *now,
			     struct yh_err *err)
{
	enum yh_rc rc = yh_evaluation_load(tx, &o->row.id, &o->arena, now, err);

	if (rc == YH_OK && now->version != o->row.version)
		rc = yh_fail(err, YH_STALE, "evaluation-changed");
	return rc;
}

static enum yh_rc keep_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct opening *o = arg;
	struct yh_evaluation_row now;
	enum yh_rc rc = yh_db_lock(tx, &o->ask->cloud, 1, err);

	if (rc == YH_OK)
		rc = still_ours(o, tx, &now, err);

	for (size_t i = 0; rc == YH_OK && i < ORGS_A_TIME && o->next + i < o->run.n_orgs; i++)
		rc = keep_org(o, tx, o->next + i, err);
	return rc;
}

static enum yh_rc finish(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct opening *o = arg;
	struct yh_event e = {
		.at = o->run.ask.as_of,
		.kind = "evaluation.reckoned",
		.object_kind = "evaluation",
		.object_id = o->row.id,
		.person = o->ask->person,
		.after = "draft",
		.outcome = o->row.no,
		.source = o->ask->source,
	};
	struct yh_evaluation_row now;
	enum yh_rc rc;

	e.id = yh_id_new(o->world->ids, o->run.ask.as_of);
	rc = still_ours(o, tx, &now, err);
	if (rc == YH_OK)
		rc = yh_eval_digest(tx, &now.id, &o->arena, &now.digest, err);
	if (rc != YH_OK)
		return rc;
	now.subjects = (int64_t)o->run.n_orgs;
	(void)snprintf(now.state, sizeof now.state, "draft");
	rc = yh_evaluation_update(tx, &now, err);
	return rc == YH_OK ? yh_event_insert(tx, &e, err) : rc;
}

static enum yh_rc keep(struct opening *o, struct yh_err *err)
{
	struct yh_exec *x = o->world->exec;
	enum yh_rc rc = yh_exec_write(x, begin, o, err);

	o->results = YH_NEW_N(&o->run.arena, struct yh_id, o->run.n_orgs + 1);
	if (!o->results)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < o->run.n_orgs; i++)
		o->results[i] = yh_id_new(o->world->ids, o->run.ask.as_of);
	for (o->next = 0; rc == YH_OK && o->next < o->run.n_orgs; o->next += ORGS_A_TIME)
		rc = yh_exec_write(x, keep_some, o, err);
	return rc == YH_OK ? yh_exec_write(x, finish, o, err) : rc;
}

static atomic_flag running = ATOMIC_FLAG_INIT;

enum yh_rc yh_evaluation_open(const struct yh_world *world, const struct yh_evaluation_ask *ask,
			      struct yh_id *out, struct yh_err *err)
{
	struct opening *o;
	enum yh_rc rc;

	if (atomic_flag_test_and_set(&running))
		return yh_fail(err, YH_BUSY, "evaluation-running");
	o = calloc(1, sizeof *o);
	if (!o) {
		atomic_flag_clear(&running);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	o->world = o->run.world = world;
	o->ask = ask;
	o->run.ask.cloud = ask->cloud;
	o->run.ask.as_of = yh_clock_now(world->clock);
	yh_arena_init(&o->arena, SMALL_ARENA);
	rc = yh_exec_read(world->exec, find_scheme, o, err);
	if (rc == YH_OK)
		rc = yh_eval_gather(&o->run, err);
	if (rc == YH_OK)
		rc = keep(o, err);
	*out = o->row.id;
	yh_eval_end(&o->run);
	yh_arena_done(&o->arena);
	free(o);
	atomic_flag_clear(&running);
	return rc;
}
