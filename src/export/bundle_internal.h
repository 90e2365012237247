/* What the files of the bundle share; nobody else includes it. */
#ifndef YH_EXPORT_BUNDLE_INTERNAL_H
#define YH_EXPORT_BUNDLE_INTERNAL_H

#include "export/bundle.h"
#include "export/zip.h"
#include "store/evidence.h"

/* Keys without order until they are sealed, then sorted and each once. */
struct yh_keys {
	unsigned char *list;
	size_t size, n, cap; /* size: of a key */
	bool sealed;
};
YH_CHECK bool yh_keys_add(struct yh_keys *k, const void *key);
void yh_keys_seal(struct yh_keys *k);
YH_CHECK bool yh_keys_has(const struct yh_keys *k, const void *key);
static inline const void *yh_keys_at(const struct yh_keys *k, size_t i)
{
	return k->list + i * k->size;
}
void yh_keys_done(struct yh_keys *k);

/* A statement of another settlement that stands beside the exported one's. */
struct yh_beside {
	char no[40];
	struct yh_id id;
};

enum { YH_MEMBERS_MAX = 16, YH_RECORD_BYTES = 16 * 1024 * 1024 };
struct yh_member {
	const char *name;
	struct yh_sm3 digest;
	int64_t lines;
};

struct yh_bundle {
	const struct yh_world *world;
	struct yh_zip *zip;
	struct yh_settlement_row row; /* that is exported */
	struct yh_member members[YH_MEMBERS_MAX];
	size_t n_members;
	struct yh_buf record; /* one line */
	struct yh_jw w;
	struct yh_buf batch[2]; /* lines of one reading: of the member that is open, of a spool */

	/* found on the way */
	struct yh_keys own;         /* struct yh_owner of its statements */
	struct yh_keys corrected;   /* struct yh_id of statements that it corrects */
	struct yh_keys mended;      /* struct yh_owner of those */
	struct yh_keys beside;      /* struct yh_beside: those, and earlier corrections of them */
	struct yh_keys settlements; /* struct yh_id of others, whose statements stand beside */
	struct yh_keys reckoned;    /* struct yh_id of those of them that are reckoned again */
	struct yh_keys months;      /* yh_day: of all that is reckoned here */
	struct yh_keys parties, projects, providers; /* struct yh_id */
	FILE *stopped, *signatures, *intervals;      /* spools of members that come later */
};

/* Begins a record; its members follow. */
struct yh_jw *yh_record_begin(struct yh_bundle *b);
/* Ends it, into the member that is open, or into a spool. TOO_LARGE "export-too-large". */
YH_CHECK enum yh_rc yh_record_end(struct yh_bundle *b, FILE *spool, struct yh_err *err);
/* Ends one that was made within a reading of the store, which may be repeated: `side` 0 goes into
 * the member that is open, 1 into the reading's spool, both once the reading has ended. */
YH_CHECK enum yh_rc yh_record_keep(struct yh_bundle *b, int side, struct yh_err *err);
/* A reading that keeps records; `spool` may be NULL. */
typedef enum yh_rc (*yh_reading_fn)(struct yh_bundle *b, struct yh_tx *tx, struct yh_arena *arena,
				    void *arg, struct yh_err *err);
YH_CHECK enum yh_rc yh_bundle_read(struct yh_bundle *b, yh_reading_fn fn, void *arg, FILE *spool,
				   struct yh_err *err);
/* Always so many decimals: (1500, 3) -> "1.500". */
enum { YH_FIXED_TEXT = 32 };
const char *yh_fixed_text(int64_t v, unsigned scale, char out[YH_FIXED_TEXT]);
YH_CHECK enum yh_rc yh_member_end(struct yh_bundle *b, struct yh_err *err);
void yh_member_begin(struct yh_bundle *b, const char *name);
/* A whole member out of a spool. */
YH_CHECK enum yh_rc yh_member_copy(struct yh_bundle *b, const char *name, FILE *spool,
				   struct yh_err *err);

/* bundle_statements.c: what stands in the settlement, and what that names. */
YH_CHECK enum yh_rc yh_bundle_gather(struct yh_bundle *b, struct yh_err *err);
YH_CHECK enum yh_rc yh_bundle_statements(struct yh_bundle *b, struct yh_err *err);
/* bundle_prices.c: settlements, parties, projects, editions, items, factors. */
YH_CHECK enum yh_rc yh_bundle_settlements(struct yh_bundle *b, struct yh_err *err);
YH_CHECK enum yh_rc yh_bundle_names(struct yh_bundle *b, struct yh_err *err);
YH_CHECK enum yh_rc yh_bundle_prices(struct yh_bundle *b, struct yh_err *err);
YH_CHECK enum yh_rc yh_bundle_factors(struct yh_bundle *b, struct yh_err *err);
/* bundle_evidence.c: resources, intervals, usage, adjustments. */
YH_CHECK enum yh_rc yh_bundle_evidence(struct yh_bundle *b, struct yh_err *err);

#endif
