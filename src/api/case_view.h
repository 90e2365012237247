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
/* Loads a case by number or id, for its head, steps and story alone: what it says is left out for
 * who is not cleared for it. NOT_FOUND "case-unknown" as well when it is not the actor's to see. */
YH_CHECK enum yh_rc yh_view_glimpsed(struct yh_req *rq, const char *text, struct yh_case *out,
				     struct yh_err *err);
/* The same for all else; FORBIDDEN "label-above". */
YH_CHECK enum yh_rc yh_view_seen(struct yh_req *rq, const char *text, struct yh_case *out,
				 struct yh_err *err);
/* A notice (a struct yh_notice_line). */
void yh_view_notice(struct yh_req *rq, const void *row);

#endif
