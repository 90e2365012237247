/* Accounts that end, and those of programs. */
#include "services/identity/closing.h"
#include "services/identity/record.h"

#include <stdio.h>
#include <string.h>

enum { SERVICE_DAYS = 366 };

/* Loads another's account for a change. */
static enum yh_rc load_other(struct yh_ctx *cx, const struct yh_id *person,
			     struct yh_person_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_db_lock(cx->tx, person, 1, err);

	if (rc == YH_OK && yh_id_eq(person, &cx->actor->person))
		rc = yh_fail(err, YH_FORBIDDEN, "account-own");
	return rc == YH_OK ? yh_person_load(cx->tx, person, cx->arena, out, err) : rc;
}

static bool is_closed(const struct yh_person_row *p)
{
	return strcmp(p->status, "active") != 0;
}

enum yh_rc yh_account_close(struct yh_ctx *cx, const struct yh_id *person, const char *reason,
			    struct yh_err *err)
{
	static const struct yh_id none;
	struct yh_person_row p;
	enum yh_rc rc = load_other(cx, person, &p, err);

	if (rc == YH_OK && is_closed(&p))
		rc = yh_fail(err, YH_CONFLICT, "account-state");
	if (rc != YH_OK)
		return rc;
	(void)snprintf(p.status, sizeof p.status, "closed");
	rc = yh_person_update(cx->tx, &p, err);
	if (rc == YH_OK)
		rc = yh_tokens_end(cx->tx, person, &none, cx->now, err);
	if (rc == YH_OK)
		rc = yh_delegations_end(cx->tx, person, cx->now, err);
	return rc == YH_OK ? yh_identity_record(cx, "account.closed", "person", person, NULL,
						reason, err)
			   : rc;
}

enum yh_rc yh_account_reopen(struct yh_ctx *cx, const struct yh_id *person,
			     const struct yh_password_new *made, const char *reason,
			     struct yh_person_row *out, struct yh_err *err)
{
	enum yh_rc rc = load_other(cx, person, out, err);

	if (rc == YH_OK && !is_closed(out))
		rc = yh_fail(err, YH_CONFLICT, "account-state");
	if (rc != YH_OK)
		return rc;
	(void)snprintf(out->status, sizeof out->status, "active");
	out->last_day = out->last_day < yh_ctx_today(cx) ? YH_DAY_NONE : out->last_day;
	if (strcmp(out->kind, "service") == 0)
		out->last_day = yh_ctx_today(cx);
	rc = yh_person_update(cx->tx, out, err);
	if (rc == YH_OK) /* a closing of former releases let them stand */
		rc = yh_delegations_end(cx->tx, person, cx->now, err);
	if (rc == YH_OK)
		rc = yh_identity_record(cx, "account.reopened", "person", person, NULL, reason,
					err);
	return rc == YH_OK && strcmp(out->kind, "service") != 0
		       ? yh_account_reset(cx, person, made, err)
		       : rc;
}

static enum yh_rc check_last_day(struct yh_ctx *cx, yh_day last_day, bool service,
				 struct yh_err *err)
{
	yh_day today = yh_ctx_today(cx);

	if (service && (last_day == YH_DAY_NONE || last_day - today >= SERVICE_DAYS)) {
		(void)yh_fail_field(err, YH_BAD_INPUT, "service-days", "/last_day");
		yh_err_int(err, "most", SERVICE_DAYS);
		return YH_BAD_INPUT;
	}
	return last_day != YH_DAY_NONE && last_day < today
		       ? yh_fail_field(err, YH_BAD_INPUT, "last-day-past", "/last_day")
		       : YH_OK;
}

enum yh_rc yh_account_until(struct yh_ctx *cx, const struct yh_id *person, yh_day last_day,
			    const char *reason, struct yh_person_row *out, struct yh_err *err)
{
	char day[YH_DAY_TEXT] = "";
	enum yh_rc rc = load_other(cx, person, out, err);

	if (rc == YH_OK)
		rc = check_last_day(cx, last_day, strcmp(out->kind, "service") == 0, err);
	if (rc != YH_OK)
		return rc;
	out->last_day = last_day;
	if (last_day != YH_DAY_NONE)
		yh_day_text(last_day, day);
	rc = yh_person_update(cx->tx, out, err);
	return rc == YH_OK
		       ? yh_identity_record(cx, "account.until", "person", person, day, reason, err)
		       : rc;
}

enum yh_rc yh_service_may_own(struct yh_ctx *cx, const struct yh_id *owner,
			      struct yh_person_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_person_load(cx->tx, owner, cx->arena, out, err);

	if (rc != YH_OK)
		return rc;
	return strcmp(out->kind, "service") == 0 || !yh_person_works(out, yh_ctx_today(cx)) ||
			       yh_id_eq(owner, &cx->actor->person)
		       ? yh_fail_field(err, YH_CONFLICT, "service-owner", "/owner")
		       : YH_OK;
}

enum yh_rc yh_service_create(struct yh_ctx *cx, const struct yh_service_in *in,
			     struct yh_person_row *out, struct yh_err *err)
{
	static const struct yh_password_new none = { .secret = "" };
	struct yh_person_row owner;
	enum yh_rc rc = check_last_day(cx, in->last_day, true, err);

	if (rc == YH_OK)
		rc = yh_service_may_own(cx, &in->owner, &owner, err);
	if (rc == YH_OK)
		rc = yh_account_create_made(cx, in->login, in->name, &none, out, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(out->kind, sizeof out->kind, "service");
	out->must_change = false;
	out->owner = in->owner;
	out->last_day = in->last_day;
	rc = yh_person_update(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "service.owner", "person", &out->id,
						owner.login, NULL, err)
			   : rc;
}

enum yh_rc yh_service_owner(struct yh_ctx *cx, const struct yh_id *service,
			    const struct yh_id *owner, const char *reason,
			    struct yh_person_row *out, struct yh_err *err)
{
	static const struct yh_id none;
	struct yh_person_row p;
	enum yh_rc rc = load_other(cx, service, out, err);

	if (rc == YH_OK && strcmp(out->kind, "service") != 0)
		rc = yh_fail(err, YH_CONFLICT, "service-only");
	if (rc == YH_OK)
		rc = yh_service_may_own(cx, owner, &p, err);
	if (rc != YH_OK)
		return rc;
	out->owner = *owner;
	rc = yh_person_update(cx->tx, out, err);
	if (rc == YH_OK)
		rc = yh_tokens_end(cx->tx, service, &none, cx->now, err);
	return rc == YH_OK ? yh_identity_record(cx, "service.owner", "person", service, p.login,
						reason, err)
			   : rc;
}

enum yh_rc yh_account_review(struct yh_ctx *cx, struct yh_account_filter *f, int64_t unused_days,
			     struct yh_account_row **out, size_t *n, struct yh_err *err)
{
	struct yh_identity_terms t;
	enum yh_rc rc = yh_identity_terms(cx, &t, err);

	if (rc != YH_OK)
		return rc;
	f->day = yh_ctx_today(cx);
	f->now = cx->now;
	f->unused_since = cx->now - (unused_days > 0 ? unused_days : t.unused_days) * YH_US_PER_DAY;
	f->factor_roles = t.factor_roles;
	return yh_account_list(cx->tx, f, cx->arena, out, n, err);
}
