/* What must always hold of the simulated city's leases. */
#include <string.h>

#include "services/lease/lease.h"
#include "sim/city.h"
#include "store/case_query.h"
#include "store/quota.h"

struct checking {
	struct sim *s;
	struct sim_leased *l;
	yh_day day;
	size_t i; /* of the resources */
};

static const struct yh_calendar *calendar_of(const struct yh_ctx *cx)
{
	return cx->world->law->calendar(cx->world->law->self);
}

/* Each row ends where the longest lease, or the longest extension of the row before, ends at most.
 */
static enum yh_rc check_caps(const struct yh_ctx *cx, const struct checking *q,
			     const struct yh_resource_row *r, const struct yh_lease_row *rows,
			     size_t n, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	const struct yh_kind *kind;
	yh_day cap;
	enum yh_rc rc = law->pack_on(law->self, q->day, &pack, err);

	if (rc != YH_OK)
		return rc;
	kind = yh_pack_kind(pack, q->l->procedure); /* in this pack they are called alike */
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		rc = i == 0 ? yh_lease_last_day(yh_day_of(r->opened_at), kind->lease, &cap, err)
			    : yh_lease_last_day(rows[i - 1].last, kind->extension.longest, &cap,
						err);
		if (rc == YH_OK && rows[i].last > cap)
			rc = sim_broken("a lease beyond its cap", r->no, q->day, err);
		if (rc == YH_OK &&
		    (rows[i].extensions != (int64_t)i || rows[i].extensions > kind->extension.most))
			rc = sim_broken("an extension nobody granted", r->no, q->day, err);
	}
	return rc;
}

static void take_notice(const char *text, uint32_t seen[YH_LEASE_AHEAD_MAX + 1])
{
	int ahead = 0;

	for (const char *p = text; *p; p++) {
		if (*p >= '0' && *p <= '9')
			ahead = ahead * 10 + (*p - '0');
		else if (*p == 'w' && ahead <= YH_LEASE_AHEAD_MAX)
			seen[ahead]++;
		else
			ahead = 0;
		if (*p == 'd')
			ahead = 0;
	}
}

/* Every notice whose day came while the row was in force was given once, or missed in an outage and
 * named with the one that was given. */
static enum yh_rc check_notices(struct yh_ctx *cx, const struct checking *q,
				const struct yh_resource_row *r, const struct yh_lease_row *row,
				struct yh_err *err)
{
	static const int32_t all[] = { 25, 20, 10, 5, 1 };
	uint32_t seen[YH_LEASE_AHEAD_MAX + 1] = { 0 };
	yh_day from = yh_day_of(row->made_at), to = yh_day_of(row->ended_at);
	struct yh_story_line *story;
	size_t n;
	enum yh_rc rc = yh_case_story(cx->tx, &row->case_id, cx->arena, &story, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(story[i].kind, "lease.notice") == 0 &&
		    yh_id_eq(&story[i].object_id, &r->id)) {
			take_notice(story[i].outcome, seen);
			take_notice(story[i].reason, seen);
		}
	for (size_t i = 0; rc == YH_OK && i < sizeof all / sizeof all[0]; i++) {
		struct yh_due due;

		rc = yh_due_day(calendar_of(cx), row->last, (struct yh_period){ -all[i] },
				YH_PROVISIONAL, &due, err);
		if (rc != YH_OK)
			return rc;
		if (seen[all[i]] > 1)
			return sim_broken("a notice given twice", r->no, q->day, err);
		/* an outage may have lasted beyond the end, or until the row ended */
		if (seen[all[i]] == 0 && due.day >= from && due.day + 15 < to &&
		    due.day + 15 < row->last)
			return sim_broken("a notice not given", r->no, q->day, err);
	}
	return rc;
}

/* What runs on past its stop day is held by an undecided extension, or has its expiry under way
 * with a step that somebody is overdue with. */
static enum yh_rc check_over(struct yh_ctx *cx, const struct checking *q,
			     const struct yh_resource_row *r, const struct yh_lease_row *row,
			     struct yh_err *err)
{
	struct yh_id *endings;
	struct yh_due stop;
	size_t n;
	enum yh_rc rc = yh_lease_stop_day(calendar_of(cx), row->last, &stop, err);

	if (rc != YH_OK || q->day <= row->last || !yh_id_is_zero(&row->hold_case))
		return rc;
	rc = yh_lease_endings(cx->tx, &r->id, cx->arena, &endings, &n, err);
	if (rc == YH_OK && n != 1)
		return sim_broken(n ? "two expiries" : "over, and nothing ends it", r->no, q->day,
				  err);
	if (rc == YH_OK && q->day > stop.day && !row->lapse_told)
		return sim_broken("a lapse that does not show", r->no, q->day, err);
	return rc;
}

static enum yh_rc check_allowance(struct yh_ctx *cx, const struct checking *q,
				  const struct yh_resource_row *r, struct yh_err *err)
{
	struct yh_quota_row *lines;
	size_t n;
	enum yh_rc rc = yh_quota_of_resource(cx->tx, &r->id, q->day, cx->arena, &lines, &n, err);

	if (rc == YH_OK && n > 0)
		rc = sim_broken("an allowance that did not end", r->no, q->day, err);
	return rc;
}

static enum yh_rc check_one(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	struct yh_lease_row *rows;
	struct yh_resource_row r;
	size_t n;
	enum yh_rc rc = yh_resource_load(cx->tx, &q->l->resources[q->i], cx->arena, &r, err);

	if (rc == YH_OK)
		rc = yh_lease_history(cx->tx, &r.id, cx->arena, &rows, &n, err);
	if (rc == YH_OK && n == 0)
		rc = sim_broken("a leased resource without a lease", r.no, q->day, err);
	if (rc == YH_OK)
		rc = check_caps(cx, q, &r, rows, n, err);
	if (rc != YH_OK)
		return rc;
	if (!rows[n - 1].ended_at)
		return check_over(cx, q, &r, &rows[n - 1], err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = check_notices(cx, q, &r, &rows[i], err);
	if (rc == YH_OK)
		rc = check_allowance(cx, q, &r, err);
	q->l->checked |= UINT32_C(1) << q->i; /* nothing of it changes any more */
	return rc;
}

enum yh_rc sim_check_leases(struct sim *s, yh_day day, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t k = 0; rc == YH_OK && k < s->n_leased; k++) {
		struct checking q = { .s = s, .l = &s->leased[k], .day = day };

		for (; rc == YH_OK && q.i < q.l->n_resources; q.i++)
			if (!(q.l->checked & (UINT32_C(1) << q.i)))
				rc = sim_look(s, NULL, check_one, &q, err);
	}
	return rc;
}
