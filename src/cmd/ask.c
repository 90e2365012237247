/* Secrets of an operation that were not given, asked for at the terminal. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/remote.h"

/* What people know them by; one that is missing here goes by what the API says of it. */
static const char *prompt_of(const struct yh_op *op, const struct yh_field *f, const char *lang)
{
	static const struct {
		const char *op, *field, *zh;
	} prompts[] = {
		{ "session.create", "password", "密码" },
		{ "session.code", "code", "设备显示的动态口令，或一个恢复码" },
		{ "account.password", "old_password", "现在的密码" },
		{ "account.password", "new_password",
		  "新密码（长短、字符种类按政策包，不与用过的相同，不含登录名）" },
		{ "second-factor.confirm", "code", "设备此刻显示的动态口令" },
		{ "second-factor.renew", "code", "设备显示的动态口令，或一个恢复码" },
		{ "second-factor.remove", "code", "设备显示的动态口令，或一个恢复码" },
		{ "notify.verify", "code", "邮件中的验证码" },
		{ "link.enrol", "code", "市平台给的配对码" },
	};

	if (strcmp(lang, "en") == 0)
		return f->about;
	for (size_t i = 0; i < YH_LEN(prompts); i++)
		if (strcmp(prompts[i].op, op->name) == 0 && strcmp(prompts[i].field, f->name) == 0)
			return prompts[i].zh;
	return f->about;
}

/* A slip in a password that nobody sees would lock its owner out. */
static bool same_again(const char *text, const char *lang)
{
	char *again = getpass(strcmp(lang, "en") == 0 ? "once more: " : "再输一次: ");
	bool same = again && strcmp(again, text) == 0;

	if (again)
		explicit_bzero(again, strlen(again));
	return same;
}

bool yh_ask_secret(const struct yh_op *op, const struct yh_field *f, const char *lang, json_t *body)
{
	YH_FREE_AUTO char *text = NULL;
	char *typed;
	bool same = true;

	(void)fprintf(stderr, "%s", prompt_of(op, f, lang));
	typed = getpass(": ");
	if (!typed) {
		(void)fprintf(stderr, "yunheng: 缺少参数 / argument missing: %s\n", f->name);
		return false;
	}
	text = strdup(typed); /* it is typed over */
	explicit_bzero(typed, strlen(typed));
	if (text && isatty(STDIN_FILENO) && strcmp(f->name, "new_password") == 0)
		same = same_again(text, lang);
	if (text && same)
		(void)json_object_set_new(body, f->name, json_string(text));
	else
		(void)fputs(strcmp(lang, "en") == 0 ? "not the same twice\n" : "两次输入不同\n",
			    stderr);
	if (text)
		explicit_bzero(text, strlen(text));
	return text && same;
}
