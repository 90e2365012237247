/* The clock of a demonstration: a row of the table `counter`. */
#include "store/clock.h"

enum yh_rc yh_clock_load(struct yh_tx *tx, bool *turns, yh_time *ahead, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT value FROM counter WHERE name = 'clock.ahead'");

	*turns = false;
	*ahead = 0;
	if (rc != YH_OK)
		return rc;
	*turns = yh_rows_next(rows);
	if (*turns)
		*ahead = yh_col_i64(rows, 0);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_clock_make(struct yh_tx *tx, struct yh_err *err)
{
	return yh_exec(tx, err, "INSERT INTO counter (name, value) VALUES ('clock.ahead', 0)");
}

enum yh_rc yh_clock_put(struct yh_tx *tx, yh_time *ahead, struct yh_err *err)
{
	bool turns;
	enum yh_rc rc = yh_exec(tx, err,
				"UPDATE counter SET value = $1 WHERE name = 'clock.ahead' AND value"
				" < $1",
				YH_I(*ahead));

	return rc == YH_OK ? yh_clock_load(tx, &turns, ahead, err) : rc;
}
