/* Words about records of registers. */
#ifndef YH_EFFECTS_LEDGER_H
#define YH_EFFECTS_LEDGER_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_record_valid);
YH_CHECK YH_WORD_CHECK_FN(yh_word_record_absent);
YH_CHECK YH_WORD_CHECK_FN(yh_word_record_is);
YH_CHECK YH_WORD_CHECK_FN(yh_word_record_fits);
YH_CHECK YH_WORD_CHECK_FN(yh_word_record_enter);
YH_CHECK YH_WORD_CHECK_FN(yh_word_record_amend);
YH_CHECK YH_WORD_CHECK_FN(yh_word_record_state);

#endif
