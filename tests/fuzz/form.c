/* A schema, a byte 0, and a value that is filed by it. */
#include "fuzz.h"
#include "law/form.h"

void yh_fuzz_form(const unsigned char *data, size_t n)
{
	size_t len;
	char *schema_text = fuzz_part(&data, &n, &len);
	struct yh_err err = { 0 };
	json_t *schema, *value;
	enum yh_rc rc;

	rc = yh_json_parse(schema_text, len, &schema, &err);
	must_say(rc, &err);
	free(schema_text);
	if (rc != YH_OK)
		return;
	rc = yh_form_check(schema, &err);
	must_say(rc, &err);
	if (rc == YH_OK && yh_json_parse((const char *)data, n, &value, NULL) == YH_OK) {
		rc = yh_form_validate(schema, value, &err);
		must_say(rc, &err);
		must(rc == YH_OK || strncmp(err.field, "/form", 5) == 0);
		(void)yh_form_has(schema, "code");
		json_decref(value);
	}
	json_decref(schema);
}
