/* Facts for evaluations. */
#include "store/eval_facts.h"

#include <string.h>

#include "store/read.h"

static yh_time from_at(const struct yh_facts_ask *ask)
{
	return yh_day_start(ask->first);
}

static yh_time to_at(const struct yh_facts_ask *ask)
{
	return yh_day_start(ask->last + 1);
}

/* Whose a thing was at the instant $1, and what its project was called: what moves says it of now,
 * and what it left stands beside (store/move.h). */
#define OF_RESOURCE(owner)                                                                         \
	"COALESCE((SELECT t." owner " FROM tenure t WHERE t.resource = r.id AND t.until_at > $1"   \
	" ORDER BY t.until_at LIMIT 1), r." owner ")"
#define OF_PROJECT(what)                                                                           \
	"COALESCE((SELECT x." what " FROM project_past x WHERE x.project = p.id AND x.until_at >"  \
	" $1 ORDER BY x.until_at LIMIT 1), p." what ")"
#define RESOURCE_UNIT OF_RESOURCE("unit")
#define RESOURCE_PROVIDER OF_RESOURCE("provider")
#define PROJECT_UNIT OF_PROJECT("unit")
#define PROJECT_CODE OF_PROJECT("code")

static enum yh_rc all(struct yh_rows *rows, struct yh_arena *arena, yh_read_fn read, size_t size,
		      void *out, size_t *n, struct yh_err *err)
{
	void *list = NULL;
	enum yh_rc rc = yh_read_all(rows, arena, read, size, &list, n, err);

	memcpy(out, &list, sizeof list); /* a pointer to some kind of rows */
	return rc;
}

static bool read_evaluated(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_evaluated *e = out;

	e->org = yh_col_id(r, 0);
	return yh_col_keep(r, a, 1, &e->code) && yh_col_keep(r, a, 2, &e->name);
}

enum yh_rc yh_evaluated_units(struct yh_tx *tx, const struct yh_facts_ask *ask,
			      struct yh_arena *arena, struct yh_evaluated **out, size_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT o.id, o.code, o.name FROM org o WHERE o.status = 'active'"
				 " AND o.id IN (SELECT p.unit FROM project p WHERE p.cloud = $1 AND"
				 " p.created_at < $2) ORDER BY o.code",
				 YH_ID(&ask->cloud), YH_I(to_at(ask)));

	return rc == YH_OK ? all(rows, arena, read_evaluated, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_evaluated_providers(struct yh_tx *tx, const struct yh_facts_ask *ask,
				  struct yh_arena *arena, struct yh_evaluated **out, size_t *n,
				  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT o.id, o.code, o.name FROM org o WHERE o.status = 'active' AND (o.id IN"
		" (SELECT b.org FROM cloud_body b WHERE b.cloud = $1 AND b.role = 'provider') OR"
		" o.id IN (SELECT r.provider FROM resource r WHERE r.cloud = $1 AND r.opened_at <"
		" $2 AND (r.stopped_at IS NULL OR r.stopped_at >= $3))) ORDER BY o.code",
		YH_ID(&ask->cloud), YH_I(to_at(ask)), YH_I(from_at(ask)));

	return rc == YH_OK ? all(rows, arena, read_evaluated, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_evaluated_projects(struct yh_tx *tx, const struct yh_id *unit,
				 const struct yh_id *cloud, struct yh_arena *arena,
				 struct yh_evaluated **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT p.id, p.code, p.name FROM project p WHERE p.unit = $1 AND"
				 " p.cloud = $2 ORDER BY p.code",
				 YH_ID(unit), YH_ID(cloud));

	return rc == YH_OK ? all(rows, arena, read_evaluated, sizeof **out, out, n, err) : rc;
}

static bool read_duty(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_duty_fact *d = out;
	size_t n;
	const void *pack = yh_col_bytes(r, 2, &n);

	*d = (struct yh_duty_fact){
		.org = yh_col_id(r, 0),
		.id = yh_col_id(r, 1),
		.due = yh_col_day(r, 6),
		.closed_at = yh_col_i64(r, 7),
		.until = yh_col_null(r, 8) ? yh_day_start(yh_col_day(r, 6) + 1) - 1
					   : yh_col_i64(r, 8),
	};
	if (n == sizeof d->pack.b)
		memcpy(d->pack.b, pack, n);
	YH_COL_COPY(r, 4, d->procedure);
	YH_COL_COPY(r, 5, d->step);
	return yh_col_keep(r, a, 3, &d->case_no);
}

/* Steps that were due in [$2, $3] as it stood at $1: those that nothing changed since, and what was
 * kept of the others. */
#define DUE_AS_OF                                                                                  \
	"SELECT n.id, n.org, n.due_day FROM case_step n WHERE n.kind = 'fulfil' AND NOT EXISTS"    \
	" (SELECT 1 FROM case_step_past h WHERE h.step = n.id AND h.until_at > $1) AND n.due_day"  \
	" >= $2 AND n.due_day <= $3 UNION ALL SELECT h.step, h.org, h.due_day FROM case_step_past" \
	" h WHERE h.until_at > $1 AND h.due_day >= $2 AND h.due_day <= $3 AND NOT EXISTS (SELECT"  \
	" 1 FROM case_step_past e WHERE e.step = h.step AND e.until_at > $1 AND e.until_at <"      \
	" h.until_at)"

/* What was closed without an answer by somebody (moot, withdrawn) is nobody's merit or fault; a
 * machine answers by its orders, which the books have. */
enum yh_rc yh_facts_duties(struct yh_tx *tx, const struct yh_facts_ask *ask, const char *role,
			   struct yh_arena *arena, struct yh_duty_fact **out, size_t *n,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT q.org, s.id, c.pack, c.no, c.procedure_name, s.step, q.due_day, CASE WHEN"
		" s.closed_at <= $1 THEN s.closed_at END, s.due_at FROM (" DUE_AS_OF ") q JOIN"
		" case_step s ON s.id = q.id JOIN case_file c ON c.id = s.case_id WHERE s.kind ="
		" 'fulfil' AND s.role = $4 AND c.cloud = $5 AND s.opened_at <= $1 AND (s.closed_at"
		" IS NULL OR s.closed_at > $1 OR s.closed_by IS NOT NULL OR EXISTS (SELECT 1 FROM"
		" cloud_order o WHERE o.step = s.id AND o.booked = 1)) ORDER BY q.org, q.due_day,"
		" c.no, s.id",
		YH_I(ask->as_of), YH_I(ask->first), YH_I(ask->last), YH_T(role),
		YH_ID(&ask->cloud));

	return rc == YH_OK ? all(rows, arena, read_duty, sizeof **out, out, n, err) : rc;
}

static bool read_finding(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_finding_fact *f = out;

	*f = (struct yh_finding_fact){
		.unit = yh_col_id(r, 0),
		.found_at = yh_col_i64(r, 4),
		.ended_at = yh_col_i64(r, 5),
		.forced = yh_col_i64(r, 6) != 0,
	};
	YH_COL_COPY(r, 3, f->state);
	return yh_col_keep(r, a, 1, &f->no) && yh_col_keep(r, a, 2, &f->advice);
}

/* With its project, if it was open then. */
#define FINDING_UNIT                                                                               \
	"COALESCE((SELECT x.unit FROM project_past x WHERE x.project = f.project AND x.until_at >" \
	" $1 AND (f.ended_at IS NULL OR f.ended_at > x.until_at) ORDER BY x.until_at LIMIT 1),"    \
	" f.unit)"

enum yh_rc yh_facts_findings(struct yh_tx *tx, const struct yh_facts_ask *ask,
			     struct yh_arena *arena, struct yh_finding_fact **out, size_t *n,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " FINDING_UNIT ", f.no, f.advice, CASE WHEN f.ended_at > $1 THEN 'open'"
		" ELSE f.state END, f.found_at, CASE WHEN f.ended_at <= $1 THEN f.ended_at END,"
		" CASE WHEN f.case_id IS NOT NULL AND EXISTS (SELECT 1 FROM event v WHERE"
		" v.case_id = f.case_id AND v.kind = 'supply.stopped' AND v.at <= $1) THEN 1 ELSE"
		" 0 END FROM finding f WHERE f.cloud = $2 AND f.found_at >= $3 AND f.found_at < $4"
		" AND f.found_at <= $1 ORDER BY 1, f.no",
		YH_I(ask->as_of), YH_ID(&ask->cloud), YH_I(from_at(ask)), YH_I(to_at(ask)));

	return rc == YH_OK ? all(rows, arena, read_finding, sizeof **out, out, n, err) : rc;
}

static bool read_lease(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_lease_fact *l = out;

	*l = (struct yh_lease_fact){
		.unit = yh_col_id(r, 0),
		.last = yh_col_day(r, 2),
		.ended_at = yh_col_i64(r, 3),
		.held = yh_col_i64(r, 4) != 0,
	};
	return yh_col_keep(r, a, 1, &l->resource_no);
}

/* Rows that an extension or a correction took over from are history by then. */
enum yh_rc yh_facts_leases(struct yh_tx *tx, const struct yh_facts_ask *ask, struct yh_arena *arena,
			   struct yh_lease_fact **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " RESOURCE_UNIT ", r.no, l.last_day, CASE WHEN l.ended_at <= $1 THEN"
		" l.ended_at END, CASE WHEN EXISTS (SELECT 1 FROM lease_held h WHERE h.lease ="
		" l.id AND h.from_at <= $1 AND (h.until_at IS NULL OR h.until_at > $1)) THEN 1"
		" ELSE 0 END FROM lease l JOIN resource r ON r.id = l.resource WHERE r.cloud = $2"
		" AND l.last_day >= $3 AND l.last_day <= $4 AND l.made_at <= $1 AND (l.ended_at IS"
		" NULL OR l.ended_at > $1 OR l.ended_as NOT IN ('extended', 'corrected')) ORDER BY"
		" 1, l.last_day, r.no",
		YH_I(ask->as_of), YH_ID(&ask->cloud), YH_I(ask->first), YH_I(ask->last));

	return rc == YH_OK ? all(rows, arena, read_lease, sizeof **out, out, n, err) : rc;
}

static bool read_order(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_order_fact *o = out;

	o->org = yh_col_id(r, 0);
	o->at = yh_col_i64(r, 2);
	return yh_col_keep(r, a, 1, &o->number);
}

enum yh_rc yh_facts_orders(struct yh_tx *tx, const struct yh_facts_ask *ask, struct yh_arena *arena,
			   struct yh_order_fact **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT v.org, v.outcome, v.at FROM event v JOIN case_file c ON c.id ="
		" v.case_id WHERE v.kind = 'order.issued' AND v.at >= $1 AND v.at < $2 AND"
		" v.at <= $3 AND c.cloud = $4 ORDER BY v.org, v.at, v.outcome",
		YH_I(from_at(ask)), YH_I(to_at(ask)), YH_I(ask->as_of), YH_ID(&ask->cloud));

	return rc == YH_OK ? all(rows, arena, read_order, sizeof **out, out, n, err) : rc;
}

static bool read_held(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_held_fact *h = out;

	*h = (struct yh_held_fact){
		.unit = yh_col_id(r, 0),
		.provider = yh_col_id(r, 1),
		.from_at = yh_col_i64(r, 4),
		.to_at = yh_col_i64(r, 5),
		.qty_milli = yh_col_i64(r, 6),
	};
	YH_COL_COPY(r, 2, h->no);
	return yh_col_keep(r, a, 3, &h->project);
}

/* A change that came after `as_of` has not happened: its interval was still open. */
enum yh_rc yh_facts_held(struct yh_tx *tx, const struct yh_facts_ask *ask, const char *dim,
			 const char *after, uint32_t limit, struct yh_arena *arena,
			 struct yh_held_fact **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " RESOURCE_UNIT ", " RESOURCE_PROVIDER ", r.no, " PROJECT_CODE ","
		" z.from_at, CASE WHEN z.to_at <= $1 THEN z.to_at END, CASE WHEN $2 = '' THEN"
		" z.qty_milli ELSE z.qty_milli / 1000 * d.qty_milli + z.qty_milli % 1000 *"
		" d.qty_milli / 1000 END FROM resource r JOIN resource_size z ON z.resource = r.id"
		" JOIN project p ON p.id = r.project LEFT JOIN item_dim d ON d.item = z.item AND"
		" d.dim = $2 WHERE r.cloud = $3 AND r.no > $4 AND r.created_at <= $1 AND z.from_at"
		" < $5 AND z.from_at <= $1 AND (z.to_at IS NULL OR z.to_at > $6) AND ($2 = '' OR"
		" d.dim IS NOT NULL) ORDER BY r.no, z.from_at LIMIT $7",
		YH_I(ask->as_of), YH_T(dim), YH_ID(&ask->cloud), YH_T(after), YH_I(to_at(ask)),
		YH_I(from_at(ask)), YH_I(limit));

	return rc == YH_OK ? all(rows, arena, read_held, sizeof **out, out, n, err) : rc;
}

static bool read_quota(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_quota_fact *q = out;

	*q = (struct yh_quota_fact){
		.unit = yh_col_id(r, 0),
		.qty_milli = yh_col_i64(r, 3),
		.first = yh_col_day(r, 4),
		.last = yh_col_day(r, 5),
		.span_days = yh_col_i64(r, 7),
	};
	YH_COL_COPY(r, 2, q->kind);
	if (!yh_col_null(r, 6) && !yh_col_keep(r, a, 6, &q->rrule))
		return false;
	return yh_col_keep(r, a, 1, &q->project);
}

enum yh_rc yh_facts_quota(struct yh_tx *tx, const struct yh_facts_ask *ask, const char *dim,
			  struct yh_arena *arena, struct yh_quota_fact **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT " PROJECT_UNIT ", " PROJECT_CODE ", q.kind, q.qty_milli, q.first_day,"
		" q.last_day, q.rrule, q.span_days FROM quota_line q JOIN project p ON p.id ="
		" q.project WHERE p.cloud = $2 AND q.dim = $3 AND q.kind IN ('base', 'window',"
		" 'allowance') AND q.created_at <= $1 AND q.first_day <= $4 AND (q.last_day IS"
		" NULL OR q.last_day >= $5) ORDER BY 2, q.id",
		YH_I(ask->as_of), YH_ID(&ask->cloud), YH_T(dim), YH_I(ask->last), YH_I(ask->first));

	return rc == YH_OK ? all(rows, arena, read_quota, sizeof **out, out, n, err) : rc;
}
