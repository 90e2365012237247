/* Raw samples of an outer store, fetched in pieces that stay small. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meter/outer_internal.h"

enum {
	HELD_MAX = 4000000,      /* samples and buckets of a part */
	QUERY_BYTES = 256 << 10, /* before it is percent-encoded */
	SELECTOR_BYTES =
		8 << 10, /* of the resources' names: VictoriaMetrics takes 16 KiB a query */
	PART_FIRST = 64,
	PART_MOST = 1000,
	PART_GROW_BYTES = 2 << 20, /* an answer smaller than this: more at once next time */
	WIDTH_MIN_MS = 1000,
};
#define LABEL_BYTES ((size_t)128 << 20)

/* ---- series ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct yh_meter_label *)a)->name,
		      ((const struct yh_meter_label *)b)->name);
}

/* The labels as a series, its texts borrowed from `labels`; false: no memory. */
static bool series_of(struct yh_arena *arena, const json_t *labels, const char *metric,
		      struct yh_meter_series *out)
{
	size_t n = json_object_size(labels);
	struct yh_meter_label *all = YH_NEW_N(arena, struct yh_meter_label, n + 1);
	const char *key;
	json_t *v;

	*out = (struct yh_meter_series){ .metric = metric ? metric : "", .resource = "" };
	if (!all)
		return false;
	json_object_foreach((json_t *)labels, key, v)
	{
		const char *value = json_string_value(v) ? json_string_value(v) : "";

		if (strcmp(key, "__name__") == 0) {
			out->metric = value;
			continue;
		}
		if (strcmp(key, "resource") == 0)
			out->resource = value;
		all[out->n_labels++] = (struct yh_meter_label){ key, value };
	}
	qsort(all, out->n_labels, sizeof *all, by_name);
	out->labels = all;
	return true;
}

static bool key_of(const struct yh_outer *o, const struct yh_meter_series *s,
		   struct yh_wire_key *key)
{
	struct yh_buf text;
	bool ok;

	yh_buf_init(&text, (size_t)1 << 20);
	yh_buf_add(&text, s->metric, strlen(s->metric) + 1);
	for (size_t i = 0; i < s->n_labels; i++) {
		yh_buf_add(&text, s->labels[i].name, strlen(s->labels[i].name) + 1);
		yh_buf_add(&text, s->labels[i].value, strlen(s->labels[i].value) + 1);
	}
	ok = yh_buf_ok(&text);
	if (ok)
		*key = yh_wire_key_of(text.data, text.len, yh_gate_seed(o->gate));
	yh_buf_done(&text);
	return ok;
}

/* Copies the texts, so that the answer can go. */
static bool keep(struct yh_arena *arena, struct yh_meter_series *s)
{
	struct yh_meter_label *all = YH_NEW_N(arena, struct yh_meter_label, s->n_labels + 1);

	s->metric = yh_arena_strdup(arena, s->metric);
	s->resource = yh_arena_strdup(arena, s->resource);
	if (!all || !s->metric || !s->resource)
		return false;
	for (size_t i = 0; i < s->n_labels; i++) {
		all[i].name = yh_arena_strdup(arena, s->labels[i].name);
		all[i].value = yh_arena_strdup(arena, s->labels[i].value);
		if (!all[i].name || !all[i].value)
			return false;
	}
	s->labels = all;
	return true;
}

struct row {
	struct yh_wire_key key;
	struct yh_outer_one *one;
};

static struct yh_outer_one *make_one(struct yh_outer_haul *h, const struct yh_meter_series *s,
				     struct yh_wire_key key)
{
	struct yh_outer_one *one = YH_NEW(&h->arena, struct yh_outer_one);
	struct row *row;
	bool fresh;

	if (!one)
		return NULL;
	one->series = *s;
	one->key = key;
	one->last_ms = INT64_MIN;
	row = keep(&h->arena, &one->series) ? yh_table_put(&h->table, key, &fresh) : NULL;
	if (!row)
		return NULL;
	row->one = one;
	*h->tail = one;
	h->tail = &one->next;
	return one;
}

struct yh_outer_one *yh_outer_one(struct yh_outer_haul *h, const json_t *labels, const char *metric,
				  bool make)
{
	struct yh_meter_series s;
	struct yh_arena scratch;
	struct yh_outer_one *one = NULL;
	struct yh_wire_key key;
	const struct row *row;

	yh_arena_init(&scratch, (size_t)1 << 20);
	if (series_of(&scratch, labels, metric, &s) && key_of(h->read->o, &s, &key)) {
		row = yh_table_get(&h->table, key);
		one = row ? row->one : make ? make_one(h, &s, key) : NULL;
	}
	yh_arena_done(&scratch);
	return one;
}

/* ---- samples ---- */

void yh_outer_haul_init(struct yh_outer_haul *h)
{
	yh_arena_init(&h->arena, LABEL_BYTES);
	yh_table_init(&h->table, sizeof(struct row));
	h->first = NULL;
	h->tail = &h->first;
	h->held = 0;
}

void yh_outer_haul_done(struct yh_outer_haul *h)
{
	for (struct yh_outer_one *one = h->first; one; one = one->next) {
		free(one->at_ms);
		free(one->values);
		free(one->buckets);
	}
	yh_table_done(&h->table);
	yh_arena_done(&h->arena);
}

static bool push(struct yh_outer_haul *h, struct yh_outer_one *one, int64_t at_ms, double value)
{
	if (one->n == one->cap) {
		size_t cap = one->cap ? one->cap * 2 : 64;
		int64_t *at = realloc(one->at_ms, cap * sizeof *at);
		double *values;

		if (!at)
			return false;
		one->at_ms = at;
		values = realloc(one->values, cap * sizeof *values);
		if (!values)
			return false;
		one->values = values;
		one->cap = cap;
	}
	one->at_ms[one->n] = at_ms;
	one->values[one->n++] = value;
	h->held++;
	return true;
}

static struct yh_meter_bucket *bucket_at(struct yh_outer_haul *h, struct yh_outer_one *one,
					 int64_t from_ms)
{
	struct yh_meter_bucket *b = one->n_buckets ? &one->buckets[one->n_buckets - 1] : NULL;

	if (b && b->from_ms == from_ms)
		return b;
	if (one->n_buckets == one->cap_buckets) {
		size_t cap = one->cap_buckets ? one->cap_buckets * 2 : 16;

		b = realloc(one->buckets, cap * sizeof *b);
		if (!b)
			return NULL;
		one->buckets = b;
		one->cap_buckets = cap;
	}
	b = &one->buckets[one->n_buckets++];
	*b = (struct yh_meter_bucket){ .from_ms = from_ms };
	h->held++;
	return b;
}

double yh_outer_rise(double prev, double value)
{
	return value >= prev ? value - prev : value;
}

static bool sum_up(struct yh_outer_haul *h, struct yh_outer_one *one, int64_t at_ms, double value)
{
	struct yh_meter_bucket *b;

	if (at_ms >= h->from_ms) {
		b = bucket_at(h, one, at_ms - (at_ms - h->from_ms) % h->step_ms);
		if (!b)
			return false;
		if (b->count == 0)
			b->min = b->max = b->first = value;
		b->count++;
		b->min = value < b->min ? value : b->min;
		b->max = value > b->max ? value : b->max;
		b->sum += value;
		b->last = value;
		if (one->has_prev)
			b->rise += yh_outer_rise(one->prev, value);
		else
			one->unfounded = true;
	}
	one->prev = value;
	one->has_prev = true;
	return true;
}

/* VictoriaMetrics shows markers of staleness as NaN, and takes no other NaN; the others show NaN
 * that was sent, and no markers. */
static enum yh_rc take(struct yh_outer_haul *h, struct yh_outer_one *one, int64_t at_ms,
		       double value, struct yh_err *err)
{
	bool ok = true;

	if (at_ms <= one->last_ms)
		return YH_OK; /* shown twice */
	one->last_ms = at_ms;
	one->stale = isnan(value) && h->read->o->victoria == 1;
	if (one->stale || (isnan(value) && h->want == YH_OUTER_BUCKETS))
		return YH_OK;
	if (h->want == YH_OUTER_BUCKETS)
		ok = sum_up(h, one, at_ms, value);
	else if (h->limit && one->n >= h->limit)
		return yh_outer_many(h->limit, err);
	else
		ok = push(h, one, at_ms, value);
	if (!ok)
		return yh_fail(err, YH_BUSY, "memory-short");
	return h->held > HELD_MAX ? yh_fail(err, YH_TOO_LARGE, "meter-outer-much") : YH_OK;
}

enum yh_rc yh_outer_many(size_t limit, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_TOO_LARGE, "meter-samples-many");

	yh_err_int(err, "max", (int64_t)limit);
	return rc;
}

static enum yh_rc take_series(struct yh_outer_haul *h, const json_t *entry, int64_t from_ms,
			      int64_t to_ms, struct yh_err *err)
{
	const json_t *values = json_object_get(entry, "values");
	struct yh_outer_one *one = yh_outer_one(h, json_object_get(entry, "metric"), NULL, true);
	enum yh_rc rc = YH_OK;

	if (!one)
		return yh_fail(err, YH_BUSY, "memory-short");
	if (!yh_outer_matches(h->part->what, &one->series))
		return YH_OK;
	for (size_t i = 0; rc == YH_OK && i < json_array_size(values); i++) {
		int64_t at_ms;
		double value;

		if (!yh_outer_pair(json_array_get(values, i), &at_ms, &value)) {
			rc = yh_fail(err, YH_STORAGE, "meter-outer-answer");
			yh_err_text(err, "detail", "values");
			return rc;
		}
		if (at_ms >= from_ms && at_ms < to_ms)
			rc = take(h, one, at_ms, value, err);
	}
	return rc;
}

/* The samples of [from, to). The range is closed at its end everywhere, at its start it depends on
 * the store, so what lies before is left out here. */
static enum yh_rc fetch(struct yh_outer_haul *h, int64_t from_ms, int64_t to_ms, struct yh_err *err)
{
	YH_JSON_AUTO result = NULL;
	struct yh_buf query;
	enum yh_rc rc;

	yh_buf_init(&query, QUERY_BYTES);
	yh_outer_selector(&query, h->part, NULL);
	yh_buf_printf(&query, "[%" PRId64 "ms]", to_ms - from_ms);
	rc = yh_outer_query(h->read, yh_buf_text(&query), to_ms - 1, &result, err);
	yh_buf_done(&query);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(result); i++)
		rc = take_series(h, json_array_get(result, i), from_ms, to_ms, err);
	return rc;
}

enum yh_rc yh_outer_haul(struct yh_outer_haul *h, struct yh_err *err)
{
	int64_t at = h->from_ms - (h->want == YH_OUTER_BUCKETS ? YH_OUTER_BEFORE_MS : 0);
	int64_t width = h->to_ms - at;

	while (at < h->to_ms) {
		int64_t end = h->to_ms - at > width ? at + width : h->to_ms;
		struct yh_err why = { 0 };
		size_t held = h->held;
		enum yh_rc rc = fetch(h, at, end, &why);

		if (rc == YH_TOO_LARGE && strcmp(why.slug, "meter-outer-much") == 0 &&
		    h->part->n <= 1 && held == h->held && width > WIDTH_MIN_MS) {
			width /= 2; /* one resource: less time at once */
			continue;
		}
		if (rc != YH_OK) {
			if (err && err->rc == YH_OK)
				*err = why;
			return rc;
		}
		at = end;
	}
	return YH_OK;
}

/* ---- parts ---- */

/* How many of the texts fit into one question. */
static size_t fitting(const char *const *texts, size_t n, size_t most)
{
	size_t bytes = 0, i = 0;

	while (i < n && i < most) {
		bytes += strlen(texts[i]) + 1;
		if (i > 0 && bytes > SELECTOR_BYTES)
			break;
		i++;
	}
	return i;
}

static enum yh_rc each_part(struct yh_outer_read *r, const struct yh_meter_select *what,
			    const char *const *texts, size_t n, yh_outer_each each, void *arg,
			    struct yh_err *err)
{
	size_t most = PART_FIRST, i = 0;
	bool more = true;

	while (more && i < n) {
		struct yh_outer_part part = { what, texts + i, fitting(texts + i, n - i, most) };
		struct yh_err why = { 0 };
		enum yh_rc rc = each(arg, &part, &more, &why);

		if (rc == YH_TOO_LARGE && strcmp(why.slug, "meter-outer-much") == 0 && part.n > 1) {
			most = part.n / 2;
			continue;
		}
		if (rc != YH_OK) {
			if (err && err->rc == YH_OK)
				*err = why;
			return rc;
		}
		i += part.n;
		if (r->reply_bytes < PART_GROW_BYTES && most < PART_MOST)
			most *= 2;
	}
	return YH_OK;
}

/* Empty numbers name nothing. */
static size_t without_empty(struct yh_arena *arena, const struct yh_meter_select *what,
			    const char *const **out)
{
	const char **texts = YH_NEW_N(arena, const char *, what->n_resources + 1);
	size_t n = 0;

	*out = texts;
	for (size_t i = 0; texts && i < what->n_resources; i++)
		if (what->resources[i][0])
			texts[n++] = what->resources[i];
	return n;
}

enum yh_rc yh_outer_parts(struct yh_outer_read *r, const struct yh_meter_select *what,
			  int64_t from_ms, int64_t to_ms, yh_outer_each each, void *arg,
			  struct yh_err *err)
{
	struct yh_outer_part none = { .what = what };
	const char *const *texts = NULL;
	struct yh_arena arena;
	enum yh_rc rc = yh_outer_flavour(r, err);
	bool more = true;
	size_t n = 0;

	if (rc != YH_OK)
		return rc;
	yh_arena_init(&arena, LABEL_BYTES);
	if (what->by_resource) {
		n = without_empty(&arena, what, &texts);
		rc = texts ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
	} else {
		rc = yh_outer_resources(r, what, from_ms, to_ms, &arena, &texts, &n, err);
		if (rc == YH_OK)
			rc = each(arg, &none, &more, err);
	}
	if (rc == YH_OK && more)
		rc = each_part(r, what, texts, n, each, arg, err);
	yh_arena_done(&arena);
	return rc;
}
