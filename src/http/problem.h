/* Failures as the API tells them: RFC 9457 problem details. Pure. */
#ifndef YH_HTTP_PROBLEM_H
#define YH_HTTP_PROBLEM_H

#include "law/messages.h"

/* The status of a class of failure. */
int yh_problem_status(enum yh_rc rc);

/* Writes the JSON object: type, title (in `lang`), status, slug, and where they are set article,
 * parameter, field, figures. INTERNAL failures keep their texts to themselves. Of several `faults`
 * (NULL: none) each is told likewise, in the array of that name, and their number. */
void yh_problem_write(struct yh_buf *out, const struct yh_messages *m, const char *lang, int status,
		      const struct yh_err *err, const struct yh_faults *faults);

/* The same as `key` of an object that is being written (NULL: of an array, or by itself). */
void yh_problem_put(struct yh_jw *w, const char *key, const struct yh_messages *m, const char *lang,
		    int status, const struct yh_err *err);

/* "zh" or "en" from Accept-Language (RFC 9110), the first of the highest weight; "zh" when neither
 * is wanted, or for NULL. */
const char *yh_lang_choose(const char *accept_language);

/* The weight in thousandths that follows a name in an Accept header: of ";q=0.5", in the `n` bytes
 * at `s`; 1000 without one. */
int yh_accept_weight(const char *s, size_t n);

#endif
