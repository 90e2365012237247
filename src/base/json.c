/* Strict JSON in. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/shortage.h"

static void *claim(size_t n)
{
	void *p = malloc(n);

	return p ? p : yh_shortage();
}

__attribute__((constructor)) static void watch_memory(void)
{
	json_set_alloc_funcs(claim, free);
}

enum yh_rc yh_json_parse(const char *text, size_t n, json_t **out, struct yh_err *err)
{
	json_error_t je;
	unsigned before = yh_shortages();
	enum yh_rc rc;

	*out = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);
	if (*out)
		return YH_OK;
	/* the library calls a token invalid that it had no memory for */
	if (yh_shortages() != before)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_fail(err, YH_BAD_INPUT, "json-invalid");
	yh_err_field(err, "%d:%d", je.line, je.column);
	yh_err_text(err, "detail", je.text);
	return rc;
}

static void drop(void *p)
{
	json_decref(p);
}

enum yh_rc yh_json_parse_in(struct yh_arena *a, const char *text, size_t n, const json_t **out,
			    struct yh_err *err)
{
	json_t *v;
	enum yh_rc rc = yh_json_parse(text, n, &v, err);

	*out = NULL;
	if (rc != YH_OK)
		return rc;
	if (!yh_arena_defer(a, drop, v))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*out = v;
	return YH_OK;
}

char *yh_json_canonical(const json_t *v)
{
	return json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

void yh_json_put(json_t **v)
{
	json_decref(*v);
	*v = NULL;
}

const char *yh_json_text(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

/* The shortest decimal that reads back as this number decides, so that 0.1 is 100 thousandths. */
static enum yh_rc milli_of_real(double d, int64_t *out, struct yh_err *err)
{
	char text[64];

	if (!isfinite(d) || fabs(d) > 1e15)
		return yh_fail(err, YH_BAD_INPUT, "number-invalid");
	for (int digits = 1; digits <= 17; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	if (strchr(text, 'e'))
		(void)snprintf(text, sizeof text, "%.9f", d);
	if (strchr(text, '.'))
		for (size_t n = strlen(text); text[n - 1] == '0' || text[n - 1] == '.'; n--) {
			bool point = text[n - 1] == '.';

			text[n - 1] = 0;
			if (point)
				break;
		}
	return yh_scaled_parse(text, 3, out, err);
}

enum yh_rc yh_json_milli(const json_t *v, int64_t *out, struct yh_err *err)
{
	if (json_is_integer(v)) {
		if (!yh_mul_i64(json_integer_value(v), 1000, out))
			return yh_fail(err, YH_BAD_INPUT, "number-invalid");
		return YH_OK;
	}
	if (json_is_real(v))
		return milli_of_real(json_real_value(v), out, err);
	if (json_is_string(v))
		return yh_scaled_parse(json_string_value(v), 3, out, err);
	return yh_fail(err, YH_BAD_INPUT, "number-invalid");
}
