/* Resources that should have an agent and have none (Art. 25): a round over the register, some of
 * it in each pass of the scheduler, so that no pass takes long. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "services/agent/internal.h"
#include "store/event.h"

enum { A_PASS = 2000, NOTED_MOST = 200, FRESH_S = 300 };
#define UP_METRIC "resource_up"

struct round {
	struct yh_agents *a;
	struct yh_ctx *cx;
	const struct yh_agent_duty *duty;
	struct yh_carrier *late; /* those to be noted or to be ended, by id */
	int8_t *up;              /* of each, as its provider says: -1 nothing */
	size_t n;
	bool full;
	struct yh_id last; /* seen to */
};

/* Since when it lacks one, against its duty; 0: it does not. */
static yh_time lacks_since(const struct round *q, const struct yh_carrier *c)
{
	yh_time from = c->revoked_at > c->opened_at ? c->revoked_at : c->opened_at;
	yh_time due = from + q->duty->days * 24 * 3600 * YH_US_PER_S;

	return c->running && c->carries && !c->watched && c->opened_at && due <= q->cx->now ? due
											    : 0;
}

static void look(void *arg, const struct yh_carrier *c)
{
	struct round *q = arg;

	q->full = q->full || q->n == NOTED_MOST;
	if (q->full)
		return;
	q->last = c->resource;
	if ((lacks_since(q, c) != 0) == yh_id_is_zero(&c->open)) {
		q->up[q->n] = -1;
		q->late[q->n++] = *c;
	}
}

static bool take_up(void *arg, const char *resource_no, int64_t at_ms, double value)
{
	struct round *q = arg;

	for (size_t i = 0; i < q->n; i++)
		if (strcmp(q->late[i].no, resource_no) == 0 &&
		    q->cx->now - at_ms * 1000 < FRESH_S * YH_US_PER_S)
			q->up[i] = value > 0;
	return true;
}

static enum yh_rc tell(struct round *q, const struct yh_carrier *c, const char *kind,
		       const char *evidence, struct yh_err *err)
{
	struct yh_event e = { .id = yh_ctx_new_id(q->cx),
			      .at = q->cx->now,
			      .kind = kind,
			      .object_kind = "resource",
			      .object_id = c->resource,
			      .article = "25",
			      .outcome = yh_seen_name(YH_SEEN_ABSENT),
			      .source = "local",
			      .payload = evidence };

	return yh_event_insert(q->cx->tx, &e, err);
}

static enum yh_rc note(struct round *q, const struct yh_carrier *c, int up, struct yh_err *err)
{
	struct yh_observation_row row = { .id = yh_ctx_new_id(q->cx),
					  .resource = c->resource,
					  .from_at = lacks_since(q, c),
					  .noticed_at = q->cx->now };
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
	rc = yh_observation_insert(q->cx->tx, &row, &inserted, err);
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
	enum yh_rc rc = yh_observation_end(q->cx->tx, &c->open, q->cx->now, why, err);

	return rc == YH_OK ? tell(q, c, "observation.ended", why, err) : rc;
}

enum yh_rc yh_agents_look_for_absent(struct yh_agents *a, struct yh_ctx *cx,
				     const struct yh_agent_duty *duty, struct yh_err *err)
{
	struct round q = { .a = a, .cx = cx, .duty = duty, .last = a->absent_after };
	const char **numbers = YH_NEW_N(cx->arena, const char *, NOTED_MOST);
	size_t seen;
	enum yh_rc rc;

	q.late = YH_NEW_N(cx->arena, struct yh_carrier, NOTED_MOST);
	q.up = YH_NEW_N(cx->arena, int8_t, NOTED_MOST);
	if (!q.late || !q.up || !numbers)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_carrier_each(cx->tx, &a->absent_after, duty->dims, A_PASS, look, &q, &seen, err);
	for (size_t i = 0; i < q.n; i++)
		numbers[i] = q.late[i].no;
	if (rc == YH_OK && a->has_sink && q.n > 0)
		rc = a->sink.latest(a->sink.self, UP_METRIC, numbers, q.n, take_up, &q, err);
	for (size_t i = 0; rc == YH_OK && i < q.n; i++) {
		if (!yh_id_is_zero(&q.late[i].open))
			rc = end(&q, &q.late[i], err);
		else if (q.up[i] != 0)
			rc = note(&q, &q.late[i], q.up[i], err);
	}
	if (rc == YH_OK)
		a->absent_after = q.full || seen == A_PASS ? q.last : (struct yh_id){ 0 };
	return rc;
}
