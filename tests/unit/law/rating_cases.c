/* Answers for rating_oracle.py. On its input are numbers, a case after the other:
 *
 *   year month month_days year_days factor_e6
 *   number of tariffs, and of each: per mode free minimum package, number of steps, from price …
 *   0, then the instants from which all tariffs but the first are in force, then
 *      number of intervals, and of each: from to quantity
 *   1, then number of parts, and of each: tariff quantity seconds
 *
 * On its output a line each: "ok", sum, unit, fen and the parts' amounts, or a slug. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "law/rating.h"

enum { MOST = 64 };

struct asked {
	struct yh_rating rating;
	int64_t factor_e6;
	struct yh_price_step steps[MOST][MOST];
	struct yh_tariff tariffs[MOST];
	yh_time since[MOST];
	size_t n_tariffs, n_parts;
	struct yh_use_part parts[MOST];
};

static int64_t number(void)
{
	int64_t v;

	if (scanf("%" SCNd64, &v) != 1)
		exit(2);
	return v;
}

static size_t count(void)
{
	int64_t v = number();

	if (v < 0 || v > MOST)
		exit(2);
	return (size_t)v;
}

static enum yh_rc read_tariffs(struct asked *a, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	a->n_tariffs = count();
	for (size_t i = 0; i < a->n_tariffs; i++) {
		struct yh_tariff *t = &a->tariffs[i];

		t->per = (enum yh_per)number();
		t->mode = (enum yh_mode)number();
		t->free_milli = number();
		t->minimum_e6 = number();
		t->package_milli = number();
		t->n_steps = count();
		t->steps = a->steps[i];
		for (size_t k = 0; k < t->n_steps; k++) {
			a->steps[i][k].from_milli = number();
			a->steps[i][k].price_e6 = number();
		}
		if (rc == YH_OK)
			rc = yh_tariff_check(t, err);
	}
	return rc;
}

/* An interval as one that reads a store would: cut where the prices change. */
static enum yh_rc add_interval(const struct asked *a, yh_time from, yh_time to, int64_t qty_milli,
			       yh_amount *sum, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < a->n_tariffs; i++) {
		yh_time begin = i > 0 && a->since[i] > from ? a->since[i] : from;
		yh_time end = to;

		if (i + 1 < a->n_tariffs && (to == 0 || a->since[i + 1] < to))
			end = a->since[i + 1];
		if (end != 0 && end <= begin)
			continue;
		rc = yh_rating_add_time(&a->rating, &a->tariffs[i], qty_milli,
					yh_rating_seconds(&a->rating, begin, end), sum, err);
	}
	return rc;
}

static enum yh_rc add_all(struct asked *a, enum yh_rc rc, yh_amount *sum, struct yh_err *err)
{
	bool use = number() == 1;
	size_t n;

	for (size_t i = 1; !use && i < a->n_tariffs; i++)
		a->since[i] = number();
	n = count();
	a->n_parts = use ? n : 0;
	for (size_t i = 0; i < n; i++) {
		int64_t x = number(), y = number(), z = number();

		if (use)
			a->parts[i] = (struct yh_use_part){ &a->tariffs[x], y, z, 0 };
		else if (rc == YH_OK)
			rc = add_interval(a, x, y, z, sum, err);
	}
	if (use && rc == YH_OK)
		rc = yh_rating_add_use(&a->rating, a->parts, n, sum, err);
	return rc;
}

static void say(yh_amount v)
{
	printf(" %016" PRIx64 "%016" PRIx64, (uint64_t)(v >> 64), (uint64_t)v);
}

int main(void)
{
	static struct asked a;
	int year;

	while (scanf("%d", &year) == 1) {
		struct yh_period_rules rules;
		struct yh_err err = { 0 };
		yh_amount sum = 0;
		int64_t fen = 0;
		int month = (int)number();
		enum yh_rc rc;

		rules.month_days = (int)number();
		rules.year_days = (int)number();
		a.factor_e6 = number();
		if (yh_rating_init(&a.rating, year, month, &rules, &err) != YH_OK)
			return 2;
		rc = read_tariffs(&a, &err);
		rc = add_all(&a, rc, &sum, &err);
		if (rc == YH_OK)
			rc = yh_rating_fen(&a.rating, sum, a.factor_e6, &fen, &err);
		if (rc != YH_OK) {
			puts(err.slug);
			continue;
		}
		printf("ok");
		say(sum);
		printf(" %" PRId64 " %" PRId64, a.rating.unit, fen);
		for (size_t i = 0; i < a.n_parts; i++)
			say(a.parts[i].amount);
		putchar('\n');
	}
	return 0;
}
