/* Forms: is a value valid? */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/num.h"
#include "base/time.h"
#include "law/form.h"
#include "law/form_internal.h"

static enum yh_rc fault(struct yh_err *err, const char *path, const char *slug)
{
	return yh_fail_field(err, YH_BAD_INPUT, slug, path);
}

static int64_t limit_of(const json_t *s, const char *key, int64_t otherwise)
{
	const json_t *v = json_object_get(s, key);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

/* A bound in thousandths; yh_form_check has seen that it is one. */
static int64_t milli_limit(const json_t *s, const char *key, int64_t otherwise)
{
	int64_t milli;

	return yh_json_milli(json_object_get(s, key), &milli, NULL) == YH_OK ? milli : otherwise;
}

/* A place in the value, as a JSON pointer that is cut rather than too long. */
struct place {
	char text[120];
};

static struct place below(const char *path, const char *name)
{
	struct place p;
	size_t n = (size_t)snprintf(p.text, sizeof p.text, "%s/", path);
	const char *escape;

	if (n >= sizeof p.text)
		n = sizeof p.text - 1;
	for (; *name && n + 8 < sizeof p.text; name++) {
		escape = *name == '~' ? "~0" : *name == '/' ? "~1" : NULL;
		if (!escape && (unsigned char)*name < 0x20)
			escape = "?";
		n += (size_t)snprintf(p.text + n, sizeof p.text - n, "%.*s", escape ? 2 : 1,
				      escape ? escape : name);
	}
	while (*name && n > 0 && ((unsigned char)p.text[n - 1] & 0xC0) == 0x80)
		n--; /* what was cut may have been within a character */
	if (*name && n > 0 && ((unsigned char)p.text[n - 1] & 0xC0) == 0xC0)
		n--;
	p.text[n] = 0;
	return p;
}

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

static bool is_code(const char *s, bool capitals)
{
	size_t n = strlen(s);

	if (n == 0 || n > 64 || strchr("._-", s[0]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) &&
		    !(capitals && isupper((unsigned char)s[i])) && !strchr("._-", s[i]))
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

/* An organisation keeps the code that it was entered with, which may have capitals. */
static bool names_org(const json_t *s)
{
	const char *ref = yh_json_text(s, "x-ref");

	return ref && strcmp(ref, "org") == 0;
}

static enum yh_rc check_format(const json_t *s, const char *format, const char *text,
			       const char *path, struct yh_err *err)
{
	yh_day day;
	struct yh_id id;

	if (strcmp(format, "date") == 0 && yh_day_parse(text, &day, NULL) != YH_OK)
		return fault(err, path, "date-invalid");
	if (strcmp(format, "id") == 0 && yh_id_parse(text, &id, NULL) != YH_OK)
		return fault(err, path, "id-invalid");
	if (strcmp(format, "rrule") == 0 && !is_rrule(text))
		return fault(err, path, "rrule-invalid");
	if (strcmp(format, "code") == 0 && !is_code(text, names_org(s)))
		return fault(err, path, "form-code");
	if (strcmp(format, "line") == 0 &&
	    (strpbrk(text, "\r\n\t") || strstr(text, "\u2028") || strstr(text, "\u2029")))
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
	    q < milli_limit(s, "minimum", 0) || q > milli_limit(s, "maximum", YH_QTY_MILLI_MAX)) {
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
	int64_t n, least = limit_of(s, "minLength", 0),
		   most = limit_of(s, "maxLength", YH_FORM_LENGTH);
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
	return format ? check_format(s, format, text, path, err) : YH_OK;
}

/* Bounds are thousandths, values may be larger than thousandths can be: compare as double, which is
 * exact for every bound. */
static enum yh_rc check_number(const json_t *s, const json_t *v, bool whole, const char *path,
			       struct yh_err *err)
{
	int64_t least = milli_limit(s, "minimum", INT64_MIN);
	int64_t most = milli_limit(s, "maximum", INT64_MAX);
	double n = json_number_value(v);
	enum yh_rc rc;

	if (whole ? !json_is_integer(v) : !json_is_number(v))
		return fault(err, path, "form-type");
	if ((least == INT64_MIN || n >= (double)least / 1000.0) &&
	    (most == INT64_MAX || n <= (double)most / 1000.0))
		return YH_OK;
	rc = fault(err, path, "form-range");
	if (whole)
		yh_err_int(err, "value", json_integer_value(v));
	if (least != INT64_MIN)
		yh_err_milli(err, "least", least);
	if (most != INT64_MAX)
		yh_err_milli(err, "most", most);
	return rc;
}

static enum yh_rc validate(const json_t *s, const json_t *v, const char *path, struct yh_err *err);

/* The sentence names the field as the form does. */
static enum yh_rc missing(const json_t *s, const char *path, struct yh_err *err)
{
	const char *zh = yh_json_text(s, "title"), *en = yh_json_text(s, "x-title-en");
	enum yh_rc rc = fault(err, path, "form-missing");

	if (zh)
		yh_err_text(err, "field_zh", zh);
	if (en)
		yh_err_text(err, "field_en", en);
	return rc;
}

static enum yh_rc check_object(const json_t *s, const json_t *v, const char *path,
			       struct yh_err *err)
{
	json_t *props = json_object_get(s, "properties"), *req = json_object_get(s, "required");
	json_t *members = (json_t *)(uintptr_t)v;

	if (!json_is_object(v))
		return fault(err, path, "form-type");
	for (void *it = json_object_iter(members); it; it = json_object_iter_next(members, it)) {
		const json_t *sub = json_object_get(props, json_object_iter_key(it));
		struct place p = below(path, json_object_iter_key(it));
		enum yh_rc rc = sub ? validate(sub, json_object_iter_value(it), p.text, err)
				    : fault(err, p.text, "form-unknown");

		if (rc != YH_OK)
			return rc;
	}
	for (size_t i = 0; i < json_array_size(req); i++) {
		const char *name = json_string_value(json_array_get(req, i));

		if (!json_object_get(v, name))
			return missing(json_object_get(props, name), below(path, name).text, err);
	}
	return YH_OK;
}

static enum yh_rc check_array(const json_t *s, const json_t *v, const char *path,
			      struct yh_err *err)
{
	size_t n = json_array_size(v), least = (size_t)limit_of(s, "minItems", 0);
	size_t most = (size_t)limit_of(s, "maxItems", YH_FORM_ITEMS);
	bool unique = json_is_true(json_object_get(s, "uniqueItems"));
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
		struct place p;
		char index[24];

		(void)snprintf(index, sizeof index, "%zu", i);
		p = below(path, index);
		rc = validate(json_object_get(s, "items"), json_array_get(v, i), p.text, err);
		for (size_t j = 0; rc == YH_OK && unique && j < i; j++)
			if (json_equal(json_array_get(v, i), json_array_get(v, j)))
				rc = fault(err, p.text, "form-twice");
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc check_choice(const json_t *s, const json_t *v, const char *path,
			       struct yh_err *err)
{
	const json_t *list = json_object_get(s, "enum"), *fixed = json_object_get(s, "const");

	if (fixed && !json_equal(fixed, v))
		return fault(err, path, "form-choice");
	if (!list)
		return YH_OK;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), v))
			return YH_OK;
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
		return check_number(s, v, true, path, err);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(v) ? YH_OK : fault(err, path, "form-type");
	return check_number(s, v, false, path, err);
}

enum yh_rc yh_form_validate(const json_t *schema, const json_t *value, struct yh_err *err)
{
	return validate(schema, value, "/form", err);
}
