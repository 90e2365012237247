/* Scans that people asked for, as they wait, go on and end. */
#ifndef YH_STORE_SCAN_ASK_H
#define YH_STORE_SCAN_ASK_H

#include "db/db.h"
#include "store/ask.h"

struct yh_scan_ask_row {
	struct yh_id id, person, cloud, unit; /* cloud, unit zero: all that the person sees */
	char sees[12];                        /* what it was permitted for: any, cloud, own */
	char rule[48];                        /* "": every rule */
	yh_day first_day, last_day;
	const char *source; /* network address */
	struct yh_id scan;  /* what came of it; zero: nothing yet, or a failure */
	struct yh_ask_state how;
};

YH_CHECK enum yh_rc yh_scan_ask_insert(struct yh_tx *tx, const struct yh_scan_ask_row *row,
				       struct yh_err *err);
/* Texts in the arena. NOT_FOUND "scan-ask-unknown". */
YH_CHECK enum yh_rc yh_scan_ask_load(struct yh_tx *tx, const struct yh_id *id,
				     struct yh_arena *arena, struct yh_scan_ask_row *out,
				     struct yh_err *err);
/* How many of a person's have not ended. */
YH_CHECK enum yh_rc yh_scan_ask_open(struct yh_tx *tx, const struct yh_id *person, int64_t *n,
				     struct yh_err *err);
/* Writes begun_at and the steps, or ended_at, scan, fault and figures; nothing once it has ended.
 */
YH_CHECK enum yh_rc yh_scan_ask_go_on(struct yh_tx *tx, const struct yh_scan_ask_row *row,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_scan_ask_end(struct yh_tx *tx, const struct yh_scan_ask_row *row,
				    struct yh_err *err);
/* Forgets those that ended before `before`, at most `most`; *n: how many. */
YH_CHECK enum yh_rc yh_scan_ask_prune(struct yh_tx *tx, yh_time before, int64_t most, int64_t *n,
				      struct yh_err *err);

#endif
