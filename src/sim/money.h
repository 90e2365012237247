/* What the simulated city has settled, and what it evaluates by. */
#ifndef YH_SIM_MONEY_H
#define YH_SIM_MONEY_H

#include "base/digest.h"
#include "base/id.h"
#include "base/time.h"

enum { SIM_MONTHS_MAX = 2048, SIM_BILLS_MAX = 65536, SIM_SCHEMES = 2, SIM_EVALUATIONS_MAX = 128 };

/* A settlement that is closed, as it was then. */
struct sim_month {
	struct yh_id id;
	struct yh_sm3 digest;
	int64_t total_fen;
};
/* A closed statement, and what comes of it; a day 0: nothing, or nothing more. */
struct sim_bill {
	struct yh_id id, unit, payer, cloud;
	char no[40];
	struct yh_sm3 digest;
	int64_t total_fen;
	yh_day dispute_on, pay_on;
};

/* A scheme of evaluation, and the evaluation by it that is in hand. */
struct sim_scheme {
	const char *code, *title, *text; /* text: its definition */
	struct yh_id id, evaluation;
	yh_day enacted_from, last; /* last: of the last period that was evaluated */
	yh_day object_on;          /* 0: nobody will */
	bool scored, filed;
};

#endif
