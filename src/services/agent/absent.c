/* Resources that should have an agent and have none (Art. 25): a round over the register, some of
 * it in each pass of the scheduler, so that no pass takes long. The register is read, then the
 * meter is asked outside of any transaction, then the register is read again by the transaction
 * that writes: what changed meanwhile is left to the next pass. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/agent/internal.h"
#include "store/event.h"

enum { A_PASS = 2000, NOTED_MOST = 200, FRESH_S = 300 };
#define UP_METRIC "resource_up"

struct round {
	struct yh_agents *a;
	struct yh_tx *tx;
	yh_time now;
	const struct yh_agent_duty *duty;
	struct yh_carrier *late; /* those to be noted or to be ended, by id */
	size_t n;
	bool full;
	struct yh_id last; /* seen to */
	size_t seen;
	/* those that the meter was asked about, and what it says: -1 nothing */
	const char **asked;
	int8_t *up;
	size_t n_asked;
};

/* Since when it lacks one, against its duty; 0: it does not. */
static yh_time lacks_since(const struct round *q, const struct yh_carrier *c)
{
	yh_time from = c->revoked_at > c->opened_at ? c->revoked_at : c->opened_at;
	yh_time due = from + q->duty->days * 24 * 3600 * YH_US_PER_S;

	return c->running && c->carries && !c->watched && c->opened_at && due <= q->now ? due : 0;
}

static void look(void *arg, const struct yh_carrier *c)
{
	struct round *q = arg;

	q->full = q->full || q->n == NOTED_MOST;
	if (q->full)
		return;
	q->last = c->resource;
	if ((lacks_since(q, c) != 0) == yh_id_is_zero(&c->open))
		q->late[q->n++] = *c;
}

static enum yh_rc read_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct round *q = arg;

	q->n = 0;
	q->full = false;
	q->last = q->a->absent_after;
	return yh_carrier_each(tx, &q->a->absent_after, q->duty->dims, A_PASS, look, q, &q->seen,
			       err);
}

static bool take_up(void *arg, const char *resource_no, int64_t at_ms, double value)
{
	struct round *q = arg;

	for (size_t i = 0; i < q->n_asked; i++)
		if (strcmp(q->asked[i], resource_no) == 0 &&
		    q->now - at_ms * 1000 < FRESH_S * YH_US_PER_S)
			q->up[i] = value > 0;
	return true;
}

static enum yh_rc ask_meter(struct round *q, struct yh_arena *arena, struct yh_err *err)
{
	const struct yh_agent_sink *k = &q->a->sink;

	q->asked = YH_NEW_N(arena, const char *, q->n);
	q->up = YH_NEW_N(arena, int8_t, q->n);
	for (size_t i = 0; q->asked && q->up && i < q->n; i++) {
		q->asked[i] = yh_arena_strdup(arena, q->late[i].no);
		q->up[i] = -1;
		q->n_asked += q->asked[i] != NULL;
	}
	if (q->n_asked < q->n)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return q->a->has_sink ? k->latest(k->self, UP_METRIC, q->asked, q->n_asked, take_up, q, err)
			      : YH_OK;
}

static enum yh_rc tell(struct round *q, const struct yh_carrier *c, const char *kind,
		       const char *evidence, struct yh_err *err)
{
	struct yh_event e = { .id = yh_id_new(q->a->world->ids, q->now),
			      .at = q->now,
			      .kind = kind,
			      .object_kind = "resource",
			      .object_id = c->resource,
			      .article = yh_action_article(q->a->world, yh_day_of(q->now),
							   YH_AGENT_ACTION),
			      .outcome = yh_seen_name(YH_SEEN_ABSENT),
			      .source = "local",
			      .payload = evidence };

	return yh_event_insert(q->tx, &e, err);
}

static enum yh_rc note(struct round *q, const struct yh_carrier *c, int up, struct yh_err *err)
{
	struct yh_observation_row row = { .id = yh_id_new(q->a->world->ids, q->now),
					  .resource = c->resource,
					  .from_at = lacks_since(q, c),
					  .noticed_at = q->now };
	char evidence[200];
	bool inserted;
	enum yh_rc rc;

	(void)snprintf(evidence, sizeof evidence,
		       "{\"days\":%" PRId64 ",\"had_one\":%s,\"register\":\"running\","
		       "\"provider\":\"%s\"}",
		       q->duty->days, c->revoked_at ? "true" : "false", up < 0 ? "unknown" : "up");
	(void)snprintf(row.kind, sizeof row.kind, "%s", yh_seen_name(YH_SEEN_ABSENT));
	row.evidence = evidence;
	row.evidence_digest = yh_sm3_of(evidence, strlen(evidence));
	rc = yh_observation_insert(q->tx, &row, &inserted, err);
	if (rc != YH_OK || !inserted)
		return rc;
	q->a->notes++;
	return tell(q, c, "observation.made", evidence, err);
}

static enum yh_rc end(struct round *q, const struct yh_carrier *c, struct yh_err *err)
{
	const char *why = c->watched    ? "{\"by\":\"enrolment\"}"
			  : !c->running ? "{\"by\":\"stop\"}"
					: "{\"by\":\"duty\"}";
	enum yh_rc rc = yh_observation_end(q->tx, &c->open, q->now, why, err);

	return rc == YH_OK ? tell(q, c, "observation.ended", why, err) : rc;
}

static enum yh_rc settle(struct round *q, const struct yh_carrier *c, struct yh_err *err)
{
	if (!yh_id_is_zero(&c->open))
		return end(q, c, err);
	for (size_t i = 0; i < q->n_asked; i++)
		if (strcmp(q->asked[i], c->no) == 0)
			return q->up[i] != 0 ? note(q, c, q->up[i], err) : YH_OK;
	return YH_OK; /* it was none when the meter was asked */
}

static enum yh_rc write_some(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct round *q = arg;
	enum yh_rc rc = read_some(tx, q, err);

	q->tx = tx;
	for (size_t i = 0; rc == YH_OK && i < q->n; i++)
		rc = settle(q, &q->late[i], err);
	return rc;
}

enum yh_rc yh_agents_look_for_absent(struct yh_agents *a, yh_time now,
				     const struct yh_agent_duty *duty, struct yh_arena *arena,
				     struct yh_err *err)
{
	struct round q = { .a = a, .now = now, .duty = duty };
	struct yh_exec *x = a->world->exec;
	enum yh_rc rc;

	q.late = YH_NEW_N(arena, struct yh_carrier, NOTED_MOST);
	if (!q.late)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_exec_read(x, read_some, &q, err);
	if (rc == YH_OK && q.n > 0) {
		rc = ask_meter(&q, arena, err);
		if (rc == YH_OK)
			rc = yh_exec_write(x, write_some, &q, err);
	}
	if (rc == YH_OK)
		a->absent_after = q.full || q.seen == A_PASS ? q.last : (struct yh_id){ 0 };
	return rc;
}
