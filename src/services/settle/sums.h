/* What a month adds up to, by statement and line; for the files here. */
#ifndef YH_SERVICES_SETTLE_SUMS_H
#define YH_SERVICES_SETTLE_SUMS_H

#include "services/settle/month.h"

/* ---- sums.c: what it adds up to ---- */

struct sum_line {
	uint32_t statement;
	uint16_t kind;
	uint16_t code;
	int64_t resources, intervals;
	uint64_t last; /* resource that was counted */
	yh_amount amount, usage;
};
struct sum_statement {
	struct yh_id unit, project, provider;
	struct fault fault;
};
struct sums {
	struct sum_statement *statements;
	size_t n_statements, statements_cap;
	uint32_t *by_key;
	size_t by_key_size;
	struct sum_line *lines;
	size_t n_lines, lines_cap;
	uint32_t *by_line;
	size_t by_line_size;
	uint64_t counting;
};
void yh_sums_done(struct sums *t);
/* The index of a statement, made when there is none; -1: memory is short. */
int64_t yh_sums_statement(struct sums *t, const struct yh_id *unit, const struct yh_id *project,
			  const struct yh_id *provider);
/* NULL: memory is short. Good until the next call. */
struct sum_line *yh_sums_line(struct sums *t, uint32_t statement, int kind, int code);
void yh_sums_fail(struct sums *t, uint32_t statement, const struct fault *f);
/* Adds all of `from`. False: memory is short. */
YH_CHECK bool yh_sums_merge(struct sums *t, const struct sums *from);
/* Statements by unit, project and provider; lines by statement, code and kind. Nothing is found in
 * it any more. False: memory is short. */
YH_CHECK bool yh_sums_sort(struct sums *t);
/* Statements by their keys alone. */
struct key_set {
	struct sums keys;
};
bool yh_key_set_has(const struct key_set *s, const struct yh_id *unit, const struct yh_id *project,
		    const struct yh_id *provider);

/* ---- walk.c: the resources of a cloud or a project, one by one ---- */

struct scope {
	struct yh_id project, unit, provider; /* project zero: the whole cloud */
	const struct key_set *except;         /* statements that are closed; may be NULL */
	unsigned threads;                     /* 0: as many as fit */
};
/* Gets each resource with the sizes that touch the month. False ends the walk; *rc says why. */
typedef bool (*yh_walk_fn)(void *arg, struct subject *s);
struct walk {
	const struct month *m;
	const struct scope *scope;
	struct yh_id after, last; /* resources behind `after`, up to `last`; zero: all */
	yh_walk_fn visit;
	void *arg;
	unsigned char *seen; /* n_adjustments: what was met on the way */
	struct known_item *items;
	size_t n_items, items_size;
	struct subject s;
	bool any;
	struct yh_tx *tx;
	struct yh_err *err;
	enum yh_rc rc;
};
YH_CHECK enum yh_rc yh_walk(struct yh_tx *tx, struct walk *w, struct yh_err *err);
/* Resources that have corrections and no size in the month, once all walks are over. */
YH_CHECK enum yh_rc yh_walk_strays(struct yh_tx *tx, struct walk *w, const unsigned char *seen,
				   struct yh_err *err);
void yh_walk_done(struct walk *w);

/* ---- reckon.c: what they add up to ---- */

/* Sums up the month into `out`, which is empty and must be done with. Outside of transactions. */
YH_CHECK enum yh_rc yh_reckon(const struct month *m, const struct scope *scope, struct sums *out,
			      struct yh_err *err);
/* The same for a project, within a transaction. */
YH_CHECK enum yh_rc yh_reckon_project(struct yh_tx *tx, const struct month *m,
				      const struct scope *scope, struct sums *out,
				      struct yh_err *err);

/* ---- metered.c: use that the meter knows of ---- */

/* Pieces of many resources that wait for their quantity. */
struct waiting {
	struct yh_id resource;
	uint32_t statement;
	size_t first, n; /* of `pieces` */
};
struct metered {
	struct waiting *list;
	size_t n, cap;
	struct piece *pieces;
	size_t n_pieces, pieces_cap;
};
void yh_metered_done(struct metered *q);
YH_CHECK bool yh_metered_add(struct metered *q, const struct yh_id *resource, uint32_t statement,
			     const struct piece *list, size_t n);
/* Finds the quantity of every piece, in `tx`, and lets it be kept. */
YH_CHECK enum yh_rc yh_metered_find(struct yh_tx *tx, const struct month *m, struct metered *q,
				    struct yh_err *err);

#endif
