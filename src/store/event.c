/* Events before they are chained, notices and jobs. */
#include "store/event.h"

#include <string.h>

#include "store/read.h"

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

enum yh_rc yh_event_insert(struct yh_tx *tx, const struct yh_event *e, struct yh_err *err)
{
	const char *payload = or_empty(e->payload);
	struct yh_sm3 digest = yh_sm3_of(payload, strlen(payload));

	yh_db_note(tx);
	return yh_exec(tx, err,
		       "INSERT INTO event (id, at, kind, case_id, object_kind, object_id, person,"
		       " role, org, article, outcome, reason, before_state, after_state, source,"
		       " payload, payload_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
		       " $11, $12, $13, $14, $15, $16, $17)",
		       YH_ID(&e->id), YH_I(e->at), YH_T(e->kind), YH_ID0(&e->case_id),
		       YH_T(or_empty(e->object_kind)), YH_ID0(&e->object_id), YH_ID0(&e->person),
		       YH_T(or_empty(e->role)), YH_ID0(&e->org), YH_T(or_empty(e->article)),
		       YH_T(or_empty(e->outcome)), YH_T(or_empty(e->reason)),
		       YH_T(or_empty(e->before)), YH_T(or_empty(e->after)),
		       YH_T(or_empty(e->source)), YH_T(payload), YH_B(digest.b, sizeof digest.b));
}

enum yh_rc yh_event_any(struct yh_tx *tx, const struct yh_id *case_id, const char *kind, bool *any,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM event WHERE case_id = $1 AND kind = $2 LIMIT 1",
				 YH_ID(case_id), YH_T(kind));

	*any = false;
	return rc == YH_OK ? yh_read_any(rows, any, err) : rc;
}

#define BY_ONE                                                                                     \
	"SELECT 1 FROM event WHERE object_id = $1 AND kind = $2 AND person = $3 AND at >= $4 AND"  \
	" pos IS "

enum yh_rc yh_event_by(struct yh_tx *tx, const struct yh_id *object, const char *kind,
		       const struct yh_id *person, yh_time since, bool *any, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, BY_ONE "NULL UNION ALL " BY_ONE "NOT NULL LIMIT 1",
				 YH_ID(object), YH_T(kind), YH_ID(person), YH_I(since));

	*any = false;
	return rc == YH_OK ? yh_read_any(rows, any, err) : rc;
}

static bool read_deed(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_deed *d = out;

	(void)a;
	YH_COL_COPY(r, 0, d->kind);
	d->object = yh_col_id(r, 1);
	return true;
}

enum yh_rc yh_event_deeds(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			  struct yh_deed **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT kind, object_id FROM event WHERE case_id = $1 AND"
				 " object_kind <> 'case' AND kind NOT IN ('document.attached',"
				 " 'paper.served', 'paper.opened', 'paper.acknowledged')"
				 " ORDER BY id",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_deed, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_notice_insert(struct yh_tx *tx, const struct yh_notice *n, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO notice (id, org, role, case_id, slug, figures, made_at) VALUES"
		       " ($1, $2, $3, $4, $5, $6, $7)",
		       YH_ID(&n->id), YH_ID(&n->org), YH_T(n->role), YH_ID0(&n->case_id),
		       YH_T(n->slug), YH_T(n->figures), YH_I(n->made_at));
}

enum yh_rc yh_job_insert(struct yh_tx *tx, const struct yh_id *id, const char *kind,
			 const struct yh_id *ref, yh_time due_at, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO job (id, kind, ref, due_at, tries, fault) VALUES ($1, $2, $3,"
		       " $4, 0, '')",
		       YH_ID(id), YH_T(kind), YH_ID0(ref), YH_I(due_at));
}

enum yh_rc yh_job_cancel(struct yh_tx *tx, const char *kind, const struct yh_id *ref, yh_time now,
			 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE job SET done_at = $1, fault = 'cancelled' WHERE ref = $2 AND kind ="
		       " $3 AND done_at IS NULL",
		       YH_I(now), YH_ID(ref), YH_T(kind));
}
