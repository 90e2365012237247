/* A month being reckoned; for the files here. */
#ifndef YH_SERVICES_SETTLE_DRAFT_H
#define YH_SERVICES_SETTLE_DRAFT_H

#include "services/settle/internal.h"

struct draft {
	const struct yh_world *world;
	const struct yh_settle_ask *ask;
	struct month m;
	struct yh_arena arena;
	struct yh_settlement_row row;
	bool known;          /* there was a draft, which this one replaces */
	struct yh_id former; /* its reckoning */
	int64_t first_no;    /* of the month's statements */
	struct key_set closed;
	struct sums table;
	struct correction *corrections;
	size_t n_corrections;
	unsigned char *digests; /* of its statements, one after the other */
	size_t n_digests, digests_cap;
};

/* Is the month over, and may its draft be reckoned again? See yh_settle_compute. */
YH_CHECK enum yh_rc yh_settle_check_month(const struct yh_settle_ask *ask, yh_time now,
					  yh_day *first, struct yh_err *err);
YH_CHECK enum yh_rc yh_settle_check_open(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
					 bool *known, struct yh_settlement_row *open,
					 struct yh_err *err);

/* Writes all statements, in transactions so small that others hardly wait, and fills the figures
 * and the digest of d->row. CONFLICT "settlement-running" when the run was taken for dead. */
YH_CHECK enum yh_rc yh_draft_write(struct draft *d, struct yh_err *err);

/* Next statement by key: its use, its corrections, or both. */
struct stream_at {
	size_t statement, line, correction;
};
/* Lines of one transaction, for which others' writes wait. A chunk has more when its last statement
 * has. */
enum { CHUNK_LINES = 200 };
struct chunk {
	struct yh_arena arena;
	struct yh_statement_row *rows;
	const struct yh_line_row **lines; /* of all rows, by row and line */
	size_t n, n_lines, lines_cap;
	int64_t total_fen; /* of the settlement, up to here */
};
/* Fills a chunk from `at` on; n 0: the end. Within a read transaction, which may run twice. */
YH_CHECK enum yh_rc yh_draft_chunk(struct yh_tx *tx, struct draft *d, struct asked *asked,
				   struct stream_at *at, struct chunk *out, struct yh_err *err);

#endif
