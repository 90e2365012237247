/* Schemes and evaluations. */
#include "store/evaluation.h"

#include "store/columns.h"

#define DIGEST(d) YH_B((d)->b, sizeof(d)->b)

/* What an update that touched nothing says. */
static enum yh_rc touched(int64_t changed, const char *slug, struct yh_err *err)
{
	return changed ? YH_OK : yh_fail(err, YH_STALE, slug);
}

/* ---- schemes ---- */

#define SCHEME_COLUMNS                                                                             \
	"s.id, s.no, s.cloud, s.code, s.number, s.subject, s.title, s.state, s.digest,"            \
	" s.from_day, s.case_id, s.made_by, s.made_at, s.version, k.code"
#define SCHEME_FROM " FROM scheme s JOIN cloud k ON k.id = s.cloud "
enum { SCHEME_COLUMN_COUNT = 15 };

static bool read_scheme(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_scheme_row *s = out;

	*s = (struct yh_scheme_row){
		.id = yh_col_id(r, 0),
		.cloud = yh_col_id(r, 2),
		.number = yh_col_i64(r, 4),
		.from_day = yh_col_day(r, 9),
		.case_id = yh_col_id(r, 10),
		.made_by = yh_col_id(r, 11),
		.made_at = yh_col_i64(r, 12),
		.version = yh_col_i64(r, 13),
	};
	YH_COL_COPY(r, 1, s->no);
	YH_COL_COPY(r, 3, s->code);
	YH_COL_COPY(r, 5, s->subject);
	YH_COL_COPY(r, 7, s->state);
	YH_COL_FIXED(r, 8, s->digest.b);
	return yh_col_keep(r, a, 6, &s->title) && yh_col_keep(r, a, 14, &s->cloud_code);
}

static bool read_whole_scheme(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return read_scheme(r, a, out) &&
	       yh_col_keep(r, a, SCHEME_COLUMN_COUNT, &((struct yh_scheme_row *)out)->definition);
}

enum yh_rc yh_scheme_insert(struct yh_tx *tx, const struct yh_scheme_row *s, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO scheme (id, no, cloud, code, number, subject, title, state,"
		       " definition, digest, from_day, case_id, made_by, made_at, version) VALUES"
		       " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)",
		       YH_ID(&s->id), YH_T(s->no), YH_ID(&s->cloud), YH_T(s->code), YH_I(s->number),
		       YH_T(s->subject), YH_T(s->title), YH_T(s->state), YH_T(s->definition),
		       DIGEST(&s->digest), YH_DAY0(s->from_day), YH_ID0(&s->case_id),
		       YH_ID(&s->made_by), YH_I(s->made_at));
}

enum yh_rc yh_scheme_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			  struct yh_scheme_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " SCHEME_COLUMNS ", s.definition" SCHEME_FROM "WHERE s.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_whole_scheme, out, "scheme-unknown", err)
			   : rc;
}

enum yh_rc yh_scheme_by_no(struct yh_tx *tx, const char *no, struct yh_id *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc;

	if (yh_id_parse(no, out, NULL) == YH_OK)
		return YH_OK;
	rc = yh_query(tx, err, &rows, "SELECT id FROM scheme WHERE no = $1", YH_T(no));
	return rc == YH_OK ? yh_read_id(rows, out, "scheme-unknown", err) : rc;
}

enum yh_rc yh_scheme_update(struct yh_tx *tx, struct yh_scheme_row *s, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE scheme SET title = $1, state = $2, definition = $3,"
				  " digest = $4, from_day = $5, case_id = $6, subject = $7, version"
				  " = version + 1 WHERE id = $8 AND version = $9 AND state <>"
				  " 'enacted'",
				  YH_T(s->title), YH_T(s->state), YH_T(s->definition),
				  DIGEST(&s->digest), YH_DAY0(s->from_day), YH_ID0(&s->case_id),
				  YH_T(s->subject), YH_ID(&s->id), YH_I(s->version));

	s->version += changed;
	return rc == YH_OK ? touched(changed, "scheme-changed", err) : rc;
}

enum yh_rc yh_scheme_next_number(struct yh_tx *tx, const struct yh_id *cloud, const char *code,
				 int64_t *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COALESCE(max(number), 0) + 1 FROM scheme WHERE cloud = $1"
				 " AND code = $2",
				 YH_ID(cloud), YH_T(code));

	return rc == YH_OK ? yh_read_i64(rows, out, err) : rc;
}

enum yh_rc yh_scheme_on(struct yh_tx *tx, const struct yh_id *cloud, const char *code, yh_day day,
			struct yh_arena *arena, struct yh_scheme_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " SCHEME_COLUMNS ", s.definition" SCHEME_FROM
			 "WHERE s.cloud = $1 AND s.code = $2 AND s.state = 'enacted' AND s.from_day"
			 " <= $3 ORDER BY s.from_day DESC, s.number DESC LIMIT 1",
			 YH_ID(cloud), YH_T(code), YH_I(day));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_one(rows, arena, read_whole_scheme, out, "scheme-none", err);
	if (rc == YH_NOT_FOUND) {
		yh_err_text(err, "code", code);
		yh_err_day(err, "day", day);
	}
	return rc;
}

/* Of a cloud `c` that the viewer is a body of. */
#define BODY_OF(c)                                                                                 \
	"($4 = 1 AND " c " IN (SELECT b.cloud FROM cloud_body b JOIN mine m ON m.org = b.org AND"  \
	" m.role = b.role))"

enum yh_rc yh_scheme_page(struct yh_tx *tx, const struct yh_viewer *who,
			  const struct yh_scheme_filter *f, struct yh_arena *arena,
			  struct yh_scheme_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT " SCHEME_COLUMNS SCHEME_FROM
			    "WHERE (s.state = 'enacted' OR $3 = 1 OR " BODY_OF(
				    "s.cloud") ") AND"
					       " ($5 = 1 OR s.cloud = $6) AND ($7 = '' OR "
					       "s.subject = $7) AND ($8 = 1"
					       " OR s.id < $9) ORDER BY s.id DESC LIMIT $10",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(yh_id_is_zero(&f->cloud)), YH_ID(&f->cloud), YH_T(f->subject),
		YH_I(yh_id_is_zero(&f->before)), YH_ID(&f->before), YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_scheme, sizeof **out, out, n, err) : rc;
}

/* ---- evaluations ---- */

#define EVAL_COLUMNS                                                                               \
	"e.id, e.no, e.scheme, e.cloud, e.code, e.subject, e.period, e.first_day, e.last_day,"     \
	" e.state, e.pack, e.as_of, e.digest, e.subjects, e.case_id, e.made_by, e.made_at,"        \
	" e.published_at, e.version, k.code, s.no, s.title, e.objection_last"
#define EVAL_FROM                                                                                  \
	" FROM evaluation e JOIN cloud k ON k.id = e.cloud JOIN scheme s ON s.id = e.scheme "

static bool read_evaluation(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_evaluation_row *e = out;

	*e = (struct yh_evaluation_row){
		.id = yh_col_id(r, 0),
		.scheme = yh_col_id(r, 2),
		.cloud = yh_col_id(r, 3),
		.first_day = yh_col_day(r, 7),
		.last_day = yh_col_day(r, 8),
		.as_of = yh_col_i64(r, 11),
		.subjects = yh_col_i64(r, 13),
		.case_id = yh_col_id(r, 14),
		.made_by = yh_col_id(r, 15),
		.made_at = yh_col_i64(r, 16),
		.published_at = yh_col_i64(r, 17),
		.version = yh_col_i64(r, 18),
		.objection_last = yh_col_day(r, 22),
	};
	YH_COL_COPY(r, 1, e->no);
	YH_COL_COPY(r, 4, e->code);
	YH_COL_COPY(r, 5, e->subject);
	YH_COL_COPY(r, 6, e->period);
	YH_COL_COPY(r, 9, e->state);
	YH_COL_FIXED(r, 10, e->pack.b);
	YH_COL_FIXED(r, 12, e->digest.b);
	return yh_col_keep(r, a, 19, &e->cloud_code) && yh_col_keep(r, a, 20, &e->scheme_no) &&
	       yh_col_keep(r, a, 21, &e->scheme_title);
}

enum yh_rc yh_evaluation_insert(struct yh_tx *tx, const struct yh_evaluation_row *e,
				struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO evaluation (id, no, scheme, cloud, code, subject, period,"
		       " first_day, last_day, state, pack, as_of, digest, subjects, case_id,"
		       " made_by, made_at, published_at, version) VALUES ($1, $2, $3, $4, $5, $6,"
		       " $7, $8, $9, $10, $11, $12, $13, $14, NULL, $15, $16, NULL, 1)",
		       YH_ID(&e->id), YH_T(e->no), YH_ID(&e->scheme), YH_ID(&e->cloud),
		       YH_T(e->code), YH_T(e->subject), YH_T(e->period), YH_I(e->first_day),
		       YH_I(e->last_day), YH_T(e->state), DIGEST(&e->pack), YH_I(e->as_of),
		       DIGEST(&e->digest), YH_I(e->subjects), YH_ID(&e->made_by), YH_I(e->made_at));
}

enum yh_rc yh_evaluation_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			      struct yh_evaluation_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " EVAL_COLUMNS EVAL_FROM "WHERE e.id = $1",
				 YH_ID(id));

	return rc == YH_OK
		       ? yh_read_one(rows, arena, read_evaluation, out, "evaluation-unknown", err)
		       : rc;
}

enum yh_rc yh_evaluation_by_no(struct yh_tx *tx, const char *no, struct yh_id *out,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc;

	if (yh_id_parse(no, out, NULL) == YH_OK)
		return YH_OK;
	rc = yh_query(tx, err, &rows, "SELECT id FROM evaluation WHERE no = $1", YH_T(no));
	return rc == YH_OK ? yh_read_id(rows, out, "evaluation-unknown", err) : rc;
}

enum yh_rc yh_evaluation_of(struct yh_tx *tx, const struct yh_id *cloud, const char *code,
			    const char *period, struct yh_arena *arena, bool *found,
			    struct yh_evaluation_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	size_t n = 0;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " EVAL_COLUMNS EVAL_FROM
				 "WHERE e.cloud = $1 AND e.code = $2 AND e.period = $3",
				 YH_ID(cloud), YH_T(code), YH_T(period));

	*found = false;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_evaluation, sizeof *out, &list, &n, err);
	if (rc == YH_OK && n > 0) {
		*found = true;
		*out = *(struct yh_evaluation_row *)list;
	}
	return rc;
}

enum yh_rc yh_evaluation_last_day(struct yh_tx *tx, const struct yh_id *cloud, const char *code,
				  yh_day *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT max(last_day) FROM evaluation WHERE cloud = $1 AND code ="
				 " $2 AND state <> 'reckoning'",
				 YH_ID(cloud), YH_T(code));

	*out = YH_DAY_NONE;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*out = yh_col_day(rows, 0);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_evaluation_update(struct yh_tx *tx, struct yh_evaluation_row *e, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"UPDATE evaluation SET scheme = $1, state = $2, pack = $3, as_of = $4, digest ="
		" $5, subjects = $6, case_id = $7, objection_last = $8, published_at = $9, version"
		" = version + 1 WHERE id = $10 AND version = $11 AND state <> 'published'",
		YH_ID(&e->scheme), YH_T(e->state), DIGEST(&e->pack), YH_I(e->as_of),
		DIGEST(&e->digest), YH_I(e->subjects), YH_ID0(&e->case_id),
		YH_DAY0(e->objection_last), e->published_at ? YH_I(e->published_at) : YH_NUL,
		YH_ID(&e->id), YH_I(e->version));

	e->version += changed;
	return rc == YH_OK ? touched(changed, "evaluation-changed", err) : rc;
}

/* What a viewer sees of evaluations: $3 any, $4 cloud. */
#define SEES_EVALUATION                                                                            \
	"($3 = 1 OR e.state = 'published' OR " BODY_OF(                                            \
		"e.cloud") " OR (e.state = 'announced'"                                            \
			   " AND EXISTS (SELECT 1 FROM eval_result r JOIN mine m ON m.org = "      \
			   "r.org WHERE r.evaluation"                                              \
			   " = e.id)))"

enum yh_rc yh_evaluation_page(struct yh_tx *tx, const struct yh_viewer *who,
			      const struct yh_evaluation_filter *f, struct yh_arena *arena,
			      struct yh_evaluation_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT " EVAL_COLUMNS EVAL_FROM "WHERE " SEES_EVALUATION
			    " AND e.state <> 'reckoning' AND ($5 = 1 OR e.cloud = $6) AND ($7 = ''"
			    " OR e.subject = $7) AND ($8 = '' OR e.state = $8) AND ($9 = 1 OR e.id"
			    " < $10) ORDER BY e.id DESC LIMIT $11",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(yh_id_is_zero(&f->cloud)), YH_ID(&f->cloud), YH_T(f->subject), YH_T(f->state),
		YH_I(yh_id_is_zero(&f->before)), YH_ID(&f->before), YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_evaluation, sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_evaluation_seen(struct yh_tx *tx, const struct yh_viewer *who, const struct yh_id *id,
			      bool *seen, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT 1 FROM evaluation e WHERE " SEES_EVALUATION " AND e.id = $5",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud), YH_ID(id));

	return rc == YH_OK ? yh_read_any(rows, seen, err) : rc;
}
