/* Tokens that write to the meter, and to nothing else: each is about one cloud, provider or unit.
 */
#ifndef YH_STORE_METER_TOKEN_H
#define YH_STORE_METER_TOKEN_H

#include "base/digest.h"
#include "db/db.h"

struct yh_meter_token_row {
	struct yh_sm3 digest;
	struct yh_id id;
	char kind[12]; /* cloud, provider, unit */
	struct yh_id about;
	char code[64]; /* of what it is about */
	const char *label;
	int64_t series_max;
	bool backfill;       /* may bring in samples of any age */
	struct yh_id person; /* who made it */
	yh_time created_at, expires_at, ended_at;
};

YH_CHECK enum yh_rc yh_meter_token_insert(struct yh_tx *tx, const struct yh_meter_token_row *row,
					  struct yh_err *err);
/* NOT_FOUND "token-unknown". */
YH_CHECK enum yh_rc yh_meter_token_by_digest(struct yh_tx *tx, const struct yh_sm3 *digest,
					     struct yh_arena *arena, struct yh_meter_token_row *out,
					     struct yh_err *err);
YH_CHECK enum yh_rc yh_meter_token_load(struct yh_tx *tx, const struct yh_id *id,
					struct yh_arena *arena, struct yh_meter_token_row *out,
					struct yh_err *err);
YH_CHECK enum yh_rc yh_meter_token_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				       struct yh_err *err);
/* Those that live at `now`, by id, behind `after` (zero: from the first). */
YH_CHECK enum yh_rc yh_meter_token_list(struct yh_tx *tx, yh_time now, const struct yh_id *after,
					uint32_t limit, struct yh_arena *arena,
					struct yh_meter_token_row **out, size_t *n,
					struct yh_err *err);

#endif
