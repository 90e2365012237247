/* A folder of files, read into memory. */
#include "http/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/mem.h"

struct yh_site {
	struct yh_arena memory;
	struct yh_site_file *files; /* by path */
	size_t n, bytes;
};

struct reading {
	struct yh_site *site;
	char path[YH_SITE_PATH]; /* of what is being read, within the folder */
	struct yh_err *err;
};

static enum yh_rc unreadable(const struct reading *r, const char *detail)
{
	(void)yh_fail_field(r->err, YH_STORAGE, "web-unreadable", r->path[0] ? r->path : ".");
	yh_err_text(r->err, "detail", detail);
	return YH_STORAGE;
}

static enum yh_rc too_large(const struct reading *r)
{
	(void)yh_fail_field(r->err, YH_TOO_LARGE, "web-too-large", r->path);
	yh_err_int(r->err, "files", YH_SITE_FILES);
	yh_err_int(r->err, "mib", YH_SITE_BYTES >> 20);
	yh_err_int(r->err, "depth", YH_SITE_DEPTH);
	return YH_TOO_LARGE;
}

static const char *type_of(const char *path)
{
	static const struct {
		const char *end, *type;
	} types[] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".mjs", "text/javascript; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".json", "application/json" },
		{ ".map", "application/json" },
		{ ".webmanifest", "application/manifest+json" },
		{ ".txt", "text/plain; charset=utf-8" },
		{ ".svg", "image/svg+xml" },
		{ ".png", "image/png" },
		{ ".jpg", "image/jpeg" },
		{ ".webp", "image/webp" },
		{ ".ico", "image/x-icon" },
		{ ".woff2", "font/woff2" },
		{ ".woff", "font/woff" },
		{ ".ttf", "font/ttf" },
		{ ".wasm", "application/wasm" },
		{ ".pdf", "application/pdf" },
	};
	size_t n = strlen(path);

	for (size_t i = 0; i < YH_LEN(types); i++) {
		size_t end = strlen(types[i].end);

		if (n > end && strcmp(path + n - end, types[i].end) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

static void name_content(struct yh_site_body *b)
{
	enum { SHOWN = 16 };
	struct yh_sm3 digest = yh_sm3_of(b->p, b->n);
	char hex[2 * SHOWN + 1];

	(void)snprintf(b->etag, sizeof b->etag, "\"%s\"", yh_hex(digest.b, SHOWN, hex));
}

static enum yh_rc read_file(struct reading *r, int fd, off_t size)
{
	struct yh_site *s = r->site;
	struct yh_site_file *f = &s->files[s->n];
	size_t want = (size_t)size, have = 0;
	char *p;

	if (s->n == YH_SITE_FILES || size > YH_SITE_BYTES - (off_t)s->bytes)
		return too_large(r);
	p = yh_arena_alloc(&s->memory, want + 1);
	*f = (struct yh_site_file){ .path = yh_arena_strdup(&s->memory, r->path) };
	if (!p || !f->path)
		return yh_fail(r->err, YH_TOO_LARGE, "memory-short");
	for (ssize_t got = 1; got > 0; have += (size_t)got) {
		got = have <= want ? read(fd, p + have, want + 1 - have) : 0;
		if (got < 0)
			return unreadable(r, strerror(errno));
	}
	if (have != want)
		return unreadable(r, "changes");
	f->type = type_of(f->path);
	f->plain = (struct yh_site_body){ .p = p, .n = want };
	name_content(&f->plain);
	s->n++;
	s->bytes += want;
	return YH_OK;
}

static enum yh_rc read_folder(struct reading *r, int fd, unsigned depth);

static enum yh_rc read_entry(struct reading *r, int folder, const char *name, unsigned depth)
{
	size_t len = strlen(r->path);
	YH_CLOSE_AUTO int fd = -1;
	struct stat st;
	enum yh_rc rc;

	if (len + strlen(name) + 2 > sizeof r->path)
		return too_large(r);
	(void)snprintf(r->path + len, sizeof r->path - len, "%s%s", len ? "/" : "", name);
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		rc = unreadable(r, errno == ELOOP ? "symbolic link" : strerror(errno));
	else if (S_ISDIR(st.st_mode))
		rc = depth == YH_SITE_DEPTH ? too_large(r) : read_folder(r, fd, depth + 1);
	else if (S_ISREG(st.st_mode))
		rc = read_file(r, fd, st.st_size);
	else
		rc = unreadable(r, "not a file");
	r->path[len] = 0;
	return rc;
}

static enum yh_rc read_folder(struct reading *r, int fd, unsigned depth)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	const struct dirent *e;
	enum yh_rc rc = YH_OK;

	if (!dir) {
		rc = unreadable(r, strerror(errno));
		if (own >= 0)
			(void)close(own);
		return rc;
	}
	while (rc == YH_OK && (e = readdir(dir)))
		if (e->d_name[0] != '.')
			rc = read_entry(r, fd, e->d_name, depth);
	(void)closedir(dir);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct yh_site_file *)a)->path,
		      ((const struct yh_site_file *)b)->path);
}

/* Whether `gz` is one gzip member that holds just what `plain` is. */
static bool holds(const struct yh_site_body *gz, const struct yh_site_body *plain)
{
	enum { GZIP_WINDOW = 15 + 16, PIECE = 65536 };
	YH_FREE_AUTO char *piece = malloc(PIECE);
	z_stream z = { .next_in = (Bytef *)(uintptr_t)gz->p, .avail_in = (uInt)gz->n };
	size_t at = 0;
	int rc = Z_OK;

	if (!piece || inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return false;
	while (rc == Z_OK) {
		size_t got;

		z.next_out = (Bytef *)piece;
		z.avail_out = PIECE;
		rc = inflate(&z, Z_NO_FLUSH);
		got = PIECE - z.avail_out;
		if (got > plain->n - at || memcmp(plain->p + at, piece, got) != 0)
			rc = Z_DATA_ERROR;
		at += rc == Z_DATA_ERROR ? 0 : got;
	}
	(void)inflateEnd(&z);
	return rc == Z_STREAM_END && at == plain->n && z.avail_in == 0;
}

/* Puts each FILE.gz to its FILE, and out of the list. */
static enum yh_rc pair(struct reading *r)
{
	struct yh_site *s = r->site;
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct yh_site_file *f = &s->files[i], *of = NULL;
		size_t len = strlen(f->path);

		(void)snprintf(r->path, sizeof r->path, "%s", f->path);
		if (len > 3 && strcmp(f->path + len - 3, ".gz") == 0) {
			struct yh_site_file key = { .path = r->path };

			r->path[len - 3] = 0;
			/* "x.js" stands before "x.js.gz", among those that were kept */
			of = bsearch(&key, s->files, kept, sizeof key, by_path);
		}
		if (!of) {
			s->files[kept++] = *f;
			continue;
		}
		if (!holds(&f->plain, &of->plain))
			return unreadable(r, "not what its .gz holds");
		of->gzip = f->plain;
	}
	s->n = kept;
	return YH_OK;
}

enum yh_rc yh_site_load(const char *dir, struct yh_site **out, struct yh_err *err)
{
	struct yh_site *s = calloc(1, sizeof *s);
	struct reading r = { .site = s, .err = err };
	YH_CLOSE_AUTO int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum yh_rc rc = YH_OK;

	*out = NULL;
	if (!s || !(s->files = calloc(YH_SITE_FILES, sizeof *s->files))) {
		free(s);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	/* room for the paths, and for the arena's own blocks */
	yh_arena_init(&s->memory, 2 * (size_t)YH_SITE_BYTES);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		rc = yh_fail_field(err, YH_NOT_FOUND, "web-none", dir);
	else
		rc = fd < 0 ? unreadable(&r, strerror(errno)) : read_folder(&r, fd, 0);
	qsort(s->files, s->n, sizeof *s->files, by_path);
	if (rc == YH_OK)
		rc = pair(&r);
	if (rc == YH_OK && !yh_site_find(s, "index.html"))
		rc = yh_fail_field(err, YH_NOT_FOUND, "web-none", dir);
	if (rc == YH_OK)
		*out = s;
	else
		yh_site_free(s);
	return rc;
}

void yh_site_free(struct yh_site *s)
{
	if (!s)
		return;
	yh_arena_done(&s->memory);
	free(s->files);
	free(s);
}

const struct yh_site_file *yh_site_find(const struct yh_site *s, const char *path)
{
	const struct yh_site_file key = { .path = path };

	return bsearch(&key, s->files, s->n, sizeof key, by_path);
}
