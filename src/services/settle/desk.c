/* Which clouds an actor settles, and which statements one sees. */
#include "services/settle/desk.h"

#include <string.h>

#include "store/party.h"

/* Does one of the actor's roles that the matrix lets do `action` reach the cloud? */
static enum yh_rc reaches(struct yh_ctx *cx, const struct yh_pack *pack, const char *action,
			  const struct yh_id *cloud, bool *does, struct yh_err *err)
{
	const struct yh_actor *a = cx->actor;
	enum yh_rc rc = YH_OK;

	*does = false;
	for (size_t i = 0; rc == YH_OK && !*does && i < a->n_grants; i++) {
		const char *relation = yh_pack_may(pack, a->grants[i].role, action);

		if (relation && strcmp(relation, "any") == 0)
			*does = true;
		else if (relation)
			rc = yh_cloud_has_body(cx->tx, cloud, a->grants[i].role, &a->grants[i].org,
					       does, err);
	}
	return rc;
}

enum yh_rc yh_settle_desk(struct yh_ctx *cx, const char *action, struct yh_id *cloud,
			  struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	bool named = !yh_id_is_zero(cloud);
	const struct yh_pack *pack;
	struct yh_cloud_row *clouds;
	size_t n, mine = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		rc = yh_cloud_list(cx->tx, cx->arena, &clouds, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool does;

		if (named && !yh_id_eq(&clouds[i].id, cloud))
			continue;
		rc = reaches(cx, pack, action, &clouds[i].id, &does, err);
		if (rc == YH_OK && does && mine++ == 0)
			*cloud = clouds[i].id;
	}
	if (rc != YH_OK)
		return rc;
	if (mine == 0)
		return yh_fail(err, YH_FORBIDDEN, "settlement-not-permitted");
	return mine > 1 ? yh_fail_field(err, YH_BAD_INPUT, "cloud-missing", "/cloud") : YH_OK;
}

enum yh_rc yh_settlement_see(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *id,
			     struct yh_settlement_row *out, struct yh_err *err)
{
	struct yh_settlement_filter f = { .month = YH_DAY_NONE, .state = "", .limit = 1 };
	struct yh_settlement_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_settlement_load(cx->tx, id, out, err);

	if (rc != YH_OK)
		return rc;
	f.cloud = out->cloud;
	f.month = out->month;
	/* a month has few of them */
	f.limit = 200;
	rc = yh_settlement_page(cx->tx, who, &f, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_id_eq(&rows[i].id, id))
			return YH_OK;
	return rc == YH_OK ? yh_fail(err, YH_NOT_FOUND, "settlement-unknown") : rc;
}

enum yh_rc yh_statement_see(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *id,
			    struct yh_statement_line *out, struct yh_err *err)
{
	const struct yh_statement_filter f = {
		.id = *id, .month = YH_DAY_NONE, .state = "", .after = "", .limit = 1
	};
	struct yh_statement_line *rows;
	size_t n = 0;
	enum yh_rc rc = yh_statement_page(cx->tx, who, &f, cx->arena, &rows, &n, err);

	if (rc == YH_OK && (n == 0 || yh_id_is_zero(id)))
		rc = yh_fail(err, YH_NOT_FOUND, "statement-unknown");
	if (rc == YH_OK)
		*out = rows[0];
	return rc;
}
