/* Usage of resources and data of the platform: five minutes at a time, out of the sender's meter
 * into the receiver's. What a metric was on the mean, or last where it only grows, is one sample at
 * the end of its five minutes: told twice, it is the same sample. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"
#include "services/meter/view.h"
#include "store/party.h"

enum {
	RESOURCES = 500,  /* looked at together */
	SAMPLES = 1000,   /* of a document */
	SAMPLE_MOST = 80, /* bytes of one beside its labels and its resource */
	BYTES = 200 *
		1024, /* of a document's samples: what is behind the last is below a body's most */
	PARTS = 1000, /* of one metric and five minutes among resources looked at together */
	SERIES_MAX = 4000000, /* a district's share of the meter is bounded by the meter's own */
	TEXT_MAX = 4 << 20,   /* of what is written at once */
};
#define SLOT_MS INT64_C(300000)
#define LAST_MS (SLOT_MS - 1000)

/* ---- sending ---- */

struct sample {
	int64_t from_ms;
	const char *metric, *resource; /* "": of the platform */
	json_t *labels;                /* NULL: none */
	size_t bytes;                  /* of it in a document, at most */
	double value;
};

struct gathering {
	const struct yh_link_work *work;
	const char *const *providers; /* of the platform's series, those that count */
	size_t n_providers;
	const char **metrics; /* besides resource_…, that items are metered by */
	size_t n_metrics;
	bool platform;
	struct sample *list;
	size_t n, cap;
	struct yh_err err;
};

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static bool wanted(const struct gathering *g, const struct yh_meter_series *s)
{
	static const char lead[] = "resource_";
	const char *provider = NULL;
	bool known = false;

	if (g->platform) {
		for (size_t i = 0; i < s->n_labels; i++)
			if (strcmp(s->labels[i].name, "provider") == 0)
				provider = s->labels[i].value;
		for (size_t i = 0; provider && i < g->n_providers; i++)
			known = known || strcmp(provider, g->providers[i]) == 0;
		return !s->resource[0] && (!provider || known);
	}
	if (strncmp(s->metric, lead, sizeof lead - 1) == 0)
		return true;
	for (size_t i = 0; i < g->n_metrics; i++)
		if (strcmp(s->metric, g->metrics[i]) == 0)
			return true;
	return false;
}

static void put_json(void *p)
{
	json_decref(p);
}

/* Without the stamps of this side's senders, of which the provider stays told as one. */
static json_t *labels_of(struct gathering *g, const struct yh_meter_series *s)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < s->n_labels; i++) {
		const struct yh_meter_label *l = &s->labels[i];
		const char *name = strcmp(l->name, "provider") == 0 ? "vendor" : l->name;

		if (strcmp(name, "resource") == 0 || strcmp(name, "cloud") == 0)
			continue;
		if (json_array_append_new(
			    list, json_pack("{s:s, s:s}", "name", name, "value", l->value)) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list && yh_arena_defer(g->work->arena, put_json, list) ? list : NULL;
}

static bool grow(struct gathering *g)
{
	size_t cap = g->cap ? g->cap * 2 : 1024;
	struct sample *list = YH_NEW_N(g->work->arena, struct sample, cap);

	if (!list)
		return false;
	if (g->n)
		memcpy(list, g->list, g->n * sizeof *list);
	g->list = list;
	g->cap = cap;
	return true;
}

static bool keep(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *buckets,
		 size_t n)
{
	struct gathering *g = arg;
	struct sample like = { .resource = "" };

	if (!wanted(g, s) || strlen(s->metric) > 80)
		return true;
	like.metric = yh_arena_strdup(g->work->arena, s->metric);
	like.resource = yh_arena_strdup(g->work->arena, s->resource);
	like.labels = labels_of(g, s);
	if (!like.metric || !like.resource || !like.labels) {
		(void)yh_fail(&g->err, YH_TOO_LARGE, "memory-short");
		return false;
	}
	like.bytes = SAMPLE_MOST + strlen(like.resource) +
		     json_dumpb(like.labels, NULL, 0, JSON_COMPACT);
	for (size_t i = 0; i < n; i++) {
		double value = ends_in(s->metric, "_total")
				       ? buckets[i].last
				       : buckets[i].sum / (double)buckets[i].count;

		if (!isfinite(value))
			continue;
		if (g->n == g->cap && !grow(g)) {
			(void)yh_fail(&g->err, YH_TOO_LARGE, "memory-short");
			return false;
		}
		g->list[g->n] = like;
		g->list[g->n].from_ms = buckets[i].from_ms;
		g->list[g->n++].value = value;
	}
	return true;
}

static int by_slot(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	int order = x->from_ms < y->from_ms ? -1 : x->from_ms > y->from_ms;

	if (order == 0)
		order = strcmp(x->metric, y->metric);
	return order ? order : strcmp(x->resource, y->resource);
}

static enum yh_rc add_sample(json_t *list, const struct sample *s, struct yh_err *err)
{
	char value[32];
	json_t *e;

	(void)snprintf(value, sizeof value, "%.17g", s->value);
	e = json_pack("{s:s}", "value", value);
	if (json_array_append_new(list, e) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (json_array_size(s->labels) && json_object_set(e, "labels", s->labels) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return yh_link_say(e, "resource", s->resource, err);
}

static enum yh_rc emit_part(const char *kind, const struct sample *s, size_t n, unsigned part,
			    yh_link_emit_fn emit, void *arg, struct yh_err *err)
{
	char key[YH_LINK_KEY_MAX + 40], from[YH_TIME_TEXT];
	YH_JSON_AUTO body = NULL;
	enum yh_rc rc = yh_link_packed(json_pack("{s:s, s:s, s:s, s:i, s:[]}", "kind", kind, "from",
						 yh_time_text(s->from_ms * 1000, from), "metric",
						 s->metric, "part", (int)part, "samples"),
				       &body, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = add_sample(json_object_get(body, "samples"), &s[i], err);
	(void)snprintf(key, sizeof key, "%s/%s/%u", from, s->metric, part);
	return rc == YH_OK ? emit(arg, key, body, err) : rc;
}

/* What was gathered, in documents of one metric and five minutes. */
static enum yh_rc emit_all(struct gathering *g, const char *kind, size_t page, yh_link_emit_fn emit,
			   void *arg, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	unsigned part = 0;

	if (g->n)
		qsort(g->list, g->n, sizeof *g->list, by_slot);
	for (size_t at = 0, to; rc == YH_OK && at < g->n; at = to) {
		size_t bytes = g->list[at].bytes;

		for (to = at + 1;
		     to < g->n && to - at < SAMPLES && bytes + g->list[to].bytes <= BYTES &&
		     g->list[to].from_ms == g->list[at].from_ms &&
		     strcmp(g->list[to].metric, g->list[at].metric) == 0;
		     to++)
			bytes += g->list[to].bytes;
		part = at && g->list[at].from_ms == g->list[at - 1].from_ms &&
				       strcmp(g->list[at].metric, g->list[at - 1].metric) == 0
			       ? part + 1
			       : (unsigned)(page * PARTS);
		rc = emit_part(kind, g->list + at, to - at, part, emit, arg, err);
	}
	return rc;
}

/* What is read of the store for one page. */
struct asking {
	const struct yh_link_peer *peer;
	yh_time since;
	const char *after;
	struct yh_arena *arena;
	const char **nos, **metrics, **providers;
	size_t n, n_metrics, n_providers;
	struct yh_cloud_row cloud;
};

static enum yh_rc ask_page(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asking *a = arg;
	const struct yh_mirror_of ours = yh_link_ours(a->peer);

	return yh_mirror_metered(tx, &ours, a->since, a->after, RESOURCES, a->arena, &a->nos, &a->n,
				 err);
}

static enum yh_rc ask_cloud(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asking *a = arg;
	enum yh_rc rc = yh_cloud_load(tx, &a->peer->home, a->arena, &a->cloud, err);

	if (rc == YH_OK)
		rc = yh_cloud_bodies(tx, &a->peer->home, "provider", a->arena, &a->providers,
				     &a->n_providers, err);
	return rc == YH_OK ? yh_mirror_metrics(tx, &a->peer->home, a->arena, &a->metrics,
					       &a->n_metrics, err)
			   : rc;
}

static enum yh_rc history(struct gathering *g, const struct yh_meter_select *what, yh_time since,
			  yh_time until, struct yh_err *err)
{
	enum yh_rc rc = yh_meter_history(g->work->world->meter, what, since / 1000, until / 1000,
					 SLOT_MS, keep, g, err);

	if (rc == YH_OK && g->err.rc != YH_OK) {
		*err = g->err;
		rc = g->err.rc;
	}
	return rc;
}

/* Resource by resource, so that memory does not grow with their number. */
YH_LINK_DUE_FN(yh_link_usage_due)
{
	enum { PAGE_BYTES = 256 << 20 };
	struct asking a = { .peer = peer, .since = since, .after = "", .arena = work->arena };
	char after[64] = "";
	enum yh_rc rc =
		work->world->meter ? yh_exec_read(work->world->exec, ask_cloud, &a, err) : YH_OK;
	bool more = work->world->meter != NULL;

	for (size_t page = 0; rc == YH_OK && more; page++) {
		struct yh_arena arena;
		struct yh_link_work turn = *work;
		struct gathering g = { .work = &turn,
				       .metrics = a.metrics,
				       .n_metrics = a.n_metrics };

		if (atomic_load(work->stop))
			return yh_fail(err, YH_BUSY, "job-stopped");
		yh_arena_init(&arena, PAGE_BYTES);
		turn.arena = a.arena = &arena;
		a.after = after;
		rc = yh_exec_read(work->world->exec, ask_page, &a, err);
		if (rc == YH_OK && a.n) {
			const struct yh_meter_select what = { .resources = a.nos,
							      .n_resources = a.n,
							      .by_resource = true };

			rc = history(&g, &what, since, until, err);
		}
		if (rc == YH_OK)
			rc = emit_all(&g, "usage", page, emit, arg, err);
		more = rc == YH_OK && a.n == RESOURCES;
		if (more)
			(void)snprintf(after, sizeof after, "%s", a.nos[a.n - 1]);
		yh_arena_done(&arena);
	}
	return rc;
}

YH_LINK_DUE_FN(yh_link_platform_due)
{
	struct asking a = { .peer = peer, .arena = work->arena };
	struct gathering g = { .work = work, .platform = true };
	const struct yh_meter_label on = { "cloud", a.cloud.code };
	enum yh_rc rc =
		work->world->meter ? yh_exec_read(work->world->exec, ask_cloud, &a, err) : YH_OK;

	g.providers = a.providers;
	g.n_providers = a.n_providers;
	for (size_t i = 0; rc == YH_OK && work->world->meter && yh_meter_platform_metrics[i]; i++) {
		const struct yh_meter_select what = { .metric = yh_meter_platform_metrics[i],
						      .labels = &on,
						      .n_labels = 1 };

		rc = history(&g, &what, since, until, err);
	}
	return rc == YH_OK ? emit_all(&g, "platform", 0, emit, arg, err) : rc;
}

/* ---- taking ---- */

struct writing {
	const struct yh_link_work *work;
	struct yh_meter_scope scope;
	char *text;
	size_t n, cap;
};

static enum yh_rc flush(struct writing *w, struct yh_err *err)
{
	struct yh_meter_write write = { .scope = &w->scope,
					.form = YH_METER_LINES,
					.body = w->text,
					.n = w->n,
					.received_at = w->work->now };
	enum yh_rc rc = w->n ? yh_meter_write_wait(w->work->world->meter, &write, err) : YH_OK;

	if (rc == YH_OK && w->n && write.rc != YH_OK) {
		*err = write.err;
		rc = write.rc;
	}
	if (rc == YH_OK && w->n && write.written.why.rc != YH_OK) {
		*err = write.written.why;
		rc = err->rc = YH_BAD_INPUT;
	}
	w->n = 0;
	return rc;
}

static enum yh_rc add_line(struct writing *w, const char *metric, int64_t at_ms, const json_t *e,
			   struct yh_err *err)
{
	const json_t *list = json_object_get(e, "labels");
	const char *value = yh_json_text(e, "value"), *resource = yh_json_text(e, "resource");
	YH_JSON_AUTO labels = json_object();
	YH_JSON_AUTO line = NULL;
	char *end = NULL, *text = NULL;
	double v = strtod(value, &end);
	size_t n;

	if (*end || end == value || !isfinite(v))
		return yh_fail_field(err, YH_BAD_INPUT, "number-invalid", "/samples");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *l = json_array_get(list, i);
		const char *name = yh_json_text(l, "name");

		/* whose they are is not for a label to say */
		if (strcmp(name, "resource") != 0 && strcmp(name, "cloud") != 0 &&
		    strcmp(name, "provider") != 0 && strcmp(name, "unit") != 0)
			(void)json_object_set(labels, name, json_object_get(l, "value"));
	}
	if (resource)
		(void)json_object_set_new(labels, "resource", json_string(resource));
	line = json_pack("{s:s, s:O, s:I, s:f}", "metric", metric, "labels", labels, "at",
			 (json_int_t)at_ms, "value", v);
	text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	n = text ? strlen(text) : 0;
	if (!n || w->n + n + 1 > w->cap) {
		free(text);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	memcpy(w->text + w->n, text, n);
	w->n += n;
	w->text[w->n++] = '\n';
	free(text);
	return YH_OK;
}

/* The instant must be the beginning of five minutes, and past. */
static enum yh_rc begin_of(const struct yh_link_work *work, const json_t *body, int64_t *from_ms,
			   struct yh_err *err)
{
	yh_time from;
	enum yh_rc rc = yh_link_time(body, "from", &from, err);

	if (rc == YH_OK && (from % (SLOT_MS * 1000) != 0 || from > work->now))
		rc = yh_fail_field(err, YH_BAD_INPUT, "link-slot", "/from");
	*from_ms = rc == YH_OK ? from / 1000 : 0;
	return rc;
}

static enum yh_rc add_doc(struct writing *w, const struct yh_link_doc *doc,
			  const char *const *kinds, struct yh_err *err)
{
	const json_t *samples = json_object_get(doc->body, "samples");
	const char *kind;
	int64_t from_ms;
	enum yh_rc rc = yh_link_shaped(doc->body, kinds, &kind, err);

	if (rc == YH_OK)
		rc = begin_of(w->work, doc->body, &from_ms, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(samples); i++)
		rc = add_line(w, yh_json_text(doc->body, "metric"), from_ms + LAST_MS,
			      json_array_get(samples, i), err);
	return rc;
}

static enum yh_rc ask_theirs(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asking *a = arg;

	return yh_cloud_load(tx, &a->peer->cloud, a->arena, &a->cloud, err);
}

/* Writes documents until there is no room for another; *to is behind the last. A faulty one is left
 * to `apply`, which tells of it. */
static enum yh_rc write_some(struct writing *w, const char *const *kinds,
			     const struct yh_link_doc *docs, size_t from, size_t n, size_t *to,
			     struct yh_err *err)
{
	for (*to = from; *to < n && w->n <= w->cap / 2; ++*to) {
		struct yh_err why = { 0 };
		size_t before = w->n;

		if (add_doc(w, &docs[*to], kinds, &why) != YH_OK)
			w->n = before;
	}
	return flush(w, err);
}

/* Many at once; of those of which not all was taken, one by one, to find the first. */
static enum yh_rc write_docs(struct writing *w, const char *const *kinds,
			     const struct yh_link_doc *docs, size_t n, size_t *taken,
			     struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && *taken < n) {
		struct yh_err why = { 0 };
		size_t to;

		rc = write_some(w, kinds, docs, *taken, n, &to, &why);
		while (rc == YH_BAD_INPUT && *taken < to) {
			size_t one;

			yh_err_clear(&why);
			rc = write_some(w, kinds, docs, *taken, *taken + 1, &one, &why);
			if (rc != YH_OK)
				break;
			++*taken;
			rc = *taken < to ? YH_BAD_INPUT : YH_OK;
		}
		if (rc == YH_OK)
			*taken = to;
		else
			*err = why;
	}
	return rc;
}

static enum yh_rc absorb(const struct yh_link_work *work, const struct yh_link_peer *peer,
			 const char *const *kinds, const struct yh_link_doc *docs, size_t n,
			 size_t *taken, struct yh_err *err)
{
	struct asking a = { .peer = peer, .arena = work->arena };
	struct writing w = { .work = work, .cap = TEXT_MAX };
	enum yh_rc rc = yh_exec_read(work->world->exec, ask_theirs, &a, err);

	*taken = 0;
	if (rc == YH_OK && !work->world->meter)
		*taken = n;
	if (rc != YH_OK || !work->world->meter)
		return rc;
	w.text = malloc(w.cap);
	if (!w.text)
		return yh_fail(err, YH_BUSY, "memory-short");
	w.scope = (struct yh_meter_scope){
		.kind = "cloud", .about = peer->cloud, .series_max = SERIES_MAX, .backfill = true
	};
	(void)snprintf(w.scope.code, sizeof w.scope.code, "%s", a.cloud.code);
	rc = write_docs(&w, kinds, docs, n, taken, err);
	free(w.text);
	return rc;
}

static const char *const usages[] = { "usage", NULL }, *const platforms[] = { "platform", NULL };

YH_LINK_ABSORB_FN(yh_link_usage_absorb)
{
	return absorb(work, peer, usages, docs, n, taken, err);
}

YH_LINK_ABSORB_FN(yh_link_platform_absorb)
{
	return absorb(work, peer, platforms, docs, n, taken, err);
}

/* The samples are in the meter by now; what was no document is told of here. */
static enum yh_rc apply(struct yh_ctx *cx, const char *const *kinds, const char *key,
			const json_t *body, struct yh_err *err)
{
	const struct yh_link_work work = { .world = cx->world, .now = cx->now, .arena = cx->arena };
	const json_t *samples = json_object_get(body, "samples");
	char wanted_key[YH_LINK_KEY_MAX + 60];
	const char *kind;
	int64_t from_ms;
	enum yh_rc rc;

	if (!body)
		return YH_OK;
	rc = yh_link_shaped(body, kinds, &kind, err);
	if (rc == YH_OK)
		rc = begin_of(&work, body, &from_ms, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(wanted_key, sizeof wanted_key, "%s/%s/%" JSON_INTEGER_FORMAT,
		       yh_json_text(body, "from"), yh_json_text(body, "metric"),
		       json_integer_value(json_object_get(body, "part")));
	rc = yh_link_keyed(key, wanted_key, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(samples); i++) {
		const char *value = yh_json_text(json_array_get(samples, i), "value");
		char *end = NULL;

		if (!isfinite(strtod(value, &end)) || *end || end == value)
			rc = yh_fail_field(err, YH_BAD_INPUT, "number-invalid", "/samples");
	}
	return rc;
}

YH_LINK_APPLY_FN(yh_link_usage_apply)
{
	(void)peer;
	return apply(cx, usages, key, body, err);
}

YH_LINK_APPLY_FN(yh_link_platform_apply)
{
	(void)peer;
	return apply(cx, platforms, key, body, err);
}
