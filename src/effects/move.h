/* Words about reorganisations (X9). */
#ifndef YH_EFFECTS_MOVE_H
#define YH_EFFECTS_MOVE_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_org_may_move);
YH_CHECK YH_WORD_CHECK_FN(yh_word_org_merge);
YH_CHECK YH_WORD_CHECK_FN(yh_word_org_split);
YH_CHECK YH_WORD_CHECK_FN(yh_word_org_rename);
YH_CHECK YH_WORD_CHECK_FN(yh_word_provider_replace);

#endif
