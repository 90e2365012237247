/* Copying the store while it is written to. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/mem.h"
#include "meter/engine.h"

/* What is appended to is copied up to where it is whole. */
static enum yh_rc copy_part(const struct yh_engine *e, const char *name, int64_t bytes, int to,
			    struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = openat(e->dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 ||
	    !yh_copy_file(fd, bytes < 0 ? (int64_t)st.st_size : bytes, to, name))
		return yh_file_failed(name, errno, err);
	return YH_OK;
}

static enum yh_rc copy_sealed(const struct yh_engine *e, const char *kind, uint32_t no, int to,
			      struct yh_err *err)
{
	char name[32];

	(void)snprintf(name, sizeof name, "%s-%08x", kind, no);
	return yh_copy_sealed(e->dir, name, to, name) ? YH_OK : yh_file_failed(name, errno, err);
}

/* The series come after the records: each record's series were on the disk before it, and what is
 * torn at the end of their log belongs to none that was copied. */
static enum yh_rc copy_journal(struct yh_engine *e, int to, struct yh_err *err)
{
	YH_FREE_AUTO struct yh_journal_extent *files = NULL;
	size_t n = 0;
	char name[32];
	enum yh_rc rc = yh_journal_extents(e->journal, &files, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		(void)snprintf(name, sizeof name, "journal-%08x", files[i].no);
		rc = copy_part(e, name, files[i].bytes, to, err);
	}
	return rc == YH_OK ? copy_part(e, "series", -1, to, err) : rc;
}

/* Under `sealing`, so that the journal and the heads stay those of the manifest. */
static enum yh_rc copy_open(struct yh_engine *e, int to, struct yh_manifest *m, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	(void)pthread_mutex_lock(&e->keep);
	*m = e->manifest;
	m->segments = NULL;
	m->n = m->cap = 0;
	for (size_t i = 0; rc == YH_OK && i < e->manifest.n; i++)
		if (!yh_manifest_add(m, &e->manifest.segments[i]))
			rc = yh_fail(err, YH_BUSY, "memory-short");
	(void)pthread_mutex_unlock(&e->keep);
	if (rc == YH_OK && m->heads)
		rc = copy_sealed(e, "heads", m->heads, to, err);
	return rc == YH_OK ? copy_journal(e, to, err) : rc;
}

enum yh_rc yh_engine_copy(struct yh_meter *meter, int to, struct yh_err *err)
{
	struct yh_engine *e = yh_engine_of(meter);
	struct yh_manifest m = { 0 };
	enum yh_rc rc;

	(void)pthread_mutex_lock(&e->keeping); /* or a merge would remove what is to be copied */
	(void)pthread_mutex_lock(&e->sealing);
	rc = copy_open(e, to, &m, err);
	(void)pthread_mutex_unlock(&e->sealing);
	for (size_t i = 0; rc == YH_OK && i < m.n; i++)
		rc = copy_sealed(e, "segment", m.segments[i].no, to, err);
	if (rc == YH_OK)
		rc = yh_manifest_save(to, &m, err);
	yh_manifest_done(&m);
	(void)pthread_mutex_unlock(&e->keeping);
	return rc;
}
