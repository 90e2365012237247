/* Writing down what was noticed: queued by whoever notices, written in the background, each once.
 */
#include <stdlib.h>
#include <string.h>

#include "services/agent/internal.h"
#include "store/event.h"

void yh_notes_add(struct yh_agents *a, const struct yh_agent_state *s,
		  const struct yh_agent_notes *notes, const struct yh_agent_head *head, yh_time now)
{
	if (notes->n == 0)
		return;
	for (size_t i = 0; i < notes->n; i++) {
		struct note_item *it = calloc(1, sizeof *it);

		if (!it)
			return;
		it->id = yh_id_new(a->world->ids, now);
		it->agent = s->id;
		it->resource = s->resource;
		it->noticed_at = now;
		it->note = notes->list[i];
		it->has_seen = head &&
			       (it->note.kind == YH_SEEN_BINARY || it->note.kind == YH_SEEN_CONFIG);
		if (it->has_seen) {
			it->binary = head->binary;
			it->config = head->config;
		}
		(void)pthread_mutex_lock(&a->notes_lock);
		if (a->n_waiting < NOTES_MOST) {
			*a->waiting_end = it;
			a->waiting_end = &it->next;
			a->n_waiting++;
			it = NULL;
		}
		(void)pthread_mutex_unlock(&a->notes_lock);
		free(it);
		a->notes++;
	}
	yh_notes_kick(a);
}

static enum yh_rc tell(struct yh_tx *tx, struct yh_agents *a, const struct note_item *it,
		       const char *kind, struct yh_err *err)
{
	struct yh_event e = { .id = yh_id_new(a->world->ids, it->noticed_at),
			      .at = it->noticed_at,
			      .kind = kind,
			      .object_kind = "resource",
			      .object_id = it->resource,
			      .article = yh_action_article(a->world, yh_day_of(it->noticed_at),
							   YH_AGENT_ACTION),
			      .outcome = yh_seen_name(it->note.kind),
			      .source = "local",
			      .payload = it->note.evidence };

	return yh_event_insert(tx, &e, err);
}

static enum yh_rc write_open(struct yh_tx *tx, struct yh_agents *a, const struct note_item *it,
			     struct yh_err *err)
{
	struct yh_observation_row row = {
		.id = it->id,
		.resource = it->resource,
		.agent = it->agent,
		.from_at = it->note.from,
		.to_at = it->note.act == YH_NOTE_ONCE ? it->note.to : 0,
		.noticed_at = it->noticed_at,
		.evidence = it->note.evidence,
		.evidence_digest = yh_sm3_of(it->note.evidence, strlen(it->note.evidence)),
	};
	bool inserted;
	enum yh_rc rc;

	for (size_t i = 0; yh_seen_name(it->note.kind)[i]; i++)
		row.kind[i] = yh_seen_name(it->note.kind)[i];
	rc = yh_observation_insert(tx, &row, &inserted, err);
	return rc == YH_OK && inserted ? tell(tx, a, it, "observation.made", err) : rc;
}

static enum yh_rc write_close(struct yh_tx *tx, struct yh_agents *a, const struct note_item *it,
			      struct yh_err *err)
{
	struct yh_id id;
	enum yh_rc rc = yh_observation_close(tx, &it->agent, yh_seen_name(it->note.kind),
					     it->note.to, it->note.evidence, &id, err);

	return rc == YH_OK && !yh_id_is_zero(&id) ? tell(tx, a, it, "observation.ended", err) : rc;
}

static enum yh_rc write_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_agents *a = arg;
	enum yh_rc rc = YH_OK;

	for (const struct note_item *it = a->writing; rc == YH_OK && it; it = it->next) {
		rc = it->note.act == YH_NOTE_CLOSE ? write_close(tx, a, it, err)
						   : write_open(tx, a, it, err);
		if (rc == YH_OK && it->has_seen)
			rc = yh_agent_set_seen(tx, &it->agent, &it->binary, &it->config, err);
	}
	return rc;
}

/* Under the lock: takes some of what waits; false when nothing does, or a write is under way. */
static bool begin(struct yh_agents *a)
{
	struct note_item **end = &a->waiting;

	if (a->busy || !a->waiting)
		return false;
	for (size_t i = 0; *end && i < NOTES_BATCH; i++, a->n_waiting--)
		end = &(*end)->next;
	a->writing = a->waiting;
	a->waiting = *end;
	*end = NULL;
	if (!a->waiting)
		a->waiting_end = &a->waiting;
	a->busy = true;
	return true;
}

/* Under the lock: what could not be written goes back to the front, for the order matters. */
static void put_back(struct yh_agents *a)
{
	struct note_item **tail = &a->writing;

	for (; *tail; tail = &(*tail)->next)
		a->n_waiting++;
	*tail = a->waiting;
	if (!a->waiting)
		a->waiting_end = tail;
	a->waiting = a->writing;
}

/* Ends a write. True: more was waiting, and is being written by now; false: `a` must not be touched
 * any more, for whoever waited to close it may do so. */
static bool end(struct yh_agents *a, enum yh_rc rc)
{
	struct note_item *done = NULL;
	bool more = false;

	(void)pthread_mutex_lock(&a->notes_lock);
	if (rc == YH_OK)
		done = a->writing;
	else
		put_back(a);
	a->writing = NULL;
	a->busy = false;
	if (rc == YH_OK)
		more = begin(a);
	if (!more)
		(void)pthread_cond_broadcast(&a->notes_idle);
	(void)pthread_mutex_unlock(&a->notes_lock);
	while (done) {
		struct note_item *next = done->next;

		free(done);
		done = next;
	}
	return more;
}

static void submit(struct yh_agents *a);

/* After a failure the scheduler's next pass tries again. */
static void written(struct yh_write *w)
{
	struct yh_agents *a = w->arg;

	if (end(a, w->rc))
		submit(a);
}

static void submit(struct yh_agents *a)
{
	a->write = (struct yh_write){ .fn = write_all, .arg = a, .done = written };
	if (yh_exec_submit(a->world->exec, &a->write, NULL) != YH_OK)
		(void)end(a, YH_BUSY);
}

void yh_notes_kick(struct yh_agents *a)
{
	bool begun;

	(void)pthread_mutex_lock(&a->notes_lock);
	begun = begin(a);
	(void)pthread_mutex_unlock(&a->notes_lock);
	if (begun)
		submit(a);
}

void yh_notes_wait(struct yh_agents *a)
{
	(void)pthread_mutex_lock(&a->notes_lock);
	while (a->busy)
		(void)pthread_cond_wait(&a->notes_idle, &a->notes_lock);
	(void)pthread_mutex_unlock(&a->notes_lock);
}

enum yh_rc yh_agents_flush(struct yh_agents *a, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	bool more;

	(void)pthread_mutex_lock(&a->notes_lock);
	while (a->busy)
		(void)pthread_cond_wait(&a->notes_idle, &a->notes_lock);
	more = begin(a);
	(void)pthread_mutex_unlock(&a->notes_lock);
	while (more) {
		rc = yh_exec_write(a->world->exec, write_all, a, err);
		more = end(a, rc);
	}
	return rc;
}
