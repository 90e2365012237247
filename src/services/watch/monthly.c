/* The scan of last month, by itself: a standing job looks now and then whether it is time, and at
 * length makes the scan of every cloud that has none in the store. A crash in between costs a
 * repetition, and what was found already is not found twice. */
#include "services/watch/internal.h"
#include "store/party.h"

#define LOOK_AGAIN_US (60 * YH_US_PER_S)
#define HOUR_US (3600 * YH_US_PER_S)
enum { FIRST_DAY = 3 };

struct listing {
	struct yh_arena *arena;
	struct yh_cloud_row *clouds;
	size_t n;
	bool *done;
	yh_day first, last;
};

static enum yh_rc list_clouds(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct listing *l = arg;
	enum yh_rc rc = yh_cloud_list(tx, l->arena, &l->clouds, &l->n, err);

	if (rc != YH_OK)
		return rc;
	l->done = YH_NEW_N(l->arena, bool, l->n + 1);
	if (!l->done)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < l->n; i++)
		rc = yh_scan_done(tx, &l->clouds[i].id, l->first, l->last, &l->done[i], err);
	return rc;
}

static enum yh_rc go_on(void *arg, unsigned done, unsigned steps, struct yh_err *err)
{
	const struct yh_watch_job *j = arg;

	(void)done;
	(void)steps;
	return atomic_load(j->stop) ? yh_fail(err, YH_BUSY, "job-stopped") : YH_OK;
}

static enum yh_rc scan_clouds(const struct yh_watch_job *j, yh_day first, yh_day last,
			      struct yh_err *err)
{
	struct listing l = { .arena = j->arena, .first = first, .last = last };
	enum yh_rc rc = yh_exec_read(j->world->exec, list_clouds, &l, err);

	for (size_t i = 0; rc == YH_OK && i < l.n; i++) {
		const struct yh_watch_ask ask = { .who = { .any = true },
						  .cloud = l.clouds[i].id,
						  .first = first,
						  .last = last,
						  .source = "local",
						  .progress = go_on,
						  .arg = (void *)(uintptr_t)j };
		struct yh_watch_done done;

		if (!l.done[i])
			rc = yh_watch_scan(j->world, &ask, &done, err);
	}
	return rc;
}

/* The day of its month on which the month before is scanned. */
static yh_day scan_day(const struct yh_pack *pack, struct yh_date month)
{
	const struct yh_param *p = yh_pack_param(pack, "watch.day");
	int days = yh_days_in_month(month.year, month.month);
	int64_t day = p && p->kind == YH_P_INT && p->num > 0 ? p->num : FIRST_DAY;

	month.day = day > days ? days : (int)day;
	return yh_day_from_date(month);
}

enum yh_rc yh_watch_monthly_job(const struct yh_watch_job *j, yh_time *again_at, struct yh_err *err)
{
	const struct yh_law_book *law = j->world->law;
	yh_day today = yh_day_of(j->now), last;
	struct yh_date month = yh_date_of(today);
	const struct yh_pack *pack;
	size_t n_rules;
	enum yh_rc rc;

	if (!j->world->meter)
		return YH_OK;
	rc = law->pack_on(law->self, today, &pack, err);
	if (rc != YH_OK)
		return rc;
	(void)yh_pack_rules(pack, &n_rules);
	if (n_rules == 0 || j->now < yh_day_start(scan_day(pack, month)) + HOUR_US)
		return YH_OK;
	month.day = 1;
	last = yh_day_from_date(month) - 1;
	month = yh_date_of(last);
	month.day = 1;
	rc = scan_clouds(j, yh_day_from_date(month), last, err);
	if (rc == YH_CONFLICT) { /* another scan is under way */
		yh_err_clear(err);
		*again_at = j->now + LOOK_AGAIN_US;
		return YH_OK;
	}
	return rc;
}
