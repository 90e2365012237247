/* Sensitivity labels in replies: what is above the actor's clearance is told to exist, by its
 * label, and not by its name. */
#ifndef YH_API_LABEL_H
#define YH_API_LABEL_H

#include "http/op.h"
#include "store/case_query.h"
#include "store/person.h"

/* "敏感", in the language asked for; the word itself where the pack does not know it. */
const char *yh_view_label_title(struct yh_req *rq, const char *label);
/* Writes the members label, label_title and withheld. */
void yh_view_label(struct yh_req *rq, const char *label);
bool yh_view_is_withheld(struct yh_req *rq, const char *label);
/* The name of what has the label, for the actor to read. */
const char *yh_view_labelled(struct yh_req *rq, const char *label, const char *name);

/* Writes the members clearance, clearance_title and clearance_named (else it is of the roles). */
YH_CHECK enum yh_rc yh_view_clearance(struct yh_req *rq, const struct yh_person_row *p,
				      struct yh_err *err);

/* Takes out of a case's story what it says of documents and papers above the actor's clearance. */
YH_CHECK enum yh_rc yh_view_veil(struct yh_req *rq, const struct yh_id *case_id,
				 struct yh_story_line *list, size_t n, struct yh_err *err);

#endif
