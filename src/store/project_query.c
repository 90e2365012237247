/* Lists over projects and resources. */
#include "store/project_query.h"

#include "store/columns.h"

/* $3 any, $4 cloud, $5 district; over `project p` and its unit `u`. */
#define VISIBLE                                                                                    \
	"($3 = 1 OR p.unit IN (SELECT org FROM mine) OR u.sponsor IN (SELECT org FROM mine WHERE"  \
	" role = 'sponsor') OR ($4 = 1 AND p.cloud IN (SELECT b.cloud FROM cloud_body b JOIN mine" \
	" m ON m.org = b.org AND m.role = b.role)) OR ($5 = 1 AND " YH_SQL_OF_DISTRICT ") OR"      \
	" EXISTS (SELECT 1 FROM case_file c JOIN case_step z ON z.case_id = c.id JOIN mine m ON"   \
	" m.org = z.org AND m.role = z.role WHERE c.project = p.id)) "

static bool keep(const struct yh_rows *r, struct yh_arena *a, int col, const char **out)
{
	*out = yh_arena_strdup(a, yh_col_text(r, col));
	return *out != NULL;
}

static bool read_project_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	enum { REST = YH_PROJECT_COLUMN_COUNT };
	struct yh_project_line *l = out;

	return yh_read_project(r, a, &l->row) && keep(r, a, REST, &l->unit_code) &&
	       keep(r, a, REST + 1, &l->unit_name) && keep(r, a, REST + 2, &l->cloud_code);
}

enum yh_rc yh_project_page(struct yh_tx *tx, const struct yh_viewer *who,
			   const struct yh_project_filter *f, struct yh_arena *arena,
			   struct yh_project_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " YH_PROJECT_COLUMNS ", u.code, u.name, k.code FROM project p JOIN org u ON"
		" u.id = p.unit JOIN cloud k ON k.id = p.cloud WHERE p.code > $6 AND ($7 = 1 OR"
		" p.id = $8) AND ($9 = 1 OR p.unit = $10) AND ($11 = 1 OR p.cloud = $12) AND"
		" ($13 = '' OR p.state = $13) AND " VISIBLE "ORDER BY p.code LIMIT $14",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_T(f->after), YH_I(yh_id_is_zero(&f->id)), YH_ID(&f->id),
		YH_I(yh_id_is_zero(&f->unit)), YH_ID(&f->unit), YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud), YH_T(f->state), YH_I(f->limit));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_project_line, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

static bool read_resource_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	enum { REST = YH_RESOURCE_COLUMN_COUNT };
	struct yh_resource_line *l = out;

	l->qty_milli = yh_col_i64(r, REST + 6);
	return yh_read_resource(r, a, &l->row) && keep(r, a, REST, &l->project_code) &&
	       keep(r, a, REST + 1, &l->unit_name) && keep(r, a, REST + 2, &l->system_code) &&
	       keep(r, a, REST + 3, &l->item_code) && keep(r, a, REST + 4, &l->item_name) &&
	       keep(r, a, REST + 5, &l->measure);
}

enum yh_rc yh_resource_page(struct yh_tx *tx, const struct yh_viewer *who,
			    const struct yh_resource_filter *f, struct yh_arena *arena,
			    struct yh_resource_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " YH_RESOURCE_COLUMNS ", p.code, u.name, s.code, i.code, i.name, i.measure,"
		" w.qty_milli FROM resource r JOIN project p ON p.id = r.project JOIN org u ON"
		" u.id = p.unit JOIN item i ON i.id = r.item LEFT JOIN info_system s ON"
		" s.id = r.info_system LEFT JOIN resource_size w ON w.resource = r.id AND"
		" w.to_at IS NULL WHERE r.no > $6 AND ($7 = 1 OR r.id = $8) AND ($9 = 1 OR"
		" r.project = $10) AND ($11 = 1 OR r.unit = $12) AND ($13 = 1 OR r.cloud = $14) AND"
		" ($15 = '' OR r.state = $15) AND ($16 = '' OR r.kind = $16) AND " VISIBLE
		"ORDER BY r.no LIMIT $17",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_T(f->after), YH_I(yh_id_is_zero(&f->id)), YH_ID(&f->id),
		YH_I(yh_id_is_zero(&f->project)), YH_ID(&f->project), YH_I(yh_id_is_zero(&f->unit)),
		YH_ID(&f->unit), YH_I(yh_id_is_zero(&f->cloud)), YH_ID(&f->cloud), YH_T(f->state),
		YH_T(f->kind), YH_I(f->limit));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_resource_line, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_resource_id_by_no(struct yh_tx *tx, const char *no, struct yh_id *out,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT id FROM resource WHERE no = $1", YH_T(no));

	return rc == YH_OK ? yh_read_id(rows, out, "resource-unknown", err) : rc;
}
