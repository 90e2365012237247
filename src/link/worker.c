/* The thread that gathers and delivers: of several servers on one store the one that holds the row.
 */
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "link/file.h"

enum { BACKOFF_MOST_MS = 5000, PRUNE_MS = 600 * 1000, PRUNED = 2000, SAY_MS = 60000 };
enum { FILE_PAUSE_MS = 30000 }; /* after a call about a file that failed */
enum { ASKED_MOST_S = 120 };    /* what the city asks to be left alone for is honoured so far */

struct worker {
	struct yh_link *l;
	yh_time now, lease_until;
	bool held;
	struct yh_link_peer_row *peers;
	size_t n_peers;
	bool waiting; /* something is to be sent to the city */
	bool files;   /* pieces of files are left */
	int64_t call_ms, backoff_ms, prune_ms, said_ms, file_ms;
	int64_t moved_ms; /* when documents went or came last */
	struct yh_arena arena;
};

static bool wait_some(struct yh_link *l, bool soon)
{
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LINK_TICK_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&l->lock);
	while (!soon && !l->woken && !atomic_load(&l->stop) &&
	       pthread_cond_timedwait(&l->wake, &l->lock, &until) == 0)
		;
	l->woken = false;
	stop = atomic_load(&l->stop);
	(void)pthread_mutex_unlock(&l->lock);
	return !stop;
}

static enum yh_rc take_lease(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct worker *w = arg;

	/* an embedded store is this program's alone: whoever held the row before is dead */
	return yh_link_worker_take(tx, &w->l->self,
				   yh_exec_is_postgres(w->l->cfg.world->exec) ? w->now : INT64_MAX,
				   w->lease_until, &w->held, err);
}

static enum yh_rc hold(struct worker *w, struct yh_err *err)
{
	yh_time until = w->now + LINK_LEASE_S * YH_US_PER_S;

	if (w->held && !yh_exec_is_postgres(w->l->cfg.world->exec))
		return YH_OK; /* nobody else can have it */
	if (w->held && w->lease_until > w->now + LINK_LEASE_S * 3 / 4 * YH_US_PER_S &&
	    w->lease_until <= until)
		return YH_OK;
	w->lease_until = until;
	return yh_exec_write(w->l->cfg.world->exec, take_lease, w, err);
}

static bool compares(const struct yh_link_stream_row *s)
{
	return s->compare_at == LINK_COMPARE_NOW && !s->refilling;
}

/* Does anything wait that may go to the city now? */
static enum yh_rc look_waiting(struct worker *w, struct yh_tx *tx, const struct yh_id *peer,
			       struct yh_err *err)
{
	struct yh_link_stream_row *rows;
	size_t n;
	enum yh_rc rc = yh_link_stream_list(tx, peer, &w->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		w->waiting = w->waiting ||
			     (rows[i].sends && strcmp(rows[i].state, "forked") != 0 &&
			      (rows[i].seq > rows[i].acked
				       ? yh_link_is_due(rows[i].retry_at, w->now, LINK_RETRY_S)
				       : compares(&rows[i])));
	return rc;
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct worker *w = arg;
	enum yh_rc rc = yh_link_peer_all(tx, false, &w->arena, &w->peers, &w->n_peers, err);

	w->waiting = false;
	for (size_t i = 0; rc == YH_OK && i < w->n_peers; i++)
		if (w->peers[i].city)
			rc = look_waiting(w, tx, &w->peers[i].id, err);
	return rc;
}

/* Until the next try: what the city asked for, or twice as long as before; and the districts do not
 * all come back in one second. */
static int64_t pause_ms(struct worker *w, int64_t asked_s)
{
	int64_t ms = (asked_s < ASKED_MOST_S ? asked_s : ASKED_MOST_S) * 1000;
	uint32_t r;

	w->backoff_ms = w->backoff_ms ? 2 * w->backoff_ms : LINK_TICK_MS;
	if (w->backoff_ms > BACKOFF_MOST_MS)
		w->backoff_ms = BACKOFF_MOST_MS;
	if (ms < w->backoff_ms)
		ms = w->backoff_ms;
	yh_random(&r, sizeof r);
	return ms + (int64_t)(r % (uint32_t)(ms / 4 + 1));
}

int64_t yh_link_period_ms(int64_t quiet_ms)
{
	if (quiet_ms < LINK_LIVELY_MS)
		return LINK_TICK_MS;
	return quiet_ms < LINK_RARER * LINK_POLL_MOST_MS ? quiet_ms / LINK_RARER
							 : LINK_POLL_MOST_MS;
}

/* A failure that lasts is said once a minute; that the city cannot be reached stands with the peer.
 */
static void say(struct worker *w, const struct yh_err *err)
{
	int64_t now_ms = yh_monotonic_ms();

	if (now_ms < w->said_ms)
		return;
	w->said_ms = now_ms + SAY_MS;
	yh_log_err(YH_WARN, "link", err);
}

/* Behind the documents; what is wrong with files holds up none of those. */
static void carry_files(struct worker *w, struct yh_link_exchange *x, bool *more)
{
	struct yh_err why = { 0 };
	bool left = false;

	if (yh_monotonic_ms() < w->file_ms || !w->l->cfg.world->documents)
		return;
	if (yh_link_files_round(x, &left, &why) == YH_OK) {
		w->files = left;
		*more = *more || left;
		return;
	}
	w->file_ms = yh_monotonic_ms() + FILE_PAUSE_MS;
	if (x->asked_s * 1000 > FILE_PAUSE_MS)
		w->file_ms += x->asked_s * 1000 - FILE_PAUSE_MS;
	say(w, &why);
}

static enum yh_rc call(struct worker *w, const struct yh_link_peer_row *peer, bool *more,
		       struct yh_err *err)
{
	struct yh_link_exchange x = {
		.link = w->l, .peer = *peer, .view = yh_link_peer_view(peer), .arena = &w->arena
	};
	int64_t now_ms = yh_monotonic_ms();
	enum yh_rc rc;

	if (now_ms < w->call_ms && !((w->waiting || w->files) && w->backoff_ms == 0))
		return YH_OK;
	w->files = false;
	rc = yh_link_call(&x, err);
	now_ms = yh_monotonic_ms();
	if (rc == YH_OK) {
		carry_files(w, &x, more);
		w->backoff_ms = 0;
		if (x.moved)
			w->moved_ms = now_ms;
		w->call_ms = now_ms + yh_link_period_ms(now_ms - w->moved_ms);
		*more = *more || x.more;
		return rc;
	}
	w->call_ms = now_ms + pause_ms(w, x.asked_s);
	return rc;
}

/* ---- what was acknowledged long ago ---- */

static enum yh_rc prune(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct worker *w = arg;
	enum yh_rc rc = YH_OK;

	for (size_t p = 0; rc == YH_OK && p < w->n_peers; p++) {
		struct yh_link_stream_row *rows;
		int64_t gone;
		size_t n = 0;

		rc = yh_link_stream_list(tx, &w->peers[p].id, &w->arena, &rows, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n; i++)
			if (rows[i].sends)
				rc = yh_link_box_prune(
					tx, &rows[i].peer, rows[i].stream, rows[i].acked,
					w->now - LINK_BOX_DAYS * YH_US_PER_DAY, PRUNED, &gone, err);
	}
	return rc;
}

static enum yh_rc tidy(struct worker *w, struct yh_err *err)
{
	if (yh_monotonic_ms() < w->prune_ms)
		return YH_OK;
	w->prune_ms = yh_monotonic_ms() + PRUNE_MS;
	return yh_exec_write(w->l->cfg.world->exec, prune, w, err);
}

static enum yh_rc turn(struct worker *w, bool *more, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	*more = false;
	w->now = yh_clock_now(w->l->cfg.world->clock);
	rc = yh_exec_read(w->l->cfg.world->exec, look, w, err);
	if (rc == YH_OK)
		yh_link_know(w->l, w->peers, w->n_peers);
	if (rc != YH_OK || w->n_peers == 0)
		return rc;
	rc = hold(w, err);
	if (rc != YH_OK || !w->held)
		return rc;
	if (yh_link_gather(w->l, &w->arena, more, &why) != YH_OK) {
		*more = false;
		say(w, &why); /* what is there already goes nevertheless */
	}
	rc = yh_exec_read(w->l->cfg.world->exec, look, w, err);
	for (size_t i = 0; rc == YH_OK && i < w->n_peers; i++)
		if (w->peers[i].city)
			rc = call(w, &w->peers[i], more, err);
	return rc == YH_OK ? tidy(w, err) : rc;
}

/* Another server goes on at once. */
static void let_go(struct worker *w)
{
	struct yh_err err = { 0 };

	w->now = w->lease_until = yh_clock_now(w->l->cfg.world->clock);
	if (w->held)
		(void)!yh_exec_write(w->l->cfg.world->exec, take_lease, w, &err);
}

void *yh_link_worker_thread(void *link)
{
	struct worker w = { .l = link, .moved_ms = yh_monotonic_ms() };
	bool more = false;

	while (wait_some(w.l, more)) {
		struct yh_err err = { 0 };

		yh_arena_init(&w.arena, LINK_ARENA_BYTES);
		if (turn(&w, &more, &err) != YH_OK) {
			more = false;
			say(&w, &err);
		}
		yh_arena_done(&w.arena);
	}
	let_go(&w);
	return NULL;
}
