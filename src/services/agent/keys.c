/* The server's keys for agents: files that nobody else may read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "services/agent/internal.h"

enum { TEXT = 4096 };

/* Reads a key, or makes it with what `fresh` gives; it is on the disk before it is used. */
static enum yh_rc key_file(const char *dir, const char *name, char *(*fresh)(void), char text[TEXT],
			   struct yh_err *err)
{
	char path[4200];
	YH_FREE_AUTO char *made = NULL;
	size_t n;
	ssize_t got;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	YH_CLOSE_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, text, TEXT - 1);
		if (got <= 0)
			return yh_fail_field(err, YH_STORAGE, "key-unreadable", path);
		text[got] = 0;
		return YH_OK;
	}
	if (errno != ENOENT)
		return yh_fail_field(err, YH_STORAGE, "key-unreadable", path);
	made = fresh();
	if (!made)
		return yh_fail(err, YH_INTERNAL, "key-generation");
	n = strlen(made);
	YH_CLOSE_AUTO int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (n >= TEXT || out < 0 || write(out, made, n) != (ssize_t)n || fsync(out) != 0)
		return yh_fail_field(err, YH_STORAGE, "key-unwritable", path);
	memcpy(text, made, n + 1);
	explicit_bzero(made, n);
	return YH_OK;
}

static char *fresh_sm2(void)
{
	struct yh_sm2 *k = yh_sm2_new(NULL);
	char *pem = k ? yh_sm2_private_pem(k) : NULL;

	yh_sm2_free(k);
	return pem;
}

static char *fresh_seal(void)
{
	unsigned char key[YH_SEAL_KEY];
	char *text = malloc(2 * YH_SEAL_KEY + 2);

	if (!text)
		return NULL;
	yh_random(key, sizeof key);
	(void)yh_hex(key, sizeof key, text);
	(void)strcat(text, "\n");
	explicit_bzero(key, sizeof key);
	return text;
}

enum yh_rc yh_agents_load_keys(struct yh_agents *a, const char *dir, struct yh_err *err)
{
	char text[TEXT];
	unsigned char key[YH_SEAL_KEY];
	enum yh_rc rc;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return yh_fail_field(err, YH_STORAGE, "key-unwritable", dir);
	rc = key_file(dir, "agents.pem", fresh_sm2, text, err);
	if (rc == YH_OK)
		rc = yh_sm2_load_pem(text, &a->key, err);
	if (rc == YH_OK)
		rc = yh_sm2_point(a->key, a->point, err);
	if (rc == YH_OK) {
		yh_agent_finger(a->point, a->finger);
		rc = key_file(dir, "agents.seal", fresh_seal, text, err);
	}
	if (rc == YH_OK) {
		text[strcspn(text, "\n")] = 0;
		if (yh_unhex(text, key, sizeof key))
			yh_sealing_init(&a->sealing, key);
		else
			rc = yh_fail_field(err, YH_BAD_INPUT, "key-invalid", "agents.seal");
	}
	explicit_bzero(text, sizeof text);
	explicit_bzero(key, sizeof key);
	return rc;
}
