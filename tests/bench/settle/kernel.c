/* The arithmetic of a month by itself, in memory: law/rating beside plain C that multiplies and
 * adds and checks nothing. bench_rating [RESOURCES] prints the best of seven rounds of either. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "law/rating.h"

enum { ITEMS = 50, UNITS = 2000, LINES = ITEMS * UNITS, ROUNDS = 7 };

struct interval {
	yh_time from, to;
	int64_t qty_milli;
	uint32_t line; /* unit and item */
};
struct month {
	struct yh_rating rating;
	struct yh_price_step steps[2][ITEMS]; /* before and after the change */
	struct yh_tariff tariffs[2][ITEMS];
	yh_time change;
	struct interval *rows;
	size_t n;
	yh_amount *sums, *plain;
};

static uint64_t next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void fill(struct month *m, size_t resources)
{
	uint64_t s = 88172645463325252;
	const yh_time from = m->rating.from_s * YH_US_PER_S, to = m->rating.to_s * YH_US_PER_S;

	m->change = from + 15 * YH_US_PER_DAY;
	for (size_t e = 0; e < 2; e++)
		for (size_t i = 0; i < ITEMS; i++) {
			m->steps[e][i].price_e6 = (int64_t)(next(&s) % 5000000) + 10000;
			m->tariffs[e][i] = (struct yh_tariff){ .per = YH_PER_HOUR,
							       .steps = &m->steps[e][i],
							       .n_steps = 1 };
		}
	for (size_t k = 0; k < resources; k++) {
		uint32_t unit = (uint32_t)(next(&s) % UNITS), item = (uint32_t)(next(&s) % ITEMS);
		size_t sizes = 1 + next(&s) % 5; /* three on average */
		yh_time at = from + (yh_time)(next(&s) % 3600) * YH_US_PER_S;

		for (size_t i = 0; i < sizes; i++) {
			yh_time end = i + 1 == sizes ? to
						     : at + (to - at) / (yh_time)(sizes - i) /
								       YH_US_PER_S * YH_US_PER_S;

			m->rows[m->n++] =
				(struct interval){ at, end, (int64_t)(1 + next(&s) % 64) * 1000,
						   unit * ITEMS + item };
			at = end;
		}
	}
}

static void by_the_law(struct month *m)
{
	struct yh_err err = { 0 };

	for (size_t k = 0; k < m->n; k++) {
		const struct interval *v = &m->rows[k];
		yh_amount *sum = &m->sums[v->line];
		yh_time cut[2][2] = { { v->from, v->to < m->change ? v->to : m->change },
				      { v->from > m->change ? v->from : m->change, v->to } };

		for (size_t e = 0; e < 2; e++) {
			if (cut[e][0] >= cut[e][1])
				continue;
			if (yh_rating_add_time(&m->rating, &m->tariffs[e][v->line % ITEMS],
					       v->qty_milli,
					       yh_rating_seconds(&m->rating, cut[e][0], cut[e][1]),
					       sum, &err) != YH_OK)
				abort();
		}
	}
}

static void plainly(struct month *m)
{
	for (size_t k = 0; k < m->n; k++) {
		const struct interval *v = &m->rows[k];
		uint32_t item = v->line % ITEMS;
		int64_t old =
			v->from < m->change
				? ((v->to < m->change ? v->to : m->change) - v->from) / YH_US_PER_S
				: 0;
		int64_t new = v->to > m->change
				      ? (v->to - (v->from > m->change ? v->from : m->change)) /
						YH_US_PER_S
				      : 0;

		m->plain[v->line] += (yh_amount)v->qty_milli * (old * m->steps[0][item].price_e6 +
								new * m->steps[1][item].price_e6);
	}
}

static double best_ms(struct month *m, void (*way)(struct month *), yh_amount *sums)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec a, b;
		double ms;

		for (size_t k = 0; k < LINES; k++)
			sums[k] = 0;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		way(m);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
		best = ms < best ? ms : best;
	}
	return best;
}

int main(int argc, char **argv)
{
	size_t resources = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
	static struct month m;
	double law, plain;

	if (yh_rating_init(&m.rating, 2026, 10, &(struct yh_period_rules){ 0 }, NULL) != YH_OK)
		return 1;
	m.rows = calloc(resources, 5 * sizeof *m.rows);
	m.sums = calloc(LINES, sizeof *m.sums);
	m.plain = calloc(LINES, sizeof *m.plain);
	if (!m.rows || !m.sums || !m.plain)
		return 1;
	fill(&m, resources);
	law = best_ms(&m, by_the_law, m.sums);
	plain = best_ms(&m, plainly, m.plain);
	for (size_t k = 0; k < LINES; k++)
		if (m.sums[k] != m.plain[k] * m.rating.per_second[YH_PER_HOUR]) {
			printf("line %zu differs\n", k);
			return 1;
		}
	printf("%zu intervals: law/rating %.1f ms, plain C %.1f ms of CPU: %.2f times\n", m.n, law,
	       plain, law / plain);
	free(m.rows);
	free(m.sums);
	free(m.plain);
	return 0;
}
