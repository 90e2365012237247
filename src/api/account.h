/* An account in a reply. */
#ifndef YH_API_ACCOUNT_H
#define YH_API_ACCOUNT_H

#include "http/op.h"
#include "store/person.h"

/* The members of @Person, into an object that is open. */
void yh_view_account(struct yh_req *rq, const struct yh_person_row *p);

#endif
