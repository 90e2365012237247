/* Words that tell: notices with what was granted, and to the applicant of an earlier case. */
#ifndef YH_EFFECTS_NOTICE_H
#define YH_EFFECTS_NOTICE_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_notice_send);
YH_CHECK YH_WORD_CHECK_FN(yh_word_notice_units);
YH_CHECK YH_WORD_CHECK_FN(yh_word_notice_quota);
YH_CHECK YH_WORD_CHECK_FN(yh_word_notice_about_case);

#endif
