/* Words about opening balances (X10). */
#ifndef YH_EFFECTS_OPENING_H
#define YH_EFFECTS_OPENING_H

#include "effects/common.h"

/* What the form's document holds could enter: REFUSED "opening-faulty", or as yh_opening_read. */
YH_CHECK YH_WORD_CHECK_FN(yh_word_opening_fits);
YH_CHECK YH_WORD_CHECK_FN(yh_word_opening_enter);

#endif
