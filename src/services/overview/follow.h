/* What a person follows live: the desks that it sits at. Persons with the same desks follow the
 * same, so that it is found out once for all of them. */
#ifndef YH_SERVICES_OVERVIEW_FOLLOW_H
#define YH_SERVICES_OVERVIEW_FOLLOW_H

#include "services/overview/pulse.h"
#include "store/desk.h"

/* How many notices are told at once, since how many days they are counted, and how many working
 * days ahead something is due "soon". */
enum { YH_FOLLOW_NOTICES = 10, YH_FOLLOW_DAYS = 7, YH_FOLLOW_SOON_WD = 3 };

struct yh_follow {
	char relation; /* in which it reads cases: any, cloud, own; '-': none at all */
	struct yh_desk_row *desks;
	size_t n;
};

/* As one text, and back: "c|o.operator.<id>|…". `relation` is of the matrix, NULL: reads no case.
 * The districts are not in it: yh_follow_read looks them up. NULL: memory is short. */
const char *yh_follow_key(struct yh_arena *arena, const char *relation,
			  const struct yh_desk_row *desks, size_t n);
/* Everything is in the arena. BAD_INPUT "follow-invalid". */
YH_CHECK enum yh_rc yh_follow_read(struct yh_tx *tx, const char *key, struct yh_arena *arena,
				   struct yh_follow *out, struct yh_err *err);

/* Is the change about a case that these desks see, as the list of cases shows it to them? */
bool yh_follow_sees(const struct yh_follow *f, const struct yh_change *c);
/* May it have changed what waits for these desks? */
bool yh_follow_waits(const struct yh_follow *f, const struct yh_change *c);
/* Is it for one of the own desks? */
bool yh_follow_told(const struct yh_follow *f, const struct yh_notice_for *n);

struct yh_follow_inbox {
	struct yh_desk_count count, duties, supervised;
	yh_day today, soon_until;
};
YH_CHECK enum yh_rc yh_follow_inbox(struct yh_tx *tx, const struct yh_world *world, yh_time now,
				    const struct yh_follow *f, struct yh_follow_inbox *out,
				    struct yh_err *err);

struct yh_follow_notices {
	yh_time since;
	int64_t count; /* since then */
	struct yh_notice_line *latest;
	size_t n;
};
YH_CHECK enum yh_rc yh_follow_notices(struct yh_tx *tx, yh_time now, const struct yh_follow *f,
				      struct yh_arena *arena, struct yh_follow_notices *out,
				      struct yh_err *err);

#endif
