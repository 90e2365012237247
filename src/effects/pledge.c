/* Words about signed pledges. */
#include "effects/pledge.h"

#include <stdio.h>
#include <string.h>

#include "services/pledge/officer.h"

static enum yh_rc other(const char *slug, const char *article, const char *said, const char *asked,
			struct yh_err *err)
{
	(void)yh_refuse(err, slug, article);
	yh_err_text(err, "said", said);
	yh_err_text(err, "asked", asked);
	return YH_REFUSED;
}

static enum yh_rc fits(struct yh_case_cx *k, const struct yh_word_use *use,
		       const struct yh_pledge *p, const struct yh_system_row *s, struct yh_err *err)
{
	const char *article = yh_use_article(k, use), *paper = yh_use_text(use, "paper", "");
	struct yh_project_row project;
	struct yh_org_row unit;
	char said[24], now[24], id[YH_ID_TEXT];
	enum yh_rc rc = yh_org_load(k->cx->tx, &k->c->row.unit, k->cx->arena, &unit, err);

	if (rc == YH_OK)
		rc = yh_project_load(k->cx->tx, &s->project, k->cx->arena, &project, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(p->template, paper) != 0)
		return other("pledge-other-text", article, p->template, paper, err);
	if (strcmp(p->unit, unit.code) != 0)
		return other("pledge-other-unit", article, p->unit_name, unit.name, err);
	if (strcmp(p->project, project.code) != 0 || strcmp(p->system, s->code) != 0 ||
	    strcmp(p->system_id, yh_id_text(&s->id, id)) != 0)
		return other("pledge-other-system", article, p->system_name, s->name, err);
	if (p->mlps_level == s->mlps_level)
		return YH_OK;
	(void)snprintf(said, sizeof said, "%lld", (long long)p->mlps_level);
	(void)snprintf(now, sizeof now, "%lld", (long long)s->mlps_level);
	return other("pledge-other-level", article, said, now, err);
}

YH_WORD_CHECK_FN(yh_word_pledge_holds)
{
	const char *field = yh_use_text(use, "field", ""), *id = yh_json_text(k->c->form, field);
	const char *code = yh_json_text(k->c->form, "system");
	struct yh_document_row document;
	struct yh_system_row system;
	struct yh_pledge pledge;
	struct yh_id which;
	enum yh_rc rc = yh_system_by_code(k->cx->tx, &k->c->row.project, code ? code : "",
					  k->cx->arena, &system, err);

	if (rc != YH_OK) {
		yh_err_field(err, "/form/system");
		return rc;
	}
	rc = yh_id_parse(id ? id : "", &which, NULL) == YH_OK
		     ? yh_document_load(k->cx->tx, &which, k->cx->arena, &document, err)
		     : yh_fail(err, YH_NOT_FOUND, "document-unknown");
	if (rc == YH_OK)
		rc = yh_pledge_check(k->cx, &document, &pledge, err);
	if (rc == YH_OK)
		rc = fits(k, use, &pledge, &system, err);
	/* once it lies in a case, it holds whatever becomes of the person */
	if (rc == YH_OK && !k->step)
		rc = yh_pledge_signer(k->cx, &pledge, &k->c->row.unit, err);
	if (rc != YH_OK) {
		yh_err_field(err, "/form/%s", field);
		yh_err_article(err, yh_use_article(k, use));
	}
	return rc;
}
