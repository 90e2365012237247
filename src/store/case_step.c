/* Steps of a case, its pauses, and opinions. */
#include "store/case_file.h"
#include "store/read.h"

#define STEP_COLUMNS                                                                               \
	"id, case_id, step, kind, role, org, opened_at, period, start_day, due_day, "              \
	"due_provisional, soft, article, closed_at, outcome, closed_by, reason, due_at, told"

static bool read_step(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_step_row *s = out;

	*s = (struct yh_step_row){ .id = yh_col_id(r, 0),
				   .case_id = yh_col_id(r, 1),
				   .org = yh_col_id(r, 5),
				   .opened_at = yh_col_i64(r, 6),
				   .start_day = yh_col_day(r, 8),
				   .due_day = yh_col_day(r, 9),
				   .provisional = yh_col_i64(r, 10) != 0,
				   .soft = yh_col_i64(r, 11) != 0,
				   .closed_at = yh_col_i64(r, 13),
				   .closed_by = yh_col_id(r, 15),
				   .reason = yh_arena_strdup(a, yh_col_text(r, 16)),
				   .due_at = yh_col_i64(r, 17),
				   .told = yh_col_id(r, 18) };
	YH_COL_COPY(r, 2, s->step);
	YH_COL_COPY(r, 3, s->kind);
	YH_COL_COPY(r, 4, s->role);
	YH_COL_COPY(r, 7, s->period);
	YH_COL_COPY(r, 12, s->article);
	YH_COL_COPY(r, 14, s->outcome);
	return s->reason != NULL;
}

enum yh_rc yh_step_insert(struct yh_tx *tx, const struct yh_step_row *s,
			  const struct yh_sm3 *calendar, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(
		tx, err,
		"INSERT INTO case_step (id, case_id, step, kind, role, org, opened_at, period,"
		" start_day, due_day, due_provisional, soft, article, calendar, outcome, reason,"
		" due_at, told) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
		"$14, '',"
		" '', $15, $16)",
		YH_ID(&s->id), YH_ID(&s->case_id), YH_T(s->step), YH_T(s->kind), YH_T(s->role),
		YH_ID0(&s->org), YH_I(s->opened_at), YH_T(s->period), YH_DAY0(s->start_day),
		YH_DAY0(s->due_day), YH_I(s->provisional), YH_I(s->soft), YH_T(s->article),
		YH_B(calendar->b, sizeof calendar->b), s->due_at ? YH_I(s->due_at) : YH_NUL,
		YH_ID0(&s->told));

	if (rc != YH_OK || yh_id_is_zero(&s->org))
		return rc;
	return yh_exec(tx, err,
		       "INSERT INTO project_desk (project, org, role) SELECT c.project, $2, $3"
		       " FROM case_file c WHERE c.id = $1 AND c.project IS NOT NULL ON CONFLICT DO"
		       " NOTHING",
		       YH_ID(&s->case_id), YH_ID(&s->org), YH_T(s->role));
}

enum yh_rc yh_step_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			struct yh_step_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " STEP_COLUMNS " FROM case_step WHERE id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_step, out, "case-unknown", err) : rc;
}

enum yh_rc yh_step_list(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			struct yh_step_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " STEP_COLUMNS " FROM case_step WHERE case_id = $1 ORDER"
				 " BY id",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_step, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_step_close(struct yh_tx *tx, const struct yh_step_row *s, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE case_step SET closed_at = $1, outcome = $2, closed_by = $3, reason ="
		       " $4 WHERE id = $5",
		       YH_I(s->closed_at), YH_T(s->outcome), YH_ID0(&s->closed_by), YH_T(s->reason),
		       YH_ID(&s->id));
}

static enum yh_rc keep_due(struct yh_tx *tx, const struct yh_step_row *row, yh_time now,
			   struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO case_step_past (step, until_at, org, due_day) SELECT id, $1,"
		       " org, due_day FROM case_step WHERE id = $2 AND COALESCE(due_day,"
		       " -2147483648) <> $3 ON CONFLICT DO NOTHING",
		       YH_I(now), YH_ID(&row->id), YH_I(row->due_day));
}

enum yh_rc yh_step_set_due(struct yh_tx *tx, const struct yh_step_row *row,
			   const struct yh_sm3 *calendar, yh_time now, struct yh_err *err)
{
	enum yh_rc rc = keep_due(tx, row, now, err);

	if (rc != YH_OK)
		return rc;
	return yh_exec(
		tx, err,
		"UPDATE case_step SET due_moves = due_moves + CASE WHEN COALESCE(due_day,"
		" -2147483648) = $6 AND due_provisional = $2 THEN 0 ELSE 1 END, due_moved_at = CASE"
		" WHEN COALESCE(due_day, -2147483648) = $6 AND due_provisional = $2 THEN"
		" due_moved_at ELSE $7 END, due_before = COALESCE(due_day, due_before),"
		" due_day = $1, due_provisional = $2, calendar = $3, start_day = $4 WHERE"
		" id = $5",
		YH_DAY0(row->due_day), YH_I(row->provisional),
		YH_B(calendar->b, sizeof calendar->b), YH_DAY0(row->start_day), YH_ID(&row->id),
		YH_I(row->due_day), YH_I(now));
}

enum yh_rc yh_pause_begin(struct yh_tx *tx, const struct yh_id *case_id, yh_time at,
			  const char *cause, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO case_pause (case_id, from_day, from_at, cause) VALUES ($1, $2,"
		       " $3, $4)",
		       YH_ID(case_id), YH_I(yh_day_of(at)), YH_I(at), YH_T(cause));
}

enum yh_rc yh_pause_end(struct yh_tx *tx, const struct yh_id *case_id, yh_day day,
			struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE case_pause SET to_day = $1 WHERE case_id = $2 AND to_day IS NULL",
		       YH_I(day), YH_ID(case_id));
}

static bool read_pause(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_pause_row *p = out;

	(void)a;
	*p = (struct yh_pause_row){ .from_day = yh_col_day(r, 0), .to_day = yh_col_day(r, 1) };
	YH_COL_COPY(r, 2, p->cause);
	return true;
}

enum yh_rc yh_pause_list(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			 struct yh_pause_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT from_day, to_day, cause FROM case_pause WHERE case_id = $1"
				 " ORDER BY from_at",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_pause, sizeof **out, out, n, err) : rc;
}

static bool read_opinion(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_opinion_row *o = out;

	*o = (struct yh_opinion_row){ .id = yh_col_id(r, 0),
				      .step_id = yh_col_id(r, 1),
				      .person = yh_col_id(r, 2),
				      .org = yh_col_id(r, 3),
				      .reason = yh_arena_strdup(a, yh_col_text(r, 6)),
				      .made_at = yh_col_i64(r, 7),
				      .by = yh_col_id(r, 8) };
	YH_COL_COPY(r, 4, o->stage);
	YH_COL_COPY(r, 5, o->outcome);
	return o->reason != NULL;
}

enum yh_rc yh_opinion_insert(struct yh_tx *tx, const struct yh_opinion_row *o, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO opinion (id, step_id, person, org, stage, outcome, reason,"
		       " made_at, hand) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		       YH_ID(&o->id), YH_ID(&o->step_id), YH_ID(&o->person), YH_ID(&o->org),
		       YH_T(o->stage), YH_T(o->outcome), YH_T(o->reason), YH_I(o->made_at),
		       YH_ID0(&o->by));
}

enum yh_rc yh_opinion_list(struct yh_tx *tx, const struct yh_id *step_id, struct yh_arena *arena,
			   struct yh_opinion_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT o.id, o.step_id, o.person, o.org, o.stage, o.outcome,"
			 " o.reason, o.made_at, COALESCE(o.hand, (SELECT p.owner FROM person p"
			 " WHERE p.id = o.person AND p.kind = 'service'), o.person)"
			 " FROM opinion o WHERE o.step_id = $1 ORDER BY o.id",
			 YH_ID(step_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_opinion, sizeof **out, out, n, err) : rc;
}
