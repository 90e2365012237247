/* Words that bring a special domain to life (Art. 11). */
#include "effects/domain.h"

#include <string.h>

#include "services/identity/org.h"

YH_WORD_CHECK_FN(yh_word_cloud_absent)
{
	const char *field = yh_use_text(use, "field", "code");
	const char *code = yh_json_text(k->c->form, field);
	struct yh_cloud_row cloud;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_cloud_by_code(k->cx->tx, code ? code : "", k->cx->arena, &cloud, &none);

	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	rc = yh_fail(err, YH_CONFLICT, "cloud-exists");
	yh_err_field(err, "/form/%s", field);
	return rc;
}

/* Whoever is a body of the cloud it stands in is one of the domain, too. */
static enum yh_rc inherit(struct yh_case_cx *k, const struct yh_id *domain, const char *role,
			  struct yh_err *err)
{
	const char **codes;
	size_t n;
	enum yh_rc rc =
		yh_cloud_bodies(k->cx->tx, &k->c->row.cloud, role, k->cx->arena, &codes, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_org_row org;

		rc = yh_org_by_code(k->cx->tx, codes[i], k->cx->arena, &org, err);
		if (rc == YH_OK)
			rc = yh_cloud_name_body(k->cx, domain, role, &org.id, err);
	}
	return rc;
}

YH_WORD_CHECK_FN(yh_word_cloud_found)
{
	const char *owner = yh_use_text(use, "owner", ""), *also = yh_use_text(use, "also", "");
	struct yh_cloud_in in = {
		.code = yh_json_text(k->c->form, yh_use_text(use, "code", "code")),
		.name = yh_json_text(k->c->form, yh_use_text(use, "name", "name")),
		.level = "domain",
		.parent = k->c->row.cloud
	};
	const struct yh_role *roles;
	struct yh_cloud_row made;
	size_t n;
	enum yh_rc rc;

	if (!in.code || !in.name)
		return yh_fail_field(err, YH_BAD_INPUT, "form-missing", "/form");
	rc = yh_cloud_create(k->cx, &in, &made, err);
	roles = yh_pack_roles(k->c->pack, &n);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const char *role = roles[i].id;

		if (strcmp(role, owner) == 0 || strcmp(role, also) == 0)
			rc = yh_cloud_name_body(k->cx, &made.id, role, &k->c->row.unit, err);
		else
			rc = inherit(k, &made.id, role, err);
	}
	return rc;
}
