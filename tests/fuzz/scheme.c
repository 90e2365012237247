/* Schemes of evaluation, and what they make of figures. */
#include "fuzz.h"
#include "law/evaluation.h"

enum { ARENA = 16 << 20 };

static bool knows_source(void *arg, const char *name, enum yh_eval_subject subject)
{
	(void)arg;
	return name[0] == (subject == YH_EVAL_UNIT ? 'u' : 'p');
}

static bool knows_article(void *arg, const char *number)
{
	(void)arg;
	return strlen(number) < 3;
}

static void score(const struct yh_scheme *s)
{
	static const int64_t figures[] = { 0, 1, 999, 500000, YH_EVAL_FIGURE_MAX };
	struct yh_eval_mark marks[YH_EVAL_INDICATORS_MAX];
	struct yh_eval_result result;
	int64_t sum = 0;

	must(s->n_indicators <= YH_EVAL_INDICATORS_MAX && s->n_grades <= YH_EVAL_GRADES_MAX);
	for (size_t i = 0; i < s->n_indicators; i++) {
		sum += s->indicators[i].weight_e2;
		for (size_t f = 0; f < sizeof figures / sizeof figures[0]; f++) {
			struct yh_eval_figure figure = { true, figures[f], 7 };
			struct yh_err err = { 0 };
			enum yh_rc rc =
				yh_eval_score(&s->indicators[i], &figure, &marks[i].score_e2, &err);

			must_say(rc, &err);
			marks[i].known = rc == YH_OK;
			must(rc != YH_OK || (marks[i].score_e2 >= 0 && marks[i].score_e2 <= 10000));
		}
	}
	must(sum == 10000);
	yh_eval_result(s, marks, &result);
	must(result.score_e2 >= 0 && result.score_e2 <= 10000);
	must(result.grade <= s->n_grades);
}

void yh_fuzz_scheme(const unsigned char *data, size_t n)
{
	static const struct yh_eval_names names = { NULL, knows_source, knows_article };
	struct yh_err err = { 0 };
	struct yh_scheme scheme;
	struct yh_arena arena;
	json_t *v;
	enum yh_rc rc;

	if (yh_json_parse((const char *)data, n, &v, NULL) != YH_OK)
		return;
	yh_arena_init(&arena, ARENA);
	rc = yh_scheme_read(v, &names, &arena, &scheme, &err);
	must_say(rc, &err);
	if (rc == YH_OK)
		score(&scheme);
	yh_arena_done(&arena);
	json_decref(v);
}
