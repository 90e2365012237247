/* The console's files as replies; a word for people with a browser where there is no console. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "http/internal.h"

static const char no_console[] =
	"<!doctype html>\n<html lang=\"zh\">\n<meta charset=\"utf-8\">\n<title>云衡 "
	"Yunheng</title>\n"
	"<p>云衡正在运行，但这台服务器没有安装控制台；接口说明在 "
	"<a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>。</p>\n"
	"<p lang=\"en\">Yunheng is running, but this server has no console installed; its API is "
	"described at <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>.</p>\n</html>\n";
static const struct yh_site_file no_console_file = { .path = "",
						     .type = "text/html; charset=utf-8",
						     .plain = { no_console, sizeof no_console - 1,
								"" } };

/* Paths whose first segment is one of these are never the console's own addresses. */
static bool is_reserved(const char *path)
{
	static const char *const firsts[] = { "api", "assets", "healthz", "metrics", "readyz" };
	size_t n = strcspn(path, "/");

	for (size_t i = 0; i < YH_LEN(firsts); i++)
		if (strlen(firsts[i]) == n && memcmp(firsts[i], path, n) == 0)
			return true;
	return false;
}

/* Decodes "/a/b" to "a/b"; a slash at the end is dropped. NULL for segments that are empty, or
 * that mean another folder. */
static char *decode(struct call *c, size_t path_len)
{
	char *out = yh_arena_alloc(&c->arena, path_len + 1);
	size_t len = 0;

	for (size_t at = 1; out && at < path_len;) {
		size_t n = strcspn(c->uri + at, "/?");
		const char *segment = yh_percent_decode(c->uri + at, n, false, false, &c->arena);

		if (!segment || !*segment || strcmp(segment, ".") == 0 ||
		    strcmp(segment, "..") == 0)
			return NULL;
		len += (size_t)snprintf(out + len, path_len + 1 - len, "%s%s", len ? "/" : "",
					segment);
		at += n + 1;
	}
	return out;
}

/* Whether a path that no file has is one of the program's pages. Files lie at the top and below
 * assets/; below a page, codes and numbers may have dots. */
static bool is_page(const char *path)
{
	if (*path == '.' || strstr(path, "/."))
		return false;
	return strchr(path, '/') || !strchr(path, '.');
}

bool yh_console_find(struct call *c, size_t path_len)
{
	const struct yh_site *site = c->srv->cfg.site;
	const char *path = decode(c, path_len);

	c->page = NULL;
	if (!path)
		return false;
	if (!site) {
		c->page = *path ? NULL : &no_console_file;
		return c->page != NULL;
	}
	c->page = yh_site_find(site, *path ? path : "index.html");
	if (!c->page && !is_reserved(path) && is_page(path))
		c->page = yh_site_find(site, "index.html");
	return c->page != NULL;
}

/* Scripts only from files; styles also in attributes, which drawn charts and dialogs set. */
static void add_security(struct MHD_Response *r)
{
	yh_reply_add(
		r, "Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
		"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
		"manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
	yh_reply_add(r, "X-Content-Type-Options", "nosniff");
	yh_reply_add(r, "X-Frame-Options", "DENY");
	yh_reply_add(r, "Referrer-Policy", "no-referrer");
	yh_reply_add(r, "Cross-Origin-Opener-Policy", "same-origin");
	yh_reply_add(r, "Cross-Origin-Resource-Policy", "same-origin");
	yh_reply_add(r, "Permissions-Policy", YH_PERMISSIONS);
}

struct MHD_Response *yh_console_response(struct call *c)
{
	const struct yh_site_file *f = c->page;
	bool zipped = f->gzip.p && yh_guard_gzip(&c->head);
	const struct yh_site_body *body = zipped ? &f->gzip : &f->plain;
	bool same = body->etag[0] && c->head.if_none_match &&
		    yh_guard_none_match(c->head.if_none_match, body->etag);
	struct MHD_Response *r = MHD_create_response_from_buffer(
		same ? 0 : body->n, (void *)(uintptr_t)body->p, MHD_RESPMEM_PERSISTENT);

	if (!r)
		return NULL;
	c->status = same ? 304 : 200;
	yh_reply_add(r, "ETag", body->etag);
	yh_reply_add(r, "Cache-Control",
		     !body->etag[0]                        ? "no-store"
		     : strncmp(f->path, "assets/", 7) == 0 ? "public, max-age=31536000, immutable"
							   : "no-cache");
	if (f->gzip.p)
		yh_reply_add(r, "Vary", "Accept-Encoding");
	if (!same) {
		yh_reply_add(r, "Content-Type", f->type);
		if (zipped)
			yh_reply_add(r, "Content-Encoding", "gzip");
	}
	add_security(r);
	if (yh_listen_secure(c->srv))
		yh_reply_add(r, "Strict-Transport-Security", YH_HSTS);
	yh_reply_add(r, "X-Request-Id", c->request_id);
	if (c->close)
		yh_reply_add(r, "Connection", "close");
	yh_conn_sending(c, (int64_t)body->n);
	return r;
}
