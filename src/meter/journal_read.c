/* Reading the journal back: whole records in order, whatever lies between them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "meter/crc.h"
#include "meter/journal_file.h"
#include "meter/manifest.h"

struct reading {
	struct yh_journal *j;
	uint64_t from_seq;
	yh_record_fn visit;
	yh_damage_fn damaged;
	void *arg;
	uint64_t last_seq; /* read so far */
	char end_name[32]; /* where the file before ended, or seemed to */
	size_t end_at;
	/* of the file at hand */
	const unsigned char *map;
	size_t n;
	char name[32];
	uint32_t no;
};

uint64_t yh_record_tag(const struct yh_record_head *h, const struct yh_wire_seed *secret)
{
	size_t from = offsetof(struct yh_record_head, seq);

	return yh_wire_key_of((const char *)h + from, sizeof *h - from, secret).lo;
}

void yh_journal_file_name(char out[32], const char *kind, uint32_t no)
{
	(void)snprintf(out, 32, "%s-%08x", kind, no);
}

/* Is there a whole record at `at`? `head_only`: its head is whole, but the rest is not. */
static bool record_at(const struct reading *r, size_t at, struct yh_record_head *h, bool *head_only)
{
	*head_only = false;
	if (r->n - at < sizeof *h)
		return false;
	memcpy(h, r->map + at, sizeof *h);
	if (h->magic != YH_RECORD_MAGIC || h->file != r->no ||
	    h->tag != yh_record_tag(h, r->j->cfg.secret))
		return false;
	if (yh_record_size(h->refused_bytes, h->body_bytes) > r->n - at ||
	    yh_crc32c(0, r->map + at + sizeof *h, (size_t)h->refused_bytes + h->body_bytes) !=
		    h->crc) {
		*head_only = true;
		return false;
	}
	return true;
}

static bool read_refused(const struct yh_record_head *h, const unsigned char *p, uint32_t *out)
{
	const unsigned char *end = p + h->refused_bytes;
	uint32_t before = 0;

	for (uint32_t i = 0; i < h->n_refused; i++) {
		uint32_t v = 0;
		unsigned shift = 0;

		do {
			if (p == end || shift > 28)
				return false;
			v |= (uint32_t)(*p & 0x7F) << shift;
			shift += 7;
		} while (*p++ & 0x80);
		before += v;
		out[i] = before;
	}
	return p == end;
}

static enum yh_rc visit(struct reading *r, size_t at, const struct yh_record_head *h,
			struct yh_err *err)
{
	YH_FREE_AUTO uint32_t *refused = malloc(((size_t)h->n_refused + 1) * sizeof *refused);
	struct yh_record rec = {
		.seq = h->seq,
		.received_ms = h->received_ms,
		.late_ms = h->late_ms,
		.future_ms = h->future_ms,
		.form = (enum yh_meter_form)h->form,
		.about = h->about,
		.refused = refused,
		.n_refused = h->n_refused,
		.body = r->map + at + sizeof *h + h->refused_bytes,
		.n = h->body_bytes,
	};

	if (!refused)
		return yh_fail(err, YH_BUSY, "memory-short");
	(void)snprintf(rec.kind, sizeof rec.kind, "%s", h->kind);
	(void)snprintf(rec.code, sizeof rec.code, "%s", h->code);
	if (!read_refused(h, r->map + at + sizeof *h, refused)) {
		r->damaged(r->arg, r->name, (int64_t)at);
		return YH_OK;
	}
	return r->visit(r->arg, &rec, err);
}

/* Walks one file. `hole` is where something broken began, until a whole record proves it to be
 * damage and not the file's end. */
static enum yh_rc read_file(struct reading *r, struct yh_journal_file *f, struct yh_err *err)
{
	size_t at = 0, hole = SIZE_MAX;
	struct yh_record_head h;
	bool head_only;

	f->bytes = 0;
	while (at + sizeof h <= r->n) {
		size_t size;
		enum yh_rc rc;

		if (!record_at(r, at, &h, &head_only)) {
			hole = hole == SIZE_MAX ? at : hole;
			size = yh_record_size(h.refused_bytes, h.body_bytes);
			at += head_only && size <= r->n - at ? size : YH_RECORD_ALIGN;
			continue;
		}
		/* A record that names one never read before it tells of a loss at a file's end. */
		if (hole != SIZE_MAX)
			r->damaged(r->arg, r->name, (int64_t)hole);
		else if (h.before > r->last_seq && h.before >= r->from_seq)
			r->damaged(r->arg, *r->end_name ? r->end_name : r->name,
				   (int64_t)r->end_at);
		hole = SIZE_MAX;
		rc = h.form != YH_RECORD_END && h.seq >= r->from_seq ? visit(r, at, &h, err)
								     : YH_OK;
		if (rc != YH_OK)
			return rc;
		r->last_seq = f->last_seq = h.seq;
		at += yh_record_size(h.refused_bytes, h.body_bytes);
		f->bytes = (int64_t)at;
	}
	(void)snprintf(r->end_name, sizeof r->end_name, "%s", r->name);
	r->end_at = (size_t)f->bytes;
	return YH_OK;
}

static enum yh_rc read_numbered(struct reading *r, struct yh_journal_file *f, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	struct stat st;
	enum yh_rc rc = YH_OK;

	r->no = f->no;
	yh_journal_file_name(r->name, "journal", f->no);
	fd = openat(r->j->cfg.dir, r->name, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return yh_file_failed(r->name, errno, err);
	r->n = (size_t)st.st_size;
	if (r->n > 0) {
		void *map = mmap(NULL, r->n, PROT_READ, MAP_PRIVATE, fd, 0);

		if (map == MAP_FAILED)
			return yh_file_failed(r->name, errno, err);
		(void)madvise(map, r->n, MADV_SEQUENTIAL);
		r->map = map;
		rc = read_file(r, f, err);
		(void)munmap(map, r->n);
	}
	if (rc == YH_OK && (int64_t)r->n > f->bytes && ftruncate(fd, f->bytes) != 0)
		rc = yh_file_failed(r->name, errno, err);
	return rc;
}

static int by_number(const void *a, const void *b)
{
	const struct yh_journal_file *x = a, *y = b;

	return x->no < y->no ? -1 : x->no > y->no;
}

static enum yh_rc list_folder(struct yh_journal *j, struct yh_err *err)
{
	int fd = openat(j->cfg.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	enum yh_rc rc = YH_OK;

	if (!dir) {
		rc = yh_file_failed("journal", errno, err);
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	for (struct dirent *e; rc == YH_OK && (e = readdir(dir));) {
		struct yh_journal_file f = { 0 };
		int end = 0;

		if (sscanf(e->d_name, "journal-%8x%n", &f.no, &end) == 1 && end == 16 &&
		    !e->d_name[end]) {
			if (!yh_journal_list(j, &f))
				rc = yh_fail(err, YH_BUSY, "memory-short");
			if (f.no >= j->next_no)
				j->next_no = f.no + 1;
		}
		/* A spare file's old number would let its old records live again. */
		if (sscanf(e->d_name, "spare-%8x%n", &f.no, &end) == 1 && end == 14)
			(void)unlinkat(j->cfg.dir, e->d_name, 0);
	}
	(void)closedir(dir);
	if (j->n_files)
		qsort(j->files, j->n_files, sizeof *j->files, by_number);
	return rc;
}

enum yh_rc yh_journal_replay(struct yh_journal *j, uint64_t from_seq, yh_record_fn visit_fn,
			     yh_damage_fn damaged, void *arg, struct yh_err *err)
{
	struct reading r = {
		.j = j, .from_seq = from_seq, .visit = visit_fn, .damaged = damaged, .arg = arg
	};
	enum yh_rc rc = list_folder(j, err);

	for (size_t i = 0; rc == YH_OK && i < j->n_files; i++)
		rc = read_numbered(&r, &j->files[i], err);
	j->written_seq = r.last_seq;
	j->before = r.last_seq;
	return rc;
}
