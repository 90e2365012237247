/* What a case leaves behind: events for the audit record, notices for people. */
#include "cases/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/event.h"

enum { NOTICE_BYTES = 64 * 1024 };

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

struct telling {
	const char *role, *slug, *step;
	const struct yh_id *org;
	yh_day due;
	const json_t *more; /* NULL: none */
};

static void write_figures(const struct yh_case_cx *k, const struct telling *t, struct yh_buf *buf)
{
	const struct yh_step *s = t->step ? yh_procedure_step(k->c->procedure, t->step) : NULL;
	struct yh_jw w;
	const char *key;
	json_t *v;

	yh_jw_init(&w, buf);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "case", k->c->row.no);
	yh_jw_str(&w, "title", k->c->row.title);
	/* the title that a case has of its procedure is told in the reader's language */
	if (strcmp(k->c->row.title, k->c->procedure->title.zh) == 0) {
		yh_jw_str(&w, "title_zh", k->c->procedure->title.zh);
		yh_jw_str(&w, "title_en", k->c->procedure->title.en);
	}
	yh_jw_str(&w, "step", t->step ? t->step : "");
	if (s) {
		yh_jw_str(&w, "step_zh", s->title.zh);
		yh_jw_str(&w, "step_en", s->title.en);
	}
	yh_jw_day(&w, "due", t->due);
	json_object_foreach((json_t *)t->more, key, v)
	{
		char *text = yh_json_canonical(v);

		yh_jw_raw(&w, key, text ? text : "null");
		free(text);
	}
	yh_jw_end_obj(&w);
}

static enum yh_rc tell(struct yh_case_cx *k, const struct telling *t, struct yh_err *err)
{
	struct yh_notice n = {
		.id = yh_ctx_new_id(k->cx),
		.org = *t->org,
		.role = t->role,
		.case_id = k->c->row.id,
		.slug = t->slug,
		.made_at = k->cx->now,
	};
	struct yh_buf buf;
	enum yh_rc rc;

	yh_buf_init(&buf, NOTICE_BYTES);
	write_figures(k, t, &buf);
	n.figures = yh_buf_text(&buf);
	rc = yh_buf_ok(&buf) ? yh_notice_insert(k->cx->tx, &n, err)
			     : yh_fail(err, YH_TOO_LARGE, "notice-too-large");
	yh_buf_done(&buf);
	return rc;
}

enum yh_rc yh_case_tell(struct yh_case_cx *k, const char *role, const struct yh_id *org,
			const char *slug, const char *step, yh_day due, struct yh_err *err)
{
	const struct telling t = {
		.role = role, .slug = slug, .step = step, .org = org, .due = due
	};

	return tell(k, &t, err);
}

enum yh_rc yh_case_tell_more(struct yh_case_cx *k, const char *role, const struct yh_id *org,
			     const char *slug, const json_t *more, struct yh_err *err)
{
	const struct telling t = {
		.role = role, .slug = slug, .org = org, .due = YH_DAY_NONE, .more = more
	};

	return tell(k, &t, err);
}
