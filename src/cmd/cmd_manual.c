/* yunheng manual: the manual pages and the completion that packages bring along. */
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/manual.h"

enum { PAGE_BYTES = 4 * 1024 * 1024 };

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_manual = {
	.name = "manual",
	.synopsis = "yunheng.1|yunhengd.8|yunhengd.conf.5|yunheng-agent.8|completion"
		    " [--lang zh|en] [--date YYYY-MM-DD]",
	.zh = "输出手册页，或 bash 的补全脚本",
	.en = "Print a manual page, or the completion for bash",
	.details = "  yunheng manual yunheng.1 | man -l -\n"
		   "  . <(yunheng manual completion)\n",
	.run = run,
};

static enum yh_exit print(struct yh_buf *b)
{
	struct yh_err err = { 0 };

	if (yh_buf_ok(b)) {
		(void)fputs(yh_buf_text(b), stdout);
		return YH_EXIT_OK;
	}
	(void)yh_fail(&err, YH_TOO_LARGE, "reply-too-large");
	return yh_cmd_fail(&err);
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *bad = NULL, *lang = "zh", *date = "";
	const struct yh_opt options[] = { { "lang", &lang, NULL }, { "date", &date, NULL }, { 0 } };
	const struct yh_manual *m = yh_manuals;
	struct yh_buf b;
	enum yh_exit x;
	int n = yh_args_take(argc, argv, options, &bad);

	if (n != 1)
		return yh_cmd_usage(self, n < 0 ? bad : n > 1 ? argv[2] : NULL);
	if (strcmp(lang, "zh") != 0 && strcmp(lang, "en") != 0)
		return yh_cmd_usage(self, lang);
	while (m->name && strcmp(m->name, argv[1]) != 0)
		m++;
	if (!m->name && strcmp(argv[1], "completion") != 0)
		return yh_cmd_usage(self, argv[1]);
	yh_buf_init(&b, PAGE_BYTES);
	if (m->name)
		m->write(&b, lang, date);
	else
		yh_completion_write(&b);
	x = print(&b);
	yh_buf_done(&b);
	return x;
}
