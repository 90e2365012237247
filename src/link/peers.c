/* Who is on the other side. */
#include <string.h>

#include "link/internal.h"
#include "store/event.h"

const struct yh_actor *yh_link_actor(void)
{
	static const struct yh_actor system = {
		.login = "", .name = "", .scopes = "all", .source = "link"
	};

	return &system;
}

struct yh_link_peer yh_link_peer_view(const struct yh_link_peer_row *row)
{
	struct yh_link_peer p = { .id = row->id,
				  .city = row->city,
				  .cloud = row->cloud,
				  .home = row->home,
				  .org = row->org };

	memcpy(p.district, row->district, sizeof p.district);
	return p;
}

bool yh_link_flows(const struct yh_link_stream *s, bool peer_is_city, bool sends)
{
	return peer_is_city == sends ? s->up : s->down;
}

enum yh_rc yh_link_peers(struct yh_tx *tx, struct yh_arena *arena, struct yh_link_peer **out,
			 size_t *n, struct yh_err *err)
{
	struct yh_link_peer_row *rows;
	enum yh_rc rc = yh_link_peer_all(tx, false, arena, &rows, n, err);

	*out = rc == YH_OK ? YH_NEW_N(arena, struct yh_link_peer, *n + 1) : NULL;
	if (rc == YH_OK && !*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		(*out)[i] = yh_link_peer_view(&rows[i]);
	return rc;
}

static enum yh_rc first(struct yh_tx *tx, const char *district, struct yh_link_peer *out,
			bool *found, struct yh_err *err)
{
	struct yh_arena arena;
	struct yh_link_peer *peers;
	size_t n = 0;
	enum yh_rc rc;

	*found = false;
	yh_arena_init(&arena, 1024 * 1024);
	rc = yh_link_peers(tx, &arena, &peers, &n, err);
	for (size_t i = 0; rc == YH_OK && !*found && i < n; i++) {
		*found = district ? !peers[i].city && strcmp(peers[i].district, district) == 0
				  : peers[i].city;
		if (*found)
			*out = peers[i];
	}
	yh_arena_done(&arena);
	return rc;
}

enum yh_rc yh_link_city(struct yh_tx *tx, struct yh_link_peer *out, bool *found, struct yh_err *err)
{
	return first(tx, NULL, out, found, err);
}

enum yh_rc yh_link_district(struct yh_tx *tx, const char *district, struct yh_link_peer *out,
			    bool *found, struct yh_err *err)
{
	return first(tx, district, out, found, err);
}

enum yh_rc yh_link_note(struct yh_ctx *cx, const char *kind, const struct yh_id *peer,
			const char *stream, const char *reason, const char *payload,
			struct yh_err *err)
{
	const struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = kind,
		.object_kind = "link",
		.object_id = *peer,
		.person = cx->actor->person,
		.outcome = stream,
		.reason = reason,
		.source = cx->actor->source,
		.payload = payload,
	};

	return yh_event_insert(cx->tx, &e, err);
}
