/* Desks: a role in an organisation. What waits there, and what it was told. */
#ifndef YH_STORE_DESK_H
#define YH_STORE_DESK_H

#include "store/case_query.h"

struct yh_desk_row {
	char role[32];
	struct yh_id org;
	char district[64]; /* of the organisation */
	bool own;          /* else of a body that one's organisation countersigns for */
};
/* The desks of a person, held or lent, by organisation and role. */
YH_CHECK enum yh_rc yh_desk_list(struct yh_tx *tx, const struct yh_viewer *who,
				 struct yh_arena *arena, struct yh_desk_row **out, size_t *n,
				 struct yh_err *err);
/* The district of an organisation, "" for the city or an unknown one. */
YH_CHECK enum yh_rc yh_desk_district(struct yh_tx *tx, const struct yh_id *org, char out[64],
				     struct yh_err *err);

struct yh_desk_count {
	int64_t open, due_today, overdue, soon; /* soon: due behind today, by `soon_until` */
};
/* Adds what is open on a desk. */
YH_CHECK enum yh_rc yh_desk_count(struct yh_tx *tx, const char *role, const struct yh_id *org,
				  yh_time now, yh_day soon_until, struct yh_desk_count *sum,
				  struct yh_err *err);

/* Likewise the duties that are open on it: what is reported is with the case that reported it. */
YH_CHECK enum yh_rc yh_desk_duties(struct yh_tx *tx, const char *role, const struct yh_id *org,
				   yh_day today, yh_day soon_until, struct yh_desk_count *sum,
				   struct yh_err *err);
/* And the supervisions that want an answer of it: open, and of them those past their day. */
YH_CHECK enum yh_rc yh_desk_supervised(struct yh_tx *tx, const char *role, const struct yh_id *org,
				       yh_day today, struct yh_desk_count *sum, struct yh_err *err);

/* A desk's notices: how many since the id `floor`, and its latest `limit`, newest first. */
YH_CHECK enum yh_rc yh_desk_notices(struct yh_tx *tx, const char *role, const struct yh_id *org,
				    const struct yh_id *floor, uint32_t limit,
				    struct yh_arena *arena, struct yh_notice_line **out, size_t *n,
				    int64_t *count, struct yh_err *err);

/* What is open at a desk: the numbers of cases with a step there and of duties, the first
 * YH_DESK_OPEN of each, and how many of the cases a person applied in, and so cannot decide. */
enum { YH_DESK_OPEN = 500 };
struct yh_desk_open {
	const char **cases, **duties;
	size_t n_cases, n_duties;
	int64_t own;
};
YH_CHECK enum yh_rc yh_desk_open(struct yh_tx *tx, const char *role, const struct yh_id *org,
				 const struct yh_id *person, struct yh_arena *arena,
				 struct yh_desk_open *out, struct yh_err *err);

#endif
