/* What a form said, in words: by the titles of its fields. */
#ifndef YH_API_SAID_H
#define YH_API_SAID_H

#include "http/op.h"
#include "store/resource.h"

/* What a form may name besides: the resources `known` by id, which are said by their numbers, and,
 * by their codes, systems of `project` and items of the edition that was in force on `cloud` on
 * `day`. */
struct yh_said_about {
	const struct yh_resource_row *known;
	size_t n_known;
	struct yh_id project, cloud; /* zero: none is known */
	yh_day day;
};

/* Writes `key`: for each field of `form` that has a value, in the order of `schema`, an object of
 * field, title and text. What has a name is said by it, with its code; a code that is nobody's any
 * more, as it stands. `form` is JSON that passed `schema`; NULL, "" or what is no object any more:
 * an empty list. */
YH_CHECK enum yh_rc yh_said_write(struct yh_req *rq, const char *key, const json_t *schema,
				  const char *form, const struct yh_said_about *about,
				  struct yh_err *err);

/* Writes `key`: what the codes in `n` such forms stand for, each once, as objects of ref (the
 * schema's x-ref), code and text; what has no other words than its code is left out. */
YH_CHECK enum yh_rc yh_said_names(struct yh_req *rq, const char *key, const json_t *schema,
				  const char *const *forms, size_t n,
				  const struct yh_said_about *about, struct yh_err *err);

#endif
