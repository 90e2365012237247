/* Schemes of evaluation, evaluations and what they say of each unit or provider (Art. 33, 34). */
#ifndef YH_STORE_EVALUATION_H
#define YH_STORE_EVALUATION_H

#include "base/digest.h"
#include "store/case_query.h"

struct yh_scheme_row {
	struct yh_id id, cloud;
	char no[48];   /* "YH-PF-provider-1": as it is printed */
	char code[20]; /* the versions of one scheme have one code */
	int64_t number;
	char subject[12]; /* unit, provider */
	const char *title;
	char state[12];         /* draft, submitted, enacted */
	const char *definition; /* canonical JSON, see law/evaluation.h; NULL in lists */
	struct yh_sm3 digest;   /* over the definition */
	yh_day from_day;        /* in force from; YH_DAY_NONE before it is enacted */
	struct yh_id case_id, made_by;
	yh_time made_at;
	int64_t version;
	const char *cloud_code; /* read only */
};
/* CONFLICT "db-unique". */
YH_CHECK enum yh_rc yh_scheme_insert(struct yh_tx *tx, const struct yh_scheme_row *row,
				     struct yh_err *err);
/* NOT_FOUND "scheme-unknown". */
YH_CHECK enum yh_rc yh_scheme_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				   struct yh_scheme_row *out, struct yh_err *err);
/* By its number or, written out, its id. */
YH_CHECK enum yh_rc yh_scheme_by_no(struct yh_tx *tx, const char *no, struct yh_id *out,
				    struct yh_err *err);
/* Writes title, state, definition, digest, day and case; STALE "scheme-changed" when the row has
 * another version by now, or is enacted. */
YH_CHECK enum yh_rc yh_scheme_update(struct yh_tx *tx, struct yh_scheme_row *row,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_scheme_next_number(struct yh_tx *tx, const struct yh_id *cloud,
					  const char *code, int64_t *out, struct yh_err *err);
/* The version in force on a day. NOT_FOUND "scheme-none" (figure code). */
YH_CHECK enum yh_rc yh_scheme_on(struct yh_tx *tx, const struct yh_id *cloud, const char *code,
				 yh_day day, struct yh_arena *arena, struct yh_scheme_row *out,
				 struct yh_err *err);
struct yh_scheme_filter {
	struct yh_id cloud;  /* zero: any */
	const char *subject; /* "" : any */
	struct yh_id before; /* only older ones; zero: from the newest */
	uint32_t limit;
};
/* Enacted ones, and for bodies of the cloud all; newest first. */
YH_CHECK enum yh_rc yh_scheme_page(struct yh_tx *tx, const struct yh_viewer *who,
				   const struct yh_scheme_filter *f, struct yh_arena *arena,
				   struct yh_scheme_row **out, size_t *n, struct yh_err *err);

struct yh_evaluation_row {
	struct yh_id id, scheme, cloud;
	char no[48];   /* "YH-PJ-provider-2026-Q3" */
	char code[20]; /* of the scheme */
	char subject[12], period[12];
	yh_day first_day, last_day;
	char state[12];             /* reckoning, draft, announced, published */
	struct yh_sm3 pack, digest; /* digest: over those of the results, by number */
	yh_time as_of;              /* facts made later do not count */
	int64_t subjects;
	struct yh_id case_id, made_by;
	yh_day objection_last;         /* until when results may be objected to; or YH_DAY_NONE */
	yh_time made_at, published_at; /* 0: not */
	int64_t version;
	const char *cloud_code, *scheme_no, *scheme_title; /* read only */
};
/* CONFLICT "db-unique": of this scheme and period there is one. */
YH_CHECK enum yh_rc yh_evaluation_insert(struct yh_tx *tx, const struct yh_evaluation_row *row,
					 struct yh_err *err);
/* NOT_FOUND "evaluation-unknown". */
YH_CHECK enum yh_rc yh_evaluation_load(struct yh_tx *tx, const struct yh_id *id,
				       struct yh_arena *arena, struct yh_evaluation_row *out,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_evaluation_by_no(struct yh_tx *tx, const char *no, struct yh_id *out,
					struct yh_err *err);
/* *found false: none of this scheme and period. */
YH_CHECK enum yh_rc yh_evaluation_of(struct yh_tx *tx, const struct yh_id *cloud, const char *code,
				     const char *period, struct yh_arena *arena, bool *found,
				     struct yh_evaluation_row *out, struct yh_err *err);
/* The last day that an evaluation by this scheme has looked at; YH_DAY_NONE: none has. */
YH_CHECK enum yh_rc yh_evaluation_last_day(struct yh_tx *tx, const struct yh_id *cloud,
					   const char *code, yh_day *out, struct yh_err *err);
/* Writes scheme, state, pack, as_of, digest, subjects, case, days; STALE
 * "evaluation-changed" when the row has another version by now, or is published. */
YH_CHECK enum yh_rc yh_evaluation_update(struct yh_tx *tx, struct yh_evaluation_row *row,
					 struct yh_err *err);
struct yh_evaluation_filter {
	struct yh_id cloud;
	const char *subject, *state; /* "" : any */
	struct yh_id before;
	uint32_t limit;
};
/* Published ones; those that have been announced to an organisation of the viewer; for bodies of
 * the cloud all. Newest first. */
YH_CHECK enum yh_rc yh_evaluation_page(struct yh_tx *tx, const struct yh_viewer *who,
				       const struct yh_evaluation_filter *f, struct yh_arena *arena,
				       struct yh_evaluation_row **out, size_t *n,
				       struct yh_err *err);
/* Is it in what the page above shows? */
YH_CHECK enum yh_rc yh_evaluation_seen(struct yh_tx *tx, const struct yh_viewer *who,
				       const struct yh_id *id, bool *seen, struct yh_err *err);

#endif
