/* What the simulated city's policy pack calls the procedures and steps that the simulation acts in:
 * the one place where it names them. */
#ifndef YH_SIM_WORDS_H
#define YH_SIM_WORDS_H

#define SIM_QUOTA_APPLICATION "quota"
#define SIM_RESULT_OF_INITIATION "initiation"
#define SIM_TEST_RESOURCES "test"
#define SIM_EXPANSION "expansion"
#define SIM_RECLAIM "reclaim"

#define SIM_EDITION "catalogue_edition"
#define SIM_EDITION_REVIEW "review"
#define SIM_EDITION_COMPILE "compile"
#define SIM_EDITION_APPROVE "approve"
#define SIM_EDITION_PUBLISH "publish"

#define SIM_FORMAL_KIND "formal"

#endif
