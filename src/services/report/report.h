/* Reports of a closed month or year of a cloud: reckoned from the records, sealed, never changed; a
 * later correction is another edition, which says what changed.
 *
 * The body is canonical JSON: cloud {code, name}, kind, first_day, last_day, edition, reason,
 * as_of, before (digest of the edition before, or null), titles {"procedure/test": {zh, en} …},
 * sections [{id, keys, columns [{id, kind}], rows [[…]]}] and changes [{section, key [..], column,
 * before, after}] (at most 1000) with changes_total. Quantities are decimal texts, amounts too. */
#ifndef YH_SERVICES_REPORT_REPORT_H
#define YH_SERVICES_REPORT_REPORT_H

#include "cases/context.h"
#include "store/party.h"
#include "store/report.h"

#define YH_REPORT_FORMAT "yunheng-report-1"
enum { YH_REPORT_CHANGES = 1000 };

struct yh_report_in {
	struct yh_id cloud;
	const char *period; /* "2026-10", "2026" */
	const char *reason; /* NULL: a first edition */
};
/* What was reckoned, to be kept; of the context's arena. */
struct yh_report_draft {
	struct yh_cloud_row cloud;
	const char *kind, *reason, *body;
	yh_day first, last;
	int64_t edition;
	int64_t settled; /* settlements of the period that were closed then */
};
/* Reckons an edition in a snapshot of its own (cx->tx is not used). BAD_INPUT "report-period"
 * (field), "report-reason" (an edition behind the first needs one); CONFLICT "report-period-open"
 * (figure last: the period is not over), "report-unchanged", "year-closed" (figure year). */
YH_CHECK enum yh_rc yh_report_reckon(const struct yh_ctx *cx, const struct yh_report_in *in,
				     struct yh_report_draft *out, struct yh_err *err);
/* Seals and keeps it. CONFLICT "report-made-meanwhile", "report-settled-meanwhile" (a settlement of
 * the period was closed after it was reckoned), "seal-none". */
YH_CHECK enum yh_rc yh_report_keep(struct yh_ctx *cx, const struct yh_report_draft *draft,
				   struct yh_report_row *out, struct yh_err *err);
/* The first day and the last of "2026-10" or "2026". */
YH_CHECK enum yh_rc yh_report_period(const char *text, const char **kind, yh_day *first,
				     yh_day *last, struct yh_err *err);
/* What leaves the platform: the body under its seal, as a text of the arena. */
YH_CHECK enum yh_rc yh_report_sealed(struct yh_ctx *cx, const struct yh_report_row *row,
				     const char **out, struct yh_err *err);

/* Makes those of the last twelve months and the last year of every cloud that have none, each from
 * the day of the next month that the pack names (report.day) on; *again_at: when to ask again.
 * Outside of transactions. */
YH_CHECK enum yh_rc yh_reports_periodic(const struct yh_world *world, yh_time now,
					struct yh_arena *arena, yh_time *again_at,
					struct yh_err *err);

#endif
