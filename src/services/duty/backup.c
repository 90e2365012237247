/* Backups that are older than their objective (Art. 32): what they ask of whom. */
#include <string.h>

#include "base/mem.h"
#include "services/duty/internal.h"
#include "services/meter/backup.h"
#include "store/ledger.h"

enum { AT_A_TIME = 200, ARENA_BYTES = 64 << 20 };

struct order {
	struct yh_duty_want want;
	struct yh_ledger_row row;
	struct yh_backup backup;
};
struct looking {
	struct yh_ctx cx;
	const struct yh_duty_kind *kind;
	struct yh_duty_wanted wanted;
	struct order *orders;
	struct yh_duty_want *late;
	size_t n, n_late, laid;
};

/* A page of the orders that owe nothing yet. */
static enum yh_rc gather(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	struct yh_duty_want *list;
	enum yh_rc rc = yh_duty_wants(tx, &l->wanted, l->cx.arena, &list, &l->n, err);

	l->orders = YH_NEW_N(l->cx.arena, struct order, l->n + 1);
	l->late = YH_NEW_N(l->cx.arena, struct yh_duty_want, l->n + 1);
	if (rc == YH_OK && (!l->orders || !l->late))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < l->n; i++) {
		struct order *o = &l->orders[i];

		o->want = list[i];
		rc = yh_ledger_load(tx, &o->want.record, l->cx.arena, &o->row, err);
		if (rc == YH_OK)
			rc = yh_backup_gather(tx, &o->row.id, &o->row.refs[YH_REF_SYSTEM],
					      l->kind->of_register->rpo, l->cx.arena, &o->backup,
					      err);
	}
	return rc;
}

/* One that was never saved has its first hours from the order on. */
static bool is_late(const struct order *o, yh_time now)
{
	const struct yh_backup *b = &o->backup;

	return yh_backup_overdue(b, now) &&
	       (yh_backup_last(b) || o->row.entered_at + b->rpo_milli * 3600 * 1000 < now);
}

static enum yh_rc ask(struct looking *l, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	l->n_late = 0;
	for (size_t i = 0; rc == YH_OK && i < l->n; i++) {
		struct order *o = &l->orders[i];

		rc = yh_backup_ask(l->cx.world, l->cx.now, l->cx.arena, &o->backup, err);
		if (rc == YH_OK && is_late(o, l->cx.now))
			l->late[l->n_late++] = o->want;
	}
	return rc;
}

static enum yh_rc lay(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;

	l->cx.tx = tx;
	l->laid = 0;
	return yh_duty_lay_page(&l->cx, l->kind, l->late, l->n_late, &l->laid, err);
}

static enum yh_rc look_at(struct looking *l, const atomic_bool *stop, struct yh_err *err)
{
	struct yh_exec *exec = l->cx.world->exec;
	struct yh_arena arena;
	enum yh_rc rc;

	do {
		yh_arena_init(&arena, ARENA_BYTES);
		l->cx.arena = &arena;
		rc = stop && atomic_load(stop) ? yh_fail(err, YH_BUSY, "job-stopped")
					       : yh_exec_read(exec, gather, l, err);
		if (rc == YH_OK)
			rc = ask(l, err);
		if (rc == YH_OK && l->n_late)
			rc = yh_exec_write(exec, lay, l, err);
		if (rc == YH_OK && l->n) {
			l->wanted.after = l->orders[l->n - 1].want.subject;
			l->wanted.after_cloud = l->orders[l->n - 1].want.cloud;
		}
		yh_arena_done(&arena);
	} while (rc == YH_OK && l->n == AT_A_TIME);
	return rc;
}

enum yh_rc yh_backup_watch(const struct yh_world *world, yh_time now, const atomic_bool *stop,
			   struct yh_err *err)
{
	static const struct yh_actor system = {
		.login = "", .name = "", .scopes = "", .source = "local"
	};
	const struct yh_law_book *law = world->law;
	const struct yh_duty_kind *kinds;
	const struct yh_pack *pack;
	size_t n = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_day_of(now), &pack, err);

	if (rc == YH_NOT_FOUND) { /* no pack is in force */
		yh_err_clear(err);
		return YH_OK;
	}
	kinds = rc == YH_OK ? yh_pack_duties(pack, &n) : NULL;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct looking l = { .cx = { .world = world, .now = now, .actor = &system },
				     .kind = &kinds[i],
				     .wanted = { .kind = kinds[i].id,
						 .state =
							 kinds[i].of_state ? kinds[i].of_state : "",
						 .day = yh_day_of(now),
						 .most = AT_A_TIME } };

		if (!kinds[i].of_late)
			continue;
		l.wanted.reg = kinds[i].of_register->id;
		rc = look_at(&l, stop, err);
	}
	return rc;
}
