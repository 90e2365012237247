/* The periodic clean-up list of leased resources. */
#include "services/lease/cleanup.h"

#include <stdlib.h>

#include "store/event.h"
#include "store/job.h"
#include "store/lease.h"
#include "store/party.h"

/* The morning of the day that lies a period ahead. */
static enum yh_rc next_time(struct yh_ctx *cx, struct yh_period every, yh_time *at,
			    struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_due due;
	enum yh_rc rc = yh_due_day(law->calendar(law->self), yh_ctx_today(cx), every,
				   YH_PROVISIONAL, &due, err);

	if (rc == YH_OK)
		*at = yh_day_start(due.day);
	return rc;
}

enum yh_rc yh_lease_cleanup_plan(struct yh_ctx *cx, const struct yh_kind *kind,
				 const struct yh_id *cloud, struct yh_err *err)
{
	struct yh_id id = yh_ctx_new_id(cx);
	bool waits;
	yh_time at;
	enum yh_rc rc;

	if (kind->cleanup.n == 0)
		return YH_OK;
	rc = yh_job_waits_for(cx->tx, YH_CLEANUP_JOB, cloud, &waits, err);
	if (rc != YH_OK || waits)
		return rc;
	rc = next_time(cx, kind->cleanup, &at, err);
	return rc == YH_OK ? yh_job_insert(cx->tx, &id, YH_CLEANUP_JOB, cloud, at, err) : rc;
}

static enum yh_rc tell(struct yh_ctx *cx, const struct yh_kind *kind, const struct yh_id *cloud,
		       int64_t n, int64_t over, yh_day next, struct yh_err *err)
{
	const char *role = "operator";
	struct yh_notice notice = {
		.id = yh_ctx_new_id(cx), .role = role, .slug = "lease-cleanup", .made_at = cx->now
	};
	char day[YH_DAY_TEXT];
	YH_JSON_AUTO figures = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "kind", kind->id,
					 "kind_zh", kind->title.zh, "kind_en", kind->title.en,
					 "count", (json_int_t)n, "over", (json_int_t)over, "next",
					 next == YH_DAY_NONE ? "-" : yh_day_text(next, day));
	char *text = figures ? yh_json_canonical(figures) : NULL;
	enum yh_rc rc = text ? yh_cloud_body(cx->tx, cloud, role, &notice.org, err)
			     : yh_fail(err, YH_TOO_LARGE, "memory-short");

	notice.figures = text;
	if (rc == YH_OK)
		rc = yh_notice_insert(cx->tx, &notice, err);
	free(text);
	return rc;
}

enum yh_rc yh_lease_cleanup(struct yh_ctx *cx, const struct yh_id *cloud, yh_time *again_at,
			    struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	yh_day today = yh_ctx_today(cx);
	const struct yh_pack *pack;
	const struct yh_kind *kinds;
	size_t n_kinds = 0;
	enum yh_rc rc = law->pack_on(law->self, today, &pack, err);

	kinds = rc == YH_OK ? yh_pack_kinds(pack, &n_kinds) : NULL;
	for (size_t i = 0; rc == YH_OK && i < n_kinds; i++) {
		int64_t n, over;
		yh_day next;
		yh_time at;

		if (kinds[i].cleanup.n == 0)
			continue;
		rc = yh_lease_count(cx->tx, cloud, kinds[i].id, today, &n, &over, &next, err);
		if (rc != YH_OK || n == 0)
			continue;
		rc = tell(cx, &kinds[i], cloud, n, over, next, err);
		if (rc == YH_OK)
			rc = next_time(cx, kinds[i].cleanup, &at, err);
		if (rc == YH_OK && (*again_at == 0 || at < *again_at))
			*again_at = at;
	}
	return rc;
}
