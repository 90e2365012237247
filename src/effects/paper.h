/* Words that issue numbered documents. */
#ifndef YH_EFFECTS_PAPER_H
#define YH_EFFECTS_PAPER_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_paper_issue);

#endif
