/* Words about quotas (Art. 18-20). */
#ifndef YH_EFFECTS_QUOTA_H
#define YH_EFFECTS_QUOTA_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_within);
YH_CHECK YH_WORD_COND_FN(yh_word_unit_total_exceeds);
YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_reserve);
YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_unreserve);
YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_grant);
YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_change_fits);
YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_change);

/* Grants the part of what the case asks that passes the project's quota. */
YH_CHECK enum yh_rc yh_quota_allow_excess(struct yh_case_cx *k, struct yh_err *err);

/* Ends the project's allowances whose resources run no more: what a decision allowed above the
 * quota is not free for something else. */
YH_CHECK enum yh_rc yh_quota_end_allowances(struct yh_case_cx *k, struct yh_err *err);

#endif
