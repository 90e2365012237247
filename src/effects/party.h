/* Words about parties, projects and systems (Art. 2, 7, 12, 18), and suspensions. */
#ifndef YH_EFFECTS_PARTY_H
#define YH_EFFECTS_PARTY_H

#include "effects/common.h"

YH_CHECK YH_WORD_COND_FN(yh_word_applicant_is_district);
YH_CHECK YH_WORD_COND_FN(yh_word_cloud_is_municipal);
YH_CHECK YH_WORD_COND_FN(yh_word_municipal_for_district);
YH_CHECK YH_WORD_COND_FN(yh_word_form_has);
YH_CHECK YH_WORD_COND_FN(yh_word_form_is);
YH_CHECK YH_WORD_CHECK_FN(yh_word_form_needs);
YH_CHECK YH_WORD_CHECK_FN(yh_word_form_happened);
YH_CHECK YH_WORD_CHECK_FN(yh_word_form_to_come);
YH_CHECK YH_WORD_CHECK_FN(yh_word_case_once);
YH_CHECK YH_WORD_CHECK_FN(yh_word_applicant_is_municipal);
YH_CHECK YH_WORD_CHECK_FN(yh_word_mlps_at_most);
YH_CHECK YH_WORD_CHECK_FN(yh_word_not_classified);
YH_CHECK YH_WORD_CHECK_FN(yh_word_project_is);
YH_CHECK YH_WORD_CHECK_FN(yh_word_project_initiate);
YH_CHECK YH_WORD_CHECK_FN(yh_word_project_fail);
YH_CHECK YH_WORD_CHECK_FN(yh_word_org_absent);
YH_CHECK YH_WORD_CHECK_FN(yh_word_org_admit);
YH_CHECK YH_WORD_CHECK_FN(yh_word_clock_suspend);

#endif
