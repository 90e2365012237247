/* The manual pages, in man(7). What stands here by hand is what no table says. */
#include "cmd/manual.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/agent_usage.h"
#include "cmd/commands.h"
#include "cmd/op_usage.h"
#include "cmd/settings.h"

struct page {
	struct yh_buf *b;
	bool zh;
};

static const char *pick(const struct page *p, const char *zh, const char *en)
{
	return p->zh ? zh : en;
}

/* Text that roff leaves as it is; the line begins where `begins` says. */
static void text(const struct page *p, const char *s, bool begins)
{
	for (; *s; s++) {
		if (begins && (*s == '.' || *s == '\''))
			yh_buf_str(p->b, "\\&");
		if (*s == '\\')
			yh_buf_str(p->b, "\\e");
		else if (*s == '-')
			yh_buf_str(p->b, "\\-");
		else
			yh_buf_add(p->b, s, 1);
		begins = *s == '\n';
	}
}

static void line(const struct page *p, const char *s)
{
	text(p, s, true);
	yh_buf_str(p->b, "\n");
}

static void section(const struct page *p, const char *zh, const char *en)
{
	yh_buf_printf(p->b, ".SH %s\n", pick(p, zh, en));
}

static void head(const struct page *p, const char *name, const char *number, const char *date,
		 const char *zh, const char *en)
{
	yh_buf_printf(p->b, ".TH %s %s \"%s\" \"yunheng %s\" \"%s\"\n", name, number, date,
		      YH_VERSION, pick(p, "云衡手册", "Yunheng manual"));
	yh_buf_str(p->b, ".ad l\n"); /* Chinese has no blanks to widen */
	section(p, "名称", "NAME");
	text(p, name, true);
	yh_buf_str(p->b, " \\- ");
	line(p, pick(p, zh, en));
}

/* What is typed, in bold, and what it means. */
static void item(const struct page *p, const char *typed, const char *rest, const char *meaning)
{
	yh_buf_str(p->b, ".TP\n\\fB");
	text(p, typed, false);
	yh_buf_str(p->b, "\\fR");
	if (rest && *rest) {
		yh_buf_str(p->b, " ");
		text(p, rest, false);
	}
	yh_buf_str(p->b, "\n");
	line(p, meaning);
}

static void as_it_is(const struct page *p, const char *lines)
{
	yh_buf_str(p->b, ".nf\n");
	text(p, lines, true);
	if (lines[strlen(lines) - 1] != '\n')
		yh_buf_str(p->b, "\n");
	yh_buf_str(p->b, ".fi\n");
}

static void see_also(const struct page *p, const char *names)
{
	section(p, "另见", "SEE ALSO");
	line(p, names);
	yh_buf_str(p->b, ".br\n");
	line(p, "/usr/share/doc/yunheng-server/");
}

/* ---- yunheng.1 ---- */

static void write_command(const struct page *p, const struct yh_cmd *c)
{
	char call[1024];

	(void)snprintf(call, sizeof call, "yunheng %s %s", c->name, c->synopsis);
	yh_buf_str(p->b, ".SS ");
	line(p, c->name);
	line(p, pick(p, c->zh, c->en));
	yh_buf_str(p->b, ".PP\n");
	as_it_is(p, call);
	if (!c->details)
		return;
	yh_buf_str(p->b, ".PP\n");
	as_it_is(p, c->details);
}

static void write_fields(const struct page *p, const struct yh_field *f, const char *dashes)
{
	for (; f && f->name; f++) {
		yh_buf_str(p->b, ".br\n\\fI");
		text(p, dashes, false);
		text(p, f->name, false);
		yh_buf_str(p->b, f->flags & YH_REQUIRED ? "\\fR * " : "\\fR ");
		text(p, f->about ? f->about : "", false);
		if (f->choices) {
			yh_buf_str(p->b, " = ");
			text(p, f->choices, false);
		}
		yh_buf_str(p->b, "\n");
	}
}

static void write_op(void *arg, const struct yh_op *op)
{
	const struct page *p = arg;
	struct yh_buf usage;

	yh_buf_init(&usage, 4096);
	yh_op_usage(op, &usage);
	item(p, yh_buf_text(&usage), NULL, pick(p, op->about_zh, op->about_en));
	yh_buf_done(&usage);
	write_fields(p, op->path_fields, "");
	write_fields(p, op->query_fields, "--");
	write_fields(p, op->body_fields, "--");
}

static const struct {
	const char *name, *zh, *en;
} variables[] = {
	{ "YUNHENG_SERVER", "服务器地址，优先于登录时记下的；换了主机须另行登录",
	  "The server's address, before the one that was signed in to; another host wants a "
	  "sign-in "
	  "of its own" },
	{ "YUNHENG_TOKEN", "访问令牌", "An access token" },
	{ "YUNHENG_SESSION", "登录记在哪个文件", "The file that a sign-in is kept in" },
	{ "YUNHENG_LANG", "zh 或 en，默认 zh", "zh or en; zh" },
	{ "YUNHENG_POLICY", "政策包的目录，默认随程序安装的",
	  "The folder of the policy packs; the installed one" },
	{ "YUNHENG_PASSPHRASE", "密钥文件的口令", "The passphrase of a key file" },
	{ "YUNHENG_METER_TOKEN", "导入用量的令牌", "The token that usage is brought in with" },
};

static void write_yunheng(struct yh_buf *b, const char *lang, const char *date)
{
	const struct page p = { b, strcmp(lang, "zh") == 0 };
	size_t n;
	const struct yh_cmd *const *commands = yh_commands(&n);
	const struct yh_op_option *options;

	head(&p, "yunheng", "1", date, "云衡的命令行", "command line of the platform Yunheng");
	section(&p, "概要", "SYNOPSIS");
	yh_buf_str(b, ".B yunheng\n.I COMMAND\n[\\fIARGUMENT\\fR ...]\n.br\n"
		      ".B yunheng\n.I NOUN VERB\n[\\fIARGUMENT\\fR ...]\n");
	section(&p, "命令", "COMMANDS");
	for (size_t i = 0; i < n; i++)
		write_command(&p, commands[i]);
	section(&p, "服务器上的操作", "OPERATIONS OF THE SERVER");
	line(&p,
	     pick(&p,
		  "先用 session create 登录。带 * 的必填；文本选项的值写作 @文件 即取文件内容。",
		  "Sign in by session create first. What bears a * is needed; the value of an "
		  "object or a list is taken from a file when it is written @FILE."));
	yh_op_each(write_op, (void *)&p);
	section(&p, "各操作都有的选项", "OPTIONS OF ALL OPERATIONS");
	options = yh_op_options(&n);
	for (size_t i = 0; i < n; i++) {
		char typed[64];

		(void)snprintf(typed, sizeof typed, "--%s", options[i].name);
		item(&p, typed, options[i].choices, pick(&p, options[i].zh, options[i].en));
	}
	section(&p, "环境变量", "ENVIRONMENT");
	for (size_t i = 0; i < YH_LEN(variables); i++)
		item(&p, variables[i].name, NULL, pick(&p, variables[i].zh, variables[i].en));
	section(&p, "退出状态", "EXIT STATUS");
	item(&p, "0", NULL, pick(&p, "办成", "Done"));
	item(&p, "1", NULL, pick(&p, "没有办成", "Not done"));
	item(&p, "2", NULL,
	     pick(&p, "参数有误，或该年度没有日历", "Wrong arguments, or a year without calendar"));
	see_also(&p, "yunhengd(8), yunhengd.conf(5), yunheng-agent(8)");
}

/* ---- yunhengd.8, yunhengd.conf.5 ---- */

static void write_settings(const struct page *p, bool file)
{
	struct yh_settings s = { 0 };
	struct yh_setting table[YH_SETTINGS_MOST];
	size_t n = yh_settings_table(&s, table);
	char typed[64];

	for (size_t i = 0; i < n; i++) {
		const struct yh_setting *a = &table[i];

		if (!a->zh[0] || (file && !a->file))
			continue;
		(void)snprintf(typed, sizeof typed, "%s%s", file ? "" : "--", a->name);
		if (file)
			(void)snprintf(typed + strlen(typed), sizeof typed - strlen(typed), " =");
		item(p, typed, a->flag && !file ? NULL : yh_setting_takes(a),
		     pick(p, a->zh, a->en));
		if (!a->needs)
			continue;
		yh_buf_str(p->b, ".br\n");
		yh_buf_str(p->b, pick(p, "须同时给出 ", "Only together with "));
		line(p, a->needs);
	}
}

static void write_yunhengd(struct yh_buf *b, const char *lang, const char *date)
{
	const struct page p = { b, strcmp(lang, "zh") == 0 };

	head(&p, "yunhengd", "8", date, "云衡服务器", "server of the platform Yunheng");
	section(&p, "概要", "SYNOPSIS");
	yh_buf_str(b, ".B yunhengd\n\\fB\\-\\-config\\fR \\fIFILE\\fR [\\fIOPTION\\fR ...]\n.br\n"
		      ".B yunhengd\n\\fB\\-\\-data\\fR \\fIDIR\\fR [\\fIOPTION\\fR ...]\n");
	section(&p, "说明", "DESCRIPTION");
	line(&p,
	     pick(&p,
		  "提供接口和控制台，办理到期的事项。数据目录先用 yunheng init 建立；软件包安装的，"
		  "用 yunheng-setup。选项也可写进文件，命令行优先。",
		  "Serves the API and the console, and does what falls due. The data directory "
		  "is made by yunheng init; where it came as a package, by yunheng-setup. "
		  "Options may stand in a file; the command line comes first."));
	item(&p, "yunheng-setup", "[--no-start] [yunheng init ...]",
	     pick(&p, "按配置文件建立数据目录，打印管理员的一次性密码，启用并启动服务",
		  "Makes the data directory that the configuration names, prints the "
		  "administrators' one-time passwords, and enables and starts the service"));
	section(&p, "选项", "OPTIONS");
	write_settings(&p, false);
	section(&p, "信号", "SIGNALS");
	item(&p, "SIGTERM, SIGINT", NULL,
	     pick(&p, "不再接收，办完在途的请求后退出",
		  "Takes nothing more, answers what it has taken, and ends"));
	item(&p, "SIGHUP", NULL,
	     pick(&p, "重新读取 TLS 证书和字段密钥文件（systemctl reload yunhengd）",
		  "Reads the certificate and the field keys again (systemctl reload yunhengd)"));
	section(&p, "文件", "FILES");
	item(&p, "/etc/yunheng/yunhengd.conf", NULL,
	     pick(&p, "软件包的配置文件", "The configuration, where it came as a package"));
	item(&p, "/var/lib/yunheng", NULL,
	     pick(&p, "软件包的数据目录", "The data directory, where it came as a package"));
	see_also(&p, "yunhengd.conf(5), yunheng(1), systemd(1)");
}

static void write_conf(struct yh_buf *b, const char *lang, const char *date)
{
	const struct page p = { b, strcmp(lang, "zh") == 0 };

	head(&p, "yunhengd.conf", "5", date, "云衡服务器的配置文件",
	     "configuration of the server of Yunheng");
	section(&p, "说明", "DESCRIPTION");
	line(&p, pick(&p,
		      "每行“名称 = 值”；空行和 # 之后的不算（# 在行首或空格之后）；开关写 true 或 "
		      "false。"
		      "改后用 yunheng config check 文件 检查，重启 yunhengd 生效。",
		      "Lines are \"name = value\"; blank ones, and what follows a # at the "
		      "beginning or behind a blank, say nothing; flags are true or false. Check "
		      "it by yunheng config check FILE, and restart yunhengd."));
	section(&p, "各项", "SETTINGS");
	write_settings(&p, true);
	section(&p, "例", "EXAMPLES");
	as_it_is(&p, "data = /var/lib/yunheng\nlisten = 127.0.0.1:8480\nsecure-cookie = true\n");
	see_also(&p, "yunhengd(8), yunheng(1)");
}

/* ---- yunheng-agent.8 ---- */

static void write_agent(struct yh_buf *b, const char *lang, const char *date)
{
	const struct page p = { b, strcmp(lang, "zh") == 0 };

	head(&p, "yunheng-agent", "8", date, "云衡监控代理", "monitoring agent of Yunheng");
	section(&p, "概要", "SYNOPSIS");
	for (size_t i = 0; i < YH_LEN(yh_agent_calls); i++) {
		yh_buf_str(b, i ? ".br\n.B yunheng\\-agent\n" : ".B yunheng\\-agent\n");
		line(&p, yh_agent_calls[i].call);
	}
	section(&p, "命令", "COMMANDS");
	for (size_t i = 0; i < YH_LEN(yh_agent_calls); i++) {
		char verb[16];

		(void)snprintf(verb, sizeof verb, "%.*s", (int)strcspn(yh_agent_calls[i].call, " "),
			       yh_agent_calls[i].call);
		item(&p, verb, NULL, pick(&p, yh_agent_calls[i].zh, yh_agent_calls[i].en));
	}
	item(&p, "yunheng-agent-uninstall", "[--force]",
	     pick(&p, "停止代理，告别，忘掉密钥；服务器不可达时什么都不删，--force 例外",
		  "Stops the agent, says goodbye and forgets the key; nothing is removed while "
		  "the server cannot be reached, but by --force"));
	section(&p, "文件", "FILES");
	item(&p, "/var/lib/yunheng-agent", NULL,
	     pick(&p, "配置 agent.conf、密钥 agent.key 和待报的批次",
		  "agent.conf, the key agent.key, and what waits to be sent"));
	see_also(&p, "yunheng(1), yunhengd(8)");
}

const struct yh_manual yh_manuals[] = {
	{ "yunheng.1", write_yunheng },
	{ "yunhengd.8", write_yunhengd },
	{ "yunhengd.conf.5", write_conf },
	{ "yunheng-agent.8", write_agent },
	{ 0 },
};
