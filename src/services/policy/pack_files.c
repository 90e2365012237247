/* A pack folder read into memory. */
#include "services/policy/pack_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

enum { FILE_BYTES = 1024 * 1024, FOLDER_BYTES = 32 * 1024 * 1024 };

static bool has_ending(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && name[0] != '.' &&
	       (strcmp(name + n - 5, ".yaml") == 0 || strcmp(name + n - 5, ".json") == 0);
}

static enum yh_rc read_file(struct yh_pack_folder *f, const char *path, const char *name,
			    struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	size_t have = 0;
	char *text;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return yh_fail_field(err, YH_NOT_FOUND, "folder-unreadable", path);
	if (st.st_size > FILE_BYTES || f->n == YH_PACK_FILES_MAX)
		return yh_fail_field(err, YH_TOO_LARGE, "pack-too-large", path);
	text = yh_arena_alloc(&f->arena, (size_t)st.st_size + 1);
	if (!text)
		return yh_fail_field(err, YH_TOO_LARGE, "pack-too-large", path);
	while (have < (size_t)st.st_size) {
		ssize_t got = read(fd, text + have, (size_t)st.st_size - have);

		if (got <= 0)
			return yh_fail_field(err, YH_NOT_FOUND, "folder-unreadable", path);
		have += (size_t)got;
	}
	f->files[f->n] = (struct yh_pack_file){ .name = yh_arena_strdup(&f->arena, name),
						.text = text,
						.n = have };
	return f->files[f->n++].name ? YH_OK
				     : yh_fail_field(err, YH_TOO_LARGE, "pack-too-large", path);
}

static enum yh_rc read_level(struct yh_pack_folder *f, const char *dir, const char *prefix,
			     struct yh_err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	enum yh_rc rc = YH_OK;

	if (!d)
		return yh_fail_field(err, YH_NOT_FOUND, "folder-unreadable", dir);
	while (rc == YH_OK && (e = readdir(d)) != NULL) {
		char path[4096], name[512];
		struct stat st;

		(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		(void)snprintf(name, sizeof name, "%s%s", prefix, e->d_name);
		if (e->d_name[0] == '.' || lstat(path, &st) != 0)
			continue;
		if (S_ISREG(st.st_mode) && has_ending(e->d_name)) {
			rc = read_file(f, path, name, err);
		} else if (S_ISDIR(st.st_mode) && !prefix[0]) {
			(void)snprintf(name, sizeof name, "%.250s/", e->d_name);
			rc = read_level(f, path, name, err);
		}
	}
	(void)closedir(d);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	const struct yh_pack_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

enum yh_rc yh_pack_folder_read(const char *dir, struct yh_pack_folder *out, struct yh_err *err)
{
	enum yh_rc rc;

	*out = (struct yh_pack_folder){ 0 };
	yh_arena_init(&out->arena, FOLDER_BYTES);
	out->files = YH_NEW_N(&out->arena, struct yh_pack_file, YH_PACK_FILES_MAX);
	rc = out->files ? read_level(out, dir, "", err)
			: yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc != YH_OK) {
		yh_pack_folder_done(out);
		return rc;
	}
	qsort(out->files, out->n, sizeof *out->files, by_name);
	return YH_OK;
}

void yh_pack_folder_done(struct yh_pack_folder *f)
{
	yh_arena_done(&f->arena);
	f->files = NULL;
	f->n = 0;
}
