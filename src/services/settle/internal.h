/* What the files that settle share; nobody else includes it. */
#ifndef YH_SERVICES_SETTLE_INTERNAL_H
#define YH_SERVICES_SETTLE_INTERNAL_H

#include "services/settle/sums.h"

/* ---- lines.c: sums as the rows of a statement ---- */

/* Who pays for a unit, and the factor of a provider: asked once each. */
struct asked {
	const struct month *m;
	struct unit_payer *units; /* the last one asked for */
	struct yh_factor_row *factors;
	size_t n_factors, factors_cap;
};
void yh_asked_done(struct asked *a);
/* *payer zero: nobody. */
YH_CHECK enum yh_rc yh_asked_payer(struct asked *a, struct yh_tx *tx, const struct yh_id *unit,
				   struct yh_id *payer, struct yh_err *err);
YH_CHECK enum yh_rc yh_asked_factor(struct asked *a, struct yh_tx *tx, const struct yh_id *provider,
				    struct yh_factor_row *out, struct yh_err *err);
/* Writes a sum as a line; its texts live in the arena. TOO_LARGE "amount-out-of-range". */
YH_CHECK enum yh_rc yh_line_of_sum(const struct month *m, const struct sum_line *sum,
				   const struct yh_factor_row *factor, struct yh_arena *arena,
				   struct yh_line_row *out, struct yh_err *err);
/* The usage of a line in millionths. False: beyond 64 bits. */
YH_CHECK bool yh_usage_e6(const struct month *m, yh_amount usage, int64_t *out);
const char *yh_fault_slug(enum why why);
/* A fault as stored with a statement. */
YH_CHECK enum yh_rc yh_fault_text(struct yh_tx *tx, const struct month *m, const struct fault *f,
				  struct yh_arena *arena, const char **out, struct yh_err *err);

/* ---- canonical.c ---- */

/* SM3 of the canonical JSON of a statement, which is written into `scratch`. */
struct yh_sm3 yh_statement_digest(struct yh_buf *scratch, const struct yh_statement_row *row,
				  const char *settlement_no, const struct yh_line_row *lines,
				  size_t n, const char *const *corrects_no);

/* ---- corrections.c ---- */

/* A line that corrects one of a closed statement. */
struct correction {
	struct yh_id unit, project, provider, payer;
	struct yh_line_row line;
	char corrects_no[40];
	const char *fault; /* not NULL: the statement could not be reckoned anew */
};
/* The month of a settlement, under its law and from what it froze, with what was known at `as_of`.
 */
YH_CHECK enum yh_rc yh_month_of_settlement(struct yh_tx *tx, const struct yh_world *world,
					   const struct yh_settlement_row *s, yh_time as_of,
					   struct month *m, struct yh_arena *arena,
					   struct yh_err *err);
/* Reckons what is due for a cloud anew with what is known at `as_of`, in the order of the keys. */
YH_CHECK enum yh_rc yh_corrections_find(const struct yh_world *world, const struct yh_id *cloud,
					yh_time as_of, struct yh_arena *arena,
					struct correction **out, size_t *n, struct yh_err *err);
/* The same for one statement, but for corrections that stand in `before` and later statements. */
YH_CHECK enum yh_rc yh_corrections_of(struct yh_tx *tx, const struct yh_world *world,
				      const struct yh_id *statement, yh_time as_of,
				      const struct yh_id *before, struct yh_arena *arena,
				      struct correction **out, size_t *n, struct yh_err *err);

#endif
