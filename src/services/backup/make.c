/* Making a set while the store is written to. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/copy.h"
#include "base/mem.h"
#include "meter/copy.h"
#include "services/backup/set.h"
#include "services/document/files.h"
#include "store/audit.h"

struct making {
	const struct yh_set_source *from;
	struct yh_set *set;
	const char *dir;
	char part[YH_SET_NAME + 8]; /* its name until it is whole */
	int root, to, data;         /* the folder of sets, the set, its data */
	int source;                 /* the data directory */
	struct yh_checkpoint checkpoint;
};

static enum yh_rc stopped(const struct making *m, struct yh_err *err)
{
	return m->from->stop && atomic_load(m->from->stop) ? yh_fail(err, YH_BUSY, "job-stopped")
							   : YH_OK;
}

/* ---- its parts ---- */

static enum yh_rc read_checkpoint(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct making *m = arg;

	return yh_checkpoint_last(tx, &m->checkpoint, err);
}

/* The record as it was signed before the store was copied: the copy must hold all of it. */
static enum yh_rc put_checkpoint(struct making *m, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	struct yh_buf b;
	enum yh_rc rc = yh_exec_read(m->from->exec, read_checkpoint, m, err);

	if (rc != YH_OK || m->checkpoint.pos == 0)
		return rc;
	yh_buf_init(&b, 16384);
	rc = yh_checkpoint_write(&m->checkpoint, yh_sealer_public(m->from->sealer), &b, err);
	fd = openat(m->to, "checkpoint.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (rc == YH_OK && (fd < 0 || write(fd, b.data, b.len) != (ssize_t)b.len || fsync(fd) != 0))
		rc = yh_set_failed("checkpoint.json", err);
	yh_buf_done(&b);
	return rc;
}

static enum yh_rc put_store(struct making *m, struct yh_err *err)
{
	char path[4096];
	int schema = 0;
	enum yh_rc rc = yh_db_schema(m->from->exec, &schema, err);

	m->set->schema = schema;
	if (rc == YH_OK && (size_t)snprintf(path, sizeof path, "%s/%s/data/yunheng.db", m->dir,
					    m->part) >= sizeof path) {
		errno = ENAMETOOLONG;
		rc = yh_set_failed(m->dir, err);
	}
	return rc == YH_OK ? yh_exec_copy(m->from->exec, path, err) : rc;
}

struct shelving {
	const struct making *m;
	int to;
	char shelf[8]; /* the one that is open */
	int fd;
};

/* "3f/3f0c…": what has its digest for a name never changes. */
static enum yh_rc put_document(void *arg, int folder, const char *name, const char *path,
			       bool regular, struct yh_err *err)
{
	struct shelving *s = arg;
	enum yh_rc rc = stopped(s->m, err);

	if (rc != YH_OK || !regular || path[2] != '/' || strlen(name) != YH_SM3_HEX - 1)
		return rc;
	if (strncmp(s->shelf, path, 2) != 0) {
		if (s->fd >= 0)
			(void)close(s->fd);
		(void)snprintf(s->shelf, sizeof s->shelf, "%.2s", path);
		s->fd = yh_copy_folder(s->to, s->shelf);
	}
	if (s->fd < 0 || !yh_copy_sealed(folder, name, s->fd, name))
		return yh_set_failed(path, err);
	return YH_OK;
}

static enum yh_rc put_documents(struct making *m, struct yh_err *err)
{
	YH_CLOSE_AUTO int from = openat(m->source, "documents", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	YH_CLOSE_AUTO int to = yh_copy_folder(m->data, "documents");
	YH_CLOSE_AUTO int place = from >= 0 ? openat(from, "place", O_RDONLY | O_CLOEXEC) : -1;
	struct shelving s = { m, to, "", -1 };
	enum yh_rc rc;

	if (from < 0 || to < 0 || place < 0 || !yh_copy_file(place, -1, to, "place"))
		return yh_set_failed("documents", err);
	rc = yh_set_walk(from, "", put_document, &s, err);
	if (s.fd >= 0)
		(void)close(s.fd);
	return rc;
}

/* No document is collected between the copy of the rows and that of the files. */
static enum yh_rc put_rows_and_documents(struct making *m, struct yh_err *err)
{
	YH_CLOSE_AUTO int lock = -1;
	struct yh_files files;
	enum yh_rc rc = yh_files_open(&files, m->from->data, err);

	if (rc == YH_OK)
		rc = yh_files_lock(&files, true, true, &lock, err);
	if (rc == YH_OK)
		rc = put_store(m, err);
	return rc == YH_OK ? put_documents(m, err) : rc;
}

static enum yh_rc put_meter(struct making *m, struct yh_err *err)
{
	YH_CLOSE_AUTO int to = -1;

	m->set->meter = m->from->meter && yh_meter_is_embedded(m->from->meter);
	if (!m->set->meter)
		return YH_OK;
	to = yh_copy_folder(m->data, "meter");
	return to < 0 ? yh_set_failed("meter", err) : yh_meter_copy(m->from->meter, to, err);
}

static enum yh_rc put_keys(struct making *m, struct yh_err *err)
{
	YH_CLOSE_AUTO int keys = -1;

	m->set->keys = m->from->box_key != NULL;
	if (!m->set->keys)
		return YH_OK;
	keys = openat(m->source, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return keys < 0 ? yh_set_failed("keys", err)
			: yh_set_box_keys(keys, m->from->box_key, m->to, err);
}

/* ---- the manifest ---- */

static enum yh_rc take_in(void *arg, int folder, const char *name, const char *path, bool regular,
			  struct yh_err *err)
{
	struct making *m = arg;
	struct yh_sm3 digest;
	int64_t bytes = 0;
	enum yh_rc rc = stopped(m, err);

	(void)regular; /* all of it was just made */
	if (rc == YH_OK)
		rc = yh_set_digest(folder, name, path, &bytes, &digest, err);
	return rc == YH_OK ? yh_set_add(m->set, path, bytes, &digest, err) : rc;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct yh_set_file *)a)->path, ((const struct yh_set_file *)b)->path);
}

static enum yh_rc put_text(const struct making *m, const char *name, const struct yh_buf *b,
			   struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = openat(m->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;

	while (fd >= 0 && done < b->len) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n <= 0)
			return yh_set_failed(name, err);
		done += (size_t)n;
	}
	return fd >= 0 && fsync(fd) == 0 ? YH_OK : yh_set_failed(name, err);
}

static enum yh_rc put_signature(const struct making *m, const struct yh_buf *manifest,
				struct yh_err *err)
{
	unsigned char sig[YH_SIG_MAX];
	char hex[2 * YH_SIG_MAX + 1];
	struct yh_buf b;
	struct yh_jw w;
	size_t n;
	enum yh_rc rc =
		yh_sealer_sign_bytes(m->from->sealer, manifest->data, manifest->len, sig, &n, err);

	if (rc != YH_OK)
		return rc;
	yh_buf_init(&b, 16384);
	yh_jw_init(&w, &b);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "public_key", yh_sealer_public(m->from->sealer));
	yh_jw_str(&w, "signature", yh_hex(sig, n, hex));
	yh_jw_end_obj(&w);
	rc = yh_buf_ok(&b) ? put_text(m, "manifest.sig", &b, err)
			   : yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&b);
	return rc;
}

static enum yh_rc put_manifest(struct making *m, struct yh_err *err)
{
	struct yh_buf b;
	enum yh_rc rc = yh_set_walk(m->to, "", take_in, m, err);

	if (rc != YH_OK)
		return rc;
	if (m->set->n)
		qsort(m->set->files, m->set->n, sizeof *m->set->files, by_path);
	m->set->made_at = m->from->now;
	(void)snprintf(m->set->version, sizeof m->set->version, "%s", YH_VERSION);
	yh_sealer_key_id(m->from->sealer, m->set->signer);
	yh_buf_init(&b, (size_t)1 << 30);
	rc = yh_set_text(m->set, &b, err);
	if (rc == YH_OK)
		rc = put_text(m, "manifest", &b, err);
	if (rc == YH_OK)
		rc = put_signature(m, &b, err);
	yh_buf_done(&b);
	return rc;
}

/* ---- the whole ---- */

static enum yh_rc fill(struct making *m, struct yh_err *err)
{
	enum yh_rc rc = put_checkpoint(m, err);

	if (rc == YH_OK)
		rc = put_rows_and_documents(m, err);
	if (rc == YH_OK)
		rc = put_meter(m, err);
	if (rc == YH_OK)
		rc = put_keys(m, err);
	return rc == YH_OK ? put_manifest(m, err) : rc;
}

/* Files were synced one by one, folders are not: the whole file system is, once. */
static enum yh_rc put_name(const struct making *m, const char *name, struct yh_err *err)
{
	if (syncfs(m->to) != 0 || renameat(m->root, m->part, m->root, name) != 0 ||
	    fsync(m->root) != 0)
		return yh_set_failed(name, err);
	return YH_OK;
}

static int is_whole(const struct dirent *d)
{
	return yh_set_is_name(d->d_name);
}

/* What tells the sets of a second apart: by chance, and greater than that of any before. */
static unsigned long ordinal(const char *dir, const char *at)
{
	enum { MOST = 0xffffff };
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_whole, NULL);
	unsigned char chance[3];
	unsigned long out;

	yh_random(chance, sizeof chance);
	out = (unsigned long)(chance[0] & 0x7f) << 16 | (unsigned long)chance[1] << 8 | chance[2];
	for (int i = 0; i < n; i++) {
		if (strncmp(names[i]->d_name, at, strlen(at)) == 0) {
			unsigned long is = strtoul(names[i]->d_name + strlen(at) + 1, NULL, 16);

			out = is >= out && is < MOST ? is + 1 : out;
		}
		free(names[i]);
	}
	free(names);
	return out;
}

static void name_it(struct making *m, char name[YH_SET_NAME])
{
	time_t s = (time_t)(m->from->now / YH_US_PER_S);
	char at[20];
	struct tm tm;

	(void)gmtime_r(&s, &tm);
	(void)strftime(at, sizeof at, "%Y%m%dT%H%M%SZ", &tm);
	(void)snprintf(name, YH_SET_NAME, "%s-%06lx", at, ordinal(m->dir, at));
	(void)snprintf(m->part, sizeof m->part, ".part-%s", name);
}

static int is_part(const struct dirent *d)
{
	return strncmp(d->d_name, ".part-", 6) == 0 && yh_set_is_name(d->d_name + 6);
}

/* What a kill left half done; nobody else makes one now. */
static void sweep(const char *dir, int root)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_part, NULL);

	for (int i = 0; i < n; i++) {
		yh_set_remove(root, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static enum yh_rc make(struct making *m, char name[YH_SET_NAME], struct yh_err *err)
{
	enum yh_rc rc;

	name_it(m, name);
	m->source = open(m->from->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	m->to = yh_copy_folder(m->root, m->part);
	m->data = m->to >= 0 ? yh_copy_folder(m->to, "data") : -1;
	rc = m->source < 0 || m->data < 0 ? yh_set_failed(m->dir, err) : fill(m, err);
	if (rc == YH_OK)
		rc = put_name(m, name, err);
	if (rc != YH_OK)
		yh_set_remove(m->root, m->part);
	yh_close_fd(&m->data);
	yh_close_fd(&m->to);
	yh_close_fd(&m->source);
	return rc;
}

enum yh_rc yh_set_make(const struct yh_set_source *from, const char *dir, char name[YH_SET_NAME],
		       struct yh_set *out, struct yh_err *err)
{
	YH_CLOSE_AUTO int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct making m = { .from = from,
			    .set = out,
			    .dir = dir,
			    .root = root,
			    .to = -1,
			    .data = -1,
			    .source = -1 };
	enum yh_rc rc;

	*out = (struct yh_set){ 0 };
	if (yh_exec_is_postgres(from->exec))
		return yh_fail(err, YH_CONFLICT, "backup-postgres");
	if (root < 0)
		return yh_set_failed(dir, err);
	if (flock(root, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? yh_fail(err, YH_BUSY, "backup-running")
					    : yh_set_failed(dir, err);
	sweep(dir, root);
	rc = make(&m, name, err);
	if (rc != YH_OK)
		yh_set_done(out);
	return rc;
}
