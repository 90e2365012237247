/* Experience with catalogue items. */
#include "store/experience.h"

#include <string.h>

#include "store/columns.h"

/* The quarter's first day. */
static yh_day quarter_of(yh_day day)
{
	struct yh_date d = yh_date_of(day);

	return yh_day_from_date((struct yh_date){ d.year, (d.month - 1) / 3 * 3 + 1, 1 });
}

static bool read_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_experience_line *l = out;

	*l = (struct yh_experience_line){
		.trusted = yh_col_i64(r, 4) != 0,
		.resources = yh_col_i64(r, 5),
		.hours_milli = yh_col_i64(r, 6),
		.before_milli = yh_col_i64(r, 7),
		.ratings = yh_col_i64(r, 8),
		.rating_sum = yh_col_i64(r, 9),
		.findings = yh_col_i64(r, 10),
		.observations = yh_col_i64(r, 11),
	};
	return yh_col_keep(r, a, 0, &l->code) && yh_col_keep(r, a, 1, &l->name) &&
	       yh_col_keep(r, a, 2, &l->category) && yh_col_keep(r, a, 3, &l->measure);
}

/* Seconds of an interval within [from, to), times its quantity, as hours. */
#define HOURS(from, to)                                                                            \
	"sum(CASE WHEN z.from_at < " to " AND COALESCE(z.to_at, $5) > " from                       \
	" THEN z.qty_milli * (((CASE WHEN COALESCE(z.to_at, $5) < " to                             \
	" THEN COALESCE(z.to_at, $5) ELSE " to " END) - (CASE WHEN z.from_at > " from              \
	" THEN z.from_at ELSE " from " END)) / 1000000) / 3600 ELSE 0 END)"

#define HOURS_WITHIN HOURS("$2", "$3")
#define HOURS_BEFORE HOURS("$4", "$2")

/* What ran of each item. */
#define USED                                                                                       \
	"used AS (SELECT i.code AS code, count(DISTINCT CASE WHEN z.from_at < $3 AND"              \
	" COALESCE(z.to_at, $5) > $2 THEN z.resource END) AS resources, " HOURS_WITHIN             \
	" AS hours, " HOURS_BEFORE " AS earlier FROM resource r JOIN resource_size z ON"           \
	" z.resource = r.id JOIN item i ON i.id = z.item WHERE r.cloud = $1 AND z.from_at < $3"    \
	" AND COALESCE(z.to_at, $5) > $4 GROUP BY i.code)"

#define RATED                                                                                      \
	"rated AS (SELECT code, count(*) AS ratings, sum(score) AS total FROM item_rating WHERE"   \
	" cloud = $1 AND quarter >= $6 AND quarter <= $7 GROUP BY code)"

#define FOUND                                                                                      \
	"found AS (SELECT i.code AS code, count(DISTINCT f.id) AS findings FROM finding f JOIN"    \
	" finding_resource x ON x.finding = f.id JOIN resource r ON r.id = x.resource JOIN item i" \
	" ON i.id = r.item WHERE f.cloud = $1 AND f.found_at >= $2 AND f.found_at < $3 AND"        \
	" f.found_at <= $5 AND f.state <> 'dismissed' GROUP BY i.code)"

#define SEEN                                                                                       \
	"seen AS (SELECT i.code AS code, count(*) AS observations FROM observation o JOIN"         \
	" resource r ON r.id = o.resource JOIN item i ON i.id = r.item WHERE r.cloud = $1 AND"     \
	" o.from_at >= $2 AND o.from_at < $3 AND o.noticed_at <= $5 GROUP BY i.code)"

/* Each item as the edition has it that was in force on the last day; one that was not in it any
 * more, as the last that had it. A draft says nothing. */
#define E_SERVES "e.cloud = $1 AND e.state = 'published' AND e.effective_day <= $8"
#define F_SERVES "f.cloud = $1 AND f.state = 'published' AND f.effective_day <= $8"
#define TOLD                                                                                       \
	"told AS (SELECT i.code AS code, i.name AS name, i.category AS category, i.measure AS"     \
	" measure, i.trusted AS trusted FROM item i JOIN edition e ON e.id = i.edition"            \
	" WHERE " E_SERVES " AND NOT EXISTS (SELECT 1 FROM item j JOIN edition f ON f.id ="        \
	" j.edition WHERE j.code = i.code AND " F_SERVES " AND (f.effective_day >"                 \
	" e.effective_day OR (f.effective_day = e.effective_day AND f.number > e.number))))"

#define LINES                                                                                      \
	"WITH " USED ", " RATED ", " FOUND ", " SEEN ", " TOLD                                     \
	", codes AS (SELECT code FROM used UNION SELECT code FROM rated) SELECT c.code, d.name,"   \
	" d.category, d.measure, d.trusted, COALESCE(u.resources, 0), COALESCE(u.hours, 0),"       \
	" COALESCE(u.earlier, 0), COALESCE(t.ratings, 0), COALESCE(t.total, 0),"                   \
	" COALESCE(f.findings, 0), COALESCE(s.observations, 0) FROM codes c JOIN told d ON"        \
	" d.code = c.code LEFT JOIN used u ON u.code = c.code LEFT JOIN rated t ON t.code ="       \
	" c.code LEFT JOIN found f ON f.code = c.code LEFT JOIN seen s ON s.code = c.code"         \
	" ORDER BY c.code"

enum yh_rc yh_experience_lines(struct yh_tx *tx, const struct yh_experience_ask *ask,
			       struct yh_arena *arena, struct yh_experience_line **out, size_t *n,
			       struct yh_err *err)
{
	yh_time from = yh_day_start(ask->first), to = yh_day_start(ask->last + 1);
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc =
		yh_query(tx, err, &rows, LINES, YH_ID(&ask->cloud), YH_I(from), YH_I(to),
			 YH_I(from - (to - from)), YH_I(ask->as_of), YH_I(quarter_of(ask->first)),
			 YH_I(quarter_of(ask->last)), YH_I(ask->last));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_line, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_rating_set(struct yh_tx *tx, const struct yh_rating_row *r, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO item_rating (unit, cloud, code, quarter, score, comment,"
		       " person, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT"
		       " (cloud, code, quarter, unit) DO UPDATE SET score = excluded.score, comment"
		       " = excluded.comment, person = excluded.person, made_at = excluded.made_at",
		       YH_ID(&r->unit), YH_ID(&r->cloud), YH_T(r->code), YH_I(r->quarter),
		       YH_I(r->score), YH_T(r->comment), YH_ID(&r->person), YH_I(r->made_at));
}

enum yh_rc yh_item_used(struct yh_tx *tx, const struct yh_id *cloud, const struct yh_id *unit,
			const char *code, yh_day first, yh_day last, bool *used, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT 1 FROM resource r JOIN resource_size z ON z.resource = r.id JOIN item i ON"
		" i.id = z.item WHERE r.unit = $1 AND r.cloud = $2 AND i.code = $3 AND z.from_at <"
		" $4 AND (z.to_at IS NULL OR z.to_at > $5) LIMIT 1",
		YH_ID(unit), YH_ID(cloud), YH_T(code), YH_I(yh_day_start(last + 1)),
		YH_I(yh_day_start(first)));

	return rc == YH_OK ? yh_read_any(rows, used, err) : rc;
}

static bool read_rating(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_rating_row *w = out;

	*w = (struct yh_rating_row){
		.unit = yh_col_id(r, 0),
		.cloud = yh_col_id(r, 1),
		.quarter = yh_col_day(r, 3),
		.score = yh_col_i64(r, 4),
		.person = yh_col_id(r, 6),
		.made_at = yh_col_i64(r, 7),
	};
	YH_COL_COPY(r, 2, w->code);
	return yh_col_keep(r, a, 5, &w->comment) && yh_col_keep(r, a, 8, &w->unit_code) &&
	       yh_col_keep(r, a, 9, &w->unit_name);
}

enum yh_rc yh_rating_list(struct yh_tx *tx, const struct yh_id *cloud, const char *code,
			  const struct yh_id *unit, uint32_t limit, struct yh_arena *arena,
			  struct yh_rating_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT t.unit, t.cloud, t.code, t.quarter, t.score, t.comment, t.person,"
		" t.made_at, u.code, u.name FROM item_rating t JOIN org u ON u.id = t.unit WHERE"
		" t.cloud = $1 AND t.code = $2 AND ($3 = 1 OR t.unit = $4) ORDER BY t.quarter"
		" DESC, u.code LIMIT $5",
		YH_ID(cloud), YH_T(code), YH_I(yh_id_is_zero(unit)), YH_ID(unit), YH_I(limit));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_rating, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_experience_insert(struct yh_tx *tx, const struct yh_experience_row *x,
				struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO experience (id, no, cloud, first_day, last_day, body, digest,"
		       " made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		       YH_ID(&x->id), YH_T(x->no), YH_ID(&x->cloud), YH_I(x->first_day),
		       YH_I(x->last_day), YH_T(x->body), YH_B(x->digest.b, sizeof x->digest.b),
		       YH_ID(&x->made_by), YH_I(x->made_at));
}

static bool read_experience(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_experience_row *x = out;
	size_t n;
	const void *digest = yh_col_bytes(r, 6, &n);

	*x = (struct yh_experience_row){
		.id = yh_col_id(r, 0),
		.cloud = yh_col_id(r, 2),
		.first_day = yh_col_day(r, 3),
		.last_day = yh_col_day(r, 4),
		.made_by = yh_col_id(r, 7),
		.made_at = yh_col_i64(r, 8),
	};
	if (n == sizeof x->digest.b)
		memcpy(x->digest.b, digest, n);
	YH_COL_COPY(r, 1, x->no);
	return yh_col_keep(r, a, 5, &x->body);
}

enum yh_rc yh_experience_load(struct yh_tx *tx, const char *no, struct yh_arena *arena,
			      struct yh_experience_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, no, cloud, first_day, last_day, body, digest, made_by,"
				 " made_at FROM experience WHERE no = $1",
				 YH_T(no));

	return rc == YH_OK
		       ? yh_read_one(rows, arena, read_experience, out, "experience-unknown", err)
		       : rc;
}
