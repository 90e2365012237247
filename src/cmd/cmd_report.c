/* yunheng report verify: whether a report is what the platform sealed, anywhere, without a server.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "services/proof/sealed.h"
#include "services/report/report.h"

enum { FILE_MAX = 64 << 20, KEY_TEXT = 8192 };

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_report = {
	.name = "report",
	.synopsis = "verify FILE.json [--key PUBLIC.pem] | make | list | show | save …",
	.zh = "核验运行报告，或生成、查看报告",
	.en = "Verify a report, or make and read reports",
	.details =
		"FILE.json: yunheng report save NO --format json. --key: the key that is known to "
		"be the\nplatform's; without it the file's own is believed, and named.\n"
		"0: it is what was sealed, 1: it is not\n",
	.run = run,
};

enum yh_rc yh_cmd_file(const char *path, size_t max, struct yh_arena *arena, char **out, size_t *n,
		       struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = fopen(path, "rbe");
	struct stat st;

	if (!f || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode))
		return yh_fail_field(err, YH_NOT_FOUND, "file-unreadable", path);
	if ((size_t)st.st_size > max)
		return yh_fail_field(err, YH_TOO_LARGE, "file-too-large", path);
	*n = (size_t)st.st_size;
	*out = yh_arena_alloc(arena, *n + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return fread(*out, 1, *n, f) == *n
		       ? YH_OK
		       : yh_fail_field(err, YH_NOT_FOUND, "file-unreadable", path);
}

static void say(const struct yh_sealed *s)
{
	const json_t *cloud = json_object_get(s->content, "cloud");
	const char *const lines[][2] = {
		{ "政务云 / cloud", yh_json_text(cloud, "name") },
		{ "期初 / from", yh_json_text(s->content, "first_day") },
		{ "期末 / to", yh_json_text(s->content, "last_day") },
		{ "计算 / as of", yh_json_text(s->content, "as_of") },
		{ "上一版 / edition before", yh_json_text(s->content, "before") },
		{ "平台密钥 / platform key", s->key_id },
	};

	(void)printf("签章有效 / sealed\n版次 / edition: %lld\n",
		     (long long)json_integer_value(json_object_get(s->content, "edition")));
	for (size_t i = 0; i < YH_LEN(lines); i++) {
		(void)printf("%s: ", lines[i][0]);
		yh_print_text(lines[i][1] ? lines[i][1] : "—");
		(void)printf("\n");
	}
}

static enum yh_exit verify(const char *file, const char *key_file)
{
	char *text = NULL, *pem = NULL;
	struct yh_sealed s;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	size_t n = 0, pem_len;
	enum yh_rc rc;

	yh_arena_init(&arena, (size_t)4 * FILE_MAX);
	rc = yh_cmd_file(file, FILE_MAX, &arena, &text, &n, &err);
	if (rc == YH_OK && key_file)
		rc = yh_cmd_file(key_file, KEY_TEXT, &arena, &pem, &pem_len, &err);
	if (rc == YH_OK)
		rc = yh_sealed_read(text, n, YH_REPORT_FORMAT, &arena, &s, &err);
	if (rc == YH_OK)
		rc = yh_sealed_verify(&s, YH_REPORT_FORMAT, pem, &err);
	if (rc == YH_OK)
		say(&s);
	yh_arena_done(&arena);
	if (rc == YH_OK)
		return YH_EXIT_OK;
	(void)printf("签章无效 / NOT what was sealed\n");
	(void)yh_cmd_fail(&err);
	return YH_EXIT_FAILED;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *key = NULL, *bad = NULL;
	const struct yh_opt options[] = { { "key", &key, NULL }, { 0 } };
	int n;

	if (argc < 2 || strcmp(argv[1], "verify") != 0)
		return argc > 1 ? yh_remote_run(argc, argv) : yh_cmd_usage(self, NULL);
	n = yh_args_take(argc - 1, argv + 1, options, &bad);
	return n == 1 ? verify(argv[2], key) : yh_cmd_usage(self, n < 0 ? bad : NULL);
}
