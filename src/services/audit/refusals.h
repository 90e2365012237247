/* Attempts that were refused (S09, S16), on their way into the record. A flood of them must neither
 * fill the disk nor slow anybody: they are counted in memory by who and what, the first of a kind
 * is written within a second, the rest of ten minutes as one number. A crash loses the numbers of
 * the windows that run, of up to ten minutes, an orderly stop none. Addresses of IPv6 count by
 * their /64. Slots are bounded, some of them kept for persons; what finds none is counted as one,
 * without an address. */
#ifndef YH_SERVICES_AUDIT_REFUSALS_H
#define YH_SERVICES_AUDIT_REFUSALS_H

#include "cases/context.h"

struct yh_refusals;
struct yh_refusals *yh_refusals_new(void); /* NULL without memory */
void yh_refusals_free(struct yh_refusals *r);

/* Thread-safe, never waits for the store. `op` is a literal; without a person all operations of an
 * address count as one. `counted`: it is on record already, or only looked, and is counted alone.
 */
struct yh_refusal {
	struct yh_id person; /* zero: nobody is known */
	const char *login, *source, *op, *slug;
	bool counted;
};
void yh_refusals_note(struct yh_refusals *r, const struct yh_refusal *what, yh_time now);

/* Writes what is due, and raises security events where more was refused within ten minutes than
 * security.address_failures (20, of one address without an account) or security.refusals (30, of
 * one person) admit, or more found no slot. A batch that fails again and again, though the store
 * can be written, is dropped and logged. For the thread that seals. NULL: nothing. */
YH_CHECK enum yh_rc yh_refusals_flush(struct yh_refusals *r, const struct yh_world *world,
				      yh_time now, struct yh_err *err);
/* Writes every number, for an orderly stop: when no thread notes or flushes any more. */
YH_CHECK enum yh_rc yh_refusals_finish(struct yh_refusals *r, const struct yh_world *world,
				       yh_time now, struct yh_err *err);

#endif
