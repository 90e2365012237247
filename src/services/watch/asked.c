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
	struct yh_arena *arena;
	struct yh_scan_ask_row row;
};

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct ask_run *a = arg;

	return yh_scan_ask_load(tx, &a->row.id, a->arena, &a->row, err);
}

static enum yh_rc go_on(struct yh_tx *tx, void *row, struct yh_err *err)
{
	return yh_scan_ask_go_on(tx, row, err);
}

static enum yh_rc end(struct yh_tx *tx, void *row, struct yh_err *err)
{
	return yh_scan_ask_end(tx, row, err);
}

static enum yh_rc progress(void *arg, unsigned done, unsigned steps, struct yh_err *err)
{
	return yh_asked_progress(&((struct ask_run *)arg)->asked, done, steps, err);
}

enum yh_rc yh_watch_asked_job(const struct yh_watch_job *j, const struct yh_id *asked,
			      yh_time *again_at, struct yh_err *err)
{
	struct ask_run a = { .asked = { .world = j->world,
					.stop = j->stop,
					.how = &a.row.how,
					.go_on = go_on,
					.end = end,
					.row = &a.row },
			     .arena = j->arena,
			     .row = { .id = *asked } };
	struct yh_watch_done done;
	struct yh_watch_ask ask;
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_exec_read(j->world->exec, load, &a, err);

	if (rc != YH_OK || a.row.how.ended_at)
		return rc;
	rc = yh_asked_begin(&a.asked, j->now, err);
	if (rc != YH_OK)
		return rc;
	ask = (struct yh_watch_ask){
		.who = { .person = a.row.person,
			 .today = yh_day_of(j->now),
			 .any = strcmp(a.row.sees, "any") == 0,
			 .cloud = strcmp(a.row.sees, "cloud") == 0,
			 .district = strcmp(a.row.sees, "cloud") == 0 },
		.cloud = a.row.cloud,
		.unit = a.row.unit,
		.rule = a.row.rule[0] ? a.row.rule : NULL,
		.first = a.row.first_day,
		.last = a.row.last_day,
		.person = a.row.person,
		.source = a.row.source,
		.progress = progress,
		.arg = &a,
	};
	rc = yh_watch_scan(j->world, &ask, &done, &why);
	if (rc == YH_CONFLICT) {
		*again_at = j->now + YH_ASKED_AGAIN_US;
		return YH_OK;
	}
	if (rc != YH_OK && atomic_load(j->stop)) {
		*err = why;
		return rc;
	}
	a.row.scan = done.scan;
	return yh_asked_end(&a.asked, &why, err);
}
