/* yunheng policy: checking a pack and explaining the measures, offline. */
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/calendars.h"
#include "cmd/cmd.h"
#include "effects/words.h"
#include "services/policy/explain.h"
#include "services/policy/pack_files.h"

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_policy = {
	.name = "policy",
	.synopsis =
		"check DIR | explain ARTICLE|PROCEDURE|PARAMETER [--pack NAME|DIR] [--lang zh|en]",
	.zh = "检查政策包，或说明条款在系统中如何落实",
	.en = "Check a policy pack, or explain what an article does in the software",
	.run = run,
};

static void say(void *arg, const struct yh_err *fault)
{
	(void)arg;
	(void)fprintf(stderr, "%s: %s%s%s\n", fault->field, fault->slug, fault->n_figs ? ": " : "",
		      fault->n_figs ? fault->figs[0].text : "");
}

static enum yh_rc load(const char *dir, yh_pack_report report, struct yh_pack **pack,
		       struct yh_err *err)
{
	struct yh_pack_folder folder;
	enum yh_rc rc = yh_pack_folder_read(dir, &folder, err);

	*pack = NULL;
	if (rc != YH_OK)
		return rc;
	rc = yh_pack_load(folder.files, folder.n, yh_effects_vocab(), pack, report, NULL, err);
	yh_pack_folder_done(&folder);
	return rc;
}

static enum yh_exit check(const char *dir)
{
	struct yh_pack *pack;
	struct yh_err err = { 0 };
	size_t n;

	if (load(dir, say, &pack, &err) != YH_OK)
		return err.rc == YH_BAD_INPUT ? YH_EXIT_FAILED : yh_cmd_fail(&err);
	(void)yh_pack_procedures(pack, &n);
	(void)printf("%s: %zu 个流程，没有错误 / %zu procedures, no faults\n", yh_pack_name(pack),
		     n, n);
	yh_pack_free(pack);
	return YH_EXIT_OK;
}

static enum yh_exit explain(const char *subject, const char *name, const char *lang)
{
	struct yh_pack *pack;
	struct yh_err err = { 0 };
	struct yh_buf out;
	char dir[4096];
	enum yh_exit x = YH_EXIT_OK;

	(void)snprintf(dir, sizeof dir, strchr(name, '/') ? "%.0s%s" : "%s/%s", yh_policy_dir(),
		       name);
	if (load(dir, say, &pack, &err) != YH_OK)
		return yh_cmd_fail(&err);
	yh_buf_init(&out, (size_t)4 * 1024 * 1024);
	if (yh_explain_text(pack, subject, lang, &out, &err) == YH_OK)
		(void)fputs(yh_buf_text(&out), stdout);
	else
		x = yh_cmd_fail(&err);
	yh_buf_done(&out);
	yh_pack_free(pack);
	return x;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *bad, *name = "shanghai-2022", *lang = "zh";
	const struct yh_opt options[] = { { "pack", &name, NULL }, { "lang", &lang, NULL }, { 0 } };
	int n = yh_args_take(argc, argv, options, &bad);

	if (n < 0)
		return yh_cmd_usage(self, bad);
	if (n == 2 && strcmp(argv[1], "check") == 0)
		return check(argv[2]);
	if (n == 2 && strcmp(argv[1], "explain") == 0)
		return explain(argv[2], name, lang);
	return yh_cmd_usage(self, n > 0 ? argv[1] : NULL);
}
