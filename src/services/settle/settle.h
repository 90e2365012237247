/* Settlement (Art. 27): a month is reckoned from what is recorded, approved, closed and signed; a
 * closed month is never rewritten, and can be proved again at any time. */
#ifndef YH_SERVICES_SETTLE_SETTLE_H
#define YH_SERVICES_SETTLE_SETTLE_H

#include "base/buf.h"
#include "cases/context.h"
#include "store/settlement.h"

struct yh_settle_ask {
	struct yh_id cloud;
	yh_day month;        /* its first day; the month must be over */
	struct yh_id person; /* who asks; zero: the system */
	const char *source;  /* network address */
	unsigned threads;    /* 0: as many as fit; the result is the same for any number */
	/* Told now and then how many of about how many statements stand; a failure of its own ends
	 * the run. NULL: nobody wants to know. */
	enum yh_rc (*progress)(void *arg, int64_t done, int64_t steps, struct yh_err *err);
	void *arg;
};
struct yh_settle_done {
	struct yh_id settlement; /* zero: nothing is left to settle in that month */
	int64_t statements, stopped, lines, total_fen;
};
/* Reckons drafts of all statements of the month that are not closed yet, and of the corrections
 * that are due; replaces an earlier draft of the same month as a whole. What lacks a price, a
 * factor's record, a payer or enough of its metered use is a stopped statement with the reason.
 * BAD_INPUT "settlement-month-open" (figure last: the last month that is over); CONFLICT
 * "settlement-submitted" while one of the month is under review, "settlement-in-case" (figures
 * settlement, case) while an open case is about a statement of the draft; BUSY
 * "settlement-running". A draft of which nothing is left goes, unless it has been under review: its
 * number stays, empty. Outside of transactions, not on an executor's thread; in bounded memory. */
YH_CHECK enum yh_rc yh_settle_compute(const struct yh_world *world, const struct yh_settle_ask *ask,
				      struct yh_settle_done *out, struct yh_err *err);

/* Steps of a settlement's life, by the words of the pack; events are written by them. CONFLICT
 * "settlement-state" (figures state, needed). */
YH_CHECK enum yh_rc yh_settle_submit(struct yh_ctx *cx, const struct yh_id *settlement,
				     const struct yh_id *case_id, struct yh_err *err);
/* Back to a draft, which may be reckoned again. */
YH_CHECK enum yh_rc yh_settle_reopen(struct yh_ctx *cx, const struct yh_id *settlement,
				     struct yh_err *err);
/* Closes all its statements that are not stopped, for ever; a job signs them. */
YH_CHECK enum yh_rc yh_settle_close(struct yh_ctx *cx, const struct yh_id *settlement,
				    struct yh_err *err);

/* Asks that a closed statement be reckoned again with the facts that have come in since: the next
 * settlement has the differences as correction lines. Where it has nothing but corrections itself,
 * that goes for what it corrects, and for the statement that has the use of its month. */
YH_CHECK enum yh_rc yh_settle_correct(struct yh_ctx *cx, const struct yh_id *statement,
				      const struct yh_id *case_id, const char *reason,
				      struct yh_err *err);
/* All closed statements of a provider on a cloud from a month on, for a factor that came later. */
YH_CHECK enum yh_rc yh_settle_correct_provider(struct yh_ctx *cx, const struct yh_id *provider,
					       const struct yh_id *cloud, yh_day from_month,
					       const struct yh_id *case_id, const char *reason,
					       struct yh_err *err);

/* One difference in use that a case has established: `qty_milli` (may be negative) over
 * [from_at, to_at) of a resource, or for metered items the quantity of that time. */
struct yh_usage_fix {
	struct yh_id resource;
	const char *code; /* catalogue item */
	yh_time from_at, to_at;
	int64_t qty_milli;
	const char *reason;
	struct yh_id case_id;
};
/* BAD_INPUT "usage-fix-invalid" (figure what): also for an item that lacks a price on a day of it.
 */
YH_CHECK enum yh_rc yh_settle_fix_usage(struct yh_ctx *cx, const struct yh_usage_fix *fix,
					struct yh_err *err);

/* Of fixes that were just made for one closed statement, holds those that take away against what
 * stands of the use with all of them: BAD_INPUT "usage-fix-beyond" (figures resource, item, day,
 * held, less) for one that takes more than is left; *which is its index. In the transaction that
 * makes them, which then undoes them. */
YH_CHECK enum yh_rc yh_settle_fixes_hold(struct yh_ctx *cx, const struct yh_id *statement,
					 const struct yh_usage_fix *fixes, size_t n, size_t *which,
					 struct yh_err *err);

/* Writes how a line came about, reckoned anew from the records: edition and item with tariff, the
 * intervals of each resource with every intermediate, factor and where it came from, articles.
 * Members of the open object; at most `limit` resources from `after` (a resource number; ""). */
YH_CHECK enum yh_rc yh_settle_explain(struct yh_ctx *cx, const struct yh_id *statement,
				      int64_t line, const char *after, uint32_t limit,
				      struct yh_jw *w, struct yh_err *err);

/* Reckons closed settlements of a month again from the records as of then, and holds every line,
 * total and digest against them. NOT_FOUND "settlement-none-closed". Outside of transactions. */
struct yh_settle_proof {
	int64_t statements, lines, differences; /* differences 0: identical to the fen */
	char first[64];                         /* "NO/line" of the first that differs, or "" */
};
YH_CHECK enum yh_rc yh_settle_verify(const struct yh_world *world, const struct yh_settle_ask *ask,
				     struct yh_settle_proof *out, struct yh_err *err);

/* What a month's use would have cost, with what is known of it now: with an edition (draft or any
 * other) in force all month, and/or another factor of a provider. Lines that correct earlier months
 * are left out of both sums. Outside of transactions; keeps nothing. */
struct yh_preview_ask {
	struct yh_settle_ask month;
	struct yh_id edition;  /* zero: those that were in force */
	struct yh_id provider; /* of `factor_e6` */
	int64_t factor_e6;     /* 0: those that were in force */
};
struct yh_preview_line {
	struct yh_id unit;
	int64_t was_fen, would_fen;
	bool stopped; /* could not be reckoned, see slug */
	const char *slug;
};
YH_CHECK enum yh_rc yh_settle_preview(const struct yh_world *world,
				      const struct yh_preview_ask *ask, struct yh_arena *arena,
				      struct yh_preview_line **out, size_t *n, struct yh_err *err);

/* ---- a statement as a document ---- */

struct yh_bill_line {
	struct yh_line_row row;
	const char *item_name, *category, *class_, *measure, *per, *mode;
	const char *price; /* in words of figures: "0.120000", tiers "0-100: 1.0; 100-: 0.8" */
	const char *corrects_no; /* number of the statement that it corrects, or NULL */
	yh_day corrects_month;   /* of that statement; YH_DAY_NONE: no correction */
	const char *kind_title;  /* of the resource kind, Chinese */
	int64_t edition;         /* number of the edition of `row.item` */
};
struct yh_bill {
	struct yh_statement_row row;
	struct yh_settlement_row settlement;
	const char *cloud_name, *cloud_code, *unit_name, *unit_code, *project_name, *project_code,
		*provider_name, *provider_code, *payer_name, *payer_code, *operator_name,
		*approver_name;
	bool in_budget, pays_itself; /* the unit; see store/statement_party.h */
	/* The articles of its pack about fees, prices and the factor; "" or NULL: it has none. */
	const char *fee_article, *price_article, *factor_article;
	const struct yh_bill_line *lines;
	size_t n;
};
/* Everything that a printed statement says. Lines stay valid with the arena. */
YH_CHECK enum yh_rc yh_settle_bill(struct yh_ctx *cx, const struct yh_id *statement,
				   struct yh_bill *out, struct yh_err *err);
/* As above for all statements of a settlement, by number, for files of a whole month: a bill lives
 * until the visit returns. Outside of transactions, in bounded memory. */
typedef enum yh_rc (*yh_bill_fn)(void *arg, const struct yh_bill *bill, struct yh_err *err);
YH_CHECK enum yh_rc yh_settle_bills(const struct yh_world *world, const struct yh_id *settlement,
				    yh_bill_fn visit, void *arg, struct yh_err *err);
/* The canonical JSON of a statement: its digest is SM3 over these bytes, its signature SM2 over the
 * digest (docs/settlement-bundle.md). Of one that is not stopped. */
void yh_settle_canonical(struct yh_buf *out, const struct yh_bill *bill);

#endif
