/* Finding the function behind a word of the vocabulary. */
#include "cases/words.h"

#include <string.h>

const struct yh_word *yh_words_find(const struct yh_words *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->words[i].name, name) == 0)
			return &w->words[i];
	return NULL;
}
