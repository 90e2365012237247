/* Strict JSON in, over jansson: bounded, no duplicate keys, no NUL, valid UTF-8 only. */
#ifndef YH_BASE_JSON_H
#define YH_BASE_JSON_H

#include <jansson.h>

#include "base/arena.h"

/* Parses a whole text (any value on top). Deeper than jansson's bound, duplicate keys, bad UTF-8,
 * trailing text: BAD_INPUT "json-invalid" with `field` "line:column". *out is owned. */
YH_CHECK enum yh_rc yh_json_parse(const char *text, size_t n, json_t **out, struct yh_err *err);

/* Compact text with sorted keys (the same value gives the same bytes); free() it. */
char *yh_json_canonical(const json_t *v);

/* As yh_json_parse, the value released together with the arena. */
YH_CHECK enum yh_rc yh_json_parse_in(struct yh_arena *a, const char *text, size_t n,
				     const json_t **out, struct yh_err *err);

/* For __attribute__((cleanup)): releases and clears. */
void yh_json_put(json_t **v);
#define YH_JSON_AUTO __attribute__((cleanup(yh_json_put))) json_t *

/* Borrowed string member, or NULL when absent or not a string. */
const char *yh_json_text(const json_t *obj, const char *key);

/* Exact thousandths of a JSON number (integer, or real with at most three decimals) or of a
 * decimal string; else BAD_INPUT "number-invalid". */
YH_CHECK enum yh_rc yh_json_milli(const json_t *v, int64_t *out, struct yh_err *err);

#endif
