/* What a case leaves behind: events for the audit record, notices for people. */
#include "cases/internal.h"

#include <string.h>

#include "base/buf.h"
#include "store/event.h"

enum yh_rc yh_case_record(struct yh_case_cx *k, const struct yh_record *r, struct yh_err *err)
{
	const struct yh_actor *a = k->cx->actor;
	struct yh_event e = {
		.id = yh_ctx_new_id(k->cx),
		.at = k->cx->now,
		.kind = r->kind,
		.case_id = k->c->row.id,
		.object_kind = "case",
		.object_id = k->c->row.id,
		.person = a->person,
		.role = r->role,
		.org = r->org,
		.article = r->article,
		.outcome = r->outcome,
		.reason = r->reason,
		.before = r->before,
		.after = r->after ? r->after : k->c->row.state,
		.source = a->source,
		.payload = r->payload,
	};

	return yh_event_insert(k->cx->tx, &e, err);
}

enum yh_rc yh_case_tell(struct yh_case_cx *k, const char *role, const struct yh_id *org,
			const char *slug, const char *step, yh_day due, struct yh_err *err)
{
	struct yh_notice n = {
		.id = yh_ctx_new_id(k->cx),
		.org = *org,
		.role = role,
		.case_id = k->c->row.id,
		.slug = slug,
		.made_at = k->cx->now,
	};
	struct yh_buf buf;
	struct yh_jw w;
	enum yh_rc rc;

	yh_buf_init(&buf, 8192);
	yh_jw_init(&w, &buf);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "case", k->c->row.no);
	yh_jw_str(&w, "title", k->c->row.title);
	yh_jw_str(&w, "step", step ? step : "");
	yh_jw_day(&w, "due", due);
	yh_jw_end_obj(&w);
	n.figures = yh_buf_text(&buf);
	rc = yh_buf_ok(&buf) ? yh_notice_insert(k->cx->tx, &n, err)
			     : yh_fail(err, YH_TOO_LARGE, "notice-too-large");
	yh_buf_done(&buf);
	return rc;
}
