/* What the city bills a district's units for its resources: number, month, sums and digest, so that
 * the district can hold what it reckons itself against it. */
#include <stdio.h>
#include <string.h>

#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"
#include "store/link_statement.h"
#include "store/settlement.h"

static const struct yh_link_list lists[] = { { "", YH_MIRROR_STATEMENTS } };

YH_LINK_TOUCHED_FN(yh_link_statement_touched)
{
	const char **nos;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (strcmp(event->kind, "settlement.closed") == 0)
		rc = yh_statement_of_district(cx->tx, &event->object, peer->district, cx->arena,
					      &nos, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = emit(arg, nos[i], err);
	return rc;
}

YH_LINK_KEYS_FN(yh_link_statement_keys)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);

	return yh_link_list_keys(cx, &ours, lists, 1, after, n, emit, arg, err);
}

YH_LINK_BUILD_FN(yh_link_statement_build)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);
	struct yh_statement_row s;
	struct yh_org_row unit;
	struct yh_id id;
	char month[YH_DAY_TEXT], digest[YH_SM3_HEX];
	int64_t use_fen;
	enum yh_rc rc = yh_mirror_id_of(cx->tx, YH_MIRROR_STATEMENTS, &ours, key, &id, err);

	*body = NULL;
	if (rc != YH_OK || yh_id_is_zero(&id))
		return rc;
	rc = yh_statement_load(cx->tx, &id, cx->arena, &s, err);
	if (rc == YH_OK)
		rc = yh_org_load(cx->tx, &s.unit, cx->arena, &unit, err);
	if (rc == YH_OK)
		rc = yh_statement_use(cx->tx, &id, &use_fen, err);
	if (rc != YH_OK)
		return rc;
	(void)yh_day_text(s.month, month);
	month[7] = 0; /* 2026-10 */
	return yh_link_packed(json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s}", "kind", "statement",
					"no", s.no, "unit", unit.code, "month", month, "use_fen",
					(json_int_t)use_fen, "total_fen", (json_int_t)s.total_fen,
					"digest", yh_hex(s.digest.b, sizeof s.digest.b, digest)),
			      body, err);
}

static enum yh_rc take_month(const json_t *body, yh_day *out, struct yh_err *err)
{
	char day[16];

	(void)snprintf(day, sizeof day, "%.7s-01", yh_json_text(body, "month"));
	return yh_day_parse(day, out, NULL) == YH_OK
		       ? YH_OK
		       : yh_fail_field(err, YH_BAD_INPUT, "date-invalid", "/month");
}

YH_LINK_APPLY_FN(yh_link_statement_apply)
{
	static const char *const kinds[] = { "statement", NULL };
	struct yh_link_statement_row s = { .cloud = peer->cloud, .told_at = cx->now };
	const char *kind, *digest;
	enum yh_rc rc;

	if (!body)
		return yh_link_statement_drop(cx->tx, key, err);
	rc = yh_link_shaped(body, kinds, &kind, err);
	if (rc == YH_OK)
		rc = yh_link_code(body, "no", s.no, sizeof s.no, err);
	if (rc == YH_OK)
		rc = yh_link_keyed(key, s.no, err);
	if (rc == YH_OK)
		rc = yh_link_numbered(cx, peer, "no", "statement", s.no, err);
	if (rc == YH_OK)
		rc = yh_link_unit(cx, peer, body, "unit", &s.unit, err);
	if (rc == YH_OK)
		rc = take_month(body, &s.month, err);
	if (rc != YH_OK)
		return rc;
	digest = yh_json_text(body, "digest");
	if (!yh_unhex(digest, s.digest.b, sizeof s.digest.b))
		return yh_fail_field(err, YH_BAD_INPUT, "link-code", "/digest");
	s.use_fen = json_integer_value(json_object_get(body, "use_fen"));
	s.total_fen = json_integer_value(json_object_get(body, "total_fen"));
	return yh_link_statement_put(cx->tx, &s, err);
}
