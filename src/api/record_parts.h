/* What belongs to a record besides its content: the duties about it, the documents of its cases. */
#ifndef YH_API_RECORD_PARTS_H
#define YH_API_RECORD_PARTS_H

#include "http/op.h"
#include "store/ledger.h"

/* Writes `duties`, those that are not ended, due first, as the actor's list of duties shows them;
 * and `documents`, of those cases of the record's history that the actor sees, the newest twenty.
 */
YH_CHECK enum yh_rc yh_view_record_parts(struct yh_req *rq, const struct yh_id *record,
					 const struct yh_ledger_change *history, size_t n,
					 struct yh_err *err);
#define YH_RECORD_PARTS                                                                            \
	"duties:[{no kind kind_title what owner_name state state_title due:day overdue:bool}] "    \
	"documents:[{id:id name label label_title withheld:bool digest size_bytes:int case}]"

#endif
