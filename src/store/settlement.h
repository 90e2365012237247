/* Settlements of a month, their statements and lines (Art. 27). */
#ifndef YH_STORE_SETTLEMENT_H
#define YH_STORE_SETTLEMENT_H

#include "base/digest.h"
#include "store/case_query.h"

/* A settlement is one reckoning of one cloud's month: the first has all statements of the month, a
 * later one those that were stopped before, and corrections of closed ones. */
struct yh_settlement_row {
	struct yh_id id;
	char no[40]; /* "SH-202610-1" */
	struct yh_id cloud;
	yh_day month;           /* its first day */
	int64_t number;         /* 1, 2, … within cloud and month */
	char state[16];         /* draft, submitted, closed */
	struct yh_id reckoning; /* which rows are its statements: each run writes its own */
	struct yh_sm3 pack;     /* under which it was reckoned */
	yh_time as_of;          /* facts made later do not count */
	struct yh_id case_id;
	struct yh_sm3 digest; /* over the digests of its statements, by number */
	int64_t statements, stopped, lines, total_fen; /* statements: the stopped ones with them */
	yh_time made_at, closed_at;                    /* 0: open */
	int64_t version;
};

struct yh_statement_row {
	struct yh_id id, settlement, reckoning;
	char no[40]; /* "SH-JS-202610-000123" */
	struct yh_id cloud;
	yh_day month;
	struct yh_id unit, project, provider, payer; /* provider, payer zero: not known */
	char state[16];                              /* draft, stopped, closed; read only */
	const char *fault; /* stopped: {"slug": …, "article": …, "figures": {…}}; else NULL */
	int64_t lines, total_fen, paid_fen;
	struct yh_sm3 digest;           /* over its canonical JSON */
	const unsigned char *signature; /* SM2 over the digest, DER; NULL until signed */
	size_t signature_len;
	const char *key_id; /* NULL until signed */
	yh_time closed_at;  /* read only */
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
	int64_t resources, intervals; /* intervals: what was priced by itself */
	const char *usage; /* decimal: quantity * periods, in `measure` and `per` of the item */
	int64_t list_fen;  /* price * usage before the factor, rounded for reading only */
	int64_t factor_e6;
	struct yh_id factor;   /* the provider_factor it came from; zero: none yet, 1 */
	int64_t amount_fen;    /* the one rounding of the line */
	struct yh_id corrects; /* kind correction: the statement and line that it corrects */
	int64_t corrects_line; /* 0: a line that the statement lacks */
	const char *reason;    /* of a correction, or of what is not billed */
	struct yh_id case_id;
};

/* ---- settlements ---- */
YH_CHECK enum yh_rc yh_settlement_insert(struct yh_tx *tx, const struct yh_settlement_row *row,
					 struct yh_err *err);
/* NOT_FOUND "settlement-unknown". */
YH_CHECK enum yh_rc yh_settlement_load(struct yh_tx *tx, const struct yh_id *id,
				       struct yh_settlement_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_settlement_by_no(struct yh_tx *tx, const char *no,
					struct yh_settlement_row *out, struct yh_err *err);
/* Writes what may change and raises version; STALE "settlement-changed". */
YH_CHECK enum yh_rc yh_settlement_update(struct yh_tx *tx, struct yh_settlement_row *row,
					 struct yh_err *err);
/* A draft of which nothing is left. */
YH_CHECK enum yh_rc yh_settlement_delete(struct yh_tx *tx, const struct yh_id *id,
					 struct yh_err *err);
/* The month's one that is not closed yet; *found false: none. */
YH_CHECK enum yh_rc yh_settlement_open_of(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
					  bool *found, struct yh_settlement_row *out,
					  struct yh_err *err);
/* How many closed ones the month has, and how many statements stand in them. */
YH_CHECK enum yh_rc yh_settlement_closed_of(struct yh_tx *tx, const struct yh_id *cloud,
					    yh_day month, int64_t *settlements, int64_t *statements,
					    struct yh_err *err);
/* Its closed ones, by number; and the first of all it has. */
YH_CHECK enum yh_rc yh_settlement_closed_list(struct yh_tx *tx, const struct yh_id *cloud,
					      yh_day month, uint32_t limit, struct yh_arena *arena,
					      struct yh_settlement_row **out, size_t *n,
					      struct yh_err *err);
YH_CHECK enum yh_rc yh_settlement_first_of(struct yh_tx *tx, const struct yh_id *cloud,
					   yh_day month, bool *found, struct yh_settlement_row *out,
					   struct yh_err *err);
/* The latest as_of of a cloud's settlements, and of those being reckoned; 0: none. What is made by
 * then must not be changed behind their back. */
YH_CHECK enum yh_rc yh_settlement_last_as_of(struct yh_tx *tx, const struct yh_id *cloud,
					     yh_time *out, struct yh_err *err);
struct yh_settlement_filter {
	struct yh_id cloud;  /* zero: any */
	yh_day month;        /* YH_DAY_NONE: any */
	const char *state;   /* "": any */
	struct yh_id before; /* only older ones; zero: from the newest */
	uint32_t limit;
};
/* Newest first, those with a statement that the viewer sees. */
YH_CHECK enum yh_rc yh_settlement_page(struct yh_tx *tx, const struct yh_viewer *who,
				       const struct yh_settlement_filter *f, struct yh_arena *arena,
				       struct yh_settlement_row **out, size_t *n,
				       struct yh_err *err);

/* ---- statements ---- */
YH_CHECK enum yh_rc yh_statement_insert(struct yh_tx *tx, const struct yh_statement_row *rows,
					size_t n, struct yh_err *err);
/* NOT_FOUND "statement-unknown". Text is copied into the arena. */
YH_CHECK enum yh_rc yh_statement_load(struct yh_tx *tx, const struct yh_id *id,
				      struct yh_arena *arena, struct yh_statement_row *out,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_statement_by_no(struct yh_tx *tx, const char *no, struct yh_arena *arena,
				       struct yh_statement_row *out, struct yh_err *err);
/* Those of a settlement behind number `after` (""), by number. */
YH_CHECK enum yh_rc yh_statement_of_settlement(struct yh_tx *tx, const struct yh_id *settlement,
					       const char *after, uint32_t limit,
					       struct yh_arena *arena,
					       struct yh_statement_row **out, size_t *n,
					       struct yh_err *err);
struct yh_statement_line {
	struct yh_statement_row row;
	const char *settlement_no, *cloud_code, *unit_code, *unit_name, *project_code,
		*project_name, *provider_code, *provider_name, *payer_code, *payer_name; /* "" */
	bool pays_itself; /* see yh_statement_pays_itself */
};
struct yh_statement_filter {
	struct yh_id id, settlement, cloud, unit, project, provider, payer; /* zero: any */
	yh_day month;                                                       /* YH_DAY_NONE: any */
	const char *state;                                                  /* "": any */
	const char *pattern; /* LIKE of number, project or unit, lower case; NULL, "": any */
	const char *after;   /* cursor: the number of the last one shown, and */
	yh_day after_month;  /* its month; "": from the first */
	uint32_t limit;
};
/* The last month first, in it by number: a unit's own and its projects', what one provides or pays
 * for, and those of projects that one looks after. A step in a case of a project is no reason to
 * see what others bill for it.
 */
YH_CHECK enum yh_rc yh_statement_page(struct yh_tx *tx, const struct yh_viewer *who,
				      const struct yh_statement_filter *f, struct yh_arena *arena,
				      struct yh_statement_line **out, size_t *n,
				      struct yh_err *err);
/* Closed ones with use in them of a provider on a cloud from a month on, behind `after` (zero: from
 * the first). */
YH_CHECK enum yh_rc yh_statement_closed_of(struct yh_tx *tx, const struct yh_id *provider,
					   const struct yh_id *cloud, yh_day from_month,
					   const struct yh_id *after, uint32_t limit,
					   struct yh_arena *arena, struct yh_id **out, size_t *n,
					   struct yh_err *err);
/* The closed one that has the use of the same month, unit, project and provider. */
YH_CHECK enum yh_rc yh_statement_use_of(struct yh_tx *tx, const struct yh_statement_row *s,
					bool *found, struct yh_id *out, struct yh_err *err);
/* Is the use of one of (unit, project, provider) of a month closed? Visits those that are. */
typedef bool (*yh_statement_key_fn)(void *arg, const struct yh_id *unit,
				    const struct yh_id *project, const struct yh_id *provider);
YH_CHECK enum yh_rc yh_statement_closed_keys(struct yh_tx *tx, const struct yh_id *cloud,
					     yh_day month, yh_statement_key_fn visit, void *arg,
					     struct yh_err *err);
/* Of a settlement, those without a signature that are not stopped: the first `limit`, by number. */
YH_CHECK enum yh_rc yh_statement_to_sign(struct yh_tx *tx, const struct yh_id *settlement,
					 uint32_t limit, struct yh_arena *arena, struct yh_id **out,
					 size_t *n, struct yh_err *err);
/* A public key by its id: kept once; NOT_FOUND "key-none". */
YH_CHECK enum yh_rc yh_signing_key_keep(struct yh_tx *tx, const char *id, const char *public_pem,
					yh_time at, struct yh_err *err);
YH_CHECK enum yh_rc yh_signing_key_load(struct yh_tx *tx, const char *id, struct yh_arena *arena,
					const char **public_pem, struct yh_err *err);
YH_CHECK enum yh_rc yh_statement_sign(struct yh_tx *tx, const struct yh_id *id, const void *sig,
				      size_t sig_len, const char *key_id, struct yh_err *err);
/* STALE "statement-changed" when it has another version than *version, which is raised. */
YH_CHECK enum yh_rc yh_statement_set_paid(struct yh_tx *tx, const struct yh_id *id, int64_t fen,
					  int64_t *version, struct yh_err *err);
/* Closed statements whose total is not the sum of their lines, or settlements whose total or number
 * of lines is not that of their statements: none, ever. */
YH_CHECK enum yh_rc yh_settlement_faults(struct yh_tx *tx, int64_t *n, struct yh_err *err);

/* ---- lines ---- */
YH_CHECK enum yh_rc yh_line_insert(struct yh_tx *tx, const struct yh_line_row *const *rows,
				   size_t n, struct yh_err *err);
/* By line, behind `after`. */
YH_CHECK enum yh_rc yh_line_list(struct yh_tx *tx, const struct yh_id *statement, int64_t after,
				 uint32_t limit, struct yh_arena *arena, struct yh_line_row **out,
				 size_t *n, struct yh_err *err);
/* NOT_FOUND "line-unknown". */
YH_CHECK enum yh_rc yh_line_load(struct yh_tx *tx, const struct yh_id *statement, int64_t line,
				 struct yh_arena *arena, struct yh_line_row *out,
				 struct yh_err *err);
/* The correction lines of a statement in closed settlements. */
YH_CHECK enum yh_rc yh_line_corrections(struct yh_tx *tx, const struct yh_id *statement,
					struct yh_arena *arena, struct yh_line_row **out, size_t *n,
					struct yh_err *err);

#endif
