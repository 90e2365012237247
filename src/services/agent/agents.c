/* Batches: who sends, is it theirs, is it the next. */
#include "services/agent/agents.h"

#include <stdlib.h>
#include <string.h>

#include "services/agent/internal.h"

enum yh_rc yh_agents_open(const struct yh_world *world, const char *keys,
			  const struct yh_agent_sink *sink, struct yh_agents **out,
			  struct yh_err *err)
{
	struct yh_agents *a = calloc(1, sizeof *a);
	enum yh_rc rc;

	*out = NULL;
	if (!a)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	a->world = world;
	a->has_sink = sink != NULL;
	if (sink)
		a->sink = *sink;
	a->up_since = yh_clock_now(world->clock);
	a->waiting_end = &a->waiting;
	(void)pthread_rwlock_init(&a->table_lock, NULL);
	for (size_t i = 0; i < STRIPES; i++)
		(void)pthread_mutex_init(&a->stripes[i], NULL);
	(void)pthread_mutex_init(&a->notes_lock, NULL);
	(void)pthread_mutex_init(&a->rate_lock, NULL);
	(void)pthread_cond_init(&a->notes_idle, NULL);
	rc = yh_agents_load_keys(a, keys, yh_exec_ring(world->exec), err);
	if (rc == YH_OK)
		rc = yh_roster_load(a, err);
	if (rc != YH_OK) {
		yh_agents_close(a);
		return rc;
	}
	*out = a;
	return YH_OK;
}

void yh_agents_close(struct yh_agents *a)
{
	if (!a)
		return;
	if (yh_agents_flush(a, NULL) != YH_OK)
		yh_notes_wait(a); /* what could not be written is lost with the program */
	while (a->waiting) {
		struct note_item *next = a->waiting->next;

		free(a->waiting);
		a->waiting = next;
	}
	yh_roster_free(a);
	yh_sm2_free(a->key);
	for (size_t i = 0; i < STRIPES; i++)
		(void)pthread_mutex_destroy(&a->stripes[i]);
	(void)pthread_rwlock_destroy(&a->table_lock);
	(void)pthread_mutex_destroy(&a->notes_lock);
	(void)pthread_mutex_destroy(&a->rate_lock);
	(void)pthread_cond_destroy(&a->notes_idle);
	explicit_bzero(a, sizeof *a);
	free(a);
}

bool yh_agents_admit(struct yh_agents *a, yh_time *at, yh_time now, int64_t rate, int64_t burst)
{
	const yh_time each = YH_US_PER_S / rate;
	bool ok;

	(void)pthread_mutex_lock(&a->rate_lock);
	if (*at < now - each * burst || *at > now + YH_US_PER_S)
		*at = now - each * burst;
	ok = *at + each <= now;
	if (ok)
		*at += each;
	(void)pthread_mutex_unlock(&a->rate_lock);
	return ok;
}

struct asking {
	struct yh_id id;
	struct yh_agent_row row;
};

static enum yh_rc ask(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asking *q = arg;

	return yh_agent_load(tx, &q->id, &q->row, err);
}

/* An agent not in the roster may have enrolled a moment ago, here or on another server. */
static enum yh_rc from_store(struct yh_agents *a, const struct yh_id *id, struct yh_err *err)
{
	struct asking *q = calloc(1, sizeof *q);
	enum yh_rc rc;

	if (!q)
		return yh_fail(err, YH_BUSY, "memory-short");
	q->id = *id;
	rc = yh_exec_read(a->world->exec, ask, q, err);
	if (rc == YH_OK)
		rc = yh_roster_put(a, &q->row, err);
	free(q);
	return rc;
}

static enum yh_rc find(struct yh_agents *a, const struct yh_id *id, yh_time now, struct slot **out,
		       struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*out = yh_roster_find(a, id);
	if (!*out && !yh_agents_admit(a, &a->unknown_at, now, 500, 500))
		return yh_fail(err, YH_BUSY, "agent-batch-pending");
	if (!*out || now < (*out)->doubt_until)
		rc = from_store(a, id, err);
	if (rc == YH_OK && !*out)
		*out = yh_roster_find(a, id);
	return rc == YH_OK && !*out ? yh_fail(err, YH_NOT_FOUND, "agent-unknown") : rc;
}

static void answer(struct yh_agent_batch *b, const struct yh_agent_state *s, bool behind,
		   yh_time now)
{
	b->answer =
		(struct yh_agent_answer){ .behind = behind, .last = s->last, .at_ms = now / 1000 };
	b->answer_mac = yh_agent_answer_mac(s->key, &s->id, &b->parsed, &b->answer);
}

/* On a thread of the meter, when the batch is durable or refused. */
static void taken(struct yh_agent_taking *t)
{
	struct yh_agent_batch *b = t->arg;
	struct yh_agents *a = b->agents;
	struct slot *s = yh_roster_find(a, &b->agent);
	pthread_mutex_t *lock = yh_roster_lock(a, &b->agent);
	struct yh_agent_notes notes = { 0 };
	yh_time now = t->received_at;

	(void)pthread_mutex_lock(lock);
	if (t->rc == YH_OK) {
		yh_judge_taken(&s->state, &b->parsed, &b->digest, now, &notes);
		answer(b, &s->state, false, now);
	} else {
		yh_judge_dropped(&s->state);
		b->err = t->err;
	}
	yh_notes_add(a, &s->state, &notes, &b->parsed, now);
	(void)pthread_mutex_unlock(lock);
	b->rc = t->rc;
	a->batches++;
	b->done(b);
}

static enum yh_rc check(struct yh_agents *a, struct yh_agent_batch *b, struct slot *s, yh_time now,
			struct yh_agent_notes *notes)
{
	struct yh_sm3 want, came;

	want = yh_agent_batch_mac(s->state.key, &b->agent, b->head, &b->digest);
	if (!yh_unhex(b->mac, came.b, sizeof came.b) ||
	    !yh_equal_ct(want.b, came.b, sizeof want.b)) {
		a->bad_macs++;
		if (!s->state.revoked)
			yh_judge_bad_mac(&s->state, b->source ? b->source : "", now, notes);
		return yh_fail(&b->err, YH_UNAUTHENTICATED, "agent-mac-wrong");
	}
	if (s->state.revoked)
		return yh_fail(&b->err, YH_FORBIDDEN, "agent-revoked");
	if (!a->has_sink)
		return yh_fail(&b->err, YH_BUSY, "meter-absent");
	return YH_OK;
}

/* Under the agent's lock; *take: the meter is to have it. */
static enum yh_rc decide(struct yh_agents *a, struct yh_agent_batch *b, struct slot *s, yh_time now,
			 bool *take)
{
	struct yh_agent_notes notes = { 0 };
	enum yh_rc rc = check(a, b, s, now, &notes);

	*take = false;
	if (rc == YH_OK)
		switch (yh_judge(&s->state, &b->parsed, &b->digest, now, &notes)) {
		case YH_VERDICT_TAKE:
			*take = true;
			break;
		case YH_VERDICT_DONE:
			a->repeated++;
			answer(b, &s->state, false, now);
			break;
		case YH_VERDICT_BEHIND:
			a->behind++;
			answer(b, &s->state, true, now);
			break;
		case YH_VERDICT_WAIT:
			rc = yh_fail(&b->err, YH_BUSY, "agent-batch-pending");
			break;
		}
	yh_notes_add(a, &s->state, &notes, NULL, now);
	return rc;
}

static void finish(struct yh_agents *a, struct yh_agent_batch *b, enum yh_rc rc)
{
	if (rc != YH_OK)
		a->refused++;
	b->rc = rc;
	b->done(b);
}

static void give_to_meter(struct yh_agents *a, struct yh_agent_batch *b, struct slot *s,
			  yh_time now)
{
	pthread_mutex_t *lock = yh_roster_lock(a, &b->agent);
	enum yh_rc rc;

	b->taking = (struct yh_agent_taking){ .resource = s->state.resource,
					      .resource_no = s->state.resource_no,
					      .body = b->body,
					      .n = b->n,
					      .received_at = now,
					      .done = taken,
					      .arg = b };
	rc = a->sink.take(a->sink.self, &b->taking, &b->err);
	if (rc == YH_OK)
		return;
	(void)pthread_mutex_lock(lock);
	yh_judge_dropped(&s->state);
	(void)pthread_mutex_unlock(lock);
	finish(a, b, rc);
}

void yh_agents_take(struct yh_agents *a, struct yh_agent_batch *b)
{
	yh_time now = yh_clock_now(a->world->clock);
	pthread_mutex_t *lock = yh_roster_lock(a, &b->agent);
	struct slot *s = NULL;
	bool take = false;
	enum yh_rc rc;

	b->agents = a;
	b->err = (struct yh_err){ 0 };
	if (!b->head || !b->mac || b->n > YH_AGENT_BATCH_MAX)
		rc = yh_fail(&b->err, YH_BAD_INPUT, "agent-batch-invalid");
	else
		rc = yh_agent_head_parse(b->head, &b->parsed, &b->err);
	if (rc == YH_OK)
		rc = find(a, &b->agent, now, &s, &b->err);
	if (rc == YH_OK) {
		b->digest = yh_sm3_of(b->body, b->n);
		(void)pthread_mutex_lock(lock);
		rc = decide(a, b, s, now, &take);
		(void)pthread_mutex_unlock(lock);
	}
	if (take)
		give_to_meter(a, b, s, now);
	else
		finish(a, b, rc);
}

void yh_agents_now(struct yh_agents *a, const struct yh_id *id, struct yh_agent_now *out)
{
	struct slot *s = yh_roster_find(a, id);
	pthread_mutex_t *lock = yh_roster_lock(a, id);

	*out = (struct yh_agent_now){ 0 };
	if (!s)
		return;
	(void)pthread_mutex_lock(lock);
	*out = (struct yh_agent_now){ .last = s->state.last,
				      .seen_at = s->state.last ? s->state.seen_at : 0,
				      .offset_ms = s->state.offset_ms,
				      .open = s->state.open,
				      .last_kind = s->state.last_kind,
				      .lost = s->state.lost };
	(void)pthread_mutex_unlock(lock);
}

void yh_agents_stats(struct yh_agents *a, struct yh_agents_stats *out)
{
	(void)pthread_rwlock_rdlock(&a->table_lock);
	*out = (struct yh_agents_stats){ .agents = a->n,
					 .batches = a->batches,
					 .repeated = a->repeated,
					 .behind = a->behind,
					 .bad_macs = a->bad_macs,
					 .refused = a->refused,
					 .notes = a->notes };
	(void)pthread_rwlock_unlock(&a->table_lock);
}
