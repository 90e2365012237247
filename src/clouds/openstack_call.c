/* Asking OpenStack's services: time, tokens, errors in the cloud's own words, pages. */
#include "clouds/openstack.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

enum {
	ANSWER_S = 30,  /* one request */
	OVER_MS = 5000, /* kept back from a driver's call, for what follows its last look */
	WAIT_S = 40,
	GAP_MS = 200,
	GAP_MOST_MS = 2000,
	REPLY_BYTES = 32 * 1024 * 1024,
	PAGES_MOST = 2000,
	PAGE = 500,
};

void yh_os_begin(struct yh_cloud *c, const char *step)
{
	const char *wait = yh_cloud_value(c->cfg, "wait_s");
	int64_t now = yh_monotonic_ms();

	c->step = step;
	c->ends_ms = now + INT64_C(1000) * YH_CLOUD_CALL_S - OVER_MS;
	c->waits_ms = now + INT64_C(1000) * (wait ? strtol(wait, NULL, 10) : WAIT_S);
	c->gap_ms = GAP_MS;
}

static bool stopped(const struct yh_cloud *c)
{
	return c->stop && atomic_load(c->stop);
}

bool yh_os_pause(struct yh_cloud *c)
{
	struct timespec gap;

	if (stopped(c) || yh_monotonic_ms() + c->gap_ms > c->waits_ms)
		return false;
	gap = (struct timespec){ .tv_sec = c->gap_ms / 1000,
				 .tv_nsec = (long)(c->gap_ms % 1000) * 1000000L };
	(void)nanosleep(&gap, NULL);
	c->gap_ms = c->gap_ms * 2 < GAP_MOST_MS ? c->gap_ms * 2 : GAP_MOST_MS;
	return !stopped(c);
}

static enum yh_rc say(const struct yh_cloud *c, struct yh_err *err, enum yh_rc rc, const char *slug,
		      const char *detail)
{
	rc = yh_fail(err, rc, slug);
	yh_err_text(err, "cloud", c->cfg->code);
	if (rc == YH_REFUSED)
		yh_err_text(err, "step", c->step ? c->step : "");
	yh_err_text(err, "detail", detail);
	return rc;
}

enum yh_rc yh_os_working(struct yh_cloud *c, const char *detail, struct yh_err *err)
{
	if (stopped(c))
		return yh_fail(err, YH_BUSY, "job-stopped");
	return say(c, err, YH_BUSY, "cloud-working", detail);
}

enum yh_rc yh_os_refused(const struct yh_cloud *c, struct yh_err *err, const char *fmt, ...)
{
	char detail[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	return say(c, err, YH_REFUSED, "cloud-refused", detail);
}

enum yh_rc yh_os_unreachable(const struct yh_cloud *c, struct yh_err *err, const char *fmt, ...)
{
	char detail[256];
	va_list ap;

	if (stopped(c))
		return yh_fail(err, YH_BUSY, "job-stopped");
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof detail, fmt, ap);
	va_end(ap);
	return say(c, err, YH_BUSY, "cloud-unreachable", detail);
}

enum yh_rc yh_os_foreign(const char *ref, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_CONFLICT, "cloud-machine-foreign");

	yh_err_text(err, "machine", ref);
	return rc;
}

/* Nova and Cinder answer {"badRequest": {"message": …}}, Keystone {"error": {"message": …}},
 * Neutron {"NeutronError": {"message": …}}, Placement {"errors": [{"detail": …}]}. */
static const char *message_of(const json_t *body)
{
	const json_t *errors = json_object_get(body, "errors"), *v;
	const char *key, *text;

	if (json_is_array(errors))
		return yh_json_text(json_array_get(errors, 0), "detail");
	text = yh_json_text(body, "message");
	if (text)
		return text;
	json_object_foreach((json_t *)(uintptr_t)body, key, v)
	{
		text = yh_json_text(v, "message");
		if (text)
			return text;
		if (json_is_string(v))
			return json_string_value(v);
	}
	return NULL;
}

void yh_os_words(const char *body, size_t n, char out[256])
{
	YH_JSON_AUTO v = NULL;
	const char *text = NULL;
	size_t len = 0;

	out[0] = 0;
	if (n > 0 && yh_json_parse(body, n, &v, NULL) == YH_OK && json_is_object(v))
		text = message_of(v);
	for (; text && *text && len < 250; text++) {
		bool gap = (unsigned char)*text <= ' ';

		if (gap && (len == 0 || out[len - 1] == ' '))
			continue;
		out[len++] = gap ? ' ' : *text;
	}
	while (len > 0 && text && *text && ((unsigned char)*text & 0xC0) == 0x80) {
		bool first = ((unsigned char)out[len - 1] & 0xC0) != 0x80;

		len--; /* never split a character */
		if (first)
			break;
	}
	out[len] = 0;
}

static const char *service_name(enum yh_os_service s)
{
	static const char *const names[YH_OS_SERVICES] = { "compute", "block-storage", "network",
							   "image", "placement" };

	return names[s];
}

/* What an answer that is none of those hoped for means. */
static enum yh_rc judge(struct yh_cloud *c, const struct yh_os_ask *ask,
			const struct yh_http_answer *a, struct yh_err *err)
{
	char words[256];
	bool again = a->status == 429 || a->status == 408 || a->status == 409 ||
		     (a->status == 413 && a->retry_after_s > 0) ||
		     (a->status >= 500 && a->status != 501 && a->status != 505);

	yh_os_words(yh_buf_text(&a->body), a->body.len, words);
	if (a->status == 401) /* with a new token, too */
		return yh_os_unreachable(c, err, "%s 401 %s", service_name(ask->service), words);
	if (again)
		return yh_os_unreachable(c, err, "%s %ld %s", service_name(ask->service), a->status,
					 words);
	return yh_os_refused(c, err, "%s %ld %s", service_name(ask->service), a->status, words);
}

/* Which version of its API is spoken: what the bodies here are written for. NULL: it has but one.
 */
static const char *version_of(enum yh_os_service s)
{
	switch (s) {
	case YH_OS_COMPUTE:
		return "OpenStack-API-Version: compute 2.61";
	case YH_OS_VOLUME:
		return "OpenStack-API-Version: volume 3.42";
	case YH_OS_PLACEMENT:
		return "OpenStack-API-Version: placement 1.20";
	default:
		return NULL;
	}
}

static enum yh_rc send_once(struct yh_cloud *c, const struct yh_os_ask *ask, const char *body,
			    struct yh_http_answer *a, struct yh_err *err)
{
	int64_t left_s = (c->ends_ms - yh_monotonic_ms()) / 1000;
	YH_FREE_AUTO char *url = NULL, *token = NULL;
	const char *headers[6] = { "Accept: application/json", "User-Agent: yunheng/" YH_VERSION };
	struct yh_http_call call = { .method = ask->method,
				     .headers = headers,
				     .body = body,
				     .line = c->line,
				     .once = strcmp(ask->method, "GET") != 0,
				     .timeout_s = (unsigned)(left_s < ANSWER_S ? left_s : ANSWER_S),
				     .reply_max_bytes = REPLY_BYTES,
				     .stop = c->stop,
				     .ca_file = yh_cloud_value(c->cfg, "ca") };
	struct yh_err why = { 0 };
	size_t n = 2;
	enum yh_rc rc;

	if (left_s < 1)
		return yh_os_unreachable(c, err, "%s: no time left", service_name(ask->service));
	if (asprintf(&url, "%s%s", c->endpoint[ask->service], ask->path) < 0 ||
	    asprintf(&token, "X-Auth-Token: %s", c->token) < 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	headers[n++] = token;
	if (body)
		headers[n++] = "Content-Type: application/json";
	headers[n] = version_of(ask->service);
	call.url = url;
	rc = yh_http_call(&call, a, &why);
	explicit_bzero(token, strlen(token));
	if (rc == YH_OK)
		return YH_OK;
	if (rc == YH_TOO_LARGE && strcmp(why.slug, "memory-short") != 0)
		return yh_os_refused(c, err, "%s: %s", service_name(ask->service), why.slug);
	return yh_os_unreachable(c, err, "%s: %s", service_name(ask->service),
				 why.n_figs > 0 ? why.figs[0].text : why.slug);
}

/* Is it in the catalogue? */
static enum yh_rc ready(struct yh_cloud *c, enum yh_os_service service, struct yh_err *err)
{
	enum yh_rc rc = c->token ? YH_OK : yh_os_authenticate(c, err);

	if (rc == YH_OK && !c->endpoint[service])
		return yh_os_refused(c, err, "no endpoint of %s in the catalogue",
				     service_name(service));
	return rc;
}

static enum yh_rc send_call(struct yh_cloud *c, const struct yh_os_ask *ask, const char *body,
			    struct yh_http_answer *a, struct yh_err *err)
{
	enum yh_rc rc = ready(c, ask->service, err);

	if (rc != YH_OK)
		return rc;
	rc = send_once(c, ask, body, a, err);
	if (rc != YH_OK || a->status != 401)
		return rc;
	yh_buf_done(&a->body);
	yh_os_forget(c);
	rc = ready(c, ask->service, err);
	return rc == YH_OK ? send_once(c, ask, body, a, err) : rc;
}

static enum yh_rc read_reply(struct yh_cloud *c, const struct yh_os_ask *ask,
			     const struct yh_http_answer *a, json_t **reply, struct yh_err *err)
{
	if (a->body.len == 0)
		return YH_OK;
	if (yh_json_parse(a->body.data, a->body.len, reply, NULL) != YH_OK ||
	    !json_is_object(*reply)) {
		yh_json_put(reply);
		return yh_os_unreachable(c, err, "%s: the answer is no JSON object",
					 service_name(ask->service));
	}
	return YH_OK;
}

enum yh_rc yh_os_call(struct yh_cloud *c, const struct yh_os_ask *ask, json_t **reply, long *status,
		      struct yh_err *err)
{
	YH_JSON_AUTO body = ask->body;
	YH_FREE_AUTO char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	struct yh_http_answer a = { 0 };
	enum yh_rc rc;

	if (reply)
		*reply = NULL;
	if (ask->has_body && !text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = send_call(c, ask, text, &a, err);
	if (status)
		*status = a.status;
	if (rc == YH_OK && a.status >= 200 && a.status < 300)
		rc = reply ? read_reply(c, ask, &a, reply, err) : YH_OK;
	else if (rc == YH_OK && !(a.status == 404 && ask->absent_ok) &&
		 !(a.status == 400 && ask->invalid_ok) && !(a.status == 409 && ask->conflict_ok))
		rc = judge(c, ask, &a, err);
	yh_buf_done(&a.body);
	return rc;
}

enum yh_rc yh_os_get(struct yh_cloud *c, enum yh_os_service service, json_t **reply,
		     struct yh_err *err, const char *fmt, ...)
{
	char path[YH_OS_PATH];
	struct yh_os_ask ask = {
		.service = service, .method = "GET", .path = path, .absent_ok = true
	};
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof path, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof path)
		return yh_os_refused(c, err, "a name is too long to be asked for");
	return yh_os_call(c, &ask, reply, NULL, err);
}

enum yh_rc yh_os_post(struct yh_cloud *c, enum yh_os_service service, const char *path,
		      json_t *body, json_t **reply, struct yh_err *err)
{
	struct yh_os_ask ask = {
		.service = service, .method = "POST", .path = path, .body = body, .has_body = true
	};

	return yh_os_call(c, &ask, reply, NULL, err);
}

enum yh_rc yh_os_delete(struct yh_cloud *c, enum yh_os_service service, const char *path,
			struct yh_err *err)
{
	struct yh_os_ask ask = {
		.service = service, .method = "DELETE", .path = path, .absent_ok = true
	};

	return yh_os_call(c, &ask, NULL, NULL, err);
}

/* The services say in a link whether more follows; the address in it is theirs to choose, so only
 * that it is there counts. */
static bool more_follows(const json_t *reply, const char *key)
{
	char links[64];
	const json_t *l, *one;
	size_t i;

	(void)snprintf(links, sizeof links, "%s_links", key);
	l = json_object_get(reply, links);
	json_array_foreach(l, i, one)
	{
		const char *rel = yh_json_text(one, "rel");

		if (rel && strcmp(rel, "next") == 0)
			return true;
	}
	return yh_json_text(reply, "next") != NULL;
}

static enum yh_rc page(struct yh_cloud *c, const json_t *reply, const char *key,
		       yh_os_each_fn visit, void *arg, char marker[256], struct yh_err *err)
{
	const json_t *list = json_object_get(reply, key);
	enum yh_rc rc = YH_OK;
	const char *id;
	json_t *one;
	size_t i;

	if (!json_is_array(list))
		return yh_os_unreachable(c, err, "the answer has no list of %s", key);
	json_array_foreach(list, i, one)
	{
		rc = visit(arg, one, err);
		if (rc != YH_OK)
			return rc;
	}
	id = yh_json_text(json_array_get(list, json_array_size(list) - 1), "id");
	if (!id || !more_follows(reply, key) || strcmp(id, marker) == 0)
		marker[0] = 0;
	else
		(void)snprintf(marker, 256, "%s", id);
	return rc;
}

/* One page, from the marker on ("": the first); one that was deleted meanwhile marks nothing. */
static enum yh_rc next_page(struct yh_cloud *c, enum yh_os_service service, const char *path,
			    const char *key, const char *marker, json_t **reply, struct yh_err *err)
{
	YH_FREE_AUTO char *from = marker[0] ? yh_http_escape(marker) : NULL;
	YH_FREE_AUTO char *full = NULL;
	struct yh_os_ask ask = {
		.service = service, .method = "GET", .absent_ok = true, .invalid_ok = marker[0]
	};
	enum yh_rc rc;

	if ((marker[0] && !from) ||
	    asprintf(&full, "%s%climit=%d%s%s", path, strchr(path, '?') ? '&' : '?', PAGE,
		     from ? "&marker=" : "", from ? from : "") < 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	ask.path = full;
	rc = yh_os_call(c, &ask, reply, NULL, err);
	return rc == YH_OK && !*reply
		       ? yh_os_unreachable(c, err, "the list of %s changed meanwhile", key)
		       : rc;
}

enum yh_rc yh_os_each(struct yh_cloud *c, enum yh_os_service service, const char *path,
		      const char *key, yh_os_each_fn visit, void *arg, struct yh_err *err)
{
	char marker[256] = "";
	enum yh_rc rc = YH_OK;

	for (unsigned i = 0; rc == YH_OK && (i == 0 || marker[0]); i++) {
		YH_JSON_AUTO reply = NULL;

		if (i >= PAGES_MOST)
			return yh_os_refused(c, err, "more than %d pages of %s", PAGES_MOST, key);
		rc = next_page(c, service, path, key, marker, &reply, err);
		if (rc == YH_OK)
			rc = page(c, reply, key, visit, arg, marker, err);
	}
	return rc;
}

static enum yh_rc gather(void *arg, json_t *one, struct yh_err *err)
{
	return json_array_append(arg, one) == 0 ? YH_OK
						: yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_os_all(struct yh_cloud *c, enum yh_os_service service, const char *path,
		     const char *key, json_t **all, struct yh_err *err)
{
	enum yh_rc rc;

	*all = json_array();
	if (!*all)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_os_each(c, service, path, key, gather, *all, err);
	if (rc != YH_OK)
		yh_json_put(all);
	return rc;
}
