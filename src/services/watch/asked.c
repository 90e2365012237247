/* A scan that somebody asked for: entered at once, made at length, its progress and its end to be
 * seen meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/asked/asked.h"
#include "services/meter/view.h"
#include "services/watch/internal.h"
#include "store/event.h"
#include "store/job.h"
#include "store/scan_ask.h"

enum { OPEN_MOST = 4 };

static enum yh_rc check_rule(struct yh_ctx *cx, const char *rule, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_rule *rules;
	const struct yh_pack *pack;
	size_t n;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc != YH_OK || !rule)
		return rc;
	rules = yh_pack_rules(pack, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(rules[i].id, rule) == 0)
			return YH_OK;
	(void)yh_fail(err, YH_NOT_FOUND, "rule-unknown");
	yh_err_text(err, "rule", rule);
	return YH_NOT_FOUND;
}

static enum yh_rc check_open(struct yh_ctx *cx, struct yh_err *err)
{
	int64_t open;
	enum yh_rc rc = yh_db_lock(cx->tx, &cx->actor->person, 1, err);

	if (rc == YH_OK)
		rc = yh_scan_ask_open(cx->tx, &cx->actor->person, &open, err);
	if (rc != YH_OK || open < OPEN_MOST)
		return rc;
	(void)yh_fail(err, YH_CONFLICT, "watch-asked-many");
	yh_err_int(err, "most", OPEN_MOST);
	return YH_CONFLICT;
}

enum yh_rc yh_watch_ask_for(struct yh_ctx *cx, const struct yh_watch_ask *ask, struct yh_id *out,
			    struct yh_err *err)
{
	struct yh_scan_ask_row row = { .id = yh_ctx_new_id(cx),
				       .person = cx->actor->person,
				       .cloud = ask->cloud,
				       .unit = ask->unit,
				       .first_day = ask->first,
				       .last_day = ask->last,
				       .source = ask->source,
				       .how.asked_at = cx->now };
	struct yh_id job = yh_ctx_new_id(cx);
	struct yh_meter *meter;
	enum yh_rc rc = yh_meter_of(cx->world, &meter, err);

	(void)snprintf(row.sees, sizeof row.sees, "%s",
		       ask->who.any     ? "any"
		       : ask->who.cloud ? "cloud"
					: "own");
	(void)snprintf(row.rule, sizeof row.rule, "%s", ask->rule ? ask->rule : "");
	*out = row.id;
	if (rc == YH_OK)
		rc = check_rule(cx, ask->rule, err);
	if (rc == YH_OK)
		rc = check_open(cx, err);
	if (rc == YH_OK)
		rc = yh_scan_ask_insert(cx->tx, &row, err);
	return rc == YH_OK ? yh_job_insert(cx->tx, &job, "watch.asked", &row.id, cx->now, err) : rc;
}

struct ask_run {
	struct yh_asked asked;
	const struct yh_watch_job *job;
	struct yh_scan_ask_row row;
};

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct ask_run *a = arg;

	return yh_scan_ask_load(tx, &a->row.id, a->job->arena, &a->row, err);
}

static enum yh_rc go_on(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_scan_ask_go_on(tx, &((struct ask_run *)arg)->row, err);
}

static enum yh_rc end(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_scan_ask_end(tx, &((struct ask_run *)arg)->row, err);
}

static enum yh_rc progress(void *arg, unsigned done, unsigned steps, struct yh_err *err)
{
	return yh_asked_progress(&((struct ask_run *)arg)->asked, done, steps, err);
}

static enum yh_rc scan(void *arg, struct yh_err *err)
{
	struct ask_run *a = arg;
	const bool cloud = strcmp(a->row.sees, "cloud") == 0;
	const struct yh_watch_ask ask = {
		.who = { .person = a->row.person,
			 .today = yh_day_of(a->job->now),
			 .any = strcmp(a->row.sees, "any") == 0,
			 .cloud = cloud,
			 .district = cloud },
		.cloud = a->row.cloud,
		.unit = a->row.unit,
		.rule = a->row.rule[0] ? a->row.rule : NULL,
		.first = a->row.first_day,
		.last = a->row.last_day,
		.person = a->row.person,
		.source = a->row.source,
		.progress = progress,
		.arg = a,
	};
	struct yh_watch_done done = { 0 };
	enum yh_rc rc = yh_watch_scan(a->job->world, &ask, &done, err);

	a->row.scan = done.scan;
	return rc;
}

static const struct yh_asked_kind kind = { load, go_on, end, scan, YH_CONFLICT };

enum yh_rc yh_watch_asked_job(const struct yh_watch_job *j, const struct yh_id *asked,
			      yh_time *again_at, struct yh_err *err)
{
	struct ask_run a = { .job = j, .row.id = *asked };

	a.asked = (struct yh_asked){ &kind, &a, &a.row.how, j->world, j->now, j->stop, 0 };
	return yh_asked_run(&a.asked, again_at, err);
}
