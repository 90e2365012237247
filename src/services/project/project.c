/* Projects of units: entering them, and who sees them. */
#include "cases/case.h"
#include "cases/mark.h"
#include "services/project/project.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "services/identity/record.h"
#include "store/case_file.h"
#include "store/party.h"

enum { NAME_MAX_BYTES = 256 };

/* The unit's own part of a code, which a caller may also give whole. Without a dot in it, what
 * stands before the last dot of a whole code is the unit's, and no unit meets another's codes. */
static enum yh_rc own_code(const struct yh_org_row *unit, const char *code, const char **own,
			   struct yh_err *err)
{
	size_t lead = strlen(unit->code), n;
	bool ok;

	*own = code;
	if (strncmp(code, unit->code, lead) == 0 && code[lead] == '.')
		*own = code + lead + 1;
	n = strlen(*own);
	ok = n >= 2 && n <= 63 && isalnum((unsigned char)(*own)[0]);
	for (size_t i = 0; ok && i < n; i++) {
		unsigned char c = (unsigned char)(*own)[i];

		ok = c < 0x80 && (isalnum(c) || strchr("_-", c));
	}
	return ok ? YH_OK : yh_fail_field(err, YH_BAD_INPUT, "project-code", "/code");
}

static enum yh_rc check_unit(struct yh_ctx *cx, const struct yh_id *unit, struct yh_org_row *org,
			     struct yh_err *err)
{
	enum yh_rc rc;

	if (!yh_actor_grant(cx->actor, "unit", unit))
		return yh_fail(err, YH_FORBIDDEN, "unit-only");
	rc = yh_org_load(cx->tx, unit, cx->arena, org, err);
	if (rc == YH_OK && strcmp(org->status, "active") != 0)
		return yh_fail(err, YH_CONFLICT, "unit-closed");
	return rc;
}

/* Codes are looked up first: a unique violation would lose the transaction on PostgreSQL. Two at
 * one instant still meet the constraint. */
static enum yh_rc check_free(struct yh_ctx *cx, const char *code, struct yh_err *err)
{
	struct yh_project_row other;
	struct yh_err found = { 0 };
	enum yh_rc rc = yh_project_by_code(cx->tx, code, cx->arena, &other, &found);

	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc == YH_OK) {
		rc = yh_fail_field(err, YH_CONFLICT, "project-exists", "/code");
		yh_err_text(err, "code", code);
	} else if (err) {
		*err = found;
	}
	return rc;
}

enum yh_rc yh_project_create(struct yh_ctx *cx, const struct yh_id *unit, const struct yh_id *cloud,
			     const char *code, const char *name, struct yh_project_row *out,
			     struct yh_err *err)
{
	struct yh_cloud_row on;
	struct yh_org_row org;
	char whole[sizeof out->code];
	const char *own = code;
	enum yh_rc rc = YH_OK;

	if (!*name || strlen(name) > NAME_MAX_BYTES)
		rc = yh_fail_field(err, YH_BAD_INPUT, *name ? "field-too-long" : "field-too-short",
				   "/name");
	if (rc == YH_OK)
		rc = check_unit(cx, unit, &org, err);
	if (rc == YH_OK)
		rc = own_code(&org, code, &own, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(whole, sizeof whole, "%s.%s", org.code, own);
	rc = yh_cloud_load(cx->tx, cloud, cx->arena, &on, err);
	if (rc == YH_OK)
		rc = yh_cloud_here(cx, cloud, false, err);
	if (rc == YH_OK)
		rc = check_free(cx, whole, err);
	if (rc != YH_OK)
		return rc;
	*out = (struct yh_project_row){
		.id = yh_ctx_new_id(cx),
		.unit = *unit,
		.cloud = *cloud,
		.name = name,
		.state = "initiating",
		.created_at = cx->now,
		.version = 1,
	};
	memcpy(out->code, whole, sizeof whole);
	rc = yh_project_insert(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "project.entered", "project", &out->id,
						out->state, NULL, err)
			   : rc;
}

struct yh_viewer yh_viewer_of(const struct yh_ctx *cx, const char *relation)
{
	const char *r = relation ? relation : "own";
	bool cloud = strcmp(r, "cloud") == 0 || strcmp(r, "district") == 0;

	struct yh_viewer who = {
		.person = cx->actor->person,
		.today = yh_ctx_today(cx),
		.now = cx->now,
		.any = strcmp(r, "any") == 0,
		.cloud = cloud,
		.district = cloud,
	};

	yh_mark_viewer(cx, &who);
	return who;
}

enum yh_rc yh_project_get(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *id,
			  struct yh_project_line *out, struct yh_err *err)
{
	const struct yh_project_filter f = { .id = *id, .state = "", .after = "", .limit = 1 };
	struct yh_project_line *list;
	size_t n;
	enum yh_rc rc = yh_id_is_zero(id)
				? yh_fail(err, YH_NOT_FOUND, "project-unknown")
				: yh_project_page(cx->tx, who, &f, cx->arena, &list, &n, err);

	if (rc != YH_OK)
		return rc;
	if (n == 0)
		return yh_fail(err, YH_NOT_FOUND, "project-unknown");
	*out = list[0];
	return YH_OK;
}

enum yh_rc yh_resource_get(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *id,
			   struct yh_resource_line *out, struct yh_size_row **sizes, size_t *n,
			   struct yh_err *err)
{
	const struct yh_resource_filter f = {
		.id = *id, .state = "", .kind = "", .after = "", .limit = 1
	};
	struct yh_resource_line *list;
	enum yh_rc rc = yh_id_is_zero(id)
				? yh_fail(err, YH_NOT_FOUND, "resource-unknown")
				: yh_resource_page(cx->tx, who, &f, cx->arena, &list, n, err);

	if (rc != YH_OK)
		return rc;
	if (*n == 0)
		return yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	*out = list[0];
	return yh_size_list(cx->tx, id, cx->arena, sizes, n, err);
}

enum yh_rc yh_resource_next_no(struct yh_ctx *cx, const struct yh_id *cloud, char no[40],
			       struct yh_err *err)
{
	struct yh_cloud_row row;
	char text[YH_NUMBER_TEXT] = "";
	enum yh_rc rc = yh_cloud_load(cx->tx, cloud, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = yh_number_next(cx->tx, row.code, 0, "R", text, err);
	(void)snprintf(no, 40, "%.39s", text);
	return rc;
}

enum yh_rc yh_unit_see(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *unit,
		       struct yh_err *err)
{
	const struct yh_project_filter f = { .unit = *unit, .state = "", .after = "", .limit = 1 };
	struct yh_project_line *list;
	size_t n = 0;
	enum yh_rc rc;

	for (size_t i = 0; i < cx->actor->n_grants; i++)
		if (yh_id_eq(&cx->actor->grants[i].org, unit))
			return YH_OK;
	if (who->any)
		return YH_OK;
	rc = yh_id_is_zero(unit) ? YH_OK
				 : yh_project_page(cx->tx, who, &f, cx->arena, &list, &n, err);
	return rc == YH_OK && n == 0 ? yh_fail(err, YH_NOT_FOUND, "org-unknown") : rc;
}
