/* The watch of the simulated city: every month the operators have the use of the month before
 * scanned by the rules of the pack, over the meter. */
#include <string.h>

#include "db/fault.h"
#include "services/watch/watch.h"
#include "sim/city.h"
#include "sim/words.h"

enum { SCAN_DAY = 3 };

struct scanning {
	struct sim *s;
	const struct sim_person *who;
	yh_day first, last;
	const struct yh_rule *rules;
	size_t n_rules;
};

/* A crash in the middle leaves what it had found, and the scan is made again. */
static enum yh_rc scan(struct sim *s, const struct yh_watch_ask *ask, uint64_t key,
		       struct yh_watch_done *done, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	if (sim_draw(s, "scan cut off", key, 3) != 0)
		return yh_watch_scan(s->cfg->world, ask, done, err);
	yh_fault_arm_statement(1 + (int)sim_draw(s, "scan statement", key, 20));
	rc = yh_watch_scan(s->cfg->world, ask, done, &why);
	yh_fault_arm_statement(0);
	if (rc == YH_STORAGE) {
		s->report->crashes++;
		return yh_watch_scan(s->cfg->world, ask, done, err);
	}
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

/* Nothing is found where nothing is known, nor where it is in use. */
static enum yh_rc check_found(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	static const char *const of_use[] = { SIM_RULE_LOW, SIM_RULE_ZOMBIE };
	struct scanning *q = arg;
	struct yh_viewer who = { .any = true };
	enum yh_rc rc = YH_OK;

	for (size_t r = 0; r < 2; r++) {
		struct yh_finding_filter f = {
			.unit = q->who->org, .state = "open", .rule = of_use[r], .limit = 200
		};
		struct yh_finding_line *list;
		size_t n = 0;

		rc = yh_finding_page(cx->tx, &who, &f, false, cx->arena, &list, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n; i++)
			for (size_t p = 0; rc == YH_OK && p < q->s->n_projects; p++) {
				const struct sim_project *at = &q->s->projects[p];

				if (yh_id_eq(&at->id, &list[i].row.project) &&
				    sim_use_of(q->s, at) <= SIM_USE_BUSY)
					rc = sim_broken("found where nothing is known",
							list[i].row.no, q->last, err);
			}
	}
	return rc;
}

static enum yh_rc rules_of(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct scanning *q = arg;
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		q->rules = yh_pack_rules(pack, &q->n_rules);
	return rc;
}

/* Nothing in the city runs an agent, and it is one unit a month that this is held against. */
static enum yh_rc scan_rules(struct scanning *q, struct yh_err *err)
{
	struct sim *s = q->s;
	enum yh_rc rc = sim_look(s, NULL, rules_of, q, err);

	for (size_t i = 0; rc == YH_OK && i < q->n_rules; i++) {
		uint64_t key = (uint64_t)q->last * 64 + i;
		struct yh_watch_ask ask = { .who = { .person = q->who->row.id,
						     .today = yh_day_of(s->now),
						     .cloud = true },
					    .rule = q->rules[i].id,
					    .first = q->first,
					    .last = q->last,
					    .person = q->who->row.id,
					    .source = "simulation" };
		struct yh_watch_done done;

		if (strcmp(ask.rule, SIM_RULE_AGENTS) == 0)
			ask.unit = s->people[s->n_people - 1 -
					     sim_draw(s, "inspected", key, s->cfg->units)]
					   .org;
		rc = scan(s, &ask, key + q->who->row.id.b[15], &done, err);
		s->report->findings += rc == YH_OK ? (uint64_t)done.found : 0;
	}
	return rc;
}

/* The city's every month, a district's in one of six. */
static bool has_scanned(const struct sim *s, const struct sim_person *p, yh_day last)
{
	if (strcmp(p->role, "operator") != 0 || p->second)
		return false;
	return !p->district || sim_draw(s, "scans", (uint64_t)last * 64 + p->row.id.b[15], 6) == 0;
}

static enum yh_rc scan_month(struct sim *s, yh_day first, yh_day last, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < s->n_people; i++) {
		struct scanning q = { .s = s, .who = &s->people[i], .first = first, .last = last };

		if (has_scanned(s, q.who, last))
			rc = scan_rules(&q, err);
	}
	for (size_t i = s->n_people - s->cfg->units; rc == YH_OK && i < s->n_people; i++) {
		struct scanning q = { .s = s, .who = &s->people[i], .last = last };

		rc = sim_look(s, NULL, check_found, &q, err);
	}
	return rc;
}

enum yh_rc sim_watch(struct sim *s, yh_day day, struct yh_err *err)
{
	struct yh_date month = yh_date_of(day);
	yh_day first, last;
	enum yh_rc rc;

	if (month.day < SCAN_DAY)
		return YH_OK;
	month.day = 1;
	last = yh_day_from_date(month) - 1;
	if (last < s->cfg->first || last <= s->scanned_until)
		return YH_OK;
	month = yh_date_of(last);
	month.day = 1;
	first = yh_day_from_date(month);
	rc = sim_feed(s, last, err);
	if (rc == YH_OK)
		rc = scan_month(s, first, last, err);
	s->scanned_until = last;
	if (rc == YH_OK)
		rc = sim_check_record(s, day, err);
	return rc == YH_OK ? sim_check_settlements(s, day, err) : rc;
}
