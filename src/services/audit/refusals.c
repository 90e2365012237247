/* Counting what was refused, and writing it down. */
#include "services/audit/refusals.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "services/audit/security.h"
#include "store/event.h"

enum {
	SLOTS = 512,
	ADDRESS_SLOTS = 384, /* the rest is for persons, however many addresses come */
	BATCH = 64,
	WINDOW_S = 600,
	ADDRESS_MOST = 20,
	PERSON_MOST = 30,
	COUNT_S = 5,
	TRIES = 10
};

struct slot {
	bool used, written, raised, dirty; /* dirty: something came since it was looked at */
	struct yh_id person;
	char login[64], source[64], slug[56];
	const char *op;
	int failed;            /* writing it, in a row */
	uint64_t fresh, total; /* not yet written; of the window, with what is only counted */
	yh_time since, last;
};

struct yh_refusals {
	pthread_mutex_t lock;
	struct slot slots[SLOTS];
	struct slot others; /* what found no slot: of nobody in particular */
	size_t next;        /* where the next batch begins, so that every slot has its turn */
	yh_time counted_at;
};

struct yh_refusals *yh_refusals_new(void)
{
	struct yh_refusals *r = calloc(1, sizeof *r);

	if (r)
		(void)pthread_mutex_init(&r->lock, NULL);
	return r;
}

void yh_refusals_free(struct yh_refusals *r)
{
	if (!r)
		return;
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Whoever has one address of IPv6 has its whole /64. */
static const char *key_of(const char *source, char out[64])
{
	struct in6_addr a;

	if (!source || inet_pton(AF_INET6, source, &a) != 1 || IN6_IS_ADDR_V4MAPPED(&a)) {
		(void)snprintf(out, 64, "%s", source ? source : "");
		return out;
	}
	memset(a.s6_addr + 8, 0, 8);
	(void)inet_ntop(AF_INET6, &a, out, 60);
	(void)strcat(out, "/64");
	return out;
}

static bool is_of(const struct slot *s, const struct yh_refusal *w, const char *key)
{
	if (!s->used || !yh_id_eq(&s->person, &w->person))
		return false;
	return yh_id_is_zero(&w->person) ? strcmp(s->source, key) == 0 : s->op == w->op;
}

static struct slot *slot_of(struct yh_refusals *r, const struct yh_refusal *w, const char *key)
{
	size_t most = yh_id_is_zero(&w->person) ? ADDRESS_SLOTS : SLOTS;
	struct slot *empty = NULL;

	for (size_t i = 0; i < SLOTS; i++) {
		if (is_of(&r->slots[i], w, key))
			return &r->slots[i];
		/* a person begins at the end, where addresses may not */
		if (!r->slots[i].used && (most == SLOTS || (i < most && !empty)))
			empty = &r->slots[i];
	}
	return empty ? empty : &r->others;
}

void yh_refusals_note(struct yh_refusals *r, const struct yh_refusal *w, yh_time now)
{
	bool known = !yh_id_is_zero(&w->person);
	char key[64];
	struct slot *s;

	if (!r)
		return;
	(void)key_of(w->source, key);
	(void)pthread_mutex_lock(&r->lock);
	s = slot_of(r, w, key);
	if (!s->used) {
		*s = (struct slot){ .used = true, .op = w->op, .since = now };
		if (s == &r->others) {
			s->op = "";
		} else {
			s->person = w->person;
			(void)snprintf(s->login, sizeof s->login, "%s", w->login ? w->login : "");
			(void)snprintf(s->source, sizeof s->source, "%s",
				       known && w->source ? w->source : key);
		}
	}
	(void)snprintf(s->slug, sizeof s->slug, "%s", w->slug);
	s->dirty = true;
	s->fresh += !w->counted;
	s->total++;
	s->last = now;
	(void)pthread_mutex_unlock(&r->lock);
}

/* Copies of what is due, so that the store is not waited for under the lock. */
struct flushing {
	struct yh_refusals *r;
	const struct yh_world *world;
	yh_time now;
	bool last; /* the server stops: every number is due */
	struct yh_arena arena;
	struct slot due[BATCH];
	struct slot *from[BATCH];
	size_t n;
};

static void gather_one(struct flushing *f, struct slot *s)
{
	bool over = f->now - s->since >= WINDOW_S * YH_US_PER_S;

	if (!s->used || f->n == BATCH)
		return;
	if (s->fresh == 0 && over) {
		*s = (struct slot){ 0 };
		return;
	}
	if (f->last ? s->fresh == 0 : !s->dirty && !over)
		return;
	s->dirty = false;
	f->from[f->n] = s;
	f->due[f->n++] = *s;
	if (s->written && !over && !f->last) /* its number waits for the end of the window */
		f->due[f->n - 1].fresh = 0;
}

/* What was never written comes first: it is promised within a second. */
static void gather(struct flushing *f)
{
	struct yh_refusals *r = f->r;
	size_t first = r->next;

	gather_one(f, &r->others);
	for (size_t i = 0; i < 2 * (size_t)SLOTS && f->n < BATCH; i++) {
		size_t at = (first + i) % SLOTS, before = f->n;
		struct slot *s = &r->slots[at];
		bool new = !s->written && s->fresh > 0;

		if (new == (i < SLOTS))
			gather_one(f, s);
		if (f->n > before)
			r->next = (at + 1) % SLOTS;
	}
}

/* Is more refused than is usual? Counted over all operations of a person. */
static uint64_t total_of(struct flushing *f, const struct slot *s)
{
	uint64_t sum = 0;

	if (yh_id_is_zero(&s->person))
		return s->total;
	for (size_t i = 0; i < SLOTS; i++)
		if (f->r->slots[i].used && yh_id_eq(&f->r->slots[i].person, &s->person))
			sum += f->r->slots[i].total;
	return sum;
}

static enum yh_rc write_one(struct yh_ctx *cx, const struct slot *s, struct yh_err *err)
{
	char payload[64];
	struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = s->last,
		.kind = "call.refused",
		.object_kind = "call",
		.object_id = s->person,
		.person = s->person,
		.outcome = "refused",
		.reason = s->slug,
		.after = s->op,
		.source = s->source,
		.payload = payload,
	};

	(void)snprintf(payload, sizeof payload, "{\"count\":%llu}", (unsigned long long)s->fresh);
	return yh_event_insert(cx->tx, &e, err);
}

static enum yh_rc raise_one(struct yh_ctx *cx, struct slot *s, uint64_t total, struct yh_err *err)
{
	bool known = !yh_id_is_zero(&s->person);
	bool others = !known && !s->op[0];
	const struct yh_security_row row = {
		.kind = { 0 },
		.subject = known ? s->login : s->source,
		.person = s->person,
		.source = s->source,
		.detail = s->op,
		.n = (int64_t)total,
	};
	struct yh_security_row raised = row;
	int64_t most = known ? yh_security_figure(cx, "security.refusals", PERSON_MOST)
			     : yh_security_figure(cx, "security.address_failures", ADDRESS_MOST);

	bool closed = !others && strcmp(s->slug, "account-closed") == 0;

	if (s->raised || (!closed && total < (uint64_t)most))
		return YH_OK;
	(void)snprintf(raised.kind, sizeof raised.kind, "%s",
		       others   ? "many-refused"
		       : closed ? "closed-account"
		       : known  ? "probing"
				: "brute-force");
	s->raised = true;
	return yh_security_raise(cx, &raised, err);
}

static enum yh_rc write_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor nobody = { .login = "", .name = "", .source = "local" };
	struct flushing *f = arg;
	struct yh_ctx cx = {
		.tx = tx, .world = f->world, .actor = &nobody, .now = f->now, .arena = &f->arena
	};
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < f->n; i++) {
		uint64_t total;

		yh_arena_done(&f->arena);
		(void)pthread_mutex_lock(&f->r->lock);
		total = total_of(f, &f->due[i]);
		f->due[i].raised = f->from[i]->raised;
		(void)pthread_mutex_unlock(&f->r->lock);
		if (f->due[i].fresh > 0)
			rc = write_one(&cx, &f->due[i], err);
		if (rc == YH_OK)
			rc = raise_one(&cx, &f->due[i], total, err);
	}
	return rc;
}

/* A window that is over begins anew; what could not be written is tried again, and given up when
 * that is of no use. Returns how many numbers were given up. */
static uint64_t settle(struct flushing *f, enum yh_rc rc)
{
	uint64_t dropped = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct slot *s = f->from[i];
		bool away = rc == YH_BUSY || rc == YH_STORAGE;

		s->failed = rc == YH_OK ? 0 : s->failed + !away;
		if (rc != YH_OK && s->failed < TRIES) {
			s->dirty = true;
			continue;
		}
		if (rc != YH_OK)
			dropped += f->due[i].fresh;
		s->failed = 0;
		s->fresh -= f->due[i].fresh;
		s->raised = f->due[i].raised;
		if (f->now - s->since >= WINDOW_S * YH_US_PER_S) {
			s->since = f->now;
			s->total = 0;
			s->raised = false;
		}
		s->written = s->written || f->due[i].fresh > 0;
	}
	return dropped;
}

static enum yh_rc count_open(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_security_open_count(tx, arg, err);
}

/* For /metrics; now and then. */
static enum yh_rc count(struct yh_refusals *r, const struct yh_world *world, yh_time now,
			struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc;

	if (!world->counts || (now >= r->counted_at && now - r->counted_at < COUNT_S * YH_US_PER_S))
		return YH_OK;
	rc = yh_exec_read(world->exec, count_open, &n, err);
	if (rc == YH_OK) {
		atomic_store(&world->counts->security_open, n);
		r->counted_at = now;
	}
	return rc;
}

/* *n: how many slots it was about. */
static enum yh_rc flush(struct yh_refusals *r, const struct yh_world *world, yh_time now, bool last,
			size_t *n, struct yh_err *err)
{
	struct flushing *f = calloc(1, sizeof *f);
	uint64_t dropped;
	enum yh_rc rc = YH_OK;

	*n = 0;
	if (!f)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	f->r = r;
	f->world = world;
	f->now = now;
	f->last = last;
	yh_arena_init(&f->arena, 1024 * 1024);
	(void)pthread_mutex_lock(&r->lock);
	gather(f);
	(void)pthread_mutex_unlock(&r->lock);
	if (f->n > 0)
		rc = yh_exec_write(world->exec, write_all, f, err);
	(void)pthread_mutex_lock(&r->lock);
	dropped = settle(f, rc);
	(void)pthread_mutex_unlock(&r->lock);
	if (dropped > 0)
		yh_log(YH_ERROR, "refusals-dropped", "%llu", (unsigned long long)dropped);
	*n = f->n;
	yh_arena_done(&f->arena);
	free(f);
	return rc;
}

enum yh_rc yh_refusals_flush(struct yh_refusals *r, const struct yh_world *world, yh_time now,
			     struct yh_err *err)
{
	size_t n;
	enum yh_rc rc = r ? flush(r, world, now, false, &n, err) : YH_OK;

	return r && rc == YH_OK ? count(r, world, now, err) : rc;
}

enum yh_rc yh_refusals_finish(struct yh_refusals *r, const struct yh_world *world, yh_time now,
			      struct yh_err *err)
{
	size_t n = r ? 1 : 0;
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && n > 0)
		rc = flush(r, world, now, true, &n, err);
	return rc;
}
