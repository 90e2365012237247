/* Documents that lapse, and files that no row names. */
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "services/document/internal.h"
#include "services/document/part.h"

enum { PART_DAYS = 7, LAPSE_DAYS = 1, LAPSE_MOST = 500, LOST_S = 24 * 3600, SHELVES_A_PASS = 32 };
enum { ARENA_BYTES = 1 << 20 };

struct tidying {
	const struct yh_world *world;
	yh_time now;
	const atomic_bool *stop;
	int64_t before; /* files touched since are left alone; seconds of the machine's clock */
	int64_t lapsed;
	const struct yh_sm3 *digest;
	bool any;
};

static enum yh_rc lapse(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct tidying *t = arg;

	return yh_document_lapse(tx, t->now - LAPSE_DAYS * YH_US_PER_DAY, LAPSE_MOST, &t->lapsed,
				 err);
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct tidying *t = arg;

	return yh_document_any(tx, t->digest, &t->any, err);
}

static enum yh_rc is_named(struct tidying *t, const struct yh_sm3 *digest, struct yh_err *err)
{
	t->digest = digest;
	return yh_exec_read(t->world->exec, look, t, err);
}

/* Looked at once more under the lock: a row may have come since, but none can come now. */
static enum yh_rc collect(void *arg, const struct yh_sm3 *digest, struct yh_err *err)
{
	struct tidying *t = arg;
	const struct yh_files *f = &t->world->documents->files;
	YH_CLOSE_AUTO int lock = -1;
	enum yh_rc rc = is_named(t, digest, err);

	if (rc == YH_OK && t->stop && atomic_load(t->stop))
		rc = yh_fail(err, YH_BUSY, "job-stopped");
	if (rc != YH_OK || t->any)
		return rc;
	rc = yh_files_lock(f, false, true, &lock, err);
	if (rc == YH_OK)
		rc = is_named(t, digest, err);
	if (rc == YH_OK && !t->any)
		yh_files_remove(f, digest, t->before);
	return rc;
}

void yh_documents_take_back(const struct yh_world *world, const struct yh_sm3 *digest)
{
	struct tidying t = { .world = world, .before = INT64_MAX };
	struct yh_err why = { 0 };

	if (collect(&t, digest, &why) != YH_OK)
		yh_log_err(YH_WARN, "document-left", &why);
}

static enum yh_rc fill(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct tidying *t = arg;
	const struct yh_law_book *law = t->world->law;
	const struct yh_pack *pack;
	struct yh_arena arena;
	enum yh_rc rc = law->pack_on(law->self, yh_day_of(t->now), &pack, err);

	yh_arena_init(&arena, ARENA_BYTES);
	if (rc == YH_OK)
		rc = yh_document_backfill(tx, pack, &arena, err);
	yh_arena_done(&arena);
	return rc;
}

enum yh_rc yh_documents_label(const struct yh_world *world, yh_time now, struct yh_err *err)
{
	struct tidying t = { .world = world, .now = now };

	return yh_exec_write(world->exec, fill, &t, err);
}

enum yh_rc yh_documents_tidy(const struct yh_world *world, yh_time now, const atomic_bool *stop,
			     struct yh_err *err)
{
	struct tidying t = {
		.world = world, .now = now, .stop = stop, .before = (int64_t)time(NULL) - LOST_S
	};
	struct yh_documents *d = world->documents;
	enum yh_rc rc;

	do
		rc = yh_exec_write(world->exec, lapse, &t, err);
	while (rc == YH_OK && t.lapsed == LAPSE_MOST);
	if (rc == YH_OK)
		rc = yh_documents_label(world, now, err);
	if (rc != YH_OK || !d)
		return rc;
	yh_files_tidy(&d->files, t.before);
	yh_parts_tidy(d, t.before - (PART_DAYS - 1) * (int64_t)LOST_S);
	for (unsigned i = 0; rc == YH_OK && i < SHELVES_A_PASS; i++)
		rc = yh_files_each(&d->files, atomic_fetch_add(&d->shelf, 1) % YH_FILES_SHELVES,
				   t.before, collect, &t, err);
	return rc;
}
