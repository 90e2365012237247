/* Whom an issuer means by a subject, and who signs in by issuers alone. */
#include <string.h>

#include "services/identity/auth.h"
#include "services/identity/record.h"
#include "services/identity/tries.h"
#include "services/identity/weight.h"
#include "services/issuer/internal.h"

enum yh_rc yh_issuer_bind_row(struct yh_ctx *cx, const struct yh_id *person,
			      const struct yh_issuer *i, const char *subject,
			      struct yh_issuer_subject *out, struct yh_err *err)
{
	struct yh_err lower = { 0 };
	enum yh_rc rc;

	*out = (struct yh_issuer_subject){ .id = yh_ctx_new_id(cx),
					   .person = *person,
					   .issuer = i->issuer,
					   .subject = subject,
					   .created_at = cx->now,
					   .created_by = cx->actor->person };
	rc = yh_issuer_subject_insert(cx->tx, out, &lower);
	if (rc == YH_CONFLICT)
		return yh_fail_field(err, YH_CONFLICT, "issuer-bound-already", "/subject");
	if (rc != YH_OK) {
		*err = lower;
		return rc;
	}
	return yh_identity_record(cx, "issuer.bound", "person", person, i->name, subject, err);
}

enum yh_rc yh_issuer_of_person(struct yh_ctx *cx, const struct yh_id *person,
			       struct yh_person_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_account_hold(cx, person, out, err);

	return rc == YH_OK && strcmp(out->kind, "service") == 0
		       ? yh_fail(err, YH_CONFLICT, "service-issuer")
		       : rc;
}

/* Who administrates, or is about to, could be stood in for by whoever binds their account. */
static enum yh_rc check_plain(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err)
{
	bool weighs;
	enum yh_rc rc = yh_weight_of_person(cx, person, &weighs, err);

	return rc == YH_OK && weighs ? yh_fail(err, YH_FORBIDDEN, "issuer-bind-administrator") : rc;
}

enum yh_rc yh_issuer_bind(struct yh_ctx *cx, const struct yh_id *person, const char *name,
			  const char *subject, struct yh_issuer_subject *out, struct yh_err *err)
{
	const struct yh_issuer *i = yh_issuer_named(cx->world->issuers, name);
	struct yh_person_row p;
	enum yh_rc rc;

	if (!i)
		return yh_issuer_unknown(err);
	if (!yh_issuer_subject_fits(subject))
		return yh_fail_field(err, YH_BAD_INPUT, "issuer-subject", "/subject");
	rc = yh_issuer_of_person(cx, person, &p, err);
	if (rc == YH_OK)
		rc = check_plain(cx, person, err);
	return rc == YH_OK ? yh_issuer_bind_row(cx, person, i, subject, out, err) : rc;
}

/* A way in that is no more ends what came in by it; but for the session that asks. */
static enum yh_rc end_sessions(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err)
{
	return yh_tokens_end(cx->tx, person, &cx->actor->token, cx->now, err);
}

enum yh_rc yh_issuer_unbind(struct yh_ctx *cx, const struct yh_id *person,
			    const struct yh_id *binding, struct yh_err *err)
{
	struct yh_issuer_subject *list;
	const struct yh_issuer_subject *found = NULL;
	const struct yh_issuer *i;
	struct yh_person_row p;
	size_t n = 0;
	bool only;
	enum yh_rc rc = yh_account_hold(cx, person, &p, err);

	if (rc == YH_OK && yh_id_eq(person, &cx->actor->person))
		rc = yh_session_need(cx, err);
	if (rc == YH_OK)
		rc = yh_issuer_subject_list(cx->tx, person, cx->arena, &list, &n, err);
	for (size_t k = 0; rc == YH_OK && k < n; k++)
		if (yh_id_eq(&list[k].id, binding))
			found = &list[k];
	if (rc == YH_OK && !found)
		rc = yh_fail(err, YH_NOT_FOUND, "issuer-binding-unknown");
	if (rc == YH_OK)
		rc = yh_issuer_only(cx->tx, person, &only, err);
	if (rc == YH_OK && only && n == 1)
		rc = yh_fail(err, YH_CONFLICT, "issuer-only-way");
	if (rc == YH_OK)
		rc = yh_issuer_subject_delete(cx->tx, binding, err);
	if (rc == YH_OK)
		rc = end_sessions(cx, person, err);
	if (rc != YH_OK)
		return rc;
	i = yh_issuer_of(cx->world->issuers, found->issuer);
	return yh_identity_record(cx, "issuer.unbound", "person", person,
				  i ? i->name : found->issuer, found->subject, err);
}

enum yh_rc yh_issuer_only_way(struct yh_ctx *cx, const struct yh_id *person, bool only,
			      struct yh_err *err)
{
	struct yh_issuer_subject *list;
	struct yh_person_row p;
	size_t n = 0;
	bool was = false;
	enum yh_rc rc = yh_issuer_of_person(cx, person, &p, err);

	if (rc == YH_OK)
		rc = yh_issuer_only(cx->tx, person, &was, err);
	if (rc == YH_OK)
		rc = yh_issuer_subject_list(cx->tx, person, cx->arena, &list, &n, err);
	if (rc == YH_OK && only && n == 0)
		rc = yh_fail(err, YH_CONFLICT, "issuer-not-bound-yet");
	if (rc == YH_OK)
		rc = yh_issuer_only_set(cx->tx, person, only, cx->now, err);
	if (rc == YH_OK && only != was) {
		/* one that opens nothing need not be replaced; one that opens again may be
		 * anybody's */
		p.must_change = !only;
		rc = yh_person_update(cx->tx, &p, err);
	}
	if (rc == YH_OK && only)
		rc = end_sessions(cx, person, err);
	return rc == YH_OK ? yh_identity_record(cx, only ? "issuer.only" : "issuer.password",
						"person", person, NULL, NULL, err)
			   : rc;
}
