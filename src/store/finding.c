/* Findings of the watch. */
#include "store/finding.h"

#include <string.h>

#include "store/columns.h"

#define COLUMNS                                                                                    \
	"f.id, f.no, f.rule, f.article, f.resource, f.info_system, f.project, f.unit, f.cloud, "   \
	"f.first_day, f.last_day, f.state, f.case_id, f.pack, f.evidence_digest, f.found_at, "     \
	"f.ended_at, f.ended_by, f.reason, f.version"
enum { COLUMN_COUNT = 20 };

static bool read_row(const struct yh_rows *r, struct yh_arena *a, struct yh_finding_row *f)
{
	*f = (struct yh_finding_row){
		.id = yh_col_id(r, 0),
		.resource = yh_col_id(r, 4),
		.info_system = yh_col_id(r, 5),
		.project = yh_col_id(r, 6),
		.unit = yh_col_id(r, 7),
		.cloud = yh_col_id(r, 8),
		.first_day = yh_col_day(r, 9),
		.last_day = yh_col_day(r, 10),
		.case_id = yh_col_id(r, 12),
		.found_at = yh_col_i64(r, 15),
		.ended_at = yh_col_i64(r, 16),
		.ended_by = yh_col_id(r, 17),
		.reason = yh_arena_strdup(a, yh_col_text(r, 18)),
		.version = yh_col_i64(r, 19),
	};
	YH_COL_COPY(r, 1, f->no);
	YH_COL_COPY(r, 2, f->rule);
	YH_COL_COPY(r, 3, f->article);
	YH_COL_COPY(r, 11, f->state);
	YH_COL_FIXED(r, 13, f->pack.b);
	YH_COL_FIXED(r, 14, f->evidence_digest.b);
	return f->reason != NULL;
}

static bool read_whole(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_finding_row *f = out;

	return read_row(r, a, f) && yh_col_keep(r, a, COLUMN_COUNT, &f->evidence) &&
	       yh_col_keep(r, a, COLUMN_COUNT + 1, &f->advice);
}

static enum yh_rc add_resources(struct yh_tx *tx, const struct yh_id *finding,
				const struct yh_id *resources, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_exec(tx, err,
			     "INSERT INTO finding_resource (finding, resource) VALUES ($1, $2)",
			     YH_ID(finding), YH_ID(&resources[i]));
	return rc;
}

enum yh_rc yh_finding_insert(struct yh_tx *tx, const struct yh_finding_row *f,
			     const struct yh_id *resources, size_t n, bool *inserted,
			     struct yh_err *err)
{
	const struct yh_id *subject = yh_id_is_zero(&f->resource) ? &f->info_system : &f->resource;
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"INSERT INTO finding (id, no, rule, article, subject, resource, info_system,"
		" project, unit, cloud, first_day, last_day, state, pack, evidence,"
		" evidence_digest, advice, found_at, minor, reason, version) VALUES ($1, $2, $3,"
		" $4, $5, $6, $7, $8, $9, $10, $11, $12, 'open', $13, $14, $15, $16, $17, $18,"
		" '', 1) ON CONFLICT DO NOTHING",
		YH_ID(&f->id), YH_T(f->no), YH_T(f->rule), YH_T(f->article), YH_ID(subject),
		YH_ID0(&f->resource), YH_ID0(&f->info_system), YH_ID(&f->project), YH_ID(&f->unit),
		YH_ID(&f->cloud), YH_I(f->first_day), YH_I(f->last_day),
		YH_B(f->pack.b, sizeof f->pack.b), YH_T(f->evidence),
		YH_B(f->evidence_digest.b, sizeof f->evidence_digest.b), YH_T(f->advice),
		YH_I(f->found_at), YH_I(f->minor));

	*inserted = rc == YH_OK && changed > 0;
	return *inserted ? add_resources(tx, &f->id, resources, n, err) : rc;
}

enum yh_rc yh_finding_known(struct yh_tx *tx, const char *rule, const struct yh_id *subject,
			    yh_day first, yh_day last, bool *known, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM finding WHERE rule = $1 AND subject = $2 AND"
				 " first_day = $3 AND last_day = $4",
				 YH_T(rule), YH_ID(subject), YH_I(first), YH_I(last));

	return rc == YH_OK ? yh_read_any(rows, known, err) : rc;
}

enum yh_rc yh_finding_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			   struct yh_finding_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS ", f.evidence, f.advice FROM finding f WHERE"
				 " f.id = $1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_whole, out, "finding-unknown", err) : rc;
}

static bool read_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_finding_resources(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT resource FROM finding_resource WHERE finding = $1 ORDER BY"
				 " resource",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_id, sizeof **out, out, n, err) : rc;
}

/* What a change came to: when it touched nothing, why. */
static enum yh_rc changed_one(struct yh_tx *tx, const struct yh_id *id, int64_t changed,
			      const char *slug, struct yh_err *err)
{
	struct yh_rows *rows;
	char state[12] = "";
	enum yh_rc rc;

	if (changed > 0)
		return YH_OK;
	rc = yh_query(tx, err, &rows, "SELECT state FROM finding WHERE id = $1", YH_ID(id));
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows))
		YH_COL_COPY(rows, 0, state);
	rc = yh_rows_end(rows, err);
	if (rc != YH_OK)
		return rc;
	if (!state[0])
		return yh_fail(err, YH_NOT_FOUND, "finding-unknown");
	(void)yh_fail(err, YH_CONFLICT, slug);
	yh_err_text(err, "state", state);
	return YH_CONFLICT;
}

enum yh_rc yh_finding_set_case(struct yh_tx *tx, const struct yh_id *id,
			       const struct yh_id *case_id, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE finding SET state = 'in_case', case_id = $1, version ="
				  " version + 1 WHERE id = $2 AND state = 'open'",
				  YH_ID(case_id), YH_ID(id));

	return rc == YH_OK ? changed_one(tx, id, changed, "finding-not-open", err) : rc;
}

enum yh_rc yh_finding_release(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE finding SET state = 'open', case_id = NULL, version ="
				  " version + 1 WHERE id = $1 AND state = 'in_case'",
				  YH_ID(id));

	return rc == YH_OK ? changed_one(tx, id, changed, "finding-not-in-case", err) : rc;
}

enum yh_rc yh_finding_close(struct yh_tx *tx, const struct yh_id *id, yh_time at,
			    struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE finding SET state = 'closed', ended_at = $1, version ="
				  " version + 1 WHERE id = $2 AND state = 'in_case'",
				  YH_I(at), YH_ID(id));

	return rc == YH_OK ? changed_one(tx, id, changed, "finding-not-in-case", err) : rc;
}

enum yh_rc yh_finding_dismiss(struct yh_tx *tx, const struct yh_id *id, const struct yh_id *person,
			      const char *reason, yh_time at, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE finding SET state = 'dismissed', ended_at = $1, ended_by"
				  " = $2, reason = $3, version = version + 1 WHERE id = $4 AND"
				  " state = 'open'",
				  YH_I(at), YH_ID(person), YH_T(reason), YH_ID(id));

	return rc == YH_OK ? changed_one(tx, id, changed, "finding-not-open", err) : rc;
}

static bool read_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	enum { REST = COLUMN_COUNT };
	struct yh_finding_line *l = out;
	const char **texts[] = { &l->row.evidence,  &l->row.advice,   &l->resource_no,
				 &l->resource_name, &l->system_code,  &l->system_name,
				 &l->project_code,  &l->project_name, &l->unit_code,
				 &l->unit_name,     &l->cloud_code,   &l->case_no };
	enum { TEXTS = sizeof texts / sizeof texts[0] };
	bool ok = read_row(r, a, &l->row);

	for (int i = 0; ok && i < TEXTS; i++)
		ok = yh_col_keep(r, a, REST + i, texts[i]);
	l->minor = yh_col_i64(r, REST + TEXTS) != 0;
	return ok;
}

/* Whom and what is asked for; $1 to $16. */
#define LISTED "FROM finding f JOIN project p ON p.id = f.project JOIN org u ON u.id = f.unit "
#define ASKED                                                                                      \
	"($6 = 1 OR f.id = $7) AND ($8 = 1 OR f.unit = $9) AND ($10 = 1 OR f.cloud = $11) AND"     \
	" ($12 = 1 OR EXISTS (SELECT 1 FROM finding_resource x WHERE x.finding = f.id AND"         \
	" x.resource = $13)) AND ($14 = '' OR f.state = $14) AND ($15 = '' OR f.rule = $15) "      \
	"AND ($16 = '' OR LOWER(f.no) LIKE $16 ESCAPE '!' OR LOWER(p.code) LIKE $16 ESCAPE '!' OR" \
	" LOWER(p.name) LIKE $16 ESCAPE '!' OR LOWER(u.name) LIKE $16 ESCAPE '!') "                \
	"AND " YH_SQL_SEES_PROJECT
#define ASKED_FOR(who, f)                                                                          \
	YH_ID(&(who)->person), YH_I((who)->today), YH_I((who)->any), YH_I((who)->cloud),           \
		YH_I((who)->district), YH_I(yh_id_is_zero(&(f)->id)), YH_ID(&(f)->id),             \
		YH_I(yh_id_is_zero(&(f)->unit)), YH_ID(&(f)->unit),                                \
		YH_I(yh_id_is_zero(&(f)->cloud)), YH_ID(&(f)->cloud),                              \
		YH_I(yh_id_is_zero(&(f)->resource)), YH_ID(&(f)->resource), YH_T((f)->state),      \
		YH_T((f)->rule), YH_T((f)->pattern ? (f)->pattern : "")

enum yh_rc yh_finding_page(struct yh_tx *tx, const struct yh_viewer *who,
			   const struct yh_finding_filter *f, bool evidence, struct yh_arena *arena,
			   struct yh_finding_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " COLUMNS ", CASE WHEN $17 = 1 THEN f.evidence ELSE '' END,"
		" CASE WHEN $17 = 1 THEN f.advice ELSE '' END, r.no, r.name, s.code, s.name,"
		" p.code, p.name, u.code, u.name, k.code, c.no, f.minor " LISTED
		"JOIN cloud k ON k.id = f.cloud LEFT JOIN resource r ON r.id = f.resource LEFT"
		" JOIN info_system s ON s.id = f.info_system LEFT JOIN case_file c ON c.id ="
		" f.case_id WHERE ($18 = 1 OR f.minor > $19 OR (f.minor = $19 AND f.id < $20)) "
		"AND " ASKED "ORDER BY f.minor, f.id DESC LIMIT $21",
		ASKED_FOR(who, f), YH_I(evidence), YH_I(yh_id_is_zero(&f->before)),
		YH_I(f->before_minor), YH_ID(&f->before), YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_line, sizeof **out, out, n, err) : rc;
}

static bool read_tally(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_finding_tally *t = out;

	(void)a;
	YH_COL_COPY(r, 0, t->rule);
	t->n = yh_col_i64(r, 1);
	return true;
}

enum yh_rc yh_finding_tally(struct yh_tx *tx, const struct yh_viewer *who,
			    const struct yh_finding_filter *f, struct yh_arena *arena,
			    struct yh_finding_tally **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 YH_SQL_MINE "SELECT f.rule, COUNT(*) " LISTED "WHERE " ASKED
					     "GROUP BY f.rule ORDER BY MAX(f.minor), 2 DESC, 1",
				 ASKED_FOR(who, f));

	return rc == YH_OK ? yh_read_all(rows, arena, read_tally, sizeof **out, out, n, err) : rc;
}
