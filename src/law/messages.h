/* Message catalogues: a sentence for every slug, in two languages, with {figures}, of which
 * {figure:grouped} has its thousands apart. */
#ifndef YH_LAW_MESSAGES_H
#define YH_LAW_MESSAGES_H

#include "base/buf.h"
#include "base/json.h"

struct yh_messages; /* both languages */

struct yh_messages *yh_messages_new(void);
void yh_messages_free(struct yh_messages *m);
/* Adds a catalogue file (flat `slug: "sentence"` YAML) for `lang` "zh" or "en"; a later file may
 * override. BAD_INPUT with "name:line". */
YH_CHECK enum yh_rc yh_messages_add(struct yh_messages *m, const char *lang, const char *name,
				    const char *text, size_t n, struct yh_err *err);
/* The template of a slug, or NULL. */
const char *yh_messages_find(const struct yh_messages *m, const char *lang, const char *slug);
/* Renders an error's sentence: figures filled in, days written as people of that language do,
 * an unknown slug as the slug itself. */
void yh_messages_render(const struct yh_messages *m, const char *lang, const struct yh_err *err,
			struct yh_buf *out);
/* The same with figures of a JSON object. `{step}` takes the member "step_zh" or "step_en" when
 * there is one, else "step"; a text that is a date is written as people do; a list is its entries
 * one after the other, each an object that names its own sentence as "say". */
void yh_messages_fill(const struct yh_messages *m, const char *lang, const char *slug,
		      const json_t *figures, struct yh_buf *out);

#endif
