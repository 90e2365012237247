/* Leases of resources with their history. */
#include "store/lease.h"

#include "store/columns.h"

#define LEASE_COLUMNS                                                                              \
	"l.id, l.resource, l.seq, l.extensions, l.first_day, l.last_day, l.case_id, l.made_at,"    \
	" l.told, l.lapse_told, l.hold_case, l.ended_at, l.ended_as"
enum { LEASE_COLUMN_COUNT = 13 };

static void take_lease(const struct yh_rows *r, int at, struct yh_lease_row *w)
{
	*w = (struct yh_lease_row){
		.id = yh_col_id(r, at),
		.resource = yh_col_id(r, at + 1),
		.seq = yh_col_i64(r, at + 2),
		.extensions = yh_col_i64(r, at + 3),
		.first = yh_col_day(r, at + 4),
		.last = yh_col_day(r, at + 5),
		.case_id = yh_col_id(r, at + 6),
		.made_at = yh_col_i64(r, at + 7),
		.told = yh_col_i64(r, at + 8),
		.lapse_told = yh_col_i64(r, at + 9) != 0,
		.hold_case = yh_col_id(r, at + 10),
		.ended_at = yh_col_i64(r, at + 11),
	};
	YH_COL_COPY(r, at + 12, w->ended_as);
}

static bool read_lease(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	take_lease(r, 0, out);
	return true;
}

/* Of two at one instant the later counts. */
static enum yh_rc begin_hold(struct yh_tx *tx, const struct yh_id *lease,
			     const struct yh_id *case_id, yh_time at, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO lease_held (lease, from_at, until_at, case_id) VALUES ($1, $2,"
		       " NULL, $3) ON CONFLICT (lease, from_at) DO UPDATE SET until_at = NULL,"
		       " case_id = excluded.case_id",
		       YH_ID(lease), YH_I(at), YH_ID(case_id));
}

static enum yh_rc end_hold(struct yh_tx *tx, const struct yh_id *lease, yh_time at,
			   struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE lease_held SET until_at = $1 WHERE lease = $2 AND until_at IS NULL",
		       YH_I(at), YH_ID(lease));
}

enum yh_rc yh_lease_insert(struct yh_tx *tx, const struct yh_lease_row *w, struct yh_err *err)
{
	enum yh_rc rc =
		yh_exec(tx, err,
			"INSERT INTO lease (id, resource, seq, extensions, first_day, last_day,"
			" case_id, made_at, told, lapse_told, hold_case, ended_at, ended_as)"
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, NULL, '')",
			YH_ID(&w->id), YH_ID(&w->resource), YH_I(w->seq), YH_I(w->extensions),
			YH_I(w->first), YH_I(w->last), YH_ID(&w->case_id), YH_I(w->made_at),
			YH_I(w->told), YH_I(w->lapse_told), YH_ID0(&w->hold_case));

	return rc == YH_OK && !yh_id_is_zero(&w->hold_case)
		       ? begin_hold(tx, &w->id, &w->hold_case, w->made_at, err)
		       : rc;
}

enum yh_rc yh_lease_live(struct yh_tx *tx, const struct yh_id *resource, bool *found,
			 struct yh_lease_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " LEASE_COLUMNS " FROM lease l WHERE l.resource = $1 AND"
				 " l.ended_at IS NULL",
				 YH_ID(resource));

	*found = false;
	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows);
	if (*found)
		take_lease(rows, 0, out);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_lease_history(struct yh_tx *tx, const struct yh_id *resource, struct yh_arena *arena,
			    struct yh_lease_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " LEASE_COLUMNS " FROM lease l WHERE l.resource = $1 ORDER"
				 " BY l.seq",
				 YH_ID(resource));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_lease, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_lease_end(struct yh_tx *tx, const struct yh_id *id, yh_time at, const char *ended_as,
			struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"UPDATE lease SET ended_at = $1, ended_as = $2, hold_case = NULL"
				" WHERE id = $3 AND ended_at IS NULL",
				YH_I(at), YH_T(ended_as), YH_ID(id));

	return rc == YH_OK ? end_hold(tx, id, at, err) : rc;
}

enum yh_rc yh_lease_told(struct yh_tx *tx, const struct yh_id *id, int64_t told, bool lapse_told,
			 struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE lease SET told = $1, lapse_told = $2 WHERE id = $3",
		       YH_I(told), YH_I(lapse_told), YH_ID(id));
}

enum yh_rc yh_lease_hold(struct yh_tx *tx, const struct yh_id *id, const struct yh_id *case_id,
			 yh_time at, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err, "UPDATE lease SET hold_case = $1 WHERE id = $2",
				YH_ID0(case_id), YH_ID(id));

	if (rc == YH_OK)
		rc = end_hold(tx, id, at, err);
	return rc == YH_OK && case_id ? begin_hold(tx, id, case_id, at, err) : rc;
}

static bool read_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

static enum yh_rc id_list(struct yh_rows *rows, struct yh_arena *arena, struct yh_id **out,
			  size_t *n, struct yh_err *err)
{
	void *list;
	enum yh_rc rc = yh_read_all(rows, arena, read_id, sizeof **out, &list, n, err);

	*out = list;
	return rc;
}

enum yh_rc yh_lease_held_by(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			    struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT resource FROM lease WHERE hold_case = $1 AND ended_at IS NULL"
			 " ORDER BY resource",
			 YH_ID(case_id));

	return rc == YH_OK ? id_list(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_lease_together(struct yh_tx *tx, const struct yh_id *case_id, yh_day last,
			     struct yh_arena *arena, struct yh_id **out, size_t *n,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT r.id FROM lease l JOIN resource r ON r.id = l.resource WHERE"
			 " l.last_day = $1 AND l.ended_at IS NULL AND r.case_id = $2 AND"
			 " r.state = 'running' ORDER BY r.no",
			 YH_I(last), YH_ID(case_id));

	return rc == YH_OK ? id_list(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_lease_endings(struct yh_tx *tx, const struct yh_id *resource, struct yh_arena *arena,
			    struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT c.id FROM case_resource x JOIN case_file c ON c.id ="
				 " x.case_id WHERE x.resource = $1 AND c.started_by = 'lease.ends'"
				 " AND c.ended_at IS NULL ORDER BY c.id",
				 YH_ID(resource));

	return rc == YH_OK ? id_list(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_lease_count(struct yh_tx *tx, const struct yh_id *cloud, const char *kind,
			  yh_day today, int64_t *n, int64_t *over, yh_day *next, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT COUNT(*), SUM(CASE WHEN l.last_day < $3 THEN 1 ELSE 0 END),"
			 " MIN(CASE WHEN l.last_day >= $3 THEN l.last_day END) FROM lease l"
			 " JOIN resource r ON r.id = l.resource WHERE l.ended_at IS NULL AND"
			 " r.cloud = $1 AND r.kind = $2",
			 YH_ID(cloud), YH_T(kind), YH_I(today));

	if (rc != YH_OK)
		return rc;
	*n = *over = 0;
	*next = YH_DAY_NONE;
	if (yh_rows_next(rows)) {
		*n = yh_col_i64(rows, 0);
		*over = yh_col_i64(rows, 1);
		*next = yh_col_day(rows, 2);
	}
	return yh_rows_end(rows, err);
}

static bool read_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	enum { LEASE = YH_RESOURCE_COLUMN_COUNT, REST = LEASE + LEASE_COLUMN_COUNT };
	struct yh_lease_line *l = out;

	take_lease(r, LEASE, &l->lease);
	return yh_read_resource(r, a, &l->resource) && yh_col_keep(r, a, REST, &l->project_code) &&
	       yh_col_keep(r, a, REST + 1, &l->unit_name) &&
	       yh_col_keep(r, a, REST + 2, &l->item_name) &&
	       yh_col_keep(r, a, REST + 3, &l->case_no) && yh_col_keep(r, a, REST + 4, &l->hold_no);
}

/* A resource that is over for good ends with the row that no later one follows. */
#define PICKED                                                                                     \
	"(($6 = 0 AND l.ended_at IS NULL) OR ($6 = 1 AND l.ended_as IN ('stopped', 'released',"    \
	" 'formal') AND l.ended_at >= $7)) "

enum yh_rc yh_lease_page(struct yh_tx *tx, const struct yh_viewer *who,
			 const struct yh_lease_filter *f, struct yh_arena *arena,
			 struct yh_lease_line **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT " YH_RESOURCE_COLUMNS ", " LEASE_COLUMNS
		", p.code, u.name, i.name, c.no, h.no FROM lease l JOIN resource r ON r.id ="
		" l.resource JOIN project p ON p.id = r.project JOIN org u ON u.id = p.unit JOIN"
		" item i ON i.id = r.item JOIN case_file c ON c.id = l.case_id LEFT JOIN case_file"
		" h ON h.id = l.hold_case WHERE " PICKED
		"AND (l.last_day > $8 OR (l.last_day = $8 AND r.no > $9)) AND l.last_day <= $10 AND"
		" ($11 = 1 OR r.id = $12) AND ($13 = 1 OR r.project = $14) AND ($15 = 1 OR"
		" r.unit = $16) AND ($17 = 1 OR r.cloud = $18) AND ($19 = '' OR r.kind = $19) "
		"AND " YH_SQL_SEES_PROJECT "ORDER BY l.last_day, r.no LIMIT $20",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(f->ended), YH_I(f->ended_since), YH_I(f->after_last),
		YH_T(f->after_no), YH_I(f->until == YH_DAY_NONE ? YH_DAY_MAX : f->until),
		YH_I(yh_id_is_zero(&f->resource)), YH_ID(&f->resource),
		YH_I(yh_id_is_zero(&f->project)), YH_ID(&f->project), YH_I(yh_id_is_zero(&f->unit)),
		YH_ID(&f->unit), YH_I(yh_id_is_zero(&f->cloud)), YH_ID(&f->cloud), YH_T(f->kind),
		YH_I(f->limit));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_line, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}
