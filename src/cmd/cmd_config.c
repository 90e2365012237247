/* yunheng config: what the server can be told, and whether a file of that makes sense. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "cmd/settings.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_config = {
	.name = "config",
	.synopsis = "check FILE | keys",
	.zh = "检查服务器的配置文件，列出各项",
	.en = "Check a configuration file of the server, or list what it may hold",
	.details =
		"check: 每处错误一行，注明文件和行；没有错误时列出各项及其值。\n"
		"       each fault in a line of its own, with file and line; else every setting\n"
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

static void say(void *arg, const struct yh_err *fault)
{
	(void)arg;
	(void)yh_cmd_fail(fault);
}

static enum yh_exit check(const char *file)
{
	struct yh_settings s = { 0 };
	size_t faults = yh_settings_read(&s, file, true, say, NULL);

	if (s.text && faults == 0)
		faults = yh_settings_check(&s, true, say, NULL);
	if (faults == 0)
		list(&s, true);
	free(s.text);
	return faults ? YH_EXIT_FAILED : YH_EXIT_OK;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	struct yh_settings s = { 0 };

	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return check(argv[2]);
	if (argc != 2 || strcmp(argv[1], "keys") != 0)
		return yh_cmd_usage(self, argc > 1 ? argv[1] : NULL);
	list(&s, false);
	return YH_EXIT_OK;
}
