/* What a pack says, in the words of one language: the uses of words, periods, clocks, and forms as
 * a console reads them. Pure. Sentences are those of the message catalogues, `vocab-<word>` for a
 * word; without one the code name stands for it. */
#ifndef YH_SERVICES_POLICY_SAY_H
#define YH_SERVICES_POLICY_SAY_H

#include "base/buf.h"
#include "law/messages.h"
#include "law/pack.h"

struct yh_speech {
	const struct yh_messages *messages; /* may be NULL */
	const char *lang;                   /* "zh" or "en" */
	const struct yh_pack *pack;
	const struct yh_procedure *procedure; /* whose steps and fields are meant; may be NULL */
};

const char *yh_say_text(const struct yh_speech *s, struct yh_text2 t);
/* The titles of a role and of a code word among a group, see yh_list_title; else the name. */
const char *yh_say_role(const struct yh_speech *s, const char *role);
const char *yh_say_word(const struct yh_speech *s, const char *group, const char *word);
/* "5 working days". */
void yh_say_period(const struct yh_speech *s, struct yh_period period, struct yh_buf *out);
/* What a use of a word demands, asks or does, in a sentence without a full stop. */
void yh_say_use(const struct yh_speech *s, const struct yh_word_use *use, struct yh_buf *out);
/* Members of an object: word, about, sentence, article, arguments by their names as titles, values
 * as the pack has them, for programs, and parameters, the keys that these came from. */
void yh_say_use_json(const struct yh_speech *s, const struct yh_word_use *use, struct yh_jw *w);
/* All of them, as `key`, an array of objects. */
void yh_say_uses_json(const struct yh_speech *s, const char *key, const struct yh_word_use *uses,
		      size_t n, struct yh_jw *w);
/* Writes `key`: what the catalogues say for a slug, with the figure {step}, which may be NULL. */
void yh_say_slug(const struct yh_speech *s, const char *key, const char *slug, const char *step,
		 struct yh_jw *w);

/* A form's JSON Schema, its properties in their order and each with `x-order`, every choice of a
 * text with titles (`x-enum-titles`, see law/form.h), by the catalogues where the pack has none.
 * NULL: null. */
void yh_say_form(const struct yh_speech *s, const char *key, const json_t *schema, struct yh_jw *w);

#endif
