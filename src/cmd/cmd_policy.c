/* yunheng policy: checking a pack and explaining the measures, offline. */
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/calendars.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "effects/words.h"
#include "law/messages.h"
#include "services/policy/explain.h"
#include "services/policy/pack_files.h"

enum { OUT_BYTES = 4 * 1024 * 1024, PATH_BYTES = 4096 };

/* Sentences where there are some: what has to be said can be said without them. */
static struct yh_messages *messages_of(const char *lang)
{
	struct yh_messages *m = yh_messages_new();
	struct yh_pack_folder folder;
	char dir[PATH_BYTES];

	(void)snprintf(dir, sizeof dir, "%s/messages", yh_policy_dir());
	if (!m || yh_pack_folder_read(dir, &folder, NULL) != YH_OK)
		return m;
	for (size_t i = 0; i < folder.n; i++)
		if (strncmp(folder.files[i].name, lang, 2) == 0 &&
		    yh_messages_add(m, lang, folder.files[i].name, folder.files[i].text,
				    folder.files[i].n, NULL) != YH_OK)
			break;
	yh_pack_folder_done(&folder);
	return m;
}

struct voice {
	struct yh_messages *messages;
	const char *lang;
	const char *dir; /* put before the names of files, so that a click opens them */
};

/* file:line: slug: sentence */
static void say(void *arg, const struct yh_err *fault)
{
	const struct voice *v = arg;
	struct yh_buf text;

	(void)fprintf(stderr, "%s/%s: %s", v->dir, fault->field, fault->slug);
	yh_buf_init(&text, PATH_BYTES);
	if (v->messages && yh_messages_find(v->messages, v->lang, fault->slug))
		yh_messages_render(v->messages, v->lang, fault, &text);
	if (text.len > 0)
		(void)fprintf(stderr, ": %s", yh_buf_text(&text));
	yh_buf_done(&text);
	for (uint32_t i = 0; i < fault->n_figs; i++)
		(void)fprintf(stderr, " %s=\"%s\"", fault->figs[i].name, fault->figs[i].text);
	(void)fputc('\n', stderr);
}

/* What is wrong in a pack is said line by line, everything else by yh_cmd_fail. */
static enum yh_exit load(const char *dir, const char *lang, struct yh_pack **pack)
{
	struct voice v = { .messages = messages_of(lang), .lang = lang, .dir = dir };
	struct yh_pack_folder folder;
	struct yh_err err = { 0 };
	enum yh_exit x = YH_EXIT_OK;

	*pack = NULL;
	if (yh_pack_folder_read(dir, &folder, &err) != YH_OK) {
		x = yh_cmd_fail(&err);
	} else {
		if (yh_pack_load(folder.files, folder.n, yh_effects_vocab(), pack, say, &v, &err) !=
		    YH_OK)
			x = YH_EXIT_FAILED;
		else if (yh_pack_whole(*pack, &err) != YH_OK) {
			say(&v, &err);
			yh_pack_free(*pack);
			*pack = NULL;
			x = YH_EXIT_FAILED;
		}
		yh_pack_folder_done(&folder);
	}
	yh_messages_free(v.messages);
	return x;
}

static enum yh_exit check(const char *dir, const char *lang)
{
	struct yh_pack *pack;
	enum yh_exit x = load(dir, lang, &pack);
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
	messages = messages_of(lang);
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

static enum yh_exit explain(const char *subject, const char *name, const char *lang,
			    const char *format)
{
	struct yh_pack *pack;
	struct yh_err err = { 0 };
	struct yh_buf out;
	char dir[PATH_BYTES];
	enum yh_exit x;

	if (strchr(name, '/'))
		(void)snprintf(dir, sizeof dir, "%s", name);
	else
		(void)snprintf(dir, sizeof dir, "%s/%s", yh_policy_dir(), name);
	x = load(dir, lang, &pack);
	if (x != YH_EXIT_OK)
		return x;
	yh_buf_init(&out, OUT_BYTES);
	if (render(pack, subject, lang, format, &out, &err) == YH_OK && !yh_buf_ok(&out))
		(void)yh_fail(&err, YH_TOO_LARGE, "reply-too-large");
	if (err.rc == YH_OK)
		(void)fputs(yh_buf_text(&out), stdout);
	else
		x = yh_cmd_fail(&err);
	yh_buf_done(&out);
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
	if (n != 2 || (is_check && (name || format)))
		return yh_cmd_usage(self, NULL);
	if (is_check)
		return check(argv[2], lang ? lang : "zh");
	if (strcmp(argv[1], "explain") == 0)
		return explain(argv[2], name ? name : "shanghai-2022", lang ? lang : "zh",
			       format ? format : "text");
	return yh_cmd_usage(self, argv[1]);
}

const struct yh_cmd yh_cmd_policy = {
	.name = "policy",
	.synopsis = "check DIR [--lang zh|en] | explain SUBJECT [--pack NAME|DIR] [--lang zh|en]"
		    " [--format text|json|flow]",
	.zh = "检查政策包，或说明条款在系统中如何落实",
	.en = "Check a policy pack, or explain what an article does in the software",
	.details =
		"  check DIR        列出政策包的每一处错误（文件:行），无错误时退出码为 0\n"
		"                   every fault of the pack as file:line; exit status 0 without "
		"any\n"
		"  explain SUBJECT  条款号（20）、流程名（expansion）或参数名（expansion.ratio）\n"
		"                   an article's number, a procedure or a parameter\n"
		"\n"
		"  --pack NAME|DIR  默认 shanghai-2022；含“/”的视为目录 / with a slash: a folder\n"
		"  --format flow    流程的 Mermaid 图 / a procedure as a Mermaid chart\n"
		"\n"
		"退出码 / exit status: 0; 1 有错误或没有该条目 / faults, or no such subject;\n"
		"                     2 参数有误 / wrong arguments\n",
	.run = run,
};
