/* What a set is made of: its manifest, its signature, its files. */
#include "services/backup/set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/shortage.h"
#include "services/document/files.h"

enum { MANIFEST_MAX = 1 << 30, SIGNATURE_MAX = 8192, DEPTH = 6, VERSION = 1 };

void yh_set_done(struct yh_set *s)
{
	free(s->files);
	*s = (struct yh_set){ 0 };
}

enum yh_rc yh_set_failed(const char *path, struct yh_err *err)
{
	int why = errno;

	(void)yh_fail_field(err, YH_STORAGE, why == ENOSPC ? "store-full" : "backup-io", path);
	yh_err_text(err, "detail", strerror(why));
	return YH_STORAGE;
}

static enum yh_rc invalid(const char *slug, const char *path, struct yh_err *err)
{
	return yh_fail_field(err, YH_BAD_INPUT, slug, path);
}

/* ---- the manifest ---- */

enum yh_rc yh_set_add(struct yh_set *s, const char *path, int64_t bytes,
		      const struct yh_sm3 *digest, struct yh_err *err)
{
	struct yh_set_file *f;

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 64;
		struct yh_set_file *grown = realloc(s->files, cap * sizeof *grown);

		if (!grown)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		s->files = grown;
		s->cap = cap;
	}
	f = &s->files[s->n++];
	(void)snprintf(f->path, sizeof f->path, "%s", path);
	f->bytes = bytes;
	f->digest = *digest;
	s->bytes += bytes;
	return YH_OK;
}

enum yh_rc yh_set_text(const struct yh_set *s, struct yh_buf *out, struct yh_err *err)
{
	char hex[YH_SM3_HEX], made[YH_TIME_TEXT];

	yh_buf_printf(out, "yunheng-backup %d\nmade %s\nversion %s\nschema %" PRId64 "\n", VERSION,
		      yh_time_text(s->made_at, made), s->version, s->schema);
	yh_buf_printf(out, "meter %s\nkeys %s\nsigner %s\n", s->meter ? "yes" : "no",
		      s->keys ? "yes" : "no", s->signer);
	for (size_t i = 0; i < s->n; i++)
		yh_buf_printf(out, "file %s %" PRId64 " %s\n",
			      yh_hex(s->files[i].digest.b, YH_SM3_BYTES, hex), s->files[i].bytes,
			      s->files[i].path);
	yh_buf_printf(out, "files %zu\n", s->n);
	return yh_buf_ok(out) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* Below the set, whoever wrote it. */
static bool is_path(const char *p)
{
	size_t part = 0, n = strlen(p);

	if (n == 0 || n >= YH_SET_PATH)
		return false;
	for (size_t i = 0; i <= n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '/' || c == 0) {
			if (part == 0 || p[i - part] == '.')
				return false;
			part = 0;
		} else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			   (c >= 'A' && c <= 'Z') || strchr("._-", c)) {
			part++;
		} else {
			return false;
		}
	}
	return true;
}

static bool parse_file(struct yh_set *s, const char *line, struct yh_err *err)
{
	struct yh_sm3 digest;
	char hex[YH_SM3_HEX];
	int64_t bytes;
	int at = 0;

	return sscanf(line, "file %64[0-9a-f] %" SCNd64 " %n", hex, &bytes, &at) == 2 && at > 0 &&
	       bytes >= 0 && yh_unhex(hex, digest.b, sizeof digest.b) && is_path(line + at) &&
	       (s->n == 0 || strcmp(s->files[s->n - 1].path, line + at) < 0) &&
	       yh_set_add(s, line + at, bytes, &digest, err) == YH_OK;
}

static bool parse_line(struct yh_set *s, int number, const char *line, bool *end,
		       struct yh_err *err)
{
	char made[YH_TIME_TEXT] = "", word[8];
	int version;
	size_t n;

	switch (number) {
	case 1:
		return sscanf(line, "yunheng-backup %d", &version) == 1 && version == VERSION;
	case 2:
		return strncmp(line, "made ", 5) == 0 && strlen(line) < sizeof made + 5 &&
		       yh_time_parse(line + 5, &s->made_at, NULL) == YH_OK;
	case 3:
		return sscanf(line, "version %31s", s->version) == 1;
	case 4:
		return sscanf(line, "schema %" SCNd64, &s->schema) == 1;
	case 5:
		s->meter = strcmp(line, "meter yes") == 0;
		return s->meter || strcmp(line, "meter no") == 0;
	case 6:
		s->keys = strcmp(line, "keys yes") == 0;
		return s->keys || strcmp(line, "keys no") == 0;
	case 7:
		return sscanf(line, "signer %64[0-9a-f]", s->signer) == 1;
	default:
		*end = sscanf(line, "files %zu%7s", &n, word) == 1 && n == s->n;
		return *end || parse_file(s, line, err);
	}
}

static enum yh_rc parse(struct yh_set *s, char *text, struct yh_err *err)
{
	char *line, *rest = text, place[40];
	bool end = false;
	int number = 0;

	while (!end && (line = strsep(&rest, "\n")) && rest) {
		if (!parse_line(s, ++number, line, &end, err)) {
			(void)snprintf(place, sizeof place, "manifest:%d", number);
			return invalid("backup-invalid", place, err);
		}
	}
	return end && !*rest ? YH_OK : invalid("backup-invalid", "manifest", err);
}

/* ---- the signature ---- */

static enum yh_rc read_text(int dir, const char *name, size_t most, char **out, size_t *n,
			    struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	*out = NULL;
	if (fd < 0)
		return errno == ENOENT ? invalid("backup-missing", name, err)
				       : yh_set_failed(name, err);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > most)
		return invalid("backup-invalid", name, err);
	*out = calloc(1, (size_t)st.st_size + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (*n = 0; *n < (size_t)st.st_size;) {
		ssize_t got = read(fd, *out + *n, (size_t)st.st_size - *n);

		if (got <= 0)
			return yh_set_failed(name, err);
		*n += (size_t)got;
	}
	return strlen(*out) == *n ? YH_OK : invalid("backup-invalid", name, err);
}

static bool holds(const char *public_pem, const char *hex, const char *text, size_t n)
{
	unsigned char sig[YH_SIG_MAX];
	struct yh_err none = { 0 };
	struct yh_sm2 *key = NULL;
	size_t len = strlen(hex) / 2;
	bool ok = len <= sizeof sig && yh_unhex(hex, sig, len) &&
		  yh_sm2_load_pem(public_pem, &key, &none) == YH_OK &&
		  yh_sm2_verify(key, text, n, sig, len);

	yh_sm2_free(key);
	return ok;
}

/* The key that the signature names must be the one that the manifest names, and that is asked for.
 */
static enum yh_rc check_signature(int dir, const char *text, size_t n, char signer[YH_SM3_HEX],
				  struct yh_err *err)
{
	YH_FREE_AUTO char *said = NULL;
	YH_JSON_AUTO sig = NULL;
	unsigned shortages = yh_shortages();
	const char *pem, *hex;
	struct yh_sm3 digest;
	size_t m;
	enum yh_rc rc = read_text(dir, "manifest.sig", SIGNATURE_MAX, &said, &m, err);

	if (rc == YH_OK)
		rc = yh_json_parse(said, m, &sig, err);
	if (rc != YH_OK)
		return rc;
	pem = yh_json_text(sig, "public_key");
	hex = yh_json_text(sig, "signature");
	if (!pem || !hex || !holds(pem, hex, text, n))
		return yh_shortages() != shortages
			       ? yh_fail(err, YH_TOO_LARGE, "memory-short")
			       : invalid("backup-signature", "manifest.sig", err);
	digest = yh_sm3_of(pem, strlen(pem));
	(void)yh_hex(digest.b, sizeof digest.b, signer);
	return YH_OK;
}

/* ---- the files ---- */

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static enum yh_rc walk(int dir, const char *path, int depth, yh_set_walk_fn fn, void *arg,
		       struct yh_err *err);

static enum yh_rc visit(int dir, const char *name, const char *path, int depth, yh_set_walk_fn fn,
			void *arg, struct yh_err *err)
{
	char below[YH_SET_PATH];
	struct stat st;
	int fd;
	enum yh_rc rc;

	if ((size_t)snprintf(below, sizeof below, "%s%s%s", path, *path ? "/" : "", name) >=
		    sizeof below ||
	    depth == DEPTH)
		return invalid("backup-added", below, err);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return yh_set_failed(below, err);
	if (!S_ISDIR(st.st_mode))
		return fn(arg, dir, name, below, S_ISREG(st.st_mode), err);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return yh_set_failed(below, err);
	rc = walk(fd, below, depth + 1, fn, arg, err);
	(void)close(fd);
	return rc;
}

static enum yh_rc walk(int dir, const char *path, int depth, yh_set_walk_fn fn, void *arg,
		       struct yh_err *err)
{
	struct dirent **names;
	int n = scandirat(dir, ".", &names, no_dots, by_name);
	enum yh_rc rc = n < 0 ? yh_set_failed(path, err) : YH_OK;

	for (int i = 0; i < n; i++) {
		if (rc == YH_OK)
			rc = visit(dir, names[i]->d_name, path, depth, fn, arg, err);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return rc;
}

enum yh_rc yh_set_walk(int dir, const char *path, yh_set_walk_fn fn, void *arg, struct yh_err *err)
{
	return walk(dir, path, 0, fn, arg, err);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct yh_set_file *)a)->path, ((const struct yh_set_file *)b)->path);
}

struct counting {
	const struct yh_set *set;
	size_t n;
};

static enum yh_rc count(void *arg, int folder, const char *name, const char *path, bool regular,
			struct yh_err *err)
{
	struct counting *c = arg;
	struct yh_set_file asked;

	(void)folder;
	(void)name;
	if (strcmp(path, "manifest") == 0 || strcmp(path, "manifest.sig") == 0)
		return YH_OK;
	(void)snprintf(asked.path, sizeof asked.path, "%s", path);
	if (!regular || c->set->n == 0 ||
	    !bsearch(&asked, c->set->files, c->set->n, sizeof asked, by_path))
		return invalid("backup-added", path, err);
	c->n++;
	return YH_OK;
}

static enum yh_rc check_files(int dir, const struct yh_set *s, struct yh_err *err)
{
	struct counting c = { s, 0 };
	struct stat st;
	enum yh_rc rc = walk(dir, "", 0, count, &c, err);

	for (size_t i = 0; rc == YH_OK && c.n < s->n && i < s->n; i++)
		if (fstatat(dir, s->files[i].path, &st, AT_SYMLINK_NOFOLLOW) != 0)
			rc = invalid("backup-missing", s->files[i].path, err);
	return rc;
}

enum yh_rc yh_set_load(int dir, const char *signer, struct yh_set *out, struct yh_err *err)
{
	YH_FREE_AUTO char *text = NULL;
	char by[YH_SM3_HEX];
	size_t n;
	enum yh_rc rc;

	*out = (struct yh_set){ 0 };
	rc = read_text(dir, "manifest", MANIFEST_MAX, &text, &n, err);
	if (rc == YH_OK)
		rc = check_signature(dir, text, n, by, err);
	if (rc == YH_OK)
		rc = parse(out, text, err);
	if (rc == YH_OK && strcmp(by, out->signer) != 0)
		rc = invalid("backup-signature", "manifest.sig", err);
	if (rc == YH_OK && signer && strcmp(by, signer) != 0) {
		rc = invalid("backup-signer-other", "manifest.sig", err);
		yh_err_text(err, "signer", by);
	}
	if (rc == YH_OK)
		rc = check_files(dir, out, err);
	if (rc != YH_OK)
		yh_set_done(out);
	return rc;
}

enum yh_rc yh_set_digest(int folder, const char *name, const char *path, int64_t *bytes,
			 struct yh_sm3 *digest, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct yh_err none = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || yh_files_digest(fd, digest, &none) != YH_OK)
		return yh_set_failed(path, err);
	*bytes = st.st_size;
	return YH_OK;
}

enum yh_rc yh_set_verify(const char *path, const char *signer, const atomic_bool *stop,
			 struct yh_set *out, struct yh_err *err)
{
	YH_CLOSE_AUTO int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum yh_rc rc;

	*out = (struct yh_set){ 0 };
	if (dir < 0)
		return invalid("backup-missing", path, err);
	rc = yh_set_load(dir, signer, out, err);
	for (size_t i = 0; rc == YH_OK && i < out->n; i++) {
		const struct yh_set_file *f = &out->files[i];
		struct yh_sm3 digest;
		int64_t bytes;

		rc = stop && atomic_load(stop)
			     ? yh_fail(err, YH_BUSY, "job-stopped")
			     : yh_set_digest(dir, f->path, f->path, &bytes, &digest, err);
		if (rc == YH_OK &&
		    (bytes != f->bytes || memcmp(digest.b, f->digest.b, sizeof digest.b) != 0))
			rc = invalid("backup-changed", f->path, err);
	}
	if (rc != YH_OK)
		yh_set_done(out);
	return rc;
}

static void remove_at(int dir, const char *name, int depth)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct dirent **names = NULL;
	int n = fd < 0 || depth > DEPTH ? -1 : scandirat(fd, ".", &names, no_dots, by_name);

	for (int i = 0; i < n; i++) {
		if (unlinkat(fd, names[i]->d_name, 0) != 0)
			remove_at(fd, names[i]->d_name, depth + 1);
		free(names[i]);
	}
	free(names);
	if (fd >= 0)
		(void)close(fd);
	(void)unlinkat(dir, name, AT_REMOVEDIR);
}

void yh_set_remove(int dir, const char *name)
{
	remove_at(dir, name, 0);
}

bool yh_set_is_name(const char *name)
{
	static const char shape[] = "ddddddddTddddddZ-hhhhhh";

	for (size_t i = 0; i < sizeof shape; i++) {
		char c = name[i];
		bool digit = c >= '0' && c <= '9';

		if (shape[i] == 'd'   ? !digit
		    : shape[i] == 'h' ? !digit && (c < 'a' || c > 'f')
				      : c != shape[i])
			return false;
	}
	return true;
}
