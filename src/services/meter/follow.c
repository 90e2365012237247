/* The meter and the register. */
#include "services/meter/follow.h"

#include <string.h>

#include "store/elsewhere.h"
#include "store/register.h"

enum { ARENA_BYTES = 4 * 1024 * 1024, EVENTS = 2000 };
#define SAVE_EVERY_US (30 * YH_US_PER_S)
static const char counter[] = "meter.followed";

struct asking {
	const char *no;
	struct yh_resource_owner_row row;
	bool mirrored; /* what is told of it comes over a link, which may be late */
};

static enum yh_rc ask(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asking *a = arg;
	struct yh_elsewhere where = { 0 };
	enum yh_rc rc = yh_resource_owner(tx, a->no, &a->row, err);

	if (rc == YH_OK && strcmp(a->row.state, "destroyed") == 0)
		rc = yh_cloud_elsewhere(tx, &a->row.cloud, &where, err);
	a->mirrored = where.is;
	return rc;
}

enum yh_rc yh_meter_owner_of(void *arg, const char *resource_no, struct yh_meter_owner *out,
			     struct yh_err *err)
{
	const struct yh_world *world = arg;
	struct asking a = { .no = resource_no };
	enum yh_rc rc = yh_exec_read(world->exec, ask, &a, err);

	if (rc == YH_OK && strcmp(a.row.state, "running") != 0 &&
	    strcmp(a.row.state, "stopped") != 0 && !a.mirrored)
		rc = yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	*out = (struct yh_meter_owner){ a.row.id, a.row.unit, a.row.cloud, a.row.provider };
	return rc;
}

struct reading {
	struct yh_meter_follower *f;
	struct yh_arena arena;
	const char **nos;
	size_t n;
	int64_t pos;
};

static enum yh_rc read_changes(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct reading *r = arg;

	return yh_resource_changes(tx, r->f->pos, EVENTS, &r->arena, &r->nos, &r->n, &r->pos, err);
}

static enum yh_rc read_start(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_meter_follower *f = arg;
	enum yh_rc rc = yh_followed_load(tx, counter, &f->pos, err);

	return rc == YH_OK && f->pos == 0 ? yh_event_head(tx, &f->pos, err) : rc;
}

static enum yh_rc save(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const int64_t *pos = arg;

	return yh_followed_save(tx, counter, *pos, err);
}

static enum yh_rc save_now_and_then(struct yh_meter_follower *f, yh_time now, struct yh_err *err)
{
	int64_t pos = f->pos;
	enum yh_rc rc;

	if (pos == f->saved_pos || (now >= f->saved_at && now - f->saved_at < SAVE_EVERY_US))
		return YH_OK;
	rc = yh_exec_write(f->world->exec, save, &pos, err);
	if (rc == YH_OK) {
		f->saved_pos = pos;
		f->saved_at = now;
	}
	return rc;
}

enum yh_rc yh_meter_follow(struct yh_meter_follower *f, yh_time now, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	bool more = true;

	if (!f->begun) {
		rc = yh_exec_read(f->world->exec, read_start, f, err);
		f->begun = rc == YH_OK;
		f->saved_pos = f->pos;
		f->saved_at = now;
	}
	while (rc == YH_OK && more) {
		struct reading r = { .f = f };

		yh_arena_init(&r.arena, ARENA_BYTES);
		rc = yh_exec_read(f->world->exec, read_changes, &r, err);
		for (size_t i = 0; rc == YH_OK && i < r.n; i++)
			yh_meter_owner_changed(f->world->meter, r.nos[i]);
		more = rc == YH_OK && r.pos > f->pos;
		if (rc == YH_OK)
			f->pos = r.pos;
		yh_arena_done(&r.arena);
	}
	return rc == YH_OK ? save_now_and_then(f, now, err) : rc;
}
