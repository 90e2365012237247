/* Catalogue editions. */
#include "store/catalogue.h"

#include <string.h>

#include "store/read.h"

#define EDITION_COLUMNS                                                                            \
	"e.id, e.cloud, e.number, e.title, e.state, e.derived_from, e.effective_day, e.digest, "   \
	"e.case_id, e.created_at, e.version"

static bool read_edition(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_edition_row *e = out;

	*e = (struct yh_edition_row){
		.id = yh_col_id(r, 0),
		.cloud = yh_col_id(r, 1),
		.number = yh_col_i64(r, 2),
		.title = yh_arena_strdup(a, yh_col_text(r, 3)),
		.derived_from = yh_col_id(r, 5),
		.effective_day = yh_col_day(r, 6),
		.case_id = yh_col_id(r, 8),
		.created_at = yh_col_i64(r, 9),
		.version = yh_col_i64(r, 10),
	};
	YH_COL_COPY(r, 4, e->state);
	YH_COL_FIXED(r, 7, e->digest.b);
	return e->title != NULL;
}

static struct yh_arg digest_or_null(const struct yh_sm3 *d)
{
	static const struct yh_sm3 none;

	return memcmp(d, &none, sizeof none) == 0 ? YH_NUL : YH_B(d->b, sizeof d->b);
}

enum yh_rc yh_edition_insert(struct yh_tx *tx, const struct yh_edition_row *e, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO edition (id, cloud, number, title, state, derived_from,"
		       " effective_day, digest, case_id, created_at, version)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)",
		       YH_ID(&e->id), YH_ID(&e->cloud), YH_I(e->number), YH_T(e->title),
		       YH_T(e->state), YH_ID0(&e->derived_from), YH_DAY0(e->effective_day),
		       digest_or_null(&e->digest), YH_ID0(&e->case_id), YH_I(e->created_at));
}

enum yh_rc yh_edition_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			   struct yh_edition_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " EDITION_COLUMNS " FROM edition e WHERE e.id = $1", YH_ID(id));

	if (rc != YH_OK)
		return rc;
	return yh_read_one(rows, arena, read_edition, out, "edition-unknown", err);
}

enum yh_rc yh_edition_update(struct yh_tx *tx, struct yh_edition_row *e, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE edition SET title = $1, state = $2, effective_day = $3,"
				  " digest = $4, case_id = $5, version = version + 1"
				  " WHERE id = $6 AND version = $7",
				  YH_T(e->title), YH_T(e->state), YH_DAY0(e->effective_day),
				  digest_or_null(&e->digest), YH_ID0(&e->case_id), YH_ID(&e->id),
				  YH_I(e->version));

	if (rc != YH_OK)
		return rc;
	if (changed == 0)
		return yh_fail(err, YH_STALE, "edition-changed");
	e->version++;
	return YH_OK;
}

enum yh_rc yh_edition_on(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
			 struct yh_arena *arena, struct yh_edition_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " EDITION_COLUMNS " FROM edition e WHERE e.cloud = $1 AND"
				 " e.state = 'published' AND e.effective_day <= $2"
				 " ORDER BY e.effective_day DESC, e.number DESC LIMIT 1",
				 YH_ID(cloud), YH_I(day));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_one(rows, arena, read_edition, out, "edition-none", err);
	if (rc == YH_NOT_FOUND)
		yh_err_day(err, "day", day);
	return rc;
}

/* Of two from the same day only the later one comes into force. */
enum yh_rc yh_edition_dropping(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
			       const char *code, struct yh_arena *arena, struct yh_edition_row *out,
			       bool *found, struct yh_err *err)
{
	struct yh_rows *rows;
	bool ok = true;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " EDITION_COLUMNS " FROM edition e WHERE e.cloud = $1 AND e.state ="
		" 'published' AND NOT EXISTS (SELECT 1 FROM edition f WHERE f.cloud = $1 AND"
		" f.state = 'published' AND ((f.effective_day = e.effective_day AND f.number >"
		" e.number) OR (f.effective_day > e.effective_day AND f.effective_day <= $2))) AND"
		" NOT EXISTS (SELECT 1 FROM item i WHERE i.edition = e.id AND i.code = $3)"
		" ORDER BY e.effective_day LIMIT 1",
		YH_ID(cloud), YH_I(day), YH_T(code));

	*found = false;
	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows);
	if (*found)
		ok = read_edition(rows, arena, out);
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_edition_list(struct yh_tx *tx, const struct yh_id *cloud, bool published,
			   const char *pattern, int64_t below, uint32_t limit,
			   struct yh_arena *arena, struct yh_edition_row **out, size_t *n,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " EDITION_COLUMNS " FROM edition e WHERE e.cloud = $1 AND"
			 " ($2 = 0 OR e.number < $2) AND ($3 = 0 OR e.state = 'published')"
			 " AND ($5 = '' OR LOWER(e.title) LIKE $5 ESCAPE '!')"
			 " ORDER BY e.number DESC LIMIT $4",
			 YH_ID(cloud), YH_I(below), YH_I(published), YH_I(limit), YH_T(pattern));

	return rc == YH_OK ? yh_read_all(rows, arena, read_edition, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_edition_next_number(struct yh_tx *tx, const struct yh_id *cloud, int64_t *out,
				  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT coalesce(max(number), 0) + 1 FROM edition WHERE cloud ="
				 " $1",
				 YH_ID(cloud));

	*out = 0;
	return rc == YH_OK ? yh_read_i64(rows, out, err) : rc;
}
