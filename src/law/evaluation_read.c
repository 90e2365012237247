/* Reading a scheme's definition: everything it may say, and nothing else. */
#include "law/evaluation.h"

#include <stdio.h>
#include <string.h>

enum { TITLE_MAX = 120, CODE_MAX = 47 };

struct reading {
	const struct yh_eval_names *names;
	struct yh_arena *arena;
	struct yh_err *err;
	char at[128]; /* where we are, a JSON pointer */
};

static enum yh_rc fault(struct reading *r, const char *slug, const char *key)
{
	(void)yh_fail(r->err, YH_BAD_INPUT, slug);
	yh_err_field(r->err, "/definition%s%s%s", r->at, key ? "/" : "", key ? key : "");
	return YH_BAD_INPUT;
}

static enum yh_rc short_of_memory(struct reading *r)
{
	return yh_fail(r->err, YH_TOO_LARGE, "memory-short");
}

/* `known`: names that may stand there, each between blanks */
static enum yh_rc no_others(struct reading *r, const json_t *obj, const char *known)
{
	const char *key;
	json_t *v;

	if (!json_is_object(obj))
		return fault(r, "scheme-field-wrong", NULL);
	json_object_foreach((json_t *)obj, key, v)
	{
		char word[64];

		(void)snprintf(word, sizeof word, " %.60s ", key);
		if (!strstr(known, word)) {
			(void)fault(r, "scheme-field-unknown", NULL);
			yh_err_text(r->err, "what", key);
			return YH_BAD_INPUT;
		}
	}
	return YH_OK;
}

static enum yh_rc text(struct reading *r, const json_t *obj, const char *key, size_t most,
		       const char **out)
{
	const json_t *v = json_object_get(obj, key);
	const char *s = json_string_value(v);

	if (!v)
		return fault(r, "scheme-field-missing", key);
	if (!s || !s[0] || strlen(s) > most)
		return fault(r, "scheme-field-wrong", key);
	*out = yh_arena_strdup(r->arena, s);
	return *out ? YH_OK : short_of_memory(r);
}

static enum yh_rc titles(struct reading *r, const json_t *obj, struct yh_text2 *out)
{
	enum yh_rc rc = text(r, obj, "zh", (size_t)TITLE_MAX * 3, &out->zh);

	return rc == YH_OK ? text(r, obj, "en", TITLE_MAX, &out->en) : rc;
}

static enum yh_rc code(struct reading *r, const json_t *obj, const char *key, const char **out)
{
	enum yh_rc rc = text(r, obj, key, CODE_MAX, out);

	if (rc == YH_OK && strspn(*out, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != strlen(*out))
		rc = fault(r, "scheme-field-wrong", key);
	return rc;
}

/* Exactly `places` decimals at most, within 0..most. */
static enum yh_rc number(struct reading *r, const json_t *obj, const char *key, int64_t most_milli,
			 int64_t step_milli, int64_t *out_milli)
{
	const json_t *v = json_object_get(obj, key);

	if (!v)
		return fault(r, "scheme-field-missing", key);
	if (yh_json_milli(v, out_milli, NULL) != YH_OK || *out_milli < 0 ||
	    *out_milli > most_milli || *out_milli % step_milli != 0)
		return fault(r, "scheme-field-wrong", key);
	return YH_OK;
}

/* Percent or points with two decimals, in hundredths. */
static enum yh_rc hundredths(struct reading *r, const json_t *obj, const char *key, int64_t *out_e2)
{
	enum yh_rc rc = number(r, obj, key, 100000, 10, out_e2);

	*out_e2 /= 10;
	return rc;
}

static enum yh_rc flag(struct reading *r, const json_t *obj, const char *key, bool *out)
{
	const json_t *v = json_object_get(obj, key);

	*out = json_is_true(v);
	return v && !json_is_boolean(v) ? fault(r, "scheme-field-wrong", key) : YH_OK;
}

/* Which of some words stands at `key`? */
static enum yh_rc word(struct reading *r, const json_t *obj, const char *key,
		       const char *const *words, size_t n, size_t *out)
{
	const json_t *v = json_object_get(obj, key);
	const char *s = json_string_value(v);

	if (!v)
		return fault(r, "scheme-field-missing", key);
	for (*out = 0; s && *out < n; (*out)++)
		if (strcmp(words[*out], s) == 0)
			return YH_OK;
	return fault(r, "scheme-field-wrong", key);
}

static enum yh_rc list(struct reading *r, const json_t *obj, const char *key, size_t most,
		       const json_t **out)
{
	*out = json_object_get(obj, key);
	if (!*out)
		return fault(r, "scheme-field-missing", key);
	if (!json_is_array(*out) || json_array_size(*out) == 0 || json_array_size(*out) > most)
		return fault(r, "scheme-field-wrong", key);
	return YH_OK;
}

static enum yh_rc read_points(struct reading *r, const json_t *obj, struct yh_eval_indicator *i)
{
	const json_t *points;
	struct yh_eval_point *p;
	char at[sizeof r->at];
	enum yh_rc rc = list(r, obj, "points", YH_EVAL_POINTS_MAX, &points);

	if (rc != YH_OK)
		return rc;
	i->n_points = json_array_size(points);
	i->points = p = YH_NEW_N(r->arena, struct yh_eval_point, i->n_points);
	if (!p)
		return short_of_memory(r);
	memcpy(at, r->at, sizeof at);
	for (size_t n = 0; rc == YH_OK && n < i->n_points; n++) {
		const json_t *v = json_array_get(points, n);

		(void)snprintf(r->at, sizeof r->at, "%.70s/points/%zu", at, n);
		rc = no_others(r, v, " at score ");
		if (rc == YH_OK)
			rc = number(r, v, "at", YH_EVAL_FIGURE_MAX, 1, &p[n].at_milli);
		if (rc == YH_OK)
			rc = hundredths(r, v, "score", &p[n].score_e2);
		if (rc == YH_OK && n > 0 && p[n].at_milli <= p[n - 1].at_milli)
			rc = fault(r, "scheme-points-order", "at");
		if (rc == YH_OK && n > 0 &&
		    (i->lower ? p[n].score_e2 > p[n - 1].score_e2
			      : p[n].score_e2 < p[n - 1].score_e2))
			rc = fault(r, "scheme-points-direction", "score");
	}
	memcpy(r->at, at, sizeof at);
	return rc;
}

static enum yh_rc read_source(struct reading *r, const json_t *obj, enum yh_eval_subject subject,
			      struct yh_eval_indicator *i)
{
	bool hand;
	enum yh_rc rc = flag(r, obj, "hand", &hand);

	i->dimension = "";
	if (rc != YH_OK)
		return rc;
	if (hand == (json_object_get(obj, "source") != NULL) ||
	    (hand && json_object_get(obj, "dimension")))
		return fault(r, "scheme-source-or-hand", hand ? "hand" : "source");
	if (hand)
		return YH_OK;
	rc = code(r, obj, "source", &i->source);
	if (rc == YH_OK && !r->names->source(r->names->arg, i->source, subject)) {
		(void)fault(r, "scheme-source-unknown", "source");
		yh_err_text(r->err, "what", i->source);
		rc = YH_BAD_INPUT;
	}
	if (rc == YH_OK && json_object_get(obj, "dimension"))
		rc = code(r, obj, "dimension", &i->dimension);
	return rc;
}

static enum yh_rc read_indicator(struct reading *r, const json_t *obj, enum yh_eval_subject subject,
				 struct yh_eval_indicator *i)
{
	static const char *const directions[] = { "higher", "lower" };
	static const char *const shapes[] = { "steps", "linear" };
	size_t which;
	enum yh_rc rc = no_others(r, obj,
				  " code zh en source hand dimension direction shape points weight"
				  " article ");

	if (rc == YH_OK)
		rc = code(r, obj, "code", &i->code);
	if (rc == YH_OK)
		rc = titles(r, obj, &i->title);
	if (rc == YH_OK)
		rc = read_source(r, obj, subject, i);
	if (rc == YH_OK)
		rc = word(r, obj, "direction", directions, 2, &which);
	if (rc == YH_OK) {
		i->lower = which == 1;
		rc = word(r, obj, "shape", shapes, 2, &which);
	}
	if (rc == YH_OK) {
		i->linear = which == 1;
		rc = read_points(r, obj, i);
	}
	if (rc == YH_OK && i->linear && i->n_points < 2)
		rc = fault(r, "scheme-field-wrong", "points");
	if (rc == YH_OK)
		rc = hundredths(r, obj, "weight", &i->weight_e2);
	if (rc == YH_OK && i->weight_e2 == 0)
		rc = fault(r, "scheme-field-wrong", "weight");
	if (rc == YH_OK)
		rc = text(r, obj, "article", 15, &i->article);
	if (rc == YH_OK && !r->names->article(r->names->arg, i->article)) {
		(void)fault(r, "article-unknown", "article");
		yh_err_text(r->err, "what", i->article);
		rc = YH_BAD_INPUT;
	}
	return rc;
}

static enum yh_rc read_indicators(struct reading *r, const json_t *definition,
				  struct yh_scheme *out)
{
	struct yh_eval_indicator *all;
	const json_t *indicators;
	int64_t sum_e2 = 0;
	enum yh_rc rc = list(r, definition, "indicators", YH_EVAL_INDICATORS_MAX, &indicators);

	if (rc != YH_OK)
		return rc;
	out->n_indicators = json_array_size(indicators);
	out->indicators = all = YH_NEW_N(r->arena, struct yh_eval_indicator, out->n_indicators);
	if (!all)
		return short_of_memory(r);
	for (size_t n = 0; rc == YH_OK && n < out->n_indicators; n++) {
		(void)snprintf(r->at, sizeof r->at, "/indicators/%zu", n);
		rc = read_indicator(r, json_array_get(indicators, n), out->subject, &all[n]);
		sum_e2 += all[n].weight_e2;
		for (size_t b = 0; rc == YH_OK && b < n; b++)
			if (strcmp(all[b].code, all[n].code) == 0)
				rc = fault(r, "scheme-code-twice", "code");
	}
	r->at[0] = 0;
	if (rc == YH_OK && sum_e2 != 10000) {
		(void)fault(r, "scheme-weights", "indicators");
		yh_err_milli(r->err, "sum", sum_e2 * 10);
		rc = YH_BAD_INPUT;
	}
	return rc;
}

/* A provider's grade has a factor, at most two; a unit's has none. */
static enum yh_rc read_grade(struct reading *r, const json_t *obj, enum yh_eval_subject subject,
			     struct yh_eval_grade *g)
{
	static const char *const quotas[] = { "keep", "reduce" };
	bool provider = subject == YH_EVAL_PROVIDER;
	size_t which = 0;
	enum yh_rc rc = no_others(
		r, obj, provider ? " from zh en factor rectify " : " from zh en quota rectify ");

	if (rc == YH_OK)
		rc = hundredths(r, obj, "from", &g->from_e2);
	if (rc == YH_OK)
		rc = titles(r, obj, &g->title);
	if (rc == YH_OK && provider)
		rc = number(r, obj, "factor", 2000, 1, &g->factor_e6);
	if (rc == YH_OK && provider && g->factor_e6 == 0)
		rc = fault(r, "scheme-factor", "factor");
	g->factor_e6 *= 1000;
	if (rc == YH_OK && json_object_get(obj, "quota"))
		rc = word(r, obj, "quota", quotas, 2, &which);
	g->quota = which == 1 ? YH_EVAL_QUOTA_REDUCE : YH_EVAL_QUOTA_KEEP;
	return rc == YH_OK ? flag(r, obj, "rectify", &g->rectify) : rc;
}

static enum yh_rc read_grades(struct reading *r, const json_t *definition, struct yh_scheme *out)
{
	struct yh_eval_grade *all;
	const json_t *grades;
	enum yh_rc rc = list(r, definition, "grades", YH_EVAL_GRADES_MAX, &grades);

	if (rc != YH_OK)
		return rc;
	out->n_grades = json_array_size(grades);
	out->grades = all = YH_NEW_N(r->arena, struct yh_eval_grade, out->n_grades);
	if (!all)
		return short_of_memory(r);
	for (size_t n = 0; rc == YH_OK && n < out->n_grades; n++) {
		(void)snprintf(r->at, sizeof r->at, "/grades/%zu", n);
		rc = read_grade(r, json_array_get(grades, n), out->subject, &all[n]);
		if (rc == YH_OK && n > 0 && all[n].from_e2 >= all[n - 1].from_e2)
			rc = fault(r, "scheme-grades-order", "from");
		if (rc == YH_OK && n > 0 && all[n].factor_e6 > all[n - 1].factor_e6)
			rc = fault(r, "scheme-factor", "factor");
	}
	r->at[0] = 0;
	if (rc == YH_OK && all[out->n_grades - 1].from_e2 != 0)
		rc = fault(r, "scheme-grade-lowest", "grades");
	return rc;
}

enum yh_rc yh_scheme_read(const json_t *definition, const struct yh_eval_names *names,
			  struct yh_arena *arena, struct yh_scheme *out, struct yh_err *err)
{
	static const char *const subjects[] = { "unit", "provider" };
	static const char *const spans[] = { "month", "quarter", "half", "year" };
	struct reading r = { .names = names, .arena = arena, .err = err };
	size_t which;
	enum yh_rc rc =
		no_others(&r, definition, " subject period known_at_least indicators grades ");

	*out = (struct yh_scheme){ 0 };
	if (rc == YH_OK)
		rc = word(&r, definition, "subject", subjects, 2, &which);
	if (rc == YH_OK) {
		out->subject = (enum yh_eval_subject)which;
		rc = word(&r, definition, "period", spans, 4, &which);
	}
	if (rc == YH_OK) {
		out->span = (enum yh_eval_span)which;
		rc = hundredths(&r, definition, "known_at_least", &out->known_e2);
	}
	if (rc == YH_OK && out->known_e2 == 0)
		rc = fault(&r, "scheme-field-wrong", "known_at_least");
	if (rc == YH_OK)
		rc = read_indicators(&r, definition, out);
	return rc == YH_OK ? read_grades(&r, definition, out) : rc;
}
