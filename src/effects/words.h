/* The vocabulary of packs: every check, condition and effect, by name. */
#ifndef YH_EFFECTS_WORDS_H
#define YH_EFFECTS_WORDS_H

#include "cases/words.h"

/* The signatures, for validating packs. */
const struct yh_vocab *yh_effects_vocab(void);
/* The functions behind them, in the same order. */
const struct yh_words *yh_effects_words(void);

#endif
