/* Cases across the link (Art. 12): a district's unit files at its own server, the city decides. Up
 * go cases that are handed over (key NO) and what is done in them at the district (key NO/000001);
 * down comes how each stands (key NO). docs/decisions/0028. */
#include <string.h>

#include "link/case_internal.h"
#include "link/streams.h"
#include "store/case_query.h"
#include "store/document.h"
#include "store/party.h"

static enum yh_rc touched_up(struct yh_ctx *cx, const struct yh_link_event *event,
			     yh_link_key_fn emit, void *arg, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct yh_case_act_row *acts;
	bool carried = strcmp(event->kind, "case.carried") == 0 ||
		       strcmp(event->kind, "case.labelled") == 0;
	bool found;
	size_t n;
	enum yh_rc rc;

	if (!carried && strcmp(event->kind, "case.act-sent") != 0)
		return YH_OK;
	rc = yh_case_link_of(cx->tx, &event->case_id, cx->arena, &link, &found, err);
	if (rc != YH_OK || !found)
		return rc;
	if (carried)
		return emit(arg, link.no, err);
	rc = yh_case_acts(cx->tx, link.no, cx->arena, &acts, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (acts[i].seq > link.acts_done)
			rc = emit(arg, acts[i].key, err);
	return rc;
}

static enum yh_rc touched_down(struct yh_ctx *cx, const struct yh_link_peer *peer,
			       const struct yh_link_event *event, yh_link_key_fn emit, void *arg,
			       struct yh_err *err)
{
	struct yh_case_row row;
	struct yh_org_row unit;
	const char **away;
	size_t n;
	enum yh_rc rc;

	if (strcmp(event->kind, "case.turned-away") == 0) {
		rc = yh_case_turned_away(cx->tx, &peer->id, event->at, cx->arena, &away, &n, err);
		for (size_t i = 0; rc == YH_OK && i < n; i++)
			rc = emit(arg, away[i], err);
		return rc;
	}
	if (yh_id_is_zero(&event->case_id))
		return YH_OK;
	rc = yh_case_load(cx->tx, &event->case_id, cx->arena, &row, err);
	if (rc == YH_OK)
		rc = yh_org_load(cx->tx, &row.unit, cx->arena, &unit, err);
	if (rc != YH_OK || strcmp(unit.district, peer->district) != 0 ||
	    yh_id_eq(&row.cloud, &peer->cloud))
		return rc;
	return emit(arg, row.no, err);
}

/* How a case stands says the state of each of its resources. */
static enum yh_rc touched_resource(struct yh_ctx *cx, const struct yh_link_peer *peer,
				   const struct yh_link_event *event, yh_link_key_fn emit,
				   void *arg, struct yh_err *err)
{
	const char **nos;
	size_t n;
	enum yh_rc rc = yh_case_keys_down_of(cx->tx, &event->object, peer->district, &peer->cloud,
					     cx->arena, &nos, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = emit(arg, nos[i], err);
	return rc;
}

/* A document that has another label is told of again with each of its cases. */
static enum yh_rc touched_label(struct yh_ctx *cx, const struct yh_link_peer *peer,
				const struct yh_link_event *event, yh_link_key_fn emit, void *arg,
				struct yh_err *err)
{
	struct yh_document_link *links;
	size_t n;
	enum yh_rc rc = yh_document_links(cx->tx, &event->object, cx->arena, &links, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_link_event of = *event;

		if (strcmp(links[i].object_kind, "case") != 0)
			continue;
		of.kind = "case.carried";
		of.case_id = links[i].object;
		rc = peer->city ? touched_up(cx, &of, emit, arg, err)
				: touched_down(cx, peer, &of, emit, arg, err);
	}
	return rc;
}

YH_LINK_TOUCHED_FN(yh_link_case_touched)
{
	enum yh_rc rc = YH_OK;

	if (strcmp(event->kind, "document.labelled") == 0)
		return touched_label(cx, peer, event, emit, arg, err);
	if (peer->city)
		return touched_up(cx, event, emit, arg, err);
	if (strcmp(event->object_kind, "resource") == 0)
		rc = touched_resource(cx, peer, event, emit, arg, err);
	return rc == YH_OK ? touched_down(cx, peer, event, emit, arg, err) : rc;
}

YH_LINK_BUILD_FN(yh_link_case_build)
{
	return peer->city ? yh_case_up_build(cx, peer, key, body, err)
			  : yh_case_down_build(cx, peer, key, body, err);
}

YH_LINK_KEYS_FN(yh_link_case_keys)
{
	const char **keys;
	size_t count;
	enum yh_rc rc = peer->city
				? yh_case_keys_up(cx->tx, after, n, cx->arena, &keys, &count, err)
				: yh_case_keys_down(cx->tx, &peer->id, peer->district, &peer->cloud,
						    after, n, cx->arena, &keys, &count, err);

	for (size_t i = 0; rc == YH_OK && i < count; i++)
		rc = emit(arg, keys[i], err);
	return rc;
}

YH_LINK_APPLY_FN(yh_link_case_apply)
{
	return peer->city ? yh_case_down_apply(cx, peer, key, body, err)
			  : yh_case_up_apply(cx, peer, key, body, err);
}

YH_LINK_SKIPPED_FN(yh_link_case_skipped)
{
	return peer->city ? YH_OK : yh_case_up_skipped(cx, peer, key, reason, err);
}
