/* Accounts of others: creating them, granting roles, lending them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "services/audit/rights.h"
#include "services/identity/account.h"
#include "services/identity/auth.h"
#include "services/identity/record.h"
#include "services/identity/tries.h"
#include "services/identity/weight.h"
#include "store/event.h"
#include "store/party.h"
#include "store/second_factor.h"

static enum yh_rc check_login(const char *login, struct yh_err *err)
{
	size_t n = strlen(login);

	for (size_t i = 0; i < n; i++)
		if (!islower((unsigned char)login[i]) && !isdigit((unsigned char)login[i]) &&
		    !(i > 0 && strchr("._-", login[i])))
			n = 0;
	if (n < 2 || n > 40)
		return yh_fail_field(err, YH_BAD_INPUT, "login-invalid", "/login");
	return YH_OK;
}

/* A first password: long, of three kinds, to be replaced at once. */
enum yh_rc yh_password_draw(struct yh_password_new *out, struct yh_err *err)
{
	char *p = out->password;

	yh_token_new(p);
	p[4] = p[9] = p[14] = '-';
	p[0] = 'Y';
	p[1] = '2';
	p[20] = 0;
	return yh_secret_hash(p, out->secret, err);
}

void yh_password_half(char out[YH_TOKEN_TEXT])
{
	yh_token_new(out);
	out[5] = '-';
	out[11] = 0;
}

enum yh_rc yh_password_join(const char *first, const char *second, struct yh_password_new *out,
			    struct yh_err *err)
{
	char whole[2 * YH_TOKEN_TEXT];
	enum yh_rc rc;

	(void)snprintf(whole, sizeof whole, "%s-%s", first, second);
	(void)snprintf(out->password, sizeof out->password, "%s", second);
	rc = yh_secret_hash(whole, out->secret, err);
	explicit_bzero(whole, sizeof whole);
	return rc;
}

enum yh_rc yh_account_create_made(struct yh_ctx *cx, const char *login, const char *name,
				  const struct yh_password_new *made, struct yh_person_row *out,
				  struct yh_err *err)
{
	enum yh_rc rc = check_login(login, err);

	if (rc != YH_OK)
		return rc;
	*out = (struct yh_person_row){
		.id = yh_ctx_new_id(cx),
		.login = login,
		.name = name,
		.secret = yh_arena_strdup(cx->arena, made->secret),
		.must_change = true,
		.status = "active",
		.kind = "person",
		.last_day = YH_DAY_NONE,
		.secret_at = cx->now,
		.created_at = cx->now,
		.version = 1,
	};
	if (!out->secret)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_person_insert(cx->tx, out, err);
	if (rc == YH_CONFLICT && err) {
		yh_err_clear(err);
		rc = yh_fail_field(err, YH_CONFLICT, "login-taken", "/login");
	}
	return rc == YH_OK ? yh_identity_record(cx, "person.created", "person", &out->id,
						out->login, NULL, err)
			   : rc;
}

enum yh_rc yh_account_create(struct yh_ctx *cx, const char *login, const char *name,
			     char password[YH_TOKEN_TEXT], struct yh_person_row *out,
			     struct yh_err *err)
{
	struct yh_password_new made;
	enum yh_rc rc = yh_password_draw(&made, err);

	if (rc != YH_OK)
		return rc;
	memcpy(password, made.password, sizeof made.password);
	return yh_account_create_made(cx, login, name, &made, out, err);
}

/* The three administrators exclude each other and every deciding role. */
static enum yh_rc check_exclusive(struct yh_ctx *cx, const struct yh_pack *pack,
				  const struct yh_grant_in *in, const struct yh_role *role,
				  struct yh_err *err)
{
	yh_day first = in->first_day == YH_DAY_NONE ? yh_ctx_today(cx) : in->first_day;
	struct yh_held_row *rows;
	size_t n;
	enum yh_rc rc =
		yh_held_within(cx->tx, &in->person, first, in->last_day, cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_role *held = yh_pack_role(pack, rows[i].role);

		if (role->reading && *rows[i].scope && strcmp(rows[i].scope, in->scope) != 0) {
			rc = yh_fail_field(err, YH_CONFLICT, "reader-scope-other", "/scope");
			yh_err_text(err, "held", rows[i].scope);
			yh_err_text(err, "asked", in->scope);
			return rc;
		}
		if (strcmp(rows[i].role, in->role) == 0 || !held ||
		    (!held->admin && !role->admin && !held->reading && !role->reading))
			continue;
		rc = yh_fail(err, YH_CONFLICT, "roles-exclusive");
		yh_err_text(err, "held", rows[i].role);
		yh_err_text(err, "asked", in->role);
	}
	return rc;
}

const char yh_reader_kinds[] =
	"agent allocation archive calendar case catalogue cloud document duty edition "
	"evaluation job lease observation org paper project quota record register report "
	"resource scheme search settle statistics watch year";

static bool is_kind(const char *word, size_t len)
{
	for (const char *s = yh_reader_kinds; *s; s += strcspn(s, " "), s += strspn(s, " "))
		if (strcspn(s, " ") == len && strncmp(s, word, len) == 0)
			return true;
	return false;
}

static enum yh_rc check_scope(const char *scope, struct yh_err *err)
{
	bool good = scope && *scope && strlen(scope) < 500;

	for (const char *s = scope; good && *s; s += strcspn(s, " "), s += strspn(s, " "))
		good = is_kind(s, strcspn(s, " "));
	if (good)
		return YH_OK;
	(void)yh_fail_field(err, YH_BAD_INPUT, "reader-scope", "/scope");
	yh_err_text(err, "admitted", yh_reader_kinds);
	return YH_BAD_INPUT;
}

static enum yh_rc check_reader(struct yh_ctx *cx, const struct yh_pack *pack,
			       const struct yh_role *role, const struct yh_grant_in *in,
			       struct yh_err *err)
{
	const struct yh_param *p = yh_pack_param(pack, "auditor.longest");
	int64_t most = p && p->kind == YH_P_INT && p->num > 0 ? p->num : 366;
	yh_day first = in->first_day == YH_DAY_NONE ? yh_ctx_today(cx) : in->first_day;

	if (!role->reading)
		return in->scope && *in->scope
			       ? yh_fail_field(err, YH_BAD_INPUT, "reader-scope", "/scope")
			       : YH_OK;
	if (in->last_day == YH_DAY_NONE || in->last_day < first || in->last_day - first >= most) {
		(void)yh_fail_field(err, YH_BAD_INPUT, "reader-days", "/last_day");
		yh_err_int(err, "most", most);
		return YH_BAD_INPUT;
	}
	return check_scope(in->scope, err);
}

/* A program administers and confirms nothing, and holds no role that is shown a second factor for.
 */
static enum yh_rc check_service_role(struct yh_ctx *cx, const struct yh_pack *pack,
				     const struct yh_role *role, struct yh_err *err)
{
	const char *roles;
	enum yh_rc rc = yh_factor_roles(cx, &roles, err);

	if (rc != YH_OK ||
	    (!yh_weight_of_role(pack, role->id) && !yh_factor_wanted_of(roles, role->id)))
		return rc;
	rc = yh_fail_field(err, YH_CONFLICT, "service-role", "/role");
	yh_err_text(err, "asked", role->id);
	return rc;
}

/* The event stands for the row (services/audit/rights.h). */
static enum yh_rc record_right(struct yh_ctx *cx, const char *kind, const struct yh_grant_row *made,
			       const struct yh_id *ended, const struct yh_id *person,
			       const char *role, const char *org, struct yh_err *err)
{
	char payload[YH_RIGHTS_TEXT];
	const struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = kind,
		.object_kind = "person",
		.object_id = *person,
		.person = cx->actor->person,
		.before = ended ? role : NULL,
		.after = made ? role : NULL,
		.reason = org,
		.source = cx->actor->source,
		.payload = yh_rights_payload(made, ended, payload),
	};

	return yh_event_insert(cx->tx, &e, err);
}

enum yh_rc yh_account_may_grant(struct yh_ctx *cx, const struct yh_grant_in *in,
				struct yh_org_row *org, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	const struct yh_role *role;
	struct yh_person_row p;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc != YH_OK)
		return rc;
	role = yh_pack_role(pack, in->role);
	if (!role)
		return yh_fail_field(err, YH_BAD_INPUT, "role-unknown", "/role");
	if (yh_id_eq(&in->person, &cx->actor->person))
		return yh_fail(err, YH_FORBIDDEN, "grant-to-self");
	rc = check_reader(cx, pack, role, in, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_person_load(cx->tx, &in->person, cx->arena, &p, err);
	if (rc == YH_OK && strcmp(p.kind, "service") == 0)
		rc = check_service_role(cx, pack, role, err);
	if (rc == YH_OK)
		rc = yh_org_load(cx->tx, &in->org, cx->arena, org, err);
	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, &in->person, 1, err);
	return rc == YH_OK ? check_exclusive(cx, pack, in, role, err) : rc;
}

enum yh_rc yh_account_grant(struct yh_ctx *cx, const struct yh_grant_in *in,
			    struct yh_grant_row *out, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	struct yh_org_row org;
	enum yh_rc rc = yh_account_may_grant(cx, in, &org, err);

	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);
	if (rc == YH_OK && yh_weight_of_role(pack, in->role))
		rc = yh_weight_unbind(cx, &in->person, err);
	if (rc != YH_OK)
		return rc;
	*out = (struct yh_grant_row){
		.id = yh_ctx_new_id(cx),
		.person = in->person,
		.org = in->org,
		.first_day = in->first_day == YH_DAY_NONE ? yh_ctx_today(cx) : in->first_day,
		.last_day = in->last_day,
		.granted_by = cx->actor->person,
		.created_at = cx->now,
		.org_name = org.name,
		.org_code = yh_arena_strdup(cx->arena, org.code),
		.scope = in->scope ? in->scope : "",
	};
	(void)snprintf(out->role, sizeof out->role, "%s", in->role);
	(void)snprintf(out->capacity, sizeof out->capacity, "%s", in->capacity);
	rc = yh_grant_insert(cx->tx, out, err);
	return rc == YH_OK ? record_right(cx, "role.granted", out, NULL, &in->person, in->role,
					  org.code, err)
			   : rc;
}

enum yh_rc yh_account_ungrant(struct yh_ctx *cx, const struct yh_id *grant, struct yh_err *err)
{
	struct yh_grant_row g;
	enum yh_rc rc = yh_grant_load(cx->tx, grant, cx->arena, &g, err);

	if (rc == YH_OK && yh_id_eq(&g.person, &cx->actor->person))
		rc = yh_fail(err, YH_FORBIDDEN, "grant-to-self");
	if (rc == YH_OK)
		rc = yh_grant_end(cx->tx, grant, cx->now, err);
	return rc == YH_OK ? record_right(cx, "role.ended", NULL, grant, &g.person, g.role,
					  g.org_code, err)
			   : rc;
}

/* Who was ever let in from outside acts for nobody, and what excludes a grant excludes a loan. */
static enum yh_rc check_taker(struct yh_ctx *cx, const struct yh_delegation_row *in,
			      struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_grant_in lent = { .person = in->taker,
					  .org = in->org,
					  .role = in->role,
					  .first_day = in->first_day,
					  .last_day = in->last_day };
	const struct yh_pack *pack;
	const struct yh_role *role;
	bool reader = false;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, &in->taker, 1, err);
	if (rc == YH_OK)
		rc = yh_grant_was_reader(cx->tx, &in->taker, &reader, err);
	if (rc != YH_OK)
		return rc;
	if (reader)
		return yh_fail_field(err, YH_CONFLICT, "delegate-reader", "/taker");
	role = yh_pack_role(pack, in->role);
	return role ? check_exclusive(cx, pack, &lent, role, err)
		    : yh_fail_field(err, YH_BAD_INPUT, "role-unknown", "/role");
}

enum yh_rc yh_account_delegate(struct yh_ctx *cx, const struct yh_delegation_row *in,
			       struct yh_id *id, struct yh_err *err)
{
	struct yh_delegation_row d = *in;
	struct yh_person_row taker;
	const struct yh_grant *g = yh_actor_grant(cx->actor, in->role, &in->org);
	enum yh_rc rc;

	rc = yh_session_need(cx, err);
	if (rc != YH_OK)
		return rc;
	if (!g || !yh_id_is_zero(&g->giver))
		return yh_fail(err, YH_FORBIDDEN, "delegate-own-only");
	if (in->last_day < in->first_day || in->last_day - in->first_day > 366)
		return yh_fail_field(err, YH_BAD_INPUT, "days-reversed", "/last_day");
	if (in->last_day < yh_ctx_today(cx))
		return yh_fail_field(err, YH_BAD_INPUT, "last-day-past", "/last_day");
	if (yh_id_eq(&in->taker, &cx->actor->person))
		return yh_fail_field(err, YH_BAD_INPUT, "grant-to-self", "/taker");
	rc = yh_person_load(cx->tx, &in->taker, cx->arena, &taker, err);
	if (rc == YH_OK && strcmp(taker.kind, "service") == 0)
		rc = yh_fail_field(err, YH_CONFLICT, "service-delegate", "/taker");
	if (rc == YH_OK)
		rc = check_taker(cx, in, err);
	if (rc != YH_OK)
		return rc;
	d.id = *id = yh_ctx_new_id(cx);
	d.giver = cx->actor->person;
	d.created_at = cx->now;
	rc = yh_delegation_insert(cx->tx, &d, err);
	return rc == YH_OK ? yh_identity_record(cx, "role.delegated", "person", &in->taker,
						in->role, in->reason, err)
			   : rc;
}

enum yh_rc yh_account_lent(struct yh_ctx *cx, struct yh_lent_row **out, size_t *n,
			   struct yh_err *err)
{
	return yh_lent_list(cx->tx, &cx->actor->person, yh_ctx_today(cx), cx->arena, out, n, err);
}

enum yh_rc yh_account_lent_end(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err)
{
	const struct yh_id *me = &cx->actor->person;
	struct yh_lent_row l;
	enum yh_rc rc = yh_db_lock(cx->tx, id, 1, err); /* two ends are one */

	if (rc == YH_OK)
		rc = yh_lent_load(cx->tx, id, cx->arena, &l, err);
	if (rc == YH_OK && !yh_id_eq(&l.lent.giver, me) && !yh_id_eq(&l.lent.taker, me))
		rc = yh_fail(err, YH_NOT_FOUND, "delegation-unknown");
	if (rc == YH_OK)
		rc = yh_lent_end(cx->tx, id, cx->now, err);
	return rc == YH_OK ? yh_identity_record(cx, "role.delegation_ended", "person",
						&l.lent.taker, l.lent.role, l.giver_login, err)
			   : rc;
}
