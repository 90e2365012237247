/* What a month adds up to: statements and lines in hash tables, put in order at the end. */
#include "services/settle/sums.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t EMPTY = UINT32_MAX;

void yh_sums_done(struct sums *t)
{
	free(t->statements);
	free(t->by_key);
	free(t->lines);
	free(t->by_line);
	*t = (struct sums){ 0 };
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 29;
}

/* The last half of an id is random. */
static uint64_t half(const struct yh_id *id)
{
	uint64_t v;

	memcpy(&v, id->b + 8, sizeof v);
	return v;
}

static uint64_t key_hash(const struct yh_id *unit, const struct yh_id *project,
			 const struct yh_id *provider)
{
	return mix(half(project) ^ mix(half(provider) ^ mix(half(unit))));
}

static uint64_t line_hash(uint32_t statement, int kind, int code)
{
	return mix((uint64_t)statement << 32 | (uint64_t)(uint16_t)kind << 16 | (uint16_t)code);
}

static bool grow(void **list, size_t *cap, size_t n, size_t size)
{
	size_t more = *cap ? *cap * 2 : 64;
	void *p;

	if (n < *cap)
		return true;
	if (n >= EMPTY)
		return false;
	p = realloc(*list, more * size);
	if (!p)
		return false;
	*list = p;
	*cap = more;
	return true;
}

static uint32_t *empty_index(size_t size)
{
	uint32_t *p = malloc(size * sizeof *p);

	if (p)
		memset(p, 0xFF, size * sizeof *p);
	return p;
}

static void put(uint32_t *index, size_t size, uint64_t hash, uint32_t at)
{
	size_t i = hash & (size - 1);

	while (index[i] != EMPTY)
		i = (i + 1) & (size - 1);
	index[i] = at;
}

/* Room for one more at no more than half full; sizes are powers of two. */
static bool room_for_key(struct sums *t)
{
	size_t size = t->by_key_size ? t->by_key_size * 2 : 256;
	uint32_t *index;

	if (t->by_key_size > t->n_statements * 2 + 2)
		return true;
	index = empty_index(size);
	if (!index)
		return false;
	for (uint32_t i = 0; i < t->n_statements; i++) {
		const struct sum_statement *s = &t->statements[i];

		put(index, size, key_hash(&s->unit, &s->project, &s->provider), i);
	}
	free(t->by_key);
	t->by_key = index;
	t->by_key_size = size;
	return true;
}

static bool room_for_line(struct sums *t)
{
	size_t size = t->by_line_size ? t->by_line_size * 2 : 1024;
	uint32_t *index;

	if (t->by_line_size > t->n_lines * 2 + 2)
		return true;
	index = empty_index(size);
	if (!index)
		return false;
	for (uint32_t i = 0; i < t->n_lines; i++) {
		const struct sum_line *l = &t->lines[i];

		put(index, size, line_hash(l->statement, l->kind, l->code), i);
	}
	free(t->by_line);
	t->by_line = index;
	t->by_line_size = size;
	return true;
}

static uint32_t find_key(const struct sums *t, const struct yh_id *unit,
			 const struct yh_id *project, const struct yh_id *provider)
{
	size_t i = key_hash(unit, project, provider) & (t->by_key_size - 1);

	for (; t->by_key_size && t->by_key[i] != EMPTY; i = (i + 1) & (t->by_key_size - 1)) {
		const struct sum_statement *s = &t->statements[t->by_key[i]];

		if (yh_id_eq(&s->project, project) && yh_id_eq(&s->provider, provider) &&
		    yh_id_eq(&s->unit, unit))
			return t->by_key[i];
	}
	return EMPTY;
}

bool yh_key_set_has(const struct key_set *s, const struct yh_id *unit, const struct yh_id *project,
		    const struct yh_id *provider)
{
	return find_key(&s->keys, unit, project, provider) != EMPTY;
}

int64_t yh_sums_statement(struct sums *t, const struct yh_id *unit, const struct yh_id *project,
			  const struct yh_id *provider)
{
	uint32_t at = find_key(t, unit, project, provider);

	if (at != EMPTY)
		return at;
	if (!grow((void **)&t->statements, &t->statements_cap, t->n_statements,
		  sizeof *t->statements) ||
	    !room_for_key(t))
		return -1;
	at = (uint32_t)t->n_statements++;
	t->statements[at] = (struct sum_statement){ *unit, *project, *provider, { 0 } };
	put(t->by_key, t->by_key_size, key_hash(unit, project, provider), at);
	return at;
}

struct sum_line *yh_sums_line(struct sums *t, uint32_t statement, int kind, int code)
{
	uint64_t hash = line_hash(statement, kind, code);
	size_t i = hash & (t->by_line_size - 1);

	for (; t->by_line_size && t->by_line[i] != EMPTY; i = (i + 1) & (t->by_line_size - 1)) {
		struct sum_line *l = &t->lines[t->by_line[i]];

		if (l->statement == statement && l->code == code && l->kind == kind)
			return l;
	}
	if (!grow((void **)&t->lines, &t->lines_cap, t->n_lines, sizeof *t->lines) ||
	    !room_for_line(t))
		return NULL;
	put(t->by_line, t->by_line_size, hash, (uint32_t)t->n_lines);
	t->lines[t->n_lines] = (struct sum_line){ .statement = statement,
						  .kind = (uint16_t)kind,
						  .code = (uint16_t)code };
	return &t->lines[t->n_lines++];
}

void yh_sums_fail(struct sums *t, uint32_t statement, const struct fault *f)
{
	struct fault *known = &t->statements[statement].fault;

	if (known->why == WHY_NONE || yh_id_cmp(&f->resource, &known->resource) < 0)
		*known = *f;
}

bool yh_sums_merge(struct sums *t, const struct sums *from)
{
	uint32_t *to = malloc((from->n_statements + 1) * sizeof *to);
	bool ok = to != NULL;

	for (size_t i = 0; ok && i < from->n_statements; i++) {
		const struct sum_statement *s = &from->statements[i];
		int64_t at = yh_sums_statement(t, &s->unit, &s->project, &s->provider);

		ok = at >= 0;
		if (!ok)
			break;
		to[i] = (uint32_t)at;
		if (s->fault.why != WHY_NONE)
			yh_sums_fail(t, to[i], &s->fault);
	}
	for (size_t i = 0; ok && i < from->n_lines; i++) {
		const struct sum_line *s = &from->lines[i];
		struct sum_line *l = yh_sums_line(t, to[s->statement], s->kind, s->code);

		ok = l != NULL;
		if (!ok)
			break;
		l->resources += s->resources;
		l->intervals += s->intervals;
		if (__builtin_add_overflow(l->amount, s->amount, &l->amount) ||
		    __builtin_add_overflow(l->usage, s->usage, &l->usage))
			yh_sums_fail(t, to[s->statement], &(struct fault){ .why = WHY_AMOUNT });
	}
	free(to);
	return ok;
}

/* ---- the order ---- */

struct ranked {
	const struct sum_statement *s;
	uint32_t was;
};

static int by_key(const void *a, const void *b)
{
	const struct sum_statement *s = ((const struct ranked *)a)->s,
				   *z = ((const struct ranked *)b)->s;
	int c = yh_id_cmp(&s->unit, &z->unit);

	if (c == 0)
		c = yh_id_cmp(&s->project, &z->project);
	return c ? c : yh_id_cmp(&s->provider, &z->provider);
}

/* Codes are numbered in their order; kinds in that of the pack. */
static int by_line(const void *a, const void *b)
{
	const struct sum_line *l = a, *k = b;

	if (l->statement != k->statement)
		return l->statement < k->statement ? -1 : 1;
	if (l->code != k->code)
		return l->code < k->code ? -1 : 1;
	return (l->kind > k->kind) - (l->kind < k->kind);
}

bool yh_sums_sort(struct sums *t)
{
	struct ranked *ranked = malloc((t->n_statements + 1) * sizeof *ranked);
	struct sum_statement *sorted = malloc((t->n_statements + 1) * sizeof *sorted);
	uint32_t *to = malloc((t->n_statements + 1) * sizeof *to);
	bool ok = ranked && sorted && to;

	for (uint32_t i = 0; ok && i < t->n_statements; i++)
		ranked[i] = (struct ranked){ &t->statements[i], i };
	if (ok)
		qsort(ranked, t->n_statements, sizeof *ranked, by_key);
	for (uint32_t i = 0; ok && i < t->n_statements; i++) {
		sorted[i] = *ranked[i].s;
		to[ranked[i].was] = i;
	}
	for (size_t i = 0; ok && i < t->n_lines; i++)
		t->lines[i].statement = to[t->lines[i].statement];
	if (ok) {
		if (t->n_lines)
			qsort(t->lines, t->n_lines, sizeof *t->lines, by_line);
		free(t->statements);
		t->statements = sorted;
		t->statements_cap = t->n_statements;
		sorted = NULL;
	}
	free(t->by_key);
	free(t->by_line);
	t->by_key = t->by_line = NULL;
	t->by_key_size = t->by_line_size = 0;
	free(ranked);
	free(sorted);
	free(to);
	return ok;
}
