/* Words about resources (Art. 19-21, 26). */
#ifndef YH_EFFECTS_RESOURCE_H
#define YH_EFFECTS_RESOURCE_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_resource_is);
YH_CHECK YH_WORD_CHECK_FN(yh_word_system_runs);
YH_CHECK YH_WORD_CHECK_FN(yh_word_item_orderable);
YH_CHECK YH_WORD_CHECK_FN(yh_word_item_not_exposed);
YH_CHECK YH_WORD_CHECK_FN(yh_word_test_ran_at_least);
YH_CHECK YH_WORD_CHECK_FN(yh_word_resource_apply);
YH_CHECK YH_WORD_CHECK_FN(yh_word_resource_open);
YH_CHECK YH_WORD_CHECK_FN(yh_word_resource_formalise);
YH_CHECK YH_WORD_CHECK_FN(yh_word_resource_release);
YH_CHECK YH_WORD_CHECK_FN(yh_word_resource_resize);
YH_CHECK YH_WORD_CHECK_FN(yh_word_resource_stop);
YH_CHECK YH_WORD_CHECK_FN(yh_word_resource_destroy);

#endif
