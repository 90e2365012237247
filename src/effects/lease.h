/* Words about time-limited resources (Art. 21-24): their leases, and the quota set for them. */
#ifndef YH_EFFECTS_LEASE_H
#define YH_EFFECTS_LEASE_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_lease_fits);
YH_CHECK YH_WORD_CHECK_FN(yh_word_lease_begin);
YH_CHECK YH_WORD_CHECK_FN(yh_word_lease_extendable);
YH_CHECK YH_WORD_CHECK_FN(yh_word_lease_in_time);
YH_CHECK YH_WORD_CHECK_FN(yh_word_lease_extension_fits);
YH_CHECK YH_WORD_CHECK_FN(yh_word_lease_extend);
YH_CHECK YH_WORD_CHECK_FN(yh_word_lease_hold);
YH_CHECK YH_WORD_CHECK_FN(yh_word_lease_release);
YH_CHECK YH_WORD_CHECK_FN(yh_word_notice_leases);

YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_allow);
YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_allowed);
YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_share_within);
YH_CHECK YH_WORD_CHECK_FN(yh_word_quota_converts);

#endif
