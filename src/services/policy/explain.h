/* What an article, a procedure or a parameter does in the software. */
#ifndef YH_SERVICES_POLICY_EXPLAIN_H
#define YH_SERVICES_POLICY_EXPLAIN_H

#include "base/buf.h"
#include "law/pack.h"

/* Members of an object: the article with its summary, parameters (law or local), procedures and
 * steps it governs; or one procedure; or one parameter. NOT_FOUND "policy-subject-unknown". */
YH_CHECK enum yh_rc yh_explain_json(const struct yh_pack *pack, const char *subject,
				    const char *lang, struct yh_jw *w, struct yh_err *err);
/* The same as text for a terminal. */
YH_CHECK enum yh_rc yh_explain_text(const struct yh_pack *pack, const char *subject,
				    const char *lang, struct yh_buf *out, struct yh_err *err);

/* Members of one procedure: its steps with bodies, clocks, words. */
void yh_explain_procedure(const struct yh_pack *pack, const struct yh_procedure *p,
			  const char *lang, struct yh_jw *w);

#endif
