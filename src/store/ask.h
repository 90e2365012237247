/* What the tables of work that people asked for have in common: how it waits, goes on and ends. */
#ifndef YH_STORE_ASK_H
#define YH_STORE_ASK_H

#include "db/db.h"

struct yh_ask_state {
	yh_time asked_at, begun_at, ended_at; /* 0: not yet */
	int64_t steps, steps_done;            /* steps 0: not known yet */
	const char *fault, *figures;          /* fault "": it has not failed; figures: JSON */
};

/* Its columns, and how they are read from column `col` on; false when memory is short. */
#define YH_ASK_STATE "asked_at, begun_at, ended_at, steps, steps_done, fault, figures"
bool yh_ask_read(const struct yh_rows *rows, int col, struct yh_arena *arena,
		 struct yh_ask_state *out);

#endif
