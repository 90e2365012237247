/* What is done beside the steps of a case: whoever waits urges the desk it waits for (催办), the
 * authority supervises (督办), and letters from outside are registered on it (来文). None of it
 * decides anything, and none of it moves a clock.
 *
 * The actor acts through a grant for which the pack permits the action; the case is locked. */
#ifndef YH_CASES_URGE_H
#define YH_CASES_URGE_H

#include "cases/case.h"
#include "store/letter.h"
#include "store/urging.h"

/* Tells the desks of the open step `step` (NULL: of all that are open), but for the actor's own.
 * Each body urges a step once in the pack's `urge.every` (without it once a day). CONFLICT
 * "case-not-open", "step-not-open", "urged-lately" (figures last, again); FORBIDDEN "urge-own". */
YH_CHECK enum yh_rc yh_case_urge(struct yh_ctx *cx, const struct yh_id *case_id, const char *step,
				 const char *reason, struct yh_err *err);

/* Supervises whoever the case waits for now: they are told, and it shows until they answered or the
 * case has ended. BAD_INPUT "answer-by-past"; CONFLICT "case-not-open", "supervised-already". */
YH_CHECK enum yh_rc yh_case_supervise(struct yh_ctx *cx, const struct yh_id *case_id,
				      const char *reason, yh_day answer_by, struct yh_err *err);
/* By whoever acts at the desk that was asked; the supervisor is told. NOT_FOUND
 * "supervision-unknown"; FORBIDDEN "supervision-not-yours"; CONFLICT "supervision-answered". */
YH_CHECK enum yh_rc yh_case_answer_supervision(struct yh_ctx *cx, const struct yh_id *id,
					       const char *answer, struct yh_err *err);

/* Registers a letter; `row` holds sender, number, day and subject, `document` is an id or NULL. Its
 * document belongs to the case from now on. BAD_INPUT "letter-day-ahead"; NOT_FOUND
 * "document-unknown". Also on a case that has ended. */
YH_CHECK enum yh_rc yh_case_register_letter(struct yh_ctx *cx, const struct yh_id *case_id,
					    struct yh_letter_row *row, const char *document,
					    struct yh_err *err);

#endif
