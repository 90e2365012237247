/* See record.h. */
#include "services/identity/record.h"

#include "store/event.h"

enum yh_rc yh_identity_record(struct yh_ctx *cx, const char *kind, const char *object_kind,
			      const struct yh_id *object, const char *after, const char *reason,
			      struct yh_err *err)
{
	struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = kind,
		.object_kind = object_kind,
		.object_id = *object,
		.person = cx->actor->person,
		.after = after,
		.reason = reason,
		.source = cx->actor->source,
	};

	return yh_event_insert(cx->tx, &e, err);
}
