/* Outgoing HTTP through libcurl. */
#include "net/client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "net/internal.h"

struct receiver {
	CURL *curl;
	struct yh_buf *body;
	FILE *save;
	int unwritable; /* errno */
	bool short_of;  /* memory, not of what was allowed */
};

static size_t receive(char *p, size_t size, size_t n, void *arg)
{
	struct receiver *r = arg;
	unsigned shortages = yh_shortages();
	long status = 0;

	if (r->save)
		(void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200) {
		if (fwrite(p, size, n, r->save) == n)
			return size * n;
		r->unwritable = errno;
		return 0;
	}
	yh_buf_add(r->body, p, size * n);
	r->short_of = yh_shortages() != shortages;
	return yh_buf_ok(r->body) ? size * n : 0;
}

/* NULL without memory: a request that lacks one of its headers is another request. */
static struct curl_slist *header_list(const struct yh_http_call *call)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (size_t i = 0; list && call->headers && call->headers[i]; i++) {
		struct curl_slist *longer = curl_slist_append(list, call->headers[i]);

		if (!longer)
			curl_slist_free_all(list);
		list = longer;
	}
	return list;
}

/* What libcurl copies, which may fail; the first failure stays in `code`. */
#define SET_TEXT(c, code, option, text)                                                            \
	((code) = (code) != CURLE_OK ? (code) : curl_easy_setopt(c, option, text))

/* Asked for every address that libcurl is about to connect to. */
struct door {
	const struct yh_guard *guard;
	bool refused, admitted; /* any of the host's */
	char address[INET6_ADDRSTRLEN];
};

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct door *d = arg;
	const void *in = a->family == AF_INET6
				 ? (const void *)&((struct sockaddr_in6 *)&a->addr)->sin6_addr
				 : (const void *)&((struct sockaddr_in *)&a->addr)->sin_addr;

	if (purpose == CURLSOCKTYPE_IPCXN && yh_guard_admits(d->guard, &a->addr, a->addrlen)) {
		d->admitted = true;
		return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	}
	d->refused = true;
	if (!inet_ntop(a->family, in, d->address, sizeof d->address))
		d->address[0] = 0;
	return CURL_SOCKET_BAD;
}

static CURLcode keep_to(CURL *c, struct door *d)
{
	CURLcode code = CURLE_OK;

	(void)curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	(void)curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, d);
	SET_TEXT(c, code, CURLOPT_PROXY, ""); /* nor one of the environment */
	SET_TEXT(c, code, CURLOPT_PROTOCOLS_STR, d->guard->plain ? "http,https" : "https");
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 5L);
	return code;
}

static int go_on(void *arg, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	const atomic_bool *stop = arg;

	(void)down_all;
	(void)down;
	(void)up_all;
	(void)up;
	return atomic_load(stop);
}

static CURLcode set_up(CURL *c, const struct yh_http_call *call, struct curl_slist *headers,
		       struct receiver *to)
{
	CURLcode code = CURLE_OK;

	SET_TEXT(c, code, CURLOPT_URL, call->url);
	SET_TEXT(c, code, CURLOPT_PROTOCOLS_STR, "http,https");
	SET_TEXT(c, code, CURLOPT_CUSTOMREQUEST, call->method);
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)(call->timeout_s ? call->timeout_s : 60));
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, to);
	if (call->stop) {
		(void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
		(void)curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, go_on);
		(void)curl_easy_setopt(c, CURLOPT_XFERINFODATA, call->stop);
	}
	if (call->send) {
		(void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		(void)curl_easy_setopt(c, CURLOPT_READDATA, call->send);
		(void)curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)call->send_bytes);
	} else if (call->body) {
		(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, call->body);
		(void)curl_easy_setopt(
			c, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)(call->body_bytes ? call->body_bytes : strlen(call->body)));
	}
	if (call->cert_file) {
		SET_TEXT(c, code, CURLOPT_SSLCERT, call->cert_file);
		SET_TEXT(c, code, CURLOPT_SSLKEY, call->key_file);
	}
	return code;
}

/* A line is libcurl's handle itself: its options are reset, its connections stay. */
struct yh_http_line *yh_http_line_new(void)
{
	yh_curl_start();
	return (struct yh_http_line *)curl_easy_init();
}

void yh_http_line_free(struct yh_http_line *line)
{
	if (line)
		curl_easy_cleanup((CURL *)line);
}

/* The last one of that name in the final answer. */
static enum yh_rc keep(CURL *c, const struct yh_http_call *call, struct yh_http_answer *out,
		       struct yh_err *err)
{
	struct curl_header *h;

	if (!call->keep_header ||
	    curl_easy_header(c, call->keep_header, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return YH_OK;
	if (strlen(h->value) > YH_HTTP_KEPT)
		return yh_fail(err, YH_TOO_LARGE, "reply-too-large");
	out->kept = strdup(h->value);
	return out->kept ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc failed(const struct yh_http_call *call, CURLcode code, const struct door *door,
			 const struct receiver *to, struct yh_err *err)
{
	enum yh_rc rc;

	if (to->unwritable) {
		rc = yh_fail(err, YH_STORAGE, "file-unwritable");
		yh_err_text(err, "detail", strerror(to->unwritable));
		return rc;
	}
	if (to->short_of)
		code = CURLE_OUT_OF_MEMORY;
	else if (!yh_buf_ok(to->body))
		return yh_fail(err, YH_TOO_LARGE, "reply-too-large");
	if (door->refused && !door->admitted) {
		rc = yh_fail(err, YH_FORBIDDEN, "hook-address-refused");
		yh_err_text(err, "address", door->address);
		return rc;
	}
	rc = yh_fail(err, YH_BUSY, "server-unreachable");
	yh_err_text(err, "detail", curl_easy_strerror(code));
	yh_err_text(err, "url", call->url);
	return rc;
}

enum yh_rc yh_http_call(const struct yh_http_call *call, struct yh_http_answer *out,
			struct yh_err *err)
{
	struct door door = { .guard = call->guard };
	struct receiver to = { .body = &out->body, .save = call->save };
	struct curl_slist *headers;
	const char *type = NULL;
	curl_off_t retry = 0;
	enum yh_rc rc = YH_OK;
	CURLcode code;
	CURL *c;

	*out = (struct yh_http_answer){ 0 };
	yh_buf_init(&out->body,
		    call->reply_max_bytes ? call->reply_max_bytes : (size_t)64 * 1024 * 1024);
	yh_curl_start();
	c = call->line ? (CURL *)call->line : curl_easy_init();
	if (!c)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	curl_easy_reset(c);
	to.curl = c;
	headers = header_list(call);
	code = headers ? set_up(c, call, headers, &to) : CURLE_OUT_OF_MEMORY;
	if (call->once)
		(void)curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	if (call->guard && code == CURLE_OK)
		code = keep_to(c, &door);
	yh_curl_trust(c, call->ca_file);
	if (code == CURLE_OK)
		code = curl_easy_perform(c);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &out->status);
	(void)curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &retry);
	out->retry_after_s = retry > 0 ? retry : 0;
	if (code == CURLE_OK) {
		(void)curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
		(void)snprintf(out->content_type, sizeof out->content_type, "%s", type ? type : "");
		rc = keep(c, call, out, err);
	} else {
		rc = failed(call, code, &door, &to, err);
	}
	curl_slist_free_all(headers);
	if (!call->line)
		curl_easy_cleanup(c);
	return rc;
}

char *yh_http_escape(const char *text)
{
	char *escaped, *out;

	yh_curl_start();
	escaped = curl_easy_escape(NULL, text, 0);
	out = escaped ? strdup(escaped) : NULL;
	curl_free(escaped);
	return out;
}
