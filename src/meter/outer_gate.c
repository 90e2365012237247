/* Ownership and series limits of what is written to an outer store. */
#include "meter/outer_gate.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "meter/outer_table.h"

enum {
	SCOPE_SERIES = 100000,
	OWNERS_MAX = 1000000, /* then all are forgotten and asked again */
	OWNER_S = 300,
};

struct owner_row {
	struct yh_wire_key key; /* of the resource's number */
	struct yh_meter_owner owner;
	yh_time asked_at; /* 0: ask again */
	bool found;
};

struct scope_row {
	struct yh_wire_key key; /* of kind=code */
	uint32_t number;        /* its place in `counts` */
};

struct series_row {
	struct yh_wire_key key;
	uint32_t scope;
	yh_day day; /* last written on */
};

struct yh_gate {
	const struct yh_meter_config *cfg;
	struct yh_wire_seed seed;
	pthread_mutex_t lock;
	struct yh_table owners, scopes, series;
	uint32_t *counts; /* series of each scope */
	uint64_t changes; /* of the register */
	yh_day day;
};

struct yh_gate *yh_gate_new(const struct yh_meter_config *cfg)
{
	struct yh_gate *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->cfg = cfg;
	yh_random(g->seed.secret, sizeof g->seed.secret);
	(void)pthread_mutex_init(&g->lock, NULL);
	yh_table_init(&g->owners, sizeof(struct owner_row));
	yh_table_init(&g->scopes, sizeof(struct scope_row));
	yh_table_init(&g->series, sizeof(struct series_row));
	return g;
}

void yh_gate_free(struct yh_gate *g)
{
	if (!g)
		return;
	yh_table_done(&g->owners);
	yh_table_done(&g->scopes);
	yh_table_done(&g->series);
	(void)pthread_mutex_destroy(&g->lock);
	free(g->counts);
	free(g);
}

const struct yh_wire_seed *yh_gate_seed(const struct yh_gate *g)
{
	return &g->seed;
}

/* ---- whose a resource is ---- */

static bool recall(struct yh_gate *g, struct yh_wire_key key, yh_time now,
		   struct yh_meter_owner *owner, bool *found, uint64_t *changes)
{
	const struct owner_row *row;
	bool known;

	(void)pthread_mutex_lock(&g->lock);
	row = yh_table_get(&g->owners, key);
	known = row && row->asked_at != 0 && now - row->asked_at < OWNER_S * YH_US_PER_S &&
		now >= row->asked_at;
	if (known) {
		*owner = row->owner;
		*found = row->found;
	}
	*changes = g->changes;
	(void)pthread_mutex_unlock(&g->lock);
	return known;
}

/* Not when the register changed while it was asked: the answer may be of before. */
static void remember(struct yh_gate *g, struct yh_wire_key key, yh_time now,
		     const struct yh_meter_owner *owner, bool found, uint64_t changes)
{
	struct owner_row *row;
	bool fresh;

	(void)pthread_mutex_lock(&g->lock);
	if (g->owners.n >= OWNERS_MAX)
		yh_table_done(&g->owners);
	row = g->changes == changes ? yh_table_put(&g->owners, key, &fresh) : NULL;
	if (row) {
		row->owner = *owner;
		row->found = found;
		row->asked_at = now;
	}
	(void)pthread_mutex_unlock(&g->lock);
}

static enum yh_rc ask(struct yh_gate *g, const char *resource, yh_time now,
		      struct yh_meter_owner *owner, bool *found, struct yh_err *err)
{
	struct yh_wire_key key = yh_wire_key_of(resource, strlen(resource), &g->seed);
	struct yh_err unknown = { 0 };
	uint64_t changes;
	enum yh_rc rc;

	if (recall(g, key, now, owner, found, &changes))
		return YH_OK;
	*owner = (struct yh_meter_owner){ 0 };
	rc = g->cfg->owner(g->cfg->owner_arg, resource, owner, &unknown);
	if (rc != YH_OK && rc != YH_NOT_FOUND) {
		if (err && err->rc == YH_OK)
			*err = unknown;
		return rc;
	}
	*found = rc == YH_OK;
	remember(g, key, now, owner, *found, changes);
	return YH_OK;
}

static bool is_theirs(const struct yh_meter_scope *scope, const struct yh_meter_owner *owner)
{
	const struct yh_id *whose = &owner->unit;

	if (strcmp(scope->kind, "cloud") == 0)
		whose = &owner->cloud;
	else if (strcmp(scope->kind, "provider") == 0)
		whose = &owner->provider;
	else if (strcmp(scope->kind, "resource") == 0)
		whose = &owner->resource;
	return !yh_id_is_zero(whose) && yh_id_eq(whose, &scope->about);
}

enum yh_rc yh_gate_owns(struct yh_gate *g, const struct yh_meter_scope *scope, const char *resource,
			yh_time now, struct yh_err *refusal, struct yh_err *err)
{
	struct yh_meter_owner owner = { 0 };
	bool found = false, of_platform = strcmp(scope->kind, "cloud") == 0 ||
					  strcmp(scope->kind, "provider") == 0;
	enum yh_rc rc;

	if (!resource[0] && of_platform)
		return YH_OK;
	if (resource[0]) {
		rc = ask(g, resource, now, &owner, &found, err);
		if (rc != YH_OK)
			return rc;
	}
	if (found && is_theirs(scope, &owner))
		return YH_OK;
	(void)yh_fail(refusal, YH_FORBIDDEN, "meter-foreign");
	yh_err_text(refusal, "resource", resource);
	return YH_OK;
}

void yh_gate_owner_changed(struct yh_gate *g, const char *resource)
{
	struct yh_wire_key key = yh_wire_key_of(resource, strlen(resource), &g->seed);
	struct owner_row *row;

	(void)pthread_mutex_lock(&g->lock);
	g->changes++;
	row = yh_table_get(&g->owners, key);
	if (row)
		row->asked_at = 0;
	(void)pthread_mutex_unlock(&g->lock);
}

/* ---- how many series ---- */

/* The number of this scope; -1 without memory. */
static int64_t number_of(struct yh_gate *g, const struct yh_meter_scope *scope)
{
	char text[sizeof scope->kind + sizeof scope->code + 1];
	int n = snprintf(text, sizeof text, "%s=%s", scope->kind, scope->code);
	struct yh_wire_key key = yh_wire_key_of(text, (size_t)n, &g->seed);
	struct scope_row *row = yh_table_get(&g->scopes, key);
	uint32_t *counts;
	bool fresh;

	if (row)
		return row->number;
	counts = realloc(g->counts, (g->scopes.n + 1) * sizeof *counts);
	if (!counts)
		return -1;
	g->counts = counts;
	row = yh_table_put(&g->scopes, key, &fresh);
	if (!row)
		return -1;
	row->number = (uint32_t)(g->scopes.n - 1);
	counts[row->number] = 0;
	return row->number;
}

/* Forgets, on a new day, what was last written to before yesterday. */
static bool turn_day(struct yh_gate *g, yh_day today)
{
	struct yh_table kept;
	bool fresh;

	yh_table_init(&kept, g->series.row_bytes);
	for (size_t i = 0; i < g->series.cap; i++) {
		const struct series_row *row = yh_table_at(&g->series, i);
		struct series_row *copy;

		if (!row || row->day < today - 1)
			continue;
		copy = yh_table_put(&kept, row->key, &fresh);
		if (!copy) {
			yh_table_done(&kept);
			return false;
		}
		*copy = *row;
	}
	yh_table_done(&g->series);
	g->series = kept;
	g->day = today;
	for (size_t i = 0; i < g->scopes.n; i++)
		g->counts[i] = 0;
	for (size_t i = 0; i < kept.cap; i++) {
		const struct series_row *row = yh_table_at(&kept, i);

		if (row)
			g->counts[row->scope]++;
	}
	return true;
}

static enum yh_rc count_in(struct yh_gate *g, const struct yh_meter_scope *scope,
			   struct yh_wire_key key, yh_day today, struct yh_err *refusal,
			   struct yh_err *err)
{
	uint32_t most = scope->series_max ? scope->series_max : SCOPE_SERIES;
	struct series_row *row = yh_table_get(&g->series, key);
	int64_t number;
	bool fresh;

	if (row) {
		row->day = today;
		return YH_OK;
	}
	number = number_of(g, scope);
	if (number < 0)
		return yh_fail(err, YH_BUSY, "memory-short");
	if (g->counts[number] >= most || g->series.n >= g->cfg->series_max) {
		(void)yh_fail(refusal, YH_REFUSED, "meter-series-limit");
		yh_err_int(refusal, "max", g->counts[number] >= most ? most : g->cfg->series_max);
		return YH_OK;
	}
	row = yh_table_put(&g->series, key, &fresh);
	if (!row)
		return yh_fail(err, YH_BUSY, "memory-short");
	row->scope = (uint32_t)number;
	row->day = today;
	g->counts[number]++;
	return YH_OK;
}

enum yh_rc yh_gate_series(struct yh_gate *g, const struct yh_meter_scope *scope,
			  struct yh_wire_key key, yh_time now, struct yh_err *refusal,
			  struct yh_err *err)
{
	yh_day today = yh_day_of(now);
	enum yh_rc rc = YH_OK;

	(void)pthread_mutex_lock(&g->lock);
	if (today > g->day && !turn_day(g, today))
		rc = yh_fail(err, YH_BUSY, "memory-short");
	if (rc == YH_OK)
		rc = count_in(g, scope, key, today, refusal, err);
	(void)pthread_mutex_unlock(&g->lock);
	return rc;
}

uint64_t yh_gate_count(struct yh_gate *g)
{
	uint64_t n;

	(void)pthread_mutex_lock(&g->lock);
	n = g->series.n;
	(void)pthread_mutex_unlock(&g->lock);
	return n;
}
