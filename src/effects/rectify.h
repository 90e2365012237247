/* Words of the ladder of Art. 25: orders, what a unit answers, supply that stops for a system. */
#ifndef YH_EFFECTS_RECTIFY_H
#define YH_EFFECTS_RECTIFY_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_order_issue);
YH_CHECK YH_WORD_CHECK_FN(yh_word_answer_names);
YH_CHECK YH_WORD_CHECK_FN(yh_word_system_supplied);
YH_CHECK YH_WORD_CHECK_FN(yh_word_supply_stopped);
YH_CHECK YH_WORD_CHECK_FN(yh_word_supply_stop);
YH_CHECK YH_WORD_CHECK_FN(yh_word_supply_restore);

#endif
