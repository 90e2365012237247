/* Projects and the information systems in them. */
#include "store/project.h"

#include "store/columns.h"

bool yh_read_project(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_project_row *p = out;

	*p = (struct yh_project_row){
		.id = yh_col_id(r, 0),
		.unit = yh_col_id(r, 2),
		.cloud = yh_col_id(r, 3),
		.name = yh_arena_strdup(a, yh_col_text(r, 4)),
		.created_at = yh_col_i64(r, 6),
		.version = yh_col_i64(r, 7),
	};
	YH_COL_COPY(r, 1, p->code);
	YH_COL_COPY(r, 5, p->state);
	return p->name != NULL;
}

enum yh_rc yh_project_insert(struct yh_tx *tx, const struct yh_project_row *row, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO project (id, code, unit, cloud, name, state, created_at,"
		       " version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1)",
		       YH_ID(&row->id), YH_T(row->code), YH_ID(&row->unit), YH_ID(&row->cloud),
		       YH_T(row->name), YH_T(row->state), YH_I(row->created_at));
}

enum yh_rc yh_project_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			   struct yh_project_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " YH_PROJECT_COLUMNS " FROM project p WHERE p.id = $1", YH_ID(id));

	if (rc != YH_OK)
		return rc;
	return yh_read_one(rows, arena, yh_read_project, out, "project-unknown", err);
}

enum yh_rc yh_project_by_code(struct yh_tx *tx, const char *code, struct yh_arena *arena,
			      struct yh_project_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " YH_PROJECT_COLUMNS " FROM project p WHERE p.code = $1",
				 YH_T(code));

	if (rc != YH_OK)
		return rc;
	return yh_read_one(rows, arena, yh_read_project, out, "project-unknown", err);
}

enum yh_rc yh_project_of_unit(struct yh_tx *tx, const struct yh_id *unit, const char *own,
			      struct yh_arena *arena, struct yh_project_row *out,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " YH_PROJECT_COLUMNS " FROM org o JOIN project p ON p.code ="
			 " o.code || '.' || $2 WHERE o.id = $1",
			 YH_ID(unit), YH_T(own));

	if (rc != YH_OK)
		return rc;
	return yh_read_one(rows, arena, yh_read_project, out, "project-unknown", err);
}

enum yh_rc yh_project_set_state(struct yh_tx *tx, const struct yh_id *id, const char *state,
				struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE project SET state = $1, version = version + 1"
				  " WHERE id = $2",
				  YH_T(state), YH_ID(id));

	return rc == YH_OK && changed == 0 ? yh_fail(err, YH_NOT_FOUND, "project-unknown") : rc;
}

#define SYSTEM_COLUMNS                                                                             \
	"s.id, s.project, s.code, s.name, s.mlps_level, s.classified, s.case_id, s.created_at, "   \
	"s.supply_stopped_at, s.supply_case"

static bool read_system(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_system_row *s = out;

	*s = (struct yh_system_row){
		.id = yh_col_id(r, 0),
		.project = yh_col_id(r, 1),
		.name = yh_arena_strdup(a, yh_col_text(r, 3)),
		.mlps_level = yh_col_i64(r, 4),
		.classified = yh_col_i64(r, 5) != 0,
		.case_id = yh_col_id(r, 6),
		.created_at = yh_col_i64(r, 7),
		.supply_stopped_at = yh_col_i64(r, 8),
		.supply_case = yh_col_id(r, 9),
	};
	YH_COL_COPY(r, 2, s->code);
	return s->name != NULL;
}

enum yh_rc yh_system_put(struct yh_tx *tx, const struct yh_system_row *row, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO info_system (id, project, code, name, mlps_level, classified,"
		       " case_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
		       " ON CONFLICT (project, code) DO UPDATE SET name = excluded.name,"
		       " mlps_level = excluded.mlps_level",
		       YH_ID(&row->id), YH_ID(&row->project), YH_T(row->code), YH_T(row->name),
		       YH_I(row->mlps_level), YH_I(row->classified), YH_ID(&row->case_id),
		       YH_I(row->created_at));
}

enum yh_rc yh_system_list(struct yh_tx *tx, const struct yh_id *project, struct yh_arena *arena,
			  struct yh_system_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " SYSTEM_COLUMNS " FROM info_system s WHERE s.project = $1"
				 " ORDER BY s.code",
				 YH_ID(project));

	return rc == YH_OK ? yh_read_all(rows, arena, read_system, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_system_by_code(struct yh_tx *tx, const struct yh_id *project, const char *code,
			     struct yh_arena *arena, struct yh_system_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " SYSTEM_COLUMNS " FROM info_system s WHERE s.project = $1"
				 " AND s.code = $2",
				 YH_ID(project), YH_T(code));

	if (rc != YH_OK)
		return rc;
	return yh_read_one(rows, arena, read_system, out, "system-unknown", err);
}

enum yh_rc yh_system_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			  struct yh_system_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " SYSTEM_COLUMNS " FROM info_system s WHERE s.id = $1", YH_ID(id));

	if (rc != YH_OK)
		return rc;
	return yh_read_one(rows, arena, read_system, out, "system-unknown", err);
}

enum yh_rc yh_system_stop_supply(struct yh_tx *tx, const struct yh_id *id,
				 const struct yh_id *case_id, yh_time at, bool *fresh,
				 struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE info_system SET supply_stopped_at = $1, supply_case = $2"
				  " WHERE id = $3 AND supply_stopped_at IS NULL",
				  YH_I(at), YH_ID(case_id), YH_ID(id));

	*fresh = rc == YH_OK && changed > 0;
	return rc;
}

enum yh_rc yh_system_restore_supply(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE info_system SET supply_stopped_at = NULL, supply_case = NULL WHERE"
		       " id = $1",
		       YH_ID(id));
}
