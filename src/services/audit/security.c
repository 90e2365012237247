/* Raising security events and taking note of them. */
#include "services/audit/security.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "services/identity/tell.h"
#include "store/event.h"

int64_t yh_security_figure(const struct yh_ctx *cx, const char *param, int64_t otherwise)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_param *p = NULL;
	const struct yh_pack *pack;

	if (law && law->pack_on(law->self, yh_ctx_today(cx), &pack, NULL) == YH_OK)
		p = yh_pack_param(pack, param);
	return p && p->kind == YH_P_INT && p->num > 0 ? p->num : otherwise;
}

static enum yh_rc record(struct yh_ctx *cx, const struct yh_security_row *s, const char *kind,
			 const char *reason, struct yh_err *err)
{
	const struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = kind,
		.object_kind = "security",
		.object_id = s->id,
		.person = cx->actor->person,
		.reason = reason,
		.after = s->kind,
		.source = cx->actor->source,
	};

	return yh_event_insert(cx->tx, &e, err);
}

static enum yh_rc tell(struct yh_ctx *cx, const struct yh_security_row *s, struct yh_err *err)
{
	static const char *const slugs[][2] = {
		{ "brute-force", "security-brute-force" },
		{ "probing", "security-probing" },
		{ "many-refused", "security-many-refused" },
		{ "admin-granted", "security-admin-granted" },
		{ "record-broken", "security-record-broken" },
		{ "closed-account", "security-closed-account" },
	};
	YH_JSON_AUTO v = json_pack("{s:s, s:s, s:s}", "subject", s->subject, "source", s->source,
				   "detail", s->detail);
	char *figures = yh_json_canonical(v);
	size_t i = 0;
	enum yh_rc rc;

	while (strcmp(slugs[i][0], s->kind) != 0)
		i++;
	rc = figures ? yh_admins_tell(cx, "security.read", slugs[i][1], figures, err)
		     : yh_fail(err, YH_TOO_LARGE, "memory-short");
	free(figures);
	return rc;
}

enum yh_rc yh_security_raise(struct yh_ctx *cx, const struct yh_security_row *in,
			     struct yh_err *err)
{
	struct yh_security_row s = *in;
	bool found;
	enum yh_rc rc;

	s.n = s.n > 0 ? s.n : 1;
	s.source = s.source ? s.source : "";
	s.detail = s.detail ? s.detail : "";
	s.first_at = s.last_at = cx->now;
	rc = yh_security_again(cx->tx, &s, &found, err);
	if (rc != YH_OK || found)
		return rc;
	s.id = yh_ctx_new_id(cx);
	rc = yh_security_insert(cx->tx, &s, err);
	if (rc == YH_OK)
		rc = record(cx, &s, "security.raised", s.subject, err);
	return rc == YH_OK ? tell(cx, &s, err) : rc;
}

enum yh_rc yh_security_take_note(struct yh_ctx *cx, const struct yh_id *id, const char *note,
				 struct yh_security_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_security_load(cx->tx, id, cx->arena, out, err);

	if (rc == YH_OK)
		rc = yh_security_note(cx->tx, id, &cx->actor->person, note, cx->now, err);
	if (rc == YH_OK)
		rc = record(cx, out, "security.noted", note, err);
	return rc == YH_OK ? yh_security_load(cx->tx, id, cx->arena, out, err) : rc;
}
