/* The list of cases: narrowed and sorted as a table is. */
#include <stdlib.h>
#include <string.h>

#include "store/case_lines.h"
#include "store/read.h"

enum yh_rc yh_viewer_own(struct yh_tx *tx, const struct yh_viewer *who, const char *count,
			 int64_t most, int64_t *own, struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t n = 0;
	enum yh_rc rc;

	*own = YH_MANY;
	if (who->any || who->cloud || who->district)
		return YH_OK;
	rc = yh_query(tx, err, &rows, count, YH_ID(&who->person), YH_I(who->today), YH_I(most + 1));
	if (rc == YH_OK)
		rc = yh_read_i64(rows, &n, err);
	if (rc == YH_OK && n <= most)
		*own = n;
	return rc;
}

enum yh_rc yh_case_own(struct yh_tx *tx, const struct yh_viewer *who, int64_t *own,
		       struct yh_err *err)
{
	return yh_viewer_own(tx, who,
			     YH_SQL_MINE "SELECT COUNT(*) FROM (" YH_SQL_FEW_CASES("$3") ") l",
			     YH_FEW_CASES, own, err);
}

static const char *keep(struct yh_arena *a, const struct yh_rows *r, int col, bool *ok)
{
	const char *s = yh_arena_strdup(a, yh_col_text(r, col));

	*ok = *ok && s;
	return s;
}

static bool read_line(const struct yh_rows *r, struct yh_arena *a, enum yh_case_columns which,
		      struct yh_case_line *out)
{
	bool ok = true;

	*out = (struct yh_case_line){ .id = yh_col_id(r, 0),
				      .no = keep(a, r, 1, &ok),
				      .procedure = keep(a, r, 2, &ok),
				      .title = keep(a, r, 3, &ok),
				      .state = keep(a, r, 4, &ok),
				      .unit_name = keep(a, r, 5, &ok),
				      .unit_code = keep(a, r, 6, &ok),
				      .cloud_code = keep(a, r, 7, &ok),
				      .filed_at = yh_col_i64(r, 8),
				      .changed_at = yh_col_i64(r, 9),
				      .ended_at = yh_col_i64(r, 10),
				      .due_day = YH_DAY_NONE,
				      .due_before = YH_DAY_NONE,
				      .project_code = "" };
	YH_COL_FIXED(r, 11, out->pack.b);
	out->version = yh_col_i64(r, 12);
	out->supervised = out->ended_at ? YH_DAY_NONE : yh_col_day(r, 13);
	YH_COL_COPY(r, 14, out->label);
	if (which == YH_CASE_HEAD)
		return ok;
	out->step_id = yh_col_id(r, 15);
	out->step = keep(a, r, 16, &ok);
	out->kind = keep(a, r, 17, &ok);
	out->role = keep(a, r, 18, &ok);
	out->org_name = keep(a, r, 19, &ok);
	out->article = keep(a, r, 20, &ok);
	out->opened_at = yh_col_i64(r, 21);
	out->due_day = yh_col_day(r, 22);
	out->provisional = yh_col_i64(r, 23) != 0;
	out->soft = yh_col_i64(r, 24) != 0;
	out->closed_at = yh_col_i64(r, 25);
	out->due_moves = yh_col_i64(r, 26);
	out->due_moved_at = yh_col_i64(r, 27);
	out->due_before = yh_col_day(r, 28);
	out->due_at = yh_col_i64(r, 29);
	if (which == YH_CASE_PROJECT)
		out->project_code = keep(a, r, 30, &ok);
	return ok;
}

enum yh_rc yh_read_case_lines(struct yh_rows *rows, uint32_t limit, enum yh_case_columns which,
			      struct yh_arena *arena, struct yh_case_line **out, size_t *n,
			      struct yh_err *err)
{
	bool ok;
	enum yh_rc rc;

	*n = 0;
	*out = YH_NEW_N(arena, struct yh_case_line, limit + 1);
	for (ok = *out != NULL; ok && *n < limit && yh_rows_next(rows); ++*n)
		ok = read_line(rows, arena, which, &(*out)[*n]);
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

/* The open step of a case that is due first. */
#define FIRST_STEP                                                                                 \
	"(SELECT x.id FROM case_step x WHERE x.case_id = c.id AND x.closed_at IS NULL ORDER BY"    \
	" " YH_SQL_DUE("x.") ", x.id LIMIT 1)"

#define COLUMNS YH_SQL_MINE "SELECT " YH_SQL_CASE YH_SQL_CASE_STEP ", p.code "
#define PARTIES                                                                                    \
	"JOIN org u ON u.id = c.unit JOIN cloud k ON k.id = c.cloud LEFT JOIN project p ON p.id =" \
	" c.project LEFT JOIN org o ON o.id = s.org WHERE "
#define OF_CASES COLUMNS "FROM case_file c LEFT JOIN case_step s ON s.id = " FIRST_STEP " " PARTIES
/* Only what waits for somebody has a day to be sorted by. That none of the case's comes before is
 * asked of open steps alone: as a column of the case PostgreSQL would reckon it for all cases. */
#define OF_STEPS                                                                                   \
	COLUMNS "FROM case_step s JOIN case_file c ON c.id = s.case_id " PARTIES                   \
		"s.closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM case_step x WHERE x.case_id ="  \
		" s.case_id AND x.closed_at IS NULL AND (" YH_SQL_DUE(                             \
			"x.") ", x.id) < (" YH_SQL_DUE("s.") ", s.id)) AND "

#define WITH_RESOURCE "SELECT q.case_id FROM case_resource q WHERE q.resource = $19"
#define WITH_SUBJECT "SELECT q.id FROM case_file q WHERE q.subject = $17"
#define WITH_BODY "SELECT q.case_id FROM case_step q WHERE q.org = $21 AND q.closed_at IS NULL"
#define WITH_LATE(late)                                                                            \
	"SELECT q.case_id FROM case_step q WHERE $22 = 1 AND q.closed_at IS NULL AND " late
#define WITH_OVERDUE WITH_LATE(YH_SQL_LATE("q.", "$2", "$27"))

#define FILTERS                                                                                    \
	" AND ($8 = '' OR c.state = $8) AND ($9 = '' OR c.procedure_name = $9) AND ($10 = 1 OR"    \
	" c.unit = $11) AND ($12 = 1 OR c.cloud = $13) AND ($14 = 1 OR c.project = $15) AND"       \
	" ($16 = 1 OR c.subject = $17) AND ($18 = 1 OR c.id IN (" WITH_RESOURCE ")) AND ($20 = 1"  \
	" OR c.id IN (" WITH_BODY ")) AND ($22 = 0 OR c.id IN (" WITH_OVERDUE ")) AND c.filed_at"  \
	" >= $23 AND c.filed_at < $24 AND ($25 = '' OR $25 LIKE '%|' || c.procedure_name || '|%')" \
	" AND ($26 = '' OR LOWER(c.no) LIKE $26 ESCAPE '!' OR (LOWER(c.title) LIKE $26 ESCAPE"     \
	" '!' AND " YH_SQL_OPENED("c.", "$28", "$29") "))"                                         \
						      " AND " YH_SQL_SEES_CASE "ORDER BY "

/* What narrows most is said without alternatives, so that its index is walked. */
#define DRIVEN(what, cursor, order) OF_CASES what " AND " cursor FILTERS order " LIMIT $7"
#define OWN(n) "c.id IN (" YH_SQL_FEW_CASES(n) ")"
#define DRIVES(cursor, order)                                                                      \
	{                                                                                          \
		DRIVEN("1 = 1", cursor, order), DRIVEN("c.state = $8", cursor, order),             \
			DRIVEN("c.procedure_name = $9", cursor, order),                            \
			DRIVEN("c.unit = $11", cursor, order),                                     \
			DRIVEN("c.project = $15", cursor, order),                                  \
			DRIVEN("c.id IN (" WITH_SUBJECT " UNION ALL " WITH_RESOURCE                \
			       " UNION ALL " WITH_BODY                                             \
			       " UNION ALL " WITH_LATE(YH_SQL_PAST_DUE("q.", "$2", "$27")) ")",    \
			       cursor, order),                                                     \
			DRIVEN(OWN("$30"), cursor, order),                                         \
	}
enum drive { BY_NOTHING, BY_STATE, BY_PROCEDURE, BY_UNIT, BY_PROJECT, BY_IDS, BY_OWN, DRIVE_COUNT };

static enum drive drive_of(const struct yh_case_filter *f, bool few)
{
	bool by_number = f->sort == YH_CASES_BY_NUMBER;

	if (!yh_id_is_zero(&f->subject) || !yh_id_is_zero(&f->resource))
		return BY_IDS;
	if (!yh_id_is_zero(&f->project))
		return BY_PROJECT;
	if (few)
		return BY_OWN;
	if (!yh_id_is_zero(&f->body) || f->overdue)
		return BY_IDS;
	if (!yh_id_is_zero(&f->unit))
		return BY_UNIT;
	/* what many have would have to be sorted; in the order of numbers one comes by it soon */
	if (f->state[0] && !(by_number && strcmp(f->state, "closed") == 0))
		return BY_STATE;
	return f->procedure[0] && !by_number ? BY_PROCEDURE : BY_NOTHING;
}

#define DUE(what, cmp, order)                                                                      \
	OF_STEPS what " AND (" YH_SQL_DUE("s.") ", s.id) " cmp                                     \
						" ($6, $30)" FILTERS YH_SQL_DUE("s.") order        \
		", s.id" order " LIMIT $7"

static const char *text_of(const struct yh_case_filter *f, bool few)
{
	static const char *const filed[2][DRIVE_COUNT] = { DRIVES("c.id < $6", "c.id DESC"),
							   DRIVES("c.id > $6", "c.id") };
	static const char *const number[2][DRIVE_COUNT] = { DRIVES("c.no < $6", "c.no DESC"),
							    DRIVES("c.no > $6", "c.no") };
	static const char *const due[2][2] = {
		{ DUE("1 = 1", "<", " DESC"), DUE("1 = 1", ">", "") },
		{ DUE(OWN("$31"), "<", " DESC"), DUE(OWN("$31"), ">", "") },
	};

	if (f->sort == YH_CASES_BY_DUE)
		return due[few][f->ascending];
	return (f->sort == YH_CASES_BY_NUMBER ? number : filed)[f->ascending][drive_of(f, few)];
}

/* From where on, in the order asked for. */
static struct yh_arg cursor_of(const struct yh_case_filter *f)
{
	static const struct yh_id newest = { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
					       255, 255, 255, 255, 255, 255 } };
	bool first = yh_id_is_zero(&f->before);

	if (f->sort == YH_CASES_BY_NUMBER)
		return YH_T(f->behind_no && f->behind_no[0] ? f->behind_no
			    : f->ascending                  ? ""
							    : "~");
	if (f->sort == YH_CASES_BY_DUE)
		return YH_I(!first ? f->behind_due : f->ascending ? INT64_MIN : INT64_MAX);
	return YH_ID(first && !f->ascending ? &newest : &f->before);
}

enum yh_rc yh_case_list(struct yh_tx *tx, const struct yh_viewer *who,
			const struct yh_case_filter *f, struct yh_arena *arena,
			struct yh_case_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t own;
	enum yh_rc rc = yh_case_own(tx, who, &own, err);
	bool due = f->sort == YH_CASES_BY_DUE, few = own != YH_MANY;
	const struct yh_arg args[] = {
		YH_ID(&who->person),
		YH_I(who->today),
		YH_I(who->any),
		YH_I(who->cloud),
		YH_I(who->district),
		cursor_of(f),
		YH_I(f->limit),
		YH_T(f->state),
		YH_T(f->procedure),
		YH_I(yh_id_is_zero(&f->unit)),
		YH_ID(&f->unit),
		YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud),
		YH_I(yh_id_is_zero(&f->project)),
		YH_ID(&f->project),
		YH_I(yh_id_is_zero(&f->subject)),
		YH_ID(&f->subject),
		YH_I(yh_id_is_zero(&f->resource)),
		YH_ID(&f->resource),
		YH_I(yh_id_is_zero(&f->body)),
		YH_ID(&f->body),
		YH_I(f->overdue),
		YH_I(f->filed_from),
		YH_I(f->filed_to ? f->filed_to : INT64_MAX),
		YH_T(f->procedures ? f->procedures : ""),
		YH_T(f->pattern ? f->pattern : ""),
		YH_I(who->now),
		YH_OPENED(who),
		YH_KEPT(who),
		due ? YH_ID(&f->before) : YH_I(own),
		YH_I(own),
	};
	bool by_own = few && (due || drive_of(f, few) == BY_OWN);

	if (rc == YH_OK)
		rc = yh_db_query(tx, err, &rows, text_of(f, few), args, 29U + due + by_own);
	return rc == YH_OK ? yh_read_case_lines(rows, f->limit, YH_CASE_PROJECT, arena, out, n, err)
			   : rc;
}
