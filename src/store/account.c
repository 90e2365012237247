/* Accounts with what there is to say of them. */
#include "store/account.h"

#include <stdio.h>
#include <string.h>

#include "store/mark.h"
#include "store/read.h"

const char *const yh_account_flags[YH_ACCOUNT_FLAGS] = {
	"unused", "ended", "closed", "roleless", "shared", "factorless", "ownerless", "locked",
};

/* $1 today, $2 now, $3 unused since, $4 the roles that demand a second factor, blanks around. The
 * facts of each account, from which its flags follow below. */
#define HOLDS(person)                                                                              \
	"(SELECT count(*) FROM role_grant g WHERE g.person = " person " AND g.ended_at IS NULL"    \
	" AND g.first_day <= $1 AND (g.last_day IS NULL OR g.last_day >= $1))"
#define FACTS                                                                                      \
	"WITH fact AS (SELECT p.id, p.login, p.name, p.must_change, p.status, p.locked_until,"     \
	" p.secret_at, p.created_at, p.kind, p.owner, p.last_day, p.clearance, (SELECT max("       \
	"t.used_at) FROM"                                                                          \
	" token t WHERE t.person = p.id) AS used_at, (SELECT count(*) FROM second_factor f WHERE"  \
	" f.person = p.id AND f.confirmed_at IS NOT NULL) AS factor, " HOLDS(                      \
		"p.id") " + (SELECT count(*) FROM delegation d JOIN person v ON v.id = d.giver"    \
			" WHERE d.taker = p.id AND d.ended_at IS NULL AND d.first_day <= $1 AND"   \
			" d.last_day >= $1 AND v.status = 'active' AND (v.last_day IS NULL OR"     \
			" v.last_day >= $1)) AS roles, (SELECT count(*) FROM role_grant g WHERE "  \
			"g.person = p.id AND"                                                      \
			" g.ended_at IS NULL AND g.first_day <= $1 AND (g.last_day IS NULL OR"     \
			" g.last_day >= $1) AND $4 LIKE '% ' || g.role || ' %') AS demands,"       \
			" (SELECT count(DISTINCT t.source) FROM token t WHERE t.person = p.id AND" \
			" t.kind = 'session' AND t.ended_at IS NULL AND t.expires_at > $2 AND"     \
			" t.used_at > $2 - t.idle_us AND t.source <> '') AS addresses,"            \
			" (SELECT o.login FROM person o WHERE o.id = p.owner) AS owner_login,"     \
			" (SELECT count(*) FROM person o WHERE o.id = p.owner AND o.status ="      \
			" 'active' AND (o.last_day IS NULL OR o.last_day >= $1) AND " HOLDS(       \
				"o.id") " > 0) AS owner_works FROM person p WHERE p.status <>"     \
					" 'system' AND ($5 = '' OR lower(p.login) LIKE $5 ESCAPE"  \
					" '!' OR lower(p.name) LIKE $5 ESCAPE '!') AND p.login >"  \
					" $6 AND ($7 = 0 OR p.owner = $8))"
#define BIT(condition, bit) "CASE WHEN " condition " THEN " bit " ELSE 0 END"
#define FLAGGED                                                                                                                                     \
	", flagged AS (SELECT fact.*, " BIT(                                                                                                        \
		"status = 'active' AND COALESCE(used_at, created_at) < $3",                                                                         \
		"1") " + " BIT("last_day IS NOT NULL AND last_day < $1",                                                                            \
			       "2") " + " BIT("status = 'closed'",                                                                                  \
					      "4") " + " BIT("roles = 0",                                                                           \
							     "8") " + " BIT("addresses > 1",                                                        \
									    "16") " + " BIT("dema"                                                  \
											    "nds "                                                  \
											    "> 0 "                                                  \
											    "AND "                                                  \
											    "fact"                                                  \
											    "or "                                                   \
											    "= 0",                                                  \
											    "32") " + " BIT("kind = 'service' AND owner_works = 0", \
													    "64") " + " BIT("locked_until > $2",    \
															    "128") " AS flags FROM fact)"

static bool read_account(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_account_row *x = out;

	*x = (struct yh_account_row){
		.person = { .id = yh_col_id(r, 0),
			    .secret = "",
			    .must_change = yh_col_i64(r, 3) != 0,
			    .locked_until = yh_col_i64(r, 5),
			    .secret_at = yh_col_i64(r, 6),
			    .created_at = yh_col_i64(r, 7),
			    .owner = yh_col_id(r, 9),
			    .last_day = yh_col_day(r, 10),
			    .has_factor = yh_col_i64(r, 12) != 0 },
		.used_at = yh_col_i64(r, 11),
		.roles = yh_col_i64(r, 13),
		.addresses = yh_col_i64(r, 14),
		.flags = (unsigned)yh_col_i64(r, 16),
	};
	YH_COL_COPY(r, 4, x->person.status);
	YH_COL_COPY(r, 8, x->person.kind);
	YH_COL_COPY(r, 17, x->person.clearance);
	return yh_col_keep(r, a, 1, &x->person.login) && yh_col_keep(r, a, 2, &x->person.name) &&
	       yh_col_keep(r, a, 15, &x->owner);
}

enum yh_rc yh_account_list(struct yh_tx *tx, const struct yh_account_filter *f,
			   struct yh_arena *arena, struct yh_account_row **out, size_t *n,
			   struct yh_err *err)
{
	char roles[512];
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc;

	(void)snprintf(roles, sizeof roles, " %s ", f->factor_roles);
	rc = yh_query(tx, err, &rows,
		      FACTS FLAGGED
		      " SELECT id, login, name, must_change, status, locked_until,"
		      " secret_at, created_at, kind, owner, last_day,"
		      " COALESCE(used_at, 0), factor, roles, addresses,"
		      " COALESCE(owner_login, ''), flags, clearance FROM flagged WHERE $9 = 0"
		      " OR (flags & $9) <> 0 ORDER BY login LIMIT $10",
		      YH_I(f->day), YH_I(f->now), YH_I(f->unused_since), YH_T(roles), YH_T(f->text),
		      YH_T(f->after), YH_I(!yh_id_is_zero(&f->owner)), YH_ID(&f->owner),
		      YH_I(f->flags), YH_I(f->limit));
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_account, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_services_any(struct yh_tx *tx, const struct yh_id *owner, bool *any,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT 1 FROM person WHERE owner = $1 LIMIT 1",
				 YH_ID(owner));

	*any = false;
	return rc == YH_OK ? yh_read_any(rows, any, err) : rc;
}

enum yh_rc yh_services_tokens_end(struct yh_tx *tx, const struct yh_id *owner, yh_time at,
				  struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"UPDATE token SET ended_at = $1 WHERE ended_at IS NULL AND person"
				" IN (SELECT id FROM person WHERE owner = $2)",
				YH_I(at), YH_ID(owner));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_services_hand_over(struct yh_tx *tx, const struct yh_id *from, const struct yh_id *to,
				 int64_t *n, struct yh_err *err)
{
	enum yh_rc rc = yh_exec_n(tx, err, n,
				  "UPDATE person SET owner = $1, version = version + 1 WHERE owner"
				  " = $2",
				  YH_ID(to), YH_ID(from));

	return rc == YH_OK && *n > 0 ? yh_mark_identity(tx, err) : rc;
}
