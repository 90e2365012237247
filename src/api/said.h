/* What a form said, in words: by the titles of its fields. */
#ifndef YH_API_SAID_H
#define YH_API_SAID_H

#include "http/op.h"
#include "store/resource.h"

/* Writes `key`: for each field of `form` that has a value, in the order of `schema`, an object of
 * field, title and text. Resources that a form names by id are those of `known`, and said by their
 * numbers. `form` is JSON that passed `schema`; NULL, "" or what is no object any more: an empty
 * list. */
YH_CHECK enum yh_rc yh_said_write(struct yh_req *rq, const char *key, const json_t *schema,
				  const char *form, const struct yh_resource_row *known,
				  size_t n_known, struct yh_err *err);

#endif
