/* Strict reading of a request's head. */
#include "http/guard.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "http/op.h"
#include "http/problem.h"

/* Headers of which a second one would leave open which of the two counts. */
static const struct single {
	const char *name;
	size_t offset; /* of the borrowed value in yh_wanted */
} singles[] = {
	{ "Authorization", offsetof(struct yh_wanted, authorization) },
	{ "Cookie", offsetof(struct yh_wanted, cookie) },
	{ "X-CSRF-Token", offsetof(struct yh_wanted, csrf) },
	{ "Idempotency-Key", offsetof(struct yh_wanted, idempotency_key) },
	{ "If-Match", offsetof(struct yh_wanted, if_match) },
	{ "If-None-Match", offsetof(struct yh_wanted, if_none_match) },
	{ "Accept-Language", offsetof(struct yh_wanted, accept_language) },
	{ "X-Request-Id", offsetof(struct yh_wanted, request_id) },
	{ "X-Forwarded-For", offsetof(struct yh_wanted, forwarded_for) },
	{ "Content-Type", offsetof(struct yh_wanted, content_type) },
	{ "Last-Event-ID", offsetof(struct yh_wanted, last_event_id) },
	{ "Content-Encoding", offsetof(struct yh_wanted, content_encoding) },
};

struct framing {
	const char *host, *length, *encoding, *expect;
};

static bool is_token(const char *s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	if (!*s)
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || strchr(marks, *s)))
			return false;
	return true;
}

static bool is_value(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return false;
	}
	return true;
}

static int refuse(struct yh_err *err, int status, const char *slug)
{
	(void)yh_fail(err, YH_BAD_INPUT, slug);
	return status;
}

static int take_once(const char **slot, const struct yh_header *h, struct yh_err *err)
{
	if (*slot) {
		(void)yh_fail(err, YH_BAD_INPUT, "header-duplicate");
		yh_err_text(err, "header", h->name);
		return 400;
	}
	*slot = h->value;
	return 0;
}

/* The codings that matter; several such headers are one list. */
static void take_encodings(struct yh_wanted *out, const char *s)
{
	while (*s) {
		size_t n, name;
		int *slot;

		s += strspn(s, " \t,");
		n = strcspn(s, ",");
		name = strcspn(s, ",; \t");
		slot = name == 4 && strncasecmp(s, "gzip", 4) == 0 ? &out->gzip
		       : name == 1 && *s == '*'                    ? &out->any
								   : NULL;
		if (slot)
			*slot = yh_accept_weight(s + name, n - name);
		s += n;
	}
}

static int take(const struct yh_header *h, struct yh_wanted *out, struct framing *fr,
		struct yh_err *err)
{
	if (!is_token(h->name) || !is_value(h->value))
		return refuse(err, 400, "header-invalid");
	if (strcasecmp(h->name, "Host") == 0)
		return take_once(&fr->host, h, err);
	if (strcasecmp(h->name, "Content-Length") == 0)
		return take_once(&fr->length, h, err);
	if (strcasecmp(h->name, "Transfer-Encoding") == 0)
		return take_once(&fr->encoding, h, err);
	if (strcasecmp(h->name, "Expect") == 0)
		return take_once(&fr->expect, h, err);
	if (strcasecmp(h->name, "Accept-Encoding") == 0)
		take_encodings(out, h->value);
	for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++)
		if (strcasecmp(h->name, singles[i].name) == 0)
			return take_once((const char **)((char *)out + singles[i].offset), h, err);
	return 0;
}

static bool parse_length(const char *s, int64_t *out)
{
	int64_t v = 0;
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 18 || s[n])
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	*out = v;
	return true;
}

static int check_framing(const struct yh_head *h, const struct framing *fr, struct yh_wanted *out,
			 struct yh_err *err)
{
	bool http_1_1 = strcmp(h->version, "HTTP/1.1") == 0;

	if (http_1_1 && (!fr->host || !*fr->host))
		return refuse(err, 400, "host-missing");
	if (fr->length && fr->encoding)
		return refuse(err, 400, "framing-ambiguous");
	if (fr->length && !parse_length(fr->length, &out->content_length))
		return refuse(err, 400, "framing-ambiguous");
	if (fr->encoding)
		return refuse(err, 411, "length-required");
	out->has_length = fr->length != NULL;
	out->has_body = out->content_length > 0;
	if (fr->expect && strcasecmp(fr->expect, "100-continue") != 0)
		return refuse(err, 417, "expectation-unknown");
	return 0;
}

/* Only visible ASCII in origin form: everything else comes percent-encoded. */
static int check_uri(const char *uri, struct yh_err *err)
{
	if (strnlen(uri, YH_URI_MAX + 1) > YH_URI_MAX)
		return refuse(err, 414, "uri-too-long");
	if (uri[0] != '/')
		return refuse(err, 400, "uri-invalid");
	for (const char *s = uri; *s; s++)
		if (*s <= ' ' || *s > '~' || strchr("#\"<>\\^`{|}", *s))
			return refuse(err, 400, "uri-invalid");
	return 0;
}

int yh_guard_head(const struct yh_head *h, struct yh_wanted *out, struct yh_err *err)
{
	struct framing fr = { 0 };
	int status = 0;

	*out = (struct yh_wanted){ .gzip = -1, .any = -1 };
	if (strcmp(h->version, "HTTP/1.1") != 0 && strcmp(h->version, "HTTP/1.0") != 0)
		return refuse(err, 505, "version-unknown");
	if (h->too_many)
		return refuse(err, 431, "headers-too-many");
	if (h->broken || !is_token(h->method))
		return refuse(err, 400, "header-invalid");
	for (size_t i = 0; i < h->n && status == 0; i++)
		status = take(&h->headers[i], out, &fr, err);
	if (status == 0)
		status = check_framing(h, &fr, out, err);
	if (status == 0)
		status = check_uri(h->uri, err);
	return status;
}

bool yh_guard_gzip(const struct yh_wanted *w)
{
	return w->gzip > 0 || (w->gzip < 0 && w->any > 0);
}

bool yh_guard_none_match(const char *s, const char *etag)
{
	size_t n;

	etag += strncmp(etag, "W/", 2) == 0 ? 2 : 0;
	for (n = strlen(etag); *s; s += strcspn(s, ",")) {
		s += strspn(s, " \t,");
		if (*s == '*')
			return true;
		s += strncmp(s, "W/", 2) == 0 ? 2 : 0;
		if (strncmp(s, etag, n) == 0 && strspn(s + n, " \t") == strcspn(s + n, ","))
			return true;
	}
	return false;
}

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* application/json, with no parameter but charset=utf-8. */
static bool is_json_type(const char *s)
{
	static const char type[] = "application/json", charset[] = "charset=";

	if (!s || strncasecmp(s, type, sizeof type - 1) != 0)
		return false;
	s = skip_blanks(s + sizeof type - 1);
	if (!*s)
		return true;
	if (*s != ';')
		return false;
	s = skip_blanks(s + 1);
	if (strncasecmp(s, charset, sizeof charset - 1) != 0)
		return false;
	s += sizeof charset - 1;
	if (strncasecmp(s, "utf-8", 5) == 0)
		s += 5;
	else if (strncasecmp(s, "\"utf-8\"", 7) == 0)
		s += 7;
	else
		return false;
	return *skip_blanks(s) == 0;
}

static int too_large(size_t max_bytes, struct yh_err *err)
{
	(void)yh_fail(err, YH_TOO_LARGE, "body-too-large");
	yh_err_int(err, "max", (int64_t)max_bytes);
	return 413;
}

static int wrong_encoding(const char *admitted, struct yh_err *err)
{
	(void)yh_fail(err, YH_BAD_INPUT, "encoding-unsupported");
	yh_err_text(err, "admitted", admitted);
	return 415;
}

int yh_guard_body(const struct yh_wanted *w, bool admitted, size_t max_bytes, struct yh_err *err)
{
	if (!w->has_body)
		return 0;
	if (!admitted)
		return refuse(err, 400, "body-unexpected");
	if ((uint64_t)w->content_length > max_bytes)
		return too_large(max_bytes, err);
	if (!is_json_type(w->content_type))
		return refuse(err, 415, "media-type-unsupported");
	if (w->content_encoding && strcasecmp(w->content_encoding, "identity") != 0)
		return wrong_encoding("identity", err);
	return 0;
}

/* One media type as the lists have it: lower case but for the values of parameters, no blanks, no
 * quotes, no charset=utf-8. False when it cannot be read or does not fit. */
static bool plain_type(const char *s, char *out, size_t size)
{
	size_t n = strcspn(s, "; \t"), len = 0;

	for (; len < n && len + 1 < size; len++)
		out[len] = (char)tolower((unsigned char)s[len]);
	for (s = skip_blanks(s + n); *s == ';'; s = skip_blanks(s)) {
		size_t name, value;
		bool quoted;

		s = skip_blanks(s + 1);
		name = strcspn(s, "=; \t\"");
		if (name == 0 || s[name] != '=')
			return false;
		quoted = s[name + 1] == '"';
		value = strcspn(s + name + 1 + quoted, quoted ? "\"\\" : "; \t\"");
		if (quoted && s[name + 2 + value] != '"')
			return false;
		if (name != 7 || strncasecmp(s, "charset", 7) != 0 || value != 5 ||
		    strncasecmp(s + 8 + quoted, "utf-8", 5) != 0) {
			if (len + name + value + 3 > size)
				return false;
			out[len++] = ';';
			for (size_t i = 0; i <= name; i++)
				out[len++] = (char)tolower((unsigned char)s[i]);
			memcpy(out + len, s + name + 1 + quoted, value);
			len += value;
		}
		s += name + 1 + value + (quoted ? 2 : 0);
	}
	out[len] = 0;
	return *s == 0;
}

static bool find_type(const char *given, const char *const *types, unsigned *index)
{
	char plain[160];

	if (!given || !plain_type(given, plain, sizeof plain))
		return false;
	for (*index = 0; types[*index]; ++*index)
		if (strcmp(types[*index], plain) == 0)
			return true;
	return false;
}

/* The word of a list that `given` is, as a borrowed literal. */
static const char *find_encoding(const char *given, const char *list)
{
	static const char *const known[] = { "identity", "snappy", "gzip", "zstd" };

	if (!given)
		given = "identity";
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		size_t n = strlen(known[i]);

		if (strcasecmp(given, known[i]) != 0)
			continue;
		for (const char *s = list; s; s = strchr(s, '|') ? strchr(s, '|') + 1 : NULL)
			if (strncmp(s, known[i], n) == 0 && (s[n] == '|' || !s[n]))
				return known[i];
	}
	return NULL;
}

int yh_guard_raw(const struct yh_wanted *w, const struct yh_raw *raw, unsigned *type,
		 const char **encoding, struct yh_err *err)
{
	if (!w->has_length)
		return refuse(err, 411, "length-required");
	if ((uint64_t)w->content_length > raw->max_bytes)
		return too_large(raw->max_bytes, err);
	if (!find_type(w->content_type, raw->types, type)) {
		(void)yh_fail(err, YH_BAD_INPUT, "media-type-other");
		yh_err_text(err, "admitted", raw->types[0]);
		return 415;
	}
	*encoding = find_encoding(w->content_encoding, raw->encodings);
	return *encoding ? 0 : wrong_encoding(raw->encodings, err);
}
