/* Finding words and their arguments. */
#include "law/vocab.h"

#include <string.h>

const struct yh_word_sig *yh_vocab_find(const struct yh_vocab *v, const char *name)
{
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->words[i]->name, name) == 0)
			return v->words[i];
	return NULL;
}

const struct yh_arg_value *yh_use_arg(const struct yh_word_use *use, const char *name)
{
	for (size_t i = 0; i < use->n_args; i++)
		if (strcmp(use->args[i].name, name) == 0)
			return &use->args[i];
	return NULL;
}

int64_t yh_use_int(const struct yh_word_use *use, const char *name, int64_t otherwise)
{
	const struct yh_arg_value *v = yh_use_arg(use, name);

	return v ? v->num : otherwise;
}

const char *yh_use_text(const struct yh_word_use *use, const char *name, const char *otherwise)
{
	const struct yh_arg_value *v = yh_use_arg(use, name);

	return v && v->text ? v->text : otherwise;
}
