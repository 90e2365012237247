/* What a person keeps for a page of the console. */
#include "store/view.h"

#include "store/read.h"

static bool read_view(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_view_row *v = out;

	v->changed_at = yh_col_i64(r, 2);
	return yh_col_keep(r, a, 0, &v->name) && yh_col_keep(r, a, 1, &v->value);
}

enum yh_rc yh_view_list(struct yh_tx *tx, const struct yh_id *person, const char *page,
			struct yh_arena *arena, struct yh_view_row **out, size_t *n,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT name, value, changed_at FROM person_view WHERE person = $1"
				 " AND page = $2 ORDER BY name",
				 YH_ID(person), YH_T(page));

	return rc == YH_OK ? yh_read_all(rows, arena, read_view, sizeof **out, out, n, err) : rc;
}

static enum yh_rc too_many(int64_t max, struct yh_err *err)
{
	(void)yh_fail(err, YH_TOO_LARGE, "views-many");
	yh_err_int(err, "max", max);
	return YH_TOO_LARGE;
}

/* One person writes at a time: two new ones at once must not both be the last that fits. */
static enum yh_rc check_room(struct yh_tx *tx, const struct yh_id *person, const char *page,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t of_page, of_person;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COUNT(*), COALESCE(SUM(CASE WHEN page = $2 THEN 1 ELSE 0"
				 " END), 0) FROM person_view WHERE person = $1",
				 YH_ID(person), YH_T(page));

	if (rc != YH_OK)
		return rc;
	(void)yh_rows_next(rows);
	of_person = yh_col_i64(rows, 0);
	of_page = yh_col_i64(rows, 1);
	rc = yh_rows_end(rows, err);
	if (rc == YH_OK && of_page >= YH_VIEWS_OF_PAGE)
		return too_many(YH_VIEWS_OF_PAGE, err);
	if (rc == YH_OK && of_person >= YH_VIEWS_OF_PERSON)
		return too_many(YH_VIEWS_OF_PERSON, err);
	return rc;
}

enum yh_rc yh_view_put(struct yh_tx *tx, const struct yh_id *person, const char *page,
		       const struct yh_view_row *row, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_db_lock(tx, person, 1, err);

	if (rc == YH_OK)
		rc = yh_exec_n(tx, err, &changed,
			       "UPDATE person_view SET value = $4, changed_at = $5 WHERE person ="
			       " $1 AND page = $2 AND name = $3",
			       YH_ID(person), YH_T(page), YH_T(row->name), YH_T(row->value),
			       YH_I(row->changed_at));
	if (rc == YH_OK && changed == 0)
		rc = check_room(tx, person, page, err);
	if (rc == YH_OK && changed == 0)
		rc = yh_exec(tx, err,
			     "INSERT INTO person_view (person, page, name, value, changed_at)"
			     " VALUES ($1, $2, $3, $4, $5)",
			     YH_ID(person), YH_T(page), YH_T(row->name), YH_T(row->value),
			     YH_I(row->changed_at));
	return rc;
}

enum yh_rc yh_view_delete(struct yh_tx *tx, const struct yh_id *person, const char *page,
			  const char *name, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "DELETE FROM person_view WHERE person = $1 AND page = $2 AND name"
				  " = $3",
				  YH_ID(person), YH_T(page), YH_T(name));

	return rc == YH_OK && n == 0 ? yh_fail(err, YH_NOT_FOUND, "view-unknown") : rc;
}
