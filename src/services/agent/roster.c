/* The agents in memory. */
#include <stdlib.h>
#include <string.h>

#include "services/agent/internal.h"

static uint64_t hash(const struct yh_id *id)
{
	uint64_t v;

	/* the random half of an id */
	memcpy(&v, id->b + 8, sizeof v);
	return v * UINT64_C(0x9E3779B97F4A7C15);
}

pthread_mutex_t *yh_roster_lock(struct yh_agents *a, const struct yh_id *id)
{
	return &a->stripes[(hash(id) >> 32) % STRIPES];
}

static struct slot **seek(struct slot **table, size_t cap, const struct yh_id *id)
{
	size_t i = (size_t)(hash(id) >> 20) & (cap - 1);

	while (table[i] && !yh_id_eq(&table[i]->state.id, id))
		i = (i + 1) & (cap - 1);
	return &table[i];
}

struct slot *yh_roster_find(struct yh_agents *a, const struct yh_id *id)
{
	struct slot *s;

	(void)pthread_rwlock_rdlock(&a->table_lock);
	s = a->cap ? *seek(a->table, a->cap, id) : NULL;
	(void)pthread_rwlock_unlock(&a->table_lock);
	return s;
}

static bool grow(struct yh_agents *a)
{
	size_t cap = a->cap ? 2 * a->cap : 1024;
	struct slot **table = calloc(cap, sizeof(struct slot *));

	if (!table)
		return false;
	for (size_t i = 0; i < a->cap; i++)
		if (a->table[i])
			*seek(table, cap, &a->table[i]->state.id) = a->table[i];
	free(a->table);
	a->table = table;
	a->cap = cap;
	return true;
}

/* What may change after the enrolment. */
static void refresh(struct yh_agent_state *s, const struct yh_agent_row *row)
{
	s->interval_s = row->interval_s;
	s->revoked = row->revoked_at != 0;
	s->destroyed = strcmp(row->resource_state, "destroyed") == 0;
	s->binary_ok = yh_judge_short(&row->binary_ok);
	s->config_ok = yh_judge_short(&row->config_ok);
	/* accepting and revoking end observations in the store by themselves */
	if (s->binary_ok == s->binary)
		s->open = (uint16_t)(s->open & ~(1U << YH_SEEN_BINARY));
	if (s->config_ok == s->config)
		s->open = (uint16_t)(s->open & ~(1U << YH_SEEN_CONFIG));
	if (s->revoked)
		s->open = 0;
}

static enum yh_rc fill(struct yh_agents *a, struct yh_agent_state *s,
		       const struct yh_agent_row *row, struct yh_err *err)
{
	s->id = row->id;
	s->resource = row->resource;
	memcpy(s->resource_no, row->resource_no, sizeof s->resource_no);
	s->seen_at = row->enrolled_at;
	s->binary = yh_judge_short(&row->binary_seen);
	s->config = yh_judge_short(&row->config_seen);
	s->last_known = true; /* none: numbers begin at 1 */
	refresh(s, row);
	if (row->secret_n != YH_AGENT_KEY + YH_SEAL_EXTRA)
		return yh_fail(err, YH_INTERNAL, "seal-broken");
	return yh_unseal(&a->sealing, row->id.b, sizeof row->id.b, row->secret, row->secret_n,
			 s->key, err);
}

enum yh_rc yh_roster_put(struct yh_agents *a, const struct yh_agent_row *row, struct yh_err *err)
{
	struct slot *s = yh_roster_find(a, &row->id), **at;
	enum yh_rc rc;

	if (s) {
		pthread_mutex_t *lock = yh_roster_lock(a, &row->id);

		(void)pthread_mutex_lock(lock);
		refresh(&s->state, row);
		(void)pthread_mutex_unlock(lock);
		return YH_OK;
	}
	s = calloc(1, sizeof *s);
	if (!s)
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = fill(a, &s->state, row, err);
	if (rc != YH_OK) {
		free(s);
		return rc;
	}
	(void)pthread_rwlock_wrlock(&a->table_lock);
	if (2 * (a->n + 1) > a->cap && !grow(a)) {
		rc = yh_fail(err, YH_BUSY, "memory-short");
	} else {
		at = seek(a->table, a->cap, &row->id);
		if (!*at) {
			*at = s;
			a->n++;
			s = NULL;
		}
	}
	(void)pthread_rwlock_unlock(&a->table_lock);
	free(s); /* not entered: another was quicker */
	return rc;
}

void yh_roster_each(struct yh_agents *a, yh_roster_fn fn, void *arg)
{
	(void)pthread_rwlock_rdlock(&a->table_lock);
	for (size_t i = 0; i < a->cap; i++)
		if (a->table[i]) {
			pthread_mutex_t *lock = yh_roster_lock(a, &a->table[i]->state.id);

			(void)pthread_mutex_lock(lock);
			fn(arg, a->table[i]);
			(void)pthread_mutex_unlock(lock);
		}
	(void)pthread_rwlock_unlock(&a->table_lock);
}

void yh_roster_free(struct yh_agents *a)
{
	for (size_t i = 0; i < a->cap; i++)
		if (a->table[i]) {
			explicit_bzero(a->table[i], sizeof *a->table[i]);
			free(a->table[i]);
		}
	free(a->table);
}

struct loading {
	struct yh_agents *a;
	struct yh_err *err;
	enum yh_rc rc;
};

static bool load_one(void *arg, const struct yh_agent_row *row)
{
	struct loading *l = arg;

	l->rc = yh_roster_put(l->a, row, l->err);
	return l->rc == YH_OK;
}

static void load_open(void *arg, const struct yh_id *agent, const char *kind)
{
	struct loading *l = arg;
	struct slot *s = yh_roster_find(l->a, agent);
	enum yh_seen k = yh_seen_of(kind);

	if (s && k != YH_SEEN_COUNT)
		s->state.open = (uint16_t)(s->state.open | 1U << k);
}

static enum yh_rc load(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct loading *l = arg;
	enum yh_rc rc;

	l->err = err;
	l->rc = YH_OK;
	rc = yh_agent_each(tx, 0, load_one, l, err);
	if (rc == YH_OK)
		rc = l->rc;
	return rc == YH_OK ? yh_observation_open_each(tx, load_open, l, err) : rc;
}

/* Finds agents by their resource's number while the last numbers are read back. */
struct by_number {
	struct yh_agent_state **list;
	size_t n, cap;
	yh_time now;
};

static void collect(void *arg, struct slot *s)
{
	struct by_number *b = arg;

	if (!s->state.revoked && b->n < b->cap)
		b->list[b->n++] = &s->state;
}

static int compare(const void *x, const void *y)
{
	const struct yh_agent_state *const *a = x, *const *b = y;

	return strcmp((*a)->resource_no, (*b)->resource_no);
}

static bool set_last(void *arg, const char *resource_no, int64_t at_ms, double value)
{
	const struct by_number *b = arg;
	struct yh_agent_state key, *k = &key, **found;
	yh_time at = at_ms * 1000;

	if (strlen(resource_no) >= sizeof key.resource_no || !(value >= 1 && value < 1e15))
		return true;
	memcpy(key.resource_no, resource_no, strlen(resource_no) + 1);
	found = bsearch(&k, b->list, b->n, sizeof(struct yh_agent_state *), compare);
	/* a number from before the enrolment was another agent's */
	if (!found || at < (*found)->seen_at)
		return true;
	(*found)->last = (int64_t)value;
	(*found)->seen_at = at < b->now ? at : b->now;
	return true;
}

static void load_numbers(struct yh_agents *a)
{
	struct by_number b = { .cap = a->n, .now = a->up_since };
	struct yh_err err = { 0 };

	b.list = calloc(a->n + 1, sizeof(struct yh_agent_state *));
	if (!b.list)
		return;
	yh_roster_each(a, collect, &b);
	qsort(b.list, b.n, sizeof(struct yh_agent_state *), compare);
	/* a store that does not answer leaves them unknown: the next batch of each sets them */
	if (a->sink.latest(a->sink.self, YH_AGENT_BATCH_METRIC, NULL, 0, set_last, &b, &err) !=
	    YH_OK)
		for (size_t i = 0; i < b.n; i++)
			b.list[i]->last_known = false;
	free(b.list);
}

enum yh_rc yh_roster_load(struct yh_agents *a, struct yh_err *err)
{
	struct loading l = { .a = a };
	enum yh_rc rc = yh_exec_read(a->world->exec, load, &l, err);

	if (rc == YH_OK && a->has_sink && a->n > 0)
		load_numbers(a);
	return rc;
}
