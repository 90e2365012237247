/* Words about closing a year. */
#include "effects/year.h"

#include "services/year/year.h"

static enum yh_rc year_of(struct yh_case_cx *k, const struct yh_word_use *use, int64_t *out,
			  struct yh_err *err)
{
	const char *field = yh_use_text(use, "field", "");
	const json_t *v = json_object_get(k->c->form, field);

	*out = json_integer_value(v);
	if (json_is_integer(v) && *out >= 1970 && *out <= 2198)
		return YH_OK;
	(void)yh_fail(err, YH_BAD_INPUT, "report-period");
	yh_err_field(err, "/form/%s", field);
	return YH_BAD_INPUT;
}

YH_WORD_CHECK_FN(yh_word_year_closable)
{
	int64_t year;
	enum yh_rc rc = year_of(k, use, &year, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_year_need_ready(k->cx, &k->c->row.cloud, year, yh_use_article(k, use), err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s", yh_use_text(use, "field", ""));
	return rc;
}

YH_WORD_CHECK_FN(yh_word_year_close)
{
	struct yh_closed_year_row row = { .cloud = k->c->row.cloud,
					  .case_id = k->c->row.id,
					  .closed_at = k->cx->now };
	enum yh_rc rc = year_of(k, use, &row.year, err);

	/* whoever reckons a month or makes a report of the cloud takes the same lock */
	if (rc == YH_OK)
		rc = yh_db_lock(k->cx->tx, &row.cloud, 1, err);
	/* and what one of them did between the check and the lock counts */
	if (rc == YH_OK)
		rc = yh_year_need_ready(k->cx, &row.cloud, row.year, yh_use_article(k, use), err);
	if (rc == YH_OK)
		rc = yh_closed_year_insert(k->cx->tx, &row, err);
	return rc == YH_OK
		       ? yh_effect_record(k, "year.closed", "cloud", &row.cloud, "open",
					  yh_arena_printf(k->cx->arena, "%d", (int)row.year), err)
		       : rc;
}
