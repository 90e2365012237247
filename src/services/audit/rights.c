/* Holding the table of rights against the record. */
#include "services/audit/rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "store/event.h"
#include "store/rights.h"

static void put_i64(unsigned char out[8], int64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
}

static struct yh_sm3 digest_of(const struct yh_grant_row *g)
{
	unsigned char days[2][8];
	const struct yh_piece pieces[] = {
		{ g->id.b, sizeof g->id.b },          { g->person.b, sizeof g->person.b },
		{ g->role, strlen(g->role) },         { g->org.b, sizeof g->org.b },
		{ g->capacity, strlen(g->capacity) }, { days[0], sizeof days[0] },
		{ days[1], sizeof days[1] },          { g->scope, strlen(g->scope) }
	};

	put_i64(days[0], g->first_day);
	put_i64(days[1], g->last_day);
	return yh_sm3_of_pieces(pieces, sizeof pieces / sizeof pieces[0]);
}

const char *yh_rights_payload(const struct yh_grant_row *made, const struct yh_id *ended,
			      char out[YH_RIGHTS_TEXT])
{
	char id[YH_ID_TEXT], gone[YH_ID_TEXT], hex[YH_SM3_HEX] = "";
	struct yh_sm3 d = { { 0 } };

	if (made) {
		d = digest_of(made);
		(void)yh_id_text(&made->id, id);
		(void)yh_hex(d.b, sizeof d.b, hex);
	}
	(void)snprintf(out, YH_RIGHTS_TEXT, "{%s%s%s%s%s%s%s%s}", made ? "\"digest\":\"" : "", hex,
		       made ? "\"" : "", made && ended ? "," : "", ended ? "\"ended\":\"" : "",
		       ended ? yh_id_text(ended, gone) : "", ended ? "\"" : "",
		       made ? ",\"grant\":\"" : "");
	if (made) {
		size_t n = strlen(out) - 1;

		(void)snprintf(out + n, YH_RIGHTS_TEXT - n, "%s\"}", id);
	}
	return out;
}

/* What the record says of each grant: its digest, and in `ended` whether it ended. */
struct known {
	json_t *grants, *ended;
	bool begun, ok;
	struct yh_id unread; /* the first event that cannot be read; zero: none */
};

static void take_all(struct known *k, const json_t *from)
{
	const char *id;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)json_object_get(from, "grants"), id, v) k->ok =
		k->ok && json_object_set(k->grants, id, v) == 0;
	json_object_foreach((json_t *)(uintptr_t)json_object_get(from, "ended"), id, v) k->ok =
		k->ok && json_object_set(k->ended, id, v) == 0;
}

static void take_event(void *arg, const struct yh_id *id, const char *kind, const char *payload)
{
	bool all = strcmp(kind, "rights.begun") == 0;
	YH_JSON_AUTO v = NULL;
	struct known *k = arg;
	const char *grant, *digest, *ended;
	enum yh_rc rc;

	k->begun = k->begun || all;
	if (!payload[0] && !all) /* older than the digests: before they begin */
		return;
	rc = yh_json_parse(payload, strlen(payload), &v, NULL);
	if (rc == YH_TOO_LARGE)
		k->ok = false;
	else if (rc != YH_OK && yh_id_is_zero(&k->unread))
		k->unread = *id;
	if (rc != YH_OK)
		return;
	if (all) {
		take_all(k, v);
		return;
	}
	grant = yh_json_text(v, "grant");
	digest = yh_json_text(v, "digest");
	ended = yh_json_text(v, "ended");
	if (grant && digest)
		k->ok = k->ok && json_object_set_new(k->grants, grant, json_string(digest)) == 0;
	if (ended)
		k->ok = k->ok && json_object_set_new(k->ended, ended, json_true()) == 0;
}

struct walking {
	struct known *k;
	struct yh_rights_report *out;
};

static void check_row(void *arg, const struct yh_grant_row *g)
{
	struct walking *w = arg;
	struct yh_sm3 d = digest_of(g);
	char id[YH_ID_TEXT], hex[YH_SM3_HEX];
	const char *want = yh_json_text(w->k->grants, yh_id_text(&g->id, id));
	bool ended = json_object_get(w->k->ended, id) != NULL;

	w->out->grants++;
	(void)yh_hex(d.b, sizeof d.b, hex);
	if ((!want || strcmp(want, hex) != 0 || ended != (g->ended_at != 0)) &&
	    yh_id_is_zero(&w->out->wrong))
		w->out->wrong = g->id;
	(void)json_object_del(w->k->grants, id);
}

enum yh_rc yh_rights_verify(struct yh_tx *tx, struct yh_rights_report *out, struct yh_err *err)
{
	struct known k = { .grants = json_object(), .ended = json_object(), .ok = true };
	struct walking w = { &k, out };
	const char *left;
	json_t *v;
	enum yh_rc rc = yh_rights_events(tx, take_event, &k, err);

	*out = (struct yh_rights_report){ .begun = k.begun, .unread = k.unread };
	if (rc == YH_OK && k.begun)
		rc = yh_rights_rows(tx, check_row, &w, err);
	if (rc == YH_OK && !k.ok)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	json_object_foreach(k.grants, left, v)
	{
		if (rc == YH_OK && k.begun && yh_id_is_zero(&out->wrong)) {
			out->gone = true;
			rc = yh_id_parse(left, &out->wrong, err);
		}
	}
	json_decref(k.grants);
	json_decref(k.ended);
	return rc;
}

static void gather_row(void *arg, const struct yh_grant_row *g)
{
	struct known *k = arg;
	struct yh_sm3 d = digest_of(g);
	char id[YH_ID_TEXT], hex[YH_SM3_HEX];

	(void)yh_id_text(&g->id, id);
	k->ok = k->ok &&
		json_object_set_new(k->grants, id, json_string(yh_hex(d.b, sizeof d.b, hex))) == 0;
	if (g->ended_at)
		k->ok = k->ok && json_object_set_new(k->ended, id, json_true()) == 0;
}

enum yh_rc yh_rights_begin(struct yh_ctx *cx, struct yh_err *err)
{
	struct known k = { .grants = json_object(), .ended = json_object(), .ok = true };
	YH_JSON_AUTO all = json_pack("{s:o, s:o}", "grants", k.grants, "ended", k.ended);
	struct yh_event e = { .id = yh_ctx_new_id(cx),
			      .at = cx->now,
			      .kind = "rights.begun",
			      .object_kind = "rights",
			      .person = cx->actor->person,
			      .source = cx->actor->source };
	bool begun = false;
	char *text;
	enum yh_rc rc = yh_rights_begun(cx->tx, &begun, err);

	if (rc != YH_OK || begun)
		return rc;
	rc = yh_rights_rows(cx->tx, gather_row, &k, err);
	text = rc == YH_OK && k.ok ? yh_json_canonical(all) : NULL;
	if (rc == YH_OK && !text)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	e.payload = text;
	if (rc == YH_OK)
		rc = yh_event_insert(cx->tx, &e, err);
	free(text);
	return rc;
}
