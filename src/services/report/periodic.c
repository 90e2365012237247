/* Reports that come by themselves: of the months and the year before, once the day of the pack has
 * come, for settlements close some days behind a month. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "services/report/internal.h"
#include "store/closed_year.h"

#define HOUR_US (3600 * YH_US_PER_S)
enum { DAY = 20, BACK = 12 };

struct period {
	const char *kind;
	char text[16];
	yh_day first, after;
};

struct periodic {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	struct yh_cloud_row *clouds;
	size_t n;
	struct period periods[BACK + 1];
	bool *owed; /* of each cloud, each period */
};

/* Nothing is reported of a time before the cloud was entered here, nor of a year that is closed. */
static enum yh_rc look_at(struct yh_tx *tx, const struct yh_cloud_row *cloud,
			  const struct period *p, bool *owed, struct yh_err *err)
{
	bool is = cloud->created_at >= yh_day_start(p->after);
	enum yh_rc rc = YH_OK;

	if (!is)
		rc = yh_closed_year_is(tx, &cloud->id, yh_date_of(p->first).year, &is, err);
	if (rc == YH_OK && !is)
		rc = yh_report_is(tx, &cloud->id, p->kind, p->first, &is, err);
	*owed = !is;
	return rc;
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct periodic *p = arg;
	size_t each = YH_LEN(p->periods);
	enum yh_rc rc = yh_cloud_list(tx, p->arena, &p->clouds, &p->n, err);

	p->owed = rc == YH_OK ? YH_NEW_N(p->arena, bool, each * p->n + 1) : NULL;
	if (rc == YH_OK && !p->owed)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < each * p->n; i++)
		rc = look_at(tx, &p->clouds[i / each], &p->periods[i % each], &p->owed[i], err);
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

/* One that fails does not hold up the others. */
static enum yh_rc make_all(const struct periodic *p, struct yh_err *err)
{
	size_t each = YH_LEN(p->periods);
	enum yh_rc first = YH_OK;

	for (size_t i = 0; i < each * p->n; i++) {
		struct yh_err why = { 0 };

		if (!p->owed[i] ||
		    make(p, &p->clouds[i / each].id, p->periods[i % each].text, &why) == YH_OK ||
		    first != YH_OK)
			continue;
		first = why.rc;
		*err = why;
	}
	return first;
}

/* The months up to this one, the oldest first, and the last year that ended by its end: a server
 * that was away makes up for what it missed. */
static void set_periods(struct periodic *p, struct yh_date last)
{
	int year = last.month == 12 ? last.year : last.year - 1;
	struct period *y = &p->periods[BACK];

	for (int back = 0; back < BACK; back++) {
		int months = last.year * 12 + last.month - 1 - back;
		struct yh_date d = { months / 12, months % 12 + 1, 1 };
		struct period *m = &p->periods[BACK - 1 - back];

		m->kind = "month";
		m->first = yh_day_from_date(d);
		m->after = m->first + yh_days_in_month(d.year, d.month);
		(void)snprintf(m->text, sizeof m->text, "%04d-%02d", d.year % 10000, d.month);
	}
	*y = (struct period){ .kind = "year",
			      .first = yh_day_from_date((struct yh_date){ year, 1, 1 }),
			      .after = yh_day_from_date((struct yh_date){ year + 1, 1, 1 }) };
	(void)snprintf(y->text, sizeof y->text, "%04d", year % 10000);
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
	struct periodic p = { .world = world, .now = now, .arena = arena };
	const struct yh_pack *pack;
	int months = today.year * 12 + today.month - 1, back = 1;
	enum yh_rc rc = law->pack_on(law->self, yh_day_of(now), &pack, err);

	if (rc != YH_OK)
		return rc;
	*again_at = due_in(pack, today.year, today.month);
	if (now < *again_at)
		back = 2;
	else
		*again_at = due_in(pack, (months + 1) / 12, (months + 1) % 12 + 1);
	if (!world->sealer)
		return YH_OK;
	months -= back;
	set_periods(&p, (struct yh_date){ months / 12, months % 12 + 1, 1 });
	rc = yh_exec_read(world->exec, look, &p, err);
	return rc == YH_OK ? make_all(&p, err) : rc;
}
