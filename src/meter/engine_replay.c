/* Reading the journal again when the store is opened: each record as it was decided then. */
#include <string.h>

#include "meter/engine.h"

struct replay {
	struct yh_engine *e;
	struct yh_intake *in;
	uint64_t last_seq;
};

/* What was taken from the journal cannot be decoded any more: it is named, and the rest goes on. */
static enum yh_rc undecoded(struct yh_engine *e, const struct yh_record *r)
{
	yh_engine_damaged(e, "journal: record", (int64_t)r->seq);
	return YH_OK;
}

static enum yh_rc number(struct yh_engine *e, struct yh_intake *in, const struct yh_record *r,
			 struct yh_err *err)
{
	struct yh_meter_scope scope = { .about = r->about };

	memcpy(scope.kind, r->kind, sizeof scope.kind);
	memcpy(scope.code, r->code, sizeof scope.code);
	(void)pthread_rwlock_rdlock(&e->index.lock);
	yh_index_find(&e->index, in->wire.series, in->wire.n_series, in->numbers);
	(void)pthread_rwlock_unlock(&e->index.lock);
	for (size_t i = 0; i < r->n_refused; i++)
		if (r->refused[i] < in->wire.n_series)
			in->why[r->refused[i]] = YH_FOREIGN;
	return yh_engine_resolve(e, in, &scope, false, err);
}

static enum yh_rc again(void *arg, const struct yh_record *r, struct yh_err *err)
{
	struct replay *p = arg;
	struct yh_engine *e = p->e;
	struct yh_intake *in = p->in;
	struct yh_meter_written written = { 0 };
	struct yh_err why = { 0 };
	enum yh_rc rc;

	p->last_seq = r->seq;
	in->scope = yh_index_scope(&e->index, r->kind, r->code, &r->about);
	if (!in->scope)
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = yh_wire_decode(&in->wire, r->form, r->body, r->n, &e->index.scopes[in->scope].seed,
			    &why);
	if (rc == YH_BUSY)
		return yh_fail(err, YH_BUSY, "memory-short");
	if (rc != YH_OK)
		return undecoded(e, r);
	if (!yh_intake_room(in))
		return yh_fail(err, YH_BUSY, "memory-short");
	in->received_ms = r->received_ms;
	in->late_ms = r->late_ms;
	in->future_ms = r->future_ms;
	rc = number(e, in, r, err);
	if (rc != YH_OK)
		return rc;
	e->replaying = r->seq;
	if (e->open[!e->active])
		rc = yh_engine_seal(e, false, err);
	(void)pthread_mutex_lock(&e->lock);
	if (rc == YH_OK)
		rc = yh_engine_room(e, in, false, err);
	if (rc == YH_OK) {
		yh_engine_append(e, in, r->seq, &written);
		e->open[e->active]->journal_bytes += r->n;
	}
	(void)pthread_mutex_unlock(&e->lock);
	return rc;
}

static void damaged(void *arg, const char *file, int64_t at)
{
	const struct replay *p = arg;

	yh_engine_damaged(p->e, file, at);
}

enum yh_rc yh_engine_replay(struct yh_engine *e, uint64_t *last_seq, struct yh_err *err)
{
	struct replay p = { .e = e, .in = yh_intake_take(e) };
	enum yh_rc rc;

	if (!p.in)
		return yh_fail(err, YH_BUSY, "memory-short");
	rc = yh_journal_replay(e->journal, e->manifest.journal_seq, again, damaged, &p, err);
	e->replaying = 0;
	*last_seq = p.last_seq;
	yh_intake_give(e, p.in);
	return rc;
}
