/* The shapes of the link's documents. */
#include "link/shape.h"

#include <stdatomic.h>
#include <string.h>

#include "law/form.h"

static _Atomic(json_t *) schema;

/* Read by whoever needs it first; when there was no memory for it then, by the next. */
static const json_t *whole(void)
{
	json_t *made = atomic_load(&schema), *first = NULL;

	if (made || yh_json_parse(yh_link_schema_text, strlen(yh_link_schema_text), &made, NULL))
		return made;
	if (atomic_compare_exchange_strong(&schema, &first, made))
		return made;
	json_decref(made);
	return first;
}

const json_t *yh_link_shape(const char *kind)
{
	return json_object_get(json_object_get(whole(), "$defs"), kind);
}

enum yh_rc yh_link_shaped(const json_t *body, const char *const *kinds, const char **kind,
			  struct yh_err *err)
{
	const char *said = yh_json_text(body, "kind");
	const json_t *shape = NULL;
	struct yh_err why = { 0 };
	enum yh_rc rc;

	for (; *kinds && !shape; kinds++)
		if (said && strcmp(said, *kinds) == 0) {
			*kind = *kinds;
			shape = yh_link_shape(*kinds);
		}
	if (!shape) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "link-kind", "/kind");
		yh_err_text(err, "kind", said ? said : "");
		return rc;
	}
	rc = yh_form_validate(shape, body, &why);
	if (rc != YH_OK && err && err->rc == YH_OK) {
		static const char lead[] = "/form";

		*err = why;
		if (strncmp(why.field, lead, sizeof lead - 1) == 0)
			yh_err_field(err, "%s", why.field + sizeof lead - 1);
	}
	return rc;
}
