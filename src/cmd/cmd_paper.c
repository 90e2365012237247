/* yunheng paper verify: whether a file is what was sealed, anywhere and without a server. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "services/document/files.h"

enum { TEXT_MAX = 64 * 1024 };

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv);

const struct yh_cmd yh_cmd_paper = {
	.name = "paper",
	.synopsis = "verify FILE --proof PROOF.json [--key PUBLIC.pem] | list | show | save …",
	.zh = "核验公文的签章，或查看公文",
	.en = "Verify the seal of a paper, or look at papers",
	.details = "PROOF.json: yunheng paper proof ID --format json. --key: the key that is known "
		   "to\n"
		   "be the city's; without it the proof's own key is believed, and named.\n"
		   "0: it is what was sealed, 1: it is not\n",
	.run = run,
};

static enum yh_rc read_text(const char *path, char text[TEXT_MAX], struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, TEXT_MAX - 1, f) : 0;

	text[n] = 0;
	return f && n > 0 && n < TEXT_MAX - 1
		       ? YH_OK
		       : yh_fail_field(err, YH_NOT_FOUND, "file-unreadable", path);
}

static bool sealed_by(struct yh_sm2 *key, const struct yh_sm3 *digest, const char *hex)
{
	unsigned char signature[YH_SIG_MAX];
	size_t n = hex ? strlen(hex) / 2 : 0;

	return n > 0 && n <= sizeof signature && yh_unhex(hex, signature, n) &&
	       yh_sm2_verify(key, digest->b, sizeof digest->b, signature, n);
}

static enum yh_exit say(bool good, const json_t *proof, const struct yh_sm3 *digest)
{
	const char *no = yh_json_text(proof, "no"), *issuer = yh_json_text(proof, "issuer");
	const char *key = yh_json_text(proof, "key_id");
	char hex[YH_SM3_HEX];

	(void)printf(good ? "签章有效 / sealed: " : "签章无效 / NOT what was sealed: ");
	yh_print_text(no ? no : "?");
	(void)printf(" ");
	yh_print_text(issuer ? issuer : "?");
	(void)printf("\nSM3 %s\n密钥 / key ", yh_hex(digest->b, sizeof digest->b, hex));
	yh_print_text(key ? key : "?");
	(void)printf("\n");
	return good ? YH_EXIT_OK : YH_EXIT_FAILED;
}

static enum yh_rc key_of(const json_t *proof, const char *key_file, char text[TEXT_MAX],
			 struct yh_sm2 **key, struct yh_err *err)
{
	const char *pem = yh_json_text(proof, "public_key");
	enum yh_rc rc = YH_OK;

	if (key_file) {
		rc = read_text(key_file, text, err);
		pem = text;
	}
	if (rc == YH_OK && !pem)
		rc = yh_fail_field(err, YH_BAD_INPUT, "key-invalid", "public_key");
	return rc == YH_OK ? yh_sm2_load_pem(pem, key, err) : rc;
}

static enum yh_exit verify(const char *file, const char *proof_file, const char *key_file)
{
	YH_FREE_AUTO char *text = malloc(TEXT_MAX);
	YH_FCLOSE_AUTO FILE *f = fopen(file, "rbe");
	YH_JSON_AUTO proof = NULL;
	struct yh_sm2 *key = NULL;
	struct yh_sm3 digest;
	struct yh_err err = { 0 };
	enum yh_rc rc = text ? YH_OK : yh_fail(&err, YH_TOO_LARGE, "memory-short");
	bool good = false;

	if (rc == YH_OK && !f)
		rc = yh_fail_field(&err, YH_NOT_FOUND, "file-unreadable", file);
	if (rc == YH_OK)
		rc = yh_files_digest(fileno(f), &digest, &err);
	if (rc == YH_OK)
		rc = read_text(proof_file, text, &err);
	if (rc == YH_OK)
		rc = yh_json_parse(text, strlen(text), &proof, &err);
	if (rc == YH_OK)
		rc = key_of(proof, key_file, text, &key, &err);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	good = sealed_by(key, &digest, yh_json_text(proof, "signature"));
	yh_sm2_free(key);
	return say(good, proof, &digest);
}

static enum yh_exit run(const struct yh_cmd *self, int argc, char **argv)
{
	const char *proof = NULL, *key = NULL, *bad = NULL;
	const struct yh_opt options[] = { { "proof", &proof, NULL }, { "key", &key, NULL }, { 0 } };

	if (argc < 2 || strcmp(argv[1], "verify") != 0)
		return yh_remote_run(argc, argv);
	if (yh_args_take(argc - 1, argv + 1, options, &bad) != 1 || !proof)
		return yh_cmd_usage(self, bad ? bad : "--proof");
	return verify(argv[2], proof, key);
}
