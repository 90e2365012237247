/* Reading a batch: its head, and its documents. */
#include "link/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "link/stream.h"

enum { STREAMS_MAX = 64, BODY_DEPTH = 32 };

static enum yh_rc invalid(struct yh_err *err, const char *field)
{
	return yh_fail_field(err, YH_BAD_INPUT, "link-batch-invalid", field);
}

/* ---- documents ---- */

bool yh_link_key_valid(const char *key)
{
	size_t n = strnlen(key, YH_LINK_KEY_MAX + 1);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)key[i] < ' ' || key[i] == 0x7f)
			return false;
	return n >= 1 && n <= YH_LINK_KEY_MAX;
}

/* Control characters other than line feed and tab are written differently by different programs. */
static bool text_valid(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' && *s != '\n' && *s != '\t')
			return false;
	return true;
}

static bool value_valid(const json_t *v, unsigned depth)
{
	const char *key;
	json_t *member;
	size_t i;

	if (depth > BODY_DEPTH || json_is_real(v))
		return false;
	if (json_is_string(v))
		return text_valid(json_string_value(v));
	json_array_foreach(v, i, member) if (!value_valid(member, depth + 1)) return false;
	json_object_foreach((json_t *)v, key,
			    member) if (!text_valid(key) ||
					!value_valid(member, depth + 1)) return false;
	return true;
}

bool yh_link_body_valid(const json_t *body)
{
	return json_is_object(body) && value_valid(body, 0);
}

enum yh_rc yh_link_body_digest(const json_t *body, char **text, struct yh_sm3 *out,
			       struct yh_err *err)
{
	*text = body ? yh_json_canonical(body) : NULL;
	if (body && !*text)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*out = yh_sm3_of(body ? *text : "", body ? strlen(*text) : 0);
	return YH_OK;
}

struct yh_sm3 yh_link_chain(const struct yh_sm3 *before, const struct yh_sm3 *digest,
			    const char *key)
{
	unsigned char said[2 * YH_SM3_BYTES + YH_LINK_KEY_MAX];
	size_t n = strnlen(key, YH_LINK_KEY_MAX);

	memcpy(said, before->b, YH_SM3_BYTES);
	memcpy(said + YH_SM3_BYTES, digest->b, YH_SM3_BYTES);
	memcpy(said + 2 * YH_SM3_BYTES, key, n);
	return yh_sm3_of(said, 2 * YH_SM3_BYTES + n);
}

/* ---- members ---- */

static bool get_int(const json_t *o, const char *name, bool needed, int64_t *out)
{
	const json_t *v = json_object_get(o, name);

	*out = json_integer_value(v);
	return json_is_integer(v) ? *out >= 0 && *out <= INT64_C(1) << 53
				  : !needed && (!v || json_is_null(v));
}

static bool get_id(const json_t *o, const char *name, bool needed, struct yh_id *out)
{
	const char *text = yh_json_text(o, name);

	return text ? yh_id_parse(text, out, NULL) == YH_OK
		    : !needed && (!json_object_get(o, name) ||
				  json_is_null(json_object_get(o, name)));
}

static bool get_sm3(const json_t *o, const char *name, struct yh_sm3 *out)
{
	const char *text = yh_json_text(o, name);

	return text && yh_unhex(text, out->b, sizeof out->b);
}

static bool get_stream(const json_t *o, const char **out)
{
	*out = yh_json_text(o, "stream");
	return *out && (*out)[0] && strlen(*out) < YH_LINK_STREAM_TEXT;
}

static bool read_head(const json_t *o, struct yh_link_head *h)
{
	const char *state = yh_json_text(o, "state");
	int64_t oldest_ms;

	h->forked = state && strcmp(state, "forked") == 0;
	h->buckets = json_object_get(o, "buckets");
	if (!get_stream(o, &h->stream) || !get_id(o, "epoch", true, &h->epoch) ||
	    !get_int(o, "head", true, &h->head) || !get_int(o, "from", true, &h->from) ||
	    !get_int(o, "oldest_ms", false, &oldest_ms) || !get_sm3(o, "chain", &h->chain))
		return false;
	h->oldest_at = oldest_ms * 1000;
	return h->from >= 1 && (!h->buckets || json_array_size(h->buckets) == YH_LINK_BUCKETS);
}

static bool held_valid(const json_t *held)
{
	size_t i;
	json_t *pair;

	json_array_foreach(held, i, pair)
	{
		struct yh_sm3 digest;
		const char *key = json_string_value(json_array_get(pair, 0));
		const char *hex = json_string_value(json_array_get(pair, 1));

		if (!key || !hex || !yh_link_key_valid(key) ||
		    !yh_unhex(hex, digest.b, sizeof digest.b))
			return false;
	}
	return json_array_size(held) <= YH_LINK_HELD_MAX;
}

static bool read_compared(const json_t *o, struct yh_link_ack *a)
{
	struct yh_link_compared *c = &a->compared;

	c->stream = a->stream;
	c->epoch = a->epoch;
	c->equal = json_is_true(json_object_get(o, "equal"));
	c->buckets = json_object_get(o, "buckets");
	c->held = json_object_get(o, "held");
	return get_int(o, "seq", true, &c->seq) && get_int(o, "docs", true, &c->docs) &&
	       (c->equal || (json_array_size(c->buckets) <= YH_LINK_BUCKETS &&
			     json_is_array(c->held) && held_valid(c->held)));
}

static bool state_known(const char *state)
{
	return strcmp(state, "flowing") == 0 || strcmp(state, "stopped") == 0 ||
	       strcmp(state, "forked") == 0 || strcmp(state, "lost") == 0;
}

static bool read_ack(const json_t *o, struct yh_link_ack *a)
{
	const json_t *compared = json_object_get(o, "compared");

	a->state = yh_json_text(o, "state");
	a->fault = yh_json_text(o, "fault");
	if (!a->fault || strlen(a->fault) >= sizeof((struct yh_err *)0)->slug)
		a->fault = "";
	a->resync = json_is_true(json_object_get(o, "resync"));
	if (!get_stream(o, &a->stream) || !get_id(o, "epoch", false, &a->epoch) ||
	    !get_int(o, "seq", true, &a->seq) || !get_sm3(o, "chain", &a->chain) || !a->state ||
	    !state_known(a->state))
		return false;
	a->has_compared = json_is_object(compared);
	return !a->has_compared || read_compared(compared, a);
}

/* Of what is not understood nothing is sent: it is not asked for so. */
static bool read_wanted(const json_t *files, struct yh_arena *arena, struct yh_link_batch *out)
{
	size_t n = json_array_size(files);

	n = n < STREAMS_MAX ? n : STREAMS_MAX;
	out->wanted = YH_NEW_N(arena, struct yh_link_wanted, n + 1);
	for (size_t i = 0; out->wanted && i < n; i++) {
		struct yh_link_wanted *w = &out->wanted[out->n_wanted];
		const json_t *o = json_array_get(files, i);

		if (get_sm3(o, "digest", &w->digest) && get_int(o, "got", true, &w->got))
			out->n_wanted++;
	}
	return out->wanted;
}

static enum yh_rc read_first(const json_t *o, struct yh_arena *arena, struct yh_link_batch *out,
			     struct yh_err *err)
{
	const json_t *heads = json_object_get(o, "streams"), *acks = json_object_get(o, "acks");
	size_t n_heads = json_array_size(heads), n_acks = json_array_size(acks);

	if (json_integer_value(json_object_get(o, "yunheng_link")) != 1)
		return invalid(err, "yunheng_link");
	if (n_heads > STREAMS_MAX || n_acks > STREAMS_MAX)
		return invalid(err, "streams");
	out->version = yh_json_text(o, "version");
	out->heads = YH_NEW_N(arena, struct yh_link_head, n_heads + 1);
	out->acks = YH_NEW_N(arena, struct yh_link_ack, n_acks + 1);
	if (!out->heads || !out->acks || !read_wanted(json_object_get(o, "files"), arena, out))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (; out->n_heads < n_heads; out->n_heads++)
		if (!read_head(json_array_get(heads, out->n_heads), &out->heads[out->n_heads]))
			return invalid(err, "streams");
	for (; out->n_acks < n_acks; out->n_acks++)
		if (!read_ack(json_array_get(acks, out->n_acks), &out->acks[out->n_acks]))
			return invalid(err, "acks");
	return YH_OK;
}

static enum yh_rc read_document(const json_t *o, struct yh_link_line *l, struct yh_err *err)
{
	YH_FREE_AUTO char *text = NULL;
	const json_t *body = json_object_get(o, "b");
	enum yh_rc rc;

	l->stream = yh_json_text(o, "s");
	l->key = yh_json_text(o, "k");
	if (!l->stream || strlen(l->stream) >= YH_LINK_STREAM_TEXT || !l->key ||
	    !yh_link_key_valid(l->key) || !get_int(o, "n", true, &l->seq) || !body)
		return invalid(err, "document");
	l->body = json_is_null(body) ? NULL : body;
	if (l->body && !yh_link_body_valid(l->body))
		return invalid(err, "b");
	rc = yh_link_body_digest(l->body, &text, &l->digest, err);
	return rc == YH_OK && text && strlen(text) > YH_LINK_BODY_MAX ? invalid(err, "b") : rc;
}

static enum yh_rc read_line(const char *line, size_t n, struct yh_arena *arena,
			    struct yh_link_batch *out, size_t at, struct yh_err *err)
{
	const json_t *o;
	enum yh_rc rc = yh_json_parse_in(arena, line, n, &o, err);

	if (rc == YH_OK)
		rc = at == 0 ? read_first(o, arena, out, err)
			     : read_document(o, &out->lines[out->n_lines++], err);
	if (rc != YH_OK)
		yh_err_int(err, "line", (int64_t)at + 1);
	return rc;
}

enum yh_rc yh_link_batch_read(const char *text, size_t n, struct yh_arena *arena,
			      struct yh_link_batch *out, struct yh_err *err)
{
	size_t at = 0;

	*out = (struct yh_link_batch){ .lines = YH_NEW_N(arena, struct yh_link_line,
							 YH_LINK_DOCS_MAX + 1) };
	if (!out->lines)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n; at++) {
		const char *end = memchr(text + i, '\n', n - i);
		enum yh_rc rc;

		if (!end || at > YH_LINK_DOCS_MAX)
			return invalid(err, end ? "documents" : "end");
		rc = read_line(text + i, (size_t)(end - text) - i, arena, out, at, err);
		if (rc != YH_OK)
			return rc;
		i = (size_t)(end - text) + 1;
	}
	return at == 0 ? invalid(err, "head") : YH_OK;
}
