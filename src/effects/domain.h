/* Words about special domains (Art. 11). */
#ifndef YH_EFFECTS_DOMAIN_H
#define YH_EFFECTS_DOMAIN_H

#include "effects/common.h"

/* CONFLICT "cloud-exists" with the field that names the code. */
YH_CHECK YH_WORD_CHECK_FN(yh_word_cloud_absent);
/* A domain in the case's cloud. Its bodies are those of that cloud, but for the roles of its owner,
 * which the case's unit takes there and nowhere else. */
YH_CHECK YH_WORD_CHECK_FN(yh_word_cloud_found);

#endif
