/* Words about signed pledges. */
#ifndef YH_EFFECTS_PLEDGE_H
#define YH_EFFECTS_PLEDGE_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_pledge_holds);

#endif
