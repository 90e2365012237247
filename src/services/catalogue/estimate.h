/* What a choice from the catalogue would cost, and how it stands to the quota, before anything is
 * applied for (Art. 15, 18, 20). Only reads. */
#ifndef YH_SERVICES_CATALOGUE_ESTIMATE_H
#define YH_SERVICES_CATALOGUE_ESTIMATE_H

#include "base/json.h"
#include "cases/context.h"
#include "services/project/quota_view.h"
#include "store/catalogue.h"

enum { YH_ESTIMATE_LINES = 200, YH_ESTIMATE_DAYS = 3660, YH_ESTIMATE_MONTHS = 120 };

struct yh_estimate_ask {
	struct yh_id cloud;
	struct yh_id unit, project; /* zero: no project, and nothing of quotas */
	struct yh_id not_case;      /* what this case holds already is left out; zero: none */
	/* [{item, count, configuration: {quantity}}]: count (1 when absent) times quantity (1 when
	 * absent) of an item; or [{resource, configuration}]: by its id one of the project that
	 * grows to that quantity; at most YH_ESTIMATE_LINES */
	const json_t *items;
	yh_day from;
	int64_t days, months; /* how long; both 0: for good */
};

struct yh_estimate_line {
	struct yh_item_row item;
	const char *resource; /* the number of what grows; NULL: new */
	int64_t count_milli;
	int64_t qty_milli, running_milli; /* what is new, and what it comes on top of */
	bool orderable;                   /* a multiple of what can be ordered */
	bool priced; /* by time; false: its cost depends on what will be used */
	int64_t month_fen, total_fen;
};

/* One dimension; quantities of the day `from`. */
struct yh_estimate_dim {
	const char *dim;
	int64_t asked_milli;
	int64_t quota_milli, used_milli, reserved_milli;
};

/* How the unit's total stands to a percentage of its quotas, as Art. 20 takes it. */
struct yh_estimate_total {
	const char *dim;
	int64_t quota_milli, taken_milli, asked_milli, limit_milli;
};

struct yh_estimate {
	struct yh_edition_row edition;
	yh_day from, until; /* until YH_DAY_NONE: for good */
	struct yh_estimate_line *lines;
	size_t n_lines, n_unpriced;
	int64_t month_fen, total_fen; /* of the lines that are priced; total 0 when for good */
	struct yh_estimate_dim *dims;
	size_t n_dims;
	struct yh_err over; /* the quota is passed: as a filing would be refused; rc YH_OK: it is
			       not */
	const struct yh_pack *pack;
	struct yh_unit_limit limit; /* without a use where there is no project */
	struct yh_err passed;       /* rc YH_OK: the total stays within */
	struct yh_estimate_total *totals;
	size_t n_totals;
};

/* BAD_INPUT with the pointer of the entry: "field-required", "field-type", "field-unknown",
 * "number-invalid", "quantity-out-of-range", "estimate-span" for days with months,
 * "day-out-of-range" for a span that ends behind all days; NOT_FOUND "item-unknown",
 * "resource-unknown", "edition-none"; CONFLICT "resource-not-running"; TOO_LARGE "list-too-long".
 * Who may see the project is not asked here. */
YH_CHECK enum yh_rc yh_estimate(struct yh_ctx *cx, const struct yh_estimate_ask *ask,
				struct yh_estimate *out, struct yh_err *err);

#endif
