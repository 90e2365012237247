/* Organisations, clouds and the bodies of clouds. */
#include "store/party.h"

#include "store/columns.h"
#include "store/mark.h"
#include "store/read.h"

#define ORG_COLUMNS                                                                                \
	"id, code, name, kind, district, sponsor, outside, in_budget, chain, countersign, "        \
	"status, created_at, version, sector, paper_prefix"

static bool read_org(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_org_row *o = out;

	*o = (struct yh_org_row){ .id = yh_col_id(r, 0),
				  .name = yh_arena_strdup(a, yh_col_text(r, 2)),
				  .sponsor = yh_col_id(r, 5),
				  .outside = yh_col_i64(r, 6) != 0,
				  .in_budget = yh_col_i64(r, 7) != 0,
				  .countersign = yh_col_id(r, 9),
				  .created_at = yh_col_i64(r, 11),
				  .version = yh_col_i64(r, 12) };
	YH_COL_COPY(r, 1, o->code);
	YH_COL_COPY(r, 3, o->kind);
	YH_COL_COPY(r, 4, o->district);
	YH_COL_COPY(r, 8, o->chain);
	YH_COL_COPY(r, 10, o->status);
	YH_COL_COPY(r, 13, o->sector);
	YH_COL_COPY(r, 14, o->paper_prefix);
	return o->name != NULL;
}

enum yh_rc yh_org_insert(struct yh_tx *tx, const struct yh_org_row *o, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO org (" ORG_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
		       " $9, $10, $11, $12, $13, $14, $15)",
		       YH_ID(&o->id), YH_T(o->code), YH_T(o->name), YH_T(o->kind),
		       YH_T(o->district), YH_ID0(&o->sponsor), YH_I(o->outside), YH_I(o->in_budget),
		       YH_T(o->chain), YH_ID0(&o->countersign), YH_T(o->status),
		       YH_I(o->created_at), YH_I(o->version), YH_T(o->sector),
		       YH_T(o->paper_prefix));
}

enum yh_rc yh_org_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
		       struct yh_org_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " ORG_COLUMNS " FROM org WHERE id = $1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_org, out, "org-unknown", err) : rc;
}

enum yh_rc yh_org_by_code(struct yh_tx *tx, const char *code, struct yh_arena *arena,
			  struct yh_org_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " ORG_COLUMNS " FROM org WHERE code = $1",
				 YH_T(code));

	return rc == YH_OK ? yh_read_one(rows, arena, read_org, out, "org-unknown", err) : rc;
}

enum yh_rc yh_org_update(struct yh_tx *tx, struct yh_org_row *o, struct yh_err *err)
{
	enum yh_rc rc;

	o->version++;
	rc = yh_exec(tx, err,
		     "UPDATE org SET name = $1, sponsor = $2, in_budget = $3, chain = $4,"
		     " countersign = $5, status = $6, version = $7, sector = $8, paper_prefix"
		     " = $9 WHERE id = $10",
		     YH_T(o->name), YH_ID0(&o->sponsor), YH_I(o->in_budget), YH_T(o->chain),
		     YH_ID0(&o->countersign), YH_T(o->status), YH_I(o->version), YH_T(o->sector),
		     YH_T(o->paper_prefix), YH_ID(&o->id));
	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

#define ORGS                                                                                       \
	"SELECT " ORG_COLUMNS                                                                      \
	" FROM org WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR status = $2)"                      \
	" AND ($3 = '' OR lower(code) LIKE $3 ESCAPE '!' OR lower(name) LIKE $3 ESCAPE '!') AND "

enum yh_rc yh_org_list(struct yh_tx *tx, const struct yh_org_filter *f, struct yh_arena *arena,
		       struct yh_org_row **out, size_t *n, struct yh_err *err)
{
	static const char *const texts[2][2] = {
		YH_SQL_BY_KEY(ORGS, "code", "$4", "$5"),
		YH_SQL_BY_OTHER(ORGS, "org", "name", "q.name", "code", "q.code", "$4", "$5"),
	};
	const struct yh_arg args[] = { YH_T(f->kind), YH_T(f->status), YH_T(f->text),
				       YH_T(f->after), YH_I(f->limit) };
	struct yh_rows *rows;
	enum yh_rc rc = yh_db_query(tx, err, &rows, texts[f->by_name][f->descending], args,
				    sizeof args / sizeof args[0]);

	return rc == YH_OK ? yh_read_all(rows, arena, read_org, sizeof **out, out, n, err) : rc;
}

#define CLOUD_COLUMNS "id, code, name, level, district, parent, created_at"

static bool read_cloud(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_cloud_row *c = out;

	*c = (struct yh_cloud_row){ .id = yh_col_id(r, 0),
				    .name = yh_arena_strdup(a, yh_col_text(r, 2)),
				    .parent = yh_col_id(r, 5),
				    .created_at = yh_col_i64(r, 6) };
	YH_COL_COPY(r, 1, c->code);
	YH_COL_COPY(r, 3, c->level);
	YH_COL_COPY(r, 4, c->district);
	return c->name != NULL;
}

enum yh_rc yh_cloud_insert(struct yh_tx *tx, const struct yh_cloud_row *c, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO cloud (" CLOUD_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7)",
		       YH_ID(&c->id), YH_T(c->code), YH_T(c->name), YH_T(c->level),
		       YH_T(c->district), YH_ID0(&c->parent), YH_I(c->created_at));
}

enum yh_rc yh_cloud_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			 struct yh_cloud_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " CLOUD_COLUMNS " FROM cloud WHERE id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_cloud, out, "cloud-unknown", err) : rc;
}

enum yh_rc yh_cloud_by_code(struct yh_tx *tx, const char *code, struct yh_arena *arena,
			    struct yh_cloud_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " CLOUD_COLUMNS " FROM cloud WHERE code = $1", YH_T(code));

	return rc == YH_OK ? yh_read_one(rows, arena, read_cloud, out, "cloud-unknown", err) : rc;
}

enum yh_rc yh_cloud_of_district(struct yh_tx *tx, const char *district, struct yh_arena *arena,
				struct yh_cloud_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " CLOUD_COLUMNS " FROM cloud WHERE district = $1 AND"
				 " level <> 'domain'",
				 YH_T(district));

	return rc == YH_OK ? yh_read_one(rows, arena, read_cloud, out, "cloud-unknown", err) : rc;
}

enum yh_rc yh_cloud_list(struct yh_tx *tx, struct yh_arena *arena, struct yh_cloud_row **out,
			 size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " CLOUD_COLUMNS " FROM cloud ORDER BY code LIMIT 1000");

	return rc == YH_OK ? yh_read_all(rows, arena, read_cloud, sizeof **out, out, n, err) : rc;
}

/* A cloud has one holder of a role, except that several providers may serve it. */
enum yh_rc yh_cloud_set_body(struct yh_tx *tx, const struct yh_id *cloud, const char *role,
			     const struct yh_id *org, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"DELETE FROM cloud_body WHERE cloud = $1 AND role = $2 AND (role <>"
				" 'provider' OR org = $3)",
				YH_ID(cloud), YH_T(role), YH_ID(org));

	return rc == YH_OK
		       ? yh_exec(tx, err,
				 "INSERT INTO cloud_body (cloud, role, org) VALUES ($1, $2, $3)",
				 YH_ID(cloud), YH_T(role), YH_ID(org))
		       : rc;
}

enum yh_rc yh_cloud_body(struct yh_tx *tx, const struct yh_id *cloud, const char *role,
			 struct yh_id *org, struct yh_err *err)
{
	struct yh_rows *rows;
	int found = 0;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT org FROM cloud_body WHERE cloud = $1 AND role = $2 ORDER"
				 " BY org LIMIT 2",
				 YH_ID(cloud), YH_T(role));

	if (rc != YH_OK)
		return rc;
	for (; yh_rows_next(rows); found++)
		*org = yh_col_id(rows, 0);
	rc = yh_rows_end(rows, err);
	if (rc != YH_OK || found == 1)
		return rc;
	rc = found ? yh_fail(err, YH_CONFLICT, "party-several")
		   : yh_fail(err, YH_NOT_FOUND, "party-none");
	yh_err_text(err, "role", role);
	return rc;
}

enum yh_rc yh_cloud_has_body(struct yh_tx *tx, const struct yh_id *cloud, const char *role,
			     const struct yh_id *org, bool *has, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM cloud_body WHERE cloud = $1 AND role = $2 AND org ="
				 " $3",
				 YH_ID(cloud), YH_T(role), YH_ID(org));

	*has = false;
	return rc == YH_OK ? yh_read_any(rows, has, err) : rc;
}

static bool read_unit(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_cloud_units(struct yh_tx *tx, const struct yh_id *cloud, struct yh_arena *arena,
			  struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT DISTINCT unit FROM resource WHERE cloud = $1 AND state ="
				 " 'running' ORDER BY unit LIMIT $2",
				 YH_ID(cloud), YH_I(YH_CLOUD_UNITS));

	return rc == YH_OK ? yh_read_all(rows, arena, read_unit, sizeof **out, out, n, err) : rc;
}

static bool read_code(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	*(const char **)out = yh_arena_strdup(a, yh_col_text(r, 0));
	return *(const char **)out != NULL;
}

enum yh_rc yh_cloud_bodies(struct yh_tx *tx, const struct yh_id *cloud, const char *role,
			   struct yh_arena *arena, const char ***out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT o.code FROM cloud_body b JOIN org o ON o.id = b.org WHERE"
				 " b.cloud = $1 AND b.role = $2 ORDER BY o.code",
				 YH_ID(cloud), YH_T(role));

	return rc == YH_OK ? yh_read_all(rows, arena, read_code, sizeof **out, out, n, err) : rc;
}
