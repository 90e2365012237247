/* Words about settlements and their statements (Art. 27). */
#ifndef YH_EFFECTS_SETTLE_H
#define YH_EFFECTS_SETTLE_H

#include "effects/common.h"

YH_WORD_CHECK_FN(yh_word_settlement_is);
YH_WORD_CHECK_FN(yh_word_settlement_whole);
YH_WORD_CHECK_FN(yh_word_settlement_submit);
YH_WORD_CHECK_FN(yh_word_settlement_unsubmit);
YH_WORD_CHECK_FN(yh_word_settlement_close);
YH_WORD_CHECK_FN(yh_word_settlement_tell);

YH_WORD_CHECK_FN(yh_word_statement_is);
YH_WORD_CHECK_FN(yh_word_statement_within);
YH_WORD_CHECK_FN(yh_word_statement_party);
YH_WORD_CHECK_FN(yh_word_statement_lines);
YH_WORD_CHECK_FN(yh_word_statement_fix);
YH_WORD_CHECK_FN(yh_word_statement_correct);
YH_WORD_CHECK_FN(yh_word_statement_tell);

YH_WORD_CHECK_FN(yh_word_case_single);

#endif
