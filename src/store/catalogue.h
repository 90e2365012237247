/* Catalogue editions, their items, prices and dimensions. */
#ifndef YH_STORE_CATALOGUE_H
#define YH_STORE_CATALOGUE_H

#include "base/digest.h"
#include "db/db.h"

struct yh_edition_row {
	struct yh_id id, cloud;
	int64_t number;
	const char *title;
	char state[16]; /* draft, compiled, approved, published, dropped */
	struct yh_id derived_from;
	yh_day effective_day; /* YH_DAY_NONE until published */
	struct yh_sm3 digest; /* over the items, from compilation on */
	struct yh_id case_id;
	yh_time created_at;
	int64_t version;
};

struct yh_tier {
	int64_t from_milli, price_e6;
};
struct yh_item_dim {
	char dim[32];
	int64_t qty_milli; /* per unit of quantity */
};

enum { YH_ITEM_CODE = 64 };
struct yh_item_row {
	struct yh_id id, edition;
	char code[YH_ITEM_CODE];
	char class_[8]; /* IaaS, PaaS, SaaS */
	const char *category, *name, *content;
	char per[12];     /* hour, day, month, year, use */
	char measure[32]; /* instance, gib, mbps, 10k_calls … */
	char mode[12];    /* flat, graduated, volume, package */
	int64_t free_milli, minimum_e6, step_milli;
	int64_t package_milli; /* units of a package; 0: no package price */
	/* per use: where the quantity comes from; "" and 0: it is used when it is provided */
	char metric[64], metric_as[8]; /* rise, hours */
	int64_t metric_per;            /* so many of the metric are one */
	const char *tags;              /* separated by blanks */
	bool trusted, exposed;
	struct yh_tier *tiers;
	size_t n_tiers;
	struct yh_item_dim *dims;
	size_t n_dims;
};

YH_CHECK enum yh_rc yh_edition_insert(struct yh_tx *tx, const struct yh_edition_row *row,
				      struct yh_err *err);
/* NOT_FOUND "edition-unknown". */
YH_CHECK enum yh_rc yh_edition_load(struct yh_tx *tx, const struct yh_id *id,
				    struct yh_arena *arena, struct yh_edition_row *out,
				    struct yh_err *err);
/* Writes title, state, day, digest and case, and raises version; STALE "edition-changed" when the
 * row has another version by now. */
YH_CHECK enum yh_rc yh_edition_update(struct yh_tx *tx, struct yh_edition_row *row,
				      struct yh_err *err);
/* The published edition in force for a cloud on a day; NOT_FOUND "edition-none". */
YH_CHECK enum yh_rc yh_edition_on(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
				  struct yh_arena *arena, struct yh_edition_row *out,
				  struct yh_err *err);
/* The first edition, of the one in force on `day` and those published to come into force later,
 * that lacks an item code: what is opened by it then has no price. */
YH_CHECK enum yh_rc yh_edition_dropping(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
					const char *code, struct yh_arena *arena,
					struct yh_edition_row *out, bool *found,
					struct yh_err *err);
/* A page of a cloud's editions, newest number first, below `below` (0: from the newest);
 * `published`: no others; `pattern`: LIKE of the title, lower case, "": any. */
YH_CHECK enum yh_rc yh_edition_list(struct yh_tx *tx, const struct yh_id *cloud, bool published,
				    const char *pattern, int64_t below, uint32_t limit,
				    struct yh_arena *arena, struct yh_edition_row **out, size_t *n,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_edition_next_number(struct yh_tx *tx, const struct yh_id *cloud,
					   int64_t *out, struct yh_err *err);

YH_CHECK enum yh_rc yh_item_insert(struct yh_tx *tx, const struct yh_item_row *row,
				   struct yh_err *err);
/* A code of an edition that a published one of the same cloud gave to something else: another class
 * or another unit. *number 0: there is none. */
YH_CHECK enum yh_rc yh_item_reused(struct yh_tx *tx, const struct yh_id *edition,
				   char code[YH_ITEM_CODE], int64_t *number, struct yh_err *err);
YH_CHECK enum yh_rc yh_items_delete(struct yh_tx *tx, const struct yh_id *edition,
				    struct yh_err *err);
/* All items of an edition by code, with tiers and dimensions. */
YH_CHECK enum yh_rc yh_item_list(struct yh_tx *tx, const struct yh_id *edition,
				 struct yh_arena *arena, struct yh_item_row **out, size_t *n,
				 struct yh_err *err);
/* NOT_FOUND "item-unknown" (figure item). */
YH_CHECK enum yh_rc yh_item_by_code(struct yh_tx *tx, const struct yh_id *edition, const char *code,
				    struct yh_arena *arena, struct yh_item_row *out,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_item_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				 struct yh_item_row *out, struct yh_err *err);

/* An item code by which resources run, or are to be opened. */
struct yh_code_use {
	char code[YH_ITEM_CODE];
	int64_t resources;
};
/* The codes in use on the edition's cloud that the edition lacks, in order: none, ever, when it
 * has every code of the cloud's other editions. */
YH_CHECK enum yh_rc yh_edition_lacking(struct yh_tx *tx, const struct yh_edition_row *edition,
				       struct yh_arena *arena, struct yh_code_use **out, size_t *n,
				       struct yh_err *err);

#endif
