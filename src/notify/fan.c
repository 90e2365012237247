/* From a notice to the deliveries of those whom it concerns. */
#include <string.h>

#include "notify/internal.h"

enum { FAN_BATCH = 200, MORNING_HOUR = 8 };

struct fanning {
	struct yh_notify *n;
	yh_time now;
	struct yh_arena arena;
	size_t given;
};

/* When the one mail of a day goes out: the next time it is eight. */
static yh_time next_morning(yh_time now)
{
	yh_time eight = yh_day_start(yh_day_of(now)) + MORNING_HOUR * YH_US_PER_DAY / 24;

	return now <= eight ? eight : eight + YH_US_PER_DAY;
}

static enum yh_rc to_mail(struct fanning *f, struct yh_tx *tx, const struct yh_new_notice *x,
			  const char *category, struct yh_err *err)
{
	struct yh_notify_holder *holders;
	size_t n;
	enum yh_rc rc = yh_notify_holders(tx, &x->org, x->role, yh_day_of(f->now), category, "mail",
					  &f->arena, &holders, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_delivery d = {
			.id = yh_id_new(f->n->cfg.world->ids, f->now),
			.channel = "mail",
			.kind = "notice",
			.notice = x->id,
			.person = holders[i].person,
			.next_at = holders[i].digest ? next_morning(f->now) : f->now,
			.made_at = f->now,
		};

		rc = yh_delivery_insert(tx, &d, err);
	}
	return rc;
}

static bool wants(const struct yh_webhook_fit *w, const char *category)
{
	size_t n = strlen(category);

	for (const char *p = w->categories; *p; p += strcspn(p, " "), p += *p == ' ')
		if (strcspn(p, " ") == n && strncmp(p, category, n) == 0)
			return true;
	return w->categories[0] == 0;
}

static enum yh_rc to_hooks(struct fanning *f, struct yh_tx *tx, const struct yh_new_notice *x,
			   const char *category, struct yh_err *err)
{
	struct yh_webhook_fit *hooks;
	size_t n;
	enum yh_rc rc = yh_webhook_fits(tx, x, &f->arena, &hooks, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_delivery d = {
			.id = yh_id_new(f->n->cfg.world->ids, f->now),
			.channel = "webhook",
			.kind = "notice",
			.notice = x->id,
			.webhook = hooks[i].id,
			.next_at = f->now,
			.made_at = f->now,
		};

		if (!wants(&hooks[i], category))
			continue;
		rc = yh_webhook_pos(tx, &hooks[i].id, &d.pos, err);
		if (rc == YH_OK)
			rc = yh_delivery_insert(tx, &d, err);
	}
	return rc;
}

static enum yh_rc fan(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct fanning *f = arg;
	struct yh_new_notice *list;
	size_t n;
	enum yh_rc rc;

	yh_arena_done(&f->arena);
	f->given = 0;
	rc = yh_notices_new(tx, FAN_BATCH, &f->arena, &list, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_new_notice *x = &list[i];
		const char *category = yh_category_of(f->n->cfg.categories, x->slug);

		/* what nobody gave out for so long is old news: it stands in the inbox */
		bool news = f->now - x->made_at < YH_NOTIFY_KEEP_DAYS * YH_US_PER_DAY;

		if (news)
			rc = to_mail(f, tx, x, category, err);
		if (news && rc == YH_OK)
			rc = to_hooks(f, tx, x, category, err);
		if (rc == YH_OK)
			rc = yh_notice_fanned(tx, &x->id, f->now, err);
	}
	f->given = n;
	return rc;
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_notices_wait(tx, arg, err);
}

enum yh_rc yh_notify_fan(struct yh_notify *n, yh_time now, bool *more, struct yh_err *err)
{
	struct fanning f = { .n = n, .now = now };
	enum yh_rc rc = yh_exec_read(n->cfg.world->exec, look, more, err);

	if (rc != YH_OK || !*more)
		return rc;
	yh_arena_init(&f.arena, NOTIFY_ARENA_BYTES);
	rc = yh_exec_write(n->cfg.world->exec, fan, &f, err);
	yh_arena_done(&f.arena);
	*more = rc == YH_OK && f.given == FAN_BATCH;
	if (rc == YH_OK && n->cfg.world->counts)
		atomic_fetch_add(&n->cfg.world->counts->notices_given, f.given);
	return rc;
}
