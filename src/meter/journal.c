/* Writing the journal: one thread, one sync for all that waits. */
#include "meter/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "meter/crc.h"
#include "meter/manifest.h"

enum {
	WAITING_MAX = 64 << 20, /* bytes, before senders are asked to repeat */
	UNSAFE_DELAY_MS = 100,  /* of the writing that fault injection leaves behind */
};

const struct yh_journal_io yh_journal_io_real = { fallocate, pwrite, fdatasync };

enum yh_rc yh_journal_open(const struct yh_journal_config *cfg, struct yh_journal **out,
			   struct yh_err *err)
{
	struct yh_journal *j = calloc(1, sizeof *j);

	if (!j)
		return yh_fail(err, YH_BUSY, "memory-short");
	j->cfg = *cfg;
	j->fd = -1;
	j->next_no = 1;
	j->next_seq = 1;
	(void)pthread_mutex_init(&j->lock, NULL);
	(void)pthread_mutex_init(&j->io_lock, NULL);
	(void)pthread_cond_init(&j->work, NULL);
	(void)pthread_cond_init(&j->idle, NULL);
	*out = j;
	return YH_OK;
}

static bool list_room(struct yh_journal *j)
{
	size_t cap = j->cap_files ? 2 * j->cap_files : 8;
	struct yh_journal_file *grown;

	if (j->n_files < j->cap_files)
		return true;
	grown = realloc(j->files, cap * sizeof *grown);
	if (!grown)
		return false;
	j->files = grown;
	j->cap_files = cap;
	return true;
}

bool yh_journal_list(struct yh_journal *j, const struct yh_journal_file *f)
{
	if (!list_room(j))
		return false;
	j->files[j->n_files++] = *f;
	return true;
}

/* ---- records ---- */

static size_t put_refused(unsigned char *p, const struct yh_record *r)
{
	unsigned char *begin = p;
	uint32_t before = 0;

	for (size_t i = 0; i < r->n_refused; i++) {
		uint32_t v = r->refused[i] - before;

		before = r->refused[i];
		for (; v >= 0x80; v >>= 7)
			*p++ = (unsigned char)(v | 0x80);
		*p++ = (unsigned char)v;
	}
	return (size_t)(p - begin);
}

static bool own_body(struct yh_journal_item *item)
{
	void *copy = malloc(item->body_len + 1);

	if (!copy)
		return false;
	if (item->body_len > 0)
		memcpy(copy, item->body, item->body_len);
	item->body = copy;
	item->own_body = true;
	return true;
}

struct yh_journal_item *yh_journal_make(const struct yh_journal *j, const struct yh_record *r)
{
	struct yh_journal_item *item = calloc(1, sizeof *item);
	struct yh_record_head h = { .magic = YH_RECORD_MAGIC };
	size_t refused;

	if (!item || !r)
		return item;
	item->body = r->body;
	item->body_len = r->n;
	item->head = malloc(sizeof h + 5 * r->n_refused);
	if (!item->head || (j->cfg.unsafe_no_sync && !own_body(item))) {
		yh_journal_drop(item);
		return NULL;
	}
	refused = put_refused(item->head + sizeof h, r);
	item->head_len = sizeof h + refused;
	h.crc = yh_crc32c(yh_crc32c(0, item->head + sizeof h, refused), r->body, r->n);
	h.refused_bytes = (uint32_t)refused;
	h.n_refused = (uint32_t)r->n_refused;
	h.body_bytes = (uint32_t)r->n;
	h.received_ms = r->received_ms;
	h.late_ms = r->late_ms;
	h.future_ms = r->future_ms;
	h.form = (uint32_t)r->form;
	memcpy(h.kind, r->kind, sizeof h.kind);
	memcpy(h.code, r->code, sizeof h.code);
	h.about = r->about;
	memcpy(item->head, &h, sizeof h);
	return item;
}

void yh_journal_drop(struct yh_journal_item *item)
{
	if (!item)
		return;
	if (item->own_body)
		free((void *)(uintptr_t)item->body);
	free(item->head);
	free(item);
}

uint64_t yh_journal_next(struct yh_journal *j)
{
	uint64_t seq;

	(void)pthread_mutex_lock(&j->lock);
	seq = j->next_seq;
	(void)pthread_mutex_unlock(&j->lock);
	return seq;
}

void yh_journal_put(struct yh_journal *j, struct yh_journal_item *item)
{
	(void)pthread_mutex_lock(&j->lock);
	item->seq = j->next_seq++;
	if (j->last)
		j->last->next = item;
	else
		j->first = item;
	j->last = item;
	j->waiting_bytes += item->head_len + item->body_len;
	(void)pthread_cond_signal(&j->work);
	(void)pthread_mutex_unlock(&j->lock);
}

/* ---- files ---- */

/* A file that is done with: it is cut to what it holds, and waits to be released. */
static void end_file(struct yh_journal *j)
{
	if (j->fd < 0)
		return;
	if (ftruncate(j->fd, j->at) == 0)
		j->now.bytes = j->at;
	(void)close(j->fd);
	j->fd = -1;
	(void)pthread_mutex_lock(&j->lock);
	j->files[j->n_files++] = j->now; /* begin_file made room */
	j->writing = false;
	(void)pthread_mutex_unlock(&j->lock);
}

static bool take_spare(struct yh_journal *j, const char *name)
{
	char spare[32];
	bool has;

	(void)pthread_mutex_lock(&j->lock);
	has = j->n_spares > 0;
	if (has)
		yh_journal_file_name(spare, "spare", j->spares[--j->n_spares]);
	(void)pthread_mutex_unlock(&j->lock);
	return has && renameat(j->cfg.dir, spare, j->cfg.dir, name) == 0;
}

/* A spare file keeps its old bytes: to write over them is quicker than into new blocks, and their
 * records name another file. */
static enum yh_rc begin_file(struct yh_journal *j, struct yh_err *err)
{
	struct yh_journal_file f = { .no = j->next_no, .bytes = (int64_t)j->cfg.file_bytes };
	enum yh_rc rc = YH_OK;
	char name[32];
	bool room;
	int fd;

	(void)pthread_mutex_lock(&j->lock);
	room = list_room(j);
	(void)pthread_mutex_unlock(&j->lock);
	if (!room)
		return yh_fail(err, YH_BUSY, "memory-short");
	yh_journal_file_name(name, "journal", f.no);
	(void)take_spare(j, name);
	fd = openat(j->cfg.dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return yh_file_failed(name, errno, err);
	if (j->cfg.io->fallocate(fd, 0, 0, (off_t)j->cfg.file_bytes) != 0 && errno != EOPNOTSUPP)
		rc = yh_file_failed(name, errno, err);
	if (rc == YH_OK && (j->cfg.io->fdatasync(fd) != 0 || fsync(j->cfg.dir) != 0))
		rc = yh_file_failed(name, errno, err);
	if (rc != YH_OK) {
		(void)close(fd);
		(void)unlinkat(j->cfg.dir, name, 0);
		return rc;
	}
	j->next_no++;
	j->now = f;
	j->fd = fd;
	j->at = 0;
	(void)pthread_mutex_lock(&j->lock);
	j->writing = true;
	(void)pthread_mutex_unlock(&j->lock);
	return YH_OK;
}

static enum yh_rc room_for(struct yh_journal *j, size_t n, struct yh_err *err)
{
	if (j->fd >= 0 && (size_t)j->at + n <= j->cfg.file_bytes)
		return YH_OK;
	end_file(j);
	return begin_file(j, err);
}

static enum yh_rc write_bytes(struct yh_journal *j, const void *p, size_t n, int64_t at,
			      struct yh_err *err)
{
	const char *b = p;

	while (n > 0) {
		ssize_t done = j->cfg.io->pwrite(j->fd, b, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return yh_file_failed("journal", done < 0 ? errno : ENOSPC, err);
		b += done;
		n -= (size_t)done;
		at += done;
	}
	return YH_OK;
}

static size_t size_of(const struct yh_journal_item *item)
{
	return item->head ? yh_record_size(item->head_len - sizeof(struct yh_record_head),
					   item->body_len)
			  : 0;
}

static enum yh_rc write_item(struct yh_journal *j, const struct yh_journal_item *item,
			     struct yh_err *err)
{
	struct yh_record_head h;
	enum yh_rc rc;

	memcpy(&h, item->head, sizeof h);
	h.file = j->now.no;
	h.seq = item->seq;
	h.before = j->before;
	h.tag = yh_record_tag(&h, j->cfg.secret);
	memcpy(item->head, &h, sizeof h);
	rc = write_bytes(j, item->head, item->head_len, j->at, err);
	if (rc == YH_OK)
		rc = write_bytes(j, item->body, item->body_len, j->at + (int64_t)item->head_len,
				 err);
	if (rc != YH_OK)
		return rc;
	j->at += (int64_t)size_of(item);
	j->before = item->seq;
	j->now.last_seq = item->seq;
	return YH_OK;
}

/* ---- the thread ---- */

/* Writes items from *from on, as many as go into one file, and syncs; *upto is the first not
 * reached. On failure the file is ended where it was before. */
static enum yh_rc write_some(struct yh_journal *j, struct yh_journal_item *from,
			     struct yh_journal_item **upto, struct yh_err *err)
{
	enum yh_rc rc = j->cfg.before ? j->cfg.before(j->cfg.arg, err) : YH_OK;
	struct yh_journal_item *i = from;
	int64_t began = -1;
	uint64_t before = j->before, last = 0;
	bool wrote = false;

	for (; rc == YH_OK && i; i = i->next) {
		size_t size = size_of(i);

		if (!i->head)
			continue;
		if (wrote && (size_t)j->at + size > j->cfg.file_bytes)
			break;
		rc = room_for(j, size, err);
		if (rc != YH_OK)
			break;
		if (!wrote) {
			began = j->at;
			last = j->now.last_seq;
		}
		wrote = true;
		rc = write_item(j, i, err);
	}
	*upto = rc == YH_OK ? i : NULL;
	if (rc == YH_OK && wrote && !j->cfg.unsafe_no_sync && j->cfg.io->fdatasync(j->fd) != 0)
		rc = yh_file_failed("journal", errno, err);
	if (rc == YH_OK || !wrote)
		return rc;
	j->at = began;
	j->before = before;
	j->now.last_seq = last;
	end_file(j);
	return rc;
}

static void tell(struct yh_journal_item *from, const struct yh_journal_item *upto, enum yh_rc rc,
		 const struct yh_err *err)
{
	while (from != upto) {
		struct yh_journal_item *next = from->next;

		if (from->done)
			from->done(from, from->head ? rc : YH_OK, err);
		yh_journal_drop(from);
		from = next;
	}
}

static void write_all(struct yh_journal *j, struct yh_journal_item *all)
{
	while (all) {
		struct yh_journal_item *upto = NULL;
		struct yh_err err = { 0 };
		enum yh_rc rc;

		(void)pthread_mutex_lock(&j->io_lock);
		rc = write_some(j, all, &upto, &err);
		(void)pthread_mutex_unlock(&j->io_lock);
		(void)pthread_mutex_lock(&j->lock);
		j->full = rc != YH_OK;
		j->syncs++;
		(void)pthread_mutex_unlock(&j->lock);
		tell(all, upto, rc, &err);
		all = upto;
	}
}

/* Fault injection: what is acknowledged here is written a while later, and lost by a kill. */
static void tell_early(struct yh_journal_item *all)
{
	struct timespec delay = { .tv_nsec = UNSAFE_DELAY_MS * 1000000L };
	struct yh_err none = { 0 };

	for (struct yh_journal_item *i = all; i; i = i->next) {
		if (i->done)
			i->done(i, YH_OK, &none);
		i->done = NULL;
	}
	(void)nanosleep(&delay, NULL);
}

static void *run(void *arg)
{
	struct yh_journal *j = arg;

	(void)pthread_mutex_lock(&j->lock);
	while (true) {
		struct yh_journal_item *all = j->first;

		if (!all && j->stop)
			break;
		if (!all) {
			j->busy = false;
			(void)pthread_cond_broadcast(&j->idle);
			(void)pthread_cond_wait(&j->work, &j->lock);
			continue;
		}
		j->first = j->last = NULL;
		j->waiting_bytes = 0;
		j->busy = true;
		(void)pthread_mutex_unlock(&j->lock);
		if (j->cfg.unsafe_no_sync)
			tell_early(all);
		write_all(j, all);
		(void)pthread_mutex_lock(&j->lock);
	}
	(void)pthread_mutex_unlock(&j->lock);
	return NULL;
}

enum yh_rc yh_journal_start(struct yh_journal *j, uint64_t above, struct yh_err *err)
{
	if (above < j->written_seq)
		above = j->written_seq;
	j->next_seq = above + 1;
	if (pthread_create(&j->thread, NULL, run, j) != 0)
		return yh_fail(err, YH_BUSY, "threads-short");
	j->started = true;
	return YH_OK;
}

void yh_journal_drain(struct yh_journal *j)
{
	(void)pthread_mutex_lock(&j->lock);
	while (j->started && (j->first || j->busy))
		(void)pthread_cond_wait(&j->idle, &j->lock);
	(void)pthread_mutex_unlock(&j->lock);
}

enum yh_rc yh_journal_admit(struct yh_journal *j, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	bool full;

	(void)pthread_mutex_lock(&j->lock);
	full = j->full;
	if (j->first && j->waiting_bytes + n > WAITING_MAX)
		rc = yh_fail(err, YH_BUSY, "meter-busy");
	(void)pthread_mutex_unlock(&j->lock);
	if (rc != YH_OK || !full)
		return rc;
	/* After a failure room is made sure of first, so that what is refused was not taken. */
	(void)pthread_mutex_lock(&j->io_lock);
	rc = j->cfg.before ? j->cfg.before(j->cfg.arg, err) : YH_OK;
	if (rc == YH_OK)
		rc = room_for(j, n + 4096, err);
	(void)pthread_mutex_unlock(&j->io_lock);
	return rc;
}

enum yh_rc yh_journal_prepare(struct yh_journal *j, struct yh_err *err)
{
	enum yh_rc rc;

	(void)pthread_mutex_lock(&j->io_lock);
	rc = j->cfg.before ? j->cfg.before(j->cfg.arg, err) : YH_OK;
	(void)pthread_mutex_unlock(&j->io_lock);
	return rc;
}

/* ---- releasing and closing ---- */

static void release_file(struct yh_journal *j, const struct yh_journal_file *f)
{
	char name[32], spare[32];
	bool keep =
		j->n_spares < YH_LEN(j->spares) - 2 && f->bytes > (int64_t)j->cfg.file_bytes / 2;

	yh_journal_file_name(name, "journal", f->no);
	yh_journal_file_name(spare, "spare", f->no);
	if (keep && renameat(j->cfg.dir, name, j->cfg.dir, spare) == 0)
		j->spares[j->n_spares++] = f->no;
	else
		(void)unlinkat(j->cfg.dir, name, 0);
}

void yh_journal_release(struct yh_journal *j, uint64_t seq)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&j->lock);
	for (size_t i = 0; j->started && i < j->n_files; i++) {
		if (j->files[i].last_seq < seq)
			release_file(j, &j->files[i]);
		else
			j->files[n++] = j->files[i];
	}
	j->n_files = j->started ? n : j->n_files;
	(void)pthread_mutex_unlock(&j->lock);
}

enum yh_rc yh_journal_extents(struct yh_journal *j, struct yh_journal_extent **out, size_t *n,
			      struct yh_err *err)
{
	*n = 0;
	(void)pthread_mutex_lock(&j->io_lock); /* no write is half done */
	(void)pthread_mutex_lock(&j->lock);
	*out = calloc(j->n_files + 1, sizeof **out);
	for (size_t i = 0; *out && i < j->n_files; i++)
		(*out)[(*n)++] = (struct yh_journal_extent){ j->files[i].no, j->files[i].bytes };
	if (*out && j->fd >= 0)
		(*out)[(*n)++] = (struct yh_journal_extent){ j->now.no, j->at };
	(void)pthread_mutex_unlock(&j->lock);
	(void)pthread_mutex_unlock(&j->io_lock);
	return *out ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

void yh_journal_status(struct yh_journal *j, struct yh_journal_status *out)
{
	(void)pthread_mutex_lock(&j->lock);
	*out = (struct yh_journal_status){ .syncs = j->syncs, .full = j->full };
	for (size_t i = 0; i < j->n_files; i++)
		out->bytes += (uint64_t)j->files[i].bytes;
	out->bytes += (j->n_spares + j->writing) * j->cfg.file_bytes;
	(void)pthread_mutex_unlock(&j->lock);
}

/* The end mark names the last record: that one can then not be lost unseen. */
static void write_end_mark(struct yh_journal *j)
{
	struct yh_record r = { .form = (enum yh_meter_form)YH_RECORD_END };
	struct yh_journal_item *item = yh_journal_make(j, &r);
	struct yh_err err = { 0 };

	if (item && j->fd >= 0 && room_for(j, size_of(item), &err) == YH_OK) {
		item->seq = j->next_seq++;
		if (write_item(j, item, &err) == YH_OK)
			(void)fdatasync(j->fd);
	}
	yh_journal_drop(item);
}

void yh_journal_close(struct yh_journal *j)
{
	if (!j)
		return;
	(void)pthread_mutex_lock(&j->lock);
	j->stop = true;
	(void)pthread_cond_signal(&j->work);
	(void)pthread_mutex_unlock(&j->lock);
	if (j->started) {
		(void)pthread_join(j->thread, NULL);
		write_end_mark(j);
	}
	end_file(j);
	free(j->files);
	(void)pthread_mutex_destroy(&j->lock);
	(void)pthread_mutex_destroy(&j->io_lock);
	(void)pthread_cond_destroy(&j->work);
	(void)pthread_cond_destroy(&j->idle);
	free(j);
}
