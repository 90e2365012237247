/* The watch over how resources are used (Art. 25): what a pack's rules say of each resource over a
 * window of days, and what of it is kept.
 *
 * A scan reads the register and the meter outside of write transactions and only then writes what
 * it found, a few findings at a time. The same data and the same pack give the same bytes. */
#ifndef YH_SERVICES_WATCH_WATCH_H
#define YH_SERVICES_WATCH_WATCH_H

#include <stdatomic.h>

#include "base/buf.h"
#include "cases/context.h"
#include "law/watch.h"
#include "store/finding.h"
#include "store/watch.h"

enum { YH_WATCH_DAYS_MAX = 366, YH_WATCH_SUBJECTS_MAX = 1000000, YH_WATCH_PART_LINES = 1000 };

struct yh_watch_ask {
	struct yh_viewer who;
	struct yh_id cloud, unit; /* zero: all the viewer sees */
	struct yh_id resource;    /* explain: this one */
	const char *rule;         /* NULL: every rule */
	yh_day first, last;       /* both counted; last before today */
	struct yh_id person;      /* who asks; zero: the system */
	const char *source;       /* network address */
	/* Called now and then on the way, NULL: never; a failure ends the scan with it. */
	enum yh_rc (*progress)(void *arg, unsigned done, unsigned steps, struct yh_err *err);
	void *arg;
};
/* BAD_INPUT "watch-window-order", "watch-window-long" (figure max), "watch-window-future" (figure
 * day: the last that may be asked for). */
YH_CHECK enum yh_rc yh_watch_window(yh_day first, yh_day last, yh_day today, struct yh_err *err);

/* Scans, keeps what was found and the results, and returns the scan; one that came to the same as
 * an earlier one of the same asker is that one. NOT_FOUND "rule-unknown" (figure rule), TOO_LARGE
 * "watch-too-many", BUSY "meter-none", CONFLICT "watch-running" while this program scans already.
 * Outside of transactions, not on an executor's thread. */
struct yh_watch_done {
	struct yh_id scan;
	int64_t found; /* findings that are new */
};
YH_CHECK enum yh_rc yh_watch_scan(const struct yh_world *world, const struct yh_watch_ask *ask,
				  struct yh_watch_done *out, struct yh_err *err);

/* What the rules say of ask->resource: the members from, to, pack, pack_digest and sketch_error
 * into `w`, then the member items, to which `item` adds a line each: a JSON object as
 * yh_watch_lines gives them, the title of its rule with it. Keeps nothing. */
typedef enum yh_rc (*yh_watch_item_fn)(void *arg, const char *line, struct yh_err *err);
YH_CHECK enum yh_rc yh_watch_explain(const struct yh_world *world, const struct yh_watch_ask *ask,
				     struct yh_jw *w, yh_watch_item_fn item, void *arg,
				     struct yh_err *err);

/* Lines `from`, from+1 … of a scan's results, each the text of a JSON object, at most `limit`. */
YH_CHECK enum yh_rc yh_watch_lines(struct yh_tx *tx, const struct yh_id *scan, int64_t from,
				   uint32_t limit, struct yh_arena *arena, const char ***out,
				   size_t *n, struct yh_err *err);

/* Ends an open finding without a case. NOT_FOUND for what the viewer does not see. */
YH_CHECK enum yh_rc yh_watch_dismiss(struct yh_ctx *cx, const struct yh_viewer *who,
				     const struct yh_id *finding, const char *reason,
				     struct yh_err *err);

/* ---- scans that take their time: jobs at length ---- */

/* Outside of transactions; *stop ends it soon, with BUSY "job-stopped". */
struct yh_watch_job {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	const atomic_bool *stop;
};
/* Enters a scan that the actor asks for, and the job that makes it. NOT_FOUND "rule-unknown", BUSY
 * "meter-none"; CONFLICT "watch-asked-many" (figure most) while several
 * of the actor's wait. */
YH_CHECK enum yh_rc yh_watch_ask_for(struct yh_ctx *cx, const struct yh_watch_ask *ask,
				     struct yh_id *out, struct yh_err *err);
/* Makes it. What fails ends it, and stays with it; *again_at: another is under way. */
YH_CHECK enum yh_rc yh_watch_asked_job(const struct yh_watch_job *j, const struct yh_id *asked,
				       yh_time *again_at, struct yh_err *err);
/* Scans last month of every cloud, once, from the day that the pack's parameter watch.day names;
 * nothing in a program without a meter. */
enum { YH_WATCH_LOOK_S = 3600 };
YH_CHECK enum yh_rc yh_watch_monthly_job(const struct yh_watch_job *j, yh_time *again_at,
					 struct yh_err *err);

#endif
