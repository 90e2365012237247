/* Forms: is a value valid? */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/num.h"
#include "base/time.h"
#include "law/form.h"

enum { LENGTH_MAX = 4000, ITEMS_MAX = 500 };

static enum yh_rc fault(struct yh_err *err, const char *path, const char *slug)
{
	return yh_fail_field(err, YH_BAD_INPUT, slug, path);
}

static int64_t limit_of(const json_t *s, const char *key, int64_t otherwise)
{
	const json_t *v = json_object_get(s, key);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

static bool is_code(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > 64 || !(islower((unsigned char)s[0]) || isdigit((unsigned char)s[0])))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) &&
		    !strchr("._-", s[i]))
			return false;
	return true;
}

static bool is_rrule(const char *s)
{
	if (strlen(s) > 200 || !strstr(s, "FREQ="))
		return false;
	for (; *s; s++)
		if (!isupper((unsigned char)*s) && !isdigit((unsigned char)*s) &&
		    !strchr("=;,:+-", *s))
			return false;
	return true;
}

static enum yh_rc check_format(const char *format, const char *text, const char *path,
			       struct yh_err *err)
{
	yh_day day;
	struct yh_id id;

	if (strcmp(format, "date") == 0 && yh_day_parse(text, &day, NULL) != YH_OK)
		return fault(err, path, "date-invalid");
	if (strcmp(format, "id") == 0 && yh_id_parse(text, &id, NULL) != YH_OK)
		return fault(err, path, "id-invalid");
	if (strcmp(format, "rrule") == 0 && !is_rrule(text))
		return fault(err, path, "rrule-invalid");
	if (strcmp(format, "code") == 0 && !is_code(text))
		return fault(err, path, "form-code");
	if (strcmp(format, "line") == 0 && strpbrk(text, "\r\n\t"))
		return fault(err, path, "form-line");
	return YH_OK;
}

static enum yh_rc check_quantity(const json_t *s, const json_t *v, const char *format,
				 const char *path, struct yh_err *err)
{
	int64_t q;

	if (yh_json_milli(v, &q, NULL) != YH_OK)
		return fault(err, path, "number-invalid");
	if (q < 0 || (q == 0 && strcmp(format, "quantity") == 0) || q > YH_QTY_MILLI_MAX ||
	    q < limit_of(s, "minimum", 0) * 1000 ||
	    q > limit_of(s, "maximum", YH_QTY_MILLI_MAX / 1000) * 1000) {
		enum yh_rc rc = fault(err, path, "quantity-out-of-range");

		yh_err_milli(err, "asked", q);
		return rc;
	}
	return YH_OK;
}

static enum yh_rc check_string(const json_t *s, const json_t *v, const char *path,
			       struct yh_err *err)
{
	const char *text = json_string_value(v), *format = yh_json_text(s, "format");
	int64_t n, least = limit_of(s, "minLength", 0), most = limit_of(s, "maxLength", LENGTH_MAX);
	enum yh_rc rc;

	if (!text)
		return fault(err, path, "form-type");
	n = (int64_t)characters(text);
	if (n < least || n > most) {
		rc = fault(err, path, "form-length");
		yh_err_int(err, "length", n);
		yh_err_int(err, "least", least);
		yh_err_int(err, "most", most);
		return rc;
	}
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 && !strchr("\r\n\t", *p))
			return fault(err, path, "form-characters");
	return format ? check_format(format, text, path, err) : YH_OK;
}

static enum yh_rc check_integer(const json_t *s, const json_t *v, const char *path,
				struct yh_err *err)
{
	int64_t n, least = limit_of(s, "minimum", INT64_MIN),
		   most = limit_of(s, "maximum", INT64_MAX);
	enum yh_rc rc;

	if (!json_is_integer(v))
		return fault(err, path, "form-type");
	n = json_integer_value(v);
	if (n >= least && n <= most)
		return YH_OK;
	rc = fault(err, path, "form-range");
	yh_err_int(err, "value", n);
	if (least != INT64_MIN)
		yh_err_int(err, "least", least);
	if (most != INT64_MAX)
		yh_err_int(err, "most", most);
	return rc;
}

static enum yh_rc validate(const json_t *s, const json_t *v, const char *path, struct yh_err *err);

static enum yh_rc check_object(const json_t *s, const json_t *v, const char *path,
			       struct yh_err *err)
{
	json_t *props = json_object_get(s, "properties"), *m;
	const char *name;
	char below[128];
	size_t i;

	if (!json_is_object(v))
		return fault(err, path, "form-type");
	json_object_foreach((json_t *)(uintptr_t)v, name, m)
	{
		const json_t *sub = json_object_get(props, name);
		enum yh_rc rc;

		(void)snprintf(below, sizeof below, "%s/%s", path, name);
		rc = sub ? validate(sub, m, below, err) : fault(err, below, "form-unknown");
		if (rc != YH_OK)
			return rc;
	}
	json_array_foreach(json_object_get(s, "required"), i,
			   m) if (!json_object_get(v, json_string_value(m)))
	{
		(void)snprintf(below, sizeof below, "%s/%s", path, json_string_value(m));
		return fault(err, below, "form-missing");
	}
	return YH_OK;
}

static enum yh_rc check_array(const json_t *s, const json_t *v, const char *path,
			      struct yh_err *err)
{
	size_t n = json_array_size(v), least = (size_t)limit_of(s, "minItems", 0);
	size_t most = (size_t)limit_of(s, "maxItems", ITEMS_MAX);
	bool unique = json_is_true(json_object_get(s, "uniqueItems"));
	char below[128];
	enum yh_rc rc;

	if (!json_is_array(v))
		return fault(err, path, "form-type");
	if (n < least || n > most) {
		rc = fault(err, path, "form-items");
		yh_err_int(err, "items", (int64_t)n);
		yh_err_int(err, "least", (int64_t)least);
		yh_err_int(err, "most", (int64_t)most);
		return rc;
	}
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(below, sizeof below, "%s/%zu", path, i);
		rc = validate(json_object_get(s, "items"), json_array_get(v, i), below, err);
		for (size_t j = 0; rc == YH_OK && unique && j < i; j++)
			if (json_equal(json_array_get(v, i), json_array_get(v, j)))
				rc = fault(err, below, "form-twice");
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc check_choice(const json_t *s, const json_t *v, const char *path,
			       struct yh_err *err)
{
	const json_t *list = json_object_get(s, "enum"), *fixed = json_object_get(s, "const");
	json_t *one;
	size_t i;

	if (fixed && !json_equal(fixed, v))
		return fault(err, path, "form-choice");
	if (!list)
		return YH_OK;
	json_array_foreach((json_t *)(uintptr_t)list, i, one) if (json_equal(one, v)) return YH_OK;
	return fault(err, path, "form-choice");
}

static enum yh_rc validate(const json_t *s, const json_t *v, const char *path, struct yh_err *err)
{
	const char *type = yh_json_text(s, "type"), *format = yh_json_text(s, "format");
	enum yh_rc rc = check_choice(s, v, path, err);

	if (rc != YH_OK)
		return rc;
	if (format && strncmp(format, "quantity", 8) == 0)
		return check_quantity(s, v, format, path, err);
	if (strcmp(type, "object") == 0)
		return check_object(s, v, path, err);
	if (strcmp(type, "array") == 0)
		return check_array(s, v, path, err);
	if (strcmp(type, "string") == 0)
		return check_string(s, v, path, err);
	if (strcmp(type, "integer") == 0)
		return check_integer(s, v, path, err);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(v) ? YH_OK : fault(err, path, "form-type");
	return json_is_number(v) ? YH_OK : fault(err, path, "form-type");
}

enum yh_rc yh_form_validate(const json_t *schema, const json_t *value, struct yh_err *err)
{
	return validate(schema, value, "/form", err);
}
