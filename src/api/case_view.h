/* How cases look in replies. */
#ifndef YH_API_CASE_VIEW_H
#define YH_API_CASE_VIEW_H

#include "cases/case.h"
#include "http/op.h"
#include "store/case_query.h"
#include "store/resource.h"

/* The whole case: head, form, every step with its clock and what its form said, what the actor may
 * do now. */
YH_CHECK enum yh_rc yh_view_case(struct yh_req *rq, const struct yh_case *c, struct yh_err *err);
/* Of a case across the districts' link: `abroad` (null: it is decided here) says how far it is,
 * what is on its way and what the city did not take; `came`, at the city, since when it is here. */
YH_CHECK enum yh_rc yh_view_abroad(struct yh_req *rq, const struct yh_case *c, struct yh_err *err);
/* One event of the record (a struct yh_story_line), without its payload. */
void yh_view_event(struct yh_req *rq, const void *row);
/* Its events, in order, with their payloads, as `items`. */
YH_CHECK enum yh_rc yh_view_story(struct yh_req *rq, const struct yh_case *c, struct yh_err *err);
/* {code, name} of an organisation, a project or a cloud; null for a zero id. */
YH_CHECK enum yh_rc yh_view_org(struct yh_req *rq, const char *key, const struct yh_id *id,
				struct yh_err *err);
YH_CHECK enum yh_rc yh_view_project(struct yh_req *rq, const char *key, const struct yh_id *id,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_view_cloud(struct yh_req *rq, const char *key, const struct yh_id *id,
				  struct yh_err *err);
/* Loads a case by number or id; NOT_FOUND "case-unknown" as well when it is not the actor's to
 * see. */
YH_CHECK enum yh_rc yh_view_seen(struct yh_req *rq, const char *text, struct yh_case *out,
				 struct yh_err *err);
/* A notice (a struct yh_notice_line). */
void yh_view_notice(struct yh_req *rq, const void *row);
/* Working days left until `due`, and whether it is past. */
void yh_view_due(struct yh_req *rq, yh_day due, yh_time at, bool provisional, bool soft);

/* The title of a step of a procedure (of the procedure itself when `step` is NULL) in the pack of a
 * case; the code names where that pack is not known. */
struct yh_text2 yh_view_step_title(struct yh_req *rq, const struct yh_sm3 *pack,
				   const char *procedure, const char *step);
/* The same by today's pack, in the request's language. */
const char *yh_view_today_title(struct yh_req *rq, const char *procedure, const char *step);
/* The title of a case in the request's language, by its pack or today's (NULL): one that was filed
 * without a title of its own has that of its procedure. */
const char *yh_view_title(struct yh_req *rq, const struct yh_sm3 *pack, const char *procedure,
			  const char *stored);
/* The title of a kind of resources in the request's language, by `pack` or today's (NULL); its code
 * name when that has none. */
const char *yh_view_kind(struct yh_req *rq, const struct yh_pack *pack, const char *kind);
/* The same of a role, by today's pack. */
const char *yh_view_role(struct yh_req *rq, const char *role);

#endif
