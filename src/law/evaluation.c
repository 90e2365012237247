/* Scores and results. */
#include "law/evaluation.h"

#include <string.h>

static const char *const subjects[] = { [YH_EVAL_UNIT] = "unit", [YH_EVAL_PROVIDER] = "provider" };
static const char *const spans[] = { [YH_EVAL_MONTH] = "month",
				     [YH_EVAL_QUARTER] = "quarter",
				     [YH_EVAL_HALF] = "half",
				     [YH_EVAL_YEAR] = "year" };

const char *yh_eval_subject_name(enum yh_eval_subject s)
{
	return subjects[s];
}

const char *yh_eval_span_name(enum yh_eval_span s)
{
	return spans[s];
}

/* num / den to a whole number, half to even; den > 0, num >= 0 */
static int64_t rounded(__int128 num, __int128 den)
{
	__int128 q = num / den, rest = num % den;

	if (rest * 2 > den || (rest * 2 == den && q % 2 != 0))
		q++;
	return (int64_t)q;
}

/* Is the figure at least `at_milli`? */
static bool reaches(const struct yh_eval_figure *f, int64_t at_milli)
{
	return (__int128)f->num * 1000 >= (__int128)at_milli * f->den;
}

/* Between two neighbours: from + (to - from) * (figure - at) / (next - at) */
static int64_t between(const struct yh_eval_figure *f, const struct yh_eval_point *a,
		       const struct yh_eval_point *b)
{
	__int128 above = (__int128)f->num * 1000 - (__int128)a->at_milli * f->den;
	__int128 wide = (__int128)(b->at_milli - a->at_milli) * f->den;
	__int128 sum = (__int128)a->score_e2 * wide + (b->score_e2 - a->score_e2) * above;

	return rounded(sum, wide);
}

enum yh_rc yh_eval_score(const struct yh_eval_indicator *i, const struct yh_eval_figure *f,
			 int64_t *score_e2, struct yh_err *err)
{
	const struct yh_eval_point *p = i->points;
	size_t at = 0;

	if (f->den <= 0 || f->den > YH_EVAL_FIGURE_MAX || f->num < 0 || f->num > YH_EVAL_FIGURE_MAX)
		return yh_fail(err, YH_TOO_LARGE, "figure-out-of-range");
	while (at + 1 < i->n_points && reaches(f, p[at + 1].at_milli))
		at++;
	if (!i->linear || at + 1 == i->n_points || !reaches(f, p[0].at_milli))
		*score_e2 = p[at].score_e2;
	else
		*score_e2 = between(f, &p[at], &p[at + 1]);
	return YH_OK;
}

void yh_eval_result(const struct yh_scheme *s, const struct yh_eval_mark *marks,
		    struct yh_eval_result *out)
{
	__int128 sum = 0;

	*out = (struct yh_eval_result){ .withheld = true, .grade = s->n_grades };
	for (size_t i = 0; i < s->n_indicators; i++) {
		if (!marks[i].known)
			continue;
		sum += (__int128)marks[i].score_e2 * s->indicators[i].weight_e2;
		out->known_e2 += s->indicators[i].weight_e2;
	}
	if (out->known_e2 == 0 || out->known_e2 < s->known_e2)
		return;
	out->withheld = false;
	out->score_e2 = rounded(sum, out->known_e2);
	for (out->grade = 0; out->grade + 1 < s->n_grades; out->grade++)
		if (out->score_e2 >= s->grades[out->grade].from_e2)
			break;
}

/* The year, and which of its parts; 0: the text is not written so. */
static int part_of(enum yh_eval_span span, const char *text, int *year)
{
	static const char *const marks[] = { [YH_EVAL_MONTH] = "-",
					     [YH_EVAL_QUARTER] = "-Q",
					     [YH_EVAL_HALF] = "-H",
					     [YH_EVAL_YEAR] = "" };
	size_t mark = strlen(marks[span]), digits = span == YH_EVAL_YEAR    ? 0
						    : span == YH_EVAL_MONTH ? 2
									    : 1;
	int part = 0;

	if (strlen(text) != 4 + mark + digits || strncmp(text + 4, marks[span], mark) != 0)
		return 0;
	*year = 0;
	for (size_t i = 0; i < 4 + mark + digits; i++) {
		if (i >= 4 && i < 4 + mark)
			continue;
		if (text[i] < '0' || text[i] > '9')
			return 0;
		if (i < 4)
			*year = *year * 10 + (text[i] - '0');
		else
			part = part * 10 + (text[i] - '0');
	}
	return span == YH_EVAL_YEAR ? 1 : part;
}

enum yh_rc yh_eval_days(enum yh_eval_span span, const char *text, yh_day *first, yh_day *last,
			struct yh_err *err)
{
	static const int months[] = {
		[YH_EVAL_MONTH] = 1, [YH_EVAL_QUARTER] = 3, [YH_EVAL_HALF] = 6, [YH_EVAL_YEAR] = 12
	};
	int year = 0, part = part_of(span, text, &year), end = part * months[span];

	if (part < 1 || end > 12 || year < 2000 || year > 2199) {
		(void)yh_fail(err, YH_BAD_INPUT, "evaluation-period-invalid");
		yh_err_text(err, "text", text);
		yh_err_text(err, "length", spans[span]);
		return YH_BAD_INPUT;
	}
	*first = yh_day_from_date((struct yh_date){ year, end - months[span] + 1, 1 });
	*last = yh_day_from_date((struct yh_date){ year, end, yh_days_in_month(year, end) });
	return YH_OK;
}
