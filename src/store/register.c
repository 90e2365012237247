/* What the meter asks of the register of resources. */
#include "store/register.h"

#include "store/read.h"

static bool read_owner(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_resource_owner_row *o = out;

	(void)a;
	*o = (struct yh_resource_owner_row){
		.id = yh_col_id(r, 0),
		.unit = yh_col_id(r, 1),
		.cloud = yh_col_id(r, 2),
		.provider = yh_col_id(r, 3),
	};
	YH_COL_COPY(r, 4, o->state);
	return true;
}

enum yh_rc yh_resource_owner(struct yh_tx *tx, const char *no, struct yh_resource_owner_row *out,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, unit, cloud, provider, state FROM resource WHERE"
				 " no = $1",
				 YH_T(no));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_owner, out, "resource-unknown", err) : rc;
}

static enum yh_rc read_number(struct yh_rows *rows, int64_t *out, struct yh_err *err)
{
	*out = yh_rows_next(rows) ? yh_col_i64(rows, 0) : 0;
	return yh_rows_end(rows, err);
}

enum yh_rc yh_event_head(struct yh_tx *tx, int64_t *pos, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT pos FROM event WHERE pos IS NOT NULL ORDER BY pos DESC"
				 " LIMIT 1");

	return rc == YH_OK ? read_number(rows, pos, err) : rc;
}

enum yh_rc yh_followed_load(struct yh_tx *tx, const char *name, int64_t *pos, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT value FROM counter WHERE name = $1", YH_T(name));

	return rc == YH_OK ? read_number(rows, pos, err) : rc;
}

enum yh_rc yh_followed_save(struct yh_tx *tx, const char *name, int64_t pos, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO counter (name, value) VALUES ($1, $2) ON CONFLICT (name)"
		       " DO UPDATE SET value = excluded.value",
		       YH_T(name), YH_I(pos));
}

struct change {
	int64_t pos;
	const char *no; /* NULL: about something else */
};

static bool read_change(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct change *c = out;

	c->pos = yh_col_i64(r, 0);
	c->no = yh_col_null(r, 1) ? NULL : yh_arena_strdup(a, yh_col_text(r, 1));
	return yh_col_null(r, 1) || c->no;
}

enum yh_rc yh_resource_changes(struct yh_tx *tx, int64_t after, uint32_t limit,
			       struct yh_arena *arena, const char ***out, size_t *n, int64_t *pos,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	struct change *list;
	void *all;
	size_t n_all;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT e.pos, r.no FROM event e LEFT JOIN resource r ON"
				 " e.object_kind = 'resource' AND r.id = e.object_id WHERE"
				 " e.pos > $1 ORDER BY e.pos LIMIT $2",
				 YH_I(after), YH_I(limit));

	*n = 0;
	*pos = after;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_change, sizeof *list, &all, &n_all, err);
	if (rc != YH_OK || n_all == 0)
		return rc;
	list = all;
	*pos = list[n_all - 1].pos;
	*out = YH_NEW_N(arena, const char *, n_all);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n_all; i++)
		if (list[i].no)
			(*out)[(*n)++] = list[i].no;
	return YH_OK;
}

static bool read_no(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	*(const char **)out = yh_arena_strdup(a, yh_col_text(r, 0));
	return *(const char **)out != NULL;
}

enum yh_rc yh_unit_resources(struct yh_tx *tx, const struct yh_id *unit, const struct yh_id *cloud,
			     uint32_t limit, struct yh_arena *arena, const char ***out, size_t *n,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT no FROM resource WHERE unit = $1 AND ($2 = 1 OR cloud ="
			 " $3) ORDER BY no LIMIT $4",
			 YH_ID(unit), YH_I(yh_id_is_zero(cloud)), YH_ID(cloud), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_no, sizeof **out, out, n, err) : rc;
}
