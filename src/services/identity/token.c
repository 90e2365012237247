/* Bearer tokens, of persons and of programs. */
#include <stdio.h>
#include <string.h>

#include "services/identity/account.h"
#include "services/identity/auth.h"
#include "services/identity/record.h"

/* Whose the token is to be: the actor, or a program that the actor answers for. */
static enum yh_rc find_holder(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err)
{
	struct yh_person_row p;
	enum yh_rc rc;

	if (yh_id_eq(person, &cx->actor->person))
		return YH_OK;
	rc = yh_person_load(cx->tx, person, cx->arena, &p, err);
	if (rc != YH_OK)
		return rc;
	if (!yh_id_eq(&p.owner, &cx->actor->person))
		return yh_fail(err, YH_FORBIDDEN, "service-owner-only");
	return yh_person_works(&p, yh_ctx_today(cx)) ? YH_OK
						     : yh_fail(err, YH_CONFLICT, "service-ended");
}

enum yh_rc yh_account_token(struct yh_ctx *cx, const struct yh_token_in *in,
			    char token[YH_TOKEN_TEXT], struct yh_token_row *out, struct yh_err *err)
{
	const struct yh_id *person = in->person ? in->person : &cx->actor->person;
	char csrf[YH_TOKEN_TEXT];
	enum yh_rc rc = yh_session_need(cx, err);

	if (rc == YH_OK)
		rc = find_holder(cx, person, err);
	if (rc != YH_OK)
		return rc;
	*out = (struct yh_token_row){
		.kind = "bearer",
		.person = *person,
		.label = in->label,
		.expires_at = cx->now + in->days * YH_US_PER_DAY,
		.proven = cx->actor->proven,
	};
	(void)snprintf(out->scopes, sizeof out->scopes, "%s", in->scopes);
	(void)snprintf(out->nouns, sizeof out->nouns, "%s", in->nouns);
	(void)snprintf(out->source, sizeof out->source, "%s",
		       cx->actor->source ? cx->actor->source : "");
	rc = yh_token_make(cx, out, token, csrf, err);
	return rc == YH_OK ? yh_identity_record(cx, "token.created", "token", &out->id, in->scopes,
						in->label, err)
			   : rc;
}

enum yh_rc yh_account_tokens(struct yh_ctx *cx, const struct yh_id *person,
			     struct yh_token_row **out, size_t *n, struct yh_err *err)
{
	return yh_token_list(cx->tx, person, "bearer", cx->now, cx->arena, out, n, err);
}

enum yh_rc yh_account_token_end(struct yh_ctx *cx, const struct yh_id *person,
				const struct yh_id *token, struct yh_err *err)
{
	struct yh_token_row *list;
	size_t n;
	enum yh_rc rc = yh_token_list(cx->tx, person, "bearer", cx->now, cx->arena, &list, &n, err);

	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (yh_id_eq(&list[i].id, token)) {
			rc = yh_token_end(cx->tx, token, cx->now, err);
			return rc == YH_OK ? yh_identity_record(cx, "token.ended", "token", token,
								NULL, NULL, err)
					   : rc;
		}
	return yh_fail(err, YH_NOT_FOUND, "token-unknown");
}
