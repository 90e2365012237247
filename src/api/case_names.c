/* What cases name, as it looks in replies. */
#include "api/case_names.h"

#include <string.h>

#include "api/label.h"
#include "law/deadline.h"
#include "store/move.h"
#include "store/party.h"
#include "store/project.h"

const char *yh_view_words(const struct yh_req *rq, struct yh_text2 words)
{
	return strcmp(rq->lang, "en") == 0 ? words.en : words.zh;
}

void yh_view_due(struct yh_req *rq, yh_day due, yh_time at, bool provisional, bool soft)
{
	const struct yh_law_book *law = rq->cx.world->law;
	yh_day today = yh_ctx_today(&rq->cx);

	if (due == YH_DAY_NONE) {
		yh_jw_null(rq->w, "due");
		return;
	}
	yh_jw_obj(rq->w, "due");
	yh_jw_day(rq->w, "day", due);
	yh_jw_int(rq->w, "workdays_left", yh_workdays_left(law->calendar(law->self), today, due));
	yh_jw_time(rq->w, "at", at);
	yh_jw_bool(rq->w, "overdue", at ? at < rq->cx.now : due < today);
	yh_jw_bool(rq->w, "provisional", provisional);
	yh_jw_bool(rq->w, "in_principle", soft);
	yh_jw_end_obj(rq->w);
}

static void named(struct yh_req *rq, const char *key, const char *code, const char *name)
{
	yh_jw_obj(rq->w, key);
	yh_jw_str(rq->w, "code", code);
	yh_jw_str(rq->w, "name", name);
	yh_jw_end_obj(rq->w);
}

enum yh_rc yh_view_org_at(struct yh_req *rq, const char *key, const struct yh_id *id, yh_time at,
			  struct yh_err *err)
{
	struct yh_org_row org;
	const char *name = NULL;
	enum yh_rc rc;

	if (yh_id_is_zero(id)) {
		yh_jw_null(rq->w, key);
		return YH_OK;
	}
	rc = yh_org_load(rq->cx.tx, id, rq->cx.arena, &org, err);
	if (rc == YH_OK && at)
		rc = yh_org_name_at(rq->cx.tx, id, at, rq->cx.arena, &name, err);
	if (rc != YH_OK)
		return rc;
	named(rq, key, org.code, name ? name : org.name);
	return YH_OK;
}

enum yh_rc yh_view_org(struct yh_req *rq, const char *key, const struct yh_id *id,
		       struct yh_err *err)
{
	return yh_view_org_at(rq, key, id, 0, err);
}

enum yh_rc yh_view_project(struct yh_req *rq, const char *key, const struct yh_id *id,
			   struct yh_err *err)
{
	struct yh_project_row p;
	enum yh_rc rc;

	if (yh_id_is_zero(id)) {
		yh_jw_null(rq->w, key);
		return YH_OK;
	}
	rc = yh_project_load(rq->cx.tx, id, rq->cx.arena, &p, err);
	if (rc == YH_OK)
		named(rq, key, p.code, p.name);
	return rc;
}

enum yh_rc yh_view_cloud(struct yh_req *rq, const char *key, const struct yh_id *id,
			 struct yh_err *err)
{
	struct yh_cloud_row c;
	enum yh_rc rc;

	if (yh_id_is_zero(id)) {
		yh_jw_null(rq->w, key);
		return YH_OK;
	}
	rc = yh_cloud_load(rq->cx.tx, id, rq->cx.arena, &c, err);
	if (rc == YH_OK)
		named(rq, key, c.code, c.name);
	return rc;
}

struct yh_text2 yh_view_step_title(struct yh_req *rq, const struct yh_sm3 *pack,
				   const char *procedure, const char *step)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_procedure *p = NULL;
	const struct yh_step *s;
	const struct yh_pack *of;

	if (law->pack_by(law->self, pack, &of, NULL) == YH_OK)
		p = yh_pack_procedure(of, procedure);
	if (!p)
		return (struct yh_text2){ step ? step : procedure, step ? step : procedure };
	s = step ? yh_procedure_step(p, step) : NULL;
	return s ? s->title : p->title;
}

const char *yh_view_today_title(struct yh_req *rq, const char *procedure, const char *step)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_procedure *p = NULL;
	const struct yh_step *s = NULL;
	const struct yh_pack *pack;

	if (law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK)
		p = yh_pack_procedure(pack, procedure);
	if (p && step)
		s = yh_procedure_step(p, step);
	if (!p || (step && !s))
		return step ? step : procedure;
	return yh_view_words(rq, s ? s->title : p->title);
}

const char *yh_view_title(struct yh_req *rq, const struct yh_sm3 *pack, const char *procedure,
			  const char *label, const char *stored)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_procedure *p = NULL;
	const struct yh_pack *of;
	enum yh_rc rc = pack ? law->pack_by(law->self, pack, &of, NULL)
			     : law->pack_on(law->self, yh_ctx_today(&rq->cx), &of, NULL);

	if (rc == YH_OK)
		p = yh_pack_procedure(of, procedure);
	if (yh_view_is_marked(rq, procedure, label))
		return yh_view_marked(rq, procedure, label);
	return p && strcmp(stored, p->title.zh) == 0 ? yh_view_words(rq, p->title) : stored;
}

const char *yh_view_kind(struct yh_req *rq, const struct yh_pack *pack, const char *kind)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_kind *k;

	if (!pack && law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) != YH_OK)
		return kind;
	k = yh_pack_kind(pack, kind);
	if (!k)
		return kind;
	return yh_view_words(rq, k->title);
}

const char *yh_view_role(struct yh_req *rq, const char *role)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	const struct yh_role *r = NULL;

	if (law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, NULL) == YH_OK)
		r = yh_pack_role(pack, role);
	return r ? yh_view_words(rq, r->title) : role;
}
