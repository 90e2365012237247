/* Errors that outlive their request: as JSON texts with typed figures, so that they can be kept,
 * sent to another server, and rendered in any language later. */
#ifndef YH_CASES_PROBLEM_H
#define YH_CASES_PROBLEM_H

#include "base/json.h"

/* Owned by the caller; NULL without memory. */
json_t *yh_problem_json(const struct yh_err *err);
/* BAD_INPUT "problem-invalid" when it is none. */
YH_CHECK enum yh_rc yh_problem_of(const json_t *v, struct yh_err *out, struct yh_err *err);
/* The same of a text; false when it is none. */
bool yh_problem_read(const char *text, struct yh_err *out);
/* What it says of a file (figures file, name) it says of one of that name. */
void yh_problem_rename(struct yh_err *problem, const char *name);

#endif
