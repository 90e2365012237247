/* Words about reorganisations. */
#include "effects/move.h"

#include "services/move/move.h"

YH_WORD_CHECK_FN(yh_word_org_may_move)
{
	struct yh_move_in in = { .kind = yh_use_text(use, "as", "merge"),
				 .cloud = k->c->row.cloud,
				 .article = yh_use_article(k, use) };
	struct yh_move_plan p;
	struct yh_err *told;
	enum yh_rc rc = yh_move_in_of(k->c->form, &in, err);

	if (rc == YH_OK)
		rc = yh_move_plan(k->cx, &in, &k->c->row.id, &p, err);
	if (rc != YH_OK)
		return rc;
	told = yh_case_told(k, "told-org-may-move");
	yh_err_int(told, "projects", (int64_t)p.n_projects);
	yh_err_int(told, "resources", p.sums.resources);
	yh_err_int(told, "cases", p.sums.cases);
	yh_err_int(told, "people", (int64_t)p.n_people);
	return YH_OK;
}

YH_WORD_CHECK_FN(yh_word_org_merge)
{
	(void)use;
	return yh_move_put(k, "merge", err);
}

YH_WORD_CHECK_FN(yh_word_org_split)
{
	(void)use;
	return yh_move_put(k, "split", err);
}

YH_WORD_CHECK_FN(yh_word_org_rename)
{
	(void)use;
	return yh_move_put(k, "rename", err);
}

YH_WORD_CHECK_FN(yh_word_provider_replace)
{
	(void)use;
	return yh_move_put(k, "replace", err);
}
