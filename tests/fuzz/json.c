/* JSON and the numbers in it: what is read and written again is the same, and its canonical text
 * does not change any more. */
#include "base/json.h"
#include "base/num.h"
#include "fuzz.h"

static void look(const json_t *v, int depth)
{
	char text[YH_SCALED_TEXT];
	struct yh_err err = { 0 };
	int64_t milli, again;
	const char *key;
	const json_t *one;
	size_t i;

	must(depth < 2100);
	if (yh_json_milli(v, &milli, &err) == YH_OK) {
		(void)yh_scaled_text(milli, 3, text);
		must(yh_scaled_parse(text, 3, &again, &err) == YH_OK && again == milli);
	} else
		must(err.slug[0]);
	json_object_foreach((json_t *)(uintptr_t)v, key, one) look(one, depth + 1);
	json_array_foreach(v, i, one) look(one, depth + 1);
}

void yh_fuzz_json(const unsigned char *data, size_t n)
{
	struct yh_err err = { 0 };
	char *once, *twice;
	json_t *v, *w;
	enum yh_rc rc = yh_json_parse((const char *)data, n, &v, &err);

	must_say(rc, &err);
	if (rc != YH_OK)
		return;
	look(v, 0);
	once = yh_json_canonical(v);
	must(once != NULL);
	must(yh_json_parse(once, strlen(once), &w, &err) == YH_OK);
	twice = yh_json_canonical(w);
	must(twice && strcmp(once, twice) == 0);
	free(once);
	free(twice);
	json_decref(v);
	json_decref(w);
}
