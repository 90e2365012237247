/* yunheng config: what the server can be told, and whether a file of that makes sense. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ranges.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "cmd/settings.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_config = {
	.name = "config",
	.synopsis = "check FILE | keys [--markdown]",
	.zh = "检查服务器的配置文件，列出各项",
	.en = "Check a configuration file of the server, or list what it may hold",
	.details =
		"check: 每处错误一行，注明文件和行；没有错误时列出各项及其值。\n"
		"       each fault in a line of its own, with file and line; else every setting\n"
		"       由 root 运行时，以数据目录的属主的身份查看各文件 / by root: looks at files "
		"as "
		"whose the data are\n"
		"keys:  可写的各项 / every setting\n"
		"文件的写法 / lines: 名称 = 值, name = value; # 注释 / remark; 开关写 true 或 "
		"false / flags are true or false\n",
	.run = run,
};

/* Addresses may hold a password. */
static const char *shown(const struct yh_setting *s)
{
	if (s->flag)
		return *s->flag ? "true" : "false";
	if (!*s->value)
		return "-";
	return strchr(*s->value, '@') && s->kind != YH_S_MAIL ? "…" : *s->value;
}

static void list(struct yh_settings *s, bool values)
{
	struct yh_setting table[YH_SETTINGS_MOST];
	size_t n = yh_settings_table(s, table);

	for (size_t i = 0; i < n; i++)
		if (table[i].file)
			(void)printf("%-20s %s%s%s / %s\n", table[i].name,
				     values ? shown(&table[i]) : "", values ? "  # " : "",
				     table[i].zh, table[i].en);
}

/* What docs/configuration.zh-CN.md says of each. */
static const char *kind_of(enum yh_setting_kind kind)
{
	static const char *const kinds[] = {
		[YH_S_FLAG] = "true 或 false",
		[YH_S_TEXT] = "文本",
		[YH_S_FOLDER] = "目录",
		[YH_S_FILE] = "文件（可读）",
		[YH_S_NEW_FILE] = "文件（目录须存在）",
		[YH_S_LISTEN] = "[地址:]端口",
		[YH_S_DATABASE] = "postgresql://…",
		[YH_S_METER] = "embedded 或 http(s)://…",
		[YH_S_SMTP] = "smtp(s)://…",
		[YH_S_URL] = "http(s)://…",
		[YH_S_MAIL] = "名称@主机",
		[YH_S_RANGES] = "网段，逗号分隔",
		[YH_S_PORTS] = "端口，逗号分隔",
		[YH_S_COUNT] = "1–8760",
		[YH_S_RATE] = "0–1000000",
		[YH_S_CLOUDS] = "文件（YAML）",
	};

	return kind < YH_LEN(kinds) && kinds[kind] ? kinds[kind] : "文本";
}

static void markdown(struct yh_settings *s)
{
	struct yh_setting table[YH_SETTINGS_MOST];
	size_t n = yh_settings_table(s, table);

	(void)puts("| 名称 | 取值 | 含义 | 须同时给出 |\n|---|---|---|---|");
	for (size_t i = 0; i < n; i++)
		if (table[i].file)
			(void)printf("| `%s` | %s | %s | %s%s%s |\n", table[i].name,
				     kind_of(table[i].kind), table[i].zh, table[i].needs ? "`" : "",
				     table[i].needs ? table[i].needs : "",
				     table[i].needs ? "`" : "");
}

static void say(void *arg, const struct yh_err *fault)
{
	(void)arg;
	(void)yh_cmd_fail(fault);
}

/* What is no fault, and hardly meant. */
static void warn(const struct yh_settings *s)
{
	unsigned char addr[YH_ADDRESS];
	struct yh_err err = { 0 };
	char address[64];
	uint16_t port;

	if (!s->http.trust_proxy || s->http.proxy_from || !s->listen ||
	    !yh_settings_listen(s->listen, address, &port) ||
	    (yh_address_parse(address, addr) && yh_address_loopback(addr)))
		return;
	(void)yh_fail(&err, YH_BAD_INPUT, "proxy-from-missing");
	say(NULL, &err);
}

static void say_nothing(void *arg, const struct yh_err *fault)
{
	(void)arg;
	(void)fault;
}

/* What root can read says nothing of the server, which runs as whose the data are: from here on
 * this program is that account, where it is root and the account may read the configuration. */
static void become_server(const char *file)
{
	struct yh_settings s = { 0 };
	const struct passwd *who = NULL;
	struct stat st;

	if (getuid() == 0 && yh_settings_read(&s, file, false, say_nothing, NULL) == 0 &&
	    s.world.data && stat(s.world.data, &st) == 0 && st.st_uid != 0)
		who = getpwuid(st.st_uid);
	free(s.text);
	if (!who || initgroups(who->pw_name, who->pw_gid) != 0 ||
	    setresgid(who->pw_gid, who->pw_gid, 0) != 0 ||
	    setresuid(who->pw_uid, who->pw_uid, 0) != 0)
		return;
	if (access(file, R_OK) != 0)
		(void)(setresuid(0, 0, 0) == 0 && setresgid(0, 0, 0) == 0);
}

static enum yh_exit check(const char *file)
{
	struct yh_settings s = { 0 };
	size_t faults;

	become_server(file);
	faults = yh_settings_read(&s, file, true, say, NULL);

	if (s.text && faults == 0)
		faults = yh_settings_check(&s, true, say, NULL);
	if (faults == 0) {
		list(&s, true);
		warn(&s);
	}
	free(s.text);
	return faults ? YH_EXIT_FAILED : YH_EXIT_OK;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	struct yh_settings s = { 0 };

	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return check(argv[2]);
	if (argc == 3 && strcmp(argv[1], "keys") == 0 && strcmp(argv[2], "--markdown") == 0) {
		markdown(&s);
		return YH_EXIT_OK;
	}
	if (argc != 2 || strcmp(argv[1], "keys") != 0)
		return yh_cmd_usage(self, argc > 1 ? argv[1] : NULL);
	list(&s, false);
	return YH_EXIT_OK;
}
