/* Evaluation (Art. 33): a scheme says what is looked at, how much it weighs and what comes of it;
 * scores follow from figures. Pure and exact: a figure is a fraction, the score of an indicator is
 * rounded once, and the score of all of them is reckoned from those, as they are shown, and rounded
 * once, half to even, to a hundredth of a point. */
#ifndef YH_LAW_EVALUATION_H
#define YH_LAW_EVALUATION_H

#include "base/arena.h"
#include "base/json.h"
#include "base/time.h"
#include "law/kind.h"

enum { YH_EVAL_INDICATORS_MAX = 50, YH_EVAL_POINTS_MAX = 50, YH_EVAL_GRADES_MAX = 20 };
#define YH_EVAL_FIGURE_MAX INT64_C(1000000000000000)

enum yh_eval_subject { YH_EVAL_UNIT, YH_EVAL_PROVIDER };
enum yh_eval_span { YH_EVAL_MONTH, YH_EVAL_QUARTER, YH_EVAL_HALF, YH_EVAL_YEAR };
const char *yh_eval_subject_name(enum yh_eval_subject s); /* "unit", "provider" */
const char *yh_eval_span_name(enum yh_eval_span s);       /* "quarter" */

struct yh_eval_point {
	int64_t at_milli; /* from this figure on */
	int64_t score_e2; /* 0..10000: so many hundredths of a point */
};
struct yh_eval_indicator {
	const char *code;
	struct yh_text2 title;
	const char *source;    /* of the platform's own figures; NULL: scored by hand */
	const char *dimension; /* that the source looks at; "" : its own */
	bool lower;            /* less is better */
	bool linear;           /* between two points; else the score of the point reached */
	const struct yh_eval_point *points; /* ascending; outside of them their ends hold */
	size_t n_points;
	int64_t weight_e2; /* of all: their sum is 10000, a hundred percent */
	const char *article;
};
enum yh_eval_quota { YH_EVAL_QUOTA_KEEP, YH_EVAL_QUOTA_REDUCE };
struct yh_eval_grade {
	struct yh_text2 title;
	int64_t from_e2;
	int64_t factor_e6;        /* providers: of the settlement; units: 0 */
	bool rectify;             /* it comes with an order to rectify */
	enum yh_eval_quota quota; /* units: what is proposed for what they do not use */
};
struct yh_scheme {
	enum yh_eval_subject subject;
	enum yh_eval_span span;
	const struct yh_eval_indicator *indicators;
	size_t n_indicators;
	const struct yh_eval_grade *grades; /* the best first, the last from 0 */
	size_t n_grades;
	/* What is not known is never a zero: its weight goes to the others as long as these have at
	 * least known_e2 of a hundred percent, else the result is withheld. 10000: nothing may be
	 * missing. */
	int64_t known_e2;
};

/* What a scheme may name. */
struct yh_eval_names {
	void *arg;
	bool (*source)(void *arg, const char *name, enum yh_eval_subject subject);
	bool (*article)(void *arg, const char *number);
};
/* Reads a scheme's definition. Any fault names its place (/definition/…): BAD_INPUT
 * "scheme-field-missing", "scheme-field-wrong", "scheme-field-unknown" (figure what),
 * "scheme-code-twice", "scheme-source-unknown", "scheme-source-or-hand", "scheme-points-order",
 * "scheme-points-direction", "scheme-weights" (figure sum), "scheme-grades-order",
 * "scheme-grade-lowest", "scheme-factor", "article-unknown". The scheme lives in the arena. */
YH_CHECK enum yh_rc yh_scheme_read(const json_t *definition, const struct yh_eval_names *names,
				   struct yh_arena *arena, struct yh_scheme *out,
				   struct yh_err *err);

/* A figure: num / den in the indicator's measure. */
struct yh_eval_figure {
	bool known;
	int64_t num, den; /* den > 0; both at most YH_EVAL_FIGURE_MAX, num not negative */
};
/* TOO_LARGE "figure-out-of-range". */
YH_CHECK enum yh_rc yh_eval_score(const struct yh_eval_indicator *i, const struct yh_eval_figure *f,
				  int64_t *score_e2, struct yh_err *err);

struct yh_eval_mark {
	bool known;
	int64_t score_e2;
};
struct yh_eval_result {
	bool withheld;
	int64_t known_e2; /* the weight of what is known */
	int64_t score_e2; /* 0 when withheld */
	size_t grade;     /* index into the scheme's; n_grades when withheld */
};
/* `marks` by the scheme's indicators. */
void yh_eval_result(const struct yh_scheme *s, const struct yh_eval_mark *marks,
		    struct yh_eval_result *out);

/* The days of "2026-09", "2026-Q3", "2026-H2" or "2026". BAD_INPUT "evaluation-period-invalid" for
 * another text, or one of another length than the scheme's. */
YH_CHECK enum yh_rc yh_eval_days(enum yh_eval_span span, const char *text, yh_day *first,
				 yh_day *last, struct yh_err *err);

#endif
