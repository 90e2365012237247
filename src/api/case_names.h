/* What cases name, as it looks in replies: organisations, projects, clouds, titles, due days. */
#ifndef YH_API_CASE_NAMES_H
#define YH_API_CASE_NAMES_H

#include "http/op.h"
#include "law/pack.h"

/* In the request's language. */
const char *yh_view_words(const struct yh_req *rq, struct yh_text2 words);
/* {code, name} of an organisation, a project or a cloud; null for a zero id. */
YH_CHECK enum yh_rc yh_view_org(struct yh_req *rq, const char *key, const struct yh_id *id,
				struct yh_err *err);
YH_CHECK enum yh_rc yh_view_project(struct yh_req *rq, const char *key, const struct yh_id *id,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_view_cloud(struct yh_req *rq, const char *key, const struct yh_id *id,
				  struct yh_err *err);
/* An organisation by the name it had at an instant; 0: today's. */
YH_CHECK enum yh_rc yh_view_org_at(struct yh_req *rq, const char *key, const struct yh_id *id,
				   yh_time at, struct yh_err *err);
/* Working days left until `due`, and whether it is past. */
void yh_view_due(struct yh_req *rq, yh_day due, yh_time at, bool provisional, bool soft);

/* The title of a step of a procedure (of the procedure itself when `step` is NULL) in the pack of a
 * case; the code names where that pack is not known. */
struct yh_text2 yh_view_step_title(struct yh_req *rq, const struct yh_sm3 *pack,
				   const char *procedure, const char *step);
/* The same by today's pack, in the request's language. */
const char *yh_view_today_title(struct yh_req *rq, const char *procedure, const char *step);
/* The title of a case in the request's language, by its pack or today's (NULL): one that was filed
 * without a title of its own has that of its procedure. For who is not cleared for its label, that
 * it has one. */
const char *yh_view_title(struct yh_req *rq, const struct yh_sm3 *pack, const char *procedure,
			  const char *label, const char *stored);
/* The title of a kind of resources in the request's language, by `pack` or today's (NULL); its code
 * name when that has none. */
const char *yh_view_kind(struct yh_req *rq, const struct yh_pack *pack, const char *kind);
/* The same of a role, by today's pack. */
const char *yh_view_role(struct yh_req *rq, const char *role);

#endif
