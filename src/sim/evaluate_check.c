/* What must hold of evaluations: reckoned anew they come to the same, and what they order is begun.
 */
#include <string.h>

#include "services/evaluation/evaluation.h"
#include "sim/city.h"

struct checking {
	struct sim *s;
	yh_day day;
	struct yh_id published[SIM_EVALUATIONS_MAX];
	char no[SIM_EVALUATIONS_MAX][48];
	size_t n, at;
};

static enum yh_rc read_published(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	struct yh_viewer any = { .any = true };
	struct yh_evaluation_filter f = { .subject = "",
					  .state = "published",
					  .limit = SIM_EVALUATIONS_MAX };
	struct yh_evaluation_row *list;
	enum yh_rc rc = yh_evaluation_page(cx->tx, &any, &f, cx->arena, &list, &q->n, err);

	for (size_t i = 0; rc == YH_OK && i < q->n; i++) {
		q->published[i] = list[i].id;
		memcpy(q->no[i], list[i].no, sizeof q->no[i]);
	}
	return rc;
}

static enum yh_rc check_results(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct checking *q = arg;
	struct yh_result_row *list;
	size_t n = 0;
	enum yh_rc rc = yh_result_list(cx->tx, &q->published[q->at], cx->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		q->s->report->lowered += list[i].factor_e6 > 0 && list[i].factor_e6 < 1000000;
		q->s->report->orders += list[i].rectify;
		if (list[i].rectify && yh_id_is_zero(&list[i].case_id))
			rc = sim_broken("ordered to rectify, and no case of it", list[i].no, q->day,
					err);
	}
	return rc;
}

enum yh_rc sim_check_evaluations(struct sim *s, yh_day day, struct yh_err *err)
{
	static struct checking q; /* too large for a stack; the simulation has one thread */
	struct yh_evaluation_proof proof;
	enum yh_rc rc;

	q = (struct checking){ .s = s, .day = day };
	rc = sim_look(s, NULL, read_published, &q, err);
	s->report->evaluated = rc == YH_OK ? q.n : 0;
	s->report->orders = s->report->lowered = 0;
	for (; rc == YH_OK && q.at < q.n; q.at++) {
		rc = sim_look(s, NULL, check_results, &q, err);
		if (rc == YH_OK)
			rc = yh_evaluation_verify(s->cfg->world, &q.published[q.at], &proof, err);
		if (rc == YH_OK && proof.differences)
			rc = sim_broken("an evaluation reckoned anew differs", proof.first, day,
					err);
	}
	return rc;
}
