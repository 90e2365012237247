/* Private keys that lie with a person. */
#include "cmd/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"

enum yh_rc yh_key_read(const char *path, char *text, size_t size, struct yh_err *err)
{
	YH_FCLOSE_AUTO FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, size - 1, f) : 0;

	text[n] = 0;
	return f && n > 0 && n < size - 1
		       ? YH_OK
		       : yh_fail_field(err, YH_NOT_FOUND, "file-unreadable", path);
}

enum yh_rc yh_key_write(const char *path, const char *text, bool secret, struct yh_err *err)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (secret ? O_EXCL : O_TRUNC);
	YH_CLOSE_AUTO int fd = open(path, flags, secret ? 0600 : 0644);
	size_t n = strlen(text);

	if (fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0)
		return YH_OK;
	(void)yh_fail_field(err, YH_STORAGE, errno == EEXIST ? "file-exists" : "file-unwritable",
			    path);
	return YH_STORAGE;
}

static bool ask(const char *prompt, char out[YH_PASSPHRASE])
{
	struct termios old, quiet;
	bool got;

	if (tcgetattr(STDIN_FILENO, &old) != 0)
		return false;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)fputs(prompt, stderr);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	got = fgets(out, YH_PASSPHRASE, stdin) != NULL;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	(void)fputc('\n', stderr);
	return got;
}

enum yh_rc yh_passphrase_take(const char *file, char out[YH_PASSPHRASE], struct yh_err *err)
{
	const char *env = getenv("YUNHENG_PASSPHRASE");
	enum yh_rc rc = YH_OK;

	if (file)
		rc = yh_key_read(file, out, YH_PASSPHRASE, err);
	else if (env)
		(void)snprintf(out, YH_PASSPHRASE, "%s", env);
	else if (!ask("密钥口令 / passphrase of the key: ", out))
		out[0] = 0;
	out[strcspn(out, "\r\n")] = 0;
	if (rc == YH_OK && strlen(out) < YH_PASSPHRASE_MIN) {
		rc = yh_fail(err, YH_BAD_INPUT, "passphrase-short");
		yh_err_int(err, "least", YH_PASSPHRASE_MIN);
	}
	return rc;
}

enum yh_rc yh_passphrase_new(const char *file, char out[YH_PASSPHRASE], struct yh_err *err)
{
	char again[YH_PASSPHRASE];
	enum yh_rc rc = yh_passphrase_take(file, out, err);

	if (rc != YH_OK || file || getenv("YUNHENG_PASSPHRASE"))
		return rc;
	if (!ask("再输一次 / once more: ", again))
		again[0] = 0;
	again[strcspn(again, "\r\n")] = 0;
	if (strcmp(out, again) != 0)
		rc = yh_fail(err, YH_BAD_INPUT, "passphrase-differs");
	explicit_bzero(again, sizeof again);
	return rc;
}

enum yh_rc yh_key_open(const char *path, const char *passphrase_file, struct yh_sm2 **key,
		       struct yh_err *err)
{
	char pem[YH_KEY_TEXT], passphrase[YH_PASSPHRASE];
	enum yh_rc rc = yh_key_read(path, pem, sizeof pem, err);

	*key = NULL;
	if (rc == YH_OK)
		rc = yh_passphrase_take(passphrase_file, passphrase, err);
	if (rc == YH_OK)
		rc = yh_sm2_load_locked(pem, passphrase, key, err);
	explicit_bzero(pem, sizeof pem);
	explicit_bzero(passphrase, sizeof passphrase);
	return rc;
}
