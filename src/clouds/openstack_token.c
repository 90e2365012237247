/* Keystone: a token scoped to the project, and where the region's services are. */
#include "clouds/openstack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SECRET_BYTES = 1024, ANSWER_S = 30, CATALOGUE_BYTES = 4 * 1024 * 1024 };

void yh_os_forget(struct yh_cloud *c)
{
	if (c->token)
		explicit_bzero(c->token, strlen(c->token));
	free(c->token);
	c->token = NULL;
	for (int i = 0; i < YH_OS_SERVICES; i++) {
		free(c->endpoint[i]);
		c->endpoint[i] = NULL;
	}
}

/* Read anew each time: a password that was changed is used without a restart. */
static bool read_secret(const struct yh_cloud *c, char out[SECRET_BYTES])
{
	const char *path = yh_cloud_value(c->cfg, "password_file");
	YH_FCLOSE_AUTO FILE *f = path ? fopen(path, "re") : NULL;
	size_t n = 0;

	if (f) {
		(void)setvbuf(f, NULL, _IONBF, 0); /* no copy of it stays in a buffer */
		n = fread(out, 1, SECRET_BYTES - 1, f);
	}
	out[n] = 0;
	out[strcspn(out, "\r\n")] = 0;
	return out[0] != 0 && n < SECRET_BYTES - 1;
}

static void write_question(const struct yh_cloud *c, const char *secret, struct yh_buf *b)
{
	const char *domain = yh_cloud_value(c->cfg, "domain");
	struct yh_jw w;

	yh_jw_init(&w, b);
	yh_jw_obj(&w, NULL);
	yh_jw_obj(&w, "auth");
	yh_jw_obj(&w, "identity");
	yh_jw_arr(&w, "methods");
	yh_jw_str(&w, NULL, "password");
	yh_jw_end_arr(&w);
	yh_jw_obj(&w, "password");
	yh_jw_obj(&w, "user");
	yh_jw_str(&w, "name", yh_cloud_value(c->cfg, "user"));
	yh_jw_obj(&w, "domain");
	yh_jw_str(&w, "name", domain ? domain : "Default");
	yh_jw_end_obj(&w);
	yh_jw_str(&w, "password", secret);
	yh_jw_end_obj(&w);
	yh_jw_end_obj(&w);
	yh_jw_end_obj(&w);
	yh_jw_obj(&w, "scope");
	yh_jw_obj(&w, "project");
	yh_jw_str(&w, "name", yh_cloud_value(c->cfg, "project"));
	yh_jw_obj(&w, "domain");
	yh_jw_str(&w, "name", domain ? domain : "Default");
	yh_jw_end_obj(&w);
	yh_jw_end_obj(&w);
	yh_jw_end_obj(&w);
	yh_jw_end_obj(&w);
	yh_jw_end_obj(&w);
}

/* The names under which catalogues list a service. */
static bool is_service(enum yh_os_service s, const char *type)
{
	static const char *const types[YH_OS_SERVICES][3] = {
		[YH_OS_COMPUTE] = { "compute" },
		[YH_OS_VOLUME] = { "block-storage", "volumev3", "block-store" },
		[YH_OS_NETWORK] = { "network" },
		[YH_OS_IMAGE] = { "image" },
		[YH_OS_PLACEMENT] = { "placement" },
	};

	for (size_t i = 0; i < 3 && types[s][i]; i++)
		if (strcmp(types[s][i], type) == 0)
			return true;
	return false;
}

/* Neutron's and Glance's addresses are written with and without their version. */
static char *trimmed(enum yh_os_service s, const char *url)
{
	const char *version = s == YH_OS_NETWORK ? "/v2.0" : s == YH_OS_IMAGE ? "/v2" : NULL;
	size_t n = strlen(url), v = version ? strlen(version) : 0;

	while (n > 0 && url[n - 1] == '/')
		n--;
	if (v > 0 && n > v && strncmp(url + n - v, version, v) == 0)
		n -= v;
	return strndup(url, n);
}

static enum yh_rc add_endpoint(struct yh_cloud *c, enum yh_os_service s, const json_t *e,
			       struct yh_err *err)
{
	const char *region = yh_cloud_value(c->cfg, "region"),
		   *interface = yh_cloud_value(c->cfg, "interface");
	const char *its = yh_json_text(e, "region_id"), *url = yh_json_text(e, "url"),
		   *side = yh_json_text(e, "interface");
	char *found;

	if (!its)
		its = yh_json_text(e, "region");
	if (!url || !side || strcmp(side, interface ? interface : "public") != 0 ||
	    (region && (!its || strcmp(its, region) != 0)))
		return YH_OK;
	found = trimmed(s, url);
	if (!found)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (c->endpoint[s] && strcmp(c->endpoint[s], found) != 0) {
		free(found);
		return yh_os_refused(c, err, "the catalogue has two endpoints: %s, %s",
				     c->endpoint[s], url);
	}
	free(c->endpoint[s]);
	c->endpoint[s] = found;
	return YH_OK;
}

static enum yh_rc read_catalogue(struct yh_cloud *c, const json_t *catalogue, struct yh_err *err)
{
	const json_t *service, *e;
	enum yh_rc rc = YH_OK;
	size_t i, j;

	json_array_foreach(catalogue, i, service)
	{
		const char *type = yh_json_text(service, "type");
		int s = 0;

		while (type && s < YH_OS_SERVICES && !is_service((enum yh_os_service)s, type))
			s++;
		if (!type || s == YH_OS_SERVICES)
			continue;
		json_array_foreach(json_object_get(service, "endpoints"), j, e)
		{
			rc = add_endpoint(c, (enum yh_os_service)s, e, err);
			if (rc != YH_OK)
				return rc;
		}
	}
	if (!c->endpoint[YH_OS_COMPUTE])
		return yh_os_refused(c, err, "no endpoint of compute in the catalogue");
	/* the versions asked for are unknown to the older one, which ignores them */
	if (!strstr(c->endpoint[YH_OS_COMPUTE], "/v2.1"))
		return yh_os_refused(c, err, "not a compute v2.1: %s", c->endpoint[YH_OS_COMPUTE]);
	return YH_OK;
}

static enum yh_rc read_token(struct yh_cloud *c, struct yh_http_answer *a, struct yh_err *err)
{
	YH_JSON_AUTO top = NULL;
	char words[256];
	enum yh_rc rc;

	if (a->status != 201) {
		yh_os_words(yh_buf_text(&a->body), a->body.len, words);
		return yh_os_unreachable(c, err, "identity %ld %s", a->status, words);
	}
	if (!a->kept || yh_json_parse(yh_buf_text(&a->body), a->body.len, &top, NULL) != YH_OK)
		return yh_os_unreachable(c, err, "identity: no token in the answer");
	c->token = a->kept;
	a->kept = NULL;
	rc = read_catalogue(c, json_object_get(json_object_get(top, "token"), "catalog"), err);
	if (rc != YH_OK)
		yh_os_forget(c);
	else
		yh_os_keep(c);
	return rc;
}

static enum yh_rc ask(struct yh_cloud *c, const char *url, const struct yh_buf *body,
		      struct yh_err *err)
{
	static const char *const headers[] = { "Accept: application/json",
					       "Content-Type: application/json",
					       "User-Agent: yunheng/" YH_VERSION, NULL };
	int64_t left_s = (c->ends_ms - yh_monotonic_ms()) / 1000;
	struct yh_http_call call = { .method = "POST",
				     .url = url,
				     .headers = headers,
				     .body = body->data,
				     .body_bytes = body->len,
				     .line = c->line,
				     .timeout_s = (unsigned)(left_s < ANSWER_S ? left_s : ANSWER_S),
				     .reply_max_bytes = CATALOGUE_BYTES,
				     .stop = c->stop,
				     .ca_file = yh_cloud_value(c->cfg, "ca"),
				     .keep_header = "X-Subject-Token" };
	struct yh_http_answer a = { 0 };
	struct yh_err why = { 0 };
	enum yh_rc rc;

	if (left_s < 1)
		return yh_os_unreachable(c, err, "identity: no time left");
	rc = yh_http_call(&call, &a, &why);
	if (rc == YH_OK)
		rc = read_token(c, &a, err);
	else
		rc = yh_os_unreachable(c, err, "identity: %s",
				       why.n_figs > 0 ? why.figs[0].text : why.slug);
	if (a.kept)
		explicit_bzero(a.kept, strlen(a.kept));
	free(a.kept);
	yh_buf_done(&a.body);
	return rc;
}

enum yh_rc yh_os_authenticate(struct yh_cloud *c, struct yh_err *err)
{
	const char *auth = yh_cloud_value(c->cfg, "auth_url");
	YH_FREE_AUTO char *base = trimmed(YH_OS_COMPUTE, auth), *url = NULL;
	char secret[SECRET_BYTES];
	struct yh_buf body;
	enum yh_rc rc;

	yh_os_forget(c);
	if (!base || asprintf(&url, "%s/auth/tokens", base) < 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_init(&body, 16 * 1024);
	if (!read_secret(c, secret))
		rc = yh_os_unreachable(c, err, "identity: the password file cannot be read");
	else {
		write_question(c, secret, &body);
		rc = yh_buf_ok(&body) ? ask(c, url, &body, err)
				      : yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	explicit_bzero(secret, sizeof secret);
	if (body.data)
		explicit_bzero(body.data, body.len);
	yh_buf_done(&body);
	return rc;
}
