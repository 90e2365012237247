/* One call of the API from the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "cmd/remote.h"
#include "net/client.h"

/* The scan of a large city takes its time. */
enum { TIMEOUT_S = 900, FETCH_TIMEOUT_S = 4 * 3600 };

static const char *const methods[] = {
	[YH_GET] = "GET",     [YH_POST] = "POST",     [YH_PUT] = "PUT",
	[YH_PATCH] = "PATCH", [YH_DELETE] = "DELETE",
};

/* What the sentence is made of in one language or the other says nothing new. */
static bool is_of_language(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && (strcmp(name + n - 3, "_zh") == 0 || strcmp(name + n - 3, "_en") == 0);
}

static void say_figures(const json_t *figures)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)figures, name, v)
	{
		YH_FREE_AUTO char *text =
			json_is_string(v) ? strdup(json_string_value(v)) : yh_json_canonical(v);

		if (is_of_language(name))
			continue;
		(void)fprintf(stderr, "  %s = %s\n", name, text ? text : "");
	}
}

/* The sentence, the article or parameter behind it, the field, the figures. */
static void say_problem(long status, const json_t *p, const char *lang)
{
	bool en = strcmp(lang, "en") == 0;
	const char *title = yh_json_text(p, "title"), *slug = yh_json_text(p, "slug");
	const char *article = yh_json_text(p, "article"), *field = yh_json_text(p, "field");
	const char *parameter = yh_json_text(p, "parameter");

	(void)fprintf(stderr, "%s [%s %ld]\n", title ? title : "?", slug ? slug : "?", status);
	if (article && article[0])
		(void)fprintf(stderr, en ? "  Article %s\n" : "  依据：第%s条\n", article);
	if (parameter && parameter[0])
		(void)fprintf(stderr, en ? "  Local policy: %s\n" : "  地方政策：%s\n", parameter);
	if (field && field[0])
		(void)fprintf(stderr, en ? "  Field: %s\n" : "  字段：%s\n", field);
	say_figures(json_object_get(p, "figures"));
}

static enum yh_exit read_reply(const struct yh_http_answer *a, const char *lang, json_t **reply)
{
	struct yh_err err = { 0 };

	*reply = NULL;
	if (a->body.len && yh_json_parse(a->body.data, a->body.len, reply, &err) != YH_OK)
		return yh_cmd_fail(&err);
	if (a->status >= 200 && a->status < 300)
		return YH_EXIT_OK;
	say_problem(a->status, *reply, lang);
	return YH_EXIT_FAILED;
}

/* The headers of a call, and what they are made of. */
struct heads {
	char auth[224], csrf[96], language[32], key[64];
	const char *list[8];
	size_t n;
};

static void add_heads(struct heads *h, const struct yh_saved *session, const char *lang)
{
	(void)snprintf(h->language, sizeof h->language, "Accept-Language: %.8s", lang);
	h->list[h->n++] = h->language;
	if (session->token[0]) {
		if (session->bearer)
			(void)snprintf(h->auth, sizeof h->auth, "Authorization: Bearer %s",
				       session->token);
		else /* by either name: the server reads the one it set */
			(void)snprintf(h->auth, sizeof h->auth,
				       "Cookie: yh_session=%s; __Host-yh_session=%s",
				       session->token, session->token);
		h->list[h->n++] = h->auth;
	}
	if (session->csrf[0] && !session->bearer) {
		(void)snprintf(h->csrf, sizeof h->csrf, "X-CSRF-Token: %s", session->csrf);
		h->list[h->n++] = h->csrf;
	}
}

enum yh_exit yh_remote_call(const struct yh_saved *session, enum yh_method method, const char *path,
			    const char *body, const char *lang, json_t **reply)
{
	char url[8704], random[YH_TOKEN_TEXT];
	struct heads h = { .n = 0 };
	struct yh_http_call call = {
		.method = methods[method],
		.url = url,
		.headers = h.list,
		.body = body,
		.timeout_s = TIMEOUT_S,
	};
	struct yh_http_answer answer;
	struct yh_err err = { 0 };
	enum yh_exit x;

	(void)snprintf(url, sizeof url, "%s%s", session->server, path);
	add_heads(&h, session, lang);
	if (body)
		h.list[h.n++] = "Content-Type: application/json";
	if (method != YH_GET && session->token[0]) {
		yh_token_new(random);
		(void)snprintf(h.key, sizeof h.key, "Idempotency-Key: %s", random);
		h.list[h.n++] = h.key;
	}
	if (yh_http_call(&call, &answer, &err) == YH_OK)
		x = read_reply(&answer, lang, reply);
	else
		x = yh_cmd_fail(&err);
	yh_buf_done(&answer.body);
	return x;
}

enum yh_exit yh_remote_send(const struct yh_saved *session, const char *path, const char *lang,
			    FILE *from, int64_t bytes, json_t **reply)
{
	struct heads h = { .n = 0 };
	char url[8704];
	struct yh_http_call call = {
		.method = "POST",
		.url = url,
		.headers = h.list,
		.timeout_s = FETCH_TIMEOUT_S,
		.send = from,
		.send_bytes = bytes,
	};
	struct yh_http_answer answer;
	struct yh_err err = { 0 };
	enum yh_exit x;

	(void)snprintf(url, sizeof url, "%s%s", session->server, path);
	add_heads(&h, session, lang);
	h.list[h.n++] = "Content-Type: application/octet-stream";
	if (yh_http_call(&call, &answer, &err) == YH_OK)
		x = read_reply(&answer, lang, reply);
	else
		x = yh_cmd_fail(&err);
	yh_buf_done(&answer.body);
	return x;
}

enum yh_exit yh_remote_fetch(const struct yh_saved *session, const char *path, const char *lang,
			     FILE *to)
{
	YH_JSON_AUTO problem = NULL;
	struct heads h = { .n = 0 };
	char url[8704];
	struct yh_http_call call = {
		.method = "GET",
		.url = url,
		.headers = h.list,
		.timeout_s = FETCH_TIMEOUT_S,
		.save = to,
	};
	struct yh_http_answer answer;
	struct yh_err err = { 0 };
	enum yh_exit x = YH_EXIT_OK;

	(void)snprintf(url, sizeof url, "%s%s", session->server, path);
	add_heads(&h, session, lang);
	if (yh_http_call(&call, &answer, &err) != YH_OK)
		x = yh_cmd_fail(&err);
	else if (answer.status != 200)
		x = read_reply(&answer, lang, &problem);
	yh_buf_done(&answer.body);
	return x;
}
