/* What the first days of a month bring. */
#include "services/settle/monthly.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "services/settle/settle.h"
#include "store/elsewhere.h"
#include "store/event.h"
#include "store/party.h"

#define HOUR_US (3600 * YH_US_PER_S)
enum { FIRST_DAY = 3, BACK_MONTHS = 12 };

struct monthly {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	yh_day last; /* first day of the latest month whose day has come */
	bool due;    /* it came in this month */
	struct yh_cloud_row *clouds;
	size_t n;
	yh_day *next;                   /* of each cloud: the month to begin with */
	struct yh_settlement_row draft; /* to tell of */
};

static yh_day month_on(yh_day month, int by)
{
	struct yh_date d = yh_date_of(month);
	int m = d.year * 12 + d.month - 1 + by;

	return yh_day_from_date((struct yh_date){ m / 12, m % 12 + 1, 1 });
}

static enum yh_rc settled(struct yh_tx *tx, struct monthly *m, const struct yh_id *cloud,
			  yh_day month, bool *is, struct yh_err *err)
{
	const struct yh_viewer all = { .any = true };
	const struct yh_settlement_filter f = {
		.cloud = *cloud, .month = month, .state = "", .limit = 1
	};
	struct yh_settlement_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_settlement_page(tx, &all, &f, m->arena, &rows, &n, err);

	*is = n > 0;
	if (n > 0)
		m->draft = rows[0];
	return rc;
}

/* The latest month that has one, to be told of; where none has, the one that is due now, alone. */
static enum yh_rc next_of(struct yh_tx *tx, struct monthly *m, const struct yh_id *cloud,
			  yh_day *out, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	bool is = false;

	*out = month_on(m->last, m->due ? 0 : 1);
	for (int back = 0; rc == YH_OK && !is && back < BACK_MONTHS; back++) {
		rc = settled(tx, m, cloud, month_on(m->last, -back), &is, err);
		if (is)
			*out = month_on(m->last, -back);
	}
	return rc;
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct monthly *m = arg;
	size_t kept = 0;
	enum yh_rc rc = yh_cloud_list(tx, m->arena, &m->clouds, &m->n, err);

	if (rc != YH_OK)
		return rc;
	m->next = YH_NEW_N(m->arena, yh_day, m->n + 1);
	if (!m->next)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < m->n; i++) {
		struct yh_elsewhere where;

		rc = yh_cloud_elsewhere(tx, &m->clouds[i].id, &where, err);
		if (rc == YH_OK && !where.is)
			m->clouds[kept++] = m->clouds[i];
	}
	m->n = rc == YH_OK ? kept : 0;
	for (size_t i = 0; rc == YH_OK && i < m->n; i++)
		rc = next_of(tx, m, &m->clouds[i].id, &m->next[i], err);
	return rc;
}

static char *figures_of(const struct yh_settlement_row *s)
{
	struct yh_date month = yh_date_of(s->month);
	char total[YH_SCALED_TEXT], text[16];
	YH_JSON_AUTO figures = NULL;

	(void)snprintf(text, sizeof text, "%04d-%02d", month.year, month.month);
	figures = json_pack("{s:s, s:s, s:I, s:I, s:s}", "settlement", s->no, "month", text,
			    "statements", (json_int_t)s->statements, "stopped",
			    (json_int_t)s->stopped, "total", yh_fen_text(s->total_fen, total));
	return figures ? yh_json_canonical(figures) : NULL;
}

/* Once for each settlement: the counter beside the notice says so, also after a crash. */
static enum yh_rc tell(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct monthly *m = arg;
	struct yh_notice n = { .id = yh_id_new(m->world->ids, m->now),
			       .role = "operator",
			       .slug = "settlement-drafted",
			       .made_at = m->now };
	char name[64], *figures;
	int64_t times;
	enum yh_rc rc;

	(void)snprintf(name, sizeof name, "told-%s", m->draft.no);
	rc = yh_counter_next(tx, name, &times, err);
	if (rc != YH_OK || times > 1)
		return rc;
	if (yh_cloud_body(tx, &m->draft.cloud, n.role, &n.org, NULL) != YH_OK)
		return YH_OK; /* nobody operates it: nobody is told */
	figures = figures_of(&m->draft);
	n.figures = figures;
	rc = figures ? yh_notice_insert(tx, &n, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
	free(figures);
	return rc;
}

struct finding_draft {
	struct monthly *m;
	const struct yh_id *cloud;
	yh_day month;
	bool is;
};

static enum yh_rc find_draft(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct finding_draft *f = arg;

	return settled(tx, f->m, f->cloud, f->month, &f->is, err);
}

static enum yh_rc reckon(struct monthly *m, const struct yh_id *cloud, yh_day month,
			 struct yh_err *err)
{
	const struct yh_settle_ask ask = { .cloud = *cloud, .month = month, .source = "local" };
	struct finding_draft f = { m, cloud, month, false };
	struct yh_settle_done done;
	enum yh_rc rc = yh_exec_read(m->world->exec, find_draft, &f, err);

	if (rc == YH_OK && !f.is) {
		rc = yh_settle_compute(m->world, &ask, &done, err);
		if (rc == YH_OK && !yh_id_is_zero(&done.settlement))
			rc = yh_exec_read(m->world->exec, find_draft, &f, err);
	}
	return rc == YH_OK && f.is && strcmp(m->draft.state, "draft") == 0
		       ? yh_exec_write(m->world->exec, tell, m, err)
		       : rc;
}

static enum yh_rc reckon_all(struct monthly *m, const atomic_bool *stop, struct yh_err *err)
{
	enum yh_rc rc = yh_exec_read(m->world->exec, look, m, err), first = rc;

	for (size_t i = 0; rc == YH_OK && i < m->n; i++)
		for (yh_day month = m->next[i]; month <= m->last; month = month_on(month, 1)) {
			struct yh_err why = { 0 };

			if (stop && atomic_load(stop))
				return yh_fail(err, YH_BUSY, "job-stopped");
			if (reckon(m, &m->clouds[i].id, month, &why) == YH_OK)
				continue;
			if (first == YH_OK) {
				first = why.rc;
				*err = why;
			}
			break;
		}
	return first;
}

static yh_day day_in(const struct yh_pack *pack, yh_day month)
{
	const struct yh_param *p = yh_pack_param(pack, "settlement.day");
	struct yh_date d = yh_date_of(month);
	int days = yh_days_in_month(d.year, d.month);
	int64_t day = p && p->kind == YH_P_INT && p->num > 0 ? p->num : FIRST_DAY;

	d.day = day > days ? days : (int)day;
	return yh_day_from_date(d);
}

enum yh_rc yh_settle_monthly(const struct yh_world *world, yh_time now, struct yh_arena *arena,
			     const atomic_bool *stop, yh_time *again_at, struct yh_err *err)
{
	const struct yh_law_book *law = world->law;
	struct monthly m = { .world = world, .now = now, .arena = arena };
	struct yh_date today = yh_date_of(yh_day_of(now));
	yh_day month = yh_day_from_date((struct yh_date){ today.year, today.month, 1 });
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_day_of(now), &pack, err);

	if (rc != YH_OK)
		return rc;
	*again_at = yh_day_start(day_in(pack, month)) + HOUR_US;
	m.due = now >= *again_at;
	m.last = month_on(month, m.due ? -1 : -2);
	if (m.due)
		*again_at = yh_day_start(day_in(pack, month_on(month, 1))) + HOUR_US;
	return reckon_all(&m, stop, err);
}
