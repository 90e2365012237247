/* The scheduler's pass over the agents. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "services/agent/internal.h"

/* How many agents may be looked into in one pass, and how soon again when all was in order. */
enum { SUSPECTS_MOST = 2000, ASK_AGAIN_S = 300, OVERLAP_S = 60 };
#define UP_METRIC "resource_up"

struct suspect {
	struct yh_id id, resource;
	const char *resource_no; /* the slot's: never changes */
	yh_time seen_at;
	int64_t up; /* as the provider says: -1 nothing */
};
struct scanning {
	struct yh_agents *a;
	struct yh_arena *arena;
	struct yh_err *err;
	yh_time now;
	int64_t intervals;
	struct suspect *list;
	struct yh_agent_row *rows; /* of each, as the store has it once the meter was asked */
	size_t n;
	enum yh_rc rc;
};

static yh_time limit_of(const struct scanning *q, const struct yh_agent_state *s)
{
	return q->intervals * s->interval_s * YH_US_PER_S;
}

/* Collects who is silent and not known to be, and who was silent: has the machine stopped? */
static void look(void *arg, struct slot *slot)
{
	struct scanning *q = arg;
	struct yh_agent_state *s = &slot->state;
	yh_time since = s->seen_at > q->a->up_since ? s->seen_at : q->a->up_since;
	struct yh_agent_notes notes = { 0 };

	if (s->revoked)
		return;
	if (s->open & (1U << YH_SEEN_MAC | 1U << YH_SEEN_REPLAY)) {
		yh_judge_quiet(s, q->now, &notes);
		yh_notes_add(q->a, s, &notes, NULL, q->now);
	}
	if (q->now - since < limit_of(q, s) || yh_note_is_open(s, YH_SEEN_UNINSTALL) ||
	    q->now < s->ask_at || q->n == SUSPECTS_MOST)
		return;
	s->ask_at = q->now + ASK_AGAIN_S * YH_US_PER_S;
	q->list[q->n++] = (struct suspect){ .id = s->id,
					    .resource = s->resource,
					    .resource_no = s->resource_no,
					    .seen_at = s->seen_at,
					    .up = -1 };
}

static int by_number(const void *x, const void *y)
{
	const struct suspect *a = x, *b = y;

	return strcmp(a->resource_no, b->resource_no);
}

static struct suspect *suspect_of(struct scanning *q, const char *resource_no)
{
	const struct suspect key = { .resource_no = resource_no };

	return bsearch(&key, q->list, q->n, sizeof key, by_number);
}

/* Another server may have taken batches of it. */
static bool take_seen(void *arg, const char *resource_no, int64_t at_ms, double value)
{
	struct suspect *s = suspect_of(arg, resource_no);

	(void)value;
	if (s && at_ms * 1000 > s->seen_at && at_ms * 1000 <= ((struct scanning *)arg)->now)
		s->seen_at = at_ms * 1000;
	return true;
}

static bool take_up(void *arg, const char *resource_no, int64_t at_ms, double value)
{
	struct scanning *q = arg;
	struct suspect *s = suspect_of(q, resource_no);

	/* what the provider said long ago says nothing about now */
	if (s && q->now - at_ms * 1000 < ASK_AGAIN_S * YH_US_PER_S)
		s->up = value > 0;
	return true;
}

static enum yh_rc ask_meter(struct scanning *q, struct yh_err *err)
{
	const struct yh_agent_sink *k = &q->a->sink;
	const char **numbers;
	enum yh_rc rc;

	if (!q->a->has_sink || q->n == 0)
		return YH_OK;
	numbers = YH_NEW_N(q->arena, const char *, q->n);
	if (!numbers)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < q->n; i++)
		numbers[i] = q->list[i].resource_no;
	rc = k->latest(k->self, YH_AGENT_BATCH_METRIC, numbers, q->n, take_seen, q, err);
	return rc == YH_OK ? k->latest(k->self, UP_METRIC, numbers, q->n, take_up, q, err) : rc;
}

static void conclude(struct scanning *q, const struct suspect *sus, const char *state)
{
	struct slot *slot = yh_roster_find(q->a, &sus->id);
	pthread_mutex_t *lock = yh_roster_lock(q->a, &sus->id);
	bool runs = sus->up >= 0 ? sus->up > 0 : strcmp(state, "running") == 0;
	struct yh_agent_notes notes = { 0 };
	struct yh_agent_state *s = &slot->state;

	(void)pthread_mutex_lock(lock);
	if (sus->seen_at > s->seen_at)
		s->seen_at = sus->seen_at;
	if (q->now - s->seen_at < limit_of(q, s))
		yh_note(s, &notes, YH_NOTE_CLOSE, YH_SEEN_SILENCE, 0, s->seen_at,
			"{\"by\":\"batch\"}");
	else if (runs)
		yh_note(s, &notes, YH_NOTE_OPEN, YH_SEEN_SILENCE, s->seen_at, 0,
			"{\"last\":%" PRId64 ",\"last_kind\":\"%s\",\"silent_s\":%" PRId64
			",\"interval_s\":%" PRId64 ",\"intervals\":%" PRId64
			",\"register\":\"%s\",\"provider\":\"%s\"}",
			s->last, s->last ? yh_agent_kind_name(s->last_kind) : "none",
			(q->now - s->seen_at) / YH_US_PER_S, s->interval_s, q->intervals, state,
			sus->up < 0   ? "unknown"
			: sus->up > 0 ? "up"
				      : "down");
	else
		yh_note(s, &notes, YH_NOTE_CLOSE, YH_SEEN_SILENCE, 0, q->now,
			"{\"register\":\"%s\",\"provider\":\"%s\"}", state,
			sus->up < 0 ? "unknown" : "down");
	yh_notes_add(q->a, s, &notes, NULL, q->now);
	(void)pthread_mutex_unlock(lock);
}

static enum yh_rc load_suspects(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scanning *q = arg;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < q->n; i++)
		rc = yh_agent_load(tx, &q->list[i].id, &q->rows[i], err);
	return rc;
}

static enum yh_rc judge_suspects(struct scanning *q, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	q->rows = YH_NEW_N(q->arena, struct yh_agent_row, q->n + 1);
	if (!q->rows)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (q->n > 0)
		rc = yh_exec_read(q->a->world->exec, load_suspects, q, err);
	for (size_t i = 0; rc == YH_OK && i < q->n; i++) {
		rc = yh_roster_put(q->a, &q->rows[i], err);
		if (rc == YH_OK && !q->rows[i].revoked_at)
			conclude(q, &q->list[i], q->rows[i].resource_state);
	}
	return rc;
}

static bool put(void *arg, const struct yh_agent_row *row)
{
	struct scanning *q = arg;

	q->rc = yh_roster_put(q->a, row, q->err);
	return q->rc == YH_OK;
}

/* What changed here or on another server since the last pass, and whose resource was destroyed. */
static enum yh_rc refresh(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scanning *q = arg;
	yh_time since = q->a->scanned_at ? q->a->scanned_at - OVERLAP_S * YH_US_PER_S : 1;
	enum yh_rc rc;

	q->err = err;
	q->rc = YH_OK;
	if (!q->a->scanned_at)
		since = q->a->up_since - OVERLAP_S * YH_US_PER_S;
	rc = yh_agent_each(tx, since > 1 ? since : 1, put, q, err);
	if (rc == YH_OK)
		rc = q->rc;
	if (rc == YH_OK)
		rc = yh_agent_each_destroyed(tx, since > 1 ? since : 1, put, q, err);
	return rc == YH_OK ? q->rc : rc;
}

enum yh_rc yh_agents_scan(struct yh_agents *a, yh_time now, int64_t intervals,
			  struct yh_arena *arena, struct yh_err *err)
{
	struct scanning q = { .a = a, .arena = arena, .now = now, .intervals = intervals };
	enum yh_rc rc;

	q.list = YH_NEW_N(arena, struct suspect, SUSPECTS_MOST);
	if (!q.list)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_exec_read(a->world->exec, refresh, &q, err);
	if (rc != YH_OK)
		return rc;
	yh_roster_each(a, look, &q);
	qsort(q.list, q.n, sizeof *q.list, by_number);
	rc = ask_meter(&q, err);
	if (rc == YH_OK)
		rc = judge_suspects(&q, err);
	if (rc == YH_OK)
		a->scanned_at = now;
	yh_notes_kick(a);
	return rc;
}

/* "vcpu memory_gib": the words of the parameter, each a dimension. */
static void take_dims(const struct yh_param *p, struct yh_arena *arena, struct yh_agent_duty *d)
{
	char *text = yh_arena_strdup(arena, p ? p->text : ""), *rest = text;
	size_t n = 0;

	for (size_t i = 0; i < YH_CARRIER_DIMS; i++)
		d->dims[i] = "";
	for (char *word; text && n < YH_CARRIER_DIMS && (word = strtok_r(rest, " ", &rest));)
		d->dims[n++] = word;
}

enum yh_rc yh_agents_scan_job(const struct yh_world *world, yh_time now, struct yh_arena *arena,
			      struct yh_err *err)
{
	const struct yh_law_book *law = world->law;
	const struct yh_pack *pack;
	const struct yh_param *p;
	struct yh_agent_duty duty;
	enum yh_rc rc;

	if (!world->agents)
		return YH_OK;
	rc = law->pack_on(law->self, yh_day_of(now), &pack, err);
	if (rc != YH_OK)
		return rc;
	p = yh_pack_param(pack, "agent.silence");
	rc = yh_agents_scan(world->agents, now, p ? p->num : 20, arena, err);
	if (rc != YH_OK)
		return rc;
	take_dims(yh_pack_param(pack, "agent.carriers"), arena, &duty);
	p = yh_pack_param(pack, "agent.enrol");
	duty.days = p ? p->num : 3;
	return yh_agents_look_for_absent(world->agents, now, &duty, arena, err);
}
