/* The table of series: aliases, labels, metrics and resources. */
#include "meter/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

enum {
	SCOPES_MAX = 1 << 20,
	SCOPE_SLOTS = 1 << 21,
	SCOPE_TEXT_BYTES = 256, /* a series, on average, of what a scope may bring */
};

static size_t pairs_max(uint32_t max)
{
	return (size_t)max * 2 + 65536;
}

static size_t label_ids_max(uint32_t max)
{
	return (size_t)max * 24 + 65536;
}

enum yh_rc yh_index_init(struct yh_index *x, uint32_t max, const struct yh_wire_seed *secret,
			 struct yh_err *err)
{
	size_t n = (size_t)max + 1, pairs = pairs_max(max) + 1;

	*x = (struct yh_index){ .secret = *secret,
				.max = max,
				.max_label_ids = label_ids_max(max),
				.n_alias_slots = 4096,
				.n_by_labels = 4096 };
	if (pthread_rwlock_init(&x->lock, NULL) != 0)
		return yh_fail(err, YH_BUSY, "memory-short");
	x->hot = yh_reserve(n * sizeof *x->hot);
	x->cold = yh_reserve(n * sizeof *x->cold);
	x->label_ids = yh_reserve(x->max_label_ids * sizeof *x->label_ids);
	x->aliases = yh_reserve(x->n_alias_slots * sizeof *x->aliases);
	x->by_labels = yh_reserve(x->n_by_labels * sizeof *x->by_labels);
	x->metrics = yh_reserve(n * sizeof *x->metrics);
	x->metric_of = yh_reserve(pairs * sizeof *x->metric_of);
	x->resources = yh_reserve(n * sizeof *x->resources);
	x->resource_of = yh_reserve(pairs * sizeof *x->resource_of);
	x->scopes = yh_reserve(SCOPES_MAX * sizeof *x->scopes);
	x->scope_slots = yh_reserve(SCOPE_SLOTS * sizeof *x->scope_slots);
	x->refused = yh_reserve(YH_REFUSED_SLOTS * sizeof *x->refused);
	if (yh_names_init(&x->names, (uint32_t)(pairs - 1), secret) && x->hot && x->cold &&
	    x->label_ids && x->aliases && x->by_labels && x->metrics && x->metric_of &&
	    x->resources && x->resource_of && x->scopes && x->scope_slots && x->refused)
		return YH_OK;
	yh_index_done(x);
	*x = (struct yh_index){ 0 };
	return yh_fail(err, YH_BUSY, "memory-short");
}

void yh_index_done(struct yh_index *x)
{
	size_t n = (size_t)x->max + 1, pairs = pairs_max(x->max) + 1;

	for (uint32_t i = 1; i <= x->n_metrics; i++)
		free(x->metrics[i].series);
	yh_unreserve(x->hot, n * sizeof *x->hot);
	yh_unreserve(x->cold, n * sizeof *x->cold);
	yh_unreserve(x->label_ids, x->max_label_ids * sizeof *x->label_ids);
	yh_unreserve(x->aliases, x->n_alias_slots * sizeof *x->aliases);
	yh_unreserve(x->by_labels, x->n_by_labels * sizeof *x->by_labels);
	yh_unreserve(x->metrics, n * sizeof *x->metrics);
	yh_unreserve(x->metric_of, pairs * sizeof *x->metric_of);
	yh_unreserve(x->resources, n * sizeof *x->resources);
	yh_unreserve(x->resource_of, pairs * sizeof *x->resource_of);
	yh_unreserve(x->scopes, SCOPES_MAX * sizeof *x->scopes);
	yh_unreserve(x->scope_slots, SCOPE_SLOTS * sizeof *x->scope_slots);
	yh_unreserve(x->refused, YH_REFUSED_SLOTS * sizeof *x->refused);
	yh_names_done(&x->names);
	(void)pthread_rwlock_destroy(&x->lock);
}

/* ---- scopes ---- */

static size_t scope_slot(const struct yh_index *x, const struct yh_sm3 *digest, const char *kind,
			 const char *code, const struct yh_id *about)
{
	size_t i;

	memcpy(&i, digest->b + 16, sizeof i);
	for (i &= SCOPE_SLOTS - 1; x->scope_slots[i]; i = (i + 1) & (SCOPE_SLOTS - 1)) {
		const struct yh_scope *s = &x->scopes[x->scope_slots[i]];

		if (strcmp(s->kind, kind) == 0 && strcmp(s->code, code) == 0 &&
		    yh_id_eq(&s->about, about))
			break;
	}
	return i;
}

static uint32_t make_scope(struct yh_index *x, const struct yh_scope *want,
			   const struct yh_sm3 *digest)
{
	size_t slot = scope_slot(x, digest, want->kind, want->code, &want->about);

	if (!x->scope_slots[slot] && x->n_scopes + 1 < SCOPES_MAX) {
		x->scopes[++x->n_scopes] = *want;
		x->scope_slots[slot] = x->n_scopes;
	}
	return x->scope_slots[slot];
}

uint32_t yh_index_scope(struct yh_index *x, const char *kind, const char *code,
			const struct yh_id *about)
{
	struct yh_scope want = { .about = *about };
	unsigned char text[sizeof want.kind + sizeof want.code + sizeof want.about] = { 0 };
	struct yh_sm3 digest;
	uint32_t found;

	if (strlen(kind) >= sizeof want.kind || strlen(code) >= sizeof want.code)
		return 0;
	strcpy(want.kind, kind);
	strcpy(want.code, code);
	memcpy(text, want.kind, sizeof want.kind);
	memcpy(text + sizeof want.kind, want.code, sizeof want.code);
	memcpy(text + sizeof want.kind + sizeof want.code, about, sizeof *about);
	digest = yh_hmac_sm3(x->secret.secret, sizeof x->secret.secret, text, sizeof text);
	memcpy(want.seed.secret, digest.b, sizeof want.seed.secret);
	(void)pthread_rwlock_rdlock(&x->lock);
	found = x->scope_slots[scope_slot(x, &digest, kind, code, about)];
	(void)pthread_rwlock_unlock(&x->lock);
	if (found)
		return found;
	(void)pthread_rwlock_wrlock(&x->lock);
	found = make_scope(x, &want, &digest);
	(void)pthread_rwlock_unlock(&x->lock);
	return found;
}

/* ---- aliases ---- */

/* 96 of the key's 128 bits are kept, 64 of them also choose the slot: a false match among four
 * million series has a chance of 2^-73. */
static size_t alias_slot(const struct yh_index *x, uint64_t lo, uint32_t hi)
{
	size_t i = (size_t)(lo & (x->n_alias_slots - 1));

	while (x->aliases[i].series && (x->aliases[i].lo != lo || x->aliases[i].hi != hi))
		i = (i + 1) & (x->n_alias_slots - 1);
	return i;
}

void yh_index_find(const struct yh_index *x, const struct yh_wire_series *s, size_t n,
		   uint32_t *numbers)
{
	enum { AHEAD = 16 };

	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(
				&x->aliases[s[i + AHEAD].key.lo & (x->n_alias_slots - 1)]);
		numbers[i] = x->aliases[alias_slot(x, s[i].key.lo, (uint32_t)s[i].key.hi)].series;
	}
}

static bool grow_aliases(struct yh_index *x)
{
	struct yh_alias *old = x->aliases;
	size_t n = x->n_alias_slots;

	x->aliases = yh_reserve(2 * n * sizeof *old);
	if (!x->aliases) {
		x->aliases = old;
		return false;
	}
	x->n_alias_slots = 2 * n;
	for (size_t i = 0; i < n; i++)
		if (old[i].series)
			x->aliases[alias_slot(x, old[i].lo, old[i].hi)] = old[i];
	yh_unreserve(old, n * sizeof *old);
	return true;
}

void yh_index_will_alias(const struct yh_index *x, struct yh_wire_key key)
{
	__builtin_prefetch(&x->aliases[key.lo & (x->n_alias_slots - 1)], 1);
}

void yh_index_alias(struct yh_index *x, uint32_t scope, struct yh_wire_key key, uint32_t series)
{
	struct yh_scope *of = &x->scopes[scope];
	size_t slot = alias_slot(x, key.lo, (uint32_t)key.hi);

	if (x->aliases[slot].series || of->n_aliases >= 4 * (uint64_t)of->n_series + 1024)
		return;
	if (x->n_aliases * 4 >= x->n_alias_slots * 3) {
		if (!grow_aliases(x))
			return;
		slot = alias_slot(x, key.lo, (uint32_t)key.hi);
	}
	x->aliases[slot] =
		(struct yh_alias){ .lo = key.lo, .hi = (uint32_t)key.hi, .series = series };
	x->n_aliases++;
	of->n_aliases++;
}

/* ---- series by labels ---- */

static uint32_t hash_labels(const struct yh_index *x, uint32_t metric_pair, const uint32_t *pairs,
			    size_t n)
{
	uint64_t seed[2] = { x->names.seed[0] ^ metric_pair, x->names.seed[1] };

	return (uint32_t)yh_hash64(pairs, n * sizeof *pairs, seed);
}

static size_t labels_slot(const struct yh_index *x, uint32_t hash, uint32_t metric_pair,
			  const uint32_t *pairs, size_t n)
{
	size_t i = hash & (x->n_by_labels - 1);

	for (; x->by_labels[i]; i = (i + 1) & (x->n_by_labels - 1)) {
		const struct yh_cold *c = &x->cold[x->by_labels[i]];

		if (c->hash == hash && c->n_labels == n &&
		    x->metrics[c->metric].pair == metric_pair &&
		    memcmp(x->label_ids + c->labels, pairs, n * sizeof *pairs) == 0)
			break;
	}
	return i;
}

static bool grow_by_labels(struct yh_index *x)
{
	size_t n = x->n_by_labels;
	uint32_t *fresh = yh_reserve(2 * n * sizeof *fresh);

	if (!fresh)
		return false;
	for (uint32_t no = 1; no <= x->n; no++) {
		size_t i = x->cold[no].hash & (2 * n - 1);

		if (!x->cold[no].metric)
			continue;
		while (fresh[i])
			i = (i + 1) & (2 * n - 1);
		fresh[i] = no;
	}
	yh_unreserve(x->by_labels, n * sizeof *fresh);
	x->by_labels = fresh;
	x->n_by_labels = 2 * n;
	return true;
}

static uint32_t metric_of(struct yh_index *x, uint32_t pair)
{
	if (!x->metric_of[pair]) {
		x->metrics[++x->n_metrics] = (struct yh_metric){ .pair = pair };
		x->metric_of[pair] = x->n_metrics;
	}
	return x->metric_of[pair];
}

static struct yh_resource *resource_of(struct yh_index *x, uint32_t pair)
{
	if (!x->resource_of[pair]) {
		if (x->n_resources == x->max)
			return NULL;
		x->resources[++x->n_resources] = (struct yh_resource){ .pair = pair };
		x->resource_of[pair] = x->n_resources;
	}
	return &x->resources[x->resource_of[pair]];
}

static bool list_in_metric(struct yh_metric *m, uint32_t no)
{
	if (m->n == m->cap) {
		uint32_t cap = m->cap ? m->cap + m->cap / 2 + 4 : 4;
		uint32_t *grown = realloc(m->series, cap * sizeof *grown);

		if (!grown)
			return false;
		m->series = grown;
		m->cap = cap;
	}
	m->series[m->n++] = no;
	return true;
}

static bool is_counter(const char *metric)
{
	size_t n = strlen(metric);

	return n > 6 && strcmp(metric + n - 6, "_total") == 0;
}

static void list_in_resource(struct yh_index *x, uint32_t no, const uint32_t *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct yh_resource *r;

		if (strcmp(yh_names_name(&x->names, pairs[i]), "resource") != 0)
			continue;
		r = resource_of(x, pairs[i]);
		if (!r)
			return;
		x->cold[no].resource = (uint32_t)(r - x->resources);
		x->cold[no].next = r->first;
		r->first = no;
	}
}

/* The next number for these pairs, not yet known. */
static bool put_series(struct yh_index *x, uint32_t scope, uint32_t metric_pair,
		       const uint32_t *pairs, size_t n, uint32_t hash)
{
	uint32_t no = x->n + 1, metric;
	struct yh_cold *c = &x->cold[no];

	if (x->n == x->max || x->n_label_ids + n > x->max_label_ids)
		return false;
	if ((size_t)x->n * 4 >= x->n_by_labels * 3 && !grow_by_labels(x))
		return false;
	metric = metric_of(x, metric_pair);
	if (!list_in_metric(&x->metrics[metric], no))
		return false;
	*c = (struct yh_cold){ .metric = metric,
			       .labels = (uint32_t)x->n_label_ids,
			       .n_labels = (uint16_t)n,
			       .hash = hash,
			       .scope = scope,
			       .sealed_ms = YH_NO_INSTANT,
			       .counter = is_counter(yh_names_value(&x->names, metric_pair)) };
	x->hot[no].last_ms = YH_NO_INSTANT;
	memcpy(x->label_ids + x->n_label_ids, pairs, n * sizeof *pairs);
	x->n_label_ids += n;
	list_in_resource(x, no, pairs, n);
	x->by_labels[labels_slot(x, c->hash, metric_pair, pairs, n)] = no;
	x->n = no;
	x->scopes[scope].n_series++;
	return true;
}

bool yh_index_load(struct yh_index *x, uint32_t scope, uint32_t metric_pair, const uint32_t *pairs,
		   size_t n)
{
	if (metric_pair)
		return put_series(x, scope, metric_pair, pairs, n,
				  hash_labels(x, metric_pair, pairs, n));
	if (x->n == x->max)
		return false;
	x->n++;
	x->cold[x->n] = (struct yh_cold){ .sealed_ms = YH_NO_INSTANT };
	x->hot[x->n].last_ms = YH_NO_INSTANT;
	return true;
}

static enum yh_rc limit_reached(uint32_t max, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_TOO_LARGE, "meter-series-limit");

	yh_err_int(err, "max", max);
	return rc;
}

/* The pair of a label, made unless the scope is full. Neighbours share most of theirs. */
static uint32_t pair_of(struct yh_index *x, const struct yh_meter_label *l, size_t place, bool full)
{
	uint32_t pair = x->recent[place];

	if (pair && strcmp(yh_names_value(&x->names, pair), l->value) == 0 &&
	    strcmp(yh_names_name(&x->names, pair), l->name) == 0)
		return pair;
	pair = full ? yh_names_find(&x->names, l->name, l->value)
		    : yh_names_add(&x->names, l->name, l->value);
	x->recent[place] = pair;
	return pair;
}

enum yh_rc yh_index_add(struct yh_index *x, uint32_t scope, const char *metric,
			const struct yh_meter_label *labels, size_t n, uint32_t limit,
			uint32_t *number, struct yh_err *err)
{
	struct yh_scope *of = &x->scopes[scope];
	uint32_t pairs[YH_METER_LABELS_MAX], metric_pair, hash;
	uint64_t text = x->names.end;
	bool full = of->n_series >= limit ||
		    of->text_bytes > (uint64_t)limit * SCOPE_TEXT_BYTES + (1 << 20);

	/* A scope at its limit adds no texts either. */
	metric_pair = full ? yh_names_find(&x->names, "__name__", metric)
			   : yh_names_add(&x->names, "__name__", metric);
	if (!metric_pair)
		return limit_reached(full ? limit : x->max, err);
	for (size_t i = 0; i < n; i++) {
		pairs[i] = pair_of(x, &labels[i], i, full);
		if (!pairs[i])
			return limit_reached(full ? limit : x->max, err);
	}
	of->text_bytes += x->names.end - text;
	hash = hash_labels(x, metric_pair, pairs, n);
	*number = x->by_labels[labels_slot(x, hash, metric_pair, pairs, n)];
	if (*number)
		return YH_OK;
	if (full)
		return limit_reached(limit, err);
	if (!put_series(x, scope, metric_pair, pairs, n, hash))
		return limit_reached(x->max, err);
	*number = x->n;
	return YH_OK;
}

/* ---- resources ---- */

struct yh_resource *yh_index_resource(const struct yh_index *x, const char *number)
{
	uint32_t pair = yh_names_find(&x->names, "resource", number);

	return pair && x->resource_of[pair] ? &x->resources[x->resource_of[pair]] : NULL;
}

struct yh_resource *yh_index_resource_make(struct yh_index *x, const char *number)
{
	uint32_t pair = yh_names_add(&x->names, "resource", number);

	return pair ? resource_of(x, pair) : NULL;
}

void yh_index_describe(const struct yh_index *x, uint32_t series, struct yh_meter_label *labels,
		       struct yh_meter_series *out)
{
	const struct yh_cold *c = &x->cold[series];

	for (size_t i = 0; i < c->n_labels; i++) {
		uint32_t pair = x->label_ids[c->labels + i];

		labels[i] = (struct yh_meter_label){ yh_names_name(&x->names, pair),
						     yh_names_value(&x->names, pair) };
	}
	*out = (struct yh_meter_series){
		.metric = yh_names_value(&x->names, x->metrics[c->metric].pair),
		.resource = c->resource ? yh_names_value(&x->names, x->resources[c->resource].pair)
					: "",
		.labels = labels,
		.n_labels = c->n_labels,
	};
}

bool yh_index_is_counter(const struct yh_index *x, uint32_t metric)
{
	return is_counter(yh_names_value(&x->names, x->metrics[metric].pair));
}

uint64_t yh_index_bytes(const struct yh_index *x)
{
	return x->n * (uint64_t)(sizeof *x->hot + sizeof *x->cold + sizeof(uint32_t)) +
	       x->n_label_ids * sizeof *x->label_ids + x->n_alias_slots * sizeof *x->aliases +
	       x->n_by_labels * sizeof *x->by_labels + x->names.end +
	       x->names.n_slots * sizeof *x->names.slots +
	       x->names.n * (uint64_t)(sizeof *x->names.at + 2 * sizeof(uint32_t)) +
	       x->n_resources * (uint64_t)sizeof *x->resources;
}
