/* Duties: rows in and out, what is due, and for whom they arise. */
#include "store/duty.h"

#include <string.h>

#include "store/case_lines.h"
#include "store/elsewhere.h"

#define COLUMNS                                                                                    \
	"d.id, d.no, d.kind, d.article, d.what, d.state, d.owner_role, d.owner, d.cloud, d.org, "  \
	"d.project, d.info_system, d.record, d.subject, d.laid_by, d.done_by, d.from_day, "        \
	"d.due_day, d.remind_day, d.told_overdue, d.reason, d.laid_at, d.ended_at, d.version, "    \
	"COALESCE(d.changed_at, d.laid_at)"
enum { COLUMN_COUNT = 25 };

static bool read_row(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_duty_row *d = out;

	*d = (struct yh_duty_row){
		.id = yh_col_id(r, 0),
		.owner = yh_col_id(r, 7),
		.cloud = yh_col_id(r, 8),
		.org = yh_col_id(r, 9),
		.project = yh_col_id(r, 10),
		.info_system = yh_col_id(r, 11),
		.record = yh_col_id(r, 12),
		.subject = yh_col_id(r, 13),
		.laid_by = yh_col_id(r, 14),
		.done_by = yh_col_id(r, 15),
		.from_day = yh_col_day(r, 16),
		.due_day = yh_col_day(r, 17),
		.remind_day = yh_col_day(r, 18),
		.told_overdue = yh_col_i64(r, 19) != 0,
		.laid_at = yh_col_i64(r, 21),
		.ended_at = yh_col_i64(r, 22),
		.version = yh_col_i64(r, 23),
		.changed_at = yh_col_i64(r, 24),
	};
	YH_COL_COPY(r, 1, d->no);
	YH_COL_COPY(r, 2, d->kind);
	YH_COL_COPY(r, 3, d->article);
	YH_COL_COPY(r, 5, d->state);
	YH_COL_COPY(r, 6, d->owner_role);
	return yh_col_keep(r, a, 4, &d->what) && yh_col_keep(r, a, 20, &d->reason);
}

enum yh_rc yh_duty_insert(struct yh_tx *tx, const struct yh_duty_row *d, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO duty (id, no, kind, article, what, state, owner_role, owner,"
		       " cloud, org, project, info_system, record, subject, laid_by, from_day,"
		       " due_day, remind_day, told_overdue, reason, laid_at, version) VALUES ($1,"
		       " $2, $3, $4, $5, 'open', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
		       " $17, 0, '', $18, 1)",
		       YH_ID(&d->id), YH_T(d->no), YH_T(d->kind), YH_T(d->article), YH_T(d->what),
		       YH_T(d->owner_role), YH_ID(&d->owner), YH_ID(&d->cloud), YH_ID0(&d->org),
		       YH_ID0(&d->project), YH_ID0(&d->info_system), YH_ID0(&d->record),
		       YH_ID(&d->subject), YH_ID0(&d->laid_by), YH_I(d->from_day), YH_I(d->due_day),
		       YH_DAY0(d->remind_day), YH_I(d->laid_at));
}

enum yh_rc yh_duty_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			struct yh_duty_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " COLUMNS " FROM duty d WHERE d.id = $1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_row, out, "duty-unknown", err) : rc;
}

enum yh_rc yh_duty_update(struct yh_tx *tx, struct yh_duty_row *d, yh_time now, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"UPDATE duty SET state = $1, done_by = $2, remind_day = $3, told_overdue = $4, "
		"reason"
		" = $5, ended_at = $6, changed_at = $9, version = version + 1 WHERE id = $7 AND"
		" version = $8",
		YH_T(d->state), YH_ID0(&d->done_by), YH_DAY0(d->remind_day), YH_I(d->told_overdue),
		YH_T(d->reason), d->ended_at ? YH_I(d->ended_at) : YH_NUL, YH_ID(&d->id),
		YH_I(d->version), YH_I(now));

	if (rc == YH_OK && changed == 0)
		rc = yh_fail(err, YH_CONFLICT, "duty-changed");
	d->version++;
	return rc;
}

static enum yh_rc read_rows(struct yh_rows *rows, struct yh_arena *arena, struct yh_duty_row **out,
			    size_t *n, struct yh_err *err)
{
	return yh_read_all(rows, arena, read_row, sizeof **out, out, n, err);
}

enum yh_rc yh_duty_owed(struct yh_tx *tx, const char *kind, const struct yh_id *owner,
			const struct yh_id *cloud, const struct yh_id *subject, yh_day due,
			struct yh_arena *arena, struct yh_duty_row **out, size_t *n,
			struct yh_err *err)
{
	bool whenever = due == YH_DAY_NONE;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " COLUMNS " FROM duty d WHERE d.kind = $1 AND d.owner = $2 AND d.cloud = $3"
		" AND ($4 = 1 OR d.subject = $5) AND ($6 = 1 OR d.due_day = $7) AND d.state = "
		"'open'"
		" ORDER BY d.due_day, d.id LIMIT 1000",
		YH_T(kind), YH_ID(owner), YH_ID(cloud), YH_I(yh_id_is_zero(subject)),
		YH_ID(subject), YH_I(whenever), YH_I(whenever ? 0 : due));

	return rc == YH_OK ? read_rows(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_duty_of_record(struct yh_tx *tx, const struct yh_id *record, struct yh_arena *arena,
			     struct yh_duty_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM duty d WHERE d.record = $1 AND d.state ="
				 " 'open' AND d.laid_by IS NULL ORDER BY d.id",
				 YH_ID(record));

	return rc == YH_OK ? read_rows(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_duty_of_ended(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
			    struct yh_duty_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM duty d JOIN ledger r ON r.id = d.record"
				 " WHERE d.state = 'open' AND d.laid_by IS NULL AND r.final = 1"
				 " ORDER BY d.id LIMIT $1",
				 YH_I(limit));

	return rc == YH_OK ? read_rows(rows, arena, out, n, err) : rc;
}

static bool read_counts(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_duty_counts *)out =
		(struct yh_duty_counts){ yh_col_i64(r, 0), yh_col_i64(r, 1), yh_col_i64(r, 2),
					 yh_col_i64(r, 3) };
	return true;
}

enum yh_rc yh_duty_count(struct yh_tx *tx, const char *kind, const char *by, const struct yh_id *id,
			 yh_day day, struct yh_duty_counts *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT COALESCE(SUM(CASE WHEN d.ended_at IS NULL THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN d.ended_at IS NULL AND d.due_day < $1 THEN 1 ELSE 0 END),"
		" 0), COALESCE(SUM(CASE WHEN d.state = 'done' THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN d.state = 'missed' THEN 1 ELSE 0 END), 0) FROM duty d "
		"WHERE"
		" d.kind = $2 AND CASE $3 WHEN 'org' THEN d.org WHEN 'cloud' THEN d.cloud WHEN"
		" 'project' THEN d.project WHEN 'system' THEN d.info_system WHEN 'record' THEN"
		" d.record WHEN 'owner' THEN d.owner ELSE d.subject END = $4",
		YH_I(day), YH_T(kind), YH_T(by), YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_counts, out, "duty-unknown", err) : rc;
}

enum yh_rc yh_duty_missed_row(struct yh_tx *tx, const struct yh_duty_row *d, int64_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COUNT(*) FROM duty WHERE kind = $1 AND subject = $2 AND"
				 " state = 'missed' AND due_day <= $3 AND due_day > (SELECT"
				 " COALESCE(MAX(q.due_day), -2147483648) FROM duty q WHERE q.kind ="
				 " $1 AND q.subject = $2 AND q.state = 'done' AND q.due_day <= $3)",
				 YH_T(d->kind), YH_ID(&d->subject), YH_I(d->due_day));

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

enum yh_rc yh_duty_passed(struct yh_tx *tx, yh_day day, uint32_t most, struct yh_arena *arena,
			  struct yh_duty_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM duty d WHERE d.ended_at IS NULL AND"
				 " d.due_day < $1 AND d.state = 'open' AND d.told_overdue = 0 ORDER"
				 " BY d.due_day, d.id LIMIT $2",
				 YH_I(day), YH_I(most));

	return rc == YH_OK ? read_rows(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_duty_to_remind(struct yh_tx *tx, yh_day day, uint32_t most, struct yh_arena *arena,
			     struct yh_duty_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM duty d WHERE d.remind_day <= $1 AND"
				 " d.ended_at IS NULL ORDER BY d.remind_day, d.id LIMIT $2",
				 YH_I(day), YH_I(most));

	return rc == YH_OK ? read_rows(rows, arena, out, n, err) : rc;
}

/* ---- for whom they arise ---- */

static bool read_want(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_duty_want *)out = (struct yh_duty_want){
		.subject = yh_col_id(r, 0),
		.cloud = yh_col_id(r, 1),
		.org = yh_col_id(r, 2),
		.provider = yh_col_id(r, 3),
		.project = yh_col_id(r, 4),
		.info_system = yh_col_id(r, 5),
		.record = yh_col_id(r, 6),
		.body = yh_col_id(r, 7),
		.from = yh_col_day(r, 8),
		.until = yh_col_day(r, 9),
		.last_due = yh_col_day(r, 10),
		.last_ended = yh_col_i64(r, 11),
	};
	return true;
}

/* Of x.subject on x.cloud: when the last of kind $1 was due, and when it ended. */
#define LAST                                                                                       \
	"(SELECT MAX(d.due_day) FROM duty d WHERE d.kind = $1 AND d.subject = x.subject AND "      \
	"d.cloud = x.cloud), (SELECT MAX(d.ended_at) FROM duty d WHERE d.kind = $1 AND d.subject " \
	"= x.subject AND d.cloud = x.cloud) "
#define LACKING                                                                                    \
	"WHERE NOT EXISTS (SELECT 1 FROM duty d WHERE d.kind = $1 AND d.subject = x.subject AND "  \
	"d.cloud = x.cloud AND ($2 = 1 OR d.ended_at IS NULL)) AND (x.subject > $3 OR (x.subject " \
	"= $3 AND x.cloud > $4)) AND NOT " YH_SQL_ELSEWHERE(                                       \
		"x.cloud") " ORDER BY x.subject, x.cloud LIMIT $5"
#define LACKS(w)                                                                                   \
	YH_T((w)->kind), YH_I((w)->once), YH_ID(&(w)->after), YH_ID(&(w)->after_cloud),            \
		YH_I((w)->most)
#define WANT                                                                                       \
	"SELECT x.subject, x.cloud, x.org, x.provider, x.project, x.info_system, x.record, "       \
	"x.body, x.from_day, x.until_day, "
#define OF_RECORDS                                                                                 \
	"FROM (SELECT r.id AS subject, r.cloud AS cloud, r.org AS org, r.provider AS provider, "   \
	"r.project AS project, r.info_system AS info_system, r.id AS record, r.filer_org AS "      \
	"body, r.from_day AS from_day, r.until_day AS until_day FROM ledger r WHERE r.register = " \
	"$6 AND (($7 = '' AND r.final "                                                            \
	"= 0) OR r.state = $7) AND (r.from_day IS NULL OR r.from_day <= $8) AND (r.until_day IS "  \
	"NULL OR r.until_day >= $8) AND ($9 = 0 OR (r.until_day IS NOT NULL AND NOT EXISTS "       \
	"(SELECT 1 FROM duty e WHERE e.kind = $1 AND e.subject = r.id AND e.due_day = "            \
	"r.until_day AND e.state = 'waived')))) x "
#define OF_BODIES                                                                                  \
	"FROM (SELECT b.org AS subject, b.cloud AS cloud, NULL AS org, NULL AS provider, NULL AS " \
	"project, NULL AS info_system, NULL AS record, b.org AS body, NULL AS from_day, NULL AS "  \
	"until_day FROM "                                                                          \
	"cloud_body b WHERE b.role = $6) x "
#define OF_SYSTEMS                                                                                 \
	"FROM (SELECT s.id AS subject, p.cloud AS cloud, p.unit AS org, NULL AS provider, p.id "   \
	"AS project, s.id AS info_system, NULL AS record, p.unit AS body, NULL AS from_day, NULL " \
	"AS until_day FROM "                                                                       \
	"info_system s JOIN project p ON p.id = s.project WHERE p.state = 'initiated' AND "        \
	"s.mlps_level >= $6) x "

enum yh_rc yh_duty_wants(struct yh_tx *tx, const struct yh_duty_wanted *w, struct yh_arena *arena,
			 struct yh_duty_want **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc;

	if (w->reg)
		rc = yh_query(tx, err, &rows, WANT LAST OF_RECORDS LACKING, LACKS(w), YH_T(w->reg),
			      YH_T(w->state), YH_I(w->day), YH_I(w->until));
	else if (w->role)
		rc = yh_query(tx, err, &rows, WANT LAST OF_BODIES LACKING, LACKS(w), YH_T(w->role));
	else
		rc = yh_query(tx, err, &rows, WANT LAST OF_SYSTEMS LACKING, LACKS(w),
			      YH_I(w->mlps));
	return rc == YH_OK ? yh_read_all(rows, arena, read_want, sizeof **out, out, n, err) : rc;
}

/* ---- lists ---- */

static bool read_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_duty_line *l = out;
	const char **texts[] = { &l->owner_code,   &l->owner_name,   &l->cloud_code,
				 &l->org_code,     &l->org_name,     &l->project_code,
				 &l->project_name, &l->system_code,  &l->system_name,
				 &l->record_no,    &l->record_title, &l->laid_no,
				 &l->done_no };
	bool ok = read_row(r, a, &l->row);

	for (int i = 0; ok && i < (int)(sizeof texts / sizeof texts[0]); i++)
		ok = yh_col_keep(r, a, COLUMN_COUNT + i, texts[i]);
	return ok;
}

#define SOME_ID(id) YH_I(yh_id_is_zero(&(id))), YH_ID(&(id))
#define SOME_DAY(day) YH_I((day) == YH_DAY_NONE), YH_I((day) == YH_DAY_NONE ? 0 : (day))
/* $6 to $31 */
#define FILTERED                                                                                   \
	"($6 = 1 OR d.id = $7) AND ($8 = 1 OR d.cloud = $9) AND ($10 = 1 OR d.owner = $11 OR "     \
	"d.org = $11) AND ($12 = 1 OR d.record = $13) AND ($14 = 1 OR d.info_system = $15) AND "   \
	"($16 = 1 OR d.laid_by = $17) AND ($18 = '' OR d.kind = $18) AND ($19 = '' OR d.state = "  \
	"$19) AND ($20 = 0 OR EXISTS (SELECT 1 FROM mine m WHERE m.org = d.owner AND m.role = "    \
	"d.owner_role)) AND ($21 = 0 OR d.ended_at IS NULL) AND ($22 = 1 OR (d.ended_at IS NULL "  \
	"AND d.due_day < $23)) AND ($24 = 1 OR d.due_day < $25) AND ($26 = 1 OR d.due_day > $27 "  \
	"OR (d.due_day = $27 AND d.id > $28)) AND ($29 = 1 OR d.project = $30) AND d.due_day >= "  \
	"$31 "

enum yh_rc yh_duty_page(struct yh_tx *tx, const struct yh_viewer *who,
			const struct yh_duty_filter *f, struct yh_arena *arena,
			struct yh_duty_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " COLUMNS
		", o.code, o.name, k.code, u.code, u.name, p.code, p.name, s.code,"
		" s.name, r.no, CASE WHEN " YH_SQL_RECORD_SHUT(
			"r.id", "$33", "$34") " THEN '' ELSE r.title END, c.no, e.no FROM duty d "
					      "JOIN org o ON o.id = d.owner JOIN"
					      " cloud k ON k.id = d.cloud LEFT JOIN org u ON u.id "
					      "= d.org LEFT JOIN project p ON"
					      " p.id = d.project LEFT JOIN info_system s ON s.id = "
					      "d.info_system LEFT JOIN ledger"
					      " r ON r.id = d.record LEFT JOIN case_file c ON c.id "
					      "= d.laid_by LEFT JOIN "
					      "case_file"
					      " e ON e.id = d.done_by WHERE " YH_SQL_SEES_DUTY
					      "AND " FILTERED "ORDER BY d.due_day, d.id LIMIT $32",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), SOME_ID(f->id), SOME_ID(f->cloud), SOME_ID(f->org),
		SOME_ID(f->record), SOME_ID(f->info_system), SOME_ID(f->laid_by), YH_T(f->kind),
		YH_T(f->state), YH_I(f->mine), YH_I(f->open), SOME_DAY(f->overdue),
		SOME_DAY(f->due_before), YH_I(yh_id_is_zero(&f->after)),
		YH_I(yh_id_is_zero(&f->after) ? 0 : f->after_due), YH_ID(&f->after),
		SOME_ID(f->project), YH_I(f->due_from == YH_DAY_NONE ? YH_DAY_MIN : f->due_from),
		YH_I(f->limit), YH_OPENED(who), YH_KEPT(who));

	return rc == YH_OK ? yh_read_all(rows, arena, read_line, sizeof **out, out, n, err) : rc;
}
