/* Questions to an outer store: selectors, and the JSON that comes back. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "meter/outer_internal.h"

enum {
	REPLY_BYTES = 8 << 20,  /* parsed, it takes seven times as much */
	LIST_BYTES = 32 << 20,  /* of names only */
	FORM_BYTES = 256 << 10, /* of a question */
};

static int64_t monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- a reading's connection ---- */

enum yh_rc yh_outer_begin(struct yh_outer *o, unsigned seconds, struct yh_outer_read *r,
			  struct yh_err *err)
{
	*r = (struct yh_outer_read){ .o = o, .until_ms = monotonic_ms() + seconds * 1000 };
	(void)pthread_mutex_lock(&o->lock);
	if (o->n_lines > 0)
		r->line = o->lines[--o->n_lines];
	(void)pthread_mutex_unlock(&o->lock);
	if (!r->line)
		r->line = yh_http_line_new();
	return r->line ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

void yh_outer_end(struct yh_outer_read *r)
{
	struct yh_outer *o = r->o;

	(void)pthread_mutex_lock(&o->lock);
	if (o->n_lines < YH_OUTER_LINES) {
		o->lines[o->n_lines++] = r->line;
		r->line = NULL;
	}
	(void)pthread_mutex_unlock(&o->lock);
	yh_http_line_free(r->line);
}

/* ---- answers ---- */

/* What a store says when it would have to load too much for one question. */
static bool says_too_much(const char *text)
{
	return strstr(text, "too many") || strstr(text, "maxSamples") ||
	       strstr(text, "max-samples") || strstr(text, "cannot select more") ||
	       strstr(text, "exceed");
}

static enum yh_rc refused(long status, const char *detail, struct yh_err *err)
{
	if (says_too_much(detail))
		return yh_fail(err, YH_TOO_LARGE, "meter-outer-much");
	(void)yh_fail(err, YH_STORAGE, "meter-outer-refused");
	yh_err_int(err, "status", status);
	yh_err_text(err, "detail", detail);
	return YH_STORAGE;
}

static enum yh_rc garbled(const char *detail, struct yh_err *err)
{
	(void)yh_fail(err, YH_STORAGE, "meter-outer-answer");
	yh_err_text(err, "detail", detail);
	return YH_STORAGE;
}

static enum yh_rc read_answer(const struct yh_http_answer *answer, json_t **data,
			      struct yh_err *err)
{
	YH_JSON_AUTO top = NULL;
	struct yh_err why = { 0 };
	const char *said;

	if (yh_json_parse(yh_buf_text(&answer->body), answer->body.len, &top, &why) != YH_OK)
		return answer->status / 100 == 2 ? garbled("json", err)
						 : refused(answer->status, "", err);
	said = yh_json_text(top, "error");
	if (answer->status / 100 != 2 || said)
		return refused(answer->status, said ? said : "", err);
	*data = json_incref(json_object_get(top, "data"));
	return *data ? YH_OK : garbled("data", err);
}

/* POSTs a form, or GETs it when `get`; the answer's member `data`. */
static enum yh_rc ask(struct yh_outer_read *r, const char *path, const struct yh_buf *form,
		      bool get, size_t max, json_t **data, struct yh_err *err)
{
	static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded",
					       "User-Agent: yunheng/" YH_VERSION, NULL };
	YH_FREE_AUTO char *url = NULL;
	int64_t left_ms = r->until_ms - monotonic_ms();
	struct yh_http_answer answer;
	struct yh_err why = { 0 };
	enum yh_rc rc;

	*data = NULL;
	if (left_ms <= 0)
		return yh_fail(err, YH_BUSY, "meter-outer-slow");
	if (!yh_buf_ok(form) || asprintf(&url, "%s%s%s%s", r->o->read_url, path, get ? "?" : "",
					 get ? yh_buf_text(form) : "") < 0) {
		url = NULL;
		return yh_fail(err, YH_BUSY, "memory-short");
	}
	rc = yh_http_call(&(struct yh_http_call){ .method = get ? "GET" : "POST",
						  .url = url,
						  .headers = headers,
						  .body = get ? NULL : yh_buf_text(form),
						  .line = r->line,
						  .stop = &r->o->base.halted,
						  .timeout_s = (unsigned)(left_ms / 1000 + 1),
						  .reply_max_bytes = max },
			  &answer, &why);
	r->reply_bytes = answer.body.len;
	if (rc == YH_OK)
		rc = read_answer(&answer, data, err);
	else if (strcmp(why.slug, "reply-too-large") == 0)
		rc = yh_fail(err, YH_TOO_LARGE, "meter-outer-much");
	else
		rc = yh_outer_unreachable(&why, err);
	yh_buf_done(&answer.body);
	return rc;
}

static void add_field(struct yh_buf *form, const char *name, const char *value)
{
	YH_FREE_AUTO char *escaped = yh_http_escape(value);

	if (!escaped)
		form->failed = true;
	else
		yh_buf_printf(form, "%s%s=%s", form->len ? "&" : "", name, escaped);
}

static void add_instant(struct yh_buf *form, const char *name, int64_t at_ms)
{
	int64_t ms = at_ms < 0 ? -at_ms : at_ms;

	yh_buf_printf(form, "&%s=%s%" PRId64 ".%03" PRId64, name, at_ms < 0 ? "-" : "", ms / 1000,
		      ms % 1000);
}

enum yh_rc yh_outer_query(struct yh_outer_read *r, const char *query, int64_t at_ms, json_t **data,
			  struct yh_err *err)
{
	struct yh_buf form;
	json_t *all = NULL;
	enum yh_rc rc;

	yh_buf_init(&form, FORM_BYTES);
	add_field(&form, "query", query);
	add_instant(&form, "time", at_ms);
	yh_buf_str(&form, "&nocache=1"); /* VictoriaMetrics: the last 30 seconds too */
	rc = ask(r, "/api/v1/query", &form, false, REPLY_BYTES, &all, err);
	yh_buf_done(&form);
	*data = json_incref(json_object_get(all, "result"));
	json_decref(all);
	if (rc == YH_OK && !json_is_array(*data)) {
		yh_json_put(data);
		rc = garbled("result", err);
	}
	return rc;
}

enum yh_rc yh_outer_list(struct yh_outer_read *r, const char *selector, int64_t from_ms,
			 int64_t to_ms, json_t **data, struct yh_err *err)
{
	struct yh_buf form;
	enum yh_rc rc;

	yh_buf_init(&form, FORM_BYTES);
	add_field(&form, "match[]", selector);
	add_instant(&form, "start", from_ms);
	add_instant(&form, "end", to_ms);
	rc = ask(r, "/api/v1/series", &form, false, REPLY_BYTES, data, err);
	yh_buf_done(&form);
	return rc;
}

enum yh_rc yh_outer_resources(struct yh_outer_read *r, const struct yh_meter_select *what,
			      int64_t from_ms, int64_t to_ms, struct yh_arena *arena,
			      const char *const **out, size_t *n, struct yh_err *err)
{
	struct yh_outer_part any = { .what = what };
	int64_t now_ms = yh_clock_now(r->o->base.cfg.clock) / 1000;
	struct yh_buf form, selector;
	YH_JSON_AUTO data = NULL;
	const char **texts;
	enum yh_rc rc;

	yh_buf_init(&form, FORM_BYTES);
	yh_buf_init(&selector, FORM_BYTES);
	yh_outer_selector(&selector, &any, "");
	add_field(&form, "match[]", yh_buf_text(&selector));
	add_instant(&form, "start", from_ms);
	/* Prometheus lists what arrived out of order only when the stretch reaches up to now. */
	add_instant(&form, "end", to_ms > now_ms ? to_ms : now_ms);
	rc = ask(r, "/api/v1/label/resource/values", &form, true, LIST_BYTES, &data, err);
	yh_buf_done(&selector);
	yh_buf_done(&form);
	if (rc != YH_OK)
		return rc;
	*n = json_array_size(data);
	texts = YH_NEW_N(arena, const char *, *n + 1);
	for (size_t i = 0; texts && i < *n; i++) {
		const char *s = json_string_value(json_array_get(data, i));

		texts[i] = yh_arena_strdup(arena, s ? s : "");
		if (!texts[i])
			texts = NULL;
	}
	*out = texts;
	return texts ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

enum yh_rc yh_outer_flavour(struct yh_outer_read *r, struct yh_err *err)
{
	int known = __atomic_load_n(&r->o->victoria, __ATOMIC_RELAXED);
	YH_JSON_AUTO data = NULL;
	struct yh_err why = { 0 };
	enum yh_rc rc = YH_OK;

	if (known)
		return YH_OK;
	rc = yh_outer_query(r, "default_rollup(vector(1))", 0, &data, &why);
	if (rc == YH_OK || strcmp(why.slug, "meter-outer-refused") == 0) {
		/* any 4xx says that it does not know the function; a 5xx says nothing */
		known = rc == YH_OK ? 1 : why.figs[0].num / 100 == 4 ? 2 : 0;
		__atomic_store_n(&r->o->victoria, known, __ATOMIC_RELAXED);
	}
	if (!known && err && err->rc == YH_OK)
		*err = why;
	return known ? YH_OK : rc;
}

/* ---- selectors ---- */

static void add_quoted(struct yh_buf *b, const char *text, bool regex)
{
	for (const char *p = text; *p; p++) {
		if (regex && strchr("\\.+*?()|[]{}^$-", *p))
			yh_buf_str(b, "\\\\"); /* one of the expression, quoted */
		if (*p == '\n')
			yh_buf_str(b, "\\n");
		else if (*p == '"' || *p == '\\')
			yh_buf_printf(b, "\\%c", *p);
		else
			yh_buf_add(b, p, 1);
	}
}

/* Only such names can be written in a selector everywhere. */
static bool is_plain(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n > 0 && !name[n] && !(name[0] >= '0' && name[0] <= '9');
}

static void add_resources(struct yh_buf *b, const struct yh_outer_part *part)
{
	yh_buf_str(b, part->n > 1 ? ",resource=~\"" : ",resource=\"");
	for (size_t i = 0; i < part->n; i++) {
		yh_buf_str(b, i ? "|" : "");
		add_quoted(b, part->resources[i], part->n > 1);
	}
	yh_buf_str(b, "\"");
}

void yh_outer_selector(struct yh_buf *b, const struct yh_outer_part *part, const char *metric)
{
	const struct yh_meter_select *what = part->what;
	bool any = metric && !metric[0]; /* whatever resource */

	if (!metric || any)
		metric = what->metric;
	yh_buf_str(b, metric ? "{__name__=\"" : "{__name__=~\".+");
	add_quoted(b, metric ? metric : "", false);
	yh_buf_str(b, "\"");
	if (!any)
		add_resources(b, part);
	for (size_t i = 0; i < what->n_labels; i++) {
		if (!is_plain(what->labels[i].name))
			continue;
		yh_buf_printf(b, ",%s=\"", what->labels[i].name);
		add_quoted(b, what->labels[i].value, false);
		yh_buf_str(b, "\"");
	}
	yh_buf_str(b, "}");
}

static const char *label_of(const struct yh_meter_series *s, const char *name)
{
	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, name) == 0)
			return s->labels[i].value;
	return "";
}

bool yh_outer_matches(const struct yh_meter_select *what, const struct yh_meter_series *s)
{
	for (size_t i = 0; i < what->n_labels; i++)
		if (strcmp(label_of(s, what->labels[i].name), what->labels[i].value) != 0)
			return false;
	return !what->metric || strcmp(what->metric, s->metric) == 0;
}

bool yh_outer_pair(const json_t *pair, int64_t *at_ms, double *value)
{
	const json_t *at = json_array_get(pair, 0);
	const char *text = json_string_value(json_array_get(pair, 1));
	char *end;

	if (!json_is_number(at) || !text || !*text)
		return false;
	*at_ms = llround(json_number_value(at) * 1000);
	*value = strtod(text, &end);
	return !*end;
}
