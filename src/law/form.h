/* Forms: a closed subset of JSON Schema 2020-12, checked when the pack is loaded and enforced on
 * what is filed. An unknown keyword refuses the pack.
 *
 * Keywords: $schema, title, description, x-title-en, x-description-en, x-order, x-ref,
 * x-enum-titles, type, properties, required, additionalProperties (only false, which is also the
 * default), items, minItems, maxItems, uniqueItems, enum, const, minimum, maximum, minLength,
 * maxLength, format, default.
 * x-ref says what a value refers to: article, case, cloud, dimension, document, edition,
 * experience, indicator, item, line, org, person, project, record, resource or system.
 * x-enum-titles titles every choice of an enum of texts: {"zh": {value: title}, "en": {value:
 * title}}. Formats: date, id, quantity (decimal with at most three places, as string or number, >
 * 0), quantity0 (>= 0), rrule, code ([a-z0-9][a-z0-9._-]{0,63}; what refers to an
 * organisation may have capitals), line (no line break), text. A
 * keyword must say something about the type it stands at; quantities stand at string or number.
 * minimum and maximum are exact thousandths. Lengths count Unicode characters. Strings without
 * maxLength are held to 4000 characters, arrays without maxItems to 500 items. */
#ifndef YH_LAW_FORM_H
#define YH_LAW_FORM_H

#include "base/json.h"

/* Is `schema` within the subset, and is it an object schema on top? BAD_INPUT "form-keyword" with
 * the pointer of the part and the figure "what", its keyword. */
YH_CHECK enum yh_rc yh_form_check(const json_t *schema, struct yh_err *err);

/* Is `value` valid under a schema that yh_form_check admits? BAD_INPUT "form-…", "date-invalid",
 * "id-invalid", "rrule-invalid", "number-invalid" or "quantity-out-of-range" with the JSON pointer
 * of the first fault, from "/form" on. */
YH_CHECK enum yh_rc yh_form_validate(const json_t *schema, const json_t *value, struct yh_err *err);

/* Does the form's top level (or any array of objects below it) have this property? */
bool yh_form_has(const json_t *schema, const char *property);

#endif
