/* yunheng policy: checking a pack and explaining the measures, offline. */
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/packs.h"
#include "cmd/remote.h"
#include "services/policy/explain.h"

enum { OUT_BYTES = 4 * 1024 * 1024 };

static enum yh_exit check(const char *dir, const char *lang)
{
	struct yh_pack *pack;
	enum yh_exit x = yh_cmd_pack_read(dir, lang, &pack);
	size_t n;

	if (x != YH_EXIT_OK)
		return x;
	(void)yh_pack_procedures(pack, &n);
	if (strcmp(lang, "en") == 0)
		(void)printf("%s: %zu procedures, no faults\n", yh_pack_name(pack), n);
	else
		(void)printf("%s：%zu 个流程，没有错误\n", yh_pack_name(pack), n);
	yh_pack_free(pack);
	return YH_EXIT_OK;
}

static enum yh_rc render(const struct yh_pack *pack, const char *subject, const char *lang,
			 const char *format, struct yh_buf *out, struct yh_err *err)
{
	struct yh_messages *messages;
	struct yh_jw w;
	enum yh_rc rc;

	if (strcmp(format, "text") == 0)
		return yh_explain_text(pack, subject, lang, out, err);
	if (strcmp(format, "flow") == 0)
		return yh_explain_flow(pack, subject, lang, out, err);
	messages = yh_cmd_messages(lang);
	yh_jw_init(&w, out);
	yh_jw_obj(&w, NULL);
	rc = yh_explain_json(
		&(struct yh_speech){ .messages = messages, .lang = lang, .pack = pack }, subject,
		&w, err);
	yh_messages_free(messages);
	yh_jw_end_obj(&w);
	yh_buf_str(out, "\n");
	return rc;
}

/* Several subjects one after the other, apart by an empty line where they are text. */
static enum yh_exit explain(char *const *subjects, int n, const char *name, const char *lang,
			    const char *format)
{
	struct yh_pack *pack;
	struct yh_err err = { 0 };
	struct yh_buf out;
	enum yh_exit x = yh_cmd_pack_load(name, lang, &pack);

	if (x != YH_EXIT_OK)
		return x;
	for (int i = 0; x == YH_EXIT_OK && i < n; i++) {
		yh_buf_init(&out, OUT_BYTES);
		if (render(pack, subjects[i], lang, format, &out, &err) == YH_OK &&
		    !yh_buf_ok(&out))
			(void)yh_fail(&err, YH_TOO_LARGE, "reply-too-large");
		if (err.rc == YH_OK)
			(void)printf("%s%s", i > 0 && strcmp(format, "json") != 0 ? "\n" : "",
				     yh_buf_text(&out));
		else
			x = yh_cmd_fail(&err);
		yh_buf_done(&out);
	}
	yh_pack_free(pack);
	return x;
}

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(text, *list) == 0)
			return true;
	return false;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	static const char *const langs[] = { "zh", "en", NULL };
	static const char *const formats[] = { "text", "json", "flow", NULL };
	const char *bad = NULL, *name = NULL, *lang = NULL, *format = NULL;
	const struct yh_opt options[] = {
		{ .name = "pack", .value = &name },
		{ .name = "lang", .value = &lang },
		{ .name = "format", .value = &format },
		{ 0 },
	};
	int n;
	bool is_check;

	if (argc > 1 && yh_remote_knows(argv[0], argv[1]))
		return yh_remote_run(argc, argv);
	n = yh_args_take(argc, argv, options, &bad);
	is_check = n > 0 && strcmp(argv[1], "check") == 0;

	if (n < 0)
		return yh_cmd_usage(self, bad);
	if (lang && !is_one_of(lang, langs))
		return yh_cmd_usage(self, lang);
	if (format && !is_one_of(format, formats))
		return yh_cmd_usage(self, format);
	if (n < 2 || (is_check && (n > 2 || name || format)))
		return yh_cmd_usage(self, NULL);
	if (is_check)
		return check(argv[2], lang ? lang : "zh");
	if (strcmp(argv[1], "explain") == 0)
		return explain(argv + 2, n - 1, name ? name : YH_CMD_PACK_USUAL, lang ? lang : "zh",
			       format ? format : "text");
	return yh_cmd_usage(self, argv[1]);
}

const struct yh_cmd yh_cmd_policy = {
	.name = "policy",
	.synopsis = "check DIR [--lang zh|en] | explain SUBJECT… [--pack NAME|DIR] [--lang zh|en]"
		    " [--format text|json|flow]",
	.zh = "检查政策包，或说明条款在系统中如何落实",
	.en = "Check a policy pack, or explain what an article does in the software",
	.details =
		"  check DIR        列出政策包的每一处错误（文件:行），无错误时退出码为 0\n"
		"                   every fault of the pack as file:line; exit status 0 without "
		"any\n"
		"  explain SUBJECT… 条款号（20）、流程名（expansion）或参数名（expansion.ratio）\n"
		"                   an article's number, a procedure or a parameter\n"
		"\n"
		"  --pack NAME|DIR  默认 shanghai-2022；含“/”的视为目录 / with a slash: a folder\n"
		"  --format flow    流程的 Mermaid 图 / a procedure as a Mermaid chart\n"
		"\n"
		"退出码 / exit status: 0; 1 有错误或没有该条目 / faults, or no such subject;\n"
		"                     2 参数有误 / wrong arguments\n",
	.run = run,
};
