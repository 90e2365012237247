/* Settlements of a month, their statements and lines, and what they are reckoned from (Art. 27). */
#ifndef YH_STORE_SETTLEMENT_H
#define YH_STORE_SETTLEMENT_H

#include "base/digest.h"
#include "db/db.h"

/* A settlement is one reckoning of one cloud's month: the first has all statements of the month, a
 * later one those that were stopped before, and corrections of closed ones. */
struct yh_settlement_row {
	struct yh_id id, cloud;
	yh_day month;       /* its first day */
	int64_t number;     /* 1, 2, … within cloud and month */
	char state[16];     /* computing, draft, submitted, closed, dropped */
	struct yh_sm3 pack; /* under which it was reckoned */
	yh_time as_of;      /* facts made later do not count */
	struct yh_id case_id;
	struct yh_sm3 digest; /* over the digests of its statements, by number */
	int64_t statements, stopped, lines, total_fen;
	yh_time made_at, closed_at; /* 0: open */
	int64_t version;
};

struct yh_statement_row {
	struct yh_id id, settlement;
	char no[40]; /* "SH-JS-202610-000123" */
	struct yh_id cloud;
	yh_day month;
	struct yh_id unit, project, provider, payer; /* provider, payer zero: not known */
	char state[16];                              /* draft, stopped, closed */
	const char *fault; /* stopped: {"slug": …, "article": …, "figures": {…}}; else NULL */
	int64_t lines, total_fen, paid_fen;
	struct yh_sm3 digest;           /* over its canonical JSON */
	const unsigned char *signature; /* SM2 over the digest, DER; NULL until signed */
	size_t signature_len;
	const char *key_id;
	yh_time closed_at;
	int64_t version;
};

/* What a project used of one catalogue item in one kind of resources from one provider. */
struct yh_line_row {
	struct yh_id statement;
	int64_t line;  /* 1, 2, … */
	char kind[12]; /* use, correction */
	char resource_kind[32];
	bool billed;       /* false: local policy does not bill this kind; amount_fen is 0 */
	struct yh_id item; /* of the last edition in force in the month */
	char code[64];
	int64_t resources, intervals;
	const char *usage; /* decimal: quantity * periods, in `measure` and `per` of the item */
	int64_t list_fen;  /* price * usage before the factor, rounded for reading only */
	int64_t factor_e6;
	struct yh_id factor;   /* the provider_factor it came from; zero: none yet, 1 */
	int64_t amount_fen;    /* the one rounding of the line */
	struct yh_id corrects; /* kind correction: the statement and line that it corrects */
	int64_t corrects_line;
	const char *reason; /* of a correction, or of what is not billed */
	struct yh_id case_id;
};

#endif
