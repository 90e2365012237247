/* The vocabulary: what packs may say is what the program can do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "effects/words.h"

static void every_word_has_the_functions_its_places_need(void **state)
{
	const struct yh_vocab *v = yh_effects_vocab();
	const struct yh_words *w = yh_effects_words();

	(void)state;
	assert_int_equal(v->n, w->n);
	for (size_t i = 0; i < v->n; i++) {
		const struct yh_word_sig *sig = v->words[i];
		const struct yh_word *word = yh_words_find(w, sig->name);

		if (!word)
			fail_msg("%s has no function", sig->name);
		if (sig->kinds & YH_WORD_CHECK)
			assert_non_null(word->check);
		else if (sig->kinds & YH_WORD_COND)
			assert_non_null(word->cond);
		if (sig->kinds & (YH_WORD_EFFECT | YH_WORD_RESERVE))
			assert_non_null(word->effect);
		if (sig->kinds & YH_WORD_RESERVE)
			assert_non_null(word->undo);
	}
}

static void every_signature_is_whole(void **state)
{
	const struct yh_vocab *v = yh_effects_vocab();

	(void)state;
	for (size_t i = 0; i < v->n; i++) {
		const struct yh_word_sig *sig = v->words[i];
		size_t about = strlen(sig->about);

		assert_int_not_equal(sig->kinds, 0);
		assert_true(about > 0 && sig->about[about - 1] == '.');
		assert_ptr_equal(yh_vocab_find(v, sig->name), sig); /* no name twice */
		for (const struct yh_param_sig *p = sig->params; p && p->name; p++)
			if (p->kind != YH_P_KIND) /* may have some beside the pack's kinds */
				assert_int_equal(p->kind == YH_P_WORD, p->choices != NULL);
	}
	assert_null(yh_vocab_find(v, "no.such"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_has_the_functions_its_places_need),
		cmocka_unit_test(every_signature_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
