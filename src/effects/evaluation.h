/* Words about schemes, evaluations and their results (Art. 33, 34), and about the experience that
 * a catalogue's adjustment is proposed from (Art. 16). */
#ifndef YH_EFFECTS_EVALUATION_H
#define YH_EFFECTS_EVALUATION_H

#include "effects/common.h"

YH_CHECK YH_WORD_CHECK_FN(yh_word_scheme_submit);
YH_CHECK YH_WORD_CHECK_FN(yh_word_scheme_reopen);
YH_CHECK YH_WORD_CHECK_FN(yh_word_scheme_enact);
YH_CHECK YH_WORD_CHECK_FN(yh_word_evaluation_announce);
YH_CHECK YH_WORD_CHECK_FN(yh_word_evaluation_reopen);
YH_CHECK YH_WORD_CHECK_FN(yh_word_evaluation_publish);
YH_CHECK YH_WORD_CHECK_FN(yh_word_result_objectionable);
YH_CHECK YH_WORD_CHECK_FN(yh_word_result_correct);
YH_CHECK YH_WORD_COND_FN(yh_word_result_of);
YH_CHECK YH_WORD_CHECK_FN(yh_word_edition_experience);

#endif
