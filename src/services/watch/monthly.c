/* The scan of last month, by itself: a job says when, a thread does it, so that no transaction
 * waits for it. The job comes back until every cloud's scan stands in the store; a crash in between
 * costs a repetition, and what was found already is not found twice. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "services/watch/internal.h"
#include "store/event.h"
#include "store/job.h"
#include "store/party.h"

#define LOOK_AGAIN_US (60 * YH_US_PER_S)
#define HOUR_US (3600 * YH_US_PER_S)
enum { FIRST_DAY = 3, LIST_ARENA = 4 * 1024 * 1024 };

struct yh_watcher {
	const struct yh_world *world;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop, asked;
	yh_day first, last;
	struct yh_err fault; /* of the last scan, until the job took it */
};

struct listing {
	struct yh_arena arena;
	struct yh_cloud_row *clouds;
	size_t n;
	bool *done;
	yh_day first, last;
};

static enum yh_rc list_clouds(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct listing *l = arg;
	enum yh_rc rc;

	yh_arena_done(&l->arena);
	rc = yh_cloud_list(tx, &l->arena, &l->clouds, &l->n, err);
	if (rc != YH_OK)
		return rc;
	l->done = YH_NEW_N(&l->arena, bool, l->n + 1);
	if (!l->done)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < l->n; i++)
		rc = yh_scan_done(tx, &l->clouds[i].id, l->first, l->last, &l->done[i], err);
	return rc;
}

static bool is_stopping(struct yh_watcher *w)
{
	bool stop;

	(void)pthread_mutex_lock(&w->lock);
	stop = w->stop;
	(void)pthread_mutex_unlock(&w->lock);
	return stop;
}

static enum yh_rc scan_clouds(struct yh_watcher *w, yh_day first, yh_day last, struct yh_err *err)
{
	struct listing l = { .first = first, .last = last };
	enum yh_rc rc;

	yh_arena_init(&l.arena, LIST_ARENA);
	rc = yh_exec_read(w->world->exec, list_clouds, &l, err);
	for (size_t i = 0; rc == YH_OK && i < l.n && !is_stopping(w); i++) {
		const struct yh_watch_ask ask = { .who = { .any = true },
						  .cloud = l.clouds[i].id,
						  .first = first,
						  .last = last,
						  .source = "local" };
		struct yh_watch_done done;

		if (!l.done[i])
			rc = yh_watch_scan(w->world, &ask, &done, err);
	}
	yh_arena_done(&l.arena);
	return rc;
}

static void *watch(void *arg)
{
	struct yh_watcher *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		yh_day first = w->first, last = w->last;
		struct yh_err err = { 0 };

		if (!w->asked) {
			(void)pthread_cond_wait(&w->wake, &w->lock);
			continue;
		}
		(void)pthread_mutex_unlock(&w->lock);
		(void)scan_clouds(w, first, last, &err);
		(void)pthread_mutex_lock(&w->lock);
		w->asked = false;
		/* somebody else's scan is under way: the job will ask again */
		if (err.rc != YH_CONFLICT)
			w->fault = err;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

enum yh_rc yh_watcher_start(const struct yh_world *world, struct yh_watcher **out,
			    struct yh_err *err)
{
	struct yh_watcher *w = calloc(1, sizeof *w);

	*out = NULL;
	if (!w)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	w->world = world;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->wake, NULL);
	if (pthread_create(&w->thread, NULL, watch, w) != 0) {
		free(w);
		return yh_fail(err, YH_INTERNAL, "thread-start");
	}
	*out = w;
	return YH_OK;
}

void yh_watcher_stop(struct yh_watcher *w)
{
	if (!w)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stop = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_mutex_destroy(&w->lock);
	(void)pthread_cond_destroy(&w->wake);
	free(w);
}

/* Asks the thread, unless it has failed meanwhile: then the job fails, with the reason kept. */
static enum yh_rc ask_watcher(struct yh_watcher *w, yh_day first, yh_day last, struct yh_err *err)
{
	struct yh_err fault;

	(void)pthread_mutex_lock(&w->lock);
	fault = w->fault;
	w->fault = (struct yh_err){ 0 };
	if (fault.rc == YH_OK && !w->asked) {
		w->first = first;
		w->last = last;
		w->asked = true;
		(void)pthread_cond_signal(&w->wake);
	}
	(void)pthread_mutex_unlock(&w->lock);
	if (fault.rc != YH_OK)
		*err = fault;
	return fault.rc;
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

static enum yh_rc all_done(struct yh_ctx *cx, yh_day first, yh_day last, bool *done,
			   struct yh_err *err)
{
	struct yh_cloud_row *clouds;
	size_t n;
	enum yh_rc rc = yh_cloud_list(cx->tx, cx->arena, &clouds, &n, err);

	*done = true;
	for (size_t i = 0; rc == YH_OK && *done && i < n; i++)
		rc = yh_scan_done(cx->tx, &clouds[i].id, first, last, done, err);
	return rc;
}

enum yh_rc yh_watch_job(struct yh_ctx *cx, yh_time *again_at, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	yh_day today = yh_ctx_today(cx), begins, last;
	struct yh_date month = yh_date_of(today), next;
	const struct yh_pack *pack;
	bool done = false;
	size_t n_rules;
	enum yh_rc rc;

	if (!cx->world->watcher) /* a program that scans nothing; the next start makes the job */
		return YH_OK;
	rc = law->pack_on(law->self, today, &pack, err);
	if (rc != YH_OK)
		return rc;
	month.day = 1;
	begins = yh_day_from_date(month);
	last = begins - 1;
	next = yh_date_of(begins + 31);
	*again_at = yh_day_start(scan_day(pack, month)) + HOUR_US;
	if (cx->now < *again_at)
		return YH_OK;
	*again_at = yh_day_start(scan_day(pack, next)) + HOUR_US;
	(void)yh_pack_rules(pack, &n_rules);
	month = yh_date_of(last);
	month.day = 1;
	rc = all_done(cx, yh_day_from_date(month), last, &done, err);
	if (rc != YH_OK || done || n_rules == 0)
		return rc;
	*again_at = cx->now + LOOK_AGAIN_US;
	return ask_watcher(cx->world->watcher, yh_day_from_date(month), last, err);
}

enum yh_rc yh_watch_schedule(struct yh_ctx *cx, struct yh_err *err)
{
	struct yh_id id = yh_ctx_new_id(cx);
	bool waits;
	enum yh_rc rc = yh_job_waits(cx->tx, "watch.scan", &waits, err);

	return rc == YH_OK && !waits ? yh_job_insert(cx->tx, &id, "watch.scan", NULL, cx->now, err)
				     : rc;
}
