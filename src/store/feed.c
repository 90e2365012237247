/* The secret address of a person's calendar. */
#include "store/feed.h"

#include "store/read.h"

enum yh_rc yh_feed_load(struct yh_tx *tx, const struct yh_id *person, yh_time *made_at,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT made_at FROM calendar_feed WHERE person = $1",
			 YH_ID(person));

	return rc == YH_OK ? yh_read_i64(rows, made_at, err) : rc;
}

enum yh_rc yh_feed_put(struct yh_tx *tx, const struct yh_id *person, const struct yh_sm3 *digest,
		       yh_time now, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO calendar_feed (person, digest, made_at) VALUES ($1, $2, $3) ON"
		       " CONFLICT (person) DO UPDATE SET digest = excluded.digest, made_at ="
		       " excluded.made_at",
		       YH_ID(person), YH_B(digest->b, sizeof digest->b), YH_I(now));
}

enum yh_rc yh_feed_end(struct yh_tx *tx, const struct yh_id *person, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n, "DELETE FROM calendar_feed WHERE person = $1",
				  YH_ID(person));

	return rc == YH_OK && n == 0 ? yh_fail(err, YH_NOT_FOUND, "feed-none") : rc;
}

enum yh_rc yh_feed_person(struct yh_tx *tx, const struct yh_sm3 *digest, struct yh_id *person,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT person FROM calendar_feed WHERE digest = $1",
			 YH_B(digest->b, sizeof digest->b));

	return rc == YH_OK ? yh_read_id(rows, person, "feed-unknown", err) : rc;
}
