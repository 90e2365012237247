/* Packs and calendar years as stored texts. */
#ifndef YH_STORE_POLICY_H
#define YH_STORE_POLICY_H

#include "base/digest.h"
#include "db/db.h"

struct yh_pack_row {
	struct yh_sm3 digest;
	const char *name;
	yh_day valid_from, valid_to;
	const char *files; /* JSON object: name -> text */
	yh_time installed_at;
	yh_time enacted_at; /* 0: it was brought in and waits for two persons */
};
struct yh_year_row {
	int64_t year, revision;
	const char *source; /* file name */
	const char *body;
	yh_time installed_at;
};

/* Does nothing when the digest is there. */
YH_CHECK enum yh_rc yh_pack_put(struct yh_tx *tx, const struct yh_pack_row *row,
				struct yh_err *err);
/* Puts it in force; NOT_FOUND "pack-none". */
YH_CHECK enum yh_rc yh_pack_enact(struct yh_tx *tx, const struct yh_sm3 *digest, yh_time at,
				  struct yh_err *err);
/* All packs in the order of their installation. */
YH_CHECK enum yh_rc yh_pack_rows(struct yh_tx *tx, struct yh_arena *arena, struct yh_pack_row **out,
				 size_t *n, struct yh_err *err);
/* Likewise, without their files (NULL). */
YH_CHECK enum yh_rc yh_pack_heads(struct yh_tx *tx, struct yh_arena *arena,
				  struct yh_pack_row **out, size_t *n, struct yh_err *err);
/* How many revisions of calendar years there are, and when the newest of them came. */
YH_CHECK enum yh_rc yh_year_count(struct yh_tx *tx, int64_t *n, yh_time *newest,
				  struct yh_err *err);
/* A further revision unless the newest one of the year has the same body. */
YH_CHECK enum yh_rc yh_year_put(struct yh_tx *tx, const struct yh_year_row *row,
				struct yh_err *err);
/* The newest revision of each year. */
YH_CHECK enum yh_rc yh_year_rows(struct yh_tx *tx, struct yh_arena *arena, struct yh_year_row **out,
				 size_t *n, struct yh_err *err);

#endif
