/* Reckoning a month: nobody sees anything of it until its last, small transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/settle/draft.h"
#include "services/year/year.h"
#include "store/event.h"
#include "store/party.h"
#include "store/reckoning.h"

enum { MONTH_ARENA = 512 * 1024 * 1024, HOLD_S = 600, CLEAN_SOME = 500, PAYLOAD = 4096 };

enum yh_rc yh_settle_check_month(const struct yh_settle_ask *ask, yh_time now, yh_day *first,
				 struct yh_err *err)
{
	struct yh_date d = yh_date_of(ask->month), today = yh_date_of(yh_day_of(now));
	char last[8];
	yh_day begins;

	today.day = d.day = 1;
	*first = yh_day_from_date(d);
	begins = yh_day_from_date(today);
	if (*first < begins)
		return YH_OK;
	(void)yh_fail(err, YH_BAD_INPUT, "settlement-month-open");
	today = yh_date_of(begins - 1);
	today.day = 1;
	yh_err_text(err, "last", yh_month_text(yh_day_from_date(today), last));
	return YH_BAD_INPUT;
}

/* ---- begin ---- */

static enum yh_rc begin_row(struct yh_tx *tx, struct draft *d, struct yh_err *err)
{
	int64_t closed, statements;
	struct yh_cloud_row cloud;
	char month[8];
	enum yh_rc rc =
		yh_settlement_closed_of(tx, &d->m.cloud, d->m.first, &closed, &statements, err);

	yh_arena_done(&d->arena);
	if (rc == YH_OK)
		rc = yh_cloud_load(tx, &d->m.cloud, &d->arena, &cloud, err);
	if (rc != YH_OK)
		return rc;
	d->first_no = statements + 1;
	d->row.number = closed + 1;
	(void)yh_month_text(d->m.first, month);
	(void)snprintf(d->row.no, sizeof d->row.no, "%.16s-%.4s%.2s-%d", cloud.code, month,
		       month + 5, (int)d->row.number);
	return YH_OK;
}

/* All that was made known up to now, and so not before what was made known after the last run. */
static enum yh_rc as_of(struct yh_tx *tx, struct draft *d, struct yh_err *err)
{
	yh_time last;
	enum yh_rc rc = yh_settlement_last_as_of(tx, &d->m.cloud, &last, err);

	d->row.as_of = d->row.made_at > last ? d->row.made_at : last + 1;
	d->m.as_of = d->row.as_of;
	return rc;
}

/* What somebody objects to does not change under their hands. */
static enum yh_rc undisputed(struct yh_tx *tx, const struct yh_settlement_row *open,
			     struct yh_err *err)
{
	char no[40];
	enum yh_rc rc = yh_reckoning_in_case(tx, &open->reckoning, no, err);

	if (rc != YH_OK || !no[0])
		return rc;
	(void)yh_fail(err, YH_CONFLICT, "settlement-in-case");
	yh_err_text(err, "settlement", open->no);
	yh_err_text(err, "case", no);
	return YH_CONFLICT;
}

enum yh_rc yh_settle_check_open(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
				bool *known, struct yh_settlement_row *open, struct yh_err *err)
{
	enum yh_rc rc = yh_settlement_open_of(tx, cloud, month, known, open, err);

	if (rc != YH_OK || !*known)
		return rc;
	if (strcmp(open->state, "draft") == 0)
		return undisputed(tx, open, err);
	(void)yh_fail(err, YH_CONFLICT, "settlement-submitted");
	yh_err_text(err, "settlement", open->no);
	return YH_CONFLICT;
}

static enum yh_rc begin(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct draft *d = arg;
	struct yh_settlement_row open;
	bool held = false;
	enum yh_rc rc = yh_db_lock(tx, &d->m.cloud, 1, err);

	if (rc == YH_OK)
		rc = yh_year_need_open(tx, &d->m.cloud, d->m.first, err);
	if (rc == YH_OK)
		rc = begin_row(tx, d, err);
	if (rc == YH_OK)
		rc = yh_settle_check_open(tx, &d->m.cloud, d->m.first, &d->known, &open, err);
	if (rc != YH_OK)
		return rc;
	if (d->known) {
		d->row.id = open.id;
		d->row.version = open.version;
		d->row.case_id = open.case_id;
		d->former = open.reckoning;
	}
	rc = as_of(tx, d, err);
	if (rc == YH_OK)
		rc = yh_reckoning_begin(tx, &d->row.reckoning, &d->m.cloud, d->m.first,
					d->row.made_at, d->row.as_of,
					d->row.made_at + HOLD_S * YH_US_PER_S, &held, err);
	return rc == YH_OK && !held ? yh_fail(err, YH_BUSY, "settlement-running") : rc;
}

static bool take_key(void *arg, const struct yh_id *unit, const struct yh_id *project,
		     const struct yh_id *provider)
{
	struct key_set *s = arg;

	return yh_sums_statement(&s->keys, unit, project, provider) >= 0;
}

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct draft *d = arg;
	enum yh_rc rc;

	yh_arena_done(&d->arena);
	yh_sums_done(&d->closed.keys);
	rc = yh_month_load(tx, &d->m, &d->arena, err);
	return rc == YH_OK ? yh_statement_closed_keys(tx, &d->m.cloud, d->m.first, take_key,
						      &d->closed, err)
			   : rc;
}

/* ---- what the meter said ---- */

struct keeping {
	const struct yh_id *reckoning;
	const struct yh_usage_row *rows;
	size_t n;
};

static enum yh_rc keep_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct keeping *k = arg;

	return yh_usage_insert(tx, k->reckoning, k->rows, k->n, err);
}

static enum yh_rc keep_usage(void *arg, const struct yh_usage_row *rows, size_t n,
			     struct yh_err *err)
{
	struct draft *d = arg;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i += CLEAN_SOME) {
		struct keeping k = { &d->row.reckoning, rows + i,
				     n - i < CLEAN_SOME ? n - i : CLEAN_SOME };

		rc = yh_exec_write(d->world->exec, keep_some, &k, err);
	}
	return rc;
}

/* ---- the end ---- */

static enum yh_rc record(struct yh_tx *tx, const struct draft *d, struct yh_err *err)
{
	char hex[YH_SM3_HEX];
	struct yh_event e = {
		.id = yh_id_new(d->world->ids, d->row.made_at),
		.at = d->row.made_at,
		.kind = "settlement.reckoned",
		.case_id = d->row.case_id,
		.object_kind = "settlement",
		.object_id = d->row.id,
		.person = d->ask->person,
		.article = yh_pack_article_about(d->m.pack, "settlement"),
		.after = "draft",
		.source = d->ask->source ? d->ask->source : "local",
	};
	struct yh_buf buf;
	struct yh_jw w;
	enum yh_rc rc;

	yh_buf_init(&buf, PAYLOAD);
	yh_jw_init(&w, &buf);
	yh_jw_obj(&w, NULL);
	yh_jw_time(&w, "as_of", d->row.as_of);
	yh_jw_str(&w, "digest", yh_hex(d->row.digest.b, sizeof d->row.digest.b, hex));
	yh_jw_int(&w, "lines", d->row.lines);
	yh_jw_str(&w, "no", d->row.no);
	yh_jw_int(&w, "statements", d->row.statements);
	yh_jw_int(&w, "stopped", d->row.stopped);
	yh_jw_scaled(&w, "total", d->row.total_fen, 2);
	yh_jw_end_obj(&w);
	e.payload = yh_buf_text(&buf);
	rc = yh_buf_ok(&buf) ? yh_event_insert(tx, &e, err)
			     : yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&buf);
	return rc;
}

/* A number that has been before the reviewer does not vanish from the books, though nothing is left
 * of it: it stays as an empty draft. */
static bool stays(const struct draft *d)
{
	return d->row.statements > 0 || !yh_id_is_zero(&d->row.case_id);
}

static enum yh_rc put_row(struct yh_tx *tx, struct draft *d, struct yh_err *err)
{
	struct yh_settlement_row row = d->row;

	if (!stays(d))
		return d->known ? yh_settlement_delete(tx, &d->row.id, err) : YH_OK;
	return d->known ? yh_settlement_update(tx, &row, err) : yh_settlement_insert(tx, &row, err);
}

/* Nothing may have happened to the month meanwhile: what is closed was left out, and what is under
 * review stays as it is. */
static enum yh_rc unchanged(struct yh_tx *tx, const struct draft *d, struct yh_err *err)
{
	struct yh_settlement_row open;
	int64_t closed, statements;
	bool found, held;
	enum yh_rc rc = yh_year_need_open(tx, &d->m.cloud, d->m.first, err);

	if (rc == YH_OK)
		rc = yh_settlement_closed_of(tx, &d->m.cloud, d->m.first, &closed, &statements,
					     err);
	if (rc == YH_OK)
		rc = yh_settlement_open_of(tx, &d->m.cloud, d->m.first, &found, &open, err);
	if (rc == YH_OK)
		rc = yh_reckoning_hold(tx, &d->row.reckoning, d->row.made_at, &held, err);
	if (rc != YH_OK)
		return rc;
	if (!held || closed + 1 != d->row.number || found != d->known ||
	    (found && (!yh_id_eq(&open.id, &d->row.id) || open.version != d->row.version)))
		return yh_fail(err, YH_CONFLICT, "settlement-changed");
	return found ? undisputed(tx, &open, err) : YH_OK;
}

static enum yh_rc show(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct draft *d = arg;
	enum yh_rc rc = yh_db_lock(tx, &d->m.cloud, 1, err);

	if (rc == YH_OK)
		rc = unchanged(tx, d, err);
	if (rc == YH_OK)
		rc = put_row(tx, d, err);
	if (rc == YH_OK)
		rc = yh_reckoning_keep(tx, &d->row.reckoning, err);
	if (rc == YH_OK && !stays(d))
		rc = yh_reckoning_drop(tx, &d->row.reckoning, &d->m.cloud, d->m.first, err);
	if (rc == YH_OK && d->known)
		rc = yh_reckoning_drop(tx, &d->former, &d->m.cloud, d->m.first, err);
	return rc == YH_OK && (d->row.statements || d->known) ? record(tx, d, err) : rc;
}

/* ---- cleaning up ---- */

struct cleaning {
	const struct yh_id *cloud;
	yh_time now;
	bool found;
};

static enum yh_rc clean_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct cleaning *c = arg;
	struct yh_id dead;
	bool done;
	enum yh_rc rc = yh_reckoning_dead(tx, c->cloud, c->now, &c->found, &dead, err);

	return rc == YH_OK && c->found ? yh_reckoning_clean(tx, &dead, CLEAN_SOME, &done, err) : rc;
}

/* What earlier runs left. A failure leaves it to the next run. */
static void clean(const struct yh_world *world, const struct yh_id *cloud)
{
	struct cleaning c = { .cloud = cloud, .now = yh_clock_now(world->clock), .found = true };
	struct yh_err ignored = { 0 };

	while (c.found && yh_exec_write(world->exec, clean_some, &c, &ignored) == YH_OK)
		;
}

static enum yh_rc give_up(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct draft *d = arg;

	return yh_reckoning_drop(tx, &d->row.reckoning, &d->m.cloud, d->m.first, err);
}

/* ---- all of it ---- */

static enum yh_rc reckon(struct draft *d, struct yh_err *err)
{
	const struct scope scope = { .except = &d->closed, .threads = d->ask->threads };
	enum yh_rc rc = yh_exec_read(d->world->exec, load, d, err);

	if (rc != YH_OK)
		return rc;
	d->row.pack = yh_pack_digest(d->m.pack);
	d->m.keep_usage = keep_usage;
	d->m.keep_arg = d;
	rc = yh_reckon(&d->m, &scope, &d->table, err);
	if (rc == YH_OK)
		rc = yh_corrections_find(d->world, &d->m.cloud, d->row.as_of, &d->arena,
					 &d->corrections, &d->n_corrections, err);
	if (rc == YH_OK)
		rc = yh_draft_write(d, err);
	return rc == YH_OK ? yh_exec_write(d->world->exec, show, d, err) : rc;
}

static void run(struct draft *d, struct yh_settle_done *out, enum yh_rc *rc, struct yh_err *err)
{
	struct yh_err ignored = { 0 };

	*rc = reckon(d, err);
	if (*rc != YH_OK)
		(void)!yh_exec_write(d->world->exec, give_up, d, &ignored);
	else if (stays(d))
		*out = (struct yh_settle_done){ .settlement = d->row.id,
						.statements = d->row.statements,
						.stopped = d->row.stopped,
						.lines = d->row.lines,
						.total_fen = d->row.total_fen };
	clean(d->world, &d->m.cloud);
}

enum yh_rc yh_settle_compute(const struct yh_world *world, const struct yh_settle_ask *ask,
			     struct yh_settle_done *out, struct yh_err *err)
{
	yh_time now = yh_clock_now(world->clock);
	struct draft d = { .world = world, .ask = ask };
	enum yh_rc rc;

	*out = (struct yh_settle_done){ 0 };
	d.m = (struct month){ .world = world, .cloud = ask->cloud, .as_of = now };
	rc = yh_settle_check_month(ask, now, &d.m.first, err);
	if (rc != YH_OK)
		return rc;
	d.row = (struct yh_settlement_row){ .id = yh_id_new(world->ids, now),
					    .cloud = ask->cloud,
					    .month = d.m.first,
					    .state = "draft",
					    .reckoning = yh_id_new(world->ids, now),
					    .as_of = now,
					    .made_at = now,
					    .version = 1 };
	yh_arena_init(&d.arena, MONTH_ARENA);
	rc = yh_exec_write(world->exec, begin, &d, err);
	if (rc == YH_OK)
		run(&d, out, &rc, err);
	yh_arena_done(&d.arena);
	yh_sums_done(&d.closed.keys);
	yh_sums_done(&d.table);
	free(d.digests);
	return rc;
}
