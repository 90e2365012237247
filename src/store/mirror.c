/* Rows that the other side of a link owns. */
#include "store/mirror.h"

#include <string.h>

#include "store/allocation.h"
#include "store/read.h"

enum yh_rc yh_mirror_org(struct yh_tx *tx, const struct yh_org_row *o, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc =
		yh_exec_n(tx, err, &changed,
			  "UPDATE org SET name = $1, sector = $2, outside = $3, in_budget ="
			  " $4, status = $5, district = $6, version = version + 1 WHERE id ="
			  " $7",
			  YH_T(o->name), YH_T(o->sector), YH_I(o->outside), YH_I(o->in_budget),
			  YH_T(o->status), YH_T(o->district), YH_ID(&o->id));

	return rc == YH_OK && changed == 0 ? yh_org_insert(tx, o, err) : rc;
}

enum yh_rc yh_mirror_project(struct yh_tx *tx, const struct yh_project_row *p, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE project SET unit = $1, name = $2, state = $3, version ="
				  " version + 1 WHERE id = $4",
				  YH_ID(&p->unit), YH_T(p->name), YH_T(p->state), YH_ID(&p->id));

	return rc == YH_OK && changed == 0 ? yh_project_insert(tx, p, err) : rc;
}

enum yh_rc yh_mirror_system(struct yh_tx *tx, const struct yh_system_row *s, struct yh_err *err)
{
	enum yh_rc rc = yh_system_put(tx, s, err);

	return rc == YH_OK ? yh_exec(tx, err,
				     "UPDATE info_system SET supply_stopped_at = $1, supply_case ="
				     " $2 WHERE project = $3 AND code = $4",
				     s->supply_stopped_at ? YH_I(s->supply_stopped_at) : YH_NUL,
				     YH_ID0(&s->supply_case), YH_ID(&s->project), YH_T(s->code))
			   : rc;
}

enum yh_rc yh_mirror_edition(struct yh_tx *tx, const struct yh_edition_row *e, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE edition SET title = $1, state = $2, effective_day = $3,"
				  " digest = $4, version = version + 1 WHERE id = $5",
				  YH_T(e->title), YH_T(e->state), YH_DAY0(e->effective_day),
				  YH_B(e->digest.b, sizeof e->digest.b), YH_ID(&e->id));

	return rc == YH_OK && changed == 0 ? yh_edition_insert(tx, e, err) : rc;
}

enum yh_rc yh_mirror_quota(struct yh_tx *tx, const struct yh_id *project,
			   const struct yh_quota_row *rows, size_t n, struct yh_err *err)
{
	enum yh_rc rc =
		yh_exec(tx, err, "DELETE FROM quota_line WHERE project = $1", YH_ID(project));

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_quota_insert(tx, &rows[i], err);
	return rc;
}

/* ---- resources ---- */

static struct yh_arg time_or_null(yh_time t)
{
	return t ? YH_I(t) : YH_NUL;
}

static enum yh_rc move_resource(struct yh_tx *tx, const struct yh_resource_row *r, bool *there,
				struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(
		tx, err, &changed,
		"UPDATE resource SET unit = $1, project = $2, info_system = $3, kind = $4, state ="
		" $5, name = $6, item = $7, provider = $8, provider_ref = $9, lease_last = $10,"
		" opened_at = $11, formal_at = $12, stopped_at = $13, destroyed_at = $14,"
		" former_kind = $15, case_id = $16, version = version + 1 WHERE id = $17",
		YH_ID(&r->unit), YH_ID(&r->project), YH_ID0(&r->info_system), YH_T(r->kind),
		YH_T(r->state), YH_T(r->name), YH_ID(&r->item), YH_ID0(&r->provider),
		YH_T(r->provider_ref), YH_DAY0(r->lease_last), time_or_null(r->opened_at),
		time_or_null(r->formal_at), time_or_null(r->stopped_at),
		time_or_null(r->destroyed_at), YH_T(r->former_kind), YH_ID(&r->case_id),
		YH_ID(&r->id));

	*there = changed != 0;
	return rc;
}

static bool same_size(const struct yh_size_row *a, const struct yh_size_row *b)
{
	return a->from_at == b->from_at && a->to_at == b->to_at && a->qty_milli == b->qty_milli &&
	       yh_id_eq(&a->item, &b->item);
}

/* Adds an interval to the sums of its resource's project, or takes it off them. */
static enum yh_rc keep(struct yh_tx *tx, const struct yh_size_row *z, int sign, struct yh_err *err)
{
	enum yh_rc rc = yh_alloc_keep_interval(tx, z, z->from_at, sign, err);

	if (rc == YH_OK && z->to_at)
		rc = yh_alloc_keep_interval(tx, z, z->to_at, -sign, err);
	return rc;
}

static enum yh_rc drop_sizes(struct yh_tx *tx, const struct yh_size_row *old, size_t n,
			     struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		rc = keep(tx, &old[i], -1, err);
		if (rc == YH_OK)
			rc = yh_exec(tx, err,
				     "DELETE FROM resource_size WHERE resource = $1 AND from_at ="
				     " $2",
				     YH_ID(&old[i].resource), YH_I(old[i].from_at));
	}
	return rc;
}

static enum yh_rc add_sizes(struct yh_tx *tx, const struct yh_size_row *sizes, size_t n,
			    struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_size_row *z = &sizes[i];

		rc = yh_exec(tx, err,
			     "INSERT INTO resource_size (resource, from_at, to_at, item, qty_milli,"
			     " case_id) VALUES ($1, $2, $3, $4, $5, $6)",
			     YH_ID(&z->resource), YH_I(z->from_at), time_or_null(z->to_at),
			     YH_ID(&z->item), YH_I(z->qty_milli), YH_ID(&z->case_id));
		if (rc == YH_OK)
			rc = keep(tx, z, 1, err);
	}
	return rc;
}

/* What stays of the history is left alone: most documents add to its end. */
enum yh_rc yh_mirror_resource(struct yh_tx *tx, const struct yh_resource_row *r,
			      const struct yh_size_row *sizes, size_t n, struct yh_arena *arena,
			      struct yh_err *err)
{
	struct yh_resource_row before;
	struct yh_err none = { 0 };
	struct yh_size_row *old = NULL;
	size_t n_old = 0, same = 0;
	bool there = false;
	enum yh_rc rc = yh_resource_load(tx, &r->id, arena, &before, &none);

	if (rc == YH_NOT_FOUND) {
		rc = yh_resource_insert(tx, r, err);
		return rc == YH_OK ? add_sizes(tx, sizes, n, err) : rc;
	}
	if (rc != YH_OK)
		*err = none;
	else
		rc = yh_size_list(tx, &r->id, arena, &old, &n_old, err);
	while (rc == YH_OK && yh_id_eq(&before.project, &r->project) && same < n && same < n_old &&
	       same_size(&old[same], &sizes[same]))
		same++;
	if (rc == YH_OK && same < n_old)
		rc = drop_sizes(tx, old + same, n_old - same, err);
	if (rc == YH_OK)
		rc = move_resource(tx, r, &there, err);
	return rc == YH_OK && same < n ? add_sizes(tx, sizes + same, n - same, err) : rc;
}

/* ---- records ---- */

enum yh_rc yh_mirror_case(struct yh_tx *tx, const struct yh_case_row *c, struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_id id;
	enum yh_rc rc = yh_case_id_by_no(tx, c->no, &id, &none);

	if (rc == YH_NOT_FOUND) {
		rc = yh_case_insert(tx, c, err);
		return rc == YH_OK ? yh_exec(tx, err,
					     "UPDATE case_file SET ended_at = $1 WHERE id = $2",
					     YH_I(c->ended_at), YH_ID(&c->id))
				   : rc;
	}
	if (rc != YH_OK)
		*err = none;
	return rc;
}

static bool is_text(const struct yh_rows *r, int col, const char *text)
{
	return strcmp(yh_col_text(r, col), text ? text : "") == 0;
}

/* Version and what is told of it, of the row that is read. */
static bool is_as_told(const struct yh_rows *r, const struct yh_ledger_row *row)
{
	return is_text(r, 1, row->title) && is_text(r, 2, row->state) &&
	       (yh_col_i64(r, 3) != 0) == row->final && yh_col_day(r, 4) == row->from &&
	       yh_col_day(r, 5) == row->until && is_text(r, 6, row->content) &&
	       is_text(r, 7, row->figures) && is_text(r, 8, row->lines);
}

enum yh_rc yh_mirror_record(struct yh_tx *tx, const struct yh_ledger_row *row,
			    const struct yh_ledger_value *values, size_t n, struct yh_err *err)
{
	struct yh_rows *rows;
	struct yh_ledger_row next = *row;
	bool there = false, same = false;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT version, title, state, final, from_day, until_day,"
				 " content, figures, lines FROM ledger WHERE id = $1",
				 YH_ID(&row->id));

	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		there = true;
		next.version = yh_col_i64(rows, 0);
		same = is_as_told(rows, row);
	}
	rc = yh_rows_end(rows, err);
	if (rc == YH_OK && !same)
		rc = there ? yh_ledger_update(tx, &next, "amended", &row->case_id, values, n, err)
			   : yh_ledger_insert(tx, row, values, n, err);
	return rc;
}
