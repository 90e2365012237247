/* The keys that fields are sealed under. */
#include "services/field_key/field_key.h"

#include <string.h>

#include "base/keyfile.h"
#include "base/log.h"
#include "services/identity/record.h"
#include "store/job.h"

enum { CHUNK = 200, ARENA_BYTES = 1 << 20 };

static const struct yh_id keys_of_store;

static enum yh_rc enter(struct yh_ctx *cx, bool *fresh, struct yh_err *err)
{
	char id[YH_RING_ID];
	enum yh_rc rc;

	if (!yh_tx_ring(cx->tx))
		return yh_fail(err, YH_INTERNAL, "field-key-none");
	yh_ring_writer(yh_tx_ring(cx->tx), id);
	rc = yh_field_key_use(cx->tx, id, cx->now, fresh, err);
	if (rc == YH_OK && *fresh)
		rc = yh_identity_record(cx, "field_key.used", "field_key", &keys_of_store, id, NULL,
					err);
	return rc;
}

enum yh_rc yh_field_keys_take_up(struct yh_ctx *cx, bool *fresh, struct yh_err *err)
{
	enum yh_rc rc = enter(cx, fresh, err);

	return rc == YH_OK ? yh_job_hasten(cx->tx, "field.reseal", cx->now, err) : rc;
}

/* One transaction of the work, as the system. */
struct turning {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena arena;
	size_t in_use, done, broken;
	int64_t all;
	bool fresh, whole;
};

static struct yh_ctx context(struct turning *t, struct yh_tx *tx)
{
	static const struct yh_actor system = {
		.login = "system", .name = "system", .scopes = "all", .source = "local"
	};

	yh_arena_done(&t->arena);
	return (struct yh_ctx){
		.tx = tx, .world = t->world, .actor = &system, .now = t->now, .arena = &t->arena
	};
}

/* Most of the time there is one key, and nothing to do. */
static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct turning *t = arg;
	struct yh_field_key *keys;
	char writer[YH_RING_ID];
	size_t n;
	enum yh_rc rc;

	yh_arena_done(&t->arena);
	yh_ring_writer(yh_tx_ring(tx), writer);
	rc = yh_field_keys(tx, false, &t->arena, &keys, &n, err);
	t->whole = true;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (!keys[i].retired_at) {
			t->in_use++;
			t->whole = t->whole && strcmp(keys[i].id, writer) == 0;
		}
	t->whole = t->whole && t->in_use == 1;
	return rc;
}

static enum yh_rc begin(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct turning *t = arg;
	struct yh_ctx cx = context(t, tx);

	return enter(&cx, &t->fresh, err);
}

static enum yh_rc seal_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct turning *t = arg;

	return yh_sealed_anew(tx, false, CHUNK, &t->done, &t->broken, err);
}

static enum yh_rc retire(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct turning *t = arg;
	struct yh_ctx cx = context(t, tx);
	char writer[YH_RING_ID];
	int64_t n;
	enum yh_rc rc;

	yh_ring_writer(yh_tx_ring(tx), writer);
	rc = yh_field_keys_retire(tx, writer, t->now, &n, err);
	if (rc == YH_OK && n > 0)
		rc = yh_identity_record(&cx, "field_key.turned", "field_key", &keys_of_store,
					yh_arena_printf(&t->arena, "%lld", (long long)t->all),
					writer, err);
	return rc;
}

static enum yh_rc seal_all(struct turning *t, const atomic_bool *stop, struct yh_err *err)
{
	enum yh_rc rc;

	do {
		if (stop && atomic_load(stop))
			return yh_fail(err, YH_BUSY, "job-stopped");
		rc = yh_exec_write(t->world->exec, seal_some, t, err);
		t->all += (int64_t)t->done;
	} while (rc == YH_OK && t->done >= CHUNK);
	return rc;
}

enum yh_rc yh_field_keys_turn(const struct yh_world *world, yh_time now, const atomic_bool *stop,
			      yh_time *again_at, struct yh_err *err)
{
	struct turning t = { .world = world, .now = now };
	struct yh_ring *ring = yh_exec_ring(world->exec);
	enum yh_rc rc;

	*again_at = now + YH_FIELD_KEYS_LOOK_S * YH_US_PER_S;
	if (!ring)
		return YH_OK;
	yh_arena_init(&t.arena, ARENA_BYTES);
	rc = yh_ring_reload(ring, err);
	if (rc == YH_OK)
		rc = yh_exec_read(world->exec, look, &t, err);
	if (rc == YH_OK && !t.whole) {
		rc = yh_exec_write(world->exec, begin, &t, err);
		if (rc == YH_OK)
			rc = seal_all(&t, stop, err);
		if (rc == YH_OK && world->keys_dir)
			rc = yh_keyfiles_anew(world->keys_dir, ring, err);
		if (rc == YH_OK)
			rc = yh_exec_write(world->exec, retire, &t, err);
	}
	yh_arena_done(&t.arena);
	if (rc != YH_OK || t.broken == 0)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "fields-broken");
	yh_err_int(err, "n", (int64_t)t.broken);
	return rc;
}

void yh_field_keys_follow(const struct yh_world *world, struct yh_field_keys_own *own, yh_time now)
{
	struct yh_ring *ring = yh_exec_ring(world->exec);
	const yh_time later = now + YH_FIELD_KEYS_LOOK_S * YH_US_PER_S;
	char writer[YH_RING_ID];
	struct yh_err err = { 0 };
	bool due = now >= own->look_at || own->look_at > later; /* the clock may go back */

	if (!ring || !world->keys_dir)
		return;
	if (due && yh_ring_reload(ring, &err) != YH_OK) {
		yh_log_err(YH_WARN, "field-keys-not-reloaded", &err);
		yh_err_clear(&err);
	}
	yh_ring_writer(ring, writer);
	if (strcmp(writer, own->seen) != 0 || due) {
		memcpy(own->seen, writer, sizeof writer);
		own->look_at = later;
		if (strcmp(writer, own->under) == 0)
			return;
		if (yh_keyfiles_anew(world->keys_dir, ring, &err) == YH_OK) {
			memcpy(own->under, writer, sizeof writer);
			yh_log(YH_INFO, "own-keys-sealed", "under field key %s", writer);
		} else {
			yh_log_err(YH_ERROR, "own-keys-not-sealed", &err);
		}
	}
}
