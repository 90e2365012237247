/* Keys in files. */
#include "base/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { PATH_BYTES = 4200 };

/* false: there is none. */
static bool read_key(const char *path, char text[YH_KEYFILE_TEXT], enum yh_rc *rc,
		     struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	*rc = YH_OK;
	if (fd < 0 && errno == ENOENT)
		return false;
	got = fd < 0 ? -1 : read(fd, text, YH_KEYFILE_TEXT - 1);
	if (got <= 0)
		*rc = yh_fail_field(err, YH_STORAGE, "key-unreadable", path);
	else
		text[got] = 0;
	return true;
}

static bool write_key(const char *path, const char *text)
{
	YH_CLOSE_AUTO int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t n = strlen(text);

	return fd >= 0 && n < YH_KEYFILE_TEXT && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
}

static bool sync_dir(const char *dir)
{
	YH_CLOSE_AUTO int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

enum yh_rc yh_keyfile_text(const char *dir, const char *name, char *(*fresh)(void),
			   char text[YH_KEYFILE_TEXT], struct yh_err *err)
{
	char path[PATH_BYTES], part[PATH_BYTES + 32];
	YH_FREE_AUTO char *made = NULL;
	enum yh_rc rc;
	bool linked;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	(void)snprintf(part, sizeof part, "%s.%ld", path, (long)getpid());
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return yh_fail_field(err, YH_STORAGE, "key-unwritable", dir);
	if (read_key(path, text, &rc, err))
		return rc;
	made = fresh();
	if (!made)
		return yh_fail(err, YH_INTERNAL, "key-generation");
	(void)unlink(part);
	linked = write_key(part, made) && (link(part, path) == 0 || errno == EEXIST) &&
		 sync_dir(dir);
	(void)unlink(part);
	explicit_bzero(made, strlen(made));
	if (linked && read_key(path, text, &rc, err))
		return rc;
	return yh_fail_field(err, YH_STORAGE, "key-unwritable", path);
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

enum yh_rc yh_keyfile_seal(const char *dir, const char *name, struct yh_sealing *out,
			   struct yh_err *err)
{
	unsigned char key[YH_SEAL_KEY];
	char text[YH_KEYFILE_TEXT] = "";
	enum yh_rc rc = yh_keyfile_text(dir, name, fresh_seal, text, err);

	if (rc == YH_OK) {
		text[strcspn(text, "\n")] = 0;
		if (yh_unhex(text, key, sizeof key))
			yh_sealing_init(out, key);
		else
			rc = yh_fail_field(err, YH_BAD_INPUT, "key-invalid", name);
	}
	explicit_bzero(text, sizeof text);
	explicit_bzero(key, sizeof key);
	return rc;
}
