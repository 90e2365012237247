/* What a step may end with, as its pack says it. */
#ifndef YH_LAW_OUTCOME_H
#define YH_LAW_OUTCOME_H

#include "base/json.h"
#include "law/vocab.h"

enum yh_end { YH_END_NONE, YH_END_CLOSED, YH_END_REFUSED };

/* Whether it says yes or no to what was asked or owed, for those who read of it; it does nothing.
 * What nobody said (silence) is neither, unless the pack says otherwise. */
enum yh_nature { YH_NATURE_POSITIVE, YH_NATURE_NEGATIVE, YH_NATURE_NEUTRAL };
const char *yh_nature_name(enum yh_nature nature); /* "positive" … "neutral" */

struct yh_outcome {
	const char *name; /* "approve"; the first outcome of a step is its positive one */
	struct yh_text2 title;
	const char *form_name; /* what this answer must come with; NULL: no form */
	const json_t *form;
	const struct yh_word_use *effects;
	size_t n_effects;
	enum yh_end end; /* NONE: go on to the next step */
	enum yh_nature nature;
};

#endif
