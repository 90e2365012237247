/* The table of series: who they are, whose they are, and the last they said.
 *
 * A series has a number from 1 that never changes. It is found by the key of its labels as a sender
 * wrote them (an alias, under the seed of the sender's scope), or by its labels in order. What only
 * grows or is written once needs `lock`; the hot part is under the ingest lock of the engine. */
#ifndef YH_METER_INDEX_H
#define YH_METER_INDEX_H

#include <pthread.h>

#include "meter/names.h"

#define YH_NO_INSTANT INT64_MIN

/* Touched by every sample: half a cache line. */
struct yh_hot {
	int64_t last_ms; /* YH_NO_INSTANT: none yet */
	double last;
	uint32_t head[2]; /* newest row in each open block; 0: none */
	uint64_t mark_settled;
};
enum { YH_SETTLED_BITS = 24 }; /* scope whose right to write is settled, from 1; 0: ask */
#define YH_SETTLED(h) ((uint32_t)((h)->mark_settled & ((1U << YH_SETTLED_BITS) - 1)))
#define YH_MARK(h) ((h)->mark_settled >> YH_SETTLED_BITS) /* the record that brought `last` */

struct yh_cold {
	uint32_t metric;   /* 0: a damaged log held it; nobody knows it now */
	uint32_t labels;   /* first of its pairs in label_ids */
	uint32_t resource; /* number in the table of resources; 0: none */
	uint32_t next;     /* of the same resource */
	uint32_t hash;
	uint32_t scope;
	int64_t sealed_ms; /* last instant in segments; the sealer's, read atomically */
	double sealed;
	uint16_t n_labels;
	bool counter;
};

struct yh_metric {
	uint32_t pair, n, cap;
	uint32_t *series; /* ascending */
};

struct yh_resource {
	uint32_t pair, first; /* its latest series */
	bool known;           /* `owner` holds */
	struct yh_owner_of {
		struct yh_id resource, unit, cloud, provider;
	} owner;
};

struct yh_scope {
	char kind[12], code[64];
	struct yh_id about;
	struct yh_wire_seed seed;
	uint32_t n_series, n_aliases;
	uint64_t text_bytes; /* of pairs it brought */
};

struct yh_alias {
	uint64_t lo;
	uint32_t hi, series;
};

/* A refusal, remembered for moments so that a repeated one costs little. */
struct yh_refused {
	uint64_t lo, hi;
	int64_t until_ms; /* monotonic */
	uint32_t epoch, why;
};
enum { YH_REFUSED_SLOTS = 1 << 16 };

struct yh_index {
	pthread_rwlock_t lock;
	struct yh_wire_seed secret;
	struct yh_names names;
	struct yh_hot *hot;
	struct yh_cold *cold;
	uint32_t n, max;
	uint32_t *label_ids;
	uint64_t n_label_ids, max_label_ids;
	struct yh_alias *aliases;
	size_t n_alias_slots, n_aliases;
	uint32_t *by_labels; /* slots of numbers */
	size_t n_by_labels;
	uint32_t recent[YH_METER_LABELS_MAX]; /* pairs of the series added last */
	struct yh_metric *metrics;
	uint32_t n_metrics;
	uint32_t *metric_of; /* by pair; 0: no metric */
	struct yh_resource *resources;
	uint32_t n_resources;
	uint32_t *resource_of; /* by pair */
	struct yh_scope *scopes;
	uint32_t n_scopes;
	uint32_t *scope_slots;
	struct yh_refused *refused;
	uint64_t epoch; /* of changes of owners */
};

YH_CHECK enum yh_rc yh_index_init(struct yh_index *x, uint32_t max,
				  const struct yh_wire_seed *secret, struct yh_err *err);
void yh_index_done(struct yh_index *x);

/* The scope's number from 1, made when new (takes the lock); 0: no room. Its record never moves. */
uint32_t yh_index_scope(struct yh_index *x, const char *kind, const char *code,
			const struct yh_id *about);

/* Numbers of n decoded series, 0 where the alias is not known. Under the lock, for reading. */
void yh_index_find(const struct yh_index *x, const struct yh_wire_series *s, size_t n,
		   uint32_t *numbers);
/* Remembers an alias; a scope that has many more than series is not remembered. For writing. */
void yh_index_alias(struct yh_index *x, uint32_t scope, struct yh_wire_key key, uint32_t series);

/* Has its place brought near, some calls ahead. */
void yh_index_will_alias(const struct yh_index *x, struct yh_wire_key key);

/* The series of these labels (stamped, by name), made when new and `limit` allows: TOO_LARGE
 * "meter-series-limit" (figure max). For writing. */
YH_CHECK enum yh_rc yh_index_add(struct yh_index *x, uint32_t scope, const char *metric,
				 const struct yh_meter_label *labels, size_t n, uint32_t limit,
				 uint32_t *number, struct yh_err *err);
/* The same with pairs already interned, when the log is read; metric pair 0 leaves a number out. */
YH_CHECK bool yh_index_load(struct yh_index *x, uint32_t scope, uint32_t metric_pair,
			    const uint32_t *pairs, size_t n);

/* The resource's record, NULL when it has none; made by _make (for writing). */
struct yh_resource *yh_index_resource(const struct yh_index *x, const char *number);
struct yh_resource *yh_index_resource_make(struct yh_index *x, const char *number);

/* What a series is, for a visit; `labels` has room for YH_METER_LABELS_MAX. No lock. */
void yh_index_describe(const struct yh_index *x, uint32_t series, struct yh_meter_label *labels,
		       struct yh_meter_series *out);
/* Does the metric only grow, and is reset? Its name ends in _total. No lock. */
bool yh_index_is_counter(const struct yh_index *x, uint32_t metric);
/* Bytes of memory in use, about. For reading. */
uint64_t yh_index_bytes(const struct yh_index *x);

#endif
