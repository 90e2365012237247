/* What an article, a procedure or a parameter does in the software. */
#ifndef YH_SERVICES_POLICY_EXPLAIN_H
#define YH_SERVICES_POLICY_EXPLAIN_H

#include "services/policy/say.h"

/* Members of an object: an article with its summary, the roles and parameters that rest on it, and
 * the procedures, checks and steps that it governs; or one procedure; or one parameter with the
 * places that use it. A figure is marked "law", with its article, or "local". NOT_FOUND
 * "policy-subject-unknown" with the figure `subject`. */
YH_CHECK enum yh_rc yh_explain_json(const struct yh_speech *s, const char *subject, struct yh_jw *w,
				    struct yh_err *err);
/* The same as text for a terminal, in sentences of that language. */
YH_CHECK enum yh_rc yh_explain_text(const struct yh_pack *pack, const char *subject,
				    const char *lang, struct yh_buf *out, struct yh_err *err);
/* A procedure as a flow chart in Mermaid's notation: steps, what they hang on, outcomes, clocks.
 * NOT_FOUND "policy-subject-unknown" for anything but a procedure. */
YH_CHECK enum yh_rc yh_explain_flow(const struct yh_pack *pack, const char *procedure,
				    const char *lang, struct yh_buf *out, struct yh_err *err);

/* Members of one procedure, without its form: its steps with bodies, clocks, words, outcomes. */
void yh_explain_procedure(const struct yh_speech *s, const struct yh_procedure *p, struct yh_jw *w);
/* Those that a list of procedures has: procedure, code, title, article, level, about, filed_by. */
void yh_explain_summary(const struct yh_speech *s, const struct yh_procedure *p, struct yh_jw *w);
/* Members of one outcome of a step: outcome, title, positive, form, schema, effects, end,
 * end_title. */
void yh_explain_outcome(const struct yh_speech *s, const struct yh_step *step, size_t i,
			struct yh_jw *w);
/* The step's `clock`, null without one. */
void yh_explain_clock(const struct yh_speech *s, const struct yh_step *step, struct yh_jw *w);
/* Members of an article (with the roles and parameters that rest on it), and of a parameter. */
void yh_explain_article(const struct yh_speech *s, const struct yh_article *a, struct yh_jw *w);
void yh_explain_param(const struct yh_speech *s, const struct yh_param *p, struct yh_jw *w);

#endif
