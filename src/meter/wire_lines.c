/* JSON lines: one sample a line, for senders without Prometheus. */
#include "meter/wire_internal.h"

#include <stdlib.h>

#include "base/json.h"

struct line {
	const json_t *metric, *labels, *at, *value;
};

static enum yh_rc bad_line(struct yh_walk *k, size_t number, const char *detail)
{
	enum yh_rc rc = yh_walk_invalid(k, detail);

	yh_err_field(k->err, "line:%zu", number);
	return rc;
}

/* The members of an object that has no others; NULL, or the fault. */
static const char *members(const json_t *v, struct line *out)
{
	const char *key;
	json_t *item;

	*out = (struct line){ 0 };
	if (!json_is_object(v))
		return "line-json";
	json_object_foreach((json_t *)(uintptr_t)v, key, item)
	{
		const json_t **at = strcmp(key, "metric") == 0   ? &out->metric
				    : strcmp(key, "labels") == 0 ? &out->labels
				    : strcmp(key, "at") == 0     ? &out->at
				    : strcmp(key, "value") == 0  ? &out->value
								 : NULL;

		if (!at)
			return "line-field";
		*at = item;
	}
	return NULL;
}

static bool read_at(const json_t *v, int64_t *at_ms)
{
	yh_time t;

	if (json_is_integer(v)) {
		*at_ms = json_integer_value(v);
		return true;
	}
	if (!json_is_string(v) || yh_time_parse(json_string_value(v), &t, NULL) != YH_OK)
		return false;
	*at_ms = t / 1000 - (t % 1000 < 0);
	return true;
}

static bool read_value(const json_t *v, double *out)
{
	const char *text = json_string_value(v);

	if (json_is_number(v)) {
		*out = json_number_value(v);
		return true;
	}
	if (!text)
		return false;
	if (strcmp(text, "NaN") == 0)
		*out = yh_walk_bits(YH_WIRE_NAN);
	else if (strcmp(text, "+Inf") == 0)
		*out = __builtin_inf();
	else if (strcmp(text, "-Inf") == 0)
		*out = -__builtin_inf();
	else
		return false;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct yh_meter_label *)a)->name,
		      ((const struct yh_meter_label *)b)->name);
}

/* The labels with the metric's name, by name; false when one is no text or they are too many. */
static bool collect(const struct line *l, struct yh_meter_label *out, size_t *n)
{
	const char *key;
	json_t *item;

	*n = 0;
	out[(*n)++] = (struct yh_meter_label){ "__name__", json_string_value(l->metric) };
	if (!l->labels)
		return true;
	if (!json_is_object(l->labels))
		return false;
	json_object_foreach((json_t *)(uintptr_t)l->labels, key, item)
	{
		if (!json_is_string(item) || *n > YH_METER_LABELS_MAX ||
		    strcmp(key, "__name__") == 0)
			return false;
		out[(*n)++] = (struct yh_meter_label){ key, json_string_value(item) };
	}
	qsort(out, *n, sizeof *out, by_name);
	return true;
}

static enum yh_rc put_labels(struct yh_walk *k, const struct yh_meter_label *labels, size_t n)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; i < n && rc == YH_OK; i++)
		rc = yh_walk_label(
			k, &(struct yh_wire_label){ .name = (const unsigned char *)labels[i].name,
						    .name_len = strlen(labels[i].name),
						    .value = (const unsigned char *)labels[i].value,
						    .value_len = strlen(labels[i].value) });
	return rc;
}

static enum yh_rc take_line(struct yh_walk *k, size_t number, const char *text, size_t n)
{
	struct yh_meter_label labels[YH_METER_LABELS_MAX + 2];
	struct yh_walk_found f = { .at = k->w->n_scratch, .first_sample = k->w->n_samples };
	struct yh_err err = { 0 };
	YH_JSON_AUTO v = NULL;
	struct line l;
	const char *fault;
	double value;
	int64_t at_ms;
	size_t n_labels;
	enum yh_rc rc;

	if (yh_json_parse(text, n, &v, &err) != YH_OK) {
		if (err.rc != YH_BAD_INPUT)
			return yh_fail(k->err, YH_BUSY, "memory-short");
		return bad_line(k, number, "line-json");
	}
	fault = members(v, &l);
	if (fault)
		return bad_line(k, number, fault);
	if (!json_is_string(l.metric) || json_string_length(l.metric) == 0)
		return bad_line(k, number, "line-metric");
	if (!collect(&l, labels, &n_labels))
		return bad_line(k, number, "line-labels");
	if (!read_at(l.at, &at_ms))
		return bad_line(k, number, "line-at");
	if (!read_value(l.value, &value))
		return bad_line(k, number, "line-value");
	rc = put_labels(k, labels, n_labels);
	if (rc == YH_OK)
		rc = yh_walk_add(k, at_ms, value);
	f.labels_len = k->w->n_scratch - f.at;
	return rc == YH_OK ? yh_walk_close(k, &f) : rc;
}

static bool is_blank(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
			return false;
	return true;
}

enum yh_rc yh_walk_lines(struct yh_walk *k, const char *text, size_t n)
{
	size_t number = 1;
	enum yh_rc rc = YH_OK;

	if (n > YH_WIRE_PLAIN_MAX)
		return yh_walk_too_large(k);
	for (size_t at = 0; at < n && rc == YH_OK; number++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - (text + at)) : n - at;

		if (!is_blank(text + at, len))
			rc = take_line(k, number, text + at, len);
		at += len + 1;
	}
	return rc;
}
