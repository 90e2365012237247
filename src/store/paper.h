/* Papers: numbered documents that bodies issue, and the proof of their service. */
#ifndef YH_STORE_PAPER_H
#define YH_STORE_PAPER_H

#include "base/digest.h"
#include "db/db.h"

struct yh_paper_row {
	struct yh_id id;
	const char *no, *template, *title_zh, *title_en, *heading_zh, *heading_en;
	const char *body_zh, *body_en; /* paragraphs, each a line */
	char article[16];
	struct yh_id case_id;
	char step[48];
	struct yh_id issuer, recipient;
	char recipient_role[32];
	struct yh_id person;
	yh_time issued_at;
	struct yh_id document; /* zero: not printed yet, and neither sealed nor served */
	const void *signature; /* over the digest of the document's bytes */
	size_t signature_len;
	char key_id[YH_SM3_HEX];
	yh_time served_at, opened_at, acknowledged_at, revoked_at; /* 0: not yet; served: sent */
	yh_day deemed_day;     /* it counts as served then, whoever opened it; YH_DAY_NONE: never */
	char deemed_after[16]; /* the period after its sending by which that day is reckoned */
	char label[32];        /* as issued; when it is printed, that of its document */
	yh_time deemed_at;     /* when that was recorded; 0: not yet, or it was opened before */
	/* read along */
	const char *issuer_name, *recipient_name, *case_no, *case_title, *opened_by,
		*acknowledged_by;
	const char *revoked_by; /* the case that revoked the decision, or "" */
	struct yh_sm3 digest;
};

YH_CHECK enum yh_rc yh_paper_insert(struct yh_tx *tx, const struct yh_paper_row *row,
				    struct yh_err *err);
/* NOT_FOUND "paper-unknown". */
YH_CHECK enum yh_rc yh_paper_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				  struct yh_paper_row *out, struct yh_err *err);
/* Those of a case in the order of their issue, 200 at most. */
YH_CHECK enum yh_rc yh_paper_of_case(struct yh_tx *tx, const struct yh_id *case_id,
				     struct yh_arena *arena, struct yh_paper_row **out, size_t *n,
				     struct yh_err *err);
/* Those addressed to ("received"), or issued by ("issued"), an organisation that a person acts for
 * on `day`, `box` "" both, the newest first, behind `after` (zero: from the beginning). */
YH_CHECK enum yh_rc yh_paper_list(struct yh_tx *tx, const struct yh_id *person, yh_day day,
				  const char *box, const struct yh_id *after, uint32_t limit,
				  struct yh_arena *arena, struct yh_paper_row **out, size_t *n,
				  struct yh_err *err);
/* Some that are not served yet, the oldest first; what was revoked before is not served. */
YH_CHECK enum yh_rc yh_paper_unserved(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
				      struct yh_paper_row **out, size_t *n, struct yh_err *err);
/* Printed, sealed and served, unless it was already: then *fresh is false. */
YH_CHECK enum yh_rc yh_paper_serve(struct yh_tx *tx, const struct yh_paper_row *row, bool *fresh,
				   struct yh_err *err);
/* The first that opened it, and the one that acknowledged it; *fresh false: somebody had. */
YH_CHECK enum yh_rc yh_paper_open(struct yh_tx *tx, const struct yh_id *id,
				  const struct yh_id *person, yh_time at, bool *fresh,
				  struct yh_err *err);
YH_CHECK enum yh_rc yh_paper_acknowledge(struct yh_tx *tx, const struct yh_id *id,
					 const struct yh_id *person, yh_time at, bool *fresh,
					 struct yh_err *err);
/* Nobody has opened it by its deemed day: *fresh false when somebody had, or it was noted. */
YH_CHECK enum yh_rc yh_paper_deem(struct yh_tx *tx, const struct yh_id *id, yh_time at, bool *fresh,
				  struct yh_err *err);
YH_CHECK enum yh_rc yh_paper_set_deemed(struct yh_tx *tx, const struct yh_id *id, yh_day day,
					struct yh_err *err);
/* The day on which it was, or without any act will be, served; YH_DAY_NONE: nobody can say. */
yh_day yh_paper_service_day(const struct yh_paper_row *row);
/* Has it been, for good? */
bool yh_paper_is_served(const struct yh_paper_row *row);
/* What it says no longer stands: the decision was revoked by that case (X8). The paper itself and
 * its seal stay as they are. */
YH_CHECK enum yh_rc yh_paper_revoke(struct yh_tx *tx, const struct yh_id *id,
				    const struct yh_id *by_case, yh_time at, struct yh_err *err);

#endif
