/* Digests compared: what was sent against what is held. Differences are healed by sending again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/internal.h"

static void put_json(void *p)
{
	json_decref(p);
}

static json_t *new_array(struct yh_arena *arena)
{
	json_t *v = json_array();

	return v && yh_arena_defer(arena, put_json, v) ? v : NULL;
}

static bool differs(const struct yh_link_head *h, const struct yh_link_buckets *b, int i)
{
	const char *hex = json_string_value(json_array_get(h->buckets, (size_t)i));
	struct yh_sm3 told;

	return !hex || !yh_unhex(hex, told.b, sizeof told.b) ||
	       memcmp(told.b, b->of[i].b, sizeof told.b) != 0;
}

/* All that is held in one bucket; *fits false: there is no room for it any more. */
static enum yh_rc tell_bucket(struct yh_ctx *cx, const struct yh_link_docs *docs, int bucket,
			      json_t *held, bool *fits, struct yh_err *err)
{
	struct yh_link_held *list;
	char hex[YH_SM3_HEX];
	size_t n;
	enum yh_rc rc = yh_link_doc_bucket(cx->tx, docs, bucket, cx->arena, &list, &n, err);

	*fits = json_array_size(held) + n <= YH_LINK_HELD_MAX;
	for (size_t i = 0; rc == YH_OK && *fits && i < n; i++)
		if (json_array_append_new(
			    held, json_pack("[s,s]", list[i].key,
					    yh_hex(list[i].digest.b, YH_SM3_BYTES, hex))) != 0)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc;
}

static enum yh_rc tell_differences(struct yh_ctx *cx, const struct yh_link_docs *docs,
				   const struct yh_link_head *h, const struct yh_link_buckets *b,
				   struct yh_link_compared *c, struct yh_err *err)
{
	json_t *buckets = new_array(cx->arena), *held = new_array(cx->arena);
	char payload[96];
	int different = 0;
	enum yh_rc rc = buckets && held ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	c->buckets = buckets;
	c->held = held;
	for (int i = 0; rc == YH_OK && i < YH_LINK_BUCKETS; i++) {
		bool fits;

		if (!differs(h, b, i))
			continue;
		different++;
		rc = tell_bucket(cx, docs, i, held, &fits, err);
		if (rc == YH_OK && fits && json_array_append_new(buckets, json_integer(i)) != 0)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	if (rc != YH_OK)
		return rc;
	c->equal = different == 0;
	if (c->equal)
		return YH_OK;
	(void)snprintf(payload, sizeof payload, "{\"buckets\":%d,\"docs\":%lld}", different,
		       (long long)b->docs);
	return yh_link_note(cx, "link.differs", &docs->peer, docs->stream, "", payload, err);
}

enum yh_rc yh_link_compare(struct yh_link_exchange *x, struct yh_ctx *cx,
			   struct yh_link_stream_row *s, const struct yh_link_head *h,
			   struct yh_err *err)
{
	const struct yh_link_docs docs = { .peer = s->peer, .stream = h->stream };
	struct yh_link_compared *c;
	struct yh_link_buckets *b;
	enum yh_rc rc;

	if (!yh_id_eq(&s->epoch, &h->epoch) || s->seq != h->head ||
	    strcmp(s->state, "flowing") != 0)
		return YH_OK;
	b = YH_NEW(cx->arena, struct yh_link_buckets);
	if (!x->compared)
		x->compared = YH_NEW_N(cx->arena, struct yh_link_compared, LINK_COMPARED);
	if (!b || !x->compared)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (x->n_compared == LINK_COMPARED)
		return YH_OK;
	rc = yh_link_doc_buckets(cx->tx, &docs, b, err);
	c = &x->compared[x->n_compared];
	*c = (struct yh_link_compared){
		.stream = h->stream, .epoch = s->epoch, .seq = s->seq, .docs = b->docs
	};
	if (rc == YH_OK)
		rc = tell_differences(cx, &docs, h, b, c, err);
	if (rc != YH_OK)
		return rc;
	x->n_compared++;
	if (c->equal) {
		s->compared_at = cx->now;
		s->compared_docs = b->docs;
		s->compared_root = b->root;
	}
	return YH_OK;
}

/* ---- the sender's side ---- */

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct yh_link_held *)a)->key, ((const struct yh_link_held *)b)->key);
}

/* What is held there, by key. */
static struct yh_link_held *sorted(struct yh_ctx *cx, const json_t *held, size_t *n)
{
	struct yh_link_held *list;

	*n = json_array_size(held);
	list = YH_NEW_N(cx->arena, struct yh_link_held, *n + 1);
	for (size_t i = 0; list && i < *n; i++) {
		const json_t *pair = json_array_get(held, i);

		list[i].key = json_string_value(json_array_get(pair, 0));
		(void)yh_unhex(json_string_value(json_array_get(pair, 1)), list[i].digest.b,
			       YH_SM3_BYTES);
	}
	if (list)
		qsort(list, *n, sizeof *list, by_key);
	return list;
}

struct healing {
	struct yh_link_exchange *x;
	struct yh_link_putter *p;
	struct yh_link_held *there;
	size_t n_there;
	bool *known; /* of each of `there`: it is ours, too */
	int64_t sent, gone;
	bool failed; /* one that cannot be sent */
};

static enum yh_rc heal_key(struct healing *h, const char *key, struct yh_err *err)
{
	const struct yh_link_trying t = {
		.peer = &h->x->view, .key = key, .built = true, .force = true
	};

	return yh_link_put_try(h->p, &t, &h->failed, err);
}

static enum yh_rc heal_bucket(struct healing *h, int bucket, struct yh_err *err)
{
	struct yh_ctx *cx = h->p->cx;
	struct yh_link_held *ours;
	size_t n;
	enum yh_rc rc = yh_link_doc_bucket(cx->tx, &h->p->docs, bucket, cx->arena, &ours, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_link_held *held =
			h->n_there ? bsearch(&ours[i], h->there, h->n_there, sizeof ours[i], by_key)
				   : NULL;

		if (held)
			h->known[held - h->there] = true;
		if (held && memcmp(held->digest.b, ours[i].digest.b, YH_SM3_BYTES) == 0)
			continue;
		rc = heal_key(h, ours[i].key, err);
		h->sent++;
	}
	return rc;
}

/* Held there, and none of ours. */
static enum yh_rc heal_gone(struct healing *h, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < h->n_there; i++) {
		if (h->known[i])
			continue;
		rc = heal_key(h, h->there[i].key, err);
		h->gone++;
	}
	return rc;
}

static enum yh_rc heal(struct yh_link_exchange *x, struct yh_ctx *cx, struct yh_link_putter *p,
		       const struct yh_link_compared *c, struct yh_err *err)
{
	struct healing h = { .x = x, .p = p };
	char payload[96];
	size_t i;
	json_t *bucket;
	enum yh_rc rc = YH_OK;

	h.there = sorted(cx, c->held, &h.n_there);
	h.known = YH_NEW_N(cx->arena, bool, h.n_there + 1);
	if (!h.there || !h.known)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	json_array_foreach(c->buckets, i, bucket)
	{
		json_int_t at = json_integer_value(bucket);

		if (rc == YH_OK && at >= 0 && at < YH_LINK_BUCKETS)
			rc = heal_bucket(&h, (int)at, err);
	}
	if (rc == YH_OK)
		rc = heal_gone(&h, err);
	if (rc != YH_OK)
		return rc;
	if (h.failed) /* it would be found again at once */
		p->row.compare_at = cx->now + LINK_COMPARE_S * YH_US_PER_S;
	p->row.healed += h.sent + h.gone;
	(void)snprintf(payload, sizeof payload, "{\"sent\":%lld,\"gone\":%lld}", (long long)h.sent,
		       (long long)h.gone);
	return yh_link_note(cx, "link.healed", &p->docs.peer, p->docs.stream, "link-differs",
			    payload, err);
}

enum yh_rc yh_link_take_compared(struct yh_link_exchange *x, struct yh_ctx *cx,
				 struct yh_link_putter *p, const struct yh_link_ack *a,
				 struct yh_err *err)
{
	const struct yh_link_compared *c = &a->compared;
	struct yh_link_buckets *b;
	enum yh_rc rc;

	if (!p->stream->keys || p->row.compare_at != LINK_COMPARE_NOW || c->seq != p->row.seq ||
	    p->row.refilling)
		return YH_OK;
	if (!c->equal)
		return heal(x, cx, p, c, err);
	b = YH_NEW(cx->arena, struct yh_link_buckets);
	rc = b ? yh_link_doc_buckets(cx->tx, &p->docs, b, err)
	       : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc != YH_OK)
		return rc;
	p->row.compare_at = cx->now + LINK_COMPARE_S * YH_US_PER_S;
	p->row.compared_at = cx->now;
	p->row.compared_docs = b->docs;
	p->row.compared_root = b->root;
	return YH_OK;
}
