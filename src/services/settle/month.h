/* A month under one set of rules and prices, and one resource's part in it; for the files here. */
#ifndef YH_SERVICES_SETTLE_MONTH_H
#define YH_SERVICES_SETTLE_MONTH_H

#include "law/rating.h"
#include "services/settle/settle.h"
#include "store/catalogue.h"
#include "store/factor.h"
#include "store/usage.h"

/* ---- month.c: the law and the prices of a month ---- */

/* A stretch of the month in which one edition is in force; edition zero: none is. */
struct part {
	struct yh_id edition;
	int64_t number;
	yh_time from, to;
};
/* What an item costs while one edition is in force. */
struct price {
	bool known; /* the edition has the item */
	struct yh_tariff tariff;
	struct yh_item_row *row;
};
enum { PARTS_MAX = 32 };

struct month {
	const struct yh_world *world;
	struct yh_id cloud;
	char cloud_code[32];
	yh_day first;
	yh_time from, to;
	yh_time as_of;
	const struct yh_pack *pack;
	const struct yh_kind *kinds;
	size_t n_kinds;
	struct yh_rating rating;
	int64_t least_milli; /* coverage of metered use */
	struct part parts[PARTS_MAX];
	size_t n_parts;
	const char **codes; /* of all items of these editions, sorted */
	size_t n_codes;
	struct price *prices;                  /* of code c in part p: [c * n_parts + p] */
	struct yh_adjustment_row *adjustments; /* by resource */
	size_t n_adjustments;
	struct yh_id finance; /* zero: none, or several */
	/* Metered use is read from there; zero: it is asked of the meter. */
	struct yh_id frozen;
	/* Takes what the meter said; NULL: it is not kept. */
	enum yh_rc (*keep_usage)(void *arg, const struct yh_usage_row *rows, size_t n,
				 struct yh_err *err);
	void *keep_arg;
	/* what-if */
	struct yh_id edition, provider; /* zero: those in force */
	int64_t factor_e6;              /* of `provider` */
};
/* Fills the rest from cloud, first, as_of and world; `pack` NULL: the one in force at the month's
 * end. All of it lives in the arena. */
YH_CHECK enum yh_rc yh_month_load(struct yh_tx *tx, struct month *m, struct yh_arena *arena,
				  struct yh_err *err);
/* The index of a code; -1: no edition of the month has it. */
int yh_month_code(const struct month *m, const char *code);
int yh_month_kind(const struct month *m, const char *kind);
/* The item of a code in the last edition of the month that has it. */
const struct yh_item_row *yh_month_item(const struct month *m, int code);
static inline const struct price *yh_month_price(const struct month *m, int code, size_t part)
{
	return &m->prices[(size_t)code * m->n_parts + part];
}
/* The adjustments of a resource. */
const struct yh_adjustment_row *yh_month_adjustments(const struct month *m,
						     const struct yh_id *resource, size_t *n);
yh_day yh_month_next(yh_day first);
/* "2026-10" */
const char *yh_month_text(yh_day first, char out[8]);

/* ---- rate.c: one resource's month, piece by piece ---- */

/* Why a statement cannot be reckoned; of several, that of the first resource. */
enum why {
	WHY_NONE,
	WHY_PROVIDER,
	WHY_KIND,
	WHY_PRICE,
	WHY_USAGE,
	WHY_NEGATIVE,
	WHY_AMOUNT,
	WHY_PAYER
};
struct fault {
	enum why why;
	struct yh_id resource, item;
	char code[64]; /* or kind; "": that of `item` */
	yh_day day;
	int64_t milli; /* coverage; or what is left, below 0 */
};

/* A quantity held for some time, or used in it, under one kind and one edition. */
struct piece {
	int kind, code;
	size_t part;
	yh_time from, to;
	int64_t seconds, qty_milli;
	bool per_use;
	int64_t added_milli;    /* per use: what was provided at `from` */
	int64_t fixed_milli;    /* per use: what adjustments make of it */
	int64_t coverage_milli; /* per use, or YH_COVERAGE_NONE */
	yh_amount amount;       /* per use: once it is priced */
};
/* Takes pieces of one resource: time-priced ones as they come, those per use all at once, unpriced
 * (`n` of them, by code and time). False ends the resource. */
struct piece_sink {
	bool (*take)(void *arg, const struct piece *p);
	bool (*uses)(void *arg, struct piece *list, size_t n);
	bool (*fail)(void *arg, const struct fault *f);
	void *arg;
};
/* A resource with the intervals of its size that touch the month. */
struct held {
	struct yh_id item;
	int code; /* -1: no edition has it */
	yh_time from, to;
	int64_t qty_milli;
};
struct subject {
	struct yh_span_row owner; /* whose it is; the interval in it means nothing */
	struct held *held;
	size_t n, cap;
	struct piece *uses;
	size_t n_uses, uses_cap;
};
void yh_subject_done(struct subject *s);
/* Cuts it into pieces for the sink. False: memory is short. */
YH_CHECK bool yh_rate_subject(const struct month *m, struct subject *s,
			      const struct piece_sink *sink);
/* Prices the pieces of one code, `n` of them by time. */
YH_CHECK enum yh_rc yh_rate_uses(const struct month *m, struct piece *list, size_t n,
				 struct yh_err *err);

#endif
