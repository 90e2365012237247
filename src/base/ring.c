/* Keys that things at rest are sealed under. */
#include "base/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/mem.h"
#include "base/seal.h"

enum { FILE_BYTES = 16384, KEY_HEX = 2 * YH_SEAL_KEY };

struct one {
	char id[YH_RING_ID];
	struct yh_sealing sealing;
};

struct yh_ring {
	char *file;
	pthread_mutex_t lock; /* who adds */
	struct one keys[YH_RING_KEYS];
	atomic_uint n, writer;
};

/* A list read from a file before it becomes a ring's. */
struct list {
	struct one keys[YH_RING_KEYS];
	unsigned n;
};

static void name_key(const unsigned char key[YH_SEAL_KEY], char id[YH_RING_ID])
{
	struct yh_sm3 d = yh_sm3_of(key, YH_SEAL_KEY);

	(void)yh_hex(d.b, 8, id);
}

static enum yh_rc read_text(const char *file, char text[FILE_BYTES], struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t got;

	if (fd < 0 && errno == ENOENT)
		return yh_fail_field(err, YH_NOT_FOUND, "field-key-none", file);
	if (fd < 0 || fstat(fd, &st) != 0)
		return yh_fail_field(err, YH_STORAGE, "key-unreadable", file);
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXO | S_IWGRP)))
		return yh_fail_field(err, YH_FORBIDDEN, "field-key-open", file);
	got = read(fd, text, FILE_BYTES);
	if (got < 0 || got == FILE_BYTES)
		return yh_fail_field(err, YH_STORAGE, "key-unreadable", file);
	text[got] = 0;
	return YH_OK;
}

/* "ID KEY": false when it is neither this nor a remark. */
static bool take_line(struct list *l, char *line)
{
	unsigned char key[YH_SEAL_KEY];
	struct one *k = &l->keys[l->n];
	bool ok;

	line[strcspn(line, "\r")] = 0;
	if (!*line || *line == '#')
		return true;
	ok = l->n < YH_RING_KEYS && strlen(line) == YH_RING_ID + KEY_HEX &&
	     line[YH_RING_ID - 1] == ' ' && yh_unhex(line + YH_RING_ID, key, sizeof key);
	if (ok) {
		name_key(key, k->id);
		ok = strncmp(k->id, line, YH_RING_ID - 1) == 0;
	}
	if (ok) {
		yh_sealing_init(&k->sealing, key);
		l->n++;
	}
	explicit_bzero(key, sizeof key);
	return ok;
}

static enum yh_rc read_list(const char *file, struct list *l, struct yh_err *err)
{
	char text[FILE_BYTES] = "", *rest = text, *line;
	enum yh_rc rc = read_text(file, text, err);
	int number = 0;

	l->n = 0;
	while (rc == YH_OK && (line = strsep(&rest, "\n"))) {
		number++;
		if (take_line(l, line))
			continue;
		rc = yh_fail(err, YH_BAD_INPUT, "field-key-invalid");
		yh_err_field(err, "%.100s:%d", file, number);
	}
	if (rc == YH_OK && l->n == 0)
		rc = yh_fail_field(err, YH_NOT_FOUND, "field-key-none", file);
	explicit_bzero(text, sizeof text);
	return rc;
}

static const struct one *find(const struct yh_ring *r, const char *id)
{
	unsigned n = atomic_load(&r->n);

	for (unsigned i = 0; i < n; i++)
		if (strcmp(r->keys[i].id, id) == 0)
			return &r->keys[i];
	return NULL;
}

/* Adds what the ring does not have; the last of the list writes from now on. */
static void take_list(struct yh_ring *r, const struct list *l)
{
	(void)pthread_mutex_lock(&r->lock);
	for (unsigned i = 0; i < l->n; i++) {
		unsigned n = atomic_load(&r->n);

		if (!find(r, l->keys[i].id) && n < YH_RING_KEYS) {
			r->keys[n] = l->keys[i];
			atomic_store(&r->n, n + 1);
		}
	}
	for (unsigned i = 0; i < atomic_load(&r->n); i++)
		if (strcmp(r->keys[i].id, l->keys[l->n - 1].id) == 0)
			atomic_store(&r->writer, i);
	(void)pthread_mutex_unlock(&r->lock);
}

static struct yh_ring *of_list(const struct list *l, const char *file)
{
	struct yh_ring *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	(void)pthread_mutex_init(&r->lock, NULL);
	r->file = file ? strdup(file) : NULL;
	take_list(r, l);
	return r;
}

enum yh_rc yh_ring_load(const char *file, struct yh_ring **out, struct yh_err *err)
{
	struct list l;
	enum yh_rc rc = read_list(file, &l, err);

	*out = NULL;
	if (rc == YH_OK && !(*out = of_list(&l, file)))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	explicit_bzero(&l, sizeof l);
	return rc;
}

struct yh_ring *yh_ring_new(void)
{
	struct list l = { .n = 1 };
	unsigned char key[YH_SEAL_KEY];
	struct yh_ring *r;

	yh_random(key, sizeof key);
	name_key(key, l.keys[0].id);
	yh_sealing_init(&l.keys[0].sealing, key);
	r = of_list(&l, NULL);
	explicit_bzero(key, sizeof key);
	explicit_bzero(&l, sizeof l);
	return r;
}

void yh_ring_free(struct yh_ring *r)
{
	if (!r)
		return;
	(void)pthread_mutex_destroy(&r->lock);
	free(r->file);
	explicit_bzero(r, sizeof *r);
	free(r);
}

enum yh_rc yh_ring_reload(struct yh_ring *r, struct yh_err *err)
{
	struct list l;
	enum yh_rc rc = r->file ? read_list(r->file, &l, err) : YH_OK;

	if (rc == YH_OK && r->file)
		take_list(r, &l);
	explicit_bzero(&l, sizeof l);
	return rc;
}

static bool write_all(int fd, const char *text, const struct stat *was)
{
	size_t n = strlen(text);

	return (!was || (fchown(fd, was->st_uid, was->st_gid) == 0 &&
			 fchmod(fd, was->st_mode & 0777) == 0)) &&
	       write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
}

/* The folder of the file, locked: whoever adds a key to it comes before or behind. */
static int lock_folder(const char *file)
{
	char folder[PATH_MAX];
	char *slash;
	int fd;

	(void)snprintf(folder, sizeof folder, "%s", file);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static bool put_file(const char *file, int folder, const char *text, const struct stat *was)
{
	char part[PATH_MAX];
	int fd;
	bool ok;

	(void)snprintf(part, sizeof part, "%s.XXXXXX", file);
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = write_all(fd, text, was);
	(void)close(fd);
	ok = ok && (was ? rename(part, file) == 0 : link(part, file) == 0) && fsync(folder) == 0;
	(void)unlink(part);
	return ok;
}

static void append_key(char text[FILE_BYTES], char id[YH_RING_ID])
{
	unsigned char key[YH_SEAL_KEY];
	char hex[KEY_HEX + 1];
	size_t n;

	if (!text[0])
		(void)snprintf(text, FILE_BYTES, "# yunheng: ID KEY; the last key writes\n");
	yh_random(key, sizeof key);
	name_key(key, id);
	n = strlen(text);
	(void)snprintf(text + n, FILE_BYTES - n, "%s%s %s\n", n && text[n - 1] != '\n' ? "\n" : "",
		       id, yh_hex(key, sizeof key, hex));
	explicit_bzero(key, sizeof key);
	explicit_bzero(hex, sizeof hex);
}

enum yh_rc yh_ring_add(const char *file, char id[YH_RING_ID], struct yh_err *err)
{
	YH_CLOSE_AUTO int folder = lock_folder(file);
	char text[FILE_BYTES] = "";
	struct yh_err none = { 0 };
	struct stat st;
	struct list l;
	bool there, ok;
	enum yh_rc rc;

	if (folder < 0)
		return yh_fail_field(err, YH_STORAGE, "key-unwritable", file);
	there = stat(file, &st) == 0;
	rc = read_list(file, &l, &none);
	if (rc != YH_OK && rc != YH_NOT_FOUND) {
		if (err && err->rc == YH_OK)
			*err = none;
		return rc;
	}
	if (l.n == YH_RING_KEYS)
		return yh_fail_field(err, YH_TOO_LARGE, "field-keys-most", file);
	explicit_bzero(&l, sizeof l);
	if (there && (rc = read_text(file, text, err)) != YH_OK)
		return rc;
	append_key(text, id);
	ok = put_file(file, folder, text, there ? &st : NULL);
	explicit_bzero(text, sizeof text);
	return ok ? YH_OK : yh_fail_field(err, YH_STORAGE, "key-unwritable", file);
}

enum yh_rc yh_ring_outside(const char *file, const char *folder, struct yh_err *err)
{
	YH_FREE_AUTO char *f = realpath(file, NULL), *d = realpath(folder, NULL);
	size_t n = d ? strlen(d) : 0;

	if (f && d && strncmp(f, d, n) == 0 && (f[n] == '/' || n == 1))
		return yh_fail_field(err, YH_FORBIDDEN, "field-key-in-data", file);
	return YH_OK;
}

void yh_ring_writer(const struct yh_ring *r, char id[YH_RING_ID])
{
	memcpy(id, r->keys[atomic_load(&r->writer)].id, YH_RING_ID);
}

size_t yh_ring_ids(const struct yh_ring *r, char ids[YH_RING_KEYS][YH_RING_ID])
{
	unsigned n = atomic_load(&r->n);

	for (unsigned i = 0; i < n; i++)
		memcpy(ids[i], r->keys[i].id, YH_RING_ID);
	return n;
}

bool yh_ring_has(const struct yh_ring *r, const char *id)
{
	return find(r, id) != NULL;
}

bool yh_ring_sealed(const char *text, char id[YH_RING_ID])
{
	if (strncmp(text, "sm4$", 4) != 0 || strnlen(text, YH_RING_PREFIX) < YH_RING_PREFIX ||
	    text[YH_RING_PREFIX - 1] != '$')
		return false;
	memcpy(id, text + 4, YH_RING_ID - 1);
	id[YH_RING_ID - 1] = 0;
	return true;
}

static struct yh_sm3 about_of(const struct yh_ring_about *a)
{
	const struct yh_piece pieces[] = { { a->what, strlen(a->what) }, { a->row, a->n } };

	return yh_sm3_of_pieces(pieces, 2);
}

enum yh_rc yh_ring_mac(struct yh_ring *r, const void *p, size_t n, struct yh_sm3 *out,
		       struct yh_err *err)
{
	static const char use[] = "what tells two texts apart";
	const struct yh_sealing *s;
	struct yh_sm3 key;

	if (!r)
		return yh_fail(err, YH_INTERNAL, "field-key-none");
	s = &r->keys[atomic_load(&r->writer)].sealing;
	key = yh_hmac_sm3(s->hmac, sizeof s->hmac, use, sizeof use - 1);
	*out = yh_hmac_sm3(key.b, sizeof key.b, p, n);
	explicit_bzero(&key, sizeof key);
	return YH_OK;
}

enum yh_rc yh_ring_seal(struct yh_ring *r, const struct yh_ring_about *about, const void *p,
			size_t n, char **out, struct yh_err *err)
{
	YH_FREE_AUTO unsigned char *sealed = NULL;
	struct yh_sm3 of = about_of(about);
	const struct one *k;
	enum yh_rc rc;

	*out = NULL;
	if (!r)
		return yh_fail(err, YH_INTERNAL, "field-key-none");
	if (n > YH_SEAL_MOST)
		return yh_fail(err, YH_TOO_LARGE, "seal-too-large");
	k = &r->keys[atomic_load(&r->writer)];
	sealed = malloc(n + YH_SEAL_EXTRA);
	*out = malloc(YH_RING_PREFIX + YH_BASE64_LEN(n + YH_SEAL_EXTRA) + 1);
	if (!sealed || !*out) {
		free(*out);
		*out = NULL;
		return yh_fail(err, YH_BUSY, "memory-short");
	}
	rc = yh_seal(&k->sealing, of.b, sizeof of.b, p, n, sealed, err);
	if (rc != YH_OK) {
		free(*out);
		*out = NULL;
		return rc;
	}
	(void)snprintf(*out, YH_RING_PREFIX + 1, "sm4$%s$", k->id);
	(void)yh_base64(sealed, n + YH_SEAL_EXTRA, *out + YH_RING_PREFIX);
	return YH_OK;
}

/* Whoever shares the store may have been given a newer file. */
static const struct one *find_anew(struct yh_ring *r, const char *id)
{
	const struct one *k = find(r, id);
	struct yh_err none = { 0 };

	if (!k && r->file && yh_ring_reload(r, &none) == YH_OK)
		k = find(r, id);
	return k;
}

static unsigned char *decode(const char *text, size_t *n)
{
	size_t len = strlen(text);
	unsigned char *raw = len % 4 == 0 && len <= INT_MAX ? malloc(len / 4 * 3 + 1) : NULL;
	int got = raw ? EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len) : -1;

	if (got < 0) {
		free(raw);
		return NULL;
	}
	*n = (size_t)got - (len && text[len - 1] == '=') - (len > 1 && text[len - 2] == '=');
	return raw;
}

enum yh_rc yh_ring_unseal(struct yh_ring *r, const struct yh_ring_about *about, const char *text,
			  char **out, size_t *n, struct yh_err *err)
{
	YH_FREE_AUTO unsigned char *raw = NULL;
	struct yh_sm3 of = about_of(about);
	char id[YH_RING_ID];
	const struct one *k;
	size_t len = 0;
	enum yh_rc rc;

	*out = NULL;
	*n = 0;
	if (!yh_ring_sealed(text, id))
		return yh_fail_field(err, YH_INTERNAL, "seal-broken", about->what);
	k = r ? find_anew(r, id) : NULL;
	if (!k) {
		rc = yh_fail(err, YH_INTERNAL, "field-key-lost");
		yh_err_text(err, "key", id);
		return rc;
	}
	raw = decode(text + YH_RING_PREFIX, &len);
	if (!raw || len < YH_SEAL_EXTRA)
		return yh_fail_field(err, YH_INTERNAL, "seal-broken", about->what);
	*n = len - YH_SEAL_EXTRA;
	*out = malloc(*n + 1);
	if (!*out)
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = yh_unseal(&k->sealing, of.b, sizeof of.b, raw, len, (unsigned char *)*out, err);
	(*out)[rc == YH_OK ? *n : 0] = 0;
	if (rc != YH_OK) {
		yh_err_field(err, "%s", about->what);
		free(*out);
		*out = NULL;
	}
	return rc;
}
