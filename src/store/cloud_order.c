/* Orders, as they are written; and when clouds last answered. */
#include "store/cloud_order.h"

#include "store/read.h"

enum yh_rc yh_cloud_order_insert(struct yh_tx *tx, const struct yh_cloud_order_row *o,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO cloud_order (id, cloud, case_id, step, resource, org, act,"
		       " state, dims, before, snapshot, steps_done, at_step, ref, refused,"
		       " attempts, slug, figures, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7,"
		       " $8, $9, $10, $11, 0, '', '', 0, 0, $13, $14, $12)",
		       YH_ID(&o->id), YH_ID(&o->cloud), YH_ID(&o->case_id), YH_ID0(&o->step),
		       YH_ID(&o->resource), YH_ID(&o->org), YH_T(o->act), YH_T(o->state),
		       YH_T(o->dims), YH_T(o->before), YH_I(o->snapshot), YH_I(o->created_at),
		       YH_T(o->slug ? o->slug : ""), YH_T(o->figures ? o->figures : ""));
}

static struct yh_arg time_or_null(yh_time t)
{
	return t ? YH_I(t) : YH_NUL;
}

enum yh_rc yh_cloud_order_update(struct yh_tx *tx, const struct yh_cloud_order_row *o,
				 struct yh_err *err)
{
	return yh_exec(
		tx, err,
		"UPDATE cloud_order SET state = $2, steps_done = $3, at_step = $4, ref = $5,"
		" refused = $6, attempts = $7, slug = $8, figures = $9, failed_at = $10,"
		" begun_at = $11, ended_at = $12, booked = CASE WHEN step IS NOT NULL THEN"
		" booked WHEN $2 IN ('done', 'undone') THEN 1 END, before = $13 WHERE id = $1",
		YH_ID(&o->id), YH_T(o->state), YH_I(o->steps_done), YH_T(o->at_step), YH_T(o->ref),
		YH_I(o->refused), YH_I(o->attempts), YH_T(o->slug), YH_T(o->figures),
		time_or_null(o->failed_at), time_or_null(o->begun_at), time_or_null(o->ended_at),
		YH_T(o->before));
}

enum yh_rc yh_cloud_order_booked(struct yh_tx *tx, const struct yh_id *step, bool booked,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE cloud_order SET booked = $2 WHERE step = $1 AND booked IS NULL",
		       YH_ID(step), YH_I(booked));
}

enum yh_rc yh_cloud_order_drop(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE cloud_order SET booked = 0 WHERE id = $1", YH_ID(id));
}

static bool read_ref(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

enum yh_rc yh_cloud_order_made(struct yh_tx *tx, const struct yh_id *case_id,
			       const struct yh_id *resource, struct yh_arena *arena,
			       const char **ref, struct yh_err *err)
{
	const char **found;
	struct yh_rows *rows;
	size_t n;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT ref FROM cloud_order WHERE resource = $1 AND case_id = $2"
				 " AND act = 'open' AND state = 'done' AND ref <> ''",
				 YH_ID(resource), YH_ID(case_id));

	*ref = NULL;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_ref, sizeof *found, &found, &n, err);
	if (rc == YH_OK && n)
		*ref = found[0];
	return rc;
}

enum yh_rc yh_cloud_order_hold(struct yh_tx *tx, const struct yh_id *group,
			       const struct yh_id *holder, yh_time now, yh_time until, bool mine,
			       bool *held, yh_time *other, struct yh_err *err)
{
	struct yh_rows *rows;
	bool lost = false;
	enum yh_rc rc = yh_db_lock(tx, group, 1, err);

	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT COALESCE(MAX(CASE WHEN holder <> $2 AND held_until > $3 THEN"
			      " held_until END), 0), COALESCE(MAX(CASE WHEN holder = $2 THEN 0 ELSE"
			      " 1 END), 0) FROM cloud_order WHERE step = $1 OR (id = $1 AND step IS"
			      " NULL)",
			      YH_ID(group), YH_ID(holder), YH_I(now));
	if (rc == YH_OK) {
		if (yh_rows_next(rows)) {
			*other = yh_col_i64(rows, 0);
			lost = mine && yh_col_i64(rows, 1) != 0;
		}
		rc = yh_rows_end(rows, err);
	}
	*held = rc == YH_OK && *other == 0 && !lost;
	if (rc == YH_OK && lost && *other == 0)
		*other = now;
	if (!*held)
		return rc;
	return yh_exec(tx, err,
		       "UPDATE cloud_order SET holder = $2, held_until = $3 WHERE step = $1 OR (id"
		       " = $1 AND step IS NULL)",
		       YH_ID(group), until ? YH_ID(holder) : YH_NUL, time_or_null(until));
}

struct before {
	const char *case_no, *resource_no;
};

static bool read_before(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct before *b = out;

	return yh_col_keep(r, a, 0, &b->case_no) && yh_col_keep(r, a, 1, &b->resource_no);
}

enum yh_rc yh_cloud_order_before(struct yh_tx *tx, const struct yh_id *group,
				 struct yh_arena *arena, const char **case_no,
				 const char **resource_no, struct yh_err *err)
{
	struct before *found;
	struct yh_rows *rows;
	size_t n;
	/* one that waits is of a step that was begun */
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT c.no, r.no FROM cloud_order m JOIN cloud_order p ON p.resource ="
		" m.resource JOIN case_file c ON c.id = p.case_id JOIN resource r ON r.id ="
		" p.resource WHERE (m.step = $1 OR (m.id = $1 AND m.step IS NULL)) AND"
		" COALESCE(p.step, p.id) <> $1 AND (p.state IN ('doing', 'undoing') OR (p.booked"
		" IS NULL AND p.state IN ('waiting', 'done') AND EXISTS (SELECT 1 FROM cloud_order"
		" q WHERE q.step = p.step AND q.state IN ('doing', 'undoing', 'done')))) LIMIT 1",
		YH_ID(group));

	*case_no = *resource_no = NULL;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_before, sizeof *found, &found, &n, err);
	if (rc == YH_OK && n) {
		*case_no = found[0].case_no;
		*resource_no = found[0].resource_no;
	}
	return rc;
}

enum yh_rc yh_cloud_order_wanted(struct yh_tx *tx, const struct yh_id *group, int64_t dropped,
				 bool *wanted, struct yh_err *err)
{
	struct yh_rows *rows;
	bool over;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM case_step z JOIN case_file c ON c.id = z.case_id"
				 " WHERE z.id = $1 AND (z.closed_at IS NOT NULL OR c.state <>"
				 " 'open' OR ($2 >= 0 AND $2 <> (SELECT COUNT(*) FROM cloud_order o"
				 " WHERE o.step = z.id AND o.booked IS NOT NULL)))",
				 YH_ID(group), YH_I(dropped));

	if (rc == YH_OK)
		rc = yh_read_any(rows, &over, err);
	*wanted = rc == YH_OK && !over;
	return rc;
}

enum yh_rc yh_cloud_contact_put(struct yh_tx *tx, const struct yh_cloud_contact_row *c,
				struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO cloud_contact (cloud, tried_at, contact_at, slug, figures)"
		       " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (cloud) DO UPDATE SET tried_at ="
		       " excluded.tried_at, contact_at = COALESCE(excluded.contact_at,"
		       " cloud_contact.contact_at), slug = excluded.slug, figures ="
		       " excluded.figures",
		       YH_ID(&c->cloud), YH_I(c->tried_at), time_or_null(c->contact_at),
		       YH_T(c->slug), YH_T(c->figures));
}

static bool read_contact(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_cloud_contact_row *c = out;

	c->tried_at = yh_col_i64(r, 0);
	c->contact_at = yh_col_i64(r, 1);
	return yh_col_keep(r, a, 2, &c->slug) && yh_col_keep(r, a, 3, &c->figures);
}

enum yh_rc yh_cloud_contact_load(struct yh_tx *tx, const struct yh_id *cloud,
				 struct yh_arena *arena, struct yh_cloud_contact_row *out,
				 struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT tried_at, contact_at, slug, figures FROM cloud_contact"
				 " WHERE cloud = $1",
				 YH_ID(cloud));

	*out = (struct yh_cloud_contact_row){ .cloud = *cloud, .slug = "", .figures = "" };
	if (rc == YH_OK)
		rc = yh_read_one(rows, arena, read_contact, out, "cloud-contact-none", &none);
	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK && err && err->rc == YH_OK)
		*err = none;
	return rc;
}

enum yh_rc yh_cloud_order_count(struct yh_tx *tx, const struct yh_id *cloud,
				struct yh_cloud_order_counts *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT COALESCE(SUM(CASE WHEN state = 'left' THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN state = 'doing' THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN state = 'undoing' THEN 1 ELSE 0 END), 0),"
		" COALESCE(SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END), 0) FROM cloud_order"
		" WHERE cloud = $1 AND state IN ('left', 'waiting', 'doing', 'undoing',"
		" 'refused')",
		YH_ID(cloud));

	*out = (struct yh_cloud_order_counts){ 0 };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*out = (struct yh_cloud_order_counts){ yh_col_i64(rows, 0), yh_col_i64(rows, 1),
						       yh_col_i64(rows, 2), yh_col_i64(rows, 3),
						       yh_col_i64(rows, 4) };
	return yh_rows_end(rows, err);
}
