/* The pack's parameters of identity. */
#include "services/identity/terms.h"

#include <string.h>

#include "base/mem.h"

struct bounded {
	const char *key;
	size_t offset;
	int64_t usual, least, most;
};
#define AT(field) offsetof(struct yh_identity_terms, field)
static const struct bounded numbers[] = {
	{ "password.least", AT(least), 10, 8, 64 },
	{ "password.kinds", AT(kinds), 3, 3, 4 },
	{ "password.history", AT(history), 5, 1, 24 },
	{ "password.days", AT(password_days), 90, 0, 366 },
	{ "sign_in.failures", AT(failures), 5, 3, 10 },
	{ "sign_in.lock", AT(lock_minutes), 15, 5, 1440 },
	{ "session.idle", AT(idle_minutes), 30, 1, 30 },
	{ "session.longest", AT(longest_hours), 12, 1, 24 },
	{ "session.most", AT(sessions), 10, 1, 50 },
	{ "account.unused", AT(unused_days), 90, 1, 366 },
};

static const struct yh_param *param(const struct yh_pack *pack, const char *key,
				    enum yh_param_kind kind)
{
	const struct yh_param *p = pack ? yh_pack_param(pack, key) : NULL;

	return p && p->kind == kind ? p : NULL;
}

static const char *factor_roles(const struct yh_pack *pack)
{
	const struct yh_param *p = param(pack, "second_factor.roles", YH_P_TEXT);

	return p ? p->text : "sysadmin secadmin auditor";
}

static void fill(const struct yh_pack *pack, struct yh_identity_terms *out)
{
	const struct yh_param *p;

	for (size_t i = 0; i < YH_LEN(numbers); i++) {
		const struct bounded *b = &numbers[i];
		int64_t v = b->usual;

		p = param(pack, b->key, YH_P_INT);
		if (p)
			v = p->num < b->least ? b->least : p->num > b->most ? b->most : p->num;
		memcpy((char *)out + b->offset, &v, sizeof v);
	}
	p = param(pack, "session.over", YH_P_TEXT);
	out->refuse = p && strcmp(p->text, "refuse") == 0;
	out->factor_roles = factor_roles(pack);
}

/* Before a pack is there, what is usual holds. */
static enum yh_rc find_pack(const struct yh_ctx *cx, const struct yh_pack **out, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_err lower = { 0 };
	enum yh_rc rc;

	*out = NULL;
	if (!law)
		return YH_OK;
	rc = law->pack_on(law->self, yh_ctx_today(cx), out, &lower);
	if (rc == YH_NOT_FOUND) {
		*out = NULL;
		return YH_OK;
	}
	if (rc != YH_OK)
		*err = lower;
	return rc;
}

enum yh_rc yh_identity_terms(const struct yh_ctx *cx, struct yh_identity_terms *out,
			     struct yh_err *err)
{
	const struct yh_pack *pack;
	enum yh_rc rc = find_pack(cx, &pack, err);

	if (rc == YH_OK)
		fill(pack, out);
	return rc;
}

enum yh_rc yh_factor_roles(const struct yh_ctx *cx, const char **out, struct yh_err *err)
{
	const struct yh_pack *pack;
	enum yh_rc rc = find_pack(cx, &pack, err);

	if (rc == YH_OK)
		*out = factor_roles(pack);
	return rc;
}

bool yh_factor_wanted_of(const char *roles, const char *role)
{
	size_t n = strlen(role);

	for (const char *s = roles; *s; s += strcspn(s, " "), s += strspn(s, " "))
		if (strcspn(s, " ") == n && strncmp(s, role, n) == 0)
			return true;
	return false;
}

bool yh_factor_wanted(const char *roles, const struct yh_actor *a)
{
	bool wanted = false;

	for (size_t i = 0; i < a->n_grants; i++)
		wanted = wanted || yh_factor_wanted_of(roles, a->grants[i].role);
	return wanted;
}

const char *yh_factor_owed(const char *roles, const struct yh_actor *a)
{
	if (a->proven || (!a->has_factor && !yh_factor_wanted(roles, a)))
		return "";
	return a->has_factor ? "code" : "enrol";
}
