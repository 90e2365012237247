/* Events (the audit record before it is chained), notices and jobs. */
#ifndef YH_STORE_EVENT_H
#define YH_STORE_EVENT_H

#include "base/digest.h"
#include "db/db.h"

/* What stands before the name of who acted at the other side of the link. */
#define YH_FAR "link:"

struct yh_event {
	struct yh_id id;
	yh_time at;
	const char *kind; /* "case.filed" */
	struct yh_id case_id;
	const char *object_kind; /* "case", "resource", "edition", "org", "person" … */
	struct yh_id object_id;
	struct yh_id person; /* zero: the system */
	const char *role;
	struct yh_id org;
	const char *article, *outcome, *reason;
	const char *before, *after; /* states */
	const char *source;         /* network address, or YH_FAR and a name */
	const char *payload;        /* canonical JSON, "" for none */
};
/* Inserts without a position; the sealer gives it one after the commit. NULL texts become "". */
YH_CHECK enum yh_rc yh_event_insert(struct yh_tx *tx, const struct yh_event *e, struct yh_err *err);

/* Does the story of a case hold an event of a kind? */
YH_CHECK enum yh_rc yh_event_any(struct yh_tx *tx, const struct yh_id *case_id, const char *kind,
				 bool *any, struct yh_err *err);
/* Did a person do something of that kind with an object since then? */
YH_CHECK enum yh_rc yh_event_by(struct yh_tx *tx, const struct yh_id *object, const char *kind,
				const struct yh_id *person, yh_time since, bool *any,
				struct yh_err *err);

/* What a case did to things: its events about other objects than the case, in their order, without
 * what was only handed in with it or became of its papers. */
struct yh_deed {
	char kind[48]; /* "quota.granted" */
	struct yh_id object;
};
YH_CHECK enum yh_rc yh_event_deeds(struct yh_tx *tx, const struct yh_id *case_id,
				   struct yh_arena *arena, struct yh_deed **out, size_t *n,
				   struct yh_err *err);

struct yh_notice {
	struct yh_id id, org;
	const char *role;
	struct yh_id case_id;
	const char *slug;
	const char *figures; /* JSON object of strings */
	yh_time made_at;
};
YH_CHECK enum yh_rc yh_notice_insert(struct yh_tx *tx, const struct yh_notice *n,
				     struct yh_err *err);

/* A job due at `due_at`; kinds are known to src/jobs. */
YH_CHECK enum yh_rc yh_job_insert(struct yh_tx *tx, const struct yh_id *id, const char *kind,
				  const struct yh_id *ref, yh_time due_at, struct yh_err *err);
/* Marks every waiting job of (kind, ref) as done. */
YH_CHECK enum yh_rc yh_job_cancel(struct yh_tx *tx, const char *kind, const struct yh_id *ref,
				  yh_time now, struct yh_err *err);

#endif
