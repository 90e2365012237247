/* The session that the command line keeps between calls. */
#include "cmd/saved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/site.h"

static const char default_server[] = "http://127.0.0.1:8480";

static bool file_name(char *out, size_t size, bool make)
{
	const char *given = getenv("YUNHENG_SESSION"), *home = getenv("HOME");
	char dir[3072];

	if (given && given[0])
		return snprintf(out, size, "%s", given) < (int)size;
	if (!home || !home[0] || snprintf(dir, sizeof dir, "%s/.config", home) >= (int)sizeof dir)
		return false;
	if (make)
		(void)mkdir(dir, 0700);
	(void)snprintf(dir, sizeof dir, "%s/.config/yunheng", home);
	if (make)
		(void)mkdir(dir, 0700);
	return snprintf(out, size, "%s/session.json", dir) < (int)size;
}

static void take(const json_t *obj, const char *key, char *out, size_t size)
{
	const char *text = yh_json_text(obj, key);

	if (text)
		(void)snprintf(out, size, "%s", text);
}

static enum yh_rc read_file(const char *name, struct yh_saved *out, struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = fopen(name, "r");
	YH_JSON_AUTO obj = NULL;
	char text[2048];
	size_t n;
	enum yh_rc rc;

	if (!f)
		return YH_OK;
	n = fread(text, 1, sizeof text, f);
	rc = yh_json_parse(text, n, &obj, err);
	if (rc != YH_OK)
		return rc;
	take(obj, "server", out->server, sizeof out->server);
	take(obj, "token", out->token, sizeof out->token);
	take(obj, "csrf", out->csrf, sizeof out->csrf);
	return YH_OK;
}

enum yh_rc yh_saved_load(struct yh_saved *out, struct yh_err *err)
{
	const char *server = getenv("YUNHENG_SERVER"), *token = getenv("YUNHENG_TOKEN");
	char name[4096];
	enum yh_rc rc = YH_OK;

	*out = (struct yh_saved){ 0 };
	(void)snprintf(out->server, sizeof out->server, "%s", default_server);
	if (file_name(name, sizeof name, false))
		rc = read_file(name, out, err);
	if (server && server[0]) {
		if (out->token[0] && !yh_site_may_have(out->server, server))
			out->token[0] = out->csrf[0] = 0;
		(void)snprintf(out->server, sizeof out->server, "%s", server);
	}
	if (token && token[0]) {
		(void)snprintf(out->token, sizeof out->token, "%s", token);
		out->bearer = true;
	}
	return rc;
}

/* One that was there before may be open to others; a device is nobody's to close. */
static bool keep_own(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (!S_ISREG(st.st_mode) || !(st.st_mode & 077) || fchmod(fd, 0600) == 0);
}

enum yh_rc yh_saved_store(const struct yh_saved *s, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	char name[4096];
	struct yh_buf b;
	struct yh_jw w;
	enum yh_rc rc = YH_OK;

	yh_buf_init(&b, 4096);
	yh_jw_init(&w, &b);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "server", s->server);
	yh_jw_str(&w, "token", s->token);
	yh_jw_str(&w, "csrf", s->csrf);
	yh_jw_end_obj(&w);
	if (file_name(name, sizeof name, true))
		fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || !keep_own(fd) || write(fd, b.data, b.len) != (ssize_t)b.len) {
		rc = yh_fail_field(err, YH_STORAGE, "session-unwritable", name);
		yh_err_text(err, "detail", strerror(errno));
	}
	yh_buf_done(&b);
	return rc;
}

/* What must be done before anything else. */
static void say_owed(const json_t *reply, bool en)
{
	const char *factor = yh_json_text(reply, "second_factor");

	if (json_is_true(json_object_get(reply, "must_change_password")))
		(void)puts(en ? "The password must be changed: yunheng account password"
			      : "须先修改密码：yunheng account password");
	if (factor && strcmp(factor, "code") == 0)
		(void)puts(en ? "A code of your device is needed: yunheng session code"
			      : "须输入动态口令：yunheng session code");
	if (factor && strcmp(factor, "enrol") == 0)
		(void)puts(en ? "A second factor must be enrolled: yunheng second-factor enrol"
			      : "须登记第二因素：yunheng second-factor enrol");
}

enum yh_exit yh_saved_keep(struct yh_saved *s, const json_t *reply, const char *lang)
{
	struct yh_err err = { 0 };
	const char *token = yh_json_text(reply, "token"), *csrf = yh_json_text(reply, "csrf");

	(void)snprintf(s->token, sizeof s->token, "%s", token ? token : "");
	(void)snprintf(s->csrf, sizeof s->csrf, "%s", csrf ? csrf : "");
	if (yh_saved_store(s, &err) != YH_OK)
		return yh_cmd_fail(&err);
	(void)puts(strcmp(lang, "en") == 0 ? "Signed in." : "已登录。");
	say_owed(reply, strcmp(lang, "en") == 0);
	return YH_EXIT_OK;
}
