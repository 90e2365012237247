/* What an earlier case is, who decided it, and what its story says. */
#include "effects/about.h"

#include <stdio.h>
#include <string.h>

#include "cases/mark.h"
#include "store/event.h"

enum yh_rc yh_about_case(struct yh_case_cx *k, struct yh_case_row *out, struct yh_err *err)
{
	return yh_case_load(k->cx->tx, &k->c->row.about_case, k->cx->arena, out, err);
}

YH_WORD_CHECK_FN(yh_word_about_is)
{
	const char *want = yh_use_text(use, "state", "ended");
	struct yh_case_row old;
	enum yh_rc rc = yh_about_case(k, &old, err);
	bool is;

	if (rc != YH_OK)
		return rc;
	if (strcmp(want, "effected") == 0)
		is = old.effected;
	else
		is = strcmp(old.state, "closed") == 0 || strcmp(old.state, "refused") == 0;
	if (is)
		return YH_OK;
	rc = yh_refuse(err, "about-case-state", yh_use_article(k, use));
	yh_err_text(err, "case", old.no);
	yh_err_text(err, "state", old.state);
	return rc;
}

/* Did `role` (in `org`, unless NULL) decide a step of the earlier case? */
static enum yh_rc decided(struct yh_case_cx *k, const char *role, const struct yh_id *org,
			  bool *has, struct yh_err *err)
{
	struct yh_step_row *steps;
	size_t n;
	enum yh_rc rc =
		yh_step_list(k->cx->tx, &k->c->row.about_case, k->cx->arena, &steps, &n, err);

	*has = false;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		*has = *has ||
		       (strcmp(steps[i].kind, "decide") == 0 && steps[i].closed_at &&
			!yh_id_is_zero(&steps[i].closed_by) && strcmp(steps[i].role, role) == 0 &&
			(!org || yh_id_eq(&steps[i].org, org)));
	return rc;
}

YH_WORD_CHECK_FN(yh_word_about_decided_by_filer)
{
	struct yh_case_row old;
	bool has = false;
	enum yh_rc rc = decided(k, k->c->row.filer_role, &k->c->row.filer_org, &has, err);

	if (rc != YH_OK || has)
		return rc;
	rc = yh_about_case(k, &old, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_refuse(err, "about-not-decider", yh_use_article(k, use));
	yh_err_text(err, "case", old.no);
	yh_err_text(err, "role", k->c->row.filer_role);
	return rc;
}

YH_WORD_COND_FN(yh_word_about_decided_by)
{
	return decided(k, yh_use_text(use, "role", ""), NULL, holds, err);
}

YH_WORD_CHECK_FN(yh_word_about_unrevoked)
{
	struct yh_case_row old;
	bool revoked;
	enum yh_rc rc =
		yh_event_any(k->cx->tx, &k->c->row.about_case, "decision.revoked", &revoked, err);

	if (rc != YH_OK || !revoked)
		return rc;
	rc = yh_about_case(k, &old, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_refuse(err, "about-revoked", yh_use_article(k, use));
	yh_err_text(err, "case", old.no);
	return rc;
}

enum yh_rc yh_about_article(struct yh_case_cx *k, struct yh_err *err)
{
	const char *article = yh_json_text(k->c->form, "article");
	enum yh_rc rc;

	if (!article || yh_pack_article(k->c->pack, article))
		return YH_OK;
	rc = yh_fail_field(err, YH_BAD_INPUT, "article-unknown", "/form/article");
	yh_err_text(err, "what", article);
	return rc;
}

/* What the later case says may be read in the earlier one's story by who may read that. */
static enum yh_rc is_no_higher(struct yh_case_cx *k, const struct yh_case_row *old, bool *is,
			       struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	const struct yh_case_row *later = &k->c->row;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(k->cx), &pack, err);

	*is = rc == YH_OK &&
	      yh_pack_label_rank(pack, yh_mark_of(pack, later->procedure, later->label)) <=
		      yh_pack_label_rank(pack, yh_mark_of(pack, old->procedure, old->label));
	return rc;
}

enum yh_rc yh_about_record(struct yh_case_cx *k, const struct yh_case_row *old, const char *kind,
			   const char *before, const char *after, struct yh_err *err)
{
	const char *article = yh_json_text(k->c->form, "article");
	const char *dot = strchr(kind, '.');
	char mirrored[48];
	struct yh_event e = {
		.id = yh_ctx_new_id(k->cx),
		.at = k->cx->now,
		.kind = kind,
		.case_id = old->id,
		.object_kind = "case",
		.object_id = k->c->row.id,
		.person = k->cx->actor->person,
		.role = k->c->row.filer_role,
		.org = k->c->row.filer_org,
		.article = article ? article : k->c->procedure->article,
		.outcome = k->c->row.no,
		.before = before,
		.after = after,
		.source = k->cx->actor->source,
	};
	const char *reason = yh_json_text(k->c->form, "reason");
	bool told;
	enum yh_rc rc = is_no_higher(k, old, &told, err);

	e.reason = told ? reason : NULL;
	if (rc == YH_OK)
		rc = yh_event_insert(k->cx->tx, &e, err);
	(void)snprintf(mirrored, sizeof mirrored, "about%s", dot ? dot : "");
	e.id = yh_ctx_new_id(k->cx);
	e.kind = mirrored;
	e.case_id = k->c->row.id;
	e.object_id = old->id;
	e.outcome = old->no;
	e.reason = reason;
	return rc == YH_OK ? yh_event_insert(k->cx->tx, &e, err) : rc;
}
