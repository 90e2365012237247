/* Words about catalogue editions (Art. 15). */
#ifndef YH_EFFECTS_CATALOGUE_H
#define YH_EFFECTS_CATALOGUE_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_edition_is);
YH_CHECK YH_WORD_CHECK_FN(yh_word_edition_has_items);
YH_CHECK YH_WORD_CHECK_FN(yh_word_edition_items_whole);
YH_CHECK YH_WORD_CHECK_FN(yh_word_edition_keeps_used);
YH_CHECK YH_WORD_CHECK_FN(yh_word_edition_compile);
YH_CHECK YH_WORD_CHECK_FN(yh_word_edition_approve);
YH_CHECK YH_WORD_CHECK_FN(yh_word_edition_publish);

#endif
