/* Outgoing mail through libcurl. */
#include "net/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/internal.h"
#include "net/mime.h"

struct yh_smtp {
	const struct yh_smtp_config *cfg;
	CURL *curl;
	const char *mail;
	size_t left;
	bool addressed; /* the server has taken the sender: what it refuses now is the mail */
	char why[CURL_ERROR_SIZE];
};

enum yh_rc yh_smtp_check(const struct yh_smtp_config *cfg, struct yh_err *err)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *user = NULL;
	bool ok;

	if (!u)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	ok = curl_url_set(u, CURLUPART_URL, cfg->url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	     curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	     (strcmp(scheme, "smtp") == 0 || strcmp(scheme, "smtps") == 0) &&
	     curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_OK;
	curl_free(scheme);
	curl_free(user);
	curl_url_cleanup(u);
	return ok ? YH_OK : yh_fail(err, YH_BAD_INPUT, "smtp-url");
}

struct yh_smtp *yh_smtp_new(const struct yh_smtp_config *cfg)
{
	struct yh_smtp *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	yh_curl_start();
	s->cfg = cfg;
	s->curl = curl_easy_init();
	if (!s->curl) {
		free(s);
		return NULL;
	}
	return s;
}

void yh_smtp_free(struct yh_smtp *s)
{
	if (!s)
		return;
	curl_easy_cleanup(s->curl);
	free(s);
}

static size_t give(char *out, size_t size, size_t n, void *arg)
{
	struct yh_smtp *s = arg;
	size_t most = size * n < s->left ? size * n : s->left;

	memcpy(out, s->mail, most);
	s->mail += most;
	s->left -= most;
	return most;
}

/* libcurl does not tell which command was refused; the commands themselves do. */
static int watch(CURL *c, curl_infotype type, char *data, size_t n, void *arg)
{
	struct yh_smtp *s = arg;

	(void)c;
	if (type == CURLINFO_HEADER_OUT && n >= 4 && strncasecmp(data, "RCPT", 4) == 0)
		s->addressed = true;
	return 0;
}

/* What libcurl copies may fail: without one of them it would be another mail. */
static CURLcode set_texts(CURL *c, const struct yh_smtp_config *cfg, const char *from)
{
	const struct {
		CURLoption option;
		const char *text;
	} texts[] = {
		{ CURLOPT_URL, cfg->url },
		{ CURLOPT_PROTOCOLS_STR, "smtp,smtps" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_USERNAME, cfg->user },
		{ CURLOPT_PASSWORD, cfg->user ? cfg->password : NULL },
		{ CURLOPT_MAIL_FROM, from },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; code == CURLE_OK && i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].text)
			code = curl_easy_setopt(c, texts[i].option, texts[i].text);
	return code;
}

static CURLcode set_up(struct yh_smtp *s, const char *from, const struct curl_slist *to)
{
	CURL *c = s->curl;

	curl_easy_reset(c);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 15L);
	(void)curl_easy_setopt(c, CURLOPT_TIMEOUT, 60L);
	(void)curl_easy_setopt(c, CURLOPT_USE_SSL,
			       s->cfg->plain ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_ALL);
	yh_curl_trust(c, s->cfg->ca_file);
	(void)curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	(void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	(void)curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
	(void)curl_easy_setopt(c, CURLOPT_READDATA, s);
	(void)curl_easy_setopt(c, CURLOPT_VERBOSE, 1L);
	(void)curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, watch);
	(void)curl_easy_setopt(c, CURLOPT_DEBUGDATA, s);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->why);
	return set_texts(c, s->cfg, from);
}

static enum yh_rc judge(const struct yh_smtp *s, CURLcode code, struct yh_smtp_answer *out,
			struct yh_err *err)
{
	enum yh_rc rc;

	if (code == CURLE_OK)
		return YH_OK;
	out->of_message = s->addressed && out->code >= 400 && out->code != 421;
	if (out->of_message && out->code >= 500) {
		rc = yh_fail(err, YH_REFUSED, "mail-refused");
	} else {
		rc = yh_fail(err, YH_BUSY, "mail-server-trouble");
		yh_err_text(err, "detail", s->why[0] ? s->why : curl_easy_strerror(code));
	}
	yh_err_int(err, "code", out->code);
	return rc;
}

enum yh_rc yh_smtp_send(struct yh_smtp *s, const char *from, const char *to, const char *mail,
			size_t mail_bytes, struct yh_smtp_answer *out, struct yh_err *err)
{
	char sender[YH_MAIL_MAX + 3], receiver[YH_MAIL_MAX + 3];
	struct curl_slist *list;
	CURLcode code;

	*out = (struct yh_smtp_answer){ 0 };
	if (!yh_mail_address(from) || !yh_mail_address(to))
		return yh_fail(err, YH_INTERNAL, "mail-address");
	(void)snprintf(sender, sizeof sender, "<%s>", from);
	(void)snprintf(receiver, sizeof receiver, "<%s>", to);
	list = curl_slist_append(NULL, receiver);
	if (!list)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->mail = mail;
	s->left = mail_bytes;
	s->addressed = false;
	s->why[0] = 0;
	code = set_up(s, sender, list);
	if (code == CURLE_OK) {
		code = curl_easy_perform(s->curl);
		(void)curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &out->code);
	}
	curl_slist_free_all(list);
	return judge(s, code, out, err);
}
