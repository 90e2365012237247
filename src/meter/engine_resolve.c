/* Series never seen, or to be asked about again: who they are and whether the sender may write. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "meter/engine.h"

enum {
	BATCH = 2048,
	REFUSED_MS = 2000, /* how long a refusal is remembered */
	TRIES = 16,
	AHEAD = 8, /* places in the table of aliases brought near */
};

struct fresh {
	size_t ordinal;
	const char *metric, *resource; /* resource NULL: none */
	struct yh_meter_label *labels; /* stamped */
	size_t n;
};

struct batch {
	struct yh_engine *e;
	struct yh_intake *in;
	const struct yh_meter_scope *scope;
	bool ask;
	struct yh_arena arena;
	struct fresh *fresh;
	size_t n;
	uint64_t epoch;
};

static int64_t monotonic_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- refusals remembered ---- */

static struct yh_refused *refused_slot(const struct yh_index *x, struct yh_wire_key key)
{
	return &x->refused[key.lo & (YH_REFUSED_SLOTS - 1)];
}

static enum yh_refusal remembered(const struct yh_index *x, struct yh_wire_key key, int64_t now_ms)
{
	const struct yh_refused *r = refused_slot(x, key);

	return r->lo == key.lo && r->hi == key.hi && r->epoch == (uint32_t)x->epoch &&
			       now_ms < r->until_ms
		       ? (enum yh_refusal)r->why
		       : YH_TAKEN;
}

static void remember(struct yh_index *x, struct yh_wire_key key, enum yh_refusal why)
{
	*refused_slot(x, key) = (struct yh_refused){ .lo = key.lo,
						     .hi = key.hi,
						     .epoch = (uint32_t)x->epoch,
						     .until_ms = monotonic_ms() + REFUSED_MS,
						     .why = why };
}

static struct yh_wire_key key_of_resource(const struct yh_index *x, const char *number)
{
	struct yh_wire_key k = { yh_hash64(number, strlen(number), x->names.seed), UINT64_MAX };

	return k;
}

/* ---- who they are ---- */

/* The scope's label takes its place in the order, over what the sender said. */
static bool stamp(struct yh_arena *a, const struct yh_meter_scope *s, struct yh_meter_label *in,
		  size_t n, struct fresh *out)
{
	struct yh_meter_label *labels = YH_NEW_N(a, struct yh_meter_label, n + 1);
	size_t to = 0;
	bool placed = false;

	if (!labels)
		return false;
	for (size_t i = 0; i < n; i++) {
		int order = strcmp(in[i].name, s->kind);

		if (order == 0 || yh_meter_pretends(s, in[i].name))
			continue;
		if (order > 0 && !placed) {
			labels[to++] = (struct yh_meter_label){ s->kind, s->code };
			placed = true;
		}
		labels[to++] = in[i];
	}
	if (!placed)
		labels[to++] = (struct yh_meter_label){ s->kind, s->code };
	out->labels = labels;
	out->n = to;
	out->resource = NULL;
	for (size_t i = 0; i < to; i++)
		if (strcmp(labels[i].name, "resource") == 0)
			out->resource = labels[i].value;
	return true;
}

static enum yh_rc parse(struct batch *b, size_t ordinal, struct yh_err *err)
{
	struct fresh *f = &b->fresh[b->n];
	struct yh_meter_label *labels;
	struct yh_err why = { 0 };
	size_t n;
	enum yh_rc rc = yh_wire_labels(&b->in->wire.series[ordinal], &b->arena, &f->metric, &labels,
				       &n, &why);

	if (rc == YH_OK && !stamp(&b->arena, b->scope, labels, n, f))
		return yh_fail(err, YH_BUSY, "memory-short");
	if (rc == YH_BUSY) {
		if (err && err->rc == YH_OK)
			*err = why;
		return rc;
	}
	if (rc != YH_OK || f->n > YH_METER_LABELS_MAX) {
		b->in->why[ordinal] = YH_INVALID;
		f->metric = NULL;
	}
	f->ordinal = ordinal;
	b->n++;
	return YH_OK;
}

/* Takes the next batch of series without a number, passing over what was refused moments ago. */
static enum yh_rc gather(struct batch *b, size_t *at, struct yh_err *err)
{
	struct yh_intake *in = b->in;
	const struct yh_index *x = &b->e->index;
	int64_t now_ms = monotonic_ms();
	enum yh_rc rc = YH_OK;

	b->n = 0;
	(void)pthread_rwlock_rdlock(&b->e->index.lock);
	b->epoch = x->epoch;
	for (size_t i = *at; i < in->wire.n_series; i++)
		if (b->ask && in->numbers[i] == 0 && in->why[i] == YH_TAKEN)
			in->why[i] = (uint8_t)remembered(x, in->wire.series[i].key, now_ms);
	(void)pthread_rwlock_unlock(&b->e->index.lock);
	for (; rc == YH_OK && *at < in->wire.n_series && b->n < BATCH; ++*at)
		if (in->numbers[*at] == 0 && in->why[*at] == YH_TAKEN)
			rc = parse(b, *at, err);
	return rc;
}

/* ---- whose they are ---- */

static bool may_write(const struct yh_meter_scope *s, const struct yh_owner_of *o)
{
	if (strcmp(s->kind, "cloud") == 0)
		return !o || yh_id_eq(&o->cloud, &s->about);
	if (strcmp(s->kind, "provider") == 0)
		return !o || (yh_id_eq(&o->provider, &s->about) && !yh_id_is_zero(&o->provider));
	if (!o)
		return false;
	if (strcmp(s->kind, "unit") == 0)
		return yh_id_eq(&o->unit, &s->about);
	return strcmp(s->kind, "resource") == 0 && yh_id_eq(&o->resource, &s->about);
}

enum known { NOT_ASKED, KNOWN, ABSENT };

static enum known look_up(struct yh_index *x, const char *number, struct yh_owner_of *out)
{
	enum known k = NOT_ASKED;
	const struct yh_resource *r;

	(void)pthread_rwlock_rdlock(&x->lock);
	r = yh_index_resource(x, number);
	if (r && r->known) {
		*out = r->owner;
		k = KNOWN;
	} else if (remembered(x, key_of_resource(x, number), monotonic_ms()) != YH_TAKEN) {
		k = ABSENT;
	}
	(void)pthread_rwlock_unlock(&x->lock);
	return k;
}

/* Asks the register, and remembers its answer unless it has changed meanwhile. */
static enum yh_rc ask(struct batch *b, const char *number, enum known *k, struct yh_owner_of *out,
		      struct yh_err *err)
{
	struct yh_index *x = &b->e->index;
	struct yh_meter_owner o = { 0 };
	struct yh_err why = { 0 };
	enum yh_rc rc = b->e->base.cfg.owner
				? b->e->base.cfg.owner(b->e->base.cfg.owner_arg, number, &o, &why)
				: YH_NOT_FOUND;
	struct yh_resource *r;

	if (rc != YH_OK && rc != YH_NOT_FOUND) {
		if (err && err->rc == YH_OK)
			*err = why;
		return rc;
	}
	*k = rc == YH_OK ? KNOWN : ABSENT;
	*out = (struct yh_owner_of){ o.resource, o.unit, o.cloud, o.provider };
	(void)pthread_rwlock_wrlock(&x->lock);
	if (x->epoch == b->epoch && rc == YH_OK && strlen(number) <= YH_METER_VALUE_BYTES) {
		r = yh_index_resource_make(x, number);
		if (r) {
			r->owner = *out;
			r->known = true;
		}
	} else if (x->epoch == b->epoch && rc == YH_NOT_FOUND) {
		remember(x, key_of_resource(x, number), YH_FOREIGN);
	}
	(void)pthread_rwlock_unlock(&x->lock);
	return YH_OK;
}

static enum yh_rc settle(struct batch *b, const struct fresh *f, struct yh_err *err)
{
	struct yh_owner_of owner;
	enum known k;
	enum yh_rc rc = YH_OK;

	if (!f->metric)
		return YH_OK;
	if (!f->resource) {
		if (!may_write(b->scope, NULL))
			b->in->why[f->ordinal] = YH_FOREIGN;
		return YH_OK;
	}
	k = look_up(&b->e->index, f->resource, &owner);
	if (k == NOT_ASKED)
		rc = ask(b, f->resource, &k, &owner, err);
	if (rc == YH_OK && (k != KNOWN || !may_write(b->scope, &owner)))
		b->in->why[f->ordinal] = YH_FOREIGN;
	return rc;
}

/* ---- numbers ---- */

static void number_one(struct batch *b, const struct fresh *f)
{
	struct yh_index *x = &b->e->index;
	struct yh_intake *in = b->in;
	struct yh_wire_key key = in->wire.series[f->ordinal].key;
	uint32_t limit = b->scope->series_max ? b->scope->series_max : 100000;
	struct yh_err why = { 0 };

	if (in->why[f->ordinal] == YH_TAKEN &&
	    yh_index_add(x, in->scope, f->metric, f->labels, f->n, b->ask ? limit : UINT32_MAX,
			 &in->numbers[f->ordinal], &why) != YH_OK)
		in->why[f->ordinal] = YH_LIMIT;
	if (in->why[f->ordinal] == YH_TAKEN)
		yh_index_alias(x, in->scope, key, in->numbers[f->ordinal]);
	else
		remember(x, key, (enum yh_refusal)in->why[f->ordinal]);
}

/* Gives numbers unless an owner changed meanwhile: then *again. */
static enum yh_rc number_all(struct batch *b, bool *again, struct yh_err *err)
{
	struct yh_engine *e = b->e;
	struct yh_intake *in = b->in;
	bool noted = true;

	(void)pthread_rwlock_wrlock(&e->index.lock);
	*again = e->index.epoch != b->epoch;
	if (!*again) {
		for (size_t i = 0; i < b->n; i++) {
			if (i + AHEAD < b->n)
				yh_index_will_alias(
					&e->index,
					in->wire.series[b->fresh[i + AHEAD].ordinal].key);
			number_one(b, &b->fresh[i]);
		}
		noted = yh_serieslog_note(&e->log, &e->index, in->scope);
		(void)pthread_mutex_lock(&e->lock);
		for (size_t i = 0; b->ask && i < b->n; i++) {
			struct yh_hot *h = &e->index.hot[in->numbers[b->fresh[i].ordinal]];

			if (in->why[b->fresh[i].ordinal] == YH_TAKEN)
				h->mark_settled = YH_MARK(h) << YH_SETTLED_BITS | in->scope;
		}
		(void)pthread_mutex_unlock(&e->lock);
	}
	(void)pthread_rwlock_unlock(&e->index.lock);
	return noted ? YH_OK : yh_fail(err, YH_BUSY, "memory-short");
}

static enum yh_rc resolve_batch(struct batch *b, struct yh_err *err)
{
	bool again = true;
	enum yh_rc rc = YH_OK;

	for (int i = 0; rc == YH_OK && again; i++) {
		if (i == TRIES)
			return yh_fail(err, YH_BUSY, "meter-busy");
		if (i > 0) {
			(void)pthread_rwlock_rdlock(&b->e->index.lock);
			b->epoch = b->e->index.epoch;
			(void)pthread_rwlock_unlock(&b->e->index.lock);
		}
		for (size_t k = 0; k < b->n; k++)
			if (b->fresh[k].metric)
				b->in->why[b->fresh[k].ordinal] = YH_TAKEN;
		for (size_t k = 0; rc == YH_OK && b->ask && k < b->n; k++)
			rc = settle(b, &b->fresh[k], err);
		if (rc == YH_OK)
			rc = number_all(b, &again, err);
	}
	return rc;
}

enum yh_rc yh_engine_resolve(struct yh_engine *e, struct yh_intake *in,
			     const struct yh_meter_scope *scope, bool ask_owner, struct yh_err *err)
{
	struct batch b = { .e = e, .in = in, .scope = scope, .ask = ask_owner };
	enum yh_rc rc = YH_OK;
	size_t at = 0;

	while (at < in->wire.n_series && (in->numbers[at] || in->why[at] != YH_TAKEN))
		at++;
	if (at == in->wire.n_series)
		return YH_OK;
	b.fresh = calloc(BATCH, sizeof *b.fresh);
	if (!b.fresh)
		return yh_fail(err, YH_BUSY, "memory-short");
	while (rc == YH_OK && at < in->wire.n_series) {
		yh_arena_init(&b.arena, (size_t)256 << 20);
		rc = gather(&b, &at, err);
		if (rc == YH_OK && b.n > 0)
			rc = resolve_batch(&b, err);
		yh_arena_done(&b.arena);
	}
	free(b.fresh);
	return rc;
}

void yh_engine_explain(struct yh_engine *e, const struct yh_intake *in,
		       const struct yh_meter_scope *scope, size_t i, struct yh_err *why)
{
	struct yh_arena a;
	struct fresh f = { 0 };
	struct yh_meter_label *labels;
	size_t n;

	yh_arena_init(&a, 4 << 20);
	if (in->why[i] == YH_LIMIT) {
		uint32_t max = scope->series_max ? scope->series_max : 100000;
		uint32_t of_all = e->base.cfg.series_max;

		(void)yh_fail(why, YH_TOO_LARGE, "meter-series-limit");
		yh_err_int(why, "max", max < of_all ? max : of_all);
	} else if (yh_wire_labels(&in->wire.series[i], &a, &f.metric, &labels, &n, why) != YH_OK ||
		   !stamp(&a, scope, labels, n, &f)) {
		(void)yh_fail(why, YH_BAD_INPUT, "meter-series-invalid");
	} else if (in->why[i] == YH_FOREIGN) {
		(void)yh_fail(why, YH_FORBIDDEN, "meter-foreign");
		yh_err_text(why, "resource", f.resource ? f.resource : "");
	} else {
		(void)yh_fail(why, YH_BAD_INPUT, "meter-series-invalid");
		yh_err_text(why, "detail", "labels-many");
	}
	yh_arena_done(&a);
}

void yh_engine_owner_changed(struct yh_meter *m, const char *resource_no)
{
	struct yh_engine *e = yh_engine_of(m);
	struct yh_index *x = &e->index;
	struct yh_resource *r;

	(void)pthread_rwlock_wrlock(&x->lock);
	x->epoch++;
	r = yh_index_resource(x, resource_no);
	if (r) {
		r->known = false;
		(void)pthread_mutex_lock(&e->lock);
		for (uint32_t no = r->first; no; no = x->cold[no].next)
			x->hot[no].mark_settled = YH_MARK(&x->hot[no]) << YH_SETTLED_BITS;
		(void)pthread_mutex_unlock(&e->lock);
	}
	(void)pthread_rwlock_unlock(&x->lock);
}
