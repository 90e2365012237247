/* Sensitivity labels of cases (GB/T 22239-2019 8.1.4.2 g). A case has the label that somebody gave
 * it, and at least that of its procedure in the pack in force. It covers what the case says: title,
 * form, reasons, opinions, letters and notices; its documents and papers have labels of their own,
 * at least as high. Its number, procedure, steps, days and label are told to whoever sees it. */
#ifndef YH_CASES_MARK_H
#define YH_CASES_MARK_H

#include "cases/clearance.h"
#include "cases/words.h"
#include "store/case_query.h"

/* What a label that is kept with a case amounts to: the pack's own text, or `label`, where the pack
 * does not know that. */
const char *yh_mark_of(const struct yh_pack *pack, const char *procedure, const char *label);
bool yh_mark_opens(const struct yh_clearance *c, const char *procedure, const char *label);

/* Has it the lowest there is? What is told to nobody in particular (a webhook, a collector, what
 * all look at together) says no more of others than that. */
bool yh_mark_is_lowest(const struct yh_pack *pack, const char *procedure, const char *label);
/* What a document or a paper ("upload", "paper") of the case has at least. */
const char *yh_mark_least(const struct yh_pack *pack, const char *what,
			  const struct yh_case_row *row);

/* FORBIDDEN "label-above" (figures label, clearance, case) for who is not cleared for it. */
YH_CHECK enum yh_rc yh_mark_check(const struct yh_ctx *cx, const struct yh_case_row *row,
				  struct yh_err *err);
/* Takes title and form out of what somebody reads who is not cleared for them: `withheld` then.
 * Such a case cannot be saved. */
YH_CHECK enum yh_rc yh_mark_veil(const struct yh_ctx *cx, struct yh_case *c, struct yh_err *err);
/* The title under which registers keep what came of the case, where other rights hold: that of its
 * procedure, if the case has any label but the lowest. */
YH_CHECK enum yh_rc yh_mark_title(const struct yh_ctx *cx, const struct yh_case_row *row,
				  const char **out, struct yh_err *err);
/* Are outcome and states of an event of this kind words of the procedures, and no text of people's?
 */
bool yh_mark_tells(const char *kind);
/* Is a notice with this slug of what a case says? A duty is told openly to whoever owes it. */
bool yh_mark_covers_notice(const char *slug);
/* A notice of such a case, as it is told to who is not cleared: the slug "notice-withheld" with
 * these figures, JSON in the arena; NULL without memory. */
#define YH_NOTICE_WITHHELD "notice-withheld"
const char *yh_mark_notice(struct yh_arena *arena, const struct yh_pack *pack, const char *case_no,
			   const char *procedure, const char *label);

/* Says whose cases the actor finds by what they say. Nobody's without a pack or memory. */
void yh_mark_viewer(const struct yh_ctx *cx, struct yh_viewer *who);
/* The same of who is cleared for the lowest alone. */
YH_CHECK enum yh_rc yh_mark_lowest_viewer(const struct yh_ctx *cx, const struct yh_pack *pack,
					  struct yh_viewer *who, struct yh_err *err);

#endif
