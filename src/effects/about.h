/* Words about an earlier case (X8): a decision is never edited; a later case corrects or revokes
 * it. They know effects by what the record says, never by a procedure's name. */
#ifndef YH_EFFECTS_ABOUT_H
#define YH_EFFECTS_ABOUT_H

#include "effects/common.h"
#include "store/case_file.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_about_is);
YH_CHECK YH_WORD_CHECK_FN(yh_word_about_decided_by_filer);
YH_CHECK YH_WORD_COND_FN(yh_word_about_decided_by);
YH_CHECK YH_WORD_CHECK_FN(yh_word_about_unrevoked);
YH_CHECK YH_WORD_CHECK_FN(yh_word_correction_fits);
YH_CHECK YH_WORD_CHECK_FN(yh_word_leases_at_most);
YH_CHECK YH_WORD_CHECK_FN(yh_word_decision_correct);
YH_CHECK YH_WORD_CHECK_FN(yh_word_decision_revocable);
YH_CHECK YH_WORD_CHECK_FN(yh_word_decision_revoke);

/* The earlier case. */
YH_CHECK enum yh_rc yh_about_case(struct yh_case_cx *k, struct yh_case_row *out,
				  struct yh_err *err);

/* Writes into both stories what became of the earlier decision: `kind` into the earlier case's,
 * with the later one's number as outcome, and "about.…" of the same name into the later one's.
 * Reason and article are the later form's, the reason not in the earlier story where the later case
 * is labelled higher; before and after may be NULL. */
YH_CHECK enum yh_rc yh_about_record(struct yh_case_cx *k, const struct yh_case_row *old,
				    const char *kind, const char *before, const char *after,
				    struct yh_err *err);

/* BAD_INPUT "article-unknown" unless the form's article is one of the pack's. */
YH_CHECK enum yh_rc yh_about_article(struct yh_case_cx *k, struct yh_err *err);

#endif
