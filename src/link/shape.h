/* The shapes of the link's documents: docs/link.schema.json, which is built in. Everybody sends and
 * takes by it, whatever platform they run. */
#ifndef YH_LINK_SHAPE_H
#define YH_LINK_SHAPE_H

#include "base/json.h"

extern const char yh_link_schema_text[];

/* The schema of a kind of documents; NULL: there is none. Lives for ever. */
const json_t *yh_link_shape(const char *kind);

/* Is it a document of one of these kinds (NULL behind the last), in its shape? BAD_INPUT
 * "link-kind" (figure kind), or as yh_form_validate, with the pointer into the document. */
YH_CHECK enum yh_rc yh_link_shaped(const json_t *body, const char *const *kinds, const char **kind,
				   struct yh_err *err);

#endif
