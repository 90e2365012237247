/* Duties: laid, done, waived, missed; whoever owes one is told, and reminded. */
#ifndef YH_SERVICES_DUTY_DUTY_H
#define YH_SERVICES_DUTY_DUTY_H

#include <stdatomic.h>

#include "cases/context.h"
#include "store/duty.h"

struct yh_duty_in {
	const struct yh_duty_kind *kind;
	const char *what; /* NULL: the kind's title */
	const char *role; /* in which it is owed; NULL: the kind's */
	struct yh_id owner, cloud, org, project, info_system, record, subject, laid_by;
	yh_day due; /* YH_DAY_NONE: by the kind */
};

/* The day on which a duty of the kind is due that is laid on `from`; with `again`, the next one
 * after one that was due on it. Days and months are not moved to working days. BAD_INPUT
 * "duty-due-missing" for a kind that does not say. */
YH_CHECK enum yh_rc yh_duty_due(const struct yh_ctx *cx, const struct yh_duty_kind *kind,
				yh_day from, bool again, yh_day *due, struct yh_err *err);
/* Lays one: its owner is told. */
YH_CHECK enum yh_rc yh_duty_lay(struct yh_ctx *cx, const struct yh_duty_in *in,
				struct yh_duty_row *out, struct yh_err *err);
/* Ends one that is open or reported, as "done", "waived" (with a reason) or "missed". CONFLICT
 * "duty-not-open". */
YH_CHECK enum yh_rc yh_duty_end(struct yh_ctx *cx, struct yh_duty_row *row, const char *state,
				const struct yh_id *case_id, const char *reason,
				struct yh_err *err);
/* Waives what arose by itself for a record that has ended. What a case laid about it, such as the
 * findings of a drill, is owed on; what is reported is with its case. */
YH_CHECK enum yh_rc yh_duty_waive_of(struct yh_ctx *cx, const struct yh_id *record,
				     const struct yh_id *case_id, const char *reason,
				     struct yh_err *err);
/* Tells a role about it: "duty-laid", "duty-reminder", "duty-overdue" or "duty-missed". */
YH_CHECK enum yh_rc yh_duty_tell(struct yh_ctx *cx, const struct yh_duty_row *row, const char *role,
				 const struct yh_id *org, const char *slug, struct yh_err *err);

/* Every morning, as a job: lays what arises by itself, reminds, tells of what is overdue, and marks
 * as missed what cannot be made good. */
#define YH_DUTY_WATCH_S 86400
YH_CHECK enum yh_rc yh_duty_watch(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				  struct yh_err *err);

/* Every hour, as long work, for it asks the meter: lays what arises while the last backup of an
 * order is older than its objective. BUSY "job-stopped". */
#define YH_BACKUP_WATCH_S 3600
YH_CHECK enum yh_rc yh_backup_watch(const struct yh_world *world, yh_time now,
				    const atomic_bool *stop, struct yh_err *err);

#endif
