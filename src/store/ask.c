/* See ask.h. */
#include "store/ask.h"

#include "store/read.h"

bool yh_ask_read(const struct yh_rows *rows, int col, struct yh_arena *arena,
		 struct yh_ask_state *out)
{
	*out = (struct yh_ask_state){ .asked_at = yh_col_i64(rows, col),
				      .begun_at = yh_col_i64(rows, col + 1),
				      .ended_at = yh_col_i64(rows, col + 2),
				      .steps = yh_col_i64(rows, col + 3),
				      .steps_done = yh_col_i64(rows, col + 4) };
	return yh_col_keep(rows, arena, col + 5, &out->fault) &&
	       yh_col_keep(rows, arena, col + 6, &out->figures);
}
