/* The embedded store: opening, status, closing. */
#include "meter/engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mem.h"

enum {
	JOURNAL_FILE_MAX = 64 << 20,
	JOURNAL_FILE_MIN = 24 << 20, /* takes the largest body */
	ROW_BYTES = 32,              /* of a body, about, so that a block's journal is two files */
};

int64_t yh_engine_now_ms(const struct yh_engine *e)
{
	return yh_clock_now(e->base.cfg.clock) / 1000;
}

/* Each damage counts once, however often it is met. */
static void note_damage(struct yh_engine *e, const char *text)
{
	uint64_t hash = yh_hash64(text, strlen(text), (const uint64_t[2]){ 1, 2 });
	size_t seen = YH_LEN(e->damage_seen);

	(void)pthread_mutex_lock(&e->lock);
	for (size_t i = 0; i < seen && i < e->count.damaged; i++)
		if (e->damage_seen[i] == hash) {
			(void)pthread_mutex_unlock(&e->lock);
			return;
		}
	e->damage_seen[e->count.damaged % seen] = hash;
	if (e->count.damaged++ == 0)
		(void)snprintf(e->count.damage, sizeof e->count.damage, "%s", text);
	(void)pthread_mutex_unlock(&e->lock);
}

void yh_engine_damaged(void *engine, const char *file, int64_t at)
{
	char text[160];

	(void)snprintf(text, sizeof text, "%s: %" PRId64, file, at);
	note_damage(engine, text);
}

void yh_engine_damaged_seg(struct yh_engine *e, const struct yh_seg *seg, const struct yh_err *err)
{
	const char *path = seg ? yh_seg_path(seg) : "segment", *slash = strrchr(path, '/');

	note_damage(e, err->n_figs ? err->figs[0].text : slash ? slash + 1 : path);
}

static enum yh_rc not_opened(const char *what, int err_no, struct yh_err *err)
{
	char text[160], why[64];

	(void)snprintf(text, sizeof text, "%s: %s", what, strerror_r(err_no, why, sizeof why));
	(void)yh_fail(err, YH_STORAGE, "meter-open");
	yh_err_text(err, "detail", text);
	return YH_STORAGE;
}

static enum yh_rc lock_dir(struct yh_engine *e, struct yh_err *err)
{
	if (mkdir(e->path, 0700) != 0 && errno != EEXIST)
		return not_opened(e->path, errno, err);
	e->dir = open(e->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->dir < 0)
		return not_opened(e->path, errno, err);
	e->lock_file = openat(e->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (e->lock_file < 0)
		return not_opened("lock", errno, err);
	if (flock(e->lock_file, LOCK_EX | LOCK_NB) == 0)
		return YH_OK;
	if (errno == EWOULDBLOCK)
		return yh_fail(err, YH_CONFLICT, "meter-locked");
	return not_opened("lock", errno, err);
}

static enum yh_rc open_manifest(struct yh_engine *e, struct yh_err *err)
{
	char damaged[64];
	bool found;
	enum yh_rc rc = yh_manifest_load(e->dir, &e->manifest, &found, damaged, err);

	if (rc == YH_OK && *damaged)
		yh_engine_damaged(e, damaged, 0);
	if (rc != YH_OK)
		return rc;
	if (found) /* and both copies are whole again */
		return *damaged ? yh_manifest_save(e->dir, &e->manifest, err) : YH_OK;
	if (faccessat(e->dir, "series", F_OK, 0) == 0)
		return not_opened("manifest", ENOENT, err);
	yh_random(e->manifest.secret.secret, sizeof e->manifest.secret.secret);
	e->manifest.next_no = 1;
	e->manifest.journal_seq = 1;
	return yh_manifest_save(e->dir, &e->manifest, err);
}

/* Opens what the manifest names. A segment that cannot be opened stays in it, set aside; one of
 * another version keeps the store closed. */
static enum yh_rc open_segments(struct yh_engine *e, struct yh_err *err)
{
	struct yh_live *live = calloc(e->manifest.n + 1, sizeof *live);
	char path[YH_SEG_PATH];
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (!live)
		return yh_fail(err, YH_BUSY, "memory-short");
	for (size_t i = 0; rc != YH_CONFLICT && i < e->manifest.n; i++) {
		struct yh_err why = { 0 };

		live[n].of = e->manifest.segments[i];
		yh_engine_seg_path(e, live[n].of.no, path);
		rc = yh_seg_open(path, &live[n].seg, &why);
		if (rc == YH_CONFLICT && err && err->rc == YH_OK)
			*err = why;
		if (rc != YH_OK && rc != YH_CONFLICT)
			yh_engine_damaged_seg(e, NULL, &why);
		if (rc == YH_OK && yh_seg_info(live[n].seg)->damage[0])
			note_damage(e, yh_seg_info(live[n].seg)->damage);
		n += rc == YH_OK;
	}
	if (rc != YH_CONFLICT)
		e->segs = yh_segs_with(NULL, NULL, 0, live, n);
	for (size_t i = 0; i < n; i++)
		yh_seg_release(live[i].seg);
	free(live);
	if (rc == YH_CONFLICT)
		return rc;
	return e->segs ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

static bool is_known(const struct yh_engine *e, const char *name)
{
	uint32_t no;
	int end = 0;
	size_t n = strlen(name);

	if (n > 4 && strcmp(name + n - 4, ".new") == 0)
		return false;
	if (sscanf(name, "heads-%8" SCNx32 "%n", &no, &end) == 1)
		return no == e->manifest.heads && !name[end];
	if (sscanf(name, "segment-%8" SCNx32 "%n", &no, &end) != 1)
		return true;
	for (size_t i = 0; !name[end] && i < e->manifest.n; i++)
		if (e->manifest.segments[i].no == no)
			return true;
	return false;
}

/* What a kill left half made. Files that are not the store's are left alone. */
static enum yh_rc sweep(struct yh_engine *e, struct yh_err *err)
{
	int fd = openat(e->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir) {
		enum yh_rc rc = not_opened(e->path, errno, err);

		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	for (struct dirent *d; (d = readdir(dir));)
		if (d->d_name[0] != '.' && !is_known(e, d->d_name))
			(void)unlinkat(e->dir, d->d_name, 0);
	(void)closedir(dir);
	return YH_OK;
}

static enum yh_rc flush_series(void *arg, struct yh_err *err)
{
	struct yh_engine *e = arg;

	return yh_serieslog_flush(&e->log, &e->index, !e->base.cfg.unsafe_no_sync, err);
}

static enum yh_rc open_journal(struct yh_engine *e, struct yh_err *err)
{
	size_t bytes = e->base.cfg.open_rows * ROW_BYTES;
	struct yh_journal_config cfg = {
		.dir = e->dir,
		.file_bytes = bytes < JOURNAL_FILE_MIN   ? JOURNAL_FILE_MIN
			      : bytes > JOURNAL_FILE_MAX ? JOURNAL_FILE_MAX
							 : bytes,
		.secret = &e->index.secret,
		.io = &yh_journal_io_real,
		.unsafe_no_sync = e->base.cfg.unsafe_no_sync,
		.before = flush_series,
		.arg = e,
	};
	uint64_t last = 0;
	enum yh_rc rc = yh_journal_open(&cfg, &e->journal, err);

	if (rc == YH_OK)
		rc = yh_engine_replay(e, &last, err);
	if (last + 1 < e->manifest.journal_seq)
		last = e->manifest.journal_seq - 1;
	if (rc == YH_OK)
		rc = yh_journal_start(e->journal, last, err);
	if (rc == YH_OK)
		yh_journal_release(e->journal, e->manifest.journal_seq);
	return rc;
}

static enum yh_rc open_all(struct yh_engine *e, struct yh_err *err)
{
	enum yh_rc rc = lock_dir(e, err);

	if (rc == YH_OK)
		rc = open_manifest(e, err);
	if (rc == YH_OK)
		rc = sweep(e, err);
	if (rc == YH_OK)
		rc = yh_index_init(&e->index, e->base.cfg.series_max, &e->manifest.secret, err);
	if (rc == YH_OK)
		rc = yh_serieslog_open(
			&e->log, e->dir, &e->index,
			(struct yh_serieslog_extent){ e->manifest.pairs, e->manifest.series },
			yh_engine_damaged, e, err);
	if (rc == YH_OK)
		rc = open_segments(e, err);
	if (rc == YH_OK && e->manifest.heads)
		rc = yh_heads_load(e, e->manifest.heads, err);
	if (rc != YH_OK)
		return rc;
	e->open[0] = yh_block_new((uint32_t)e->base.cfg.open_rows, yh_engine_now_ms(e));
	if (!e->open[0])
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = open_journal(e, err);
	if (rc != YH_OK)
		return rc;
	e->has_sealer = pthread_create(&e->sealer, NULL, yh_engine_sealer, e) == 0;
	e->has_keeper = e->has_sealer && pthread_create(&e->keeper, NULL, yh_engine_keeper, e) == 0;
	return e->has_keeper ? YH_OK : yh_fail(err, YH_BUSY, "threads-short");
}

static void stop_threads(struct yh_engine *e)
{
	(void)pthread_mutex_lock(&e->lock);
	e->stop = true;
	(void)pthread_cond_broadcast(&e->work);
	(void)pthread_mutex_unlock(&e->lock);
	if (e->has_sealer)
		(void)pthread_join(e->sealer, NULL);
	if (e->has_keeper)
		(void)pthread_join(e->keeper, NULL);
}

static void close_engine(struct yh_meter *m)
{
	struct yh_engine *e = yh_engine_of(m);

	stop_threads(e);
	yh_journal_close(e->journal); /* tells all that wait */
	if (e->log.dir)
		yh_serieslog_close(&e->log);
	for (int i = 0; i < 2; i++)
		yh_block_release(e->open[i]);
	yh_segs_release(e->segs);
	while (e->pool) {
		struct yh_intake *next = e->pool->next;

		yh_intake_free(e->pool);
		e->pool = next;
	}
	if (e->index.max)
		yh_index_done(&e->index);
	yh_manifest_done(&e->manifest);
	if (e->lock_file >= 0)
		(void)close(e->lock_file);
	if (e->dir >= 0)
		(void)close(e->dir);
	free(e->path);
	(void)pthread_mutex_destroy(&e->lock);
	(void)pthread_mutex_destroy(&e->sealing);
	(void)pthread_mutex_destroy(&e->keep);
	(void)pthread_mutex_destroy(&e->keeping);
	(void)pthread_cond_destroy(&e->room);
	(void)pthread_cond_destroy(&e->work);
	free(e);
}

static void status(struct yh_meter *m, struct yh_meter_status *out)
{
	struct yh_engine *e = yh_engine_of(m);
	struct yh_journal_status j;
	struct yh_segs *segs = yh_segs_hold(e);

	yh_journal_status(e->journal, &j);
	(void)pthread_rwlock_rdlock(&e->index.lock);
	(void)pthread_mutex_lock(&e->lock);
	*out = e->count;
	out->full = out->full || e->keep_failed;
	out->series = e->index.n;
	for (int i = 0; i < 2; i++)
		out->open_rows += e->open[i] ? e->open[i]->n : 0;
	(void)pthread_mutex_unlock(&e->lock);
	(void)pthread_rwlock_unlock(&e->index.lock);
	(void)snprintf(out->backend, sizeof out->backend, "embedded");
	out->durable = !e->base.cfg.unsafe_no_sync;
	out->full = out->full || j.full;
	out->journal_bytes = j.bytes;
	out->syncs = j.syncs;
	out->index_bytes = e->log.bytes;
	out->segments = segs->n;
	for (size_t i = 0; i < segs->n; i++) {
		out->segment_bytes += yh_seg_info(segs->s[i].seg)->bytes;
		out->index_bytes += yh_seg_info(segs->s[i].seg)->index_bytes;
	}
	yh_segs_release(segs);
}

static enum yh_rc settle(struct yh_meter *m, struct yh_err *err)
{
	struct yh_engine *e = yh_engine_of(m);
	enum yh_rc rc;

	yh_journal_drain(e->journal);
	rc = yh_engine_seal(e, true, err);
	return rc == YH_OK ? yh_engine_keep(e, yh_engine_now_ms(e), true, err) : rc;
}

static const struct yh_meter_ops ops = {
	.name = "embedded",
	.close = close_engine,
	.write = yh_engine_write,
	.owner_changed = yh_engine_owner_changed,
	.latest = yh_engine_latest,
	.history = yh_engine_history,
	.samples = yh_engine_samples,
	.scan = yh_engine_scan,
	.status = status,
	.settle = settle,
	.copy = yh_engine_copy,
};

enum yh_rc yh_meter_open_embedded(const struct yh_meter_config *cfg, struct yh_meter **out,
				  struct yh_err *err)
{
	struct yh_engine *e = calloc(1, sizeof *e);
	enum yh_rc rc;

	if (!e)
		return yh_fail(err, YH_BUSY, "memory-short");
	e->base.ops = &ops;
	e->base.cfg = *cfg;
	e->dir = e->lock_file = -1;
	(void)pthread_mutex_init(&e->lock, NULL);
	(void)pthread_mutex_init(&e->sealing, NULL);
	(void)pthread_mutex_init(&e->keep, NULL);
	(void)pthread_mutex_init(&e->keeping, NULL);
	(void)pthread_cond_init(&e->room, NULL);
	(void)pthread_cond_init(&e->work, NULL);
	e->path = strdup(cfg->dir);
	e->base.cfg.dir = e->path;
	rc = e->path ? open_all(e, err) : yh_fail(err, YH_BUSY, "memory-short");
	if (rc != YH_OK) {
		close_engine(&e->base);
		return rc;
	}
	*out = &e->base;
	return YH_OK;
}
