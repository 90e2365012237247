/* yunheng archive verify: whether the archive of a case is what the platform sealed, piece by
 * piece, anywhere and without a server. */
#include <minizip/unzip.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "export/case_archive.h"
#include "services/proof/sealed.h"

enum { MANIFEST_MAX = 8 << 20, CHAIN_MAX = 256 << 20, KEY_TEXT = 8192, BLOCK = 64 * 1024 };

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_archive = {
	.name = "archive",
	.synopsis = "case NO FILE.zip | verify FILE.zip [--key PUBLIC.pem]",
	.zh = "下载案卷归档包，或核验归档包",
	.en = "Save the archive of a case, or verify one",
	.details =
		"verify --key: the key that is known to be the platform's; without it the file's "
		"own\nis believed, and named. 0: each piece is what was sealed, 1: one is not "
		"(named)\n",
	.run = run,
};

static enum yh_rc fault(struct yh_err *err, const char *slug, const char *name)
{
	return yh_fail_field(err, YH_REFUSED, slug, name);
}

/* Reads the current member whole, at most `max` bytes. */
static enum yh_rc read_member(unzFile zip, const char *name, size_t max, struct yh_arena *arena,
			      char **out, size_t *n, struct yh_err *err)
{
	unz_file_info64 info;

	if (unzLocateFile(zip, name, 1) != UNZ_OK ||
	    unzGetCurrentFileInfo64(zip, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK)
		return fault(err, "archive-missing", name);
	if (info.uncompressed_size > max)
		return yh_fail_field(err, YH_TOO_LARGE, "file-too-large", name);
	*n = (size_t)info.uncompressed_size;
	*out = yh_arena_alloc(arena, *n + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (unzOpenCurrentFile(zip) != UNZ_OK ||
	    unzReadCurrentFile(zip, *out, (unsigned)*n) != (int)*n)
		return fault(err, "archive-changed", name);
	return unzCloseCurrentFile(zip) == UNZ_OK ? YH_OK : fault(err, "archive-changed", name);
}

/* The digest of a member, of which no more is read than the manifest says there is. */
static enum yh_rc digest_of(unzFile zip, const char *name, int64_t bytes, struct yh_sm3 *out,
			    struct yh_err *err)
{
	YH_FREE_AUTO char *block = malloc(BLOCK);
	struct yh_sm3_run *digest = block ? yh_sm3_begin() : NULL;
	int n = -1;

	if (!digest)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (unzLocateFile(zip, name, 1) == UNZ_OK && unzOpenCurrentFile(zip) == UNZ_OK) {
		while (bytes >= 0 && (n = unzReadCurrentFile(zip, block, BLOCK)) > 0) {
			yh_sm3_more(digest, block, (size_t)n);
			bytes -= n;
		}
		if (unzCloseCurrentFile(zip) != UNZ_OK || bytes != 0)
			n = -1;
	}
	*out = yh_sm3_end(digest);
	return n == 0 ? YH_OK : fault(err, "archive-changed", name);
}

static enum yh_rc check_file(unzFile zip, const json_t *entry, struct yh_err *err)
{
	const char *name = yh_json_text(entry, "name"), *sm3 = yh_json_text(entry, "sm3");
	struct yh_sm3 is;
	char hex[YH_SM3_HEX];
	enum yh_rc rc;

	if (!name || !sm3)
		return yh_fail_field(err, YH_BAD_INPUT, "sealed-invalid", "files");
	if (unzLocateFile(zip, name, 1) != UNZ_OK)
		return fault(err, "archive-missing", name);
	rc = digest_of(zip, name, json_integer_value(json_object_get(entry, "bytes")), &is, err);
	if (rc == YH_OK && strcmp(yh_hex(is.b, sizeof is.b, hex), sm3) != 0)
		return fault(err, "archive-changed", name);
	return rc;
}

static bool is_listed(const json_t *files, const char *name)
{
	json_t *e;
	size_t i;

	json_array_foreach(files, i, e)
	{
		const char *is = yh_json_text(e, "name");

		if (is && strcmp(is, name) == 0)
			return true;
	}
	return strcmp(name, "manifest.json") == 0;
}

/* Nothing else lies in it, and nothing twice. */
static enum yh_rc check_members(unzFile zip, const json_t *files, struct yh_err *err)
{
	size_t n = 0;
	char name[256] = "";
	int rc = unzGoToFirstFile(zip);

	for (; rc == UNZ_OK; rc = unzGoToNextFile(zip), n++) {
		unz_file_info64 info;
		bool read = unzGetCurrentFileInfo64(zip, &info, name, sizeof name - 1, NULL, 0,
						    NULL, 0) == UNZ_OK;

		name[sizeof name - 1] = 0; /* one that fills the room is not ended there */
		if (!read || info.size_filename != strlen(name) || !is_listed(files, name))
			return fault(err, "archive-added", name);
	}
	return n == json_array_size(files) + 1 ? YH_OK
					       : fault(err, "archive-added", "manifest.json");
}

/* ---- the chain ---- */

static bool take(const json_t *link, const char *key, struct yh_sm3 *out)
{
	const char *hex = yh_json_text(link, key);

	return hex && yh_unhex(hex, out->b, sizeof out->b);
}

static bool link_holds(const json_t *link, struct yh_arena *arena)
{
	const json_t *fields = json_object_get(link, "fields");
	bool withheld = json_is_true(json_object_get(link, "withheld"));
	int64_t pos = json_integer_value(json_object_get(link, "position"));
	struct yh_piece pieces[YH_LINK_FIELDS];
	struct yh_sm3 record, chain, former, is;

	if (json_array_size(fields) != (withheld ? 0 : YH_LINK_FIELDS) ||
	    !take(link, "record", &record) || !take(link, "chain", &chain) ||
	    !take(link, "former", &former))
		return false;
	if (pos == 0)
		return true; /* it was not sealed yet when the archive was made */
	for (size_t i = 0; !withheld && i < YH_LINK_FIELDS; i++) {
		const char *hex = json_string_value(json_array_get(fields, i));
		size_t n = hex ? strlen(hex) / 2 : 0;
		unsigned char *p = hex ? yh_arena_alloc(arena, n + 1) : NULL;

		if (!p || !yh_unhex(hex, p, n))
			return false;
		pieces[i] = (struct yh_piece){ p, n };
	}
	if (!withheld)
		is = yh_sm3_of_pieces(pieces, YH_LINK_FIELDS);
	if (!withheld && memcmp(&is, &record, sizeof is) != 0)
		return false;
	is = yh_chain_of(&former, pos, &record);
	return memcmp(&is, &chain, sizeof is) == 0;
}

static enum yh_rc check_chain(unzFile zip, struct yh_arena *arena, size_t *links,
			      struct yh_err *err)
{
	const json_t *list;
	json_t *link;
	char *text;
	size_t n, i;
	enum yh_rc rc = read_member(zip, "chain.json", CHAIN_MAX, arena, &text, &n, err);

	if (rc == YH_OK)
		rc = yh_json_parse_in(arena, text, n, &list, err);
	if (rc != YH_OK)
		return rc;
	*links = json_array_size(list);
	json_array_foreach(list, i, link)
	{
		if (!link_holds(link, arena))
			return fault(err, "archive-chain", yh_json_text(link, "id"));
	}
	return YH_OK;
}

static enum yh_rc check(unzFile zip, const char *pem, struct yh_arena *arena, struct yh_sealed *s,
			size_t *links, struct yh_err *err)
{
	const json_t *files;
	json_t *e;
	char *text;
	size_t n, i;
	enum yh_rc rc = read_member(zip, "manifest.json", MANIFEST_MAX, arena, &text, &n, err);

	if (rc == YH_OK)
		rc = yh_sealed_read(text, n, YH_ARCHIVE_FORMAT, arena, s, err);
	if (rc == YH_OK)
		rc = yh_sealed_verify(s, YH_ARCHIVE_FORMAT, pem, err);
	if (rc != YH_OK)
		return rc;
	files = json_object_get(s->content, "files");
	json_array_foreach(files, i, e)
	{
		if (rc == YH_OK)
			rc = check_file(zip, e, err);
	}
	if (rc == YH_OK)
		rc = check_members(zip, files, err);
	return rc == YH_OK ? check_chain(zip, arena, links, err) : rc;
}

static void say(const struct yh_sealed *s, size_t links)
{
	static const char *const lines[][2] = { { "案号 / case", "case" },
						{ "标题 / title", "title" },
						{ "单位 / unit", "unit" },
						{ "归档 / made", "made_at" },
						{ "经办 / by", "made_by" } };

	(void)printf("归档包完好 / the archive is what was sealed\n");
	for (size_t i = 0; i < YH_LEN(lines); i++) {
		const char *text = yh_json_text(s->content, lines[i][1]);

		(void)printf("%s: ", lines[i][0]);
		yh_print_text(text ? text : "—");
		(void)printf("\n");
	}
	(void)printf("文件 / files: %zu\n审计记录 / audit records: %zu\n平台密钥 / platform key: ",
		     json_array_size(json_object_get(s->content, "files")), links);
	yh_print_text(s->key_id);
	(void)printf("\n");
}

static enum yh_exit verify(const char *file, const char *key_file)
{
	struct yh_arena arena;
	struct yh_sealed s;
	struct yh_err err = { 0 };
	char *pem = NULL;
	size_t n = 0, links = 0;
	unzFile zip = NULL;
	enum yh_rc rc = YH_OK;

	yh_arena_init(&arena, (size_t)4 * CHAIN_MAX);
	if (key_file)
		rc = yh_cmd_file(key_file, KEY_TEXT, &arena, &pem, &n, &err);
	if (rc == YH_OK) {
		zip = unzOpen64(file);
		rc = zip ? check(zip, pem, &arena, &s, &links, &err)
			 : yh_fail_field(&err, YH_BAD_INPUT, "archive-invalid", file);
	}
	if (zip)
		(void)unzClose(zip);
	if (rc == YH_OK)
		say(&s, links);
	yh_arena_done(&arena);
	if (rc == YH_OK)
		return YH_EXIT_OK;
	(void)printf("归档包不完好 / the archive is NOT what was sealed\n");
	(void)yh_cmd_fail(&err);
	return YH_EXIT_FAILED;
}

static enum yh_exit save(const char *no, const char *file, const char *lang)
{
	struct yh_saved session;
	struct yh_err err = { 0 };
	char path[256];
	enum yh_exit x;
	FILE *to;

	if (strlen(no) > 64 || strspn(no, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789._-") != strlen(no))
		return yh_cmd_usage(&yh_cmd_archive, no);
	if (yh_saved_load(&session, &err) != YH_OK)
		return yh_cmd_fail(&err);
	to = fopen(file, "wbe");
	if (!to) {
		(void)yh_fail_field(&err, YH_STORAGE, "file-unwritable", file);
		return yh_cmd_fail(&err);
	}
	(void)snprintf(path, sizeof path, "/api/v1/cases/%s/archive", no);
	x = yh_remote_fetch(&session, path, lang, to);
	if (fclose(to) != 0 && x == YH_EXIT_OK) {
		(void)yh_fail_field(&err, YH_STORAGE, "file-unwritable", file);
		x = yh_cmd_fail(&err);
	}
	if (x != YH_EXIT_OK)
		(void)remove(file); /* half a file is none */
	return x;
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *key = NULL, *lang = "zh", *bad = NULL, *verb = argc > 1 ? argv[1] : "";
	const struct yh_opt options[] = { { "key", &key, NULL }, { "lang", &lang, NULL }, { 0 } };
	int n;

	if (strcmp(verb, "verify") != 0 && strcmp(verb, "case") != 0)
		return yh_cmd_usage(self, argc > 1 ? verb : NULL);
	n = yh_args_take(argc - 1, argv + 1, options, &bad);
	if (strcmp(verb, "verify") == 0)
		return n == 1 ? verify(argv[2], key) : yh_cmd_usage(self, n < 0 ? bad : NULL);
	return n == 2 ? save(argv[2], argv[3], lang) : yh_cmd_usage(self, n < 0 ? bad : NULL);
}
