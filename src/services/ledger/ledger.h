/* Registers and their records, as an actor may read them. */
#ifndef YH_SERVICES_LEDGER_LEDGER_H
#define YH_SERVICES_LEDGER_LEDGER_H

#include "cases/context.h"
#include "store/ledger.h"
#include "store/party.h"

/* Which registers of the pack the actor may read, each in the widest relation that its roles have.
 * TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_ledger_viewer_of(const struct yh_ctx *cx, const struct yh_pack *pack,
					struct yh_ledger_viewer *out, struct yh_err *err);
/* May the actor read this register at all? */
bool yh_ledger_may_read(const struct yh_ctx *cx, const struct yh_pack *pack,
			const struct yh_register *reg);
/* How a record of a register with `settled` stands on a day, with those of its provider on its
 * cloud that are in force with it: thousandths of a yuan. What settlements charge since the first
 * of them began, each overlapping the next, is borne by those that are over, the earlier ended
 * first, each up to its ceiling and to what was settled by its end; the rest by those in force. */
struct yh_ledger_room {
	int64_t most, used; /* of all that are in force; of one that is not, its own */
	int64_t share;      /* of what is used: this record's, by its part of the ceilings */
};
YH_CHECK enum yh_rc yh_ledger_room(struct yh_ctx *cx, const struct yh_ledger_row *row,
				   const char *figure, struct yh_ledger_room *out,
				   struct yh_err *err);
/* Fills in how each line is labelled. */
YH_CHECK enum yh_rc yh_ledger_mark(struct yh_ctx *cx, struct yh_ledger_line *lines, size_t n,
				   struct yh_err *err);
/* The label of a record; "" where that is the lowest. In the arena, or the pack's. */
YH_CHECK enum yh_rc yh_ledger_label(struct yh_ctx *cx, const struct yh_id *id, const char **label,
				    struct yh_err *err);
/* Fills in what is used, in each line of such a register, and how each line is labelled. */
YH_CHECK enum yh_rc yh_ledger_use(struct yh_ctx *cx, const struct yh_pack *pack,
				  struct yh_ledger_line *lines, size_t n, struct yh_err *err);
/* May the actor file the procedure, as far as roles say? */
bool yh_may_begin(const struct yh_actor *a, const struct yh_procedure *p);
/* May the actor, as a body of this cloud, file the procedure or decide a step of it? FORBIDDEN
 * "file-not-permitted" when neither. */
YH_CHECK enum yh_rc yh_may_act_on(struct yh_ctx *cx, const struct yh_procedure *p,
				  const struct yh_id *cloud, struct yh_err *err);

#endif
