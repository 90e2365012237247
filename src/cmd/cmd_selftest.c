/* yunheng selftest: known answers of the algorithms, and whether the installed files are those that
 * were released; yunheng manifest: the list that this goes by. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/selftest.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/passphrase.h"

enum { MANIFEST_BYTES = 16 << 20, PIECE = 65536, SIGNATURE_HEX = 2 * YH_SIG_MAX };

static const char first_line[] = "yunheng-manifest 1\n", last_word[] = "signature ";

static enum yh_exit run_selftest(const struct yh_cmd *self, int argc, char **argv);
static enum yh_exit run_manifest(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_selftest = {
	.name = "selftest",
	.synopsis = "[--manifest FILE --key PUBLIC.pem] [--root DIR]",
	.zh = "密码算法已知答案自检；给出清单时核对已安装的文件",
	.en = "Check the algorithms' known answers and, by a manifest, the installed files",
	.details = "每项一行：ok 或 FAILED；有一项不符即以 1 退出。\n"
		   "One line each, ok or FAILED; the exit status is 1 when any failed.\n",
	.run = run_selftest,
};

const struct yh_cmd yh_cmd_manifest = {
	.name = "manifest",
	.synopsis = "--key PRIVATE.pem [--passphrase-file FILE] [--root DIR] PATH…",
	.zh = "为一组文件生成签名清单（SM3、SM2）",
	.en = "Write a signed manifest of files (SM3, SM2)",
	.details = "PATH 为安装后的绝对路径，DIR 是打包时的根目录。\n"
		   "PATH is absolute, as installed; DIR is the root while packaging.\n",
	.run = run_manifest,
};

static bool digest_file(const char *root, const char *path, struct yh_sm3 *out, long long *size)
{
	YH_FREE_AUTO char *piece = malloc(PIECE);
	YH_FCLOSE_AUTO FILE *f = NULL;
	char whole[4200];
	struct yh_sm3_run *run;
	size_t n;

	(void)snprintf(whole, sizeof whole, "%s%s", root, path);
	f = fopen(whole, "re");
	run = f && piece ? yh_sm3_begin() : NULL;
	if (!run)
		return false;
	*size = 0;
	while ((n = fread(piece, 1, PIECE, f)) > 0) {
		yh_sm3_more(run, piece, n);
		*size += (long long)n;
	}
	*out = yh_sm3_end(run);
	return !ferror(f);
}

static bool told(bool ok, const char *what, const char *more)
{
	(void)printf("%-6s  %s%s%s\n", ok ? "ok" : "FAILED", what, more[0] ? "  " : "", more);
	return ok;
}

/* "SM3HEX SIZE PATH" */
static bool check_line(const char *root, char *line)
{
	char *size = strchr(line, ' '), *path = size ? strchr(size + 1, ' ') : NULL;
	char hex[YH_SM3_HEX], *end;
	long long wanted, is;
	struct yh_sm3 d;

	if (!path || path[1] != '/')
		return told(false, line, "not a line of a manifest");
	*size++ = *path++ = 0;
	wanted = strtoll(size, &end, 10);
	if (*end)
		return told(false, path, "not a line of a manifest");
	if (!digest_file(root, path, &d, &is))
		return told(false, path, strerror(errno));
	if (is != wanted || strcmp(yh_hex(d.b, sizeof d.b, hex), line) != 0)
		return told(false, path, "changed");
	return true;
}

static bool check_signature(const char *text, size_t n, const char *hex, const char *pem)
{
	unsigned char sig[YH_SIG_MAX];
	size_t len = strlen(hex) / 2;
	struct yh_sm2 *k = NULL;
	bool ok = len > 0 && len <= sizeof sig && yh_unhex(hex, sig, len) &&
		  yh_sm2_load_pem(pem, &k, NULL) == YH_OK && yh_sm2_verify(k, text, n, sig, len);

	yh_sm2_free(k);
	return ok;
}

/* Paths begin with a slash behind digest and size: no line but the last begins so. */
static char *find_last(char *text)
{
	char *found = strstr(text, "\nsignature ");

	return found ? found + 1 : NULL;
}

static bool check_files(char *text, const char *root, const char *pem)
{
	char *last = find_last(text), *rest = text + sizeof first_line - 1, *line;
	size_t n_files = 0;
	bool ok = strncmp(text, first_line, sizeof first_line - 1) == 0 && last && last > text &&
		  last[-1] == '\n';
	char count[32];

	if (!ok)
		return told(false, "manifest", "not a manifest");
	line = last + sizeof last_word - 1;
	line[strcspn(line, "\n")] = 0;
	ok = check_signature(text, (size_t)(last - text), line, pem);
	if (!told(ok, "signature", ok ? "" : "not of this key, or the manifest was changed"))
		return false;
	*last = 0;
	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		n_files++;
		ok = check_line(root, line) && ok;
	}
	(void)snprintf(count, sizeof count, "%zu", n_files);
	return told(ok, "files", count);
}

static bool check_algorithms(void)
{
	size_t n;
	const struct yh_selftest *t = yh_selftests(&n);
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		ok = told(t[i].holds(), t[i].name, t[i].from) && ok;
	return ok;
}

static enum yh_exit run_selftest(const struct yh_cmd *self, int argc, char **argv)
{
	const char *bad, *manifest = NULL, *key = NULL, *root = "";
	const struct yh_opt options[] = { { "manifest", &manifest, NULL },
					  { "key", &key, NULL },
					  { "root", &root, NULL },
					  { 0 } };
	struct yh_err err = { 0 };
	struct yh_arena arena;
	char *text, *pem;
	size_t n;
	bool ok;
	int plain = yh_args_take(argc, argv, options, &bad);

	if (plain != 0 || (manifest != NULL) != (key != NULL))
		return yh_cmd_usage(self, plain < 0 ? bad : plain > 0 ? argv[1] : "--key");
	ok = check_algorithms();
	if (!manifest)
		return ok ? YH_EXIT_OK : YH_EXIT_FAILED;
	yh_arena_init(&arena, (size_t)2 * MANIFEST_BYTES);
	if (yh_cmd_file(manifest, MANIFEST_BYTES, &arena, &text, &n, &err) != YH_OK ||
	    yh_cmd_file(key, PIECE, &arena, &pem, &n, &err) != YH_OK) {
		yh_arena_done(&arena);
		return yh_cmd_fail(&err);
	}
	ok = check_files(text, root, pem) && ok;
	yh_arena_done(&arena);
	return ok ? YH_EXIT_OK : YH_EXIT_FAILED;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum yh_rc write_list(struct yh_buf *b, const char *root, char **paths, int n,
			     struct yh_err *err)
{
	yh_buf_str(b, first_line);
	qsort(paths, (size_t)n, sizeof *paths, by_name);
	for (int i = 0; i < n; i++) {
		char hex[YH_SM3_HEX];
		struct yh_sm3 d;
		long long size;

		if (paths[i][0] != '/' || strpbrk(paths[i], "\n\r") ||
		    !digest_file(root, paths[i], &d, &size))
			return yh_fail_field(err, YH_NOT_FOUND, "file-unreadable", paths[i]);
		yh_buf_printf(b, "%s %lld %s\n", yh_hex(d.b, sizeof d.b, hex), size, paths[i]);
	}
	return yh_buf_ok(b) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "file-too-large");
}

static enum yh_rc sign_list(struct yh_buf *b, const char *key, const char *passphrase_file,
			    struct yh_err *err)
{
	unsigned char sig[YH_SIG_MAX];
	char text[YH_KEY_TEXT] = "", hex[SIGNATURE_HEX + 1];
	struct yh_sm2 *k = NULL;
	size_t n;
	enum yh_rc rc = yh_key_read(key, text, sizeof text, err);

	if (rc == YH_OK)
		rc = strstr(text, "ENCRYPTED") ? yh_key_open(key, passphrase_file, &k, err)
					       : yh_sm2_load_pem(text, &k, err);
	if (rc == YH_OK)
		rc = yh_sm2_sign(k, yh_buf_text(b), b->len, sig, &n, err);
	if (rc == YH_OK)
		yh_buf_printf(b, "%s%s\n", last_word, yh_hex(sig, n, hex));
	explicit_bzero(text, sizeof text);
	yh_sm2_free(k);
	return rc;
}

static enum yh_exit run_manifest(const struct yh_cmd *self, int argc, char **argv)
{
	const char *bad, *key = NULL, *passphrase_file = NULL, *root = "";
	const struct yh_opt options[] = { { "key", &key, NULL },
					  { "passphrase-file", &passphrase_file, NULL },
					  { "root", &root, NULL },
					  { 0 } };
	struct yh_err err = { 0 };
	struct yh_buf b;
	enum yh_rc rc;
	int n = yh_args_take(argc, argv, options, &bad);

	if (n < 1 || !key)
		return yh_cmd_usage(self, n < 0 ? bad : !key ? "--key" : "PATH");
	yh_buf_init(&b, MANIFEST_BYTES);
	rc = write_list(&b, root, argv + 1, n, &err);
	if (rc == YH_OK)
		rc = sign_list(&b, key, passphrase_file, &err);
	if (rc == YH_OK)
		(void)fwrite(yh_buf_text(&b), 1, b.len, stdout);
	yh_buf_done(&b);
	return rc == YH_OK ? YH_EXIT_OK : yh_cmd_fail(&err);
}
