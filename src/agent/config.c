/* The agent's files. */
#include "agent/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { TEXT = 4096 };

static enum yh_rc storage(struct yh_err *err, const char *path)
{
	const char *why = strerror(errno);

	(void)yh_fail_field(err, YH_STORAGE, "agent-files", path);
	yh_err_text(err, "detail", why);
	return YH_STORAGE;
}

static enum yh_rc read_file(const char *dir, const char *name, bool secret, char text[TEXT],
			    size_t *n, struct yh_err *err)
{
	char path[4096];
	struct stat st;
	ssize_t got;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	YH_CLOSE_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return yh_fail_field(err, YH_NOT_FOUND, "agent-not-enrolled", path);
	if (fd < 0 || fstat(fd, &st) != 0)
		return storage(err, path);
	if (secret && (st.st_mode & 077))
		return yh_fail_field(err, YH_BAD_INPUT, "agent-key-open", path);
	got = read(fd, text, TEXT);
	if (got < 0)
		return storage(err, path);
	if (got == TEXT)
		return yh_fail_field(err, YH_BAD_INPUT, "agent-config", name);
	text[got] = 0;
	*n = (size_t)got;
	return YH_OK;
}

static enum yh_rc write_file(const char *dir, const char *name, mode_t mode, const char *text,
			     struct yh_err *err)
{
	char path[4096], part[4200];
	size_t n = strlen(text);
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	(void)snprintf(part, sizeof part, "%s.part", path);
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return storage(err, dir);
	if (stat(dir, &st) != 0)
		return storage(err, dir);
	(void)unlink(part);
	YH_CLOSE_AUTO int fd =
		open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return storage(err, part);
	/* enrolled by root, run by a user of its own */
	if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
		return storage(err, part);
	if (fchmod(fd, mode) != 0 || write(fd, text, n) != (ssize_t)n || fsync(fd) != 0 ||
	    rename(part, path) != 0)
		return storage(err, part);
	YH_CLOSE_AUTO int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d >= 0 && fsync(d) == 0 ? YH_OK : storage(err, dir);
}

static bool take_int(const char *value, int64_t min, int64_t max, int64_t *out)
{
	int64_t v = 0;
	size_t n = strspn(value, "0123456789");

	if (n == 0 || n > 9 || value[n])
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (value[i] - '0');
	*out = v;
	return v >= min && v <= max;
}

static bool take_text(const char *value, char *out, size_t size)
{
	for (const char *s = value; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return (size_t)snprintf(out, size, "%s", value) < size;
}

static bool take_line(char *line, struct yh_agent_config *c)
{
	char *name = line + strspn(line, " \t"), *value = strchr(name, '='), *end;

	if (!*name || *name == '#')
		return true;
	if (!value)
		return false;
	end = value;
	*value++ = 0;
	while (end > name && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = 0;
	value += strspn(value, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		*--end = 0;
	if (strcmp(name, "server") == 0)
		return take_text(value, c->server, sizeof c->server) &&
		       (strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0);
	if (strcmp(name, "ca") == 0)
		return take_text(value, c->ca, sizeof c->ca) && (!*value || *value == '/');
	if (strcmp(name, "interval_s") == 0)
		return take_int(value, YH_AGENT_INTERVAL_MIN_S, YH_AGENT_INTERVAL_MAX_S,
				&c->interval_s);
	if (strcmp(name, "spool_kib") == 0)
		return take_int(value, 128, 32 * 1024, &c->spool_kib);
	return false;
}

enum yh_rc yh_agent_config_parse(const char *text, size_t n, struct yh_agent_config *out,
				 struct yh_err *err)
{
	char copy[TEXT], *line = copy;
	int number = 1;

	*out = (struct yh_agent_config){ .interval_s = 15, .spool_kib = 8192 };
	if (n >= sizeof copy || memchr(text, 0, n))
		return yh_fail_field(err, YH_BAD_INPUT, "agent-config", "agent.conf:0");
	memcpy(copy, text, n);
	copy[n] = 0;
	for (char *end; line; line = end, number++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = 0;
		if (!take_line(line, out)) {
			(void)yh_fail(err, YH_BAD_INPUT, "agent-config");
			yh_err_field(err, "agent.conf:%d", number);
			return YH_BAD_INPUT;
		}
	}
	if (!out->server[0])
		return yh_fail_field(err, YH_BAD_INPUT, "agent-config", "agent.conf:0");
	return YH_OK;
}

enum yh_rc yh_agent_config_load(const char *dir, struct yh_agent_config *out, struct yh_err *err)
{
	char text[TEXT];
	size_t n = 0;
	enum yh_rc rc = read_file(dir, "agent.conf", false, text, &n, err);

	return rc == YH_OK ? yh_agent_config_parse(text, n, out, err) : rc;
}

enum yh_rc yh_agent_config_save(const char *dir, const struct yh_agent_config *c,
				struct yh_err *err)
{
	char text[TEXT];

	(void)snprintf(text, sizeof text,
		       "# yunheng-agent\nserver = %s\nca = %s\ninterval_s = %" PRId64
		       "\nspool_kib = %" PRId64 "\n",
		       c->server, c->ca, c->interval_s, c->spool_kib);
	return write_file(dir, "agent.conf", 0644, text, err);
}

enum yh_rc yh_agent_identity_load(const char *dir, struct yh_agent_identity *out,
				  struct yh_err *err)
{
	char text[TEXT], id[40], key[YH_SM3_HEX];
	size_t n = 0;
	enum yh_rc rc = read_file(dir, "agent.key", true, text, &n, err);

	*out = (struct yh_agent_identity){ 0 };
	if (rc != YH_OK)
		return rc;
	if (strlen(text) != n || sscanf(text, "%39s %63s %64s", id, out->resource, key) != 3 ||
	    yh_id_parse(id, &out->id, NULL) != YH_OK || !yh_unhex(key, out->key, YH_AGENT_KEY))
		rc = yh_fail_field(err, YH_BAD_INPUT, "agent-config", "agent.key");
	explicit_bzero(text, sizeof text);
	explicit_bzero(key, sizeof key);
	return rc;
}

enum yh_rc yh_agent_identity_save(const char *dir, const struct yh_agent_identity *id,
				  struct yh_err *err)
{
	char text[256], id_text[YH_ID_TEXT], key[YH_SM3_HEX];
	enum yh_rc rc;

	(void)snprintf(text, sizeof text, "%s\n%s\n%s\n", yh_id_text(&id->id, id_text),
		       id->resource, yh_hex(id->key, YH_AGENT_KEY, key));
	rc = write_file(dir, "agent.key", 0600, text, err);
	explicit_bzero(text, sizeof text);
	explicit_bzero(key, sizeof key);
	return rc;
}

void yh_agent_forget(const char *dir)
{
	static const char *const names[] = { "agent.key", "agent.conf", "spool" };
	char path[4096];

	for (size_t i = 0; i < YH_LEN(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
}

/* Mapped, so that a program of some hundred KiB costs no memory of its own to be read. */
struct yh_sm3 yh_agent_file_digest(const char *path)
{
	YH_CLOSE_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct yh_sm3 d = { 0 };
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size <= 0)
		return d;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return d;
	d = yh_sm3_of(p, (size_t)st.st_size);
	(void)munmap(p, (size_t)st.st_size);
	return d;
}

struct yh_sm3 yh_agent_config_digest(const char *dir)
{
	char path[4096];

	(void)snprintf(path, sizeof path, "%s/agent.conf", dir);
	return yh_agent_file_digest(path);
}
