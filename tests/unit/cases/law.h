/* The law of tests of the engine: one pack whatever the day, and a calendar that knows weekends
 * only. */
#ifndef YH_TEST_CASES_LAW_H
#define YH_TEST_CASES_LAW_H

#include "cases/context.h"

struct law {
	struct yh_pack *pack;
	struct yh_calendar *calendar;
};

static inline enum yh_rc law_pack_on(void *self, yh_day day, const struct yh_pack **out,
				     struct yh_err *err)
{
	(void)day;
	(void)err;
	*out = ((struct law *)self)->pack;
	return YH_OK;
}

static inline enum yh_rc law_pack_by(void *self, const struct yh_sm3 *digest,
				     const struct yh_pack **out, struct yh_err *err)
{
	(void)digest;
	return law_pack_on(self, 0, out, err);
}

static inline const struct yh_calendar *law_calendar(void *self)
{
	return ((struct law *)self)->calendar;
}

static inline struct yh_law_book law_book(struct law *law)
{
	return (struct yh_law_book){ .self = law,
				     .pack_on = law_pack_on,
				     .pack_by = law_pack_by,
				     .calendar = law_calendar };
}

#endif
