/* Papers: sealing what was printed, serving it, and what its seal is worth. */
#ifndef YH_SERVICES_PAPER_PAPER_H
#define YH_SERVICES_PAPER_PAPER_H

#include "cases/context.h"
#include "store/paper.h"

/* Where a server prints to before it seals; NULL for a program that keeps no documents or has no
 * key, which leaves papers to the next server. */
const char *yh_papers_print_dir(const struct yh_world *world);

/* Seals what was printed at `path`, open as `fd`, and serves it: the PDF is kept as a document of
 * the case, its digest signed, and its recipient told, once. Outside of transactions. */
YH_CHECK enum yh_rc yh_paper_seal(const struct yh_world *world, const struct yh_paper_row *row,
				  int fd, const char *path, yh_time now, struct yh_err *err);

/* May the actor read it: as a party, or because they see its case (in `relation`; NULL: none)?
 * NOT_FOUND "paper-unknown". */
YH_CHECK enum yh_rc yh_paper_see(struct yh_ctx *cx, const struct yh_id *id, const char *relation,
				 struct yh_paper_row *out, struct yh_err *err);
/* Is what is kept of a served paper still what was sealed, by the public key `pem`? A file that is
 * gone or was changed does not hold; it is no failure. */
YH_CHECK enum yh_rc yh_paper_seal_holds(struct yh_ctx *cx, const struct yh_paper_row *row,
					const char *pem, bool *out, struct yh_err *err);
/* Does the actor act for whom it was served on? */
bool yh_paper_is_mine(const struct yh_ctx *cx, const struct yh_paper_row *row);
/* The recipient opens it, which is noted once, and what runs from that is dated; nothing for
 * anybody else. */
YH_CHECK enum yh_rc yh_paper_note_opened(struct yh_ctx *cx, const struct yh_paper_row *row,
					 struct yh_err *err);
/* By the scheduler, on its deemed day and when it is sent later than issued: the day is reckoned
 * again, from the sending and by the calendar in force; once it is there the paper counts as served
 * unless somebody has opened it. */
YH_CHECK enum yh_rc yh_paper_pass(struct yh_ctx *cx, const struct yh_id *id, yh_time *again_at,
				  struct yh_err *err);
/* The recipient acknowledges it. FORBIDDEN "paper-not-yours"; CONFLICT "paper-not-served",
 * "paper-acknowledged". */
YH_CHECK enum yh_rc yh_paper_receipt(struct yh_ctx *cx, const struct yh_paper_row *row,
				     struct yh_err *err);

#endif
