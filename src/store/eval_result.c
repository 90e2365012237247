/* Results, their scores and the facts behind these. */
#include "store/eval_result.h"

#include "store/columns.h"

#define DIGEST(d) YH_B((d)->b, sizeof(d)->b)

#define RESULT_COLUMNS                                                                             \
	"r.id, r.no, r.evaluation, r.org, r.withheld, r.known_e2, r.score_e2, r.grade,"            \
	" r.factor_e6, r.rectify, r.case_id, r.digest, r.version, u.code, u.name, c.no"
#define RESULT_FROM                                                                                \
	" FROM eval_result r JOIN org u ON u.id = r.org LEFT JOIN case_file c ON c.id = "          \
	"r.case_id "

static bool read_result(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_result_row *w = out;

	*w = (struct yh_result_row){
		.id = yh_col_id(r, 0),
		.evaluation = yh_col_id(r, 2),
		.org = yh_col_id(r, 3),
		.withheld = yh_col_i64(r, 4) != 0,
		.known_e2 = yh_col_i64(r, 5),
		.score_e2 = yh_col_i64(r, 6),
		.grade = yh_col_i64(r, 7),
		.factor_e6 = yh_col_i64(r, 8),
		.rectify = yh_col_i64(r, 9) != 0,
		.case_id = yh_col_id(r, 10),
		.version = yh_col_i64(r, 12),
	};
	YH_COL_COPY(r, 1, w->no);
	YH_COL_FIXED(r, 11, w->digest.b);
	return yh_col_keep(r, a, 13, &w->org_code) && yh_col_keep(r, a, 14, &w->org_name) &&
	       yh_col_keep(r, a, 15, &w->case_no);
}

enum yh_rc yh_result_insert(struct yh_tx *tx, const struct yh_result_row *w, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO eval_result (id, no, evaluation, org, withheld, known_e2,"
		       " score_e2, grade, factor_e6, rectify, case_id, digest, version) VALUES ($1,"
		       " $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11, 1)",
		       YH_ID(&w->id), YH_T(w->no), YH_ID(&w->evaluation), YH_ID(&w->org),
		       YH_I(w->withheld), YH_I(w->known_e2), YH_I(w->score_e2), YH_I(w->grade),
		       YH_I(w->factor_e6), YH_I(w->rectify), DIGEST(&w->digest));
}

enum yh_rc yh_score_insert(struct yh_tx *tx, const struct yh_score_row *s, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO eval_score (result, indicator, code, kind, known, num, den,"
		       " score_e2, weight_e2, facts, digest, evidence, reference, scorer, case_id,"
		       " made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
		       " $14, $15, $16)",
		       YH_ID(&s->result), YH_I(s->indicator), YH_T(s->code), YH_T(s->kind),
		       YH_I(s->known), YH_I(s->num), YH_I(s->den), YH_I(s->score_e2),
		       YH_I(s->weight_e2), YH_I(s->facts), DIGEST(&s->digest), YH_T(s->evidence),
		       YH_T(s->reference), YH_ID0(&s->scorer), YH_ID0(&s->case_id),
		       YH_I(s->made_at));
}

enum yh_rc yh_trace_insert(struct yh_tx *tx, const struct yh_id *result, int64_t indicator,
			   int64_t part, const void *body, size_t n, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO eval_trace (result, indicator, part, body) VALUES ($1, $2, $3,"
		       " $4)",
		       YH_ID(result), YH_I(indicator), YH_I(part), YH_B(body, n));
}

enum yh_rc yh_trace_load(struct yh_tx *tx, const struct yh_id *result, int64_t indicator,
			 int64_t part, struct yh_arena *arena, const void **body, size_t *n,
			 struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT body FROM eval_trace WHERE result = $1 AND indicator = $2"
				 " AND part = $3",
				 YH_ID(result), YH_I(indicator), YH_I(part));

	*body = NULL;
	*n = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		const void *p = yh_col_bytes(rows, 0, n);

		*body = yh_arena_memdup(arena, p, *n);
		if (!*body)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	if (rc != YH_OK) {
		yh_rows_drop(&rows);
		return rc;
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_hand_set(struct yh_tx *tx, const struct yh_hand_row *h, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO eval_hand (evaluation, org, code, kind, known, num, den,"
		       " evidence, reference, scorer, case_id, made_at) VALUES ($1, $2, $3, $4, $5,"
		       " $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (evaluation, org, code) DO"
		       " UPDATE SET kind = excluded.kind, known = excluded.known, num ="
		       " excluded.num, den = excluded.den, evidence = excluded.evidence, reference"
		       " = excluded.reference, scorer = excluded.scorer, case_id ="
		       " excluded.case_id, made_at = excluded.made_at",
		       YH_ID(&h->evaluation), YH_ID(&h->org), YH_T(h->code), YH_T(h->kind),
		       YH_I(h->known), YH_I(h->num), YH_I(h->den), YH_T(h->evidence),
		       YH_T(h->reference), YH_ID(&h->scorer), YH_ID0(&h->case_id),
		       YH_I(h->made_at));
}

static bool read_hand(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_hand_row *h = out;

	*h = (struct yh_hand_row){
		.evaluation = yh_col_id(r, 0),
		.org = yh_col_id(r, 1),
		.known = yh_col_i64(r, 4) != 0,
		.num = yh_col_i64(r, 5),
		.den = yh_col_i64(r, 6),
		.scorer = yh_col_id(r, 9),
		.case_id = yh_col_id(r, 10),
		.made_at = yh_col_i64(r, 11),
	};
	YH_COL_COPY(r, 2, h->code);
	YH_COL_COPY(r, 3, h->kind);
	return yh_col_keep(r, a, 7, &h->evidence) && yh_col_keep(r, a, 8, &h->reference);
}

enum yh_rc yh_hand_list(struct yh_tx *tx, const struct yh_id *evaluation, struct yh_arena *arena,
			struct yh_hand_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT evaluation, org, code, kind, known, num, den, evidence,"
				 " reference, scorer, case_id, made_at FROM eval_hand WHERE"
				 " evaluation = $1 ORDER BY org, code",
				 YH_ID(evaluation));

	return rc == YH_OK ? yh_read_all(rows, arena, read_hand, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_results_delete(struct yh_tx *tx, const struct yh_id *evaluation, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"DELETE FROM eval_trace WHERE result IN (SELECT id FROM eval_result"
				" WHERE evaluation = $1)",
				YH_ID(evaluation));

	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "DELETE FROM eval_score WHERE result IN (SELECT id FROM eval_result"
			     " WHERE evaluation = $1)",
			     YH_ID(evaluation));
	return rc == YH_OK ? yh_exec(tx, err, "DELETE FROM eval_result WHERE evaluation = $1",
				     YH_ID(evaluation))
			   : rc;
}

enum yh_rc yh_result_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			  struct yh_result_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " RESULT_COLUMNS RESULT_FROM "WHERE r.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_result, out, "result-unknown", err) : rc;
}

enum yh_rc yh_result_of(struct yh_tx *tx, const struct yh_id *evaluation, const struct yh_id *org,
			struct yh_arena *arena, struct yh_result_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " RESULT_COLUMNS RESULT_FROM
				 "WHERE r.evaluation = $1 AND r.org = $2",
				 YH_ID(evaluation), YH_ID(org));

	return rc == YH_OK ? yh_read_one(rows, arena, read_result, out, "result-unknown", err) : rc;
}

enum yh_rc yh_result_by_no(struct yh_tx *tx, const char *no, struct yh_id *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc;

	if (yh_id_parse(no, out, NULL) == YH_OK)
		return YH_OK;
	rc = yh_query(tx, err, &rows, "SELECT id FROM eval_result WHERE no = $1", YH_T(no));
	return rc == YH_OK ? yh_read_id(rows, out, "result-unknown", err) : rc;
}

enum yh_rc yh_result_update(struct yh_tx *tx, struct yh_result_row *w, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"UPDATE eval_result SET withheld = $1, known_e2 = $2, score_e2 = $3, grade = $4,"
		" factor_e6 = $5, rectify = $6, case_id = $7, digest = $8, version = version + 1"
		" WHERE id = $9 AND version = $10",
		YH_I(w->withheld), YH_I(w->known_e2), YH_I(w->score_e2), YH_I(w->grade),
		YH_I(w->factor_e6), YH_I(w->rectify), YH_ID0(&w->case_id), DIGEST(&w->digest),
		YH_ID(&w->id), YH_I(w->version));

	w->version += changed;
	return rc == YH_OK && !changed ? yh_fail(err, YH_STALE, "result-changed") : rc;
}

enum yh_rc yh_score_update(struct yh_tx *tx, const struct yh_score_row *s, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE eval_score SET kind = $1, known = $2, num = $3, den = $4, score_e2 ="
		       " $5, evidence = $6, reference = $7, scorer = $8, case_id = $9, made_at ="
		       " $10 WHERE result = $11 AND indicator = $12",
		       YH_T(s->kind), YH_I(s->known), YH_I(s->num), YH_I(s->den), YH_I(s->score_e2),
		       YH_T(s->evidence), YH_T(s->reference), YH_ID0(&s->scorer),
		       YH_ID0(&s->case_id), YH_I(s->made_at), YH_ID(&s->result),
		       YH_I(s->indicator));
}

static bool read_score(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_score_row *s = out;

	*s = (struct yh_score_row){
		.result = yh_col_id(r, 0),
		.indicator = yh_col_i64(r, 1),
		.known = yh_col_i64(r, 4) != 0,
		.num = yh_col_i64(r, 5),
		.den = yh_col_i64(r, 6),
		.score_e2 = yh_col_i64(r, 7),
		.weight_e2 = yh_col_i64(r, 8),
		.facts = yh_col_i64(r, 9),
		.scorer = yh_col_id(r, 13),
		.case_id = yh_col_id(r, 14),
		.made_at = yh_col_i64(r, 15),
	};
	YH_COL_COPY(r, 2, s->code);
	YH_COL_COPY(r, 3, s->kind);
	YH_COL_FIXED(r, 10, s->digest.b);
	return yh_col_keep(r, a, 11, &s->evidence) && yh_col_keep(r, a, 12, &s->reference) &&
	       yh_col_keep(r, a, 16, &s->scorer_name);
}

enum yh_rc yh_score_list(struct yh_tx *tx, const struct yh_id *result, struct yh_arena *arena,
			 struct yh_score_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT s.result, s.indicator, s.code, s.kind, s.known, s.num, s.den, s.score_e2,"
		" s.weight_e2, s.facts, s.digest, s.evidence, s.reference, s.scorer, s.case_id,"
		" s.made_at, p.name FROM eval_score s LEFT JOIN person p ON p.id = s.scorer WHERE"
		" s.result = $1 ORDER BY s.indicator",
		YH_ID(result));

	return rc == YH_OK ? yh_read_all(rows, arena, read_score, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_result_list(struct yh_tx *tx, const struct yh_id *evaluation, struct yh_arena *arena,
			  struct yh_result_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " RESULT_COLUMNS RESULT_FROM "WHERE r.evaluation = $1 ORDER BY"
			 " r.no",
			 YH_ID(evaluation));

	return rc == YH_OK ? yh_read_all(rows, arena, read_result, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_scores_open(struct yh_tx *tx, const struct yh_id *evaluation, int64_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT count(*) FROM eval_score s JOIN eval_result r ON r.id ="
				 " s.result WHERE r.evaluation = $1 AND s.kind = 'open'",
				 YH_ID(evaluation));

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

enum yh_rc yh_results_in_case(struct yh_tx *tx, const struct yh_id *evaluation, int64_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT count(*) FROM case_file c JOIN eval_result r ON r.id ="
				 " c.subject WHERE r.evaluation = $1 AND c.ended_at IS NULL",
				 YH_ID(evaluation));

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

/* $3 any, $4 cloud, $5 district; $6: the facts, too. A draft is its bodies' alone. */
#define SEES_RESULT                                                                                \
	"($3 = 1 OR ($6 = 0 AND e.state = 'published') OR (e.state IN ('announced', 'published')"  \
	" AND r.org IN (SELECT org FROM mine)) OR ($4 = 1 AND e.cloud IN (SELECT b.cloud FROM"     \
	" cloud_body b JOIN mine m ON m.org = b.org AND m.role = b.role)) OR ($5 = 1 AND e.state"  \
	" IN ('announced', 'published') AND " YH_SQL_OF_DISTRICT "))"

enum yh_rc yh_result_page(struct yh_tx *tx, const struct yh_viewer *who,
			  const struct yh_result_filter *f, bool whole, struct yh_arena *arena,
			  struct yh_result_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT " RESULT_COLUMNS RESULT_FROM
			    "JOIN evaluation e ON e.id = r.evaluation WHERE " SEES_RESULT
			    " AND e.state <> 'reckoning' AND ($7 = 1 OR e.id = $8) AND ($9 = 1 OR"
			    " r.org = $10) AND ($11 = 1 OR r.id > $12) ORDER BY r.id LIMIT $13",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(whole), YH_I(yh_id_is_zero(&f->evaluation)),
		YH_ID(&f->evaluation), YH_I(yh_id_is_zero(&f->org)), YH_ID(&f->org),
		YH_I(yh_id_is_zero(&f->after)), YH_ID(&f->after), YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_result, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_result_seen(struct yh_tx *tx, const struct yh_viewer *who, const struct yh_id *id,
			  bool *seen, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT 1 FROM eval_result r JOIN org u ON u.id = r.org JOIN evaluation"
			    " e ON e.id = r.evaluation WHERE " SEES_RESULT " AND r.id = $7",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(1), YH_ID(id));

	return rc == YH_OK ? yh_read_any(rows, seen, err) : rc;
}
