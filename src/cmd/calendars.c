/* Reads calendars from files; the law only sees their text. */
#include "cmd/calendars.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { NAME_LEN = 9 }; /* "2026.yaml" */

static bool runs_where_built(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	size_t len = strlen(YH_BUILD_DIR);

	if (n <= 0 || len == 0)
		return false;
	exe[n] = 0;
	return strncmp(exe, YH_BUILD_DIR, len) == 0 && exe[len] == '/';
}

const char *yh_policy_dir(void)
{
	const char *dir = getenv("YUNHENG_POLICY");

	if (dir && *dir)
		return dir;
	return runs_where_built() ? YH_POLICY_SOURCE : YH_POLICY_INSTALLED;
}

const char *yh_web_dir(void)
{
	return runs_where_built() ? YH_WEB_BUILT : YH_WEB_INSTALLED;
}

static enum yh_rc unreadable(struct yh_err *err, const char *dir, const char *name, int error)
{
	bool fresh = err && err->rc == YH_OK;

	yh_fail(err, YH_STORAGE, "calendars-unreadable");
	if (fresh) {
		yh_err_field(err, name ? "%.100s/%s" : "%.100s", dir, name);
		yh_err_text(err, "why", strerror(error));
	}
	return YH_STORAGE;
}

static enum yh_rc invalid(struct yh_err *err, const char *name, const char *why)
{
	bool fresh = err && err->rc == YH_OK;

	yh_fail_field(err, YH_BAD_INPUT, "calendar-invalid", name);
	if (fresh)
		yh_err_text(err, "why", why);
	return YH_BAD_INPUT;
}

/* Reads all of a small regular file; *n is more than YH_CALENDAR_BYTES when it is too long. */
static int read_file(int dir_fd, const char *name, char *text, size_t *n)
{
	YH_CLOSE_AUTO int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return EINVAL;
	*n = 0;
	while (*n <= YH_CALENDAR_BYTES) {
		ssize_t got = read(fd, text + *n, YH_CALENDAR_BYTES + 1 - *n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	return 0;
}

static enum yh_rc add_file(struct yh_calendar *cal, const char *dir, int dir_fd, const char *name,
			   char *text, struct yh_err *err)
{
	size_t n = 0;
	int error;
	enum yh_rc rc;

	if (strlen(name) != NAME_LEN || strspn(name, "0123456789") != 4)
		return invalid(err, name, "a calendar's file is named YYYY.yaml");
	error = read_file(dir_fd, name, text, &n);
	if (error)
		return unreadable(err, dir, name, error);
	rc = yh_calendar_add_year(cal, name, text, n, err);
	if (rc == YH_OK && !yh_calendar_knows(cal, atoi(name)))
		return invalid(err, name, "file name and year differ");
	return rc;
}

static enum yh_rc add_dir(struct yh_calendar *cal, const char *dir, DIR *d, char *text,
			  struct yh_err *err)
{
	for (;;) {
		const struct dirent *entry;
		size_t len;
		enum yh_rc rc;

		errno = 0;
		entry = readdir(d);
		if (!entry)
			return errno ? unreadable(err, dir, NULL, errno) : YH_OK;
		len = strlen(entry->d_name);
		if (len < 5 || entry->d_name[0] == '.' ||
		    strcmp(entry->d_name + len - 5, ".yaml") != 0)
			continue;
		rc = add_file(cal, dir, dirfd(d), entry->d_name, text, err);
		if (rc != YH_OK)
			return rc;
	}
}

enum yh_rc yh_calendars_load(const char *dir, struct yh_calendar **out, struct yh_err *err)
{
	YH_FREE_AUTO char *text = malloc(YH_CALENDAR_BYTES + 1);
	struct yh_calendar *cal = yh_calendar_new();
	char path[PATH_MAX];
	DIR *d = NULL;
	enum yh_rc rc;
	int n;

	*out = NULL;
	n = dir ? snprintf(path, sizeof path, "%s", dir)
		: snprintf(path, sizeof path, "%s/calendars", yh_policy_dir());
	if (!text || !cal)
		rc = yh_fail(err, YH_INTERNAL, "out-of-memory");
	else if (n < 0 || (size_t)n >= sizeof path)
		rc = unreadable(err, path, NULL, ENAMETOOLONG);
	else if (!(d = opendir(path)))
		rc = unreadable(err, path, NULL, errno);
	else
		rc = add_dir(cal, path, d, text, err);
	if (d)
		(void)closedir(d);
	if (rc == YH_OK)
		*out = cal;
	else
		yh_calendar_free(cal);
	return rc;
}
