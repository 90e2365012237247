/* See tell.h. */
#include "services/identity/tell.h"

#include "store/act.h"
#include "store/event.h"

enum yh_rc yh_admins_tell(struct yh_ctx *cx, const char *action, const char *slug,
			  const char *figures, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	const struct yh_role *roles = NULL;
	size_t n_roles = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		roles = yh_pack_roles(pack, &n_roles);
	for (size_t i = 0; rc == YH_OK && i < n_roles; i++) {
		struct yh_id *orgs = NULL;
		size_t n = 0;

		if (yh_pack_may(pack, roles[i].id, action))
			rc = yh_role_orgs(cx->tx, roles[i].id, yh_ctx_today(cx), cx->arena, &orgs,
					  &n, err);
		for (size_t k = 0; rc == YH_OK && k < n; k++) {
			const struct yh_notice notice = { .id = yh_ctx_new_id(cx),
							  .org = orgs[k],
							  .role = roles[i].id,
							  .slug = slug,
							  .figures = figures,
							  .made_at = cx->now };

			rc = yh_notice_insert(cx->tx, &notice, err);
		}
	}
	return rc;
}
