/* A record of a register, for whoever shows something of it. */
#ifndef YH_API_RECORD_H
#define YH_API_RECORD_H

#include "http/op.h"
#include "services/ledger/ledger.h"

/* By its number or id, as the actor may read it, with today's pack; NOT_FOUND "record-unknown". In
 * a transaction. */
YH_CHECK enum yh_rc yh_record_find(struct yh_req *rq, const char *text, const struct yh_pack **pack,
				   struct yh_ledger_line **out, struct yh_err *err);

#endif
