/* Reports that come by themselves: of last month and of last year, once the day of the pack has
 * come, for settlements close some days behind a month. */
#include <stdio.h>
#include <string.h>

#include "services/report/internal.h"

#define HOUR_US (3600 * YH_US_PER_S)
enum { DAY = 20 };

struct periodic {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	struct yh_cloud_row *clouds;
	size_t n;
	bool *made; /* of each cloud: the month's, the year's */
	yh_day month, year;
};

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct periodic *p = arg;
	struct yh_report_row row;
	enum yh_rc rc = yh_cloud_list(tx, p->arena, &p->clouds, &p->n, err);

	p->made = rc == YH_OK ? YH_NEW_N(p->arena, bool, 2 * p->n + 1) : NULL;
	if (rc == YH_OK && !p->made)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < p->n; i++) {
		rc = yh_report_last(tx, &p->clouds[i].id, "month", p->month, p->arena,
				    &p->made[2 * i], &row, err);
		if (rc == YH_OK)
			rc = yh_report_last(tx, &p->clouds[i].id, "year", p->year, p->arena,
					    &p->made[2 * i + 1], &row, err);
	}
	return rc;
}

struct keeping {
	struct yh_ctx cx;
	struct yh_report_draft draft;
};

static enum yh_rc keep(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct keeping *k = arg;
	struct yh_report_row row;

	k->cx.tx = tx;
	return yh_report_keep(&k->cx, &k->draft, &row, err);
}

static enum yh_rc make(const struct periodic *p, const struct yh_id *cloud, const char *period,
		       struct yh_err *err)
{
	static const struct yh_actor system = {
		.login = "", .name = "", .scopes = "", .source = "local"
	};
	const struct yh_report_in in = { .cloud = *cloud, .period = period };
	struct yh_arena arena;
	struct keeping k = {
		.cx = { .world = p->world, .actor = &system, .now = p->now, .arena = &arena }
	};
	enum yh_rc rc;

	yh_arena_init(&arena, (size_t)256 << 20);
	rc = yh_report_reckon(&k.cx, &in, &k.draft, err);
	if (rc == YH_OK)
		rc = yh_exec_write(p->world->exec, keep, &k, err);
	yh_arena_done(&arena);
	return rc;
}

/* Nothing is reported of a time before the cloud was entered here. */
static bool is_before(const struct periodic *p, const struct yh_cloud_row *cloud, bool year)
{
	struct yh_date d = yh_date_of(year ? p->year : p->month);
	yh_day after = year || d.month == 12
			       ? yh_day_from_date((struct yh_date){ d.year + 1, 1, 1 })
			       : yh_day_from_date((struct yh_date){ d.year, d.month + 1, 1 });

	return cloud->created_at >= yh_day_start(after);
}

/* One that fails does not hold up the others. */
static enum yh_rc make_all(const struct periodic *p, struct yh_err *err)
{
	struct yh_date month = yh_date_of(p->month), year = yh_date_of(p->year);
	char periods[2][32];
	enum yh_rc first = YH_OK;

	(void)snprintf(periods[0], sizeof periods[0], "%04d-%02d", month.year, month.month);
	(void)snprintf(periods[1], sizeof periods[1], "%04d", year.year);
	for (size_t i = 0; i < 2 * p->n; i++) {
		struct yh_err why = { 0 };

		if (p->made[i] || is_before(p, &p->clouds[i / 2], i % 2 != 0) ||
		    make(p, &p->clouds[i / 2].id, periods[i % 2], &why) == YH_OK || first != YH_OK)
			continue;
		first = why.rc;
		*err = why;
	}
	return first;
}

static yh_time due_in(const struct yh_pack *pack, int year, int month)
{
	const struct yh_param *p = yh_pack_param(pack, "report.day");
	int days = yh_days_in_month(year, month);
	int64_t day = p && p->kind == YH_P_INT && p->num > 0 ? p->num : DAY;

	return yh_day_start(yh_day_from_date(
		       (struct yh_date){ year, month, day > days ? days : (int)day })) +
	       2 * HOUR_US;
}

enum yh_rc yh_reports_periodic(const struct yh_world *world, yh_time now, struct yh_arena *arena,
			       yh_time *again_at, struct yh_err *err)
{
	const struct yh_law_book *law = world->law;
	struct yh_date today = yh_date_of(yh_day_of(now));
	int before = today.month == 1 ? 12 : today.month - 1;
	struct periodic p = { .world = world, .now = now, .arena = arena };
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_day_of(now), &pack, err);

	if (rc != YH_OK)
		return rc;
	*again_at = due_in(pack, today.year, today.month);
	if (now < *again_at || !world->sealer)
		return YH_OK;
	p.month = yh_day_from_date(
		(struct yh_date){ today.month == 1 ? today.year - 1 : today.year, before, 1 });
	p.year = yh_day_from_date((struct yh_date){ today.year - 1, 1, 1 });
	*again_at = due_in(pack, today.month == 12 ? today.year + 1 : today.year,
			   today.month == 12 ? 1 : today.month + 1);
	rc = yh_exec_read(world->exec, look, &p, err);
	return rc == YH_OK ? make_all(&p, err) : rc;
}
