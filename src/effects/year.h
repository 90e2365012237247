/* Words about closing a year. */
#ifndef YH_EFFECTS_YEAR_H
#define YH_EFFECTS_YEAR_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_year_closable);
YH_CHECK YH_WORD_CHECK_FN(yh_word_year_close);

#endif
