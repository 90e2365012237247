/* The loop of the agent. One thread, one buffer for what is measured and one for what is sent. */
#include "agent/run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/collect.h"
#include "agent/link.h"
#include "agent/spool.h"

enum {
	STEP_MS = 2000,         /* what counts as a step of the clock */
	OFF_MS = 60 * 1000,     /* from here on stamps follow the server's clock */
	DRAIN_MOST = 64,        /* batches sent in one go; then it measures again */
	STOP_MS = 8000,         /* for sending the rest when told to stop */
	LEAST_PAUSE_MS = 1000,  /* after a failure; doubled up to the most */
	MOST_PAUSE_MS = 300000, /* five minutes */
	REVOKED_PAUSE_MS = 3600000,
};

struct agent {
	const struct yh_agent_run *r;
	struct yh_agent_config cfg;
	struct yh_agent_identity me;
	struct yh_spool spool;
	struct yh_agent_link *link;
	struct yh_collect collect;
	struct yh_rw rw;
	unsigned char packed[YH_RW_PACKED];
	struct yh_spool_batch batch; /* being sent */
	struct yh_agent_link_call call;
	struct yh_sm3 binary, config;
	struct timespec binary_at, config_at; /* of the files, when they were digested */
	int64_t started_ms, wall_less_steady_ms, step_ms, behind_server_ms;
	int64_t pause_ms, try_at_ms;
	int64_t asked_ms; /* for how long the server wants to be left alone; 0: it did not say */
	bool started, failing;
	char path[96];
};

static int64_t clock_ms(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Counts through a suspended machine, too: otherwise each sleep would look like a step. */
static int64_t steady_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

static void say(const struct agent *a, const struct yh_err *what)
{
	if (a->r->say)
		a->r->say(a->r->arg, what);
}

static bool changed(const char *path, struct timespec *at)
{
	struct stat st = { 0 };

	if (stat(path, &st) == 0 && st.st_ctim.tv_sec == at->tv_sec &&
	    st.st_ctim.tv_nsec == at->tv_nsec)
		return false;
	*at = st.st_ctim;
	return true;
}

/* Digests anew only what has changed on the disk. */
static void look_at_itself(struct agent *a)
{
	char path[512];

	if (changed("/proc/self/exe", &a->binary_at))
		a->binary = yh_agent_file_digest("/proc/self/exe");
	(void)snprintf(path, sizeof path, "%s/agent.conf", a->r->dir);
	if (changed(path, &a->config_at))
		a->config = yh_agent_config_digest(a->r->dir);
}

static void watch_clock(struct agent *a)
{
	int64_t difference = clock_ms(CLOCK_REALTIME) - steady_ms();
	int64_t step = difference - a->wall_less_steady_ms;

	a->wall_less_steady_ms = difference;
	if (step > -STEP_MS && step < STEP_MS)
		return;
	a->step_ms = step;
	/* what was known about the server's clock held for the clock before */
	a->behind_server_ms = 0;
	struct yh_err what = { 0 };
	(void)yh_fail(&what, YH_CONFLICT, "agent-clock-stepped");
	yh_err_int(&what, "ms", step);
	say(a, &what);
}

/* The machine's clock, unless the server says that it is far off: then samples would be refused. */
static int64_t stamp_ms(const struct agent *a)
{
	return clock_ms(CLOCK_REALTIME) + a->behind_server_ms;
}

static void measure(struct agent *a, enum yh_agent_kind kind)
{
	const struct yh_collect_self self = { .version = YH_VERSION,
					      .number = a->spool.next,
					      .lost = a->spool.lost,
					      .waiting = a->spool.n,
					      .started_ms = a->started_ms };
	struct yh_err err = { 0 };
	size_t n;

	watch_clock(a);
	look_at_itself(a);
	yh_rw_begin(&a->rw, stamp_ms(a));
	yh_collect(&a->collect, &self, steady_ms() * 1000, &a->rw);
	n = yh_rw_pack(&a->rw, a->packed);
	if (yh_spool_put(&a->spool, kind, a->packed, n, &err) != YH_OK) {
		a->spool.lost++;
		say(a, &err);
	}
}

static bool read_answer(const struct agent *a, const struct yh_agent_head *head,
			struct yh_agent_answer *out)
{
	char state[16], hex[YH_SM3_HEX];
	struct yh_sm3 mac, want;

	if (!yh_agent_link_text(a->call.reply, "state", state, sizeof state) ||
	    !yh_agent_link_int(a->call.reply, "last", &out->last) ||
	    !yh_agent_link_int(a->call.reply, "at_ms", &out->at_ms) ||
	    !yh_agent_link_text(a->call.reply, "mac", hex, sizeof hex) ||
	    !yh_unhex(hex, mac.b, sizeof mac.b))
		return false;
	out->behind = strcmp(state, "behind") == 0;
	if (!out->behind && strcmp(state, "done") != 0)
		return false;
	want = yh_agent_answer_mac(a->me.key, &a->me.id, head, out);
	return yh_equal_ct(want.b, mac.b, sizeof mac.b);
}

static enum yh_rc turned_away(struct agent *a, struct yh_err *err)
{
	char slug[56];

	if (a->call.status == 429 || a->call.status == 503)
		a->asked_ms = a->call.retry_after_s < MOST_PAUSE_MS / 1000
				      ? a->call.retry_after_s * 1000
				      : MOST_PAUSE_MS;
	if (!yh_agent_link_text(a->call.reply, "slug", slug, sizeof slug))
		return yh_fail(err, YH_BUSY, "agent-answer-strange");
	(void)yh_fail(err, a->call.status == 403 ? YH_FORBIDDEN : YH_BUSY, "agent-refused");
	yh_err_field(err, "%s", slug);
	return err->rc;
}

/* Sends the batch in a->batch once. */
static enum yh_rc send_one(struct agent *a, struct yh_err *err)
{
	struct yh_agent_head head = { .number = a->batch.number,
				      .sent_ms = clock_ms(CLOCK_REALTIME),
				      .kind = a->batch.kind,
				      .lost = a->spool.lost,
				      .step_ms = a->step_ms,
				      .binary = a->binary,
				      .config = a->config };
	char text[YH_AGENT_HEAD_TEXT], headers[YH_AGENT_HEAD_TEXT + 256], hex[YH_SM3_HEX];
	struct yh_sm3 body = yh_sm3_of(a->batch.body, a->batch.n), mac;
	struct yh_agent_answer answer;
	int64_t off;
	enum yh_rc rc;

	mac = yh_agent_batch_mac(a->me.key, &a->me.id, yh_agent_head_text(&head, text), &body);
	(void)snprintf(headers, sizeof headers,
		       "Content-Type: application/x-protobuf\r\nContent-Encoding: "
		       "snappy\r\n" YH_AGENT_HEAD_HEADER ": %s\r\n" YH_AGENT_MAC_HEADER ": %s\r\n",
		       text, yh_hex(mac.b, sizeof mac.b, hex));
	a->call.method = "POST";
	a->call.path = a->path;
	a->call.headers = headers;
	a->call.body = a->batch.body;
	a->call.n = a->batch.n;
	a->asked_ms = 0;
	rc = yh_agent_link_call(a->link, &a->call, err);
	if (rc != YH_OK)
		return rc;
	if (a->call.status != 200)
		return turned_away(a, err);
	if (!read_answer(a, &head, &answer))
		return yh_fail(err, YH_BUSY, "agent-answer-strange");
	if (answer.behind)
		yh_spool_behind(&a->spool, answer.last);
	else
		yh_spool_done(&a->spool, a->batch.number);
	a->step_ms = 0;
	off = answer.at_ms - clock_ms(CLOCK_REALTIME);
	a->behind_server_ms = off > OFF_MS || off < -OFF_MS ? off : 0;
	return YH_OK;
}

static void note_failure(struct agent *a, const struct yh_err *err)
{
	struct yh_err what = *err;
	int64_t now = steady_ms();
	uint32_t r;

	a->pause_ms = a->pause_ms ? a->pause_ms * 2 : LEAST_PAUSE_MS;
	if (a->pause_ms > MOST_PAUSE_MS)
		a->pause_ms = MOST_PAUSE_MS;
	if (err->rc == YH_FORBIDDEN)
		a->pause_ms = REVOKED_PAUSE_MS;
	/* a city's agents do not all come back in one second, nor before they may */
	yh_random(&r, sizeof r);
	a->try_at_ms = now + a->pause_ms / 2 + (int64_t)(r % (uint32_t)(a->pause_ms + 1));
	if (a->try_at_ms < now + a->asked_ms)
		a->try_at_ms = now + a->asked_ms + (int64_t)(r % (uint32_t)(a->asked_ms / 2 + 1));
	if (!a->failing) {
		yh_err_int(&what, "waiting", a->spool.n);
		yh_err_int(&what, "lost", a->spool.lost);
		say(a, &what);
	}
	a->failing = true;
}

/* Sends what waits, the oldest first, as long as the server takes it. */
static bool drain(struct agent *a, int64_t until_ms)
{
	struct yh_err err = { 0 };
	bool ok = true;

	for (int i = 0; ok && i < DRAIN_MOST && steady_ms() < until_ms; i++) {
		if (!yh_spool_get(&a->spool, &a->batch))
			break;
		ok = send_one(a, &err) == YH_OK;
	}
	yh_agent_link_rest(a->link);
	if (!ok) {
		note_failure(a, &err);
		return false;
	}
	a->pause_ms = 0;
	if (a->failing) {
		(void)yh_fail(&err, YH_OK, "agent-sending");
		say(a, &err);
	}
	a->failing = false;
	return true;
}

/* Sleeps until `at_ms`; true when it is time to stop. */
static bool wait_until(int64_t at_ms)
{
	sigset_t stop;
	int64_t left = at_ms - steady_ms();
	struct timespec ts = { .tv_sec = left > 0 ? left / 1000 : 0,
			       .tv_nsec = left > 0 ? left % 1000 * 1000000 : 0 };

	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	return sigtimedwait(&stop, NULL, &ts) > 0;
}

static void close_agent(struct agent *a)
{
	if (!a)
		return;
	if (a->spool.waiting)
		yh_spool_close(&a->spool);
	yh_agent_link_free(a->link);
	explicit_bzero(&a->me, sizeof a->me);
	free(a);
}

static enum yh_rc open_agent(const struct yh_agent_run *r, struct agent **out, struct yh_err *err)
{
	struct agent *a = calloc(1, sizeof *a);
	char path[512], id[YH_ID_TEXT];
	enum yh_rc rc;

	*out = NULL;
	if (!a)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	a->r = r;
	a->collect.root = r->root ? r->root : "";
	(void)snprintf(path, sizeof path, "%s/spool", r->dir);
	rc = yh_agent_config_load(r->dir, &a->cfg, err);
	if (rc == YH_OK)
		rc = yh_agent_identity_load(r->dir, &a->me, err);
	if (rc == YH_OK)
		rc = yh_agent_link_new(a->cfg.server, a->cfg.ca, &a->link, err);
	if (rc == YH_OK)
		rc = yh_spool_open(path, (size_t)a->cfg.spool_kib * 1024, &a->spool, err);
	if (rc != YH_OK) {
		close_agent(a);
		return rc;
	}
	(void)snprintf(a->path, sizeof a->path, "/api/v1/agents/%s/batches",
		       yh_id_text(&a->me.id, id));
	a->started_ms = clock_ms(CLOCK_REALTIME);
	a->wall_less_steady_ms = a->started_ms - steady_ms();
	*out = a;
	return YH_OK;
}

/* The first round comes at once, the next ones on a grid of the agent's own. */
enum yh_rc yh_agent_run(const struct yh_agent_run *r, struct yh_err *err)
{
	struct agent *a;
	enum yh_rc rc = open_agent(r, &a, err);
	int64_t next, step;
	bool stop = false;

	if (rc != YH_OK)
		return rc;
	next = steady_ms();
	step = a->cfg.interval_s * 1000;
	while (!stop) {
		int64_t now = steady_ms();

		if (now >= next) {
			measure(a, a->started ? YH_AGENT_USAGE : YH_AGENT_START);
			a->started = true;
			/* what was slept through is not made up for */
			next += (now - next) / step * step + step;
		}
		if (a->spool.n > 0 && now >= a->try_at_ms && drain(a, now + 4 * step) &&
		    a->spool.n > 0)
			stop = wait_until(steady_ms());
		else if (a->spool.n > 0 && a->failing && a->try_at_ms < next)
			stop = wait_until(a->try_at_ms);
		else
			stop = wait_until(next);
	}
	measure(a, YH_AGENT_STOP);
	(void)drain(a, steady_ms() + STOP_MS);
	close_agent(a);
	return YH_OK;
}

enum yh_rc yh_agent_goodbye(const struct yh_agent_run *r, bool force, struct yh_err *err)
{
	struct agent *a;
	enum yh_rc rc = open_agent(r, &a, err);
	bool gone;

	if (rc != YH_OK)
		return rc;
	measure(a, YH_AGENT_GOODBYE);
	while (drain(a, steady_ms() + STOP_MS) && a->spool.n > 0)
		;
	gone = a->spool.n == 0;
	close_agent(a);
	if (gone || force)
		yh_agent_forget(r->dir);
	return gone || force ? YH_OK : yh_fail(err, YH_BUSY, "server-unreachable");
}
