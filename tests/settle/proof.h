/* A closed month that proves itself. */
#ifndef TESTS_SETTLE_PROOF_H
#define TESTS_SETTLE_PROOF_H

#include "town.h"

static inline struct yh_settle_proof proof_of(struct town *t, int month)
{
	const struct yh_settle_ask ask = {
		.cloud = t->cloud, .month = yh_day_from_date((struct yh_date){ 2026, month, 1 })
	};
	struct yh_settle_proof p;
	struct yh_err err = { 0 };

	if (yh_settle_verify(&t->world, &ask, &p, &err) != YH_OK)
		fail_msg("%s", err.slug);
	return p;
}

static inline void assert_proved(struct town *t, int month, int64_t statements, int64_t lines)
{
	struct yh_settle_proof p = proof_of(t, month);

	assert_string_equal(p.first, "");
	assert_int_equal(p.differences, 0);
	assert_int_equal(p.statements, statements);
	assert_int_equal(p.lines, lines);
}

#endif
