/* Lines that are kept compressed, some to a part, and read back by number. */
#ifndef YH_SERVICES_PARTS_PARTS_H
#define YH_SERVICES_PARTS_PARTS_H

#include "db/db.h"

struct yh_parts {
	/* Loads part `part` (0, 1, …) of the record `id` names, as zstd left it, into the arena;
	 * *body NULL behind the last. */
	enum yh_rc (*load)(struct yh_tx *tx, const void *id, int64_t part, struct yh_arena *arena,
			   const void **body, size_t *n, struct yh_err *err);
	const void *id;
	int64_t lines;      /* of each part but the last */
	size_t text_max;    /* bytes of a part's text */
	const char *broken; /* slug: INTERNAL, of a part that is not what was kept */
};
/* At most `limit` lines from the `from`th (0) on; without their ends, in the arena. */
YH_CHECK enum yh_rc yh_parts_lines(struct yh_tx *tx, const struct yh_parts *parts, int64_t from,
				   uint32_t limit, struct yh_arena *arena, const char ***out,
				   size_t *n, struct yh_err *err);

#endif
