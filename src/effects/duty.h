/* Words about duties. */
#ifndef YH_EFFECTS_DUTY_H
#define YH_EFFECTS_DUTY_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_duty_done);
YH_CHECK YH_WORD_CHECK_FN(yh_word_duty_none_overdue);
YH_CHECK YH_WORD_CHECK_FN(yh_word_duty_lay);
YH_CHECK YH_WORD_CHECK_FN(yh_word_duty_lay_each);
YH_CHECK YH_WORD_CHECK_FN(yh_word_duty_fulfil);
YH_CHECK YH_WORD_CHECK_FN(yh_word_duty_waive);

#endif
