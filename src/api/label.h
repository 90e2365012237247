/* Sensitivity labels in replies: what is above the actor's clearance is told to exist, by its
 * label, and not by its name. */
#ifndef YH_API_LABEL_H
#define YH_API_LABEL_H

#include "cases/case.h"
#include "http/op.h"
#include "store/case_query.h"
#include "store/person.h"
#include "store/pulse.h"

/* "敏感", in the language asked for; the word itself where the pack does not know it. */
const char *yh_view_label_title(struct yh_req *rq, const char *label);
/* Writes the members label, label_title and withheld. */
void yh_view_label(struct yh_req *rq, const char *label);
bool yh_view_is_withheld(struct yh_req *rq, const char *label);
/* Of a case: writes the members label, label_title and withheld; is what it says withheld from the
 * actor; and what is written in its place. Where there is no actor, as in what many look at
 * together, all but the lowest label is above. */
void yh_view_mark(struct yh_req *rq, const char *procedure, const char *label);
/* The same of it and a document that stands beside, whose label is given: the higher of both. */
void yh_view_mark_beside(struct yh_req *rq, const char *procedure, const char *label,
			 const char *document);
bool yh_view_is_marked(struct yh_req *rq, const char *procedure, const char *label);
const char *yh_view_marked(struct yh_req *rq, const char *procedure, const char *label);
/* What is written in place of what has the label. */
const char *yh_view_hidden(struct yh_req *rq, const char *label);
/* The figures of a notice of it that is withheld. */
const char *yh_view_notice_withheld(struct yh_req *rq, const char *case_no, const char *procedure,
				    const char *label);
/* The name of what has the label, for the actor to read. */
const char *yh_view_labelled(struct yh_req *rq, const char *label, const char *name);

/* Writes the members clearance, clearance_title and clearance_named (else it is of the roles). */
YH_CHECK enum yh_rc yh_view_clearance(struct yh_req *rq, const struct yh_person_row *p,
				      struct yh_err *err);

/* What came of a change, as far as the actor is cleared for the case. */
const char *yh_view_outcome(struct yh_req *rq, const struct yh_change_row *r);
/* Takes out of events what they say in words. */
void yh_view_hush(struct yh_story_line *l);
/* Takes out of a case's story what it says above the actor's clearance: of documents and papers, or
 * at all. */
YH_CHECK enum yh_rc yh_view_veil(struct yh_req *rq, const struct yh_case *c,
				 struct yh_story_line *list, size_t n, struct yh_err *err);

#endif
