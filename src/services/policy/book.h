/* The law book of a running program: the packs and the calendar, from the store, in memory.
 *
 * Packs are stored by digest and never change; the pack in force on a day is the one whose validity
 * holds it, the last one put in force first. A reload adds; what was handed out stays valid until
 * close.
 */
#ifndef YH_SERVICES_POLICY_BOOK_H
#define YH_SERVICES_POLICY_BOOK_H

#include "cases/context.h"

struct yh_book;

/* Reads everything the store holds. `vocab` validates the packs. BAD_INPUT with file:line when a
 * stored pack is not understood by this program. */
YH_CHECK enum yh_rc yh_book_open(struct yh_exec *exec, const struct yh_vocab *vocab,
				 struct yh_book **out, struct yh_err *err);
void yh_book_close(struct yh_book *b);

/* Brings a pack folder and a folder of calendars into the store when they are not there, in one
 * transaction, after validating both; then reads them. A year whose file differs from the newest
 * stored revision becomes a further revision.
 * CONFLICT "pack-weighs", and nothing is brought in, when one put in force at once would make held
 * roles weigh, see yh_weight_of_pack; not asked when the pack in force has nobody to end them. */
struct yh_install {
	struct yh_idgen *ids;
	bool at_once;       /* in force without two persons; the first pack of a store is anyway */
	const char *reason; /* for the record; may be NULL */
};
YH_CHECK enum yh_rc yh_book_install(struct yh_book *b, const char *pack_dir,
				    const char *calendar_dir, const struct yh_install *how,
				    yh_time now, struct yh_err *err);

/* Reads the packs, calendars and suspensions of the store again. On PostgreSQL the law book does so
 * by itself, when a transaction that asks its `refresh` sees a newer mark of the law: what any
 * server brought in holds for every transaction that begins after its commit, on every server. */
YH_CHECK enum yh_rc yh_book_reload(struct yh_book *b, struct yh_err *err);

/* What the case engine reads. */
const struct yh_law_book *yh_book_law(struct yh_book *b);

#endif
